//! Which permissions the move APIs and the lists ask for, and on which resource; and that a request is signed for its
//! own service.

use super::{Aws, Expected, Heard, OLD, Refusal, accepted, proof, refused, ruled, within, world};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::DistributionResourceId;
use rehearsal::service::{OPERATIONS, identify};
use rehearsal::wire::Request;
use rehearsal::world::iam::Session;
use serde_json::{Value, json};

/// A session of the old account that may do these actions on these resources.
fn narrowed(aws: &Aws, statements: Value) -> Client {
    let policy = serde_json::from_value(json!({"Statement": statements})).unwrap();
    let session = Session { account: OLD.to_owned(), role: None, policy: Some(policy), ends: None };
    aws.world.lock().sessions.insert("ASIANARROWED".to_owned(), session);
    Client::new(&aws.config("ASIANARROWED"))
}

fn allow(actions: &[&str], resources: &[&str]) -> Value {
    let actions: Vec<String> = actions.iter().map(|action| format!("cloudfront:{action}")).collect();
    let arn = |id: &&str| if *id == "*" { "*".to_owned() } else { format!("arn:aws:cloudfront::{OLD}:distribution/{id}") };
    json!({"Effect": "Allow", "Action": actions, "Resource": resources.iter().map(arn).collect::<Vec<_>>()})
}

fn lacks(action: &'static str) -> Expected {
    (403, "AccessDenied", action)
}

async fn associate(client: &Client, to: &str) -> Result<(), Refusal> {
    let target = DistributionResourceId::builder().distribution_id(to).build();
    client.update_domain_association().domain("a.foo.com").target_resource(target).send().await.heard().map(|_| ())
}

async fn associate_alias(client: &Client, to: &str) -> Result<(), Refusal> {
    client.associate_alias().target_distribution_id(to).alias("a.foo.com").send().await.heard().map(|_| ())
}

fn proved() -> Value {
    world(json!([proof("_a.foo.com", "E3OLD")]))
}

#[test]
fn a_domain_association_needs_itself_and_an_update_of_the_target() {
    within(proved(), async |aws| {
        let client = narrowed(&aws, json!([allow(&["UpdateDomainAssociation"], &["E3OLD"])]));
        refused(associate(&client, "E3OLD").await, lacks("to perform: cloudfront:UpdateDistribution"), "one without the other");
        let client = narrowed(&aws, json!([allow(&["UpdateDistribution"], &["E3OLD"])]));
        refused(associate(&client, "E3OLD").await, lacks("to perform: cloudfront:UpdateDomainAssociation"), "the other without the one");
        let client = narrowed(&aws, json!([allow(&["UpdateDomainAssociation", "UpdateDistribution"], &["E1OLD"])]));
        refused(associate(&client, "E3OLD").await, lacks("cloudfront:UpdateDomainAssociation"), "both, for another distribution");
        let client = narrowed(&aws, json!([allow(&["UpdateDomainAssociation", "UpdateDistribution"], &["E3OLD"])]));
        accepted(associate(&client, "E3OLD").await, "both for the target, nothing for the source");
    });
}

#[test]
fn associate_alias_needs_an_update_of_the_source_too_within_one_account() {
    within(proved(), async |aws| {
        let client = narrowed(&aws, json!([allow(&["AssociateAlias", "UpdateDistribution"], &["E3OLD"])]));
        refused(associate_alias(&client, "E3OLD").await, lacks("to perform: cloudfront:UpdateDistribution"), "nothing for the source");
        let statements = json!([allow(&["AssociateAlias"], &["E3OLD"]), allow(&["UpdateDistribution"], &["E3OLD", "E1OLD"])]);
        accepted(associate_alias(&narrowed(&aws, statements), "E3OLD").await, "an update of both");
    });
}

#[test]
fn an_update_that_is_denied_denies_the_moves_as_well() {
    let mut denied = proved();
    denied["actors"] = json!([{"do": "denyOperation", "operation": "cloudfront:UpdateDistribution"}]);
    within(denied, async |aws| {
        let expected = lacks("to perform: cloudfront:UpdateDistribution");
        refused(associate(&aws.cloudfront(OLD), "E3OLD").await, expected, "UpdateDomainAssociation");
        refused(associate_alias(&aws.cloudfront(OLD), "E3OLD").await, expected, "AssociateAlias");
    });
}

#[test]
fn that_a_target_does_not_exist_is_told_before_a_lack_of_permission() {
    within(proved(), async |aws| {
        let client = narrowed(&aws, json!([]));
        refused(associate(&client, "E9NONE").await, (404, "EntityNotFound", ""), "UpdateDomainAssociation");
        refused(associate_alias(&client, "E9NONE").await, (404, "NoSuchDistribution", ""), "AssociateAlias");
        refused(associate(&client, "E3OLD").await, lacks("UpdateDomainAssociation"), "a target that exists");
    });
}

async fn domain_conflicts(client: &Client) -> Result<(), Refusal> {
    super::conflicts::ask(client, "a.foo.com", "E3OLD").await.map(|_| ())
}

async fn conflicting_aliases(client: &Client) -> Result<(), Refusal> {
    client.list_conflicting_aliases().distribution_id("E3OLD").alias("a.foo.com").send().await.heard().map(|_| ())
}

#[test]
fn the_conflict_calls_need_their_distribution_or_a_star_as_the_rule_says() {
    let calls = ["ListDomainConflicts", "ListConflictingAliases"];
    for star in [false, true] {
        within(ruled(world(json!([])), "iamConflictsNeedStar", json!(star)), async |aws| {
            let by_id = || narrowed(&aws, json!([allow(&calls, &["E3OLD"]), allow(&["GetDistribution"], &["E3OLD"])]));
            let answers = [domain_conflicts(&by_id()).await, conflicting_aliases(&by_id()).await];
            for (answer, call) in answers.into_iter().zip(["cloudfront:ListDomainConflicts", "cloudfront:ListConflictingAliases"]) {
                if star {
                    refused(answer, lacks(call), "iamConflictsNeedStar=true, by id");
                } else {
                    accepted(answer, "iamConflictsNeedStar=false, by id");
                }
            }
            let by_star = narrowed(&aws, json!([allow(&calls, &["*"]), allow(&["GetDistribution"], &["E3OLD"])]));
            accepted(domain_conflicts(&by_star).await, &format!("iamConflictsNeedStar={star}, on a star"));
            accepted(conflicting_aliases(&by_star).await, &format!("iamConflictsNeedStar={star}, on a star"));
        });
    }
}

#[test]
fn the_conflict_calls_need_a_look_at_the_distribution_too() {
    within(world(json!([])), async |aws| {
        let blind = narrowed(&aws, json!([allow(&["ListDomainConflicts", "ListConflictingAliases"], &["*"])]));
        refused(domain_conflicts(&blind).await, lacks("to perform: cloudfront:GetDistribution"), "ListDomainConflicts");
        refused(conflicting_aliases(&blind).await, lacks("to perform: cloudfront:GetDistribution"), "ListConflictingAliases");
    });
}

#[test]
fn a_list_of_distributions_is_allowed_on_a_star_only() {
    within(world(json!([])), async |aws| {
        let by_id = narrowed(&aws, json!([allow(&["ListDistributions"], &["E1OLD", "E3OLD"])]));
        refused(by_id.list_distributions().send().await.heard(), lacks("cloudfront:ListDistributions"), "by id");
        let by_star = narrowed(&aws, json!([allow(&["ListDistributions"], &["*"])]));
        accepted(by_star.list_distributions().send().await.heard(), "on a star");
    });
}

fn signed(service: &str, method: &str, path: &str) -> Request {
    let signature = format!("AWS4-HMAC-SHA256 Credential=AKIA{OLD}/20261201/us-east-1/{service}/aws4_request, Signature=0");
    Request::new(method, path, [("authorization".to_owned(), signature)].into(), vec![])
}

#[test]
fn a_request_is_signed_for_the_service_that_its_path_belongs_to() {
    let list = "/2020-05-31/distribution?MaxItems=1";
    let named = |request: &Request| identify(request).map(|operation| operation.full_name());
    assert_eq!(named(&signed("cloudfront", "GET", list)).as_deref(), Some("cloudfront:ListDistributions"));
    assert_eq!(named(&signed("route53", "GET", list)), None);
    assert_eq!(named(&signed("cloudfront", "GET", "/2013-04-01/hostedzonesbyname")), None);
    assert_eq!(named(&Request::new("GET", list, [].into(), vec![])).as_deref(), Some("cloudfront:ListDistributions"), "unsigned");
    for other in ["states", "lambda"] {
        assert_eq!(named(&signed(other, "POST", "/")), None, "{other} is answered elsewhere");
    }
    within(world(json!([])), async |aws| {
        let reply = rehearsal::service::answer(&mut aws.world.lock(), &signed("route53", "GET", list), aws.clock.now());
        assert_eq!(reply.status, 403);
        assert!(
            reply.body.contains("SignatureDoesNotMatch") && reply.body.contains("correct service: &apos;cloudfront&apos;"),
            "{}",
            reply.body
        );
        assert!(aws.world.lock().calls.is_empty(), "it is no call of either service");
    });
}

#[test]
fn what_a_session_did_is_counted_by_every_permission_that_it_used() {
    within(proved(), async |aws| {
        accepted(associate(&aws.cloudfront(OLD), "E3OLD").await, "moving");
        let world = aws.world.lock();
        let used: Vec<&str> = world.role_actions.keys().map(|(_, action)| action.as_str()).collect();
        assert_eq!(used, ["cloudfront:UpdateDistribution", "cloudfront:UpdateDomainAssociation"]);
        assert_eq!(world.calls.keys().collect::<Vec<_>>(), ["cloudfront:UpdateDomainAssociation"], "one call all the same");
        assert!(world.calls.keys().all(|call| OPERATIONS.contains(&call.as_str())));
    });
}

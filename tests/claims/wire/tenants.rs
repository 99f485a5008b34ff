//! Tenants of multi-tenant distributions: they hold names and serve them as distributions do, in no list of
//! distributions, and give and take names by `UpdateDomainAssociation` only.

use super::{Heard, NEW, NO_PROOF, OLD, Refusal, SOURCE_ENABLED, TAKEN, accepted, arn, cname, proof, refused, ruled, within, world};
use aws_sdk_cloudfront::types::DistributionResourceId;
use rehearsal::viewers::{Cast, Server};
use rehearsal::world::World;
use rehearsal::world::edge::Answer;
use serde_json::{Value, json};

/// `dt_shop` of `E3OLD` holds shop.foo.com and more.foo.com; `dt_new`, of a multi-tenant distribution of the new
/// account, holds one name.
fn rented(records: Value) -> Value {
    let mut rented = world(records);
    let other = super::distribution("E4NEW", NEW, &[]);
    rented["distributions"].as_array_mut().unwrap().push(other);
    rented["tenants"] = json!([
        {"id": "dt_shop", "account": OLD, "distribution": "E3OLD", "name": "shop", "domains": ["shop.foo.com", "more.foo.com"],
         "endpoint": "group1.cloudfront.net"},
        {"id": "dt_new", "account": NEW, "distribution": "E4NEW", "domains": ["new.foo.com"], "endpoint": "group2.cloudfront.net",
         "certificate": arn(NEW, "site")},
    ]);
    rented
}

/// `UpdateDomainAssociation` to a tenant, by `account`.
async fn to_tenant(aws: &super::Aws, account: &str, alias: &str, tenant: &str) -> Result<String, Refusal> {
    let target = DistributionResourceId::builder().distribution_tenant_id(tenant).build();
    let answer = aws.cloudfront(account).update_domain_association().domain(alias).target_resource(target).send().await.heard()?;
    assert_eq!(answer.resource_id(), Some(tenant));
    Ok(answer.e_tag().unwrap().to_owned())
}

fn printed(aws: &super::Aws) -> Value {
    aws.world.lock().print(aws.clock.now())
}

#[test]
fn a_tenant_holds_its_names_and_serves_them_at_the_edge() {
    within(rented(json!([])), async |aws| {
        refused(aws.add("E2NEW", "shop.foo.com").await, TAKEN, "a tenant's name");
        let world = aws.world.lock();
        let Answer::Served { distribution, certificate } = world.answer_at("shop.foo.com", 0, aws.clock.now()) else { panic!() };
        assert_eq!((distribution.as_str(), certificate), ("dt_shop", Some(arn(OLD, "site"))), "with its distribution's certificate");
    });
    let mut disabled = rented(json!([]));
    disabled["tenants"][0]["enabled"] = json!(false);
    disabled["distributions"][3]["enabled"] = json!(false);
    let world = World::new(disabled, 1).unwrap();
    for (name, because) in [("shop.foo.com", "a disabled tenant"), ("new.foo.com", "a tenant of a disabled distribution")] {
        assert!(matches!(world.answer_at(name, 0, world.start), Answer::Nobody(why) if why.contains("disabled")), "{because}");
    }
}

#[test]
fn a_tenant_is_in_no_list_of_distributions_and_in_the_newer_list_of_conflicts() {
    within(rented(json!([])), async |aws| {
        let listed = aws.cloudfront(OLD).list_distributions().send().await.heard().unwrap();
        let items = listed.distribution_list().unwrap().items().to_vec();
        let modes: Vec<(&str, &str)> = items.iter().map(|item| (item.id(), item.connection_mode().unwrap().as_str())).collect();
        assert_eq!(modes, [("E1OLD", "direct"), ("E3OLD", "tenant-only")]);
        assert_eq!(aws.read("E3OLD").await.0.connection_mode().unwrap().as_str(), "tenant-only");
        let missing = (404, "NoSuchDistribution", "does not exist");
        refused(aws.get("dt_shop").await, missing, "GetDistribution");
        let ask = aws.cloudfront(NEW).list_conflicting_aliases().distribution_id("E2NEW").alias("shop.foo.com").send().await.heard();
        assert_eq!(ask.unwrap().conflicting_aliases_list().unwrap().quantity(), Some(0), "the older list shows distributions only");
        let found = super::conflicts::ask(&aws.cloudfront(NEW), "shop.foo.com", "E2NEW").await.unwrap();
        assert_eq!(found, [("shop.foo.com".to_owned(), "***shop".to_owned(), "******000001".to_owned())]);
    });
}

#[test]
fn a_tenant_can_ask_who_holds_a_name() {
    within(rented(json!([])), async |aws| {
        let by = |tenant: &str| DistributionResourceId::builder().distribution_tenant_id(tenant).build();
        let ask = async |tenant: &str| {
            let request = aws.cloudfront(OLD).list_domain_conflicts().domain("a.foo.com").domain_control_validation_resource(by(tenant));
            request.send().await.heard()
        };
        let found = accepted(ask("dt_shop").await, "its own tenant");
        let conflict = &found.domain_conflicts()[0];
        assert_eq!((conflict.domain(), conflict.resource_type().as_str()), ("a.foo.com", "distribution"));
        refused(ask("dt_none").await, (404, "EntityNotFound", ""), "a tenant that does not exist");
        refused(ask("E1OLD").await, (404, "EntityNotFound", ""), "a distribution is no tenant");
    });
}

#[test]
fn a_name_moves_to_a_tenant_with_its_endpoint_as_proof() {
    let value = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": ["\"group1.cloudfront.net\""]});
    within(rented(json!([value])), async |aws| {
        accepted(to_tenant(&aws, OLD, "a.foo.com", "dt_shop").await, "the connection group's endpoint");
        assert!(aws.aliases("E1OLD").await.is_empty());
        let world = printed(&aws);
        assert_eq!(world["tenants"][0]["domains"], json!(["a.foo.com", "more.foo.com", "shop.foo.com"]), "printed at the end");
        assert_eq!(world["tenants"][1], rented(json!([]))["tenants"][1], "what did not change is printed as it was");
        aws.wait(180).await;
        let cast = Cast { aliases: vec!["a.foo.com".into()], source: "E1OLD".into(), target: "dt_shop".into() };
        let server = aws.world.lock().server(&cast, "a.foo.com", 0, aws.clock.now());
        assert_eq!(server, Server::Nobody, "its DNS leads nowhere");
    });
    within(rented(json!([proof("_a.foo.com", "E3OLD")])), async |aws| {
        refused(to_tenant(&aws, OLD, "a.foo.com", "dt_shop").await, NO_PROOF, "its distribution's domain name");
    });
}

#[test]
fn a_tenants_name_moves_to_a_distribution_by_the_same_rules() {
    let records = json!([proof("_shop.foo.com", "E1OLD"), cname("shop.foo.com", "group1.cloudfront.net")]);
    within(rented(records), async |aws| {
        accepted(aws.associate("shop.foo.com", "E1OLD", None).await, "a live tenant in the same account");
        assert_eq!(printed(&aws)["tenants"][0]["domains"], json!(["more.foo.com"]));
        aws.wait(180).await;
        let cast = Cast { aliases: vec!["shop.foo.com".into()], source: "dt_shop".into(), target: "E1OLD".into() };
        assert_eq!(aws.world.lock().server(&cast, "shop.foo.com", 0, aws.clock.now()), Server::Target);
    });
    let mut abroad = rented(json!([proof("_shop.foo.com", "E2NEW")]));
    within(abroad.clone(), async |aws| {
        refused(aws.associate("shop.foo.com", "E2NEW", None).await, SOURCE_ENABLED, "a live tenant in another account");
    });
    abroad["tenants"][0]["enabled"] = json!(false);
    within(abroad, async |aws| {
        accepted(aws.associate("shop.foo.com", "E2NEW", None).await, "a disabled one");
    });
}

#[test]
fn the_last_name_of_a_tenant_stays_unless_the_rule_says_no() {
    let records = json!([proof("_shop.foo.com", "E1OLD"), proof("_more.foo.com", "E1OLD")]);
    for may in [false, true] {
        within(
            ruled(ruled(rented(records.clone()), "tenantLastDomainMove", json!(may)), "moveTargetMustBeDeployed", json!(false)),
            async |aws| {
                accepted(aws.associate("shop.foo.com", "E1OLD", None).await, "one of two");
                let last = aws.associate("more.foo.com", "E1OLD", None).await;
                if may {
                    accepted(last, "tenantLastDomainMove=true");
                    assert_eq!(printed(&aws)["tenants"][0]["domains"], json!([]));
                } else {
                    refused(last, (400, "IllegalUpdate", "at least one domain"), "tenantLastDomainMove=false");
                }
            },
        );
    }
}

#[test]
fn associate_alias_knows_no_tenants() {
    within(rented(json!([proof("_shop.foo.com", "E1OLD"), proof("_a.foo.com", "E3OLD")])), async |aws| {
        let expected = (400, "IllegalUpdate", "associated with a distribution tenant");
        refused(aws.associate_alias("shop.foo.com", "E1OLD").await, expected, "a tenant's name");
        refused(aws.associate_alias("a.foo.com", "dt_shop").await, (404, "NoSuchDistribution", ""), "a tenant as target");
    });
}

#[test]
fn a_multi_tenant_distribution_takes_no_names_itself() {
    within(rented(json!([proof("_a.foo.com", "E3OLD")])), async |aws| {
        refused(aws.add("E3OLD", "b.foo.com").await, (400, "InvalidArgument", "tenant-only"), "UpdateDistribution");
        refused(aws.associate("a.foo.com", "E3OLD", None).await, (400, "InvalidArgument", "multi-tenant"), "UpdateDomainAssociation");
    });
}

#[test]
fn a_session_needs_the_tenants_own_update_to_move_a_name_to_it() {
    let value = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": ["\"group1.cloudfront.net\""]});
    within(rented(json!([value])), async |aws| {
        let ask = async |second: &str| {
            let arn = format!("arn:aws:cloudfront::{OLD}:distribution-tenant/dt_shop");
            let actions = json!(["cloudfront:UpdateDomainAssociation", second]);
            let policy = json!({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": arn}]});
            let session = rehearsal::world::iam::Session {
                account: OLD.to_owned(),
                role: None,
                policy: Some(serde_json::from_value(policy).unwrap()),
                ends: None,
            };
            aws.world.lock().sessions.insert("ASIATENANT".to_owned(), session);
            let target = DistributionResourceId::builder().distribution_tenant_id("dt_shop").build();
            let client = aws_sdk_cloudfront::Client::new(&aws.config("ASIATENANT"));
            client.update_domain_association().domain("a.foo.com").target_resource(target).send().await.heard()
        };
        let lacks = (403, "AccessDenied", "to perform: cloudfront:UpdateDistributionTenant");
        refused(ask("cloudfront:UpdateDistribution").await, lacks, "a distribution's update");
        accepted(ask("cloudfront:UpdateDistributionTenant").await, "the tenant's");
    });
}

#[test]
fn a_tenant_that_cannot_be_is_named() {
    let change = |key: &str, value: Value| {
        let mut changed = rented(json!([]));
        changed["tenants"][0][key] = value;
        changed
    };
    let mut listing = rented(json!([]));
    listing["distributions"][2]["aliases"] = json!(["b.foo.com"]);
    for (world, says) in [
        (change("id", json!("shop")), "is no id"),
        (change("id", json!("dt_new")), "written twice"),
        (change("distribution", json!("E9NONE")), "not in the world"),
        (change("account", json!(NEW)), "is in account"),
        (change("endpoint", json!("e1old.cloudfront.net")), "endpoint"),
        (change("domains", json!(["A.foo.com."])), "A.foo.com."),
        (change("certificate", json!(arn(NEW, "site"))), "certificate"),
        (change("colour", json!("red")), "colour"),
        (listing, "lists aliases itself"),
    ] {
        let error = World::new(world, 1).unwrap_err();
        assert!(error.contains(says), "{says}: {error}");
    }
}

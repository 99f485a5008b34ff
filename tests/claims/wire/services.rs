//! Distributions that a service of AWS holds, in an account that nobody here can enter (HID-1): seen half masked where
//! somebody asks who holds a name, and nowhere else.

use super::conflicts::ask;
use super::{Aws, NEW, OLD, SOURCE_ENABLED, TAKEN, accepted, proof, refused, within, world};
use rehearsal::viewers::{Cast, Server};
use rehearsal::world::World;
use serde_json::{Value, json};

/// `E9HELD` of `service` holds a.foo.com; E1OLD holds nothing.
fn held(service: Value) -> Value {
    let mut held = world(json!([super::cname("a.foo.com", "e9held.cloudfront.net"), proof("_a.foo.com", "E2NEW")]));
    held["distributions"][0]["aliases"] = json!([]);
    let mut distribution = json!({"id": "E9HELD", "domainName": "e9held.cloudfront.net", "aliases": ["a.foo.com"],
                                  "origin": {"headers": {"server": "service"}}});
    distribution.as_object_mut().unwrap().extend(service.as_object().unwrap().clone());
    held["distributions"].as_array_mut().unwrap().push(distribution);
    held
}

/// The account that a conflict with a.foo.com shows.
async fn account(aws: &Aws) -> String {
    let found = ask(&aws.cloudfront(NEW), "a.foo.com", "E2NEW").await.unwrap();
    assert_eq!((found.len(), found[0].0.as_str(), found[0].1.as_str()), (1, "a.foo.com", "***ELD"));
    found[0].2.clone()
}

#[test]
fn a_service_holds_a_name_where_no_account_can_look() {
    within(held(json!({"service": "amplify"})), async |aws| {
        for member in [OLD, NEW, "000000000009"] {
            let client = aws.cloudfront(member);
            let answer = super::Heard::heard(client.get_distribution().id("E9HELD").send().await);
            refused(answer, (403, "AccessDenied", "is not authorized to perform: cloudfront:"), member);
            let listed = client.list_distributions().send().await.unwrap();
            assert!(listed.distribution_list().unwrap().items().iter().all(|summary| summary.id() != "E9HELD"), "{member}");
        }
        assert_eq!(account(&aws).await, "******200621", "what was mostly seen of Amplify (HID-3)");
        refused(aws.add("E2NEW", "a.foo.com").await, super::MISDIRECTED, "DNS leads there");
        refused(aws.associate("a.foo.com", "E2NEW", None).await, SOURCE_ENABLED, "it is enabled, in another account");
        let world = aws.world.lock();
        assert!(world.session("AKIA100000200621").is_none(), "nobody can call as that account");
        let cast = Cast { aliases: vec![], source: "E9HELD".to_owned(), target: "E2NEW".to_owned() };
        assert_eq!(world.server(&cast, "a.foo.com", 3, aws.clock.now()), Server::Source, "it serves its names with its own certificate");
    });
}

#[test]
fn the_account_of_a_service_ends_as_it_is_written_or_as_no_other_does() {
    within(held(json!({"service": "amplify", "accountSuffix": "155257"})), async |aws| assert_eq!(account(&aws).await, "******155257"));
    let mut seen = std::collections::BTreeSet::new();
    for service in ["apiGateway", "cognito", "other"] {
        within(held(json!({"service": service})), async |aws| {
            let account = account(&aws).await;
            let suffix = account.trim_start_matches('*');
            assert!(suffix.len() == 6 && ![OLD, NEW, "000000000009"].iter().any(|member| member.ends_with(suffix)), "{account}");
            seen.insert(account);
        });
    }
    assert_eq!(seen.len(), 3, "each service its own: {seen:?}");
    // A member account with the suffix that the service would have.
    let suffix = seen.first().unwrap().trim_start_matches('*').to_owned();
    for service in ["apiGateway", "cognito", "other"] {
        let mut crowded = held(json!({"service": service}));
        crowded["accounts"].as_array_mut().unwrap().extend([json!({"id": format!("000000{suffix}")})]);
        if suffix.starts_with("00") {
            within(crowded, async |aws| assert_ne!(account(&aws).await, format!("******{suffix}")));
        }
    }
}

#[test]
fn an_actor_releases_a_name_from_its_service() {
    let mut released = held(json!({"service": "cognito"}));
    released["hostedZones"][0]["records"] = json!([]);
    released["actors"] = json!([{"at": "2026-12-01T02:01:00Z", "do": "removeAlias", "distribution": "E9HELD", "alias": "a.foo.com"}]);
    within(released, async |aws| {
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "the service holds it");
        aws.wait(60).await;
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "it is on its way out");
        let happening = aws.world.lock().happenings[0].clone();
        assert_eq!((happening.what.as_str(), happening.detail.as_str()), ("cognito: removeAlias", "E9HELD a.foo.com"));
        aws.wait(180).await;
        accepted(aws.add("E2NEW", "a.foo.com").await, "it is free");
        let printed = aws.world.lock().print(aws.clock.now());
        assert_eq!(printed["distributions"][3]["aliases"], json!([]));
    });
}

#[test]
fn a_distribution_that_a_service_cannot_hold_is_named() {
    let wrong = |service: Value| World::new(held(service), 1).unwrap_err();
    assert!(wrong(json!({})).contains("distribution E9HELD: account is missing"));
    assert!(wrong(json!({"service": "amplify", "account": OLD})).contains("leave account out"));
    assert!(wrong(json!({"service": "amplify", "certificate": super::arn(OLD, "site")})).contains("certificate of its own"));
    assert!(wrong(json!({"service": "amplify", "accountSuffix": "12345"})).contains("six digits"));
    assert!(wrong(json!({"account": OLD, "accountSuffix": "123456"})).contains("accountSuffix is for a distribution that a service holds"));
    assert!(wrong(json!({"service": "s3"})).contains("s3"));
}

//! `ListDomainConflicts`: who holds a name, half masked and perhaps a minute old.

use super::{Heard, NEW, OLD, Refusal, accepted, distribution, refused, ruled, within, world};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::DistributionResourceId;
use serde_json::{Value, json};

/// Domain, distribution and account of each conflict, sorted.
pub(super) async fn ask(client: &Client, domain: &str, id: &str) -> Result<Vec<(String, String, String)>, Refusal> {
    let resource = DistributionResourceId::builder().distribution_id(id).build();
    let answer = client.list_domain_conflicts().domain(domain).domain_control_validation_resource(resource).send().await.heard()?;
    let own = str::to_owned;
    let line = |conflict: &aws_sdk_cloudfront::types::DomainConflict| {
        (own(conflict.domain()), own(conflict.resource_id()), own(conflict.account_id()))
    };
    let mut found: Vec<_> = answer.domain_conflicts().iter().map(line).collect();
    found.sort();
    Ok(found)
}

fn line(domain: &str, id: &str, account: &str) -> (String, String, String) {
    (domain.to_owned(), id.to_owned(), account.to_owned())
}

/// `E1OLD` and `E3OLD` share names and wildcards between them.
fn crowded() -> Value {
    let mut crowded = world(json!([]));
    crowded["distributions"] = json!([
        distribution("E1OLD", OLD, &["a.foo.com", "x.b.foo.com", "foo.com"]),
        distribution("E3OLD", OLD, &["*.foo.com", "*.b.foo.com"]),
        distribution("E2NEW", NEW, &[]),
    ]);
    crowded["certificates"][1]["names"] = json!(["*.foo.com", "*.b.foo.com"]);
    crowded
}

#[test]
fn a_name_conflicts_with_itself_and_with_every_wildcard_above_it() {
    within(crowded(), async |aws| {
        let found = ask(&aws.cloudfront(NEW), "a.foo.com", "E2NEW").await;
        let expected = [line("*.foo.com", "**OLD", "******000001"), line("a.foo.com", "**OLD", "******000001")];
        assert_eq!(accepted(found, "an exact name"), expected, "the first half of each id is masked");
        let found = ask(&aws.cloudfront(NEW), "x.b.foo.com", "E2NEW").await.unwrap();
        let domains: Vec<&str> = found.iter().map(|(domain, ..)| domain.as_str()).collect();
        assert_eq!(domains, ["*.b.foo.com", "*.foo.com", "x.b.foo.com"]);
    });
}

#[test]
fn a_wildcard_conflicts_with_everything_below_it_and_not_with_its_parent() {
    within(crowded(), async |aws| {
        let found = ask(&aws.cloudfront(NEW), "*.foo.com", "E2NEW").await.unwrap();
        let domains: Vec<&str> = found.iter().map(|(domain, ..)| domain.as_str()).collect();
        assert_eq!(domains, ["*.b.foo.com", "*.foo.com", "a.foo.com", "x.b.foo.com"]);
    });
}

#[test]
fn the_asking_distribution_is_in_its_own_list_unless_the_rule_says_no() {
    for listed in [true, false] {
        within(ruled(world(json!([])), "conflictsListSelf", json!(listed)), async |aws| {
            let found = ask(&aws.cloudfront(OLD), "a.foo.com", "E1OLD").await.unwrap();
            assert_eq!(found.len(), usize::from(listed), "conflictsListSelf={listed}: {found:?}");
        });
    }
}

#[test]
fn a_conflict_list_lags_behind_by_the_rules_seconds() {
    let asked = async |aws: &super::Aws| ask(&aws.cloudfront(NEW), "a.foo.com", "E2NEW").await.unwrap().len();
    within(world(json!([])), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        aws.wait(58).await;
        assert_eq!(asked(&aws).await, 1, "conflictsLagS=60, before");
        aws.wait(2).await;
        assert_eq!(asked(&aws).await, 0, "conflictsLagS=60, after; the source is not deployed yet");
        assert_eq!(aws.status("E1OLD").await, "InProgress");
    });
    within(ruled(world(json!([])), "conflictsLagS", json!(0)), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        assert_eq!(asked(&aws).await, 0, "conflictsLagS=0");
    });
}

#[test]
fn asking_needs_a_distribution_whose_certificate_covers_the_name() {
    within(world(json!([])), async |aws| {
        let client = aws.cloudfront(NEW);
        let expected = (400, "InvalidArgument", "must attach a trusted certificate");
        refused(ask(&client, "a.bar.com", "E2NEW").await, expected, "a certificate without the name");
        refused(ask(&client, "a.foo.com", "E9NONE").await, (404, "EntityNotFound", "not found"), "a distribution that does not exist");
    });
    let mut bare = world(json!([]));
    bare["distributions"][1]["certificate"] = Value::Null;
    within(bare, async |aws| {
        let expected = (400, "InvalidArgument", "must attach a trusted certificate");
        refused(ask(&aws.cloudfront(NEW), "a.foo.com", "E2NEW").await, expected, "no certificate at all");
    });
}

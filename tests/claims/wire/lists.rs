//! Lists that discovery reads: distributions, conflicting aliases, hosted zones. What is in them, in which order, and
//! whether every page size shows the same.

use super::{Aws, Heard, NEW, OLD, Refusal, accepted, distribution, refused, ruled, within, world};
use aws_sdk_cloudfront::types::DistributionSummary;
use serde_json::{Value, json};

/// More distributions in the old account, one of them for staging.
fn many() -> Value {
    let mut many = world(json!([]));
    let list = many["distributions"].as_array_mut().unwrap();
    for n in 0..5 {
        list.push(distribution(&format!("E5MORE{n}"), OLD, &[]));
    }
    list[3]["staging"] = json!(true);
    many
}

async fn list(aws: &Aws, account: &str, size: Option<i32>) -> Vec<DistributionSummary> {
    let (mut found, mut marker) = (vec![], None);
    for _ in 0..20 {
        let answer = aws.cloudfront(account).list_distributions().set_max_items(size).set_marker(marker).send().await;
        let answer = accepted(answer.heard(), "a page");
        let list = answer.distribution_list().unwrap();
        assert_eq!(usize::try_from(list.quantity()).unwrap(), list.items().len());
        assert_eq!((list.max_items(), list.is_truncated()), (size.unwrap_or(100), list.next_marker().is_some()));
        found.extend(list.items().to_vec());
        marker = list.next_marker().map(str::to_owned);
        if marker.is_none() {
            return found;
        }
    }
    panic!("a list without an end")
}

#[test]
fn an_account_lists_its_own_distributions_and_staging_ones_too() {
    within(many(), async |aws| {
        let all = list(&aws, OLD, None).await;
        let ids: Vec<&str> = all.iter().map(DistributionSummary::id).collect();
        assert_eq!(ids, ["E1OLD", "E3OLD", "E5MORE0", "E5MORE1", "E5MORE2", "E5MORE3", "E5MORE4"]);
        assert_eq!(all.iter().filter(|summary| summary.staging()).map(DistributionSummary::id).collect::<Vec<_>>(), ["E5MORE0"]);
        assert_eq!(list(&aws, NEW, None).await.len(), 1, "another account's are its own");
        assert_eq!(list(&aws, "000000000009", None).await.len(), 0, "an account without any");
    });
}

#[test]
fn every_page_size_shows_the_same_distributions() {
    within(many(), async |aws| {
        let all = list(&aws, OLD, None).await;
        for size in [1, 2, 3, 7, 100] {
            assert_eq!(list(&aws, OLD, Some(size)).await, all, "{size} a page");
        }
        for size in [0, 101, -1] {
            let answer = aws.cloudfront(OLD).list_distributions().max_items(size).send().await.heard();
            refused(answer, (400, "InvalidArgument", "MaxItems"), &format!("{size} a page"));
        }
    });
}

#[test]
fn a_summary_says_what_the_distribution_itself_says() {
    within(world(json!([])), async |aws| {
        accepted(aws.edit("E1OLD", |config| config.comment = "site & shop".into()).await, "an edit");
        let summary = list(&aws, OLD, None).await.remove(0);
        let read = aws.get("E1OLD").await.unwrap();
        let own = read.distribution().unwrap();
        let config = own.distribution_config().unwrap();
        assert_eq!(summary.e_tag(), read.e_tag());
        assert_eq!((summary.arn(), summary.status(), summary.domain_name()), (own.arn(), "InProgress", own.domain_name()));
        assert_eq!(summary.last_modified_time(), own.last_modified_time());
        assert_eq!(summary.aliases(), config.aliases());
        assert_eq!(summary.origins(), config.origins());
        assert_eq!(summary.default_cache_behavior().unwrap().target_origin_id(), "site");
        assert_eq!((summary.comment(), summary.enabled(), summary.is_ipv6_enabled()), ("site & shop", true, true));
        assert_eq!(summary.viewer_certificate(), config.viewer_certificate());
        assert_eq!((summary.price_class(), summary.http_version().as_str()), (config.price_class().unwrap(), "http2and3"));
        assert_eq!((summary.web_acl_id(), summary.connection_mode().unwrap().as_str()), ("", "direct"));
        assert!(summary.restrictions().is_some() && summary.cache_behaviors().is_some() && summary.custom_error_responses().is_some());
    });
}

#[test]
fn a_list_of_distributions_may_be_as_old_as_any_read() {
    within(ruled(world(json!([])), "readStalenessS", json!(5)), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        let aliases = async || list(&aws, OLD, None).await[0].aliases().unwrap().items().len();
        assert_eq!(aliases().await, 1, "the version before");
        aws.wait(5).await;
        assert_eq!(aliases().await, 0);
    });
}

/// Alias, distribution and account of each conflict, from pages of `size`.
async fn conflicts(aws: &Aws, alias: &str, id: &str, size: Option<i32>) -> Result<Vec<(String, String, String)>, Refusal> {
    let (mut found, mut marker) = (vec![], None);
    for _ in 0..20 {
        let request = aws.owner_of(id).list_conflicting_aliases().distribution_id(id).alias(alias);
        let answer = request.set_max_items(size).set_marker(marker).send().await.heard()?;
        let list = answer.conflicting_aliases_list().unwrap();
        assert_eq!(list.quantity(), i32::try_from(list.items().len()).ok());
        let own = |text: Option<&str>| text.unwrap().to_owned();
        found.extend(list.items().iter().map(|item| (own(item.alias()), own(item.distribution_id()), own(item.account_id()))));
        marker = list.next_marker().map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    Ok(found)
}

fn crowded() -> Value {
    let mut crowded = world(json!([]));
    crowded["distributions"] = json!([
        distribution("E1OLD", OLD, &["a.foo.com", "b.foo.com"]),
        distribution("E3OLD", OLD, &["*.foo.com"]),
        distribution("E2NEW", NEW, &[])
    ]);
    crowded
}

#[test]
fn conflicting_aliases_are_those_of_the_newer_call_half_masked() {
    within(crowded(), async |aws| {
        let line = |alias: &str| (alias.to_owned(), "**OLD".to_owned(), "******000001".to_owned());
        let found = accepted(conflicts(&aws, "a.foo.com", "E2NEW", None).await, "an exact name");
        assert_eq!(found, [line("*.foo.com"), line("a.foo.com")]);
        let all = accepted(conflicts(&aws, "*.foo.com", "E2NEW", None).await, "a wildcard");
        assert_eq!(all, [line("*.foo.com"), line("a.foo.com"), line("b.foo.com")]);
        for size in [1, 2, 3, 100] {
            assert_eq!(conflicts(&aws, "*.foo.com", "E2NEW", Some(size)).await.unwrap(), all, "{size} a page");
        }
        assert_eq!(super::conflicts::ask(&aws.cloudfront(NEW), "*.foo.com", "E2NEW").await.unwrap(), all);
    });
}

#[test]
fn pages_of_domain_conflicts_show_the_same_as_the_whole_list() {
    within(crowded(), async |aws| {
        let all = super::conflicts::ask(&aws.cloudfront(NEW), "*.foo.com", "E2NEW").await.unwrap();
        let (mut found, mut marker): (Vec<String>, _) = (vec![], None);
        for page in 1..=3 {
            let resource = aws_sdk_cloudfront::types::DistributionResourceId::builder().distribution_id("E2NEW").build();
            let request = aws.cloudfront(NEW).list_domain_conflicts().domain("*.foo.com").domain_control_validation_resource(resource);
            let answer = request.max_items(1).set_marker(marker).send().await.heard().unwrap();
            found.extend(answer.domain_conflicts().iter().map(|conflict| conflict.domain().to_owned()));
            marker = answer.next_marker().map(str::to_owned);
            assert_eq!(marker.is_some(), page < 3);
        }
        assert_eq!(found, all.into_iter().map(|(domain, ..)| domain).collect::<Vec<_>>());
    });
}

#[test]
fn asking_for_conflicting_aliases_needs_a_covering_certificate_and_a_possible_page() {
    within(world(json!([])), async |aws| {
        let trusted = (400, "InvalidArgument", "must attach a trusted certificate");
        refused(conflicts(&aws, "a.bar.com", "E2NEW", None).await, trusted, "a certificate without the name");
        refused(conflicts(&aws, "a.foo.com", "E9NONE", None).await, (404, "NoSuchDistribution", ""), "an unknown distribution");
        refused(conflicts(&aws, "a.foo.com", "E2NEW", Some(101)).await, (400, "InvalidArgument", "MaxItems"), "101 a page");
        let long = format!("{}foo.com", "a.".repeat(130));
        refused(conflicts(&aws, &long, "E2NEW", None).await, (400, "InvalidArgument", "253"), "a long name");
    });
}

#[test]
fn conflicting_aliases_follow_the_rules_of_the_newer_call() {
    for listed in [true, false] {
        within(ruled(world(json!([])), "conflictsListSelf", json!(listed)), async |aws| {
            assert_eq!(conflicts(&aws, "a.foo.com", "E1OLD", None).await.unwrap().len(), usize::from(listed));
        });
    }
    within(world(json!([])), async |aws| {
        accepted(aws.remove("E1OLD", "a.foo.com").await, "removing");
        assert_eq!(conflicts(&aws, "a.foo.com", "E2NEW", None).await.unwrap().len(), 1, "conflictsLagS=60, before");
        aws.wait(60).await;
        assert_eq!(conflicts(&aws, "a.foo.com", "E2NEW", None).await.unwrap().len(), 0, "conflictsLagS=60, after");
    });
}

fn zones() -> Value {
    let mut zones = world(json!([]));
    let zone = |id: &str, account: &str, name: &str, private: bool| json!({"id": id, "account": account, "name": name, "private": private, "records": []});
    zones["hostedZones"] = json!([
        zone("Z1FOO", OLD, "foo.com", false),
        zone("Z2SUB", OLD, "b.foo.com", false),
        zone("Z3BAR", OLD, "bar.com", false),
        zone("Z4FOO", OLD, "foo.com", true),
        zone("Z5NET", OLD, "foo.net", false),
        zone("Z6NEW", NEW, "foo.com", false),
    ]);
    zones
}

/// Ids, and where the next page begins.
async fn zones_from(aws: &Aws, name: Option<&str>, id: Option<&str>, size: i32) -> (Vec<String>, Option<(String, String)>) {
    let request = aws.route53().list_hosted_zones_by_name().set_dns_name(name.map(str::to_owned));
    let answer = request.set_hosted_zone_id(id.map(str::to_owned)).max_items(size).send().await.heard();
    let answer = accepted(answer, "a page of zones");
    assert_eq!((answer.is_truncated(), answer.max_items()), (answer.next_dns_name().is_some(), size));
    assert_eq!(answer.dns_name(), name, "the start is repeated");
    let next = answer.next_dns_name().map(|name| (name.to_owned(), answer.next_hosted_zone_id().unwrap().to_owned()));
    (answer.hosted_zones().iter().map(|zone| zone.id().trim_start_matches("/hostedzone/").to_owned()).collect(), next)
}

#[test]
fn hosted_zones_are_listed_by_labels_from_the_right_and_a_name_is_a_start() {
    within(zones(), async |aws| {
        let all = ["Z3BAR", "Z1FOO", "Z4FOO", "Z2SUB", "Z5NET"];
        assert_eq!(zones_from(&aws, None, None, 100).await, (all.map(str::to_owned).to_vec(), None), "the caller's own");
        assert_eq!(zones_from(&aws, Some("Foo.com."), None, 100).await.0, all[1..], "in any case, no filter");
        assert_eq!(zones_from(&aws, Some("a.foo.com"), None, 100).await.0, all[3..], "a name that is no zone's");
        assert_eq!(zones_from(&aws, Some("foo.com"), Some("Z4FOO"), 100).await.0, all[2..], "one of two zones of a name");
        for size in 1..=5 {
            let (mut found, mut from): (Vec<String>, Option<(String, String)>) = (vec![], None);
            for _ in 0..5 {
                let (name, id) = from.clone().unzip();
                let (ids, next) = zones_from(&aws, name.as_deref(), id.as_deref(), size).await;
                found.extend(ids);
                from = next;
                if from.is_none() {
                    break;
                }
            }
            assert_eq!(found, all, "{size} a page");
        }
        let answer = aws.route53().list_hosted_zones_by_name().hosted_zone_id("Z1FOO").send().await.heard();
        refused(answer, (400, "InvalidInput", "without dnsname"), "an id without a name");
        let listed = aws.route53().list_hosted_zones_by_name().dns_name("foo.com").send().await.unwrap();
        let kinds: Vec<bool> = listed.hosted_zones().iter().take(2).map(|zone| zone.config().unwrap().private_zone()).collect();
        assert_eq!(kinds, [false, true]);
    });
}

//! Route 53: changes that are refused, changes on their way, and lists.

use super::{Aws, Expected, Heard, Refusal, accepted, cname, refused, ruled, within, world};
use aws_sdk_route53::types::{AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use serde_json::{Value, json};

const fn invalid(message: &'static str) -> Expected {
    (400, "InvalidChangeBatch", message)
}

fn set(name: &str, kind: &str, ttl: i64, values: &[&str]) -> ResourceRecordSet {
    let records = values.iter().map(|value| ResourceRecord::builder().value(*value).build().unwrap()).collect();
    ResourceRecordSet::builder().name(name).r#type(RrType::from(kind)).ttl(ttl).set_resource_records(Some(records)).build().unwrap()
}

fn address(name: &str) -> ResourceRecordSet {
    set(name, "A", 60, &["192.0.2.1"])
}

fn to_cloudfront(name: &str, domain: &str) -> ResourceRecordSet {
    let target = AliasTarget::builder().hosted_zone_id("Z2FDTNDATAQYW2").dns_name(domain).evaluate_target_health(false).build().unwrap();
    ResourceRecordSet::builder().name(name).r#type(RrType::A).alias_target(target).build().unwrap()
}

/// Sends one batch; the id of the change.
async fn change(aws: &Aws, zone: &str, changes: Vec<(ChangeAction, ResourceRecordSet)>) -> Result<String, Refusal> {
    let change = |(action, set)| Change::builder().action(action).resource_record_set(set).build().unwrap();
    let batch = ChangeBatch::builder().set_changes(Some(changes.into_iter().map(change).collect())).build().unwrap();
    let answer = aws.route53().change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await.heard()?;
    Ok(answer.change_info().unwrap().id().to_owned())
}

async fn create(aws: &Aws, set: ResourceRecordSet) -> Result<String, Refusal> {
    change(aws, "Z1FOO", vec![(ChangeAction::Create, set)]).await
}

async fn delete(aws: &Aws, set: ResourceRecordSet) -> Result<String, Refusal> {
    change(aws, "Z1FOO", vec![(ChangeAction::Delete, set)]).await
}

/// Names and types of the whole zone, as listed.
async fn listed(aws: &Aws) -> Vec<String> {
    let answer = aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").send().await.unwrap();
    answer.resource_record_sets().iter().map(|set| format!("{} {}", set.name(), set.r#type())).collect()
}

fn zone() -> Value {
    world(json!([
        cname("a.foo.com", "e1old.cloudfront.net"),
        {"name": "b.foo.com", "type": "A", "ttl": 60, "values": ["192.0.2.1"]},
    ]))
}

#[test]
fn a_change_is_pending_then_in_sync_within_a_minute_and_listed_at_once() {
    within(zone(), async |aws| {
        let id = accepted(create(&aws, address("c.foo.com")).await, "a change");
        assert!(id.starts_with("/change/C"), "{id}");
        assert!(listed(&aws).await.contains(&"c.foo.com. A".to_owned()), "a pending change is listed");
        let status = async || {
            let answer = aws.route53().get_change().id(&id).send().await.unwrap();
            answer.change_info().unwrap().status().as_str().to_owned()
        };
        assert_eq!(status().await, "PENDING");
        aws.wait(60).await;
        assert_eq!(status().await, "INSYNC");
    });
}

#[test]
fn a_batch_takes_effect_as_a_whole_or_not_at_all() {
    within(zone(), async |aws| {
        let before = listed(&aws).await;
        let (good, bad, worse) = (address("c.foo.com"), address("b.foo.com"), address("d.foo.com"));
        let batch = vec![(ChangeAction::Create, good), (ChangeAction::Create, bad), (ChangeAction::Delete, worse)];
        let exists = "[Tried to create resource record set [name='b.foo.com.', type='A'] but it already exists, ";
        let refusal = refused(change(&aws, "Z1FOO", batch).await, invalid(exists), "one good and two bad changes");
        let missing = "Tried to delete resource record set [name='d.foo.com.', type='A'] but it was not found]";
        assert!(refusal.message.ends_with(missing), "every complaint is told: {refusal:?}");
        assert_eq!(listed(&aws).await, before);
    });
}

#[test]
fn a_deletion_must_name_what_is_there_to_the_letter() {
    within(zone(), async |aws| {
        let differs = "[name='b.foo.com.', type='A'] but the values provided do not match the current values";
        refused(delete(&aws, set("b.foo.com", "A", 61, &["192.0.2.1"])).await, invalid(differs), "another TTL");
        refused(delete(&aws, set("b.foo.com", "A", 60, &["192.0.2.2"])).await, invalid(differs), "another value");
        refused(delete(&aws, set("b.foo.com", "AAAA", 60, &["2001:db8::1"])).await, invalid("but it was not found"), "another type");
        accepted(delete(&aws, address("B.foo.com.")).await, "the very set, written in another way");
    });
}

#[test]
fn a_cname_is_alone_at_its_name_and_never_at_the_apex() {
    let target = "e2new.cloudfront.net";
    within(zone(), async |aws| {
        let cname = |name: &str| set(name, "CNAME", 60, &[target]);
        let first = "RRSet of type CNAME with DNS name b.foo.com. is not permitted as it conflicts with other records with the same DNS name in zone foo.com.";
        refused(create(&aws, cname("b.foo.com")).await, invalid(first), "a CNAME beside an address");
        let second = "RRSet of type A with DNS name a.foo.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone foo.com.";
        refused(create(&aws, address("a.foo.com")).await, invalid(second), "an address beside a CNAME");
        let apex = "RRSet of type CNAME with DNS name foo.com. is not permitted at apex in zone foo.com.";
        refused(create(&aws, cname("foo.com")).await, invalid(apex), "a CNAME at the apex");
        let old = set("a.foo.com", "CNAME", 300, &["e1old.cloudfront.net"]);
        let swap = vec![(ChangeAction::Delete, old), (ChangeAction::Create, to_cloudfront("a.foo.com", target))];
        accepted(change(&aws, "Z1FOO", swap).await, "a CNAME that makes room in the same batch");
    });
}

#[test]
fn a_name_outside_the_zone_is_refused() {
    within(zone(), async |aws| {
        for name in ["a.bar.com", "xfoo.com", "_foo.com"] {
            let refusal = refused(create(&aws, address(name)).await, invalid("is not permitted in zone foo.com."), name);
            assert!(refusal.message.contains(&format!("RRSet with DNS name {name}.")), "{refusal:?}");
        }
    });
}

#[test]
fn a_refused_batch_comes_wrapped_or_bare_and_the_bare_one_has_no_code() {
    let text = "Tried to create resource record set [name='b.foo.com.', type='A'] but it already exists";
    within(zone(), async |aws| {
        let refusal = refused(create(&aws, address("b.foo.com")).await, invalid("but it already exists]"), "r53BatchErrorForm=wrapped");
        assert!(refusal.body.contains("<Code>InvalidChangeBatch</Code>"), "{refusal:?}");
    });
    within(ruled(zone(), "r53BatchErrorForm", json!("bare")), async |aws| {
        let refusal = refused(create(&aws, address("b.foo.com")).await, (400, "", ""), "r53BatchErrorForm=bare");
        assert!(
            refusal.body.contains("<InvalidChangeBatch ") && refusal.body.contains(&format!("<Message>{}", escaped(text))),
            "{refusal:?}"
        );
    });
}

fn escaped(text: &str) -> String {
    text.replace('\'', "&apos;")
}

#[test]
fn an_alias_record_may_lead_to_a_distribution_without_the_name_unless_the_rule_says_no() {
    within(zone(), async |aws| {
        accepted(create(&aws, to_cloudfront("c.foo.com", "e2new.cloudfront.net")).await, "r53RequiresAliasOnTarget=false");
    });
    within(ruled(zone(), "r53RequiresAliasOnTarget", json!(true)), async |aws| {
        let refusal = create(&aws, to_cloudfront("c.foo.com", "e2new.cloudfront.net")).await;
        refused(refusal, invalid("does not list the name"), "r53RequiresAliasOnTarget=true");
        accepted(aws.add("E2NEW", "c.foo.com").await, "listing it");
        accepted(create(&aws, to_cloudfront("c.foo.com", "e2new.cloudfront.net")).await, "r53RequiresAliasOnTarget=true, listed");
    });
}

#[test]
fn a_batch_that_cannot_be_meant_is_refused_before_it_is_looked_at() {
    within(zone(), async |aws| {
        let neither = ResourceRecordSet::builder().name("c.foo.com").r#type(RrType::A).build().unwrap();
        let text = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]";
        refused(create(&aws, neither).await, (400, "InvalidInput", text), "neither values nor an alias target");
        let elsewhere =
            AliasTarget::builder().hosted_zone_id("Z9OTHER").dns_name("x.cloudfront.net").evaluate_target_health(false).build().unwrap();
        let other = ResourceRecordSet::builder().name("c.foo.com").r#type(RrType::A).alias_target(elsewhere).build().unwrap();
        refused(create(&aws, other).await, (400, "InvalidInput", "hosted zone id"), "CloudFront in another's zone");
        let many = |action: ChangeAction, count: usize| (0..count).map(|n| (action.clone(), address(&format!("n{n}.foo.com")))).collect();
        refused(change(&aws, "Z1FOO", many(ChangeAction::Create, 1001)).await, invalid("Number of records limit of 1000"), "1001 elements");
        refused(
            change(&aws, "Z1FOO", many(ChangeAction::Upsert, 501)).await,
            invalid("Number of records limit of 1000"),
            "501 elements that count twice",
        );
        accepted(change(&aws, "Z1FOO", many(ChangeAction::Upsert, 500)).await, "500 elements that count twice");
        let text = format!("\"{}\"", "t".repeat(249));
        let long = (0..128).map(|n| (ChangeAction::Create, set(&format!("t{n}.foo.com"), "TXT", 60, &[&text]))).collect();
        refused(change(&aws, "Z1FOO", long).await, invalid("RDATA character limit of 32000"), "32128 characters");
    });
}

#[test]
fn a_zone_holds_ten_thousand_sets_and_no_more() {
    let record = |n: usize| json!({"name": format!("n{n}.foo.com"), "type": "A", "ttl": 60, "values": ["192.0.2.1"]});
    // With SOA and NS.
    within(world((0..9997).map(record).collect()), async |aws| {
        accepted(create(&aws, address("last.foo.com")).await, "the ten thousandth");
        refused(create(&aws, address("more.foo.com")).await, invalid("MAX_RRSETS_BY_ZONE for zone: Z1FOO"), "one too many");
        let swap = vec![(ChangeAction::Delete, address("last.foo.com")), (ChangeAction::Create, address("more.foo.com"))];
        accepted(change(&aws, "Z1FOO", swap).await, "one for another");
        accepted(delete(&aws, address("more.foo.com")).await, "one less");
    });
}

#[test]
fn what_does_not_exist_is_not_found() {
    within(zone(), async |aws| {
        let missing = (404, "NoSuchHostedZone", "No hosted zone found with ID: Z9NONE");
        let client = aws.route53();
        refused(change(&aws, "Z9NONE", vec![(ChangeAction::Create, address("c.foo.com"))]).await, missing, "ChangeResourceRecordSets");
        refused(client.list_resource_record_sets().hosted_zone_id("Z9NONE").send().await.heard(), missing, "ListResourceRecordSets");
        refused(client.get_hosted_zone().id("Z9NONE").send().await.heard(), missing, "GetHostedZone");
        refused(client.get_change().id("C9NONE").send().await.heard(), (404, "NoSuchChange", "C9NONE"), "GetChange");
        let stranger = aws_sdk_route53::Client::new(&aws.config(&super::administrator(super::NEW)));
        let answer = stranger.get_hosted_zone().id("Z1FOO").send().await.heard();
        refused(answer, (404, "NoSuchHostedZone", "Z1FOO"), "a zone of another account");
    });
}

/// Reads the zone page by page, as the client is told to go on; name, type and identifier of every set.
async fn paged(aws: &Aws, page: i32) -> Vec<String> {
    let mut seen = Vec::new();
    let (mut name, mut kind, mut identifier) = (None, None, None);
    for _ in 0..20 {
        let ask = aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO").max_items(page);
        let answer =
            ask.set_start_record_name(name).set_start_record_type(kind).set_start_record_identifier(identifier).send().await.unwrap();
        let line = |set: &ResourceRecordSet| format!("{} {} {}", set.name(), set.r#type(), set.set_identifier().unwrap_or_default());
        seen.extend(answer.resource_record_sets().iter().map(line));
        if !answer.is_truncated() {
            return seen;
        }
        name = answer.next_record_name().map(str::to_owned);
        kind = answer.next_record_type().cloned();
        identifier = answer.next_record_identifier().map(str::to_owned);
    }
    panic!("a list that does not end: {seen:?}");
}

#[test]
fn a_list_is_sorted_by_labels_from_the_right_and_every_page_size_shows_the_same() {
    let weighted =
        |id: &str| json!({"name": "w.foo.com", "type": "CNAME", "ttl": 60, "values": ["x.example"], "setIdentifier": id, "weight": 1});
    let records = json!([
        weighted("two"),
        weighted("one"),
        weighted("three"),
        cname("b.a.foo.com", "x.example"),
        cname("z.foo.com", "x.example"),
        cname("*.foo.com", "x.example"),
        cname("a.foo.com", "x.example"),
    ]);
    within(world(records), async |aws| {
        let expected = [
            "foo.com. NS ",
            "foo.com. SOA ",
            "\\052.foo.com. CNAME ",
            "a.foo.com. CNAME ",
            "b.a.foo.com. CNAME ",
            "w.foo.com. CNAME one",
            "w.foo.com. CNAME three",
            "w.foo.com. CNAME two",
            "z.foo.com. CNAME ",
        ];
        for page in [1, 2, 4, 300] {
            assert_eq!(paged(&aws, page).await, expected, "{page} a page");
        }
        let ask = || aws.route53().list_resource_record_sets().hosted_zone_id("Z1FOO");
        let from = ask().start_record_name("a.foo.com").send().await.unwrap();
        assert_eq!(from.resource_record_sets().len(), 6, "a name is where the list starts, not a filter");
        let answer = ask().start_record_type(RrType::A).send().await.heard();
        refused(answer, (400, "InvalidInput", "type was specified without name"), "a type without a name");
    });
}

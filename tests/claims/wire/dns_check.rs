//! A name whose DNS leads to another distribution cannot be added; what counts as leading there, and since when.

use super::{Aws, MISDIRECTED, TAKEN, accepted, cname, refused, ruled, within, world};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use serde_json::{Value, json};

#[test]
fn a_name_that_dns_leads_to_another_distribution_is_refused_there_only() {
    let records = json!([
        cname("direct.foo.com", "e1old.cloudfront.net"),
        cname("hop.foo.com", "direct.foo.com"),
        cname("*.wild.foo.com", "E1OLD.cloudfront.net."),
        cname("off.foo.com", "www.example.net"),
        {"name": "address.foo.com", "type": "A", "ttl": 60, "values": ["192.0.2.1"]},
        {"name": "text.foo.com", "type": "TXT", "ttl": 60, "values": ["\"e1old.cloudfront.net\""]},
    ]);
    let mut names = world(records);
    names["certificates"][1]["names"] = json!(["*.foo.com", "*.wild.foo.com"]);
    within(names, async |aws| {
        refused(aws.add("E2NEW", "direct.foo.com").await, MISDIRECTED, "a CNAME to another distribution");
        refused(aws.add("E2NEW", "hop.foo.com").await, MISDIRECTED, "two hops to another distribution");
        refused(aws.add("E2NEW", "x.wild.foo.com").await, MISDIRECTED, "a wildcard record to another distribution");
        accepted(aws.add("E1OLD", "direct.foo.com").await, "a CNAME to this very distribution");
        accepted(aws.add("E2NEW", "off.foo.com").await, "a name that leads elsewhere than CloudFront");
        accepted(aws.add("E2NEW", "address.foo.com").await, "a plain address");
        accepted(aws.add("E2NEW", "text.foo.com").await, "a record that routes nobody");
        accepted(aws.add("E2NEW", "none.foo.com").await, "a name without any record");
    });
}

fn alias_record() -> Value {
    world(json!([{"name": "b.foo.com", "type": "AAAA", "aliasTarget": "e1old.cloudfront.net"}]))
}

#[test]
fn alias_records_count_in_the_dns_check_unless_the_rule_says_no() {
    within(alias_record(), async |aws| {
        refused(aws.add("E2NEW", "b.foo.com").await, MISDIRECTED, "dnsCheckSeesAliasRecords=true");
    });
    within(ruled(alias_record(), "dnsCheckSeesAliasRecords", json!(false)), async |aws| {
        accepted(aws.add("E2NEW", "b.foo.com").await, "dnsCheckSeesAliasRecords=false");
    });
}

#[test]
fn where_both_checks_fail_the_rule_says_which_is_told() {
    let both = || world(json!([cname("a.foo.com", "e1old.cloudfront.net")]));
    within(both(), async |aws| {
        refused(aws.add("E2NEW", "a.foo.com").await, MISDIRECTED, "dnsCheckFirst=true");
    });
    within(ruled(both(), "dnsCheckFirst", json!(false)), async |aws| {
        refused(aws.add("E2NEW", "a.foo.com").await, TAKEN, "dnsCheckFirst=false");
    });
}

/// Points b.foo.com at E2NEW, and waits until that is in sync.
async fn point_and_wait(aws: &Aws) {
    let value = ResourceRecord::builder().value("e2new.cloudfront.net").build().unwrap();
    let set = ResourceRecordSet::builder().name("b.foo.com").r#type(RrType::Cname).ttl(60).resource_records(value).build().unwrap();
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build().unwrap();
    let batch = ChangeBatch::builder().changes(change).build().unwrap();
    aws.route53().change_resource_record_sets().hosted_zone_id("Z1FOO").change_batch(batch).send().await.unwrap();
    let in_sync = aws.world.lock().zones["Z1FOO"].changes.values().map(|(_, in_sync)| *in_sync).max().unwrap();
    aws.clock.sleep(in_sync - aws.clock.now()).await;
}

/// Whether E2NEW may have b.foo.com so many seconds after its DNS change was in sync.
async fn seen_after(aws: &Aws, seconds: i64, seen: bool, because: &str) {
    let in_sync = aws.world.lock().zones["Z1FOO"].changes.values().map(|(_, in_sync)| *in_sync).max().unwrap();
    aws.clock.sleep(in_sync + seconds * 1000 - aws.clock.now()).await;
    let answer = aws.add("E2NEW", "b.foo.com").await;
    if seen {
        accepted(answer, because);
    } else {
        refused(answer, MISDIRECTED, because);
    }
}

#[test]
fn cloudfront_sees_a_changed_record_after_the_old_ttl_and_never_before_a_minute() {
    let led = |ttl: u32| world(json!([{"name": "b.foo.com", "type": "CNAME", "ttl": ttl, "values": ["e1old.cloudfront.net"]}]));
    within(led(300), async |aws| {
        point_and_wait(&aws).await;
        seen_after(&aws, 0, false, "an old TTL of 300 s, at once").await;
        seen_after(&aws, 298, false, "an old TTL of 300 s, after 298 s").await;
        seen_after(&aws, 300, true, "an old TTL of 300 s, after 300 s").await;
    });
    within(led(5), async |aws| {
        point_and_wait(&aws).await;
        seen_after(&aws, 58, false, "an old TTL of 5 s, after 58 s").await;
        seen_after(&aws, 60, true, "an old TTL of 5 s, after 60 s").await;
    });
    within(ruled(led(300), "cfDnsLagS", json!(0)), async |aws| {
        point_and_wait(&aws).await;
        seen_after(&aws, 0, true, "cfDnsLagS=0").await;
    });
    within(ruled(led(5), "cfDnsLagS", json!(120)), async |aws| {
        point_and_wait(&aws).await;
        seen_after(&aws, 118, false, "cfDnsLagS=120, after 118 s").await;
        seen_after(&aws, 120, true, "cfDnsLagS=120, after 120 s").await;
    });
}

//! Record sets of every kind are changed in one batch, and given back as they were.

use super::{Stage, alias, document, on_stage, planned, request, world, zone};
use crate::support::state;
use cutover::document::NameSnapshot;
use cutover::plan::{Edit, Settle};
use cutover::record_set::{RecordSet, RecordsTo};
use serde_json::{Value, json};

/// Points a.foo.com, which has these record sets, at the target and back; what it has at the target.
fn there_and_back(records: Value, kinds: &str) -> Value {
    let mut world = world();
    world["hostedZones"][0]["records"] = records.clone();
    world["rules"] = json!({"dnsCheckFirst": false});
    let mut there = Value::Null;
    on_stage(world, async |stage| {
        let before = stage.printed();
        let (account, hosted_zone) = zone();
        let edit =
            Edit::ChangeRecordSets { account: account.clone(), hosted_zone, aliases: vec![alias("a.foo.com")], to: RecordsTo::Target };
        let mut request = request();
        request["records"] = json!(kinds);
        let mut start = document(&request, vec![planned(edit, vec![Settle::ChangeInSync { account }])]);
        start.snapshot = vec![NameSnapshot { name: alias("a.foo.com"), sets: sets(&records) }];
        let acted = Stage::accepted(stage.step("change_record_sets", &start).await);
        there = stage.printed()["hostedZones"][0]["records"].clone();
        let settled = stage.until_settled(acted).await;
        let turned = Stage::accepted(stage.step("roll_back", &settled).await);
        let back = Stage::accepted(stage.step("change_record_sets", &turned).await);
        assert_eq!(stage.calls("route53:ChangeResourceRecordSets"), 2, "one batch each way");
        assert!(back.progress.left_alone.is_none());
        assert_eq!(state(&stage.printed()), state(&before), "as it was, byte by byte (R53-8)");
    });
    there
}

/// The records of a world as a step reads them.
fn sets(records: &Value) -> Vec<RecordSet> {
    let set = |record: &Value| {
        let of = |key: &str| record.get(key).cloned().unwrap_or(Value::Null);
        let target = record.get("aliasTarget").map(
            |name| json!({"hostedZone": cutover::record_set::CLOUDFRONT_HOSTED_ZONE, "domainName": name, "evaluateTargetHealth": false}),
        );
        let values = if target.is_some() { json!([]) } else { of("values") };
        serde_json::from_value(json!({"type": of("type"), "ttl": of("ttl"), "values": values, "aliasTarget": target})).unwrap()
    };
    records.as_array().unwrap().iter().map(set).collect()
}

fn kinds(records: &Value) -> Vec<String> {
    let mut kinds: Vec<String> = records.as_array().unwrap().iter().map(|record| record["type"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds
}

fn alias_records() -> Value {
    ["A", "AAAA", "HTTPS"].map(|kind| json!({"name": "a.foo.com", "type": kind, "aliasTarget": "xyz.cloudfront.net"})).into_iter().collect()
}

#[test]
fn every_type_of_a_name_moves_at_once() {
    let there = there_and_back(alias_records(), "asTheyAre");
    assert_eq!(kinds(&there), ["A", "AAAA", "HTTPS"]);
    assert!(there.as_array().unwrap().iter().all(|record| record["aliasTarget"] == "qrs.cloudfront.net"), "{there}");
}

#[test]
fn a_cname_becomes_alias_records_or_these_a_cname_in_one_batch() {
    let cname = json!([{"name": "a.foo.com", "type": "CNAME", "ttl": 300, "values": ["xyz.cloudfront.net"]}]);
    assert_eq!(kinds(&there_and_back(cname, "alias")), ["A", "AAAA"]);
    assert_eq!(kinds(&there_and_back(alias_records(), "cname")), ["CNAME"]);
}

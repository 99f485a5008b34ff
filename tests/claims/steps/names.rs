//! Record sets of every kind are changed in one batch, and given back as they were.

use super::{Stage, alias, cname, document, on_stage, planned, request, world, zone};
use crate::support::state;
use cutover::document::NameSnapshot;
use cutover::plan::{Edit, Settle};
use cutover::record_set::{RecordSet, RecordsTo, Routing};
use serde_json::{Value, json};

/// What a world says of a routed record in the words of the document.
const POLICIES: [&str; 6] = ["setIdentifier", "weight", "region", "failover", "multiValueAnswer", "healthCheckId"];

/// Points a.foo.com, which has these record sets, at the target and back; what it has at the target.
fn there_and_back(records: Value, kinds: &str) -> Value {
    let mut world = world();
    world["hostedZones"][0]["records"] = records.clone();
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
        let mut routing: Value = POLICIES
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), record.get(*key)?.clone())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        if let Some(place) = record.get("geoLocation").and_then(Value::as_str) {
            let part = |prefix: &str| place.strip_prefix(prefix).map(str::to_owned);
            routing["geoLocation"] = json!([part("continent:"), place.split('-').next().filter(|_| !place.contains(':')), part("US-")]);
        }
        let routing = if routing == json!({}) { Value::Null } else { routing };
        serde_json::from_value(json!({"type": of("type"), "ttl": of("ttl"), "values": values, "aliasTarget": target, "routing": routing}))
            .unwrap()
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
    let one = json!([{"name": "a.foo.com", "type": "CNAME", "ttl": 300, "values": ["xyz.cloudfront.net"]}]);
    assert_eq!(kinds(&there_and_back(one, "alias")), ["A", "AAAA"]);
    assert_eq!(kinds(&there_and_back(alias_records(), "cname")), ["CNAME"]);
}

/// Two members of a.foo.com with these policies: one leads to the source, the other where `elsewhere` says.
fn routed(policies: [Value; 2], elsewhere: &str) -> Value {
    let member = |(id, (policy, value)): (&str, (Value, &str))| {
        let mut record = json!({"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": [value], "setIdentifier": id});
        record.as_object_mut().unwrap().extend(policy.as_object().unwrap().clone());
        record
    };
    let members = policies.into_iter().zip(["xyz.cloudfront.net", elsewhere]);
    ["one", "two"].into_iter().zip(members).map(member).collect()
}

#[test]
fn a_routed_name_moves_by_its_members_at_the_source_each_with_its_policy() {
    let health = "11111111-1111-1111-1111-111111111111";
    for policies in [
        [json!({"weight": 90}), json!({"weight": 10, "healthCheckId": health})],
        [json!({"region": "eu-central-1"}), json!({"region": "us-east-1"})],
        [json!({"failover": "PRIMARY", "healthCheckId": health}), json!({"failover": "SECONDARY"})],
        [json!({"geoLocation": "continent:EU"}), json!({"geoLocation": "*"})],
        [json!({"geoLocation": "US-CA"}), json!({"geoLocation": "US"})],
    ] {
        for elsewhere in ["xyz.cloudfront.net", "www.example.com"] {
            let before = routed(policies.clone(), elsewhere);
            let mut expected = before.clone();
            for member in expected.as_array_mut().unwrap() {
                if member["values"] == json!(["xyz.cloudfront.net"]) {
                    member["values"] = json!(["qrs.cloudfront.net"]);
                }
            }
            let there = there_and_back(before, "asTheyAre");
            let sorted = |records: Value| {
                let mut records = records.as_array().unwrap().clone();
                records.sort_by_key(|record| record["setIdentifier"].to_string());
                records
            };
            assert_eq!(sorted(there), sorted(expected), "{elsewhere}");
        }
    }
}

#[test]
fn a_policy_that_cannot_be_written_back_is_not_touched() {
    let mut world = world();
    world["hostedZones"][0]["records"] = json!([{"name": "a.foo.com", "type": "CNAME", "ttl": 60, "values": ["xyz.cloudfront.net"],
        "setIdentifier": "one", "extraXml": "<GeoProximityLocation><AWSRegion>eu-west-1</AWSRegion></GeoProximityLocation>"}]);
    on_stage(world, async |stage| {
        let (account, hosted_zone) = zone();
        let edit = Edit::ChangeRecordSets { account, hosted_zone, aliases: vec![alias("a.foo.com")], to: RecordsTo::Target };
        let mut start = document(&request(), vec![planned(edit, vec![])]);
        let mut read = cname("xyz.cloudfront.net", 60);
        read.routing = Some(Routing { set_identifier: Some("one".to_owned()), other: true, ..Routing::default() });
        start.snapshot = vec![NameSnapshot { name: alias("a.foo.com"), sets: vec![read] }];
        let refused = stage.step("change_record_sets", &start).await.unwrap_err();
        assert_eq!(refused.error_type, "EditRefused", "{}", refused.message);
        assert_eq!(stage.calls("route53:ChangeResourceRecordSets"), 0);
    });
}

//! The TXT set that proves a name for the target of a move: which name, which value, seen since when.

use super::{Aws, NO_PROOF, OLD, accepted, distribution, proof, refused, ruled, within, world};
use serde_json::{Value, json};

/// A world in which `alias` is on E1OLD, and everything but the proof lets it go to E3OLD.
fn held(alias: &str, records: Value) -> Value {
    let mut held = world(records);
    held["certificates"][0]["names"] = json!([alias, "foo.com", "*.foo.com"]);
    held["distributions"] =
        json!([distribution("E1OLD", OLD, &[alias]), distribution("E2NEW", super::NEW, &[]), distribution("E3OLD", OLD, &[])]);
    held
}

/// Whether these records prove `alias` for E3OLD.
fn judge(world: Value, alias: &str, proved: bool, because: &str) {
    within(world, async |aws| {
        let answer = aws.associate(alias, "E3OLD", None).await;
        if proved {
            accepted(answer, because);
        } else {
            refused(answer, NO_PROOF, because);
        }
    });
}

#[test]
fn a_registrable_domain_is_proved_at_underscore_dot_and_all_else_at_underscore_label() {
    for (alias, name, proved) in [
        ("a.foo.com", "_a.foo.com", true),
        ("a.foo.com", "_.a.foo.com", false),
        ("a.foo.com", "a.foo.com", false),
        ("foo.com", "_.foo.com", true),
        ("foo.com", "_foo.foo.com", false),
        ("x.b.foo.com", "_x.b.foo.com", true),
        ("*.foo.com", "_*.foo.com", true),
        ("*.foo.com", "_\\052.foo.com", true),
        ("*.foo.com", "_.foo.com", false),
    ] {
        judge(held(alias, json!([proof(name, "E3OLD")])), alias, proved, &format!("{name} for {alias}"));
    }
}

#[test]
fn what_is_a_registrable_domain_follows_the_public_suffixes() {
    for (name, proved) in [("_.foo.co.uk", true), ("_foo.co.uk", false)] {
        let mut british = held("foo.co.uk", json!([]));
        british["hostedZones"][0]["name"] = json!("co.uk");
        british["hostedZones"][0]["records"] = json!([proof(name, "E3OLD")]);
        judge(british, "foo.co.uk", proved, name);
    }
}

#[test]
fn the_value_is_the_targets_domain_name_in_any_case_and_nothing_else() {
    for (values, proved) in [
        (json!(["\"e3old.cloudfront.net\""]), true),
        (json!(["\"E3OLD.CloudFront.net\""]), true),
        (json!(["e3old.cloudfront.net"]), true),
        (json!(["\"e3old.cloudfront.net.\""]), false),
        (json!(["\"e1old.cloudfront.net\""]), false),
        (json!(["\"E3OLD\""]), false),
    ] {
        let record = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": values});
        judge(held("a.foo.com", json!([record])), "a.foo.com", proved, &record.to_string());
    }
    let other = json!({"name": "_a.foo.com", "type": "CNAME", "ttl": 60, "values": ["e3old.cloudfront.net"]});
    judge(held("a.foo.com", json!([other])), "a.foo.com", false, "another type");
}

#[test]
fn a_set_with_a_second_value_is_no_proof_unless_the_rule_says_so() {
    let record = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60,
        "values": ["\"e1old.cloudfront.net\"", "\"e3old.cloudfront.net\""]});
    let two = || held("a.foo.com", json!([record.clone()]));
    judge(two(), "a.foo.com", false, "txtMultivalue=false");
    judge(ruled(two(), "txtMultivalue", json!(true)), "a.foo.com", true, "txtMultivalue=true");
}

#[test]
fn the_apex_of_a_delegated_zone_is_proved_in_its_parent_unless_the_rule_says_otherwise() {
    let delegated = |records: Value, parent: Value| {
        let mut delegated = held("www.foo.com", parent);
        let zone = json!({"id": "Z2WWW", "account": OLD, "name": "www.foo.com", "records": records});
        delegated["hostedZones"].as_array_mut().unwrap().push(zone);
        delegated
    };
    let inside = || delegated(json!([proof("_.www.foo.com", "E3OLD")]), json!([]));
    judge(inside(), "www.foo.com", false, "txtZoneApexForm=false, inside");
    judge(ruled(inside(), "txtZoneApexForm", json!(true)), "www.foo.com", true, "txtZoneApexForm=true, inside");
    for form in [true, false] {
        let beside = ruled(delegated(json!([]), json!([proof("_www.foo.com", "E3OLD")])), "txtZoneApexForm", json!(form));
        judge(beside, "www.foo.com", true, &format!("txtZoneApexForm={form}, in the parent"));
        let below = ruled(held("a.foo.com", json!([proof("_.a.foo.com", "E3OLD")])), "txtZoneApexForm", json!(form));
        judge(below, "a.foo.com", false, &format!("txtZoneApexForm={form}, a name that is no apex"));
    }
}

#[test]
fn within_one_account_the_proof_is_needed_too_unless_the_rule_says_no() {
    for by_alias in [false, true] {
        let ask = async |aws: &Aws, to: &str| match by_alias {
            true => aws.associate_alias("a.foo.com", to).await,
            false => aws.associate("a.foo.com", to, None).await.map(|_| ()),
        };
        within(world(json!([])), async |aws| {
            refused(ask(&aws, "E3OLD").await, NO_PROOF, "sameAccountNeedsTxt=true");
        });
        within(ruled(world(json!([])), "sameAccountNeedsTxt", json!(false)), async |aws| {
            refused(ask(&aws, "E2NEW").await, NO_PROOF, "sameAccountNeedsTxt=false, across accounts");
            accepted(ask(&aws, "E3OLD").await, "sameAccountNeedsTxt=false, within one");
        });
    }
}

#[test]
fn a_miss_is_remembered_for_as_long_as_the_rule_says() {
    for seconds in [900, 30] {
        within(ruled(world(json!([])), "negativeCacheS", json!(seconds)), async |aws| {
            refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, "asked too early");
            let missed = aws.world.lock().txt_misses["_a.foo.com"] - seconds * 1000;
            aws.write_txt("_a.foo.com", &["e3old.cloudfront.net"]).await;
            if seconds == 900 {
                refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, "the record exists, and the miss is remembered");
                refused(aws.associate_alias("a.foo.com", "E3OLD").await, NO_PROOF, "by the other call too");
            }
            let left = missed + seconds * 1000 - aws.clock.now();
            if left > 1000 {
                aws.clock.sleep(left - 1000).await;
                refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, "asking again does not renew it, nor end it");
                aws.wait(1).await;
            }
            accepted(aws.associate("a.foo.com", "E3OLD", None).await, &format!("negativeCacheS={seconds}, run out"));
        });
    }
    within(ruled(world(json!([])), "negativeCacheS", json!(0)), async |aws| {
        refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, "asked too early");
        aws.write_txt("_a.foo.com", &["e3old.cloudfront.net"]).await;
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "negativeCacheS=0");
    });
}

#[test]
fn a_new_proof_is_seen_once_it_is_in_sync() {
    within(world(json!([])), async |aws| {
        aws.write_txt("_a.foo.com", &["e3old.cloudfront.net"]).await;
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "nobody had asked before");
    });
}

/// `_a.foo.com` with a TTL of 300 s proves another distribution, and is rewritten.
fn changing() -> Value {
    let mut record = proof("_a.foo.com", "E1OLD");
    record["ttl"] = json!(300);
    world(json!([record]))
}

#[test]
fn a_changed_proof_is_seen_after_the_old_ttl_or_the_rules_seconds() {
    for (rule, seconds) in [(Value::Null, 300), (json!(0), 0), (json!(120), 120)] {
        within(ruled(changing(), "cfDnsLagS", rule.clone()), async |aws| {
            aws.write_txt("_a.foo.com", &["e3old.cloudfront.net"]).await;
            let in_sync = aws.clock.now();
            if seconds > 0 {
                aws.wait(seconds - 2).await;
                refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, &format!("cfDnsLagS={rule}, before"));
            }
            aws.clock.sleep(in_sync + seconds * 1000 - aws.clock.now()).await;
            accepted(aws.associate("a.foo.com", "E3OLD", None).await, &format!("cfDnsLagS={rule}, after"));
        });
    }
}

#[test]
fn a_proof_that_replaces_a_deleted_one_is_not_seen_before_the_old_one_is_gone() {
    within(changing(), async |aws| {
        aws.write_txt("_a.foo.com", &[]).await;
        let deleted = aws.clock.now();
        aws.write_txt("_a.foo.com", &["e3old.cloudfront.net"]).await;
        refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, "the deleted value is still remembered");
        aws.clock.sleep(deleted + 298_000 - aws.clock.now()).await;
        refused(aws.associate("a.foo.com", "E3OLD", None).await, NO_PROOF, "two seconds before it would have gone");
        aws.wait(2).await;
        accepted(aws.associate("a.foo.com", "E3OLD", None).await, "it is gone, and the new one there");
    });
}

#[test]
fn the_authoritative_servers_get_a_change_one_after_the_other_and_all_have_it_in_sync() {
    within(changing(), async |aws| {
        aws.write_txt("_a.foo.com", &["e3old.cloudfront.net"]).await;
        let world = aws.world.lock();
        let state = world.zones["Z1FOO"].names["_a.foo.com"].last().unwrap();
        let (accepted, in_sync) = (state.accepted, state.in_sync);
        let new = |at| {
            let answers = world.txt_by_server("_A.foo.com.", at);
            assert_eq!(answers.len(), 4);
            assert!(answers.iter().all(|(_, values)| values == &["e1old.cloudfront.net"] || values == &["e3old.cloudfront.net"]));
            answers.iter().filter(|(_, values)| values == &["e3old.cloudfront.net"]).count()
        };
        assert_eq!([new(accepted), new(in_sync - 1), new(in_sync)], [0, 3, 4]);
        let middle = new(accepted + (in_sync - accepted) / 2);
        assert!((1..4).contains(&middle), "{middle} of four halfway");
        let absent = world.txt_by_server("_b.foo.com", in_sync);
        assert!(absent.len() == 4 && absent.iter().all(|(_, values)| values.is_empty()), "no such set: {absent:?}");
        assert_eq!(world.txt_by_server("_b.bar.com", in_sync), [], "no such zone");
    });
}

#[test]
fn a_txt_value_has_its_own_quotes() {
    use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
    within(world(json!([])), async |aws| {
        let value = ResourceRecord::builder().value("e3old.cloudfront.net").build().unwrap();
        let set = ResourceRecordSet::builder().name("_a.foo.com").r#type(RrType::Txt).ttl(60).resource_records(value).build().unwrap();
        let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build().unwrap();
        let batch = ChangeBatch::builder().changes(change).build().unwrap();
        let answer = aws.route53().change_resource_record_sets().hosted_zone_id("Z1FOO").change_batch(batch).send().await;
        let expected = (400, "InvalidChangeBatch", "Value should be enclosed in quotation marks");
        refused(super::Heard::heard(answer), expected, "a bare value");
    });
}

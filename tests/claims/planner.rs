//! What the planner says of a situation: the strategy, or a refusal with a remedy and, where one would work, a
//! ready request. Every situation is observed by the real preflight in a simulated AWS.

use crate::support::{rehearse, scenario, state};
use serde_json::{Value, json};

/// Plays a changed plan-only scenario and returns the document.
fn plan(change: impl Fn(&mut Value, &mut Value)) -> Value {
    let mut play = scenario("plan-only", 1);
    change(&mut play.world, &mut play.request);
    let before = state(&play.world);
    let report = rehearse(&play);
    assert!(["planned", "refused", "completed"].contains(&report.outcome.as_str()), "{:?}", report.timeline);
    assert_eq!(state(&report.world), before, "preflight never writes");
    report.document
}

fn refusal(document: &Value) -> &str {
    document["refusals"][0]["code"].as_str().unwrap_or("none")
}

fn finding<'a>(document: &'a Value, code: &str) -> Option<&'a Value> {
    document["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code)
}

/// The alias is on the target already.
fn arrive(world: &mut Value) {
    world["distributions"][0]["aliases"] = json!([]);
    world["distributions"][1]["aliases"] = json!(["a.foo.com"]);
}

type Change = fn(&mut Value, &mut Value);

#[test]
fn what_stops_a_cutover_is_said_by_its_code_and_remedy() {
    let cases: [(&str, Change); 25] = [
        ("targetNotReady", |world, _| world["distributions"][1]["enabled"] = json!(false)),
        ("targetNotReady", |world, _| world["distributions"][1]["status"] = json!("InProgress")),
        ("targetNotReady", |world, _| world["distributions"][1]["staging"] = json!(true)),
        ("targetNotReady", |world, _| world["distributions"][1]["continuousDeploymentPolicy"] = json!("policy")),
        ("certificateUnusable", |world, _| world["certificates"][1]["status"] = json!("EXPIRED")),
        ("certificateUnusable", |world, _| world["certificates"][1]["notAfter"] = json!("2026-12-03T00:00:00Z")),
        ("certificateUnusable", |world, _| world["certificates"][1]["keyAlgorithm"] = json!("EC_secp384r1")),
        ("certificateUnusable", |world, _| world["distributions"][1]["certificate"] = Value::Null),
        ("certificateLacksName", |world, _| world["certificates"][1]["names"] = json!(["b.foo.com"])),
        ("wayBackBlocked", |world, _| world["certificates"][0]["names"] = json!(["b.foo.com"])),
        ("wayBackBlocked", |world, _| world["distributions"][0]["certificate"] = Value::Null),
        ("aliasNotOnSource", |world, _| world["distributions"][0]["aliases"] = json!([])),
        ("hostedZoneUnsuitable", |world, _| world["hostedZones"][0]["private"] = json!(true)),
        ("recordSetMissing", |world, _| world["hostedZones"][0]["records"] = json!([])),
        ("recordSetElsewhere", |world, _| world["hostedZones"][0]["records"][0]["values"] = json!(["other.example.com"])),
        ("recordSetElsewhere", |world, _| world["hostedZones"][0]["records"][0]["values"] = json!(["qrs.cloudfront.net"])),
        ("recordSetRouted", |world, _| {
            world["hostedZones"][0]["records"][0]["setIdentifier"] = json!("one");
            world["hostedZones"][0]["records"][0]["weight"] = json!(10);
        }),
        ("recordSetRouted", |world, _| world["hostedZones"][0]["records"][0]["healthCheckId"] = json!("check")),
        ("targetFull", |world, _| world["distributions"][1]["aliases"] = (0..100).map(|n| format!("n{n}.foo.com")).collect()),
        ("recordSetUnusual", |world, _| world["hostedZones"][0]["records"][0]["ttl"] = json!(2_147_483_647)),
        ("targetNotReady", |world, _| {
            arrive(world);
            world["distributions"][1]["enabled"] = json!(false);
        }),
        ("recordSetElsewhere", |world, _| {
            arrive(world);
            world["hostedZones"][0]["records"][0]["values"] = json!(["other.example.com"]);
        }),
        ("recordSetMissing", |world, _| {
            arrive(world);
            world["hostedZones"][0]["records"] = json!([]);
        }),
        ("notSupportedYet", |_, request| request["window"] = json!({"opens": "2026-12-01T02:00:00Z", "closes": "2026-12-01T04:00:00Z"})),
        ("outageNotAccepted", |world, request| {
            request["aliases"] = json!(["*.foo.com"]);
            world["distributions"][0]["aliases"] = json!(["*.foo.com"]);
            world["hostedZones"][0]["records"][0]["name"] = json!("*.foo.com");
            world["certificates"][0]["names"] = json!(["*.foo.com"]);
        }),
    ];
    for (code, change) in cases {
        let document = plan(change);
        assert_eq!(refusal(&document), code, "{}", document["refusals"]);
        let remedy = document["refusals"][0]["remedy"].as_str().unwrap();
        assert!(remedy.len() > 20, "{code} says what to do: {remedy}");
        assert_eq!(document["plan"], json!([]), "{code}");
    }
}

#[test]
fn a_bridge_that_is_not_legal_becomes_a_swap_only_where_an_outage_is_accepted() {
    let cases: [(&str, Change); 4] = [
        ("the certificate lacks the wildcard", |world, _| world["certificates"][1]["names"] = json!(["a.foo.com"])),
        ("somebody else has the wildcard", |world, _| {
            let third = json!({"id": "E3THIRD", "account": "000000000001", "domainName": "third.cloudfront.net", "aliases": ["*.foo.com"],
                "certificate": "arn:aws:acm:us-east-1:000000000001:certificate/legacy"});
            world["distributions"].as_array_mut().unwrap().push(third);
        }),
        ("the wildcard's record leads elsewhere", |world, _| {
            let record = json!({"name": "*.foo.com", "type": "CNAME", "ttl": 60, "values": ["xyz.cloudfront.net"]});
            world["hostedZones"][0]["records"].as_array_mut().unwrap().push(record);
        }),
        ("the source is disabled, and not everywhere yet", |world, _| {
            world["distributions"][0]["enabled"] = json!(false);
            world["distributions"][0]["status"] = json!("InProgress");
        }),
    ];
    for (why, change) in cases {
        let refused = plan(change);
        assert_eq!(refusal(&refused), "outageNotAccepted", "{why}: {}", refused["refusals"]);
        assert_eq!(refused["refusals"][0]["requests"][0]["strategy"], "swap", "{why}");
        assert_eq!(refused["refusals"][0]["requests"][0]["acceptOutage"], true, "{why}");
        let planned = plan(|world, request| {
            change(world, request);
            request["acceptOutage"] = json!(true);
        });
        assert_eq!((planned["outcome"].as_str(), planned["strategy"].as_str()), (Some("planned"), Some("swap")), "{why}");
    }
}

#[test]
fn the_bridge_is_planned_in_the_order_that_keeps_the_name_served() {
    let document = plan(|_, _| {});
    assert_eq!(document["strategy"], "wildcardBridge");
    let labels: Vec<&str> = document["plan"].as_array().unwrap().iter().map(|edit| edit["label"].as_str().unwrap()).collect();
    assert_eq!(
        labels,
        [
            "1/5 add *.foo.com to E2NEWQRS",
            "2/5 point a.foo.com in Z1FOO at the target",
            "3/5 remove a.foo.com from E1LEGACYXYZ",
            "4/5 add a.foo.com to E2NEWQRS",
            "5/5 remove *.foo.com from E2NEWQRS",
        ]
    );
    assert_eq!(document["wayBack"], json!([4, 1, 3, 2, 0]), "wildcard back if it left, DNS, target, source, wildcard last");
    assert_eq!(document["prediction"]["outageSecondsWorst"], 0);
}

#[test]
fn the_inverse_of_an_inverse_is_the_edit_and_every_plan_entry_holds_its_own() {
    use cutover::plan::Edit;
    for accept in [false, true] {
        let document = plan(|world, request| {
            if accept {
                world["certificates"][1]["names"] = json!(["a.foo.com"]);
                request["acceptOutage"] = json!(true);
            }
        });
        for planned in document["plan"].as_array().unwrap() {
            let edit: Edit = serde_json::from_value(planned["edit"].clone()).unwrap();
            let inverse: Edit = serde_json::from_value(planned["inverse"].clone()).unwrap();
            assert_eq!(edit.inverse(), inverse);
            assert_eq!(inverse.inverse(), edit);
        }
    }
}

#[test]
fn a_wildcard_that_is_on_the_target_already_is_used_and_left_there() {
    let document = plan(|world, _| world["distributions"][1]["aliases"] = json!(["*.foo.com"]));
    assert_eq!(document["strategy"], "wildcardBridge", "{}", document["refusals"]);
    assert_eq!(document["plan"].as_array().unwrap().len(), 3);
    let mut play = scenario("legacy-to-new", 2);
    play.world["distributions"][1]["aliases"] = json!(["*.foo.com"]);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0));
    assert_eq!(report.world["distributions"][1]["aliases"], json!(["*.foo.com", "a.foo.com"]));
}

#[test]
fn an_alias_on_the_target_whose_dns_stayed_behind_is_finished() {
    let mut play = scenario("legacy-to-new", 1);
    arrive(&mut play.world);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{:?}", report.timeline);
    assert_eq!(report.world["hostedZones"][0]["records"][0]["values"], json!(["qrs.cloudfront.net"]));
    assert_eq!(report.document["plan"].as_array().unwrap().len(), 1);
}

#[test]
fn ninety_names_that_are_nowhere_are_one_finding() {
    let document = plan(|world, request| {
        world["distributions"][0]["aliases"] = json!([]);
        request["aliases"] = (0..90).map(|n| format!("n{n}.foo.com")).collect();
    });
    assert_eq!(refusal(&document), "aliasNotOnSource");
    assert_eq!(document["refusals"].as_array().unwrap().len(), 1);
    assert!(document["refusals"][0]["message"].as_str().unwrap().contains("89 more"), "{}", document["refusals"]);
}

#[test]
fn a_bridge_without_room_for_its_wildcard_names_the_swap_that_fits() {
    let document = plan(|world, _| world["distributions"][1]["aliases"] = (0..99).map(|n| format!("n{n}.foo.com")).collect());
    assert_eq!(refusal(&document), "targetFull");
    assert_eq!(document["refusals"][0]["requests"][0]["strategy"], "swap");
}

#[test]
fn a_name_two_labels_deep_is_bridged_one_level_above_it() {
    let deep = |world: &mut Value, request: &mut Value| {
        for pointer in ["/distributions/0/aliases/0", "/certificates/0/names/0", "/hostedZones/0/records/0/name"] {
            *world.pointer_mut(pointer).unwrap() = json!("a.b.foo.com");
        }
        world["certificates"][1]["names"] = json!(["*.b.foo.com"]);
        request["aliases"] = json!(["a.b.foo.com"]);
    };
    let document = plan(deep);
    assert_eq!(document["plan"][0]["edit"]["add"], json!(["*.b.foo.com"]), "{}", document["refusals"]);
    let mut play = scenario("legacy-to-new", 2);
    deep(&mut play.world, &mut play.request);
    assert_eq!((rehearse(&play).outcome.as_str(), rehearse(&play).viewers.unserved), ("completed", 0));
}

#[test]
fn aliases_that_need_different_strategies_are_refused_with_a_split_that_works() {
    let mut play = scenario("legacy-to-new", 1);
    play.world["distributions"][0]["aliases"] = json!(["a.foo.com", "foo.com"]);
    play.world["certificates"][0]["names"] = json!(["a.foo.com", "foo.com"]);
    play.world["certificates"][1]["names"] = json!(["*.foo.com", "foo.com"]);
    play.world["hostedZones"][0]["records"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "foo.com", "type": "A", "aliasTarget": "xyz.cloudfront.net"}));
    play.request["aliases"] = json!(["a.foo.com", "foo.com"]);
    play.request["acceptOutage"] = json!(true);
    let report = rehearse(&play);
    assert_eq!(refusal(&report.document), "mixedStrategies", "{}", report.document["refusals"]);
    let requests = report.document["refusals"][0]["requests"].as_array().unwrap().clone();
    assert_eq!(requests.len(), 2);
    let mut at = report.world;
    for request in requests {
        play.world = at;
        play.request = request;
        let report = rehearse(&play);
        assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
        at = report.world;
    }
    assert_eq!(at["distributions"][1]["aliases"], json!(["a.foo.com", "foo.com"]));
}

#[test]
fn within_one_account_a_bridge_is_for_who_names_it() {
    let mut play = scenario("same-account", 1);
    let report = rehearse(&play);
    assert_eq!(report.document["strategy"], "moveDomain");
    play.request["strategy"] = json!("wildcardBridge");
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), report.viewers.unserved), ("completed", 0), "{:?}", report.timeline);
    assert_eq!(report.document["strategy"], "wildcardBridge");
}

#[test]
fn what_else_the_wildcard_catches_is_noted() {
    let document = plan(|world, _| {
        let record = json!({"name": "b.foo.com", "type": "CNAME", "ttl": 60, "values": ["other.cloudfront.net"]});
        world["hostedZones"][0]["records"].as_array_mut().unwrap().push(record);
    });
    let note = finding(&document, "wildcardCatches").unwrap();
    assert!(note["seen"].as_str().unwrap().contains("b.foo.com") && note["severity"] == "note", "{note}");
}

#[test]
fn without_ipv6_at_the_target_the_aaaa_record_goes_and_returns_with_a_rollback() {
    let change = |world: &mut Value| {
        world["distributions"][1]["ipv6"] = json!(false);
        world["hostedZones"][0]["records"] = json!([
            {"name": "a.foo.com", "type": "A", "aliasTarget": "xyz.cloudfront.net"},
            {"name": "a.foo.com", "type": "AAAA", "aliasTarget": "xyz.cloudfront.net"}]);
    };
    let document = plan(|world, _| change(world));
    assert!(finding(&document, "ipv6Lost").is_some());
    let mut play = scenario("legacy-to-new", 1);
    change(&mut play.world);
    let report = rehearse(&play);
    assert_eq!(report.outcome, "completed", "{:?}", report.timeline);
    assert_eq!(report.world["hostedZones"][0]["records"], json!([{"name": "a.foo.com", "type": "A", "aliasTarget": "qrs.cloudfront.net"}]));
    let mut play = scenario("bridge-never-attaches", 1);
    change(&mut play.world);
    let report = rehearse(&play);
    assert_eq!((report.outcome.as_str(), state(&report.world)), ("rolledBack", state(&play.world)));
}

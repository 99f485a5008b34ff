//! Each registry call of a cutover, its answer lost after it was carried out: the registry is looked at, and the cutover
//! goes on as if nothing had been.

use super::items;
use crate::support;
use cutover::registry::ChainEvent;
use cutover::registry::chain::broken_at;
use rehearsal::explore::{attempt, clean};
use rehearsal::run::Report;
use serde_json::Value;

/// The calls that change the table.
const WRITING: [&str; 3] = ["dynamodb:PutItem", "dynamodb:TransactWriteItems", "dynamodb:UpdateItem"];

/// The events of every cutover in `table`, in order.
pub(super) fn chains(table: &[Value]) -> Vec<Vec<ChainEvent>> {
    let claims = items(table, "CLAIM");
    let of = |claim: &&Value| {
        let mine = |item: &&Value| item["pk"] == claim["pk"];
        let events = items(table, "EVENT#").into_iter().filter(mine);
        events.map(|event| serde_json::from_value(event.clone()).unwrap()).collect()
    };
    claims.iter().map(of).collect()
}

/// What holds of the table once a cutover is over.
pub(super) fn nothing_is_left(report: &Report) {
    let table = report.registry.as_slice();
    for claim in items(table, "CLAIM") {
        assert_eq!(claim["state"], "released", "{claim}");
        assert!(["inFlight", "unaccountedUpdates", "listedUnder"].iter().all(|told| claim.get(told).is_none()), "{claim}");
    }
    let held = |item: &&Value| item["sk"] != "CLAIM" && item.get("claim").is_some();
    assert_eq!(table.iter().find(held), None);
    for chain in chains(table) {
        assert_eq!(broken_at(&chain), None);
    }
}

#[test]
fn an_answer_that_is_lost_after_any_registry_call_is_found_again_by_looking() {
    let mut placed = 0;
    // The others are visited by exploration.
    for scenario in ["same-account", "bridge-never-attaches"] {
        let played = clean(&support::scenario(scenario, 1)).unwrap();
        let sound = &played.report;
        nothing_is_left(sound);
        for operation in WRITING {
            for number in 1..=support::calls(sound, operation) {
                let fault = format!("{operation}#{number}:lostAnswer");
                let report = attempt(&played, &played.play, &[fault.parse().unwrap()]).unwrap().report;
                assert_eq!(report.outcome, sound.outcome, "{scenario} {fault}: {}", report.document["stuck"]);
                assert_eq!(support::state(&report.world), support::state(&sound.world), "{scenario} {fault}");
                assert!(report.idle_faults.is_empty(), "{scenario} {fault} never met its call");
                nothing_is_left(&report);
                placed += 1;
            }
        }
    }
    println!("{placed} answers of registry calls lost after the call was carried out");
    assert!(placed > 100, "{placed}");
}

#[test]
fn every_write_on_the_wire_has_its_intent_before_it_and_its_outcome_after_it() {
    for scenario in ["same-account", "legacy-to-new", "legacy-to-new-swap", "bridge-never-attaches", "same-account-apex"] {
        let report = support::rehearse(&support::scenario(scenario, 1));
        let [chain] = chains(&report.registry).try_into().unwrap();
        let told = |kind: cutover::registry::Kind| chain.iter().filter(move |event| event.kind == kind).collect::<Vec<_>>();
        let (intents, outcomes) = (told(cutover::registry::Kind::Intent), told(cutover::registry::Kind::Outcome));
        let sent: u64 = [
            "cloudfront:UpdateDistribution",
            "cloudfront:UpdateDomainAssociation",
            "cloudfront:AssociateAlias",
            "route53:ChangeResourceRecordSets",
        ]
        .iter()
        .map(|operation| support::calls(&report, operation))
        .sum();
        assert_eq!(intents.len() as u64, sent, "{scenario}: an intent for each call that was sent");
        assert_eq!(outcomes.len(), intents.len(), "{scenario}");
        for (intent, outcome) in intents.iter().zip(&outcomes) {
            assert_eq!(outcome.number, intent.number + 1, "{scenario}: nothing lies between a write and its outcome");
            assert!(outcome.what.starts_with(&format!("of {}: ", intent.number)), "{}", outcome.what);
        }
        let accepted: Vec<&str> = intents
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| outcome.what.ends_with(": accepted"))
            .map(|(intent, _)| intent.what.as_str())
            .collect();
        let written: Vec<String> =
            report.writes.iter().map(|(operation, account, on)| format!("{operation} {on} in {account}: ")).collect();
        assert_eq!(accepted.len(), written.len(), "{scenario}");
        assert!(
            accepted.iter().zip(&written).all(|(told, written)| told.starts_with(written.as_str())),
            "{scenario}: {accepted:?} {written:?}"
        );
    }
}

#[test]
fn without_the_registry_nothing_is_moved() {
    for operation in ["dynamodb:TransactWriteItems", "dynamodb:UpdateItem"] {
        let mut play = support::scenario("legacy-to-new", 1);
        let fails = serde_json::json!({"do": "failOperation", "operation": operation, "code": "InternalServerError", "message": "no", "account": "000000000009"});
        play.world["actors"] = serde_json::json!([fails]);
        let report = support::rehearse(&play);
        if operation == "dynamodb:TransactWriteItems" {
            assert_eq!(report.outcome, "refused");
            assert_eq!(report.document["refusals"][0]["code"], "registryUnreachable");
        } else {
            // It was claimed, and the claim can be neither renewed nor given back: whoever finds it lapsed goes on.
            assert_eq!(report.outcome, "stuck");
            assert_eq!(items(&report.registry, "CLAIM")[0]["state"], "held");
        }
        assert!(report.writes.is_empty(), "{operation}: {:?}", report.writes);
    }
}

#[test]
fn a_table_that_falls_silent_at_the_detach_is_waited_for_once_before_the_attach() {
    let play = support::with_rule(support::scenario("legacy-to-new-swap", 1), "nameRelease", "accepted".into());
    let clean = support::rehearse(&play);
    let [chain] = chains(&clean.registry).try_into().unwrap();
    let edits = chain.iter().filter(|event| event.kind == cutover::registry::Kind::Intent && event.what.contains("UpdateDistribution"));
    let detach = edits.map(|event| event.what.contains("E1LEGACYXYZ")).position(|of_the_source| of_the_source).unwrap() + 1;
    let mut silent = play.clone();
    silent.world["actors"] = serde_json::json!([{"do": "failOperation", "operation": "dynamodb:TransactWriteItems", "times": 40,
        "afterCall": format!("cloudfront:UpdateDistribution#{detach}"), "code": "InternalServerError", "message": "no"}]);
    let silent = support::rehearse(&silent);
    assert_eq!((clean.outcome.as_str(), silent.outcome.as_str()), ("completed", "completed"), "{:?}", silent.timeline);
    let at = |what: &str| silent.timeline.iter().find(|(_, told, _)| told.contains(what)).map(|(at, ..)| *at).unwrap();
    // From the detach's answer on: what became of it is told in vain, for two seconds at the most or until the SDK has
    // tried three times, and the attach's intent not at all.
    let (gap, attach) = (at("2/2 swap") - at("failOperation"), at("2/2 swap") - at("detached"));
    assert!(gap < 3_000 && attach < 1_000, "{gap} ms, {attach} ms: {:?}", silent.timeline);
}

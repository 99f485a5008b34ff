//! After a move: does the registry see when the infrastructure code has caught up, and when somebody undoes it?

use super::{ONE, TWO, alias, distribution, holder, run};
use crate::support::{scenario, with_rule};
use cutover::registry::AliasState;
use rehearsal::run::{Play, Report};
use serde_json::{Value, json};

/// A world some time after `a.foo.com` was moved from E1LEGACYXYZ to E2NEWQRS, in which these write at once. Whoever asks for
/// a plan meanwhile changes nothing.
fn afterwards(actors: &[Value]) -> Play {
    let mut play = scenario("legacy-to-new", 1);
    play.request["execute"] = json!(false);
    play.world["distributions"][0]["aliases"] = json!([]);
    play.world["distributions"][1]["aliases"] = json!(["a.foo.com"]);
    play.world["hostedZones"][0]["records"][0]["values"] = json!(["qrs.cloudfront.net"]);
    play.world["actors"] = actors.into();
    let holder = json!({"account": TWO, "distribution": "E2NEWQRS", "domainName": "qrs.cloudfront.net"});
    let places = json!([{"account": ONE, "distribution": "E1LEGACYXYZ"}, {"account": TWO, "distribution": "E2NEWQRS"}]);
    play.world["registry"] = json!([
        {"pk": "ALIAS#a.foo.com", "sk": "ALIAS", "alias": "a.foo.com", "state": "movedNotReconciled", "holder": holder, "movedBy": "old",
         "seenAt": "2026-11-30T12:00:00Z", "seenBy": "cutover", "listedUnder": format!("ACCOUNT#{TWO}"), "listedAs": "DISTRIBUTION#E2NEWQRS#a.foo.com"},
        {"pk": "CUTOVER#old", "sk": "CLAIM", "id": "old", "execution": "x:old", "fence": 1, "state": "released", "since": "2026-11-30T11:00:00Z",
         "until": "2026-11-30T15:00:00Z", "aliases": ["*.foo.com", "a.foo.com"], "distributions": places, "hostedZone": "Z1FOO", "intents": 5,
         "events": 12, "head": "", "foreignWrites": 0, "recoveries": 0},
        {"pk": "DISTRIBUTION#E1LEGACYXYZ", "sk": "DISTRIBUTION", "account": ONE, "distribution": "E1LEGACYXYZ", "movedAway": ["old"]},
    ]);
    play
}

fn deploys(id: &str, second: u32) -> Value {
    json!({"at": format!("2026-12-01T02:00:0{second}Z"), "do": "editConfig", "distribution": id, "comment": format!("deployed {second}")})
}

/// The state of the alias, and the moves off the source that are open.
fn left(report: &Report) -> (AliasState, Vec<String>) {
    let source = distribution(report, "E1LEGACYXYZ").unwrap();
    (alias(report, "a.foo.com").unwrap().state, source.moved_away)
}

#[test]
fn a_move_is_reconciled_by_a_deployment_of_each_side_in_any_order() {
    let (one, two) = ("E1LEGACYXYZ", "E2NEWQRS");
    for (order, expected) in [
        (vec![one, two], AliasState::Owned),
        (vec![two, one], AliasState::Owned),
        (vec![one, one], AliasState::MovedNotReconciled),
        (vec![two, two], AliasState::MovedNotReconciled),
    ] {
        let actors: Vec<Value> = order.iter().zip(0..).map(|(id, second)| deploys(id, second)).collect();
        let report = run(&afterwards(&actors));
        let (state, _) = left(&report);
        assert_eq!((state, holder(&report, "a.foo.com").as_deref()), (expected, Some(two)), "{order:?}");
    }
}

#[test]
fn the_source_forgets_a_move_that_is_reconciled() {
    let actors = [deploys("E2NEWQRS", 0), deploys("E1LEGACYXYZ", 1)];
    // In their order, so that it is the source's own event that shows it; otherwise it forgets at its next deployment.
    let play = |actors: &[Value]| with_rule(afterwards(actors), "trailLagS", json!(0));
    assert_eq!(left(&run(&play(&actors))), (AliasState::Owned, vec![]));
    assert_eq!(left(&run(&play(&actors[1..]))), (AliasState::MovedNotReconciled, vec!["old".to_owned()]));
}

#[test]
fn a_name_that_its_new_owners_code_drops_belongs_to_nobody() {
    let actor = json!({"at": "2026-12-01T02:00:00Z", "do": "removeAlias", "distribution": "E2NEWQRS", "alias": "a.foo.com"});
    let report = run(&afterwards(&[actor]));
    let item = alias(&report, "a.foo.com").unwrap();
    assert_eq!((item.state, item.holder, item.moved_by.as_deref()), (AliasState::UnknownOwner, None, Some("old")));
}

#[test]
fn an_old_stack_that_tries_to_take_a_name_back_in_vain_changes_nothing() {
    let actor = json!({"at": "2026-12-01T02:00:00Z", "do": "addAlias", "distribution": "E1LEGACYXYZ", "alias": "a.foo.com"});
    let report = run(&afterwards(&[actor]));
    assert_eq!(left(&report).0, AliasState::MovedNotReconciled);
    assert_eq!(holder(&report, "a.foo.com").as_deref(), Some("E2NEWQRS"));
    assert!(distribution(&report, "E1LEGACYXYZ").unwrap().deployed_at.is_none());
}

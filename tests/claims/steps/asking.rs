//! What others are asked for, and whether they have done it.

use super::{Stage, alias, document, on_stage, planned, request_of_others, target, world};
use cutover::Step;
use cutover::document::Outcome;
use cutover::plan::{Edit, Settle};
use cutover::progress::Direction;
use cutover::proof::Proves;
use cutover::record_set::RecordsTo;
use serde_json::{Value, json};

/// Ten minutes after the beginning.
const LATER: &str = "2026-12-01T02:10:00Z";

fn with_actor(actor: Value) -> Value {
    let mut world = world();
    world["actors"] = json!([actor]);
    world
}

fn record(record: Value) -> Value {
    with_actor(json!({"do": "changeRecord", "at": LATER, "hostedZone": "Z1FOO", "record": record}))
}

#[test]
fn record_sets_are_asked_for_and_seen_once_every_name_server_answers_them() {
    let to_target = json!({"name": "a.foo.com", "type": "CNAME", "ttl": 120, "values": ["qrs.cloudfront.net"]});
    on_stage(record(to_target), async |stage| {
        let edit = Edit::AskForRecordSets { aliases: vec![alias("a.foo.com")], to: RecordsTo::Target };
        let asked = Stage::accepted(
            stage.step("ask_others", &document(&request_of_others(), vec![planned(edit, vec![Settle::RecordsSeen])])).await,
        );
        assert_eq!(asked.asked, ["a.foo.com. 300 IN CNAME qrs.cloudfront.net."]);
        assert_eq!((asked.next, asked.settled), (Step::CheckSettled, false));
        assert_eq!(stage.world.lock().called(false), 0, "asking others needs nothing but the registry");
        let early = stage.look_after(20, &asked).await;
        assert!(!early.settled, "nobody has done it yet");
        let seen = stage.look_after(700, &early).await;
        assert!(seen.settled, "its TTL is nobody's business: {:?}", seen.progress);
        assert!(seen.asked.is_empty(), "nothing is left to ask for");
        // And back again, which nobody does.
        let turned = Stage::accepted(stage.step("roll_back", &seen).await);
        assert_eq!((turned.next, turned.progress.direction), (Step::AskOthers, Direction::Back));
        let back = Stage::accepted(stage.step("ask_others", &turned).await);
        assert_eq!(back.asked, ["a.foo.com. 300 IN CNAME xyz.cloudfront.net."]);
        assert!(!stage.look_after(900, &back).await.settled);
    });
}

#[test]
fn proofs_are_asked_for_and_seen_as_our_own_are() {
    let staged = json!({"name": "_a.foo.com", "type": "TXT", "ttl": 60, "values": ["\"qrs.cloudfront.net\""]});
    on_stage(record(staged), async |stage| {
        let edit = Edit::AskForProofs { of: "a.foo.com".to_owned(), proves: Proves::Target };
        let plan = vec![planned(edit, vec![Settle::ProofVisible])];
        let asked = Stage::accepted(stage.step("ask_others", &document(&request_of_others(), plan)).await);
        assert_eq!(asked.asked, ["_a.foo.com. 60 IN TXT \"qrs.cloudfront.net\""]);
        let early = stage.look_after(20, &asked).await;
        assert!(!early.settled && stage.look_after(700, &early).await.settled);
    });
}

fn asked_for_release() -> Edit {
    Edit::AskForRelease { aliases: vec![alias("a.foo.com")] }
}

#[test]
fn a_release_is_seen_once_nobody_but_the_target_holds_the_names() {
    let world = with_actor(json!({"do": "moveAlias", "at": LATER, "distribution": "E2NEWQRS", "alias": "a.foo.com"}));
    for lists_self in [true, false] {
        let mut world = world.clone();
        world["rules"] = json!({"conflictsListSelf": lists_self});
        on_stage(world, async |stage| {
            let mut before = document(&request_of_others(), vec![planned(asked_for_release(), vec![Settle::NamesReleased])]);
            before.asked = vec!["Please release a.foo.com".to_owned()];
            let asked = Stage::accepted(stage.step("ask_others", &before).await);
            assert_eq!(asked.asked, before.asked, "the plan's own words stay");
            let early = stage.look_after(20, &asked).await;
            assert!(!early.settled, "the source holds it");
            assert!(stage.look_after(900, &early).await.settled, "the target itself is nobody else (DSC-5), {lists_self}");
        });
    }
}

#[test]
fn a_move_by_others_is_seen_once_the_target_lists_the_names() {
    let world = with_actor(json!({"do": "moveAlias", "at": LATER, "distribution": "E2NEWQRS", "alias": "a.foo.com"}));
    on_stage(world, async |stage| {
        let edit = Edit::AskForMove { aliases: vec![alias("a.foo.com")], to: target() };
        let settles = vec![Settle::NamesMoved, Settle::DistributionDeployed { place: target() }];
        let asked = Stage::accepted(stage.step("ask_others", &document(&request_of_others(), vec![planned(edit, settles)])).await);
        let early = stage.look_after(300, &asked).await;
        assert!(!early.settled && early.progress.waits_for == Some(Settle::NamesMoved));
        let moved = stage.look_after(301, &early).await;
        assert!(!moved.settled && matches!(moved.progress.waits_for, Some(Settle::DistributionDeployed { .. })), "{:?}", moved.progress);
        assert!(stage.look_after(90, &moved).await.settled);
    });
}

#[test]
fn a_cutover_whose_source_is_not_ours_to_look_at_completes_when_the_target_has_the_names() {
    let mut world = world();
    (world["distributions"][0]["aliases"], world["distributions"][1]["aliases"]) = (json!([]), json!(["a.foo.com"]));
    on_stage(world, async |stage| {
        let mut done = document(&request_of_others(), vec![planned(asked_for_release(), vec![])]);
        (done.progress.at, done.progress.begun) = (1, 1);
        let concluded = Stage::accepted(stage.step("conclude", &done).await);
        assert_eq!(concluded.outcome, Some(Outcome::Completed), "{:?}", concluded.stuck);
    });
}

//! The document's legal moves: whatever is done to it in whatever order, it never panics, never skips an edit, and
//! always knows what comes next.

use crate::support::{Watch, scenario};
use cutover::Cutover;
use cutover::progress::{Direction, Done, Look};
use cutover::step::Step;
use cutover::verdict::Verdict;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::sync::OnceLock;

/// The document as preflight hands it on, of a scenario that is executed.
fn fresh(name: &str) -> Cutover {
    let watch = Watch::default();
    rehearsal::run::rehearse(&scenario(name, 1), &watch).unwrap();
    let first = watch.documents().into_iter().find(|document| document.get("version").is_some()).unwrap();
    serde_json::from_value(first).unwrap()
}

fn bridge() -> Cutover {
    static BRIDGE: OnceLock<Cutover> = OnceLock::new();
    BRIDGE.get_or_init(|| fresh("legacy-to-new")).clone()
}

#[derive(Debug, Clone)]
enum Move {
    Act { wrote: bool },
    Look(u8),
    Verify(bool),
    Turn,
    Reenter,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        any::<bool>().prop_map(|wrote| Move::Act { wrote }),
        (0..3_u8).prop_map(Move::Look),
        any::<bool>().prop_map(Move::Verify),
        Just(Move::Turn),
        Just(Move::Reenter),
    ];
    proptest::collection::vec(one, 0..60)
}

fn carry_out(document: &mut Cutover, step: &Move, now: Timestamp) {
    match step {
        Move::Act { wrote } => {
            let done = Done { wrote: *wrote, change_id: None, detail: "done".to_owned() };
            document.acted(now, done);
        }
        Move::Look(0) => document.looked(now, Look::Settled),
        Move::Look(1) => document.looked(now, Look::NotYet("not yet".to_owned())),
        Move::Look(_) => document.looked(now, Look::Missed("missed".to_owned())),
        Move::Verify(true) => document.verified(now, Verdict::Passed("passed".to_owned())),
        Move::Verify(false) => document.verified(now, Verdict::Failed("failed".to_owned())),
        Move::Turn => document.turn_round(now, "because"),
        Move::Reenter => document.reenter_swap(now, now, "again"),
    }
}

proptest! {
    #[test]
    fn no_sequence_of_moves_panics_outgrows_the_document_or_loses_the_way(moves in moves()) {
        let mut document = bridge();
        let mut now = document.execution.started_at;
        for step in &moves {
            now += SignedDuration::from_secs(20);
            carry_out(&mut document, step, now);
            let read: Cutover = serde_json::from_value(serde_json::to_value(&document).unwrap()).unwrap();
            prop_assert_eq!(&read, &document, "what it writes it reads");
            prop_assert!(document.bytes() <= cutover::bounds::DOCUMENT_BYTES_MAX);
            prop_assert!(document.wait_seconds <= 30);
            prop_assert!(document.progress.begun <= document.plan.len());
            let stands_for_an_edit = [Step::UpdateDistribution, Step::ChangeRecordSets, Step::SwapAliases].contains(&document.next);
            prop_assert!(!stands_for_an_edit || document.edit_now().unwrap().step() == document.next);
        }
    }

    #[test]
    fn once_turned_round_a_cutover_never_goes_forward_again(moves in moves()) {
        let mut document = bridge();
        let mut now = document.execution.started_at;
        document.turn_round(now, "because");
        for step in &moves {
            now += SignedDuration::from_secs(20);
            carry_out(&mut document, step, now);
            prop_assert_eq!(document.progress.direction, Direction::Back);
        }
    }
}

#[test]
fn a_way_back_covers_exactly_the_edits_that_were_begun() {
    let now = bridge().execution.started_at;
    let wanted: [&[usize]; 5] = [&[0], &[1, 0], &[1, 2, 0], &[1, 3, 2, 0], &[4, 1, 3, 2, 0]];
    for (begun, inverses) in wanted.iter().enumerate() {
        let mut document = bridge();
        for _ in 0..begun {
            finish_edit(&mut document, now);
        }
        document.turn_round(now, "because");
        assert_eq!(document.inverses(), *inverses, "turned round in edit {}", begun + 1);
    }
}

/// Carries an edit through its settles and its proof.
fn finish_edit(document: &mut Cutover, now: Timestamp) {
    let at = document.progress.at;
    document.acted(now, Done { wrote: true, change_id: None, detail: "done".to_owned() });
    for _ in 0..8 {
        if document.progress.at != at {
            return;
        }
        match document.next {
            Step::CheckSettled => document.looked(now, Look::Settled),
            Step::Verify => document.verified(now, Verdict::Passed("passed".to_owned())),
            other => panic!("{other:?} does not finish an edit"),
        }
    }
}

#[test]
fn a_way_back_that_fails_again_and_again_is_stuck_and_says_what_is_left_to_do_by_hand() {
    use cutover::document::Outcome;
    use cutover::outcome::Whereabouts;
    let now = bridge().execution.started_at;
    let mut document = bridge();
    document.claim =
        Some(cutover::registry::Token { id: "x".to_owned(), fence: 1, handed_on: 0, weighed: 0, confirmed: true, until: None });
    finish_edit(&mut document, now);
    finish_edit(&mut document, now);
    document.turn_round(now, "the first reason");
    for _ in 0..cutover::bounds::BACK_FAILURES_MAX {
        document.turn_round(now, "a reason to try again");
        assert_eq!(document.next, Step::ChangeRecordSets, "the step that failed is entered again");
    }
    document.turn_round(now, "the last reason");
    assert_eq!(document.next, Step::Conclude);
    document.concluded(now, &Whereabouts::default());
    assert_eq!(document.outcome, Some(Outcome::Stuck));
    let stuck = document.stuck.unwrap();
    assert!(stuck.cause.contains("the first reason") && stuck.cause.contains("the last reason"), "{}", stuck.cause);
    assert_eq!(stuck.next_moves.len(), 3, "{:?}", stuck.next_moves);
    assert!(stuck.next_moves[0].contains("a.foo.com CNAME xyz.cloudfront.net (TTL 300)"), "{:?}", stuck.next_moves);
}

#[test]
fn a_timeline_keeps_its_beginning_and_its_end() {
    let mut document = bridge();
    let now = document.execution.started_at;
    let first = document.timeline[0].clone();
    for number in 0..500 {
        document.note(now, &format!("event {number}"), &"x".repeat(1000));
    }
    assert_eq!(document.timeline.len(), cutover::bounds::TIMELINE_MAX);
    assert_eq!(document.timeline[0], first);
    assert_eq!(document.timeline.last().unwrap().what, "event 499");
    assert!(document.bytes() < cutover::bounds::DOCUMENT_BYTES_MAX);
}

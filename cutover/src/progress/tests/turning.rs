//! Claims: a cutover turns round once, takes along what the way back needs, tries each step of it again, and where nothing of ours
//! leads back it stops for a person instead.

use super::super::*;
use crate::document::Caught;
use crate::samples_of_progress::{
    Setting, WAITS, alias, at, at_stage, bridge, finish_edit, last_event, moved, on_the_way_back, support, swap,
};
use crate::strategy::Strategy;

fn caught(error: &str) -> Option<Caught> {
    Some(Caught { error: error.to_owned(), cause: String::new() })
}

#[test]
fn turning_round_begins_at_the_first_inverse_of_what_was_begun() {
    let mut document = at_stage(bridge(), 2, WAITS);
    document.settled = true;
    document.looks = 240;
    document.error = caught("States.Timeout");
    document.progress.misses = 1;
    document.turn_round(at(5), "not settled");
    let because = "not settled (at: 3/5 remove a.foo.com from E1LEGACYXYZ)";
    let wanted = Progress { direction: Direction::Back, begun: 3, turned_because: Some(because.to_owned()), ..Progress::default() };
    assert_eq!(document.progress, wanted);
    assert_eq!((document.next, document.settled, document.looks), (Step::ChangeRecordSets, false, 0), "DNS first");
    assert_eq!((last_event(&document), document.error.as_ref()), (("turning round", because), None));
}

#[test]
fn the_edit_at_hand_may_have_been_written_without_the_document_knowing() {
    for position in 0..5 {
        let mut document = at_stage(bridge(), position, Stage::Act);
        document.turn_round(at(5), "because");
        assert_eq!(document.progress.begun, position + 1);
    }
    let mut document = at_stage(bridge(), 5, Stage::Act);
    document.turn_round(at(5), "because");
    assert_eq!(document.progress.begun, 5, "no more than there are");
}

#[test]
fn the_way_back_knows_whether_a_swap_had_attached() {
    let mut attached = at_stage(swap(), 1, Stage::Prove);
    attached.progress.attached = true;
    attached.turn_round(at(5), "verify");
    assert!(attached.progress.attached, "the target serves the name, so the TTL is sat out");
    let mut detached = at_stage(swap(), 1, Stage::Act);
    detached.turn_round(at(5), "SwapDeadlinePassed");
    assert!(!detached.progress.attached);
}

/// AWS's words, where the document takes `error` for AWS's own no to a move.
fn refused_by_aws(mut document: Cutover, error: &str) -> Option<String> {
    document.error = caught(error);
    document.turn_round(at(5), "because");
    assert_eq!(document.progress.direction, Direction::Back);
    document.progress.move_refused
}

#[test]
fn aws_s_own_no_to_a_move_is_remembered_for_the_request_that_comes_next() {
    let moving = || at_stage(moved(&["a.foo.com", "b.foo.com"]), 1, Stage::Act);
    for error in ["MoveNotAllowed", "ProofNotSeenYet", "EditRefused", "UnknownAnswer"] {
        let words = refused_by_aws(moving(), error);
        assert!(words.is_some_and(|words| words.starts_with("because (at: 2/4 move")), "{error}");
    }
    for error in ["States.Timeout", "Unavailable", "AccessDenied", "ChangedByOthers"] {
        assert_eq!(refused_by_aws(moving(), error), None, "{error} is no answer to the move");
    }
    let mut without = moving();
    without.turn_round(at(5), "not settled");
    assert_eq!(without.progress.move_refused, None);
}

#[test]
fn a_refusal_of_anything_but_the_first_move_is_not_aws_s_no_to_the_move() {
    let two = ["a.foo.com", "b.foo.com"];
    assert_eq!(refused_by_aws(at_stage(moved(&two), 0, Stage::Act), "EditRefused"), None, "a proof was refused");
    assert_eq!(refused_by_aws(at_stage(moved(&two), 1, WAITS), "EditRefused"), None, "the move was accepted");
    assert_eq!(refused_by_aws(at_stage(bridge(), 3, Stage::Act), "EditRefused"), None, "no move was asked for");
    let mut some = at_stage(moved(&two), 1, Stage::Act);
    some.progress.moved_last = Some(alias("a.foo.com"));
    assert_eq!(refused_by_aws(some, "EditRefused"), None, "it was carried out for one of them");
}

#[test]
fn a_step_of_the_way_back_is_tried_three_times_more_and_then_a_person_is_needed() {
    let mut document = on_the_way_back(bridge(), 3);
    document.progress.at = 1;
    for failures in 1..=3 {
        document.turn_round(at(5), "AccessDenied");
        assert_eq!((document.progress.failures, document.progress.at, document.progress.begun), (failures, 1, 3), "the same step again");
        assert_eq!((document.next, document.progress.stuck_because.as_ref()), (Step::UpdateDistribution, None));
        let because = "AccessDenied (at: back 2/3 add a.foo.com to E1LEGACYXYZ)";
        assert_eq!(last_event(&document), ("trying again", because));
    }
    document.turn_round(at(5), "AccessDenied");
    let because = "AccessDenied (at: back 2/3 add a.foo.com to E1LEGACYXYZ)";
    assert_eq!((document.next, document.progress.stuck_because.as_deref()), (Step::Conclude, Some(because)));
    assert_eq!((last_event(&document), document.progress.failures), (("stuck", because), 3));
    assert_eq!(document.progress.turned_because.as_deref(), Some("enough"), "why it was turned round at first stays");
}

#[test]
fn a_wait_of_the_way_back_that_was_in_vain_for_hours_is_not_begun_again() {
    let mut document = on_the_way_back(bridge(), 3);
    document.progress.stage = WAITS;
    document.looks = 239;
    document.turn_round(at(5), "AccessDenied");
    assert_eq!((document.progress.failures, document.progress.stuck_because.as_ref()), (1, None), "the look failed, and is tried again");
    document.progress.stage = WAITS;
    document.looks = 240;
    document.turn_round(at(6), "not settled after 240 looks");
    assert_eq!((document.next, document.progress.stuck_because.is_some()), (Step::Conclude, true));
}

#[test]
fn what_others_have_undone_on_the_way_back_is_done_again_and_forward_it_is_waited_for() {
    let undone = || Look::Undone("E1LEGACYXYZ is deployed with other aliases than the edit gave it".to_owned());
    let mut back = on_the_way_back(bridge(), 3);
    back.progress.stage = WAITS;
    back.looked(at(5), undone());
    assert_eq!((back.progress.stage, back.progress.failures), (Stage::Act, 1));
    let mut forward = at_stage(bridge(), 2, WAITS);
    forward.looked(at(5), undone());
    assert_eq!((forward.progress.direction, forward.next), (Direction::Forward, Step::CheckSettled), "others' writes are weighed");
}

#[test]
fn a_step_of_the_way_back_that_succeeds_leaves_the_next_one_all_its_tries() {
    let mut document = on_the_way_back(bridge(), 3);
    for position in 0..3 {
        assert_eq!((document.progress.at, document.progress.failures), (position, 0));
        for _ in 0..3 {
            document.turn_round(at(5), "AccessDenied");
        }
        assert_eq!(document.progress.stuck_because, None, "three tries for each");
        finish_edit(&mut document, at(10));
    }
    assert_eq!(document.next, Step::Conclude);
    let mut unneeded = on_the_way_back(bridge(), 3);
    unneeded.turn_round(at(5), "AccessDenied");
    unneeded.not_needed(at(6), "nothing to take back");
    assert_eq!((unneeded.progress.at, unneeded.progress.failures), (1, 0));
}

#[test]
fn a_new_try_of_the_way_back_begins_the_step_anew_and_the_swap_s_time_runs_on() {
    let mut document = on_the_way_back(swap(), 2);
    document.progress.stage = WAITS;
    document.progress.waits_for = Some(Settle::ProofVisible);
    document.progress.detached_at = Some(at(1));
    document.progress.moved_last = Some(alias("a.foo.com"));
    document.error = caught("EditRefused");
    document.turn_round(at(99), "because");
    assert_eq!((document.progress.stage, document.progress.waits_for.as_ref()), (Stage::Act, None));
    assert_eq!((document.progress.detached_at, document.progress.moved_last.as_ref()), (Some(at(1)), None), "over all tries");
    assert_eq!((document.error.as_ref(), document.progress.move_refused.as_ref()), (None, None));
    document.progress.detached_at = None;
    document.turn_round(at(200), "because");
    assert_eq!(document.progress.detached_at, None, "without a detach no time runs");
}

#[test]
fn a_swap_back_whose_time_is_over_is_not_begun_again() {
    let mut document = on_the_way_back(swap(), 2);
    document.progress.detached_at = Some(at(1));
    document.turn_round(at(21_600), "SwapDeadlinePassed");
    assert_eq!((document.progress.stuck_because.as_ref(), document.progress.failures), (None, 1), "a second is left");
    document.turn_round(at(21_601), "SwapDeadlinePassed");
    assert_eq!((document.progress.stuck_because.is_some(), document.next), (true, Step::Conclude));
}

#[test]
fn where_nothing_of_ours_leads_back_the_cutover_stops_where_it_is() {
    let mut document = at_stage(support(), 2, Stage::Act);
    let before = document.progress.clone();
    document.turn_round(at(5), "AccessDenied");
    let because = "AccessDenied (at: 3/4 point a.foo.com in Z1FOO at the target); the names cannot be brought back from where they were";
    assert_eq!(document.progress, Progress { stuck_because: Some(because.to_owned()), ..before });
    assert_eq!((document.next, last_event(&document)), (Step::Conclude, ("stuck", because)));
}

#[test]
fn names_that_were_moved_for_good_and_do_not_answer_need_a_person_and_nothing_is_taken_back() {
    let unreachable = Setting { source: None, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::MoveDomain));
    for mut document in [at_stage(support(), 1, Stage::Prove), at_stage(unreachable, 1, Stage::Prove)] {
        document.verified(at(5), Verdict::Failed("status 502".to_owned()));
        assert_eq!((document.progress.direction, document.next), (Direction::Forward, Step::Conclude));
        let because = document.progress.stuck_because.unwrap();
        assert!(because.starts_with("verify: status 502") && because.contains("the names cannot be brought back"), "{because}");
    }
}

#[test]
fn there_is_a_way_back_until_others_have_moved_the_names_or_may_have() {
    let part = |mut document: Cutover| {
        document.progress.moved_last = Some(alias("a.foo.com"));
        document
    };
    let watched = |looks: u32| {
        let mut document = at_stage(support(), 1, WAITS);
        document.looks = looks;
        document
    };
    let unreachable = || Setting { source: None, ..Setting::of(&["a.foo.com", "b.foo.com"]) }.document(Some(Strategy::MoveDomain));
    let released = || Setting { source: None, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::ReleaseService));
    let by_others = |setting: Setting, strategy: Strategy| setting.with_dns_of_others().document(Some(strategy));
    let one = || Setting::of(&["a.foo.com"]);
    let moved_by_aws = || by_others(one().within_one_account(), Strategy::MoveDomain);
    let (gone, some) = (Some("the names cannot be brought back"), Some("some of the names have been moved already"));
    let cases = [
        (at_stage(support(), 0, Stage::Act), None, "nobody was asked"),
        (at_stage(support(), 1, Stage::Act), None, "nobody was asked yet"),
        (watched(0), None, "they have not answered"),
        (watched(239), None, "one more look"),
        (watched(240), Some("AWS Support has not moved the names; the proof stays"), "a case may be answered later (DT-10)"),
        (at_stage(support(), 1, Stage::Settle { index: 1 }), gone, "the target lists them"),
        (at_stage(support(), 1, Stage::Prove), gone, "and is deployed"),
        (at_stage(support(), 2, Stage::Act), gone, "AWS Support has moved them"),
        (at_stage(support(), 3, WAITS), gone, "and still has"),
        (at_stage(unreachable(), 1, Stage::Act), None, "AWS was not asked"),
        (part(at_stage(unreachable(), 1, Stage::Act)), some, "the first of two"),
        (at_stage(unreachable(), 1, WAITS), gone, "AWS has taken the call for the last of them"),
        (at_stage(unreachable(), 1, Stage::Prove), gone, "and the target is deployed"),
        (at_stage(unreachable(), 2, Stage::Act), gone, "all of them"),
        (at_stage(released(), 1, WAITS), None, "the service has not released them"),
        (at_stage(released(), 2, Stage::Act), gone, "it has"),
        (part(at_stage(moved(&["a.foo.com", "b.foo.com"]), 1, Stage::Act)), None, "AWS brings them back"),
        (at_stage(moved_by_aws(), 2, WAITS), Some("the target serves the names; whoever edits DNS"), "to take them back costs viewers"),
        (at_stage(moved_by_aws(), 2, Stage::Act), None, "nobody was asked to edit DNS yet"),
        (at_stage(moved_by_aws(), 2, Stage::Settle { index: 1 }), None, "DNS leads there already"),
        (at_stage(by_others(one(), Strategy::Swap), 0, WAITS), None, "the source serves the names still"),
        (at_stage(bridge(), 4, WAITS), None, "a bridge always has a way back"),
    ];
    for (document, wanted, why) in cases {
        let found = document.no_way_back();
        let agrees = match (found, wanted) {
            (Some(found), Some(wanted)) => found.starts_with(wanted),
            (found, wanted) => found == wanted,
        };
        assert!(agrees, "at {} {:?}, {why}: {found:?}", document.progress.at, document.progress.stage);
    }
}

//! Claims: nothing is carried out without a claim under which the plan was made again; and whoever takes a cutover over finishes
//! what viewers already have, or may have, and rolls back everything else.

use super::*;
use crate::document::Outcome;
use crate::plan::Settle;
use crate::registry::ClaimState;
use crate::samples_of_progress::{
    Setting, WAITS, alias, aliases, at, at_stage, bridge, execution, last_event, moved, on_the_way_back, support, swap, token,
};
use crate::samples_of_registry;
use crate::strategy::Strategy;

fn claim(id: &str, until: i64) -> Claim {
    let held = samples_of_registry::claim(ClaimState::Held);
    Claim { id: id.to_owned(), execution: execution().id, fence: 7, since: at(0), until: at(until), hosted_zone: None, events: 0, ..held }
}

fn unclaimed() -> Cutover {
    let mut document = bridge();
    document.claim = None;
    document.point_next();
    document
}

fn caught(error: &str) -> crate::document::Caught {
    crate::document::Caught { error: error.to_owned(), cause: "the table does not answer".to_owned() }
}

#[test]
fn a_claim_that_was_taken_is_not_written_under_before_the_plan_was_made_again() {
    let mut document = unclaimed();
    assert_eq!(document.next, Step::ClaimAliases);
    document.claim_taken(at(5), &claim("first", 100));
    let wanted = Token { id: "first".to_owned(), fence: 7, handed_on: 0, weighed: 0, confirmed: false, until: Some(at(100)) };
    assert_eq!(document.claim, Some(wanted));
    assert_eq!(document.next, Step::ClaimAliases, "the same step makes the plan again");
    assert_eq!(last_event(&document), ("claimed", "2 aliases and 2 distributions until 2026-12-01T02:01:40Z"));
}

#[test]
fn the_same_plan_under_the_claim_is_carried_out() {
    let mut document = unclaimed();
    document.plan_hash = "00ff".to_owned();
    document.claim_taken(at(5), &claim("first", 100));
    let again = document.clone();
    document.confirm(at(6), &again);
    assert!(document.claim.as_ref().unwrap().confirmed && document.refusals.is_empty());
    assert_eq!(document.next, Step::UpdateDistribution, "the bridge's first edit");
    assert_eq!(last_event(&document).0, "planned again");
}

#[test]
fn another_plan_or_a_refusal_under_the_claim_moves_nothing() {
    let mut document = unclaimed();
    document.plan_hash = "00ff".to_owned();
    document.claim_taken(at(5), &claim("first", 100));
    let mut another = document.clone();
    another.plan_hash = "11ee".to_owned();
    let mut refused = document.clone();
    refused.refusals.push(Refusal::new(Code::TargetFull, "the target is full now", ""));
    for (again, seen) in [(another, "00ff became 11ee"), (refused, "the target is full now")] {
        let mut document = document.clone();
        document.confirm(at(6), &again);
        assert!(!document.claim.as_ref().unwrap().confirmed, "{seen}");
        assert_eq!(document.refusals.len(), 1);
        assert_eq!(document.refusals[0].code, Code::PlanChanged);
        assert!(document.refusals[0].message.contains(seen), "{}", document.refusals[0].message);
        assert_eq!(document.next, Step::Conclude, "(I7)");
    }
}

#[test]
fn who_is_refused_is_told_who_has_it_and_when_to_ask_again() {
    let refusal = |others: &[Claim]| {
        let mut document = unclaimed();
        document.claim_refused(at(50), others);
        assert_eq!((document.next, document.refusals.len()), (Step::Conclude, 1));
        assert_eq!(document.refusals[0].code, Code::ClaimedByAnother);
        document.refusals[0].clone()
    };
    let running = refusal(&[claim("one", 100), claim("two", 100)]);
    assert!(running.message.contains("cutover one") && running.message.contains("; and by cutover two"), "{}", running.message);
    assert!(running.remedy.starts_with("wait until it has ended"), "{}", running.remedy);
    let lapsed = refusal(&[claim("one", 100), claim("two", 20)]);
    assert!(lapsed.remedy.contains("its recovery begins within 15 minutes"), "{}", lapsed.remedy);
    let many = refusal(&[claim("one", 100), claim("two", 100), claim("three", 100), claim("four", 100)]);
    assert!(!many.message.contains("four"), "three are named: {}", many.message);
}

#[test]
fn where_the_claim_could_not_be_had_it_is_said_that_nothing_is_moved() {
    let mut document = unclaimed();
    document.error = Some(caught("RegistryUnavailable"));
    document.note_what_was_not_claimed();
    assert_eq!((document.refusals.len(), document.error.as_ref()), (1, None));
    assert_eq!(document.refusals[0].code, Code::RegistryUnreachable);
    let message = &document.refusals[0].message;
    assert!(message.contains("nothing was claimed, so nothing is moved: RegistryUnavailable: the table does not answer"), "{message}");
    let mut unconfirmed = bridge();
    unconfirmed.claim = Some(Token { confirmed: false, ..token() });
    unconfirmed.error = Some(caught("States.Timeout"));
    unconfirmed.note_what_was_not_claimed();
    assert_eq!(unconfirmed.refusals.len(), 1, "a plan that was not made again is not carried out either");
}

#[test]
fn an_error_under_a_confirmed_claim_or_after_a_refusal_is_no_word_about_the_claim() {
    let mut claimed = bridge();
    claimed.error = Some(caught("States.Timeout"));
    let mut refused = unclaimed();
    refused.error = Some(caught("States.Timeout"));
    refused.refusals.push(Refusal::new(Code::ClaimedByAnother, "", ""));
    let no_error = unclaimed();
    for mut document in [claimed, refused, no_error] {
        let before = document.clone();
        document.note_what_was_not_claimed();
        assert_eq!(document, before);
    }
}

#[test]
fn who_has_lost_its_claim_only_looks_and_says_where_things_are() {
    let mut document = at_stage(bridge(), 2, WAITS);
    document.error = Some(caught("ClaimLost"));
    document.lose_claim(at(9), "fence 2 has it");
    assert_eq!((document.next, document.settled, document.error.as_ref()), (Step::Conclude, true, None));
    assert_eq!(document.progress.stuck_because.as_deref(), Some("fence 2 has it"));
    assert!(document.progress.claim_lost, "nobody is told to take back by hand what another execution has in hand");
    assert_eq!(document.progress.direction, Direction::Forward, "nothing is taken back under a claim of others");
    assert_eq!(last_event(&document), ("claim lost", "fence 2 has it"));
}

#[test]
fn what_others_wrote_is_weighed_before_anything_else() {
    let mut document = at_stage(bridge(), 2, WAITS);
    document.weigh_first();
    assert_eq!((document.next, document.settled), (Step::WeighForeignWrites, true), "the definition leaves a wait only so");
    assert_eq!(document.progress.stage, WAITS, "the wait goes on afterwards");
}

/// The execution that goes on, and its token as the table gives it.
fn second() -> (Execution, Token) {
    let id = "arn:aws:states:us-east-1:000000000009:execution:cutover:second".to_owned();
    (Execution { id, started_at: at(1_000) }, Token { fence: 2, confirmed: false, ..token() })
}

fn recovered(mut document: Cutover, wrote: bool) -> Cutover {
    let (execution, token) = second();
    document.error = Some(caught("States.Timeout"));
    document.outcome = Some(Outcome::Stuck);
    document.recovered(at(1_001), &execution, token, wrote, "the first was stopped");
    document
}

#[test]
fn whoever_takes_over_goes_on_under_its_own_name_and_fence() {
    let document = recovered(at_stage(bridge(), 4, Stage::Act), true);
    assert_eq!(document.execution.name(), "second");
    assert_eq!(document.execution.started_at, at(0), "the cutover began when it began");
    assert_eq!(document.claim, Some(Token { confirmed: true, ..second().1 }), "the claim was the plan's already");
    assert_eq!((document.error.as_ref(), document.outcome), (None, None));
    assert!(document.timeline.iter().any(|event| (event.what.as_str(), event.detail.as_str()) == ("recovered", "the first was stopped")));
}

#[test]
fn where_nothing_was_ever_about_to_be_sent_nothing_is_taken_back() {
    let document = recovered(at_stage(bridge(), 1, Stage::Act), false);
    let back = Progress { direction: Direction::Back, turned_because: Some("the first was stopped".to_owned()), ..Progress::default() };
    assert_eq!(document.progress, back, "no edit counts as begun");
    assert_eq!(document.next, Step::Conclude);
    assert_eq!(last_event(&document), ("turning round", "nothing had been written"));
}

#[test]
fn what_was_begun_is_rolled_back_because_whoever_stopped_it_wanted_less_to_happen() {
    let document = recovered(at_stage(bridge(), 1, Stage::Act), true);
    assert_eq!((document.progress.direction, document.progress.begun), (Direction::Back, 2), "the edit at hand may have been written");
    assert!(document.progress.turned_because.as_ref().unwrap().starts_with("the first was stopped"));
    assert_eq!(document.next, Step::ChangeRecordSets, "DNS first");
}

#[test]
fn names_that_are_attached_where_they_go_stay_there() {
    let document = recovered(at_stage(bridge(), 4, Stage::Act), true);
    assert_eq!((document.progress.direction, document.next), (Direction::Forward, Step::UpdateDistribution));
    assert_eq!((last_event(&document).0, document.settled), ("finishing", false));
}

#[test]
fn a_swap_that_may_have_detached_is_finished_for_that_serves_soonest() {
    let document = recovered(at_stage(swap(), 1, Stage::Act), true);
    assert_eq!((document.progress.direction, document.next), (Direction::Forward, Step::SwapAliases));
}

#[test]
fn what_others_may_have_done_is_waited_for_on() {
    let release = Setting { source: None, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::ReleaseService));
    let document = recovered(at_stage(release, 1, WAITS), true);
    assert_eq!((document.progress.direction, document.next), (Direction::Forward, Step::CheckSettled));
    assert_eq!(document.progress.waits_for, Some(Settle::NamesReleased));
}

#[test]
fn what_has_no_way_back_is_finished() {
    let names = ["a.foo.com", "b.foo.com"];
    let mut document = Setting { source: None, ..Setting::of(&names) }.document(Some(Strategy::MoveDomain));
    document = at_stage(document, 1, Stage::Act);
    document.progress.moved_last = Some(alias("a.foo.com"));
    let document = recovered(document, true);
    assert_eq!((document.progress.direction, document.next), (Direction::Forward, Step::UpdateDomainAssociation));
}

#[test]
fn a_way_back_goes_on_with_new_tries_and_new_time() {
    let mut document = on_the_way_back(swap(), 2);
    document.progress.failures = 3;
    document.progress.detached_at = Some(at(7));
    let mut document = recovered(document, true);
    assert_eq!((document.progress.direction, document.progress.failures), (Direction::Back, 0));
    assert_eq!(document.progress.detached_at, Some(at(1_001)), "nobody may be serving the name");
    assert_eq!(document.next, Step::ChangeRecordSets);
    document.progress.detached_at = None;
    assert_eq!(recovered(document, true).progress.detached_at, None, "without a detach there is no time to run out");
}

#[test]
fn what_was_refused_or_stuck_is_only_concluded() {
    let mut refused = at_stage(bridge(), 1, Stage::Act);
    refused.refusals.push(Refusal::new(Code::PlanChanged, "", ""));
    let mut stuck = at_stage(bridge(), 1, Stage::Act);
    stuck.progress.stuck_because = Some("a role is missing".to_owned());
    for document in [refused, stuck] {
        let before = document.progress.clone();
        let after = recovered(document, true);
        assert_eq!(after.next, Step::Conclude);
        assert_eq!(after.progress, before, "it goes neither way");
    }
}

#[test]
fn a_cutover_that_every_execution_dies_of_needs_a_person() {
    let (execution, token) = second();
    let mut document = at_stage(bridge(), 1, Stage::Act);
    document.recovered_too_often(at(1_001), &execution, token, 3);
    assert_eq!((document.next, document.execution.name()), (Step::Conclude, "second"));
    let why = "3 executions took this cutover over, and each of them died";
    assert_eq!(document.progress.stuck_because.as_deref(), Some(why));
    assert_eq!(last_event(&document), ("stuck", why));
    assert!(document.claim.is_some_and(|token| token.confirmed && token.fence == 2), "it looks under the claim");
}

#[test]
fn only_a_swap_that_was_entered_and_others_who_were_asked_may_be_at_it() {
    let release = || Setting { source: None, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::ReleaseService));
    let cases = [
        (at_stage(swap(), 1, Stage::Act), true, "it may have detached"),
        (at_stage(swap(), 1, WAITS), false, "it has attached"),
        (at_stage(swap(), 0, Stage::Act), false, "DNS is nobody's outage"),
        (at_stage(support(), 1, Stage::Act), false, "nobody was asked yet"),
        (at_stage(support(), 1, WAITS), true, "AWS Support may move it any time"),
        (at_stage(release(), 1, Stage::Act), false, "nobody was asked yet"),
        (at_stage(release(), 1, WAITS), true, "it may be released any time"),
        (at_stage(bridge(), 3, Stage::Act), false, "the wildcard serves meanwhile"),
        (at_stage(bridge(), 5, Stage::Act), false, "nothing is left"),
    ];
    for (document, wanted, why) in cases {
        assert_eq!(document.may_be_under_way(), wanted, "{} at {:?}: {why}", document.label_now(), document.progress.stage);
    }
}

#[test]
fn names_count_as_attached_when_each_of_them_is_and_not_before() {
    let two_steps = || {
        let mut document = bridge();
        document.request.as_mut().unwrap().aliases = aliases(&["a.foo.com", "*.foo.com"]);
        document
    };
    let cases = [
        (at_stage(bridge(), 0, Stage::Act), false, "nothing was done"),
        (at_stage(bridge(), 3, Stage::Act), false, "it is to be attached now"),
        (at_stage(bridge(), 3, WAITS), true, "its attach was accepted"),
        (at_stage(bridge(), 3, Stage::Prove), true, "and deployed"),
        (at_stage(bridge(), 4, Stage::Act), true, "and proved"),
        (at_stage(two_steps(), 0, WAITS), false, "one of two is attached"),
        (at_stage(two_steps(), 4, Stage::Act), true, "both are"),
        (at_stage(moved(&["foo.com"]), 1, Stage::Act), false, "AWS was not asked"),
        (at_stage(moved(&["foo.com"]), 2, Stage::Act), true, "AWS has moved it"),
        (at_stage(support(), 1, WAITS), false, "AWS Support was only asked"),
        (at_stage(Setting::of(&["a.foo.com"]).document(None), 1, Stage::Act), false, "no name moves"),
    ];
    for (document, wanted, why) in cases {
        assert_eq!(document.all_attached(), wanted, "at {} {:?}: {why}", document.progress.at, document.progress.stage);
    }
}

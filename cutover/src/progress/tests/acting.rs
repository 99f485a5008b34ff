//! Claims: an edit that was carried out counts as begun, is waited for from that moment, and leaves what the steps after it need.

use super::super::*;
use crate::samples_of_progress::{
    Setting, alias, at, at_stage, bridge, done, last_event, moved, on_the_way_back, planned, source, swap, target,
};
use crate::strategy::Strategy;

#[test]
fn an_edit_that_was_carried_out_is_waited_for_from_now_on() {
    let mut document = bridge();
    document.settled = true;
    document.looks = 7;
    document.acted(at(5), done());
    assert_eq!((document.progress.begun, document.progress.at, document.progress.stage), (1, 0, Stage::Settle { index: 0 }));
    assert_eq!(document.settling(), Ok((Settle::DistributionDeployed { place: target() }, at(5))));
    assert_eq!((document.next, document.settled, document.looks), (Step::CheckSettled, false, 0));
    assert!((15..=28).contains(&document.wait_seconds), "{}", document.wait_seconds);
    assert_eq!(last_event(&document), ("1/5 add *.foo.com to E2NEWQRS", "done"));
    assert_eq!(document.progress.change_id, None, "a distribution has no change to follow");
}

#[test]
fn an_edit_that_waits_for_nothing_and_proves_nothing_is_behind_at_once() {
    let mut document = bridge();
    document.plan[0] = planned(document.plan[0].edit.clone());
    document.acted(at(5), done());
    assert_eq!((document.progress.at, document.progress.stage, document.progress.begun), (1, Stage::Act, 1));
    assert_eq!((document.next, document.settled), (Step::ChangeRecordSets, true));
}

#[test]
fn a_change_of_record_sets_is_followed_and_what_cloudfront_saw_before_it_says_nothing_any_more() {
    let mut document = at_stage(bridge(), 1, Stage::Act);
    document.progress.dns_seen_at = Some(at(1));
    document.acted(at(5), done());
    assert_eq!((document.progress.change_id.as_deref(), document.progress.dns_seen_at), (Some("C1"), None));
    let mut lost = at_stage(bridge(), 1, Stage::Act);
    lost.progress.change_id = Some("C0".to_owned());
    lost.acted(at(5), Done { change_id: None, ..done() });
    assert_eq!(lost.progress.change_id, None, "where its answer was lost, no older change is followed in its place");
}

#[test]
fn a_change_of_proofs_is_followed_and_leaves_the_names_where_cloudfront_saw_them() {
    let mut document = moved(&["foo.com"]);
    document.progress.dns_seen_at = Some(at(1));
    document.acted(at(5), done());
    assert_eq!((document.progress.change_id.as_deref(), document.progress.dns_seen_at), (Some("C1"), Some(at(1))));
}

#[test]
fn a_swap_has_attached_on_the_way_forward_and_has_not_any_more_on_the_way_back() {
    let mut document = at_stage(swap(), 1, Stage::Act);
    document.acted(at(5), done());
    assert!(document.progress.attached);
    let mut back = on_the_way_back(swap(), 2);
    back.progress.attached = true;
    back.progress.at = 1;
    back.acted(at(5), done());
    assert!(!back.progress.attached, "the source has the name again");
    let mut other = at_stage(bridge(), 3, Stage::Act);
    other.acted(at(5), done());
    assert!(!other.progress.attached, "a bridge has nothing to do with it");
}

#[test]
fn on_the_way_back_no_edit_counts_as_begun_that_was_not() {
    let mut document = on_the_way_back(bridge(), 1);
    document.acted(at(5), done());
    assert_eq!(document.progress.begun, 1);
    assert_eq!(last_event(&document).0, "back 1/1 remove *.foo.com from E2NEWQRS");
}

#[test]
fn of_several_names_the_one_that_aws_has_moved_is_known_until_all_of_them_are() {
    let mut document = at_stage(moved(&["a.foo.com", "b.foo.com"]), 1, Stage::Act);
    document.acted_in_part(at(5), &alias("a.foo.com"), "a.foo.com moved");
    assert_eq!((document.progress.begun, document.progress.moved_last.as_ref()), (2, Some(&alias("a.foo.com"))));
    assert_eq!(document.settling(), Ok((Settle::DistributionDeployed { place: target() }, at(5))), "the next one goes after that (U-11)");
    assert_eq!(document.next, Step::CheckSettled);
    assert_eq!(last_event(&document), ("2/4 move a.foo.com and 1 more from E1LEGACYXYZ to E2NEWQRS", "a.foo.com moved"));
    document.acted(at(50), done());
    assert_eq!(document.progress.moved_last, None, "the last of them was moved");
}

#[test]
fn what_needs_nothing_is_left_without_waiting() {
    let mut document = on_the_way_back(bridge(), 3);
    document.not_needed(at(5), "as it was");
    assert_eq!((document.progress.at, document.progress.stage), (1, Stage::Act));
    assert_eq!(document.next, Step::UpdateDistribution);
    assert_eq!(last_event(&document), ("back 1/3 point a.foo.com in Z1FOO back where it was", "as it was"));
}

#[test]
fn record_sets_that_were_left_alone_are_remembered_for_the_end() {
    let mut document = on_the_way_back(bridge(), 3);
    document.leave_alone(at(5), "a.foo.com");
    assert_eq!(document.progress.left_alone.as_deref(), Some("a.foo.com"));
    assert_eq!(last_event(&document), ("left alone", "the record sets of a.foo.com were changed by somebody else"));
}

#[test]
fn an_attach_whose_answer_held_another_config_ends_with_a_person() {
    let mut document = at_stage(swap(), 1, Stage::Act);
    document.attached_but_differs(at(5), "Comment differs");
    assert_eq!((document.next, document.progress.stuck_because.as_deref()), (Step::Conclude, Some("Comment differs")));
    assert_eq!(document.progress.direction, Direction::Forward, "the name is served, and stays");
    assert_eq!(last_event(&document), ("config differs", "Comment differs"));
}

#[test]
fn a_swap_is_entered_again_and_its_time_runs_from_the_first_detach() {
    let mut document = at_stage(swap(), 1, Stage::Act);
    document.next = Step::CheckSettled;
    document.reenter_swap(at(20), at(10), "still taken");
    assert_eq!((document.progress.begun, document.progress.stage), (2, Stage::Act));
    assert_eq!((document.next, document.progress.detached_at), (Step::SwapAliases, Some(at(10))));
    assert_eq!(last_event(&document), ("not attached yet", "still taken"));
    document.reenter_swap(at(40), at(30), "still taken");
    assert_eq!(document.progress.detached_at, Some(at(10)), "over all re-entries (SW-5)");
    let told = document.timeline.iter().filter(|event| event.what == "not attached yet").count();
    assert_eq!((told, last_event(&document)), (1, ("not attached yet", "still taken")), "as it was last");
    document.acted(at(50), Done { wrote: true, change_id: None, detail: "attached".to_owned() });
    assert_eq!(document.progress.detached_at, None, "somebody serves the name again");
}

#[test]
fn a_way_back_whose_names_never_joined_the_target_counts_from_the_detach_of_the_way_forth() {
    let mut never = on_the_way_back(swap(), 2);
    never.note(at(10), DETACHED, "a.foo.com left");
    assert_eq!(never.unserved_since(at(900)), at(10));
    let mut joined = never.clone();
    joined.progress.attached = true;
    assert_eq!(joined.unserved_since(at(900)), at(900), "the target served them until then");
    let mut forth = at_stage(swap(), 1, Stage::Act);
    forth.note(at(10), DETACHED, "a.foo.com left");
    assert_eq!(forth.unserved_since(at(900)), at(900));
    assert_eq!(on_the_way_back(swap(), 2).unserved_since(at(900)), at(900), "nothing was told");
}

#[test]
fn a_swap_may_try_for_half_an_hour_and_back_for_six_or_as_long_as_the_longest_ttl_besides() {
    let ends = |document: &Cutover| document.swap_ends(at(100));
    assert_eq!(ends(&at_stage(swap(), 1, Stage::Act)), at(100 + 1_800), "(SW-5)");
    assert_eq!(ends(&on_the_way_back(swap(), 2)), at(100 + 21_600), "nobody serves the name, and there is nowhere to turn");
    let lowered = Setting { lowers_ttl: true, ttl_seconds: 43_200, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::Swap));
    assert_eq!(
        ends(&on_the_way_back(lowered, 3)),
        at(100 + 1_800 + 43_200),
        "CloudFront may have to forget where DNS led: the longest TTL of the plan"
    );
    let mut timeless = on_the_way_back(swap(), 2);
    for planned in &mut timeless.plan {
        planned.settle = vec![Settle::DistributionDeployed { place: source() }];
    }
    assert_eq!(ends(&timeless), at(100 + 21_600), "without a TTL nothing has to be forgotten");
}

//! Claims: what others have written is never fought. A name that they brought back goes back, one that they took away is a
//! person's to place, and everything else is the plan's next edit to meet.

use super::*;
use crate::plan::Edit;
use crate::progress::{Progress, Stage};
use crate::samples_of_progress::{
    SOURCE_NAME, Setting, TARGET_NAME, WAITS, alias, at, at_stage, bridge, cname, last_event, moved, on_the_way_back, swap,
};
use crate::strategy::Strategy;

/// The bridge's edits: wildcard to the target, record set, off the source, on the target, wildcard off.
const DNS: usize = 1;
const OFF_THE_SOURCE: usize = 2;
const ON_THE_TARGET: usize = 3;
const WILDCARD_OFF: usize = 4;

fn a() -> Alias {
    alias("a.foo.com")
}

/// What is seen: the aliases of either side, and where the record set of `a.foo.com` leads.
fn seen(source: &[&str], target: &[&str], leads_to: &str) -> Seen {
    let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
    Seen {
        source: Some(list(source)),
        target: Some((list(target), true)),
        record_sets: BTreeMap::from([(a(), vec![cname(leads_to, 300)])]),
        elsewhere: BTreeMap::new(),
    }
}

fn turns(weighing: &Weighing, why: &str) -> bool {
    matches!(weighing, Weighing::TurnRound(said) if said.contains(why))
}

fn is_stuck(weighing: &Weighing, why: &str) -> bool {
    matches!(weighing, Weighing::Stuck(said) if said.contains(why))
}

/// Where the plan has `a.foo.com` by now.
fn expected(document: &Cutover) -> &'static str {
    match document.expected(&a()) {
        Expected::Source => "source",
        Expected::Target => "target",
        Expected::OnItsWay => "on its way",
    }
}

#[test]
fn a_name_is_at_the_target_once_the_edit_that_attaches_it_is_carried_out_and_not_before() {
    for position in [0, DNS, OFF_THE_SOURCE] {
        assert_eq!(expected(&at_stage(bridge(), position, Stage::Act)), "source", "edit {position} does not move it");
    }
    assert_eq!(expected(&at_stage(bridge(), ON_THE_TARGET, Stage::Act)), "on its way", "it has left the source");
    for (position, stage) in [(ON_THE_TARGET, WAITS), (ON_THE_TARGET, Stage::Prove), (WILDCARD_OFF, Stage::Act)] {
        assert_eq!(expected(&at_stage(bridge(), position, stage)), "target", "edit {position} {stage:?}");
    }
}

#[test]
fn a_name_whose_attach_may_have_been_sent_is_on_its_way() {
    let mut swap = at_stage(swap(), 1, Stage::Act);
    assert_eq!(expected(&swap), "source", "the swap has not begun");
    swap.progress.begun = 2;
    assert_eq!(expected(&swap), "on its way", "its call had to end in between");
}

#[test]
fn while_aws_moves_several_names_one_by_one_none_of_them_has_to_be_anywhere() {
    let mut document = at_stage(moved(&["a.foo.com", "b.foo.com"]), 1, WAITS);
    assert_eq!(expected(&document), "target", "all of them were moved");
    document.progress.moved_last = Some(alias("b.foo.com"));
    assert_eq!(expected(&document), "on its way", "some may still come");
}

#[test]
fn a_name_that_the_plan_attaches_nowhere_is_expected_nowhere() {
    let document = at_stage(Setting::of(&["a.foo.com"]).document(None), 0, Stage::Act);
    assert_eq!(expected(&document), "on its way");
}

#[test]
fn as_long_as_a_name_has_not_to_be_at_the_target_it_may_be_wherever_it_is() {
    for (position, stage) in [(0, Stage::Act), (DNS, Stage::Act), (ON_THE_TARGET, Stage::Act)] {
        let document = at_stage(bridge(), position, stage);
        let leads_to = if position > DNS { TARGET_NAME } else { SOURCE_NAME };
        for (source, target) in [(&["a.foo.com"][..], &[][..]), (&[], &["a.foo.com"]), (&[], &[])] {
            assert_eq!(document.weigh(&seen(source, target, leads_to)), Weighing::GoOn, "{position}: {source:?} {target:?}");
        }
    }
}

#[test]
fn a_name_that_others_took_off_the_target_is_not_taken_again() {
    let document = at_stage(bridge(), WILDCARD_OFF, Stage::Act);
    let weigh = |seen: &Seen| document.weigh(seen);
    assert_eq!(weigh(&seen(&[], &["a.foo.com"], TARGET_NAME)), Weighing::GoOn, "it is where it should be");
    assert!(turns(&weigh(&seen(&["a.foo.com"], &[], TARGET_NAME)), "a.foo.com was put back on the source by somebody else"));
    assert!(turns(&weigh(&seen(&["b.foo.com"], &[], TARGET_NAME)), "it is on neither side"), "another name says nothing of it");
    let not_ours = Seen { source: None, ..seen(&[], &[], TARGET_NAME) };
    assert!(is_stuck(&weigh(&not_ours), "its source is not ours"), "nothing of ours brings it back there");
    let unseen = Seen { target: None, ..seen(&[], &[], TARGET_NAME) };
    assert_eq!(weigh(&unseen), Weighing::GoOn, "of a target that could not be seen nothing is concluded");
}

#[test]
fn a_name_that_somebody_took_elsewhere_is_theirs_to_place() {
    let elsewhere = |target: &[&str]| Seen {
        elsewhere: BTreeMap::from([(a(), "E3 of account 000000000003".to_owned())]),
        ..seen(&[], target, TARGET_NAME)
    };
    for position in [0, WILDCARD_OFF] {
        let document = at_stage(bridge(), position, Stage::Act);
        assert!(is_stuck(&document.weigh(&elsewhere(&[])), "a.foo.com was taken to E3 of account 000000000003"), "{position}");
    }
    let document = at_stage(bridge(), WILDCARD_OFF, Stage::Act);
    assert_eq!(document.weigh(&elsewhere(&["a.foo.com"])), Weighing::GoOn, "the target has it all the same");
}

#[test]
fn one_name_that_was_taken_decides_for_all_of_them_wherever_it_stands_in_the_list() {
    let setting = Setting::of(&["a.foo.com", "b.foo.com"]).with_wildcard();
    let document = at_stage(setting.document(Some(Strategy::WildcardBridge)), WILDCARD_OFF, Stage::Act);
    assert!(turns(&document.weigh(&seen(&["b.foo.com"], &["a.foo.com"], TARGET_NAME)), "b.foo.com was put back"));
    assert!(turns(&document.weigh(&seen(&["a.foo.com"], &["b.foo.com"], TARGET_NAME)), "a.foo.com was put back"));
}

#[test]
fn a_target_that_somebody_disabled_can_serve_nobody() {
    let mut seen = seen(&["a.foo.com"], &["*.foo.com"], SOURCE_NAME);
    let document = at_stage(bridge(), DNS, Stage::Act);
    assert_eq!(document.weigh(&seen), Weighing::GoOn);
    seen.target = seen.target.map(|(names, _)| (names, false));
    assert!(turns(&document.weigh(&seen), "somebody else has disabled the target"));
}

#[test]
fn the_way_back_weighs_nothing_for_it_looks_before_each_edit() {
    let mut seen = seen(&[], &[], "elsewhere.example");
    seen.target = Some((vec![], false));
    seen.elsewhere.insert(a(), "E3".to_owned());
    assert_eq!(on_the_way_back(bridge(), 3).weigh(&seen), Weighing::GoOn);
}

#[test]
fn record_sets_that_others_pointed_back_are_left_to_them_once_the_plan_has_pointed_them() {
    let back = seen(&["a.foo.com"], &["*.foo.com"], SOURCE_NAME);
    let forth = seen(&["a.foo.com"], &["*.foo.com"], TARGET_NAME);
    let changed = seen(&["a.foo.com"], &["*.foo.com"], "elsewhere.example");
    for (position, stage) in [(0, Stage::Act), (0, WAITS), (DNS, Stage::Act)] {
        let document = at_stage(bridge(), position, stage);
        for seen in [&back, &forth, &changed] {
            assert_eq!(document.weigh(seen), Weighing::GoOn, "at edit {position} {stage:?} they are still to be pointed");
        }
    }
    for (position, stage) in [(DNS, WAITS), (OFF_THE_SOURCE, Stage::Act)] {
        let document = at_stage(bridge(), position, stage);
        assert_eq!(document.weigh(&forth), Weighing::GoOn, "they lead where they should");
        assert!(turns(&document.weigh(&back), "the record sets of a.foo.com were pointed back"), "edit {position} {stage:?}");
        assert!(turns(&document.weigh(&changed), "the record sets of a.foo.com were changed"), "edit {position} {stage:?}");
        let unseen = Seen { record_sets: BTreeMap::new(), ..forth.clone() };
        assert_eq!(document.weigh(&unseen), Weighing::GoOn, "of what could not be seen nothing is concluded");
    }
}

#[test]
fn record_sets_that_lead_elsewhere_are_a_person_s_where_the_target_has_the_name() {
    let document = at_stage(bridge(), WILDCARD_OFF, Stage::Act);
    let changed = seen(&[], &["a.foo.com"], "elsewhere.example");
    assert!(is_stuck(&document.weigh(&changed), "the target has the name"));
    let back = seen(&[], &["a.foo.com"], SOURCE_NAME);
    assert!(turns(&document.weigh(&back), "pointed back"), "whoever pointed them back wants it back");
}

#[test]
fn a_ttl_that_is_lowered_ahead_points_nothing_yet() {
    let document = Setting { lowers_ttl: true, ..Setting::of(&["a.foo.com"]) }.document(Some(Strategy::Swap));
    let document = at_stage(document, 1, Stage::Act);
    assert!(matches!(document.plan[0].edit, Edit::ChangeRecordSets { .. }));
    assert_eq!(document.weigh(&seen(&["a.foo.com"], &[], SOURCE_NAME)), Weighing::GoOn, "they still lead to the source");
}

fn write(number: u32) -> ForeignWrite {
    ForeignWrite {
        event_id: number.to_string(),
        at: at(0),
        operation: format!("cloudfront:Write{number}"),
        account: "000000000001".to_owned(),
        by: "somebody".to_owned(),
        on: "E1LEGACYXYZ".to_owned(),
        touched: vec![],
    }
}

#[test]
fn what_was_weighed_is_told_the_last_of_it_first_and_not_weighed_again() {
    let mut document = at_stage(bridge(), DNS, WAITS);
    let writes: Vec<ForeignWrite> = (0..5).map(write).collect();
    let weighing = document.weighed(at(9), &writes, 5, &seen(&["a.foo.com"], &["*.foo.com"], TARGET_NAME));
    assert_eq!(weighing, Weighing::GoOn);
    assert_eq!(document.claim.as_ref().unwrap().weighed, 5);
    let told = &document.timeline[document.timeline.len() - 2];
    assert_eq!(told.what, "others wrote");
    assert!(told.detail.starts_with("cloudfront:Write4 on E1LEGACYXYZ in account 000000000001 by somebody"), "{}", told.detail);
    assert!(!told.detail.contains("Write1"), "three of them are named: {}", told.detail);
    assert_eq!(last_event(&document).0, "weighed");
    assert_eq!((document.next, document.settled), (Step::CheckSettled, false), "the wait goes on");
    let mut between = at_stage(bridge(), DNS, Stage::Act);
    between.weighed(at(9), &writes, 5, &seen(&["a.foo.com"], &["*.foo.com"], SOURCE_NAME));
    assert_eq!((between.next, between.settled), (Step::ChangeRecordSets, true), "nothing is waited for");
}

#[test]
fn what_turns_a_cutover_round_is_why_it_turned() {
    let mut document = at_stage(bridge(), OFF_THE_SOURCE, Stage::Act);
    let weighing = document.weighed(at(9), &[write(1)], 1, &seen(&["a.foo.com"], &["*.foo.com"], SOURCE_NAME));
    assert!(turns(&weighing, "pointed back"));
    assert_eq!(document.progress.direction, Direction::Back);
    assert!(document.progress.turned_because.as_ref().unwrap().contains("pointed back"));
    assert_eq!(document.next, Step::ChangeRecordSets, "DNS is the first to go back");
}

#[test]
fn what_only_a_person_can_place_ends_the_cutover_where_it_is() {
    let mut document = at_stage(bridge(), WILDCARD_OFF, Stage::Act);
    let before: Progress = document.progress.clone();
    let weighing = document.weighed(at(9), &[write(1)], 1, &seen(&[], &["a.foo.com"], "elsewhere.example"));
    let Weighing::Stuck(why) = weighing else { panic!("{weighing:?}") };
    assert_eq!(document.next, Step::Conclude);
    assert_eq!(document.progress, Progress { stuck_because: Some(why.clone()), ..before }, "nothing goes forth or back");
    assert_eq!(last_event(&document), ("stuck", why.as_str()));
}

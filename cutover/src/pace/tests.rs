//! Claims: a look comes soon enough to know at once and late enough to fill no history; others are given days, each look after
//! another tenth of their time; and no two runs look in step.

use super::*;
use crate::plan::PlannedEdit;
use crate::progress::{Look, Stage};
use crate::proof::Proves;
use crate::samples_of_progress::{WAITS, at, at_stage, blank, bridge, numbered, planned, request, source, target, zone};
use std::collections::BTreeSet;

/// A document that has begun to wait for `settle` at 0 s.
fn waiting(edit: Edit, settle: Settle) -> Cutover {
    let mut document = blank(request(&numbered(1)));
    document.plan = vec![PlannedEdit { settle: vec![settle], ..planned(edit) }];
    at_stage(document, 0, WAITS)
}

fn enabled() -> Edit {
    Edit::SetEnabled { account: source().account, distribution: source().distribution, enabled: true }
}

fn deployed() -> Settle {
    Settle::DistributionDeployed { place: source() }
}

fn ttl(seconds: u32) -> Cutover {
    waiting(enabled(), Settle::TtlRunOut { seconds })
}

#[test]
fn a_settle_whose_end_is_known_is_looked_at_when_it_is_over_and_about_thirty_times_in_all() {
    let cases = [
        (300, 0, 28, "no longer apart than any look"),
        (300, 280, 20, "exactly when the rest is over"),
        (300, 295, 15, "but not sooner than the shortest pause"),
        (300, 400, 15, "nor where it is over already"),
        (86_400, 0, 2_880, "a day is 30 looks"),
        (604_800, 0, 10_800, "a soak of a week waits no longer than a claim can bear"),
        (86_400, 86_340, 60, "and the last look is on time"),
    ];
    for (seconds, elapsed, wanted, why) in cases {
        assert_eq!(ttl(seconds).pause(at(elapsed)), wanted, "{seconds} s after {elapsed} s: {why}");
    }
}

#[test]
fn the_usual_pause_is_anything_from_15_to_28_seconds() {
    let mut document = waiting(enabled(), deployed());
    let mut pauses = |looks: u32| {
        document.looks = looks;
        document.pause(at(0))
    };
    let seen: BTreeSet<u32> = (0..240).map(&mut pauses).collect();
    assert_eq!(seen, (LOOK_SECONDS_MIN..=LOOK_SECONDS_MAX).collect(), "each of them at some look, and no other (Q-3)");
}

#[test]
fn no_two_looks_of_a_run_and_no_two_runs_draw_the_same_number() {
    let mut document = waiting(enabled(), deployed());
    let mut salts = BTreeSet::new();
    for looks in 0..240 {
        document.looks = looks;
        salts.insert(document.salt());
    }
    assert_eq!(salts.len(), 240, "two looks are never bound to each other");
    let run = |number: u32| {
        let mut other = document.clone();
        other.execution.id = format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{number}");
        other.pause(at(0))
    };
    let pauses: BTreeSet<u32> = (0..240).map(run).collect();
    assert_eq!(pauses, (LOOK_SECONDS_MIN..=LOOK_SECONDS_MAX).collect(), "runs that began together look apart");
}

#[test]
fn what_takes_hours_is_looked_at_less_and_less_and_at_least_every_twenty_minutes() {
    let document = waiting(enabled(), deployed());
    assert!((15..=28).contains(&document.pause(at(600))), "nothing slows down in the first ten minutes (Q-3)");
    assert_eq!(document.pause(at(800)), 50, "a quarter of the 200 s since then");
    assert_eq!((document.pause(at(1_000)), document.pause(at(1_800))), (75, 75), "closely enough for half an hour (CF-15)");
    assert_eq!(document.pause(at(3_800)), 500, "a quarter of the 2,000 s since then");
    assert_eq!(document.pause(at(36_000)), LONG_LOOK_SECONDS_MAX);
}

#[test]
fn aws_is_waited_for_longer_than_five_hours_and_at_most_eighty_looks() {
    let (mut document, mut now) = (waiting(enabled(), deployed()), 0);
    while document.looks < 240 {
        document.looked(at(now), Look::NotYet("InProgress".to_owned()));
        now += i64::from(document.pause(at(now)));
        assert!(document.looks <= 80 || document.looks == 240, "{}", document.looks);
    }
    assert!(now > 5 * 3_600 && now < 10 * 3_600, "{now} s");
}

#[test]
fn whoever_goes_on_with_a_wait_of_aws_late_gives_it_up_after_ten_hours() {
    let looks = |mut document: Cutover, after: i64| {
        document.looks = 3;
        document.looked(at(after), Look::NotYet("InProgress".to_owned()));
        document.looks
    };
    assert_eq!(looks(waiting(enabled(), deployed()), 35_999), 4, "one more");
    assert_eq!(looks(waiting(enabled(), deployed()), 36_000), 240, "the definition turns round at this many");
    assert_eq!(looks(ttl(86_400), 36_000), 4, "a TTL ends of itself");
    assert_eq!(looks(waiting(Edit::AskForRelease { aliases: numbered(1) }, Settle::NamesMoved), 36_000), 4, "others are given days");
}

#[test]
fn only_what_aws_does_in_its_own_time_is_given_up_after_eighty_looks() {
    let looks = |mut document: Cutover, before: u32| {
        document.looks = before;
        document.looked(at(60), Look::NotYet("not yet".to_owned()));
        document.looks
    };
    assert_eq!(looks(waiting(enabled(), deployed()), 78), 79, "one more");
    assert_eq!(looks(waiting(enabled(), deployed()), 79), 240, "the definition turns round at this many");
    assert_eq!(looks(ttl(86_400), 79), 80, "a TTL ends of itself");
    for settle in [Settle::NamesReleased, Settle::NamesMoved, Settle::RecordsSeen] {
        assert_eq!(looks(waiting(Edit::AskForRelease { aliases: numbered(1) }, settle), 79), 80, "others are given days");
    }
}

#[test]
fn others_are_looked_at_after_another_tenth_and_at_least_every_three_hours() {
    let ask = Edit::AskForRelease { aliases: numbered(1) };
    for settle in [Settle::NamesReleased, Settle::NamesMoved, Settle::RecordsSeen] {
        let document = waiting(ask.clone(), settle);
        assert!((15..=28).contains(&document.pause(at(60))), "somebody may answer at once");
        assert_eq!(document.pause(at(5_000)), 500);
        assert_eq!(document.pause(at(864_000)), 10_800, "14 days are about 180 looks");
    }
}

#[test]
fn a_proof_that_others_stage_is_watched_for_a_week_and_one_of_ours_is_a_usual_wait() {
    let theirs = waiting(Edit::AskForProofs { of: String::new(), proves: Proves::Target }, Settle::ProofVisible);
    assert_eq!(theirs.pause(at(5_000)), 500);
    let zone = zone();
    let ours = Edit::ChangeProofs { account: zone.account, hosted_zone: zone.hosted_zone, of: String::new(), proves: Proves::Target };
    let ours = waiting(ours, Settle::ProofVisible);
    assert_eq!(ours.pause(at(5_000)), 800, "it is visible when the change is in sync, or it never will be");
    let week = 604_800;
    assert!(!theirs.watched_too_long(at(week - 1)) && theirs.watched_too_long(at(week)));
    assert!(!ours.watched_too_long(at(week)), "the number of looks ends that wait");
}

#[test]
fn others_are_watched_for_as_long_as_they_are_given_and_not_a_second_less() {
    let ask = Edit::AskForRelease { aliases: numbered(1) };
    for (settle, seconds) in [(Settle::NamesReleased, 1_209_600), (Settle::NamesMoved, 1_209_600), (Settle::RecordsSeen, 604_800)] {
        let document = waiting(ask.clone(), settle);
        assert!(!document.watched_too_long(at(seconds - 1)), "{seconds}");
        assert!(document.watched_too_long(at(seconds)), "{seconds}");
    }
    assert!(!waiting(enabled(), deployed()).watched_too_long(at(10_000_000)), "nobody is watched for a deployment");
    assert!(!bridge().watched_too_long(at(10_000_000)), "nor where nothing is waited for");
}

#[test]
fn between_many_moves_one_after_the_other_a_look_comes_every_minute() {
    let moving = |count: usize, moved: bool| {
        let edit = Edit::UpdateDomainAssociation { aliases: numbered(count), from: Some(source()), to: target() };
        let mut document = waiting(edit, deployed());
        document.request = Some(request(&numbered(count)));
        document.progress.moved_last = moved.then(|| numbered(1)[0].clone());
        document.pause(at(0))
    };
    assert_eq!(moving(11, true), MANY_MOVES_LOOK_SECONDS, "each of them may take a quarter of an hour (SFN-3)");
    assert!((15..=28).contains(&moving(10, true)), "ten fit into a history as they are");
    assert!((15..=28).contains(&moving(11, false)), "and so does one wait for all of them");
}

#[test]
fn where_nothing_is_waited_for_the_shortest_pause_is_taken() {
    let document = bridge();
    assert_eq!(document.progress.stage, Stage::Act);
    assert_eq!(document.pause(at(0)), LOOK_SECONDS_MIN);
}

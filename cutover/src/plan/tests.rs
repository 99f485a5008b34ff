//! Claims: each edit's inverse takes back exactly what it did; what it touches, which step carries it out and what a person
//! reads follow from it alone; and each settle knows how long it is waited for.

use super::*;
use crate::record_set::RecordsTo;
use crate::samples_of_progress::{aliases, planned, source, target, zone};

fn one() -> Vec<Alias> {
    aliases(&["a.foo.com"])
}

fn update(add: &[&str], remove: &[&str]) -> Edit {
    let Place { account, distribution } = target();
    Edit::UpdateDistribution { account, distribution, add: aliases(add), remove: aliases(remove) }
}

fn swap() -> Edit {
    Edit::SwapAliases { aliases: one(), from: source(), to: target() }
}

fn enable(enabled: bool) -> Edit {
    let Place { account, distribution } = source();
    Edit::SetEnabled { account, distribution, enabled }
}

fn moved(from: Option<Place>) -> Edit {
    Edit::UpdateDomainAssociation { aliases: one(), from, to: target() }
}

fn proofs(proves: Proves) -> Edit {
    Edit::ChangeProofs { account: zone().account, hosted_zone: zone().hosted_zone, of: "a.foo.com".to_owned(), proves }
}

fn record_sets(to: RecordsTo) -> Edit {
    Edit::ChangeRecordSets { account: zone().account, hosted_zone: zone().hosted_zone, aliases: one(), to }
}

fn ask_for_record_sets(to: RecordsTo) -> Edit {
    Edit::AskForRecordSets { aliases: one(), to }
}

fn ask_for_proofs(proves: Proves) -> Edit {
    Edit::AskForProofs { of: "a.foo.com".to_owned(), proves }
}

fn ask_for_release() -> Edit {
    Edit::AskForRelease { aliases: one() }
}

fn ask_for_move() -> Edit {
    Edit::AskForMove { aliases: one(), to: target() }
}

#[test]
fn an_inverse_puts_back_what_its_edit_took_away_and_the_other_way_round() {
    let pairs = [
        (update(&["a.foo.com"], &["*.foo.com"]), update(&["*.foo.com"], &["a.foo.com"])),
        (swap(), Edit::SwapAliases { aliases: one(), from: target(), to: source() }),
        (moved(Some(source())), Edit::UpdateDomainAssociation { aliases: one(), from: Some(target()), to: source() }),
        (enable(false), enable(true)),
        (proofs(Proves::Target), proofs(Proves::Nobody)),
        (record_sets(RecordsTo::Target), record_sets(RecordsTo::AsRead)),
        (ask_for_record_sets(RecordsTo::Target), ask_for_record_sets(RecordsTo::AsRead)),
        (ask_for_proofs(Proves::Target), ask_for_proofs(Proves::Nobody)),
    ];
    for (edit, inverse) in pairs {
        assert_eq!(edit.inverse(), inverse, "{}", edit.describe());
        assert_eq!(inverse.inverse(), edit, "twice round is where it began");
    }
}

#[test]
fn a_change_of_the_ttl_alone_is_taken_back_to_what_was_read_too() {
    for to in [RecordsTo::LoweredAtSource, RecordsTo::LoweredAtTarget] {
        assert_eq!(record_sets(to).inverse(), record_sets(RecordsTo::AsRead));
        assert_eq!(ask_for_record_sets(to).inverse(), ask_for_record_sets(RecordsTo::AsRead));
    }
    assert_eq!(proofs(Proves::Source).inverse(), proofs(Proves::Nobody), "the source's proof goes as well");
    assert_eq!(ask_for_proofs(Proves::Source).inverse(), ask_for_proofs(Proves::Nobody));
}

#[test]
fn what_others_did_has_no_inverse_of_ours() {
    for edit in [moved(None), ask_for_release(), ask_for_move()] {
        assert_eq!(edit.inverse(), edit, "{}: there is nothing that would bring it back", edit.describe());
    }
}

/// What an edit touches, in words: who leaves, who joins, whose record sets change, whose proof is put there.
fn touches(edit: &Edit) -> (String, String, Option<(String, RecordsTo)>, Option<Proves>) {
    let repointed = edit.repoints().map(|(names, to)| (super::names(names), to));
    (super::names(edit.detached()), super::names(edit.attaches()), repointed, edit.proves())
}

#[test]
fn an_edit_touches_the_names_that_it_says_and_no_others() {
    let none = || "nothing".to_owned();
    let a = || "a.foo.com".to_owned();
    let cases = [
        (update(&["a.foo.com"], &[]), (none(), a(), None, None)),
        (update(&[], &["a.foo.com"]), (a(), none(), None, None)),
        (swap(), (a(), a(), None, None)),
        (moved(Some(source())), (a(), a(), None, None)),
        (ask_for_move(), (a(), a(), None, None)),
        (ask_for_release(), (a(), none(), None, None)),
        (enable(false), (none(), none(), None, None)),
        (proofs(Proves::Source), (none(), none(), None, Some(Proves::Source))),
        (ask_for_proofs(Proves::Nobody), (none(), none(), None, Some(Proves::Nobody))),
        (record_sets(RecordsTo::LoweredAtSource), (none(), none(), Some((a(), RecordsTo::LoweredAtSource)), None)),
        (ask_for_record_sets(RecordsTo::Target), (none(), none(), Some((a(), RecordsTo::Target)), None)),
    ];
    for (edit, wanted) in cases {
        assert_eq!(touches(&edit), wanted, "{}", edit.describe());
    }
    let leaving = update(&["b.foo.com"], &["a.foo.com"]);
    assert!(leaving.detaches(&one()[0]));
    assert!(!leaving.detaches(&aliases(&["b.foo.com"])[0]), "a name that joins does not leave");
}

#[test]
fn each_edit_is_carried_out_by_the_step_that_can_and_reads_well() {
    let cases = [
        (update(&["a.foo.com"], &[]), Step::UpdateDistribution, "add a.foo.com to E2NEWQRS"),
        (update(&[], &["a.foo.com"]), Step::UpdateDistribution, "remove a.foo.com from E2NEWQRS"),
        (update(&["a.foo.com"], &["*.foo.com"]), Step::UpdateDistribution, "add a.foo.com to and remove *.foo.com from E2NEWQRS"),
        (enable(true), Step::UpdateDistribution, "enable E1LEGACYXYZ"),
        (enable(false), Step::UpdateDistribution, "disable E1LEGACYXYZ"),
        (swap(), Step::SwapAliases, "swap a.foo.com from E1LEGACYXYZ to E2NEWQRS"),
        (moved(Some(source())), Step::UpdateDomainAssociation, "move a.foo.com from E1LEGACYXYZ to E2NEWQRS"),
        (moved(None), Step::UpdateDomainAssociation, "have AWS move a.foo.com to E2NEWQRS"),
        (proofs(Proves::Target), Step::ChangeRecordSets, "stage the proof for a.foo.com in Z1FOO"),
        (proofs(Proves::Source), Step::ChangeRecordSets, "put the source's proof for a.foo.com into Z1FOO"),
        (proofs(Proves::Nobody), Step::ChangeRecordSets, "remove the proof for a.foo.com from Z1FOO"),
        (record_sets(RecordsTo::Target), Step::ChangeRecordSets, "point a.foo.com in Z1FOO at the target"),
        (record_sets(RecordsTo::AsRead), Step::ChangeRecordSets, "point a.foo.com in Z1FOO back where it was"),
        (record_sets(RecordsTo::LoweredAtSource), Step::ChangeRecordSets, "lower the TTL of a.foo.com in Z1FOO"),
        (record_sets(RecordsTo::LoweredAtTarget), Step::ChangeRecordSets, "point a.foo.com in Z1FOO at the target with a low TTL"),
        (ask_for_record_sets(RecordsTo::Target), Step::AskOthers, "ask whoever edits DNS to point a.foo.com at the target"),
        (ask_for_record_sets(RecordsTo::AsRead), Step::AskOthers, "ask whoever edits DNS to point a.foo.com back where it was"),
        (ask_for_proofs(Proves::Target), Step::AskOthers, "ask whoever edits DNS to stage the proof for a.foo.com"),
        (ask_for_proofs(Proves::Nobody), Step::AskOthers, "ask whoever edits DNS to remove the proof for a.foo.com"),
        (ask_for_release(), Step::AskOthers, "wait until its service releases a.foo.com"),
        (ask_for_move(), Step::AskOthers, "wait until AWS Support moves a.foo.com to E2NEWQRS"),
    ];
    for (edit, step, says) in cases {
        assert_eq!(edit.step(), step, "{says}");
        assert_eq!(edit.describe(), says);
    }
}

#[test]
fn several_names_are_said_by_the_first_and_how_many_more() {
    assert_eq!(names(&[]), "nothing");
    assert_eq!(names(&one()), "a.foo.com");
    assert_eq!(names(&aliases(&["a.foo.com", "b.foo.com", "c.foo.com"])), "a.foo.com and 2 more");
}

#[test]
fn each_settle_says_what_is_waited_for_and_how_long_that_may_take() {
    let deployed = Settle::DistributionDeployed { place: target() };
    let in_sync = Settle::ChangeInSync { account: zone().account };
    let (week, fortnight) = (Some(604_800), Some(1_209_600));
    // What is waited for; how long it lasts, where that is known beforehand; for how long others are watched.
    let cases = [
        (deployed, "E2NEWQRS is Deployed", None, None),
        (in_sync, "the change is INSYNC", None, None),
        (Settle::ProofVisible, "every name server of the zone answers the proof", None, None),
        (Settle::TtlRunOut { seconds: 300 }, "300 s have passed since", Some(300), None),
        (Settle::Soaked { seconds: 900 }, "it has served for 900 s", Some(900), None),
        (Settle::RecordsSeen, "every name server of the zone answers the new record sets", None, week),
        (Settle::NamesReleased, "nobody holds the names any more", None, fortnight),
        (Settle::NamesMoved, "the target lists the names", None, fortnight),
    ];
    for (settle, says, seconds, watched) in cases {
        assert_eq!(settle.describe(), says);
        assert_eq!(settle.seconds(), seconds, "{says}");
        assert_eq!(settle.watch_seconds_max(), watched, "{says}");
    }
}

#[test]
fn the_way_back_waits_for_what_its_own_edit_needs_and_never_soaks() {
    let deployed = || Settle::DistributionDeployed { place: target() };
    let soaked = Settle::Soaked { seconds: 900 };
    let forth = PlannedEdit { settle: vec![deployed(), soaked.clone()], ..planned(swap()) };
    assert_eq!(forth.settle_back(), [deployed()], "nobody is served longer by waiting on the way back");
    let differs = PlannedEdit { inverse_settle: Some(vec![soaked, Settle::ProofVisible]), ..forth };
    assert_eq!(differs.settle_back(), [Settle::ProofVisible], "where it differs, the edit's own settles say nothing");
}

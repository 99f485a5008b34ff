//! Claims: what a plan changes is told edit by edit, each beginning where the one before has left the world.

use super::*;
use crate::facts::ProofFacts;
use crate::ids::Place;
use crate::samples_of_progress::{Setting, alias, aliases, cname, facts, numbered, request, source, target, zone};
use crate::strategy::Strategy;

/// Before and after of each edit.
fn told(strategy: Option<Strategy>, setting: &Setting, facts: &Facts) -> Vec<(String, String)> {
    let mut plan = setting.plan(strategy);
    tell(&mut plan, &request(&setting.names), facts);
    plan.edits.into_iter().map(|planned| (planned.before, planned.after)).collect()
}

fn pair(before: &str, after: &str) -> (String, String) {
    (before.to_owned(), after.to_owned())
}

fn update(place: Place, add: &[&str], remove: &[&str]) -> Edit {
    Edit::UpdateDistribution { account: place.account, distribution: place.distribution, add: aliases(add), remove: aliases(remove) }
}

/// The source has another name too, and so has the target.
fn shared() -> Facts {
    let mut facts = facts();
    facts.source.aliases.push("z.foo.com".to_owned());
    facts.target.aliases.push("b.foo.com".to_owned());
    facts
}

#[test]
fn each_edit_of_a_bridge_begins_where_the_one_before_has_left_the_world() {
    let setting = Setting::of(&["a.foo.com"]).with_wildcard();
    assert_eq!(
        told(Some(Strategy::WildcardBridge), &setting, &shared()),
        [
            pair("E2NEWQRS lists b.foo.com", "E2NEWQRS lists *.foo.com, b.foo.com"),
            pair("a.foo.com CNAME xyz.cloudfront.net (TTL 300)", "a.foo.com CNAME qrs.cloudfront.net (TTL 300)"),
            pair("E1LEGACYXYZ lists a.foo.com, z.foo.com", "E1LEGACYXYZ lists z.foo.com"),
            pair("E2NEWQRS lists *.foo.com, b.foo.com", "E2NEWQRS lists *.foo.com, a.foo.com, b.foo.com"),
            pair("E2NEWQRS lists *.foo.com, a.foo.com, b.foo.com", "E2NEWQRS lists a.foo.com, b.foo.com"),
        ]
    );
}

#[test]
fn what_changes_hands_in_one_edit_is_told_of_both_sides() {
    let setting = Setting::of(&["a.foo.com"]);
    let swapped = told(Some(Strategy::Swap), &setting, &facts());
    let both = pair("E1LEGACYXYZ lists a.foo.com; E2NEWQRS lists nothing", "E1LEGACYXYZ lists nothing; E2NEWQRS lists a.foo.com");
    assert_eq!(swapped[1], both);
    assert_eq!(told(Some(Strategy::MoveDomain), &setting, &facts())[1], both, "AWS's own move does the same");
    assert_eq!(told(Some(Strategy::SupportCase), &setting, &facts())[1], both, "and so does AWS Support");
    let beside = told(Some(Strategy::Swap), &setting, &shared());
    assert_eq!(beside[1].1, "E1LEGACYXYZ lists z.foo.com; E2NEWQRS lists a.foo.com, b.foo.com", "no other name moves");
}

#[test]
fn a_source_that_is_disabled_is_told_to_be_enabled_before_and_after() {
    let told = told(Some(Strategy::DisableAndMove), &Setting::of(&["a.foo.com"]), &facts());
    assert_eq!(told[1], pair("E1LEGACYXYZ enabled", "E1LEGACYXYZ disabled"));
    assert_eq!(told[3], pair("E1LEGACYXYZ disabled", "E1LEGACYXYZ enabled"));
}

#[test]
fn what_its_service_has_released_is_on_nobody_s_distribution() {
    let (facts, request) = (shared(), request(&aliases(&["a.foo.com"])));
    let mut state = State::new(&request, &facts);
    let released = state.step(&Edit::AskForRelease { aliases: aliases(&["a.foo.com"]) });
    assert_eq!(released, pair("a.foo.com on E1LEGACYXYZ of account 000000000001", "a.foo.com on nobody's distribution"));
    let next = state.step(&update(source(), &[], &["z.foo.com"]));
    assert_eq!(next, pair("E1LEGACYXYZ lists z.foo.com", "E1LEGACYXYZ lists nothing"), "only the released name is gone");
}

#[test]
fn of_a_long_list_what_the_cutover_is_about_is_shown_and_the_rest_counted() {
    let mut facts = facts();
    let request = request(&aliases(&["z.foo.com"]));
    let mut listed = |names: &[&str]| {
        facts.target.aliases = names.iter().map(|&name| name.to_owned()).collect();
        State::new(&request, &facts).side(true)
    };
    assert_eq!(listed(&[]), "E2NEWQRS lists nothing");
    let four = ["1.foo.com", "2.foo.com", "3.foo.com", "z.foo.com"];
    assert_eq!(listed(&four), "E2NEWQRS lists z.foo.com, 1.foo.com, 2.foo.com, 3.foo.com", "all are shown, the one that moves first");
    let six = [&four[..], &["4.foo.com", "*.foo.com"]].concat();
    assert_eq!(listed(&six), "E2NEWQRS lists *.foo.com, z.foo.com, 1.foo.com, 2.foo.com and 2 more", "a wildcard matters too");
}

#[test]
fn of_many_names_the_record_sets_of_two_are_written_out_and_the_rest_counted() {
    let mut facts = facts();
    facts.record_sets = numbered(4).into_iter().map(|name| (name, vec![cname("xyz.cloudfront.net", 60)])).collect();
    let request = request(&numbered(4));
    let said = |count: usize| State::new(&request, &facts).record_sets(&numbered(count), RecordsTo::AsRead);
    let two = "a0.foo.com CNAME xyz.cloudfront.net (TTL 60); a1.foo.com CNAME xyz.cloudfront.net (TTL 60)";
    assert_eq!(said(2), two);
    assert_eq!(said(4), format!("{two}; 2 more names"));
}

#[test]
fn a_ttl_that_is_lowered_and_given_back_is_told_in_each_of_its_states() {
    let setting = Setting { lowers_ttl: true, ..Setting::of(&["a.foo.com"]) };
    let told = told(Some(Strategy::Swap), &setting, &facts());
    let state = |value: &str, ttl: u32| format!("a.foo.com CNAME {value} (TTL {ttl})");
    let (as_read, lowered) = (state("xyz.cloudfront.net", 300), state("xyz.cloudfront.net", 60));
    let (low_at_target, at_target) = (state("qrs.cloudfront.net", 60), state("qrs.cloudfront.net", 300));
    assert_eq!(told[0], (as_read, lowered.clone()));
    assert_eq!(told[1], (lowered, low_at_target.clone()));
    assert_eq!(told[3], (low_at_target, at_target));
}

#[test]
fn a_proof_is_told_beside_what_stood_there() {
    let mut facts = facts();
    let setting = Setting::of(&["a.foo.com"]);
    let staged = |facts: &Facts| told(Some(Strategy::MoveDomain), &setting, facts)[0].clone();
    assert_eq!(staged(&facts), pair("", ""), "without a place for it nothing is said");
    let mut proof = ProofFacts { name: "_a.foo.com".to_owned(), sets: vec![cname("elsewhere.example", 60)] };
    facts.proofs.insert(alias("a.foo.com"), proof.clone());
    assert_eq!(staged(&facts), pair("no TXT at _a.foo.com", "_a.foo.com TXT \"qrs.cloudfront.net\""), "a CNAME is no TXT");
    let text = RecordSet { kind: "TXT".to_owned(), ..cname("\"token=1\"", 900) };
    proof.sets.push(text);
    facts.proofs.insert(alias("a.foo.com"), proof);
    assert_eq!(staged(&facts), pair("_a.foo.com TXT \"token=1\" (TTL 900)", "_a.foo.com TXT \"qrs.cloudfront.net\""));
    let last = told(Some(Strategy::MoveDomain), &setting, &facts).pop().unwrap();
    assert_eq!(last, pair("_a.foo.com TXT \"qrs.cloudfront.net\"", "_a.foo.com TXT \"token=1\" (TTL 900)"), "and comes back");
    let request = request(&setting.names);
    let returned =
        Edit::ChangeProofs { account: zone().account, hosted_zone: zone().hosted_zone, of: String::new(), proves: Proves::Source };
    let (_, after) = State::new(&request, &facts).step(&returned);
    assert_eq!(after, "_a.foo.com TXT \"xyz.cloudfront.net\"");
}

#[test]
fn a_distribution_that_is_not_the_target_is_told_as_the_source() {
    let facts = shared();
    let request = request(&aliases(&["a.foo.com"]));
    let mut state = State::new(&request, &facts);
    let put_back = state.step(&update(source(), &["b.foo.com"], &[]));
    assert_eq!(put_back.1, "E1LEGACYXYZ lists a.foo.com, b.foo.com, z.foo.com");
    let left = state.step(&update(target(), &[], &["b.foo.com"]));
    assert_eq!(left, pair("E2NEWQRS lists b.foo.com", "E2NEWQRS lists nothing"));
}

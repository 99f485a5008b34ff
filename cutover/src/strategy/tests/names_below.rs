//! A wildcard changes hands without a gap where every name that viewers can reach below it can be put on the target first.

use super::*;
use crate::samples_of_facts::{SOURCE, THIRD};

const WILDCARD: &str = "*.foo.com";

/// The facts of a wildcard that moves, and of live names with record sets that lead there.
fn with_names(names: &[(&str, &str)]) -> Facts {
    but(facts(&[WILDCARD]), |facts| {
        facts.record_sets.extend(names.iter().map(|(name, to)| (alias(name), vec![cname(to)])));
        let live = names.iter().map(|(name, _)| (*name).to_owned());
        facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().also_catches = live.collect();
    })
}

#[test]
fn below_a_wildcard_are_the_live_names_that_the_source_serves_by_nothing_else() {
    let facts = but(
        with_names(&[
            ("covered.foo.com", SOURCE),
            ("un.covered.foo.com", SOURCE),
            ("elsewhere.foo.com", THIRD),
            ("on-the-source.foo.com", SOURCE),
            ("on-the-target.foo.com", SOURCE),
            ("not-below.bar.com", SOURCE),
            (WILDCARD, SOURCE),
        ]),
        |facts| {
            facts.record_sets.insert(alias("moves-itself.foo.com"), vec![cname(SOURCE)]);
            facts.source.aliases.push("on-the-source.foo.com".to_owned());
            facts.target.aliases.push("on-the-target.foo.com".to_owned());
        },
    );
    let wildcard = alias(WILDCARD);
    let found: Vec<(&str, bool)> = below(&wildcard, &facts).map(|(name, can)| (name.as_str(), can)).collect();
    assert_eq!(found, [("covered.foo.com", true), ("un.covered.foo.com", false)], "each with whether it can be proved (ACM-2, DT-9)");
    let bare = but(facts, |facts| facts.target.certificate = None);
    assert!(below(&wildcard, &bare).all(|(_, can)| !can), "without a certificate the target can be given none");
}

#[test]
fn a_wildcard_is_swapped_without_a_yes_only_while_nothing_below_it_would_be_lost() {
    let request = across_accounts(&[WILDCARD]);
    let verdict = |facts: &Facts| legal(Strategy::Swap, &alias(WILDCARD), &request, facts).map_err(|illegal| illegal.code);
    let lost = Err(Code::OutageNotAccepted);
    assert_eq!(verdict(&facts(&[WILDCARD])), Ok(()));
    assert_eq!(verdict(&with_names(&[("covered.foo.com", SOURCE)])), Ok(()), "it goes first (DT-9)");
    assert_eq!(verdict(&with_names(&[("covered.foo.com", SOURCE), ("un.covered.foo.com", SOURCE)])), lost, "one cannot go first");
    let seen = |change: &dyn Fn(&mut Facts)| verdict(&but(facts(&[WILDCARD]), change));
    let own = |facts: &mut Facts| facts.record_sets.extend([(alias(WILDCARD), vec![cname(SOURCE)])]);
    assert_eq!(seen(&own), lost, "a record set of its own leads names there that nobody can list");
    let unclear = |facts: &mut Facts| facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().unclear = texts(&["sub.foo.com"]);
    assert_eq!(seen(&unclear), lost, "what is delegated may lead there too");
    assert_eq!(seen(&|facts| facts.wildcards.clear()), lost, "nobody looked");
    assert_eq!(seen(&|facts| facts.hosted_zone.external = true), lost, "the names of somebody else's zone cannot be listed");
    assert_eq!(seen(&|facts| facts.record_sets.clear()), Ok(()), "a wildcard without an entry has no record set either");
}

#[test]
fn an_exact_name_has_nothing_below_it_and_still_a_gap_of_its_own() {
    let facts = but(facts(&[A]), |facts| {
        facts.record_sets.clear();
        facts.wildcards.insert(alias(A), crate::facts::WildcardFacts::default());
    });
    assert_eq!(against(Strategy::Swap, &across_accounts(&[A]), &facts), Some(Code::OutageNotAccepted), "(SW-7)");
}

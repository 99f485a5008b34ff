//! What a swap leaves to be known: how long a way back lasts, and who serves the names in the gap.

use super::*;
use crate::samples_of_facts::{NEW, OLD, SOURCE_ID, TARGET_ID, holder, stranger};

fn swap(moving: &[Alias]) -> Chosen<'_> {
    chosen(Some(Strategy::Swap), moving)
}

#[test]
fn a_ttl_is_noted_from_the_second_on_that_makes_a_way_back_long() {
    let moving = aliases(&[A]);
    let noted = |ttl_seconds: u32, lowers_ttl: bool| {
        let notes = of(&Chosen { ttl_seconds, lowers_ttl, ..swap(&moving) }, &across_accounts(&[A]), &facts(&[A]));
        notes.iter().map(|note| (note.code, note.severity, note.seen.clone())).collect::<Vec<_>>()
    };
    assert_eq!(noted(60, false), []);
    assert_eq!(noted(300, false), [], "five minutes are not long (SW-11)");
    let long = "a record set has a TTL of 301 s, and somebody else edits DNS".to_owned();
    assert_eq!(noted(301, false), [(Code::TtlLong, NOTE, long)]);
    assert_eq!(noted(301, true), [(Code::TtlLowered, NOTE, "a record set has a TTL of 301 s".to_owned())]);
}

#[test]
fn whoever_serves_the_name_in_the_gap_is_named_the_source_itself_first() {
    let moving = aliases(&[A]);
    let others = but(facts(&[A]), |facts| facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().holders = vec![stranger(WILDCARD)]);
    let noted = |meanwhile: Option<&str>, facts: &Facts| {
        let notes = of(&Chosen { meanwhile, ..swap(&moving) }, &across_accounts(&[A]), facts);
        seen(&notes, Code::ServedByWildcard).map(str::to_owned)
    };
    let own = noted(Some("the source's own *.foo.com"), &others).unwrap();
    assert_eq!(own, "the source's own *.foo.com catches a.foo.com between the detach and the attach", "(DT-7)");
    let strangers = noted(None, &others).unwrap();
    assert_eq!(strangers, "*.foo.com is on *******DEFGHIJ, and catches a.foo.com between the detach and the attach", "(DT-5)");
    assert_eq!(noted(None, &facts(&[A])), None);
}

#[test]
fn a_wildcard_of_a_third_distribution_catches_the_names_below_it_and_no_other() {
    let held = |by: crate::facts::Holder, wildcard: &str, moving: &[&str]| {
        let facts = but(facts(&[A]), |facts| {
            let seen = crate::facts::WildcardFacts { holders: vec![by], ..Default::default() };
            facts.wildcards = [(alias(wildcard), seen)].into();
        });
        caught_by_others(&aliases(moving), &facts)
    };
    let caught = |name: &str, wildcard: &str| Some((alias(name), alias(wildcard), "*******DEFGHIJ".to_owned()));
    assert_eq!(held(stranger(WILDCARD), WILDCARD, &[A]), caught(A, WILDCARD));
    assert_eq!(held(stranger(WILDCARD), WILDCARD, &[APEX, A]), caught(A, WILDCARD), "never the bare parent (CF-4)");
    assert_eq!(held(stranger(WILDCARD), WILDCARD, &["*.b.foo.com"]), caught("*.b.foo.com", WILDCARD));
    assert_eq!(held(stranger("*.b.foo.com"), "*.b.foo.com", &[A]), None, "it lies beside the name");
    assert_eq!(held(stranger(WILDCARD), WILDCARD, &[WILDCARD]), None, "a name does not catch itself while it moves");
    assert_eq!(held(holder(WILDCARD, TARGET_ID, NEW), WILDCARD, &[A]), None, "the target may serve it");
    assert_eq!(held(holder(WILDCARD, SOURCE_ID, OLD), WILDCARD, &[A]), None, "and the source has a note of its own");
    assert_eq!(caught_by_others(&aliases(&[A]), &facts(&[A])), None);
    let two = but(facts(&[A]), |facts| {
        let by = |wildcard: &str| crate::facts::WildcardFacts { holders: vec![stranger(wildcard)], ..Default::default() };
        facts.wildcards = [WILDCARD, "*.z.foo.com"].map(|wildcard| (alias(wildcard), by(wildcard))).into();
    });
    assert_eq!(caught_by_others(&aliases(&["a.z.foo.com"]), &two), caught("a.z.foo.com", "*.z.foo.com"), "the closest wins (CF-3)");
}

#[test]
fn which_names_go_before_their_wildcard_and_how_many_cannot_is_counted() {
    let live = ["p.foo.com", "q.foo.com", "r.foo.com", "one.un.covered.foo.com", "two.un.covered.foo.com", "asked.for.foo.com"];
    let facts = but(facts(&[WILDCARD]), |facts| {
        facts.record_sets.extend(live.map(|name| (alias(name), vec![cname(SOURCE)])));
        facts.wildcards.get_mut(&alias(WILDCARD)).unwrap().also_catches = texts(&live);
    });
    let request = across_accounts(&[WILDCARD, "asked.for.foo.com"]);
    let (moving, first) = (aliases(&[WILDCARD]), aliases(&live[..3]));
    let notes = of(&Chosen { names_first: &first, ..swap(&moving) }, &request, &facts);
    let text = seen(&notes, Code::NamesFirst).unwrap();
    let expected = "3 names below *.foo.com are put on the target first, 2 cannot be, for its certificate does not cover them";
    assert_eq!(text, expected, "what moves itself is not lost (DT-9)");
    let exact = aliases(&["p.foo.com"]);
    assert_eq!(seen(&of(&swap(&exact), &request, &facts), Code::NamesFirst), None, "nothing lies below an exact name");
}

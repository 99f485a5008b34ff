//! Every alias and both sides are judged, and what is alike of many names is said once.

use super::*;
use crate::samples_of_facts::{THIRD, across_accounts, alias, aliases, but, cname, codes, facts};

const A: &str = "a.foo.com";

fn finding(code: Code, severity: Severity, seen: &str, why: &str) -> Finding {
    Finding::new(code, severity, seen, why, "do something")
}

#[test]
fn nothing_is_said_of_a_situation_in_which_nothing_is_worth_saying() {
    let names = [A, "foo.com", "*.foo.com", "a.b.foo.com"];
    let facts = but(facts(&names), |facts| {
        for side in [&mut facts.source, &mut facts.target] {
            side.certificate.as_mut().unwrap().names.push("a.b.foo.com".to_owned());
        }
    });
    let request = across_accounts(&names);
    assert_eq!(situation(&request.aliases, &request, &facts), []);
}

#[test]
fn each_alias_is_judged_and_then_the_two_sides() {
    let names = [A, "b.foo.com"];
    let facts = but(facts(&names), |facts| {
        facts.record_sets.insert(alias("b.foo.com"), vec![cname(THIRD)]);
        facts.record_sets.insert(alias(A), vec![]);
        facts.target.enabled = false;
    });
    let found = situation(&aliases(&names), &across_accounts(&names), &facts);
    assert_eq!(codes(&found), [Code::RecordSetMissing, Code::RecordSetElsewhere, Code::TargetNotReady], "in the request's order");
    assert!(found.iter().all(|finding| finding.severity == Severity::Stops), "{found:?}");
}

#[test]
fn ninety_names_with_one_trouble_are_one_finding_that_counts_them() {
    let one = |seen: &str| finding(Code::RecordSetMissing, Severity::Stops, seen, "DNS-1");
    let merged = merge_alike(vec![one("a"), one("b"), one("c")]);
    assert_eq!(merged, [one("a; 2 more names likewise")]);
    assert_eq!(merge_alike(vec![one("a"), one("b")]), [one("a; 1 more names likewise")]);
    assert_eq!(merge_alike(vec![one("a")]), [one("a")], "one alone stays as it was said");
    assert_eq!(merge_alike(vec![]), []);
}

#[test]
fn findings_of_another_code_another_weight_or_another_reason_stay_apart() {
    let all = [
        finding(Code::RecordSetUnusual, Severity::Stops, "a", "R53-7"),
        finding(Code::RecordSetMissing, Severity::Stops, "b", "R53-7"),
        finding(Code::RecordSetUnusual, Severity::Note, "c", "R53-7"),
        finding(Code::RecordSetUnusual, Severity::Stops, "d", "DNS-5"),
    ];
    assert_eq!(merge_alike(all.to_vec()), all, "in the order in which they were found");
}

//! An alias may be moved where it is on the source, its zone is the one that is asked, and its record sets lead to the source
//! and can be turned; whatever else is seen stops the cutover, or is said.

mod kinds;
mod routed;

use super::*;
use crate::samples_of_facts::{
    SOURCE, TARGET, THIRD, across_accounts, alias, alias_record, but, cname, codes, facts, set, stranger, texts, unreachable, weighted,
};

const A: &str = "a.foo.com";
const WILDCARD: &str = "*.foo.com";

fn judged(name: &str, request: &Request, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    judge(&alias(name), request, facts, &mut findings);
    findings
}

/// What is said of `name`, once `change` was seen of it.
fn said(name: &str, change: impl FnOnce(&mut Facts)) -> Vec<Finding> {
    judged(name, &across_accounts(&[name]), &but(facts(&[name]), change))
}

/// What is said of `a.foo.com` with these record sets.
fn said_of(sets: &[RecordSet]) -> Vec<Finding> {
    said(A, |facts| facts.record_sets = [(alias(A), sets.to_vec())].into())
}

/// The one finding, with its code and weight.
fn only(findings: &[Finding]) -> (Code, Severity, &str) {
    let [finding] = findings else { panic!("one finding: {findings:?}") };
    (finding.code, finding.severity, &finding.seen)
}

fn stops(findings: &[Finding], code: Code, seen: &str) {
    let (found, severity, text) = only(findings);
    assert_eq!((found, severity), (code, STOPS), "{findings:?}");
    assert!(text.contains(seen), "{seen:?} in {text:?}");
}

#[test]
fn nothing_is_said_of_a_name_on_the_source_whose_record_sets_lead_there() {
    for name in [A, "foo.com", WILDCARD, "a.b.foo.com", "*.b.foo.com"] {
        assert_eq!(said(name, |_| {}), [], "{name}");
    }
    let no_own_zone = |facts: &mut Facts| "a.foo.com".clone_into(&mut facts.hosted_zone.name);
    assert_eq!(said(A, no_own_zone), [], "a name may be the apex of a zone of its own");
}

#[test]
fn a_name_that_is_on_the_target_already_is_noted_and_its_record_sets_are_judged_all_the_same() {
    let arrived = |facts: &mut Facts| {
        facts.source.aliases.clear();
        facts.target.aliases = texts(&[A]);
    };
    let found = said(A, arrived);
    assert_eq!((found[0].code, found[0].severity, found.len()), (Code::AliasAlreadyOnTarget, NOTE, 1), "{found:?}");
    let moved = |facts: &mut Facts| {
        arrived(facts);
        facts.record_sets.insert(alias(A), vec![cname(TARGET)]);
    };
    assert_eq!(codes(&said(A, moved)), [Code::AliasAlreadyOnTarget], "and nothing is left to do");
    let astray = |facts: &mut Facts| {
        arrived(facts);
        facts.record_sets.insert(alias(A), vec![cname(TARGET), cname(THIRD)]);
    };
    assert_eq!(codes(&said(A, astray)), [Code::AliasAlreadyOnTarget, Code::RecordSetElsewhere], "all of them must have arrived");
}

#[test]
fn a_name_on_neither_side_stops_the_cutover_and_whoever_holds_it_is_named() {
    let lost = said(A, |facts| {
        facts.source.aliases.clear();
        facts.record_sets.clear();
    });
    stops(&lost, Code::AliasNotOnSource, "a.foo.com is neither on E1LEGACYXYZ nor on E2NEWQRS");
    let served = said(A, |facts| facts.source.aliases = texts(&[WILDCARD]));
    stops(&served, Code::AliasNotOnSource, "a.foo.com is not on E1LEGACYXYZ itself: its *.foo.com serves it");
    let held = said(A, |facts| {
        facts.source.aliases = texts(&[WILDCARD]);
        facts.holders.insert(alias(A), vec![stranger(A)]);
    });
    stops(&held, Code::AliasNotOnSource, "a.foo.com is on *******DEFGHIJ of account ******445566 and not on E1LEGACYXYZ");
}

#[test]
fn a_zone_that_the_public_does_not_ask_is_of_no_use_and_its_record_sets_are_not_judged() {
    let in_zone = |change: &dyn Fn(&mut Facts)| {
        said(A, |facts| {
            facts.record_sets.clear();
            change(facts);
        })
    };
    stops(&in_zone(&|facts| facts.hosted_zone.private = true), Code::HostedZoneUnsuitable, "foo.com is a private hosted zone");
    for other in ["bar.com", "oo.com", "b.foo.com", "a.a.foo.com"] {
        let elsewhere = in_zone(&|facts| other.clone_into(&mut facts.hosted_zone.name));
        stops(&elsewhere, Code::HostedZoneUnsuitable, &format!("a.foo.com is not below the zone {other}"));
    }
    let asked = in_zone(&|facts| facts.hosted_zone.asked_instead = Some("foo.com at ns.registrar.test".to_owned()));
    stops(&asked, Code::HostedZoneNotDelegated, "foo.com at ns.registrar.test");
}

#[test]
fn a_name_without_record_sets_of_its_own_stops_the_cutover() {
    let missing = said_of(&[]);
    stops(&missing, Code::RecordSetMissing, "no CNAME, A, AAAA or HTTPS record set of its own in the zone foo.com");
    assert!(missing[0].remedy.contains(SOURCE), "{missing:?}");
    let unknown = said(A, |facts| {
        facts.record_sets.clear();
        facts.source.domain_name.clear();
    });
    assert!(unknown[0].remedy.contains("the distribution that holds it"), "nobody knows its domain name: {unknown:?}");
}

#[test]
fn a_wildcard_needs_no_record_set_but_what_answers_for_it_must_lead_to_the_target() {
    let deep = "*.b.foo.com";
    let answered = |sets: Vec<RecordSet>| said(deep, |facts| facts.wildcards.get_mut(&alias(deep)).unwrap().record_sets = sets);
    assert_eq!(answered(vec![]), [], "nothing leads anywhere (DNS-6)");
    assert_eq!(answered(vec![cname(TARGET)]), [], "*.foo.com answers for it, and the attach passes (DNS-1)");
    stops(&answered(vec![cname(THIRD)]), Code::RecordSetMissing, deep);
    stops(&answered(vec![cname(TARGET), cname(THIRD)]), Code::RecordSetMissing, deep);
    assert_eq!(said(deep, |facts| facts.wildcards.clear()), []);
}

#[test]
fn record_sets_must_lead_to_the_source_for_the_way_back_does() {
    for to in [THIRD, TARGET, "lb.example.com"] {
        let elsewhere = said_of(&[cname(to)]);
        stops(&elsewhere, Code::RecordSetElsewhere, &format!("does not lead to {SOURCE}: CNAME {to}"));
        assert!(elsewhere[0].why.contains("SW-11") && elsewhere[0].remedy.contains(SOURCE), "{elsewhere:?}");
    }
    stops(&said_of(&[cname(SOURCE), cname(THIRD)]), Code::RecordSetElsewhere, THIRD);
    stops(&said_of(&[set("A", 300, "192.0.2.1")]), Code::RecordSetElsewhere, "A 192.0.2.1");
    let unknown = said(A, |facts| facts.source.domain_name.clear());
    stops(&unknown, Code::RecordSetElsewhere, "does not lead to the distribution that holds it");
}

#[test]
fn that_somebody_elses_addresses_tell_nothing_is_said_of_addresses_only() {
    let elsewhere = |external: bool, found: RecordSet| {
        let found = said(A, |facts| {
            facts.hosted_zone.external = external;
            facts.record_sets.insert(alias(A), vec![found]);
        });
        assert_eq!(codes(&found), [Code::RecordSetElsewhere]);
        found[0].why.clone()
    };
    let addresses = || set("A", 300, "192.0.2.1");
    assert!(elsewhere(true, addresses()).contains("addresses do not tell"));
    assert!(elsewhere(true, cname(THIRD)).contains("SW-11"), "a CNAME tells");
    assert!(elsewhere(false, addresses()).contains("SW-11"), "Route 53 has alias record sets for that");
}

#[test]
fn a_ttl_must_be_one_that_can_be_waited_out() {
    assert_eq!(said_of(&[set("CNAME", 86_400, SOURCE)]), [], "a day is the longest");
    stops(&said_of(&[set("CNAME", 86_401, SOURCE)]), Code::RecordSetUnusual, "a TTL of 86401 s");
    assert_eq!(said_of(&[alias_record("A", SOURCE)]), [], "an alias record set has Route 53's own (R53-4)");
}

#[test]
fn record_sets_are_turned_where_one_of_them_leads_to_a_source_that_is_known() {
    let needs = |sets: &[RecordSet], source: &str| {
        let facts = but(facts(&[A]), |facts| {
            facts.record_sets.insert(alias(A), sets.to_vec());
            source.clone_into(&mut facts.source.domain_name);
        });
        needs_repointing(&alias(A), &facts)
    };
    assert!(needs(&[cname(SOURCE)], SOURCE));
    assert!(needs(&[weighted(cname(THIRD)), weighted(cname(SOURCE))], SOURCE), "a routed name is turned for one member (R53-7)");
    assert!(!needs(&[cname(TARGET)], SOURCE) && !needs(&[], SOURCE));
    assert!(!needs(&[cname(SOURCE), cname("")], ""), "no record set leads to a domain name that nobody knows");
    assert!(!needs_repointing(&alias("b.foo.com"), &facts(&[A])), "a name without an entry has none");
}

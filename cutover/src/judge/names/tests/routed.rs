//! A routed name moves as a whole or not at all, and only with a yes (R53-7).

use super::*;
use crate::record_set::Routing;

fn routed_otherwise(set: RecordSet) -> RecordSet {
    RecordSet { routing: Some(Routing { other: true, ..Routing::default() }), ..set }
}

fn needs_a_yes(findings: &[Finding], seen: &str) {
    let (code, severity, text) = only(findings);
    assert_eq!((code, severity), (Code::RecordSetRouted, Severity::NeedsYes), "{findings:?}");
    assert!(text.contains(seen), "{seen:?} in {text:?}");
}

#[test]
fn members_that_lead_to_the_source_to_the_target_or_out_of_cloudfront_need_a_yes_only() {
    let source = || weighted(cname(SOURCE));
    needs_a_yes(&said_of(&[source()]), "1 of its 1 members");
    needs_a_yes(&said_of(&[source(), weighted(cname("lb.example.com"))]), "the CNAME record set of a.foo.com");
    needs_a_yes(&said_of(&[source(), weighted(set("A", 60, "192.0.2.1")), source()]), "2 of its 3 members");
}

#[test]
fn a_member_at_another_distribution_or_one_that_cannot_be_written_back_stops_the_cutover() {
    stops(&said_of(&[weighted(cname(SOURCE)), weighted(cname(THIRD))]), Code::RecordSetUnusual, "leads to another distribution");
    stops(&said_of(&[weighted(cname(THIRD))]), Code::RecordSetUnusual, THIRD);
    stops(&said_of(&[weighted(cname(SOURCE)), routed_otherwise(cname(SOURCE))]), Code::RecordSetUnusual, "belongs to a traffic policy");
    let simple = said_of(&[cname(THIRD)]);
    assert_eq!(codes(&simple), [Code::RecordSetElsewhere], "one that is not routed is said to lead elsewhere");
}

#[test]
fn a_member_that_leads_to_the_target_already_is_no_stray_and_still_not_at_the_source() {
    let found = said_of(&[weighted(cname(SOURCE)), weighted(cname(TARGET))]);
    assert_eq!(codes(&found), [Code::RecordSetRouted, Code::RecordSetElsewhere], "the way back would not know it (SW-11)");
}

#[test]
fn a_routed_name_keeps_its_types() {
    let kinds = |records: RecordKinds| {
        let request = but(across_accounts(&[A]), |request| request.records = records);
        judged(A, &request, &but(facts(&[A]), |facts| facts.record_sets = [(alias(A), vec![weighted(cname(SOURCE))])].into()))
    };
    needs_a_yes(&kinds(RecordKinds::AsTheyAre), "routing policy");
    for changed in [RecordKinds::Alias, RecordKinds::Cname] {
        stops(&kinds(changed), Code::RecordSetUnusual, "a routed name keeps its types");
    }
}

#[test]
fn once_its_routing_stops_the_cutover_nothing_more_is_said_of_its_record_sets() {
    let found = said_of(&[weighted(cname(THIRD)), set("CNAME", 90_000, SOURCE)]);
    stops(&found, Code::RecordSetUnusual, "leads to another distribution");
}

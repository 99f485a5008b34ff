//! The record sets at the target are of types that can be, and answer whom the old ones answered.

use super::*;

/// What is said of a name with these record sets where `records` are asked for.
fn asked_for(records: RecordKinds, name: &str, sets: &[RecordSet], external: bool) -> Vec<Finding> {
    let request = but(across_accounts(&[name]), |request| request.records = records);
    let facts = but(facts(&[name]), |facts| {
        facts.record_sets.insert(alias(name), sets.to_vec());
        facts.hosted_zone.external = external;
    });
    judged(name, &request, &facts)
}

#[test]
fn an_apex_takes_no_cname() {
    let addresses = [alias_record("A", SOURCE), alias_record("AAAA", SOURCE)];
    stops(&asked_for(RecordKinds::Cname, "foo.com", &addresses, false), Code::RecordSetUnusual, "foo.com is the apex of its zone");
    for records in [RecordKinds::AsTheyAre, RecordKinds::Alias] {
        assert_eq!(asked_for(records, "foo.com", &addresses, false), [], "{records:?}");
    }
    assert_eq!(asked_for(RecordKinds::Cname, A, &addresses, false), [], "a sub-domain does (R53-6)");
    let beside = but(facts(&[A]), |facts| {
        facts.record_sets.insert(alias(A), addresses.to_vec());
        facts.beside.insert(alias(A), ["MX", "TXT"].map(str::to_owned).into());
    });
    let asking = |records| judged(A, &but(across_accounts(&[A]), |request| request.records = records), &beside);
    stops(&asking(RecordKinds::Cname), Code::RecordSetUnusual, "a.foo.com has MX, TXT record sets as well");
    assert_eq!(asking(RecordKinds::AsTheyAre), [], "what stays as it is stands beside anything");
}

#[test]
fn only_route_53_has_alias_record_sets_to_give_or_to_take_away() {
    let somebody_elses = "somebody else keeps the zone foo.com";
    let (name, addresses) = ([cname(SOURCE)], [alias_record("A", SOURCE)]);
    stops(&asked_for(RecordKinds::Alias, A, &name, true), Code::RecordSetUnusual, somebody_elses);
    stops(&asked_for(RecordKinds::Cname, A, &addresses, true), Code::RecordSetUnusual, somebody_elses);
    assert_eq!(asked_for(RecordKinds::Alias, A, &name, false), [], "in a zone of ours they are made");
    assert_eq!(asked_for(RecordKinds::AsTheyAre, A, &name, true), [], "what keeps its types needs none");
    assert_eq!(asked_for(RecordKinds::Cname, A, &name, true), [], "nor does what is a CNAME already");
    assert_eq!(asked_for(RecordKinds::Alias, A, &addresses, true), [], "nor what is an alias record set already");
}

#[test]
fn a_name_that_would_be_left_without_an_address_is_not_moved() {
    let deaf = |sets: &[RecordSet]| {
        said(A, |facts| {
            facts.target.ipv6 = false;
            facts.record_sets.insert(alias(A), sets.to_vec());
        })
    };
    let six = || alias_record("AAAA", SOURCE);
    stops(&deaf(&[six()]), Code::RecordSetUnusual, "has no record set that the target could answer: E2NEWQRS does not answer IPv6");
    stops(&deaf(&[six(), alias_record("HTTPS", SOURCE)]), Code::RecordSetUnusual, "no record set that the target could answer");
    assert_eq!(said_of(&[six()]), [], "a target that answers IPv6 answers it");
}

#[test]
fn a_name_that_has_only_https_record_sets_is_refused_for_that_and_not_for_ipv6() {
    let only = |ipv6: bool, records: RecordKinds| {
        let facts = but(facts(&[A]), |facts| {
            facts.target.ipv6 = ipv6;
            facts.record_sets.insert(alias(A), vec![alias_record("HTTPS", SOURCE)]);
        });
        judged(A, &but(across_accounts(&[A]), |request| request.records = records), &facts)
    };
    for ipv6 in [true, false] {
        let refused = only(ipv6, RecordKinds::AsTheyAre);
        stops(&refused, Code::RecordSetUnusual, "a.foo.com has HTTPS record sets only");
        assert!(!refused[0].seen.contains("IPv6") && refused[0].remedy.contains("A record set"), "{refused:?}");
        assert_eq!(only(ipv6, RecordKinds::Cname), [], "a CNAME gives it an address");
    }
}

#[test]
fn that_viewers_lose_ipv6_is_noted_with_what_shows_it() {
    let four_and_six = || vec![alias_record("A", SOURCE), alias_record("AAAA", SOURCE)];
    let name = || vec![cname(SOURCE)];
    let lost = |sets: Vec<RecordSet>, source: bool, target: bool, ours: bool| -> Option<String> {
        let found = said(A, |facts| {
            facts.record_sets.insert(alias(A), sets);
            (facts.source.ipv6, facts.target.ipv6) = (source, target);
            facts.source.reach = if ours { Reach::Ours } else { unreachable() };
        });
        assert!(found.iter().all(|finding| (finding.code, finding.severity) == (Code::Ipv6Lost, NOTE)), "{found:?}");
        assert!(found.len() < 2, "{found:?}");
        found.first().map(|finding| format!("{}; {}", finding.seen, finding.why))
    };
    let by_record = lost(four_and_six(), true, false, true).unwrap();
    assert!(by_record.contains("has an AAAA record set") && by_record.contains("R53-7"), "{by_record}");
    assert_eq!(lost(four_and_six(), false, false, false), Some(by_record), "the record set itself says it, whatever the source does");
    let by_name = lost(name(), true, false, true).unwrap();
    assert!(by_name.contains("E1LEGACYXYZ answers IPv6 and E2NEWQRS does not") && by_name.contains("CF-22"), "{by_name}");
    assert_eq!(lost(four_and_six(), true, true, true), None);
    assert_eq!(lost(name(), true, true, true), None);
    assert_eq!(lost(name(), false, false, true), None, "what was not there is not lost");
    assert_eq!(lost(name(), true, false, false), None, "of a source that cannot be looked at nothing is known");
    assert_eq!(lost(vec![alias_record("A", SOURCE)], true, false, true), None, "without an AAAA record set nobody came by IPv6");
}

#[test]
fn an_aaaa_record_set_that_stays_is_no_loss_of_ipv6() {
    let deaf = |sets: Vec<RecordSet>, arrived: bool| {
        let found = said(A, |facts| {
            facts.record_sets.insert(alias(A), sets);
            facts.target.ipv6 = false;
            if arrived {
                facts.source.aliases.clear();
                facts.target.aliases = texts(&[A]);
            }
        });
        codes(&found).contains(&Code::Ipv6Lost)
    };
    let elsewhere = || weighted(set("AAAA", 300, "2001:db8::1"));
    assert!(!deaf(vec![weighted(alias_record("A", SOURCE)), elsewhere()], false), "a member that never led to the source is left alone");
    assert!(deaf(vec![weighted(alias_record("AAAA", SOURCE)), weighted(alias_record("A", SOURCE)), elsewhere()], false), "one of two goes");
    assert!(!deaf(vec![alias_record("A", TARGET), alias_record("AAAA", TARGET)], true), "what leads to the target already stays");
    assert!(!deaf(vec![cname(TARGET)], true), "and no viewer is moved");
}

#[test]
fn nothing_is_asked_of_types_before_the_record_sets_are_where_they_belong() {
    let found = asked_for(RecordKinds::Cname, "foo.com", &[alias_record("A", THIRD)], false);
    stops(&found, Code::RecordSetElsewhere, THIRD);
}

//! Which record sets are moved, what they are at the target, and how they are told from what somebody else has made of them.

use super::*;
use crate::samples_of_names::{SOURCE, TARGET, alias_record, cname, record_set};

fn destination(ipv6: bool, kinds: RecordKinds) -> Destination<'static> {
    Destination { source: SOURCE, target: TARGET, ipv6, kinds }
}

fn to_target(sets: &[RecordSet], ipv6: bool, kinds: RecordKinds) -> Vec<RecordSet> {
    in_state(sets, RecordsTo::Target, &destination(ipv6, kinds))
}

/// A member of a routed name.
fn member(id: &str, weight: i64, value: &str) -> RecordSet {
    let routing = Routing { set_identifier: Some(id.to_owned()), weight: Some(weight), ..Routing::default() };
    RecordSet { routing: Some(routing), ..cname(value, 60) }
}

#[test]
fn only_the_types_that_send_viewers_somewhere_are_moved() {
    for (kind, routes) in
        [("CNAME", true), ("A", true), ("AAAA", true), ("HTTPS", true), ("TXT", false), ("CAA", false), ("MX", false), ("NS", false)]
    {
        assert_eq!(record_set(kind, 300, &["x"]).routes_viewers(), routes, "{kind}");
    }
}

#[test]
fn a_set_leads_to_a_distribution_where_it_names_it_and_nothing_else() {
    for set in
        [cname(SOURCE, 60), cname("XYZ.CloudFront.net.", 60), alias_record("A", SOURCE), alias_record("HTTPS", "XYZ.cloudfront.net.")]
    {
        assert!(set.points_at(SOURCE) && !set.points_at(TARGET), "{set:?}");
    }
    for set in [
        cname("other.example.com", 60),
        alias_record("A", TARGET),
        record_set("A", 60, &["192.0.2.1"]),
        record_set("TXT", 60, &[SOURCE]),
        record_set("CNAME", 60, &[SOURCE, TARGET]),
        record_set("CNAME", 60, &[]),
    ] {
        assert!(!set.points_at(SOURCE), "{set:?}");
    }
}

#[test]
fn the_one_name_that_a_set_leads_to_is_plain_and_addresses_lead_to_none() {
    for (set, leads_to) in [
        (cname("XYZ.CloudFront.net.", 60), Some(SOURCE)),
        (cname("Other.example.com", 60), Some("other.example.com")),
        (alias_record("A", "XYZ.cloudfront.net."), Some(SOURCE)),
        (record_set("A", 60, &["192.0.2.1"]), None),
        (record_set("TXT", 60, &[SOURCE]), None),
        (record_set("CNAME", 60, &[SOURCE, TARGET]), None),
    ] {
        assert_eq!(set.leads_to().as_deref(), leads_to, "{set:?}");
        assert_eq!(set.leads_to_cloudfront(), leads_to == Some(SOURCE), "{set:?}");
    }
    assert!(!cname("cloudfront.net.example.com", 60).leads_to_cloudfront(), "a name of somebody's own");
}

#[test]
fn a_set_is_told_to_a_person_with_its_type_and_where_it_leads() {
    assert_eq!(cname(SOURCE, 300).describe(), "CNAME xyz.cloudfront.net (TTL 300)");
    assert_eq!(record_set("A", 60, &["192.0.2.1", "192.0.2.2"]).describe(), "A 192.0.2.1 192.0.2.2 (TTL 60)");
    assert_eq!(alias_record("AAAA", TARGET).describe(), "AAAA alias to qrs.cloudfront.net");
}

#[test]
fn a_resolver_keeps_a_set_for_its_ttl_and_an_alias_record_for_a_minute() {
    assert_eq!((cname(SOURCE, 300).ttl_seconds(), cname(SOURCE, 5).ttl_seconds()), (300, 5));
    assert_eq!(alias_record("A", SOURCE).ttl_seconds(), 60, "R53-4");
}

#[test]
fn two_of_the_four_states_are_at_the_target() {
    let at_target: Vec<RecordsTo> = RecordsTo::ALL.into_iter().filter(|state| state.is_at_target()).collect();
    assert_eq!(at_target, [RecordsTo::Target, RecordsTo::LoweredAtTarget]);
}

#[test]
fn at_the_target_every_field_but_the_destination_is_as_it_was() {
    let away = to_target(&[cname(SOURCE, 300)], true, RecordKinds::AsTheyAre);
    assert_eq!(away, [cname(TARGET, 300)]);
    let both = [alias_record("A", SOURCE), alias_record("AAAA", SOURCE)];
    assert_eq!(to_target(&both, true, RecordKinds::AsTheyAre), [alias_record("A", TARGET), alias_record("AAAA", TARGET)]);
    for sets in [vec![cname(SOURCE, 300)], both.to_vec()] {
        let away = to_target(&sets, true, RecordKinds::AsTheyAre);
        let back = Destination { source: TARGET, target: SOURCE, ..destination(true, RecordKinds::AsTheyAre) };
        assert_eq!(in_state(&away, RecordsTo::Target, &back), sets, "and so it is on the way back");
    }
}

#[test]
fn as_read_is_to_the_letter_whatever_the_request_asks_for_at_the_target() {
    let sets = [alias_record("A", SOURCE), alias_record("AAAA", SOURCE), record_set("HTTPS", 7, &["1 . alpn=h2"])];
    for kinds in [RecordKinds::AsTheyAre, RecordKinds::Alias, RecordKinds::Cname] {
        assert_eq!(in_state(&sets, RecordsTo::AsRead, &destination(false, kinds)), sets, "R53-8");
    }
}

#[test]
fn without_ipv6_at_the_target_the_sources_aaaa_set_goes_and_nobody_elses() {
    let both = [alias_record("A", SOURCE), alias_record("AAAA", SOURCE)];
    assert_eq!(to_target(&both, false, RecordKinds::AsTheyAre), [alias_record("A", TARGET)]);
    let elsewhere = record_set("AAAA", 60, &["2001:db8::1"]);
    assert_eq!(to_target(std::slice::from_ref(&elsewhere), false, RecordKinds::AsTheyAre), [elsewhere]);
}

#[test]
fn a_cname_becomes_alias_records_and_alias_records_a_cname_where_that_is_asked_for() {
    let from_cname = |ipv6| to_target(&[cname(SOURCE, 300)], ipv6, RecordKinds::Alias);
    assert_eq!(from_cname(true), [alias_record("A", TARGET), alias_record("AAAA", TARGET)]);
    assert_eq!(from_cname(false), [alias_record("A", TARGET)], "IPv6 only where the target answers it");
    let three = ["A", "AAAA", "HTTPS"].map(|kind| alias_record(kind, SOURCE));
    assert_eq!(to_target(&three, true, RecordKinds::Cname), [cname(TARGET, 60)], "with the TTL that the alias records had");
}

#[test]
fn sets_that_are_of_the_kind_asked_for_already_keep_their_types_and_ttl() {
    let three = ["A", "AAAA", "HTTPS"].map(|kind| alias_record(kind, SOURCE));
    let three_moved = ["A", "AAAA", "HTTPS"].map(|kind| alias_record(kind, TARGET));
    assert_eq!(to_target(&three, true, RecordKinds::Alias), three_moved);
    assert_eq!(to_target(&three[..1], true, RecordKinds::Alias), three_moved[..1], "no IPv6 that was not there");
    assert_eq!(to_target(&[cname(SOURCE, 300)], true, RecordKinds::Cname), [cname(TARGET, 300)]);
}

#[test]
fn a_name_without_sets_of_its_own_gets_none() {
    for kinds in [RecordKinds::AsTheyAre, RecordKinds::Alias, RecordKinds::Cname] {
        for state in RecordsTo::ALL {
            assert_eq!(in_state(&[], state, &destination(true, kinds)), [], "{kinds:?} {state:?}: the wildcard above it answers");
        }
    }
}

#[test]
fn a_lowered_ttl_is_a_minute_at_the_most_and_nothing_else_changes() {
    let at = |to, set: RecordSet| in_state(&[set], to, &destination(true, RecordKinds::AsTheyAre));
    assert_eq!(at(RecordsTo::LoweredAtSource, cname(SOURCE, 3600)), [cname(SOURCE, 60)]);
    assert_eq!(at(RecordsTo::LoweredAtSource, cname(SOURCE, 30)), [cname(SOURCE, 30)], "none is raised");
    assert_eq!(at(RecordsTo::LoweredAtTarget, cname(SOURCE, 3600)), [cname(TARGET, 60)]);
    assert_eq!(at(RecordsTo::Target, cname(SOURCE, 3600)), [cname(TARGET, 3600)]);
    assert_eq!(at(RecordsTo::LoweredAtTarget, alias_record("A", SOURCE)), [alias_record("A", TARGET)], "an alias record has no TTL");
}

#[test]
fn a_member_of_a_routed_name_that_leads_elsewhere_stays() {
    let away = to_target(&[member("one", 1, SOURCE), member("two", 1, "other.example.com")], true, RecordKinds::AsTheyAre);
    assert_eq!(away, [member("one", 1, TARGET), member("two", 1, "other.example.com")]);
}

#[test]
fn where_the_source_is_unknown_no_set_leads_to_it() {
    let dot = cname(".", 60);
    assert!(!dot.points_at("") && !cname(SOURCE, 60).points_at("") && !alias_record("A", "").points_at(""));
    let unknown = Destination { source: "", ..destination(true, RecordKinds::AsTheyAre) };
    assert_eq!(in_state(std::slice::from_ref(&dot), RecordsTo::Target, &unknown), [dot]);
}

#[test]
fn members_of_a_routed_name_are_told_apart_and_order_means_nothing() {
    let both = [member("one", 1, SOURCE), member("two", 9, SOURCE)];
    assert!(same_sets(&both, &[member("two", 9, SOURCE), member("one", 1, SOURCE)]));
    assert!(!same_sets(&both, &[member("one", 9, SOURCE), member("two", 1, SOURCE)]), "another weight");
    assert!(!same_sets(&both, &[both[0].clone(), both[0].clone()]), "one of them twice");
    assert!(!same_sets(&[both[0].clone(), both[0].clone()], &both), "and the other way round");
    assert!(!same_sets(&both[..1], &both) && !same_sets(&both, &both[..1]), "one of them missing");
    let addresses = |values: &[&str]| [record_set("A", 60, values)];
    assert!(same_sets(&addresses(&["192.0.2.1", "192.0.2.2"]), &addresses(&["192.0.2.2", "192.0.2.1"])));
    assert!(!same_sets(&addresses(&["192.0.2.1"]), &addresses(&["192.0.2.2"])));
}

#[test]
fn only_a_cname_is_the_same_however_it_is_dotted_and_spelt() {
    let same = |left: RecordSet, right: RecordSet| same_sets(&[left], &[right]);
    assert!(same(cname("XYZ.CloudFront.net.", 60), cname(SOURCE, 60)) && same(cname(SOURCE, 60), cname("xyz.cloudfront.net.", 60)));
    assert!(!same(cname(SOURCE, 60), cname(TARGET, 60)) && !same(cname(SOURCE, 60), cname(SOURCE, 300)));
    let text = |value: &str| record_set("TXT", 60, &[value]);
    assert!(!same(text("\"Token\""), text("\"token\"")) && !same(text("a."), text("a")), "a text means what it says");
}

#[test]
fn a_request_need_not_say_that_sets_stay_as_they_are() {
    assert!(RecordKinds::default().is_default() && RecordKinds::AsTheyAre.is_default());
    assert!(!RecordKinds::Alias.is_default() && !RecordKinds::Cname.is_default());
}

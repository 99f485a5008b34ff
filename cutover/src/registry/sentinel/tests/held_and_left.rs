//! What the registry learns of a write: aliases that came and left, a distribution's config, its end, and where DNS is.

use super::*;

/// The name as the registry has it on the legacy distribution, seen an hour before the write.
fn owned() -> AliasItem {
    AliasItem { seen_at: Some(today("01:30:00")), ..alias_item(AliasState::Owned, Some(old())) }
}

#[test]
fn an_alias_that_a_config_lists_is_held_there() {
    let wanted = [held(a(), new(), AliasState::Owned)];
    assert_eq!(aliases_of(verdict(&gives_new(&["a.foo.com"]), &Known::default())), wanted, "nobody has heard of it");
    assert_eq!(aliases_of(verdict(&gives_new(&["a.foo.com"]), &of_aliases(vec![owned()]))), wanted, "it was on another one");
    let nobodys = alias_item(AliasState::UnknownOwner, None);
    assert_eq!(aliases_of(verdict(&gives_new(&["a.foo.com"]), &of_aliases(vec![nobodys]))), wanted);
    assert_eq!(aliases_of(verdict(&gives_old(&["a.foo.com"]), &of_aliases(vec![owned()]))), [], "the registry has it so");
}

#[test]
fn an_alias_that_a_config_does_not_list_any_more_has_left() {
    let other = AliasItem { alias: name("b.foo.com"), ..owned() };
    let elsewhere = AliasItem { alias: name("c.foo.com"), holder: Some(bare_holder(new())), ..owned() };
    let nobodys = AliasItem { alias: name("d.foo.com"), holder: None, ..owned() };
    let known = of_aliases(vec![owned(), other, elsewhere, nobodys]);
    let wanted = [left(a(), old(), AliasState::UnknownOwner)];
    assert_eq!(aliases_of(verdict(&gives_old(&["b.foo.com"]), &known)), wanted, "of one and the same distribution");
}

#[test]
fn what_is_claimed_or_as_new_as_the_write_is_neither_held_nor_left_by_it() {
    let at = |seen_at: &str| AliasItem { seen_at: Some(today(seen_at)), ..owned() };
    let claimed = AliasItem { claim: Some("old-move".to_owned()), ..owned() };
    for (item, changes) in [(at("02:30:01"), false), (at("02:30:00"), false), (claimed, false), (at("02:29:59"), true)] {
        let known = of_aliases(vec![item]);
        let came = aliases_of(verdict(&gives_new(&["a.foo.com"]), &known));
        assert_eq!(!came.is_empty(), changes, "held: {known:?}");
        let went = aliases_of(verdict(&gives_old(&[]), &known));
        assert_eq!(!went.is_empty(), changes, "left: {known:?}");
    }
    let never_seen = AliasItem { seen_at: None, ..owned() };
    assert_eq!(aliases_of(verdict(&gives_old(&[]), &of_aliases(vec![never_seen]))).len(), 1, "whatever is seen is newer");
}

#[test]
fn a_move_that_is_planned_stays_planned_wherever_the_alias_is() {
    use AliasState::{MovedNotReconciled, Owned, Planned, UnknownOwner};
    let announced = || Some(planned(new(), "08:00:00", "10:00:00"));
    for (state, planned, there, nowhere) in [
        (Planned, announced(), Planned, Planned),
        (Planned, None, Owned, UnknownOwner),
        (Owned, announced(), Owned, UnknownOwner),
        (MovedNotReconciled, announced(), Owned, UnknownOwner),
    ] {
        let known = of_aliases(vec![AliasItem { state, planned, ..owned() }]);
        assert_eq!(aliases_of(verdict(&gives_new(&["a.foo.com"]), &known)), [held(a(), new(), there)], "{known:?}");
        assert_eq!(aliases_of(verdict(&gives_old(&[]), &known)), [left(a(), old(), nowhere)], "{known:?}");
    }
}

/// The new distribution as the registry has it.
fn known_new(seen_at: Option<Timestamp>) -> DistributionItem {
    let certificate: SeenCertificate = certificate(&["*.foo.com"], Some(time("2027-06-01T00:00:00Z")));
    DistributionItem {
        domain_name: Some("qrs.cloudfront.net".to_owned()),
        certificate: Some(certificate),
        seen_at,
        ..distribution_item(new())
    }
}

#[test]
fn a_holder_is_told_with_what_is_known_of_its_distribution() {
    let holder = |write: &TrailWrite, known: &Known| match aliases_of(verdict(write, known)).as_slice() {
        [Sighting::Held { holder, .. }] => holder.clone(),
        other => panic!("it is held: {other:?}"),
    };
    let known = Known { distribution: Some(known_new(None)), ..Known::default() };
    let as_known = Holder {
        place: new(),
        domain_name: Some("qrs.cloudfront.net".to_owned()),
        certificate_not_after: Some(time("2027-06-01T00:00:00Z")),
    };
    assert_eq!(holder(&gives_new(&["a.foo.com"]), &known), as_known);
    let answer = json!({"distribution": {"id": "E2NEWQRS", "domainName": "new.cloudfront.net",
                        "distributionConfig": config("E2NEWQRS", &["a.foo.com"])["distributionConfig"]}});
    let answered = with(update(NEW, "E2NEWQRS", &[]), "responseElements", answer);
    let told = holder(&answered, &known);
    assert_eq!(told.domain_name.as_deref(), Some("new.cloudfront.net"), "what CloudFront has just said counts first");
    assert_eq!(holder(&gives_new(&["a.foo.com"]), &Known::default()), bare_holder(new()), "what is not known is not made up");
}

fn configured(write: &TrailWrite, known: &Known) -> Option<Configured> {
    let of_config = |sighting| if let Sighting::Configured(config) = sighting { Some(*config) } else { None };
    verdict(write, known).sightings.into_iter().find_map(of_config)
}

#[test]
fn a_config_says_how_many_aliases_there_are_whether_it_serves_and_whether_code_may_have_given_it() {
    let wanted =
        Configured { place: new(), enabled: Some(true), alias_count: Some(2), domain_name: None, deployed: true, moved_away: None };
    assert_eq!(configured(&gives_new(&["a.foo.com", "b.foo.com"]), &Known::default()), Some(wanted.clone()));
    let by_hand = with(update(NEW, "E2NEWQRS", &["a.foo.com", "b.foo.com"]), "sessionCredentialFromConsole", json!("true"));
    let clicked = Configured { deployed: false, ..wanted.clone() };
    assert_eq!(configured(&by_hand, &Known::default()), Some(clicked), "what a person clicks says nothing of the code");
    let mut cut = update(NEW, "E2NEWQRS", &["a.foo.com"]);
    cut["requestParameters"]["distributionConfig"]["aliases"]["quantity"] = json!(2);
    let unsaid = Configured { alias_count: None, deployed: false, ..wanted };
    assert_eq!(configured(&read(&cut), &Known::default()), Some(unsaid), "a list that was cut shows nothing of a deployment either");
    assert_eq!(aliases_of(verdict(&read(&cut), &of_aliases(vec![owned()]))), [], "nor of any alias");
}

#[test]
fn what_is_as_new_as_the_write_keeps_its_config() {
    for (seen_at, is_written) in
        [(None, true), (Some(today("02:29:59")), true), (Some(today("02:30:00")), false), (Some(today("02:30:01")), false)]
    {
        let known = Known { distribution: Some(known_new(seen_at)), ..of_aliases(vec![owned()]) };
        let written = verdict(&gives_new(&["a.foo.com"]), &known);
        assert_eq!(!written.is_empty(), is_written, "seen at {seen_at:?}: {written:?}");
        let deleted = verdict(&read(&deletes_new()), &known).sightings;
        assert_eq!(deleted, if is_written { vec![Sighting::Deleted(new())] } else { vec![] }, "seen at {seen_at:?}");
    }
    let unnamed = record(NEW, "cloudfront", "UpdateDistribution", &json!({}));
    assert!(verdict(&read(&unnamed), &Known::default()).is_empty(), "whose config it is, is not told");
}

#[test]
fn a_distribution_that_is_deleted_leaves_its_aliases_to_nobody() {
    let on_it = AliasItem { holder: Some(bare_holder(new())), ..owned() };
    let other = AliasItem { alias: name("b.foo.com"), ..owned() };
    let known = Known { distribution: Some(known_new(None)), ..of_aliases(vec![on_it, other]) };
    let sightings = verdict(&read(&deletes_new()), &known).sightings;
    assert_eq!(sightings, [left(a(), new(), AliasState::UnknownOwner), Sighting::Deleted(new())]);
    assert!(verdict(&read(&deletes_new()), &Known::default()).is_empty(), "the registry has never seen it");
}

#[test]
fn an_alias_that_is_moved_by_aws_is_held_where_it_went() {
    let moved = |asked: Value| read(&record(NEW, "cloudfront", "UpdateDomainAssociation", &asked));
    let known = Known { distribution: Some(known_new(None)), ..of_aliases(vec![owned()]) };
    let sightings = verdict(&moved(json!({"domain": "a.foo.com", "targetResource": {"distributionId": "E2NEWQRS"}})), &known).sightings;
    let holder = Holder {
        place: new(),
        domain_name: Some("qrs.cloudfront.net".to_owned()),
        certificate_not_after: Some(time("2027-06-01T00:00:00Z")),
    };
    assert_eq!(sightings, [Sighting::Held { alias: a(), holder, state: AliasState::Owned }]);
    for half in [json!({"domain": "a.foo.com"}), json!({"targetResource": {"distributionId": "E2NEWQRS"}})] {
        assert!(verdict(&moved(half), &known).is_empty(), "which alias went where is not told");
    }
}

#[test]
fn where_dns_is_is_learned_of_an_alias_that_is_led_to_cloudfront_by_a_zone_that_nobody_knew() {
    let zones = |changes: &[Value], item: Option<AliasItem>| {
        let write = read(&record(OLD, "route53", "ChangeResourceRecordSets", &batch(changes)));
        verdict(&write, &of_aliases(item.into_iter().collect())).sightings
    };
    let leads = || set_change("UPSERT", "a.foo.com.", "CNAME", "qrs.cloudfront.net");
    let wanted = [Sighting::Zone { alias: a(), zone: zone(OLD, "Z1FOO") }];
    assert_eq!(zones(&[leads()], Some(owned())), wanted);
    let several = [leads(), set_change("UPSERT", "a.foo.com.", "HTTPS", "qrs.cloudfront.net")];
    assert_eq!(zones(&several, Some(owned())), wanted, "once, however many record sets lead there");
    assert_eq!(zones(&[leads()], Some(AliasItem { dns: Some(zone(OLD, "Z2")), ..owned() })), [], "that is known");
    assert_eq!(zones(&[leads()], Some(AliasItem { claim: Some("old-move".to_owned()), ..owned() })), [], "it is its cutover's");
    assert_eq!(zones(&[leads()], None), [], "of a name without an item nothing is kept");
    assert_eq!(zones(&[set_change("UPSERT", "a.foo.com.", "CNAME", "x.example.com")], Some(owned())), [], "it leads elsewhere");
    assert_eq!(zones(&[set_change("DELETE", "a.foo.com.", "CNAME", "qrs.cloudfront.net")], Some(owned())), [], "it leads nowhere");
    assert_eq!(zones(&[set_change("UPSERT", "_a.foo.com.", "CNAME", "qrs.cloudfront.net")], Some(owned())), [], "a proof leads no viewer");
}

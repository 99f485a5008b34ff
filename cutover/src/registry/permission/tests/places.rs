//! Where the name is, where it is announced to go, and whether the distribution can serve it.

use super::*;

fn window(item: AliasItem, target: Place, opens: &str, closes: &str) -> Known {
    with(AliasItem { planned: Some(planned(target, opens, closes)), ..item })
}

#[test]
fn a_window_is_open_from_its_first_moment_and_not_at_its_last() {
    let nobodys = || alias_item(AliasState::Planned, None);
    for (opens, closes, grounds) in [
        ("11:00:00", "13:00:00", vec![PlannedHere]),
        ("12:00:00", "13:00:00", vec![PlannedHere]),
        ("12:00:01", "13:00:00", vec![OutsideItsWindow, HolderNotKnown]),
        ("11:00:00", "12:00:01", vec![PlannedHere]),
        ("11:00:00", "12:00:00", vec![OutsideItsWindow, HolderNotKnown]),
        ("10:00:00", "11:00:00", vec![OutsideItsWindow, HolderNotKnown]),
    ] {
        assert_eq!(codes(&window(nobodys(), new(), opens, closes)), grounds, "from {opens} to {closes}");
    }
}

#[test]
fn whoever_is_too_early_waits_and_whoever_is_too_late_announces_another() {
    let outside = |opens, closes| reason(&window(alias_item(AliasState::Planned, None), new(), opens, closes), OutsideItsWindow);
    let early = outside("12:00:01", "13:00:00");
    assert!(early.remedy.starts_with("wait until the window opens"), "{}", early.remedy);
    assert_eq!(
        early.seen,
        "team-edge has announced its move to E2NEWQRS in account 000000000002 between 2026-12-01T12:00:01Z and 2026-12-01T13:00:00Z"
    );
    let late = outside("10:00:00", "12:00:00");
    assert!(late.remedy.starts_with("announce another window"), "{}", late.remedy);
    let empty = outside("12:00:00", "12:00:00");
    assert!(empty.remedy.starts_with("announce another window"), "a window without a moment never opens: {}", empty.remedy);
}

#[test]
fn a_name_that_is_there_already_is_there_whenever_it_was_announced() {
    let there = || alias_item(AliasState::Owned, Some(new()));
    for (opens, closes) in [("11:00:00", "13:00:00"), ("13:00:00", "14:00:00"), ("10:00:00", "11:00:00")] {
        assert_eq!(codes(&window(there(), new(), opens, closes)), [AlreadyThere], "from {opens} to {closes}");
    }
}

#[test]
fn what_is_announced_to_leave_may_stay_until_its_window_opens_and_after_it() {
    let there = || alias_item(AliasState::Planned, Some(new()));
    let leaves = |opens, closes| codes(&window(there(), old(), opens, closes));
    assert_eq!(leaves("13:00:00", "14:00:00"), [AlreadyThere]);
    assert_eq!(leaves("10:00:00", "11:00:00"), [AlreadyThere]);
    assert_eq!(leaves("11:00:00", "13:00:00"), [PlannedElsewhere, AlreadyThere]);
}

#[test]
fn what_is_announced_for_another_distribution_comes_to_this_one_neither_in_its_window_nor_outside() {
    let elsewhere = place(NEW, "E3OTHER");
    for (opens, closes) in [("11:00:00", "13:00:00"), ("13:00:00", "14:00:00"), ("10:00:00", "11:00:00")] {
        let nobodys = window(alias_item(AliasState::Planned, None), elsewhere.clone(), opens, closes);
        assert_eq!(codes(&nobodys), [PlannedElsewhere, HolderNotKnown], "from {opens} to {closes}");
    }
    let reason = reason(&window(alias_item(AliasState::Planned, None), elsewhere, "11:00:00", "13:00:00"), PlannedElsewhere);
    assert!(reason.seen.contains("to E3OTHER in account 000000000002"), "{}", reason.seen);
}

#[test]
fn an_announcement_does_not_take_a_name_from_its_holder() {
    let known = window(alias_item(AliasState::Planned, Some(old())), new(), "11:00:00", "13:00:00");
    assert_eq!(codes(&known), [HeldByAnother]);
}

#[test]
fn whoever_has_a_name_is_told_with_since_when_that_is_known() {
    let seen = |item: AliasItem, code: Ground| reason(&with(item), code).seen;
    let since = |item: AliasItem| AliasItem { seen_at: Some(today("01:30:00")), ..item };
    let held = alias_item(AliasState::Owned, Some(old()));
    assert_eq!(seen(held.clone(), HeldByAnother), "a.foo.com is on E1LEGACYXYZ in account 000000000001");
    assert_eq!(seen(since(held), HeldByAnother), "a.foo.com is on E1LEGACYXYZ in account 000000000001, seen at 2026-12-01T01:30:00Z");
    let there = since(alias_item(AliasState::Owned, Some(new())));
    assert_eq!(seen(there, AlreadyThere), "a.foo.com is on E2NEWQRS already, seen at 2026-12-01T01:30:00Z");
    let nobodys = since(alias_item(AliasState::UnknownOwner, None));
    assert_eq!(seen(nobodys, HolderNotKnown), "no distribution of the member accounts has a.foo.com, seen at 2026-12-01T01:30:00Z");
    assert_eq!(reason(&Known::default(), AliasNotKnown).seen, "the registry has never heard of a.foo.com");
    assert!(reason(&announced(), PlannedHere).seen.starts_with("team-edge has announced its move to E2NEWQRS"));
}

#[test]
fn a_move_that_the_code_does_not_know_of_is_told_with_the_cutover_that_made_it() {
    let moved = AliasItem { holder: Some(bare_holder(old())), ..moved_item() };
    let seen = reason(&with(moved.clone()), MovedNotReconciled).seen;
    assert_eq!(seen, "cutover old-move has moved a.foo.com to E1LEGACYXYZ in account 000000000001, seen at 2026-12-01T01:30:00Z");
    let forgotten = reason(&with(AliasItem { moved_by: None, ..moved.clone() }), MovedNotReconciled).seen;
    assert!(forgotten.starts_with("an earlier cutover has moved a.foo.com to E1LEGACYXYZ"), "{forgotten}");
    // While a claim holds it, the state that it comes back to counts; and whose claim is not known does not hide it.
    let resting =
        AliasItem { state: AliasState::Moving, resting_state: Some(AliasState::MovedNotReconciled), claim: claimed_by(), ..moved };
    assert_eq!(codes(&with(resting.clone())), [MovedNotReconciled, ClaimNotKnown]);
    let rests_owned = AliasItem { state: AliasState::MovedNotReconciled, resting_state: Some(AliasState::Owned), ..resting };
    assert_eq!(codes(&with(rests_owned)), [HeldByAnother, ClaimNotKnown]);
}

#[test]
fn a_wildcard_counts_where_another_distribution_has_it_and_nobody_has_announced_the_name() {
    let above = |wildcards: Vec<AliasItem>, known: Known| codes(&Known { wildcards, ..known });
    let others = || vec![wildcard(Some(old()))];
    assert_eq!(above(others(), known(AliasState::UnknownOwner, None)), [WildcardHeldByAnother, HolderNotKnown]);
    assert_eq!(above(vec![wildcard(Some(new()))], known(AliasState::UnknownOwner, None)), [HolderNotKnown], "it is the target's own");
    assert_eq!(above(vec![wildcard(None)], known(AliasState::UnknownOwner, None)), [HolderNotKnown], "it is nobody's");
    assert_eq!(above(others(), announced()), [PlannedHere], "whoever announced it has asked for that");
    assert_eq!(above(others(), known(AliasState::Owned, Some(new()))), [AlreadyThere], "it takes nobody's viewers anew");
    let deep = Question { alias: name("x.a.foo.com"), ..question() };
    let both = vec![AliasItem { alias: name("*.a.foo.com"), ..wildcard(Some(old())) }, wildcard(Some(old()))];
    let proves = DistributionItem { certificate: Some(certificate(&["*.a.foo.com"], Some(time("2027-12-01T00:00:00Z")))), ..ready() };
    let told = may_attach(&deep, &Known { wildcards: both, distribution: Some(proves), ..Known::default() }).reasons;
    let told: Vec<Ground> = told.iter().map(|reason| reason.code).collect();
    assert_eq!(told, [WildcardHeldByAnother, WildcardHeldByAnother, AliasNotKnown], "each of those above it");
    let reason = reason(&Known { wildcards: others(), ..known(AliasState::UnknownOwner, None) }, WildcardHeldByAnother);
    assert_eq!(reason.seen, "*.foo.com is on E1LEGACYXYZ in account 000000000001");
}

/// What speaks against this distribution, the announcement of the name apart.
fn against(item: DistributionItem) -> Vec<Ground> {
    codes(&Known { distribution: Some(item), ..announced() }).into_iter().filter(|code| *code != PlannedHere).collect()
}

#[test]
fn a_distribution_has_to_be_seen_enabled_and_able_to_prove_the_name() {
    assert_eq!(against(ready()), []);
    assert_eq!(against(distribution_item(new())), [DistributionNotKnown, CertificateNotKnown], "a claim alone has named it");
    assert_eq!(against(DistributionItem { enabled: Some(false), ..ready() }), [DistributionDisabled]);
    assert_eq!(against(DistributionItem { enabled: None, ..ready() }), [DistributionNotKnown]);
    assert_eq!(against(DistributionItem { certificate: None, ..ready() }), [CertificateNotKnown]);
    let elsewhere = DistributionItem { enabled: Some(false), certificate: None, ..distribution_item(place(OLD, "E2NEWQRS")) };
    assert_eq!(against(elsewhere), [DistributionInAnotherAccount], "it may mean another one, of which nothing is said");
}

#[test]
fn a_certificate_proves_the_name_by_its_own_or_by_the_wildcard_at_its_level() {
    let proves = |names: &[&str]| DistributionItem { certificate: Some(certificate(names, Some(time("2027-12-01T00:00:00Z")))), ..ready() };
    for names in [&["a.foo.com"][..], &["*.foo.com"], &["x.bar.com", "a.foo.com"]] {
        assert_eq!(against(proves(names)), [], "{names:?}");
    }
    for names in [&[][..], &["foo.com"], &["*.a.foo.com"], &["*.com"]] {
        assert_eq!(against(proves(names)), [CertificateLacksName], "{names:?}");
    }
}

#[test]
fn a_certificate_has_to_be_good_for_seven_days_more() {
    let ends = |at: Option<&str>| DistributionItem { certificate: Some(certificate(&["a.foo.com"], at.map(time))), ..ready() };
    for (at, wanted) in [
        (Some("2026-12-08T12:00:00Z"), vec![]),
        (Some("2026-12-08T11:59:59Z"), vec![CertificateEnds]),
        (Some("2026-12-01T11:00:00Z"), vec![CertificateEnds]),
        (Some("2027-12-01T00:00:00Z"), vec![]),
        (None, vec![CertificateNotKnown]),
    ] {
        assert_eq!(against(ends(at)), wanted, "it ends at {at:?}, and it is noon of the first");
    }
}

#[test]
fn what_is_held_already_says_nothing_about_the_distribution_that_would_get_it() {
    let held = |place: Place| codes(&Known { distribution: None, ..known(AliasState::Owned, Some(place)) });
    assert_eq!(held(new()), [AlreadyThere], "it is attached to nothing anew");
    assert_eq!(held(old()), [HeldByAnother], "it cannot be attached at all");
}

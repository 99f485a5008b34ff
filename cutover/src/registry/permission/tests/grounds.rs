//! Every ground, what it makes of an answer, and how several make one.

use super::*;

#[test]
fn every_ground_makes_of_an_answer_what_the_page_of_the_registry_says() {
    let yes = [AlreadyThere, PlannedHere];
    let unknown = [ClaimNotKnown, AliasNotKnown, HolderNotKnown, DistributionNotKnown, CertificateNotKnown];
    for ground in Ground::ALL {
        let wanted = if yes.contains(&ground) {
            May::Yes
        } else if unknown.contains(&ground) {
            May::Unknown
        } else {
            May::No
        };
        assert_eq!(ground.may(), wanted, "{ground:?}");
    }
}

/// One situation for each ground, with everything that the answer stands on in it: what weighs most first.
fn situations() -> Vec<(Known, May, Vec<Ground>)> {
    let unheld = |item: DistributionItem| Known { distribution: Some(item), ..announced() };
    let ends = |at: &str| DistributionItem { certificate: Some(certificate(&["a.foo.com"], Some(time(at)))), ..ready() };
    let claimed = |item: AliasItem| AliasItem { claim: claimed_by(), ..item };
    let held = claims(ClaimState::Held);
    let owned = alias_item(AliasState::Owned, Some(old()));
    vec![
        (known(AliasState::Owned, Some(new())), May::Yes, vec![AlreadyThere]),
        (announced(), May::Yes, vec![PlannedHere]),
        (Known { claims: held.clone(), ..with(claimed(owned.clone())) }, May::No, vec![AliasClaimed]),
        (Known { wildcards: vec![claimed(wildcard(None))], claims: held.clone(), ..announced() }, May::No, vec![WildcardClaimed]),
        (Known { claims: held, ..unheld(DistributionItem { claim: claimed_by(), ..ready() }) }, May::No, vec![DistributionClaimed]),
        (with(claimed(owned.clone())), May::No, vec![HeldByAnother, ClaimNotKnown]),
        (with(owned), May::No, vec![HeldByAnother]),
        (known(AliasState::MovedNotReconciled, Some(old())), May::No, vec![MovedNotReconciled]),
        (
            with(AliasItem { planned: Some(planned(old(), "11:00:00", "13:00:00")), ..alias_item(AliasState::Planned, None) }),
            May::No,
            vec![PlannedElsewhere, HolderNotKnown],
        ),
        (
            with(AliasItem { planned: Some(planned(new(), "13:00:00", "14:00:00")), ..alias_item(AliasState::Planned, None) }),
            May::No,
            vec![OutsideItsWindow, HolderNotKnown],
        ),
        (
            Known { wildcards: vec![wildcard(Some(old()))], ..known(AliasState::UnknownOwner, None) },
            May::No,
            vec![WildcardHeldByAnother, HolderNotKnown],
        ),
        (Known { alias: None, ..announced() }, May::Unknown, vec![AliasNotKnown]),
        (known(AliasState::UnknownOwner, None), May::Unknown, vec![HolderNotKnown]),
        (Known { distribution: None, ..announced() }, May::Unknown, vec![DistributionNotKnown, PlannedHere]),
        (unheld(DistributionItem { place: place(OLD, "E2NEWQRS"), ..ready() }), May::No, vec![DistributionInAnotherAccount, PlannedHere]),
        (unheld(DistributionItem { enabled: Some(false), ..ready() }), May::No, vec![DistributionDisabled, PlannedHere]),
        (unheld(DistributionItem { certificate: None, ..ready() }), May::Unknown, vec![CertificateNotKnown, PlannedHere]),
        (
            unheld(DistributionItem { certificate: Some(certificate(&["b.foo.com"], Some(time("2027-12-01T00:00:00Z")))), ..ready() }),
            May::No,
            vec![CertificateLacksName, PlannedHere],
        ),
        (unheld(ends("2026-12-02T00:00:00Z")), May::No, vec![CertificateEnds, PlannedHere]),
    ]
}

#[test]
fn every_ground_is_given_where_it_applies_and_nowhere_else() {
    let mut given = BTreeMap::new();
    for (known, may, grounds) in situations() {
        let answer = may_attach(&question(), &known);
        let codes: Vec<Ground> = answer.reasons.iter().map(|reason| reason.code).collect();
        assert_eq!((answer.may, &codes), (may, &grounds), "{answer:?}");
        given.extend(codes.into_iter().map(|code| (code, ())));
    }
    assert_eq!(given.into_keys().collect::<Vec<Ground>>(), Ground::ALL, "the list of grounds is closed");
}

#[test]
fn an_answer_repeats_what_was_asked_and_says_of_each_ground_what_it_makes() {
    for (known, _, _) in situations() {
        let answer = may_attach(&question(), &known);
        assert_eq!((&answer.alias, &answer.target, answer.at), (&a(), &new(), today("12:00:00")));
        for reason in &answer.reasons {
            assert_eq!(reason.may, reason.code.may());
            for text in [&reason.seen, &reason.why, &reason.remedy] {
                assert!(!text.is_empty() && text.len() <= crate::bounds::TEXT_MAX, "{reason:?}");
            }
        }
    }
}

#[test]
fn one_no_makes_the_answer_no_and_one_unknown_makes_it_unknown() {
    let disabled = DistributionItem { enabled: Some(false), certificate: None, ..distribution_item(new()) };
    let all_three = may_attach(&question(), &Known { distribution: Some(disabled), ..announced() });
    let may: Vec<May> = all_three.reasons.iter().map(|reason| reason.may).collect();
    assert_eq!((all_three.may, may), (May::No, vec![May::No, May::Unknown, May::Yes]), "what weighs most comes first");
    let unseen = may_attach(&question(), &Known { distribution: None, ..announced() });
    assert_eq!(unseen.may, May::Unknown);
}

#[test]
fn a_table_that_says_nothing_is_no_yes() {
    let answer = may_attach(&question(), &Known::default());
    assert_eq!(answer.may, May::Unknown);
    assert_eq!(codes(&Known::default()), [AliasNotKnown, DistributionNotKnown]);
}

//! What a cutover has claimed is left alone (I6): nothing else says more.

use super::*;

#[test]
fn the_claims_to_be_read_are_those_of_the_name_its_wildcards_and_the_distribution_once_each() {
    let of = |id: &str| Some(id.to_owned());
    let known = Known {
        alias: Some(AliasItem { claim: of("second"), ..alias_item(AliasState::Moving, Some(old())) }),
        wildcards: vec![
            AliasItem { claim: of("third"), ..wildcard(None) },
            wildcard(None),
            AliasItem { claim: of("second"), ..wildcard(None) },
        ],
        distribution: Some(DistributionItem { claim: of("first"), ..ready() }),
        claims: BTreeMap::new(),
    };
    assert_eq!(known.claim_ids(), ["first", "second", "third"]);
    assert_eq!(announced().claim_ids(), Vec::<String>::new());
}

#[test]
fn a_claim_is_told_as_what_it_holds_with_how_it_stands_and_what_to_do() {
    let with_claim = |claim: Claim| Known {
        alias: Some(AliasItem { claim: claimed_by(), ..alias_item(AliasState::Moving, Some(old())) }),
        claims: [("old-move".to_owned(), claim)].into(),
        ..announced()
    };
    let until = |until: &str, state: ClaimState| reason(&with_claim(Claim { until: today(until), ..claim(state) }), AliasClaimed);
    let who = "a.foo.com is claimed by cutover old-move since 2026-12-01T02:00:00Z, ";
    let runs = until("14:00:00", ClaimState::Held);
    assert_eq!(runs.seen, format!("{who}until 2026-12-01T14:00:00Z unless it is renewed"));
    assert!(runs.remedy.starts_with("wait until it has ended"), "{}", runs.remedy);
    let lapsed = until("12:00:00", ClaimState::Held);
    assert_eq!(lapsed.seen, format!("{who}and has lapsed at 2026-12-01T12:00:00Z"));
    assert!(lapsed.remedy.starts_with("its recovery begins within 15 minutes"), "{}", lapsed.remedy);
    for time in ["06:00:00", "14:00:00"] {
        let stuck = until(time, ClaimState::Stuck);
        assert_eq!(stuck.seen, format!("{who}and is stuck: until a person breaks the claim"), "it does not lapse");
        assert!(stuck.remedy.contains("docs/RUNBOOK.md"), "{}", stuck.remedy);
    }
}

#[test]
fn a_claim_that_was_given_back_or_is_not_there_is_asked_for_again() {
    let item = AliasItem { claim: claimed_by(), ..alias_item(AliasState::Moving, None) };
    for claims in [claims(ClaimState::Released), claims(ClaimState::Broken), BTreeMap::new()] {
        let known = Known { claims, ..with(item.clone()) };
        assert_eq!(codes(&known), [ClaimNotKnown, HolderNotKnown], "what else is known is said as well");
        let reason = reason(&known, ClaimNotKnown);
        assert_eq!(reason.seen, "a.foo.com is claimed by cutover old-move, of which no claim is in force");
        assert!(reason.remedy.starts_with("ask again"), "{}", reason.remedy);
    }
}

#[test]
fn everything_that_is_claimed_is_told_and_nothing_else() {
    let known = Known {
        alias: Some(AliasItem { claim: claimed_by(), ..alias_item(AliasState::Moving, Some(old())) }),
        wildcards: vec![AliasItem { claim: claimed_by(), ..wildcard(Some(new())) }],
        distribution: Some(DistributionItem { claim: claimed_by(), ..distribution_item(new()) }),
        claims: claims(ClaimState::Held),
    };
    assert_eq!(codes(&known), [AliasClaimed, WildcardClaimed, DistributionClaimed]);
    assert!(reason(&known, WildcardClaimed).seen.starts_with("*.foo.com is claimed by"));
    assert!(reason(&known, DistributionClaimed).seen.starts_with("E2NEWQRS is claimed by"));
}

#[test]
fn a_name_that_stays_where_it_is_does_not_touch_a_claimed_wildcard_above_it() {
    let wildcards = vec![AliasItem { claim: claimed_by(), ..wildcard(Some(old())) }];
    let stays = Known { wildcards: wildcards.clone(), claims: claims(ClaimState::Held), ..known(AliasState::Owned, Some(new())) };
    assert_eq!(codes(&stays), [AlreadyThere]);
    let comes = Known { wildcards, claims: claims(ClaimState::Held), ..known(AliasState::Owned, Some(old())) };
    assert_eq!(codes(&comes), [WildcardClaimed], "a bridge may stand there, and the name would take its viewers");
}

#[test]
fn a_name_on_a_claimed_distribution_stays_untouched_even_where_it_is_there() {
    let item = DistributionItem { claim: claimed_by(), ..ready() };
    let known = Known { distribution: Some(item), claims: claims(ClaimState::Held), ..known(AliasState::Owned, Some(new())) };
    assert_eq!(codes(&known), [DistributionClaimed], "no deployment may touch it");
}

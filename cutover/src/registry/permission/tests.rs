//! Whether a pipeline may attach a name: every ground of docs/REGISTRY.md where it applies and nowhere else, and what the
//! table does not say is no yes.

use super::*;
use crate::samples_of_registry::*;
use Ground::*;

mod claimed;
mod grounds;
mod places;

/// Asked at noon: may `a.foo.com` be attached to E2NEWQRS?
fn question() -> Question {
    Question { alias: a(), target: new(), now: today("12:00:00") }
}

/// The distribution as it has to be: enabled, with a certificate for the name that ends in a year.
fn ready() -> DistributionItem {
    let proof = certificate(&["foo.com", "*.foo.com"], Some(time("2027-12-01T00:00:00Z")));
    DistributionItem { enabled: Some(true), certificate: Some(proof), ..distribution_item(new()) }
}

/// The name in `state`, on `place` if anywhere, and a distribution that is ready.
fn known(state: AliasState, place: Option<Place>) -> Known {
    with(alias_item(state, place))
}

fn with(item: AliasItem) -> Known {
    Known { alias: Some(item), distribution: Some(ready()), ..Known::default() }
}

/// The name that nobody has, announced for E2NEWQRS for now: all that a yes needs.
fn announced() -> Known {
    with(AliasItem { planned: Some(planned(new(), "11:00:00", "13:00:00")), ..alias_item(AliasState::Planned, None) })
}

fn wildcard(place: Option<Place>) -> AliasItem {
    AliasItem { alias: name("*.foo.com"), ..alias_item(AliasState::Owned, place) }
}

/// The claim that is called `old-move`, as [`Known`] has it.
fn claims(state: ClaimState) -> BTreeMap<String, Claim> {
    [("old-move".to_owned(), claim(state))].into()
}

fn claimed_by() -> Option<String> {
    Some("old-move".to_owned())
}

fn codes(known: &Known) -> Vec<Ground> {
    may_attach(&question(), known).reasons.iter().map(|reason| reason.code).collect()
}

fn reason(known: &Known, code: Ground) -> Reason {
    let answer = may_attach(&question(), known);
    answer.reasons.iter().find(|reason| reason.code == code).cloned().unwrap_or_else(|| panic!("{code:?} is not among {answer:?}"))
}

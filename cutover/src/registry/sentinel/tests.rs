//! What a write of somebody else means: for a claim that it touches, for what the registry knows, and for a move that is over.

use super::*;
use crate::registry::alias::SeenCertificate;
use crate::registry::claim::ClaimState;
use crate::samples_of_registry::*;
use serde_json::{Value, json};

mod claims;
mod held_and_left;
mod reconciled;
mod undone;

/// A config with these aliases that terraform has given a distribution of this account at 02:30.
fn gives(owner: &str, distribution: &str, aliases: &[&str]) -> TrailWrite {
    read(&update(owner, distribution, aliases))
}

fn update(owner: &str, distribution: &str, aliases: &[&str]) -> Value {
    record(owner, "cloudfront", "UpdateDistribution", &config(distribution, aliases))
}

/// To the legacy distribution.
fn gives_old(aliases: &[&str]) -> TrailWrite {
    gives(OLD, "E1LEGACYXYZ", aliases)
}

/// To the new one.
fn gives_new(aliases: &[&str]) -> TrailWrite {
    gives(NEW, "E2NEWQRS", aliases)
}

/// What a record tells, with something else under one key.
fn with(mut record: Value, key: &str, value: Value) -> TrailWrite {
    record[key] = value;
    read(&record)
}

fn deletes_new() -> Value {
    record(NEW, "cloudfront", "DeleteDistribution", &json!({"id": "E2NEWQRS", "ifMatch": "E"}))
}

fn verdict(write: &TrailWrite, known: &Known) -> Verdict {
    write.verdict(known, &[account(OLD), account(NEW)].into())
}

fn of_aliases(items: Vec<AliasItem>) -> Known {
    Known { aliases: items.into_iter().map(|item| (item.alias.clone(), item)).collect(), ..Known::default() }
}

/// The sightings of aliases that follow, with the name of each: what is known of the distribution is another claim's.
fn aliases_of(verdict: Verdict) -> Vec<Sighting> {
    verdict.sightings.into_iter().filter(Sighting::is_of_alias).collect()
}

fn held(alias: Alias, place: Place, state: AliasState) -> Sighting {
    Sighting::Held { alias, holder: bare_holder(place), state }
}

fn left(alias: Alias, place: Place, state: AliasState) -> Sighting {
    Sighting::Left { alias, from: bare_holder(place), state }
}

#[test]
fn what_becomes_of_an_alias_is_told_from_what_becomes_of_a_distribution() {
    let configured = Configured { place: new(), enabled: None, alias_count: None, domain_name: None, deployed: true, moved_away: None };
    for (sighting, is_of_alias) in [
        (held(a(), new(), AliasState::Owned), true),
        (left(a(), new(), AliasState::UnknownOwner), true),
        (Sighting::Reconciled { alias: a(), moved_by: "old-move".to_owned() }, true),
        (Sighting::Zone { alias: a(), zone: zone(OLD, "Z1FOO") }, true),
        (Sighting::Configured(Box::new(configured)), false),
        (Sighting::Deleted(new()), false),
    ] {
        assert_eq!(sighting.is_of_alias(), is_of_alias, "{sighting:?}");
    }
}

#[test]
fn a_verdict_is_empty_where_there_is_nothing_to_write_and_nothing_to_say() {
    assert!(Verdict::default().is_empty());
    let write = gives_new(&[]).foreign(vec![]);
    let alarm = Alarm { kind: AlarmKind::MoveUndone, seen: String::new(), remedy: String::new() };
    assert!(!Verdict { foreign: vec![("old-move".to_owned(), write)], ..Verdict::default() }.is_empty());
    assert!(!Verdict { alarms: vec![alarm], ..Verdict::default() }.is_empty());
    assert!(!Verdict { sightings: vec![Sighting::Deleted(new())], ..Verdict::default() }.is_empty());
}

#[test]
fn what_cutover_itself_has_written_means_nothing() {
    let mut own = update(OLD, "E1LEGACYXYZ", &["a.foo.com"]);
    own["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = json!("arn:aws:iam::000000000001:role/cutover-write");
    let known = Known { claims: vec![claim(ClaimState::Held)], ..of_aliases(vec![moved_item()]) };
    assert_eq!(verdict(&read(&own), &known), Verdict::default());
    assert!(!verdict(&gives_old(&["a.foo.com"]), &known).is_empty(), "somebody else's does");
}

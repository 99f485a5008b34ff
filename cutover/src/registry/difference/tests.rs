//! What follows from a look, decided without a call: which item is written with what, which difference is told, and what is
//! left as it is.

use super::*;
use crate::registry::alias::SeenCertificate;
use crate::samples_of_registry::*;

mod aliases;
mod distributions;
mod gone;
mod records;
mod states;

/// When the looking began.
fn looked() -> Timestamp {
    today("06:00:00")
}

/// When the certificates of both distributions end.
fn ends() -> Timestamp {
    time("2027-06-01T00:00:00Z")
}

fn domain_name(place: &Place) -> String {
    if *place == old() { "old.cloudfront.net".to_owned() } else { "qrs.cloudfront.net".to_owned() }
}

/// `a.foo.com`, which `place` lists and holds.
fn seen_on(place: Place) -> Sighting {
    let domain_name = Some(domain_name(&place));
    Sighting { alias: a(), place, domain_name, certificate_not_after: Some(ends()), at: looked(), held: true }
}

/// The same, listed and not held.
fn idle_on(place: Place) -> Sighting {
    Sighting { held: false, ..seen_on(place) }
}

/// `a.foo.com` as an inventory at midnight has found it on `place`, exactly as [`seen_on`] sees it again.
fn known_on(place: Place) -> KnownAlias {
    let holder = Holder { domain_name: Some(domain_name(&place)), certificate_not_after: Some(ends()), place: place.clone() };
    let item = AliasItem {
        holder: Some(holder),
        seen_at: Some(today("00:00:00")),
        seen_by: Some(SeenBy::Inventory),
        ..alias_item(AliasState::Owned, None)
    };
    KnownAlias {
        item,
        also_listed: None,
        dangling: false,
        dns_zone: None,
        listed_under: Some(format!("ACCOUNT#{}", place.account)),
        listed_as: Some(format!("DISTRIBUTION#{}#a.foo.com", place.distribution)),
    }
}

/// `a.foo.com`, which nobody of ours has.
fn known_nowhere() -> KnownAlias {
    let item = AliasItem { holder: None, state: AliasState::UnknownOwner, ..known_on(old()).item };
    KnownAlias { item, listed_under: None, listed_as: None, ..known_on(old()) }
}

/// The same item with another `AliasItem` in it.
fn but(known: KnownAlias, change: impl FnOnce(&mut AliasItem)) -> KnownAlias {
    let mut known = known;
    change(&mut known.item);
    known
}

fn written(decision: Decision) -> Write {
    match decision {
        Decision::Write(write) => *write,
        other => panic!("nothing is written: {other:?}"),
    }
}

/// What a write sets, and what it removes.
fn update(write: &Write) -> (Value, Vec<&'static str>) {
    let What::Update { set, remove } = &write.what else { panic!("no update: {write:?}") };
    let names: std::collections::BTreeSet<&str> = set.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), set.len(), "nothing is set twice: {set:?}");
    (set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(), remove.clone())
}

fn created(write: &Write) -> Value {
    let What::Create(item) = &write.what else { panic!("nothing is made: {write:?}") };
    item.clone()
}

/// What is set on an alias that is seen at a place by this look.
fn held_there(place: &Place) -> Value {
    json!({
        "holder": {"account": place.account, "distribution": place.distribution, "domainName": domain_name(place),
                   "certificateNotAfter": "2027-06-01T00:00:00Z"},
        "seenAt": "2026-12-01T06:00:00Z", "seenBy": "inventory",
        "listedUnder": format!("ACCOUNT#{}", place.account), "listedAs": format!("DISTRIBUTION#{}#a.foo.com", place.distribution),
    })
}

/// The same, with more.
fn and(mut set: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        set[name] = value.clone();
    }
    set
}

//! What follows from a sighting: which item of the registry is written, and which difference is told. A newer sighting is
//! never overwritten, a claim never touched, and what is as the registry has it is not written at all.
//! Must not know who looked, nor how an item is read or written.

use super::alias::{AliasItem, AliasState, DistributionItem, Holder, SeenBy};
use super::key::{
    Key, alias_listed_as, dangling_listed_as, distribution_listed_as, listed_to_settle, listed_under_account, missing_listed_as,
};
use super::scan::{Difference, DifferenceKind};
use super::sighting::{DistributionSighting, Sighting};
use crate::ids::{AccountId, Place, ZonePlace};
use crate::name::Alias;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// From when on the end of a certificate is told, seconds before it: 30 days. ACM begins to renew 60 days before.
pub const CERTIFICATE_EXPIRES_SECONDS: i64 = 30 * 24 * 3600;

/// An alias as the registry has it, with what the inventory remembers of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownAlias {
    /// What everybody knows.
    #[serde(flatten)]
    pub item: AliasItem,
    /// Another distribution that lists it as well: that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_listed: Option<Place>,
    /// Whether its record set was told to lead to nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dangling: bool,
    /// The name of the zone that `dns` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_zone: Option<String>,
    /// Under what the index lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_under: Option<String>,
    /// As what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_as: Option<String>,
}

/// A distribution as the registry has it, with what the inventory remembers of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownDistribution {
    /// What everybody knows.
    #[serde(flatten)]
    pub item: DistributionItem,
    /// The end of a certificate that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_told: Option<Timestamp>,
    /// Under what the index lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed_under: Option<String>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The registry has it so already, or knows something newer.
    Nothing,
    /// It depends on whether this place still lists the alias.
    Ask(Place),
    /// An item is written, if it still is as it was read.
    Write(Box<Write>),
}

/// A write, and the difference that is told with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which item.
    pub key: Key,
    /// What becomes of it.
    pub what: What,
    /// Told in the same transaction.
    pub difference: Option<Difference>,
}

/// What becomes of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is made.
    Create(Value),
    /// These of its attributes are set, those removed.
    Update {
        /// Names and values.
        set: Vec<(&'static str, Value)>,
        /// Names.
        remove: Vec<&'static str>,
    },
    /// It is deleted.
    Delete,
}

impl Decision {
    fn write(key: Key, what: What, difference: Option<Difference>) -> Self {
        Decision::Write(Box::new(Write { key, what, difference }))
    }
}

fn value(of: impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

/// What is set on an alias where it is seen at a place: who has it, since when, and where the index lists it.
fn held_by(seen: &Sighting) -> Vec<(&'static str, Value)> {
    let Sighting { alias, place, at, .. } = seen;
    vec![
        ("holder", value(holder(seen))),
        ("seenAt", value(at)),
        ("seenBy", value(SeenBy::Inventory)),
        ("listedUnder", value(listed_under_account(&place.account))),
        ("listedAs", value(alias_listed_as(&place.distribution, alias))),
    ]
}

fn holder(seen: &Sighting) -> Holder {
    Holder { place: seen.place.clone(), domain_name: seen.domain_name.clone(), certificate_not_after: seen.certificate_not_after }
}

impl KnownAlias {
    fn place(&self) -> Option<&Place> {
        self.item.holder.as_ref().map(|holder| &holder.place)
    }

    fn is_newer_than(&self, at: Timestamp) -> bool {
        self.item.seen_at.is_some_and(|seen_at| seen_at > at)
    }

    /// The state that it has, or comes back to after its claim.
    fn resting(&self) -> AliasState {
        if self.item.claim.is_some() { self.item.resting_state.unwrap_or(AliasState::UnknownOwner) } else { self.item.state }
    }

    /// Sets the state to rest in, where it is another one. A claim keeps the state itself.
    fn rest_in(&self, state: AliasState, set: &mut Vec<(&'static str, Value)>) {
        if self.resting() != state {
            let attribute = if self.item.claim.is_some() { "restingState" } else { "state" };
            set.push((attribute, value(state)));
        }
    }

    /// Whether a cutover has it in hand that an earlier one has moved: its release has to find where that left it.
    fn keeps_an_earlier_move(&self) -> bool {
        self.item.claim.is_some() && self.resting() == AliasState::MovedNotReconciled
    }

    /// Where it rests once it is seen in another place than before: a move that is planned stays planned.
    fn rest_elsewhere(&self) -> AliasState {
        if self.resting() == AliasState::Planned && self.item.planned.is_some() { AliasState::Planned } else { AliasState::Owned }
    }

    /// What was remembered and is over once somebody holds it.
    fn outdated(&self) -> Vec<&'static str> {
        let mut remove = Vec::new();
        if self.also_listed.is_some() {
            remove.push("alsoListed");
        }
        if self.dangling {
            remove.push("dangling");
        }
        remove
    }
}

fn told(kind: DifferenceKind, seen: &Sighting, known: Option<&KnownAlias>, detail: &str) -> Difference {
    let mut difference = Difference::new(kind, seen.alias.as_str(), &seen.place.account, seen.at, detail);
    difference.from = known.and_then(KnownAlias::place).cloned();
    difference.to = Some(seen.place.clone());
    difference.claim = known.and_then(|known| known.item.claim.clone());
    difference
}

/// What follows from an alias that a distribution lists. `still` says whether the place that was asked for still lists it.
pub fn weigh_alias(seen: &Sighting, known: Option<&KnownAlias>, still: Option<bool>) -> Decision {
    let Some(known) = known else {
        return if seen.held { appeared(seen, None) } else { Decision::Nothing };
    };
    match known.place() {
        Some(place) if *place == seen.place && seen.held => unmoved(seen, known, still),
        // Its own holder lists it and does not hold it any more.
        Some(place) if *place == seen.place => put_aside(known, &seen.place.account, seen.at),
        Some(_) if known.is_newer_than(seen.at) => Decision::Nothing,
        Some(place) => match still {
            None => Decision::Ask(place.clone()),
            Some(true) => in_two_places(seen, known),
            Some(false) if seen.held && !known.keeps_an_earlier_move() => moved(seen, known),
            Some(false) => Decision::Nothing,
        },
        None if seen.held && !known.is_newer_than(seen.at) && !known.keeps_an_earlier_move() => appeared(seen, Some(known)),
        None => Decision::Nothing,
    }
}

fn appeared(seen: &Sighting, known: Option<&KnownAlias>) -> Decision {
    let detail = format!(
        "{} in account {} lists it, and no distribution of ours had it; where nobody put it there on purpose, ask who did",
        seen.place.distribution, seen.place.account
    );
    let difference = Some(told(DifferenceKind::AliasAppeared, seen, known, &detail));
    let key = Key::alias(&seen.alias);
    let mut set = held_by(seen);
    match known {
        Some(known) => {
            known.rest_in(known.rest_elsewhere(), &mut set);
            Decision::write(key, What::Update { set, remove: known.outdated() }, difference)
        }
        None => {
            set.extend([("alias", value(&seen.alias)), ("state", value(AliasState::Owned))]);
            let item = set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Decision::write(key, What::Create(Value::Object(item)), difference)
        }
    }
}

fn moved(seen: &Sighting, known: &KnownAlias) -> Decision {
    let from = known.place().map_or(String::new(), |place| format!("{} in account {}", place.distribution, place.account));
    let detail = format!(
        "{} in account {} lists it, and {from} does not any more; where no cutover moved it, ask who did, and whether the code behind \
         both knows",
        seen.place.distribution, seen.place.account
    );
    let mut set = held_by(seen);
    known.rest_in(known.rest_elsewhere(), &mut set);
    let difference = told(DifferenceKind::AliasMoved, seen, Some(known), &detail);
    Decision::write(Key::alias(&seen.alias), What::Update { set, remove: known.outdated() }, Some(difference))
}

/// The registry's holder keeps it: which of the two CloudFront serves from, a list does not show.
fn in_two_places(seen: &Sighting, known: &KnownAlias) -> Decision {
    if known.also_listed.as_ref() == Some(&seen.place) {
        return Decision::Nothing;
    }
    let from = known.place().map_or(String::new(), |place| format!("{} in account {}", place.distribution, place.account));
    let how = if seen.held { "" } else { " without holding it" };
    let detail = format!(
        "{from} and {} in account {} list it, the second{how}: one name is on one distribution (CF-5). Look again in an hour, for lists may \
         be old (CF-11); then remove it where it does not belong",
        seen.place.distribution, seen.place.account
    );
    let difference = told(DifferenceKind::ConflictFound, seen, Some(known), &detail);
    let set = vec![("alsoListed", value(&seen.place))];
    Decision::write(Key::alias(&seen.alias), What::Update { set, remove: vec![] }, Some(difference))
}

fn unmoved(seen: &Sighting, known: &KnownAlias, still: Option<bool>) -> Decision {
    let mut remove = Vec::new();
    match (&known.also_listed, still) {
        (Some(other), None) => return Decision::Ask(other.clone()),
        (Some(_), Some(false)) => remove.push("alsoListed"),
        _ => {}
    }
    if known.dangling {
        remove.push("dangling");
    }
    let mut set = Vec::new();
    let listing = [
        ("listedUnder", listed_under_account(&seen.place.account), &known.listed_under),
        ("listedAs", alias_listed_as(&seen.place.distribution, &seen.alias), &known.listed_as),
    ];
    set.extend(listing.into_iter().filter(|(_, wanted, has)| has.as_ref() != Some(wanted)).map(|(name, wanted, _)| (name, value(wanted))));
    if known.item.holder.as_ref() != Some(&holder(seen)) && !known.is_newer_than(seen.at) {
        set.extend([("holder", value(holder(seen))), ("seenAt", value(seen.at)), ("seenBy", value(SeenBy::Inventory))]);
    }
    if known.resting() == AliasState::UnknownOwner {
        known.rest_in(known.rest_elsewhere(), &mut set);
    }
    if set.is_empty() && remove.is_empty() {
        return Decision::Nothing;
    }
    Decision::write(Key::alias(&seen.alias), What::Update { set, remove }, None)
}

/// What follows from an alias that the registry has on a distribution of `account`, whose lists do not show it: nothing is
/// told before every account was looked at, for it may have moved. It is put aside.
pub fn put_aside(known: &KnownAlias, account: &AccountId, at: Timestamp) -> Decision {
    let is_theirs = known.place().is_some_and(|place| place.account == *account);
    if !is_theirs || known.is_newer_than(at) || known.keeps_an_earlier_move() {
        return Decision::Nothing;
    }
    let (under, listed) = (listed_to_settle(account), missing_listed_as(&known.item.alias));
    if known.listed_under.as_ref() == Some(&under) && known.listed_as.as_ref() == Some(&listed) {
        return Decision::Nothing;
    }
    let set = vec![("listedUnder", value(under)), ("listedAs", value(listed))];
    Decision::write(Key::alias(&known.item.alias), What::Update { set, remove: vec![] }, None)
}

/// What follows where an alias was put aside, every account was looked at since, and nobody lists it.
pub fn vanished(known: &KnownAlias, account: &AccountId, at: Timestamp) -> Decision {
    let aside = known.listed_under.as_deref() == Some(&listed_to_settle(account))
        && known.listed_as.as_deref() == Some(&missing_listed_as(&known.item.alias));
    let theirs = |place: &&Place| aside && place.account == *account && !known.keeps_an_earlier_move();
    let Some(place) = known.place().filter(theirs) else { return Decision::Nothing };
    let next = match &known.item.claim {
        // Between a detach and its attach that is how it has to be.
        Some(claim) => format!("it is in the hands of cutover {claim}: `cutover show` of that id tells how far it is"),
        None => "where its DNS still leads to CloudFront, viewers get an error, and a stranger can claim it (SW-14)".to_owned(),
    };
    let detail = format!("{} in account {} had it, and no distribution of ours lists it now; {next}", place.distribution, place.account);
    let mut difference = Difference::new(DifferenceKind::AliasVanished, known.item.alias.as_str(), account, at, &detail);
    difference.from = Some(place.clone());
    difference.claim.clone_from(&known.item.claim);
    let mut set = vec![("seenAt", value(at)), ("seenBy", value(SeenBy::Inventory))];
    known.rest_in(AliasState::UnknownOwner, &mut set);
    let mut remove = vec!["holder", "listedUnder", "listedAs"];
    remove.extend(known.outdated());
    Decision::write(Key::alias(&known.item.alias), What::Update { set, remove }, Some(difference))
}

/// A name in a public zone whose record set leads to CloudFront.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointing {
    /// The name.
    pub alias: Alias,
    /// The zone.
    pub zone: ZonePlace,
    /// The zone's name.
    pub zone_name: String,
    /// The domain name of CloudFront that it leads to.
    pub points_at: String,
}

/// Who has the name of a record set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// A distribution of ours has a wildcard above it.
    Wildcard,
    /// None of ours; every account was looked at.
    Nobody,
    /// Not every account was looked at.
    Unknown,
}

/// What follows from a record set that leads to CloudFront.
pub fn weigh_record(seen: &Pointing, known: Option<&KnownAlias>, behind: Behind, at: Timestamp) -> Decision {
    match known {
        Some(known) if known.place().is_some() => home(seen, known),
        // A cutover may have it in its hands this moment.
        Some(known) if known.item.claim.is_some() || known.dangling || known.is_newer_than(at) => Decision::Nothing,
        _ if behind == Behind::Nobody => dangling(seen, known, at),
        _ => Decision::Nothing,
    }
}

/// Where the record sets of an alias are: in the deepest of the zones that have some, and of two such in the one that was
/// seen first (R53-13).
fn home(seen: &Pointing, known: &KnownAlias) -> Decision {
    let deeper = known.dns_zone.as_ref().is_none_or(|name| name.len() < seen.zone_name.len());
    let same = known.item.dns.as_ref() == Some(&seen.zone);
    // A zone that a cutover has written down has no name yet.
    let wanted = match (&known.item.dns, &known.dns_zone) {
        (None, _) => true,
        (Some(_), None) => true,
        (Some(_), Some(_)) => !same && deeper,
    };
    if !wanted {
        return Decision::Nothing;
    }
    let set = vec![("dns", value(&seen.zone)), ("dnsZone", value(&seen.zone_name))];
    Decision::write(Key::alias(&seen.alias), What::Update { set, remove: vec![] }, None)
}

fn dangling(seen: &Pointing, known: Option<&KnownAlias>, at: Timestamp) -> Decision {
    let detail = format!(
        "its record set in {} leads to {}, and no distribution of ours has the name: viewers get an error, and a stranger can claim it \
         (SW-14). Delete the record set, unless a service of AWS has the name (HID-1)",
        seen.zone.hosted_zone, seen.points_at
    );
    let difference = Difference::new(DifferenceKind::DanglingRecord, seen.alias.as_str(), &seen.zone.account, at, &detail);
    let key = Key::alias(&seen.alias);
    let mut set = vec![
        ("dangling", json!(true)),
        ("listedUnder", value(listed_to_settle(&seen.zone.account))),
        ("listedAs", value(dangling_listed_as(&seen.zone.hosted_zone, &seen.alias))),
    ];
    let what = match known {
        Some(_) => What::Update { set, remove: vec![] },
        None => {
            set.extend([
                ("alias", value(&seen.alias)),
                ("state", value(AliasState::UnknownOwner)),
                ("dns", value(&seen.zone)),
                ("dnsZone", value(&seen.zone_name)),
                ("seenAt", value(at)),
                ("seenBy", value(SeenBy::Inventory)),
            ]);
            What::Create(Value::Object(set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
        }
    };
    Decision::write(key, what, Some(difference))
}

/// What follows where a record set that was told to lead to nobody does not any more: it is forgotten, so that it would be
/// told again.
pub fn led_somewhere(known: &KnownAlias, account: &AccountId) -> Decision {
    let listed = known.listed_under.as_deref() == Some(&listed_to_settle(account));
    if !known.dangling || known.item.claim.is_some() || !listed {
        return Decision::Nothing;
    }
    let remove = vec!["dangling", "listedUnder", "listedAs"];
    Decision::write(Key::alias(&known.item.alias), What::Update { set: vec![], remove }, None)
}

/// What follows from a distribution that a list shows.
pub fn weigh_distribution(seen: &DistributionSighting, known: Option<&KnownDistribution>) -> Decision {
    if known.is_some_and(|known| known.item.seen_at.is_some_and(|seen_at| seen_at > seen.at)) {
        return Decision::Nothing;
    }
    let wanted = DistributionItem {
        place: seen.place.clone(),
        domain_name: Some(seen.domain_name.clone()).filter(|name| !name.is_empty()),
        enabled: Some(seen.enabled),
        alias_count: Some(seen.alias_count),
        certificate: seen.certificate.clone(),
        seen_at: Some(seen.at),
        seen_by: Some(SeenBy::Inventory),
        claim: None,
        // Nothing that a list shows.
        deployed_at: known.and_then(|known| known.item.deployed_at),
        moved_away: known.map(|known| known.item.moved_away.clone()).unwrap_or_default(),
    };
    let expiring = expiring(seen, known);
    let same = |known: &KnownDistribution| {
        let as_seen = DistributionItem { seen_at: None, seen_by: None, claim: None, ..known.item.clone() };
        as_seen == DistributionItem { seen_at: None, seen_by: None, ..wanted.clone() } && known.listed_under.is_some()
    };
    let unchanged = known.is_some_and(same);
    if unchanged && expiring.is_none() {
        return Decision::Nothing;
    }
    let mut remove = Vec::new();
    let mut set: Vec<(&'static str, Value)> = Vec::new();
    if !unchanged {
        let place = &wanted.place;
        let which = if place.distribution.is_tenant() { "distributionTenant" } else { "distribution" };
        set.extend([
            ("account", value(&place.account)),
            (which, value(&place.distribution)),
            ("enabled", value(wanted.enabled)),
            ("aliasCount", value(wanted.alias_count)),
            ("seenAt", value(seen.at)),
            ("seenBy", value(SeenBy::Inventory)),
            ("listedUnder", value(listed_under_account(&place.account))),
            ("listedAs", value(distribution_listed_as(&place.distribution))),
        ]);
        match &wanted.domain_name {
            Some(name) => set.push(("domainName", value(name))),
            None => remove.push("domainName"),
        }
        match &wanted.certificate {
            Some(certificate) => set.push(("certificate", value(certificate))),
            None => remove.push("certificate"),
        }
    }
    if let Some((_, ends)) = &expiring {
        set.push(("certificateTold", value(ends)));
    }
    let difference = expiring.map(|(difference, _)| difference);
    let key = Key::distribution(&seen.place.distribution);
    match known {
        Some(_) => Decision::write(key, What::Update { set, remove }, difference),
        None => Decision::write(key, What::Create(Value::Object(set.into_iter().map(|(n, v)| (n.to_owned(), v)).collect())), difference),
    }
}

/// The certificate of a distribution with aliases that ends soon, where that was not told yet.
fn expiring(seen: &DistributionSighting, known: Option<&KnownDistribution>) -> Option<(Difference, Timestamp)> {
    let certificate = seen.certificate.as_ref()?;
    let ends = certificate.not_after?;
    let soon = ends.as_second() - seen.at.as_second() < CERTIFICATE_EXPIRES_SECONDS;
    let told = known.and_then(|known| known.certificate_told) == Some(ends);
    if !soon || told || seen.alias_count == 0 {
        return None;
    }
    let detail = format!(
        "{} ends at {ends}, and {} aliases of it stand on that; see in ACM why it was not renewed, or attach another one",
        certificate.arn, seen.alias_count
    );
    let (id, account) = (seen.place.distribution.as_str(), &seen.place.account);
    let mut difference = Difference::new(DifferenceKind::CertificateExpiring, id, account, seen.at, &detail);
    difference.to = Some(seen.place.clone());
    difference.claim = known.and_then(|known| known.item.claim.clone());
    Some((difference, ends))
}

/// What follows from a distribution that no list shows any more.
pub fn weigh_missing_distribution(known: &KnownDistribution, at: Timestamp) -> Decision {
    let newer = known.item.seen_at.is_some_and(|seen_at| seen_at > at);
    if newer || known.item.claim.is_some() {
        return Decision::Nothing;
    }
    Decision::write(Key::distribution(&known.item.place.distribution), What::Delete, None)
}

#[cfg(test)]
mod tests;

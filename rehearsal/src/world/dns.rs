//! Hosted zones, and who sees which answer when: Route 53's lists at once, its servers once a change is in
//! sync, resolvers and CloudFront once the old answer has run out (R53-2, DNS-5). Must not know who asks.

use super::input::{ExternalZoneInput, HostedZoneInput, RecordInput};
use super::names::normal;
use super::{Millis, World};
use std::collections::{BTreeMap, BTreeSet};

/// Hops that a chain of CNAMEs is followed (DNS-8).
const HOPS_MAX: usize = 8;
/// Names of a routed chain that are followed at once: a bound, more than Route 53 lets a name have.
const BRANCHES_MAX: usize = 1000;
/// TTL of alias record sets' answers, seconds (R53-4).
pub(super) const ALIAS_TTL_SECONDS: u32 = 60;
/// Least time until CloudFront sees a changed record, seconds (DNS-5).
const SEEN_SECONDS_MIN: u32 = 60;

/// A hosted zone.
#[derive(Debug, Clone)]
pub struct Zone {
    /// `Z…`
    pub id: String,
    /// The owning account.
    pub account: String,
    /// Lower case, no final dot.
    pub name: String,
    /// Whether only networks of AWS see it.
    pub private: bool,
    /// Whether public DNS leads to it.
    pub delegated: bool,
    /// Its name servers, lower case, without final dot. A change of its NS set does not change them.
    pub servers: Vec<String>,
    /// Types that the world gives at the apex; SOA and NS are made up where they are not among them.
    pub given_kinds: BTreeSet<String>,
    /// Every name's states, oldest first.
    pub names: BTreeMap<String, Vec<NameState>>,
    /// Changes by id: when each was submitted and is in sync.
    pub changes: BTreeMap<String, (Millis, Millis)>,
}

/// The record sets of one name between two changes.
#[derive(Debug, Clone)]
pub struct NameState {
    /// When Route 53 accepted it.
    pub accepted: Millis,
    /// When its servers answer it.
    pub in_sync: Millis,
    /// Longest TTL of what led viewers before, seconds.
    pub old_ttl: u32,
    /// The sets, in the order in which they were written.
    pub sets: Vec<RecordInput>,
}

/// Whose answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asker {
    /// CloudFront, checking a new alias.
    CloudFront,
    /// A resolver whose cached answer has this share of its TTL left when a change is in sync.
    Resolver(f64),
}

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To CloudFront, at this distribution domain name.
    ToCloudFront(String),
    /// To somewhere else.
    Elsewhere,
    /// Nowhere.
    Nowhere,
}

impl Zone {
    /// As a world gives it.
    pub fn new(given: &HostedZoneInput, delegated: bool) -> Self {
        let zone = Self::of(&given.name, &given.records, given.name_servers.as_deref(), &given.id);
        Self { id: given.id.clone(), account: given.account.clone(), private: given.private, delegated, ..zone }
    }

    /// One that Route 53 does not hold: of no account, so that no call finds it.
    pub fn external(given: &ExternalZoneInput) -> Self {
        let name = normal(&given.name);
        let zone = Self::of(&given.name, &given.records, given.name_servers.as_deref(), &name);
        Self { id: external_id(&name), delegated: true, ..zone }
    }

    fn of(name: &str, records: &[RecordInput], servers: Option<&[String]>, label: &str) -> Self {
        let mut names: BTreeMap<String, Vec<NameState>> = BTreeMap::new();
        let apex = normal(name);
        let made_up = |kind: &str, values: &[&str]| RecordInput {
            name: apex.clone(),
            kind: kind.to_owned(),
            ttl: Some(900),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..RecordInput::default()
        };
        let at_apex = records.iter().filter(|record| normal(&record.name) == apex);
        let given_kinds: BTreeSet<String> = at_apex.map(|record| record.kind.clone()).collect();
        let ns_set =
            records.iter().find(|record| record.kind == "NS" && normal(&record.name) == apex).map(|record| record.values.as_slice());
        let servers: Vec<String> = match servers.or(ns_set) {
            Some(written) => written.iter().map(|server| normal(server)).collect(),
            None => [1, 2, 3, 4].map(|number| format!("ns-{number}.{}.example", label.to_ascii_lowercase())).to_vec(),
        };
        let dotted: Vec<String> = servers.iter().map(|server| format!("{server}.")).collect();
        let first = dotted.first().map_or("", String::as_str);
        let soa = made_up("SOA", &[&format!("{first} hostmaster.example. 1 7200 900 1209600 900")]);
        let ns = made_up("NS", &dotted.iter().map(String::as_str).collect::<Vec<&str>>());
        let made = [soa, ns].into_iter().filter(|record| !given_kinds.contains(&record.kind));
        for record in records.iter().cloned().map(super::txt::quoted).chain(made) {
            let states = names.entry(normal(&record.name)).or_default();
            match states.last_mut() {
                Some(state) => state.sets.push(record),
                None => states.push(NameState { accepted: Millis::MIN, in_sync: Millis::MIN, old_ttl: 0, sets: vec![record] }),
            }
        }
        Self {
            id: String::new(),
            account: String::new(),
            name: apex,
            private: false,
            delegated: false,
            servers,
            given_kinds,
            names,
            changes: BTreeMap::new(),
        }
    }

    /// The sets of `name` as a list shows them: pending changes too.
    pub fn listed(&self, name: &str) -> &[RecordInput] {
        self.names.get(name).and_then(|states| states.last()).map_or(&[], |state| state.sets.as_slice())
    }

    /// Gives `name` other sets.
    pub fn set(&mut self, name: &str, sets: Vec<RecordInput>, accepted: Millis, in_sync: Millis) {
        let old_ttl = self.listed(name).iter().filter(|set| routes_viewers(set)).map(ttl).max().unwrap_or(0);
        self.names.entry(name.to_owned()).or_default().push(NameState { accepted, in_sync, old_ttl, sets });
    }
}

/// Where the world keeps a zone that Route 53 does not hold, by its name.
pub fn external_id(name: &str) -> String {
    format!("external:{}", normal(name))
}

/// What `zone` says of `name`: what `of` finds there, or at the closest wildcard record (RFC 4592).
pub(super) fn synthesized<T>(zone: &Zone, name: &str, of: impl Fn(&str) -> Option<T>) -> Option<T> {
    if let Some(found) = of(name) {
        return Some(found);
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if parent.len() < zone.name.len() {
            return None;
        }
        if let Some(found) = of(&format!("*.{parent}")) {
            return Some(found);
        }
        if of(parent).is_some() {
            return None;
        }
        rest = parent;
    }
    None
}

/// Whether this set decides where viewers of its name go.
pub(crate) fn routes_viewers(set: &RecordInput) -> bool {
    ["CNAME", "A", "AAAA", "HTTPS"].contains(&set.kind.as_str())
}

fn ttl(record: &RecordInput) -> u32 {
    record.ttl.unwrap_or(ALIAS_TTL_SECONDS)
}

impl World {
    /// When `asker` sees a state.
    fn seen_at(&self, state: &NameState, asker: Asker) -> Millis {
        let lag = match asker {
            Asker::CloudFront => f64::from(self.rules.cf_dns_lag_s.unwrap_or(state.old_ttl.max(SEEN_SECONDS_MIN))),
            Asker::Resolver(share) => f64::from(state.old_ttl) * share,
        };
        state.in_sync.saturating_add(super::millis(lag))
    }

    pub(super) fn sets_seen(&self, zone: &Zone, name: &str, asker: Asker, at: Millis) -> Option<Vec<RecordInput>> {
        let states = zone.names.get(name)?;
        let state = states.iter().rev().find(|state| self.seen_at(state, asker) <= at);
        state.map(|state| state.sets.clone()).filter(|sets| !sets.is_empty())
    }

    /// The zone that answers for `name` in public DNS: of the delegated ones the longest suffix (R53-13, R53-14).
    pub(super) fn zone_of(&self, name: &str) -> Option<&Zone> {
        let below = |zone: &&Zone| zone.delegated && (name == zone.name || name.ends_with(&format!(".{}", zone.name)));
        self.zones.values().filter(below).max_by_key(|zone| zone.name.len())
    }

    /// The sets that answer `name`: its own, or those of the closest wildcard record.
    fn answering(&self, name: &str, asker: Asker, at: Millis) -> Option<Vec<RecordInput>> {
        let zone = self.zone_of(name)?;
        synthesized(zone, name, |name| self.sets_seen(zone, name, asker, at))
    }

    /// Where a viewer of `name` at `location` is led by a resolver whose cached answers have `share` of their TTL left.
    pub fn leads(&self, name: &str, share: f64, location: usize, at: Millis) -> Leads {
        let mut name = name.to_owned();
        for _ in 0..HOPS_MAX {
            let sets = self.answering(&name, Asker::Resolver(share), at);
            let leading: Vec<&RecordInput> = sets.iter().flatten().filter(|set| routes_viewers(set)).collect();
            let members: Vec<&RecordInput> =
                leading.iter().filter(|set| leading.first().is_some_and(|first| first.kind == set.kind)).copied().collect();
            let set = self.chosen(&name, &members, &location.to_string());
            match self.next(&name, set) {
                Ok(next) => name = next,
                Err(leads) => return leads,
            }
        }
        Leads::Elsewhere
    }

    /// One step from `name`: the name that `set` leads to, or the end.
    fn next(&self, name: &str, set: Option<&RecordInput>) -> Result<String, Leads> {
        if name.ends_with(".cloudfront.net") {
            return Err(Leads::ToCloudFront(name.to_owned()));
        }
        let set = set.ok_or(Leads::Nowhere)?;
        let next = match (&set.alias_target, set.kind.as_str(), set.values.first()) {
            (Some(target), _, _) => normal(target),
            (None, "CNAME", Some(value)) => normal(value),
            _ => return Err(Leads::Elsewhere),
        };
        let known = next.ends_with(".cloudfront.net") || self.zone_of(&next).is_some();
        if known { Ok(next) } else { Err(Leads::Elsewhere) }
    }

    /// Every distribution domain name that `name` leads to as CloudFront sees it, by any member of a routed name, the
    /// harsher reading. `alias_records` false overlooks alias A and AAAA sets (DNS-8, U-6).
    pub fn led_to_cloudfront(&self, name: &str, at: Millis, alias_records: bool) -> BTreeSet<String> {
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut open = BTreeSet::from([name.to_owned()]);
        for _ in 0..HOPS_MAX {
            let mut further = BTreeSet::new();
            for name in open.into_iter().filter(|name| seen.insert(name.clone())).take(BRANCHES_MAX) {
                if name.ends_with(".cloudfront.net") {
                    found.insert(name);
                    continue;
                }
                let sets = self.answering(&name, Asker::CloudFront, at).unwrap_or_default();
                let leading = sets.iter().filter(|set| routes_viewers(set) && (alias_records || set.kind == "CNAME"));
                further.extend(leading.filter_map(|set| self.next(&name, Some(set)).ok()));
            }
            open = further;
        }
        found
    }

    /// The moments at which a resolver's answer for `name` may change.
    pub fn dns_changes(&self, name: &str, share: f64) -> Vec<Millis> {
        let relevant = |zone: &&Zone| name == zone.name || name.ends_with(&format!(".{}", zone.name));
        let states = self.zones.values().filter(relevant).flat_map(|zone| zone.names.values()).flatten();
        states.filter(|state| state.accepted > Millis::MIN).map(|state| self.seen_at(state, Asker::Resolver(share))).collect()
    }
}

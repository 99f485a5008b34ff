//! Route 53 record sets as far as a cutover moves them. Must not know who reads or writes them.

use crate::bounds::ALIAS_RECORD_TTL_SECONDS;
use serde::{Deserialize, Serialize};

/// Hosted zone id that every alias record set to a distribution names (R53-3).
pub const CLOUDFRONT_HOSTED_ZONE: &str = "Z2FDTNDATAQYW2";

/// One record set, its name in lower case, without trailing dot and escapes (R53-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordSet {
    /// `CNAME`, `A`, `AAAA`, `HTTPS` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Absent for an alias record set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Absent for an alias record set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Where an alias record set leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_target: Option<AliasTarget>,
    /// Which of several sets of its name and type it is, and when it answers; absent for a simple set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<Routing>,
}

/// A routing policy and a health check, each field as Route 53 has it (R53-7, W-7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Routing {
    /// Tells the members of a routed name apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_identifier: Option<String>,
    /// Weighted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// By latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// `PRIMARY` or `SECONDARY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failover: Option<String>,
    /// By place: continent, country and subdivision codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geo_location: Option<[Option<String>; 3]>,
    /// Several answers at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_value_answer: Option<bool>,
    /// The health check that must pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check_id: Option<String>,
    /// Anything else, which this crate cannot write back: a traffic policy, CIDR or geoproximity routing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// Which record sets a name gets at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecordKinds {
    /// The types that it has, leading to the target.
    #[default]
    AsTheyAre,
    /// Alias record sets: A, AAAA where the target answers IPv6, and HTTPS where there was one.
    Alias,
    /// One CNAME; not for an apex (R53-6).
    Cname,
}

impl RecordKinds {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where an alias record set leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasTarget {
    /// [`CLOUDFRONT_HOSTED_ZONE`] for a distribution.
    pub hosted_zone: String,
    /// Without trailing dot.
    pub domain_name: String,
    /// Must be false for a distribution.
    pub evaluate_target_health: bool,
}

/// The record types that send viewers somewhere. Everything else at a name is left alone.
const ROUTING_TYPES: [&str; 4] = ["CNAME", "A", "AAAA", "HTTPS"];

impl RecordSet {
    /// Whether this set decides where viewers of its name go.
    pub fn routes_viewers(&self) -> bool {
        ROUTING_TYPES.contains(&self.kind.as_str())
    }

    /// Whether this set leads to `domain_name` and nowhere else. No set leads to a domain name that nobody knows.
    pub fn points_at(&self, domain_name: &str) -> bool {
        let same = |seen: &str| !domain_name.is_empty() && seen.trim_end_matches('.').eq_ignore_ascii_case(domain_name);
        match &self.alias_target {
            Some(target) => same(&target.domain_name),
            None => self.kind == "CNAME" && matches!(self.values.as_slice(), [only] if same(only)),
        }
    }

    /// Type, TTL and where it leads, for a person.
    pub fn describe(&self) -> String {
        match (&self.alias_target, self.ttl) {
            (Some(target), _) => format!("{} alias to {}", self.kind, target.domain_name),
            (None, ttl) => format!("{} {} (TTL {})", self.kind, self.values.join(" "), ttl.unwrap_or_default()),
        }
    }

    /// How long a resolver may keep it, seconds.
    pub fn ttl_seconds(&self) -> u32 {
        self.ttl.unwrap_or(ALIAS_RECORD_TTL_SECONDS)
    }

    /// The same set, leading to `domain_name`.
    fn pointed_at(&self, domain_name: &str) -> RecordSet {
        let mut set = self.clone();
        match &mut set.alias_target {
            Some(target) => target.domain_name = domain_name.to_owned(),
            None => set.values = vec![domain_name.to_owned()],
        }
        set
    }

    /// Whether this set leads to some distribution of CloudFront.
    pub fn leads_to_cloudfront(&self) -> bool {
        self.leads_to().is_some_and(|name| name.ends_with(".cloudfront.net"))
    }

    /// The one name that this set leads to, in lower case without final dot; `None` for addresses.
    pub fn leads_to(&self) -> Option<String> {
        let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
        match (&self.alias_target, self.values.as_slice()) {
            (Some(target), _) => Some(plain(&target.domain_name)),
            (None, [only]) if self.kind == "CNAME" => Some(plain(only)),
            _ => None,
        }
    }

    fn with_low_ttl(mut self) -> RecordSet {
        self.ttl = self.ttl.map(|ttl| ttl.min(ALIAS_RECORD_TTL_SECONDS));
        self
    }
}

/// The four states of a name's record sets in the course of a cutover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecordsTo {
    /// They lead to the target, with the TTL that they had.
    Target,
    /// They are exactly as they were read before the first write (R53-8).
    AsRead,
    /// As read, but for a TTL of a minute at the most.
    LoweredAtSource,
    /// They lead to the target, with a TTL of a minute at the most.
    LoweredAtTarget,
}

impl RecordsTo {
    /// Every state.
    pub const ALL: [RecordsTo; 4] = [RecordsTo::Target, RecordsTo::AsRead, RecordsTo::LoweredAtSource, RecordsTo::LoweredAtTarget];

    /// Whether names lead to the target in it.
    pub fn is_at_target(self) -> bool {
        matches!(self, RecordsTo::Target | RecordsTo::LoweredAtTarget)
    }
}

/// What the record sets of a cutover lead to.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The source's distribution domain name.
    pub source: &'a str,
    /// The target's.
    pub target: &'a str,
    /// Whether the target answers IPv6: without it AAAA goes (R53-7).
    pub ipv6: bool,
    /// Which record sets the names get at the target.
    pub kinds: RecordKinds,
}

/// A name's sets in the state `to`, given what was read. A member of a routed name that never led to the source stays as it
/// is.
pub fn in_state(as_read: &[RecordSet], to: RecordsTo, destination: &Destination<'_>) -> Vec<RecordSet> {
    let sets = if to.is_at_target() { at_target(as_read, destination) } else { as_read.to_vec() };
    match to {
        RecordsTo::LoweredAtSource | RecordsTo::LoweredAtTarget => sets.into_iter().map(RecordSet::with_low_ttl).collect(),
        RecordsTo::Target | RecordsTo::AsRead => sets,
    }
}

fn at_target(as_read: &[RecordSet], destination: &Destination<'_>) -> Vec<RecordSet> {
    let Destination { source, target, ipv6, kinds } = *destination;
    let ours = |set: &RecordSet| set.points_at(source);
    let kept = |set: &&RecordSet| ipv6 || set.kind != "AAAA" || !ours(set);
    let moved = |set: &RecordSet| if ours(set) { set.pointed_at(target) } else { set.clone() };
    let sets: Vec<RecordSet> = as_read.iter().filter(kept).map(moved).collect();
    let is_cname = |set: &RecordSet| set.kind == "CNAME";
    match kinds {
        RecordKinds::Alias if sets.iter().any(is_cname) => {
            let kinds = if ipv6 { &["A", "AAAA"][..] } else { &["A"] };
            kinds.iter().map(|kind| alias_set(kind, target)).collect()
        }
        RecordKinds::Cname if !sets.is_empty() && !sets.iter().any(is_cname) => vec![cname_set(target)],
        _ => sets,
    }
}

/// An alias record set to a distribution (R53-3).
fn alias_set(kind: &str, domain_name: &str) -> RecordSet {
    let target =
        AliasTarget { hosted_zone: CLOUDFRONT_HOSTED_ZONE.to_owned(), domain_name: domain_name.to_owned(), evaluate_target_health: false };
    RecordSet { kind: kind.to_owned(), ttl: None, values: vec![], alias_target: Some(target), routing: None }
}

fn cname_set(domain_name: &str) -> RecordSet {
    let values = vec![domain_name.to_owned()];
    RecordSet { kind: "CNAME".to_owned(), ttl: Some(ALIAS_RECORD_TTL_SECONDS), values, alias_target: None, routing: None }
}

/// Whether two lists hold the same sets, each with the same values, in any order, however a CNAME's value is dotted (R53-12).
/// Members of a routed name are told apart by their routing.
pub fn same_sets(left: &[RecordSet], right: &[RecordSet]) -> bool {
    let plain = |set: &RecordSet| {
        let value = |value: &String| if set.kind == "CNAME" { value.trim_end_matches('.').to_ascii_lowercase() } else { value.clone() };
        let mut values: Vec<String> = set.values.iter().map(value).collect();
        values.sort();
        RecordSet { values, ..set.clone() }
    };
    let mut right: Vec<RecordSet> = right.iter().map(plain).collect();
    let same_number = left.len() == right.len();
    let taken = |set: &RecordSet| {
        let found = right.iter().position(|other| *other == plain(set));
        found.map(|position| right.swap_remove(position)).is_some()
    };
    same_number && left.iter().all(taken)
}

#[cfg(test)]
mod tests;

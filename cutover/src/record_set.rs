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
    /// Whether it carries anything else: a routing policy, a health check, a traffic policy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub routed: bool,
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

    /// Whether this set leads to `domain_name` and nowhere else.
    pub fn points_at(&self, domain_name: &str) -> bool {
        let same = |seen: &str| seen.trim_end_matches('.').eq_ignore_ascii_case(domain_name);
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
}

/// A name's sets, all leading to `domain_name`. Without IPv6 there, AAAA goes (R53-7).
pub fn pointed_at(sets: &[RecordSet], domain_name: &str, ipv6: bool) -> Vec<RecordSet> {
    sets.iter().filter(|set| ipv6 || set.kind != "AAAA").map(|set| set.pointed_at(domain_name)).collect()
}

/// Whether two lists hold the same sets, in any order, however a CNAME's value is dotted (R53-12).
pub fn same_sets(left: &[RecordSet], right: &[RecordSet]) -> bool {
    let plain = |set: &RecordSet| match set.kind.as_str() {
        "CNAME" => {
            RecordSet { values: set.values.iter().map(|value| value.trim_end_matches('.').to_ascii_lowercase()).collect(), ..set.clone() }
        }
        _ => set.clone(),
    };
    let right: Vec<RecordSet> = right.iter().map(plain).collect();
    left.len() == right.len() && left.iter().all(|set| right.contains(&plain(set)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias_record(kind: &str, domain_name: &str) -> RecordSet {
        let target = AliasTarget {
            hosted_zone: CLOUDFRONT_HOSTED_ZONE.to_owned(),
            domain_name: domain_name.to_owned(),
            evaluate_target_health: false,
        };
        RecordSet { kind: kind.to_owned(), ttl: None, values: vec![], alias_target: Some(target), routed: false }
    }

    #[test]
    fn pointing_away_and_back_restores_every_field() {
        let cname = RecordSet {
            kind: "CNAME".to_owned(),
            ttl: Some(300),
            values: vec!["xyz.cloudfront.net".to_owned()],
            alias_target: None,
            routed: false,
        };
        for sets in [vec![cname], vec![alias_record("A", "xyz.cloudfront.net"), alias_record("AAAA", "xyz.cloudfront.net")]] {
            let away = pointed_at(&sets, "qrs.cloudfront.net", true);
            assert!(away.iter().all(|set| set.points_at("qrs.cloudfront.net") && !set.points_at("xyz.cloudfront.net")));
            assert!(same_sets(&pointed_at(&away, "xyz.cloudfront.net", true), &sets));
        }
    }

    #[test]
    fn without_ipv6_at_the_target_the_aaaa_set_goes() {
        let sets = [alias_record("A", "xyz.cloudfront.net"), alias_record("AAAA", "xyz.cloudfront.net")];
        let away = pointed_at(&sets, "qrs.cloudfront.net", false);
        assert_eq!(away.iter().map(|set| set.kind.as_str()).collect::<Vec<_>>(), ["A"]);
    }

    #[test]
    fn a_trailing_dot_and_case_make_no_difference() {
        assert!(alias_record("A", "XYZ.cloudfront.net.").points_at("xyz.cloudfront.net"));
    }
}

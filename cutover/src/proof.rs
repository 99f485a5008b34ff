//! The TXT proof by which AWS's move APIs know that a name may join a distribution: where it stands, and what its
//! record set holds when (TXT-1 to TXT-9). Must not know who reads or writes it.

use crate::name::Alias;
use serde::{Deserialize, Serialize};

/// TTL of a proof's record set that was not there before, seconds.
pub const PROOF_TTL_SECONDS: u32 = 60;

/// Which distribution the proofs let take the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Proves {
    /// The target.
    Target,
    /// The source, on the way back.
    Source,
    /// Neither: the record sets are as they were read.
    Nobody,
}

/// What stood at a proof's name before the first write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProofSnapshot {
    /// Where its proof stands: `_www.foo.com`.
    pub name: String,
    /// TTL of the TXT record set that stood there, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Its values, in Route 53's quotes; empty where there was none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// Where the proof of `alias` stands, given the hosted zone's name: `_www.foo.com`, `_.foo.com` for an apex (TXT-1),
/// `_*.foo.com` for a wildcard (TXT-2).
///
/// `None` where it can stand nowhere in this zone: the apex of a zone that was delegated by a parent has its proof in the
/// parent (TXT-9), and `_` before a name or label at its longest makes it too long for DNS.
pub fn proof_name(alias: &Alias, zone: &str) -> Option<String> {
    let is_apex = alias.as_str() == zone;
    if is_apex && psl::domain_str(zone) != Some(zone) {
        return None;
    }
    let name = if is_apex { format!("_.{alias}") } else { format!("_{alias}") };
    let fits = name.len() <= 253 && name.split('.').all(|label| label.len() <= 63);
    fits.then_some(name)
}

/// A distribution domain name as a TXT value in Route 53's quotes (TXT-4).
pub fn quoted(domain_name: &str) -> String {
    format!("\"{domain_name}\"")
}

/// Whether a TXT value is the proof of the distribution with this domain name. None is of one that nobody knows.
pub fn is_proof_of(value: &str, domain_name: &str) -> bool {
    !domain_name.is_empty() && quoted(domain_name).eq_ignore_ascii_case(value)
}

/// The values that the record set is to have, given those that it has now. Everybody else's values stay; the proof of
/// the other side goes, so that there are never two (TXT-8). Empty means no record set.
pub fn proof_values(snapshot: &ProofSnapshot, now: &[String], proves: Proves, target: &str, source: &str) -> Vec<String> {
    let is_ours = |value: &&String| is_proof_of(value, target) || is_proof_of(value, source);
    let mut values: Vec<String> = now.iter().filter(|value| !is_ours(value)).cloned().collect();
    match proves {
        Proves::Target => values.push(quoted(target)),
        Proves::Source => values.push(quoted(source)),
        Proves::Nobody => values.extend(snapshot.values.iter().filter(is_ours).cloned()),
    }
    if same_values(&values, &snapshot.values) { snapshot.values.clone() } else { values }
}

/// Whether two lists hold the same values as often, in any order. Route 53 refuses one that is there twice.
pub fn same_values(left: &[String], right: &[String]) -> bool {
    let sorted = |values: &[String]| {
        let mut values = values.to_vec();
        values.sort();
        values
    };
    sorted(left) == sorted(right)
}

#[cfg(test)]
mod tests;

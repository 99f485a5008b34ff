//! Under which keys the table's items stand, and under which the index lists them. Must not know what is in an item.

use crate::ids::{AccountId, DistributionId, HostedZoneId};
use crate::name::Alias;
use jiff::Timestamp;

/// The table in the home account.
pub const TABLE: &str = "cutover";
/// Its only index: `listedUnder`, then `listedAs`. Items without both are not in it.
pub const INDEX: &str = "listed";
/// Under what the index lists every claim that is held, by the end of its time.
pub const CLAIMS: &str = "CLAIMS";

/// Under what the index lists every difference that an inventory has told, by time.
pub const DIFFERENCES: &str = "DIFFERENCES";

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition key, attribute `pk`.
    pub pk: String,
    /// Sort key, attribute `sk`.
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: &str) -> Self {
        Self { pk, sk: sk.to_owned() }
    }

    /// What is known of an alias.
    pub fn alias(alias: &Alias) -> Self {
        Self::new(format!("ALIAS#{alias}"), "ALIAS")
    }

    /// What is known of a distribution or tenant.
    pub fn distribution(id: &DistributionId) -> Self {
        Self::new(format!("DISTRIBUTION#{id}"), "DISTRIBUTION")
    }

    /// The claim of the cutover called `id`.
    pub fn claim(id: &str) -> Self {
        Self::new(format!("CUTOVER#{id}"), "CLAIM")
    }

    /// Its document.
    pub fn document(id: &str) -> Self {
        Self::new(format!("CUTOVER#{id}"), "DOCUMENT")
    }

    /// Its `number`th event. Events sort by their number.
    pub fn event(id: &str, number: u64) -> Self {
        Self::new(format!("CUTOVER#{id}"), &format!("EVENT#{number:08}"))
    }

    /// What somebody else wrote while it held its claim.
    pub fn foreign_write(id: &str, event_id: &str) -> Self {
        Self::new(format!("CUTOVER#{id}"), &format!("FOREIGN#{event_id}"))
    }

    /// What an inventory told of `name`: once in each scan for each kind of difference.
    pub fn difference(scan: &str, kind: &str, name: &str) -> Self {
        Self::new(format!("DIFFERENCE#{scan}"), &format!("{kind}#{name}"))
    }

    /// That an event of the bus was dealt with (EB-1).
    pub fn seen_event(event_id: &str) -> Self {
        Self::new(format!("SEEN#{event_id}"), "SEEN")
    }
}

/// Under what the index lists everything that is on distributions of `account`.
pub fn listed_under_account(account: &AccountId) -> String {
    format!("ACCOUNT#{account}")
}

/// As what the index lists an alias of `distribution`.
pub fn alias_listed_as(distribution: &DistributionId, alias: &Alias) -> String {
    format!("DISTRIBUTION#{distribution}#{alias}")
}

/// As what the index lists a distribution: directly before its aliases.
pub fn distribution_listed_as(distribution: &DistributionId) -> String {
    format!("DISTRIBUTION#{distribution}")
}

/// Under what the index lists what can be said of `account` only after every account was looked at: the aliases that its
/// distributions do not list any more, and the record sets behind which nobody's alias was.
pub fn listed_to_settle(account: &AccountId) -> String {
    format!("SETTLE#{account}")
}

/// As what the index lists an alias that its distribution does not list any more.
pub fn missing_listed_as(alias: &Alias) -> String {
    format!("{MISSING}{alias}")
}

/// How that begins.
pub const MISSING: &str = "MISSING#";

/// As what the index lists a name whose record set in `zone` leads to CloudFront with nobody's alias behind it.
pub fn dangling_listed_as(zone: &HostedZoneId, alias: &Alias) -> String {
    format!("DANGLING#{zone}#{alias}")
}

/// As what the index lists a difference that was told at `at`.
pub fn difference_listed_as(at: Timestamp, scan: &str, kind: &str, name: &str) -> String {
    format!("{:020}#{scan}#{kind}#{name}", at.as_second())
}

/// As what the index lists a claim that is held until `until`.
pub fn claim_listed_as(until: Timestamp, id: &str) -> String {
    format!("{:020}#{id}", until.as_second())
}

#[cfg(test)]
mod tests;

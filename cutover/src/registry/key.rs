//! Under which keys the table's items stand, and under which the index lists them. Must not know what is in an item.

use crate::ids::{AccountId, DistributionId};
use crate::name::Alias;
use jiff::Timestamp;

/// The table in the home account.
pub const TABLE: &str = "cutover";
/// Its only index: `listedUnder`, then `listedAs`. Items without both are not in it.
pub const INDEX: &str = "listed";
/// Under what the index lists every claim that is held, by the end of its time.
pub const CLAIMS: &str = "CLAIMS";

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

/// As what the index lists a claim that is held until `until`.
pub fn claim_listed_as(until: Timestamp, id: &str) -> String {
    format!("{:020}#{id}", until.as_second())
}

//! A look at every account, and the differences between it and the registry that it tells. Must not know how anything was
//! looked at, nor where a difference is told.

use super::key::{DIFFERENCES, Key, difference_listed_as};
use crate::bounds::cut;
use crate::ids::{AccountId, Place};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long a difference is kept, seconds: 90 days, as an execution's history is.
const DIFFERENCE_SECONDS: i64 = 90 * 24 * 3600;

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DifferenceKind {
    /// A distribution lists an alias that none of ours had.
    AliasAppeared,
    /// Another distribution lists it than the registry knew, and that one does not any more.
    AliasMoved,
    /// No distribution of ours lists it any more.
    AliasVanished,
    /// Two distributions list it.
    ConflictFound,
    /// The certificate of a distribution with aliases ends within 30 days.
    CertificateExpiring,
    /// A record set leads to CloudFront, where nobody of ours has its name: viewers get an error, and a stranger can claim the
    /// name (SW-14).
    DanglingRecord,
}

impl DifferenceKind {
    /// Every kind.
    pub const ALL: [DifferenceKind; 6] = [
        DifferenceKind::AliasAppeared,
        DifferenceKind::AliasMoved,
        DifferenceKind::AliasVanished,
        DifferenceKind::ConflictFound,
        DifferenceKind::CertificateExpiring,
        DifferenceKind::DanglingRecord,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            DifferenceKind::AliasAppeared => "aliasAppeared",
            DifferenceKind::AliasMoved => "aliasMoved",
            DifferenceKind::AliasVanished => "aliasVanished",
            DifferenceKind::ConflictFound => "conflictFound",
            DifferenceKind::CertificateExpiring => "certificateExpiring",
            DifferenceKind::DanglingRecord => "danglingRecord",
        }
    }
}

/// One difference, told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Which.
    pub kind: DifferenceKind,
    /// The alias, the name of the record set, or the distribution's id.
    pub name: String,
    /// The account in which it was seen.
    pub account: AccountId,
    /// When it was seen.
    pub at: Timestamp,
    /// Where the registry had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Place>,
    /// Where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Place>,
    /// The cutover that has claimed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// For a person: what was seen, why it matters, what to do.
    pub detail: String,
}

impl Difference {
    pub(super) fn new(kind: DifferenceKind, name: &str, account: &AccountId, at: Timestamp, detail: &str) -> Self {
        let (name, account, detail) = (name.to_owned(), account.clone(), cut(detail));
        Self { kind, name, account, at, from: None, to: None, claim: None, detail }
    }

    /// Where it stands in the registry, told by the scan called `scan`.
    pub fn key(&self, scan: &str) -> Key {
        Key::difference(scan, self.kind.as_str(), &self.name)
    }

    /// As the registry keeps it.
    pub fn item(&self, scan: &str) -> DifferenceItem {
        DifferenceItem {
            difference: self.clone(),
            scan: scan.to_owned(),
            expires: self.at.as_second().saturating_add(DIFFERENCE_SECONDS),
            listed_under: DIFFERENCES.to_owned(),
            listed_as: difference_listed_as(self.at, scan, self.kind.as_str(), &self.name),
        }
    }
}

/// A difference, as the table has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DifferenceItem {
    /// What differed.
    #[serde(flatten)]
    pub difference: Difference,
    /// The name of the scan's execution.
    pub scan: String,
    /// When the table may drop it, seconds since the epoch (DDB-4).
    pub expires: i64,
    /// Under what the index lists it.
    pub listed_under: String,
    /// As what: by time.
    pub listed_as: String,
}

/// What a scan found, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counts {
    /// Distributions and tenants that were seen.
    pub distributions: u64,
    /// Aliases that they list.
    pub aliases: u64,
    /// Aliases that two of them list, whether told now or before.
    pub conflicts: u64,
    /// Items of the registry that were written.
    pub written: u64,
    /// Differences told, by kind.
    pub told: BTreeMap<DifferenceKind, u64>,
}

impl Counts {
    /// Adds what another part of the scan has found.
    pub fn add(&mut self, other: &Counts) {
        self.distributions += other.distributions;
        self.aliases += other.aliases;
        self.conflicts += other.conflicts;
        self.written += other.written;
        for (kind, count) in &other.told {
            *self.told.entry(*kind).or_default() += count;
        }
    }

    /// How many differences were told.
    pub fn differences(&self) -> u64 {
        self.told.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_as_it_is_serialised() {
        for kind in DifferenceKind::ALL {
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.as_str().into()));
        }
    }
}

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

    use crate::samples_of_registry::{NEW, account, new, old, time};

    fn difference() -> Difference {
        let at = time("2026-12-01T00:00:00.9Z");
        let told = Difference::new(DifferenceKind::AliasMoved, "a.foo.com", &account(NEW), at, "it was there\nand is here");
        Difference { from: Some(old()), to: Some(new()), claim: Some("move-a-foo".to_owned()), ..told }
    }

    #[test]
    fn a_difference_begins_with_what_was_seen_and_a_detail_of_one_line() {
        let told = Difference::new(DifferenceKind::DanglingRecord, "a.foo.com", &account(NEW), time("2026-12-01T00:00:00Z"), "one\ntwo");
        let (kind, name, place) = (told.kind, told.name.as_str(), told.account.as_str());
        assert_eq!((kind, name, place), (DifferenceKind::DanglingRecord, "a.foo.com", NEW));
        assert_eq!((told.detail.as_str(), told.at), ("one two", time("2026-12-01T00:00:00Z")));
        assert_eq!((told.from, told.to, told.claim), (None, None, None), "whoever knows more of it says so");
    }

    #[test]
    fn a_difference_stands_once_in_each_scan_for_each_kind_and_name() {
        let key = difference().key("scan-1");
        assert_eq!((key.pk.as_str(), key.sk.as_str()), ("DIFFERENCE#scan-1", "aliasMoved#a.foo.com"));
        assert_ne!(difference().key("scan-2"), key, "the next scan tells its own");
        let vanished = Difference { kind: DifferenceKind::AliasVanished, ..difference() };
        assert_ne!(vanished.key("scan-1"), key, "one scan may tell two things of one name");
    }

    #[test]
    fn a_difference_is_kept_for_90_days_and_listed_by_the_time_at_which_it_was_seen() {
        let item = difference().item("scan-1");
        assert_eq!((&item.difference, item.scan.as_str()), (&difference(), "scan-1"));
        assert_eq!(item.expires, time("2027-03-01T00:00:00Z").as_second(), "90 days, in the whole seconds of DDB-4");
        assert_eq!(item.listed_under, "DIFFERENCES");
        assert_eq!(item.listed_as, "00000000001796083200#scan-1#aliasMoved#a.foo.com");
    }

    #[test]
    fn the_parts_of_a_scan_add_up_number_by_number_and_kind_by_kind() {
        use DifferenceKind::{AliasMoved, ConflictFound, DanglingRecord};
        let mut sum = Counts::default();
        assert_eq!(sum.differences(), 0, "nothing was looked at yet");
        let told = [(AliasMoved, 2), (ConflictFound, 1)].into();
        sum.add(&Counts { distributions: 3, aliases: 5, conflicts: 2, written: 4, told });
        sum.add(&Counts { distributions: 4, aliases: 7, conflicts: 3, written: 5, told: [(AliasMoved, 3), (DanglingRecord, 2)].into() });
        let told = [(AliasMoved, 5), (ConflictFound, 1), (DanglingRecord, 2)].into();
        assert_eq!(sum, Counts { distributions: 7, aliases: 12, conflicts: 5, written: 9, told });
        assert_eq!(sum.differences(), 8);
    }

    #[test]
    fn a_kind_is_written_as_it_is_serialised() {
        for kind in DifferenceKind::ALL {
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.as_str().into()));
        }
    }
}

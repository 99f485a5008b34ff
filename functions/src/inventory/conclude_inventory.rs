//! Adds up what was found in every account, and says which could not be looked at. Reads and writes nothing.

use crate::answer::Failure;
use cutover::document::Execution;
use cutover::registry::scan::{Counts, DifferenceKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Accounts that the cause names.
const NAMED_MAX: usize = 10;

/// What the definition hands over: each account twice, from its scan and from its settling.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Found {
    scan: Execution,
    scans: Vec<Of>,
    settled: Vec<Of>,
}

/// What became of one account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Of {
    account: String,
    failed: bool,
    /// The error's name, where it failed.
    #[serde(default)]
    why: Option<String>,
    #[serde(default)]
    counts: Counts,
}

/// The end of an inventory.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    scan: Execution,
    accounts: usize,
    distributions: u64,
    aliases: u64,
    conflicts: u64,
    written: u64,
    differences: u64,
    told: BTreeMap<DifferenceKind, u64>,
    /// Accounts that could not be looked at, with the error's name.
    not_scanned: BTreeMap<String, String>,
    complete: bool,
    /// For the execution's cause, where it fails.
    cause: String,
}

pub(super) fn conclude_inventory(found: Found) -> Result<Summary, Failure> {
    let mut counts = Counts::default();
    let mut not_scanned = BTreeMap::new();
    for of in found.scans.iter().chain(&found.settled) {
        counts.add(&of.counts);
        if of.failed {
            not_scanned.entry(of.account.clone()).or_insert_with(|| of.why.clone().unwrap_or_default());
        }
    }
    let named: Vec<String> = not_scanned.iter().take(NAMED_MAX).map(|(account, why)| format!("{account} ({why})")).collect();
    let others = not_scanned.len().saturating_sub(NAMED_MAX);
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    let cause = format!(
        "{} of {} accounts could not be looked at: {}{more}. All others were; what needs every account (aliases that vanished, record sets \
         that lead to nobody) was left for the next inventory. The runbook says what to do",
        not_scanned.len(),
        found.scans.len(),
        named.join(", ")
    );
    let summary = Summary {
        complete: not_scanned.is_empty(),
        cause: if not_scanned.is_empty() { String::new() } else { cause },
        scan: found.scan,
        accounts: found.scans.len(),
        distributions: counts.distributions,
        aliases: counts.aliases,
        conflicts: counts.conflicts,
        written: counts.written,
        differences: counts.differences(),
        told: counts.told,
        not_scanned,
    };
    tracing::info!(
        scan = summary.scan.name(),
        accounts = summary.accounts,
        aliases = summary.aliases,
        differences = summary.differences,
        not_scanned = summary.not_scanned.len(),
        "inventory done"
    );
    Ok(summary)
}

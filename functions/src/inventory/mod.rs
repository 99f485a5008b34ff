//! The inventory: what is on which distribution, in every account, beside what the registry has. It writes what differs,
//! tells each difference once, and reads lists only. Must not know why anything differs.

mod conclude_inventory;
mod ledger;
mod lists;
mod member;
mod others;
mod scan_account;
mod settle_account;
mod shelf;
mod subject;
mod zones;

use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use cutover::document::Execution;
use cutover::error_name::ErrorName;
use cutover::ids::AccountId;
use cutover::registry::scan::{Counts, Difference};
use cutover::step::Errand;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// After this time an errand hands back where it is: its function has 300 s.
const BUDGET_SECONDS: i64 = 200;

/// One round of an errand about one account: its input, and its output. With a cursor it is not done yet.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Round<C> {
    /// The account.
    account: AccountId,
    /// The execution of the inventory.
    scan: Execution,
    /// Whether some account could not be looked at.
    #[serde(default)]
    unread: bool,
    /// Where the next round begins.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    cursor: Option<C>,
    /// What this and earlier rounds have found.
    #[serde(default)]
    counts: Counts,
    /// The first differences of this round; all are in the registry.
    #[serde(default)]
    differences: Vec<Difference>,
}

fn none<C>() -> Option<C> {
    None
}

/// Time that is spent.
#[derive(Debug)]
struct Budget<'a> {
    clock: &'a Clock,
    began: Timestamp,
}

impl<'a> Budget<'a> {
    fn new(clock: &'a Clock) -> Self {
        Self { clock, began: clock.now() }
    }

    fn is_over(&self) -> bool {
        self.clock.now().as_second() - self.began.as_second() >= BUDGET_SECONDS
    }
}

/// Does `errand`.
pub(crate) async fn run(home: &Home, clock: &Clock, errand: Errand, input: &Value) -> Result<Value, Failure> {
    match errand {
        Errand::ScanAccount => Box::pin(scan_account::scan_account(home, clock, read(input)?)).await.and_then(written),
        Errand::SettleAccount => Box::pin(settle_account::settle_account(home, clock, read(input)?)).await.and_then(written),
        Errand::ConcludeInventory => conclude_inventory::conclude_inventory(read(input)?).and_then(written),
        Errand::WatchWrites => Err(Failure::new(ErrorName::MalformedDocument, "the sentinel is no part of an inventory")),
    }
}

fn read<T: DeserializeOwned>(input: &Value) -> Result<T, Failure> {
    T::deserialize(input)
        .map_err(|error| Failure::new(ErrorName::MalformedDocument, format!("the input is none of an inventory's: {error}")))
}

fn written(output: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(output).map_err(|error| Failure::new(ErrorName::MalformedDocument, error.to_string()))
}

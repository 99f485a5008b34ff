//! Writes decisions into the registry, many in one transaction, each difference in the same one as its change: so it is told
//! exactly once. An item that is not as it was read any more goes back to be decided again, and so does one whose write may
//! or may not have been made (DDB-7). Must not know how anything is decided.

use super::shelf::key_of;
use super::subject::Subject;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::registry::table::{ACTIONS_MAX, Action, Change, Item, KEYS_MAX, Table, Written};
use cutover::error_name::ErrorName;
use cutover::registry::Key;
use cutover::registry::difference::{What, Write};
use cutover::registry::scan::{Counts, Difference};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Differences that one round hands back; all are in the registry.
const DIFFERENCES_SHOWN: usize = 50;
/// Transactions in a row that do not answer.
const UNANSWERED_MAX: u32 = 5;
/// The pause after the first of these, milliseconds; each is as much longer.
const PAUSE_MILLIS: u64 = 500;
/// What of an item has to be as it was read: when it was seen, how it stands, who has claimed it, and as what it is listed,
/// which says who has it.
const GUARDED: [&str; 4] = ["seenAt", "state", "claim", "listedAs"];

/// A write that is to be made.
#[derive(Debug)]
struct Pending {
    subject: Subject,
    /// The item as it was read.
    known: Option<Item>,
    write: Write,
}

/// What is written next, and what was.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    table: &'a Table,
    clock: &'a Clock,
    scan: &'a str,
    pending: Vec<Pending>,
    keys: HashSet<Key>,
    requests: u64,
    unanswered: u32,
    pub(super) counts: Counts,
    pub(super) differences: Vec<Difference>,
}

impl<'a> Ledger<'a> {
    /// For the scan called `scan`, which has found `counts` before.
    pub(super) fn new(table: &'a Table, clock: &'a Clock, scan: &'a str, counts: Counts) -> Self {
        let (pending, keys, differences) = (Vec::new(), HashSet::new(), Vec::new());
        Self { table, clock, scan, pending, keys, requests: 0, unanswered: 0, counts, differences }
    }

    /// Whether what is pending has to be written before anything about `key` can be added.
    pub(super) fn must_flush(&self, key: &Key) -> bool {
        self.actions() + 2 > ACTIONS_MAX || self.keys.contains(key)
    }

    fn actions(&self) -> usize {
        self.pending.iter().map(|pending| 1 + usize::from(pending.write.difference.is_some())).sum()
    }

    /// Adds a write of the item that was read as `known`.
    pub(super) fn add(&mut self, subject: Subject, known: Option<Item>, write: Write) {
        self.keys.insert(write.key.clone());
        self.pending.push(Pending { subject, known, write });
    }

    /// Makes what is pending. Returns what has to be decided again, with the items as they are.
    pub(super) async fn flush(&mut self) -> Result<Vec<(Subject, Option<Item>)>, Failure> {
        let pending = std::mem::take(&mut self.pending);
        self.keys.clear();
        if pending.is_empty() {
            return Ok(vec![]);
        }
        let (mut actions, mut whose) = (Vec::new(), Vec::new());
        for (at, pending) in pending.iter().enumerate() {
            actions.push(action(pending)?);
            whose.push(at);
            if let Some(difference) = &pending.write.difference {
                actions.push(Action::create(&difference.key(self.scan), &difference.item(self.scan))?);
                whose.push(at);
            }
        }
        let unique = self.unique(&pending);
        match self.table.write(actions, &unique).await {
            Ok(Written::Done) => {
                self.unanswered = 0;
                pending.into_iter().for_each(|pending| self.made(pending));
                Ok(vec![])
            }
            Ok(Written::Refused(positions)) => {
                let refused: HashSet<usize> = positions.into_iter().filter_map(|position| whose.get(position).copied()).collect();
                self.look_again(pending, |at| refused.contains(&at)).await
            }
            Err(failure) if failure.name == ErrorName::RegistryUnavailable && self.unanswered < UNANSWERED_MAX => {
                self.unanswered += 1;
                self.clock.sleep_millis(PAUSE_MILLIS * u64::from(self.unanswered)).await;
                self.look_again(pending, |_| true).await
            }
            Err(failure) => Err(failure),
        }
    }

    /// One for each request: what was refused may be decided alike at the same moment, of items that have changed.
    fn unique(&mut self, pending: &[Pending]) -> String {
        self.requests += 1;
        let writes: Vec<&Write> = pending.iter().map(|pending| &pending.write).collect();
        format!("{} {} {} {writes:?}", self.scan, self.clock.now(), self.requests)
    }

    /// Nothing was written, or nobody knows: reads what `changed` says of, and tells what was written after all.
    async fn look_again(
        &mut self,
        pending: Vec<Pending>,
        changed: impl Fn(usize) -> bool,
    ) -> Result<Vec<(Subject, Option<Item>)>, Failure> {
        let keys_of = |pending: &Pending| {
            let difference = pending.write.difference.as_ref().map(|difference| difference.key(self.scan));
            std::iter::once(pending.write.key.clone()).chain(difference).collect::<Vec<Key>>()
        };
        let keys: Vec<Key> = pending.iter().enumerate().filter(|(at, _)| changed(*at)).flat_map(|(_, pending)| keys_of(pending)).collect();
        let mut found: HashMap<Key, Item> = HashMap::new();
        for keys in keys.chunks(KEYS_MAX) {
            found.extend(self.table.get_all(keys).await?.into_iter().map(|item| (key_of(&item), item)));
        }
        let mut again = Vec::new();
        for (at, pending) in pending.into_iter().enumerate() {
            let told = pending.write.difference.as_ref().is_some_and(|difference| found.contains_key(&difference.key(self.scan)));
            match (changed(at), told) {
                (true, true) => self.made(pending),
                (true, false) => again.push((pending.subject, found.remove(&pending.write.key))),
                (false, _) => again.push((pending.subject, pending.known)),
            }
        }
        Ok(again)
    }

    fn made(&mut self, pending: Pending) {
        self.counts.written += 1;
        let Some(difference) = pending.write.difference else { return };
        *self.counts.told.entry(difference.kind).or_default() += 1;
        tracing::warn!(
            scan = self.scan,
            kind = difference.kind.as_str(),
            name = difference.name,
            account = difference.account.as_str(),
            claim = difference.claim,
            detail = difference.detail,
            "difference found"
        );
        if self.differences.len() < DIFFERENCES_SHOWN {
            self.differences.push(difference);
        }
    }
}

fn action(pending: &Pending) -> Result<Action, Failure> {
    let key = pending.write.key.clone();
    match &pending.write.what {
        What::Create(item) => Action::create(&key, item),
        What::Delete => Ok(Action::Delete(guarded(key, "", &[], pending.known.as_ref())?)),
        What::Update { set, remove } => {
            let sets: Vec<String> = set.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
            let removes: Vec<String> = remove.iter().map(|name| format!("#{name}")).collect();
            let part = |verb: &str, list: Vec<String>| if list.is_empty() { String::new() } else { format!("{verb} {} ", list.join(", ")) };
            let expression = [part("SET", sets), part("REMOVE", removes)].concat();
            Ok(Action::Change(guarded(key, expression.trim_end(), set, pending.known.as_ref())?))
        }
    }
}

/// The change, where the item is as it was read.
fn guarded(key: Key, expression: &str, set: &[(&'static str, Value)], known: Option<&Item>) -> Result<Change, Failure> {
    let was = |name: &str| known.and_then(|item| item.get(name)).cloned();
    let conditions: Vec<String> = GUARDED
        .iter()
        .map(|name| if was(name).is_some() { format!("#{name} = :{name}Was") } else { format!("attribute_not_exists( #{name} )") })
        .collect();
    let condition = format!("attribute_exists(pk) AND {}", conditions.join(" AND "));
    let mut change = Change::of(key, expression, &condition);
    for (name, value) in set {
        change = change.with(name, value)?;
    }
    for name in GUARDED {
        if let Some(value) = was(name) {
            let unreadable = |error: serde_dynamo::Error| Failure::new(ErrorName::UnknownAnswer, format!("the registry: {error}"));
            let value: Value = serde_dynamo::from_attribute_value(value).map_err(unreadable)?;
            change = change.with(&format!("{name}Was"), value)?;
        }
    }
    Ok(change)
}

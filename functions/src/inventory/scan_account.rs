//! Looks at every distribution and tenant of one account, holds that beside what the index lists under it, and writes what
//! differs. Lists and index are walked side by side, in one order: a page at a time of the index, the lists in as few bytes as
//! they take. Must not know which accounts there are.

use super::ledger::Ledger;
use super::member::Member;
use super::others::Others;
use super::shelf::{Shelf, key_of, text};
use super::subject::{Scene, Subject};
use super::{Budget, Round, lists};
use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::metrics;
use crate::registry::table::{Item, KEYS_MAX, Table};
use cutover::error_name::ErrorName;
use cutover::name::Alias;
use cutover::registry::Key;
use cutover::registry::difference::Decision;
use cutover::registry::key::{distribution_listed_as, listed_under_account};
use cutover::registry::sighting::{Entry, Lists};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Entries between two looks at the clock.
const ENTRIES_BETWEEN_LOOKS: u64 = 256;
/// How often what was decided is decided again, because an item had changed.
const AGAIN_MAX: usize = 8;

/// Where the next round begins.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cursor {
    /// As what the index lists the last entry that is done.
    after: String,
    /// Rounds so far.
    round: u32,
}

pub(super) async fn scan_account(home: &Home, clock: &Clock, input: Round<Cursor>) -> Result<Round<Cursor>, Failure> {
    let Round { account, scan, cursor, counts, unread, .. } = input;
    let budget = Budget::new(clock);
    let member = Member::looked_at(home, &scan, &account).await?;
    let lists = lists::read(&member, &account, &budget).await?;
    let table = Table::of(home);
    let mut walk = Walk {
        table: &table,
        budget: &budget,
        lists: &lists,
        scene: Scene { account: account.clone(), at: lists.at() },
        others: Others::new(home, clock, &scan),
        unmatched: Vec::new(),
        ledger: Ledger::new(&table, clock, scan.name(), counts),
    };
    if cursor.is_none() {
        walk.ledger.counts.distributions += lists.distributions();
        walk.ledger.counts.aliases += lists.aliases();
    }
    let (after, round) = cursor.map_or((None, 0), |cursor| (Some(cursor.after), cursor.round));
    let after = Box::pin(walk.through(after)).await?;
    let Ledger { counts, differences, .. } = walk.ledger;
    if after.is_none() {
        metrics::scanned(&account, &counts, clock.now());
    }
    let cursor = after.map(|after| Cursor { after, round: round + 1 });
    Ok(Round { account, scan, unread, cursor, counts, differences })
}

struct Walk<'a> {
    table: &'a Table,
    budget: &'a Budget<'a>,
    lists: &'a Lists,
    scene: Scene,
    others: Others<'a>,
    /// What was seen and is not in the index under this account.
    unmatched: Vec<Subject>,
    ledger: Ledger<'a>,
}

fn listed_as(entry: &Entry<'_>) -> String {
    let distribution = distribution_listed_as(entry.id);
    entry.name.map_or(distribution.clone(), |name| format!("{distribution}#{name}"))
}

impl Walk<'_> {
    /// Side by side through the lists and the index. Where the time is over: as what the last entry is listed.
    async fn through(&mut self, after: Option<String>) -> Result<Option<String>, Failure> {
        let behind = after.clone();
        let ahead = move |entry: &Entry<'_>| behind.as_deref().is_none_or(|behind| listed_as(entry).as_str() > behind);
        let mut entries = self.lists.entries().filter(ahead).peekable();
        let mut shelf = Shelf::new(self.table, listed_under_account(&self.scene.account), after);
        let mut done: u64 = 0;
        // Bounded by both lists: every turn takes an entry out of one of them.
        loop {
            let known = shelf.front().await?.map(|item| text(item, "listedAs").unwrap_or_default().to_owned());
            let seen = entries.peek().map(listed_as);
            let order = match (&seen, &known) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(seen), Some(known)) => seen.cmp(known),
            };
            let item = if order.is_ge() { shelf.take() } else { None };
            let entry = if order.is_le() { entries.next() } else { None };
            match entry {
                Some(entry) => self.seen(&entry, item).await?,
                None => self.unseen(item).await?,
            }
            done += 1;
            if done.is_multiple_of(ENTRIES_BETWEEN_LOOKS) && self.budget.is_over() {
                self.meet_unmatched().await?;
                self.flush().await?;
                return Ok(if order.is_le() { seen } else { known });
            }
        }
        self.meet_unmatched().await?;
        self.flush().await?;
        Ok(None)
    }

    async fn seen(&mut self, entry: &Entry<'_>, item: Option<Item>) -> Result<(), Failure> {
        let subject = match entry.name {
            None => self.lists.distribution(entry.id).map(|seen| Subject::Distribution(Box::new(seen))),
            Some(_) => self.lists.sighting(*entry).map(|seen| Subject::Alias(Box::new(seen))),
        };
        let Some(subject) = subject else { return Ok(()) };
        if item.is_some() {
            return self.consider(subject, item).await;
        }
        self.unmatched.push(subject);
        if self.unmatched.len() >= KEYS_MAX { self.meet_unmatched().await } else { Ok(()) }
    }

    /// What the index does not list under this account may still be known: of another account, or of nobody.
    async fn meet_unmatched(&mut self) -> Result<(), Failure> {
        let unmatched = std::mem::take(&mut self.unmatched);
        let mut keys: Vec<Key> = unmatched.iter().map(Subject::key).collect();
        keys.sort_unstable();
        keys.dedup();
        let found = if keys.is_empty() { vec![] } else { self.table.get_all(&keys).await? };
        let known: HashMap<Key, Item> = found.into_iter().map(|item| (key_of(&item), item)).collect();
        for subject in unmatched {
            let item = known.get(&subject.key()).cloned();
            self.consider(subject, item).await?;
        }
        Ok(())
    }

    async fn unseen(&mut self, item: Option<Item>) -> Result<(), Failure> {
        let Some(item) = item else { return Ok(()) };
        let key = key_of(&item);
        let subject = match text(&item, "alias").and_then(|name| Alias::parse(name).ok()) {
            // It is on another distribution of this account, and is met there.
            Some(alias) if self.lists.may_hold(&alias) => return Ok(()),
            Some(_) => Subject::Unlisted(key),
            None if key.sk == "DISTRIBUTION" => Subject::Gone(key),
            None => return Ok(()),
        };
        self.consider(subject, Some(item)).await
    }

    /// Decides, and writes what is pending where there is no more room.
    async fn consider(&mut self, subject: Subject, item: Option<Item>) -> Result<(), Failure> {
        if self.ledger.must_flush(&subject.key()) {
            self.flush().await?;
        }
        self.decide(subject, item).await
    }

    async fn decide(&mut self, subject: Subject, item: Option<Item>) -> Result<(), Failure> {
        let mut decision = subject.decide(&self.scene, item.as_ref(), None)?;
        if let (Decision::Ask(place), Subject::Alias(seen)) = (&decision, &subject) {
            let still = self.others.still_lists(self.lists, place, &seen.alias).await?;
            let elsewhere = item.as_ref().is_some_and(|item| !holds(item, seen.place.distribution.as_str()));
            self.ledger.counts.conflicts += u64::from(still && elsewhere);
            decision = subject.decide(&self.scene, item.as_ref(), Some(still))?;
        }
        if let Decision::Write(write) = decision {
            self.ledger.add(subject, item, *write);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        for _ in 0..AGAIN_MAX {
            let again = self.ledger.flush().await?;
            if again.is_empty() {
                return Ok(());
            }
            for (subject, item) in again {
                self.decide(subject, item).await?;
            }
        }
        let text = format!("the registry: items of account {} change faster than they can be written", self.scene.account);
        Err(Failure::new(ErrorName::RegistryUnavailable, text))
    }
}

/// Whether the item's holder is the distribution or tenant called `id`.
fn holds(item: &Item, id: &str) -> bool {
    let holder = item.get("holder").and_then(|holder| holder.as_m().ok());
    let of = |name| holder.and_then(|holder| text(holder, name));
    of("distribution").or_else(|| of("distributionTenant")) == Some(id)
}

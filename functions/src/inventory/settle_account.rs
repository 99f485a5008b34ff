//! Says of one account what can be said once every account was looked at: aliases that were put aside and that nobody lists,
//! record sets that lead to CloudFront where nobody of ours has the name; and remembers in which zone each alias is. Must not
//! know what the distributions of the account list.

use super::ledger::Ledger;
use super::member::Member;
use super::shelf::{Shelf, key_of, text};
use super::subject::{Scene, Subject};
use super::zones::{self, Start, Zone};
use super::{Budget, Round};
use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::metrics;
use crate::registry::table::{Item, KEYS_MAX, Table};
use cutover::error_name::ErrorName;
use cutover::ids::HostedZoneId;
use cutover::name::Alias;
use cutover::registry::Key;
use cutover::registry::difference::{Behind, Decision, Pointing};
use cutover::registry::key::{MISSING, listed_to_settle};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How often what was decided is decided again, because an item had changed.
const AGAIN_MAX: usize = 8;
/// Names that were told to lead to nobody and are held beside the zones; with more, none is forgotten.
const DANGLING_MAX: usize = 20_000;
/// Wildcards that are kept in mind; after that all are forgotten.
const WILDCARDS_MAX: usize = 10_000;

/// Where the next round begins.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Cursor {
    zone: HostedZoneId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Start>,
    round: u32,
}

pub(super) async fn settle_account(home: &Home, clock: &Clock, input: Round<Cursor>) -> Result<Round<Cursor>, Failure> {
    let Round { account, scan, cursor, counts, unread, .. } = input;
    let budget = Budget::new(clock);
    let member = Member::looked_at(home, &scan, &account).await?;
    let table = Table::of(home);
    let at = Timestamp::from_second(clock.now().as_second()).unwrap_or(scan.started_at);
    let mut settling = Settling {
        table: &table,
        budget: &budget,
        scene: Scene { account: account.clone(), at },
        complete: !unread,
        whole: cursor.is_none(),
        dangling: HashMap::new(),
        wildcards: HashMap::new(),
        ledger: Ledger::new(&table, clock, scan.name(), counts),
    };
    settling.what_was_put_aside().await?;
    let left = Box::pin(settling.every_zone(&member, cursor)).await?;
    settling.flush().await?;
    let Ledger { counts, differences, .. } = settling.ledger;
    if left.is_none() {
        metrics::settled(&account, &counts, clock.now());
    }
    Ok(Round { account, scan, unread, cursor: left, counts, differences })
}

struct Settling<'a> {
    table: &'a Table,
    budget: &'a Budget<'a>,
    scene: Scene,
    /// Whether every account was looked at.
    complete: bool,
    /// Whether this round sees every zone.
    whole: bool,
    /// What was told to lead to nobody and was not met yet.
    dangling: HashMap<Alias, Item>,
    /// Whether somebody of ours has a wildcard.
    wildcards: HashMap<Alias, bool>,
    ledger: Ledger<'a>,
}

impl Settling<'_> {
    async fn what_was_put_aside(&mut self) -> Result<(), Failure> {
        let mut shelf = Shelf::new(self.table, listed_to_settle(&self.scene.account), None);
        while shelf.front().await?.is_some() {
            let Some(item) = shelf.take() else { break };
            let Some(alias) = text(&item, "alias").and_then(|name| Alias::parse(name).ok()) else { continue };
            if text(&item, "listedAs").is_some_and(|listed| listed.starts_with(MISSING)) {
                if self.complete {
                    self.consider(Subject::Vanished(key_of(&item)), Some(item)).await?;
                }
            } else if self.dangling.len() < DANGLING_MAX {
                self.dangling.insert(alias, item);
            } else {
                self.whole = false;
            }
        }
        self.flush().await
    }

    /// Every zone from the cursor on. Where the time is over: the next cursor.
    async fn every_zone(&mut self, member: &Member, cursor: Option<Cursor>) -> Result<Option<Cursor>, Failure> {
        let zones = zones::public(member, &self.scene.account, self.budget).await?;
        let client = member.route53();
        let round = cursor.as_ref().map_or(0, |cursor| cursor.round);
        let (first, mut start) = cursor.map_or((None, None), |cursor| (Some(cursor.zone), cursor.start));
        for zone in zones {
            let id = &zone.place.hosted_zone;
            if first.as_ref().is_some_and(|first| id < first) {
                continue;
            }
            // A start belongs to the zone that it was left in.
            let mut from = start.take().filter(|_| first.as_ref() == Some(id));
            // Bounded by the zone's own record sets, and by the time.
            loop {
                if self.budget.is_over() {
                    return Ok(Some(Cursor { zone: id.clone(), start: from, round: round + 1 }));
                }
                from = self.page(&client, &zone, from).await?;
                if from.is_none() {
                    break;
                }
            }
        }
        if self.complete && self.whole {
            for (_, item) in std::mem::take(&mut self.dangling) {
                self.consider(Subject::LedSomewhere(key_of(&item)), Some(item)).await?;
            }
        }
        Ok(None)
    }

    async fn page(&mut self, client: &aws_sdk_route53::Client, zone: &Zone, from: Option<Start>) -> Result<Option<Start>, Failure> {
        let (pointing, next) = zones::pointing(client, zone, from, self.budget).await?;
        for names in pointing.chunks(KEYS_MAX) {
            let keys: Vec<Key> = names.iter().map(|pointing| Key::alias(&pointing.alias)).collect();
            let found = self.table.get_all(&keys).await?;
            let mut known: HashMap<Key, Item> = found.into_iter().map(|item| (key_of(&item), item)).collect();
            self.learn_wildcards(names, &known).await?;
            for pointing in names {
                let item = known.remove(&Key::alias(&pointing.alias));
                self.record(pointing, item).await?;
            }
        }
        Ok(next)
    }

    async fn record(&mut self, pointing: &Pointing, item: Option<Item>) -> Result<(), Failure> {
        let behind = match () {
            () if !self.complete => Behind::Unknown,
            () if self.has_wildcard(&pointing.alias) => Behind::Wildcard,
            () => Behind::Nobody,
        };
        if behind == Behind::Nobody && !item.as_ref().is_some_and(|item| item.contains_key("holder")) {
            // It leads to nobody still: what was told of it stays.
            self.dangling.remove(&pointing.alias);
        }
        self.consider(Subject::Record(Box::new(pointing.clone()), behind), item).await
    }

    fn has_wildcard(&self, alias: &Alias) -> bool {
        alias.wildcards_above().iter().any(|wildcard| self.wildcards.get(wildcard).copied().unwrap_or(false))
    }

    /// Reads the wildcards above those names that nobody has.
    async fn learn_wildcards(&mut self, names: &[Pointing], known: &HashMap<Key, Item>) -> Result<(), Failure> {
        let held = |alias: &Alias| known.get(&Key::alias(alias)).is_some_and(|item| item.contains_key("holder"));
        let free = names.iter().filter(|pointing| !held(&pointing.alias));
        if self.wildcards.len() > WILDCARDS_MAX {
            self.wildcards.clear();
        }
        let mut unknown: Vec<Alias> = free.flat_map(|pointing| pointing.alias.wildcards_above()).collect();
        unknown.retain(|wildcard| !self.wildcards.contains_key(wildcard));
        unknown.sort_unstable();
        unknown.dedup();
        for wildcards in unknown.chunks(KEYS_MAX) {
            let keys: Vec<Key> = wildcards.iter().map(Key::alias).collect();
            let found = self.table.get_all(&keys).await?;
            let held: Vec<Key> = found.iter().filter(|item| item.contains_key("holder")).map(key_of).collect();
            self.wildcards.extend(wildcards.iter().map(|wildcard| (wildcard.clone(), held.contains(&Key::alias(wildcard)))));
        }
        Ok(())
    }

    async fn consider(&mut self, subject: Subject, item: Option<Item>) -> Result<(), Failure> {
        if self.ledger.must_flush(&subject.key()) {
            self.flush().await?;
        }
        self.decide(subject, item)
    }

    fn decide(&mut self, subject: Subject, item: Option<Item>) -> Result<(), Failure> {
        if let Decision::Write(write) = subject.decide(&self.scene, item.as_ref(), None)? {
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
                self.decide(subject, item)?;
            }
        }
        let text = format!("the registry: items of account {} change faster than they can be written", self.scene.account);
        Err(Failure::new(ErrorName::RegistryUnavailable, text))
    }
}

//! The claim: one cutover's lease on everything that it will touch. Fenced by a number that grows with every holder,
//! longer than any step and any wait between two steps, renewed by every step, given back at the end (DDB-1, DDB-6).
//! Must not know how it is kept, nor a clock.

use super::key::Key;
use super::unaccounted::{UnaccountedUpdates, may_land, updated};
use crate::bounds::{ALIASES_PER_DISTRIBUTION_MAX, CLAIMED_MAX, CUT};
use crate::document::Cutover;
use crate::finding::{Code, Refusal};
use crate::ids::{DistributionId, Place};
use crate::name::Alias;
use crate::request::Request;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a document carries of its claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// The claim's id: the name of the execution that took it first.
    pub id: String,
    /// The holder's fencing number. Whoever has a smaller one has lost the claim.
    pub fence: u64,
    /// How many steps have handed this document on: one with fewer is of before.
    #[serde(default)]
    pub handed_on: u64,
    /// How many writes of others the document has weighed.
    pub weighed: u64,
    /// Whether the plan was made again under the claim, and is the same.
    pub confirmed: bool,
    /// Until when it was held as the last step knew: between a detach and its attach the lease alone is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A claim, as the table has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The name of the execution that took it first.
    pub id: String,
    /// The execution that holds it, by its ARN.
    pub execution: String,
    /// Grows with every holder.
    pub fence: u64,
    /// How things stand with it.
    pub state: ClaimState,
    /// When it was taken.
    pub since: Timestamp,
    /// Until when nobody takes it over, unless its execution has ended.
    pub until: Timestamp,
    /// The aliases and wildcards that it holds.
    pub aliases: BTreeSet<Alias>,
    /// The distributions that it holds, with their accounts.
    pub distributions: Vec<Place>,
    /// The hosted zone whose record sets of these aliases it may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted_zone: Option<String>,
    /// How many writes were about to be sent under it.
    pub intents: u64,
    /// How many steps had handed the document on that its holder went on with last: a run with one of before announces nothing.
    #[serde(default)]
    pub handed_on: u64,
    /// How many events its chain has.
    pub events: u64,
    /// The hash of the last one.
    pub head: String,
    /// How many writes of others were noticed.
    pub foreign_writes: u64,
    /// How often it was taken over.
    pub recoveries: u32,
    /// Since when a write is under way whose end is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<Timestamp>,
    /// Which one that is, in the words of its intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight_what: Option<String>,
    /// When a batch of Route 53, which has no ETags, was last sent of which nobody knows how it ended: its function died or
    /// stood still, or its answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unaccounted: Option<Timestamp>,
    /// Which one that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unaccounted_what: Option<String>,
    /// The same of updates of distributions, until another one of the same distribution is accepted: their ETag may be the
    /// present one for as long as nobody writes.
    #[serde(default, skip_serializing_if = "UnaccountedUpdates::is_empty")]
    pub unaccounted_updates: UnaccountedUpdates,
}

/// How the intents of writes begin that nothing binds to what was read.
pub const ROUTE53: &str = "route53:";

/// How things stand with a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimState {
    /// Its cutover runs, or has died and is about to be recovered.
    Held,
    /// Its cutover is stuck: it does not expire, a person breaks it.
    Stuck,
    /// Its cutover gave it back.
    Released,
    /// A person broke it.
    Broken,
}

impl Claim {
    /// Whether it keeps others away.
    pub fn is_in_force(&self) -> bool {
        matches!(self.state, ClaimState::Held | ClaimState::Stuck)
    }

    /// Whether its time has run out without anybody giving it back: whoever held it has died.
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        self.state == ClaimState::Held && self.until <= now
    }

    /// What was sent last of what may still be sent or take effect at `now`, and when it began: until then nothing is undone, and
    /// nothing given back, that it would change (F4, F26).
    pub fn still_landing(&self, now: Timestamp) -> Option<(Timestamp, &str)> {
        self.landing(now, |_| true)
    }

    /// The last batch of Route 53 of which that is so: nothing binds one to what was read.
    pub fn batch_landing(&self, now: Timestamp) -> Option<(Timestamp, &str)> {
        self.landing(now, |what| what.starts_with(ROUTE53))
    }

    /// An update of `distribution` that may still take effect and makes one of `changes`: `+name`, `-name`, `enabled true`
    /// or `enabled false`, and of a move to it `name`. As long as nobody writes, its ETag is the present one, and it lands
    /// whenever it comes (F4, F26). One that was too long to be kept whole may make any.
    pub fn update_landing(&self, now: Timestamp, distribution: &DistributionId, changes: &[String]) -> Option<(Timestamp, &str)> {
        let makes = |what: &&str| {
            let made = what.split_once(": ").map_or("", |(_, made)| made);
            made.ends_with(CUT) || changes.iter().any(|change| made == change || made.split(' ').any(|one| one == change))
        };
        let all = self.in_flight.zip(self.in_flight_what.as_deref()).into_iter().chain(self.unaccounted_updates.each());
        last_landing(now, all.filter(|(_, what)| updated(what) == Some(distribution.as_str()) && makes(what)))
    }

    /// Every write that may still be sent or take effect at `now`, and since when, the last one at the end.
    pub fn may_land(&self, now: Timestamp) -> Vec<(Timestamp, &str)> {
        let mut all: Vec<_> = self.sent().chain(self.unaccounted_updates.each()).filter(|(since, _)| may_land(*since, now)).collect();
        all.sort_unstable();
        all.reverse();
        // One that was sent again, or is under way in a run that has taken over nothing yet, is told once.
        let mut told = BTreeSet::new();
        all.retain(|(_, what)| told.insert(*what));
        all.reverse();
        all
    }

    fn landing(&self, now: Timestamp, counts: impl Fn(&str) -> bool) -> Option<(Timestamp, &str)> {
        last_landing(now, self.sent().filter(|(_, what)| counts(what)))
    }

    /// The write under way, and the last batch of which nobody knows how it ended.
    fn sent(&self) -> impl Iterator<Item = (Timestamp, &str)> {
        let in_flight = self.in_flight.map(|at| (at, self.in_flight_what.as_deref().unwrap_or_default()));
        let unaccounted = self.unaccounted.map(|at| (at, self.unaccounted_what.as_deref().unwrap_or_default()));
        in_flight.into_iter().chain(unaccounted)
    }

    /// Who, since when, until when: for whoever is refused because of it.
    pub fn describe(&self, now: Timestamp) -> String {
        let until = match self.state {
            ClaimState::Stuck => "and is stuck: until a person breaks the claim".to_owned(),
            ClaimState::Held if self.until <= now => format!("and has lapsed at {}: its recovery comes first", self.until),
            _ => format!("until {} unless it is renewed", self.until),
        };
        format!("cutover {} (execution {}) since {}, {until}", self.id, self.execution, self.since)
    }

    /// Every item of the table that refers to it.
    pub fn keys(&self) -> Vec<Key> {
        let aliases = self.aliases.iter().map(Key::alias);
        aliases.chain(self.distributions.iter().map(|place| Key::distribution(&place.distribution))).collect()
    }
}

/// The last of `all`, if it may still take effect at `now`.
fn last_landing<'w>(now: Timestamp, all: impl Iterator<Item = (Timestamp, &'w str)>) -> Option<(Timestamp, &'w str)> {
    all.max_by_key(|(at, _)| *at).filter(|(at, _)| may_land(*at, now))
}

/// What a cutover claims: every alias that it touches, wildcards included, and both distributions (DDB-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Aliases and wildcards.
    pub aliases: BTreeSet<Alias>,
    /// Source, where it is ours, and target.
    pub distributions: Vec<Place>,
}

impl Cutover {
    /// What the document's plan has to claim.
    pub fn claimed(&self) -> Claimed {
        let of_plan = |planned: &crate::plan::PlannedEdit| {
            let edits = [&planned.edit, &planned.inverse];
            let names = edits.into_iter().flat_map(|edit| {
                let repointed = edit.repoints().map_or(&[][..], |(names, _)| names);
                edit.attaches().iter().chain(edit.detached()).chain(repointed).cloned()
            });
            names.collect::<Vec<Alias>>()
        };
        let mut aliases: BTreeSet<Alias> = self.plan.iter().flat_map(of_plan).collect();
        let mut distributions = Vec::new();
        if let Some(request) = &self.request {
            aliases.extend(request.aliases.iter().cloned());
            distributions.extend(request.source.iter().chain([&request.target]).cloned());
        }
        Claimed { aliases, distributions }
    }

    /// Why the plan cannot be claimed in one transaction, with the two halves that can: 100 actions are the most (DDB-3).
    pub fn too_much_to_claim(&self) -> Option<Refusal> {
        let claimed = self.claimed();
        let items = claimed.aliases.len() + claimed.distributions.len();
        if items <= CLAIMED_MAX {
            return None;
        }
        let message = format!(
            "the cutover would claim {items} items ({} aliases and wildcards, {} distributions); {CLAIMED_MAX} fit into one transaction, \
             and {ALIASES_PER_DISTRIBUTION_MAX} aliases on one distribution",
            claimed.aliases.len(),
            claimed.distributions.len()
        );
        let refusal = Refusal::new(Code::TooMuchToClaim, &message, "send the ready requests one after the other");
        let Some(request) = self.request.as_ref().filter(|request| request.aliases.len() > 1) else { return Some(refusal) };
        let (first, second) = request.aliases.split_at(request.aliases.len() / 2);
        let half = |aliases: &[Alias]| Request { aliases: aliases.to_vec(), plan_hash: None, ..request.clone() }.to_value();
        Some(refusal.with_requests(vec![half(first), half(second)]))
    }
}

#[cfg(test)]
mod tests;

//! The updates of distributions of which nobody knows how they ended: which of them may still take effect, what puts an
//! end to that, and which would undo what a cutover has done. Must not know who sent one, nor what is done about it.

use crate::bounds::{IN_FLIGHT_SECONDS_MAX, UNACCOUNTED_UPDATES_MAX};
use crate::document::Cutover;
use crate::ids::DistributionId;
use crate::name::Alias;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How the intents of updates of a distribution begin, and of moves of names to one: then its id, its account, and after a
/// colon what is changed.
const UPDATES: [&str; 3] = ["cloudfront:UpdateDistribution", "cloudfront:UpdateDomainAssociation", UNFENCED];
/// The one of them that no ETag is sent with (MV-7): it lands whoever has written meanwhile.
const UNFENCED: &str = "cloudfront:AssociateAlias";

/// The distribution that is updated, or that names are moved to, where an intent is of that.
pub fn updated(what: &str) -> Option<&str> {
    let (operation, rest) = what.split_once(' ')?;
    UPDATES.contains(&operation).then(|| rest.split(' ').next()).flatten()
}

/// From when on what was sent at `since` does not take effect any more: a function lives no longer (LAM-1), whichever clock says so.
pub fn lands_by(since: Timestamp) -> Timestamp {
    Timestamp::from_second(since.as_second().saturating_add(IN_FLIGHT_SECONDS_MAX)).unwrap_or(Timestamp::MAX)
}

/// Whether what was sent at `since` may still take effect at `now`.
pub(super) fn may_land(since: Timestamp, now: Timestamp) -> bool {
    now < lands_by(since)
}

/// One that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnaccountedUpdate {
    /// When it was last known to be under way.
    pub since: Timestamp,
    /// Which one it is, in the words of its intent.
    pub what: String,
}

/// Those of one claim, the one that was noted last at the end: [`UNACCOUNTED_UPDATES_MAX`] at the most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnaccountedUpdates(Vec<UnaccountedUpdate>);

impl UnaccountedUpdates {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them: since when, and what it is.
    pub fn each(&self) -> impl Iterator<Item = (Timestamp, &str)> {
        self.0.iter().map(|update| (update.since, update.what.as_str()))
    }

    /// Notes that nobody knows how `what`, under way at `since`, ended. What was sent too long before that to land is dropped;
    /// where there is no more room, one that was sent again later, or else the oldest.
    pub fn note(&mut self, since: Timestamp, what: &str) {
        self.forget(since, what);
        self.0.retain(|update| may_land(update.since, since));
        if self.0.len() >= UNACCOUNTED_UPDATES_MAX {
            let is_again = |(at, update): (usize, &UnaccountedUpdate)| {
                let mut later = self.0.iter().skip(at + 1).map(|later| later.what.as_str()).chain([what]);
                later.any(|later| later == update.what)
            };
            let least = self.0.iter().enumerate().position(is_again).unwrap_or(0);
            self.0.remove(least);
        }
        self.0.push(noted(since, what));
    }

    /// `what`, about to be sent at `since`, was accepted, and its distribution has another ETag than before: none that was sent
    /// by then with an ETag lands any more.
    pub fn accepted(&mut self, since: Timestamp, what: &str) {
        let is_over = |update: &UnaccountedUpdate| {
            update.since <= since && updated(&update.what) == updated(what) && update.what.split(' ').next() != Some(UNFENCED)
        };
        self.0.retain(|update| !is_over(update));
    }

    /// It is known after all how `what`, noted as sent at `since`, has ended.
    pub fn forget(&mut self, since: Timestamp, what: &str) {
        self.0.retain(|update| (update.since, update.what.as_str()) != (since, what));
    }
}

fn noted(since: Timestamp, what: &str) -> UnaccountedUpdate {
    UnaccountedUpdate { since, what: what.to_owned() }
}

/// What would undo that `add` are on a distribution and `remove` are not, as the intent of an update of it says it, or of a
/// move to it.
pub fn undone_by(add: &[Alias], remove: &[Alias]) -> Vec<String> {
    let leaves = add.iter().map(|alias| format!("-{alias}"));
    leaves.chain(remove.iter().flat_map(|alias| [format!("+{alias}"), alias.to_string()])).collect()
}

impl Cutover {
    /// What would undo that everything is as it was before, of each of its distributions: what the way forth sent.
    pub fn undoing_the_way_back(&self) -> Vec<(DistributionId, Vec<String>)> {
        let Some(request) = &self.request else { return vec![] };
        let edits = || self.plan.iter().map(|planned| &planned.edit);
        let left: Vec<Alias> = edits().flat_map(|edit| edit.detached()).cloned().collect();
        let joined: Vec<Alias> = edits().flat_map(|edit| edit.attaches()).cloned().collect();
        let from_source = undone_by(&left, &[]).into_iter().chain(["enabled false".to_owned()]).collect();
        let source = request.source.as_ref().map(|source| (source.distribution.clone(), from_source));
        source.into_iter().chain([(request.target.distribution.clone(), undone_by(&[], &joined))]).collect()
    }
}

#[cfg(test)]
mod tests;

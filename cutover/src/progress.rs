//! Where a cutover is, and its legal moves. Every move is pure: the caller says what it did or saw and what
//! time it is, the document says which step comes next and how long to wait.
//!
//! Forward and back are the same moves: forward walks the plan's edits, back walks the inverses of those that
//! were begun, in the order that the plan holds. Must not know AWS.

use crate::bounds::{LOOK_SECONDS_MIN, LOOKS_MAX, SOAK_MISSES_MAX, SWAP_BACK_SECONDS_MAX, SWAP_SECONDS_MAX};
use crate::document::Cutover;
use crate::ids::Place;
use crate::name::Alias;
use crate::plan::{Edit, PlannedEdit, Proof, Settle};
use crate::step::Step;
use crate::verdict::Verdict;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a cutover is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Progress {
    /// Which way it goes.
    pub direction: Direction,
    /// Forward: position in the plan. Back: position in [`Cutover::inverses`].
    pub at: usize,
    /// What is done at this position.
    pub stage: Stage,
    /// How many edits of the plan were begun; what a way back has to look at.
    pub begun: usize,
    /// What is waited for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<Settle>,
    /// Since when the present settle is waited for.
    pub since: Option<Timestamp>,
    /// The edit is carried out one alias at a time, and this one was the last: after the first settle it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_last: Option<Alias>,
    /// The change of the last record set edit; absent when its answer was lost.
    pub change_id: Option<String>,
    /// When CloudFront must have seen the record sets at the target.
    pub dns_seen_at: Option<Timestamp>,
    /// When the swap's detach was accepted.
    pub detached_at: Option<Timestamp>,
    /// Whether the swap's attach was accepted on the way forward.
    pub attached: bool,
    /// Misses in a row during the soak.
    pub misses: u32,
    /// Why it was turned round.
    pub turned_because: Option<String>,
    /// AWS's own words, where it was AWS's own move that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub move_refused: Option<String>,
    /// How often the present step of the way back failed and was tried again.
    pub failures: u32,
    /// Record sets that the way back left alone, because somebody else had changed them.
    pub left_alone: Option<String>,
    /// Its claim is another's, or was broken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub claim_lost: bool,
    /// Why it cannot go on either way.
    pub stuck_because: Option<String>,
}

/// Which way a cutover goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Towards the target.
    #[default]
    Forward,
    /// Towards the world as it was.
    Back,
}

/// What is done at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "do", deny_unknown_fields)]
pub enum Stage {
    /// The edit is to be carried out.
    #[default]
    Act,
    /// The settle at `index` is waited for.
    Settle {
        /// Position in the edit's settles.
        index: usize,
    },
    /// The edit has settled and is to be proved.
    Prove,
}

/// What a step did to carry out an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Whether anything was written; `false` where the world was as wanted already.
    pub wrote: bool,
    /// The change to follow, for record sets.
    pub change_id: Option<String>,
    /// For the timeline.
    pub detail: String,
}

/// What one look at a settle saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It is true.
    Settled,
    /// Not yet; what was seen instead.
    NotYet(String),
    /// A viewer was not served as expected during the soak.
    Missed(String),
    /// It had taken, and somebody else has undone it.
    Undone(String),
}

/// A move that the document does not allow: a mistake in the definition or in the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the document does not allow this step now: {0}")]
pub struct IllegalMove(pub String);

/// What the timeline says of a swap that is entered again.
const NOT_ATTACHED: &str = "not attached yet";
/// What the timeline says of a swap that has begun.
pub const DETACHED: &str = "detached";

impl Cutover {
    /// Positions in the plan whose inverses are carried out on the way back, in that order.
    pub fn inverses(&self) -> Vec<usize> {
        let due_once = |position: usize| self.plan.get(position).and_then(|planned| planned.inverse_once).unwrap_or(position);
        self.way_back.iter().copied().filter(|position| due_once(*position) < self.progress.begun).collect()
    }

    fn planned_now(&self) -> Option<&PlannedEdit> {
        match self.progress.direction {
            Direction::Forward => self.plan.get(self.progress.at),
            Direction::Back => self.inverses().get(self.progress.at).and_then(|position| self.plan.get(*position)),
        }
    }

    /// The edit to carry out or to wait for now.
    ///
    /// # Errors
    /// Where every edit is behind.
    pub fn edit_now(&self) -> Result<&Edit, IllegalMove> {
        let planned = self.planned_now().ok_or_else(|| IllegalMove("no edit is left".to_owned()))?;
        Ok(match self.progress.direction {
            Direction::Forward => &planned.edit,
            Direction::Back => &planned.inverse,
        })
    }

    /// Its label: the plan's forward, marked as an inverse on the way back.
    pub fn label_now(&self) -> String {
        match (self.progress.direction, self.planned_now()) {
            (_, None) => "nothing".to_owned(),
            (Direction::Forward, Some(planned)) => planned.label.clone(),
            (Direction::Back, Some(planned)) => {
                format!("back {}/{} {}", self.progress.at + 1, self.inverses().len(), planned.inverse.describe())
            }
        }
    }

    /// What is waited for at this position. Nothing soaks on the way back. And after a detach without an attach
    /// nobody serves the name, so the way back does not sit out the TTL: the source takes the name back as soon as
    /// CloudFront lets it, which `swap_aliases` tries for.
    fn settles_now(&self) -> Vec<Settle> {
        let Some(planned) = self.planned_now() else { return vec![] };
        if self.progress.direction == Direction::Forward {
            return planned.settle.clone();
        }
        let unserved = !self.progress.attached && self.swaps();
        let skipped = |settle: &Settle| unserved && matches!(settle, Settle::TtlRunOut { .. });
        planned.settle_back().into_iter().filter(|settle| !skipped(settle)).collect()
    }

    /// Whether the swap was begun.
    fn swaps(&self) -> bool {
        self.plan.iter().take(self.progress.begun).any(|planned| matches!(planned.edit, Edit::SwapAliases { .. }))
    }

    /// The settle that is waited for now, and since when.
    pub fn settling(&self) -> Result<(Settle, Timestamp), IllegalMove> {
        let settle = self.progress.waits_for.clone().filter(|_| matches!(self.progress.stage, Stage::Settle { .. }));
        settle.zip(self.progress.since).ok_or_else(|| IllegalMove("nothing is waited for".to_owned()))
    }

    /// What is to be proved now.
    pub fn proof_now(&self) -> Result<Proof, IllegalMove> {
        match (self.progress.stage, self.planned_now().and_then(|planned| planned.proof)) {
            (Stage::Prove, Some(proof)) => Ok(proof),
            _ => Err(IllegalMove("nothing is to be proved".to_owned())),
        }
    }

    /// The wildcards that stand on the target at this position, for the proof through them.
    pub fn wildcards_now(&self) -> Vec<Alias> {
        match self.edit_now() {
            Ok(Edit::UpdateDistribution { add, .. }) => add.iter().filter(|alias| alias.is_wildcard()).cloned().collect(),
            // The target had them already, and they are proved before the source is touched.
            Ok(Edit::ChangeRecordSets { aliases, .. } | Edit::AskForRecordSets { aliases, .. }) => {
                let mut wildcards: Vec<Alias> = aliases.iter().filter_map(Alias::bridge_wildcard).collect();
                wildcards.sort();
                wildcards.dedup();
                wildcards
            }
            _ => vec![],
        }
    }

    /// Which distribution a swap leaves and joins now, and the aliases.
    pub fn swap_now(&self) -> Result<(Vec<Alias>, Place, Place), IllegalMove> {
        match self.edit_now()? {
            Edit::SwapAliases { aliases, from, to } => Ok((aliases.clone(), from.clone(), to.clone())),
            other => Err(IllegalMove(format!("the next edit is no swap: {}", other.describe()))),
        }
    }

    /// The edit was carried out, or needed nothing.
    pub fn acted(&mut self, now: Timestamp, done: Done) {
        let label = self.label_now();
        self.note(now, &label, &done.detail);
        self.begin_edit();
        match self.edit_now() {
            Ok(Edit::ChangeRecordSets { .. } | Edit::AskForRecordSets { .. }) => {
                self.progress.change_id = done.change_id;
                self.progress.dns_seen_at = None;
            }
            Ok(Edit::ChangeProofs { .. }) => self.progress.change_id = done.change_id,
            Ok(Edit::SwapAliases { .. }) => {
                self.progress.attached = self.progress.direction == Direction::Forward;
                // Somebody serves the name again: what may go wrong from here on has nothing to do with that time.
                self.progress.detached_at = None;
            }
            _ => {}
        }
        self.progress.moved_last = None;
        // Even where nothing had to be written: nobody knows how old that state is.
        self.enter_settle(0, now);
        self.point_next();
    }

    /// AWS has moved one of several aliases: the next one goes when the distribution that it joined is deployed (U-11).
    pub fn acted_in_part(&mut self, now: Timestamp, moved: &Alias, detail: &str) {
        let label = self.label_now();
        self.note(now, &label, detail);
        self.begin_edit();
        self.progress.moved_last = Some(moved.clone());
        self.enter_settle(0, now);
        self.point_next();
    }

    /// The inverse has nothing to take back and nothing to wait for.
    pub fn not_needed(&mut self, now: Timestamp, why: &str) {
        let label = self.label_now();
        self.go_on_from_edit(now, &label, why);
    }

    /// Whether a begun edit has pointed record sets at the target.
    pub fn repointed(&self) -> bool {
        self.plan
            .iter()
            .take(self.progress.begun)
            .any(|planned| planned.edit.repoints().is_some_and(|(names, to)| to.is_at_target() && !names.is_empty()))
    }

    /// Record sets that are neither as read nor as written are somebody else's: the way back leaves them alone, because
    /// the source may be able to take the name back all the same, and a person has the last word.
    pub fn leave_alone(&mut self, now: Timestamp, names: &str) {
        self.note(now, "left alone", &format!("the record sets of {names} were changed by somebody else"));
        self.progress.left_alone = Some(names.to_owned());
    }

    /// The attach was accepted although an answer held another config than was sent: the name is served, and a person
    /// has to look.
    pub fn attached_but_differs(&mut self, now: Timestamp, how: &str) {
        self.note(now, "config differs", how);
        self.progress.stuck_because = Some(crate::bounds::cut(how));
        self.next = Step::Conclude;
    }

    /// The swap's call has to end before the attach succeeded; it is entered again.
    pub fn reenter_swap(&mut self, now: Timestamp, detached_at: Timestamp, detail: &str) {
        self.begin_edit();
        if self.progress.detached_at.is_none() {
            self.progress.detached_at = Some(detached_at);
        }
        // Told once, as it was last: a swap of many hours would push out why it turned round.
        self.timeline.pop_if(|last| last.what == NOT_ATTACHED);
        self.note(now, NOT_ATTACHED, detail);
        self.point_next();
    }

    /// Until when the swap may try, given when its detach was accepted. On the way back giving up would leave nobody serving
    /// the name, AWS may take hours to free it, and CloudFront may have to forget where DNS led first.
    pub fn swap_ends(&self, detached_at: Timestamp) -> Timestamp {
        let ttl = self.plan.iter().flat_map(|planned| &planned.settle).filter_map(|settle| match settle {
            Settle::TtlRunOut { seconds } => Some(i64::from(*seconds)),
            _ => None,
        });
        let seconds = match self.progress.direction {
            Direction::Forward => SWAP_SECONDS_MAX,
            Direction::Back => SWAP_BACK_SECONDS_MAX.max(SWAP_SECONDS_MAX + ttl.max().unwrap_or(0)),
        };
        detached_at.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    /// Since when nobody has served the names of a swap that was `detached_at` by the run of its step that goes on now. A way
    /// back whose names never joined the target finds them detached, by the way forth.
    pub fn unserved_since(&self, detached_at: Timestamp) -> Timestamp {
        let never_joined = self.progress.direction == Direction::Back && !self.progress.attached;
        let told = self.timeline.iter().find(|event| event.what == DETACHED).map(|event| event.at);
        told.filter(|told| never_joined && *told < detached_at).unwrap_or(detached_at)
    }

    /// One look at the present settle.
    pub fn looked(&mut self, now: Timestamp, look: Look) {
        self.looks += 1;
        let Stage::Settle { index } = self.progress.stage else { return };
        match look {
            Look::Settled => {
                self.progress.misses = 0;
                let back = self.progress.direction == Direction::Back;
                let repointed = self.edit_now().is_ok_and(|edit| edit.repoints().is_some_and(|(_, to)| back || to.is_at_target()));
                if repointed && matches!(self.progress.waits_for, Some(Settle::TtlRunOut { .. })) {
                    self.progress.dns_seen_at = Some(now);
                }
                let others = [Some(Settle::RecordsSeen), Some(Settle::ProofVisible), Some(Settle::NamesReleased), Some(Settle::NamesMoved)];
                if others.contains(&self.progress.waits_for) && self.edit_now().is_ok_and(|edit| edit.step() == Step::AskOthers) {
                    self.answered();
                }
                self.enter_settle(index + 1, now);
            }
            // On the way back it is done again; forward others' writes are weighed.
            Look::Undone(seen) if self.progress.direction == Direction::Back => return self.turn_round(now, &seen),
            Look::NotYet(seen) | Look::Undone(seen) => {
                self.progress.misses = 0;
                self.wait_seconds = self.pause(now);
                if self.watched_too_long(now) || self.awaited_too_long(now) {
                    self.note(now, "waited in vain", &seen);
                    // The definition turns round at this many.
                    self.looks = LOOKS_MAX;
                }
            }
            Look::Missed(seen) => {
                self.progress.misses += 1;
                self.note(now, "a viewer was not served as expected", &seen);
                self.wait_seconds = LOOK_SECONDS_MIN;
                if self.progress.misses >= SOAK_MISSES_MAX {
                    self.enter_settle(usize::MAX, now);
                }
            }
        }
        self.point_next();
    }

    /// `verify` has decided.
    pub fn verified(&mut self, now: Timestamp, verdict: Verdict) {
        match verdict {
            Verdict::Passed(detail) => self.go_on_from_edit(now, "verified", &detail),
            Verdict::Unasked(detail) => self.go_on_from_edit(now, "nothing to verify", &detail),
            Verdict::Failed(detail) => {
                self.note(now, "not verified", &detail);
                self.turn_round(now, &format!("verify: {detail}"));
            }
        }
    }

    fn go_on_from_edit(&mut self, now: Timestamp, what: &str, detail: &str) {
        self.note(now, what, detail);
        self.leave_edit();
        self.point_next();
    }

    /// Counts the edit of this position as begun.
    pub(crate) fn begin_edit(&mut self) {
        if self.progress.direction == Direction::Forward {
            self.progress.begun = self.progress.begun.max((self.progress.at + 1).min(self.plan.len()));
        }
    }

    fn enter_settle(&mut self, index: usize, now: Timestamp) {
        if index > 0 && self.progress.moved_last.is_some() && !self.source_must_rest() {
            self.settled = true;
            self.progress.waits_for = None;
            self.progress.since = None;
            self.progress.stage = Stage::Act;
            return;
        }
        if let Some(settle) = self.settles_now().get(index) {
            self.progress.stage = Stage::Settle { index };
            self.progress.waits_for = Some(settle.clone());
            self.progress.since = Some(now);
            self.settled = false;
            self.looks = 0;
            self.wait_seconds = self.pause(now);
            return;
        }
        self.settled = true;
        self.progress.waits_for = None;
        self.progress.since = None;
        let proof = self.planned_now().and_then(|planned| planned.proof);
        if proof.is_some() && self.progress.direction == Direction::Forward {
            self.progress.stage = Stage::Prove;
        } else {
            self.leave_edit();
        }
    }

    /// Whether AWS moves the next name only while the source is deployed as well: where it is disabled (MV-5).
    fn source_must_rest(&self) -> bool {
        let Some(planned) = self.planned_now() else { return false };
        let more = matches!(self.progress.stage, Stage::Settle { index } if index + 1 < self.settles_now().len());
        more && self.progress.direction == Direction::Forward && !matches!(planned.inverse, Edit::UpdateDomainAssociation { .. })
    }

    fn leave_edit(&mut self) {
        self.progress.at += 1;
        self.progress.failures = 0;
        self.progress.stage = Stage::Act;
        self.progress.waits_for = None;
        self.progress.since = None;
    }

    /// Sets `next` from where the cutover is.
    pub fn point_next(&mut self) {
        let execute = self.request.as_ref().is_some_and(|request| request.execute);
        self.next = match (self.progress.stage, self.edit_now()) {
            (Stage::Settle { .. }, _) => Step::CheckSettled,
            (Stage::Prove, _) => Step::Verify,
            (Stage::Act, Ok(edit)) if execute && self.refusals.is_empty() => match &self.claim {
                Some(token) if token.confirmed => edit.step(),
                _ => Step::ClaimAliases,
            },
            (Stage::Act, _) => Step::Conclude,
        };
    }
}

#[cfg(test)]
mod tests;

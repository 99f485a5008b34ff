//! What a claim means for the document: taken, refused, lost, and taken over by another execution. Must not know how a
//! claim is kept.

use crate::bounds::cut;
use crate::document::{Cutover, Execution};
use crate::finding::{Code, Refusal};
use crate::plan::Edit;
use crate::progress::{Direction, Progress, Stage};
use crate::registry::claim::{Claim, Token};
use crate::step::Step;
use jiff::Timestamp;

/// Claims in the way that a refusal names.
const NAMED_MAX: usize = 3;

impl Cutover {
    /// Everything that the plan touches is this execution's now. The plan is to be made again.
    pub fn claim_taken(&mut self, now: Timestamp, claim: &Claim) {
        self.claim =
            Some(Token { id: claim.id.clone(), fence: claim.fence, handed_on: 0, weighed: 0, confirmed: false, until: Some(claim.until) });
        let detail = format!("{} aliases and {} distributions until {}", claim.aliases.len(), claim.distributions.len(), claim.until);
        self.note(now, "claimed", &detail);
        self.point_next();
    }

    /// Others hold something that this cutover would touch.
    pub fn claim_refused(&mut self, now: Timestamp, others: &[Claim]) {
        let told: Vec<String> = others.iter().take(NAMED_MAX).map(|claim| claim.describe(now)).collect();
        let message = format!("an alias or a distribution of this cutover is claimed by {}", told.join("; and by "));
        let lapsed = others.iter().any(|claim| claim.has_lapsed(now));
        let remedy = if lapsed {
            "its recovery begins within 15 minutes; send the request again after it. Start it at once with {\"recover\": {\"lapsed\": true}}"
        } else {
            "wait until it has ended and send the request again; if nothing runs any more, read docs/RUNBOOK.md before breaking the claim"
        };
        self.refusals.push(Refusal::new(Code::ClaimedByAnother, &message, remedy));
        self.point_next();
    }

    /// Where the claim could not be had, or the plan not be made again under it, nothing was moved.
    pub fn note_what_was_not_claimed(&mut self) {
        let confirmed = self.claim.as_ref().is_some_and(|token| token.confirmed);
        let Some(caught) = self.error.take_if(|_| !confirmed && self.refusals.is_empty()) else { return };
        let why = caught.describe();
        let message = format!("nothing was claimed, so nothing is moved: {}", cut(&why));
        let remedy = "send the request again; if that fails as well, read the log of the function cutover-claim-aliases";
        self.refusals.push(Refusal::new(Code::RegistryUnreachable, &message, remedy));
    }

    /// The plan was made again under the claim. Only the same one is carried out (I7).
    pub fn confirm(&mut self, now: Timestamp, again: &Cutover) {
        if again.refusals.is_empty() && again.plan_hash == self.plan_hash {
            if let Some(token) = &mut self.claim {
                token.confirmed = true;
            }
            self.note(now, "planned again", "the same plan, under the claim");
        } else {
            let seen = match again.refusals.first() {
                Some(refusal) => cut(&refusal.message),
                None => format!("{} became {}", self.plan_hash, again.plan_hash),
            };
            let message = format!("between the plan and its claim the facts have changed: {seen}");
            self.refusals.push(Refusal::new(
                Code::PlanChanged,
                &message,
                "ask for a plan again (`execute` false), read it, and send its planHash",
            ));
        }
        self.point_next();
    }

    /// The claim is somebody else's now, or nobody's: this execution only looks and says where things are.
    pub fn lose_claim(&mut self, now: Timestamp, why: &str) {
        self.note(now, "claim lost", why);
        self.error = None;
        self.progress.stuck_because = Some(cut(why));
        // Whoever has it now may be undoing what a person would be told to undo.
        self.progress.claim_lost = true;
        self.settled = true;
        self.next = Step::Conclude;
    }

    /// What others wrote is weighed before anything else.
    pub fn weigh_first(&mut self) {
        // The definition leaves a wait only for what has settled.
        self.settled = true;
        self.next = Step::WeighForeignWrites;
    }

    /// Another execution goes on from this document: `wrote` says whether anything was ever about to be sent, `died` how
    /// the one before ended.
    ///
    /// What has been attached stays and is finished, and so is a swap that may have detached, what others may have done, and what has no way back;
    /// everything else is rolled back, because whoever stopped an execution wanted less to happen, not more.
    pub fn recovered(&mut self, now: Timestamp, execution: &Execution, token: Token, wrote: bool, died: &str) {
        self.execution.id.clone_from(&execution.id);
        self.claim = Some(Token { confirmed: true, ..token });
        self.error = None;
        self.outcome = None;
        self.note(now, "recovered", died);
        if !self.refusals.is_empty() || self.progress.stuck_because.is_some() {
            self.next = Step::Conclude;
            return;
        }
        match self.progress.direction {
            Direction::Back => {
                // Nobody may be serving the name: the new execution has time of its own.
                self.progress.detached_at = self.progress.detached_at.map(|_| now);
                self.progress.failures = 0;
                self.point_next();
            }
            Direction::Forward if !wrote => {
                self.note(now, "turning round", "nothing had been written");
                self.progress = Progress { direction: Direction::Back, turned_because: Some(cut(died)), ..Progress::default() };
                self.settled = false;
                self.point_next();
            }
            Direction::Forward if self.all_attached() || self.may_be_under_way() || self.no_way_back().is_some() => {
                self.note(now, "finishing", "the names are where they should go, or there is no way back");
                self.settled = false;
                self.point_next();
            }
            Direction::Forward => self.turn_round(now, died),
        }
    }

    /// It was taken over too often: a person is needed.
    pub fn recovered_too_often(&mut self, now: Timestamp, execution: &Execution, token: Token, recoveries: u32) {
        self.execution.id.clone_from(&execution.id);
        self.claim = Some(Token { confirmed: true, ..token });
        let why = format!("{recoveries} executions took this cutover over, and each of them died");
        self.note(now, "stuck", &why);
        self.progress.stuck_because = Some(why);
        self.next = Step::Conclude;
    }

    /// Whether a swap may have detached, or others who were asked may have acted: nobody may be serving the names, or the
    /// target already. Entered again, the step looks, and serves them soonest.
    fn may_be_under_way(&self) -> bool {
        match self.edit_now() {
            Ok(Edit::SwapAliases { .. }) => self.progress.stage == Stage::Act,
            Ok(Edit::AskForMove { .. } | Edit::AskForRelease { .. }) => self.progress.stage != Stage::Act,
            _ => false,
        }
    }

    /// Whether every name that moves was attached where it goes.
    fn all_attached(&self) -> bool {
        let behind = |position: usize| {
            let begun = self.progress.at == position && self.progress.stage != Stage::Act;
            position < self.progress.at || begun
        };
        let attached = |alias: &crate::name::Alias| {
            let mut attaches = self.plan.iter().enumerate().filter(|(_, planned)| planned.edit.attaches().contains(alias));
            attaches.any(|(position, _)| behind(position))
        };
        let asked = self
            .plan
            .iter()
            .enumerate()
            .any(|(position, planned)| matches!(planned.edit, Edit::AskForMove { .. }) && !behind(position + 1));
        let moving = self.moving();
        !asked && !moving.is_empty() && moving.iter().all(attached)
    }
}

#[cfg(test)]
mod tests;

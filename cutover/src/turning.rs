//! How a cutover turns round, and why it sometimes cannot. Must not know how a step failed, nor what a way back writes.

use crate::bounds::{BACK_FAILURES_MAX, LOOKS_MAX, cut};
use crate::document::Cutover;
use crate::error_name::ErrorName;
use crate::plan::{Edit, PlannedEdit, Settle};
use crate::progress::{Direction, Progress, Stage};
use crate::step::Step;
use jiff::Timestamp;

/// Errors that are AWS's own no to a move: nothing was moved, and asking again would not help.
const AWS_REFUSES_A_MOVE: [ErrorName; 4] =
    [ErrorName::MoveNotAllowed, ErrorName::ProofNotSeenYet, ErrorName::EditRefused, ErrorName::UnknownAnswer];

impl Cutover {
    /// Turns the cutover round. Turned round already, the step that failed is entered again a few times, and then the
    /// cutover is stuck; at once where a wait or a swap was in vain, which lasted for hours. `because` is a person's reason.
    pub fn turn_round(&mut self, now: Timestamp, because: &str) {
        let refused = self.error.take().is_some_and(|caught| AWS_REFUSES_A_MOVE.iter().any(|name| name.as_str() == caught.error));
        let label = self.label_now();
        let because = cut(&format!("{because} (at: {label})"));
        let in_vain = (matches!(self.progress.stage, Stage::Settle { .. }) && self.looks >= LOOKS_MAX)
            || self.progress.detached_at.is_some_and(|at| now >= self.swap_ends(at));
        if self.progress.direction == Direction::Back && self.progress.failures < BACK_FAILURES_MAX && !in_vain {
            self.progress.failures += 1;
            self.progress.stage = Stage::Act;
            self.progress.waits_for = None;
            self.progress.moved_last = None;
            self.note(now, "trying again", &because);
            self.point_next();
            return;
        }
        if self.progress.direction == Direction::Back {
            self.note(now, "stuck", &because);
            self.progress.stuck_because = Some(because);
            self.next = Step::Conclude;
            return;
        }
        if let Some(why) = self.no_way_back() {
            let because = cut(&format!("{because}; {why}"));
            self.note(now, "stuck", &because);
            self.progress.stuck_because = Some(because);
            self.next = Step::Conclude;
            return;
        }
        self.note(now, "turning round", &because);
        let moved_some = self.progress.moved_last.is_some();
        let moving =
            !moved_some && self.progress.stage == Stage::Act && matches!(self.edit_now(), Ok(Edit::UpdateDomainAssociation { .. }));
        // The edit at this position may have been written without the document knowing.
        self.begin_edit();
        self.progress = Progress {
            direction: Direction::Back,
            begun: self.progress.begun,
            attached: self.progress.attached,
            move_refused: (moving && refused).then(|| because.clone()),
            turned_because: Some(because),
            ..Progress::default()
        };
        self.settled = false;
        self.looks = 0;
        self.point_next();
    }

    /// Why nothing of ours brings the names back from here, if so: others have moved them, or are still asked to.
    pub(crate) fn no_way_back(&self) -> Option<&'static str> {
        let moved = |planned: &PlannedEdit| matches!(planned.edit, Edit::UpdateDomainAssociation { .. } | Edit::AskForMove { .. });
        let served = self.plan.iter().take(self.progress.at).any(moved);
        if served && self.progress.waits_for == Some(Settle::RecordsSeen) {
            // To take the names back now would cost viewers something, and DNS decides nothing for them (CF-1).
            return Some("the target serves the names; whoever edits DNS has still to point them there");
        }
        let position = self.point_of_no_return?;
        if self.progress.at == position && self.progress.moved_last.is_some() {
            return Some("some of the names have been moved already, and stay");
        }
        if self.progress.at > position || (self.progress.at == position && self.has_taken()) {
            return Some("the names cannot be brought back from where they were");
        }
        // A case may be answered after the last look, and then the proof is needed (DT-10).
        let asked = self.progress.waits_for == Some(Settle::NamesMoved) && self.looks >= LOOKS_MAX;
        asked.then_some("AWS Support has not moved the names; the proof stays, for it may yet")
    }

    /// Whether what the edit at hand is for is known to have happened: AWS has accepted it, or others were seen to have done it.
    fn has_taken(&self) -> bool {
        let others_are_watched = self.progress.waits_for.as_ref().is_some_and(|settle| settle.watch_seconds_max().is_some());
        self.progress.stage != Stage::Act && !others_are_watched
    }

    /// Why the definition sent it to `roll_back`, for a person.
    pub fn reason_to_turn(&self) -> String {
        match &self.error {
            Some(caught) => caught.describe(),
            None if self.looks >= LOOKS_MAX => "not settled, for as long as that is waited for".to_owned(),
            None => format!("not settled after {} looks", self.looks),
        }
    }
}

//! What a write by somebody else means for a cutover: go on, turn round, or ask for a person. Never a fight: what others
//! have taken back is not taken again. Must not know how anything was looked at.

use crate::bounds::cut;
use crate::document::Cutover;
use crate::name::Alias;
use crate::plan::Edit;
use crate::progress::{Direction, Stage};
use crate::record_set::{RecordSet, in_state, same_sets};
use crate::registry::ForeignWrite;
use crate::step::Step;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Writes of others that one note names.
const NAMED_MAX: usize = 3;

/// How things are after others have written. What could not be seen is absent.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The source's aliases.
    pub source: Option<Vec<String>>,
    /// The target's aliases, and whether it is enabled.
    pub target: Option<(Vec<String>, bool)>,
    /// The record sets of every name in the snapshot.
    pub record_sets: BTreeMap<Alias, Vec<RecordSet>>,
    /// Names on neither side that somebody else holds, and who.
    pub elsewhere: BTreeMap<Alias, String>,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weighing {
    /// The plan still fits, or its next edit will say so.
    GoOn,
    /// Others want it back, or the target cannot serve: everything goes back.
    TurnRound(String),
    /// Neither way is ours to go.
    Stuck(String),
}

/// Where the plan has a name by now.
enum Expected {
    Source,
    Target,
    OnItsWay,
}

impl Cutover {
    /// Weighs what `writes` have left of the world, and points to what follows.
    pub fn weighed(&mut self, now: Timestamp, writes: &[ForeignWrite], count: u64, seen: &Seen) -> Weighing {
        let told: Vec<String> = writes.iter().rev().take(NAMED_MAX).map(ForeignWrite::describe).collect();
        self.note(now, "others wrote", &told.join("; "));
        if let Some(token) = &mut self.claim {
            token.weighed = count;
        }
        let weighing = self.weigh(seen);
        match &weighing {
            Weighing::GoOn => {
                self.note(now, "weighed", "what was written leaves the plan as it is: going on");
                self.settled = self.progress.waits_for.is_none();
                self.point_next();
            }
            Weighing::TurnRound(why) => self.turn_round(now, why),
            Weighing::Stuck(why) => {
                self.note(now, "stuck", why);
                self.progress.stuck_because = Some(cut(why));
                self.next = Step::Conclude;
            }
        }
        weighing
    }

    fn weigh(&self, seen: &Seen) -> Weighing {
        // The way back looks before each of its edits, and leaves alone what it does not know.
        if self.progress.direction == Direction::Back {
            return Weighing::GoOn;
        }
        let names = self.moving();
        let of_names = names.iter().map(|alias| self.weigh_name(alias, seen)).find(|weighing| *weighing != Weighing::GoOn);
        if let Some(weighing) = of_names {
            return weighing;
        }
        if seen.target.as_ref().is_some_and(|(_, enabled)| !enabled) {
            return Weighing::TurnRound("somebody else has disabled the target".to_owned());
        }
        self.weigh_record_sets(seen)
    }

    fn weigh_name(&self, alias: &Alias, seen: &Seen) -> Weighing {
        let lists = |list: &[String]| list.iter().any(|name| name == alias.as_str());
        let on_source = seen.source.as_deref().is_some_and(lists);
        let Some((target, _)) = &seen.target else { return Weighing::GoOn };
        if lists(target) {
            return Weighing::GoOn;
        }
        if let Some(holder) = seen.elsewhere.get(alias) {
            return Weighing::Stuck(format!("{alias} was taken to {holder} by somebody else, who has to say where it belongs"));
        }
        match self.expected(alias) {
            Expected::Target if on_source => Weighing::TurnRound(format!("{alias} was put back on the source by somebody else")),
            Expected::Target if seen.source.is_some() => {
                Weighing::TurnRound(format!("{alias} was taken off the target by somebody else, and it is on neither side"))
            }
            Expected::Target => Weighing::Stuck(format!("{alias} was taken off the target by somebody else, and its source is not ours")),
            // A name that left the source early is served soonest by the plan itself.
            Expected::Source | Expected::OnItsWay => Weighing::GoOn,
        }
    }

    /// Names may be held by the target early (somebody did our work) and by the source late; what counts is whether the edit
    /// that attaches them is behind.
    fn expected(&self, alias: &Alias) -> Expected {
        let attaches = |edit: &Edit| edit.attaches().contains(alias);
        let Some(position) = self.plan.iter().position(|planned| attaches(&planned.edit)) else { return Expected::OnItsWay };
        let at = self.progress.at;
        if at > position || (at == position && self.progress.stage != Stage::Act) {
            return if self.progress.moved_last.is_some() && at == position { Expected::OnItsWay } else { Expected::Target };
        }
        if self.progress.begun > position || self.plan.iter().take(at).any(|planned| planned.edit.detaches(alias)) {
            return Expected::OnItsWay;
        }
        Expected::Source
    }

    fn weigh_record_sets(&self, seen: &Seen) -> Weighing {
        let behind = |position: usize| position < self.progress.at || (position == self.progress.at && self.progress.stage != Stage::Act);
        let Ok(destination) = self.destination() else { return Weighing::GoOn };
        // The last edit of a name's record sets that is behind says how they should be.
        let mut wanted = BTreeMap::new();
        for (position, planned) in self.plan.iter().enumerate().filter(|(position, _)| behind(*position)) {
            if let (Edit::ChangeRecordSets { .. }, Some((names, to))) = (&planned.edit, planned.edit.repoints()) {
                wanted.extend(names.iter().map(|name| (name.clone(), (to, position))));
            }
        }
        for (name, (to, _)) in wanted.iter().filter(|(_, (to, _))| to.is_at_target()) {
            let (Some(found), Ok(as_read)) = (seen.record_sets.get(name), self.as_read(name)) else { continue };
            if same_sets(found, &in_state(as_read, *to, &destination)) {
                continue;
            }
            if same_sets(found, as_read) {
                return Weighing::TurnRound(format!("the record sets of {name} were pointed back by somebody else"));
            }
            if self.moving().iter().any(|alias| matches!(self.expected(alias), Expected::Target)) {
                return Weighing::Stuck(format!("the record sets of {name} were changed by somebody else, and the target has the name"));
            }
            return Weighing::TurnRound(format!("the record sets of {name} were changed by somebody else"));
        }
        Weighing::GoOn
    }
}

#[cfg(test)]
mod tests;

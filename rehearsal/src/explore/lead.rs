//! How far a rehearsal goes as another one did: up to the first of its faults that the other one did not have. So far the
//! functions need not be run again ([`crate::tape`]). Must not know what a fault does from there on.

use super::{Clean, Trial, attempt};
use crate::fault::{Family, Fault};
use crate::hands::step_of_state;
use crate::run::Play;
use crate::tape::{Playback, Tape};
use crate::world::Millis;
use crate::world::journal::Made;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A rehearsal that another one may be like.
pub(super) struct Lead<'l> {
    play: &'l Play,
    calls: &'l [Made],
    states: &'l [(String, Millis)],
    tape: &'l Arc<Tape>,
}

impl<'l> From<&'l Clean> for Lead<'l> {
    fn from(clean: &'l Clean) -> Self {
        Self { play: &clean.play, calls: &clean.journal.calls, states: &clean.states, tape: &clean.tape }
    }
}

impl<'l> From<&'l Trial<'_>> for Lead<'l> {
    fn from(trial: &'l Trial<'_>) -> Self {
        Self { play: &trial.play, calls: &trial.journal.calls, states: &trial.states, tape: &trial.tape }
    }
}

impl Lead<'_> {
    /// What `play` has in common with it, if it is the same but for faults that come after its own.
    pub(super) fn playback(&self, play: &Play) -> Option<Playback> {
        let more = play.faults.strip_prefix(self.play.faults.as_slice())?;
        let same = play.seed == self.play.seed && play.world == self.play.world && play.request == self.play.request;
        let until = more.iter().map(|fault| self.moment(fault)).min().unwrap_or(Millis::MAX);
        same.then(|| Playback { tape: Arc::clone(self.tape), until })
    }

    /// When `fault` would have come about in it.
    fn moment(&self, fault: &Fault) -> Millis {
        let name = fault.operation.split_once(':').map_or("", |(_, name)| name);
        let nth = usize::try_from(fault.number).unwrap_or(usize::MAX).saturating_sub(1);
        match fault.kind.family() {
            Family::Execution => {
                let entered = self.states.iter().filter(|(state, _)| state == name).nth(nth);
                entered.map_or(Millis::MAX, |(_, at)| *at)
            }
            Family::Invocation => {
                let step = step_of_state(name);
                let of_it =
                    |made: &&Made| made.writer.as_ref().is_some_and(|writer| writer.step == step && writer.invocation == fault.number);
                let first = self.calls.iter().find(of_it).and_then(|made| made.writer.as_ref());
                // One that made no call may have been at any time.
                first.map_or(Millis::MIN, |writer| writer.invoked)
            }
            Family::Answer | Family::Function | Family::Others => {
                let call = self.calls.iter().find(|made| made.operation == fault.operation && made.number == fault.number);
                call.map_or(Millis::MAX, |made| made.at)
            }
        }
    }
}

/// A rehearsal, once somebody has made it; none where it could not be.
type Rehearsed<'c> = Arc<OnceLock<Option<Trial<'c>>>>;

/// The rehearsal with the first fault alone that all rehearsals with it and others follow.
#[derive(Default)]
pub(super) struct Leader<'c>(Mutex<Option<(Fault, Rehearsed<'c>)>>);

impl<'c> Leader<'c> {
    /// The rehearsal of `clean` with `fault` alone: that of the last call, where it was the same.
    pub(super) fn with(&self, clean: &'c Clean, fault: &Fault) -> Rehearsed<'c> {
        let place = {
            let mut present = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (of, place) = present.get_or_insert_with(|| (fault.clone(), Arc::default()));
            if of != fault {
                (*of, *place) = (fault.clone(), Arc::default());
            }
            Arc::clone(place)
        };
        let alone = || attempt(clean, &clean.play, std::slice::from_ref(fault)).ok();
        // Where it panics, nobody follows; that is told of the placement itself.
        place.get_or_init(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(alone)).ok().flatten());
        place
    }
}

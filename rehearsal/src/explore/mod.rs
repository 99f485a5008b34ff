//! Goes wherever something can go wrong: one cutover is rehearsed again and again, each time with other faults, and after
//! each write and at each end it is checked that what must always hold did. Must not know how a cutover keeps its promises.
//!
//! [`places`] lists every fault that the clean run has a place for and [`pairs`](places::pairs) of them; [`random`] draws
//! worlds and handfuls of faults, and [`branches`] goes through them; [`rules`] says what was broken; a failure is shrunk by
//! [`shrink`] to the line that repeats it.

mod aborted;
mod asked;
mod at_the_end;
pub mod branches;
pub mod command;
mod lead;
pub mod places;
pub mod random;
pub mod rules;
mod shrink;
mod table;
pub mod world;

use crate::fault::Fault;
use crate::interpreter::Observer;
use crate::plug::SharedWorld;
use crate::run::{Audit, Play, Report, stage};
use crate::staging::Staging;
use crate::tape::{Playback, Tape};
use crate::viewers::Cast;
use crate::world::journal::{Journal, Sight};
use lead::{Lead, Leader};
use rules::Broken;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use shrink::shrunk;

/// One rehearsal with faults, and all that is needed to judge it.
#[derive(Debug)]
pub struct Trial<'c> {
    /// What was rehearsed.
    pub play: Play,
    /// The same without faults.
    pub clean: &'c Clean,
    /// What came of it.
    pub report: Report,
    /// Every write and call.
    pub journal: Journal,
    /// What was there at the beginning.
    pub start: Sight,
    /// What is there at the end.
    pub end: Sight,
    /// The states that the first request's executions entered, in order, and when.
    pub states: Vec<(String, i64)>,
    /// What its functions did.
    pub tape: Arc<Tape>,
    /// Where what it was to follow led it astray: then all of it was run anew.
    pub strayed: Option<String>,
}

/// The run without faults.
#[derive(Debug)]
pub struct Clean {
    /// What was rehearsed.
    pub play: Play,
    /// What came of it.
    pub report: Report,
    /// Every write and call.
    pub journal: Journal,
    /// The states that the execution entered, in order, and when.
    pub states: Vec<(String, i64)>,
    /// What is there at the end.
    pub end: Sight,
    /// What its functions did.
    pub tape: Arc<Tape>,
}

impl From<Trial<'_>> for Clean {
    fn from(trial: Trial<'_>) -> Self {
        let Trial { play, report, journal, end, states, tape, .. } = trial;
        Self { play, report, journal, states, end, tape }
    }
}

/// Remembers the states of the first request's executions, and what was there at the beginning.
#[derive(Debug, Default)]
struct Watch {
    states: Mutex<Vec<(String, i64)>>,
    start: Mutex<Sight>,
}

impl Observer for Watch {
    fn state_entered(&self, state: &str, at_millis: i64, _input: &serde_json::Value) {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).push((state.to_owned(), at_millis));
    }
}

impl Audit for Watch {
    fn begins(&self, world: &SharedWorld, _clock: crate::clock::VirtualClock, _cast: &Cast) {
        *self.start.lock().unwrap_or_else(PoisonError::into_inner) = world.lock().sight().unwrap_or_default();
    }
}

impl Watch {
    fn told(self) -> (Vec<(String, i64)>, Sight) {
        let inner = |states: Mutex<Vec<(String, i64)>>| states.into_inner().unwrap_or_else(PoisonError::into_inner);
        (inner(self.states), self.start.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One rehearsal, and all that was heard of it.
struct Heard {
    report: Report,
    journal: Journal,
    states: Vec<(String, i64)>,
    start: Sight,
    end: Sight,
    tape: Arc<Tape>,
}

fn perform(play: &Play, playback: Option<Playback>) -> Result<Heard, String> {
    let (watch, tape) = (Watch::default(), Arc::<Tape>::default());
    let staging = Staging { journal: true, tape: Some(Arc::clone(&tape)), playback, ..Staging::default() };
    let (report, world) = stage(play, &staging, &watch)?;
    let mut world = world.lock();
    let end = world.sight().unwrap_or_default();
    let journal = world.journal.take().unwrap_or_default();
    let (states, start) = watch.told();
    Ok(Heard { report, journal, states, start, end, tape })
}

/// Rehearses `play` without faults.
///
/// # Errors
/// What is wrong with the world, for a person.
pub fn clean(play: &Play) -> Result<Clean, String> {
    let play = Play { faults: vec![], ..play.clone() };
    let Heard { report, journal, states, end, tape, .. } = perform(&play, None)?;
    Ok(Clean { play, report, journal, states, end, tape })
}

/// Rehearses what `clean` is the clean run of, with `faults` and the draws of `seed`.
///
/// # Errors
/// What is wrong with a fault, for a person.
pub fn attempt<'c>(clean: &'c Clean, play: &Play, faults: &[Fault]) -> Result<Trial<'c>, String> {
    attempt_after(&Lead::from(clean), clean, play, faults)
}

/// The same, which is to follow `lead` as far as it goes.
fn attempt_after<'c>(lead: &Lead<'_>, clean: &'c Clean, play: &Play, faults: &[Fault]) -> Result<Trial<'c>, String> {
    let play = Play { faults: faults.to_vec(), ..play.clone() };
    let playback = lead.playback(&play);
    let follows = playback.is_some();
    let led = || perform(&play, playback);
    // What goes wrong only where it follows is not the run's own.
    let led = if follows { catch_unwind(AssertUnwindSafe(led)).unwrap_or_else(|_| Err("it panicked".to_owned())) } else { led() };
    let strayed = match &led {
        Ok(heard) => heard.tape.strayed().map(str::to_owned),
        Err(why) => Some(why.clone()).filter(|_| follows),
    };
    let heard = if strayed.is_some() { perform(&play, None) } else { led };
    let Heard { report, journal, states, start, end, tape } = heard?;
    Ok(Trial { play, clean, report, journal, start, end, states, tape, strayed })
}

/// What was found at one placement.
#[derive(Debug, Clone)]
pub struct Found {
    /// The faults.
    pub faults: Vec<Fault>,
    /// The seed of the draws.
    pub seed: u64,
    /// How it ended: the outcome.
    pub outcome: String,
    /// What did not hold.
    pub broken: Vec<Broken>,
    /// Faults that never came to pass, because what went wrong before left no place for them.
    pub idle: usize,
    /// Clauses of the definition that its executions took, and how often.
    pub coverage: BTreeMap<String, u64>,
    /// How often each operation was called and each state entered.
    pub reached: BTreeMap<String, u64>,
    /// What each state led to that only chooses; told where there is one fault alone.
    pub choices: BTreeMap<places::Entry, places::Entry>,
    /// Where what it was to follow led it astray.
    pub strayed: Option<String>,
    /// How long the rehearsal itself took.
    pub took: Duration,
}

impl Found {
    /// Whether a fault would have had its place here.
    fn reaches(&self, fault: &Fault) -> bool {
        self.reached.get(&fault.operation).is_some_and(|count| *count >= fault.number)
    }

    /// What the state led to, as which is entered `fault` would have come about.
    fn led_to(&self, fault: &Fault) -> Option<&places::Entry> {
        self.choices.get(&(fault.operation.strip_prefix("states:")?.to_owned(), fault.number))
    }
}

/// So many placements with the same first fault are worth a rehearsal with that one alone, for them to follow.
const WORTH_A_LEAD: usize = 4;

/// Rehearses each of `placements` and judges it, on as many threads; `tell` hears how many are done, and says whether to go
/// on.
pub fn all(clean: &Clean, placements: &[Vec<Fault>], threads: usize, tell: &(dyn Fn(usize, &Found) -> bool + Sync)) -> Vec<Found> {
    let (leader, mut followers) = (Leader::default(), BTreeMap::<String, usize>::new());
    for first in placements.iter().filter(|faults| faults.len() > 1).filter_map(|faults| faults.first()) {
        *followers.entry(first.to_string()).or_default() += 1;
    }
    each(placements.len(), threads, tell, |at| {
        let faults = placements.get(at)?;
        let is_led = |first: &&Fault| faults.len() > 1 && followers.get(&first.to_string()).is_some_and(|count| *count >= WORTH_A_LEAD);
        let led = faults.first().filter(is_led).map(|first| leader.with(clean, first));
        let lead = led.as_ref().and_then(|led| led.get()).and_then(Option::as_ref);
        Some(one_after(&lead.map_or_else(|| Lead::from(clean), Lead::from), clean, &clean.play, faults))
    })
}

/// Does `work` for each number below `count`, on `threads`, and returns what came of it in order; no more of it once `tell`
/// says so.
pub fn each<T: Send>(
    count: usize,
    threads: usize,
    tell: &(dyn Fn(usize, &T) -> bool + Sync),
    work: impl Fn(usize) -> Option<T> + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                // Each turn takes the next number; there are `count`.
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        return;
                    }
                    let result = work(at);
                    let Some(result) = result else { continue };
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    if !tell(found.len() + 1, &result) {
                        next.store(count, Ordering::Relaxed);
                    }
                    found.push((at, result));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, result)| result).collect()
}

/// One placement.
pub fn one(clean: &Clean, play: &Play, faults: &[Fault]) -> Found {
    one_after(&Lead::from(clean), clean, play, faults)
}

fn one_after(lead: &Lead<'_>, clean: &Clean, play: &Play, faults: &[Fault]) -> Found {
    tried(lead, clean, play, faults).0
}

/// One placement, and the rehearsal itself, for others to follow; none where it could not be.
fn tried<'c>(lead: &Lead<'_>, clean: &'c Clean, play: &Play, faults: &[Fault]) -> (Found, Option<Trial<'c>>) {
    let began = Instant::now();
    let judged = || attempt_after(lead, clean, play, faults).map(|trial| (rules::check(&trial), trial));
    let tried = catch_unwind(AssertUnwindSafe(judged));
    let found = |outcome: &str, broken, idle, coverage, reached| {
        let (faults, seed, choices, strayed) = (faults.to_vec(), play.seed, BTreeMap::new(), None);
        Found { faults, seed, outcome: outcome.to_owned(), broken, idle, coverage, reached, choices, strayed, took: began.elapsed() }
    };
    let none = BTreeMap::new;
    match tried {
        Ok(Ok((broken, trial))) => {
            let taken = trial.report.executions.iter().map(|played| &played.coverage);
            let choices = if faults.len() == 1 { places::choices(&trial.states) } else { BTreeMap::new() };
            let idle = trial.report.idle_faults.len();
            let strayed = trial.strayed.clone();
            let found = Found { choices, strayed, ..found(at_the_end::outcome(&trial), broken, idle, summed(taken), reached(&trial)) };
            (found, Some(trial))
        }
        Ok(Err(why)) => (found("unplayable", vec![Broken::new("world", why)], 0, none(), none()), None),
        Err(_) => (found("panicked", vec![Broken::new("L1", "it panicked".to_owned())], 0, none(), none()), None),
    }
}

/// The counts of all of them together.
pub fn summed<'c>(counts: impl IntoIterator<Item = &'c BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for (key, count) in counts.into_iter().flatten() {
        *sum.entry(key.clone()).or_default() += count;
    }
    sum
}

/// Every operation that was called and every state that was entered, and how often.
fn reached(trial: &Trial<'_>) -> BTreeMap<String, u64> {
    let mut reached = trial.report.calls.clone();
    for (state, _) in &trial.states {
        *reached.entry(format!("states:{state}")).or_default() += 1;
    }
    reached
}

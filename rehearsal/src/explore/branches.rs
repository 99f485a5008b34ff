//! Random runs, a few to a world: one without a fault, some with a first fault, and the others with more of them after that,
//! each of which follows the one before it as far as that goes. What a seed stands for does not depend on who else is run.
//! Must not know what a fault does.

use super::lead::Lead;
use super::places::singles;
use super::random::{BRANCHES, Branch, branch, world};
use super::{Clean, Found, Trial, each, tried};
use crate::fault::Fault;
use crate::run::Play;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One random run for each of `seeds`; `tell` hears of each how many are done, and says whether to go on.
pub fn at_random(clean: &Clean, seeds: Range<u64>, threads: usize, tell: &(dyn Fn(usize, &Found) -> bool + Sync)) -> Vec<Found> {
    let worlds: Vec<u64> = (seeds.start / BRANCHES..seeds.end.div_ceil(BRANCHES)).collect();
    let done = AtomicUsize::new(0);
    let tell = |_: usize, found: &Vec<Found>| found.iter().all(|one| tell(done.fetch_add(1, Ordering::Relaxed) + 1, one));
    let found = each(worlds.len(), threads, &tell, |at| {
        let first = worlds.get(at)? * BRANCHES;
        Some(in_one_world(clean, first.max(seeds.start)..(first + BRANCHES).min(seeds.end)))
    });
    found.into_iter().flatten().collect()
}

/// What the run of `seed` is: the play in its random world, and its faults.
///
/// # Errors
/// What is wrong with the world, for a person.
pub(super) fn drawn(clean: &Clean, seed: u64) -> Result<(Play, Vec<Fault>), String> {
    let play = world(&clean.play, seed);
    let places = singles(&super::clean(&play)?);
    let Branch { first, others } = branch(&places, seed);
    Ok((play, first.into_iter().chain(others).collect()))
}

/// `seeds` are all of one world.
fn in_one_world(clean: &Clean, seeds: Range<u64>) -> Vec<Found> {
    let play = world(&clean.play, seeds.start);
    let (found, alone) = tried(&Lead::from(clean), clean, &play, &[]);
    // Where not even this can be judged, it is told of each of them.
    let Some(alone) = alone.map(Clean::from) else { return seeds.map(|seed| Found { seed, ..found.clone() }).collect() };
    let places = singles(&alone);
    let mut first: Option<(Fault, Found, Option<Trial<'_>>)> = None;
    let mut all = vec![];
    for seed in seeds {
        let Branch { first: fault, others } = branch(&places, seed);
        let Some(fault) = fault else {
            all.push(Found { seed, ..found.clone() });
            continue;
        };
        if first.as_ref().is_none_or(|(of, ..)| *of != fault) {
            let (found, trial) = tried(&Lead::from(&alone), clean, &play, std::slice::from_ref(&fault));
            first = Some((fault.clone(), found, trial));
        }
        let Some((_, with_first, trial)) = &first else { continue };
        if others.is_empty() {
            all.push(Found { seed, ..with_first.clone() });
            continue;
        }
        let faults: Vec<Fault> = std::iter::once(fault).chain(others).collect();
        let lead = trial.as_ref().map_or_else(|| Lead::from(&alone), Lead::from);
        all.push(Found { seed, ..tried(&lead, clean, &play, &faults).0 });
    }
    all
}

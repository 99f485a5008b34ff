//! The command `explore`: which placements, in which order, and what is told of them. Must not know what a fault does.

use super::branches::{at_random, drawn};
use super::rules::Broken;
use super::{Clean, Found, all, clean, one, places, random, shrunk, table, world};
use crate::fault::Fault;
use crate::run::{Play, UNREADABLE};
use crate::scenario;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;

/// How many of the pairs and triples that are not all visited are drawn.
const SAMPLE: usize = 500;
/// Progress is told whenever so many more runs are done.
const TOLD_EVERY: usize = 500;
/// Failures that are shrunk: each costs some runs.
const SHRUNK_MAX: usize = 10;

/// What to explore.
#[derive(Args)]
pub struct Explore {
    /// A scenario folder: world.json, request.json.
    pub dir: PathBuf,
    /// How many faults at a time: every single one; every pair on writes and stops and a sample of the others; a sample of
    /// triples. With 0 the run without a fault, and the random ones.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=3))]
    pub faults: u8,
    /// Afterwards so many random runs, each with a random handful of faults: eight in one random world.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    pub seeds: u64,
    /// The first of the random runs' seeds.
    #[arg(long, default_value_t = 1_000)]
    pub from: u64,
    /// Repeat one placement, and tell what happens: a fault, as often as there are.
    #[arg(long, value_name = "FAULT")]
    pub at: Vec<Fault>,
    /// Repeat it in the random world of this seed; without --at with that seed's faults.
    #[arg(long, value_name = "SEED")]
    pub random: Option<u64>,
    /// Stop at the first placement that breaks something.
    #[arg(long)]
    pub until_found: bool,
    /// How many threads.
    #[arg(long, default_value_t = std::thread::available_parallelism().map_or(2, usize::from))]
    pub threads: usize,
    /// One object on stdout: scenario, rounds, failures.
    #[arg(long)]
    pub json: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Explored {
    /// The scenario, as it was asked for.
    pub scenario: String,
    /// The seed of all but the random runs.
    pub seed: u64,
    /// Every round with its placements.
    pub rounds: Vec<(String, Vec<Found>)>,
    /// Pairs that need no visit: the second fault finds no place after the first.
    pub alike: usize,
    /// How long it took.
    pub seconds: f64,
    /// On so many threads.
    pub threads: usize,
}

impl Explored {
    /// Whether one failure was enough, and there is one.
    fn is_enough(&self, until_found: bool) -> bool {
        until_found && self.broken().next().is_some()
    }

    /// Placements at which something did not hold.
    pub fn broken(&self) -> impl Iterator<Item = &Found> {
        self.rounds.iter().flat_map(|(_, found)| found).filter(|found| !found.broken.is_empty())
    }
}

/// Carries out the command, and returns its exit status: 1 where something was broken.
///
/// # Errors
/// What cannot be read, for a person.
pub fn carry_out(options: &Explore, out: impl Fn(&str), err: impl Fn(&str) + Sync) -> Result<u8, String> {
    let play = world::prepared(&scenario::load(&options.dir, 1)?);
    let clean = clean(&play)?;
    if clean.report.exit_status() == UNREADABLE {
        let refusal = clean.report.document.pointer("/refusals/0/message").and_then(Value::as_str).unwrap_or_default();
        return Err(format!("{}: {refusal}", options.dir.join("request.json").display()));
    }
    if !options.at.is_empty() || options.random.is_some() {
        return repeat(options, &clean, &out);
    }
    let began = Instant::now();
    let mut explored = Explored {
        scenario: options.dir.display().to_string(),
        seed: play.seed,
        rounds: vec![],
        alike: 0,
        seconds: 0.0,
        threads: options.threads,
    };
    let singles = places::singles(&clean);
    for round in Round::ALL.into_iter().filter(|round| round.faults() <= options.faults) {
        if explored.is_enough(options.until_found) {
            break;
        }
        let alone = explored.rounds.iter().find(|(name, _)| name == Round::One.name()).map_or(&[][..], |(_, found)| found);
        let (placements, alike) = round.placements(&singles, alone, play.seed);
        let tell = |done: usize, found: &Found| {
            if done.is_multiple_of(TOLD_EVERY) || done == placements.len() {
                err(&format!("{}: {done} of {}", round.name(), placements.len()));
            }
            !options.until_found || found.broken.is_empty()
        };
        let found = all(&clean, &placements, options.threads, &tell);
        explored.alike += alike;
        explored.rounds.push((round.name().to_owned(), found));
    }
    if options.seeds > 0 && !explored.is_enough(options.until_found) {
        let found = at_random(&clean, options.from..options.from + options.seeds, options.threads, &|done, found| {
            if done.is_multiple_of(TOLD_EVERY) {
                err(&format!("random: {done} of {}", options.seeds));
            }
            !options.until_found || found.broken.is_empty()
        });
        explored.rounds.push(("random".to_owned(), found));
    }
    explored.seconds = began.elapsed().as_secs_f64();
    let failures: Vec<Found> = explored.broken().take(SHRUNK_MAX).cloned().collect();
    for found in failures {
        let play = if found.seed == play.seed { play.clone() } else { random::world(&play, found.seed) };
        let least = shrunk(&clean, &play, repeated(&clean, &play, found.clone()));
        let all = explored.rounds.iter_mut().flat_map(|(_, all)| all.iter_mut());
        let least = Found { seed: found.seed, ..least };
        all.filter(|one| one.seed == found.seed && one.faults == found.faults).for_each(|one| *one = least.clone());
    }
    if options.json {
        out(&table::to_json(&explored).to_string());
    } else {
        table::lines(&explored).iter().for_each(|line| out(line));
    }
    Ok(u8::from(explored.broken().next().is_some()))
}

/// What was found, once more with nothing to follow, as whoever repeats it would.
fn repeated(clean: &Clean, play: &Play, mut found: Found) -> Found {
    let alone = one(clean, play, &found.faults);
    if alone.broken.is_empty() {
        found
            .broken
            .push(Broken::new("world", "it breaks this only where it follows another run, and nothing where it is repeated".to_owned()));
        return found;
    }
    Found { seed: found.seed, ..alone }
}

/// What is visited, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// The clean run, which is judged as well.
    None,
    /// Every single fault.
    One,
    /// Every pair of which each fault hits a write that viewers see or a state.
    Pairs,
    /// A sample of all pairs.
    Two,
    /// A sample of all triples.
    Three,
}

impl Round {
    /// All of them.
    pub const ALL: [Round; 5] = [Round::None, Round::One, Round::Pairs, Round::Two, Round::Three];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Round::None => "no fault",
            Round::One => "one fault",
            Round::Pairs => "two, writes and stops",
            Round::Two => "two, a sample",
            Round::Three => "three, a sample",
        }
    }

    /// Faults at a time.
    fn faults(self) -> u8 {
        match self {
            Round::None => 0,
            Round::One => 1,
            Round::Pairs | Round::Two => 2,
            Round::Three => 3,
        }
    }

    /// Its placements, and how many more need no visit, because they are like what was found `alone`.
    pub fn placements(self, singles: &[places::Placed], alone: &[Found], seed: u64) -> (Vec<Vec<Fault>>, usize) {
        match self {
            Round::None => (vec![vec![]], 0),
            Round::One => {
                let apart: Vec<Vec<Fault>> =
                    singles.iter().filter(|placed| placed.alike.is_none()).map(|placed| vec![placed.fault.clone()]).collect();
                let alike = singles.len() - apart.len();
                (apart, alike)
            }
            Round::Pairs => {
                let pairs = places::pairs(singles, alone);
                (pairs.apart, pairs.alike)
            }
            Round::Two => (random::sample(singles, 2, SAMPLE, seed), 0),
            Round::Three => (random::sample(singles, 3, SAMPLE, seed), 0),
        }
    }
}

/// One placement again, with its story.
fn repeat(options: &Explore, clean: &Clean, out: &impl Fn(&str)) -> Result<u8, String> {
    let (play, faults) = match options.random {
        Some(seed) if options.at.is_empty() => drawn(clean, seed)?,
        Some(seed) => (random::world(&clean.play, seed), options.at.clone()),
        None => (clean.play.clone(), options.at.clone()),
    };
    let trial = super::attempt(clean, &Play { faults: vec![], ..play }, &faults)?;
    let broken = super::rules::check(&trial);
    if options.json {
        let told: Vec<String> = broken.iter().map(ToString::to_string).collect();
        let mut report = trial.report.to_json();
        if let Some(fields) = report.as_object_mut() {
            fields.insert("broken".to_owned(), Value::from(told));
        }
        out(&report.to_string());
    } else {
        let began = trial.report.timeline.first().map_or(0, |(at, ..)| *at);
        faults.iter().for_each(|fault| out(&format!("fault    {fault} ({})", fault.kind.fact())));
        for (at, what, detail) in &trial.report.timeline {
            out(&format!("{:>8.1} s  {what}  {detail}", (at - began) as f64 / 1000.0));
        }
        out(&format!("outcome  {}", trial.report.outcome));
        trial.report.idle_faults.iter().for_each(|idle| out(&format!("no place {idle}")));
        broken.iter().for_each(|broken| out(&format!("BROKEN   {broken}")));
    }
    Ok(u8::from(!broken.is_empty()))
}

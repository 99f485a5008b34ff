//! What an exploration found, for a person and for a script. Must not know how it was found.

use super::command::Explored;
use super::{Found, summed};
use crate::interpreter::Definition;
use crate::run::DEFINITION;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many failures are told one by one.
const FAILURES_TOLD: usize = 20;
/// How many kinds of faults are told of that take longest, and of how many runs at the least.
const SLOWEST_TOLD: usize = 5;
const TIMED_MIN: usize = 100;
/// How much is told of where a run went astray, characters.
const STRAYED_TOLD: usize = 100;

fn outcomes(found: &[Found]) -> BTreeMap<&str, usize> {
    let mut outcomes = BTreeMap::new();
    for one in found {
        *outcomes.entry(one.outcome.as_str()).or_insert(0) += 1;
    }
    outcomes
}

/// How the placements of each kind of fault ended, and how long their rehearsals took; of one fault each.
fn by_kind(found: &[Found]) -> BTreeMap<&'static str, (BTreeMap<&str, usize>, Duration)> {
    let mut kinds: BTreeMap<&'static str, (BTreeMap<&str, usize>, Duration)> = BTreeMap::new();
    for one in found {
        if let [fault] = one.faults.as_slice() {
            let (outcomes, took) = kinds.entry(fault.kind.word()).or_default();
            *outcomes.entry(one.outcome.as_str()).or_insert(0) += 1;
            *took += one.took;
        }
    }
    kinds
}

/// The kinds of faults whose rehearsals took longest, each with its part of all the time and with how long one takes.
fn slowest(found: &[Found]) -> String {
    let kinds = by_kind(found);
    let all: Duration = kinds.values().map(|(_, took)| *took).sum();
    let mut kinds: Vec<(Duration, usize, &str)> =
        kinds.iter().map(|(kind, (outcomes, took))| (*took, outcomes.values().sum(), *kind)).collect();
    kinds.sort_by(|one, other| other.cmp(one));
    let told = kinds.iter().take(SLOWEST_TOLD).map(|(took, runs, kind)| {
        let part = took.as_secs_f64() / all.as_secs_f64().max(f64::EPSILON);
        format!("{kind} {:.0} % ({:.0} ms each)", part * 100.0, took.as_secs_f64() * 1000.0 / (*runs).max(1) as f64)
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Clauses of the shipped definition that no run took, of how many there are.
fn untaken(explored: &Explored) -> (Vec<String>, usize) {
    let taken = summed(explored.rounds.iter().flat_map(|(_, found)| found).map(|found| &found.coverage));
    let clauses = Definition::parse(DEFINITION).map(|definition| definition.clauses()).unwrap_or_default();
    let count = clauses.len();
    (clauses.into_iter().filter(|clause| !taken.contains_key(clause)).collect(), count)
}

/// The line that repeats a placement.
pub(super) fn line(explored: &Explored, found: &Found) -> String {
    let faults: String = found.faults.iter().map(|fault| format!(" --at {fault}")).collect();
    let world = if explored.seed == found.seed { String::new() } else { format!(" --random {}", found.seed) };
    format!("rehearsal explore {}{world}{faults}", explored.scenario)
}

/// Lines for a person.
pub(super) fn lines(explored: &Explored) -> Vec<String> {
    let mut lines = vec![];
    for (name, found) in &explored.rounds {
        let told: Vec<String> = outcomes(found).iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let idle = found.iter().filter(|one| one.idle > 0).count();
        let idle = if idle > 0 { format!(" ({idle} with a fault that found no place)") } else { String::new() };
        lines.push(format!("{name:<22} {:>7} runs: {}{idle}", found.len(), told.join(", ")));
        let strayed: Vec<&str> = found.iter().filter_map(|one| one.strayed.as_deref()).collect();
        if let Some(first) = strayed.first() {
            let first: String = first.chars().take(STRAYED_TOLD).collect();
            lines.push(format!("{:22} {:>7} of them anew, since what they were to follow led astray: {first}", "", strayed.len()));
        }
        if let (true, [one, ..]) = (found.len() > TIMED_MIN, found.as_slice())
            && one.faults.len() == 1
        {
            lines.push(format!("{:22} where the time goes: {}", "", slowest(found)));
        }
    }
    let broken: Vec<&Found> = explored.broken().collect();
    for found in broken.iter().take(FAILURES_TOLD) {
        lines.push(line(explored, found));
        lines.extend(found.broken.iter().map(|broken| format!("    {broken}")));
    }
    let runs: usize = explored.rounds.iter().map(|(_, found)| found.len()).sum();
    let seconds = explored.seconds.max(0.001);
    let (untaken, clauses) = untaken(explored);
    let missing = if untaken.is_empty() { String::new() } else { format!("; not {}", untaken.join(", ")) };
    lines.push(format!("clauses taken {:>15} of {clauses}{missing}", clauses - untaken.len()));
    if explored.alike > 0 {
        lines.push(format!(
            "{:22} {:>7} more are like one that was visited: a stop at a state that only chooses, a pair whose second fault finds no place",
            "", explored.alike
        ));
    }
    lines.push(format!(
        "{runs} runs in {seconds:.1} s, {:.0} a second on {} threads; {} broken",
        runs as f64 / seconds,
        explored.threads,
        broken.len()
    ));
    lines
}

/// One object for a script.
pub(super) fn to_json(explored: &Explored) -> Value {
    let kinds = |found: &[Found]| -> BTreeMap<&str, Value> {
        let told = |outcomes, took: Duration| json!({"outcomes": outcomes, "seconds": took.as_secs_f64()});
        by_kind(found).into_iter().map(|(kind, (outcomes, took))| (kind, told(outcomes, took))).collect()
    };
    let strayed = |found: &[Found]| found.iter().filter(|one| one.strayed.is_some()).count();
    let round = |(name, found): &(String, Vec<Found>)| json!({"name": name, "runs": found.len(), "outcomes": outcomes(found), "kinds": kinds(found), "strayed": strayed(found)});
    let failure = |found: &Found| {
        let broken: Vec<Value> = found.broken.iter().map(|broken| json!({"rule": broken.rule, "seen": broken.seen})).collect();
        let faults: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
        json!({"seed": found.seed, "faults": faults, "outcome": found.outcome, "broken": broken, "repeat": line(explored, found)})
    };
    json!({
        "scenario": explored.scenario,
        "rounds": explored.rounds.iter().map(round).collect::<Vec<Value>>(),
        "failures": explored.broken().map(failure).collect::<Vec<Value>>(),
        "untaken": untaken(explored).0,
        "alike": explored.alike,
        "runs": explored.rounds.iter().map(|(_, found)| found.len()).sum::<usize>(),
        "seconds": explored.seconds,
    })
}

//! What an exploration found, for a person and for a script. Must not know how it was found.

use super::Found;
use super::command::Explored;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many failures are told one by one.
const FAILURES_TOLD: usize = 20;

fn outcomes(found: &[Found]) -> BTreeMap<&str, usize> {
    let mut outcomes = BTreeMap::new();
    for one in found {
        *outcomes.entry(one.outcome.as_str()).or_insert(0) += 1;
    }
    outcomes
}

/// How the placements of each kind of fault ended; of one fault each.
fn by_kind(found: &[Found]) -> BTreeMap<&'static str, BTreeMap<&str, usize>> {
    let mut kinds: BTreeMap<&'static str, BTreeMap<&str, usize>> = BTreeMap::new();
    for one in found {
        if let [fault] = one.faults.as_slice() {
            *kinds.entry(fault.kind.word()).or_default().entry(one.outcome.as_str()).or_insert(0) += 1;
        }
    }
    kinds
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
    }
    let broken: Vec<&Found> = explored.broken().collect();
    for found in broken.iter().take(FAILURES_TOLD) {
        lines.push(line(explored, found));
        lines.extend(found.broken.iter().map(|broken| format!("    {broken}")));
    }
    let runs: usize = explored.rounds.iter().map(|(_, found)| found.len()).sum();
    let seconds = explored.seconds.max(0.001);
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
    let round = |(name, found): &(String, Vec<Found>)| json!({"name": name, "runs": found.len(), "outcomes": outcomes(found), "kinds": by_kind(found)});
    let failure = |found: &Found| {
        let broken: Vec<Value> = found.broken.iter().map(|broken| json!({"rule": broken.rule, "seen": broken.seen})).collect();
        let faults: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
        json!({"seed": found.seed, "faults": faults, "outcome": found.outcome, "broken": broken, "repeat": line(explored, found)})
    };
    json!({
        "scenario": explored.scenario,
        "rounds": explored.rounds.iter().map(round).collect::<Vec<Value>>(),
        "failures": explored.broken().map(failure).collect::<Vec<Value>>(),
        "runs": explored.rounds.iter().map(|(_, found)| found.len()).sum::<usize>(),
        "seconds": explored.seconds,
    })
}

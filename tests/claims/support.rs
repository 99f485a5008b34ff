//! What the claims share: scenarios, runs, and small changes to both. Holds no expectation.

use rehearsal::run::{Play, Report, Unwatched, run};
use rehearsal::scenario;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The top of the repository.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn scenario_folder(name: &str) -> PathBuf {
    top().join("tests/scenarios").join(name)
}

pub fn scenario(name: &str, seed: u64) -> Play {
    scenario::load(&scenario_folder(name), seed).unwrap()
}

pub fn rehearse(play: &Play) -> Report {
    run(play, &Unwatched).unwrap()
}

/// The same play under other rules.
pub fn with_rule(mut play: Play, rule: &str, value: Value) -> Play {
    if play.world.get("rules").is_none() {
        play.world["rules"] = json!({});
    }
    play.world["rules"][rule] = value;
    play
}

pub fn with_propagation(mut play: Play, propagation: Value) -> Play {
    play.world["edge"] = json!({"propagation": propagation});
    play
}

/// The parts of a world that a cutover could change, without the time.
pub fn state(world: &Value) -> Value {
    json!({"distributions": world["distributions"], "hostedZones": world["hostedZones"], "certificates": world["certificates"]})
}

pub fn calls(report: &Report, operation: &str) -> u64 {
    report.calls.get(operation).copied().unwrap_or(0)
}

/// Labels of the edits that were carried out, forth and back, in order.
pub fn edits_told(report: &Report) -> Vec<String> {
    let is_edit = |what: &str| what.starts_with("back ") || what.split('/').next().is_some_and(|n| n.parse::<u32>().is_ok());
    report.timeline.iter().map(|(_, what, _)| what.clone()).filter(|what| is_edit(what)).collect()
}

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

/// `${UpdateDistributionFunctionArn}` → `update_distribution`
pub fn step_of(resource: &str) -> String {
    let state = resource.trim_start_matches("${").trim_end_matches("FunctionArn}");
    let starts = |index: usize, letter: char| letter.is_ascii_uppercase() && index > 0;
    let spelled = |(index, letter): (usize, char)| if starts(index, letter) { format!("_{letter}") } else { letter.to_string() };
    state.char_indices().map(spelled).collect::<String>().to_ascii_lowercase()
}

/// Remembers which states were entered, when, and with what.
#[derive(Default)]
pub struct Watch(std::sync::Mutex<Vec<(String, i64, Value)>>);

impl rehearsal::interpreter::Observer for Watch {
    fn state_entered(&self, state: &str, at_millis: i64, input: &Value) {
        self.0.lock().unwrap().push((state.to_owned(), at_millis, input.clone()));
    }
}

impl rehearsal::run::Audit for Watch {
    fn begins(&self, _: &rehearsal::plug::SharedWorld, _: rehearsal::clock::VirtualClock, _: &rehearsal::viewers::Cast) {}
}

impl Watch {
    /// Every state that was entered, in order.
    pub fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(name, ..)| name.clone()).collect()
    }

    pub fn entered(&self, state: &str) -> u64 {
        self.0.lock().unwrap().iter().filter(|(name, ..)| name == state).count() as u64
    }

    /// Every document that a state was entered with.
    pub fn documents(&self) -> Vec<Value> {
        self.0.lock().unwrap().iter().map(|(_, _, input)| input.clone()).collect()
    }

    /// Seconds between each wait and the look after it, with what was waited for.
    pub fn waits(&self) -> Vec<(i64, String)> {
        let states = self.0.lock().unwrap();
        let waits = states.windows(2).filter(|pair| pair[0].0 == "WaitToSettle" && pair[1].0 == "CheckSettled");
        waits.map(|pair| ((pair[1].1 - pair[0].1) / 1000, pair[0].2["progress"].to_string())).collect()
    }

    /// Label, distribution, since when it was waited for, and when a look found it settled.
    pub fn deployments(&self, report: &Report) -> Vec<(String, String, i64, i64)> {
        let states = self.0.lock().unwrap();
        let mut found = Vec::new();
        for pair in states.windows(2).filter(|pair| pair[0].0 == "CheckSettled" && pair[1].0 == "HasSettled") {
            let (before, after) = (&pair[0].2["progress"], &pair[1].2["progress"]);
            if before["stage"] == after["stage"] && before["at"] == after["at"] {
                continue;
            }
            let at = usize::try_from(before["at"].as_u64().unwrap()).unwrap();
            let begun = before["begun"].as_u64().unwrap();
            let way_back = report.document["wayBack"].as_array().unwrap().iter().filter_map(Value::as_u64).filter(|p| *p < begun);
            let position = if before["direction"] == "back" { way_back.collect::<Vec<_>>()[at] as usize } else { at };
            let settle = &before["waitsFor"];
            if settle["kind"] == "distributionDeployed" {
                let label = report.document["plan"][position]["label"].as_str().unwrap().to_owned();
                let since: jiff::Timestamp = before["since"].as_str().unwrap().parse().unwrap();
                found.push((label, settle["distribution"].as_str().unwrap().to_owned(), since.as_millisecond(), pair[1].1));
            }
        }
        found
    }
}

/// Gives the one-account scenario three names instead of one.
pub fn with_three_names(mut play: Play) -> Play {
    let names = ["a.foo.com", "b.foo.com", "c.foo.com"];
    let record = |name: &&str| json!({"name": name, "type": "CNAME", "ttl": 60, "values": ["xyz.cloudfront.net"]});
    play.world["hostedZones"][0]["records"] = names.iter().map(record).collect();
    play.world["distributions"][0]["aliases"] = json!(names);
    play.world["certificates"][0]["names"] = json!(names);
    play.world["certificates"][1]["names"] = json!(["*.foo.com"]);
    play.request["aliases"] = json!(names);
    play
}

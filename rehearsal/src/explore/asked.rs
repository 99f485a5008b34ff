//! What was asked for, held against what is there once a cutover says that it is completed. It is worked out from the
//! request and from what was there at the beginning: a mistake that the clean run makes too must not be its own measure.
//! Must not know the plan.

use super::Trial;
use super::at_the_end::{aliases, others, rival_moved, target, with};
use super::rules::{Broken, records, sides};
use crate::fault::FaultKind;
use crate::world::input::RecordInput;
use crate::world::names::normal;
use serde_json::Value;
use std::collections::BTreeSet;

/// Types of record sets that lead viewers somewhere.
const LEADING: [&str; 5] = ["A", "AAAA", "CNAME", "HTTPS", "SVCB"];

/// I2, L3 and V.
pub(super) fn check(trial: &Trial<'_>, outcome: &str, broken: &mut Vec<Broken>) {
    unserved(trial, outcome, broken);
    let aliases = aliases(trial);
    // Names below a wildcard that moves may stay where it went.
    if outcome != "completed" || rival_moved(trial) || aliases.iter().any(|alias| alias.starts_with("*.")) {
        return;
    }
    let Some(target) = target(trial.clean) else { return };
    let mut wanted = trial.start.clone();
    for (id, side) in &mut wanted.sides {
        side.aliases.retain(|alias| !aliases.contains(alias));
        if *id == target {
            side.aliases.extend(aliases.iter().cloned());
        }
    }
    others(trial).for_each(|entry| with(&mut wanted, entry));
    for (id, wanted, is) in sides(&wanted, &trial.end).filter(|(_, wanted, is)| wanted.aliases != is.aliases) {
        let seen = format!("completed: {id} has {:?} instead of {:?}, which was asked for", is.aliases, wanted.aliases);
        broken.push(Broken::new("I2", seen));
    }
    names(trial, &aliases, &target, broken);
}

/// Record sets: those of the aliases lead to the target, and no other is left over, gone or changed.
fn names(trial: &Trial<'_>, aliases: &BTreeSet<String>, target: &str, broken: &mut Vec<Broken>) {
    let by_others: BTreeSet<(String, String)> =
        others(trial).flat_map(|entry| records(&entry.before, &entry.after)).map(|(key, ..)| key.clone()).collect();
    let own = |key: &(String, String)| !by_others.contains(key);
    for (key, ..) in records(&trial.start, &trial.end).into_iter().filter(|(key, ..)| own(key) && !aliases.contains(&key.1)) {
        broken.push(Broken::new("L3", format!("completed: the record sets of {} are not what they were", key.1)));
    }
    let leading = |sets: &[RecordInput]| sets.iter().any(|set| LEADING.contains(&set.kind.as_str()));
    for (key, _) in trial.start.records.iter().filter(|(key, sets)| own(key) && aliases.contains(&key.1) && leading(sets)) {
        if !trial.end.records.get(key).is_some_and(|sets| leading(sets)) {
            broken.push(Broken::new("I2", format!("completed: nothing of {} leads anywhere any more", key.1)));
        }
    }
    let Some(domain_name) = domain_name(trial, target) else { return };
    let leads = |set: &RecordInput| set.alias_target.iter().chain(&set.values).any(|to| normal(to) == domain_name);
    for (key, sets) in trial.end.records.iter().filter(|(key, _)| own(key) && aliases.contains(&key.1)) {
        let astray = sets.iter().filter(|set| LEADING.contains(&set.kind.as_str()) && !leads(set)).map(|set| set.kind.as_str());
        let astray: Vec<&str> = astray.collect();
        if !astray.is_empty() {
            broken.push(Broken::new("I2", format!("completed: {} of {} do not lead to {target}", astray.join(", "), key.1)));
        }
    }
}

fn domain_name(trial: &Trial<'_>, target: &str) -> Option<String> {
    let all = trial.play.world.get("distributions").and_then(Value::as_array)?;
    let found = all.iter().find(|one| one.get("id").and_then(Value::as_str) == Some(target))?;
    found.get("domainName").and_then(Value::as_str).map(normal)
}

/// V: what the plan itself says that viewers notice.
fn unserved(trial: &Trial<'_>, outcome: &str, broken: &mut Vec<Broken>) {
    let says_none = trial.report.document.pointer("/prediction/outageSecondsWorst").and_then(Value::as_u64) == Some(0);
    let went_on = ["completed", "rolledBack"].contains(&outcome);
    let was_served = trial.clean.report.viewers.unserved == 0 || trial.play.faults.is_empty();
    // Somebody asks for the way back while the names are on their way: both plans were kept, and not both at once.
    let asked_back = trial.play.faults.iter().any(|fault| fault.kind == FaultKind::AskedBack);
    let alone = trial.play.world.get("actors").is_none_or(|actors| *actors == Value::Array(vec![]));
    let quiet = alone && !asked_back && others(trial).next().is_none();
    if says_none && went_on && was_served && quiet && trial.report.viewers.unserved > 0 {
        let seen = format!("{outcome}: the plan says no outage, and {} requests were unserved", trial.report.viewers.unserved);
        broken.push(Broken::new("V", seen));
    }
}

//! What must hold once everything has come to its end (I1, I2, I8 to I10, L1 to L3, L5). Must not know how it came to that.

use super::rules::{Broken, millis, records, sides, table_was_struck};
use super::{Clean, Trial, aborted, asked};
use crate::fault::FaultKind;
use crate::service::injection::SKEW_MILLIS;
use crate::world::input::RecordInput;
use crate::world::journal::{Entry, Sight, Writer};
use crate::world::names::normal;
use serde_json::Value;
use std::collections::BTreeSet;

/// How long a run may take: a stuck version or change (five hours), a claim that has to lapse (four), and patience.
const SECONDS_MAX: f64 = 86_400.0;
/// How long people are waited for: two weeks.
const PEOPLE_SECONDS_MAX: f64 = 14.0 * 86_400.0;
/// A tenth of what a history may hold (SFN-3).
const HISTORY_MAX: u64 = 2_500;
/// How long a claim that nobody renews lasts, milliseconds.
const CLAIM_MILLIS_MAX: i64 = 4 * 3_600_000;

pub(super) fn check(trial: &Trial<'_>, broken: &mut Vec<Broken>) {
    let outcome = outcome(trial);
    let somebody_wrote = trial.journal.entries.iter().any(|entry| entry.writer.is_some());
    if ["refused", "planned"].contains(&outcome) && wrote(trial, &rivals(trial), false) {
        broken.push(Broken::new("I10", format!("it was {outcome}, and had written")));
    }
    if somebody_wrote {
        owned(trial, outcome, broken);
    }
    match outcome {
        // What turned the clean run round may have found no place in this one: nobody knows then what it would have left.
        "completed" if trial.clean.report.outcome != "completed" => {}
        "completed" => as_expected(trial, &trial.clean.end, broken),
        "rolledBack" | "refused" => as_expected(trial, &trial.start, broken),
        "stuck" => is_helpful(trial, broken),
        _ => {}
    }
    claims(trial, outcome, broken);
    chains(trial, broken);
    took(trial, broken);
    served(trial, outcome, broken);
    passed(trial, outcome, broken);
    asked::check(trial, outcome, broken);
    aborted::check(trial, outcome, broken);
}

/// How the cutover of the first request ended. `none` where no document says so: it was stopped before there was one.
pub(super) fn outcome<'t>(trial: &'t Trial<'_>) -> &'t str {
    last_word(trial).get("outcome").and_then(Value::as_str).unwrap_or("none")
}

/// The document that says how the cutover of the first request ended. An execution that found its claim lost, or was redriven
/// without it, has no say in that: whoever took it over has.
fn last_word<'t>(trial: &'t Trial<'_>) -> &'t Value {
    fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
        value.pointer(pointer).and_then(Value::as_str)
    }
    let last = &trial.report.document;
    let id = text(last, "/claim/id");
    let claim = trial.report.registry.iter().find(|item| text(item, "/sk") == Some("CLAIM") && text(item, "/id") == id);
    let others: &[&str] = match (text(last, "/outcome"), claim.and_then(|claim| text(claim, "/state"))) {
        (None | Some("completed" | "rolledBack"), Some("stuck")) => &["stuck"],
        (Some("stuck"), Some("released")) => &["completed", "rolledBack"],
        _ => &[],
    };
    let mut documents = trial.report.executions.iter().map(|one| &one.document);
    let is_it = |document: &&Value| {
        id.is_some() && text(document, "/claim/id") == id && text(document, "/outcome").is_some_and(|of| others.contains(&of))
    };
    documents.find(is_it).unwrap_or(last)
}

/// What is over by itself, so that whoever waits, looks again or is recovered comes to an end without a person.
const PASSING: [FaultKind; 24] = [
    FaultKind::Throttled,
    FaultKind::Unavailable,
    FaultKind::Down,
    FaultKind::LostAnswer,
    FaultKind::Late,
    FaultKind::OldRead,
    FaultKind::Stale,
    FaultKind::Taken,
    FaultKind::Denied,
    FaultKind::Expired,
    FaultKind::StuckInProgress,
    FaultKind::Busy,
    FaultKind::StuckPending,
    FaultKind::ClockAhead,
    FaultKind::ClockBehind,
    FaultKind::KilledBefore,
    FaultKind::KilledAfter,
    FaultKind::FrozenBefore,
    FaultKind::FrozenAfter,
    FaultKind::Twice,
    FaultKind::Overtaken,
    FaultKind::Stopped,
    FaultKind::Redriven,
    FaultKind::HistoryFull,
];

/// P.
fn passed(trial: &Trial<'_>, outcome: &str, broken: &mut Vec<Broken>) {
    let left_alone = trial.play.faults.is_empty() && others(trial).next().is_none();
    if left_alone && outcome == "stuck" {
        broken.push(Broken::new("P", "nothing went wrong, and it is stuck".to_owned()));
    }
    let [fault] = trial.play.faults.as_slice() else { return };
    if PASSING.contains(&fault.kind) && outcome == "stuck" && trial.clean.report.outcome != "stuck" {
        broken.push(Broken::new(
            "P",
            format!("one fault that passes left it stuck: {}", trial.report.document.pointer("/stuck").unwrap_or(&Value::Null)),
        ));
    }
}

/// The strategy of the first request's cutover; empty where none was chosen.
pub(super) fn strategy<'t>(trial: &'t Trial<'_>) -> &'t str {
    trial.report.document.get("strategy").and_then(Value::as_str).unwrap_or_default()
}

/// Source and target of the request.
pub(super) fn both(trial: &Trial<'_>) -> Option<(String, String)> {
    let alias = crate::placement::first_alias(&trial.play.request)?;
    let source = crate::placement::source_of(&trial.play, &alias)?;
    Some((source, target(trial.clean)?))
}

pub(super) fn target(clean: &Clean) -> Option<String> {
    let target = clean.play.request.get("target")?;
    let id = target.get("distribution").or(target.get("distributionTenant"))?;
    id.as_str().map(str::to_owned)
}

pub(super) fn aliases(trial: &Trial<'_>) -> BTreeSet<String> {
    let aliases = trial.play.request.get("aliases").and_then(Value::as_array);
    aliases.into_iter().flatten().filter_map(Value::as_str).map(normal).collect()
}

pub(super) fn others<'t>(trial: &'t Trial<'_>) -> impl Iterator<Item = &'t Entry> {
    trial.journal.entries.iter().filter(|entry| entry.writer.is_none())
}

/// The claims of requests that were made beside the first.
fn rivals<'t>(trial: &'t Trial<'_>) -> BTreeSet<&'t str> {
    let first = trial.report.document.pointer("/claim/id").and_then(Value::as_str);
    let ids = trial.report.executions.iter().filter_map(|one| one.document.pointer("/claim/id").and_then(Value::as_str));
    ids.filter(|id| Some(*id) != first).collect()
}

/// Whether something was written under one of `claims`, or by a cutover under any other or none.
fn wrote(trial: &Trial<'_>, claims: &BTreeSet<&str>, under_one: bool) -> bool {
    let writers = trial.journal.entries.iter().filter_map(|entry| entry.writer.as_ref());
    let claim = |writer: &Writer| writer.claim.as_ref().is_some_and(|(id, _)| claims.contains(id.as_str()));
    writers.map(claim).any(|is_one| is_one == under_one)
}

/// Whether a request that was made beside the first has written something of its own.
pub(super) fn rival_moved(trial: &Trial<'_>) -> bool {
    wrote(trial, &rivals(trial), true)
}

/// I1.
fn owned(trial: &Trial<'_>, outcome: &str, broken: &mut Vec<Broken>) {
    let Some((source, target)) = both(trial) else { return };
    if !["completed", "rolledBack"].contains(&outcome) {
        return;
    }
    let touched: BTreeSet<String> = others(trial)
        .flat_map(|entry| {
            sides(&entry.before, &entry.after)
                .flat_map(|(_, before, after)| before.aliases.symmetric_difference(&after.aliases).cloned().collect::<Vec<_>>())
                .collect::<Vec<_>>()
        })
        .collect();
    for alias in aliases(trial).difference(&touched) {
        let holders: Vec<&String> = trial.end.sides.iter().filter(|(_, side)| side.aliases.contains(alias)).map(|(id, _)| id).collect();
        let was_held = trial.start.sides.values().any(|side| side.aliases.contains(alias));
        if was_held && !(holders.len() == 1 && holders.iter().all(|id| **id == source || **id == target)) {
            broken.push(Broken::new("I1", format!("{outcome}, and {alias} is on {holders:?}")));
        }
    }
}

/// I2 and L3: `expected`, with what others did on top of it.
fn as_expected(trial: &Trial<'_>, expected: &Sight, broken: &mut Vec<Broken>) {
    if !rival_moved(trial) {
        ends_as(trial, expected, broken);
    }
}

fn ends_as(trial: &Trial<'_>, expected: &Sight, broken: &mut Vec<Broken>) {
    let mut expected = expected.clone();
    let (mut unsure, mut joined) = (BTreeSet::<(String, String)>::new(), BTreeSet::<(String, String)>::new());
    for entry in others(trial) {
        with(&mut expected, entry);
        let of = if entry.operation == JOINS { &mut joined } else { &mut unsure };
        of.extend(records(&entry.before, &entry.after).into_iter().map(|(key, ..)| key.clone()));
    }
    let outcome = outcome(trial);
    for (id, wanted, is) in sides(&expected, &trial.end) {
        let told = |what: String| Broken::new("I2", format!("{outcome}: {id}: {what}"));
        if wanted.aliases != is.aliases {
            broken.push(told(format!("aliases {:?} instead of {:?}", is.aliases, wanted.aliases)));
        }
        // Where the plan itself switches it off and on, nobody can tell whose wish is the last.
        if wanted.enabled != is.enabled && !switches(trial, id) {
            broken.push(told(format!("enabled is {}", is.enabled)));
        }
        if !wanted.rests_as(is) || wanted.certificate != is.certificate {
            broken.push(told("another config".to_owned()));
        }
    }
    let sorted = |mut sets: Vec<RecordInput>| {
        sets.sort_by(|one, other| (&one.kind, &one.set_identifier).cmp(&(&other.kind, &other.set_identifier)));
        sets.into_iter().map(|set| crate::world::output::plain(&set)).collect::<Vec<_>>()
    };
    // The TTL of a set that several share is whoever's made it, and its values have no order.
    let shared = |sets: &[RecordInput]| {
        let (txt, others): (Vec<RecordInput>, Vec<RecordInput>) = sets.iter().cloned().partition(|set| set.kind == "TXT");
        (txt.into_iter().flat_map(|set| set.values).collect::<BTreeSet<_>>(), sorted(others))
    };
    // Where somebody else wrote the same set, either's is right.
    for (key, wanted, is) in records(&expected, &trial.end).into_iter().filter(|(key, ..)| !unsure.contains(*key)) {
        let same = if joined.contains(key) { shared(&wanted) == shared(&is) } else { sorted(wanted.clone()) == sorted(is.clone()) };
        if !same {
            let short = |sets: &[RecordInput]| {
                sets.iter().map(|set| format!("{} {:?}{:?}", set.kind, set.values, set.alias_target)).collect::<Vec<_>>()
            };
            broken.push(Broken::new("I2", format!("{outcome}: {} is {:?} instead of {:?}", key.1, short(&is), short(&wanted))));
        }
    }
}

/// Whether the plan enables or disables this distribution.
fn switches(trial: &Trial<'_>, id: &str) -> bool {
    let plan = trial.report.document.get("plan").and_then(Value::as_array);
    let is_switch = |edit: &Value| edit.pointer("/edit/op").and_then(Value::as_str) == Some("setEnabled");
    plan.into_iter().flatten().any(|edit| is_switch(edit) && edit.to_string().contains(&format!("\"{id}\"")))
}

/// The deed that adds to a record set what is not there yet, and leaves the rest.
const JOINS: &str = "addValue";

/// Adds to `sets` what `after` lists and `before` did not.
fn join(sets: &mut Vec<RecordInput>, before: &[RecordInput], after: Vec<RecordInput>) {
    for mut set in after {
        set.values.retain(|value| !before.iter().any(|was| was.kind == set.kind && was.values.contains(value)));
        match sets.iter_mut().find(|present| (&present.kind, &present.set_identifier) == (&set.kind, &set.set_identifier)) {
            Some(present) => present.values.append(&mut set.values),
            None if set.values.is_empty() => {}
            None => sets.push(set),
        }
    }
}

/// What somebody else's write does to a world in which it did not happen yet.
pub(super) fn with(sight: &mut Sight, entry: &Entry) {
    for (id, before, after) in sides(&entry.before, &entry.after) {
        let Some(side) = sight.sides.get_mut(id) else { continue };
        side.aliases.extend(after.aliases.difference(&before.aliases).cloned());
        side.aliases.retain(|alias| !before.aliases.contains(alias) || after.aliases.contains(alias));
        if before.enabled != after.enabled {
            side.enabled = after.enabled;
        }
        if before.certificate != after.certificate {
            side.certificate.clone_from(&after.certificate);
        }
        if !before.rests_as(after) {
            side.config.clone_from(&after.config);
        }
    }
    for (key, before, after) in records(&entry.before, &entry.after) {
        if entry.operation == JOINS {
            join(sight.records.entry(key.clone()).or_default(), &before, after);
        } else {
            sight.records.insert(key.clone(), after);
        }
    }
}

/// Whoever is stuck says what to do.
fn is_helpful(trial: &Trial<'_>, broken: &mut Vec<Broken>) {
    let moves = last_word(trial).pointer("/stuck/nextMoves").and_then(Value::as_array);
    if moves.is_none_or(Vec::is_empty) {
        broken.push(Broken::new("I1", "stuck without a next move".to_owned()));
    }
}

/// L2.
fn claims(trial: &Trial<'_>, outcome: &str, broken: &mut Vec<Broken>) {
    let end = trial.play.world.get("now").and_then(Value::as_str).and_then(millis).unwrap_or(0)
        + (trial.report.simulated_seconds * 1000.0) as i64;
    // Who renewed it last had perhaps a clock that is ahead (F37).
    let is_ahead = trial.play.faults.iter().any(|fault| fault.kind == FaultKind::ClockAhead);
    let ahead = if is_ahead { SKEW_MILLIS } else { 0 };
    for claim in trial.report.registry.iter().filter(|item| item.get("sk").and_then(Value::as_str) == Some("CLAIM")) {
        let text = |key: &str| claim.get(key).and_then(Value::as_str).unwrap_or_default();
        let ends = millis(text("until")).is_some_and(|until| until <= end + CLAIM_MILLIS_MAX + ahead);
        let is_first = Some(text("id")) == trial.report.document.pointer("/claim/id").and_then(Value::as_str);
        let told = |why: &str| Broken::new("L2", format!("{outcome}: the claim of {} is {}: {why}", text("id"), text("state")));
        match text("state") {
            "released" => {}
            // An answer that is lost at the very end leaves it to lapse.
            _ if ends && table_was_struck(trial) => {}
            "stuck" if !is_first || outcome == "stuck" => {}
            _ if outcome == "stuck" && ends => {}
            _ => broken.push(told("it is neither given back nor anybody's business")),
        }
    }
}

/// I8, of the chains.
fn chains(trial: &Trial<'_>, broken: &mut Vec<Broken>) {
    let is_event = |item: &&Value| item.get("sk").and_then(Value::as_str).is_some_and(|sort| sort.starts_with("EVENT#"));
    let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut last: Option<(String, u64, String)> = None;
    for event in trial.report.registry.iter().filter(is_event) {
        let (cutover, hash) = (text(event, "pk"), text(event, "hash"));
        let number = event.get("number").and_then(Value::as_u64).unwrap_or(0);
        let follows = match last.as_ref().filter(|(before, ..)| *before == cutover) {
            Some((_, before, head)) => number == before + 1 && text(event, "previous") == *head,
            None => number == 1,
        };
        if !follows {
            broken.push(Broken::new("I8", format!("event {number} of {cutover} does not follow the one before it")));
        }
        last = Some((cutover, number, hash));
    }
}

/// How long waiting may take. A plan may wait for people, for days, and a second request after the first as long again; what
/// cannot be looked at may be for people only here.
fn patience(trial: &Trial<'_>) -> f64 {
    let clean = &trial.clean.report;
    if !["supportCase", "releaseService"].contains(&strategy(trial)) {
        return clean.simulated_seconds;
    }
    if clean.document.get("strategy").and_then(Value::as_str) != Some(strategy(trial)) {
        return PEOPLE_SECONDS_MAX;
    }
    let asked = trial.play.faults.iter().filter(|fault| [FaultKind::AskedAgain, FaultKind::AskedBack].contains(&fault.kind)).count();
    clean.simulated_seconds * (1 + asked) as f64
}

/// L1 and L5.
fn took(trial: &Trial<'_>, broken: &mut Vec<Broken>) {
    if trial.report.simulated_seconds > patience(trial) + SECONDS_MAX {
        broken.push(Broken::new("L1", format!("it took {:.0} s", trial.report.simulated_seconds)));
    }
    if trial.report.execution.history_events > HISTORY_MAX {
        broken.push(Broken::new("L5", format!("{} events of history", trial.report.execution.history_events)));
    }
}

/// V, and I9: whoever asks again gets the same end. Of two that ask at once either may come first; the other is refused.
fn served(trial: &Trial<'_>, outcome: &str, broken: &mut Vec<Broken>) {
    let clean = &trial.clean.report;
    let has = |kind: FaultKind| trial.play.faults.iter().any(|fault| fault.kind == kind);
    let quiet = others(trial).next().is_none() && !has(FaultKind::OriginFails) && !has(FaultKind::AskedBack);
    if quiet && clean.viewers.unserved == 0 && trial.report.viewers.unserved > 0 {
        broken.push(Broken::new("V", format!("{outcome}: {} requests unserved", trial.report.viewers.unserved)));
    }
    let only = |kinds: &[FaultKind]| !trial.play.faults.is_empty() && trial.play.faults.iter().all(|fault| kinds.contains(&fault.kind));
    let is_doubled = only(&[FaultKind::AskedAgain, FaultKind::Twice, FaultKind::Overtaken, FaultKind::AgainLater]);
    if !is_doubled || outcome == clean.outcome {
        return;
    }
    if rival_came_first(trial, outcome) {
        ends_as(trial, &trial.clean.end, broken);
    } else {
        broken.push(Broken::new("I9", format!("it was made twice and {outcome}, once and {}", clean.outcome)));
    }
}

/// Whether the first request was refused before it held anything, for another one that came to the end that it would have
/// come to: for that one's claim, or because the target was seen `InProgress` after it had written there under its claim.
fn rival_came_first(trial: &Trial<'_>, outcome: &str) -> bool {
    let text = |pointer: &str| trial.report.document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let claimed = |arn: &str| {
        let id = arn.rsplit(':').next();
        let is_its = |item: &Value| item.get("sk").and_then(Value::as_str) == Some("CLAIM") && item.get("id").and_then(Value::as_str) == id;
        trial.report.registry.iter().any(is_its)
    };
    let served = |one: &&crate::run::Played| one.outcome.as_ref() == Some(&trial.clean.report.outcome) && claimed(&one.arn);
    let refused_at = trial.report.timeline.iter().find(|(_, what, _)| what == "refused").map(|(at, ..)| *at);
    let target = trial.play.request.pointer("/target/distribution").and_then(Value::as_str).unwrap_or_default();
    let has_written = |arn: &str| {
        let by_it = |entry: &&Entry| {
            entry.writer.as_ref().and_then(|writer| writer.claim.as_ref()).map(|(id, _)| id.as_str()) == arn.rsplit(':').next()
        };
        let mut there = trial.journal.entries.iter().filter(|entry| entry.on == target && refused_at.is_some_and(|at| entry.at <= at));
        there.any(|entry| by_it(&entry))
    };
    let was_in_the_way = |one: &crate::run::Played| match text("/refusals/0/code") {
        "claimedByAnother" => text("/refusals/0/message").contains(&one.arn),
        "targetNotReady" => text("/refusals/0/message").starts_with(&format!("{target} is InProgress")) && has_written(&one.arn),
        _ => false,
    };
    let only_that = trial.report.document.get("refusals").and_then(Value::as_array).is_some_and(|refusals| refusals.len() == 1);
    let held_nothing = trial.report.executions.first().is_some_and(|first| !claimed(&first.arn));
    let mut rivals = trial.report.executions.iter().skip(1).filter(served);
    outcome == "refused" && only_that && held_nothing && rivals.any(was_in_the_way)
}

//! What must hold of each write of a cutover, in the moment in which it is accepted (I3 to I6, I8, I11), and of what is
//! left (`at_the_end`). Sees documents and the world, as everybody could who had an eye on both. Must not know how a
//! cutover decides.

use super::{Trial, at_the_end};
use crate::fault::FaultKind;
use crate::world::Millis;
use crate::world::input::RecordInput;
use crate::world::journal::{Entry, Made, Side, Sight, Writer};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// Something that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// The number of the invariant.
    pub rule: &'static str,
    /// What was seen.
    pub seen: String,
}

impl Broken {
    pub(super) fn new(rule: &'static str, seen: String) -> Self {
        Self { rule, seen }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.seen)
    }
}

/// The invariants that are checked, by their numbers in the list of them, and what of each.
pub const CHECKED: &[(&str, &str)] = &[
    ("I1", "at the end of whatever wrote, exactly one of source and target lists each alias, or the cutover is stuck with its next moves"),
    ("I2", "completed: as it was asked for and as the clean run left it; rolledBack: as it was; all but for what others did"),
    ("I3", "every write is of a distribution, zone and name that the plan names"),
    ("I4", "an update changes aliases, and Enabled where planned, and nothing else of the config"),
    ("I5", "what is taken away was there at the beginning or is Cutover's own; values of others stay"),
    ("I6", "every write has a claim that is held, not over, of the writer's fence, and holds what is written; no other in force does"),
    ("I8", "the last event of the chain before a write is its intent; the chain has no gap and no break"),
    ("I9", "a request that is made again changes nothing of how it ends"),
    ("I10", "a refusal and a plan write nothing"),
    ("I11", "an alias leaves a distribution only when the other side could take it now"),
    ("L1", "every run comes to an end within a day more than the clean run takes"),
    ("L2", "no claim is left, or it is stuck, or it ends by itself"),
    ("L3", "no proof and no wildcard is left (with I2)"),
    ("L4", "an execution that has ended begins nothing more, and is only finished where it had come to its point of no return"),
    ("L5", "the history stays a tenth of its limit"),
    ("P", "one fault that passes by itself, or none, leaves nobody stuck"),
    ("V", "where the plan says no outage, and nobody else wrote, no viewer is unserved"),
];

/// Everything that did not hold.
pub fn check(trial: &Trial<'_>) -> Vec<Broken> {
    let mut broken = vec![];
    let own = trial.journal.entries.iter().filter_map(|entry| entry.writer.as_ref().map(|writer| (entry, writer)));
    for (entry, writer) in own {
        planned(trial, entry, &mut broken);
        only_what_is_ours(trial, entry, &mut broken);
        under_a_claim(trial, entry, writer, &mut broken);
        announced(trial, entry, &mut broken);
        could_be_taken(trial, entry, writer, &mut broken);
    }
    at_the_end::check(trial, &mut broken);
    broken.sort();
    broken.dedup();
    broken
}

/// Distributions that an entry changed: before and after.
pub(super) fn sides<'e>(before: &'e Sight, after: &'e Sight) -> impl Iterator<Item = (&'e String, &'e Side, &'e Side)> {
    let both = before.sides.iter().filter_map(|(id, side)| after.sides.get(id).map(|now| (id, side, now)));
    both.filter(|(_, side, now)| side != now)
}

/// A zone and a name in it, with its record sets before and after.
pub(super) type ChangedName<'e> = (&'e (String, String), Vec<RecordInput>, Vec<RecordInput>);

/// Names whose record sets an entry changed: zone, name, before and after.
pub(super) fn records<'e>(before: &'e Sight, after: &'e Sight) -> Vec<ChangedName<'e>> {
    let keys: BTreeSet<&(String, String)> = before.records.keys().chain(after.records.keys()).collect();
    let of = |sight: &Sight, key: &(String, String)| sight.records.get(key).cloned().unwrap_or_default();
    let both = keys.into_iter().map(|key| (key, of(before, key), of(after, key)));
    both.filter(|(_, before, after)| before != after).collect()
}

/// Every edit and inverse of every plan that was made.
fn edits(trial: &Trial<'_>) -> Vec<String> {
    let documents = trial.report.executions.iter().map(|one| &one.document).chain([&trial.report.document, &trial.clean.report.document]);
    let plans = documents.filter_map(|document| document.get("plan")).filter_map(Value::as_array).flatten();
    let both = plans.flat_map(|edit| [edit.get("edit"), edit.get("inverse")]);
    both.flatten().map(Value::to_string).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// I3 and I4.
fn planned(trial: &Trial<'_>, entry: &Entry, broken: &mut Vec<Broken>) {
    let edits = edits(trial);
    let names = |one: &str, other: &str| edits.iter().any(|edit| edit.contains(&quoted(one)) && edit.contains(&quoted(other)));
    for (id, before, after) in sides(&entry.before, &entry.after) {
        let told = |what: &str| format!("{} {id}: {what}", entry.operation);
        if !before.rests_as(after) || before.certificate != after.certificate {
            broken.push(Broken::new("I4", told("settings that are none of its business were changed")));
        }
        if before.enabled != after.enabled && !names("setEnabled", id) {
            broken.push(Broken::new("I4", told("it was enabled or disabled, which no plan says")));
        }
        for alias in before.aliases.symmetric_difference(&after.aliases).filter(|alias| !names(alias, id)) {
            broken.push(Broken::new("I3", told(&format!("{alias} is on no plan with it"))));
        }
    }
    for ((zone, name), ..) in records(&entry.before, &entry.after) {
        let alias = name.trim_start_matches("_.").trim_start_matches('_');
        if !names(alias, zone) && !names(name, zone) {
            broken.push(Broken::new("I3", format!("{} {zone}: {name} is on no plan", entry.operation)));
        }
    }
}

/// I5.
fn only_what_is_ours(trial: &Trial<'_>, entry: &Entry, broken: &mut Vec<Broken>) {
    let earlier = || trial.journal.entries.iter().take_while(|other| !std::ptr::eq(*other, entry)).filter(|other| other.writer.is_some());
    for (id, before, after) in sides(&entry.before, &entry.after) {
        for alias in before.aliases.difference(&after.aliases) {
            let from_the_start = trial.start.sides.get(id).is_some_and(|side| side.aliases.contains(alias));
            let added = |other: &Entry| sides(&other.before, &other.after).any(|(side, _, now)| side == id && now.aliases.contains(alias));
            if !from_the_start && !earlier().any(added) {
                broken.push(Broken::new("I5", format!("{alias} was taken off {id}, where somebody else had put it")));
            }
        }
    }
    for (key, before, after) in records(&entry.before, &entry.after) {
        let values = |sets: &[RecordInput]| -> BTreeSet<(String, String)> {
            sets.iter().flat_map(|set| set.values.iter().map(|value| (set.kind.clone(), value.clone()))).collect()
        };
        let gone = values(&before).difference(&values(&after)).cloned().collect::<Vec<_>>();
        for (kind, value) in gone {
            let from_the_start = trial.start.records.get(key).is_some_and(|sets| values(sets).contains(&(kind.clone(), value.clone())));
            let added = |other: &Entry| {
                let (was, is) = (other.before.records.get(key), other.after.records.get(key));
                let of = |sets: Option<&Vec<RecordInput>>| sets.map(|sets| values(sets)).unwrap_or_default();
                of(is).contains(&(kind.clone(), value.clone())) && !of(was).contains(&(kind.clone(), value.clone()))
            };
            let is_a_proof = kind == "TXT";
            let may_go = from_the_start && !is_a_proof;
            if !may_go && !earlier().any(added) {
                broken.push(Broken::new("I5", format!("{kind} {value} at {} was somebody else's", key.1)));
            }
        }
    }
}

/// How long a function lives (LAM-1).
const LIVES_MILLIS: Millis = 900_000;

/// I6.
fn under_a_claim(trial: &Trial<'_>, entry: &Entry, writer: &Writer, broken: &mut Vec<Broken>) {
    let told = |why: &str| Broken::new("I6", format!("{} {} by {}#{}: {why}", entry.operation, entry.on, writer.step, writer.invocation));
    let Some((_, fence)) = &writer.claim else { return broken.push(told("its document has no claim")) };
    let Some(held) = &entry.held else { return broken.push(told("the table has no such claim")) };
    // Nothing can hold back a function that stood still: but whoever has taken over may not have written before it.
    let newer = |other: &&Entry| {
        let claim = other.writer.as_ref().and_then(|writer| writer.claim.as_ref());
        other.at <= entry.at && claim.is_some_and(|(_, newer)| newer > fence)
    };
    let still_lives = entry.at - writer.invoked < LIVES_MILLIS && !trial.journal.entries.iter().any(|other| newer(&other));
    if held.fence != *fence && !still_lives {
        broken.push(told(&format!("the fence was {}, the writer's {fence}", held.fence)));
    }
    let unclaimed: Vec<&String> = sides(&entry.before, &entry.after).map(|(id, ..)| id).filter(|id| !held.holds.contains(*id)).collect();
    if !unclaimed.is_empty() {
        broken.push(told(&format!("the claim does not hold {unclaimed:?}")));
    }
    if !held.rivals.is_empty() {
        broken.push(told(&format!("{} holds the same", held.rivals.join(", "))));
    }
    if ["released", "stuck"].contains(&held.state.as_str()) {
        broken.push(told(&format!("the claim was {}", held.state)));
    }
    if millis(&held.until).is_none_or(|until| until <= entry.at) {
        broken.push(told(&format!("the claim ended at {}", held.until)));
    }
}

pub(super) fn millis(time: &str) -> Option<Millis> {
    time.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

/// Whether the table itself was out of order: what it cannot be told it does not know.
pub(super) fn table_was_struck(trial: &Trial<'_>) -> bool {
    trial.play.faults.iter().any(|fault| fault.operation.starts_with("dynamodb:"))
}

/// Whether two runs of a step may have been under way at the same time: the last event may be the other's.
fn runs_twice(trial: &Trial<'_>) -> bool {
    let two = [FaultKind::Twice, FaultKind::Overtaken, FaultKind::AgainLater, FaultKind::FrozenBefore, FaultKind::FrozenAfter];
    trial.play.faults.iter().any(|fault| two.contains(&fault.kind))
}

/// I8, of a write.
fn announced(trial: &Trial<'_>, entry: &Entry, broken: &mut Vec<Broken>) {
    // What lands late was announced when it was sent; others' events may have come since.
    let is_late = entry.writer.as_ref().is_some_and(|writer| entry.at - writer.invoked >= crate::service::injection::LATE_MILLIS);
    if is_late || table_was_struck(trial) || runs_twice(trial) {
        return;
    }
    let wanted = format!("{} {} in ", entry.operation, entry.on);
    let last = entry.held.as_ref().and_then(|held| held.last.clone());
    if !last.as_ref().is_some_and(|(kind, what)| kind == "intent" && what.starts_with(&wanted)) {
        broken.push(Broken::new("I8", format!("{wanted}…: the last event was {last:?}")));
    }
}

/// As of when the function that made `entry` knew a distribution: it looked at it for the last time before that, or was invoked
/// where it did not, or where another run of it may have looked; and what it read may have been old then.
fn looked_at(trial: &Trial<'_>, distribution: &str, entry: &Entry, writer: &Writer) -> Millis {
    let staleness = trial.play.world.pointer("/rules/readStalenessS").and_then(Value::as_u64).unwrap_or(0);
    let struck = trial.play.faults.iter().any(|fault| fault.kind == FaultKind::OldRead);
    let oldest = staleness.max(if struck { u64::from(crate::service::injection::OLD_SECONDS) } else { 0 });
    let is_look = |made: &&Made| {
        made.operation == "cloudfront:GetDistribution"
            && made.on == distribution
            && made.writer.as_ref() == Some(writer)
            && made.at <= entry.at
    };
    let looks = trial.journal.calls.iter().filter(is_look).map(|made| made.at);
    let last = looks.filter(|_| !runs_twice(trial)).max().unwrap_or(writer.invoked);
    last - Millis::try_from(oldest).unwrap_or(0) * 1000
}

/// I11. What somebody else has done since the function was invoked it may not have seen, and to the other side since it looked
/// at that for the last time. What they do to the side that the name leaves is in nobody's way.
fn could_be_taken(trial: &Trial<'_>, entry: &Entry, writer: &Writer, broken: &mut Vec<Broken>) {
    let Some((source, target)) = at_the_end::both(trial) else { return };
    let other = if entry.on == source { &target } else { &source };
    let looked = looked_at(trial, other, entry, writer);
    let unseen = |foreign: &&Entry| {
        let since = if foreign.on == *other { looked } else { writer.invoked };
        foreign.writer.is_none() && foreign.on != entry.on && foreign.at >= since && foreign.at <= entry.at
    };
    let is_late = entry.at - writer.invoked >= crate::service::injection::LATE_MILLIS;
    let for_people = ["releaseService", "supportCase"].contains(&at_the_end::strategy(trial));
    if is_late || for_people || trial.journal.entries.iter().any(|foreign| unseen(&foreign)) {
        return;
    }
    for (alias, refused) in entry.refused.iter().filter(|(alias, _)| !alias.starts_with("*.")) {
        // On the way back the source takes what it had, however it is.
        let back = entry.on == target;
        if let Some(why) = refused.get(other).filter(|why| !(back && *why == crate::service::cloudfront_update::NOT_READY)) {
            broken.push(Broken::new("I11", format!("{alias} left {} though {other} could not take it: {why}", entry.on)));
        }
    }
}

//! What must hold once an execution has ended before its time, stopped by somebody or full (L4): it begins nothing more, and
//! its recovery undoes it unless it had come to its point of no return. Must not know how it is recovered.

use super::rules::Broken;
use super::{Trial, at_the_end};
use crate::fault::FaultKind;
use crate::world::Millis;
use crate::world::journal::Sight;

/// The fence of whoever takes a claim. Whoever takes it over has the next.
const FIRST_FENCE: u64 = 1;

pub(super) fn check(trial: &Trial<'_>, outcome: &str, broken: &mut Vec<Broken>) {
    let Some(ended) = ended_at(trial) else { return };
    for entry in &trial.journal.entries {
        let Some(writer) = entry.writer.as_ref().filter(|writer| writer.invoked > ended) else { continue };
        if writer.claim.as_ref().is_some_and(|(_, fence)| *fence == FIRST_FENCE) {
            broken.push(Broken::new("L4", format!("{} {} was begun by an execution that had ended", entry.operation, entry.on)));
        }
    }
    let then = trial.journal.entries.iter().rfind(|entry| entry.at <= ended).map_or(&trial.start, |entry| &entry.after);
    if outcome == "completed" && may_turn_round(trial, then) {
        broken.push(Broken::new("L4", "its execution ended where it could turn round, and it was completed".to_owned()));
    }
}

/// When the one fault has ended the execution; none where there are others.
fn ended_at(trial: &Trial<'_>) -> Option<Millis> {
    let [fault] = trial.play.faults.as_slice() else { return None };
    let ends = [FaultKind::Stopped, FaultKind::HistoryFull].contains(&fault.kind);
    let state = fault.operation.strip_prefix("states:").filter(|_| ends)?;
    let nth = usize::try_from(fault.number).ok()?.checked_sub(1)?;
    trial.states.iter().filter(|(entered, _)| entered == state).nth(nth).map(|(_, at)| *at)
}

/// Whether it could still turn round: not every name was attached, and where names leave and arrive by one step, none had left.
/// Where people are waited for nobody can tell from outside.
fn may_turn_round(trial: &Trial<'_>, then: &Sight) -> bool {
    let Some((source, target)) = at_the_end::both(trial) else { return false };
    let aliases = at_the_end::aliases(trial);
    let listed = |id: &String| then.sides.get(id).map(|side| aliases.intersection(&side.aliases).count()).unwrap_or(0);
    match at_the_end::strategy(trial) {
        "wildcardBridge" | "disableAndMove" => listed(&target) < aliases.len(),
        "swap" | "moveDomain" => listed(&source) == aliases.len(),
        _ => false,
    }
}

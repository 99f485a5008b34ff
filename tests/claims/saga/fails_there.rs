//! Fail there and come back: what each edit writes is denied for good, or the target stops serving right after it.

use super::acts::{Act, Call, inverses};
use super::{Saga, differences, forth, next_moves};
use rehearsal::explore::Trial;

/// What has to become of a cutover that fails at an edit.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// Nothing looked at the target any more.
    Completed,
    /// The world is as it was.
    RolledBack,
    /// A person is needed, because of this.
    Stuck(String),
}

/// What comes of `call` of `act` being denied: the way back carries out the inverses of what was begun, and each of them
/// that has something to take back needs its own permissions.
fn once_denied(saga: &Saga, act: &Act, call: &Call) -> Expected {
    let before = act.calls.iter().take_while(|made| (&made.operation, made.number) != (&call.operation, call.number));
    let earlier: Vec<&Call> = before.filter(|made| made.accepted).collect();
    if act.position > saga.point_of_no_return() {
        return Expected::Stuck("beyond the point of no return".to_owned());
    }
    let lost = (call.operation.clone(), call.account.clone());
    for position in inverses(saga.document(), act.position + 1) {
        let planned = &saga.plan()[position];
        let wrote =
            saga.acts.iter().any(|other| other.position == position && other.position < act.position && other.accepted().next().is_some());
        // A source's proof takes the place of the target's, whether or not the move was made.
        let replaces = planned.get("inverseOnce").is_some();
        let partly = position == act.position && !earlier.is_empty();
        // Of a swap that was cut in two only the source has something to get back.
        let half = partly && planned["inverse"]["op"] == "swapAliases" && planned["edit"]["op"] == "swapAliases";
        let permissions = Act::permissions(&planned["inverse"], &saga.clean);
        let returns_to = planned["inverse"]["to"]["account"].as_str().unwrap_or_default();
        let needed = permissions.iter().filter(|(_, account)| !half || account == returns_to);
        if (wrote || replaces || partly) && needed.into_iter().any(|needed| *needed == lost) {
            return Expected::Stuck(format!("the inverse of {} needs {} in {}", position + 1, lost.0, lost.1));
        }
    }
    Expected::RolledBack
}

/// What comes of the target's origin failing right after `act`.
fn once_unverified(saga: &Saga, act: &Act) -> Expected {
    match saga.noticed_at(act.position) {
        None => Expected::Completed,
        Some(at) if at >= saga.point_of_no_return() => Expected::Stuck("beyond the point of no return".to_owned()),
        Some(_) => Expected::RolledBack,
    }
}

/// What did not come of it as expected.
fn judged(at: &str, trial: &Trial<'_>, expected: &Expected) -> Option<String> {
    let (outcome, left) = (trial.report.outcome.as_str(), differences(&trial.start, &trial.end));
    let wrong = match expected {
        Expected::Completed => (outcome != "completed").then(|| "not completed".to_owned()),
        Expected::RolledBack if outcome != "rolledBack" => Some("not rolled back".to_owned()),
        Expected::RolledBack => (!left.is_empty()).then(|| format!("left behind: {left}")),
        Expected::Stuck(_) if outcome != "stuck" => Some("not stuck".to_owned()),
        Expected::Stuck(_) => next_moves(trial).is_empty().then(|| "without a next move".to_owned()),
    };
    wrong.map(|wrong| format!("{at}: {outcome}, {wrong}; expected {expected:?}; {}", trial.report.document["stuck"]))
}

#[test]
fn a_cutover_whose_edit_is_denied_comes_back_unless_the_way_back_needs_what_was_denied() {
    let (mut visited, mut stuck, mut broken) = (0, 0, vec![]);
    for saga in forth() {
        for act in &saga.acts {
            for call in &act.calls {
                let faults = call.denied_for_good();
                let expected = once_denied(&saga, act, call);
                let at = format!("{}, {}, {}", saga.name, act.label(), faults[0]);
                println!("{at}: {expected:?}");
                visited += 1;
                stuck += u32::from(matches!(expected, Expected::Stuck(_)));
                broken.extend(judged(&at, &saga.struck(&faults), &expected));
            }
        }
    }
    println!("{visited} writes denied for good, {stuck} of them on the way back too");
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(visited >= 60 && stuck >= 15 && visited - stuck >= 30, "{visited} writes, {stuck} stuck");
}

#[test]
fn a_cutover_whose_target_fails_after_any_edit_comes_back() {
    let (mut visited, mut returned, mut broken) = (0, 0, vec![]);
    for saga in forth() {
        for act in saga.acts.iter().filter(|act| act.is_done()) {
            let expected = once_unverified(&saga, act);
            let at = format!("{}, {}, the origin fails", saga.name, act.label());
            println!("{at}: {expected:?}");
            visited += 1;
            returned += u32::from(expected == Expected::RolledBack);
            let trial = rehearsal::explore::attempt(&saga.clean, &saga.origin_fails_after(act), &[]).unwrap();
            broken.extend(judged(&at, &trial, &expected));
        }
    }
    println!("{visited} edits with a target that fails right after them, {returned} of them taken back");
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(visited >= 55 && returned >= 40, "{visited} edits, {returned} taken back");
}

//! An inverse that cannot be carried out: the cutover is stuck, its claim is kept, a person is told what could not be put
//! back, and whoever served a name before still does.

use super::acts::{Act, Call};
use super::{Saga, forth, next_moves};
use rehearsal::explore::Trial;
use rehearsal::world::journal::Sight;
use serde_json::Value;

/// The enabled distribution that a viewer of `name` is led to: by the name itself, or the closest wildcard (CF-2, CF-3).
fn server(sight: &Sight, name: &str) -> Option<String> {
    let closeness = |listed: &str| match listed.strip_prefix("*.") {
        _ if listed == name => Some(usize::MAX),
        Some(parent) if name.ends_with(&format!(".{parent}")) => Some(parent.len()),
        _ => None,
    };
    let all = sight.sides.iter().flat_map(|(id, side)| side.aliases.iter().map(move |listed| (id, side, listed)));
    let best = all.filter_map(|(id, side, listed)| closeness(listed).map(|close| (close, id, side.enabled))).max();
    best.filter(|(.., enabled)| *enabled).map(|(_, id, _)| id.clone())
}

/// The state of the claim of the first request.
fn claim<'t>(trial: &'t Trial<'_>) -> &'t str {
    let id = &trial.report.document["claim"]["id"];
    let is_it = |item: &&Value| item["sk"] == "CLAIM" && item["id"] == *id;
    trial.report.registry.iter().find(is_it).and_then(|item| item["state"].as_str()).unwrap_or("none")
}

/// How many writes of `act` were accepted before `call`.
fn done_before(act: &Act, call: &Call) -> usize {
    act.accepted().filter(|other| other.number < call.number).count()
}

/// Whether `call` comes between a detach and its attach: nobody has the name then, and nothing but this call gives it back.
fn in_the_gap(act: &Act, call: &Call) -> bool {
    act.edit["op"] == "swapAliases" && done_before(act, call) == 1
}

/// What does not hold once `call` of the inverse `act` is denied for good.
fn judged(saga: &Saga, act: &Act, call: &Call, trial: &Trial<'_>) -> Vec<String> {
    let mut broken = vec![];
    let moves = next_moves(trial);
    if trial.report.outcome != "stuck" {
        broken.push(format!("it is {}", trial.report.outcome));
    }
    if claim(trial) != "stuck" {
        broken.push(format!("its claim is {}", claim(trial)));
    }
    let first = moves.first().map(String::as_str).unwrap_or_default();
    if !first.contains(&call.on) || !act.names().iter().any(|name| first.contains(name)) {
        broken.push(format!("the next move is {first:?}, and {} could not be put back on {}", act.names().join(", "), call.on));
    }
    // What every later inverse has to take back is a person's to do as well.
    let later = saga.acts.iter().filter(|other| other.back).skip_while(|other| other.position != act.position).skip(1);
    for other in later.filter(|other| !other.calls.is_empty()) {
        let on = &other.calls[0].on;
        if !moves.iter().skip(1).any(|told| told.contains(on) && other.names().iter().any(|name| told.contains(name))) {
            broken.push(format!("nobody is told of {}: {moves:?}", other.label()));
        }
    }
    // As it was when the call was made: whatever of the inverse was carried out before it stays so.
    let done = done_before(act, call);
    let entry = |at: usize| &saga.clean.journal.entries[act.entries[at]];
    let before = if done < act.entries.len() { &entry(done).before } else { &entry(done - 1).after };
    let gap = in_the_gap(act, call);
    if gap && !first.contains("then add") {
        broken.push(format!("nobody is told to attach first: {first:?}"));
    }
    for name in saga.clean.play.request["aliases"].as_array().unwrap().iter().filter_map(Value::as_str) {
        let (was, is) = (server(before, name), server(&trial.end, name));
        if was != is || (was.is_none() && !gap) {
            broken.push(format!("{name} was served by {was:?} and is by {is:?}"));
        }
    }
    broken
}

#[test]
fn an_inverse_that_is_denied_leaves_a_person_with_the_next_move_and_the_names_with_their_server() {
    let (mut visited, mut inverses, mut gaps, mut broken) = (0, 0, 0, vec![]);
    for saga in forth().iter().map(Saga::turned_round) {
        for act in saga.acts.iter().filter(|act| act.back && !act.calls.is_empty()) {
            inverses += 1;
            for call in &act.calls {
                let faults = call.denied_for_good();
                let at = format!("{}, {}, {}", saga.name, act.label(), faults[0]);
                println!("{at}: stuck");
                visited += 1;
                gaps += u32::from(in_the_gap(act, call));
                let found = judged(&saga, act, call, &saga.struck(&faults));
                broken.extend(found.into_iter().map(|why| format!("{at}: {why}")));
            }
        }
    }
    println!("{inverses} inverses, {visited} writes of theirs denied for good, {gaps} of them with the name on neither side");
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(inverses >= 35 && visited >= 55, "{inverses} inverses, {visited} writes");
}

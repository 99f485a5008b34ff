//! Do other people's interpreters of the states language run the shipped definitions as ours does? Two of them, of two
//! lineages, play whole cutovers with the real functions behind a served world; what they did is held against a rehearsal.

mod cases;
mod controls;
mod engine;
mod ours;

use crate::inventory::world;
use crate::support::top;
use cases::Case;
use engine::{Engine, MAKERS, Maker};
use ours::Run;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What each interpreter found of each case: nothing, where it agrees.
fn play_all(cases: &[Case]) -> Vec<(Maker, Vec<Vec<String>>)> {
    let play = |maker| {
        let mut engine = Engine::begin(maker);
        (maker, cases.iter().map(|case| differences(&mut engine, case)).collect())
    };
    std::thread::scope(|scope| {
        let threads = MAKERS.map(|maker| scope.spawn(move || play(maker)));
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn differences(engine: &mut Engine, case: &Case) -> Vec<String> {
    match engine.play(case) {
        Err(why) => vec![format!("refused: {why}")],
        Ok(theirs) => case.runs.iter().zip(&theirs).flat_map(|(ours, theirs)| ours.run.differences(theirs)).collect(),
    }
}

/// A line for each case and each interpreter, and everything that differs.
fn table(cases: &[Case], found: &[(Maker, Vec<Vec<String>>)]) -> Vec<String> {
    let mut wrong = vec![];
    for (at, case) in cases.iter().enumerate() {
        let verdict = |(maker, found): &(Maker, Vec<Vec<String>>)| {
            wrong.extend(found[at].iter().map(|what| format!("{}, {}: {what}", case.name, maker.name())));
            format!("{} {}", maker.name(), if found[at].is_empty() { "agrees" } else { "DIFFERS" })
        };
        let verdicts: Vec<String> = found.iter().map(verdict).collect();
        let counts = |of: fn(&Run) -> usize| case.runs.iter().map(|turn| of(&turn.run)).sum::<usize>();
        let (states, calls, waits) = (counts(|run| run.states.len()), counts(|run| run.calls.len()), counts(|run| run.waits.len()));
        let status = &case.runs.last().unwrap().run.status;
        println!("{:<26} {status:<9} {states:>4} states {calls:>4} calls {waits:>4} waits   {}", case.name, verdicts.join("   "));
    }
    wrong
}

#[test]
fn other_interpreters_run_every_cutover_as_ours_does_to_the_millisecond() {
    let cases: Vec<Case> = cases::scenarios().into_iter().chain(cases::others()).collect();
    let found = play_all(&cases);
    let wrong = table(&cases, &found);
    assert!(wrong.is_empty(), "{wrong:#?}");
    // What was played is worth it: every state, and every kind of end.
    let runs = || cases.iter().flat_map(|case| &case.runs).map(|turn| &turn.run);
    let entered: BTreeSet<&str> = runs().flat_map(|run| &run.states).map(String::as_str).collect();
    let definition = cases::shipped();
    let states = definition["States"].as_object().unwrap().keys().map(String::as_str);
    assert_eq!(states.filter(|state| !entered.contains(state)).collect::<Vec<_>>(), [] as [&str; 0], "states that no case enters");
    let ends: BTreeSet<Option<&str>> = runs().map(|run| run.output.as_ref().and_then(|output| output["outcome"].as_str())).collect();
    assert_eq!(ends, [None, Some("completed"), Some("planned"), Some("refused"), Some("rolledBack")].into());
}

#[test]
fn every_folder_of_scenarios_is_played() {
    let folders = std::fs::read_dir(top().join("tests/scenarios")).unwrap();
    let folders: BTreeSet<String> = folders.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(folders, cases::SCENARIOS.iter().map(|name| (*name).to_owned()).collect());
}

/// Writes `Not` around `IsPresent: true` for each `IsPresent: false`, which means the same.
fn says_not_present(definition: &mut Value) {
    match definition {
        Value::Object(rule) if rule.get("IsPresent") == Some(&json!(false)) => {
            let asked = json!({"Variable": rule["Variable"], "IsPresent": true});
            *definition = json!({"Not": asked, "Next": rule["Next"]});
        }
        Value::Object(fields) => fields.values_mut().for_each(says_not_present),
        Value::Array(members) => members.iter_mut().for_each(says_not_present),
        _ => {}
    }
}

/// Once it can, the definition is played as it is shipped.
#[test]
fn aws_local_stepfunctions_cannot_read_the_inventorys_is_present_false() {
    let case = cases::inventory("inventory", world());
    let told = Engine::begin(Maker::Local).play(&case).unwrap().remove(0);
    let cause = told.cause.unwrap_or_default();
    assert_eq!((told.error.as_deref(), cause.contains("$.cursor.round")), (Some("States.Runtime"), true), "{cause}");
}

#[test]
fn other_interpreters_come_to_the_end_of_an_inventory_that_ours_comes_to() {
    let mut apart = world();
    apart["accounts"].as_array_mut().unwrap().push(json!({"id": "000000000003", "roles": []}));
    let cases = [cases::inventory("inventory", world()), cases::inventory("inventory, one denied", apart)];
    let statuses = cases.each_ref().map(|case| case.runs[0].run.status.clone());
    assert_eq!(statuses, ["SUCCEEDED", "FAILED"]);
    let ends = |maker| {
        let mut engine = Engine::begin(maker);
        cases.each_ref().map(|case| {
            let readable = case.with_definition(&says_not_present);
            engine.play(if maker == Maker::Local { &readable } else { case }).unwrap().remove(0)
        })
    };
    let (ours, [moto, local]) = (cases.each_ref().map(|case| &case.runs[0].run), MAKERS.map(ends));
    for at in 0..cases.len() {
        for theirs in [&moto[at], &local[at]] {
            let bare = |run: &Run| Run { states: vec![], calls: vec![], waits: vec![], ..run.clone() };
            assert_eq!(bare(ours[at]).differences(&bare(theirs)), [] as [String; 0], "{}", cases[at].name);
            assert_eq!(ours[at].states.len(), theirs.states.len(), "{}", cases[at].name);
        }
        // The same states and the same calls in both, in whatever order.
        let sorted = |run: &Run| {
            let mut calls: Vec<String> = run.calls.iter().map(|(function, payload)| format!("{function} {payload}")).collect();
            let mut states = run.states.clone();
            calls.sort();
            states.sort();
            (states, calls, run.waits.clone())
        };
        assert_eq!(sorted(&moto[at]), sorted(&local[at]), "{}", cases[at].name);
        let agree =
            "moto agrees   aws-local-stepfunctions agrees (NOT as shipped: it cannot read IsPresent false, and gets Not IsPresent true)";
        println!("{:<26} {:<9} {:>4} states   {agree}", cases[at].name, ours[at].status, ours[at].states.len());
    }
}

//! Could the comparison fail at all? Definitions with one mistake each, played by the other interpreters and held against
//! ours of the shipped one: each has to be told as different by each of them.

use super::cases::{Case, others, scenarios};
use super::engine::{Engine, MAKERS};
use serde_json::{Value, json};

/// What is wrong, in which case it shows, and the part of a run that has to show it.
type Control = (&'static str, &'static str, fn(&mut Value), &'static str);

const CONTROLS: [Control; 10] = [
    ("two targets of a Choice exchanged", "plan-only", |d| exchange(&mut d["States"]["IsStuck"]), "status"),
    ("a Choice that asks for the opposite", "plan-only", |d| opposite(&mut d["States"]["Begin"]["Choices"][0]), "states"),
    ("a Catch removed", "registry down", |d| remove(&mut d["States"]["ClaimAliases"], "Catch"), "status"),
    (
        "a Catch that keeps the error alone",
        "registry down",
        |d| remove(&mut d["States"]["ClaimAliases"]["Catch"][0], "ResultPath"),
        "calls",
    ),
    (
        "a Retry without MaxAttempts",
        "bridge-never-attaches",
        |d| remove(retrier(d, "UpdateDistribution", "AliasStillTaken"), "MaxAttempts"),
        "calls",
    ),
    ("a Retry removed", "unrecovered", |d| remove(&mut d["States"]["RecoverCutover"], "Retry"), "calls"),
    ("a Retry that does not back off", "registry down", |d| retrier(d, "ClaimAliases", "Unavailable")["BackoffRate"] = json!(1.0), "waits"),
    ("a Retry without jitter", "registry down", |d| remove(retrier(d, "ClaimAliases", "Unavailable"), "JitterStrategy"), "waits"),
    (
        "a Wait of its own",
        "same-account-apex",
        |d| d["States"]["WaitToSettle"] = json!({"Type": "Wait", "Seconds": 30, "Next": "CheckSettled"}),
        "waits",
    ),
    ("a parameter from elsewhere", "plan-only", |d| parameters(d)["execution"]["id.$"] = json!("$$.StateMachine.Id"), "calls"),
];

fn opposite(rule: &mut Value) {
    let asked = json!({"Variable": rule["Variable"], "IsPresent": rule["IsPresent"]});
    *rule = json!({"Not": asked, "Next": rule["Next"]});
}

fn parameters(definition: &mut Value) -> &mut Value {
    &mut definition["States"]["Preflight"]["Parameters"]
}

fn exchange(choice: &mut Value) {
    let (first, default) = (choice["Choices"][0]["Next"].clone(), choice["Default"].clone());
    (choice["Choices"][0]["Next"], choice["Default"]) = (default, first);
}

fn remove(from: &mut Value, key: &str) {
    assert!(from.as_object_mut().unwrap().remove(key).is_some(), "{key} is not there");
}

/// The retrier of `state` that matches `error`.
fn retrier<'d>(definition: &'d mut Value, state: &str, error: &str) -> &'d mut Value {
    let retriers = definition["States"][state]["Retry"].as_array_mut().unwrap();
    retriers.iter_mut().find(|retrier| retrier["ErrorEquals"].as_array().unwrap().contains(&json!(error))).unwrap()
}

#[test]
fn a_definition_with_a_mistake_is_told_as_different_by_each_interpreter() {
    let known: Vec<Case> = scenarios().into_iter().chain(others()).collect();
    let cases: Vec<Case> =
        CONTROLS.iter().map(|(_, name, change, _)| known.iter().find(|case| case.name == *name).unwrap().with_definition(change)).collect();
    let differs = |maker| {
        let mut engine = Engine::begin(maker);
        let mut missed = vec![];
        for ((what, _, _, shows), case) in CONTROLS.iter().zip(&cases) {
            let found = super::differences(&mut engine, case);
            println!("{what:<36} {:<24} {}", maker.name(), found.first().map_or("agrees, and must not", String::as_str));
            if !found.iter().any(|difference| difference.starts_with(shows)) {
                missed.push(format!("{}: {what}: {found:?}", maker.name()));
            }
        }
        missed
    };
    let missed: Vec<String> = std::thread::scope(|scope| {
        let threads = MAKERS.map(|maker| {
            let differs = &differs;
            scope.spawn(move || differs(maker))
        });
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_is_no_definition_is_refused_by_the_interpreter_that_looks_for_it() {
    let known = scenarios();
    let plan = known.iter().find(|case| case.name == "plan-only").unwrap();
    let nowhere = plan.with_definition(&|d: &mut Value| d["States"]["Concluded"] = json!({"Type": "Pass", "Next": "Nowhere"}));
    let shrinking = plan.with_definition(&|d: &mut Value| retrier(d, "Verify", "RegistryUnavailable")["BackoffRate"] = json!(0.5));
    let misspelt = plan.with_definition(&|d: &mut Value| d["States"]["Verify"]["Catch"][0]["ErrorEquals"] = json!(["States.Everything"]));
    let [moto, local] = MAKERS;
    for (maker, case) in [(local, &nowhere), (moto, &shrinking), (moto, &misspelt)] {
        let refused = Engine::begin(maker).play(case);
        assert!(refused.is_err(), "{}: {refused:?}", maker.name());
    }
}

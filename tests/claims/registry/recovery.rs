//! An execution that is stopped at any state of any strategy, or runs out of time, or whose function dies: another one
//! finishes it or rolls it back under the same claim, or it is stuck and the claim stays.

use super::items;
use super::lost_answers::{chains, nothing_is_left};
use crate::situations::play_with;
use crate::support::{self, Watch, scenario, state};
use cutover::registry::Kind;
use cutover::registry::chain::broken_at;
use rehearsal::run::{Play, Report, Unwatched, run, stage};
use rehearsal::staging::{Accident, Mishap, Moment, Place, Side, Staging, Stop, Which};
use serde_json::Value;
use std::collections::BTreeMap;

const FIRST: Which = Which::Request(0);
/// Operations that change what viewers see.
/// Writes of one operation that are visited; beyond these an attach that is refused is tried again and again.
const WRITES_MAX: u64 = 9;
const WRITES: [&str; 3] = ["cloudfront:UpdateDistribution", "cloudfront:UpdateDomainAssociation", "route53:ChangeResourceRecordSets"];

/// Every strategy, and those that turn round.
fn plays() -> Vec<(&'static str, Play)> {
    let strategies = ["moveDomain", "wildcardBridge", "swap", "disableAndMove", "supportCase", "releaseService"];
    let turning = ["bridge-never-attaches", "swap-never-attaches"];
    let forward = strategies.into_iter().map(|strategy| (strategy, play_with(strategy)));
    forward.chain(turning.into_iter().map(|name| (name, scenario(name, 1)))).collect()
}

/// The positions, from 1, of the states that a run entered, all but the first rounds of each wait left out: a look like the
/// one before it is the same moment of the cutover.
fn moments(play: &Play) -> Vec<(u64, String)> {
    let watch = Watch::default();
    run(play, &watch).unwrap();
    let looping = |name: &str| ["WaitToSettle", "CheckSettled", "HasSettled"].contains(&name);
    let (mut in_a_row, mut found) = (0, vec![]);
    for (at, name) in watch.names().into_iter().enumerate() {
        in_a_row = if looping(&name) { in_a_row + 1 } else { 0 };
        if in_a_row <= 6 {
            found.push((at as u64 + 1, name));
        }
    }
    found
}

/// What holds after whatever was done to an execution.
fn over(told: &str, play: &Play, clean: &Report, report: &Report) {
    let table = report.registry.as_slice();
    for chain in chains(table) {
        assert_eq!(broken_at(&chain), None, "{told}");
    }
    match report.outcome.as_str() {
        "completed" => {
            nothing_is_left(report);
            // What stood in the way of the clean run may have gone by, because there were other calls.
            if clean.outcome == "completed" {
                assert_eq!(state(&report.world), state(&clean.world), "{told}");
            }
        }
        "rolledBack" => {
            nothing_is_left(report);
            assert_eq!(state(&report.world), state(&play.world), "{told}");
        }
        // It was stopped before it had claimed anything, or after it had given everything back.
        "stuck" if report.document["outcome"].is_null() && items(table, "CLAIM").is_empty() => {
            assert!(report.writes.is_empty(), "{told}: {:?}", report.writes);
        }
        "stuck" if report.document["outcome"].is_null() => {
            nothing_is_left(report);
            assert_eq!(state(&report.world), state(&clean.world), "{told}");
        }
        "stuck" => {
            let claims = items(table, "CLAIM");
            let [claim] = claims.as_slice() else { panic!("{told}: {claims:?}") };
            assert_eq!(claim["state"], "stuck", "{told}: {}", report.document["stuck"]);
            assert!(report.document["stuck"]["nextMoves"].as_array().is_some_and(|moves| !moves.is_empty()), "{told}");
        }
        other => panic!("{told}: {other} {}", report.document["refusals"]),
    }
}

/// A stuck end is right only where there is no way back.
fn may_be_stuck(play: &Play, clean: &Report) -> bool {
    clean.document["pointOfNoReturn"].is_u64() || play.scenario == "swap-never-attaches"
}

#[test]
fn an_execution_that_is_stopped_at_any_state_is_finished_or_rolled_back_under_its_claim() {
    let mut all: BTreeMap<&str, BTreeMap<String, u32>> = BTreeMap::new();
    let mut broken = vec![];
    for (name, play) in plays() {
        let clean = support::rehearse(&play);
        for (at, entered) in moments(&play) {
            let told = format!("{name}, stopped at {at} {entered}");
            let stop = Stop { which: FIRST, at: Moment::Entering(at) };
            let tried = std::panic::catch_unwind(|| {
                let (report, _) = stage(&play, &Staging { stops: vec![stop], ..Staging::default() }, &Unwatched).unwrap();
                over(&told, &play, &clean, &report);
                let stuck = report.document["outcome"] == "stuck";
                assert!(!stuck || may_be_stuck(&play, &clean), "{told}: {}", report.document["stuck"]);
                let recovered = chains(&report.registry).iter().flatten().filter(|event| event.kind == Kind::Recovered).count();
                assert!(recovered <= 1, "{told}");
                report.outcome
            });
            match tried {
                Ok(outcome) => *all.entry(name).or_default().entry(outcome).or_default() += 1,
                Err(_) => broken.push(told),
            }
        }
    }
    for (name, outcomes) in &all {
        println!("{name}: {outcomes:?}");
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(all.values().flat_map(BTreeMap::values).sum::<u32>() > 200);
}

#[test]
fn a_function_that_dies_at_a_write_with_its_execution_stopped_leaves_nothing_half_done() {
    let mut broken = vec![];
    let mut placed = 0;
    for (name, play) in plays() {
        let clean = support::rehearse(&play);
        for operation in WRITES {
            for number in 1..=support::calls(&clean, operation).min(WRITES_MAX) {
                for side in [Side::Before, Side::After] {
                    for stopped in [false, true] {
                        let call = format!("{operation}#{number}");
                        let told = format!("{name}, {call}, killed {side:?}, stopped {stopped}");
                        let accident = Accident { at: Place::Call(call.parse().unwrap()), side, what: Mishap::Killed };
                        let stops = Stop { which: FIRST, at: Moment::OnceAnswered(call.parse().unwrap()) };
                        let staging =
                            Staging { accidents: vec![accident], stops: if stopped { vec![stops] } else { vec![] }, ..Staging::default() };
                        let tried = std::panic::catch_unwind(|| {
                            let (report, _) = stage(&play, &staging, &Unwatched).unwrap();
                            over(&told, &play, &clean, &report);
                        });
                        placed += 1;
                        broken.extend(tried.is_err().then_some(told));
                    }
                }
            }
        }
    }
    println!("{placed} functions killed at a write");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_function_that_outlives_its_stopped_execution_does_not_write_into_the_recovery() {
    let mut broken = vec![];
    let mut placed = 0;
    for (name, play) in plays().into_iter().filter(|(name, _)| ["moveDomain", "wildcardBridge", "swap"].contains(name)) {
        let clean = support::rehearse(&play);
        for operation in WRITES.into_iter().chain(["dynamodb:TransactWriteItems"]) {
            for number in 1..=support::calls(&clean, operation) {
                let call = format!("{operation}#{number}");
                let told = format!("{name}, {call}");
                // Frozen for as long as Lambda lets a function live, while its execution is stopped.
                let frozen = Accident { at: Place::Call(call.parse().unwrap()), side: Side::After, what: Mishap::Frozen { seconds: 890 } };
                let stop = Stop { which: FIRST, at: Moment::OnceAnswered(call.parse().unwrap()) };
                let staging = Staging { accidents: vec![frozen], stops: vec![stop], ..Staging::default() };
                let tried = std::panic::catch_unwind(|| {
                    let (report, _) = stage(&play, &staging, &Unwatched).unwrap();
                    over(&told, &play, &clean, &report);
                });
                placed += 1;
                broken.extend(tried.is_err().then_some(told));
            }
        }
    }
    println!("{placed} functions that outlived their executions");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn an_execution_that_ran_out_of_time_is_recovered_as_well_and_an_event_that_is_lost_only_costs_time() {
    let play = scenario("legacy-to-new", 1);
    let clean = support::rehearse(&play);
    for seconds in [30, 120, 400, 900, 1_500] {
        let staging = Staging { timeouts: vec![(FIRST, seconds)], ..Staging::default() };
        let (report, _) = stage(&play, &staging, &Unwatched).unwrap();
        over(&format!("{seconds} s"), &play, &clean, &report);
        assert!(["completed", "rolledBack"].contains(&report.outcome.as_str()), "{seconds} s: {}", report.outcome);
    }
    // Nobody tells of the end: the claim lapses after four hours, and the next sweep finds it.
    let stop = Stop { which: FIRST, at: Moment::EnteringState("ChangeRecordSets".to_owned(), 1) };
    let staging = Staging { stops: vec![stop], recovers: false, until_seconds: 5 * 3600, ..Staging::default() };
    let (report, _) = stage(&play, &staging, &Unwatched).unwrap();
    over("swept", &play, &clean, &report);
    let recovered: Vec<&Value> = items(&report.registry, "EVENT#").into_iter().filter(|event| event["kind"] == "recovered").collect();
    let [event] = recovered.as_slice() else { panic!("{recovered:?}") };
    let at: jiff::Timestamp = event["at"].as_str().unwrap().parse().unwrap();
    let began: jiff::Timestamp = play.world["now"].as_str().unwrap().parse().unwrap();
    let hours = at.duration_since(began).as_hours();
    assert_eq!((report.outcome.as_str(), hours), ("rolledBack", 4));
}

#[test]
fn an_event_that_is_delivered_twice_recovers_once_and_four_deaths_are_a_persons_business() {
    let play = scenario("legacy-to-new", 1);
    let clean = support::rehearse(&play);
    let stop = |which, state: &str| Stop { which, at: Moment::EnteringState(state.to_owned(), 1) };
    let twice = Staging { stops: vec![stop(FIRST, "ChangeRecordSets")], delivers_twice: true, ..Staging::default() };
    let (report, _) = stage(&play, &twice, &Unwatched).unwrap();
    over("twice", &play, &clean, &report);
    let taken = |report: &Report| chains(&report.registry).iter().flatten().filter(|event| event.kind == Kind::Recovered).count();
    assert_eq!((report.outcome.as_str(), taken(&report)), ("rolledBack", 1));

    let mut stops = vec![stop(FIRST, "ChangeRecordSets")];
    stops.extend((0..3).map(|recovery| stop(Which::FromBus(recovery), "UpdateDistribution")));
    let (report, _) = stage(&play, &Staging { stops, ..Staging::default() }, &Unwatched).unwrap();
    over("four deaths", &play, &clean, &report);
    assert_eq!(
        (report.outcome.as_str(), taken(&report)),
        ("stuck", 4),
        "{:?}",
        report.executions.iter().map(|one| &one.outcome).collect::<Vec<_>>()
    );
}

//! Faults are where they are said to be, and do what they say.

use super::{example, forth};
use rehearsal::explore::branches::at_random;
use rehearsal::explore::random::{BRANCHES, branch, world};
use rehearsal::explore::{attempt, one, places};
use rehearsal::fault::{Fault, FaultKind};
use rehearsal::world::journal::Sight;
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_kind_of_fault_that_a_bridge_has_a_place_for_is_visited() {
    let clean = example();
    let kinds: BTreeSet<FaultKind> = places::singles(&clean).iter().map(|placed| placed.fault.kind).collect();
    let absent: Vec<&str> = FaultKind::ALL.iter().filter(|kind| !kinds.contains(kind)).map(|kind| kind.word()).collect();
    // The calls that AWS answers so are those of the other strategies, and so is the proof.
    assert_eq!(absent, ["illegalUpdate", "proofJoined"]);
}

#[test]
fn an_effect_that_lands_late_lands_after_its_connection_was_cut_and_meets_the_world_of_then() {
    let clean = example();
    let trial = attempt(&clean, &clean.play, &["cloudfront:UpdateDistribution#2:late".parse().unwrap()]).unwrap();
    let landed: Vec<&str> =
        trial.report.timeline.iter().filter(|(_, what, _)| what == "landed late").map(|(.., detail)| detail.as_str()).collect();
    // The call was made again meanwhile, and the distribution has another ETag.
    assert!(landed.len() == 1 && landed[0].starts_with("cloudfront:UpdateDistribution: HTTP 4"), "{landed:?}");
    let first = trial.journal.calls.iter().filter(|made| made.operation == "cloudfront:UpdateDistribution").count();
    let clean_count = clean.journal.calls.iter().filter(|made| made.operation == "cloudfront:UpdateDistribution").count();
    assert_eq!(first, clean_count + 1, "once more than without the fault");
}

#[test]
fn an_event_that_is_delivered_twice_runs_its_function_twice() {
    let clean = example();
    let invocations = |calls: &[rehearsal::world::journal::Made]| {
        calls.iter().filter(|made| made.operation == "cloudfront:GetDistributionConfig").count()
    };
    for kind in ["twice", "overtaken", "againLater"] {
        let fault = format!("lambda:UpdateDistribution#1:{kind}").parse().unwrap();
        let trial = attempt(&clean, &clean.play, &[fault]).unwrap();
        assert_eq!(trial.report.outcome, "completed", "{kind}");
        assert!(invocations(&trial.journal.calls) > invocations(&clean.journal.calls), "{kind}");
        assert_eq!(trial.end, clean.end, "{kind}");
    }
}

#[test]
fn an_execution_whose_history_is_full_fails_and_is_recovered() {
    let clean = example();
    let trial = attempt(&clean, &clean.play, &["states:ChangeRecordSets#1:historyFull".parse().unwrap()]).unwrap();
    let ends: Vec<&str> = trial.report.executions.iter().map(|one| one.status.name()).collect();
    assert_eq!(ends, ["FAILED", "SUCCEEDED"]);
    assert_eq!(trial.report.outcome, "rolledBack");
    let [first, recovery] = [0, 1].map(|at| &trial.report.executions[at].document);
    assert!(first.pointer("/progress/turnedBecause").is_none_or(Value::is_null), "no catcher was asked");
    let why = recovery.pointer("/progress/turnedBecause").and_then(Value::as_str).unwrap();
    assert!(why.contains("FAILED"), "{why}");
    let entered: Vec<&str> = trial.states.iter().map(|(state, _)| state.as_str()).collect();
    let dies = entered.iter().position(|state| *state == "ChangeRecordSets").unwrap();
    assert_eq!(entered[dies + 1], "Begin", "the next state is the first of its recovery");
}

#[test]
fn somebody_elses_value_beside_a_proof_stays_when_the_proof_goes() {
    let clean = forth("moveDomain");
    let alias = clean.play.request["aliases"][0].as_str().unwrap();
    let values = |sight: &Sight| -> Vec<String> {
        let at_it = sight.records.iter().filter(|((_, name), _)| *name == format!("_{alias}"));
        at_it.flat_map(|(_, sets)| sets.iter().flat_map(|set| set.values.clone())).collect()
    };
    let batch = "route53:ChangeResourceRecordSets#1:proofJoined".parse().unwrap();
    let trial = attempt(&clean, &clean.play, &[batch]).unwrap();
    assert_eq!(trial.report.outcome, "completed");
    let most = trial.journal.entries.iter().map(|entry| values(&entry.after).len()).max();
    assert_eq!((most, values(&trial.end)), (Some(2), vec!["\"somebody-elses-proof.example\"".to_owned()]));
}

#[test]
fn an_execution_that_is_redriven_goes_on_from_the_state_in_which_it_was_stopped() {
    let clean = example();
    let trial = attempt(&clean, &clean.play, &["states:ChangeRecordSets#1:redriven".parse().unwrap()]).unwrap();
    let told: Vec<&str> = trial.report.timeline.iter().map(|(_, what, _)| what.as_str()).collect();
    assert!(told.contains(&"redriven"), "{told:?}");
    let arns: Vec<&str> = trial.report.executions.iter().map(|one| one.arn.as_str()).collect();
    let own = arns.iter().filter(|arn| arn.ends_with(":rehearsal-1")).count();
    assert_eq!(own, 2, "under its own name: {arns:?}");
}

#[test]
fn an_execution_that_was_stopped_at_another_entry_is_not_redriven() {
    let clean = example();
    let faults = ["states:UpdateDistribution#2:stopped", "states:UpdateDistribution#3:redriven"].map(|fault| fault.parse().unwrap());
    let trial = attempt(&clean, &clean.play, &faults).unwrap();
    let told: Vec<&str> = trial.report.timeline.iter().map(|(_, what, _)| what.as_str()).collect();
    assert!(told.contains(&"execution ABORTED") && !told.contains(&"redriven"), "{told:?}");
}

#[test]
fn a_clock_that_is_off_is_off_for_functions_alone() {
    let clean = example();
    for (kind, off) in [("clockAhead", 300), ("clockBehind", -300)] {
        let fault = format!("dynamodb:TransactWriteItems#1:{kind}").parse().unwrap();
        let trial = attempt(&clean, &clean.play, &[fault]).unwrap();
        let completed = |report: &rehearsal::run::Report| {
            let told = report.document["timeline"].as_array().unwrap().last().unwrap()["at"].as_str().unwrap().to_owned();
            told.parse::<jiff::Timestamp>().unwrap().as_second()
        };
        let last = trial.journal.calls.last().unwrap().at / 1000;
        assert!((completed(&trial.report) - last - off).abs() < 30, "{kind}: {} and {last}", completed(&trial.report));
        assert_eq!(trial.end, clean.end, "{kind}");
    }
}

#[test]
fn a_random_run_is_the_same_whoever_else_is_run_and_whether_it_follows_or_not() {
    let clean = example();
    let (first, worlds) = (10_000, 6);
    let of_all = at_random(&clean, first..first + worlds * BRANCHES, 2, &|_, _| true);
    let seeds: Vec<u64> = (first..first + worlds * BRANCHES).collect();
    assert_eq!(of_all.iter().map(|found| found.seed).collect::<Vec<u64>>(), seeds);
    for led in &of_all {
        let alone = one(&clean, &world(&clean.play, led.seed), &led.faults);
        assert_eq!((&led.outcome, &led.broken, led.idle), (&alone.outcome, &alone.broken, alone.idle), "{}: {:?}", led.seed, led.faults);
        assert_eq!((&led.reached, &led.coverage), (&alone.reached, &alone.coverage), "{}: {:?}", led.seed, led.faults);
    }
    let some = first + 11;
    let alone = at_random(&clean, some..some + 1, 1, &|_, _| true);
    assert_eq!(of_all[11].faults, alone[0].faults);
    // One without a fault, some with the first alone, and the others with more after it.
    let counts: Vec<usize> = of_all.iter().map(|found| found.faults.len()).collect();
    assert!(counts[0] == 0 && counts[1] == 1 && counts.iter().filter(|count| **count > 1).count() >= 4, "{counts:?}");
}

#[test]
fn what_goes_wrong_at_random_differs_and_comes_after_the_first() {
    let places = places::singles(&example());
    let place = |fault: &Fault| places.iter().find(|placed| placed.fault == *fault).unwrap().place;
    let branches: Vec<_> = (0..400).map(|seed| branch(&places, seed)).collect();
    for branch in &branches {
        let first = branch.first.as_ref().map_or(0, place);
        assert!(branch.others.iter().all(|other| place(other) >= first), "{branch:?}");
    }
    let distinct: BTreeSet<String> = branches.iter().map(|branch| format!("{branch:?}")).collect();
    // One in eight has no fault, and two are a first one alone.
    assert!(distinct.len() > 400 * 6 / 8, "{}", distinct.len());
}

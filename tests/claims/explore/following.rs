//! A rehearsal that follows another one as far as that goes is the same as one in which every function runs: what is spared
//! is time, and nothing else.

use super::{back, forth};
use rehearsal::explore::places::singles;
use rehearsal::explore::rules::check;
use rehearsal::explore::{Clean, Found, Trial, all, attempt, one};
use rehearsal::fault::Fault;
use std::sync::Arc;

/// Every how many-th of them is compared.
const EVERY: usize = 23;

fn with_nobody_to_follow(clean: Clean) -> Clean {
    Clean { tape: Arc::default(), ..clean }
}

fn told(trial: &Trial<'_>) -> String {
    let writes: Vec<String> = trial.journal.entries.iter().map(|entry| format!("{} {} {}", entry.at, entry.operation, entry.on)).collect();
    format!("{}\n{writes:#?}\n{:#?}\n{:#?}", trial.report.to_json(), trial.states, trial.journal.calls)
}

fn placements(clean: &Clean) -> Vec<Fault> {
    singles(clean).into_iter().map(|placed| placed.fault).step_by(EVERY).collect()
}

#[test]
fn a_run_that_follows_the_clean_one_up_to_its_fault_is_the_same_to_the_millisecond() {
    for (led, alone) in [
        (forth("wildcardBridge"), with_nobody_to_follow(forth("wildcardBridge"))),
        (forth("moveDomain"), with_nobody_to_follow(forth("moveDomain"))),
        (back("swap"), with_nobody_to_follow(back("swap"))),
    ] {
        let faults = placements(&led);
        assert!(faults.len() > 10, "{}", faults.len());
        for fault in faults {
            let [follows, runs] = [&led, &alone].map(|clean| attempt(clean, &clean.play, std::slice::from_ref(&fault)).unwrap());
            assert_eq!(told(&follows), told(&runs), "{fault}");
        }
    }
}

#[test]
fn pairs_that_follow_their_first_fault_come_to_what_they_come_to_alone() {
    let (led, alone) = (back("wildcardBridge"), with_nobody_to_follow(back("wildcardBridge")));
    let faults = placements(&led);
    let writes = [
        "cloudfront:UpdateDistribution#1:frozenBefore",
        "cloudfront:UpdateDistribution#2:frozenAfter",
        "route53:ChangeResourceRecordSets#1:late",
    ];
    let firsts = writes.iter().map(|fault| fault.parse().unwrap()).chain(["cloudfront:UpdateDistribution#2:sourceEdited".parse().unwrap()]);
    for first in firsts.collect::<Vec<Fault>>() {
        let seconds = faults.iter().filter(|fault| **fault != first).step_by(2);
        let pairs: Vec<Vec<Fault>> = seconds.map(|second| vec![first.clone(), second.clone()]).collect();
        let follow = all(&led, &pairs, 1, &|_, _| true);
        let run: Vec<Found> = pairs.iter().map(|pair| one(&alone, &alone.play, pair)).collect();
        for (follows, runs) in follow.iter().zip(&run) {
            assert_eq!((&follows.outcome, &follows.broken, follows.idle), (&runs.outcome, &runs.broken, runs.idle), "{:?}", runs.faults);
            assert_eq!((&follows.coverage, &follows.reached), (&runs.coverage, &runs.reached), "{:?}", runs.faults);
        }
    }
}

#[test]
fn a_stop_at_a_state_that_only_chooses_is_the_stop_at_the_state_that_it_leads_to() {
    let told = |clean: &Clean, fault: &Fault| {
        let trial = attempt(clean, &clean.play, std::slice::from_ref(fault)).unwrap();
        let writes: Vec<String> =
            trial.journal.entries.iter().map(|entry| format!("{} {} {}", entry.at, entry.operation, entry.on)).collect();
        let broken: Vec<String> = check(&trial).iter().map(ToString::to_string).collect();
        (trial.report.document.clone(), trial.report.registry.clone(), writes, format!("{:#?}", trial.journal.calls), broken)
    };
    for clean in [back("swap"), forth("wildcardBridge"), forth("supportCase")] {
        let alike = singles(&clean).into_iter().filter_map(|placed| Some((placed.fault, placed.alike?)));
        let compared = alike.map(|(fault, (state, number))| {
            let next = Fault { operation: format!("states:{state}"), number, kind: fault.kind };
            assert_eq!(told(&clean, &fault), told(&clean, &next), "{fault} {next}");
        });
        assert!(compared.count() >= 20);
    }
}

//! Every step that writes runs twice, at once and again later: the same end, and the same writes, once each.

use super::{Saga, changes, differences, forth};
use std::collections::BTreeSet;

/// Steps that write, as their states are called.
const WRITERS: [(&str, &str); 4] = [
    ("update_distribution", "UpdateDistribution"),
    ("swap_aliases", "SwapAliases"),
    ("update_domain_association", "UpdateDomainAssociation"),
    ("change_record_sets", "ChangeRecordSets"),
];

/// Every invocation of a step that writes, from the journal's call `from` on.
fn invocations(saga: &Saga, from: usize) -> BTreeSet<(&'static str, u64)> {
    let writers = saga.clean.journal.calls.iter().skip(from).filter_map(|made| made.writer.as_ref());
    let known = |step: &str| WRITERS.iter().find(|(name, _)| *name == step).map(|(_, state)| *state);
    writers.filter_map(|writer| known(&writer.step).map(|state| (state, writer.invocation))).collect()
}

/// Runs each of `invocations` twice; what differs then.
fn doubled(saga: &Saga, invocations: &BTreeSet<(&'static str, u64)>) -> Vec<String> {
    let wanted = changes(&saga.clean.journal);
    let mut broken = vec![];
    for (state, number) in invocations {
        for how in ["twice", "overtaken", "againLater"] {
            let fault = format!("lambda:{state}#{number}:{how}");
            let trial = saga.struck(std::slice::from_ref(&fault));
            let (outcome, written) = (&trial.report.outcome, changes(&trial.journal));
            let left = differences(&saga.clean.end, &trial.end);
            assert!(trial.journal.calls.len() > saga.clean.journal.calls.len(), "{}, {fault}: it did not run twice", saga.name);
            if *outcome != saga.clean.report.outcome || !left.is_empty() || written != wanted {
                broken.push(format!("{}, {fault}: {outcome}, {left} written {written:#?}, once {wanted:#?}", saga.name));
            }
        }
    }
    broken
}

#[test]
fn an_edit_whose_step_runs_twice_is_carried_out_once() {
    let (mut visited, mut broken) = (0, vec![]);
    for saga in forth() {
        let steps = invocations(&saga, 0);
        visited += steps.len();
        broken.extend(doubled(&saga, &steps));
    }
    println!("{visited} invocations of writing steps forth, each twice at once, either one first, and again later");
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(visited >= 50, "{visited} invocations");
}

#[test]
fn an_inverse_whose_step_runs_twice_is_carried_out_once() {
    let (mut visited, mut broken) = (0, vec![]);
    for saga in forth().iter().map(Saga::turned_round) {
        let turned = saga.clean.report.timeline.iter().find(|(_, what, _)| what == "turning round").unwrap().0;
        let steps = invocations(&saga, saga.clean.journal.calls.partition_point(|made| made.at < turned));
        visited += steps.len();
        broken.extend(doubled(&saga, &steps));
    }
    println!("{visited} invocations of writing steps back, each twice at once, either one first, and again later");
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(visited >= 45, "{visited} invocations");
}

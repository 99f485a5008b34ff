//! A write that may still be under way is waited for before it is undone: Route 53 has no ETags, and after a rollback the
//! record sets are those again that a batch of long ago deletes.

use super::{back, forth};
use rehearsal::explore::rules::check;
use rehearsal::explore::{Clean, Trial, attempt};

const BATCH: &str = "route53:ChangeResourceRecordSets";
/// Lambda's limit (LAM-1), milliseconds.
const LIVES_MILLIS: i64 = 900_000;
/// For how long a write may land, by clocks that differ (F37), milliseconds.
const LANDS_MILLIS: i64 = 1_500_000;

fn struck<'c>(clean: &'c Clean, faults: &[&str]) -> Trial<'c> {
    let faults: Vec<_> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    attempt(clean, &clean.play, &faults).unwrap()
}

/// When the first batch was announced, and when the last one was accepted.
fn first_and_last(trial: &Trial<'_>) -> (i64, i64) {
    let sent = trial.journal.calls.iter().find(|made| made.operation == BATCH).unwrap();
    let last = trial.journal.entries.iter().rfind(|entry| entry.operation == BATCH && entry.writer.is_some()).unwrap();
    (sent.writer.as_ref().unwrap().invoked, last.at)
}

#[test]
fn a_batch_of_a_function_that_stood_still_lands_before_it_is_undone() {
    let clean = back("wildcardBridge");
    for fault in ["frozenBefore", "frozenAfter", "killedBefore", "killedAfter", "late"] {
        let trial = struck(&clean, &[&format!("{BATCH}#1:{fault}")]);
        assert_eq!(check(&trial), [], "{fault}");
        assert_eq!(trial.report.outcome, "rolledBack", "{fault}");
        let (announced, undone) = first_and_last(&trial);
        assert!(undone - announced > LANDS_MILLIS - 10_000, "{fault}: undone {} ms after it was announced", undone - announced);
    }
    // Whose end is known is not waited for.
    let (announced, undone) = first_and_last(&struck(&clean, &[]));
    assert!(undone - announced < LIVES_MILLIS, "{}", undone - announced);
}

#[test]
fn a_proof_that_may_still_be_staged_is_not_taken_away_before_that() {
    let clean = forth("moveDomain");
    let trial = struck(&clean, &[&format!("{BATCH}#1:frozenBefore")]);
    assert_eq!(check(&trial), []);
    assert_eq!(trial.report.outcome, "completed", "{:#?}", trial.report.timeline);
    assert_eq!(trial.end.records, clean.end.records);
    let (announced, removed) = first_and_last(&trial);
    assert!(removed - announced > LANDS_MILLIS - 10_000, "{} ms", removed - announced);
    // The function that stood still has its own connection cut as well: nobody waits for ever, and nothing is left.
    let trial = struck(&clean, &[&format!("{BATCH}#1:frozenBefore"), &format!("{BATCH}#2:late")]);
    assert_eq!(check(&trial), []);
    assert!(["completed", "rolledBack"].contains(&trial.report.outcome.as_str()), "{}", trial.report.outcome);
}

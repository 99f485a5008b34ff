//! What random runs have found, each once more: the line that repeated it, and what was mended. The judge finds nothing in
//! any of them now, and whether each still meets what it was about is claimed with it.

use crate::support::scenario;
use rehearsal::explore::rules::check;
use rehearsal::explore::{Trial, attempt, clean, random, world};
use rehearsal::fault::Fault;
use rehearsal::world::journal::Made;

/// Repeats `--random seed --at fault …` of a scenario, and judges it.
fn holds(name: &str, seed: u64, faults: &[&str], still: impl FnOnce(&Trial<'_>) -> bool) {
    let clean = clean(&world::prepared(&scenario(name, 1))).unwrap();
    let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let trial = attempt(&clean, &random::world(&clean.play, seed), &faults).unwrap();
    assert_eq!(check(&trial), [], "{name} {seed}");
    assert!(still(&trial), "{name} {seed}: {:#?}", trial.report.timeline);
}

fn tells(trial: &Trial<'_>, word: &str) -> bool {
    trial.report.timeline.iter().any(|(_, what, detail)| what == word || detail.contains(word))
}

#[test]
fn a_detach_that_lands_after_the_cutover_has_turned_round_leaves_no_name_behind() {
    // Nobody had written since, so its ETag was the present one; the way back had found nothing to do, and had ended.
    let faults = ["route53:ListResourceRecordSets#4:certificateReplaced", "cloudfront:UpdateDistribution#2:late"];
    holds("legacy-to-new-swap", 11_664, &faults, |trial| {
        tells(trial, "cloudfront:UpdateDistribution: HTTP 200") && trial.report.outcome == "rolledBack"
    });
}

#[test]
fn a_net_that_two_old_reads_have_hidden_is_not_left_up_in_silence() {
    let faults = ["route53:ListResourceRecordSets#1:expired", "states:NextStep#4:stopped", "cloudfront:GetDistribution#8:oldRead"];
    holds("turned-round", 2_314, &faults, |trial| {
        let moves = trial.report.document["stuck"]["nextMoves"].to_string();
        moves.contains("remove *.foo.com from E2NEWQRS: this cutover has put it there")
    });
}

#[test]
fn a_batch_of_the_other_of_two_functions_is_waited_for_before_anything_is_undone() {
    // Each of the two had told its intent, and the claim remembered only the later one.
    let faults = ["lambda:ChangeRecordSets#1:twice", "route53:ChangeResourceRecordSets#2:frozenBefore"];
    holds("same-account", 42_384, &faults, |trial| trial.report.outcome == "completed" && trial.report.simulated_seconds > 900.0);
}

#[test]
fn who_looks_where_reads_are_old_does_not_know_what_was_done_a_moment_before() {
    let faults = ["cloudfront:GetDistribution#7:targetDisabled", "cloudfront:GetDistribution#8:sourceDisabled"];
    holds("legacy-to-new", 8_392, &faults, |trial| tells(trial, "somebody: setEnabled"));
}

#[test]
fn who_is_redriven_without_the_claim_does_not_have_the_last_word() {
    let faults = ["cloudfront:GetDistribution#14:deniedForGood", "states:WaitToSettle#16:redriven", "states:Conclude#1:historyFull"];
    holds("swap-turned-round", 22_024, &faults, |trial| tells(trial, "claim lost"));
}

#[test]
fn a_document_that_is_saved_late_does_not_replace_the_one_that_a_recovery_needs() {
    // It was of before the move, and the recovery took back less than was done.
    let faults = ["dynamodb:PutItem#7:late", "states:NextStep#13:stopped"];
    holds("same-account", 59_974, &faults, |trial| tells(trial, "dynamodb:PutItem: HTTP 400") && trial.report.outcome == "completed");
}

#[test]
fn a_change_of_which_nobody_has_the_id_is_seen_at_every_name_server_before_the_name_leaves() {
    let faults = ["route53:ChangeResourceRecordSets#1:stuckPending", "dynamodb:TransactWriteItems#5:killedAfter"];
    holds("turned-round", 26_335, &faults, |trial| tells(trial, "already as wanted"));
}

#[test]
fn somebody_who_sends_the_same_config_once_more_has_done_something_to_the_distribution() {
    let faults = ["cloudfront:GetDistributionConfig#4:targetEdited", "route53:ListResourceRecordSets#4:targetEdited"];
    holds("legacy-to-new-swap", 31_598, &faults, |trial| {
        let edits = trial.journal.entries.iter().filter(|entry| entry.operation == "editConfig");
        edits.count() == 2 && trial.report.outcome == "completed"
    });
}

#[test]
fn whoever_looks_without_the_claim_does_not_speak_for_a_cutover_that_is_stuck() {
    let faults = ["states:CheckSettled#1:redriven", "cloudfront:UpdateDistribution#2:neverUpdated"];
    holds("legacy-to-new", 37_028, &faults, |trial| {
        trial.report.outcome == "rolledBack" && trial.report.executions.iter().any(|one| one.document["outcome"] == "stuck")
    });
}

#[test]
fn a_step_that_runs_once_more_does_not_keep_the_document_of_before() {
    // The recovery went on from the first edit, and the second stayed.
    let faults = ["lambda:Verify#1:againLater", "states:WaitToSettle#3:stopped"];
    holds("legacy-to-new", 49_323, &faults, |trial| {
        trial.report.outcome == "rolledBack" && trial.report.timeline.iter().any(|(_, what, _)| what.starts_with("back 1/2"))
    });
}

#[test]
fn two_long_waits_and_a_proof_that_is_never_seen_fill_no_more_than_a_tenth_of_a_history() {
    let faults = [
        "cloudfront:UpdateDistribution#2:stuckInProgress",
        "cloudfront:GetDistribution#15:proofJoined",
        "dynamodb:TransactWriteItems#15:clockBehind",
    ];
    holds("same-account", 65_903, &faults, |trial| trial.report.outcome == "stuck" && tells(trial, "ProofNotSeenYet"));
}

#[test]
fn a_batch_of_a_function_that_stood_still_is_waited_for_by_whatever_clock() {
    let faults = [
        "route53:ChangeResourceRecordSets#1:frozenBefore",
        "cloudfront:UpdateDistribution#3:clockAhead",
        "cloudfront:GetDistribution#14:originFails",
    ];
    holds("legacy-to-new", 152_147, &faults, |trial| {
        // It is sent after more than ten minutes, and refused then: nothing has been undone yet.
        let mut batches = trial.journal.calls.iter().filter(|made| made.operation == "route53:ChangeResourceRecordSets");
        let stood_still = |made: &Made| made.writer.as_ref().is_some_and(|writer| made.at - writer.invoked > 600_000);
        let (late, last) = (batches.clone().find(|made| stood_still(made)), batches.next_back());
        trial.report.outcome == "rolledBack" && late.zip(last).is_some_and(|(late, undone)| late.at < undone.at)
    });
}

#[test]
fn whoever_takes_over_does_not_wait_in_vain_for_most_of_a_day() {
    let faults =
        ["route53:ChangeResourceRecordSets#3:killedBefore", "cloudfront:UpdateDistribution#2:neverUpdated", "states:HasSettled#18:stopped"];
    holds("same-account", 219_078, &faults, |trial| tells(trial, "waited in vain") && trial.report.outcome == "stuck");
}

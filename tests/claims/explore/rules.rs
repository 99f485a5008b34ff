//! The rules find what they are there for: a run in which nothing is wrong is spoiled by hand, once for each.

use super::{example, with_actor};
use crate::support::scenario;
use rehearsal::explore::random::world;
use rehearsal::explore::rules::{CHECKED, check};
use rehearsal::explore::world::prepared;
use rehearsal::explore::{Trial, attempt, clean};
use rehearsal::run::Play;
use rehearsal::world::journal::{Entry, Made};
use serde_json::json;
use std::collections::BTreeMap;

/// The rules that a spoiled run breaks.
fn broken(spoil: impl FnOnce(&mut Trial<'_>)) -> Vec<&'static str> {
    let clean = example();
    let mut trial = attempt(&clean, &clean.play, &[]).unwrap();
    assert_eq!(check(&trial), [], "nothing is wrong yet");
    spoil(&mut trial);
    let mut rules: Vec<&str> = check(&trial).iter().map(|broken| broken.rule).collect();
    rules.dedup();
    rules
}

fn only(rule: &str, spoil: impl FnOnce(&mut Trial<'_>)) {
    let found = broken(spoil);
    assert!(found.contains(&rule), "{rule} was not found, but {found:?}");
}

#[test]
fn each_rule_is_broken_by_what_it_forbids() {
    only("I1", |trial| {
        trial.end.sides.get_mut("E2NEWQRS").unwrap().aliases.clear();
    });
    only("I2", |trial| {
        trial.end.sides.get_mut("E2NEWQRS").unwrap().aliases.insert("*.foo.com".to_owned());
    });
    only("I2", |trial| {
        trial.end.records.retain(|(_, name), _| name != "a.foo.com");
    });
    only("I3", |trial| {
        let after = &mut trial.journal.entries[0].after;
        after.sides.get_mut("E1LEGACYXYZ").unwrap().aliases.insert("b.foo.com".to_owned());
    });
    only("I4", |trial| {
        trial.journal.entries[0].after.sides.get_mut("E2NEWQRS").unwrap().config.push_str("<Other/>");
    });
    only("I4", |trial| {
        trial.journal.entries[0].after.sides.get_mut("E2NEWQRS").unwrap().enabled = false;
    });
    only("I5", |trial| {
        let before = &mut trial.journal.entries[0].before;
        before.sides.get_mut("E2NEWQRS").unwrap().aliases.insert("a.foo.com".to_owned());
    });
    only("I6", |trial| trial.journal.entries[1].held = None);
    only("I6", |trial| {
        trial.journal.entries[1].held.as_mut().unwrap().fence += 1;
        trial.journal.entries[1].writer.as_mut().unwrap().invoked -= 1_000_000;
    });
    only("I6", |trial| trial.journal.entries[1].held.as_mut().unwrap().state = "released".to_owned());
    only("I6", |trial| {
        let write = trial.journal.entries.iter_mut().find(|entry| entry.on == "E2NEWQRS").unwrap();
        write.held.as_mut().unwrap().holds.remove("E2NEWQRS");
    });
    only("I6", |trial| trial.journal.entries[1].held.as_mut().unwrap().rivals.push("another".to_owned()));
    only("I8", |trial| trial.journal.entries[2].held.as_mut().unwrap().last = None);
    only("I8", |trial| trial.report.registry.retain(|item| item["sk"] != "EVENT#00000003"));
    only("I10", |trial| trial.report.document["outcome"] = json!("refused"));
    only("I11", |trial| {
        let left = trial.journal.entries.iter_mut().find(|entry| entry.refused.contains_key("a.foo.com")).unwrap();
        left.refused.get_mut("a.foo.com").unwrap().insert("E2NEWQRS".to_owned(), "no room".to_owned());
    });
    only("L1", |trial| trial.report.simulated_seconds += 90_000.0);
    only("L2", |trial| {
        let claim = trial.report.registry.iter_mut().find(|item| item["sk"] == "CLAIM").unwrap();
        claim["state"] = json!("held");
    });
    only("L4", |trial| trial.play.faults = vec!["states:ChangeRecordSets#1:historyFull".parse().unwrap()]);
    only("L5", |trial| trial.report.execution.history_events = 5_000);
    only("V", |trial| trial.report.viewers.unserved = 1);
    only("P", |trial| {
        trial.play.faults = vec!["cloudfront:UpdateDistribution#1:throttled".parse().unwrap()];
        trial.report.document["outcome"] = json!("stuck");
        trial.report.registry.clear();
    });
    only("I9", |trial| {
        trial.play.faults = vec!["lambda:UpdateDistribution#1:twice".parse().unwrap()];
        trial.report.document["outcome"] = json!("rolledBack");
    });
}

#[test]
fn of_two_requests_made_at_once_either_may_come_first_and_the_other_is_refused_before_it_holds_anything() {
    let clean = clean(&prepared(&scenario("same-account", 1))).unwrap();
    let run = || attempt(&clean, &world(&clean.play, 2757), &["sts:AssumeRole#1:askedAgain".parse().unwrap()]).unwrap();
    assert_eq!((run().report.outcome.as_str(), check(&run())), ("refused", vec![]));
    let broken = |spoil: fn(&mut Trial<'_>)| {
        let mut trial = run();
        spoil(&mut trial);
        check(&trial).iter().map(|broken| broken.rule).collect::<Vec<_>>()
    };
    // It held a claim itself, it was refused for something else, the other came to no good end, or left something over.
    let held = |trial: &mut Trial<'_>| trial.report.registry.push(json!({"sk": "CLAIM", "id": "rehearsal-2752", "state": "released"}));
    assert!(broken(held).contains(&"I9"));
    assert!(broken(|trial| trial.report.document["refusals"][0]["code"] = json!("targetFull")).contains(&"I9"));
    assert!(broken(|trial| trial.report.executions[1].outcome = Some("stuck".to_owned())).contains(&"I9"));
    assert!(broken(|trial| trial.end.records.retain(|(_, name), _| name != "a.foo.com")).contains(&"I2"));
}

#[test]
fn who_sees_the_target_in_progress_for_another_that_came_first_is_refused_before_it_holds_anything() {
    let clean = clean(&prepared(&scenario("same-account", 1))).unwrap();
    let run = || attempt(&clean, &world(&clean.play, 161_205), &["sts:AssumeRole#1:askedAgain".parse().unwrap()]).unwrap();
    assert_eq!((&run().report.document["refusals"][0]["code"], check(&run())), (&json!("targetNotReady"), vec![]));
    let broken = |spoil: fn(&mut Trial<'_>)| {
        let mut trial = run();
        spoil(&mut trial);
        check(&trial).iter().any(|broken| broken.rule == "I9")
    };
    // The other had not written there by then, or it was refused for something else.
    assert!(broken(|trial| trial.journal.entries.retain(|entry| entry.on != "E2NEWQRS")));
    assert!(broken(|trial| trial.journal.entries.iter_mut().for_each(|entry| entry.at += 3_600_000)));
    assert!(broken(|trial| trial.report.document["refusals"][0]["message"] = json!("E2NEWQRS is disabled")));
    assert!(broken(|trial| trial.report.document["refusals"][0]["code"] = json!("targetFull")));
}

/// What I11 says of a detach when somebody disables the target `millis` after the function's last look at it.
fn disabled(millis: i64, spoil: impl FnOnce(&mut Trial<'_>)) -> Vec<&'static str> {
    let clean = example();
    let mut trial = attempt(&clean, &clean.play, &[]).unwrap();
    let left = trial.journal.entries.iter().position(|entry| entry.refused.contains_key("a.foo.com")).unwrap();
    let detach = trial.journal.entries[left].clone();
    let is_look = |made: &&Made| made.operation == "cloudfront:GetDistribution" && made.on == "E2NEWQRS" && made.at <= detach.at;
    let look = trial.journal.calls.iter().rfind(is_look).unwrap().clone();
    assert_eq!(look.writer, detach.writer, "it looked itself");
    assert!(look.at > detach.writer.as_ref().unwrap().invoked + 1, "it was invoked before that");
    let foreign = Entry { at: look.at + millis, on: "E2NEWQRS".to_owned(), writer: None, refused: BTreeMap::new(), ..detach };
    trial.journal.entries.insert(left, foreign);
    trial.journal.entries[left + 1].refused.get_mut("a.foo.com").unwrap().insert("E2NEWQRS".to_owned(), "it is disabled".to_owned());
    spoil(&mut trial);
    check(&trial).iter().filter(|broken| broken.rule == "I11").map(|broken| broken.rule).collect()
}

#[test]
fn where_a_look_may_have_been_old_what_was_done_since_the_invocation_is_forgiven() {
    let old = |trial: &mut Trial<'_>| trial.play.world["rules"]["readStalenessS"] = json!(10);
    assert_eq!(disabled(-1, old), [] as [&str; 0]);
    let twice = |trial: &mut Trial<'_>| trial.play.faults = vec!["lambda:UpdateDistribution#1:twice".parse().unwrap()];
    assert_eq!(disabled(-1, twice), [] as [&str; 0]);
}

#[test]
fn what_was_done_after_the_last_look_could_not_be_seen_and_what_was_done_before_could() {
    assert_eq!(disabled(-1, |_| {}), ["I11"]);
    assert_eq!(disabled(0, |_| {}), [] as [&str; 0]);
}

/// What L4 says of a bridge whose execution was stopped as it entered a state, had it gone on all the same.
fn stopped_at(state: &str, spoil: impl FnOnce(&mut Trial<'_>)) -> Vec<String> {
    let clean = example();
    let mut trial = attempt(&clean, &clean.play, &[]).unwrap();
    trial.play.faults = vec![format!("states:{state}#1:stopped").parse().unwrap()];
    spoil(&mut trial);
    check(&trial).into_iter().filter(|broken| broken.rule == "L4").map(|broken| broken.seen).collect()
}

#[test]
fn a_stopped_execution_begins_nothing_and_whoever_takes_over_completes_nothing_that_could_turn_round() {
    let taken_over = |trial: &mut Trial<'_>| {
        for entry in &mut trial.journal.entries {
            entry.writer.as_mut().unwrap().claim.as_mut().unwrap().1 = 2;
        }
    };
    assert_eq!(stopped_at("ChangeRecordSets", taken_over), ["its execution ended where it could turn round, and it was completed"]);
    let begun = stopped_at("ChangeRecordSets", |trial| trial.report.document["outcome"] = json!("rolledBack"));
    assert!(!begun.is_empty() && begun.iter().all(|seen| seen.ends_with("was begun by an execution that had ended")), "{begun:?}");
    assert_eq!(stopped_at("Conclude", taken_over), [] as [&str; 0], "every name is attached: there is nothing to turn round for");
}

#[test]
fn two_claims_in_force_of_one_name_are_seen_at_the_next_write() {
    let mut play = example().play;
    let item = |id: &str, state: &str| json!({"pk": format!("CUTOVER#{id}"), "sk": "CLAIM", "id": id, "state": state, "aliases": ["a.foo.com"], "distributions": []});
    let rivals = |play: &Play| {
        let clean = clean(play).unwrap();
        let trial = attempt(&clean, play, &[]).unwrap();
        trial.journal.entries[0].held.as_ref().unwrap().rivals.clone()
    };
    play.world["registry"] = json!([item("ended", "released")]);
    assert_eq!(rivals(&play), [] as [&str; 0]);
    play.world["registry"] = json!([item("ended", "released"), item("another", "held")]);
    assert_eq!(rivals(&play), ["another"]);
}

#[test]
fn every_rule_is_one_that_was_broken_above() {
    let source = include_str!("rules.rs");
    // What is left behind is a part of how it ends.
    for (rule, _) in CHECKED.iter().filter(|(rule, _)| *rule != "L3") {
        assert!(source.contains(&format!("only(\"{rule}\"")), "{rule}");
    }
}

#[test]
fn somebody_elses_write_is_no_broken_rule_and_stays() {
    let mut play = example().play;
    with_actor(&mut play, json!({"do": "editConfig", "distribution": "E1LEGACYXYZ", "afterCall": "cloudfront:UpdateDistribution#2"}));
    let clean = clean(&play).unwrap();
    let trial = attempt(&clean, &play, &[]).unwrap();
    assert!(trial.journal.entries.iter().any(|entry| entry.writer.is_none()));
    assert_eq!(check(&trial), []);
}

//! A swap on the way back whose detach takes AWS five hours: nobody serves the name, so it goes on trying, less often than
//! before, and attaches soon after the name is free.

use super::back;
use rehearsal::explore::attempt;
use rehearsal::fault::{Fault, FaultKind};

const UPDATE: &str = "cloudfront:UpdateDistribution";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[test]
fn a_way_back_whose_detach_takes_five_hours_asks_seldom_and_attaches_soon_after_the_name_is_free() {
    let clean = back("swap");
    let source = clean.play.request["source"]["distribution"].as_str().unwrap();
    let target = clean.play.request["target"]["distribution"].as_str().unwrap();
    // The way back's own detach: the last write of the target.
    let detach = clean.journal.entries.iter().rfind(|entry| entry.operation == UPDATE && entry.on == target).unwrap();
    let number = clean.journal.calls.iter().find(|made| made.operation == UPDATE && made.at == detach.at).unwrap().number;
    let fault = Fault { operation: UPDATE.to_owned(), number, kind: FaultKind::StuckInProgress };
    let trial = attempt(&clean, &clean.play, &[fault]).unwrap();
    assert_eq!(trial.report.outcome, "rolledBack", "{}", trial.report.document["stuck"]);
    let attached = trial.journal.entries.iter().rfind(|entry| entry.on == source).unwrap().at - detach.at;
    assert!((5 * HOUR..5 * HOUR + 10 * MINUTE).contains(&attached), "{} s after the detach", attached / 1000);
    let tries = trial.journal.calls.iter().filter(|made| made.operation == UPDATE && made.number > number).map(|made| made.at - detach.at);
    let late = tries.filter(|after| (HOUR / 2 + MINUTE..attached).contains(after)).count() as i64;
    let minutes = attached / MINUTE - 30;
    // One a minute, and one at once by each call, which lasts for 13.
    assert!((minutes / 2..=minutes + minutes / 12).contains(&late), "{late} tries in {minutes} minutes");
    let told = trial.report.document["timeline"].as_array().unwrap().iter().filter(|event| event["what"] == "not attached yet").count();
    assert_eq!(told, 1, "and it is told once, as it was last");
}

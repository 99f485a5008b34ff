//! A swap on the way back whose detach takes AWS five hours: nobody serves the name, so it goes on trying, less often than
//! before, and attaches soon after the name is free.

use super::{back, forth, with_actor};
use crate::support::scenario;
use rehearsal::explore::{Clean, Trial, attempt, clean};
use rehearsal::fault::{Fault, FaultKind};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

const UPDATE: &str = "cloudfront:UpdateDistribution";
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// What functions write to their log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// When the metric `NamesUnserved` was put, and how many names it told.
fn told_unserved(run: impl FnOnce()) -> Vec<(i64, u64)> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = log.0.lock().unwrap();
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let metrics = lines.filter_map(|line| serde_json::from_str::<Value>(line["fields"]["emf"].as_str()?).ok());
    metrics.filter_map(|emf| Some((emf["_aws"]["Timestamp"].as_i64()?, emf["NamesUnserved"].as_u64()?))).collect()
}

/// The way back's own detach: the last write of the target; and its number.
fn detach(clean: &Clean) -> (i64, u64) {
    let target = clean.play.request["target"]["distribution"].as_str().unwrap();
    let detach = clean.journal.entries.iter().rfind(|entry| entry.operation == UPDATE && entry.on == target).unwrap();
    (detach.at, clean.journal.calls.iter().find(|made| made.operation == UPDATE && made.at == detach.at).unwrap().number)
}

#[test]
fn a_way_back_whose_detach_takes_five_hours_asks_seldom_and_attaches_soon_after_the_name_is_free() {
    let clean = back("swap");
    let source = clean.play.request["source"]["distribution"].as_str().unwrap();
    let (detached, number) = detach(&clean);
    let fault = Fault { operation: UPDATE.to_owned(), number, kind: FaultKind::StuckInProgress };
    let mut trial = None;
    let unserved = told_unserved(|| trial = attempt(&clean, &clean.play, &[fault]).ok());
    let trial: Trial<'_> = trial.unwrap();
    assert_eq!(trial.report.outcome, "rolledBack", "{}", trial.report.document["stuck"]);
    let attached = trial.journal.entries.iter().rfind(|entry| entry.on == source).unwrap().at - detached;
    assert!((5 * HOUR..5 * HOUR + 10 * MINUTE).contains(&attached), "{} s after the detach", attached / 1000);
    let tries = trial.journal.calls.iter().filter(|made| made.operation == UPDATE && made.number > number).map(|made| made.at - detached);
    let late = tries.filter(|after| (HOUR / 2 + MINUTE..attached).contains(after)).count() as i64;
    let minutes = attached / MINUTE - 30;
    // One a minute, and one at once by each call, which lasts for 13.
    assert!((minutes / 2..=minutes + minutes / 12).contains(&late), "{late} tries in {minutes} minutes");
    let told = trial.report.document["timeline"].as_array().unwrap().iter().filter(|event| event["what"] == "not attached yet").count();
    assert_eq!(told, 1, "and it is told once, as it was last");
    // The alarm hears of it once AWS has taken longer than it should need, for as long as it lasts.
    let after: Vec<i64> = unserved.iter().map(|(at, _)| at - detached).collect();
    assert!((12 * MINUTE..13 * MINUTE).contains(&after[0]), "{} s", after[0] / 1000);
    assert!(after.windows(2).all(|pair| pair[1] - pair[0] < 2 * MINUTE), "{after:?}");
    assert!(attached - after.last().unwrap() < 2 * MINUTE);
    assert!(unserved.iter().all(|(_, names)| *names == 1));
}

#[test]
fn a_swap_that_attaches_in_time_is_no_alarm() {
    // A clean run is made live; five minutes until the name is free are nothing to wake anybody for.
    let unserved = told_unserved(|| {
        back("swap");
        let play = scenario("legacy-to-new-swap", 1);
        assert_eq!(clean(&play).unwrap().report.outcome, "completed");
    });
    assert_eq!(unserved, []);
}

#[test]
fn an_alarm_tells_of_names_that_aws_does_not_give_within_minutes_and_as_long_as_anybody_tries() {
    let forth = forth("swap");
    let source = forth.play.request["source"]["distribution"].as_str().unwrap();
    let detach = forth.journal.entries.iter().find(|entry| entry.operation == UPDATE && entry.on == source).unwrap();
    let number = forth.journal.calls.iter().find(|made| made.operation == UPDATE && made.at == detach.at).unwrap().number;
    let mut play = forth.play.clone();
    let message = "One or more of the CNAMEs you provided are already associated with a different resource.";
    let refuses = json!({"afterCall": format!("{UPDATE}#{number}"), "do": "failOperation", "operation": UPDATE, "code": "CNAMEAlreadyExists", "message": message});
    with_actor(&mut play, refuses);
    let mut run = None;
    let unserved = told_unserved(|| run = clean(&play).ok());
    let run = run.unwrap();
    assert_eq!(run.report.outcome, "stuck");
    let after: Vec<i64> = unserved.iter().map(|(at, _)| at - detach.at).collect();
    // The source is deployed within half a minute in this world: what is refused later is no wait.
    assert!((MINUTE..3 * MINUTE).contains(&after[0]), "{} s", after[0] / 1000);
    let last_try = run.journal.calls.iter().rfind(|made| made.operation == UPDATE).unwrap().at - detach.at;
    assert!(last_try > 5 * HOUR && last_try - after.last().unwrap() < 2 * MINUTE, "{last_try}");
    // Turning round takes a while: DNS first.
    let longest = after.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest < 20 * MINUTE, "{} s", longest / 1000);
}

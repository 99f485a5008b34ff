//! A swap on the way back whose detach takes AWS five hours: nobody serves the name, so it goes on trying, less often than
//! before, and attaches soon after the name is free.

use super::back;
use rehearsal::explore::{Clean, Trial, attempt};
use rehearsal::fault::{Fault, FaultKind};
use serde_json::Value;
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
    // The alarm hears of it after five minutes, for as long as it lasts.
    let after: Vec<i64> = unserved.iter().map(|(at, _)| at - detached).collect();
    assert!((5 * MINUTE..6 * MINUTE).contains(&after[0]), "{} s", after[0] / 1000);
    assert!(after.windows(2).all(|pair| pair[1] - pair[0] < 2 * MINUTE), "{after:?}");
    assert!(attached - after.last().unwrap() < 2 * MINUTE);
    assert!(unserved.iter().all(|(_, names)| *names == 1));
}

#[test]
fn a_swap_that_attaches_in_time_is_no_alarm() {
    let clean = back("swap");
    let unserved = told_unserved(|| assert!(attempt(&clean, &clean.play, &[]).is_ok()));
    assert_eq!(unserved, []);
}

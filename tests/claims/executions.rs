//! Does a rehearsal play executions beside each other, stop them and kill their functions as AWS would, and does the bus
//! recover what has ended badly?

use crate::support::{calls, scenario};
use rehearsal::clock::VirtualClock;
use rehearsal::interpreter::{Observer, Status, TaskError};
use rehearsal::plug::SharedWorld;
use rehearsal::run::{Audit, Play, Report, Unwatched, stage};
use rehearsal::staging::{Accident, Call, Further, Mishap, Moment, Place, Side, Staging, Start, Stop, Which};
use rehearsal::viewers::Cast;
use serde_json::{Value, json};
use std::sync::Mutex;

const FIRST: Which = Which::Request(0);

/// Which states were entered, and how tasks failed, of the first request and of all others.
#[derive(Default)]
struct Notes {
    told: Mutex<Vec<(i64, String)>>,
    others: Others,
}

#[derive(Default)]
struct Others(Mutex<Vec<(i64, String)>>);

impl Observer for Others {
    fn state_entered(&self, state: &str, at_millis: i64, _input: &Value) {
        self.0.lock().unwrap().push((at_millis, state.to_owned()));
    }
}

impl Observer for Notes {
    fn state_entered(&self, state: &str, at_millis: i64, _input: &Value) {
        self.told.lock().unwrap().push((at_millis, state.to_owned()));
    }
    fn task_failed(&self, state: &str, at_millis: i64, error: &TaskError) {
        self.told.lock().unwrap().push((at_millis, format!("{state}: {}", error.error)));
    }
}

impl Audit for Notes {
    fn begins(&self, _: &SharedWorld, _: VirtualClock, _: &Cast) {}
    fn beside(&self) -> &dyn Observer {
        &self.others
    }
}

impl Notes {
    fn all(self) -> Vec<String> {
        self.told.into_inner().unwrap().into_iter().map(|(_, told)| told).collect()
    }
}

fn played(play: &Play, staging: &Staging) -> (Report, Vec<String>) {
    let notes = Notes::default();
    let (report, _) = stage(play, staging, &notes).unwrap();
    (report, notes.all())
}

fn call(text: &str) -> Call {
    text.parse().unwrap()
}

/// The shipped definition, and nobody who recovers.
fn alone() -> Staging {
    Staging { recovers: false, ..Staging::default() }
}

fn stopped(at: Moment) -> Staging {
    Staging { stops: vec![Stop { which: FIRST, at }], ..alone() }
}

fn befallen(at: Place, side: Side, what: Mishap) -> Staging {
    Staging { accidents: vec![Accident { at, side, what }], ..alone() }
}

/// A definition that plans, rests, and ends as `end` says; its recovery is the state `recovery`.
fn small(rest_seconds: u64, end: Value, recovery: Value) -> Staging {
    let states = json!({
        "HasEnded": {"Type": "Choice", "Choices": [{"Variable": "$.recover", "IsPresent": true, "Next": "RecoverCutover"}], "Default": "Preflight"},
        "Preflight": {"Type": "Task", "Resource": "${PreflightFunctionArn}", "TimeoutSeconds": 150, "Next": "Rest", "Parameters": {
            "request.$": "$", "execution": {"id.$": "$$.Execution.Id", "startedAt.$": "$$.Execution.StartTime"}, "memberAccounts": "${MemberAccounts}"}},
        "Rest": {"Type": "Wait", "Seconds": rest_seconds, "Next": "End"},
        "End": end,
        "RecoverCutover": recovery,
    });
    Staging { definition: Some(json!({"StartAt": "HasEnded", "States": states}).to_string()), ..Staging::default() }
}

fn fails() -> Value {
    json!({"Type": "Fail", "Error": "Lost"})
}

/// A recovery that rolled back.
fn rolls_back() -> Value {
    json!({"Type": "Pass", "Result": {"outcome": "rolledBack", "request": {"aliases": []}}, "End": true})
}

/// Names and ends of all executions, in order.
fn ends(report: &Report) -> Vec<(String, Status)> {
    report.executions.iter().map(|one| (one.arn.rsplit(':').next().unwrap().to_owned(), one.status)).collect()
}

/// Seconds from the world's beginning until an execution was started, as its document says.
fn started(report: &Report, number: usize) -> f64 {
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let began = time(&report.executions[0].document["execution"]["startedAt"]);
    (time(&report.executions[number].document["execution"]["startedAt"]) - began) as f64 / 1000.0
}

#[test]
fn requests_come_after_their_seconds_or_once_a_call_was_answered_and_run_beside_each_other() {
    let play = scenario("plan-only", 1);
    let further = |start| Further { request: play.request.clone(), start };
    let requests = vec![further(Start::After(100)), further(Start::OnceAnswered(call("sts:AssumeRole#3")))];
    let staging = Staging { requests, ..small(600, json!({"Type": "Succeed"}), rolls_back()) };
    let notes = Notes::default();
    let (report, _) = stage(&play, &staging, &notes).unwrap();
    let succeeded = |name: &str| (name.to_owned(), Status::Succeeded);
    assert_eq!(ends(&report), [succeeded("rehearsal-1"), succeeded("rehearsal-1-2"), succeeded("rehearsal-1-1")], "as they began");
    assert!((0.01..2.0).contains(&started(&report, 1)), "in the middle of the first one's plan");
    assert_eq!(started(&report, 2), 100.0);
    assert!(report.executions.iter().all(|one| one.document["plan"].is_array() && one.outcome.is_none()));
    assert_eq!(notes.told.lock().unwrap().iter().filter(|(_, state)| state == "Preflight").count(), 1, "the first request's alone");
    assert_eq!(notes.others.0.lock().unwrap().iter().filter(|(_, state)| state == "Preflight").count(), 2);
    assert!((700.0..720.0).contains(&report.simulated_seconds), "{}: beside each other", report.simulated_seconds);
}

#[test]
fn a_stop_between_states_begins_nothing_more() {
    let play = scenario("legacy-to-new", 1);
    let (report, told) = played(&play, &stopped(Moment::Entering(2)));
    let entered = ["Begin", "Preflight"].map(str::to_owned).to_vec();
    assert_eq!((report.execution.status, report.outcome.as_str(), told), (Status::Aborted, "stuck", entered));
    assert!(report.calls.is_empty() && report.document == play.request, "{:?}", report.calls);
    let (report, told) = played(&play, &stopped(Moment::EnteringState("UpdateDistribution".to_owned(), 2)));
    assert_eq!((calls(&report, "cloudfront:UpdateDistribution"), told.last().map(String::as_str)), (1, Some("UpdateDistribution")));
    assert_eq!((report.execution.status, report.execution.transitions), (Status::Aborted, told.len() as u64));
    let states = u64::try_from(told.len()).unwrap();
    let (again, _) = played(&play, &stopped(Moment::Entering(states)));
    assert_eq!((again.calls, again.document), (report.calls, report.document), "the same moment, counted");
}

#[test]
fn a_stop_while_a_task_runs_lets_its_function_go_on_to_its_end() {
    let play = scenario("legacy-to-new", 1);
    let (whole, _) = played(&play, &alone());
    let (between, told) = played(&play, &stopped(Moment::EnteringState("UpdateDistribution".to_owned(), 1)));
    let state = u64::try_from(told.len()).unwrap();
    assert_eq!(calls(&between, "cloudfront:UpdateDistribution"), 0);
    let (report, _) = played(&play, &stopped(Moment::AfterCallsIn(state, 1)));
    assert_eq!((report.execution.status, calls(&report, "cloudfront:UpdateDistribution")), (Status::Aborted, 1), "F29: the function wrote");
    assert!(report.idle_faults.is_empty());
    let (report, _) = played(&play, &stopped(Moment::OnceAnswered(call("cloudfront:UpdateDistribution#2"))));
    assert_eq!((report.execution.status, calls(&report, "cloudfront:UpdateDistribution")), (Status::Aborted, 2));
    assert!(calls(&whole, "cloudfront:UpdateDistribution") > 2);
    assert_eq!(report.writes[..], whole.writes[..report.writes.len()], "what was written is what would have been");
}

#[test]
fn an_execution_runs_out_of_its_own_time() {
    let play = scenario("legacy-to-new", 1);
    let (report, _) = played(&play, &Staging { timeouts: vec![(FIRST, 60)], ..alone() });
    assert_eq!((report.execution.status, report.outcome.as_str()), (Status::TimedOut, "stuck"));
    assert!(report.simulated_seconds >= 60.0 && report.simulated_seconds < 61.0, "{}", report.simulated_seconds);
}

#[test]
fn a_function_that_is_killed_before_or_after_a_call_is_an_unknown_error_to_its_state() {
    let play = scenario("legacy-to-new", 1);
    let (whole, _) = played(&play, &alone());
    let of_step = |call| Place::Step { step: "update_distribution".to_owned(), invocation: 1, call };
    let write = Place::Call(call("cloudfront:UpdateDistribution#1"));
    for (at, side, count) in
        [(write.clone(), Side::Before, 1), (write, Side::After, 1), (of_step(1), Side::Before, 1), (of_step(2), Side::After, 1)]
    {
        let (report, told) = played(&play, &befallen(at.clone(), side, Mishap::Killed));
        let failures = told.iter().filter(|told| *told == "UpdateDistribution: Lambda.Unknown").count();
        assert_eq!((failures, report.outcome.as_str(), report.viewers.unserved), (count, "completed", 0), "{at:?} {side:?}: {told:?}");
        assert_eq!(report.writes, whole.writes, "{at:?} {side:?}: the retry finds what was done");
    }
}

#[test]
fn a_function_that_stands_still_goes_on_where_it_was_when_its_state_has_long_tried_again() {
    let play = scenario("legacy-to-new", 1);
    let (whole, _) = played(&play, &alone());
    let write = Place::Call(call("cloudfront:UpdateDistribution#1"));
    let (report, told) = played(&play, &befallen(write, Side::Before, Mishap::Frozen { seconds: 900 }));
    assert!(told.contains(&"UpdateDistribution: States.Timeout".to_owned()), "F27: {told:?}");
    let more = calls(&report, "cloudfront:UpdateDistribution") - calls(&whole, "cloudfront:UpdateDistribution");
    assert_eq!((more, report.outcome.as_str()), (1, "completed"), "F26: the zombie's write came, and was refused");
    assert_eq!(report.writes, whole.writes);
}

#[test]
fn the_bus_starts_a_recovery_for_each_execution_that_ends_badly() {
    let play = scenario("plan-only", 1);
    let staged: [(Status, Staging); 3] = [
        (Status::Failed, small(60, fails(), rolls_back())),
        (Status::TimedOut, Staging { timeouts: vec![(FIRST, 30)], ..small(60, fails(), rolls_back()) }),
        (
            Status::Aborted,
            Staging {
                stops: vec![Stop { which: FIRST, at: Moment::EnteringState("Rest".to_owned(), 1) }],
                ..small(60, fails(), rolls_back())
            },
        ),
    ];
    for (status, staging) in staged {
        let notes = Notes::default();
        let (report, _) = stage(&play, &staging, &notes).unwrap();
        assert_eq!(ends(&report), [("rehearsal-1".to_owned(), status), ("recovery-1-0".to_owned(), Status::Succeeded)]);
        assert_eq!(report.executions[1].request, json!({"recover": {"execution": report.executions[0].arn, "status": status.name()}}));
        assert_eq!((report.outcome.as_str(), report.execution.status), ("rolledBack", Status::Succeeded), "the recovery's word counts");
        let told = notes.told.into_inner().unwrap();
        let at = told.iter().position(|(_, state)| state == "RecoverCutover").unwrap();
        assert!(told[at].0 - told[at - 2].0 >= 1_000, "{status:?}: {told:?}");
        let bus: Vec<&str> = report
            .timeline
            .iter()
            .map(|(_, what, _)| what.as_str())
            .filter(|what| what.starts_with("bus") || what.starts_with("exec"))
            .collect();
        assert_eq!(bus, [&format!("execution {}", status.name()), "bus: recovery"], "the story tells it");
        let silent = Staging { recovers: false, ..staging };
        assert_eq!(ends(&stage(&play, &silent, &Unwatched).unwrap().0), [("rehearsal-1".to_owned(), status)]);
    }
}

#[test]
fn an_execution_that_ends_well_is_not_recovered_and_a_recovery_that_finds_nothing_says_nothing() {
    let play = scenario("plan-only", 1);
    let (report, _) = played(&play, &small(60, json!({"Type": "Succeed"}), rolls_back()));
    assert_eq!((report.executions.len(), report.execution.status), (1, Status::Succeeded));
    let nothing = json!({"Type": "Pass", "Result": {"outcome": null}, "End": true});
    let (report, _) = played(&play, &small(60, fails(), nothing));
    assert_eq!((report.executions.len(), report.execution.status), (2, Status::Failed));
    assert!(report.document["plan"].is_array(), "what is known is what was known before");
}

#[test]
fn recoveries_that_fail_are_recovered_six_times_and_events_may_come_twice() {
    let play = scenario("plan-only", 1);
    let (report, _) = played(&play, &small(60, fails(), fails()));
    assert_eq!(report.executions.len(), 7);
    assert_eq!(report.executions[6].request["recover"]["execution"], json!(report.executions[5].arn), "each for the one before");
    let (report, _) = played(&play, &Staging { delivers_twice: true, ..small(60, fails(), rolls_back()) });
    assert_eq!(report.executions.len(), 3, "EB-1");
    assert_eq!(report.executions[1].request, report.executions[2].request);
    let first = Stop { which: Which::FromBus(0), at: Moment::EnteringState("RecoverCutover".to_owned(), 1) };
    let slow = json!({"Type": "Wait", "Seconds": 5, "End": true});
    let (report, _) = played(&play, &Staging { stops: vec![first], ..small(60, fails(), slow) });
    let statuses: Vec<Status> = report.executions.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Aborted, Status::Succeeded], "a recovery can be stopped, and is recovered");
}

#[test]
fn the_schedule_sweeps_every_quarter_of_an_hour_while_anything_is_to_come() {
    let play = scenario("plan-only", 1);
    let quiet = small(3000, json!({"Type": "Succeed"}), rolls_back());
    assert_eq!(stage(&play, &quiet, &Unwatched).unwrap().0.executions.len(), 1, "nothing is to come");
    let sweeps = |report: &Report| report.executions.iter().filter(|one| one.request == json!({"recover": {"lapsed": true}})).count();
    let (report, _) = stage(&play, &Staging { until_seconds: 3600, ..quiet.clone() }, &Unwatched).unwrap();
    assert_eq!((sweeps(&report), report.executions.len(), report.simulated_seconds), (3, 4, 3600.0), "after 15, 30 and 45 minutes");
    let late = vec![Further { request: play.request.clone(), start: Start::After(2000) }];
    let (report, _) = stage(&play, &Staging { requests: late, ..quiet }, &Unwatched).unwrap();
    assert_eq!((sweeps(&report), report.executions.len()), (2, 4));
    let unable = Staging { until_seconds: 3600, definition: None, ..alone() };
    let shipped: Value = serde_json::from_str(rehearsal::run::DEFINITION).unwrap();
    let swept = sweeps(&stage(&play, &unable, &Unwatched).unwrap().0) > 0;
    assert_eq!(swept, shipped["States"].get("RecoverCutover").is_some(), "only what can recover is asked to");
}

#[test]
fn what_never_comes_to_pass_is_told_and_the_same_staging_gives_the_same_story() {
    let play = scenario("plan-only", 1);
    let never = Staging {
        requests: vec![Further { request: play.request.clone(), start: Start::OnceAnswered(call("sts:AssumeRole#999")) }],
        stops: vec![Stop { which: Which::Request(1), at: Moment::Entering(1) }],
        accidents: vec![Accident { at: Place::Call(call("acm:DescribeCertificate#999")), side: Side::After, what: Mishap::Killed }],
        ..small(60, fails(), rolls_back())
    };
    let (report, told) = played(&play, &never);
    assert_eq!(report.idle_faults.len(), 3, "{:?}", report.idle_faults);
    for part in ["end of Request(1)", "request 1 after sts:AssumeRole#999", "Killed at"] {
        assert!(report.idle_faults.iter().any(|idle| idle.contains(part)), "{part}: {:?}", report.idle_faults);
    }
    let (again, told_again) = played(&play, &never);
    assert_eq!((report.timeline, report.calls, told), (again.timeline, again.calls, told_again));
}

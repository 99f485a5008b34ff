//! Executions behind the socket: the same as in a rehearsal, beside each other, stopped without asking anybody.

use super::{HOME, LEGACY, MACHINE, Running, serve, serve_standing, signature, until};
use crate::support::{rehearse, scenario};
use rehearsal::interpreter::{Event, Observer, What};
use rehearsal::run::{Audit, Play, run};
use serde_json::{Value, json};
use std::sync::Mutex;

const ARN: &str = "arn:aws:states:us-east-1:000000000009:execution:cutover";

fn start(running: &Running, name: &str, request: &Value) -> Value {
    let input = json!({"stateMachineArn": MACHINE, "name": name, "input": request.to_string()});
    let answer = running.states("StartExecution", &input);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn describe(running: &Running, name: &str) -> Value {
    running.states("DescribeExecution", &json!({"executionArn": format!("{ARN}:{name}")})).json()
}

fn ended(running: &Running, name: &str) -> Value {
    until(|| Some(describe(running, name)).filter(|found| found["status"] != "RUNNING"))
}

/// Every event, page by page.
fn history(running: &Running, name: &str, page: u64) -> Vec<Value> {
    let mut events = Vec::new();
    let mut input = json!({"executionArn": format!("{ARN}:{name}"), "maxResults": page});
    loop {
        let answer = running.states("GetExecutionHistory", &input).json();
        let found = answer["events"].as_array().unwrap().clone();
        assert!(!found.is_empty() && found.len() as u64 <= page);
        events.extend(found);
        match answer.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => return events,
        }
    }
}

/// A state that does something, and the seconds from the run's start until it was entered. How often is looked before
/// one is entered depends on the fraction of a second at which the run began.
type Act = (String, f64);

fn acts(entered: impl Iterator<Item = (String, f64)>) -> Vec<Act> {
    let looks = ["NextStep", "WaitToSettle", "CheckSettled", "HasSettled"];
    entered.filter(|(name, _)| !looks.contains(&name.as_str())).collect()
}

/// When states were entered in a rehearsal.
#[derive(Default)]
struct Rehearsed(Mutex<Vec<(String, f64)>>);

impl Observer for Rehearsed {
    fn recorded(&self, event: &Event<'_>) {
        if let What::StateEntered { name, .. } = event.what {
            self.0.lock().unwrap().push((name.to_owned(), event.at_millis as f64 / 1000.0));
        }
    }
}

impl Audit for Rehearsed {
    fn begins(&self, _: &rehearsal::plug::SharedWorld, _: rehearsal::clock::VirtualClock, _: &rehearsal::viewers::Cast) {}
}

#[test]
fn an_execution_goes_as_it_was_rehearsed_at_any_speed() {
    let play = scenario("legacy-to-new", 1);
    let rehearsed = Rehearsed::default();
    run(&play, &rehearsed).unwrap();
    let rehearsed = rehearsed.0.into_inner().unwrap();
    let began = rehearsed[0].1;
    let rehearsed = acts(rehearsed.into_iter().map(|(name, at)| (name, at - began)));
    assert!(rehearsed.len() > 7, "{rehearsed:?}");
    for speed in [1000.0, 100_000.0] {
        let running = serve(play.world.clone(), speed);
        // A pause before a look is spread by the execution's id, so that the two have one name.
        start(&running, "rehearsal-1", &play.request);
        let end = ended(&running, "rehearsal-1");
        assert_eq!(end["status"], "SUCCEEDED", "{end}");
        let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
        assert_eq!((&output["outcome"], &output["strategy"]), (&json!("completed"), &json!("wildcardBridge")));
        let events = history(&running, "rehearsal-1", 77);
        // However fast: no step has found AWS slow, or itself out of time.
        let wrong = |event: &&Value| ["Failed", "TimedOut"].iter().any(|end| event["type"].as_str().unwrap().ends_with(end));
        assert_eq!(events.iter().find(wrong), None);
        let entered = events.iter().filter_map(|event| {
            let name = event.get("stateEnteredEventDetails")?["name"].as_str()?.to_owned();
            Some((name, event["timestamp"].as_f64()? - events[0]["timestamp"].as_f64()?))
        });
        let served = acts(entered);
        let names = |acts: &[Act]| acts.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&served), names(&rehearsed));
        for (served, rehearsed) in served.iter().zip(&rehearsed) {
            // A look more or less, of up to 30 s, before each of the five edits.
            assert!((served.1 - rehearsed.1).abs() < 150.0, "{served:?} was rehearsed as {rehearsed:?}");
        }
        assert_eq!(running.stop().executions, [("SUCCEEDED", 1)].into());
    }
}

#[test]
fn where_time_stands_between_requests_a_run_is_the_rehearsed_one_to_the_millisecond() {
    let play = scenario("conflict-that-clears", 1);
    let rehearsed = rehearse(&play);
    let running = serve_standing(play.world.clone(), 1);
    let time = |seconds: &str, key: &str| running.call("POST", &format!("/wait?seconds={seconds}"), &[&signature(key, "clock")], b"");
    // However long nobody asks for anything.
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(time("0", HOME).json()["now"], "2026-12-01T02:00:00Z");
    start(&running, "rehearsal-1", &play.request);
    let end = ended(&running, "rehearsal-1");
    let output: Value = serde_json::from_str(end["output"].as_str().unwrap()).unwrap();
    assert_eq!(output, rehearsed.document);
    let now = |answer: super::Answer| answer.json()["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let before = now(time("0", HOME));
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(now(time("12.345", HOME)), before + 12_345, "it waits as long as it is asked to, and no longer");
    for (seconds, key, status) in [("1", LEGACY, 403), ("-1", HOME, 400), ("x", HOME, 400), ("5184001", HOME, 400)] {
        assert_eq!(time(seconds, key).status, status, "{seconds} {key}");
    }
    running.stop();
}

#[test]
fn documents_are_in_the_history_unless_they_are_not_wanted() {
    let play = scenario("plan-only", 1);
    let running = serve(play.world.clone(), 1000.0);
    start(&running, "one", &play.request);
    let end = ended(&running, "one");
    let events = history(&running, "one", 1000);
    let input: Value = serde_json::from_str(events[0]["executionStartedEventDetails"]["input"].as_str().unwrap()).unwrap();
    assert_eq!(input, play.request);
    assert_eq!(events.last().unwrap()["executionSucceededEventDetails"]["output"], end["output"]);
    // A state leaves with what the next one enters with.
    for pair in events.windows(2).filter(|pair| pair[0].get("stateExitedEventDetails").is_some()) {
        if let Some(next) = pair[1].get("stateEnteredEventDetails") {
            assert_eq!(pair[0]["stateExitedEventDetails"]["output"], next["input"]);
        }
    }
    let bare = running.states("GetExecutionHistory", &json!({"executionArn": format!("{ARN}:one"), "includeExecutionData": false}));
    assert!(!bare.body.contains("\"input\"") && !bare.body.contains("\"output\"") && bare.body.contains("ExecutionSucceeded"));
    running.stop();
}

#[test]
fn a_name_is_given_once_and_starting_again_is_the_same_execution_while_it_runs() {
    let play = scenario("legacy-to-new", 1);
    let running = serve(play.world.clone(), 60.0);
    let first = start(&running, "one", &play.request);
    assert_eq!(start(&running, "one", &play.request), first);
    let again = |input: &str| running.states("StartExecution", &json!({"stateMachineArn": MACHINE, "name": "one", "input": input}));
    let other = again("{}");
    assert_eq!((other.status, other.json()["__type"].as_str().unwrap()), (400, "ExecutionAlreadyExists"));
    let stopped = running.states("StopExecution", &json!({"executionArn": format!("{ARN}:one")}));
    assert_eq!(stopped.status, 200);
    let closed = again(&play.request.to_string());
    assert_eq!((closed.status, closed.json()["__type"].as_str().unwrap()), (400, "ExecutionAlreadyExists"));
    // Without a name each is another one.
    let nameless = |_| running.states("StartExecution", &json!({"stateMachineArn": MACHINE})).json()["executionArn"].clone();
    let [one, two] = [0, 1].map(nameless);
    assert_ne!(one, two);
    assert_eq!(one.as_str().unwrap().rsplit(':').next().unwrap().len(), 36, "a UUID");
    running.stop();
}

/// What the first step alone calls.
fn planned(play: &Play) -> Play {
    let mut play = play.clone();
    play.request["execute"] = json!(false);
    play
}

#[test]
fn a_stopped_execution_is_over_at_once_and_its_running_function_ends_its_work() {
    let play = scenario("legacy-to-new", 1);
    // The first step takes about a simulated second, so about 100 ms of ours.
    let running = serve(play.world.clone(), 10.0);
    start(&running, "one", &play.request);
    let arn = format!("{ARN}:one");
    let stopped = running.states("StopExecution", &json!({"executionArn": arn, "error": "Mine", "cause": "enough"})).json();
    let found = describe(&running, "one");
    assert_eq!((&found["status"], &found["error"], &found["cause"]), (&json!("ABORTED"), &json!("Mine"), &json!("enough")));
    assert_eq!(found["stopDate"], stopped["stopDate"]);
    let types: Vec<Value> = history(&running, "one", 1000).iter().map(|event| event["type"].clone()).collect();
    let begun = ["ExecutionStarted", "ChoiceStateEntered", "ChoiceStateExited", "TaskStateEntered", "LambdaFunctionScheduled"];
    assert_eq!(types, [&begun[..], &["LambdaFunctionStarted", "ExecutionAborted"]].concat());
    // Stopping it again changes nothing.
    let again = running.states("StopExecution", &json!({"executionArn": arn, "error": "Other"})).json();
    assert_eq!((again, describe(&running, "one")), (stopped, found));
    let preflight = rehearse(&planned(&play)).calls;
    std::thread::sleep(std::time::Duration::from_secs(2));
    let served = running.stop();
    assert_eq!(served.calls, preflight, "the whole first step, and no other");
    assert_eq!(served.executions, [("ABORTED", 1)].into());
}

#[test]
fn executions_run_beside_each_other_and_are_listed_newest_first() {
    let play = planned(&scenario("legacy-to-new", 1));
    let running = serve(play.world.clone(), 600.0);
    let names: Vec<String> = (0..5).map(|number| format!("plan-{number}")).collect();
    names.iter().for_each(|name| drop(start(&running, name, &play.request)));
    names.iter().for_each(|name| assert_eq!(ended(&running, name)["status"], "SUCCEEDED", "{name}"));
    let mut listed = Vec::new();
    let mut input = json!({"stateMachineArn": MACHINE, "maxResults": 2});
    loop {
        let page = running.states("ListExecutions", &input).json();
        listed.extend(page["executions"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        // One that is started in between shifts nothing.
        start(&running, &format!("later-{}", listed.len()), &play.request);
        let Some(token) = page.get("nextToken") else { break };
        input["nextToken"] = token.clone();
    }
    listed.reverse();
    assert_eq!(listed, names);
    // A token is of use for its own list only.
    input["statusFilter"] = json!("SUCCEEDED");
    let foreign = running.states("ListExecutions", &input);
    assert_eq!((foreign.status, foreign.json()["__type"].as_str().unwrap()), (400, "InvalidToken"));
    running.stop();
}

//! Claims about Map states: each is one rule of the language, seen from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::clock::VirtualClock;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Mutex;

/// Takes as long as its input says, and fails where that says so.
struct Timed {
    clock: VirtualClock,
    begun: Mutex<Vec<(i64, Value)>>,
}

#[async_trait]
impl Tasks for Timed {
    async fn run(&self, _resource: &str, input: &Value) -> Result<Value, TaskError> {
        self.begun.lock().unwrap().push((self.clock.now_millis() / 1000, input.clone()));
        self.clock.sleep_millis(input["seconds"].as_u64().unwrap_or(1) * 1000).await;
        match input["fail"].as_str() {
            Some(error) => Err(TaskError { error: error.to_owned(), cause: "because".to_owned() }),
            None => Ok(json!({"did": input["name"]})),
        }
    }
}

/// Writes down the history: id, what led to it, and what it is.
#[derive(Default)]
struct Events(Mutex<Vec<(u64, u64, String)>>);

impl Observer for Events {
    fn recorded(&self, event: &Event<'_>) {
        let what = match event.what {
            What::StateEntered { kind, name, .. } => format!("{kind} {name}"),
            What::StateExited { kind, name, .. } => format!("{kind} {name} left"),
            What::MapStarted { length } => format!("map of {length}"),
            What::IterationStarted { index, .. } => format!("{index} begins"),
            What::IterationSucceeded { index, .. } => format!("{index} succeeds"),
            What::IterationFailed { index, .. } => format!("{index} fails"),
            What::IterationAborted { index, .. } => format!("{index} aborted"),
            What::MapSucceeded => "map succeeds".to_owned(),
            What::MapFailed { error } => format!("map fails: {}", error.error),
            What::ExecutionSucceeded { .. } => "end".to_owned(),
            _ => "…".to_owned(),
        };
        self.0.lock().unwrap().push((event.id, event.previous_id, what));
    }
}

struct Seen {
    run: Execution,
    begun: Vec<(i64, Value)>,
    events: Vec<(u64, u64, String)>,
    seconds: i64,
}

fn perform(definition: &Value, input: Value) -> Seen {
    let definition = Definition::parse(&definition.to_string()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(0);
        let tasks = Timed { clock: clock.clone(), begun: Mutex::default() };
        let events = Events::default();
        let context = Context { execution_name: "run".to_owned(), ..Context::default() };
        let run = execute(&definition, input, &context, &tasks, &clock, 7, &events).await;
        Seen { run, begun: tasks.begun.into_inner().unwrap(), events: events.0.into_inner().unwrap(), seconds: clock.now_millis() / 1000 }
    })
}

/// A Map state `All` with these fields, over a graph of one task.
fn all(fields: Value) -> Value {
    let inner = json!({"StartAt": "One", "States": {"One": {"Type": "Task", "Resource": "work", "End": true}}});
    let mut state = json!({"Type": "Map", "ItemsPath": "$.list", "ItemProcessor": inner, "End": true});
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"StartAt": "All", "States": {"All": state, "Sorry": {"Type": "Succeed"}}})
}

/// The same without the state that only a catcher leads to.
fn uncaught(fields: Value) -> Value {
    let mut definition = all(fields);
    definition["States"].as_object_mut().unwrap().remove("Sorry");
    definition
}

fn catch() -> Value {
    json!([{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Sorry"}])
}

#[test]
fn every_item_goes_its_own_way_and_the_results_keep_the_order_of_the_items() {
    let selector =
        json!({"name.$": "$$.Map.Item.Value.n", "at.$": "$$.Map.Item.Index", "seconds.$": "$$.Map.Item.Value.s", "of.$": "$.of"});
    let input = json!({"of": "it", "list": [{"n": "a", "s": 3}, {"n": "b", "s": 1}, {"n": "c", "s": 2}]});
    let seen = perform(&uncaught(json!({"ItemSelector": selector, "ResultPath": "$.done"})), input);
    assert_eq!(seen.run.output.unwrap()["done"], json!([{"did": "a"}, {"did": "b"}, {"did": "c"}]));
    assert_eq!(seen.begun[1].1, json!({"name": "b", "at": 1, "seconds": 1, "of": "it"}));
    assert_eq!(seen.seconds, 3, "all at the same time");
    assert_eq!(seen.run.transitions, 4);
}

#[test]
fn no_more_iterations_run_at_a_time_than_the_state_says_and_they_begin_in_order() {
    let list: Vec<Value> = (0..5).map(|n| json!({"name": n, "seconds": 10})).collect();
    for (most, ends) in [(1, 50), (2, 30), (5, 10), (0, 10)] {
        let seen = perform(&uncaught(json!({"MaxConcurrency": most})), json!({"list": list}));
        assert_eq!(seen.seconds, ends, "{most} at a time");
        assert_eq!(seen.begun.iter().map(|(_, input)| input["name"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }
}

#[test]
fn no_items_are_no_iterations_and_no_list_is_an_error_that_nothing_catches() {
    let seen = perform(&uncaught(json!({})), json!({"list": []}));
    assert_eq!((seen.run.output, seen.run.history_events), (Some(json!([])), 6));
    let seen = perform(&all(json!({"Catch": catch()})), json!({"list": "none"}));
    assert_eq!((seen.run.status, seen.run.error.as_deref()), (Status::Failed, Some("States.Runtime")));
}

#[test]
fn the_first_iteration_that_fails_fails_the_state_with_its_error_and_the_others_are_given_up() {
    let list = json!([{"name": "a", "seconds": 9}, {"name": "b", "seconds": 2, "fail": "Mine"}, {"name": "c", "seconds": 9}]);
    let seen = perform(&all(json!({"Catch": catch(), "MaxConcurrency": 2})), json!({"list": list}));
    assert_eq!(seen.run.output.unwrap()["error"], json!({"Error": "Mine", "Cause": "because"}));
    assert_eq!((seen.begun.len(), seen.seconds), (2, 2), "the third never began");
    let told: Vec<&str> = seen.events.iter().map(|(.., what)| what.as_str()).filter(|what| !what.starts_with('…')).collect();
    let wanted = ["Map All", "map of 3", "0 begins", "1 begins", "Task One", "Task One"];
    assert_eq!(told[..6], wanted);
    assert_eq!(told[6..], ["1 fails", "0 aborted", "map fails: Mine", "Map All left", "Succeed Sorry", "Succeed Sorry left", "end"]);
    assert_eq!(seen.run.coverage.into_iter().collect::<Vec<_>>(), [("All.Catch[0]".to_owned(), 1)]);
}

#[test]
fn an_iteration_that_catches_its_own_error_stops_nobody() {
    let mut definition = uncaught(json!({}));
    let states = &mut definition["States"]["All"]["ItemProcessor"]["States"];
    states["One"]["Catch"] = json!([{"ErrorEquals": ["Mine"], "Next": "Bad"}]);
    states["Bad"] = json!({"Type": "Pass", "Result": "bad", "End": true});
    let seen = perform(&definition, json!({"list": [{"name": "a"}, {"fail": "Mine"}, {"name": "c"}]}));
    assert_eq!(seen.run.output, Some(json!([{"did": "a"}, "bad", {"did": "c"}])));
}

#[test]
fn a_retry_of_the_state_begins_all_iterations_anew() {
    let retry = json!([{"ErrorEquals": ["Mine"], "IntervalSeconds": 5, "MaxAttempts": 1}]);
    let seen = perform(&uncaught(json!({"Retry": retry})), json!({"list": [{"name": "a"}, {"fail": "Mine"}]}));
    assert_eq!(seen.begun.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 0, 6, 6]);
    assert_eq!((seen.run.error.as_deref(), seen.run.transitions), (Some("Mine"), 6));
}

#[test]
fn each_event_points_back_to_the_one_before_it_in_its_own_iteration() {
    let seen = perform(&uncaught(json!({})), json!({"list": [{"seconds": 1}, {"seconds": 2}]}));
    let at = |id: u64| seen.events.iter().find(|(known, ..)| *known == id).map(|(_, previous, what)| (*previous, what.as_str())).unwrap();
    let told: Vec<(u64, &str)> = (1..=seen.run.history_events).map(at).collect();
    let wanted = [
        (0, "…"),
        (0, "Map All"),
        (2, "map of 2"),
        (3, "0 begins"),
        (3, "1 begins"),
        (4, "Task One"),
        (6, "…"),
        (7, "…"),
        (5, "Task One"),
        (9, "…"),
        (10, "…"),
        (8, "…"),
        (12, "Task One left"),
        (13, "0 succeeds"),
        (11, "…"),
        (15, "Task One left"),
        (16, "1 succeeds"),
        (17, "map succeeds"),
        (18, "Map All left"),
        (19, "end"),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn the_whole_runs_time_ends_every_iteration_and_no_clause_is_asked() {
    let mut definition = all(json!({"Catch": catch()}));
    definition["TimeoutSeconds"] = json!(5);
    let seen = perform(&definition, json!({"list": [{"seconds": 3}, {"seconds": 90}]}));
    assert_eq!((seen.run.status, seen.seconds), (Status::TimedOut, 5));
}

#[test]
fn the_history_bounds_the_iterations_and_their_loops() {
    let mut definition = uncaught(json!({}));
    definition["States"]["All"]["ItemProcessor"] = json!({"StartAt": "Here", "States": {
        "Here": {"Type": "Pass", "Next": "There"}, "There": {"Type": "Pass", "Next": "Here"}}});
    let seen = perform(&definition, json!({"list": [1, 2, 3]}));
    assert_eq!((seen.run.error.as_deref(), seen.run.history_events), (Some("States.Runtime"), 25_000));
}

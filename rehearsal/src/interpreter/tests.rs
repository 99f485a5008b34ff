//! Claims about runs: each is one rule of the language, or one of AWS's limits, seen from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-12-01T00:00:00Z.
const START_MILLIS: i64 = 1_796_083_200_000;

/// A clock whose sleeps take no time and are written down.
struct Clock {
    now_millis: AtomicI64,
    slept: Mutex<Vec<u64>>,
}

#[async_trait]
impl Time for Clock {
    fn now_millis(&self) -> i64 {
        self.now_millis.load(Ordering::SeqCst)
    }
    async fn sleep_millis(&self, millis: u64) {
        self.now_millis.fetch_add(millis as i64, Ordering::SeqCst);
        self.slept.lock().unwrap().push(millis);
    }
}

/// What a task does when it is called next.
#[derive(Clone)]
enum Act {
    Give(Value),
    Fail(&'static str),
    Hang,
}

/// Tasks that follow a script, repeat its last act, and write down what they are given.
struct Script {
    acts: Mutex<VecDeque<Act>>,
    given: Mutex<Vec<Value>>,
}

#[async_trait]
impl Tasks for Script {
    async fn run(&self, _resource: &str, input: &Value) -> Result<Value, TaskError> {
        self.given.lock().unwrap().push(input.clone());
        let act = {
            let mut acts = self.acts.lock().unwrap();
            if acts.len() > 1 { acts.pop_front().unwrap() } else { acts.front().cloned().unwrap() }
        };
        match act {
            Act::Give(value) => Ok(value),
            Act::Fail(error) => Err(TaskError { error: error.to_owned(), cause: format!("because {error}") }),
            Act::Hang => std::future::pending().await,
        }
    }
}

/// Writes down what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn state_entered(&self, state: &str, _at_millis: i64, _input: &Value) {
        self.0.lock().unwrap().push(state.to_owned());
    }
    fn task_failed(&self, state: &str, _at_millis: i64, error: &TaskError) {
        self.0.lock().unwrap().push(format!("{state} failed: {}", error.error));
    }
    fn retried(&self, state: &str, _at_millis: i64, retrier: usize, attempt: u64, delay_millis: u64) {
        self.0.lock().unwrap().push(format!("{state} Retry[{retrier}] {attempt} after {delay_millis}"));
    }
    fn caught(&self, state: &str, _at_millis: i64, catcher: usize, _error: &TaskError, next: &str) {
        self.0.lock().unwrap().push(format!("{state} Catch[{catcher}] to {next}"));
    }
}

/// Writes down the history: id, what led to it, and what it is.
#[derive(Default)]
struct Events(Mutex<Vec<(u64, u64, String)>>);

impl Observer for Events {
    fn recorded(&self, event: &Event<'_>) {
        let what = match event.what {
            What::ExecutionStarted { input } => format!("started with {input}"),
            What::StateEntered { kind, name, input } => format!("{kind} {name} entered with {input}"),
            What::TaskScheduled { resource, input, timeout_seconds } => {
                format!("{resource} scheduled with {input} for {timeout_seconds:?}")
            }
            What::TaskScheduleFailed { error } => format!("not scheduled: {}", error.error),
            What::TaskStarted => "task started".to_owned(),
            What::TaskSucceeded { output } => format!("task gave {output}"),
            What::TaskFailed { error } => format!("task failed: {error}"),
            What::TaskTimedOut { error } => format!("task timed out: {}", error.error),
            What::StateExited { kind, name, output } => format!("{kind} {name} left with {output}"),
            What::MapStarted { length } => format!("map of {length} started"),
            What::IterationStarted { name, index } => format!("{name} {index} started"),
            What::IterationSucceeded { name, index } => format!("{name} {index} succeeded"),
            What::IterationFailed { name, index } => format!("{name} {index} failed"),
            What::IterationAborted { name, index } => format!("{name} {index} aborted"),
            What::MapSucceeded => "map succeeded".to_owned(),
            What::MapFailed { error } => format!("map failed: {}", error.error),
            What::ExecutionSucceeded { output } => format!("succeeded with {output}"),
            What::ExecutionFailed { error, cause } => format!("failed: {error:?} {cause:?}"),
            What::ExecutionTimedOut { error } => format!("timed out: {error:?}"),
        };
        self.0.lock().unwrap().push((event.id, event.previous_id, what));
    }
}

/// The history of a run, and how many events were counted.
async fn history(definition: Value, input: Value, acts: &[Act]) -> (Vec<String>, u64) {
    let definition = Definition::parse(&definition.to_string()).unwrap();
    let clock = Clock { now_millis: AtomicI64::new(START_MILLIS), slept: Mutex::default() };
    let script = Script { acts: Mutex::new(acts.iter().cloned().collect()), given: Mutex::default() };
    let events = Events::default();
    let run = execute(&definition, input, &Context::default(), &script, &clock, 7, &events).await;
    let events = events.0.into_inner().unwrap();
    for (index, (id, previous, what)) in events.iter().enumerate() {
        assert_eq!((*id, *previous), (index as u64 + 1, if index < 2 { 0 } else { index as u64 }), "{what}");
    }
    (events.into_iter().map(|(.., what)| what).collect(), run.history_events)
}

struct Seen {
    run: Execution,
    slept: Vec<u64>,
    given: Vec<Value>,
    notes: Vec<String>,
}

impl Seen {
    fn error(&self) -> &str {
        self.run.error.as_deref().unwrap()
    }
}

/// A run may be spawned.
fn sendable<T: Send>(run: T) -> T {
    run
}

async fn run(definition: Value, input: Value, acts: &[Act]) -> Seen {
    let definition = Definition::parse(&definition.to_string()).unwrap();
    let clock = Clock { now_millis: AtomicI64::new(START_MILLIS), slept: Mutex::default() };
    let script = Script { acts: Mutex::new(acts.iter().cloned().collect()), given: Mutex::default() };
    let notes = Notes::default();
    let context = Context { execution_id: "arn:run".to_owned(), ..Context::default() };
    let run = sendable(execute(&definition, input, &context, &script, &clock, 7, &notes)).await;
    let (slept, given) = (clock.slept.into_inner().unwrap(), script.given.into_inner().unwrap());
    Seen { run, slept, given, notes: notes.0.into_inner().unwrap() }
}

/// A Task state `Work` with these fields set, and a state `Sorry` that catchers may lead to.
fn work(fields: Value) -> Value {
    let mut state = json!({"Type": "Task", "Resource": "work", "End": true});
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let mut states = json!({"Work": state});
    if fields.get("Catch").is_some() {
        states["Sorry"] = json!({"Type": "Succeed"});
    }
    json!({"StartAt": "Work", "States": states})
}

fn only(state: Value) -> Value {
    json!({"StartAt": "Only", "States": {"Only": state}})
}

fn catch(errors: &[&str]) -> Value {
    json!([{"ErrorEquals": errors, "ResultPath": "$.error", "Next": "Sorry"}])
}

#[tokio::test]
async fn a_task_gets_its_payload_and_its_result_is_put_where_the_state_says() {
    let parameters = json!({"all.$": "$", "deep": [{"id.$": "$$.Execution.Id", "state.$": "$$.State.Name"}], "n": 1});
    let state = json!({"InputPath": "$.a", "Parameters": parameters, "ResultPath": "$.b.c", "OutputPath": "$.b"});
    let seen = run(work(state), json!({"a": 5}), &[Act::Give(json!("done"))]).await;
    assert_eq!(seen.given, [json!({"all": 5, "deep": [{"id": "arn:run", "state": "Work"}], "n": 1})]);
    assert_eq!(seen.run.output, Some(json!({"c": "done"})));
    assert_eq!(seen.run.last_input, json!(5));
    assert_eq!((seen.run.transitions, seen.run.history_events), (1, 7));
    assert_eq!((seen.run.status, seen.run.coverage.len()), (Status::Succeeded, 0));
}

#[tokio::test]
async fn a_null_result_path_discards_the_result_and_a_null_input_path_gives_an_empty_object() {
    let seen = run(work(json!({"ResultPath": null, "InputPath": null})), json!({"a": 1}), &[Act::Give(json!(2))]).await;
    assert_eq!((seen.given, seen.run.output), (vec![json!({})], Some(json!({"a": 1}))));
}

#[tokio::test]
async fn each_retrier_keeps_its_own_count_and_a_retry_is_a_transition() {
    let retry = json!([{"ErrorEquals": ["A"], "IntervalSeconds": 2, "MaxAttempts": 2},
                       {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 9, "BackoffRate": 1}]);
    let acts = [Act::Fail("A"), Act::Fail("B"), Act::Fail("A"), Act::Fail("A"), Act::Give(json!(1))];
    let seen = run(work(json!({"Retry": retry})), json!({}), &acts).await;
    // The third A finds its retrier used up: the second one, which would match as well, is not asked.
    assert_eq!((seen.run.status, seen.error()), (Status::Failed, "A"));
    assert_eq!(seen.run.cause.as_deref(), Some("because A"));
    assert_eq!(seen.slept, [2000, 10_000, 4000]);
    assert_eq!(seen.run.transitions, 4);
    assert_eq!(seen.run.coverage.into_iter().collect::<Vec<_>>(), [("Work.Retry[0]".into(), 2), ("Work.Retry[1]".into(), 1)]);
}

#[tokio::test]
async fn the_counts_of_retriers_begin_anew_at_each_visit() {
    let states = json!({
        "Work": {"Type": "Task", "Resource": "work", "Next": "Again",
                 "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}]},
        "Again": {"Type": "Choice", "Default": "Done",
                  "Choices": [{"Variable": "$.again", "BooleanEquals": true, "Next": "Work"}]},
        "Done": {"Type": "Succeed"}});
    let (again, enough) = (Act::Give(json!({"again": true})), Act::Give(json!({"again": false})));
    let acts = [Act::Fail("A"), again, Act::Fail("A"), enough];
    let seen = run(json!({"StartAt": "Work", "States": states}), json!({}), &acts).await;
    assert_eq!((seen.run.status, seen.slept), (Status::Succeeded, vec![1000, 1000]));
    assert_eq!(seen.run.coverage["Again.Choices[0]"] + seen.run.coverage["Again.Default"], 2);
}

#[tokio::test]
async fn what_no_retrier_saves_a_catcher_gets_with_the_raw_input() {
    let retry = json!([{"ErrorEquals": ["A"], "MaxAttempts": 1}]);
    let state = json!({"InputPath": "$.a", "Retry": retry, "Catch": catch(&["States.ALL"])});
    let seen = run(work(state), json!({"a": 1}), &[Act::Fail("A")]).await;
    assert_eq!(seen.run.output, Some(json!({"a": 1, "error": {"Error": "A", "Cause": "because A"}})));
    assert_eq!(seen.run.coverage["Work.Catch[0]"], 1);
    let told = ["Work", "Work failed: A", "Work Retry[0] 1 after 1000", "Work failed: A", "Work Catch[0] to Sorry", "Sorry"];
    assert_eq!(seen.notes, told);
    // Started; entered, twice scheduled, started and failed, left; entered, left; succeeded.
    assert_eq!((seen.run.transitions, seen.run.history_events), (3, 12));
}

#[tokio::test]
async fn the_history_tells_every_event_that_is_counted() {
    let state = json!({"Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 1}], "TimeoutSeconds": 30, "Catch": catch(&["States.ALL"])});
    let (told, counted) = history(work(state.clone()), json!({"a": 1}), &[Act::Fail("A")]).await;
    let attempt = [r#"work scheduled with {"a":1} for Some(30)"#, "task started", "task failed: A: because A"];
    let caught = r#"{"a":1,"error":{"Error":"A","Cause":"because A"}}"#;
    let mut wanted = vec![r#"started with {"a":1}"#.to_owned(), r#"Task Work entered with {"a":1}"#.to_owned()];
    wanted.extend(attempt.iter().chain(&attempt).map(|event| (*event).to_owned()));
    wanted.extend([format!("Task Work left with {caught}"), format!("Succeed Sorry entered with {caught}")]);
    wanted.extend([format!("Succeed Sorry left with {caught}"), format!("succeeded with {caught}")]);
    assert_eq!((&told, counted), (&wanted, wanted.len() as u64));
    let (told, counted) = history(work(json!({"TimeoutSeconds": 30})), json!({}), &[Act::Hang]).await;
    assert_eq!(told[4..], ["task timed out: States.Timeout", r#"failed: Some("States.Timeout") None"#]);
    assert_eq!(counted, 6);
    let mut definition = work(json!({}));
    definition["TimeoutSeconds"] = json!(20);
    let (told, counted) = history(definition, json!({}), &[Act::Hang]).await;
    assert_eq!((told[3..].to_vec(), counted), (vec!["task started".to_owned(), r#"timed out: Some("States.Timeout")"#.to_owned()], 5));
    let (told, counted) = history(work(json!({"Parameters": {"a.$": "$.a"}})), json!({}), &[Act::Hang]).await;
    assert_eq!(told[2..4], ["work scheduled with {} for None", "not scheduled: States.ParameterPathFailure"]);
    assert_eq!(counted, 5);
}

#[tokio::test]
async fn a_task_past_its_time_is_a_timeout_that_task_failed_does_not_match() {
    let seen = run(work(json!({"TimeoutSeconds": 30, "Catch": catch(&["States.TaskFailed"])})), json!({}), &[Act::Hang]).await;
    assert_eq!((seen.error(), &seen.slept), ("States.Timeout", &vec![30_000]));
    let all = run(work(json!({"TimeoutSeconds": 30, "Catch": catch(&["States.ALL"])})), json!({}), &[Act::Hang]).await;
    assert_eq!(all.run.output, Some(json!({"error": {"Error": "States.Timeout", "Cause": ""}})));
    let retried = json!({"TimeoutSeconds": 30, "Retry": [{"ErrorEquals": ["States.Timeout"]}]});
    let retried = run(work(retried), json!({}), &[Act::Hang, Act::Give(json!(1))]).await;
    assert_eq!((retried.run.status, retried.slept), (Status::Succeeded, vec![30_000, 1000]));
}

#[tokio::test]
async fn the_run_past_its_time_is_timed_out_and_no_catcher_is_asked() {
    let state = json!({"TimeoutSeconds": 60, "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 9}],
                       "Catch": catch(&["States.ALL"])});
    for (act, slept) in [(Act::Hang, vec![20_000]), (Act::Fail("A"), vec![9000, 11_000])] {
        let mut definition = work(state.clone());
        definition["TimeoutSeconds"] = json!(20);
        let seen = run(definition, json!({}), &[act]).await;
        assert_eq!((seen.run.status, seen.error()), (Status::TimedOut, "States.Timeout"));
        assert_eq!((seen.slept, seen.notes.last().unwrap() == "Sorry"), (slept, false));
    }
    let mut waiting = only(json!({"Type": "Wait", "Seconds": 90, "End": true}));
    waiting["TimeoutSeconds"] = json!(20);
    assert_eq!(run(waiting, json!({}), &[]).await.run.status, Status::TimedOut);
}

#[tokio::test]
async fn a_choice_without_a_match_and_without_default_fails() {
    let definition = json!({"StartAt": "Choose", "States": {"Done": {"Type": "Succeed"},
        "Choose": {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "Done"}]}}});
    assert_eq!(run(definition.clone(), json!({"a": 2}), &[]).await.error(), "States.NoChoiceMatched");
    let absent = run(definition, json!({}), &[]).await;
    assert_eq!(absent.error(), "States.Runtime");
    assert!(absent.run.cause.unwrap().contains("'Choose' (entered at the event id #2). The JSONPath '$.a'"));
}

#[tokio::test]
async fn a_payload_over_the_limit_ends_the_run_past_every_catcher() {
    let text = |bytes: usize| json!("x".repeat(bytes - 2));
    let state = json!({"Catch": catch(&["States.ALL"])});
    let fits = run(work(state.clone()), json!({}), &[Act::Give(text(256 * 1024))]).await;
    assert_eq!(fits.run.status, Status::Succeeded);
    let result = run(work(state.clone()), json!({}), &[Act::Give(text(256 * 1024 + 1))]).await;
    assert_eq!(result.error(), "States.DataLimitExceeded");
    let output = json!({"ResultPath": "$.b", "Catch": catch(&["States.ALL"])});
    let output = run(work(output), json!({"a": text(200_000)}), &[Act::Give(text(100_000))]).await;
    assert_eq!(output.error(), "States.DataLimitExceeded");
    let twice = json!({"Parameters": {"a.$": "$", "b.$": "$"}, "Catch": catch(&["States.ALL"])});
    let twice = run(work(twice), text(200_000), &[Act::Give(json!(1))]).await;
    assert_eq!((twice.error(), twice.given.len()), ("States.DataLimitExceeded", 0));
    assert_eq!(run(work(state), text(300_000), &[]).await.error(), "States.DataLimitExceeded");
}

#[tokio::test]
async fn paths_that_find_nothing_fail_by_the_name_of_where_they_stand() {
    let caught = |state: Value| async move { run(work(state), json!("text"), &[Act::Give(json!(1))]).await };
    let parameters = caught(json!({"Parameters": {"a.$": "$.a"}})).await;
    assert_eq!((parameters.error(), parameters.given.len()), ("States.ParameterPathFailure", 0));
    assert_eq!(caught(json!({"ResultPath": "$.a"})).await.error(), "States.ResultPathMatchFailure");
    assert_eq!(caught(json!({"InputPath": "$.a"})).await.error(), "States.Runtime");
    assert_eq!(caught(json!({"OutputPath": "$.a"})).await.error(), "States.Runtime");
    // A text has no room for $.error, so that catching fails as well.
    let catching = caught(json!({"ResultPath": "$.a", "Catch": catch(&["States.ALL"])})).await;
    assert_eq!(catching.error(), "States.ResultPathMatchFailure");
}

#[tokio::test]
async fn a_wait_lasts_as_long_as_the_input_says() {
    let wait = |field: &str, value: Value| only(json!({"Type": "Wait", field: value, "End": true}));
    let input = json!({"seconds": 28, "half": 0.5, "below": -1, "opens": "2026-12-01T02:00:00+01:00"});
    let table = [
        (wait("Seconds", json!(5)), Ok(5000)),
        (wait("SecondsPath", json!("$.seconds")), Ok(28_000)),
        (wait("Timestamp", json!("2026-12-01T00:01:00Z")), Ok(60_000)),
        (wait("Timestamp", json!("2020-01-01T00:00:00Z")), Ok(0)),
        (wait("TimestampPath", json!("$.opens")), Ok(3_600_000)),
        (wait("SecondsPath", json!("$.half")), Err("States.Runtime")),
        (wait("SecondsPath", json!("$.below")), Err("States.Runtime")),
        (wait("SecondsPath", json!("$.absent")), Err("States.Runtime")),
        (wait("TimestampPath", json!("$.seconds")), Err("States.Runtime")),
    ];
    for (definition, expected) in table {
        let seen = run(definition.clone(), input.clone(), &[]).await;
        match expected {
            Ok(millis) => {
                assert_eq!((seen.run.output, seen.slept), (Some(input.clone()), vec![millis]), "{definition}")
            }
            Err(error) => assert_eq!(seen.error(), error, "{definition}"),
        }
    }
}

#[tokio::test]
async fn a_fail_state_ends_the_run_with_its_words() {
    let input = json!({"why": {"cause": "two distributions"}, "number": 1});
    let seen = run(only(json!({"Type": "Fail", "Error": "Stuck", "CausePath": "$.why.cause"})), input.clone(), &[]).await;
    assert_eq!((seen.run.status, seen.error()), (Status::Failed, "Stuck"));
    assert_eq!((seen.run.cause.as_deref(), &seen.run.last_input), (Some("two distributions"), &input));
    assert_eq!((seen.run.transitions, seen.run.history_events, &seen.run.output), (1, 3, &None));
    let mute = run(only(json!({"Type": "Fail"})), input.clone(), &[]).await;
    assert_eq!((mute.run.error, mute.run.cause), (None, None));
    assert_eq!(run(only(json!({"Type": "Fail", "ErrorPath": "$.number"})), input, &[]).await.error(), "States.Runtime");
}

#[tokio::test]
async fn a_pass_state_gives_its_result_or_its_parameters() {
    let given = run(only(json!({"Type": "Pass", "Result": {"b": 2}, "ResultPath": "$.x", "End": true})), json!({}), &[]);
    assert_eq!(given.await.run.output, Some(json!({"x": {"b": 2}})));
    let filled = json!({"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "End": true});
    assert_eq!(run(only(filled), json!({}), &[]).await.run.output, Some(json!({"at": "2026-12-01T00:00:00.000Z"})));
}

#[tokio::test]
async fn the_history_bounds_every_loop() {
    let forever = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"},
                                                    "B": {"Type": "Wait", "Seconds": 0, "Next": "A"}}});
    let retrying = work(json!({"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99_999_999, "BackoffRate": 1}],
                               "Catch": catch(&["States.ALL"])}));
    for definition in [forever, retrying] {
        let seen = run(definition, json!({}), &[Act::Fail("A")]).await;
        assert_eq!((seen.run.status, seen.error(), seen.run.history_events), (Status::Failed, "States.Runtime", 25_000));
        assert!(seen.run.cause.unwrap().contains("maximum number of history events (25000)"));
    }
}

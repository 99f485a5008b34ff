//! An execution's history as GetExecutionHistory gives it. Must not know why anything happened.

use crate::interpreter::{Event, Observer, What};
use crate::world::Millis;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One event, written down.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Counted from 1.
    pub(super) id: u64,
    previous_id: u64,
    at: Millis,
    kind: String,
    /// `stateEnteredEventDetails` …, without input and output.
    details: Option<(&'static str, Map<String, Value>)>,
    /// `input` or `output`, and the document.
    data: Option<(&'static str, Arc<str>)>,
}

/// The events of an execution, in order.
#[derive(Debug, Default)]
struct Book {
    entries: Vec<Entry>,
    /// The document told last: most events repeat it, and it is kept once.
    last: Arc<str>,
    closed: bool,
}

/// A history that is being written, and read at the same time.
#[derive(Debug, Clone)]
pub(super) struct History {
    role_arn: Arc<str>,
    book: Arc<Mutex<Book>>,
}

/// Seconds since the epoch, as the JSON protocols have times.
pub(super) fn seconds(at: Millis) -> f64 {
    at as f64 / 1000.0
}

/// What an event is called, the key of its details, the details, and the document beside them.
type Told<'a> = (String, Option<(&'static str, Value)>, Option<(&'static str, &'a Value)>);

fn told<'a>(what: &What<'a>, role_arn: &str) -> Told<'a> {
    let failed = |key, error: Option<&str>, cause: Option<&str>| Some((key, json!({"error": error, "cause": cause})));
    let kind = |name: &str| name.to_owned();
    match *what {
        What::ExecutionStarted { input } => {
            (kind("ExecutionStarted"), Some(("executionStartedEventDetails", json!({"roleArn": role_arn}))), Some(("input", input)))
        }
        What::StateEntered { kind, name, input } => {
            (format!("{kind}StateEntered"), Some(("stateEnteredEventDetails", json!({"name": name}))), Some(("input", input)))
        }
        What::StateExited { kind, name, output } => {
            (format!("{kind}StateExited"), Some(("stateExitedEventDetails", json!({"name": name}))), Some(("output", output)))
        }
        What::TaskScheduled { resource, input, timeout_seconds } => {
            let details = json!({"resource": resource, "timeoutInSeconds": timeout_seconds});
            (kind("LambdaFunctionScheduled"), Some(("lambdaFunctionScheduledEventDetails", details)), Some(("input", input)))
        }
        What::TaskScheduleFailed { error } => {
            let key = "lambdaFunctionScheduleFailedEventDetails";
            (kind("LambdaFunctionScheduleFailed"), failed(key, Some(&error.error), Some(&error.cause)), None)
        }
        What::TaskStarted => (kind("LambdaFunctionStarted"), None, None),
        What::TaskSucceeded { output } => {
            (kind("LambdaFunctionSucceeded"), Some(("lambdaFunctionSucceededEventDetails", json!({}))), Some(("output", output)))
        }
        What::TaskFailed { error } => {
            (kind("LambdaFunctionFailed"), failed("lambdaFunctionFailedEventDetails", Some(&error.error), Some(&error.cause)), None)
        }
        What::TaskTimedOut { error } => {
            (kind("LambdaFunctionTimedOut"), failed("lambdaFunctionTimedOutEventDetails", Some(&error.error), Some(&error.cause)), None)
        }
        What::MapStarted { length } => (kind("MapStateStarted"), Some(("mapStateStartedEventDetails", json!({"length": length}))), None),
        What::IterationStarted { name, index } => iteration("Started", name, index),
        What::IterationSucceeded { name, index } => iteration("Succeeded", name, index),
        What::IterationFailed { name, index } => iteration("Failed", name, index),
        What::IterationAborted { name, index } => iteration("Aborted", name, index),
        What::MapSucceeded => (kind("MapStateSucceeded"), None, None),
        // The API model has no details for it.
        What::MapFailed { .. } => (kind("MapStateFailed"), None, None),
        What::ExecutionSucceeded { output } => {
            (kind("ExecutionSucceeded"), Some(("executionSucceededEventDetails", json!({}))), Some(("output", output)))
        }
        What::ExecutionFailed { error, cause } => (kind("ExecutionFailed"), failed("executionFailedEventDetails", error, cause), None),
        What::ExecutionTimedOut { error } => (kind("ExecutionTimedOut"), failed("executionTimedOutEventDetails", error, None), None),
    }
}

fn iteration<'a>(how: &str, name: &str, index: usize) -> Told<'a> {
    let key = match how {
        "Started" => "mapIterationStartedEventDetails",
        "Succeeded" => "mapIterationSucceededEventDetails",
        "Failed" => "mapIterationFailedEventDetails",
        _ => "mapIterationAbortedEventDetails",
    };
    (format!("MapIteration{how}"), Some((key, json!({"name": name, "index": index}))), None)
}

/// The members of an object that are there, null meaning absent.
fn present(details: Value) -> Map<String, Value> {
    let members = if let Value::Object(members) = details { members } else { Map::new() };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

impl History {
    /// An empty one, of an execution in this role.
    pub(super) fn new(role_arn: &str) -> Self {
        Self { role_arn: role_arn.into(), book: Arc::default() }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it with ExecutionAborted; nothing is written after that.
    pub(super) fn abort(&self, at: Millis, error: Option<&str>, cause: Option<&str>) {
        let mut book = self.book();
        let previous_id = book.entries.last().map_or(0, |entry| entry.id);
        let details = present(json!({"error": error, "cause": cause}));
        let kind = "ExecutionAborted".to_owned();
        let details = Some(("executionAbortedEventDetails", details));
        book.entries.push(Entry { id: previous_id + 1, previous_id, at, kind, details, data: None });
        book.closed = true;
    }

    /// Up to `most` events after (or, in reverse, before) the event `from`, and whether there are more.
    pub(super) fn page(&self, from: Option<u64>, most: usize, reverse: bool) -> (Vec<Entry>, bool) {
        let book = self.book();
        let wanted = |entry: &&Entry| from.is_none_or(|from| if reverse { entry.id < from } else { entry.id > from });
        let mut entries: Vec<Entry> = if reverse {
            book.entries.iter().rev().filter(wanted).take(most + 1).cloned().collect()
        } else {
            book.entries.iter().filter(wanted).take(most + 1).cloned().collect()
        };
        let more = entries.len() > most;
        entries.truncate(most);
        (entries, more)
    }
}

impl Observer for History {
    fn recorded(&self, event: &Event<'_>) {
        let (kind, details, data) = told(&event.what, &self.role_arn);
        let mut book = self.book();
        if book.closed {
            return;
        }
        let data = data.map(|(key, document)| {
            let text = document.to_string();
            if text != *book.last {
                book.last = text.into();
            }
            (key, Arc::clone(&book.last))
        });
        let details = details.map(|(key, details)| (key, present(details)));
        book.entries.push(Entry { id: event.id, previous_id: event.previous_id, at: event.at_millis, kind, details, data });
    }
}

impl Entry {
    /// As the API gives it, with or without the documents.
    pub(super) fn render(&self, with_data: bool) -> Value {
        let mut event = json!({"timestamp": seconds(self.at), "type": self.kind, "id": self.id, "previousEventId": self.previous_id});
        let Some((key, details)) = &self.details else { return event };
        let mut details = details.clone();
        if let Some((data, document)) = &self.data {
            if with_data {
                details.insert((*data).to_owned(), json!(**document));
            }
            details.insert(format!("{data}Details"), json!({"truncated": false}));
        }
        if let Some(event) = event.as_object_mut() {
            event.insert((*key).to_owned(), Value::Object(details));
        }
        event
    }
}

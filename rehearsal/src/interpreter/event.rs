//! The events of a run's history, typed as Step Functions types them. They borrow what they tell, so that telling
//! them to nobody costs nothing. Must not know who listens, nor how an event is written down.

use super::contract::TaskError;
use serde_json::Value;

/// One event of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event<'a> {
    /// Counted from 1.
    pub id: u64,
    /// The event that led to this one; 0 for the start and for the first state.
    pub previous_id: u64,
    /// Milliseconds since the Unix epoch.
    pub at_millis: i64,
    /// What happened.
    pub what: What<'a>,
}

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What<'a> {
    /// The run began with this input.
    ExecutionStarted {
        /// The input.
        input: &'a Value,
    },
    /// A state was entered.
    StateEntered {
        /// `Task`, `Map`, `Choice`, `Wait`, `Pass`, `Succeed` or `Fail`.
        kind: &'static str,
        /// Its name.
        name: &'a str,
        /// Its raw input.
        input: &'a Value,
    },
    /// An attempt of a task was handed over.
    TaskScheduled {
        /// The state's `Resource`.
        resource: &'a str,
        /// The payload.
        input: &'a Value,
        /// The state's own limit.
        timeout_seconds: Option<u64>,
    },
    /// An attempt could not be handed over, because its payload cannot be made.
    TaskScheduleFailed {
        /// Why.
        error: &'a TaskError,
    },
    /// The attempt began.
    TaskStarted,
    /// The attempt gave a result.
    TaskSucceeded {
        /// The result.
        output: &'a Value,
    },
    /// The attempt failed.
    TaskFailed {
        /// How.
        error: &'a TaskError,
    },
    /// The attempt took longer than the state allows.
    TaskTimedOut {
        /// `States.Timeout`.
        error: &'a TaskError,
    },
    /// A Map state begins its iterations.
    MapStarted {
        /// How many.
        length: usize,
    },
    /// An iteration of a Map state began.
    IterationStarted {
        /// The state.
        name: &'a str,
        /// Which one, from 0.
        index: usize,
    },
    /// It came to its end.
    IterationSucceeded {
        /// The state.
        name: &'a str,
        /// Which one.
        index: usize,
    },
    /// An error in it found no catcher.
    IterationFailed {
        /// The state.
        name: &'a str,
        /// Which one.
        index: usize,
    },
    /// It was given up, because another one failed.
    IterationAborted {
        /// The state.
        name: &'a str,
        /// Which one.
        index: usize,
    },
    /// Every iteration came to its end.
    MapSucceeded,
    /// One did not.
    MapFailed {
        /// How.
        error: &'a TaskError,
    },
    /// A state was left, by its goal or by a catcher.
    StateExited {
        /// As in [`What::StateEntered`].
        kind: &'static str,
        /// Its name.
        name: &'a str,
        /// What it gives to the next one.
        output: &'a Value,
    },
    /// The run ended well.
    ExecutionSucceeded {
        /// Its output.
        output: &'a Value,
    },
    /// The run failed.
    ExecutionFailed {
        /// The error name, where there is one.
        error: Option<&'a str>,
        /// The cause, where there is one.
        cause: Option<&'a str>,
    },
    /// The run's own time was over.
    ExecutionTimedOut {
        /// `States.Timeout`.
        error: Option<&'a str>,
    },
}

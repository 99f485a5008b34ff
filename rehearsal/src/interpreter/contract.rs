//! What the interpreter asks of its caller (hands, time, an eye) and what it hands back.
//! Must not know how a definition is read or run.

use super::event::Event;
use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeMap;

/// The hands: whatever stands behind the `Resource` of a Task state.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Runs a resource once. The future is dropped when the state's time is over, so work that would go on in
    /// AWS after that has to be detached by the implementor.
    async fn run(&self, resource: &str, input: &Value) -> Result<Value, TaskError>;
}

/// The clock. The interpreter never reads another one.
#[async_trait]
pub trait Time: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_millis(&self) -> i64;
    /// Returns once that much time has passed.
    async fn sleep_millis(&self, millis: u64);
}

/// An eye on the run, for a live display. Every method may be left out. Times are milliseconds since the Unix epoch.
pub trait Observer: Send + Sync {
    /// A state was entered with this raw input.
    fn state_entered(&self, _state: &str, _at_millis: i64, _input: &Value) {}
    /// One attempt of a Task state failed. Whether that is retried, caught or the end is told next.
    fn task_failed(&self, _state: &str, _at_millis: i64, _error: &TaskError) {}
    /// The state's `Retry[retrier]` will try again after the delay; `attempt` is that retrier's count, from 1.
    fn retried(&self, _state: &str, _at_millis: i64, _retrier: usize, _attempt: u64, _delay_millis: u64) {}
    /// The state's `Catch[catcher]` leads the error to the state `next`.
    fn caught(&self, _state: &str, _at_millis: i64, _catcher: usize, _error: &TaskError, _next: &str) {}
    /// An event was added to the history. Ids come in order and without a gap.
    fn recorded(&self, _event: &Event<'_>) {}
}

/// How a task fails: a name that clauses match and a cause that is passed through as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {cause}")]
pub struct TaskError {
    /// The error name.
    pub error: String,
    /// The cause; Lambda's is a JSON text.
    pub cause: String,
}

/// What `$$` tells about the run beside the state it is in.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// `$$.Execution.Id`: the execution's ARN.
    pub execution_id: String,
    /// `$$.Execution.Name`.
    pub execution_name: String,
    /// `$$.Execution.StartTime`, RFC 3339.
    pub started_at: String,
    /// `$$.Execution.RoleArn`.
    pub role_arn: String,
    /// `$$.StateMachine.Id`: the state machine's ARN.
    pub state_machine_id: String,
    /// `$$.StateMachine.Name`.
    pub state_machine_name: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A Succeed state or an `End` was reached.
    Succeeded,
    /// A Fail state was reached, or an error found no catcher.
    Failed,
    /// The definition's own TimeoutSeconds passed.
    TimedOut,
    /// Somebody stopped it. No run ends so by itself.
    Aborted,
}

impl Status {
    /// As Step Functions writes it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// How it ended.
    pub status: Status,
    /// The output, where it succeeded.
    pub output: Option<Value>,
    /// The error name, where it did not and there is one.
    pub error: Option<String>,
    /// The cause, where it did not succeed and there is one.
    pub cause: Option<String>,
    /// The effective input (after InputPath) of the last state that was entered.
    pub last_input: Value,
    /// State transitions as billed: every state entered and every retry.
    pub transitions: u64,
    /// Events in the history, the one that ends the run included.
    pub history_events: u64,
    /// How often each clause was taken, by its key as in [`super::Definition::clauses`]; none that was not.
    pub coverage: BTreeMap<String, u64>,
}

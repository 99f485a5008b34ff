//! A Task state in a run: its attempts, their time, and what becomes of an error, which a Map state shares.
//! Must not know what a task does, nor how an error name is matched.

use super::contract::TaskError;
use super::event::What;
use super::execute::{Halt, Run, Step, failure, within_limit};
use super::retry::TIMEOUT;
use super::state::{Clauses, State, Task};
use serde_json::{Value, json};
use std::sync::Arc;

impl<'d> Run<'d> {
    pub(super) async fn task(
        &mut self,
        name: &'d str,
        state: &'d State,
        task: &'d Task,
        raw: Arc<Value>,
        input: Arc<Value>,
    ) -> Result<Step<'d>, Halt> {
        let (mut used, mut retries) = (vec![0; task.clauses.retry.len()], 0_u64);
        // Bounded by the retriers' own maximum and by the history, which each attempt adds to.
        loop {
            let error = match self.attempt(name, state, task, &raw, &input).await {
                Ok(output) => return Ok(task.goal.with(output)),
                Err(Halt::TimedOut) => return Err(Halt::TimedOut),
                Err(Halt::Failed(error)) => error,
            };
            self.observer.task_failed(name, self.time.now_millis(), &error);
            let Some(delay_millis) = self.back_off(name, &task.clauses, &error, &mut used) else {
                return self.catch(name, state, &task.clauses, &raw, error);
            };
            self.sleep(delay_millis).await?;
            self.count_transition();
            retries += 1;
            self.describe("RetryCount", json!(retries));
        }
    }

    async fn attempt(&mut self, name: &str, state: &State, task: &Task, raw: &Arc<Value>, input: &Value) -> Result<Arc<Value>, Halt> {
        let scheduled = |input| What::TaskScheduled { resource: &task.resource, input, timeout_seconds: task.timeout_seconds };
        let payload = match self.payload(name, task.parameters.as_ref(), input) {
            Ok(payload) => payload,
            Err(halt) => {
                // Failing attempts are events as well, so that the history bounds them.
                self.record(scheduled(input))?;
                if let Halt::Failed(error) = &halt {
                    self.record(What::TaskScheduleFailed { error })?;
                }
                return Err(halt);
            }
        };
        self.record(scheduled(&payload))?;
        self.record(What::TaskStarted)?;
        let outcome = match self.call(task, &payload).await.map(Arc::new) {
            Ok(result) => self.fits(name, &result).map(|()| result),
            Err(halt) => Err(halt),
        };
        match &outcome {
            Ok(output) => self.record(What::TaskSucceeded { output })?,
            Err(Halt::Failed(error)) if error.error == TIMEOUT => self.record(What::TaskTimedOut { error })?,
            Err(Halt::Failed(error)) => self.record(What::TaskFailed { error })?,
            Err(Halt::TimedOut) => {}
        }
        let result = outcome?;
        let output = self.combine(name, &task.result_path, raw, result)?;
        self.finish(name, state, output)
    }

    /// One call of the task, within its own time and the run's, whichever ends first.
    async fn call(&self, task: &Task, payload: &Value) -> Result<Value, Halt> {
        let own_millis = task.timeout_seconds.map(|seconds| seconds * 1000);
        let left_millis = self.left_millis();
        let call = self.tasks.run(&task.resource, payload);
        let Some(limit_millis) = own_millis.into_iter().chain(left_millis).min() else {
            return call.await.map_err(Halt::Failed);
        };
        // Biased: an answer in the very moment of the timeout counts, and the order never depends on chance.
        tokio::select! {
            biased;
            outcome = call => outcome.map_err(Halt::Failed),
            () = self.time.sleep_millis(limit_millis) => match left_millis {
                Some(left) if left <= limit_millis => Err(Halt::TimedOut),
                _ => Err(failure(TIMEOUT, String::new())),
            },
        }
    }

    /// The delay before the next attempt, by the first retrier that matches; `None` when there is no such retrier or
    /// it is used up. Later retriers are not asked then.
    pub(super) fn back_off(&mut self, name: &str, clauses: &Clauses, error: &TaskError, used: &mut [u64]) -> Option<u64> {
        let mut retriers = clauses.retry.iter().zip(used).enumerate();
        let (index, (retrier, used)) = retriers.find(|(_, (retrier, _))| retrier.errors.matches(&error.error))?;
        if *used >= retrier.attempts_max {
            return None;
        }
        let delay_millis = retrier.delay_millis(*used, &mut self.books().jitter);
        *used += 1;
        self.observer.retried(name, self.time.now_millis(), index, *used, delay_millis);
        self.cover(name, &format!("Retry[{index}]"));
        Some(delay_millis)
    }

    pub(super) fn catch(
        &mut self,
        name: &str,
        state: &State,
        clauses: &'d Clauses,
        raw: &Arc<Value>,
        error: TaskError,
    ) -> Result<Step<'d>, Halt> {
        let mut catchers = clauses.catch.iter().enumerate();
        let Some((index, catcher)) = catchers.find(|(_, catcher)| catcher.errors.matches(&error.error)) else {
            return Err(Halt::Failed(error));
        };
        let error_output = Arc::new(json!({"Error": error.error, "Cause": error.cause}));
        let output = self.combine(name, &catcher.result_path, raw, error_output)?;
        within_limit(name, &output)?;
        self.record(What::StateExited { kind: state.kind.name(), name, output: &output })?;
        self.cover(name, &format!("Catch[{index}]"));
        self.observer.caught(name, self.time.now_millis(), index, &error, &catcher.next);
        Ok(Step::To(&catcher.next, output))
    }
}

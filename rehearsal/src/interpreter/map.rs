//! A Map state in a run: its iterations, some at a time, each a walk of its own, and what becomes of an error in one.
//! Must not know what a state inside of it does, nor how an error name is matched.

use super::contract::TaskError;
use super::event::What;
use super::execute::{Halt, Run, Step, within_limit};
use super::path::Scope;
use super::retry::RUNTIME;
use super::state::{MapState, State};
use serde_json::{Value, json};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// An iteration under way: its walk and how it ended, once it has.
type Iteration<'f, 'd> = Pin<Box<dyn Future<Output = (Run<'d>, Result<Arc<Value>, Halt>)> + Send + 'f>>;

/// How the iterations ended.
enum End {
    All(Vec<Value>),
    Halted(Halt),
}

impl<'d> Run<'d> {
    pub(super) async fn map(
        &mut self,
        name: &'d str,
        state: &'d State,
        map: &'d MapState,
        raw: Arc<Value>,
        input: Arc<Value>,
    ) -> Result<Step<'d>, Halt> {
        let (mut used, mut retries) = (vec![0; map.clauses.retry.len()], 0_u64);
        // Bounded by the retriers' own maximum and by the history, which each attempt adds to.
        loop {
            let error = match self.iterate(name, state, map, &raw, &input).await {
                Ok(output) => return Ok(map.goal.with(output)),
                Err(Halt::TimedOut) => return Err(Halt::TimedOut),
                Err(Halt::Failed(error)) => error,
            };
            let Some(delay_millis) = self.back_off(name, &map.clauses, &error, &mut used) else {
                return self.catch(name, state, &map.clauses, &raw, error);
            };
            self.sleep(delay_millis).await?;
            self.count_transition();
            retries += 1;
            self.describe("RetryCount", json!(retries));
        }
    }

    async fn iterate(
        &mut self,
        name: &'d str,
        state: &'d State,
        map: &'d MapState,
        raw: &Arc<Value>,
        input: &Value,
    ) -> Result<Arc<Value>, Halt> {
        let inputs = match self.inputs(name, map, input) {
            Ok(inputs) => inputs,
            Err(halt) => return Err(self.map_failed(halt)),
        };
        self.record(What::MapStarted { length: inputs.len() })?;
        let end = self.run_all(name, map, inputs).await?;
        let result = match end {
            End::All(results) => Arc::new(Value::Array(results)),
            End::Halted(halt) => return Err(self.map_failed(halt)),
        };
        if let Err(halt) = within_limit(name, &result) {
            return Err(self.map_failed(halt));
        }
        self.record(What::MapSucceeded)?;
        let output = self.combine(name, &map.result_path, raw, result)?;
        self.finish(name, state, output)
    }

    /// Failing attempts are events as well, so that the history bounds them.
    fn map_failed(&mut self, halt: Halt) -> Halt {
        if let Halt::Failed(error) = &halt
            && let Err(full) = self.record(What::MapFailed { error })
        {
            return full;
        }
        halt
    }

    /// The input of every iteration.
    fn inputs(&mut self, name: &str, map: &MapState, input: &Value) -> Result<Vec<Arc<Value>>, Halt> {
        let items = self.get(name, &map.items, input)?.as_array().cloned();
        let items = items.ok_or_else(|| self.error(name, RUNTIME, format!("{} does not hold an array.", map.items)))?;
        let mut context = self.context.clone();
        let mut inputs = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let Some(selector) = &map.selector else {
                inputs.push(Arc::new(item));
                continue;
            };
            if let Some(fields) = context.as_object_mut() {
                fields.insert("Map".to_owned(), json!({"Item": {"Index": index, "Value": item}}));
            }
            let selected = selector.fill(Scope { input, context: &context }).map_err(|unfilled| self.unfilled(name, unfilled))?;
            within_limit(name, &selected)?;
            inputs.push(Arc::new(selected));
        }
        Ok(inputs)
    }

    /// Runs them all, some at a time, in order. All are asked whenever one may go on: they are few.
    async fn run_all(&mut self, name: &'d str, map: &'d MapState, inputs: Vec<Arc<Value>>) -> Result<End, Halt> {
        let mut results: Vec<Value> = vec![Value::Null; inputs.len()];
        let mut waiting = inputs.into_iter().enumerate();
        let mut open: Vec<(usize, Iteration<'d, 'd>)> = Vec::new();
        // Bounded by the list, of which every round ends one member.
        loop {
            while open.len() < map.concurrency_max {
                let Some((index, input)) = waiting.next() else { break };
                let mut walk = self.branch();
                walk.record(What::IterationStarted { name, index })?;
                open.push((index, one(walk, map, input)));
            }
            if open.is_empty() {
                return Ok(End::All(results));
            }
            let (index, (mut walk, end)) = first(&mut open).await;
            match end {
                Ok(output) => {
                    walk.record(What::IterationSucceeded { name, index })?;
                    self.follow(&walk);
                    if let Some(result) = results.get_mut(index) {
                        *result = Arc::unwrap_or_clone(output);
                    }
                }
                Err(halt) => {
                    if matches!(halt, Halt::Failed(_)) {
                        walk.record(What::IterationFailed { name, index })?;
                        self.follow(&walk);
                    }
                    return self.give_up(name, open, halt);
                }
            }
        }
    }

    fn give_up(&mut self, name: &str, open: Vec<(usize, Iteration<'d, 'd>)>, halt: Halt) -> Result<End, Halt> {
        if let Halt::Failed(TaskError { .. }) = &halt {
            for (index, iteration) in open {
                drop(iteration);
                self.record(What::IterationAborted { name, index })?;
            }
        }
        Ok(End::Halted(halt))
    }
}

/// Boxed, for a walk may hold a map that holds a walk.
fn one<'d>(mut walk: Run<'d>, map: &'d MapState, input: Arc<Value>) -> Iteration<'d, 'd> {
    Box::pin(async move {
        let end = walk.walk(&map.graph, input).await;
        (walk, end)
    })
}

/// Waits for the first iteration to end and takes it out.
async fn first<'d>(open: &mut Vec<(usize, Iteration<'d, 'd>)>) -> (usize, (Run<'d>, Result<Arc<Value>, Halt>)) {
    poll_fn(|context| {
        for at in 0..open.len() {
            let Some((index, iteration)) = open.get_mut(at) else { break };
            if let Poll::Ready(ended) = iteration.as_mut().poll(context) {
                let index = *index;
                drop(open.remove(at));
                return Poll::Ready((index, ended));
            }
        }
        Poll::Pending
    })
    .await
}

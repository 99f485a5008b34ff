//! One run of a definition, from its input to its end: the walk from state to state, its documents and its books.
//! Must not know how a definition is written, how tasks are retried, or any clock but the one it is given.

use super::choice::{Branch, timestamp};
use super::contract::{Context, Execution, Observer, Status, TaskError, Tasks, Time};
use super::definition::{Definition, Graph};
use super::event::{Event, What};
use super::fields::SECONDS_MAX;
use super::path::{Path, Scope};
use super::retry::{
    DATA_LIMIT_EXCEEDED, INTRINSIC_FAILURE, NO_CHOICE_MATCHED, PARAMETER_PATH_FAILURE, RESULT_PATH_MATCH_FAILURE, RUNTIME, TIMEOUT,
};
use super::state::{Goal, Kind, State, Until, Words};
use super::template::{Template, Unfilled};
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most that a state may take in or give out, serialised (SFN-3).
const PAYLOAD_BYTES_MAX: usize = 256 * 1024;

/// The most events that a history may hold, the one that ends the run included (SFN-3). It bounds every loop here.
const HISTORY_EVENTS_MAX: u64 = 25_000;

/// The cause of a run that failed because of that.
pub(crate) fn history_is_full() -> String {
    format!("The execution reached the maximum number of history events ({HISTORY_EVENTS_MAX}).")
}

/// Runs a definition to its end. The same seed, tasks and time give the same run.
pub async fn execute(
    definition: &Definition,
    input: Value,
    context: &Context,
    tasks: &dyn Tasks,
    time: &dyn Time,
    seed: u64,
    observer: &dyn Observer,
) -> Execution {
    let input = Arc::new(input);
    let lifetime_millis = definition.timeout_seconds.map(|seconds| seconds as i64 * 1000);
    let books = Books {
        jitter: ChaCha8Rng::seed_from_u64(seed),
        last_input: input.clone(),
        transitions: 0,
        history_events: 0,
        coverage: BTreeMap::new(),
    };
    let mut run = Run {
        tasks,
        time,
        observer,
        context: context_object(context, &input),
        deadline_millis: lifetime_millis.map(|millis| time.now_millis() + millis),
        entered_event: 0,
        last_event: 0,
        fitting: Arc::default(),
        books: Arc::new(Mutex::new(books)),
    };
    let end = run.perform(&definition.graph, input).await;
    run.conclude(end)
}

/// Why a state, and then perhaps the run, does not go on.
pub(super) enum Halt {
    /// An error that a clause may match.
    Failed(TaskError),
    /// The run's own time is over: no clause is asked.
    TimedOut,
}

/// What a state leads to.
pub(super) enum Step<'d> {
    To(&'d str, Arc<Value>),
    Done(Arc<Value>),
}

/// What all walks of one run write into.
pub(super) struct Books {
    pub(super) jitter: ChaCha8Rng,
    last_input: Arc<Value>,
    transitions: u64,
    history_events: u64,
    coverage: BTreeMap<String, u64>,
}

/// One walk through a graph: the whole run's, or an iteration's of a Map state. It holds the hands that it was given.
pub(super) struct Run<'d> {
    pub(super) tasks: &'d dyn Tasks,
    pub(super) time: &'d dyn Time,
    pub(super) observer: &'d dyn Observer,
    pub(super) context: Value,
    deadline_millis: Option<i64>,
    /// The event with which the present state was entered, which causes name as AWS's do.
    entered_event: u64,
    /// The walk's own last event, to which the next one points back.
    last_event: u64,
    /// The document that was found to be within the limit last.
    fitting: Arc<Value>,
    books: Arc<Mutex<Books>>,
}

impl<'d> Run<'d> {
    /// A walk of its own that begins here, and writes into the same books.
    pub(super) fn branch(&self) -> Run<'d> {
        Run { context: self.context.clone(), fitting: self.fitting.clone(), books: self.books.clone(), ..*self }
    }

    /// The books, for a moment. Never held across an await.
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn perform(&mut self, graph: &'d Graph, input: Arc<Value>) -> Result<Arc<Value>, Halt> {
        self.record(What::ExecutionStarted { input: &input })?;
        within_limit("the execution's input", &input)?;
        self.walk(graph, input).await
    }

    pub(super) async fn walk(&mut self, graph: &'d Graph, input: Arc<Value>) -> Result<Arc<Value>, Halt> {
        let (mut name, mut document) = (graph.start_at.as_str(), input);
        loop {
            match self.visit(graph, name, document).await? {
                Step::To(next, output) => (name, document) = (next, output),
                Step::Done(output) => return Ok(output),
            }
        }
    }

    async fn visit(&mut self, graph: &'d Graph, name: &'d str, raw: Arc<Value>) -> Result<Step<'d>, Halt> {
        let state = graph.states.get(name).ok_or_else(|| failure(RUNTIME, format!("there is no state {name}")))?;
        self.enter(name, state, &raw)?;
        let input = self.select(name, &state.input_path, &raw)?;
        self.books().last_input.clone_from(&input);
        match &state.kind {
            Kind::Task(task) => self.task(name, state, task, raw, input).await,
            Kind::Map(map) => self.map(name, state, map, raw, input).await,
            Kind::Choice { branches, default } => {
                let next = self.choose(name, branches, default.as_deref(), &input)?;
                let output = self.finish(name, state, input)?;
                Ok(Step::To(next, output))
            }
            Kind::Wait { until, goal } => {
                let millis = self.wait_millis(name, until, &input)?;
                self.sleep(millis).await?;
                Ok(goal.with(self.finish(name, state, input)?))
            }
            Kind::Pass { result, parameters, result_path, goal } => {
                let result = match result {
                    Some(result) => result.clone(),
                    None => self.payload(name, parameters.as_deref(), &input)?.into_owned(),
                };
                let output = self.combine(name, result_path, &raw, Arc::new(result))?;
                Ok(goal.with(self.finish(name, state, output)?))
            }
            Kind::Succeed => Ok(Step::Done(self.finish(name, state, input)?)),
            Kind::Fail { error, cause } => {
                let (error, cause) = (self.words(name, error, &input)?, self.words(name, cause, &input)?);
                Err(Halt::Failed(TaskError { error, cause }))
            }
        }
    }

    fn enter(&mut self, name: &str, state: &State, raw: &Arc<Value>) -> Result<(), Halt> {
        if self.left_millis() == Some(0) {
            return Err(Halt::TimedOut);
        }
        self.record(What::StateEntered { kind: state.kind.name(), name, input: raw })?;
        self.entered_event = self.last_event;
        self.count_transition();
        self.books().last_input.clone_from(raw);
        let now_millis = self.time.now_millis();
        let entered_at = Timestamp::from_millisecond(now_millis).map(|now| format!("{now:.3}")).unwrap_or_default();
        self.describe("Name", json!(name));
        self.describe("EnteredTime", json!(entered_at));
        self.describe("RetryCount", json!(0));
        self.observer.state_entered(name, now_millis, raw);
        Ok(())
    }

    /// OutputPath, the limit, and the event of leaving.
    pub(super) fn finish(&mut self, name: &str, state: &State, output: Arc<Value>) -> Result<Arc<Value>, Halt> {
        let output = self.select(name, &state.output_path, &output)?;
        self.fits(name, &output)?;
        self.record(What::StateExited { kind: state.kind.name(), name, output: &output })?;
        Ok(output)
    }

    /// The limit, for a document that may be the one that was found to fit last.
    pub(super) fn fits(&mut self, name: &str, document: &Arc<Value>) -> Result<(), Halt> {
        if !Arc::ptr_eq(&self.fitting, document) {
            within_limit(name, document)?;
            self.fitting = document.clone();
        }
        Ok(())
    }

    fn choose(&mut self, name: &str, branches: &'d [Branch], default: Option<&'d str>, input: &Value) -> Result<&'d str, Halt> {
        for (index, branch) in branches.iter().enumerate() {
            let scope = Scope { input, context: &self.context };
            if branch.test.holds(scope).map_err(|path| self.not_found(name, path))? {
                self.cover(name, &format!("Choices[{index}]"));
                return Ok(&branch.next);
            }
        }
        let nothing = || failure(NO_CHOICE_MATCHED, format!("No branch of the state '{name}' holds for its input."));
        let next = default.ok_or_else(nothing)?;
        self.cover(name, "Default");
        Ok(next)
    }

    fn wait_millis(&self, name: &str, until: &Until, input: &Value) -> Result<u64, Halt> {
        let unfit = |path: &Path, wanted: &str| self.error(name, RUNTIME, format!("{path} does not hold {wanted}."));
        let moment = match until {
            Until::Seconds(seconds) => return Ok(seconds * 1000),
            Until::SecondsPath(path) => {
                let seconds = self.get(name, path, input)?.as_u64().filter(|seconds| *seconds <= SECONDS_MAX);
                return Ok(seconds.ok_or_else(|| unfit(path, "a whole number of seconds"))? * 1000);
            }
            Until::Timestamp(moment) => *moment,
            Until::TimestampPath(path) => {
                let moment = self.get(name, path, input)?.as_str().and_then(timestamp);
                moment.ok_or_else(|| unfit(path, "a timestamp"))?
            }
        };
        Ok(u64::try_from(moment.as_millisecond() - self.time.now_millis()).unwrap_or(0))
    }

    fn words(&self, name: &str, words: &Option<Words>, input: &Value) -> Result<String, Halt> {
        match words {
            None => Ok(String::new()),
            Some(Words::Given(text)) => Ok(text.clone()),
            Some(Words::At(path)) => {
                let text = self.get(name, path, input)?.as_str().map(str::to_owned);
                text.ok_or_else(|| self.error(name, RUNTIME, format!("{path} does not hold a string.")))
            }
        }
    }

    pub(super) fn payload<'v>(&self, name: &str, template: Option<&Template>, input: &'v Value) -> Result<Cow<'v, Value>, Halt> {
        let Some(template) = template else { return Ok(Cow::Borrowed(input)) };
        let scope = Scope { input, context: &self.context };
        let payload = template.fill(scope).map_err(|unfilled| self.unfilled(name, unfilled))?;
        within_limit(name, &payload)?;
        Ok(Cow::Owned(payload))
    }

    /// The whole document is shared, not copied: most states hand it on as it is.
    fn select(&self, name: &str, path: &Option<Path>, document: &Arc<Value>) -> Result<Arc<Value>, Halt> {
        match path {
            None => Ok(Arc::new(Value::Object(Map::new()))),
            Some(path) if path.is_whole() => Ok(document.clone()),
            Some(path) => self.get(name, path, document).cloned().map(Arc::new),
        }
    }

    pub(super) fn combine(&self, name: &str, path: &Option<Path>, raw: &Arc<Value>, result: Arc<Value>) -> Result<Arc<Value>, Halt> {
        let Some(path) = path else { return Ok(raw.clone()) };
        if path.is_whole() {
            return Ok(result);
        }
        let unfit = || self.error(name, RESULT_PATH_MATCH_FAILURE, format!("{path} cannot be written in the input."));
        path.put(raw.as_ref().clone(), Arc::unwrap_or_clone(result)).map(Arc::new).ok_or_else(unfit)
    }

    pub(super) fn get<'v>(&'v self, name: &str, path: &Path, input: &'v Value) -> Result<&'v Value, Halt> {
        let scope = Scope { input, context: &self.context };
        path.get(scope).ok_or_else(|| self.not_found(name, path))
    }

    pub(super) fn unfilled(&self, name: &str, unfilled: Unfilled<'_>) -> Halt {
        match unfilled {
            Unfilled::Missing(path) => self.error(name, PARAMETER_PATH_FAILURE, not_found(path)),
            Unfilled::Failed(problem) => self.error(name, INTRINSIC_FAILURE, problem),
        }
    }

    fn not_found(&self, name: &str, path: &Path) -> Halt {
        self.error(name, RUNTIME, not_found(path))
    }

    pub(super) fn error(&self, name: &str, error: &str, problem: String) -> Halt {
        let entered = self.entered_event;
        let cause = format!("An error occurred while executing the state '{name}' (entered at the event id #{entered}). {problem}");
        failure(error, cause)
    }

    /// Adds an event to the history. The last one is kept for the end of the run.
    pub(super) fn record(&mut self, what: What<'_>) -> Result<(), Halt> {
        let mut books = self.books();
        books.history_events += 1;
        let id = books.history_events;
        if id >= HISTORY_EVENTS_MAX {
            books.history_events = HISTORY_EVENTS_MAX - 1;
            return Err(failure(RUNTIME, history_is_full()));
        }
        drop(books);
        self.tell(id, what);
        Ok(())
    }

    /// Tells the event called `id`.
    fn tell(&mut self, id: u64, what: What<'_>) {
        // The first state follows from nothing, as AWS has it: the run's start is no event that led to it.
        let previous_id = if id <= 2 { 0 } else { self.last_event };
        self.last_event = id;
        self.observer.recorded(&Event { id, previous_id, at_millis: self.time.now_millis(), what });
    }

    /// Goes on from an event of another walk.
    pub(super) fn follow(&mut self, walk: &Run<'_>) {
        self.last_event = walk.last_event;
    }

    pub(super) fn count_transition(&self) {
        self.books().transitions += 1;
    }

    pub(super) fn cover(&mut self, name: &str, clause: &str) {
        *self.books().coverage.entry(format!("{name}.{clause}")).or_default() += 1;
    }

    /// Sets a field of `$$.State`.
    pub(super) fn describe(&mut self, field: &str, value: Value) {
        if let Some(state) = self.context.get_mut("State").and_then(Value::as_object_mut) {
            state.insert(field.to_owned(), value);
        }
    }

    /// What is left of the run's own time, where that is limited.
    pub(super) fn left_millis(&self) -> Option<u64> {
        let now_millis = self.time.now_millis();
        self.deadline_millis.map(|deadline| u64::try_from(deadline - now_millis).unwrap_or(0))
    }

    pub(super) async fn sleep(&self, millis: u64) -> Result<(), Halt> {
        let left_millis = self.left_millis().filter(|left| *left <= millis);
        self.time.sleep_millis(left_millis.unwrap_or(millis)).await;
        if left_millis.is_some() { Err(Halt::TimedOut) } else { Ok(()) }
    }

    fn conclude(mut self, end: Result<Arc<Value>, Halt>) -> Execution {
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        let (status, output, error, cause) = match end {
            Ok(output) => (Status::Succeeded, Some(Arc::unwrap_or_clone(output)), None, None),
            Err(Halt::Failed(error)) => (Status::Failed, None, filled(error.error), filled(error.cause)),
            Err(Halt::TimedOut) => (Status::TimedOut, None, Some(TIMEOUT.to_owned()), None),
        };
        let id = {
            let mut books = self.books();
            books.history_events += 1;
            books.history_events
        };
        let what = match (&output, status) {
            (Some(output), _) => What::ExecutionSucceeded { output },
            (None, Status::TimedOut) => What::ExecutionTimedOut { error: error.as_deref() },
            (None, _) => What::ExecutionFailed { error: error.as_deref(), cause: cause.as_deref() },
        };
        self.tell(id, what);
        let mut books = self.books();
        let last_input = Arc::unwrap_or_clone(std::mem::take(&mut books.last_input));
        let (transitions, history_events, coverage) = (books.transitions, books.history_events, std::mem::take(&mut books.coverage));
        drop(books);
        Execution { status, output, error, cause, last_input, transitions, history_events, coverage }
    }
}

impl Goal {
    pub(super) fn with(&self, output: Arc<Value>) -> Step<'_> {
        match self {
            Goal::Next(next) => Step::To(next, output),
            Goal::End => Step::Done(output),
        }
    }
}

pub(super) fn failure(error: &str, cause: String) -> Halt {
    Halt::Failed(TaskError { error: error.to_owned(), cause })
}

fn not_found(path: &Path) -> String {
    format!("The JSONPath '{path}' could not be found.")
}

pub(super) fn within_limit(whose: &str, document: &Value) -> Result<(), Halt> {
    // Nearly every document is far below the limit, and to count exactly is to serialise.
    if bytes_max(document) <= PAYLOAD_BYTES_MAX {
        return Ok(());
    }
    let bytes = document.to_string().len();
    if bytes <= PAYLOAD_BYTES_MAX {
        return Ok(());
    }
    Err(failure(DATA_LIMIT_EXCEEDED, format!("{whose}: {bytes} bytes exceed the limit of {PAYLOAD_BYTES_MAX}.")))
}

/// At least the bytes of `document`, serialised.
fn bytes_max(document: &Value) -> usize {
    // A byte that is escaped takes six.
    let text = |text: &str| 6 * text.len() + 2;
    match document {
        Value::Null | Value::Bool(_) => 5,
        // Sign, 17 digits, point, exponent: 24.
        Value::Number(_) => 32,
        Value::String(string) => text(string),
        Value::Array(members) => 2 + members.iter().map(|member| bytes_max(member) + 1).sum::<usize>(),
        Value::Object(fields) => 2 + fields.iter().map(|(key, value)| text(key) + bytes_max(value) + 2).sum::<usize>(),
    }
}

fn context_object(context: &Context, input: &Value) -> Value {
    json!({
        "Execution": {
            "Id": context.execution_id,
            "Input": input,
            "Name": context.execution_name,
            "RoleArn": context.role_arn,
            "StartTime": context.started_at,
        },
        "State": {},
        "StateMachine": {"Id": context.state_machine_id, "Name": context.state_machine_name},
    })
}

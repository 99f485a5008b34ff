//! The executions of the shipped definition: started, running beside each other, stopped, kept. Must not know how a
//! caller asks for them.

use super::history::History;
use crate::clock::VirtualClock;
use crate::interpreter::{Context, Definition, Execution, Status as End, execute};
use crate::run::context;
use crate::serve::lambda::Functions;
use crate::world::Millis;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

/// Most executions that one server keeps, running or over: each keeps its history, a few megabytes at most.
const EXECUTIONS_MAX: usize = 1000;

/// How an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
    /// As the API writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }
}

/// One execution.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) status: Status,
    pub(super) started: Millis,
    pub(super) stopped: Option<Millis>,
    /// As it was sent.
    pub(super) input: Arc<str>,
    pub(super) output: Option<Arc<str>>,
    pub(super) error: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) history: History,
    task: Option<AbortHandle>,
}

/// Why an execution is not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotStarted {
    /// The name is another execution's.
    NameTaken,
    /// The server keeps no more.
    TooMany,
}

/// All executions, and what runs them.
#[derive(Clone)]
pub(crate) struct Executions {
    definition: Arc<Definition>,
    functions: Functions,
    clock: VirtualClock,
    home: Arc<str>,
    seed: u64,
    log: UnboundedSender<String>,
    book: Arc<Mutex<Vec<Record>>>,
}

impl Executions {
    /// None yet.
    pub(crate) fn new(
        definition: Definition,
        functions: Functions,
        clock: &VirtualClock,
        home: &str,
        seed: u64,
        log: UnboundedSender<String>,
    ) -> Self {
        Self { definition: Arc::new(definition), functions, clock: clock.clone(), home: home.into(), seed, log, book: Arc::default() }
    }

    fn book(&self) -> MutexGuard<'_, Vec<Record>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `$$` would tell an execution of this name: its ARN, the state machine's, the role's.
    pub(super) fn context(&self, name: &str, started: Millis) -> Context {
        context(&self.home, name, started)
    }

    /// `definition` with the functions' ARNs.
    pub(super) fn deployed(&self, definition: &str) -> String {
        self.functions.deployed(definition)
    }

    /// A copy of the execution with this ARN.
    pub(super) fn find(&self, arn: &str) -> Option<Record> {
        self.book().iter().find(|record| record.arn == arn).cloned()
    }

    /// Executions with their places, newest first, from before the place `before`.
    pub(super) fn newest_first(&self, before: Option<usize>, wanted: Option<&str>, most: usize) -> Vec<(usize, Record)> {
        let book = self.book();
        let records = book.iter().enumerate().rev().filter(|(place, _)| before.is_none_or(|before| *place < before));
        let records = records.filter(|(_, record)| wanted.is_none_or(|wanted| record.status.name() == wanted));
        records.take(most).map(|(place, record)| (place, record.clone())).collect()
    }

    /// How many executions have been started.
    pub(super) fn count(&self) -> usize {
        self.book().len()
    }

    /// How many there are of each status.
    pub(crate) fn by_status(&self) -> BTreeMap<&'static str, u64> {
        let mut found: BTreeMap<&'static str, u64> = BTreeMap::new();
        for record in self.book().iter() {
            *found.entry(record.status.name()).or_default() += 1;
        }
        found
    }

    /// Starts an execution. One of the same name that is running with the same input is that execution (SFN-1).
    pub(super) fn start(&self, name: &str, text: &str, input: Value) -> Result<Record, NotStarted> {
        let started = self.clock.now();
        let context = self.context(name, started);
        let mut book = self.book();
        if let Some(known) = book.iter().find(|record| record.name == name) {
            let is_the_same = known.status == Status::Running && *known.input == *text;
            return if is_the_same { Ok(known.clone()) } else { Err(NotStarted::NameTaken) };
        }
        if book.len() >= EXECUTIONS_MAX {
            return Err(NotStarted::TooMany);
        }
        let history = History::new(&context.role_arn);
        let mut record = Record {
            name: name.to_owned(),
            arn: context.execution_id.clone(),
            status: Status::Running,
            started,
            stopped: None,
            input: text.into(),
            output: None,
            error: None,
            cause: None,
            history: history.clone(),
            task: None,
        };
        let seed = self.seed.wrapping_add(u64::try_from(book.len()).unwrap_or(0));
        let (all, handing_over) = (self.clone(), self.clock.hold());
        let run = async move {
            let run = async {
                drop(handing_over);
                let end = execute(&all.definition, input, &context, &all.functions, &all.clock, seed, &history).await;
                all.ended(&context.execution_id, end);
            };
            all.clock.at_work(run).await;
        };
        record.task = Some(tokio::spawn(run).abort_handle());
        book.push(record.clone());
        drop(book);
        self.say(&record);
        Ok(record)
    }

    fn ended(&self, arn: &str, end: Execution) {
        let now = self.clock.now();
        let mut book = self.book();
        let Some(record) = book.iter_mut().find(|record| record.arn == arn && record.status == Status::Running) else { return };
        record.status = match end.status {
            End::Succeeded => Status::Succeeded,
            End::Failed => Status::Failed,
            End::TimedOut => Status::TimedOut,
            End::Aborted => Status::Aborted,
        };
        record.stopped = Some(now);
        record.output = end.output.map(|output| output.to_string().into());
        (record.error, record.cause) = (end.error, end.cause);
        self.say(record);
    }

    /// Ends an execution at once, without asking a catcher (SFN-8); one that is over stays as it is. When it stopped.
    pub(super) fn stop(&self, arn: &str, error: Option<String>, cause: Option<String>) -> Option<Millis> {
        let now = self.clock.now();
        let mut book = self.book();
        let record = book.iter_mut().find(|record| record.arn == arn)?;
        if record.status == Status::Running {
            if let Some(task) = record.task.take() {
                task.abort();
            }
            record.history.abort(now, error.as_deref(), cause.as_deref());
            (record.status, record.stopped) = (Status::Aborted, Some(now));
            (record.error, record.cause) = (error, cause);
            self.say(record);
        }
        record.stopped
    }

    fn say(&self, record: &Record) {
        let at = super::super::time_of_day(record.stopped.unwrap_or(record.started));
        let error = record.error.as_deref().map(|error| format!(" ({})", error.escape_debug())).unwrap_or_default();
        // Whoever listens may have left.
        let _ = self.log.send(format!("{at} execution {} {}{error}", record.name.escape_debug(), record.status.name()));
    }
}

//! What the staging has in store for each execution, and what is due next. Heard of by the interpreter's observer and by
//! every call; both only write down here what follows, so that it follows in the same moment. Must not know how an
//! execution runs.

use crate::interpreter::{Observer, Status, TaskError};
use crate::invocation::Hears;
use crate::staging::{Call, Further, Moment, Staging, Start, Stop, Which};
use crate::world::Millis;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::Notify;

/// What is to be started.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Due {
    /// The further request of this position.
    Request(usize),
    /// The recovery of the execution with this ARN, which ended so.
    Recovery(String, Status),
    /// The redrive of this position.
    Redrive(usize),
    /// A sweep.
    Sweep,
}

/// One execution that runs.
#[derive(Debug)]
struct Line {
    which: Which,
    /// States entered, in all and by name.
    entered: u64,
    by_state: BTreeMap<String, u64>,
    state: String,
    /// Calls of its functions since it entered its present state.
    calls: u64,
    halt: Arc<Halt>,
    /// What its last state was entered with, where somebody stops it; kept of every state only where it may be stopped
    /// later than as it enters one.
    last_input: Value,
    keeps_input: bool,
    transitions: u64,
    history_events: u64,
}

/// That an execution has ended before its definition did: somebody has stopped it, or its history is full.
#[derive(Debug, Default)]
pub(super) struct Halt {
    asked: OnceLock<Status>,
    heard: Notify,
}

impl Halt {
    fn ask(&self, ends: Status) {
        self.asked.get_or_init(|| ends);
        self.heard.notify_one();
    }

    /// Whether it is so: nothing more is begun.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.get().is_some()
    }

    /// How it has ended.
    pub(super) fn status(&self) -> Status {
        self.asked.get().copied().unwrap_or(Status::Aborted)
    }

    /// Done once it is so.
    pub(super) async fn asked(&self) {
        while !self.is_asked() {
            self.heard.notified().await;
        }
    }
}

#[derive(Debug, Default)]
struct Pages {
    lines: Vec<Line>,
    /// When an execution is to end before its definition does, and with which status.
    stops: Vec<(Stop, Status)>,
    /// Requests that wait for a call.
    waiting: Vec<(Call, usize)>,
    due: Vec<(Millis, Due)>,
}

/// The book.
#[derive(Debug, Default)]
pub(super) struct Book {
    pages: Mutex<Pages>,
    news: Notify,
}

impl Book {
    /// What `staging` has in store, from `start` on.
    pub(super) fn new(staging: &Staging, start: Millis) -> Arc<Self> {
        let ends = |stops: &[Stop], status| stops.iter().cloned().map(move |stop| (stop, status)).collect::<Vec<_>>();
        let stops = [ends(&staging.stops, Status::Aborted), ends(&staging.overflows, Status::Failed)].concat();
        let mut pages = Pages { stops, ..Pages::default() };
        for (at, Further { start: when, .. }) in staging.requests.iter().enumerate() {
            match when {
                Start::After(seconds) => pages.due.push((start + Millis::try_from(*seconds).unwrap_or(0) * 1000, Due::Request(at))),
                Start::OnceAnswered(call) => pages.waiting.push((call.clone(), at)),
            }
        }
        Arc::new(Self { pages: Mutex::new(pages), news: Notify::new() })
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new execution; its number.
    pub(super) fn open(&self, which: Which) -> (usize, Arc<Halt>) {
        let halt: Arc<Halt> = Arc::default();
        let mut pages = self.pages();
        let later = |moment: &Moment| !matches!(moment, Moment::Entering(_) | Moment::EnteringState(..));
        let keeps_input = pages.stops.iter().any(|(stop, _)| stop.which == which && later(&stop.at));
        pages.lines.push(Line {
            which,
            entered: 0,
            by_state: BTreeMap::new(),
            state: String::new(),
            calls: 0,
            halt: Arc::clone(&halt),
            last_input: Value::Null,
            keeps_input,
            transitions: 0,
            history_events: 0,
        });
        (pages.lines.len() - 1, halt)
    }

    /// What an execution that was stopped had come to: its last input, transitions, events.
    pub(super) fn stopped(&self, number: usize) -> (Value, u64, u64) {
        let pages = self.pages();
        let came_to = |line: &Line| (line.last_input.clone(), line.transitions, line.history_events);
        pages.lines.get(number).map(came_to).unwrap_or_default()
    }

    /// Whether the last state that an execution entered is this one, for the n-th time.
    pub(super) fn ended_in(&self, number: usize, state: &str, entry: u64) -> bool {
        let is_it = |line: &Line| line.state == state && line.by_state.get(state) == Some(&entry);
        self.pages().lines.get(number).is_some_and(is_it)
    }

    /// Writes down that this is to be started then.
    pub(super) fn plan(&self, at: Millis, due: Due) {
        self.pages().due.push((at, due));
        self.news.notify_one();
    }

    /// When the next thing is to be started; the next sweep where those are wanted.
    pub(super) fn next(&self, sweeps: bool) -> Option<Millis> {
        self.pages().due.iter().filter(|(_, due)| sweeps || *due != Due::Sweep).map(|(at, _)| *at).min()
    }

    /// What is to be started by `now`, the earliest first.
    pub(super) fn take(&self, now: Millis) -> Option<Due> {
        let mut pages = self.pages();
        let first = pages.due.iter().enumerate().filter(|(_, (at, _))| *at <= now).min_by_key(|(place, (at, _))| (*at, *place));
        let place = first.map(|(place, _)| place)?;
        Some(pages.due.remove(place).1)
    }

    /// Whether a request is still to come at a known time.
    pub(super) fn expects_a_request(&self) -> bool {
        self.pages().due.iter().any(|(_, due)| matches!(due, Due::Request(_)))
    }

    /// Done when something new is to be started.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// What never came to pass, for a person.
    pub(super) fn idle(&self) -> Vec<String> {
        let pages = self.pages();
        let stops = pages.stops.iter().map(|(stop, _)| format!("end of {:?} at {:?}", stop.which, stop.at));
        let requests = pages.waiting.iter().map(|(call, at)| format!("request {} after {}#{}", at + 1, call.operation, call.number));
        stops.chain(requests).collect()
    }

    /// Ends an execution for which one of the stops holds.
    fn stop_where(&self, number: usize, holds: impl Fn(&Line, &Moment) -> bool) {
        let mut pages = self.pages();
        let Pages { lines, stops, .. } = &mut *pages;
        let Some(line) = lines.get(number) else { return };
        if let Some(place) = stops.iter().position(|(stop, _)| stop.which == line.which && holds(line, &stop.at)) {
            let (_, ends) = stops.remove(place);
            line.halt.ask(ends);
        }
    }

    fn entered(&self, number: usize, state: &str, input: &Value) {
        if let Some(line) = self.pages().lines.get_mut(number) {
            line.entered += 1;
            line.transitions += 1;
            line.calls = 0;
            *line.by_state.entry(state.to_owned()).or_insert(0) += 1;
            state.clone_into(&mut line.state);
        }
        self.stop_where(number, |line, moment| match moment {
            Moment::Entering(time) => *time == line.entered,
            Moment::EnteringState(name, time) => name == state && line.by_state.get(name) == Some(time),
            _ => false,
        });
        if let Some(line) = self.pages().lines.get_mut(number).filter(|line| line.keeps_input || line.halt.is_asked()) {
            line.last_input.clone_from(input);
        }
    }

    fn answered(&self, number: usize, call: &Call) {
        if let Some(line) = self.pages().lines.get_mut(number) {
            line.calls += 1;
        }
        self.stop_where(number, |line, moment| match moment {
            Moment::AfterCallsIn(state, calls) => (*state, *calls) == (line.entered, line.calls),
            Moment::OnceAnswered(wanted) => wanted == call,
            _ => false,
        });
        let mut pages = self.pages();
        if let Some(place) = pages.waiting.iter().position(|(wanted, _)| wanted == call) {
            let (_, request) = pages.waiting.remove(place);
            pages.due.push((Millis::MIN, Due::Request(request)));
            self.news.notify_one();
        }
    }
}

/// Hears of the calls of one execution's functions.
pub(super) struct Ear {
    pub(super) book: Arc<Book>,
    pub(super) number: usize,
}

impl Hears for Ear {
    fn answered(&self, call: &Call) {
        self.book.answered(self.number, call);
    }
}

/// Watches one execution, and tells whoever else does.
pub(super) struct Eye<'a> {
    pub(super) book: &'a Book,
    pub(super) number: usize,
    pub(super) other: &'a dyn Observer,
}

impl Eye<'_> {
    /// Whether it was stopped: the interpreter walks on to where it waits next, and nothing of that has happened.
    fn is_over(&self) -> bool {
        self.book.pages().lines.get(self.number).is_some_and(|line| line.halt.is_asked())
    }
}

impl Observer for Eye<'_> {
    fn state_entered(&self, state: &str, at_millis: i64, input: &Value) {
        if self.is_over() {
            return;
        }
        self.book.entered(self.number, state, input);
        self.other.state_entered(state, at_millis, input);
    }

    fn task_failed(&self, state: &str, at_millis: i64, error: &TaskError) {
        self.other.task_failed(state, at_millis, error);
    }

    fn retried(&self, state: &str, at_millis: i64, retrier: usize, attempt: u64, delay_millis: u64) {
        if let Some(line) = self.book.pages().lines.get_mut(self.number) {
            line.transitions += 1;
        }
        self.other.retried(state, at_millis, retrier, attempt, delay_millis);
    }

    fn caught(&self, state: &str, at_millis: i64, catcher: usize, error: &TaskError, next: &str) {
        self.other.caught(state, at_millis, catcher, error, next);
    }

    fn recorded(&self, event: &crate::interpreter::Event<'_>) {
        if self.is_over() {
            return;
        }
        if let Some(line) = self.book.pages().lines.get_mut(self.number) {
            line.history_events = event.id;
        }
        self.other.recorded(event);
    }
}

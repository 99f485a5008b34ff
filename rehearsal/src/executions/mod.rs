//! The executions of one rehearsal: those of its requests beside each other, and those that the rules of the bus start,
//! as `template.yaml` has them: a recovery for each that ends badly (SFN-8), a sweep every quarter of an hour. Must not
//! know what an execution does.

mod book;

use crate::clock::VirtualClock;
use crate::hands::{Hands, step_of};
use crate::interpreter::{Context, Definition, Execution, Observer, RUNTIME, Status, TaskError, Tasks, execute, history_is_full};
use crate::plug::SharedWorld;
use crate::run::{Audit, Play, context};
use crate::staging::{Redrive, SWEEP_SECONDS, Staging, Which};
use crate::world::Millis;
use async_trait::async_trait;
use book::{Book, Due, Ear, Eye, Halt};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// The state that a definition has which can recover: without it the bus has no rules.
const RECOVERS_IN: &str = "RecoverCutover";
/// Most recoveries in one rehearsal: a definition whose recoveries fail would go on forever.
const RECOVERIES_MAX: u64 = 6;
/// How long the rule takes to start one, milliseconds.
const RULE_MILLIS: std::ops::Range<Millis> = 1_000..3_000;
/// How often the schedule sweeps, milliseconds, and at most how many times.
const SWEEP_MILLIS: Millis = SWEEP_SECONDS * 1000;
const SWEEPS_MAX: u64 = 200;

/// One execution that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// Its ARN.
    pub arn: String,
    /// What it was started with.
    pub request: Value,
    /// How it ended.
    pub status: Status,
    /// Its document's own word, where it has one.
    pub outcome: Option<String>,
    /// Clauses of the definition that it took, and how often; none where it was stopped.
    pub coverage: BTreeMap<String, u64>,
    /// Its last document: the output, or what its last state was entered with.
    pub document: Value,
}

/// All that was played.
pub(crate) struct Performance {
    /// In the order in which they began.
    pub(crate) played: Vec<Played>,
    /// The last execution that belongs to the first request.
    pub(crate) last: Execution,
    /// What the staging asked for and never came to pass.
    pub(crate) idle: Vec<String>,
}

type Running<'a> = Pin<Box<dyn Future<Output = (usize, Execution)> + 'a>>;

/// Whoever plays.
struct Company<'a> {
    play: &'a Play,
    staging: &'a Staging,
    definition: &'a Definition,
    world: &'a SharedWorld,
    clock: &'a VirtualClock,
    audit: &'a dyn Audit,
    home: String,
    hands: Arc<Hands>,
    book: Arc<Book>,
    begun: Vec<(String, Value)>,
    /// Which one each that has begun is.
    lines: Vec<Which>,
    /// What those begin with that are redriven, by their number.
    redriven: BTreeMap<usize, (Definition, Value)>,
    over: BTreeMap<usize, Execution>,
    /// Whether the one redrive of a rehearsal was planned.
    redrove: bool,
    from_bus: usize,
    recoveries: u64,
    sweeps: u64,
}

/// The last document of an execution.
pub(crate) fn document(execution: &Execution) -> Value {
    let output = execution.output.clone().filter(|_| execution.status == Status::Succeeded);
    output.unwrap_or_else(|| execution.last_input.clone())
}

/// Plays it all, to the end of the last function.
pub(crate) async fn perform(
    play: &Play,
    staging: &Staging,
    definition: &Definition,
    world: &SharedWorld,
    clock: &VirtualClock,
    audit: &dyn Audit,
) -> Performance {
    let start = clock.now();
    let hands = Hands::new(world, clock).with_accidents(staging.accidents.clone()).with_doubles(staging.doubles.clone());
    let hands = hands.with_tapes(staging.tape.clone(), staging.playback.clone());
    let mut company = Company {
        play,
        staging,
        definition,
        world,
        clock,
        audit,
        home: world.lock().input.home_account.clone(),
        hands: Arc::new(hands),
        book: Book::new(staging, start),
        begun: vec![],
        lines: vec![],
        redriven: BTreeMap::new(),
        over: BTreeMap::new(),
        redrove: false,
        from_bus: 0,
        recoveries: 0,
        sweeps: 0,
    };
    company.play_on(start).await;
    company.hands.rest().await;
    company.conclude()
}

impl<'a> Company<'a> {
    async fn play_on(&mut self, start: Millis) {
        let until = start + Millis::try_from(self.staging.until_seconds).unwrap_or(0) * 1000;
        let name = format!("rehearsal-{}", self.play.seed);
        let mut running: Vec<Running<'a>> = vec![self.begin(&name, self.play.request.clone(), Which::Request(0))];
        if self.definition.has_state(RECOVERS_IN) {
            self.book.plan(start + SWEEP_MILLIS, Due::Sweep);
        }
        // Each turn starts or ends an execution: requests, recoveries and sweeps are bounded.
        loop {
            while let Some(due) = self.book.take(self.clock.now()) {
                running.extend(self.start(due, start, until));
            }
            let now = self.clock.now();
            let next = self.book.next(self.sweeps_at(until)).or((now < until).then_some(until));
            if running.is_empty() && next.is_none() {
                return;
            }
            tokio::select! {
                biased;
                (number, execution) = together(&mut running), if !running.is_empty() => self.ended(number, execution),
                () = self.book.news() => {}
                () = self.clock.sleep(next.unwrap_or(now).max(now) - now), if next.is_some() => {}
            }
        }
    }

    /// Whether there is anything still to come that a sweep could be about.
    fn sweeps_at(&self, until: Millis) -> bool {
        self.definition.has_state(RECOVERS_IN) && (self.book.expects_a_request() || self.clock.now() < until)
    }

    fn start(&mut self, due: Due, start: Millis, until: Millis) -> Option<Running<'a>> {
        let seed = self.play.seed;
        match due {
            Due::Request(at) => {
                let request = self.staging.requests.get(at)?.request.clone();
                Some(self.begin(&format!("rehearsal-{seed}-{}", at + 1), request, Which::Request(at + 1)))
            }
            Due::Recovery(arn, status) => {
                Some(self.by_the_bus("recovery", json!({"recover": {"execution": arn, "status": status.name()}})))
            }
            Due::Redrive(at) => self.redrive(at),
            Due::Sweep => {
                self.sweeps += 1;
                if self.sweeps >= SWEEPS_MAX {
                    return None;
                }
                let next = Millis::try_from(self.sweeps + 1).unwrap_or(1) * SWEEP_MILLIS;
                self.book.plan(start + next, Due::Sweep);
                self.sweeps_at(until).then(|| self.by_the_bus("sweep", json!({"recover": {"lapsed": true}})))
            }
        }
    }

    /// Begins an execution again in the state in which it was stopped, under its own name.
    fn redrive(&mut self, at: usize) -> Option<Running<'a>> {
        let redrive = self.staging.redrives.get(at)?;
        let number = self.lines.iter().position(|which| *which == redrive.which)?;
        let last = self.over.get(&number)?.last_input.clone();
        let definition = self.definition.clone().starting_at(&redrive.state)?;
        let (arn, input) = self.begun.get(number).cloned()?;
        let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
        self.world.lock().tell(self.clock.now(), "redriven", format!("{name} from {}", redrive.state));
        self.redriven.insert(self.lines.len(), (definition, last));
        Some(self.begin(&name, input, redrive.which))
    }

    fn by_the_bus(&mut self, kind: &str, input: Value) -> Running<'a> {
        let name = format!("{kind}-{}-{}", self.play.seed, self.from_bus);
        self.world.lock().tell(self.clock.now(), &format!("bus: {kind}"), name.clone());
        self.from_bus += 1;
        self.begin(&name, input, Which::FromBus(self.from_bus - 1))
    }

    fn begin(&mut self, name: &str, input: Value, which: Which) -> Running<'a> {
        let (number, halt) = self.book.open(which);
        let context = context(&self.home, name, self.clock.now());
        self.begun.push((context.execution_id.clone(), input.clone()));
        let seconds = self.staging.timeouts.iter().find(|(wanted, _)| *wanted == which).map(|(_, seconds)| *seconds);
        self.lines.push(which);
        let redriven = self.redriven.remove(&number);
        let (definition, input) = match (redriven, seconds) {
            (Some((definition, last)), _) => (Cow::Owned(definition), last),
            (None, Some(seconds)) => (Cow::Owned(self.definition.clone().with_timeout_seconds(seconds)), input),
            (None, None) => (Cow::Borrowed(self.definition), input),
        };
        let is_first = match which {
            Which::Request(at) => at == 0,
            // A recovery goes on with what it recovers; so does whoever watches.
            Which::FromBus(_) => self.recovers_the_first(&input),
        };
        let run = Run {
            number,
            halt,
            definition,
            context,
            input,
            hands: Arc::clone(&self.hands),
            book: Arc::clone(&self.book),
            clock: self.clock.clone(),
            seed: self.play.seed.wrapping_add(u64::try_from(number).unwrap_or(0)),
            observer: if is_first { self.audit as &dyn Observer } else { self.audit.beside() },
        };
        Box::pin(run.play())
    }

    /// Whether `input` asks for the recovery of an execution that belongs to the first request.
    fn recovers_the_first(&self, input: &Value) -> bool {
        let Some(arn) = input.pointer("/recover/execution").and_then(Value::as_str) else { return false };
        let Some(at) = self.begun.iter().position(|(begun, _)| begun == arn) else { return false };
        // Bounded: whatever is recovered began before its recovery.
        at == 0 || self.begun.get(at).is_some_and(|(_, input)| self.recovers_the_first(input))
    }

    /// Whether an execution belongs to the first request: it is its own or a recovery of it, or its document says so.
    fn belongs(&self, number: usize, input: &Value, execution: &Execution) -> bool {
        let first = self.begun.first().map(|(arn, _)| arn.as_str()).unwrap_or_default();
        let document = document(execution);
        let says = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
        let by_claim = says("/claim/id").is_some_and(|id| first.rsplit(':').next() == Some(id));
        let is_one = document.get("request").is_some_and(|request| !request.is_null());
        number == 0 || by_claim || says("/execution/id") == Some(first) || (is_one && self.recovers_the_first(input))
    }

    fn ended(&mut self, number: usize, execution: Execution) {
        let (now, status) = (self.clock.now(), execution.status);
        self.over.insert(number, execution);
        let Some((arn, _)) = self.begun.get(number).filter(|_| status != Status::Succeeded && self.definition.has_state(RECOVERS_IN))
        else {
            return;
        };
        let name = arn.rsplit(':').next().unwrap_or_default();
        // Step Functions goes on from where it was stopped, and from nowhere else.
        let is_redriven = |redrive: &&Redrive| {
            let is_it = self.lines.get(number) == Some(&redrive.which) && status == Status::Aborted;
            is_it && self.book.ended_in(number, &redrive.state, redrive.entry)
        };
        let redrive = self.staging.redrives.iter().position(|redrive| is_redriven(&redrive)).filter(|_| !self.redrove);
        if let Some(at) = redrive {
            self.redrove = true;
            let after = self.staging.redrives.get(at).map_or(0, |redrive| redrive.after_seconds);
            self.book.plan(now + Millis::try_from(after).unwrap_or(0) * 1000, Due::Redrive(at));
        }
        let deliveries = if self.staging.delivers_twice { 2 } else { 1 };
        let mut world = self.world.lock();
        world.tell(now, &format!("execution {}", status.name()), name.to_owned());
        for _ in 0..deliveries {
            if self.staging.recovers && self.recoveries < RECOVERIES_MAX {
                let delay = world.draw(&format!("bus/{}", self.recoveries), RULE_MILLIS);
                self.recoveries += 1;
                self.book.plan(now + delay, Due::Recovery(arn.clone(), status));
            }
        }
    }

    fn conclude(self) -> Performance {
        let belongs = |number: &usize, execution: &Execution| {
            self.begun.get(*number).is_some_and(|(_, input)| self.belongs(*number, input, execution))
        };
        let last = self.over.iter().rfind(|(number, execution)| belongs(number, execution));
        let last = last.map(|(_, execution)| execution.clone());
        let played = |(number, execution): (&usize, &Execution)| {
            let (arn, request) = self.begun.get(*number).cloned().unwrap_or_default();
            let document = document(execution);
            let outcome = document.get("outcome").and_then(Value::as_str).map(str::to_owned);
            Played { arn, request, status: execution.status, outcome, coverage: execution.coverage.clone(), document }
        };
        let accidents = self.hands.idle_accidents().into_iter().map(|accident| format!("{:?} at {:?}", accident.what, accident.at));
        Performance {
            played: self.over.iter().map(played).collect(),
            last: last.unwrap_or_else(|| halted(Status::Aborted, (Value::Null, 0, 0))),
            idle: self.book.idle().into_iter().chain(accidents).collect(),
        }
    }
}

/// Waits for the first of them to end, and takes it out.
async fn together(running: &mut Vec<Running<'_>>) -> (usize, Execution) {
    poll_fn(|context| {
        for place in 0..running.len() {
            let polled = running.get_mut(place).map(|one| one.as_mut().poll(context));
            if let Some(Poll::Ready(end)) = polled {
                drop(running.remove(place));
                return Poll::Ready(end);
            }
        }
        Poll::Pending
    })
    .await
}

/// What an execution needs to be played.
struct Run<'a> {
    number: usize,
    halt: Arc<Halt>,
    definition: Cow<'a, Definition>,
    context: Context,
    input: Value,
    hands: Arc<Hands>,
    book: Arc<Book>,
    clock: VirtualClock,
    seed: u64,
    observer: &'a dyn Observer,
}

impl Run<'_> {
    async fn play(self) -> (usize, Execution) {
        let eye = Eye { book: &self.book, number: self.number, other: self.observer };
        let work = execute(&self.definition, self.input.clone(), &self.context, &self, &self.clock, self.seed, &eye);
        tokio::select! {
            biased;
            () = self.halt.asked() => (self.number, halted(self.halt.status(), self.book.stopped(self.number))),
            execution = work => (self.number, execution),
        }
    }
}

#[async_trait]
impl Tasks for Run<'_> {
    async fn run(&self, resource: &str, input: &Value) -> Result<Value, TaskError> {
        if self.halt.is_asked() {
            // Whoever was stopped begins nothing more.
            std::future::pending::<()>().await;
        }
        let ear = Arc::new(Ear { book: Arc::clone(&self.book), number: self.number });
        Ok(self.hands.detached(&step_of(resource), input, ear).await?)
    }
}

/// One that was stopped; or failed because its history was full.
fn halted(status: Status, (last_input, transitions, history_events): (Value, u64, u64)) -> Execution {
    let is_full = status == Status::Failed;
    Execution {
        status,
        output: None,
        error: is_full.then(|| RUNTIME.to_owned()),
        cause: is_full.then(history_is_full),
        last_input,
        transitions,
        // Its end is one more.
        history_events: history_events + 1,
        coverage: BTreeMap::new(),
    }
}

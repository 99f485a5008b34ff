//! What Lambda and a function's role do for a step: a warm environment, the role's credentials, the one door. Must
//! not know what a step is about.

use crate::audience::Audience;
use crate::clock::VirtualClock;
use crate::interpreter::{TaskError, Tasks};
use crate::invocation::{Accidents, Hears, Invocation, Killed};
use crate::plug::{Plug, SharedWorld, sdk_config};
use crate::staging::{Accident, Double, Other};
use crate::tape::{Piece, Playback, Recorded, Tape};
use crate::trail::Invokes;
use crate::world::journal::Writer;
use async_trait::async_trait;
use functions::Home;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// How long functions whose callers are gone may go on after the last execution, milliseconds: one that stood still for
/// Lambda's 15 minutes, and the rest of what it does.
const ZOMBIES_MILLIS_MAX: i64 = 3_600_000;

/// How much later an event that is delivered twice at once comes for the second time, milliseconds: nothing in Lambda happens
/// twice in one moment, and two functions whose clocks agree to the nanosecond would be taken for one.
const TWIN_MILLIS: i64 = 1;

/// How a function fails, as Lambda says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionError {
    /// `errorType`.
    pub(crate) error_type: String,
    /// `errorMessage`.
    pub(crate) message: String,
}

impl FunctionError {
    /// The payload of an invocation that failed.
    pub(crate) fn payload(&self) -> String {
        json!({"errorType": self.error_type, "errorMessage": self.message}).to_string()
    }
}

impl From<FunctionError> for TaskError {
    fn from(error: FunctionError) -> Self {
        TaskError { cause: error.payload(), error: error.error_type }
    }
}

/// Runs steps in a world.
#[derive(Debug)]
pub(crate) struct Hands {
    world: SharedWorld,
    clock: VirtualClock,
    audience: Audience,
    /// Environments that are idle, by step. Each serves one invocation at a time, and ends with one that is killed.
    warm: Mutex<BTreeMap<String, Vec<Home>>>,
    accidents: Arc<Accidents>,
    doubles: Vec<Double>,
    tape: Option<Arc<Tape>>,
    playback: Option<Playback>,
    /// How many invocations of each step there have been, and those that run.
    invocations: Mutex<(BTreeMap<String, u64>, JoinSet<()>)>,
}

impl Hands {
    /// The functions of `world`'s home account.
    pub(crate) fn new(world: &SharedWorld, clock: &VirtualClock) -> Self {
        Self {
            world: world.clone(),
            clock: clock.clone(),
            audience: Audience::new(world.clone(), clock.clone()),
            warm: Mutex::default(),
            accidents: Arc::default(),
            doubles: vec![],
            tape: None,
            playback: None,
            invocations: Mutex::default(),
        }
    }

    /// The same, to whose invocations these accidents happen.
    pub(crate) fn with_accidents(self, accidents: Vec<Accident>) -> Self {
        Self { accidents: Arc::new(Accidents::new(accidents)), ..self }
    }

    /// The same, to which these events are delivered twice.
    pub(crate) fn with_doubles(self, doubles: Vec<Double>) -> Self {
        Self { doubles, ..self }
    }

    /// The same, whose invocations are recorded on `tape`, and played back as far as they were on another.
    pub(crate) fn with_tapes(self, tape: Option<Arc<Tape>>, playback: Option<Playback>) -> Self {
        Self { tape, playback, ..self }
    }

    /// Accidents that never came to pass.
    pub(crate) fn idle_accidents(&self) -> Vec<Accident> {
        self.accidents.left()
    }

    fn environment(&self, step: &str) -> Home {
        let warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner).get_mut(step).and_then(Vec::pop);
        warm.unwrap_or_else(|| {
            let access_key = self.world.lock().function_key(&function_name(step));
            Home::new(&sdk_config(&self.world, self.clock.clone(), &access_key))
        })
    }

    /// Runs `step`, called by its `verb_object` name.
    pub(crate) async fn invoke(&self, step: &str, input: &Value) -> Result<Value, FunctionError> {
        // Lambda's own share: finding a warm environment and handing over.
        let overhead = {
            let world = self.world.lock();
            world.draw(&format!("lambda/{step}/{}", world.called(false)), 10..40)
        };
        self.clock.sleep(overhead).await;
        let environment = self.environment(step);
        let answer = environment.invoke(&self.audience, step, input).await;
        self.warm.lock().unwrap_or_else(PoisonError::into_inner).entry(step.to_owned()).or_default().push(environment);
        answer.map_err(|error| FunctionError { error_type: error.error_type, message: error.message })
    }

    /// The same for the `number`th invocation of `step`, which goes on the tape.
    async fn perform(&self, step: &str, number: u64, input: &Value) -> Result<Value, FunctionError> {
        let began = self.clock.now();
        let answer = self.invoke(step, input).await;
        let told = self.tape.as_ref().zip(Invocation::present().and_then(|invocation| invocation.told()));
        if let Some((tape, (calls, asked))) = told {
            tape.keep(step, number, Arc::new(Piece { began, calls, asked, ended: self.clock.now(), answer: answer.clone() }));
        }
        answer
    }

    /// The same from a tape.
    async fn play(&self, step: &str, number: u64, piece: &Arc<Piece>) -> Result<Value, FunctionError> {
        let plug = Plug::new(self.world.clone(), self.clock.clone());
        self.world.lock().function_key(&function_name(step));
        for Recorded { at, operation, request, heard } in &piece.calls {
            self.clock.sleep(at - self.clock.now()).await;
            let reply = plug.deliver(operation.clone(), Arc::clone(request)).await;
            if let Some(tape) = self.tape.as_ref().filter(|_| reply.digest() != *heard) {
                tape.stray(format!("{operation} of {step}#{number} at {at}: {} {}", reply.status, reply.body));
            }
        }
        self.audience.pass(piece.asked);
        self.clock.sleep(piece.ended - self.clock.now()).await;
        if let Some(tape) = &self.tape {
            tape.keep(step, number, Arc::clone(piece));
        }
        piece.answer.clone()
    }

    /// The same for a caller who may stop waiting: the function goes on without them (F27, F29).
    pub(crate) async fn detached(self: &Arc<Self>, step: &str, input: &Value, hears: Arc<dyn Hears>) -> Result<Value, FunctionError> {
        let (sender, receiver) = oneshot::channel();
        let (hands, step) = (Arc::clone(self), step.to_owned());
        {
            let mut invocations = self.invocations.lock().unwrap_or_else(PoisonError::into_inner);
            while invocations.1.try_join_next().is_some() {}
            let number = invocations.0.entry(step.clone()).or_insert(0);
            *number += 1;
            let number = *number;
            let (writer, accidents) = (self.writer(&step, number, input), Arc::clone(&self.accidents));
            let double = self.doubles.iter().find(|double| double.step == step && double.invocation == number).cloned();
            let again = double.map(|double| (double, Invocation::new(writer.clone(), &accidents, Arc::clone(&hears))));
            let invocation = Invocation::new(writer, &accidents, hears);
            let playback = self.playback.as_ref().filter(|_| again.is_none());
            let piece = playback.and_then(|playback| playback.piece(&step, number, self.clock.now()));
            let input = if piece.is_none() { input.clone() } else { Value::Null };
            let is_overtaken = again.as_ref().is_some_and(|(double, _)| double.other == Other::Before);
            let (later, at_once) = again.into_iter().partition::<Vec<_>, _>(|(double, _)| double.other == Other::Later);
            for (_, second) in at_once {
                let (hands, step, input) = (Arc::clone(self), step.clone(), input.clone());
                invocations.1.spawn(async move {
                    if !is_overtaken {
                        hands.clock.sleep(TWIN_MILLIS).await;
                    }
                    drop(second.live(&hands.clock, hands.invoke(&step, &input)).await);
                });
            }
            invocations.1.spawn(async move {
                let work = async {
                    if is_overtaken {
                        hands.clock.sleep(TWIN_MILLIS).await;
                    }
                    match &piece {
                        Some(piece) => hands.play(&step, number, piece).await,
                        None => hands.perform(&step, number, &input).await,
                    }
                };
                let answer = invocation.live(&hands.clock, work).await;
                // Nobody reads the answer of a function whose caller is gone.
                let _ = sender.send(answer);
                for (_, second) in later {
                    drop(second.live(&hands.clock, hands.invoke(&step, &input)).await);
                }
            });
        }
        answered(receiver).await
    }

    /// Whose calls an invocation makes.
    fn writer(&self, step: &str, invocation: u64, input: &Value) -> Writer {
        let claim = input.pointer("/claim/id").and_then(Value::as_str).map(str::to_owned);
        let fence = input.pointer("/claim/fence").and_then(Value::as_u64).unwrap_or(0);
        Writer { step: step.to_owned(), invocation, invoked: self.clock.now(), claim: claim.map(|id| (id, fence)) }
    }

    /// Waits for every function that still runs.
    pub(crate) async fn rest(&self) {
        let mut running = std::mem::take(&mut self.invocations.lock().unwrap_or_else(PoisonError::into_inner).1);
        if running.is_empty() {
            return;
        }
        tokio::select! {
            biased;
            () = async { while running.join_next().await.is_some() {} } => {}
            () = self.clock.sleep(ZOMBIES_MILLIS_MAX) => {}
        }
    }
}

/// What a caller hears of a function, whose process may have ended.
async fn answered(receiver: oneshot::Receiver<Result<Result<Value, FunctionError>, Killed>>) -> Result<Value, FunctionError> {
    receiver.await.unwrap_or(Err(Killed)).unwrap_or_else(|Killed| {
        let message = "The cause could not be determined because Lambda did not return an error type.".to_owned();
        Err(FunctionError { error_type: "Lambda.Unknown".to_owned(), message })
    })
}

#[async_trait]
impl Tasks for Hands {
    async fn run(&self, resource: &str, input: &Value) -> Result<Value, TaskError> {
        Ok(self.invoke(&step_of(resource), input).await?)
    }
}

#[async_trait]
impl Invokes for Hands {
    async fn hand_over(&self, step: &str, input: &Value) -> Result<(), String> {
        self.invoke(step, input).await.map(|_| ()).map_err(|error| error.payload())
    }
}

/// `update_distribution` → `cutover-update-distribution`, which its role is called as well.
pub(crate) fn function_name(step: &str) -> String {
    format!("cutover-{}", step.replace('_', "-"))
}

/// `${UpdateDistributionFunctionArn}` → `update_distribution`
pub(crate) fn step_of(resource: &str) -> String {
    step_of_state(resource.trim_start_matches("${").trim_end_matches("FunctionArn}"))
}

/// `UpdateDistribution` → `update_distribution`
pub(crate) fn step_of_state(state: &str) -> String {
    let mut step = String::new();
    for (index, letter) in state.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            step.push('_');
        }
        step.push(letter.to_ascii_lowercase());
    }
    step
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_resource_names_its_step() {
        assert_eq!(super::step_of("${UpdateDistributionFunctionArn}"), "update_distribution");
        assert_eq!(super::step_of("${VerifyFunctionArn}"), "verify");
    }
}

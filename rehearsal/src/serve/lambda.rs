//! The home account's Lambda functions: found by name or ARN, invoked by the state machine or by a caller. An
//! invocation runs to its end whoever has stopped waiting for it. Must not know what a step does.

use crate::clock::VirtualClock;
use crate::hands::{FunctionError, Hands, function_name, step_of};
use crate::interpreter::{TaskError, Tasks};
use crate::plug::SharedWorld;
use crate::run::{for_members, members};
use crate::trail::Invokes;
use crate::wire::{Reply, Request};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::oneshot;

use super::refusal::Refusal;

/// One function of the deployment.
#[derive(Debug)]
struct Function {
    step: String,
    logical_id: String,
    arn: String,
}

/// The functions that no definition names: the bus calls them.
const BESIDE: [&str; 1] = ["WatchWritesFunction"];

/// All functions.
#[derive(Debug, Clone)]
pub(super) struct Functions {
    hands: Arc<Hands>,
    members: Arc<str>,
    clock: VirtualClock,
    all: Arc<[Function]>,
}

impl Functions {
    /// The functions that `definitions` name as `${…FunctionArn}`, in `world`'s home account.
    pub(super) fn of(definitions: &[&str], world: &SharedWorld, clock: &VirtualClock) -> Self {
        let home = world.lock().input.home_account.clone();
        let resources = definitions.iter().flat_map(|definition| definition.split("\"${").skip(1));
        let named = resources.filter_map(|rest| rest.split("}\"").next()?.strip_suffix("Arn")).chain(BESIDE);
        let mut all: Vec<Function> = vec![];
        for logical_id in named {
            let step = step_of(&format!("${{{logical_id}Arn}}"));
            let arn = format!("arn:aws:lambda:us-east-1:{home}:function:{}", function_name(&step));
            if all.iter().all(|known| known.step != step) {
                all.push(Function { step, logical_id: logical_id.to_owned(), arn });
            }
        }
        Self { hands: Arc::new(Hands::new(world, clock)), members: members(&world.lock()).into(), clock: clock.clone(), all: all.into() }
    }

    /// `definition` as it is deployed, with ARNs in place of the template's names, and the member accounts.
    pub(super) fn deployed(&self, definition: &str) -> String {
        self.all.iter().fold(for_members(definition, &self.members), |text, function| {
            text.replace(&format!("${{{}Arn}}", function.logical_id), &function.arn)
        })
    }

    /// By ARN, in full or without its first half, by name, by the template's logical id or by the step's name.
    fn find(&self, called: &str) -> Option<&Function> {
        let called = called.strip_suffix(":$LATEST").unwrap_or(called);
        self.all.iter().find(|function| {
            let partial = function.arn.split_once("us-east-1:").map_or("", |(_, partial)| partial);
            let name = function_name(&function.step);
            let kebab = function.step.replace('_', "-");
            [&function.arn, &name, &function.logical_id, &function.step, &kebab].iter().any(|known| *known == called) || partial == called
        })
    }

    /// Starts an invocation and waits for its answer. It goes on without whoever stops waiting.
    async fn invoke(&self, step: &str, input: Value) -> Result<Value, FunctionError> {
        let (sender, receiver) = oneshot::channel();
        let (hands, clock, step) = (Arc::clone(&self.hands), self.clock.clone(), step.to_owned());
        // Time stands from here until the function waits for the first time, and from its answer until that is read.
        let handing_over = clock.hold();
        tokio::spawn(async move {
            let work = async {
                drop(handing_over);
                // Held before the work ends, so that no moment passes in between.
                (hands.invoke(&step, &input).await, clock.hold())
            };
            // Nobody reads the answer of a function whose caller is gone.
            let _ = sender.send(clock.standing_while_it_computes(work).await);
        });
        let lost =
            |_| FunctionError { error_type: "Lambda.Unknown".to_owned(), message: "the function ended without an answer".to_owned() };
        let (answer, _handing_over) = receiver.await.map_err(lost)?;
        answer
    }

    /// Answers `POST /2015-03-31/functions/{name}/invocations`.
    pub(super) async fn answer(&self, request: &Request, called: &str) -> Result<Reply, Refusal> {
        let called = percent_encoding::percent_decode_str(called).decode_utf8_lossy().into_owned();
        let missing = || Refusal::new("ResourceNotFoundException", self.unknown(&called)).with_status(404);
        let function = self.find(&called).ok_or_else(missing)?;
        if request.query.get("Qualifier").is_some_and(|qualifier| qualifier != "$LATEST") {
            return Err(missing());
        }
        match request.header("x-amz-invocation-type") {
            None | Some("RequestResponse") => {}
            Some("DryRun") => return Ok(Reply { status: 204, headers: vec![], body: String::new() }),
            Some(other) => {
                let message = format!("The invocation type {} is not simulated; RequestResponse and DryRun are.", other.escape_debug());
                return Err(Refusal::new("InvalidParameterValueException", message));
            }
        }
        let unreadable = |error| Refusal::new("InvalidRequestContentException", format!("Could not parse request body into json: {error}"));
        let input = if request.body.is_empty() { json!({}) } else { serde_json::from_slice(&request.body).map_err(unreadable)? };
        let (error, body) = match self.clock.at_work(self.invoke(&function.step, input)).await {
            Ok(output) => (None, output.to_string()),
            Err(error) => (Some("Unhandled"), error.payload()),
        };
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let reply = Reply { status: 200, headers, body }.with_header("x-amz-executed-version", "$LATEST");
        Ok(error.into_iter().fold(reply, |reply, error| reply.with_header("x-amz-function-error", error)))
    }

    fn unknown(&self, called: &str) -> String {
        let names: Vec<String> = self.all.iter().map(|function| function_name(&function.step)).collect();
        format!("Function not found: {}; the functions here are {}", called.escape_debug(), names.join(", "))
    }
}

#[async_trait]
impl Tasks for Functions {
    async fn run(&self, resource: &str, input: &Value) -> Result<Value, TaskError> {
        let missing = || TaskError { error: "Lambda.ResourceNotFoundException".to_owned(), cause: self.unknown(resource) };
        let function = self.find(resource).ok_or_else(missing)?;
        Ok(self.invoke(&function.step, input.clone()).await?)
    }
}

#[async_trait]
impl Invokes for Functions {
    async fn hand_over(&self, step: &str, input: &Value) -> Result<(), String> {
        self.invoke(step, input.clone()).await.map(|_| ()).map_err(|error| error.payload())
    }
}

//! What Lambda and a function's role do for a step: a warm environment, the role's credentials, the one door. Must
//! not know what a step is about.

use crate::audience::Audience;
use crate::clock::VirtualClock;
use crate::interpreter::{TaskError, Tasks};
use crate::trail::Invokes;
use crate::plug::{SharedWorld, sdk_config};
use async_trait::async_trait;
use functions::Home;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// One environment for each step, warm from its first call on.
    warm: Mutex<BTreeMap<String, Arc<Home>>>,
}

impl Hands {
    /// The functions of `world`'s home account.
    pub(crate) fn new(world: &SharedWorld, clock: &VirtualClock) -> Self {
        Self { world: world.clone(), clock: clock.clone(), audience: Audience::new(world.clone(), clock.clone()), warm: Mutex::default() }
    }

    fn environment(&self, step: &str) -> Arc<Home> {
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        let cold = || {
            let access_key = self.world.lock().function_key(&function_name(step));
            Arc::new(Home::new(&sdk_config(&self.world, self.clock.clone(), &access_key)))
        };
        warm.entry(step.to_owned()).or_insert_with(cold).clone()
    }

    /// Runs `step`, called by its `verb_object` name.
    pub(crate) async fn invoke(&self, step: &str, input: &Value) -> Result<Value, FunctionError> {
        // Lambda's own share: finding a warm environment and handing over.
        let overhead = {
            let world = self.world.lock();
            world.draw(&format!("lambda/{step}/{}", world.called(false)), 10..40)
        };
        self.clock.sleep(overhead).await;
        let answer = self.environment(step).invoke(&self.audience, step, input).await;
        answer.map_err(|error| FunctionError { error_type: error.error_type, message: error.message })
    }
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
    let state = resource.trim_start_matches("${").trim_end_matches("FunctionArn}");
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

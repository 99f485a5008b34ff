//! A definition as a whole: read once, strictly, and checked as a graph.
//! Must not know how any state runs.

use super::fields::{Fields, SECONDS_MAX};
use super::state::{Kind, State, query_language};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A state machine that the interpreter can run, every part of it understood.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(super) graph: Graph,
    pub(super) timeout_seconds: Option<u64>,
}

/// States that lead to each other, and the first of them: the definition's, or those of a Map state.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    pub(super) start_at: String,
    pub(super) states: BTreeMap<String, State>,
}

/// Why a definition is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", place(.state.as_deref(), .field))]
pub struct DefinitionError {
    /// The state at fault; `None` at the top of the definition.
    pub state: Option<String>,
    /// The field in it, like `Choices[2].Variable`; empty where it is the whole.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

fn place(state: Option<&str>, field: &str) -> String {
    match (state, field) {
        (None, "") => "the definition".to_owned(),
        (None, field) => field.to_owned(),
        (Some(state), "") => format!("state {state}"),
        (Some(state), field) => format!("state {state}, {field}"),
    }
}

impl DefinitionError {
    pub(super) fn new(state: Option<&str>, field: &str, problem: impl Into<String>) -> DefinitionError {
        DefinitionError { state: state.map(str::to_owned), field: field.to_owned(), problem: problem.into() }
    }
}

impl Definition {
    /// Reads a definition. What the interpreter would not honour is an error.
    pub fn parse(text: &str) -> Result<Definition, DefinitionError> {
        let not_json = |error: serde_json::Error| DefinitionError::new(None, "", format!("is not JSON: {error}"));
        let document: Value = serde_json::from_str(text).map_err(not_json)?;
        let mut fields = Fields::of(None, "", &document)?;
        query_language(&mut fields)?;
        if fields.text("Version")?.is_some_and(|version| version != "1.0") {
            return Err(fields.refuse("Version", "has to be 1.0"));
        }
        let definition =
            Definition { graph: Graph::parse(&mut fields)?, timeout_seconds: fields.whole("TimeoutSeconds", 1..=SECONDS_MAX)? };
        fields.finish()?;
        let mut names = BTreeSet::new();
        match definition.graph.all().into_iter().find(|(name, _)| !names.insert(*name)) {
            Some((name, _)) => Err(DefinitionError::new(Some(name), "", "has the name of another state")),
            None => Ok(definition),
        }
    }

    /// The same with another time for the whole run.
    #[must_use]
    pub fn with_timeout_seconds(self, seconds: u64) -> Definition {
        Definition { timeout_seconds: Some(seconds), ..self }
    }

    /// The same, beginning in this state; `None` where there is none of that name.
    pub fn starting_at(mut self, state: &str) -> Option<Definition> {
        self.graph.states.contains_key(state).then(|| self.graph.start_at = state.to_owned())?;
        Some(self)
    }

    /// Whether there is a state of this name.
    pub fn has_state(&self, name: &str) -> bool {
        self.graph.all().iter().any(|(known, _)| *known == name)
    }

    /// The key of every clause whose taking is counted, like `NextStep.Choices[2]`, `NextStep.Default`,
    /// `Preflight.Retry[0]`, `RollBack.Catch[0]`.
    pub fn clauses(&self) -> Vec<String> {
        let keys =
            |(name, state): (&str, &State)| -> Vec<String> { state.clauses().iter().map(|clause| format!("{name}.{clause}")).collect() };
        self.graph.all().into_iter().flat_map(keys).collect()
    }
}

impl Graph {
    /// Reads `StartAt` and `States`, and checks where they lead.
    pub(super) fn parse(fields: &mut Fields<'_>) -> Result<Graph, DefinitionError> {
        let states = fields.need("States")?.as_object();
        let states = states.ok_or_else(|| fields.refuse("States", "has to be an object"))?;
        let parse = |(name, value): (&String, &Value)| Ok((name.clone(), State::parse(name, value)?));
        let graph = Graph {
            start_at: fields.need_text("StartAt")?.to_owned(),
            states: states.iter().map(parse).collect::<Result<_, DefinitionError>>()?,
        };
        if !graph.states.contains_key(&graph.start_at) {
            return Err(fields.refuse("StartAt", format!("there is no state {}", graph.start_at)));
        }
        graph.check_targets()?;
        graph.check_reach()?;
        Ok(graph)
    }

    /// Every state, those inside of Map states too.
    fn all(&self) -> Vec<(&str, &State)> {
        let mut all = Vec::new();
        for (name, state) in &self.states {
            all.push((name.as_str(), state));
            if let Kind::Map(map) = &state.kind {
                all.extend(map.graph.all());
            }
        }
        all
    }

    fn check_targets(&self) -> Result<(), DefinitionError> {
        for (name, state) in &self.states {
            for (field, target) in state.targets() {
                if !self.states.contains_key(target) {
                    return Err(DefinitionError::new(Some(name), &field, format!("there is no state {target}")));
                }
            }
        }
        Ok(())
    }

    fn check_reach(&self) -> Result<(), DefinitionError> {
        let mut reached = BTreeSet::new();
        let mut open = vec![self.start_at.as_str()];
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                let targets = self.states.get(name).map(State::targets).unwrap_or_default();
                open.extend(targets.into_iter().map(|(_, target)| target));
            }
        }
        match self.states.keys().find(|name| !reached.contains(name.as_str())) {
            Some(name) => Err(DefinitionError::new(Some(name), "", "cannot be reached from StartAt")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A Task state `Work` with these fields set, as a definition of its own.
    fn work(fields: Value) -> Value {
        let mut state = json!({"Type": "Task", "Resource": "work", "End": true});
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({"StartAt": "Work", "States": {"Work": state}})
    }

    fn only(state: Value) -> Value {
        json!({"StartAt": "Work", "States": {"Work": state}})
    }

    fn map(fields: Value) -> Value {
        let processor = json!({"StartAt": "In", "States": {"In": {"Type": "Succeed"}}});
        let mut state = json!({"Type": "Map", "ItemProcessor": processor, "End": true});
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        only(state)
    }

    fn rule(rule: Value) -> Value {
        only(json!({"Type": "Choice", "Choices": [rule]}))
    }

    #[test]
    fn what_is_not_implemented_or_wrong_is_refused_by_the_name_of_its_field() {
        let done = json!({"Type": "Succeed"});
        let all = json!({"ErrorEquals": ["States.ALL"]});
        let table = [
            (json!({"States": {"Work": done}}), "StartAt"),
            (json!({"StartAt": "Gone", "States": {"Work": done}}), "StartAt"),
            (json!({"StartAt": "Work", "States": {"Work": done, "Island": done}}), "state Island: cannot be reached"),
            (json!({"StartAt": "Work", "States": {"Work": done}, "TimeoutSeconds": 0}), "TimeoutSeconds"),
            (json!({"StartAt": "Work", "States": {"Work": done}, "QueryLanguage": "JSONata"}), "QueryLanguage"),
            (json!({"StartAt": "Work", "States": {"Work": done}, "Later": 1}), "Later"),
            (json!({"StartAt": "Work", "States": {"Work": done}, "Comment": 1}), "Comment"),
            (only(json!({"Type": "Parallel", "End": true})), "state Work, Type"),
            (only(json!({"Type": "Map", "End": true})), "state Work, ItemProcessor"),
            (map(json!({"ItemProcessor": {"States": {"In": done}}})), "state Work, ItemProcessor.StartAt"),
            (map(json!({"ItemProcessor": {"StartAt": "Gone", "States": {"In": done}}})), "state Work, ItemProcessor.StartAt"),
            (map(json!({"ItemProcessor": {"StartAt": "Work", "States": {"Work": done}}})), "state Work: has the name of another"),
            (map(json!({"ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Pass", "Next": "Work"}}}})), "state In, Next"),
            (map(json!({"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "In", "States": {"In": done}}})), "Mode"),
            (map(json!({"MaxConcurrency": 41})), "state Work, MaxConcurrency"),
            (map(json!({"MaxConcurrencyPath": "$.n"})), "state Work, MaxConcurrencyPath"),
            (map(json!({"ItemsPath": "$$.Execution.Input"})), "state Work, ItemsPath"),
            (map(json!({"Parameters": {}})), "state Work, Parameters"),
            (map(json!({"ResultSelector": {}})), "state Work, ResultSelector"),
            (map(json!({"ToleratedFailurePercentage": 5})), "state Work, ToleratedFailurePercentage"),
            (map(json!({"ItemSelector": {"a.$": "$$.Map.Name"}})), "state Work, ItemSelector.a.$"),
            (work(json!({"Parameters": {"a.$": "$$.Map.Item.Value"}})), "state Work, Parameters.a.$"),
            (only(json!({"Type": "Pass"})), "state Work, Next"),
            (only(json!({"Type": "Pass", "End": false})), "state Work, End"),
            (only(json!({"Type": "Pass", "Next": "Gone"})), "state Work, Next"),
            (only(json!({"Type": "Succeed", "End": true})), "state Work, End"),
            (only(json!({"Type": "Fail", "InputPath": "$.a"})), "state Work, InputPath"),
            (only(json!({"Type": "Fail", "Cause": "a", "CausePath": "$.a"})), "state Work, CausePath"),
            (only(json!({"Type": "Wait", "End": true})), "state Work, Seconds"),
            (only(json!({"Type": "Wait", "Seconds": -1, "End": true})), "state Work, Seconds"),
            (only(json!({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.a", "End": true})), "state Work, Seconds"),
            (only(json!({"Type": "Wait", "SecondsPath": "$$.State.Name", "End": true})), "state Work, SecondsPath"),
            (only(json!({"Type": "Wait", "Timestamp": "2026-12-01 00:00", "End": true})), "state Work, Timestamp"),
            (only(json!({"Type": "Choice"})), "state Work, Choices"),
            (only(json!({"Type": "Choice", "Choices": []})), "state Work, Choices"),
            (rule(json!({"Variable": "$.a", "StringEquals": "b"})), "Choices[0].Next"),
            (rule(json!({"Variable": "$.a", "StringEquals": "b", "Next": "Gone"})), "Choices[0].Next"),
            (rule(json!({"Variable": "$.a[*]", "StringEquals": "b", "Next": "Work"})), "Choices[0].Variable"),
            (rule(json!({"Variable": "$.a", "Next": "Work"})), "Choices[0].Variable"),
            (rule(json!({"Variable": "$.a", "IsNull": true, "Assign": {}, "Next": "Work"})), "Assign"),
            (rule(json!({"Variable": "$.a", "StringMatches": "*", "Next": "Work"})), "Choices[0].StringMatches"),
            (rule(json!({"Variable": "$.a", "StringLike": "b", "Next": "Work"})), "Choices[0].StringLike"),
            (rule(json!({"Variable": "$.a", "NumericEquals": "1", "Next": "Work"})), "Choices[0].NumericEquals"),
            (rule(json!({"And": [{"Variable": "$.a", "IsOdd": true}], "Next": "Work"})), "Choices[0].And[0].IsOdd"),
            (work(json!({"TimeoutSeconds": 0})), "state Work, TimeoutSeconds"),
            (work(json!({"HeartbeatSeconds": 5})), "state Work, HeartbeatSeconds"),
            (work(json!({"ResultSelector": {}})), "state Work, ResultSelector"),
            (work(json!({"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"})), "state Work, Resource"),
            (work(json!({"ResultPath": "$$.State"})), "state Work, ResultPath"),
            (work(json!({"Parameters": {"a": {"b.$": "States.UUID()"}}})), "state Work, Parameters.a.b.$"),
            (work(json!({"Parameters": {"a": 1, "a.$": "$"}})), "state Work, Parameters.a.$"),
            (work(json!({"Parameters": {"token.$": "$$.Task.Token"}})), "state Work, Parameters.token.$"),
            (work(json!({"Retry": [all, {"ErrorEquals": ["A"]}]})), "Retry[0].ErrorEquals"),
            (work(json!({"Retry": [{"ErrorEquals": ["States.ALL", "A"]}]})), "Retry[0].ErrorEquals"),
            (work(json!({"Retry": [{"ErrorEquals": ["States.Runtime"]}]})), "Retry[0].ErrorEquals"),
            (work(json!({"Retry": [{"ErrorEquals": []}]})), "Retry[0].ErrorEquals"),
            (work(json!({"Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 0}]})), "Retry[0].IntervalSeconds"),
            (work(json!({"Retry": [{"ErrorEquals": ["A"], "MaxAttempts": -1}]})), "Retry[0].MaxAttempts"),
            (work(json!({"Retry": [{"ErrorEquals": ["A"], "BackoffRate": 0.5}]})), "Retry[0].BackoffRate"),
            (work(json!({"Retry": [{"ErrorEquals": ["A"], "MaxDelaySeconds": 0}]})), "Retry[0].MaxDelaySeconds"),
            (work(json!({"Retry": [{"ErrorEquals": ["A"], "JitterStrategy": "HALF"}]})), "Retry[0].JitterStrategy"),
            (work(json!({"Catch": [{"ErrorEquals": ["A"]}]})), "Catch[0].Next"),
            (work(json!({"Catch": [{"ErrorEquals": ["A"], "Next": "Work", "Assign": {}}]})), "Catch[0].Assign"),
        ];
        for (definition, named) in table {
            let complaint = Definition::parse(&definition.to_string()).unwrap_err().to_string();
            assert!(complaint.contains(named), "{definition} was refused with: {complaint}");
        }
    }

    #[test]
    fn the_deployed_definition_is_understood_and_its_clauses_have_keys() {
        let definition = Definition::parse(include_str!("../../../statemachine/cutover.asl.json")).unwrap();
        let clauses = definition.clauses();
        for key in ["NextStep.Choices[2]", "NextStep.Default", "Preflight.Retry[0]", "RollBack.Catch[0]"] {
            assert!(clauses.iter().any(|clause| clause == key), "{key} is missing in {clauses:?}");
        }
    }
}

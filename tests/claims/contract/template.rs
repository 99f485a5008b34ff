//! The definition and the types against `template.yaml`: one function a step, each with what it needs.

use super::{kebab, set, states, tasks};
use crate::support;
use cutover::Step;
use cutover::bounds::SWAP_CALL_SECONDS_MAX;
use cutover::step::Errand;
use serde_json::{Value, json};
use serde_norway::Value as Yaml;
use std::collections::BTreeSet;

/// What a call of the swap may still have under way when it decides to end, seconds: one AWS operation with all its
/// attempts (30), and as much again to write the document and to hand it over.
const SWAP_MARGIN_SECONDS: i64 = 60;

/// A template of CloudFormation as JSON: `!Ref X` is `{"!Ref": "X"}`.
pub(crate) fn template(file: &str) -> Value {
    let text = std::fs::read_to_string(support::top().join(file)).unwrap();
    to_json(&serde_norway::from_str(&text).unwrap())
}

fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(fields) => fields.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), to_json(value))).collect(),
        Yaml::Tagged(tagged) => json!({tagged.tag.to_string(): to_json(&tagged.value)}),
        plain => serde_json::to_value(plain).unwrap(),
    }
}

/// Name and properties of every resource of a type.
pub(super) fn resources(template: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = template["Resources"].as_object().unwrap();
    all.iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.clone(), resource["Properties"].clone()))
        .collect()
}

fn home() -> Value {
    template("template.yaml")
}

fn functions() -> Vec<(String, Value)> {
    resources(&home(), "AWS::Serverless::Function")
}

fn function(step: Step) -> Value {
    let name = format!("{}Function", step.state_name());
    functions().into_iter().find(|(logical_id, _)| *logical_id == name).unwrap_or_else(|| panic!("template.yaml has no {name}")).1
}

fn state_machine() -> Value {
    let machines = resources(&home(), "AWS::Serverless::StateMachine");
    machines.into_iter().find(|(name, _)| name == "CutoverStateMachine").unwrap().1
}

#[test]
fn every_function_is_a_step_or_an_errand_and_each_of_these_a_function() {
    let names: BTreeSet<String> = functions().into_iter().map(|(name, _)| name).collect();
    let all = Step::ALL.map(Step::state_name).into_iter().chain(Errand::ALL.map(Errand::state_name));
    assert_eq!(names, set(all.map(|name| format!("{name}Function"))));
}

#[test]
fn every_function_has_its_steps_name_role_and_log() {
    for step in Step::ALL {
        let (state, function) = (step.state_name(), function(step));
        let name = format!("cutover-{}", kebab(step));
        assert_eq!(function["FunctionName"], name);
        assert_eq!(function["Environment"], json!({"Variables": {"CUTOVER_STEP": step.snake_name()}}), "{state}");
        assert_eq!(function["Role"], json!({"!GetAtt": format!("{state}Role.Arn")}));
        assert_eq!(function["LoggingConfig"]["LogGroup"], json!({"!Ref": format!("{state}LogGroup")}));
        let resources = &home()["Resources"];
        assert_eq!(resources[format!("{state}Role")]["Properties"]["RoleName"], name, "member accounts trust it by this name");
        assert_eq!(resources[format!("{state}LogGroup")]["Properties"]["LogGroupName"], format!("/aws/lambda/{name}"));
    }
}

#[test]
fn every_function_runs_the_one_program_in_the_one_way() {
    let expected = json!({
        "CodeUri": "target/lambda/bootstrap/",
        "Handler": "bootstrap",
        "Runtime": "provided.al2023",
        "Architectures": ["arm64"],
        "MemorySize": 256,
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"},
    });
    assert_eq!(home()["Globals"], json!({"Function": expected}));
    let of_its_own: BTreeSet<String> =
        set(["FunctionName", "Description", "PackageType", "Timeout", "Role", "Environment", "LoggingConfig"]);
    for (name, function) in functions() {
        let given: BTreeSet<String> = function.as_object().unwrap().keys().cloned().collect();
        assert_eq!(given, of_its_own, "{name} is not like the others");
        assert_eq!(function["PackageType"], "Zip", "{name}");
    }
    let manifest = std::fs::read_to_string(support::top().join("functions/Cargo.toml")).unwrap();
    assert!(manifest.contains("[[bin]]\nname = \"bootstrap\"\n"), "the program has another name");
    let main = std::fs::read_to_string(support::top().join("functions/src/main.rs")).unwrap();
    assert!(main.contains("std::env::var(\"CUTOVER_STEP\")"), "the program reads another variable");
}

#[test]
fn every_substitution_of_the_definition_is_a_function_or_the_accounts_and_every_function_is_substituted() {
    let machine = state_machine();
    assert_eq!(machine["Name"], "cutover");
    assert_eq!(machine["Type"], "STANDARD");
    assert_eq!(machine["DefinitionUri"], "statemachine/cutover.asl.json");
    let function =
        |step: Step| (format!("{}FunctionArn", step.state_name()), json!({"!GetAtt": format!("{}Function.Arn", step.state_name())}));
    let accounts = ("MemberAccounts".to_owned(), json!({"!Join": [",", {"!Ref": "MemberAccounts"}]}));
    let expected: Value = Step::ALL.into_iter().map(function).chain([accounts]).collect();
    assert_eq!(machine["DefinitionSubstitutions"], expected);
    let text = rehearsal::run::DEFINITION;
    let substituted: BTreeSet<String> = text.split("${").skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect();
    let arns = Step::ALL.map(|step| format!("{}FunctionArn", step.state_name()));
    assert_eq!(substituted, set(arns.into_iter().chain(["MemberAccounts".to_owned()])));
}

#[test]
fn a_states_timeout_is_longer_than_its_functions_and_its_comment_says_that_one() {
    for (name, task) in tasks() {
        let step = Step::ALL.into_iter().find(|step| step.state_name() == name).unwrap();
        let function_seconds = function(step)["Timeout"].as_u64().unwrap();
        let state_seconds = task["TimeoutSeconds"].as_u64().unwrap();
        assert!(state_seconds >= function_seconds + 10, "{name}: {state_seconds} s for a function of {function_seconds} s");
        assert!(function_seconds <= 900, "{name}: Lambda stops at 15 min");
        let comment = task["Comment"].as_str().unwrap();
        let said = [format!("Function timeout {function_seconds} s."), format!("function's timeout is {} min.", function_seconds / 60)];
        assert!(said.iter().any(|said| comment.ends_with(said)), "{name} says {comment:?}; its function has {function_seconds} s");
    }
}

#[test]
fn a_call_of_the_swap_ends_well_before_its_function_is_stopped() {
    let seconds = function(Step::SwapAliases)["Timeout"].as_i64().unwrap();
    assert!(SWAP_CALL_SECONDS_MAX + SWAP_MARGIN_SECONDS < seconds, "{SWAP_CALL_SECONDS_MAX} s of {seconds} s");
    let minutes = format!("{} min", SWAP_CALL_SECONDS_MAX / 60);
    assert!(states()["SwapAliases"]["Comment"].as_str().unwrap().contains(&minutes), "its comment names another deadline than {minutes}");
}

#[test]
fn the_state_machine_may_invoke_its_functions_and_nothing_else() {
    let role = resources(&home(), "AWS::IAM::Role").into_iter().find(|(name, _)| name == "StateMachineRole").unwrap().1;
    assert_eq!(state_machine()["Role"], json!({"!GetAtt": "StateMachineRole.Arn"}));
    let statements = super::roles::statements(&role);
    let invoking: Vec<&Value> =
        statements.iter().filter(|statement| super::roles::actions(statement).iter().any(|a| a.starts_with("lambda:"))).collect();
    let [invoking] = invoking.try_into().unwrap();
    assert_eq!(super::roles::actions(invoking), ["lambda:InvokeFunction"]);
    let may: BTreeSet<String> =
        invoking["Resource"].as_array().unwrap().iter().map(|arn| arn["!GetAtt"].as_str().unwrap().to_owned()).collect();
    assert_eq!(may, set(Step::ALL.map(|step| format!("{}Function.Arn", step.state_name()))));
    let others: BTreeSet<String> =
        statements.iter().flat_map(super::roles::actions).map(|a| a.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(others, set(["lambda", "logs", "xray"]));
}

#[test]
fn nobody_but_the_state_machines_may_invoke_a_function() {
    for (name, role) in resources(&home(), "AWS::IAM::Role") {
        let invokes = super::roles::statements(&role).iter().flat_map(super::roles::actions).any(|action| action.starts_with("lambda:"));
        assert_eq!(invokes, ["StateMachineRole", "InventoryStateMachineRole"].contains(&name.as_str()), "{name}");
    }
    // The bus calls the sentinel, which [`super::sentinel`] is about.
    assert_eq!(resources(&home(), "AWS::Lambda::Permission").len(), 1);
}

#[test]
fn whatever_is_put_aside_in_a_queue_is_told_to_somebody() {
    let queues = resources(&home(), "AWS::SQS::Queue");
    assert_eq!(queues.len(), 3, "{queues:?}");
    let alarms = resources(&home(), "AWS::CloudWatch::Alarm");
    let runbook = std::fs::read_to_string(support::top().join("docs/RUNBOOK.md")).unwrap();
    for (queue, _) in queues {
        let watched = json!([{"Name": "QueueName", "Value": {"!GetAtt": format!("{queue}.QueueName")}}]);
        let watching: Vec<&Value> = alarms.iter().map(|(_, alarm)| alarm).filter(|alarm| alarm["Dimensions"] == watched).collect();
        let [alarm] = watching.try_into().unwrap_or_else(|found: Vec<&Value>| panic!("{queue}: {found:?}"));
        assert_eq!(
            (&alarm["Namespace"], &alarm["MetricName"]),
            (&json!("AWS/SQS"), &json!("ApproximateNumberOfMessagesVisible")),
            "{queue}"
        );
        assert_eq!((&alarm["Statistic"], &alarm["Threshold"]), (&json!("Maximum"), &json!(1)), "{queue}: one message is enough");
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanOrEqualToThreshold", "{queue}");
        assert!(alarm["AlarmActions"].is_object(), "{queue}: nobody hears it");
        let name = alarm["AlarmName"].as_str().unwrap();
        assert!(runbook.contains(&format!("`{name}`")), "whoever hears {name} finds nothing of it");
    }
}

#[test]
fn a_swap_that_cannot_attach_is_told_to_somebody_while_it_tries() {
    let (_, alarm) = resources(&home(), "AWS::CloudWatch::Alarm").into_iter().find(|(name, _)| name == "NamesUnservedAlarm").unwrap();
    assert_eq!(
        (&alarm["Namespace"], &alarm["MetricName"], &alarm["Dimensions"]),
        (&json!("Cutover"), &json!("NamesUnserved"), &Value::Null)
    );
    assert_eq!((&alarm["Statistic"], &alarm["Threshold"], &alarm["Period"]), (&json!("Maximum"), &json!(1), &json!(300)));
    assert_eq!(alarm["ComparisonOperator"], "GreaterThanOrEqualToThreshold");
    assert!(alarm["AlarmActions"].is_object(), "nobody hears it");
    let runbook = std::fs::read_to_string(support::top().join("docs/RUNBOOK.md")).unwrap();
    assert!(runbook.contains(&format!("`{}`", alarm["AlarmName"].as_str().unwrap())));
}

//! The inventory's definition against its errands, `template.yaml`, and what it reads.

use super::roles::{actions, statements};
use super::template::{resources, template};
use super::{ALWAYS_RETRIED, AWS_ERROR_NAMES, set, strings};
use crate::support;
use cutover::ErrorName;
use cutover::step::Errand;
use rehearsal::inventory::{DEFINITION, Stage};
use rehearsal::run::DEFINITION as CUTOVER;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

fn definition() -> Value {
    serde_json::from_str(DEFINITION).unwrap()
}

/// Every state, those inside of maps too.
fn states() -> Map<String, Value> {
    fn collect(states: &Value, into: &mut Map<String, Value>) {
        for (name, state) in states.as_object().unwrap() {
            if state["Type"] == "Map" {
                collect(&state["ItemProcessor"]["States"], into);
            }
            assert!(into.insert(name.clone(), state.clone()).is_none(), "two states are called {name}");
        }
    }
    let mut all = Map::new();
    collect(&definition()["States"], &mut all);
    all
}

fn tasks() -> Vec<(String, Value)> {
    states().into_iter().filter(|(_, state)| state["Type"] == "Task").collect()
}

fn kebab(errand: Errand) -> String {
    errand.snake_name().replace('_', "-")
}

fn resource(kind: &str, name: &str) -> Value {
    resources(&template("template.yaml"), kind).into_iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// What the roles of the inventory's functions did, in a world with tenants, zones and a name that changed accounts.
pub(super) fn used() -> Vec<(String, String)> {
    let mut stage = Stage::new(world(), 1, vec![]).unwrap();
    stage.scan();
    stage.scan();
    let world = stage.world().lock();
    world.role_actions.keys().cloned().collect()
}

fn world() -> Value {
    let arn = |account: &str| format!("arn:aws:acm:us-east-1:{account}:certificate/site");
    let (old, new) = ("000000000001", "000000000002");
    json!({
        "now": "2026-12-01T02:00:00Z", "homeAccount": "000000000009", "accounts": [{"id": old}, {"id": new}],
        "certificates": [{"arn": arn(old), "names": ["*.foo.com"]}, {"arn": arn(new), "names": ["*.foo.com"]}],
        "distributions": [
            {"id": "E1OLD", "account": old, "domainName": "e1old.cloudfront.net", "aliases": ["a.foo.com"], "certificate": arn(old)},
            {"id": "E2NEW", "account": new, "domainName": "e2new.cloudfront.net", "aliases": [], "certificate": arn(new)},
            {"id": "E3OLD", "account": old, "domainName": "e3old.cloudfront.net", "aliases": [], "certificate": arn(old)},
            {"id": "E3TENANTS", "account": old, "domainName": "e3.cloudfront.net", "aliases": [], "certificate": arn(old)},
        ],
        "tenants": [{"id": "dt_1", "account": old, "distribution": "E3TENANTS", "domains": ["t.foo.com"], "endpoint": "group.cloudfront.net"}],
        "hostedZones": [{"id": "Z1FOO", "account": old, "name": "foo.com", "records": []}],
        "actors": [
            {"at": "2026-12-01T05:00:00Z", "account": old, "do": "removeAlias", "distribution": "E1OLD", "alias": "a.foo.com"},
            {"at": "2026-12-01T05:30:00Z", "account": new, "do": "addAlias", "distribution": "E2NEW", "alias": "a.foo.com"},
        ],
    })
}

#[test]
fn every_task_of_the_inventory_is_an_errand_and_every_errand_a_task_with_its_module() {
    let names: BTreeSet<String> = tasks().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, set(Errand::OF_INVENTORY.map(Errand::state_name)));
    for (name, task) in tasks() {
        assert_eq!(task["Resource"], format!("${{{name}FunctionArn}}"));
    }
    for errand in Errand::OF_INVENTORY {
        assert!(support::top().join(format!("functions/src/inventory/{}.rs", errand.snake_name())).is_file());
    }
}

#[test]
fn every_state_of_the_inventory_says_what_it_is_for_and_no_cutovers_state_has_its_name() {
    let cutover: Value = serde_json::from_str(CUTOVER).unwrap();
    for (name, state) in states() {
        assert!(state["Comment"].as_str().is_some_and(|comment| comment.len() > 20), "{name} has no comment");
        assert_eq!(cutover["States"].get(&name), None, "{name} is in both definitions");
    }
}

#[test]
fn every_task_of_the_inventory_has_its_time_its_tries_and_its_catch() {
    let ours = ErrorName::ALL.map(ErrorName::as_str);
    for (name, task) in tasks() {
        let function = resource("AWS::Serverless::Function", &format!("{name}Function"));
        let seconds = function["Timeout"].as_u64().unwrap();
        assert!(task["TimeoutSeconds"].as_u64().unwrap() >= seconds + 10, "{name}");
        assert!(task["Comment"].as_str().unwrap().ends_with(&format!("Function timeout {seconds} s.")), "{name}");
        let retried: Vec<String> = task["Retry"].as_array().unwrap().iter().flat_map(|retrier| strings(&retrier["ErrorEquals"])).collect();
        for always in ALWAYS_RETRIED.into_iter().chain(["Unavailable", "Throttled", "RegistryUnavailable"]) {
            assert!(retried.iter().any(|retried| retried == always), "{name} does not retry {always}");
        }
        assert!(retried.iter().all(|retried| ours.contains(&retried.as_str()) || AWS_ERROR_NAMES.contains(&retried.as_str())), "{name}");
        for retrier in task["Retry"].as_array().unwrap() {
            assert!(
                ["IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds"].iter().all(|bound| retrier[*bound].is_number()),
                "{retrier}"
            );
        }
        assert_eq!(task["Catch"].as_array().unwrap().last().unwrap()["ErrorEquals"], json!(["States.ALL"]), "{name}");
    }
}

#[test]
fn an_errand_stops_well_before_its_function_is_stopped() {
    let module = std::fs::read_to_string(support::top().join("functions/src/inventory/mod.rs")).unwrap();
    let budget: u64 = module.split("BUDGET_SECONDS: i64 = ").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    for name in ["ScanAccount", "SettleAccount"] {
        assert!(resource("AWS::Serverless::Function", &format!("{name}Function"))["Timeout"].as_u64().unwrap() >= budget + 90);
        assert!(states()[name]["Comment"].as_str().unwrap().contains(&format!("{budget} s at the most")));
    }
}

#[test]
fn every_loop_of_the_inventory_is_bounded() {
    for name in ["MoreToScan", "MoreToSettle"] {
        let state = &states()[name];
        let bound = &state["Choices"][1];
        assert_eq!(bound["Variable"], "$.cursor.round");
        let rounds = bound["NumericLessThan"].as_u64().unwrap();
        assert!(state["Comment"].as_str().unwrap().contains(&format!("{rounds} rounds")));
        // Ten events a round, in one account that never ends: the others have to fit beside it (SFN-3).
        assert!(rounds * 10 < 10_000);
    }
}

#[test]
fn every_substitution_of_the_inventory_is_one_of_its_functions_or_the_accounts() {
    let machine = resource("AWS::Serverless::StateMachine", "InventoryStateMachine");
    assert_eq!((&machine["Name"], &machine["Type"]), (&json!("cutover-inventory"), &json!("STANDARD")));
    assert_eq!(machine["DefinitionUri"], "statemachine/inventory.asl.json");
    let function = |errand: Errand| {
        (format!("{}FunctionArn", errand.state_name()), json!({"!GetAtt": format!("{}Function.Arn", errand.state_name())}))
    };
    let accounts = ("MemberAccounts".to_owned(), json!({"!Join": [",", {"!Ref": "MemberAccounts"}]}));
    let expected: Value = Errand::OF_INVENTORY.into_iter().map(function).chain([accounts]).collect();
    assert_eq!(machine["DefinitionSubstitutions"], expected);
    let substituted: BTreeSet<String> = DEFINITION.split("${").skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect();
    assert_eq!(substituted, set(expected.as_object().unwrap().keys().cloned()));
}

#[test]
fn the_inventorys_state_machine_may_invoke_its_functions_and_nobody_may_start_it_but_its_rule() {
    let role = resource("AWS::IAM::Role", "InventoryStateMachineRole");
    let invoking: Vec<Value> = statements(&role).into_iter().filter(|statement| actions(statement)[0].starts_with("lambda:")).collect();
    let [invoking] = invoking.try_into().unwrap();
    let may: BTreeSet<String> =
        invoking["Resource"].as_array().unwrap().iter().map(|arn| arn["!GetAtt"].as_str().unwrap().to_owned()).collect();
    assert_eq!(may, set(Errand::OF_INVENTORY.map(|errand| format!("{}Function.Arn", errand.state_name()))));
    for (name, role) in resources(&template("template.yaml"), "AWS::IAM::Role") {
        let starts = statements(&role).iter().any(|statement| {
            actions(statement).contains(&"states:StartExecution".to_owned())
                && statement["Resource"] == json!({"!Ref": "InventoryStateMachine"})
        });
        assert_eq!(starts, name == "InventoryRuleRole", "{name}");
    }
    let rule = resource("AWS::Events::Rule", "InventoryRule");
    assert_eq!((&rule["ScheduleExpression"], &rule["State"]), (&json!("rate(6 hours)"), &json!("ENABLED")));
    assert!(definition()["TimeoutSeconds"].as_u64().unwrap() < 6 * 3600, "one has ended when the next begins");
}

#[test]
fn every_errands_function_has_its_name_role_and_log() {
    for errand in Errand::OF_INVENTORY {
        let (state, name) = (errand.state_name(), format!("cutover-{}", kebab(errand)));
        let function = resource("AWS::Serverless::Function", &format!("{state}Function"));
        assert_eq!(function["FunctionName"], name);
        assert_eq!(function["Environment"], json!({"Variables": {"CUTOVER_STEP": errand.snake_name()}}));
        assert_eq!(function["Role"], json!({"!GetAtt": format!("{state}Role.Arn")}));
        assert_eq!(resource("AWS::IAM::Role", &format!("{state}Role"))["RoleName"], name, "member accounts trust it by this name");
        assert_eq!(resource("AWS::Logs::LogGroup", &format!("{state}LogGroup"))["LogGroupName"], format!("/aws/lambda/{name}"));
    }
}

//! The registry in `template.yaml` and in the rehearsal: one table, the same permissions, the same rules of the bus.

use super::roles::{actions, statements};
use super::set;
use super::template::{resources, template};
use crate::support::scenario;
use rehearsal::interpreter::Status;
use rehearsal::run::{Unwatched, stage};
use rehearsal::staging::{SWEEP_SECONDS, Staging};
use rehearsal::world::iam::{INDEX_READERS, REGISTRY_ACTIONS};
use rehearsal::world::registry::{EXPIRY, INDEX, INDEX_KEYS, TABLE, TABLE_KEYS};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Function roles of the rehearsal whose functions the template does not have yet.
const TO_COME: [&str; 0] = [];

fn keys([hash, range]: [&str; 2]) -> Value {
    json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}])
}

#[test]
fn the_simulated_table_is_the_one_that_is_deployed() {
    let [(logical_id, table)] = resources(&template("template.yaml"), "AWS::DynamoDB::Table").try_into().unwrap();
    assert_eq!((logical_id.as_str(), &table["TableName"], &table["KeySchema"]), ("RegistryTable", &json!(TABLE), &keys(TABLE_KEYS)));
    let index = json!([{"IndexName": INDEX, "KeySchema": keys(INDEX_KEYS), "Projection": {"ProjectionType": "ALL"}}]);
    assert_eq!(table["GlobalSecondaryIndexes"], index);
    let strings = TABLE_KEYS.into_iter().chain(INDEX_KEYS).map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
    assert_eq!(table["AttributeDefinitions"], strings.collect::<Value>());
    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": EXPIRY, "Enabled": true}));
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    let names = (cutover::registry::TABLE, cutover::registry::INDEX);
    assert_eq!(names, (TABLE, INDEX), "and it is the one that the steps use");
}

/// What each function's role may do with the resource that is written so.
fn granted(resource: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut granted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, role) in resources(&template("template.yaml"), "AWS::IAM::Role") {
        let name = role["RoleName"].as_str().unwrap().to_owned();
        for statement in statements(&role).iter().filter(|statement| statement["Resource"] == *resource) {
            assert_eq!((&statement["Effect"], statement.get("Condition")), (&json!("Allow"), None), "{name}");
            granted.entry(name.clone()).or_default().extend(actions(statement));
        }
    }
    granted
}

#[test]
fn each_function_may_do_with_the_registry_what_the_simulated_iam_lets_it_do() {
    let simulated: BTreeMap<String, BTreeSet<String>> = REGISTRY_ACTIONS
        .into_iter()
        .filter(|(name, _)| !TO_COME.contains(name))
        .map(|(name, actions)| (name.to_owned(), set(actions.iter().copied())))
        .collect();
    assert_eq!(granted(&json!({"!GetAtt": "RegistryTable.Arn"})), simulated);
    let readers: BTreeSet<String> = set(INDEX_READERS.into_iter().filter(|name| !TO_COME.contains(name)));
    let on_index = granted(&json!({"!Sub": format!("${{RegistryTable.Arn}}/index/{INDEX}")}));
    assert!(on_index.values().all(|actions| *actions == set(["dynamodb:Query"])), "{on_index:?}");
    assert_eq!(on_index.into_keys().collect::<BTreeSet<_>>(), readers);
    let roles: BTreeSet<String> =
        set(resources(&template("template.yaml"), "AWS::IAM::Role").iter().map(|(_, role)| role["RoleName"].as_str().unwrap()));
    assert!(TO_COME.iter().all(|name| !roles.contains(*name)), "one of TO_COME has come");
}

/// The rule of this name, and its only target.
fn rule(name: &str) -> (Value, Value) {
    let rules = resources(&template("template.yaml"), "AWS::Events::Rule");
    let rule = rules.into_iter().map(|(_, rule)| rule).find(|rule| rule["Name"] == name).unwrap_or_else(|| panic!("no rule {name}"));
    let [target] = <[Value; 1]>::try_from(rule["Targets"].as_array().unwrap().clone()).unwrap();
    (rule, target)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_rules_of_the_bus_are_those_that_are_rehearsed() {
    let definition = json!({"StartAt": "Begin", "States": {
        "Begin": {"Type": "Choice", "Choices": [{"Variable": "$.recover", "IsPresent": true, "Next": "RecoverCutover"}], "Default": "Lost"},
        "Lost": {"Type": "Fail"}, "RecoverCutover": {"Type": "Succeed"}}});
    let staging = Staging { definition: Some(definition.to_string()), until_seconds: 1000, ..Staging::default() };
    let report = stage(&scenario("plan-only", 1), &staging, &Unwatched).unwrap().0;
    let [ended, recovery, sweep] = report.executions.try_into().unwrap();
    let (rule_of_ends, target) = rule("cutover-execution-ended");
    let statuses = [Status::Failed, Status::TimedOut, Status::Aborted].map(Status::name);
    assert_eq!(rule_of_ends["EventPattern"]["detail"]["status"], json!(statuses));
    let transformer = &target["InputTransformer"];
    assert_eq!(transformer["InputPathsMap"], json!({"execution": "$.detail.executionArn", "status": "$.detail.status"}));
    let template = transformer["InputTemplate"].as_str().unwrap();
    // The bus puts quotes around a text by itself.
    let filled =
        template.replace("<execution>", &json!(ended.arn).to_string()).replace("<status>", &json!(ended.status.name()).to_string());
    assert_eq!(recovery.request, parsed(&filled));
    let (rule_of_sweeps, target) = rule("cutover-lapsed-claims");
    assert_eq!(rule_of_sweeps["ScheduleExpression"], json!(format!("rate({} minutes)", SWEEP_SECONDS / 60)));
    assert_eq!(sweep.request, parsed(target["Input"].as_str().unwrap()));
    for target in [&rule("cutover-execution-ended").1, &target] {
        assert_eq!(target["Arn"], json!({"!Ref": "CutoverStateMachine"}), "both start the definition itself");
    }
}

#[test]
fn an_event_that_asks_for_a_cutover_asks_for_no_recovery() {
    let pattern = &rule("cutover-requested").0["EventPattern"]["detail"];
    let ended = rule("cutover-execution-ended").1["InputTransformer"]["InputTemplate"].as_str().unwrap().to_owned();
    let ended = parsed(&ended.replace("<execution>", "\"\"").replace("<status>", "\"\""));
    let lapsed = parsed(rule("cutover-lapsed-claims").1["Input"].as_str().unwrap());
    let leaves = [ended, lapsed].into_iter().flat_map(|input| input["recover"].as_object().unwrap().clone());
    // `exists: false` is about leaves: of `recover` itself it is true although it is there, as an object.
    let none: Value = leaves.map(|(leaf, _)| (leaf, json!([{"exists": false}]))).collect();
    assert_eq!(*pattern, json!({"recover": none}));
}

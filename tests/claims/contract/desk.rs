//! Who may ask the registry and who may say something: `template.yaml`'s policies against what the desk's commands do.

use super::roles::actions;
use super::set;
use super::template::{resources, template};
use crate::desk::calls_of;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn policy(name: &str) -> Vec<Value> {
    let policies = resources(&template("template.yaml"), "AWS::IAM::ManagedPolicy");
    let found = policies.into_iter().find(|(_, policy)| policy["ManagedPolicyName"] == name).unwrap_or_else(|| panic!("no {name}"));
    found.1["PolicyDocument"]["Statement"].as_array().unwrap().clone()
}

fn granted(name: &str) -> BTreeSet<String> {
    policy(name).iter().flat_map(actions).collect()
}

/// What a call needs permission for: a transaction of ours puts and updates, or gets.
fn needed(calls: &BTreeSet<String>) -> BTreeSet<String> {
    let of = |call: &String| match call.as_str() {
        "dynamodb:TransactWriteItems" => vec!["dynamodb:PutItem".to_owned(), "dynamodb:UpdateItem".to_owned()],
        "dynamodb:TransactGetItems" => vec!["dynamodb:GetItem".to_owned()],
        call => vec![call.to_owned()],
    };
    calls.iter().flat_map(of).collect()
}

#[test]
fn each_policy_grants_what_its_commands_call_and_nothing_else() {
    let asking =
        calls_of(&["may-attach a.foo.com --account 000000000002 --distribution E2NEWQRS", "claims", "show first", "alias a.foo.com"]);
    assert_eq!(granted("cutover-ask"), needed(&asking));
    let announcing =
        "plan b.foo.com --account 000000000002 --distribution E2NEWQRS --opens 2026-12-01T00:00:00Z --closes 2027-01-01T00:00:00Z --by ada";
    let saying =
        calls_of(&[announcing, "unplan b.foo.com", "reconciled a.foo.com", "break-claim first --by ada --because x --confirm first"]);
    assert_eq!(granted("cutover-desk"), &needed(&asking) | &needed(&saying));
}

#[test]
fn both_policies_reach_the_table_and_its_index_alone() {
    for name in ["cutover-ask", "cutover-desk"] {
        for statement in policy(name) {
            let index = statement["Resource"] == json!({"!Sub": "${RegistryTable.Arn}/index/listed"});
            assert!(index || statement["Resource"] == json!({"!GetAtt": "RegistryTable.Arn"}), "{name}: {statement}");
            assert!(!index || actions(&statement) == ["dynamodb:Query"], "{name}: an index is queried only");
        }
    }
}

#[test]
fn pipelines_of_the_member_accounts_may_ask_and_no_more() {
    let roles = resources(&template("template.yaml"), "AWS::IAM::Role");
    let role = roles.into_iter().find(|(_, role)| role["RoleName"] == "cutover-ask").unwrap().1;
    assert_eq!(role["ManagedPolicyArns"], json!([{"!Ref": "AskPolicy"}]));
    assert!(role["Policies"].is_null());
    let trust = role["AssumeRolePolicyDocument"]["Statement"].as_array().unwrap().clone();
    let expected = json!({"Effect": "Allow", "Principal": {"AWS": {"!Ref": "MemberAccounts"}}, "Action": "sts:AssumeRole"});
    assert_eq!(trust, [expected]);
}

#[test]
fn the_page_names_the_outputs_that_the_template_has() {
    let page = std::fs::read_to_string(crate::support::top().join("docs/REGISTRY.md")).unwrap();
    let outputs: BTreeSet<String> = template("template.yaml")["Outputs"].as_object().unwrap().keys().cloned().collect();
    let ours: BTreeSet<String> = set(["AskPolicyArn", "AskRoleArn", "DeskPolicyArn"]);
    assert!(ours.is_subset(&outputs) && ours.iter().all(|name| page.contains(&format!("`{name}`"))));
}

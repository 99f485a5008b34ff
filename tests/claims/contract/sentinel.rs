//! How a write of somebody else comes to the sentinel: both templates' rules, who may put what on the bus, and what becomes of
//! an event that cannot be kept.

use super::roles::{actions, statements};
use super::set;
use super::template::{resources, template};
use cutover::registry::trail::TrailWrite;
use cutover::step::Errand;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn home() -> Value {
    template("template.yaml")
}

fn member() -> Value {
    template("member-role.yaml")
}

fn named(template: &Value, kind: &str, name: &str) -> Value {
    resources(template, kind).into_iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}")).1
}

fn rule(template: &Value) -> Value {
    named(template, "AWS::Events::Rule", "WritesRule")
}

/// What the names of the events begin with that the rules let through.
fn prefixes(template: &Value) -> BTreeSet<String> {
    let names = rule(template)["EventPattern"]["detail"]["eventName"].as_array().unwrap().clone();
    names.iter().map(|name| name["prefix"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_member_forwards_is_what_the_home_account_hears() {
    let (from, to) = (rule(&member()), rule(&home()));
    assert_eq!(from["EventPattern"], to["EventPattern"]);
    assert_eq!((&from["State"], &to["State"]), (&json!("ENABLED"), &json!("ENABLED")));
    let policy = named(&home(), "AWS::Events::EventBusPolicy", "MembersMayForwardWrites");
    let condition = &policy["Statement"]["Condition"]["StringEquals"];
    assert_eq!(condition["events:source"], to["EventPattern"]["source"]);
    assert_eq!(json!([condition["events:detail-type"]]), to["EventPattern"]["detail-type"]);
}

#[test]
fn every_write_that_the_sentinel_reads_passes_the_rules_in_whatever_version() {
    let prefixes = prefixes(&home());
    let passes = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let reads = |source: &str, name: &str| {
        let record = json!({"eventID": "1", "eventTime": "2026-12-01T02:00:00Z", "eventSource": source, "eventName": name,
            "recipientAccountId": "000000000001", "requestParameters": {"id": "E1", "hostedZoneId": "Z1"}});
        TrailWrite::read("000000000001", &record).unwrap().is_some()
    };
    let cloudfront = [
        "UpdateDistribution",
        "UpdateDistributionWithStagingConfig",
        "UpdateDistributionTenant",
        "CreateDistribution",
        "CreateDistributionWithTags",
        "CreateDistributionTenant",
        "CopyDistribution",
        "DeleteDistribution",
        "DeleteDistributionTenant",
        "AssociateAlias",
        "UpdateDomainAssociation",
    ];
    let all = cloudfront
        .map(|name| ("cloudfront.amazonaws.com", name))
        .into_iter()
        .chain([("route53.amazonaws.com", "ChangeResourceRecordSets")]);
    for (source, name) in all {
        assert!(reads(source, name) && passes(name), "{name}");
        let versioned = format!("{name}2020_05_31");
        assert!(reads(source, &versioned) && passes(&versioned), "{versioned}");
    }
    assert!(!passes("CreateInvalidation") && !passes("GetDistribution"), "CloudFront is busy enough");
}

#[test]
fn only_members_may_put_events_on_the_home_bus_and_only_aws_can_have_written_them() {
    let policies = resources(&home(), "AWS::Events::EventBusPolicy");
    let [(_, policy)] = policies.try_into().unwrap();
    let statement = &policy["Statement"];
    assert_eq!(statement["Principal"], json!({"AWS": {"!Ref": "MemberAccounts"}}));
    assert_eq!((&statement["Action"], &statement["Effect"]), (&json!("events:PutEvents"), &json!("Allow")));
    assert_eq!(statement["Resource"], json!({"!Sub": "arn:${AWS::Partition}:events:us-east-1:${AWS::AccountId}:event-bus/default"}));
    let sources = super::strings(&statement["Condition"]["StringEquals"]["events:source"]);
    assert!(!sources.is_empty() && sources.iter().all(|source| source.starts_with("aws.")), "nobody else may use these names");
}

#[test]
fn a_member_forwards_in_us_east_1_alone_to_the_home_bus_alone_and_never_to_itself() {
    let condition = &member()["Conditions"]["ForwardsWrites"]["!And"];
    let of_home = json!({"!Not": [{"!Equals": [{"!Ref": "AWS::AccountId"}, {"!Ref": "HomeAccountId"}]}]});
    assert_eq!(*condition, json!([{"!Equals": [{"!Ref": "AWS::Region"}, "us-east-1"]}, of_home]), "CT-1");
    let bus = json!({"!Sub": "arn:${AWS::Partition}:events:us-east-1:${HomeAccountId}:event-bus/default"});
    for name in ["WritesRule", "ForwardRole"] {
        assert_eq!(member()["Resources"][name]["Condition"], "ForwardsWrites", "{name}");
    }
    let [target] = rule(&member())["Targets"].as_array().unwrap().clone().try_into().unwrap();
    assert_eq!((&target["Arn"], &target["RoleArn"]), (&bus, &json!({"!GetAtt": "ForwardRole.Arn"})));
    let role = named(&member(), "AWS::IAM::Role", "ForwardRole");
    let [may] = statements(&role).try_into().unwrap();
    assert_eq!((actions(&may), &may["Resource"]), (vec!["events:PutEvents".to_owned()], &bus));
    let trust = &role["AssumeRolePolicyDocument"]["Statement"][0];
    assert_eq!(trust["Principal"], json!({"Service": "events.amazonaws.com"}));
    let rule_arn = json!({"!Sub": "arn:${AWS::Partition}:events:us-east-1:${AWS::AccountId}:rule/cutover-writes"});
    assert_eq!(trust["Condition"]["ArnEquals"]["aws:SourceArn"], rule_arn);
    assert_eq!(rule(&member())["Name"], "cutover-writes");
}

#[test]
fn the_rule_hands_over_what_the_function_takes_and_nobody_else_may_call_it() {
    let [target] = rule(&home())["Targets"].as_array().unwrap().clone().try_into().unwrap();
    let function = format!("{}Function", Errand::WatchWrites.state_name());
    assert_eq!(target["Arn"], json!({"!GetAtt": format!("{function}.Arn")}));
    let template = &target["InputTransformer"]["InputTemplate"]["!Sub"];
    assert_eq!(template[1], json!({"Members": {"!Join": [",", {"!Ref": "MemberAccounts"}]}}));
    let filled = template[0].as_str().unwrap().replace("${Members}", "000000000001").replace("<aws.events.event.json>", "{}");
    let keys: BTreeSet<String> = serde_json::from_str::<Value>(&filled).unwrap().as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, set(["members", "event"]));
    let [(_, permission)] = resources(&home(), "AWS::Lambda::Permission").try_into().unwrap();
    assert_eq!(permission["FunctionName"], json!({"!Ref": function}));
    assert_eq!(
        (&permission["Principal"], &permission["SourceArn"]),
        (&json!("events.amazonaws.com"), &json!({"!GetAtt": "WritesRule.Arn"}))
    );
}

#[test]
fn what_cannot_be_delivered_or_kept_is_put_aside_and_somebody_is_told() {
    let queue = json!({"!GetAtt": "WritesDeadLetters.Arn"});
    let attempts = named(&home(), "AWS::Lambda::EventInvokeConfig", "WatchWritesAttempts");
    assert_eq!(attempts["FunctionName"], json!({"!Ref": "WatchWritesFunction"}));
    assert_eq!(attempts["DestinationConfig"]["OnFailure"]["Destination"], queue);
    // As the rehearsal has it: Lambda has no more than these.
    assert_eq!(attempts["MaximumRetryAttempts"], 2);
    let target = &rule(&home())["Targets"][0];
    assert_eq!(target["DeadLetterConfig"]["Arn"], queue);
    assert_eq!(
        (&target["RetryPolicy"]["MaximumRetryAttempts"], &target["RetryPolicy"]["MaximumEventAgeInSeconds"]),
        (&json!(185), &json!(86400)),
        "EB-1"
    );
    let role = named(&home(), "AWS::IAM::Role", "WatchWritesRole");
    let sends: Vec<Value> = statements(&role).into_iter().filter(|statement| actions(statement) == ["sqs:SendMessage"]).collect();
    assert_eq!(sends.len(), 1);
    assert_eq!(sends[0]["Resource"], queue);
    let resource = &home()["Resources"]["WritesDeadLetters"];
    assert_eq!(resource["DeletionPolicy"], "RetainExceptOnCreate", "what lies there outlives the stack");
    for (alarm, metric) in [("ForeignWritesAlarm", "ForeignWrites"), ("WritesDeadLettersAlarm", "ApproximateNumberOfMessagesVisible")] {
        let alarm = named(&home(), "AWS::CloudWatch::Alarm", alarm);
        assert_eq!((&alarm["MetricName"], &alarm["Threshold"]), (&json!(metric), &json!(1)));
        assert!(alarm["AlarmActions"].is_object(), "nobody hears it");
    }
    let metrics = std::fs::read_to_string(crate::support::top().join("functions/src/metrics.rs")).unwrap();
    assert!(metrics.contains("\"ForeignWrites\"") && metrics.contains("NAMESPACE: &str = \"Cutover\""), "the alarm watches another metric");
}

#[test]
fn the_sentinels_function_has_its_name_role_and_log() {
    let function = named(&home(), "AWS::Serverless::Function", "WatchWritesFunction");
    assert_eq!(function["FunctionName"], "cutover-watch-writes");
    assert_eq!(function["Environment"], json!({"Variables": {"CUTOVER_STEP": Errand::WatchWrites.snake_name()}}));
    assert_eq!(function["Role"], json!({"!GetAtt": "WatchWritesRole.Arn"}));
    assert_eq!(named(&home(), "AWS::IAM::Role", "WatchWritesRole")["RoleName"], "cutover-watch-writes");
    assert_eq!(named(&home(), "AWS::Logs::LogGroup", "WatchWritesLogGroup")["LogGroupName"], "/aws/lambda/cutover-watch-writes");
    let simulated = rehearsal::world::iam::REGISTRY_ACTIONS.iter().find(|(name, _)| *name == "cutover-watch-writes").unwrap().1;
    let role = named(&home(), "AWS::IAM::Role", "WatchWritesRole");
    let may: BTreeSet<String> = statements(&role).iter().flat_map(actions).filter(|action| action.starts_with("dynamodb:")).collect();
    // And it looks through the index, for which it has a permission of its own.
    assert!(rehearsal::world::iam::INDEX_READERS.contains(&"cutover-watch-writes"));
    assert_eq!(may, set([simulated, &["dynamodb:Query"]].concat()));
    assert!(crate::support::top().join("functions/src/sentinel/watch_writes.rs").is_file());
}

//! Who may do what: `template.yaml`'s functions, `member-role.yaml`'s roles, the simulated IAM, and what the
//! rehearsals used of it.

use super::template::{resources, template};
use super::{kebab, set};
use crate::support;
use cutover::Step;
use cutover::step::Errand;
use rehearsal::world::iam::{PROBE_PREFIX, READ_ACTIONS, READERS, TRIERS, WRITE_ACTIONS, WRITERS};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const READ: &str = "cutover-read";
const WRITE: &str = "cutover-write";

/// What a role may do and no scenario does, each with its reason. Both roles share one policy for looking.
const GRANTED_UNUSED: [(&str, &str, &str); 18] = [
    (READ, "cloudfront:GetConnectionGroup", "no scenario has a tenant"),
    (READ, "cloudfront:GetDistributionConfig", "GetDistribution answers with the same config, so it adds no power"),
    (READ, "cloudfront:GetDistributionTenant", "no scenario has a tenant"),
    (READ, "cloudfront:GetDistributionTenantByDomain", "no scenario has a tenant"),
    (WRITE, "acm:ListCertificates", "looks only; the reading role has it for the inventory"),
    (WRITE, "cloudfront:GetConnectionGroup", "no scenario has a tenant"),
    (WRITE, "cloudfront:GetDistributionTenant", "no scenario has a tenant"),
    (WRITE, "cloudfront:GetDistributionTenantByDomain", "looks only; the reading role has it for the plan"),
    (WRITE, "cloudfront:ListConnectionGroups", "looks only; the reading role has it for the inventory"),
    (WRITE, "cloudfront:ListDistributionTenants", "looks only; the reading role has it for the inventory"),
    (WRITE, "cloudfront:ListDistributions", "looks only; the reading role has it for the plan"),
    (WRITE, "cloudfront:UpdateDistributionTenant", "no scenario has a tenant"),
    (WRITE, "route53:ListHostedZones", "looks only; the reading role has it for the inventory"),
    (WRITE, "route53:ListHostedZonesByName", "looks only; the reading role has it for the plan"),
    (WRITE, "cloudfront:AssociateAlias", "made only where UpdateDomainAssociation is denied (MV-8), which no scenario does"),
    (WRITE, "cloudfront:ListDomainConflicts", "looks only; the reading role has it for the plan"),
    (WRITE, "route53:GetChange", "looks only; the reading role has it for the settle"),
    (WRITE, "route53:GetHostedZone", "looks only; the reading role has it for the plan"),
];

/// What every step of a claimed cutover does with the registry. A transaction asks for what its actions ask for.
const REGISTRY: [&str; 3] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/// The statements of a role's own policies.
pub(super) fn statements(role: &Value) -> Vec<Value> {
    let policies = role["Policies"].as_array().into_iter().flatten();
    policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap().clone()).collect()
}

pub(super) fn actions(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::String(one) => vec![one.clone()],
        many => super::strings(many),
    }
}

fn member() -> Value {
    template("member-role.yaml")
}

fn member_role(name: &str) -> Value {
    let roles = resources(&member(), "AWS::IAM::Role");
    roles
        .into_iter()
        .map(|(_, role)| role)
        .find(|role| role["RoleName"] == name)
        .unwrap_or_else(|| panic!("member-role.yaml has no {name}"))
}

/// The names at the ends of ARNs like `arn:${AWS::Partition}:iam::${HomeAccountId}:role/cutover-verify`.
fn names_of(arns: &Value) -> BTreeSet<String> {
    let arns = arns.as_array().cloned().unwrap_or_else(|| vec![arns.clone()]);
    arns.iter().map(|arn| arn["!Sub"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}

/// The home account's roles that may assume `wanted` in a member account.
fn may_assume(wanted: &str) -> BTreeSet<String> {
    let mut may = BTreeSet::new();
    for (_, role) in resources(&template("template.yaml"), "AWS::IAM::Role") {
        for statement in statements(&role).iter().filter(|statement| actions(statement).contains(&"sts:AssumeRole".to_owned())) {
            assert_eq!(statement["Condition"]["StringEquals"]["aws:ResourceAccount"], json!({"!Ref": "MemberAccounts"}));
            let only_tries = statement["Condition"]["StringLike"].is_object();
            if !only_tries && names_of(&statement["Resource"]).contains(wanted) {
                may.insert(role["RoleName"].as_str().unwrap().to_owned());
            }
        }
    }
    may
}

/// The statements of a role's trust, those about sessions that only try it apart.
fn trusts(role: &str, trials: bool) -> Vec<Value> {
    let statements = member_role(role)["AssumeRolePolicyDocument"]["Statement"].as_array().unwrap().clone();
    statements.into_iter().filter(|statement| statement["Condition"]["StringLike"].is_object() == trials).collect()
}

fn trusted_by(role: &str) -> BTreeSet<String> {
    let [statement] = trusts(role, false).try_into().unwrap();
    names_of(&statement["Condition"]["ArnEquals"]["aws:PrincipalArn"])
}

/// Everything that a role of `member-role.yaml` may do, through its policies and through those that it refers to.
fn granted(role: &str) -> BTreeSet<String> {
    let role = member_role(role);
    let mut granted: Vec<Value> = statements(&role);
    for policy in role["ManagedPolicyArns"].as_array().into_iter().flatten() {
        let policy = &member()["Resources"][policy["!Ref"].as_str().unwrap()];
        assert_eq!(policy["Type"], "AWS::IAM::ManagedPolicy");
        granted.extend(policy["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap().clone());
    }
    granted.retain(|statement| statement["Effect"] == "Allow");
    granted.iter().flat_map(actions).collect()
}

/// What every role did in the scenarios, with how often.
fn used() -> BTreeMap<String, BTreeSet<String>> {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let folders = std::fs::read_dir(support::top().join("tests/scenarios")).unwrap();
    for folder in folders.map(|folder| folder.unwrap()).filter(|folder| folder.path().is_dir()) {
        let report = support::rehearse(&support::scenario(&folder.file_name().to_string_lossy(), 1));
        for (role, action) in report.role_actions.into_keys() {
            used.entry(role).or_default().insert(action);
        }
    }
    for (role, action) in super::inventory::used() {
        used.entry(role).or_default().insert(action);
    }
    used
}

#[test]
fn the_reading_role_is_for_the_same_steps_everywhere() {
    assert_eq!(may_assume(READ), set(READERS));
    assert_eq!(trusted_by(READ), set(READERS));
}

#[test]
fn the_writing_role_is_for_the_same_steps_everywhere() {
    assert_eq!(may_assume(WRITE), set(WRITERS));
    assert_eq!(trusted_by(WRITE), set(WRITERS));
}

#[test]
fn the_plan_may_try_the_writing_role_in_sessions_that_may_do_nothing() {
    let named = json!({"sts:RoleSessionName": format!("{PROBE_PREFIX}*")});
    let [trust] = trusts(WRITE, true).try_into().unwrap();
    assert_eq!((&trust["Condition"]["StringLike"], names_of(&trust["Condition"]["ArnEquals"]["aws:PrincipalArn"])), (&named, set(TRIERS)));
    assert!(trusts(READ, true).is_empty());
    let denied: Vec<Value> = statements(&member_role(WRITE)).into_iter().filter(|statement| statement["Effect"] == "Deny").collect();
    let condition = json!({"StringLike": {"aws:userid": format!("*:{PROBE_PREFIX}*")}});
    let [deny] = denied.try_into().unwrap();
    assert_eq!((&deny["Action"], &deny["Resource"], &deny["Condition"]), (&json!("*"), &json!("*"), &condition));
    let trying = |(_, role): (String, Value)| {
        let tries = |statement: &Value| statement["Condition"]["StringLike"] == named && names_of(&statement["Resource"]) == set([WRITE]);
        statements(&role).iter().any(tries).then(|| role["RoleName"].as_str().unwrap().to_owned())
    };
    let roles = resources(&template("template.yaml"), "AWS::IAM::Role");
    assert_eq!(roles.into_iter().filter_map(trying).collect::<BTreeSet<_>>(), set(TRIERS));
}

#[test]
fn a_step_may_write_its_log_and_the_registry_and_assume_what_it_has_to() {
    let mut steps: BTreeSet<String> = set(Step::ALL.map(|step| format!("cutover-{}", kebab(step))));
    steps.extend(Errand::ALL.map(|errand| format!("cutover-{}", errand.snake_name().replace('_', "-"))));
    let assuming: BTreeSet<String> = set(READERS.into_iter().chain(WRITERS));
    assert!(assuming.is_subset(&steps));
    for (_, role) in resources(&template("template.yaml"), "AWS::IAM::Role") {
        let name = role["RoleName"].as_str().unwrap();
        if steps.contains(name) {
            let log: BTreeSet<String> = set(["logs:CreateLogStream", "logs:PutLogEvents"]);
            let assume: BTreeSet<String> = set(assuming.contains(name).then_some("sts:AssumeRole"));
            let registry: BTreeSet<String> = match name {
                // It makes a plan and nothing else.
                "cutover-preflight" => set::<String, String>([]),
                // They look for something whose key they do not know.
                "cutover-recover-cutover" | "cutover-weigh-foreign-writes" | "cutover-watch-writes" => {
                    set([&REGISTRY[..], &["dynamodb:Query"]].concat())
                }
                // Pages of the index, many items at a time, and what is gone.
                "cutover-scan-account" | "cutover-settle-account" => {
                    set([&REGISTRY[..], &["dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DeleteItem"]].concat())
                }
                "cutover-conclude-inventory" => set::<String, String>([]),
                _ => set(REGISTRY),
            };
            let mut may: BTreeSet<String> = statements(&role).iter().flat_map(actions).collect();
            // What Lambda puts aside for it.
            assert_eq!(may.remove("sqs:SendMessage"), name == "cutover-watch-writes", "{name}");
            assert_eq!(may, &(&log | &assume) | &registry, "{name}");
        }
    }
}

#[test]
fn the_member_roles_may_do_what_the_simulated_iam_lets_them_do() {
    assert_eq!(granted(READ), set(READ_ACTIONS));
    assert_eq!(granted(WRITE), set(READ_ACTIONS.into_iter().chain(WRITE_ACTIONS)));
    // The third is its rule's, which [`super::sentinel`] is about.
    assert_eq!(resources(&member(), "AWS::IAM::Role").len(), 3);
}

#[test]
fn the_member_roles_ask_for_the_external_id_and_last_an_hour() {
    for role in [READ, WRITE] {
        for statement in [trusts(role, false), trusts(role, true)].concat() {
            let id = &statement["Condition"]["StringEquals"]["sts:ExternalId"];
            assert_eq!(*id, json!({"!Sub": "cutover-${HomeAccountId}-${AWS::AccountId}"}), "STS-5");
            assert_eq!(statement["Principal"], json!({"AWS": {"!Sub": "arn:${AWS::Partition}:iam::${HomeAccountId}:root"}}));
        }
        assert_eq!(member_role(role)["MaxSessionDuration"], 3600, "STS-1");
    }
}

/// The conditions under which the writing role may change record sets.
fn conditions_of_changes() -> Vec<Value> {
    let changes = |statement: &Value| actions(statement).contains(&"route53:ChangeResourceRecordSets".to_owned());
    statements(&member_role(WRITE)).into_iter().filter(changes).map(|statement| statement["Condition"].clone()).collect()
}

#[test]
fn the_writing_role_may_make_the_kinds_of_change_that_the_functions_make() {
    let mut make = BTreeSet::new();
    let mut folders = vec![support::top().join("functions/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let text = std::fs::read_to_string(entry).unwrap();
            let named = text.split("ChangeAction::").skip(1);
            make.extend(named.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_uppercase()));
        }
    }
    for condition in conditions_of_changes() {
        let may: BTreeSet<String> = set(super::strings(&condition["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsActions"]));
        assert_eq!(make, may);
    }
}

#[test]
fn texts_may_be_changed_at_the_names_of_proofs_alone_and_no_condition_is_true_of_nothing() {
    let (mut types, mut proofs) = (BTreeSet::new(), 0);
    for condition in conditions_of_changes() {
        let of_types = super::strings(&condition["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsRecordTypes"]);
        if of_types.contains(&"TXT".to_owned()) {
            assert_eq!(of_types, ["TXT"], "in a batch with others the names would be free");
            let names = &condition["ForAllValues:StringLike"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"];
            assert_eq!(*names, json!(["_*"]));
            for name in ["a.foo.com", "foo.com", "*.foo.com"] {
                let alias = cutover::Alias::parse(name).unwrap();
                // IAM sees octal escapes (IAM-5).
                let proof = cutover::proof::proof_name(&alias, "foo.com").unwrap().replace('*', "\\052");
                assert!(proof.starts_with('_'), "{proof}");
            }
            proofs += 1;
        }
        types.extend(of_types);
        let keys =
            |operator: &str| condition[operator].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>();
        let asked: BTreeSet<String> = &keys("ForAllValues:StringEquals") | &keys("ForAllValues:StringLike");
        assert_eq!(keys("Null"), asked, "IAM-5");
    }
    assert_eq!((types, proofs), (set(["A", "AAAA", "CNAME", "HTTPS", "TXT"]), 1));
}

#[test]
fn every_action_used_in_the_scenarios_is_granted_and_every_action_granted_is_used() {
    let used = used();
    let of = |role: &str| used.get(role).cloned().unwrap_or_default();
    for role in [READ, WRITE] {
        let (used, granted) = (of(role), granted(role));
        assert!(used.is_subset(&granted), "{role} did {:?}", &used - &granted);
        let excused: BTreeSet<String> = set(GRANTED_UNUSED.iter().filter(|(r, ..)| *r == role).map(|(_, action, _)| *action));
        assert_eq!(&granted - &used, excused, "{role} may do what nobody does; or a reason in GRANTED_UNUSED is out of date");
    }
}

#[test]
fn every_step_that_may_assume_a_role_does_and_no_other() {
    let assuming: BTreeSet<String> =
        used().into_iter().filter(|(_, actions)| actions.contains("sts:AssumeRole")).map(|(role, _)| role).collect();
    assert_eq!(assuming, set(READERS.into_iter().chain(WRITERS)));
}

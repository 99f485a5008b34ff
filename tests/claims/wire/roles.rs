//! STS: who may assume which role, for how long, and what the session may then do.

use super::{Aws, Expected, Heard, NEW, OLD, Refusal, accepted, administrator, refused, within, world};
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use rehearsal::world::iam::{READERS, WRITERS};
use serde_json::{Value, json};

const DENIED: Expected = (403, "AccessDenied", "is not authorized to perform: sts:AssumeRole");
const EXTERNAL_ID: &str = "cutover-000000000009-000000000001";

/// `role` of the old account, asked for by a function's role; the access key.
async fn assume(
    aws: &Aws,
    function: &str,
    role: &str,
    ask: impl FnOnce(AssumeRoleFluentBuilder) -> AssumeRoleFluentBuilder,
) -> Result<String, Refusal> {
    let key = aws.world.lock().function_key(function);
    let request = aws_sdk_sts::Client::new(&aws.config(&key)).assume_role().role_arn(format!("arn:aws:iam::{OLD}:role/{role}"));
    let answer = ask(request.role_session_name("claim").external_id(EXTERNAL_ID)).send().await.heard()?;
    Ok(answer.credentials().unwrap().access_key_id().to_owned())
}

async fn assume_write(aws: &Aws, ask: impl FnOnce(AssumeRoleFluentBuilder) -> AssumeRoleFluentBuilder) -> Result<String, Refusal> {
    assume(aws, "cutover-update-distribution", "cutover-write", ask).await
}

#[test]
fn a_role_is_assumed_by_the_functions_that_its_trust_names_and_by_nobody_else() {
    within(world(json!([])), async |aws| {
        for (role, trusted, others) in [("cutover-read", &READERS[..], &WRITERS[..]), ("cutover-write", &WRITERS[..], &READERS[..])] {
            for function in trusted {
                accepted(assume(&aws, function, role, |ask| ask).await, &format!("{function} assumes {role}"));
            }
            for function in others.iter().copied().chain(["cutover-unheard-of"]) {
                refused(assume(&aws, function, role, |ask| ask).await, DENIED, &format!("{function} assumes {role}"));
            }
        }
        let administrator = aws_sdk_sts::Client::new(&aws.config(&administrator(OLD)));
        let ask = administrator.assume_role().role_arn(format!("arn:aws:iam::{OLD}:role/cutover-read")).role_session_name("claim");
        refused(ask.external_id(EXTERNAL_ID).send().await.heard(), DENIED, "an administrator");
    });
}

#[test]
fn a_role_needs_its_external_id_and_must_exist() {
    within(world(json!([])), async |aws| {
        refused(assume_write(&aws, |ask| ask.external_id("another")).await, DENIED, "a wrong external id");
        refused(assume_write(&aws, |ask| ask.set_external_id(None)).await, DENIED, "no external id");
        refused(assume(&aws, "cutover-update-distribution", "admin", |ask| ask).await, DENIED, "a role that does not exist");
        let elsewhere = |ask: AssumeRoleFluentBuilder| ask.role_arn("arn:aws:iam::000000000077:role/cutover-write");
        refused(assume_write(&aws, elsewhere).await, DENIED, "an account that does not exist");
        let answer = assume_write(&aws, |ask| ask.role_arn("cutover-write-role-of-mine")).await;
        refused(answer, (400, "ValidationError", "is invalid"), "no ARN");
    });
    let roles = |roles: Value| {
        let mut other = world(json!([]));
        other["accounts"][0]["roles"] = roles;
        other
    };
    within(roles(json!([{"name": "cutover-read"}])), async |aws| {
        refused(assume_write(&aws, |ask| ask).await, DENIED, "a role that the account does not have");
    });
    within(roles(json!([{"name": "cutover-write", "trusts": NEW}])), async |aws| {
        refused(assume_write(&aws, |ask| ask).await, DENIED, "a role that trusts another account");
    });
    within(roles(json!([{"name": "cutover-write", "externalId": "other"}])), async |aws| {
        refused(assume_write(&aws, |ask| ask).await, DENIED, "a role with another external id");
        accepted(assume_write(&aws, |ask| ask.external_id("other")).await, "that external id");
    });
}

#[test]
fn preflight_may_try_the_writing_role_by_a_session_that_may_do_nothing() {
    within(world(json!([])), async |aws| {
        let key = assume(&aws, "cutover-preflight", "cutover-write", |ask| ask.role_session_name("probe-claim")).await;
        let key = accepted(key, "a session that only tries");
        let denied = (403, "AccessDenied", "is not authorized to perform: cloudfront:");
        refused(read(&aws, &key, "E1OLD").await, denied, "not even a look");
        let other = assume(&aws, "cutover-check-settled", "cutover-write", |ask| ask.role_session_name("probe-claim")).await;
        refused(other, DENIED, "another step");
    });
}

#[test]
fn a_chained_session_lasts_from_fifteen_minutes_to_an_hour() {
    within(world(json!([])), async |aws| {
        accepted(assume_write(&aws, |ask| ask.duration_seconds(3600)).await, "3600 s");
        accepted(assume_write(&aws, |ask| ask.duration_seconds(900)).await, "900 s");
        let long = (400, "ValidationError", "exceeds the 1 hour session limit for roles assumed by role chaining");
        refused(assume_write(&aws, |ask| ask.duration_seconds(3601)).await, long, "3601 s");
        refused(assume_write(&aws, |ask| ask.duration_seconds(899)).await, (400, "ValidationError", "durationSeconds"), "899 s");
    });
}

#[test]
fn a_session_has_a_name_of_2_to_64_plain_letters() {
    within(world(json!([])), async |aws| {
        accepted(assume_write(&aws, |ask| ask.role_session_name("a_b+c=d,e.f@g-h")).await, "every letter that is allowed");
        accepted(assume_write(&aws, |ask| ask.role_session_name("n".repeat(64))).await, "64 letters");
        for name in ["n", "a b", "a/b", "ä-b", &"n".repeat(65)] {
            refused(assume_write(&aws, |ask| ask.role_session_name(name)).await, (400, "ValidationError", "roleSessionName"), name);
        }
    });
}

async fn read(aws: &Aws, key: &str, id: &str) -> Result<(), Refusal> {
    aws_sdk_cloudfront::Client::new(&aws.config(key)).get_distribution().id(id).send().await.heard().map(|_| ())
}

#[test]
fn a_session_policy_narrows_the_role_and_never_widens_it() {
    let policy = |actions: Value| {
        let resource = format!("arn:aws:cloudfront::{OLD}:distribution/E1OLD");
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}).to_string()
    };
    let denied = (403, "AccessDenied", "is not authorized to perform: cloudfront:");
    within(world(json!([])), async |aws| {
        let key = accepted(assume_write(&aws, |ask| ask.policy(policy(json!("cloudfront:GetDistribution")))).await, "a policy");
        accepted(read(&aws, &key, "E1OLD").await, "what role and policy allow");
        refused(read(&aws, &key, "E3OLD").await, denied, "a resource that the policy does not name");
        let client = aws_sdk_cloudfront::Client::new(&aws.config(&key));
        refused(client.get_distribution_config().id("E1OLD").send().await.heard(), denied, "an action that the policy does not name");
        let wide = policy(json!(["cloudfront:*"]));
        let key = accepted(assume(&aws, "cutover-preflight", "cutover-read", |ask| ask.policy(wide)).await, "a policy wider than the role");
        let (config, etag) = aws.read("E1OLD").await;
        let client = aws_sdk_cloudfront::Client::new(&aws.config(&key));
        let update = client.update_distribution().id("E1OLD").if_match(etag).distribution_config(config).send().await.heard();
        refused(update, denied, "an action that the role does not have");
        refused(assume_write(&aws, |ask| ask.policy("{")).await, (400, "MalformedPolicyDocument", ""), "a policy that cannot be read");
        let long = format!("{}{}", policy(json!("cloudfront:*")), " ".repeat(2048));
        refused(assume_write(&aws, |ask| ask.policy(long)).await, (400, "PackedPolicyTooLarge", "2048"), "a policy that is too large");
    });
}

#[test]
fn a_role_can_lack_a_permission() {
    let mut lacking = world(json!([]));
    lacking["accounts"][0]["roles"] = json!([{"name": "cutover-write", "deny": ["cloudfront:GetDistribution"]}]);
    within(lacking, async |aws| {
        let key = accepted(assume_write(&aws, |ask| ask).await, "assuming");
        let denied = (403, "AccessDenied", "is not authorized to perform: cloudfront:GetDistribution");
        refused(read(&aws, &key, "E1OLD").await, denied, "a permission that it lacks");
    });
}

#[test]
fn credentials_end_and_unknown_ones_are_no_good() {
    within(world(json!([])), async |aws| {
        let key = accepted(assume_write(&aws, |ask| ask.duration_seconds(900)).await, "assuming");
        aws.wait(890).await;
        accepted(read(&aws, &key, "E1OLD").await, "before its end");
        aws.wait(10).await;
        let ended = (403, "ExpiredToken", "The security token included in the request is expired");
        refused(read(&aws, &key, "E1OLD").await, ended, "after its end");
        let unknown = (403, "InvalidClientTokenId", "is invalid");
        refused(read(&aws, "AKIA000000000077", "E1OLD").await, unknown, "an account that is not in the world");
    });
}

#[test]
fn every_principal_may_ask_who_it_is() {
    within(world(json!([])), async |aws| {
        let function = aws.world.lock().function_key("cutover-preflight");
        let role = accepted(assume_write(&aws, |ask| ask.policy(r#"{"Statement": []}"#)).await, "a session that may do nothing");
        for (key, account, arn) in [
            (administrator(NEW), NEW, format!("arn:aws:iam::{NEW}:user/administrator")),
            (function, "000000000009", "arn:aws:sts::000000000009:assumed-role/cutover-preflight/session".to_owned()),
            (role, OLD, format!("arn:aws:sts::{OLD}:assumed-role/cutover-write/session")),
        ] {
            let answer = aws_sdk_sts::Client::new(&aws.config(&key)).get_caller_identity().send().await.heard();
            let answer = accepted(answer, &arn);
            assert_eq!((answer.account(), answer.arn()), (Some(account), Some(arn.as_str())));
        }
    });
}

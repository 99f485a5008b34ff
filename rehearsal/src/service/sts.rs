//! STS: `AssumeRole` and `GetCallerIdentity` (STS-1 to STS-6). Must not know what the session is for.

use crate::wire::{Reply, Request, STS_NS, form};
use crate::world::iam::{PROBE_PREFIX, Policy, Session};
use crate::world::{Millis, World};
use quick_xml::escape::escape;

/// Shortest and longest session when roles are chained (STS-1).
const SECONDS: std::ops::RangeInclusive<i64> = 900..=3600;
/// Longest session policy, characters (STS-3).
const POLICY_MAX: usize = 2048;

pub(super) fn assume_role(world: &mut World, caller: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let form = form(request.text()?);
    let field = |name: &str| form.get(name).map(String::as_str);
    let invalid = |message: &str| Reply::sts_error(400, "ValidationError", message);
    let arn = field("RoleArn").unwrap_or_default();
    let (account, role) = match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", "aws", "iam", "", account, role] => ((*account).to_owned(), role.strip_prefix("role/").unwrap_or_default().to_owned()),
        _ => return Err(invalid(&format!("{arn} is invalid"))),
    };
    let name = field("RoleSessionName").unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(invalid("1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint"));
    }
    let seconds = field("DurationSeconds").map_or(Ok(3600), str::parse).map_err(|_| invalid("DurationSeconds is no number"))?;
    if seconds > *SECONDS.end() {
        return Err(invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."));
    }
    if seconds < *SECONDS.start() {
        return Err(invalid("1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint"));
    }
    let policy = field("Policy").map(parse_policy).transpose()?;
    let policy = if role == "cutover-write" && name.starts_with(PROBE_PREFIX) { Some(Policy::nothing()) } else { policy };
    if !world.trusts(&account, &role, caller, field("ExternalId"), name) {
        let who = caller.role.as_deref().unwrap_or("administrator");
        let message = format!("User: {who} of {} is not authorized to perform: sts:AssumeRole on resource: {arn}", caller.account);
        return Err(Reply::sts_error(403, "AccessDenied", &message));
    }
    let key = world.new_id("ASIA");
    let ends = now + seconds * 1000;
    let session = Session { account: account.clone(), role: Some(role.clone()), policy, ends: Some(ends) };
    world.sessions.insert(key.clone(), session);
    let expiration = jiff::Timestamp::from_second(ends / 1000).map(|time| time.to_string()).unwrap_or_default();
    let (role, name) = (escape(role.as_str()), escape(name));
    Ok(Reply::xml(format!(
        "<AssumeRoleResponse xmlns=\"{STS_NS}\"><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>\
         <SecretAccessKey>simulated</SecretAccessKey><SessionToken>simulated</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
         <AssumedRoleUser><AssumedRoleId>AROASIMULATED:{name}</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/{role}/{name}</Arn></AssumedRoleUser>\
         <PackedPolicySize>6</PackedPolicySize></AssumeRoleResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></AssumeRoleResponse>"
    )))
}

fn parse_policy(text: &str) -> Result<Policy, Reply> {
    if text.len() > POLICY_MAX {
        return Err(Reply::sts_error(400, "PackedPolicyTooLarge", "The session policy is larger than 2048 characters."));
    }
    serde_json::from_str(text).map_err(|error| Reply::sts_error(400, "MalformedPolicyDocument", &error.to_string()))
}

pub(super) fn get_caller_identity(caller: &Session) -> Result<Reply, Reply> {
    let account = &caller.account;
    let arn = match &caller.role {
        Some(role) => format!("arn:aws:sts::{account}:assumed-role/{role}/session"),
        None => format!("arn:aws:iam::{account}:user/administrator"),
    };
    Ok(Reply::xml(format!(
        "<GetCallerIdentityResponse xmlns=\"{STS_NS}\"><GetCallerIdentityResult><Arn>{}</Arn><UserId>AIDASIMULATED</UserId>\
         <Account>{account}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
        escape(arn.as_str())
    )))
}

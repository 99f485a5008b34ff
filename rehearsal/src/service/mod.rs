//! The services: which operation a request is, whether its sender may do it and still has requests left, and
//! which faults stand in its way. What an operation does is in the module of its service.

pub mod acm;
pub mod cloudfront_read;
pub mod cloudfront_update;
pub mod route53;
pub mod route53_change;
pub mod sts;

use crate::wire::{FaultKind, Reply, Request};
use crate::world::iam::{Denied, Session};
use crate::world::rate::Kind;
use crate::world::{Millis, World};

/// An operation, as its request shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// `cloudfront`, `route53`, `acm`, `sts`.
    pub service: &'static str,
    /// `UpdateDistribution` …
    pub name: &'static str,
    /// The id in the path; empty where there is none.
    pub id: String,
}

impl Operation {
    /// `cloudfront:UpdateDistribution`
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    fn writes(&self) -> bool {
        matches!(self.name, "UpdateDistribution" | "ChangeResourceRecordSets")
    }

    /// The resource that IAM sees (IAM-6).
    fn resource(&self, account: &str) -> String {
        match (self.service, self.name) {
            ("cloudfront", _) => format!("arn:aws:cloudfront::{account}:distribution/{}", self.id),
            ("route53", "GetChange") => format!("arn:aws:route53:::change/{}", self.id),
            ("route53", _) => format!("arn:aws:route53:::hostedzone/{}", self.id),
            _ => self.id.clone(),
        }
    }
}

/// Every operation that is simulated.
pub const OPERATIONS: [&str; 11] = [
    "acm:DescribeCertificate",
    "cloudfront:GetDistribution",
    "cloudfront:GetDistributionConfig",
    "cloudfront:ListDomainConflicts",
    "cloudfront:UpdateDistribution",
    "route53:ChangeResourceRecordSets",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:ListResourceRecordSets",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
];

/// Whether `operation` is simulated.
///
/// # Errors
/// What is, for a person.
pub fn known(operation: &str) -> Result<(), String> {
    if OPERATIONS.contains(&operation) {
        return Ok(());
    }
    Err(format!("operation {operation:?} is not simulated; {} are", OPERATIONS.join(", ")))
}

/// Which operation a request is.
pub fn identify(request: &Request) -> Option<Operation> {
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let found = |service, name, id: &str| Some(Operation { service, name, id: id.to_owned() });
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["2020-05-31", "distribution", id]) => found("cloudfront", "GetDistribution", id),
        ("GET", ["2020-05-31", "distribution", id, "config"]) => found("cloudfront", "GetDistributionConfig", id),
        ("PUT", ["2020-05-31", "distribution", id, "config"]) => found("cloudfront", "UpdateDistribution", id),
        ("POST", ["2020-05-31", "domain-conflicts"]) => {
            let id = std::str::from_utf8(&request.body).map(|body| cloudfront_update::text_of(body, "DistributionId")).unwrap_or_default();
            found("cloudfront", "ListDomainConflicts", &id)
        }
        ("GET", ["2013-04-01", "hostedzone", id]) => found("route53", "GetHostedZone", id),
        ("GET", ["2013-04-01", "hostedzone", id, "rrset"]) => found("route53", "ListResourceRecordSets", id),
        ("POST", ["2013-04-01", "hostedzone", id, "rrset"]) => found("route53", "ChangeResourceRecordSets", id),
        ("GET", ["2013-04-01", "change", id]) => found("route53", "GetChange", id),
        ("POST", [""]) => match request.header("x-amz-target") {
            Some("CertificateManager.DescribeCertificate") => found("acm", "DescribeCertificate", &acm::arn_of(request)),
            Some(_) => None,
            None => {
                let form = crate::wire::form(std::str::from_utf8(&request.body).unwrap_or_default());
                match form.get("Action").map(String::as_str) {
                    Some("AssumeRole") => found("sts", "AssumeRole", form.get("RoleArn").map_or("", String::as_str)),
                    Some("GetCallerIdentity") => found("sts", "GetCallerIdentity", ""),
                    _ => None,
                }
            }
        },
        _ => None,
    }
}

/// Answers a request at `now`, and lets those act who waited for it.
pub fn answer(world: &mut World, request: &Request, now: Millis) -> Reply {
    world.advance(now);
    let Some(operation) = identify(request) else {
        return Reply::cloudfront_error(400, "NotSimulated", &format!("{} {} is not simulated", request.method, request.path));
    };
    let name = operation.full_name();
    let count = world.calls.entry(name.clone()).or_insert(0);
    *count += 1;
    let number = *count;
    let fault = world.faults.iter().find(|fault| fault.operation == name && fault.number == number).map(|fault| fault.kind);
    let reply = match fault {
        Some(FaultKind::Throttled) => Reply::error(operation.service, 400, "Throttling", "Rate exceeded"),
        Some(FaultKind::Unavailable) => Reply::broken(503),
        Some(FaultKind::Stale) => stale(&operation),
        Some(FaultKind::Denied) => denied(&operation, "the caller"),
        Some(FaultKind::LostAnswer) => {
            admit(world, request, &operation, now);
            Reply::broken(500)
        }
        None => admit(world, request, &operation, now),
    };
    world.after_call(&name, number, now);
    let request_id = format!("{:016x}", world.draw(&format!("request/{name}/{number}"), 0..Millis::MAX));
    reply.with_header("x-amzn-requestid", &request_id)
}

fn stale(operation: &Operation) -> Reply {
    let message = "The precondition given didn't meet the preconditions in one or more request-header fields.";
    Reply::error(operation.service, 412, "PreconditionFailed", message)
}

fn denied(operation: &Operation, who: &str) -> Reply {
    let code = if operation.service == "acm" { "AccessDeniedException" } else { "AccessDenied" };
    let message = format!("User: {who} is not authorized to perform: {}", operation.full_name());
    Reply::error(operation.service, if operation.service == "acm" { 400 } else { 403 }, code, &message)
}

/// Permission, then rate, then standing refusals, then the operation itself.
fn admit(world: &mut World, request: &Request, operation: &Operation, now: Millis) -> Reply {
    let access_key = request.signer().map_or("", |(key, _)| key);
    let account = world.session(access_key).map(|session| session.account).unwrap_or_default();
    let action = operation.full_name();
    let session = match world.authorize(access_key, &action, &operation.resource(&account), now) {
        Ok(session) => session,
        Err(Denied::Lacks(who)) => return denied(operation, &who),
        Err(Denied::Expired) => {
            let message = "The security token included in the request is expired";
            return Reply::error(operation.service, 403, "ExpiredToken", message);
        }
        Err(Denied::Unknown) => {
            let message = "The security token included in the request is invalid.";
            return Reply::error(operation.service, 403, "InvalidClientTokenId", message);
        }
    };
    let kind = match operation.service {
        "cloudfront" if operation.writes() => Some(Kind::CloudFrontWrite),
        "cloudfront" => Some(Kind::CloudFrontRead),
        "route53" => Some(Kind::Route53),
        _ => None,
    };
    if kind.is_some_and(|kind| !world.buckets.take(&account, kind, now)) {
        return Reply::error(operation.service, 400, "Throttling", "Rate exceeded");
    }
    let role = session.role.clone().unwrap_or_else(|| "administrator".to_owned());
    *world.role_actions.entry((role, action.clone())).or_insert(0) += 1;
    let distribution = (operation.service == "cloudfront").then_some(operation.id.as_str());
    if let Some(refusal) = world.standing_failure(operation.service, &action, &account, distribution) {
        return refusal;
    }
    perform(world, request, operation, &session, now).unwrap_or_else(|refusal| refusal)
}

fn perform(world: &mut World, request: &Request, operation: &Operation, session: &Session, now: Millis) -> Result<Reply, Reply> {
    match operation.name {
        "GetDistribution" => cloudfront_read::get_distribution(world, session, &operation.id, now),
        "GetDistributionConfig" => cloudfront_read::get_distribution_config(world, session, &operation.id, now),
        "ListDomainConflicts" => cloudfront_read::list_domain_conflicts(world, session, request, now),
        "UpdateDistribution" => cloudfront_update::update_distribution(world, session, request, &operation.id, now),
        "GetHostedZone" => route53::get_hosted_zone(world, session, &operation.id),
        "ListResourceRecordSets" => route53::list_resource_record_sets(world, session, request, &operation.id),
        "GetChange" => route53::get_change(world, session, &operation.id, now),
        "ChangeResourceRecordSets" => route53_change::change_resource_record_sets(world, session, request, &operation.id, now),
        "DescribeCertificate" => acm::describe_certificate(world, session, request),
        "AssumeRole" => sts::assume_role(world, session, request, now),
        _ => sts::get_caller_identity(session),
    }
}

//! The services: which operation a request is, whether its sender may do it and still has requests left, and
//! which faults stand in its way. What an operation does is in the module of its service.

pub mod acm;
pub mod cloudfront_list;
pub mod cloudfront_move;
pub mod cloudfront_read;
pub mod cloudfront_tenant;
pub mod cloudfront_tenant_list;
pub mod cloudfront_update;
mod dynamodb;
pub mod injection;
pub mod route53;
pub mod route53_change;
pub mod sts;

use crate::wire::{NO_REQUEST_ID, Reply, Request};
use crate::world::iam::{Denied, Session};
use crate::world::journal::Made;
use crate::world::rate::Kind;
use crate::world::{Millis, World, trail};

/// An operation, as its request shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// `cloudfront`, `route53`, `acm`, `dynamodb`, `sts`.
    pub service: &'static str,
    /// `UpdateDistribution` …
    pub name: &'static str,
    /// The id that it is about, from path, query or body; empty where there is none.
    pub id: String,
}

impl Operation {
    /// `cloudfront:UpdateDistribution`
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    fn writes(&self) -> bool {
        matches!(self.name, "UpdateDistribution" | "UpdateDomainAssociation" | "AssociateAlias" | "ChangeResourceRecordSets")
    }

    fn moves(&self) -> bool {
        matches!(self.name, "UpdateDomainAssociation" | "AssociateAlias")
    }

    /// The resource that IAM sees (IAM-2, IAM-6).
    fn resource(&self, world: &World, account: &str) -> String {
        match (self.service, self.name) {
            ("cloudfront", "ListDistributions" | "ListDistributionTenants" | "ListConnectionGroups") => "*".to_owned(),
            ("route53", "ListHostedZones" | "ListHostedZonesByName") | ("acm", "ListCertificates") => "*".to_owned(),
            ("cloudfront", "ListDomainConflicts" | "ListConflictingAliases") if world.rules.iam_conflicts_need_star => "*".to_owned(),
            // Which tenant it is about is what it asks.
            ("cloudfront", "GetDistributionTenantByDomain") => "*".to_owned(),
            ("cloudfront", "GetDistributionTenant") => match cloudfront_tenant::tenant(world, account, &self.id) {
                Some(found) => found.arn(),
                None => format!("arn:aws:cloudfront::{account}:distribution-tenant/{}", self.id),
            },
            ("cloudfront", "GetConnectionGroup") => match cloudfront_tenant::group(world, account, &self.id) {
                Some(found) => cloudfront_tenant::group_arn(found),
                None => format!("arn:aws:cloudfront::{account}:connection-group/{}", self.id),
            },
            ("cloudfront", _) => distribution_arn(account, &self.id),
            ("dynamodb", _) => dynamodb::arn(account, &self.id),
            ("route53", "GetChange") => format!("arn:aws:route53:::change/{}", self.id),
            ("route53", _) => format!("arn:aws:route53:::hostedzone/{}", self.id),
            _ => self.id.clone(),
        }
    }

    /// Every permission that the operation asks for, with its resource (IAM-1, IAM-3).
    fn permissions(&self, world: &World, account: &str, request: &Request) -> Vec<(String, String)> {
        let tenant = |id: &str| id.starts_with("dt_");
        let and = |verb: &str, id: &str| {
            let kind = if tenant(id) { "DistributionTenant" } else { "Distribution" };
            (format!("cloudfront:{verb}{kind}"), distribution_arn(account, id))
        };
        if self.service == "dynamodb" {
            let resource = self.resource(world, account);
            return dynamodb::actions(self.name, request).into_iter().map(|action| (action, resource.clone())).collect();
        }
        let mut all = vec![(self.full_name(), self.resource(world, account))];
        match self.name {
            "UpdateDomainAssociation" => all.push(and("Update", &self.id)),
            "AssociateAlias" => {
                let alias = request.query.get("Alias").map_or("", String::as_str);
                let source = cloudfront_move::source_within(world, account, alias);
                all.push(and("Update", &self.id));
                all.extend(source.filter(|source| *source != self.id).map(|source| and("Update", &source)));
            }
            "ListDomainConflicts" | "ListConflictingAliases" => all.push(and("Get", &self.id)),
            _ => {}
        }
        all
    }
}

fn distribution_arn(account: &str, id: &str) -> String {
    let kind = if id.starts_with("dt_") { "distribution-tenant" } else { "distribution" };
    format!("arn:aws:cloudfront::{account}:{kind}/{id}")
}

/// Every operation that is simulated.
pub const OPERATIONS: [&str; 31] = [
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "cloudfront:AssociateAlias",
    "cloudfront:GetConnectionGroup",
    "cloudfront:GetDistribution",
    "cloudfront:GetDistributionConfig",
    "cloudfront:GetDistributionTenant",
    "cloudfront:GetDistributionTenantByDomain",
    "cloudfront:ListConflictingAliases",
    "cloudfront:ListConnectionGroups",
    "cloudfront:ListDistributionTenants",
    "cloudfront:ListDistributions",
    "cloudfront:ListDomainConflicts",
    "cloudfront:UpdateDistribution",
    "cloudfront:UpdateDomainAssociation",
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:TransactGetItems",
    "dynamodb:TransactWriteItems",
    "dynamodb:UpdateItem",
    "route53:ChangeResourceRecordSets",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
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

/// Which operation a request is. One that is signed for another service than its path belongs to is none (W-13).
pub fn identify(request: &Request) -> Option<&Operation> {
    let signed_so = |operation: &Operation| request.signer().is_none_or(|(_, service)| service == operation.service);
    request.identified(|request| shaped(request).filter(signed_so))
}

/// Which operation a request looks like, whatever it is signed for.
fn shaped(request: &Request) -> Option<Operation> {
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let found = |service, name, id: &str| Some(Operation { service, name, id: id.to_owned() });
    let body = || std::str::from_utf8(&request.body).unwrap_or_default();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["2020-05-31", "distribution"]) => found("cloudfront", "ListDistributions", ""),
        ("GET", ["2020-05-31", "distribution", id]) => found("cloudfront", "GetDistribution", id),
        ("GET", ["2020-05-31", "distribution", id, "config"]) => found("cloudfront", "GetDistributionConfig", id),
        ("GET", ["2020-05-31", "distribution-tenant"]) => found("cloudfront", "GetDistributionTenantByDomain", ""),
        ("GET", ["2020-05-31", "distribution-tenant", id]) => found("cloudfront", "GetDistributionTenant", id),
        ("POST", ["2020-05-31", "distribution-tenants"]) => found("cloudfront", "ListDistributionTenants", ""),
        ("POST", ["2020-05-31", "connection-groups"]) => found("cloudfront", "ListConnectionGroups", ""),
        ("GET", ["2020-05-31", "connection-group", id]) => found("cloudfront", "GetConnectionGroup", id),
        ("PUT", ["2020-05-31", "distribution", id, "config"]) => found("cloudfront", "UpdateDistribution", id),
        ("PUT", ["2020-05-31", "distribution", id, "associate-alias"]) => found("cloudfront", "AssociateAlias", id),
        ("POST", ["2020-05-31", "domain-association"]) => {
            found("cloudfront", "UpdateDomainAssociation", &cloudfront_move::target_of(body()))
        }
        ("POST", ["2020-05-31", "domain-conflicts"]) => found("cloudfront", "ListDomainConflicts", &cloudfront_move::target_of(body())),
        ("GET", ["2020-05-31", "conflicting-alias"]) => {
            found("cloudfront", "ListConflictingAliases", request.query.get("DistributionId").map_or("", String::as_str))
        }
        ("GET", ["2013-04-01", "hostedzone"]) => found("route53", "ListHostedZones", ""),
        ("GET", ["2013-04-01", "hostedzonesbyname"]) => found("route53", "ListHostedZonesByName", ""),
        ("GET", ["2013-04-01", "hostedzone", id]) => found("route53", "GetHostedZone", id),
        ("GET", ["2013-04-01", "hostedzone", id, "rrset"]) => found("route53", "ListResourceRecordSets", id),
        ("POST", ["2013-04-01", "hostedzone", id, "rrset"]) => found("route53", "ChangeResourceRecordSets", id),
        ("GET", ["2013-04-01", "change", id]) => found("route53", "GetChange", id),
        ("POST", [""]) => match request.header("x-amz-target") {
            Some("CertificateManager.DescribeCertificate") => found("acm", "DescribeCertificate", &acm::arn_of(request)),
            Some("CertificateManager.ListCertificates") => found("acm", "ListCertificates", ""),
            Some(target) => dynamodb::operation(target).and_then(|name| found("dynamodb", name, &dynamodb::about(request))),
            None => {
                let form = crate::wire::form(body());
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
    injection::settle(world, now);
    let Some(operation) = identify(request) else {
        if let Some(meant) = shaped(request) {
            let message = format!("Credential should be scoped to correct service: '{}'.", meant.service);
            return Reply::error(meant.service, 403, "SignatureDoesNotMatch", &message);
        }
        let target = request.header("x-amz-target");
        let message = format!("{} {} is not simulated", request.method, target.unwrap_or(&request.path));
        let not_simulated =
            if target.is_some() { Reply::acm_error } else { |code: &str, message: &str| Reply::cloudfront_error(400, code, message) };
        return not_simulated("NotSimulated", &message);
    };
    let name = operation.full_name();
    let count = world.calls.entry(name.clone()).or_insert(0);
    *count += 1;
    let number = *count;
    let fault = world.faults.iter().find(|fault| fault.operation == name && fault.number == number).map(|fault| fault.kind);
    let writer = world.writer.clone();
    if let Some(journal) = &mut world.journal {
        journal.calls.push(Made { operation: name.clone(), on: operation.id.clone(), number, at: now, writer });
    }
    let reply = injection::answer(world, request, operation, fault, now);
    world.after_call(&name, number, now);
    let request_id = format!("{:016x}", world.draw(&format!("request/{name}/{number}"), 0..Millis::MAX));
    let tells_it = !["acm", "dynamodb"].contains(&operation.service);
    let body = readable(if tells_it { reply.body.replace(NO_REQUEST_ID, &request_id) } else { reply.body });
    Reply { body, ..reply }.with_header("x-amzn-requestid", &request_id)
}

/// What was sent is often told in the answer, and may hold what XML cannot.
fn readable(body: String) -> String {
    let cannot = |letter: char| matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    // The last two begin with this byte; most bodies have none, and are read once.
    let may_hold_one = body.bytes().any(|byte| (byte < b' ' && byte != b'\n') || byte == 0xef);
    if may_hold_one && body.contains(cannot) { body.replace(cannot, "\u{fffd}") } else { body }
}

fn stale(operation: &Operation) -> Reply {
    let message = "The precondition given didn't meet the preconditions in one or more request-header fields.";
    Reply::error(operation.service, 412, "PreconditionFailed", message)
}

fn throttled(operation: &Operation) -> Reply {
    let code = if operation.service == "dynamodb" { "ThrottlingException" } else { "Throttling" };
    Reply::error(operation.service, 400, code, "Rate exceeded")
}

/// Status and code with which a service refuses a caller: those that speak JSON have words of their own.
fn of_callers(operation: &Operation, code: &'static str) -> (u16, &'static str) {
    match (operation.service, code) {
        ("acm" | "dynamodb", "AccessDenied") => (400, "AccessDeniedException"),
        ("dynamodb", "ExpiredToken") => (400, "ExpiredTokenException"),
        ("dynamodb", "InvalidClientTokenId") => (400, "UnrecognizedClientException"),
        _ => (403, code),
    }
}

fn denied(operation: &Operation, action: &str, who: &str) -> Reply {
    let (status, code) = of_callers(operation, "AccessDenied");
    Reply::error(operation.service, status, code, &format!("User: {who} is not authorized to perform: {action}"))
}

/// Answers, and writes what was a write into the trail, accepted or refused.
fn admit(world: &mut World, request: &Request, operation: &Operation, now: Millis) -> Reply {
    let access_key = request.signer().map_or("", |(key, _)| key);
    let before = if operation.writes() { world.sight() } else { None };
    let reply = decide(world, request, operation, access_key, now);
    world.note_write(before, &operation.full_name(), &operation.id, true, now);
    if let Some(session) = world.session(access_key).filter(|_| operation.writes()) {
        let told = trail::of_request(world, operation.service, operation.name, &operation.id, request, &reply);
        world.trail_write(now, &trail::Identity::of(&session.account, session.role.as_deref()), told);
    }
    reply
}

/// Permission, then rate, then standing refusals, then the operation itself.
fn decide(world: &mut World, request: &Request, operation: &Operation, access_key: &str, now: Millis) -> Reply {
    let account = world.session(access_key).map(|session| session.account).unwrap_or_default();
    let session = match permitted(world, request, operation, access_key, &account, now) {
        Ok(session) => session,
        Err(refusal) => return refusal,
    };
    let kind = match operation.service {
        "cloudfront" if operation.writes() => Some(Kind::CloudFrontWrite),
        "cloudfront" => Some(Kind::CloudFrontRead),
        "route53" => Some(Kind::Route53),
        _ => None,
    };
    if kind.is_some_and(|kind| !world.buckets.take(&account, kind, now)) {
        return throttled(operation);
    }
    let role = session.role.clone().unwrap_or_else(|| "administrator".to_owned());
    let action = operation.full_name();
    for (action, _) in operation.permissions(world, &account, request) {
        *world.role_actions.entry((role.clone(), action)).or_insert(0) += 1;
    }
    let distribution = (operation.service == "cloudfront").then_some(operation.id.as_str());
    if let Some(refusal) = world.standing_failure(operation.service, &action, &account, distribution) {
        return refusal;
    }
    let reply = perform(world, request, operation, &session, now);
    if reply.is_ok() && operation.writes() {
        world.writes.push((action, account, operation.id.clone()));
    }
    reply.unwrap_or_else(|refusal| refusal)
}

/// Whoever lacks one of the operation's permissions is refused; of a move's target, that it does not exist is told
/// before (MV-9).
fn permitted(
    world: &World,
    request: &Request,
    operation: &Operation,
    access_key: &str,
    account: &str,
    now: Millis,
) -> Result<Session, Reply> {
    let mut granted = Err(Denied::Unknown);
    let mut lacking = operation.full_name();
    for (action, resource) in operation.permissions(world, account, request) {
        granted = world.authorize(access_key, &action, &resource, now);
        if granted.is_err() {
            lacking = action;
            break;
        }
    }
    // A transaction's name is no action of IAM, and can be denied here all the same.
    if granted.is_ok() && operation.service == "dynamodb" && world.actors.denies(account, &lacking) {
        granted = Err(Denied::Lacks(format!("a principal of {account}")));
    }
    let refusal = |code, message: &str| {
        let (status, code) = of_callers(operation, code);
        Reply::error(operation.service, status, code, message)
    };
    granted.map_err(|why| match why {
        Denied::Lacks(_) if operation.moves() && !world.distributions.contains_key(&operation.id) => {
            cloudfront_move::no_target(operation.name)
        }
        Denied::Lacks(who) => denied(operation, &lacking, &who),
        Denied::Expired => refusal("ExpiredToken", "The security token included in the request is expired"),
        Denied::Unknown => refusal("InvalidClientTokenId", "The security token included in the request is invalid."),
    })
}

fn perform(world: &mut World, request: &Request, operation: &Operation, session: &Session, now: Millis) -> Result<Reply, Reply> {
    match operation.name {
        "GetDistribution" => cloudfront_read::get_distribution(world, session, &operation.id, now),
        "GetDistributionConfig" => cloudfront_read::get_distribution_config(world, session, &operation.id, now),
        "GetDistributionTenant" => cloudfront_tenant::get_distribution_tenant(world, session, &operation.id, now),
        "GetDistributionTenantByDomain" => cloudfront_tenant::get_distribution_tenant_by_domain(world, session, request, now),
        "GetConnectionGroup" => cloudfront_tenant::get_connection_group(world, session, &operation.id),
        "ListDistributions" => cloudfront_list::list_distributions(world, session, request, now),
        "ListDistributionTenants" => cloudfront_tenant_list::list_distribution_tenants(world, session, request, now),
        "ListConnectionGroups" => cloudfront_tenant_list::list_connection_groups(world, session, request),
        "ListDomainConflicts" => cloudfront_list::list_domain_conflicts(world, session, request, now),
        "ListConflictingAliases" => cloudfront_list::list_conflicting_aliases(world, session, request, now),
        "UpdateDomainAssociation" => cloudfront_move::update_domain_association(world, session, request, now),
        "AssociateAlias" => cloudfront_move::associate_alias(world, session, request, &operation.id, now),
        "UpdateDistribution" => cloudfront_update::update_distribution(world, session, request, &operation.id, now),
        "GetHostedZone" => route53::get_hosted_zone(world, session, &operation.id),
        "ListHostedZones" => route53::list_hosted_zones(world, session, request),
        "ListHostedZonesByName" => route53::list_hosted_zones_by_name(world, session, request),
        "ListResourceRecordSets" => route53::list_resource_record_sets(world, session, request, &operation.id),
        "GetChange" => route53::get_change(world, session, &operation.id, now),
        "ChangeResourceRecordSets" => route53_change::change_resource_record_sets(world, session, request, &operation.id, now),
        "DescribeCertificate" => acm::describe_certificate(world, session, request),
        "ListCertificates" => acm::list_certificates(world, session, request),
        name if operation.service == "dynamodb" => dynamodb::perform(world, session, request, name, now),
        "AssumeRole" => sts::assume_role(world, session, request, now),
        _ => sts::get_caller_identity(session),
    }
}

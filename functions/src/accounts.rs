//! The member accounts: one assumed role each, made once and lazily, as narrow as the request allows.
//! Must not know what the clients are used for.

use crate::answer::{Answer, Failure, Meaning};
use crate::clients::Clients;
use crate::clock::Clock;
use crate::metrics;
use crate::registry::held::{Fate, Held};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use cutover::document::{Cutover, Execution};
use cutover::error_name::ErrorName;
use cutover::ids::{AccountId, Place, ZonePlace};
use cutover::request::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// One attempt of one call (SDK-1 sets none by itself).
const ATTEMPT_SECONDS_MAX: u64 = 10;
/// One call with all its attempts.
const OPERATION_SECONDS_MAX: u64 = 30;
/// Role chaining allows an hour at the most (STS-1); a swap's call needs 13 minutes and a margin.
const SESSION_SECONDS: i32 = 3600;
/// Longest session name that STS takes (STS-2).
const SESSION_NAME_MAX: usize = 64;
/// How the name of a session begins that only tries the writing role: `member-role.yaml` lets such a one do nothing.
const PROBE_PREFIX: &str = "probe-";

/// Which of the two roles in a member account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Looks only.
    Read,
    /// Looks, updates distributions, changes record sets.
    Write,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Read => "cutover-read",
            Role::Write => "cutover-write",
        }
    }
}

/// An assumed role, and the clients made with it: each once, when it is first needed.
#[derive(Debug)]
struct Session {
    config: SdkConfig,
    ends: Option<Timestamp>,
    cloudfront: OnceLock<aws_sdk_cloudfront::Client>,
    route53: OnceLock<aws_sdk_route53::Client>,
    acm: OnceLock<aws_sdk_acm::Client>,
}

/// The home account's side of every step: the configuration that Lambda gives, and the client of STS. Made once and
/// kept for as long as the function's environment is warm (SDK-8); what is assumed with it ends with each step.
#[derive(Debug)]
pub struct Home {
    config: SdkConfig,
    clients: Clients,
    sts: aws_sdk_sts::Client,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
}

impl Home {
    /// With the bounds on time that the SDK does not set by itself.
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(ATTEMPT_SECONDS_MAX))
            .operation_timeout(Duration::from_secs(OPERATION_SECONDS_MAX))
            .build();
        let config = config.clone().into_builder().timeout_config(timeouts).build();
        let clients = Clients::new();
        Self { sts: clients.sts(&config), config, clients, dynamodb: OnceLock::new() }
    }

    /// DynamoDB in the home account: the registry.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| self.clients.dynamodb(&self.config)).clone()
    }

    /// What clients are made with.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Assumes `role` in `account`, for a session called `name` that `policy` narrows.
    async fn assume_role(
        &self,
        home_account: &AccountId,
        account: &AccountId,
        role: Role,
        name: &str,
        policy: &Value,
    ) -> Result<AssumeRoleOutput, Failure> {
        let role_arn = format!("arn:aws:iam::{account}:role/{}", role.name());
        let request = self.sts.assume_role().role_arn(&role_arn).role_session_name(name).policy(policy.to_string());
        let request = request.external_id(format!("cutover-{home_account}-{account}")).duration_seconds(SESSION_SECONDS);
        request.send().await.map_err(|error| {
            let failure = Answer::of("sts:AssumeRole", &error).failure();
            Failure::new(failure.name, format!("{role_arn} cannot be assumed: {}", failure.message))
        })
    }

    /// The configuration of clients that act as `answer` says, and until when.
    fn as_assumed(&self, answer: &AssumeRoleOutput, retries: RetryConfig) -> Result<(SdkConfig, Option<Timestamp>), Failure> {
        let (credentials, ends) = credentials(answer)?;
        let config = self.config.clone().into_builder();
        let config = config.region(Region::from_static("us-east-1")).retry_config(retries);
        Ok((config.credentials_provider(SharedCredentialsProvider::new(credentials)).build(), ends))
    }

    /// The configuration of clients that only look, in `account`, as far as `policy` lets them.
    pub(crate) async fn looking(&self, execution: &Execution, account: &AccountId, policy: &Value) -> Result<SdkConfig, Failure> {
        let no_home = || Failure::new(ErrorName::MalformedDocument, format!("execution {:?} names no account", execution.id));
        let home_account = execution.home_account().ok_or_else(no_home)?;
        let answer = self.assume_role(&home_account, account, Role::Read, &session_name(execution), policy).await?;
        self.as_assumed(&answer, RetryConfig::standard()).map(|(config, _)| config)
    }
}

/// The way into every account that the request names.
#[derive(Debug)]
pub(crate) struct Accounts<'a> {
    home: &'a Home,
    home_account: AccountId,
    session_name: String,
    role: Role,
    searches: bool,
    request: Request,
    retries: RetryConfig,
    held: Option<Arc<Held>>,
    sessions: Mutex<BTreeMap<AccountId, Arc<Session>>>,
}

impl<'a> Accounts<'a> {
    /// For the accounts of a document's request.
    pub(crate) fn of(home: &'a Home, document: &Cutover, role: Role) -> Result<Self, Failure> {
        let missing = || Failure::new(ErrorName::MalformedDocument, "the document holds no request");
        let request = document.request.clone().ok_or_else(missing)?;
        Self::new(home, &document.execution, request, role)
    }

    /// For the accounts of `request`.
    pub(crate) fn new(home: &'a Home, execution: &Execution, request: Request, role: Role) -> Result<Self, Failure> {
        let no_home = || Failure::new(ErrorName::MalformedDocument, format!("execution {:?} names no account", execution.id));
        Ok(Self {
            home,
            home_account: execution.home_account().ok_or_else(no_home)?,
            session_name: session_name(execution),
            role,
            searches: false,
            request,
            // A try that was lost may take effect whatever the SDK's next one is answered: who writes looks before acting again.
            retries: if role == Role::Write { RetryConfig::disabled() } else { RetryConfig::standard() },
            held: None,
            sessions: Mutex::new(BTreeMap::new()),
        })
    }

    /// The same, writing under a claim.
    pub(crate) fn under(mut self, held: Option<Arc<Held>>) -> Self {
        self.held = held;
        self
    }

    /// The claim that is written under.
    pub(crate) fn held(&self) -> Option<&Held> {
        self.held.as_deref()
    }

    /// Sends a write, as `call` does it: told to the registry before and after, and not sent without a claim (I6, I8).
    /// `what` names operation and resource.
    pub(crate) async fn write<T>(&self, what: &str, call: impl Future<Output = Result<T, Answer>>) -> Result<T, Answer> {
        let Some(held) = &self.held else {
            let text = format!("{what} was not sent: the document holds no claim");
            return Err(Answer { meaning: Meaning::Unsent(ErrorName::ClaimLost), text });
        };
        let intent = held.intend(what).await?;
        let answer = call.await;
        let (fate, outcome) = match &answer {
            Ok(_) => (Fate::Accepted, "accepted"),
            Err(answer) if answer.meaning == Meaning::Unknown => (Fate::Unknown, answer.text.as_str()),
            Err(answer) => (Fate::Refused, answer.text.as_str()),
        };
        held.record(intent, what, fate, outcome).await;
        answer
    }

    /// Counts an alias that `account` was refused because somebody else has it.
    pub(crate) fn count_taken(&self, account: &AccountId, answer: &Answer) {
        if answer.meaning == Meaning::AliasTaken {
            metrics::alias_taken(account.as_str(), Clock::of(self.home.config()).now());
        }
    }

    /// The same, in sessions that may list the distributions and hosted zones of whatever account they are in.
    pub(crate) fn searching(mut self) -> Self {
        self.searches = true;
        self
    }

    /// The request whose accounts these are.
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Where the aliases are.
    ///
    /// # Errors
    /// Where that is not ours to look at: a step that needs it has no place in such a plan.
    pub(crate) fn source(&self) -> Result<&Place, Failure> {
        let missing = || Failure::new(ErrorName::MalformedDocument, "the document names no source");
        self.request.source.as_ref().ok_or_else(missing)
    }

    /// Where the record sets are.
    ///
    /// # Errors
    /// Where somebody else edits DNS.
    pub(crate) fn zone(&self) -> Result<&ZonePlace, Failure> {
        let missing = || Failure::new(ErrorName::MalformedDocument, "the document names no hosted zone");
        self.request.zone().ok_or_else(missing)
    }

    /// CloudFront in `account`.
    pub(crate) async fn cloudfront(&self, account: &AccountId) -> Result<aws_sdk_cloudfront::Client, Failure> {
        let session = self.session(account).await?;
        Ok(session.cloudfront.get_or_init(|| self.home.clients.cloudfront(&session.config)).clone())
    }

    /// Route 53 in `account`.
    pub(crate) async fn route53(&self, account: &AccountId) -> Result<aws_sdk_route53::Client, Failure> {
        let session = self.session(account).await?;
        Ok(session.route53.get_or_init(|| self.home.clients.route53(&session.config)).clone())
    }

    /// ACM of us-east-1 in `account`: the only one that CloudFront uses (ACM-1).
    pub(crate) async fn acm(&self, account: &AccountId) -> Result<aws_sdk_acm::Client, Failure> {
        let session = self.session(account).await?;
        Ok(session.acm.get_or_init(|| self.home.clients.acm(&session.config)).clone())
    }

    /// When the session in `account` ends.
    pub(crate) async fn session_ends(&self, account: &AccountId) -> Result<Option<Timestamp>, Failure> {
        Ok(self.session(account).await?.ends)
    }

    async fn session(&self, account: &AccountId) -> Result<Arc<Session>, Failure> {
        let mut sessions = self.sessions.lock().await;
        if let Some(session) = sessions.get(account) {
            return Ok(session.clone());
        }
        let session = Arc::new(self.assume(account).await?);
        sessions.insert(account.clone(), session.clone());
        Ok(session)
    }

    /// Whether the writing role could be assumed in `account`. The session may do nothing, and is forgotten.
    pub(crate) async fn try_to_write(&self, account: &AccountId) -> Result<(), Failure> {
        let nothing = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
        let name: String = format!("{PROBE_PREFIX}{}", self.session_name).chars().take(SESSION_NAME_MAX).collect();
        self.assume_role(account, Role::Write, &name, &nothing).await.map(|_| ())
    }

    async fn assume_role(&self, account: &AccountId, role: Role, name: &str, policy: &Value) -> Result<AssumeRoleOutput, Failure> {
        self.home.assume_role(&self.home_account, account, role, name, policy).await
    }

    async fn assume(&self, account: &AccountId) -> Result<Session, Failure> {
        let policy = session_policy(account, &self.request, self.role, self.searches);
        let answer = self.assume_role(account, self.role, &self.session_name, &policy).await?;
        let (config, ends) = self.home.as_assumed(&answer, self.retries.clone())?;
        Ok(Session { config, ends, cloudfront: OnceLock::new(), route53: OnceLock::new(), acm: OnceLock::new() })
    }
}

fn credentials(answer: &AssumeRoleOutput) -> Result<(Credentials, Option<Timestamp>), Failure> {
    let none = || Failure::new(ErrorName::UnknownAnswer, "sts:AssumeRole answered without credentials");
    let given = answer.credentials().ok_or_else(none)?;
    let ends = SystemTime::try_from(*given.expiration()).ok();
    let token = Some(given.session_token().to_owned());
    let credentials = Credentials::new(given.access_key_id(), given.secret_access_key(), token, ends, "cutover");
    Ok((credentials, ends.and_then(|ends| Timestamp::try_from(ends).ok())))
}

/// Which execution acted is readable in CloudTrail (STS-2).
fn session_name(execution: &Execution) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let name: String = execution.name().chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    format!("cutover-{name}").chars().take(SESSION_NAME_MAX).collect()
}

/// The session reaches the request's own distributions, tenants and zone in this account and nothing else (STS-4); where
/// they have to be looked for, it may look at all of them.
fn session_policy(account: &AccountId, request: &Request, role: Role, searches: bool) -> Value {
    let places: Vec<&Place> = request.source.iter().chain([&request.target]).filter(|place| place.account == *account).collect();
    let mut statements = Vec::new();
    let mut allow =
        |actions: &[&str], resources: Value| statements.push(json!({"Effect": "Allow", "Action": actions, "Resource": resources}));
    let arns = |tenants: bool| -> Vec<String> {
        let kind = if tenants { "distribution-tenant" } else { "distribution" };
        let of_kind = places.iter().filter(|place| place.distribution.is_tenant() == tenants);
        of_kind.map(|place| format!("arn:aws:cloudfront::{account}:{kind}/{}", place.distribution)).collect()
    };
    let (distributions, tenants) = (arns(false), arns(true));
    let writes = |write: &[&'static str]| if role == Role::Write { write.to_vec() } else { vec![] };
    if !distributions.is_empty() {
        let read = ["cloudfront:GetDistribution", "cloudfront:GetDistributionConfig"];
        let write = writes(&["cloudfront:UpdateDistribution", "cloudfront:UpdateDomainAssociation", "cloudfront:AssociateAlias"]);
        allow(&[&read[..], &write].concat(), json!(distributions));
    }
    if !tenants.is_empty() {
        let write = writes(&["cloudfront:UpdateDistributionTenant", "cloudfront:UpdateDomainAssociation"]);
        allow(&[&["cloudfront:GetDistributionTenant"][..], &write].concat(), json!(tenants));
        // Which connection group and which distribution a tenant belongs to, only the tenant tells.
        let of_tenants = ["connection-group", "distribution"].map(|kind| format!("arn:aws:cloudfront::{account}:{kind}/*"));
        allow(&["cloudfront:GetConnectionGroup", "cloudfront:GetDistribution"], json!(of_tenants));
    }
    if !places.is_empty() {
        // Documented at resource level, and reported to need a star (U-24). It shows masked ids, nothing more.
        allow(&["cloudfront:ListDomainConflicts"], json!("*"));
        allow(&["acm:DescribeCertificate"], json!(format!("arn:aws:acm:us-east-1:{account}:certificate/*")));
    }
    if let Some(zone) = request.zone().filter(|zone| zone.account == *account) {
        let read = ["route53:GetHostedZone", "route53:ListResourceRecordSets"];
        let write = writes(&["route53:ChangeResourceRecordSets"]);
        allow(&[&read[..], &write].concat(), json!(format!("arn:aws:route53:::hostedzone/{}", zone.hosted_zone)));
        allow(&["route53:GetChange"], json!("arn:aws:route53:::change/*"));
    }
    if searches {
        // Neither list can be narrowed (IAM-2), and a tenant that is asked for by its name has no id yet.
        let lists = ["cloudfront:ListDistributions", "cloudfront:GetDistributionTenantByDomain", "route53:ListHostedZonesByName"];
        allow(&lists, json!("*"));
        allow(&["route53:GetHostedZone"], json!("arn:aws:route53:::hostedzone/*"));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(name: &str) -> Execution {
        Execution { id: format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{name}"), started_at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn a_session_name_carries_the_execution_and_fits() {
        assert_eq!(session_name(&execution("a.foo.com/1 x")), "cutover-a.foo.com-1-x");
        assert_eq!(session_name(&execution(&"x".repeat(80))).len(), SESSION_NAME_MAX);
    }

    #[test]
    fn a_session_reaches_only_what_the_request_names_in_that_account() -> Result<(), String> {
        let request = json!({"aliases": ["a.foo.com"],
            "source": {"account": "000000000001", "distribution": "E1LEGACYXYZ"},
            "target": {"account": "000000000002", "distribution": "E2NEWQRS"},
            "dns": {"account": "000000000001", "hostedZone": "Z1FOO"}});
        let request = Request::parse(&request).map_err(|refusal| refusal.message)?;
        let account = |id: &str| AccountId::parse(id).map_err(|error| error.to_string());
        let policy = |id, role, searches| account(id).map(|account| session_policy(&account, &request, role, searches).to_string());
        let target = policy("000000000002", Role::Write, false)?;
        assert!(target.contains("E2NEWQRS") && !target.contains("E1LEGACYXYZ") && !target.contains("Z1FOO"), "{target}");
        let source = policy("000000000001", Role::Read, false)?;
        assert!(source.contains("E1LEGACYXYZ") && source.contains("Z1FOO") && !source.contains("E2NEWQRS"), "{source}");
        assert!(!source.contains("UpdateDistribution") && !source.contains("ChangeResourceRecordSets"), "{source}");
        assert!(!source.contains("ListDistributions"), "only a search lists");
        let search = policy("000000000001", Role::Read, true)?;
        assert!(search.contains("ListDistributions") && search.len() < 2048, "{search}");
        assert!(source.len() < 2048, "STS-3");
        Ok(())
    }

    #[test]
    fn the_largest_policy_fits() -> Result<(), String> {
        let request = json!({"aliases": ["a.foo.com"],
            "source": {"account": "000000000001", "distributionTenant": format!("dt_{}", "a".repeat(61))},
            "target": {"account": "000000000001", "distribution": format!("E{}", "A".repeat(31))},
            "dns": {"account": "000000000001", "hostedZone": format!("Z{}", "A".repeat(31))}});
        let request = Request::parse(&request).map_err(|refusal| refusal.message)?;
        for role in [Role::Read, Role::Write] {
            let policy = session_policy(&request.target.account, &request, role, role == Role::Read).to_string();
            assert!(policy.len() < 2048, "{}: {policy}", policy.len());
        }
        Ok(())
    }
}

//! `world.json`: the simulated AWS as it is written down. An unknown key is an error that names it. Must not
//! know what any of it does.

pub use super::input_dns::{ExternalZoneInput, HostedZoneInput, RecordInput};
use super::rules::Rules;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A whole world at one moment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorldInput {
    /// When it begins.
    pub now: Timestamp,
    /// Where Cutover's functions and its definition live.
    pub home_account: String,
    /// Member accounts.
    pub accounts: Vec<AccountInput>,
    /// ACM certificates.
    #[serde(default)]
    pub certificates: Vec<CertificateInput>,
    /// CloudFront distributions.
    #[serde(default)]
    pub distributions: Vec<DistributionInput>,
    /// Tenants of multi-tenant distributions.
    #[serde(default)]
    pub tenants: Vec<TenantInput>,
    /// Connection groups; one is made for each endpoint of tenants that is in none.
    #[serde(default)]
    pub connection_groups: Vec<ConnectionGroupInput>,
    /// Route 53 hosted zones.
    #[serde(default)]
    pub hosted_zones: Vec<HostedZoneInput>,
    /// Public zones that somebody else's DNS holds.
    #[serde(default)]
    pub external_zones: Vec<ExternalZoneInput>,
    /// The edge.
    #[serde(default)]
    pub edge: EdgeInput,
    /// What the home account's table holds: items as plain JSON.
    #[serde(default)]
    pub registry: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Readings of the facts that are not certain.
    #[serde(default)]
    pub rules: Rules,
    /// Other writers and faults.
    #[serde(default)]
    pub actors: Vec<ActorInput>,
}

/// A member account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountInput {
    /// Twelve digits, beginning with `00000000`.
    pub id: String,
    /// For people.
    #[serde(default)]
    pub name: Option<String>,
    /// Aliases that each of its distributions may list.
    #[serde(default = "alias_quota")]
    pub alias_quota: usize,
    /// Roles that exist there; Cutover's own two with the right trust where absent.
    #[serde(default)]
    pub roles: Option<Vec<RoleInput>>,
}

/// A role in a member account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleInput {
    /// `cutover-read` or `cutover-write`.
    pub name: String,
    /// The external id that its trust asks for; the right one where absent.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The account that its trust names; the home account where absent.
    #[serde(default)]
    pub trusts: Option<String>,
    /// Actions that it lacks, `cloudfront:UpdateDistribution` …
    #[serde(default)]
    pub deny: Vec<String>,
}

/// A certificate of ACM in us-east-1.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateInput {
    /// `arn:aws:acm:us-east-1:<account>:certificate/<id>`
    pub arn: String,
    /// Subject alternative names.
    pub names: Vec<String>,
    /// `ISSUED` …
    #[serde(default = "issued")]
    pub status: String,
    /// When it ends; far away where absent.
    #[serde(default)]
    pub not_after: Option<Timestamp>,
    /// When it was issued; long ago where absent.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// `RSA_2048` …
    #[serde(default = "rsa_2048")]
    pub key_algorithm: String,
    /// How ACM's last attempt to renew it ended, `FAILED` …; there was none where absent.
    #[serde(default)]
    pub renewal_status: Option<String>,
    /// Serial number in hex; made from the ARN where absent.
    #[serde(default)]
    pub serial: Option<String>,
}

/// A distribution of CloudFront.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DistributionInput {
    /// `E…`
    pub id: String,
    /// The owning account; empty where a service of AWS holds it.
    #[serde(default)]
    pub account: String,
    /// The service that holds it, in an account of AWS.
    #[serde(default)]
    pub service: Option<Service>,
    /// The last six digits of that account's id.
    #[serde(default)]
    pub account_suffix: Option<String>,
    /// `xyz.cloudfront.net`
    pub domain_name: String,
    /// Alternate domain names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether it serves.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `Deployed` or `InProgress`.
    #[serde(default = "deployed")]
    pub status: String,
    /// Whether it answers IPv6.
    #[serde(default = "yes")]
    pub ipv6: bool,
    /// What its origin answers.
    #[serde(default)]
    pub origin: OriginInput,
    /// ARN of its certificate.
    #[serde(default)]
    pub certificate: Option<String>,
    /// Id of its certificate, where that is in IAM's store.
    #[serde(default)]
    pub iam_certificate: Option<String>,
    /// The names that one covers.
    #[serde(default)]
    pub iam_certificate_names: Vec<String>,
    /// Whether it is a staging distribution.
    #[serde(default)]
    pub staging: bool,
    /// Id of its continuous deployment policy.
    #[serde(default)]
    pub continuous_deployment_policy: Option<String>,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Texts of elements of its config, by their path.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Elements of its config that no type knows, as XML.
    #[serde(default)]
    pub extra_xml: Option<String>,
}

impl DistributionInput {
    /// How the world keeps its certificate: by ARN, or by its id in IAM's store.
    pub fn certificate_key(&self) -> Option<&String> {
        self.certificate.as_ref().or(self.iam_certificate.as_ref())
    }
}

/// A service that keeps distributions in an account of AWS, where nobody else sees them (HID-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it; docs/FIDELITY.md has a line for each")]
pub enum Service {
    Amplify,
    ApiGateway,
    Cognito,
    Other,
}

/// A connection group, by which tenants are reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectionGroupInput {
    /// `cg_…`
    pub id: String,
    /// The owning account, the one of its tenants.
    pub account: String,
    /// `….cloudfront.net`
    pub endpoint: String,
    /// For people.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it serves.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `Deployed` or `InProgress`, which it stays.
    #[serde(default = "deployed")]
    pub status: String,
    /// Whether it answers IPv6.
    #[serde(default = "yes")]
    pub ipv6: bool,
    /// Whether tenants without a group of their own are in it.
    #[serde(default)]
    pub is_default: bool,
}

/// A tenant of a multi-tenant distribution.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantInput {
    /// `dt_…`
    pub id: String,
    /// The owning account, the one of its distribution.
    pub account: String,
    /// Its multi-tenant distribution, whose origin answers for it.
    pub distribution: String,
    /// For people.
    #[serde(default)]
    pub name: Option<String>,
    /// Its names.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whether it serves.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `Deployed` or `InProgress`.
    #[serde(default = "deployed")]
    pub status: String,
    /// Its connection group's `….cloudfront.net`.
    pub endpoint: String,
    /// ARN of its certificate; its distribution's where absent.
    #[serde(default)]
    pub certificate: Option<String>,
}

/// What an origin answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OriginInput {
    /// HTTP status.
    #[serde(default = "ok")]
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

impl Default for OriginInput {
    fn default() -> Self {
        Self { status: ok(), headers: BTreeMap::new() }
    }
}

/// The edge.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EdgeInput {
    /// How many locations.
    #[serde(default = "locations")]
    pub locations: usize,
    /// How long a change takes to reach one.
    #[serde(default)]
    pub propagation: Propagation,
}

impl Default for EdgeInput {
    fn default() -> Self {
        Self { locations: locations(), propagation: Propagation::default() }
    }
}

/// How long a change takes to reach one location.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "model", deny_unknown_fields)]
pub enum Propagation {
    /// Any time up to the longest.
    Uniform {
        /// The longest.
        #[serde(default = "max_seconds")]
        max_seconds: f64,
    },
    /// Most soon, few late.
    Lognormal {
        /// Half of the locations have it by then.
        median_seconds: f64,
        /// Spread of the logarithm.
        #[serde(default = "sigma")]
        sigma: f64,
        /// The longest.
        #[serde(default = "max_seconds")]
        max_seconds: f64,
    },
    /// All at the same time.
    Fixed {
        /// That time.
        seconds: f64,
    },
}

impl Default for Propagation {
    fn default() -> Self {
        Self::Uniform { max_seconds: max_seconds() }
    }
}

/// Somebody or something that interferes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActorInput {
    /// Once this call, `service:Operation#n`, was answered.
    #[serde(default)]
    pub after_call: Option<String>,
    /// At this time. With neither trigger, from the beginning.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// The account that acts, or whose operation is refused.
    #[serde(default)]
    pub account: Option<String>,
    /// Whose credentials, as CloudTrail tells it: the ARN of a role's session or of a user. Infrastructure code's where absent.
    #[serde(default)]
    pub by: Option<String>,
    /// What it does.
    #[serde(rename = "do")]
    pub deed: Deed,
    /// Which distribution.
    #[serde(default)]
    pub distribution: Option<String>,
    /// Which alias.
    #[serde(default)]
    pub alias: Option<String>,
    /// For `setEnabled`.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// For `replaceCertificate`.
    #[serde(default)]
    pub certificate: Option<String>,
    /// For `editConfig`: the new comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// For `changeRecord` and `addValue`.
    #[serde(default)]
    pub hosted_zone: Option<String>,
    /// For these, in place of a hosted zone: the name of an external one.
    #[serde(default)]
    pub external_zone: Option<String>,
    /// For `changeRecord`: replaces the set of this name, type and identifier; one that leads nowhere deletes it.
    /// For `addValue`: what it lists joins what that set lists, or is a new set.
    #[serde(default)]
    pub record: Option<RecordInput>,
    /// For `denyOperation` and `failOperation`: `cloudfront:UpdateDistribution` …
    #[serde(default)]
    pub operation: Option<String>,
    /// For `failOperation`.
    #[serde(default)]
    pub code: Option<String>,
    /// For `failOperation`.
    #[serde(default)]
    pub message: Option<String>,
    /// For `failOperation`: HTTP status; from the code where absent. For `failOrigin`: 503 where absent.
    #[serde(default)]
    pub http_status: Option<u16>,
    /// For `failOperation`: how often; always where absent.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What an actor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it; docs/FIDELITY.md has a line for each")]
pub enum Deed {
    AddAlias,
    RemoveAlias,
    SetEnabled,
    ReplaceCertificate,
    EditConfig,
    ChangeRecord,
    AddValue,
    MoveAlias,
    FailOrigin,
    DenyOperation,
    FailOperation,
}

fn issued() -> String {
    "ISSUED".to_owned()
}
fn rsa_2048() -> String {
    "RSA_2048".to_owned()
}
fn deployed() -> String {
    "Deployed".to_owned()
}
fn alias_quota() -> usize {
    100
}
fn yes() -> bool {
    true
}
fn ok() -> u16 {
    200
}
fn locations() -> usize {
    600
}
fn max_seconds() -> f64 {
    300.0
}
fn sigma() -> f64 {
    0.5
}

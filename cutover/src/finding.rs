//! What the planner says about a situation: findings, and the refusals that follow from them.
//! Must not know how the situation was observed.

use crate::bounds;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The closed list of finding and refusal codes. Scripts match on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// The request cannot be read.
    MalformedRequest,
    /// The request asks for something that this version does not do.
    NotSupportedYet,
    /// Cutover's role in an account cannot be assumed or lacks a permission.
    AccountNotReachable,
    /// AWS did not answer while the situation was observed.
    ObservationFailed,
    /// The distribution does not exist in the account named.
    DistributionNotFound,
    /// The hosted zone does not exist in the account named.
    HostedZoneNotFound,
    /// The hosted zone is private, or the alias is not below it.
    HostedZoneUnsuitable,
    /// The alias is on neither distribution.
    AliasNotOnSource,
    /// The alias is on the target already.
    AliasAlreadyOnTarget,
    /// The target is disabled, not deployed, staging, or bound to continuous deployment.
    TargetNotReady,
    /// The source is disabled.
    SourceDisabled,
    /// The target has no certificate that can prove the alias.
    CertificateUnusable,
    /// The target's certificate is good but lacks a name.
    CertificateLacksName,
    /// The source could not take the alias back: its certificate does not prove it any more.
    WayBackBlocked,
    /// The target has no room for the aliases.
    TargetFull,
    /// The alias has no record set of its own in the hosted zone.
    RecordSetMissing,
    /// The alias's record set does not point at the source.
    RecordSetElsewhere,
    /// The alias's record set is routed, health-checked, or of a kind that is not rewritten.
    RecordSetUnusual,
    /// A TTL that makes a swap's way back long.
    TtlLong,
    /// The target answers no IPv6 and the alias's AAAA record set goes.
    Ipv6Lost,
    /// The bridge's wildcard is on another distribution.
    WildcardTaken,
    /// The bridge's wildcard has a record set that points at another distribution.
    WildcardRecordElsewhere,
    /// What else the bridge's wildcard will catch while it is on the target.
    WildcardCatches,
    /// The name is an apex: no wildcard that may be used lies above it.
    NameIsApex,
    /// AWS would not move the alias: its source is enabled in another account.
    MoveNotAllowed,
    /// The TXT proof that AWS's move asks for has no place in the hosted zone.
    ProofImpossible,
    /// Other values stand where the TXT proof will.
    ProofShared,
    /// The target's proof stands there already, and stays.
    ProofAlreadyThere,
    /// No wildcard on the target catches the alias while AWS moves it.
    NoSafetyNet,
    /// AWS moves the aliases one by one, each after the one before is everywhere.
    MovesOneByOne,
    /// AWS refused the move when it was asked, and everything is as it was.
    MoveRefused,
    /// The strategy leaves viewers unserved for a while and the request does not accept that.
    OutageNotAccepted,
    /// The strategy named is not legal for an alias.
    StrategyNotLegal,
    /// The aliases need different strategies.
    MixedStrategies,
    /// The aliases do not fit into one document.
    RequestTooLarge,
    /// Nobody holds the alias, as far as can be seen.
    SourceNotFound,
    /// The aliases are on several distributions.
    SourcesDiffer,
    /// The distribution that holds the alias is in an account that cannot be reached.
    SourceUnreachable,
    /// A distribution of another AWS service holds the alias.
    HiddenOwner,
    /// The source serves more aliases than those that move.
    SourceServesOthers,
    /// The hosted zone is not the one that public DNS asks.
    HostedZoneNotDelegated,
    /// The aliases are in several hosted zones.
    HostedZonesDiffer,
    /// Somebody else edits DNS and has to be asked.
    DnsExternal,
    /// The alias's record sets have a routing policy or a health check.
    RecordSetRouted,
    /// The TTL is lowered before the move and restored after it.
    TtlLowered,
    /// Source and target are configured differently.
    ConfigDiffers,
    /// The target speaks an older version of HTTP than the source.
    HttpVersionLost,
    /// Distributions that share a certificate have different HTTP versions.
    CertificateShared,
    /// The certificate is in the IAM store, where it cannot be looked at.
    CertificateInIamStore,
    /// ACM could not renew the certificate.
    CertificateNotRenewed,
    /// CAA records do not let Amazon issue certificates.
    CaaForbidsAmazon,
    /// Exact names are put on the target before their wildcard moves.
    NamesFirst,
    /// While the alias changes hands another distribution's wildcard serves it.
    ServedByWildcard,
    /// One side is a distribution tenant.
    TenantSide,
    /// The text for AWS Support is in the document.
    CasePrepared,
    /// The plan would be another one than the one agreed to.
    PlanChanged,
    /// The strategy is carried out only where the request names it.
    StrategyByName,
    /// Another cutover has claimed an alias or a distribution of this one.
    ClaimedByAnother,
    /// More aliases, wildcards and distributions than one claim holds.
    TooMuchToClaim,
    /// The registry did not answer, and without a claim nothing is moved.
    RegistryUnreachable,
    /// There is no claim to recover: its cutover has ended, runs, or needs a person.
    NothingToRecover,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 61] = [
        Code::MalformedRequest,
        Code::NotSupportedYet,
        Code::AccountNotReachable,
        Code::ObservationFailed,
        Code::DistributionNotFound,
        Code::HostedZoneNotFound,
        Code::HostedZoneUnsuitable,
        Code::AliasNotOnSource,
        Code::AliasAlreadyOnTarget,
        Code::TargetNotReady,
        Code::SourceDisabled,
        Code::CertificateUnusable,
        Code::CertificateLacksName,
        Code::WayBackBlocked,
        Code::TargetFull,
        Code::RecordSetMissing,
        Code::RecordSetElsewhere,
        Code::RecordSetUnusual,
        Code::TtlLong,
        Code::Ipv6Lost,
        Code::WildcardTaken,
        Code::WildcardRecordElsewhere,
        Code::WildcardCatches,
        Code::NameIsApex,
        Code::MoveNotAllowed,
        Code::ProofImpossible,
        Code::ProofShared,
        Code::ProofAlreadyThere,
        Code::NoSafetyNet,
        Code::MovesOneByOne,
        Code::MoveRefused,
        Code::OutageNotAccepted,
        Code::StrategyNotLegal,
        Code::MixedStrategies,
        Code::RequestTooLarge,
        Code::SourceNotFound,
        Code::SourcesDiffer,
        Code::SourceUnreachable,
        Code::HiddenOwner,
        Code::SourceServesOthers,
        Code::HostedZoneNotDelegated,
        Code::HostedZonesDiffer,
        Code::DnsExternal,
        Code::RecordSetRouted,
        Code::TtlLowered,
        Code::ConfigDiffers,
        Code::HttpVersionLost,
        Code::CertificateShared,
        Code::CertificateInIamStore,
        Code::CertificateNotRenewed,
        Code::CaaForbidsAmazon,
        Code::NamesFirst,
        Code::ServedByWildcard,
        Code::TenantSide,
        Code::CasePrepared,
        Code::PlanChanged,
        Code::StrategyByName,
        Code::ClaimedByAnother,
        Code::TooMuchToClaim,
        Code::RegistryUnreachable,
        Code::NothingToRecover,
    ];

    /// The code as scripts see it.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The cutover is refused.
    Stops,
    /// It goes on only when the request says yes to it.
    NeedsYes,
    /// Worth knowing.
    Note,
}

/// One thing that was seen, why it matters, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// Which kind.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// What was seen.
    pub seen: String,
    /// Why it matters, with the fact's id.
    pub why: String,
    /// What to do next.
    pub remedy: String,
}

impl Finding {
    /// A finding; its texts are cut to a bounded length.
    pub fn new(code: Code, severity: Severity, seen: &str, why: &str, remedy: &str) -> Self {
        Self { code, severity, seen: bounds::cut(seen), why: bounds::cut(why), remedy: bounds::cut(remedy) }
    }
}

/// Why a cutover does not start. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// Which kind.
    pub code: Code,
    /// What was seen and why it matters.
    pub message: String,
    /// What to do next.
    pub remedy: String,
    /// Requests that would work, ready to use.
    #[serde(default)]
    pub requests: Vec<Value>,
}

impl Refusal {
    /// A refusal without a ready request.
    pub fn new(code: Code, message: &str, remedy: &str) -> Self {
        Self { code, message: message.to_owned(), remedy: remedy.to_owned(), requests: Vec::new() }
    }

    /// The same refusal with requests that would work.
    pub fn with_requests(mut self, requests: Vec<Value>) -> Self {
        self.requests = requests;
        self
    }
}

impl From<&Finding> for Refusal {
    fn from(finding: &Finding) -> Self {
        Refusal::new(finding.code, &format!("{}: {}", finding.seen, finding.why), &finding.remedy)
    }
}

#[cfg(test)]
mod tests;

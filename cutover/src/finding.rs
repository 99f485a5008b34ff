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

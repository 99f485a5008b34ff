//! What an error of AWS means. Told apart by code *and* message (ERR-1), through the metadata and never by
//! an enum's variant (SDK-4). Must not know what the call was for.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cutover::bounds::cut;
use cutover::error_name::ErrorName;

/// A step's failure, before it becomes Lambda's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) name: ErrorName,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(name: ErrorName, message: impl Into<String>) -> Self {
        Self { name, message: message.into() }
    }
}

/// What an error asks us to do (the classes of the error table, §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Slow down and ask again.
    Throttled,
    /// Nobody knows whether it took effect: look, then act.
    Unknown,
    /// New credentials are needed, then look.
    Expired,
    /// The ETag is not the newest: read again.
    Stale,
    /// CNAMEAlreadyExists A.
    AliasTaken,
    /// CNAMEAlreadyExists B.
    DnsElsewhere,
    /// CloudFront does not see the TXT proof.
    ProofMissing,
    /// The move API does not take a name from a source that is enabled.
    SourceEnabled,
    /// Becomes true by itself within minutes.
    NotReadyYet,
    /// Another change of the same distribution has to arrive first (CFG-10).
    ChangeInProgress,
    /// Route 53 refused the batch: read again, it may be done already.
    BatchRefused,
    /// No such distribution, zone, change or certificate.
    NotFound,
    /// A role or permission is missing.
    Denied,
    /// Will be refused again.
    Refused,
    /// A text that nobody has listed.
    Unlisted,
    /// The call was not sent: the registry does not let it, for this reason.
    Unsent(ErrorName),
}

/// An error of AWS, placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) meaning: Meaning,
    /// The call, AWS's code and message, the request id.
    pub(crate) text: String,
}

impl Answer {
    /// Places the error of `operation`.
    pub(crate) fn of<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::fmt::Debug,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = meta.and_then(|meta| meta.code()).unwrap_or_default();
        let message = meta.and_then(|meta| meta.message()).unwrap_or_default();
        let request_id = error.raw_response().and_then(|response| response.headers().get("x-amzn-requestid")).unwrap_or("none");
        let (meaning, said) = match status {
            None => (Meaning::Unknown, "no answer"),
            Some(status) if code.is_empty() && status == 400 && body_names_a_batch(error) => (Meaning::BatchRefused, "InvalidChangeBatch"),
            Some(status) => (place(status, code, message), if code.is_empty() { "no code" } else { code }),
        };
        let status = status.map_or(String::new(), |status| format!(" (HTTP {status})"));
        let mut text = cut(&format!("{operation}: {said}{status} {message} [request {request_id}]"));
        if let Some(remedy) = remedy(code) {
            text = format!("{text}; {remedy}");
        }
        Self { meaning, text }
    }

    /// The failure that this answer is where the step has no better use for it.
    pub(crate) fn failure(&self) -> Failure {
        let name = match self.meaning {
            Meaning::Throttled => ErrorName::Throttled,
            Meaning::Unknown | Meaning::Expired | Meaning::Stale | Meaning::NotReadyYet => ErrorName::Unavailable,
            Meaning::AliasTaken => ErrorName::AliasStillTaken,
            Meaning::DnsElsewhere => ErrorName::DnsNotSeenYet,
            Meaning::ProofMissing => ErrorName::ProofNotSeenYet,
            Meaning::SourceEnabled => ErrorName::MoveNotAllowed,
            Meaning::ChangeInProgress => ErrorName::TargetInProgress,
            Meaning::BatchRefused | Meaning::NotFound | Meaning::Refused => ErrorName::EditRefused,
            Meaning::Denied => ErrorName::AccessDenied,
            Meaning::Unlisted => ErrorName::UnknownAnswer,
            Meaning::Unsent(name) => name,
        };
        Failure::new(name, self.text.clone())
    }
}

/// What a person does about a refusal whose own words do not say it.
fn remedy(code: &str) -> Option<&'static str> {
    match code {
        "TooManyDistributionCNAMEs" => Some("move fewer names, or ask AWS for more aliases on each distribution (quota L-AAD4943E)"),
        "StagingDistributionInUse" | "ContinuousDeploymentPolicyInUse" => {
            Some("promote or disable the continuous deployment and detach its policy from the distribution first")
        }
        _ => None,
    }
}

/// Route 53's bare form of InvalidChangeBatch reaches us without a code (W-9).
fn body_names_a_batch<E>(error: &SdkError<E, HttpResponse>) -> bool {
    let body = error.raw_response().and_then(|response| response.body().bytes()).unwrap_or_default();
    String::from_utf8_lossy(body).contains("InvalidChangeBatch")
}

fn place(status: u16, code: &str, message: &str) -> Meaning {
    let text = message.to_ascii_lowercase();
    let says = |part: &str| text.contains(part);
    match code {
        // What the SDK takes for one (SDK-3), but for the code that elsewhere says that a quota is used up.
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "SlowDown"
        | "TransactionInProgressException"
        | "PriorRequestNotComplete" => Meaning::Throttled,
        "PreconditionFailed" | "InvalidIfMatchVersion" => Meaning::Stale,
        "CNAMEAlreadyExists" if says("incorrectly configured dns record") => Meaning::DnsElsewhere,
        "CNAMEAlreadyExists" if says("already associated with a different resource") => Meaning::AliasTaken,
        "InvalidViewerCertificate" if says("doesn't exist, isn't in us-east-1") => Meaning::NotReadyYet,
        "IllegalUpdate" if says("invalid or missing alias dns txt records") => Meaning::ProofMissing,
        "IllegalUpdate" if says("alias move is not allowed since the source distribution is enabled") => Meaning::SourceEnabled,
        "IllegalUpdate" if says("incorrectly configured dns record") => Meaning::DnsElsewhere,
        "IllegalUpdate" if says("only one viewer certificate change") => Meaning::ChangeInProgress,
        "IllegalUpdate" if says("you cannot update origin") || says("is required for updates") => Meaning::Refused,
        "InvalidChangeBatch" => Meaning::BatchRefused,
        "NoSuchDistribution"
        | "EntityNotFound"
        | "NoSuchHostedZone"
        | "NoSuchChange"
        | "ResourceNotFoundException"
        | "InvalidArnException" => Meaning::NotFound,
        "AccessDenied" | "AccessDeniedException" => Meaning::Denied,
        "ExpiredToken" | "ExpiredTokenException" | "InvalidClientTokenId" | "UnrecognizedClientException" => Meaning::Expired,
        "RequestTimeout" | "RequestTimeoutException" => Meaning::Unknown,
        "InvalidViewerCertificate"
        | "TooManyDistributionCNAMEs"
        | "InconsistentQuantities"
        | "InvalidArgument"
        | "MissingBody"
        | "StagingDistributionInUse"
        | "ContinuousDeploymentPolicyInUse"
        | "RealtimeLogConfigOwnerMismatch"
        | "NoSuchHealthCheck"
        | "InvalidInput"
        | "ValidationError"
        | "MalformedPolicyDocument"
        | "PackedPolicyTooLarge"
        | "RegionDisabledException" => Meaning::Refused,
        _ if status == 429 => Meaning::Throttled,
        _ if status >= 500 => Meaning::Unknown,
        _ => Meaning::Unlisted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_with_two_meanings_is_told_apart_by_its_message() {
        let taken = "One or more of the CNAMEs you provided are already associated with a different resource.";
        let dns = "The domain name has an Incorrectly Configured DNS record that points to another CloudFront distribution.";
        assert_eq!(place(409, "CNAMEAlreadyExists", taken), Meaning::AliasTaken);
        assert_eq!(place(409, "CNAMEAlreadyExists", dns), Meaning::DnsElsewhere);
        assert_eq!(place(409, "CNAMEAlreadyExists", "something new"), Meaning::Unlisted);
        assert_eq!(
            place(400, "IllegalUpdate", "Only one viewer certificate change may be in progress at a time"),
            Meaning::ChangeInProgress
        );
        assert_eq!(place(400, "IllegalUpdate", "The parameter X is required for updates"), Meaning::Refused);
        assert_eq!(place(400, "IllegalUpdate", "Invalid or missing alias DNS TXT records."), Meaning::ProofMissing);
        let enabled = "Alias move is not allowed since the source distribution is enabled.";
        assert_eq!(place(400, "IllegalUpdate", enabled), Meaning::SourceEnabled);
        assert_eq!(place(400, "IllegalUpdate", "an unknown text"), Meaning::Unlisted);
    }

    #[test]
    fn without_a_code_the_status_decides() {
        assert_eq!(place(503, "", ""), Meaning::Unknown);
        assert_eq!(place(429, "", ""), Meaning::Throttled);
        assert_eq!(place(418, "", ""), Meaning::Unlisted);
    }
}

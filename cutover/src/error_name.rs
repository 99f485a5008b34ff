//! The closed list of error names. They are an API: the definition retries and catches by them.
//! Must not know which call met the error.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a step fails with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorName {
    /// The input is no document of ours. A mistake in the definition, or somebody else's input.
    MalformedDocument,
    /// AWS did not answer, or with a 5xx. Looking again may help.
    Unavailable,
    /// AWS asks us to slow down.
    Throttled,
    /// The alias still belongs to another distribution (CNAMEAlreadyExists A).
    AliasStillTaken,
    /// CloudFront still sees the alias's DNS at another distribution (CNAMEAlreadyExists B).
    DnsNotSeenYet,
    /// The target is on its way to the edge with somebody's change; nothing may be detached meanwhile.
    TargetInProgress,
    /// CloudFront does not see the TXT proof yet (TXT-6).
    ProofNotSeenYet,
    /// AWS does not move this alias, however long we wait: its source is enabled, or DNS leads to it (MV-4).
    MoveNotAllowed,
    /// AWS refuses the edit, and asking again will not change that.
    EditRefused,
    /// A role or a permission is missing.
    AccessDenied,
    /// An answer that this version cannot place. Its text is kept; a person reads it.
    UnknownAnswer,
    /// Somebody else changed what this edit builds on.
    ChangedByOthers,
    /// CloudFront's answer differs from what was sent in more than the intended element (CFG-7).
    ConfigDiffers,
    /// Directly before the detach something was not as an attach needs it (I11). The detach was not sent.
    DetachUnsafe,
    /// The attach did not succeed within [`SWAP_SECONDS_MAX`](crate::bounds::SWAP_SECONDS_MAX), or on the way back within
    /// [`SWAP_BACK_SECONDS_MAX`](crate::bounds::SWAP_BACK_SECONDS_MAX).
    SwapDeadlinePassed,
    /// The registry did not answer. Nothing is written meanwhile.
    RegistryUnavailable,
    /// The claim is somebody else's now, or nobody's. This execution writes nothing more.
    ClaimLost,
    /// Somebody else wrote to what is claimed; that is weighed before the next write.
    ForeignWriteSeen,
    /// A write that another run began may still be sent, or take effect.
    WriteInFlight,
}

impl ErrorName {
    /// Every name.
    pub const ALL: [ErrorName; 19] = [
        ErrorName::MalformedDocument,
        ErrorName::Unavailable,
        ErrorName::Throttled,
        ErrorName::AliasStillTaken,
        ErrorName::DnsNotSeenYet,
        ErrorName::TargetInProgress,
        ErrorName::ProofNotSeenYet,
        ErrorName::MoveNotAllowed,
        ErrorName::EditRefused,
        ErrorName::AccessDenied,
        ErrorName::UnknownAnswer,
        ErrorName::ChangedByOthers,
        ErrorName::ConfigDiffers,
        ErrorName::DetachUnsafe,
        ErrorName::SwapDeadlinePassed,
        ErrorName::RegistryUnavailable,
        ErrorName::ClaimLost,
        ErrorName::ForeignWriteSeen,
        ErrorName::WriteInFlight,
    ];

    /// The name as the definition writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorName::MalformedDocument => "MalformedDocument",
            ErrorName::Unavailable => "Unavailable",
            ErrorName::Throttled => "Throttled",
            ErrorName::AliasStillTaken => "AliasStillTaken",
            ErrorName::DnsNotSeenYet => "DnsNotSeenYet",
            ErrorName::TargetInProgress => "TargetInProgress",
            ErrorName::ProofNotSeenYet => "ProofNotSeenYet",
            ErrorName::MoveNotAllowed => "MoveNotAllowed",
            ErrorName::EditRefused => "EditRefused",
            ErrorName::AccessDenied => "AccessDenied",
            ErrorName::UnknownAnswer => "UnknownAnswer",
            ErrorName::ChangedByOthers => "ChangedByOthers",
            ErrorName::ConfigDiffers => "ConfigDiffers",
            ErrorName::DetachUnsafe => "DetachUnsafe",
            ErrorName::SwapDeadlinePassed => "SwapDeadlinePassed",
            ErrorName::RegistryUnavailable => "RegistryUnavailable",
            ErrorName::ClaimLost => "ClaimLost",
            ErrorName::ForeignWriteSeen => "ForeignWriteSeen",
            ErrorName::WriteInFlight => "WriteInFlight",
        }
    }
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;

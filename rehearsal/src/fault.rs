//! What can go wrong at one place of a rehearsal, `service:Operation#n:kind`, by the number that the list of faults has for
//! it (F1–F41). Must not know how a fault is brought about, nor what a cutover makes of it.

use std::fmt;
use std::str::FromStr;

/// One thing that goes wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `service:Operation` of a call; `states:State` where an execution enters a state; `lambda:State` where that state's
    /// function is invoked.
    pub operation: String,
    /// Which one of these, from 1.
    pub number: u64,
    /// What happens.
    pub kind: FaultKind,
}

/// Who is to bring a fault about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// AWS, as it answers the call.
    Answer,
    /// Somebody else, right after the call was answered.
    Others,
    /// Lambda, at the call of a function.
    Function,
    /// Lambda, as it invokes a function.
    Invocation,
    /// Step Functions, as an execution enters a state.
    Execution,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal $fact:literal $family:ident,)*) => {
        /// Everything that can be made to happen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind {
            $($(#[$doc])* $kind,)*
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &'static [FaultKind] = &[$(FaultKind::$kind,)*];

            /// As it is written in an address.
            pub fn word(self) -> &'static str {
                match self { $(FaultKind::$kind => $word,)* }
            }

            /// Its number in the list of faults.
            pub fn fact(self) -> &'static str {
                match self { $(FaultKind::$kind => $fact,)* }
            }

            /// Who brings it about.
            pub fn family(self) -> Family {
                match self { $(FaultKind::$kind => Family::$family,)* }
            }
        }
    };
}

kinds! {
    /// `Throttling`, without effect.
    Throttled "throttled" "F1" Answer,
    /// A 503 without effect.
    Unavailable "unavailable" "F2" Answer,
    /// This operation answers nobody but with a 503 for ten minutes.
    Down "down" "F2" Answer,
    /// A 500 after the effect.
    LostAnswer "lostAnswer" "F3" Answer,
    /// The connection is cut, and the effect lands three minutes later.
    Late "late" "F4" Answer,
    /// The read shows what was there a minute ago.
    OldRead "oldRead" "F5" Answer,
    /// 412 without effect.
    Stale "stale" "F6" Answer,
    /// The alias is taken, this once.
    Taken "taken" "F7" Answer,
    /// The alias is taken, from here on.
    TakenForGood "takenForGood" "F8" Answer,
    /// `IllegalUpdate` with a text that nobody has seen before.
    IllegalUpdate "illegalUpdate" "F9" Answer,
    /// The certificate cannot be seen by CloudFront yet.
    CertificateUnseen "certificateUnseen" "F10" Answer,
    /// `AccessDenied`, this once.
    Denied "denied" "F11" Answer,
    /// `AccessDenied` from here on, for everybody of the caller's account.
    DeniedForGood "deniedForGood" "F11" Answer,
    /// The caller's credentials have expired.
    Expired "expired" "F12" Answer,
    /// The distribution has no room for another alias.
    QuotaFull "quotaFull" "F13" Answer,
    /// One location gets the accepted version only after five hours.
    StuckInProgress "stuckInProgress" "F19" Answer,
    /// One location never gets the accepted version.
    NeverUpdated "neverUpdated" "F20" Answer,
    /// `PriorRequestNotComplete`.
    Busy "busy" "F21" Answer,
    /// The accepted change is PENDING for five hours.
    StuckPending "stuckPending" "F21" Answer,
    /// The clocks of the functions are five minutes ahead from here on.
    ClockAhead "clockAhead" "F37" Answer,
    /// The clocks of the functions are five minutes behind from here on.
    ClockBehind "clockBehind" "F37" Answer,
    /// Infrastructure code puts the alias back on the source.
    AliasReadded "aliasReadded" "F14" Others,
    /// Somebody edits another setting of the source.
    SourceEdited "sourceEdited" "F15" Others,
    /// Somebody edits another setting of the target.
    TargetEdited "targetEdited" "F15" Others,
    /// An account that is nobody's business puts the alias on a distribution of its own, if it is free.
    AliasClaimed "aliasClaimed" "F16" Others,
    /// Somebody disables the source.
    SourceDisabled "sourceDisabled" "F17" Others,
    /// Somebody disables the target.
    TargetDisabled "targetDisabled" "F17" Others,
    /// Somebody gives the target a certificate that does not cover the alias.
    CertificateReplaced "certificateReplaced" "F18" Others,
    /// Somebody points the alias's record set elsewhere.
    RecordChanged "recordChanged" "F22" Others,
    /// Somebody puts a TXT value of their own beside the alias's proof.
    ProofJoined "proofJoined" "F22" Others,
    /// The target's origin answers 503 from here on.
    OriginFails "originFails" "F23" Others,
    /// The same request is made again.
    AskedAgain "askedAgain" "F39" Others,
    /// Somebody asks for the way back.
    AskedBack "askedBack" "F39" Others,
    /// The function's process ends before the call.
    KilledBefore "killedBefore" "F24" Function,
    /// The function's process ends after the call and before its answer.
    KilledAfter "killedAfter" "F24" Function,
    /// The function stands still before the call for nearly 15 minutes: most states run out of time meanwhile (F27).
    FrozenBefore "frozenBefore" "F26" Function,
    /// The same, after the call and before its answer.
    FrozenAfter "frozenAfter" "F26" Function,
    /// The event is delivered twice, and both functions run at the same time.
    Twice "twice" "F25" Invocation,
    /// The same, and the one that nobody waits for began first.
    Overtaken "overtaken" "F25" Invocation,
    /// The event is delivered again once the first function has answered.
    AgainLater "againLater" "F25" Invocation,
    /// Somebody stops the execution.
    Stopped "stopped" "F29" Execution,
    /// The execution is stopped, and a minute later redriven from where it was.
    Redriven "redriven" "F28" Execution,
    /// The execution's history is full.
    HistoryFull "historyFull" "F33" Execution,
}

/// Operations that change something; of DynamoDB those of the table.
const WRITES: [&str; 7] = [
    "cloudfront:UpdateDistribution",
    "cloudfront:UpdateDomainAssociation",
    "cloudfront:AssociateAlias",
    "route53:ChangeResourceRecordSets",
    "dynamodb:PutItem",
    "dynamodb:TransactWriteItems",
    "dynamodb:UpdateItem",
];

impl FaultKind {
    /// Whether it can come to pass at `operation`.
    pub fn fits(self, operation: &str) -> bool {
        let (service, name) = operation.split_once(':').unwrap_or(("", operation));
        let moves = ["UpdateDomainAssociation", "AssociateAlias"].contains(&name);
        match (self.family(), service) {
            (Family::Execution, service) => return service == "states",
            (Family::Invocation, service) => return service == "lambda",
            (_, "states" | "lambda") => return false,
            _ => {}
        }
        match self {
            FaultKind::Late | FaultKind::LostAnswer => self == FaultKind::LostAnswer || WRITES.contains(&operation),
            FaultKind::OldRead => service == "cloudfront" && name.starts_with("Get"),
            // DynamoDB has no ETags; an old read has rules of its own there.
            FaultKind::Stale => service != "dynamodb",
            FaultKind::Taken | FaultKind::TakenForGood | FaultKind::CertificateUnseen | FaultKind::QuotaFull => {
                name == "UpdateDistribution"
            }
            FaultKind::IllegalUpdate => moves,
            FaultKind::StuckInProgress | FaultKind::NeverUpdated => moves || name == "UpdateDistribution",
            FaultKind::Busy | FaultKind::StuckPending => name == "ChangeResourceRecordSets",
            _ => true,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}:{}", self.operation, self.number, self.kind.word())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let kinds: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.word()).collect();
            format!("fault {text:?} is not of the form service:Operation#n:kind, with a kind of {}", kinds.join(", "))
        };
        let (call, word) = text.rsplit_once(':').ok_or_else(wrong)?;
        let (operation, number) = call.split_once('#').ok_or_else(wrong)?;
        let kind = FaultKind::ALL.iter().find(|kind| kind.word() == word).copied().ok_or_else(wrong)?;
        let number = number.parse().map_err(|_| wrong())?;
        let (service, name) = operation.split_once(':').ok_or_else(wrong)?;
        if number == 0 || name.is_empty() {
            return Err(wrong());
        }
        if !["states", "lambda"].contains(&service) {
            crate::service::known(operation)?;
        }
        if !kind.fits(operation) {
            return Err(format!("fault {text:?}: {} cannot come to pass at {operation}", kind.word()));
        }
        Ok(Self { operation: operation.to_owned(), number, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_fault_is_addressed_by_call_number_and_kind_and_printed_as_it_is_written() {
        let text = "cloudfront:UpdateDistribution#2:lostAnswer";
        let fault: Fault = text.parse().unwrap();
        assert_eq!(fault, Fault { operation: "cloudfront:UpdateDistribution".into(), number: 2, kind: FaultKind::LostAnswer });
        assert_eq!(fault.to_string(), text);
        for good in ["states:RollBack#1:stopped", "lambda:Verify#2:twice", "sts:AssumeRole#3:killedBefore"] {
            assert_eq!(good.parse::<Fault>().map(|fault| fault.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "x", "cloudfront:UpdateDistribution:lostAnswer", "cloudfront:X#1:denied", "cloudfront:UpdateDistribution#0:stale"] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
        for unfit in ["sts:AssumeRole#1:late", "states:RollBack#1:denied", "lambda:Verify#1:stopped", "route53:GetChange#1:busy"] {
            assert!(unfit.parse::<Fault>().unwrap_err().contains("cannot come to pass"), "{unfit}");
        }
    }

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        let words: BTreeSet<&str> = FaultKind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), FaultKind::ALL.len());
    }
}

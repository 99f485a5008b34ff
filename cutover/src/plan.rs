//! What a plan is made of: reversible edits, each with its inverse, its label and how it settles. Their order is
//! [`order`](crate::order)'s. Must not know how an edit is carried out.

use crate::ids::{AccountId, DistributionId, HostedZoneId, Place};
use crate::name::Alias;
use crate::proof::Proves;
use crate::step::Step;
use serde::{Deserialize, Serialize};

/// One reversible change of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "op", deny_unknown_fields)]
pub enum Edit {
    /// Aliases join or leave one distribution.
    UpdateDistribution {
        /// The distribution's account.
        account: AccountId,
        /// The distribution.
        distribution: DistributionId,
        /// Aliases that join.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        add: Vec<Alias>,
        /// Aliases that leave.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<Alias>,
    },
    /// Aliases leave one distribution and join another, in one call.
    SwapAliases {
        /// The aliases.
        aliases: Vec<Alias>,
        /// Where they are detached.
        from: Place,
        /// Where they are attached.
        to: Place,
    },
    /// Aliases are moved by AWS's own call, one after the other (MV-2).
    UpdateDomainAssociation {
        /// The aliases.
        aliases: Vec<Alias>,
        /// Where they leave.
        from: Place,
        /// Where they join, and whose account makes the call.
        to: Place,
    },
    /// The aliases' TXT proofs say whose the names are to be, or are as they were read (TXT-5).
    ChangeProofs {
        /// The hosted zone's account.
        account: AccountId,
        /// The hosted zone.
        hosted_zone: HostedZoneId,
        /// Whose, for a person; the document's `proofs` are all of them.
        of: String,
        /// Which distribution may take them.
        proves: Proves,
    },
    /// The aliases' record sets lead to the target, or are as they were read.
    ChangeRecordSets {
        /// The hosted zone's account.
        account: AccountId,
        /// The hosted zone.
        hosted_zone: HostedZoneId,
        /// The aliases.
        aliases: Vec<Alias>,
        /// Which state they get.
        to: RecordsTo,
    },
}

/// The two states of the record sets that a cutover moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RecordsTo {
    /// They lead to the target.
    Target,
    /// They are exactly as they were read before the first write (R53-8).
    AsRead,
}

impl Edit {
    /// The edit that takes this one back.
    pub fn inverse(&self) -> Edit {
        match self.clone() {
            Edit::UpdateDistribution { account, distribution, add, remove } => {
                Edit::UpdateDistribution { account, distribution, add: remove, remove: add }
            }
            Edit::SwapAliases { aliases, from, to } => Edit::SwapAliases { aliases, from: to, to: from },
            Edit::UpdateDomainAssociation { aliases, from, to } => Edit::UpdateDomainAssociation { aliases, from: to, to: from },
            Edit::ChangeProofs { account, hosted_zone, of, proves } => {
                let proves = if proves == Proves::Nobody { Proves::Target } else { Proves::Nobody };
                Edit::ChangeProofs { account, hosted_zone, of, proves }
            }
            Edit::ChangeRecordSets { account, hosted_zone, aliases, to } => {
                let to = match to {
                    RecordsTo::Target => RecordsTo::AsRead,
                    RecordsTo::AsRead => RecordsTo::Target,
                };
                Edit::ChangeRecordSets { account, hosted_zone, aliases, to }
            }
        }
    }

    /// Whether it takes `alias` off a distribution.
    pub fn detaches(&self, alias: &Alias) -> bool {
        match self {
            Edit::UpdateDistribution { remove, .. } => remove.contains(alias),
            Edit::SwapAliases { aliases, .. } | Edit::UpdateDomainAssociation { aliases, .. } => aliases.contains(alias),
            Edit::ChangeRecordSets { .. } | Edit::ChangeProofs { .. } => false,
        }
    }

    /// The names that it brings to a distribution.
    pub fn attaches(&self) -> &[Alias] {
        match self {
            Edit::UpdateDistribution { add, .. } => add,
            Edit::SwapAliases { aliases, .. } | Edit::UpdateDomainAssociation { aliases, .. } => aliases,
            Edit::ChangeRecordSets { .. } | Edit::ChangeProofs { .. } => &[],
        }
    }

    /// The names whose record sets it points elsewhere.
    pub fn repoints(&self) -> &[Alias] {
        match self {
            Edit::ChangeRecordSets { aliases, .. } => aliases,
            _ => &[],
        }
    }

    /// The step that carries it out.
    pub fn step(&self) -> Step {
        match self {
            Edit::UpdateDistribution { .. } => Step::UpdateDistribution,
            Edit::SwapAliases { .. } => Step::SwapAliases,
            Edit::UpdateDomainAssociation { .. } => Step::UpdateDomainAssociation,
            Edit::ChangeRecordSets { .. } | Edit::ChangeProofs { .. } => Step::ChangeRecordSets,
        }
    }

    /// What it does, for a person.
    pub fn describe(&self) -> String {
        match self {
            Edit::UpdateDistribution { distribution, add, remove, .. } => match (add.as_slice(), remove.as_slice()) {
                (add, []) => format!("add {} to {distribution}", names(add)),
                ([], remove) => format!("remove {} from {distribution}", names(remove)),
                (add, remove) => format!("add {} to and remove {} from {distribution}", names(add), names(remove)),
            },
            Edit::SwapAliases { aliases, from, to } => {
                format!("swap {} from {} to {}", names(aliases), from.distribution, to.distribution)
            }
            Edit::UpdateDomainAssociation { aliases, from, to } => {
                format!("move {} from {} to {}", names(aliases), from.distribution, to.distribution)
            }
            Edit::ChangeProofs { of, hosted_zone, proves, .. } => match proves {
                Proves::Target => format!("stage the proof for {of} in {hosted_zone}"),
                Proves::Source => format!("put the source's proof for {of} into {hosted_zone}"),
                Proves::Nobody => format!("remove the proof for {of} from {hosted_zone}"),
            },
            Edit::ChangeRecordSets { aliases, hosted_zone, to: RecordsTo::Target, .. } => {
                format!("point {} in {hosted_zone} at the target", names(aliases))
            }
            Edit::ChangeRecordSets { aliases, hosted_zone, to: RecordsTo::AsRead, .. } => {
                format!("point {} in {hosted_zone} back where it was", names(aliases))
            }
        }
    }
}

/// One name, or the first and how many more.
pub fn names(aliases: &[Alias]) -> String {
    match aliases {
        [] => "nothing".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// When an edit has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum Settle {
    /// Every edge has the distribution as it is now (CF-12).
    DistributionDeployed {
        /// The distribution.
        #[serde(flatten)]
        place: Place,
    },
    /// Every authoritative server has the change (R53-2).
    ChangeInSync {
        /// The hosted zone's account.
        account: AccountId,
    },
    /// Every authoritative server of the zone answers the proof, and no other one (TXT-6).
    ProofVisible,
    /// The old answer has left every cache that keeps to its TTL, CloudFront's too (DNS-5).
    TtlRunOut {
        /// Counted from the change being in sync.
        seconds: u32,
    },
    /// The target has served for a while, looked at as a viewer.
    Soaked {
        /// Counted from the settle before.
        seconds: u32,
    },
}

impl Settle {
    /// What is waited for, for a person.
    pub fn describe(&self) -> String {
        match self {
            Settle::DistributionDeployed { place } => format!("{} is Deployed", place.distribution),
            Settle::ChangeInSync { .. } => "the change is INSYNC".to_owned(),
            Settle::ProofVisible => "every name server of the zone answers the proof".to_owned(),
            Settle::TtlRunOut { seconds } => format!("{seconds} s have passed since"),
            Settle::Soaked { seconds } => format!("it has served for {seconds} s"),
        }
    }

    /// How long it lasts where that is known beforehand, seconds.
    pub fn seconds(&self) -> Option<u32> {
        match self {
            Settle::TtlRunOut { seconds } | Settle::Soaked { seconds } => Some(*seconds),
            Settle::DistributionDeployed { .. } | Settle::ChangeInSync { .. } | Settle::ProofVisible => None,
        }
    }
}

/// What `verify` asks for after an edit has settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Proof {
    /// A throw-away name below the wildcard, at the target's own address (WB-2).
    Wildcard,
    /// The target under its own domain name: before a swap nothing else of it can be asked for (WB-2).
    Target,
    /// The aliases themselves.
    Aliases,
}

/// An edit as the plan holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedEdit {
    /// `3/5 remove a.foo.com from E1LEGACYXYZ`
    pub label: String,
    /// The edit.
    pub edit: Edit,
    /// The edit that takes it back.
    pub inverse: Edit,
    /// What is waited for before the next one, in order.
    pub settle: Vec<Settle>,
    /// What is waited for after the inverse, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse_settle: Option<Vec<Settle>>,
    /// The inverse is due as soon as the edit at this position was begun, where that is not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inverse_once: Option<usize>,
    /// What is proved before the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

impl PlannedEdit {
    /// What is waited for after the inverse. Nothing soaks on the way back.
    pub fn settle_back(&self) -> Vec<Settle> {
        let settles = self.inverse_settle.as_ref().unwrap_or(&self.settle);
        settles.iter().filter(|settle| !matches!(settle, Settle::Soaked { .. })).cloned().collect()
    }
}

/// What viewers will notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Prediction {
    /// Longest time that a name is unserved at one edge, seconds.
    pub outage_seconds_worst: u32,
    /// The same for a person.
    pub says: String,
}

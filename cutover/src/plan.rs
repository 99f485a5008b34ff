//! What a plan is made of: reversible edits, each with its inverse, its label and how it settles. Their order is
//! [`order`](crate::order)'s. Must not know how an edit is carried out.

use crate::bounds::{DNS_WATCH_SECONDS_MAX, OTHERS_WATCH_SECONDS_MAX};
use crate::ids::{AccountId, DistributionId, HostedZoneId, Place};
use crate::name::Alias;
use crate::proof::Proves;
use crate::record_set::RecordsTo;
use crate::step::Step;
use crate::strategy::Strategy;
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
    /// A distribution begins or stops to serve, with all its aliases.
    SetEnabled {
        /// The distribution's account.
        account: AccountId,
        /// The distribution.
        distribution: DistributionId,
        /// Whether it is to serve.
        enabled: bool,
    },
    /// Aliases are moved by AWS's own call, one after the other (MV-2).
    UpdateDomainAssociation {
        /// The aliases.
        aliases: Vec<Alias>,
        /// Where they leave; absent where that cannot be looked at (DT-11).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Place>,
        /// Where they join, and whose account makes the call.
        to: Place,
    },
    /// Whoever edits DNS is asked to give the aliases these record sets.
    AskForRecordSets {
        /// The aliases.
        aliases: Vec<Alias>,
        /// Which state they are to get.
        to: RecordsTo,
    },
    /// Whoever edits DNS is asked to stage the aliases' TXT proofs, or to remove them.
    AskForProofs {
        /// Whose, for a person; the document's `proofs` are all of them.
        of: String,
        /// Which distribution may take them.
        proves: Proves,
    },
    /// Whoever uses the service of AWS that holds the aliases is asked to release them there (DT-13).
    AskForRelease {
        /// The aliases.
        aliases: Vec<Alias>,
    },
    /// AWS Support is asked to move the aliases (DT-10).
    AskForMove {
        /// The aliases.
        aliases: Vec<Alias>,
        /// Where they are to join.
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

impl Edit {
    /// The edit that takes this one back.
    pub fn inverse(&self) -> Edit {
        match self.clone() {
            Edit::UpdateDistribution { account, distribution, add, remove } => {
                Edit::UpdateDistribution { account, distribution, add: remove, remove: add }
            }
            Edit::SwapAliases { aliases, from, to } => Edit::SwapAliases { aliases, from: to, to: from },
            Edit::UpdateDomainAssociation { aliases, from: Some(from), to } => {
                Edit::UpdateDomainAssociation { aliases, from: Some(to), to: from }
            }
            // Where it came from cannot be reached, so nothing of ours brings it back.
            away @ Edit::UpdateDomainAssociation { .. } => away,
            Edit::SetEnabled { account, distribution, enabled } => Edit::SetEnabled { account, distribution, enabled: !enabled },
            Edit::ChangeProofs { account, hosted_zone, of, proves } => {
                Edit::ChangeProofs { account, hosted_zone, of, proves: inverse_proof(proves) }
            }
            Edit::ChangeRecordSets { account, hosted_zone, aliases, to } => {
                Edit::ChangeRecordSets { account, hosted_zone, aliases, to: inverse_state(to) }
            }
            Edit::AskForRecordSets { aliases, to } => Edit::AskForRecordSets { aliases, to: inverse_state(to) },
            Edit::AskForProofs { of, proves } => Edit::AskForProofs { of, proves: inverse_proof(proves) },
            // Nothing of ours takes back what others did: a plan's way back leaves these out.
            asked @ (Edit::AskForRelease { .. } | Edit::AskForMove { .. }) => asked,
        }
    }

    /// The names that it takes off a distribution.
    pub fn detached(&self) -> &[Alias] {
        match self {
            Edit::UpdateDistribution { remove, .. } => remove,
            Edit::SwapAliases { aliases, .. }
            | Edit::UpdateDomainAssociation { aliases, .. }
            | Edit::AskForRelease { aliases }
            | Edit::AskForMove { aliases, .. } => aliases,
            _ => &[],
        }
    }

    /// Whether it takes `alias` off a distribution.
    pub fn detaches(&self, alias: &Alias) -> bool {
        self.detached().contains(alias)
    }

    /// The names that it brings to a distribution.
    pub fn attaches(&self) -> &[Alias] {
        match self {
            Edit::UpdateDistribution { add, .. } => add,
            Edit::SwapAliases { aliases, .. } | Edit::UpdateDomainAssociation { aliases, .. } | Edit::AskForMove { aliases, .. } => aliases,
            _ => &[],
        }
    }

    /// The names whose record sets it changes, and the state that they get.
    pub fn repoints(&self) -> Option<(&[Alias], RecordsTo)> {
        match self {
            Edit::ChangeRecordSets { aliases, to, .. } | Edit::AskForRecordSets { aliases, to } => Some((aliases, *to)),
            _ => None,
        }
    }

    /// Whose proofs it puts into DNS.
    pub fn proves(&self) -> Option<Proves> {
        match self {
            Edit::ChangeProofs { proves, .. } | Edit::AskForProofs { proves, .. } => Some(*proves),
            _ => None,
        }
    }

    /// The step that carries it out.
    pub fn step(&self) -> Step {
        match self {
            Edit::UpdateDistribution { .. } | Edit::SetEnabled { .. } => Step::UpdateDistribution,
            Edit::SwapAliases { .. } => Step::SwapAliases,
            Edit::UpdateDomainAssociation { .. } => Step::UpdateDomainAssociation,
            Edit::ChangeRecordSets { .. } | Edit::ChangeProofs { .. } => Step::ChangeRecordSets,
            Edit::AskForRecordSets { .. } | Edit::AskForProofs { .. } | Edit::AskForRelease { .. } | Edit::AskForMove { .. } => {
                Step::AskOthers
            }
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
            Edit::UpdateDomainAssociation { aliases, from: Some(from), to } => {
                format!("move {} from {} to {}", names(aliases), from.distribution, to.distribution)
            }
            Edit::UpdateDomainAssociation { aliases, from: None, to } => format!("have AWS move {} to {}", names(aliases), to.distribution),
            Edit::SetEnabled { distribution, enabled: true, .. } => format!("enable {distribution}"),
            Edit::SetEnabled { distribution, enabled: false, .. } => format!("disable {distribution}"),
            Edit::ChangeProofs { of, hosted_zone, proves, .. } => match proves {
                Proves::Target => format!("stage the proof for {of} in {hosted_zone}"),
                Proves::Source => format!("put the source's proof for {of} into {hosted_zone}"),
                Proves::Nobody => format!("remove the proof for {of} from {hosted_zone}"),
            },
            Edit::ChangeRecordSets { aliases, hosted_zone, to, .. } => match to {
                RecordsTo::Target => format!("point {} in {hosted_zone} at the target", names(aliases)),
                RecordsTo::AsRead => format!("point {} in {hosted_zone} back where it was", names(aliases)),
                RecordsTo::LoweredAtSource => format!("lower the TTL of {} in {hosted_zone}", names(aliases)),
                RecordsTo::LoweredAtTarget => format!("point {} in {hosted_zone} at the target with a low TTL", names(aliases)),
            },
            Edit::AskForRecordSets { aliases, to } if to.is_at_target() => {
                format!("ask whoever edits DNS to point {} at the target", names(aliases))
            }
            Edit::AskForRecordSets { aliases, .. } => format!("ask whoever edits DNS to point {} back where it was", names(aliases)),
            Edit::AskForProofs { of, proves: Proves::Nobody } => format!("ask whoever edits DNS to remove the proof for {of}"),
            Edit::AskForProofs { of, .. } => format!("ask whoever edits DNS to stage the proof for {of}"),
            Edit::AskForRelease { aliases } => format!("wait until its service releases {}", names(aliases)),
            Edit::AskForMove { aliases, to } => format!("wait until AWS Support moves {} to {}", names(aliases), to.distribution),
        }
    }
}

/// The state that a change of record sets leaves behind when it is taken back.
fn inverse_state(to: RecordsTo) -> RecordsTo {
    match to {
        RecordsTo::AsRead => RecordsTo::Target,
        RecordsTo::Target | RecordsTo::LoweredAtSource | RecordsTo::LoweredAtTarget => RecordsTo::AsRead,
    }
}

fn inverse_proof(proves: Proves) -> Proves {
    if proves == Proves::Nobody { Proves::Target } else { Proves::Nobody }
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
    /// Every authoritative server answers the record sets that were asked for.
    RecordsSeen,
    /// Nobody holds the aliases any more (DSC-6).
    NamesReleased,
    /// The target lists the aliases.
    NamesMoved,
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
            Settle::RecordsSeen => "every name server of the zone answers the new record sets".to_owned(),
            Settle::NamesReleased => "nobody holds the names any more".to_owned(),
            Settle::NamesMoved => "the target lists the names".to_owned(),
            Settle::Soaked { seconds } => format!("it has served for {seconds} s"),
        }
    }

    /// How long it lasts where that is known beforehand, seconds.
    pub fn seconds(&self) -> Option<u32> {
        match self {
            Settle::TtlRunOut { seconds } | Settle::Soaked { seconds } => Some(*seconds),
            _ => None,
        }
    }

    /// For what others do in their own time: how long it is watched for at the most, seconds.
    pub fn watch_seconds_max(&self) -> Option<i64> {
        match self {
            Settle::RecordsSeen => Some(DNS_WATCH_SECONDS_MAX),
            Settle::NamesReleased | Settle::NamesMoved => Some(OTHERS_WATCH_SECONDS_MAX),
            _ => None,
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
    /// The names that the edit has brought to the distribution.
    Attached,
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
    /// What it changes, as it is before, for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// … and as it is after.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
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
    /// How long the whole takes about, the waiting for others apart, seconds: a deployment counted as five minutes.
    #[serde(default)]
    pub seconds_about: u32,
}

/// A strategy that the planner would rather have taken, and why it is not legal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotChosen {
    /// The strategy.
    pub strategy: Strategy,
    /// Why not.
    pub why: String,
}

#[cfg(test)]
mod tests;

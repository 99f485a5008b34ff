//! The plan: reversible edits, in order, each with its inverse, its label and how it settles. The order of
//! edits lives here and nowhere else. Must not know how an edit is carried out.

use crate::bounds::DNS_SEEN_SECONDS_MIN;
use crate::ids::{AccountId, DistributionId, HostedZoneId, Place};
use crate::name::Alias;
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
            Edit::SwapAliases { aliases, .. } => aliases.contains(alias),
            Edit::ChangeRecordSets { .. } => false,
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
            Edit::ChangeRecordSets { .. } => Step::ChangeRecordSets,
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
            Settle::TtlRunOut { seconds } => format!("{seconds} s have passed since"),
            Settle::Soaked { seconds } => format!("it has served for {seconds} s"),
        }
    }

    /// How long it lasts where that is known beforehand, seconds.
    pub fn seconds(&self) -> Option<u32> {
        match self {
            Settle::TtlRunOut { seconds } | Settle::Soaked { seconds } => Some(*seconds),
            Settle::DistributionDeployed { .. } | Settle::ChangeInSync { .. } => None,
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
    /// What is proved before the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
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

/// The order of edits, forth and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Forth.
    pub edits: Vec<PlannedEdit>,
    /// Back: positions in `edits` whose inverses are carried out in this order, as far as they were begun.
    pub way_back: Vec<usize>,
    /// What viewers will notice.
    pub prediction: Prediction,
}

/// What the order of edits depends on.
#[derive(Debug, Clone)]
pub struct Moves<'a> {
    /// Aliases to detach and attach.
    pub aliases: &'a [Alias],
    /// Aliases whose record sets are moved.
    pub record_sets: &'a [Alias],
    /// Wildcards that the bridge puts on the target and takes away again.
    pub wildcards: &'a [Alias],
    /// Where they are.
    pub source: &'a Place,
    /// Where they go.
    pub target: &'a Place,
    /// Account and zone of the record sets.
    pub dns: (&'a AccountId, &'a HostedZoneId),
    /// Longest TTL among the record sets, seconds.
    pub ttl_seconds: u32,
    /// How long the target serves before the cutover is called done, seconds.
    pub soak_seconds: u32,
}

impl Plan {
    /// The plan of `strategy`, or of moving record sets alone where `strategy` is `None`.
    pub fn new(strategy: Option<Strategy>, moves: &Moves<'_>) -> Plan {
        match strategy {
            Some(Strategy::WildcardBridge) => bridge(moves),
            Some(_) => swap(moves),
            None => Plan {
                edits: label(vec![PlannedEdit { proof: Some(Proof::Aliases), ..record_sets(moves) }]),
                way_back: vec![0],
                prediction: no_outage("the names are on the target already"),
            },
        }
    }
}

/// WB-1 to WB-6. The wildcard leaves last, in an update of its own, after the soak.
fn bridge(moves: &Moves<'_>) -> Plan {
    let mut edits = Vec::new();
    if !moves.wildcards.is_empty() {
        edits.push(update(moves.target, moves.wildcards, &[], vec![], Some(Proof::Wildcard)));
    }
    let dns = edits.len();
    // A wildcard that the target had already is proved here instead (WB-2).
    let proof = if moves.wildcards.is_empty() { Some(Proof::Wildcard) } else { None };
    edits.push(PlannedEdit { proof, ..record_sets(moves) });
    edits.push(update(moves.source, &[], moves.aliases, vec![], None));
    edits.push(update(moves.target, moves.aliases, &[], soak(moves), Some(Proof::Aliases)));
    // Back: a wildcard that has left already returns first (WB-10); then DNS, seen by CloudFront (SW-11); then
    // the target, the source, and the wildcard last (WB-8, WB-9).
    let mut way_back = vec![dns, dns + 2, dns + 1];
    if !moves.wildcards.is_empty() {
        edits.push(update(moves.target, &[], moves.wildcards, vec![], Some(Proof::Aliases)));
        way_back.insert(0, dns + 3);
        way_back.push(0);
    }
    let wildcard = if moves.wildcards.is_empty() { "the wildcard that it has already".to_owned() } else { names(moves.wildcards) };
    let says = format!("no outage: {wildcard} serves from the target while {} changes hands", names(moves.aliases));
    Plan { edits: label(edits), way_back, prediction: no_outage(&says) }
}

/// SW-3 to SW-5: DNS first, then detach and attach in one call. Back in the same order (SW-11).
fn swap(moves: &Moves<'_>) -> Plan {
    let edit = Edit::SwapAliases { aliases: moves.aliases.to_vec(), from: moves.source.clone(), to: moves.target.clone() };
    let mut settle = vec![deployed(moves.target), deployed(moves.source)];
    settle.extend(soak(moves));
    let swap = PlannedEdit { label: String::new(), inverse: edit.inverse(), edit, settle, proof: Some(Proof::Aliases) };
    let prediction = Prediction {
        outage_seconds_worst: 660,
        says: "nobody serves an edge from the detach's arrival there until the attach's: about one minute in the mean where AWS frees \
               the name at once, about five where it waits for the source (SW-6, SW-9); were the attach refused to the end, 30 minutes and the way back"
            .to_owned(),
    };
    let dns = PlannedEdit { proof: Some(Proof::Target), ..record_sets(moves) };
    Plan { edits: label(vec![dns, swap]), way_back: vec![0, 1], prediction }
}

fn no_outage(says: &str) -> Prediction {
    Prediction { outage_seconds_worst: 0, says: says.to_owned() }
}

fn soak(moves: &Moves<'_>) -> Vec<Settle> {
    if moves.soak_seconds == 0 { vec![] } else { vec![Settle::Soaked { seconds: moves.soak_seconds }] }
}

fn deployed(place: &Place) -> Settle {
    Settle::DistributionDeployed { place: place.clone() }
}

fn update(place: &Place, add: &[Alias], remove: &[Alias], then: Vec<Settle>, proof: Option<Proof>) -> PlannedEdit {
    let Place { account, distribution } = place.clone();
    let edit = Edit::UpdateDistribution { account, distribution, add: add.to_vec(), remove: remove.to_vec() };
    let settle = std::iter::once(deployed(place)).chain(then).collect();
    PlannedEdit { label: String::new(), inverse: edit.inverse(), edit, settle, proof }
}

fn record_sets(moves: &Moves<'_>) -> PlannedEdit {
    let (account, hosted_zone) = (moves.dns.0.clone(), moves.dns.1.clone());
    let settle =
        vec![Settle::ChangeInSync { account: account.clone() }, Settle::TtlRunOut { seconds: moves.ttl_seconds.max(DNS_SEEN_SECONDS_MIN) }];
    let edit = Edit::ChangeRecordSets { account, hosted_zone, aliases: moves.record_sets.to_vec(), to: RecordsTo::Target };
    PlannedEdit { label: String::new(), inverse: edit.inverse(), edit, settle, proof: None }
}

fn label(mut edits: Vec<PlannedEdit>) -> Vec<PlannedEdit> {
    let count = edits.len();
    for (index, planned) in edits.iter_mut().enumerate() {
        planned.label = format!("{}/{count} {}", index + 1, planned.edit.describe());
    }
    edits
}

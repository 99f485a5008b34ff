//! The order of edits of each strategy, forth and back. It lives here and nowhere else. Must not know how an edit is
//! carried out.

mod bridge;
mod disable;
mod move_domain;
mod others;
mod swap;

use crate::bounds::DNS_SEEN_SECONDS_MIN;
use crate::ids::{Place, ZonePlace};
use crate::name::Alias;
use crate::plan::{Edit, PlannedEdit, Prediction, Proof, Settle, names};
use crate::proof::Proves;
use crate::record_set::RecordsTo;
use crate::strategy::Strategy;

/// The order of edits, forth and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Forth.
    pub edits: Vec<PlannedEdit>,
    /// Back: positions in `edits` whose inverses are carried out in this order, as far as they were begun.
    pub way_back: Vec<usize>,
    /// Position in `edits`: once it is known to have taken, nothing of ours brings the names back.
    pub point_of_no_return: Option<usize>,
    /// What viewers will notice.
    pub prediction: Prediction,
    /// What others are asked for, in words ready to hand over.
    pub asked: Vec<String>,
}

/// Longest time between two changes at one edge that were made together, seconds: what CF-13 gives a change to arrive,
/// with room.
const ARRIVAL_SECONDS_MAX: u32 = 330;
/// What a deployment is counted as where a whole plan is added up, seconds (CF-13).
const DEPLOYMENT_SECONDS: u32 = 300;

/// What the order of edits depends on.
#[derive(Debug, Clone)]
pub struct Moves<'a> {
    /// Aliases to detach and attach.
    pub aliases: &'a [Alias],
    /// Names whose record sets are moved.
    pub record_sets: &'a [Alias],
    /// Wildcards that are put on the target and taken away again: the bridge's, or the safety net of a move.
    pub wildcards: &'a [Alias],
    /// Whether a wildcard, new or not, stands on the target for each alias while it changes hands.
    pub caught: bool,
    /// Exact names that are put on the target before their wildcard changes hands, and taken away again (DT-9).
    pub names_first: &'a [Alias],
    /// Who serves the aliases between a swap's detach and its attach, where somebody does.
    pub served_meanwhile: Option<&'a str>,
    /// Whether AWS's own call can take the aliases back: one account, and a source that is enabled (SW-13).
    pub moves_back: bool,
    /// Longest TTL among TXT record sets that stand where the proofs will be, seconds; `None` where there is none.
    pub proof_ttl_seconds: Option<u32>,
    /// Where they are; `None` where that is not ours to look at.
    pub source: Option<&'a Place>,
    /// Where they go.
    pub target: &'a Place,
    /// The zone of the record sets; `None` where somebody else edits DNS.
    pub zone: Option<&'a ZonePlace>,
    /// Longest TTL among the record sets, seconds.
    pub ttl_seconds: u32,
    /// Whether that TTL is lowered ahead, because the way back would otherwise have to sit it out.
    pub lowers_ttl: bool,
    /// How long the target serves before the cutover is called done, seconds.
    pub soak_seconds: u32,
}

impl Plan {
    /// The plan of `strategy`, or of moving record sets alone where `strategy` is `None`.
    pub fn new(strategy: Option<Strategy>, moves: &Moves<'_>) -> Plan {
        let mut plan = match strategy {
            None => records_only(moves),
            Some(Strategy::MoveDomain) => move_domain::plan(moves),
            Some(Strategy::WildcardBridge) => bridge::plan(moves),
            Some(Strategy::Swap) => swap::plan(moves),
            Some(Strategy::DisableAndMove) => disable::plan(moves),
            Some(Strategy::SupportCase) => others::support_case(moves),
            Some(Strategy::ReleaseService) => others::release_service(moves),
        };
        label(&mut plan.edits);
        plan.prediction.seconds_about = plan.edits.iter().flat_map(|planned| &planned.settle).map(seconds_about).sum();
        plan
    }
}

fn seconds_about(settle: &Settle) -> u32 {
    match settle {
        Settle::DistributionDeployed { .. } => DEPLOYMENT_SECONDS,
        Settle::ChangeInSync { .. } => DNS_SEEN_SECONDS_MIN,
        other => other.seconds().unwrap_or(0),
    }
}

fn records_only(moves: &Moves<'_>) -> Plan {
    Plan {
        edits: vec![PlannedEdit { proof: Some(Proof::Aliases), ..record_sets(moves, RecordsTo::Target) }],
        way_back: vec![0],
        point_of_no_return: None,
        prediction: no_outage("the names are on the target already"),
        asked: vec![],
    }
}

fn prediction(outage_seconds_worst: u32, says: String) -> Prediction {
    Prediction { outage_seconds_worst, says, seconds_about: 0 }
}

fn no_outage(says: &str) -> Prediction {
    prediction(0, says.to_owned())
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
    planned(edit, settle, proof)
}

fn planned(edit: Edit, settle: Vec<Settle>, proof: Option<Proof>) -> PlannedEdit {
    PlannedEdit {
        label: String::new(),
        inverse: edit.inverse(),
        edit,
        settle,
        inverse_settle: None,
        inverse_once: None,
        proof,
        before: String::new(),
        after: String::new(),
    }
}

/// How long CloudFront may keep an answer with this TTL (DNS-5).
fn seen_after(ttl_seconds: u32) -> Settle {
    Settle::TtlRunOut { seconds: ttl_seconds.max(DNS_SEEN_SECONDS_MIN) }
}

/// What tells that a change of DNS has taken: Route 53 itself, or a look at the name servers of whoever else has the zone.
fn dns_taken(moves: &Moves<'_>, seen: Settle) -> Settle {
    moves.zone.map_or(seen, |zone| Settle::ChangeInSync { account: zone.account.clone() })
}

/// The edit of the proofs, without the settles that make it seen.
fn proofs(moves: &Moves<'_>, proves: Proves, settle: Vec<Settle>) -> PlannedEdit {
    let of = names(moves.aliases);
    let edit = match moves.zone.cloned() {
        Some(ZonePlace { account, hosted_zone }) => Edit::ChangeProofs { account, hosted_zone, of, proves },
        None => Edit::AskForProofs { of, proves },
    };
    planned(edit, settle, None)
}

/// The proofs of the target, staged and seen before anybody makes CloudFront look (TXT-6).
fn proofs_staged(moves: &Moves<'_>) -> PlannedEdit {
    let mut staged = vec![dns_taken(moves, Settle::ProofVisible), Settle::ProofVisible];
    staged.dedup();
    // Somebody may have made CloudFront look at what stood there before.
    staged.extend(moves.proof_ttl_seconds.map(seen_after));
    PlannedEdit { inverse_settle: Some(vec![proofs_gone(moves)]), ..proofs(moves, Proves::Target, staged) }
}

/// That nobody's proof is there any more. Where somebody else edits DNS this is asked for and not waited for.
fn proofs_gone(moves: &Moves<'_>) -> Settle {
    dns_taken(moves, Settle::TtlRunOut { seconds: 0 })
}

fn proofs_removed(moves: &Moves<'_>) -> PlannedEdit {
    proofs(moves, Proves::Nobody, vec![proofs_gone(moves)])
}

fn record_sets(moves: &Moves<'_>, to: RecordsTo) -> PlannedEdit {
    let aliases = moves.record_sets.to_vec();
    let settle = vec![dns_taken(moves, Settle::RecordsSeen), seen_after(moves.ttl_seconds)];
    let edit = match moves.zone.cloned() {
        Some(ZonePlace { account, hosted_zone }) => Edit::ChangeRecordSets { account, hosted_zone, aliases, to },
        None => Edit::AskForRecordSets { aliases, to },
    };
    planned(edit, settle, None)
}

fn label(edits: &mut [PlannedEdit]) {
    let count = edits.len();
    for (index, planned) in edits.iter_mut().enumerate() {
        planned.label = format!("{}/{count} {}", index + 1, planned.edit.describe());
    }
}

#[cfg(test)]
mod tests;

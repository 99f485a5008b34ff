//! The order of edits of each strategy, forth and back. It lives here and nowhere else. Must not know how an edit is
//! carried out.

use crate::bounds::DNS_SEEN_SECONDS_MIN;
use crate::ids::{AccountId, HostedZoneId, Place};
use crate::name::Alias;
use crate::plan::{Edit, PlannedEdit, Prediction, Proof, RecordsTo, Settle, names};
use crate::proof::Proves;
use crate::strategy::Strategy;

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

/// Longest time between the two halves of a move at one edge, seconds: what CF-13 gives a change to arrive, with room.
const MOVE_SECONDS_MAX: u32 = 330;

/// What the order of edits depends on.
#[derive(Debug, Clone)]
pub struct Moves<'a> {
    /// Aliases to detach and attach.
    pub aliases: &'a [Alias],
    /// Aliases whose record sets are moved.
    pub record_sets: &'a [Alias],
    /// Wildcards that are put on the target and taken away again: the bridge's, or the safety net of a move.
    pub wildcards: &'a [Alias],
    /// Whether a wildcard, new or not, stands on the target for each alias while it changes hands.
    pub caught: bool,
    /// Whether AWS's own call can take the aliases back: one account, and a source that is enabled (SW-13).
    pub moves_back: bool,
    /// Longest TTL among TXT record sets that stand where the proofs will be, seconds; `None` where there is none.
    pub proof_ttl_seconds: Option<u32>,
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
            Some(Strategy::MoveDomain) => move_domain(moves),
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

/// DT-1, DT-2, DT-4: the proof is staged and seen before the first call, DNS follows the move, and the proof goes when
/// nobody needs it any more. In one account a wildcard on the target catches viewers at an edge that has lost the name
/// and not yet got it again (CF-10).
fn move_domain(moves: &Moves<'_>) -> Plan {
    let mut edits = Vec::new();
    let net = !moves.wildcards.is_empty();
    if net {
        edits.push(update(moves.target, moves.wildcards, &[], vec![], Some(Proof::Wildcard)));
    }
    let stage = edits.len();
    let mut staged = vec![in_sync(moves), Settle::ProofVisible];
    // Somebody may have made CloudFront look at what stood there before.
    staged.extend(moves.proof_ttl_seconds.map(seen_after));
    let target = if net { None } else { Some(Proof::Target) };
    edits.push(PlannedEdit { proof: target, inverse_settle: Some(vec![in_sync(moves)]), ..proofs(moves, Proves::Target, staged) });
    edits.push(moved(moves));
    let dns = record_sets(moves);
    let settle = dns.settle.iter().cloned().chain(soak(moves)).collect();
    edits.push(PlannedEdit { settle, proof: Some(Proof::Aliases), ..dns });
    edits.push(proof_removed(moves, stage + 1, net));
    // Back: the net returns first, then DNS, then the source's proof in the place of the target's, then the names (MV-2), then
    // the proof goes, the net last.
    let mut way_back = vec![stage + 2, stage + 1, stage];
    if moves.moves_back {
        way_back.insert(1, stage + 3);
    }
    if net {
        edits.push(update(moves.target, &[], moves.wildcards, vec![], Some(Proof::Aliases)));
        way_back.insert(0, stage + 4);
        way_back.push(0);
    }
    Plan { edits: label(edits), way_back, prediction: move_prediction(moves) }
}

fn moved(moves: &Moves<'_>) -> PlannedEdit {
    let (aliases, from, to) = (moves.aliases.to_vec(), moves.source.clone(), moves.target.clone());
    let inverse = if moves.moves_back {
        Edit::UpdateDomainAssociation { aliases: aliases.clone(), from: to.clone(), to: from.clone() }
    } else {
        // The move API wants the distribution that a name leaves disabled, and the target serves others (SW-13).
        Edit::SwapAliases { aliases: aliases.clone(), from: to.clone(), to: from.clone() }
    };
    PlannedEdit {
        label: String::new(),
        edit: Edit::UpdateDomainAssociation { aliases, from, to },
        inverse,
        settle: vec![deployed(moves.target), deployed(moves.source)],
        inverse_settle: Some(vec![deployed(moves.source), deployed(moves.target)]),
        inverse_once: None,
        proof: Some(Proof::Aliases),
    }
}

/// The proof's removal. Its inverse puts the source's proof there, as soon as the move was begun: replaced, never
/// doubled (TXT-8), and waited for until CloudFront has forgotten the target's.
fn proof_removed(moves: &Moves<'_>, moved_at: usize, net: bool) -> PlannedEdit {
    let removed = proofs(moves, Proves::Nobody, vec![in_sync(moves)]);
    let proof = if net { None } else { Some(Proof::Aliases) };
    if !moves.moves_back {
        return PlannedEdit { proof, ..removed };
    }
    let returned = proofs(moves, Proves::Source, vec![]);
    PlannedEdit {
        inverse: returned.edit,
        inverse_settle: Some(vec![in_sync(moves), Settle::ProofVisible, seen_after(moves.proof_ttl_seconds.unwrap_or(0))]),
        inverse_once: Some(moved_at),
        proof,
        ..removed
    }
}

fn move_prediction(moves: &Moves<'_>) -> Prediction {
    let moving = names(moves.aliases);
    if moves.caught {
        return no_outage(&format!("no outage: AWS moves {moving} in one call each, and a wildcard on the target catches who is between"));
    }
    let says = if moves.moves_back {
        "one call, no documented outage; an edge that its two halves reach apart may serve nobody in between: 50 s in the mean (CF-10)"
    } else {
        "nobody serves the name now, for the source is disabled (CF-7); from the move on the target does, edge by edge"
    };
    Prediction { outage_seconds_worst: MOVE_SECONDS_MAX, says: says.to_owned() }
}

/// SW-3 to SW-5: DNS first, then detach and attach in one call. Back in the same order (SW-11).
fn swap(moves: &Moves<'_>) -> Plan {
    let edit = Edit::SwapAliases { aliases: moves.aliases.to_vec(), from: moves.source.clone(), to: moves.target.clone() };
    let mut settle = vec![deployed(moves.target), deployed(moves.source)];
    settle.extend(soak(moves));
    let swap = planned(edit, settle, Some(Proof::Aliases));
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
    planned(edit, settle, proof)
}

fn planned(edit: Edit, settle: Vec<Settle>, proof: Option<Proof>) -> PlannedEdit {
    PlannedEdit { label: String::new(), inverse: edit.inverse(), edit, settle, inverse_settle: None, inverse_once: None, proof }
}

fn in_sync(moves: &Moves<'_>) -> Settle {
    Settle::ChangeInSync { account: moves.dns.0.clone() }
}

/// How long CloudFront may keep an answer with this TTL (DNS-5).
fn seen_after(ttl_seconds: u32) -> Settle {
    Settle::TtlRunOut { seconds: ttl_seconds.max(DNS_SEEN_SECONDS_MIN) }
}

fn proofs(moves: &Moves<'_>, proves: Proves, settle: Vec<Settle>) -> PlannedEdit {
    let (account, hosted_zone) = (moves.dns.0.clone(), moves.dns.1.clone());
    planned(Edit::ChangeProofs { account, hosted_zone, of: names(moves.aliases), proves }, settle, None)
}

fn record_sets(moves: &Moves<'_>) -> PlannedEdit {
    let (account, hosted_zone) = (moves.dns.0.clone(), moves.dns.1.clone());
    let settle = vec![in_sync(moves), seen_after(moves.ttl_seconds)];
    let edit = Edit::ChangeRecordSets { account, hosted_zone, aliases: moves.record_sets.to_vec(), to: RecordsTo::Target };
    planned(edit, settle, None)
}

fn label(mut edits: Vec<PlannedEdit>) -> Vec<PlannedEdit> {
    let count = edits.len();
    for (index, planned) in edits.iter_mut().enumerate() {
        planned.label = format!("{}/{count} {}", index + 1, planned.edit.describe());
    }
    edits
}

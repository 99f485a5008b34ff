//! AWS's own call: DT-1, DT-2, DT-4, DT-11. Must not know when it is legal.

use super::{ARRIVAL_SECONDS_MAX, Moves, Plan, deployed, dns_taken, no_outage, prediction, proofs, proofs_removed};
use super::{proofs_staged, record_sets, seen_after, soak, update};
use crate::ids::Place;
use crate::plan::{Edit, PlannedEdit, Prediction, Proof, Settle, names};
use crate::proof::Proves;
use crate::record_set::RecordsTo;

/// The proof is staged and seen before the first call, DNS follows the move, and the proof goes when nobody needs it any
/// more. In one account a wildcard on the target catches viewers at an edge that has lost the name and not yet got it
/// again (CF-10).
pub(super) fn plan(moves: &Moves<'_>) -> Plan {
    let mut edits = Vec::new();
    let net = !moves.wildcards.is_empty();
    if net {
        edits.push(update(moves.target, moves.wildcards, &[], vec![], Some(Proof::Wildcard)));
    }
    let stage = edits.len();
    let target = if net { None } else { Some(Proof::Target) };
    edits.push(PlannedEdit { proof: target, ..proofs_staged(moves) });
    edits.push(moved(moves));
    let dns = record_sets(moves, RecordsTo::Target);
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
    // Without a source that can be looked at, what AWS has moved stays (DT-11); and so it does where only AWS could move it
    // back, which it does not from a target that is enabled (DT-12, SW-13).
    let is_tenant = |place: &Place| place.distribution.is_tenant();
    let by_aws_alone = moves.source.is_some_and(is_tenant) || is_tenant(moves.target);
    let stays = moves.source.is_none() || (by_aws_alone && !moves.moves_back);
    let point_of_no_return = stays.then_some(stage + 1);
    way_back.retain(|position| Some(*position) != point_of_no_return);
    Plan { edits, way_back, point_of_no_return, prediction: predict(moves), asked: vec![] }
}

/// The call itself, and what takes it back.
pub(super) fn moved(moves: &Moves<'_>) -> PlannedEdit {
    let (aliases, from, to) = (moves.aliases.to_vec(), moves.source.cloned(), moves.target.clone());
    let edit = Edit::UpdateDomainAssociation { aliases: aliases.clone(), from: from.clone(), to: to.clone() };
    let sides = |first: &Place, second: Option<&Place>| -> Vec<Settle> { std::iter::once(first).chain(second).map(deployed).collect() };
    let inverse = match from.clone() {
        // The move API wants the distribution that a name leaves disabled, and the target serves others (SW-13).
        Some(from) if !moves.moves_back && !from.distribution.is_tenant() && !to.distribution.is_tenant() => {
            Edit::SwapAliases { aliases, from: to.clone(), to: from }
        }
        _ => edit.inverse(),
    };
    let inverse_settle = from.as_ref().map(|from| sides(from, Some(&to)));
    let settle = sides(&to, from.as_ref());
    PlannedEdit { inverse, inverse_settle, ..super::planned(edit, settle, Some(Proof::Aliases)) }
}

/// The proof's removal. Its inverse puts the source's proof there, as soon as the move was begun: replaced, never
/// doubled (TXT-8), and waited for until CloudFront has forgotten the target's.
fn proof_removed(moves: &Moves<'_>, moved_at: usize, net: bool) -> PlannedEdit {
    let removed = proofs_removed(moves);
    let proof = if net { None } else { Some(Proof::Aliases) };
    if !moves.moves_back {
        return PlannedEdit { proof, ..removed };
    }
    let returned = proofs(moves, Proves::Source, vec![]);
    let mut settle = vec![dns_taken(moves, Settle::ProofVisible), Settle::ProofVisible];
    settle.dedup();
    settle.push(seen_after(moves.proof_ttl_seconds.unwrap_or(0)));
    PlannedEdit { inverse: returned.edit, inverse_settle: Some(settle), inverse_once: Some(moved_at), proof, ..removed }
}

fn predict(moves: &Moves<'_>) -> Prediction {
    let moving = names(moves.aliases);
    if moves.caught {
        return no_outage(&format!("no outage: AWS moves {moving} in one call each, and a wildcard on the target catches who is between"));
    }
    let says = if moves.moves_back {
        "one call, no documented outage; an edge that its two halves reach apart may serve nobody in between: 50 s in the mean (CF-10)"
    } else if moves.source.is_none() {
        "nobody serves the name now; from the move on the target does, edge by edge. What AWS has moved stays moved"
    } else {
        "nobody serves the name now, for the source is disabled (CF-7); from the move on the target does, edge by edge"
    };
    prediction(ARRIVAL_SECONDS_MAX, says.to_owned())
}

#[cfg(test)]
mod tests;

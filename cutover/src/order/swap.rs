//! Detach and attach: SW-3 to SW-5, and DT-9 for a wildcard. Must not know when it is legal.

use super::{Moves, Plan, deployed, no_outage, prediction, record_sets, seen_after, soak, update};
use crate::plan::{Edit, PlannedEdit, Prediction, Proof, Settle, names};
use crate::record_set::RecordsTo;

/// Longest time that an edge serves nobody where AWS lets go of the name only when the source is deployed: two arrivals
/// (SW-6), with room.
const SWAP_SECONDS_MAX: u32 = 660;

/// DNS first, then detach and attach in one call. Back in the same order (SW-11). A long TTL is lowered ahead, because the
/// way back has to sit it out while nobody serves the name; it is given back at the end.
pub(super) fn plan(moves: &Moves<'_>) -> Plan {
    let Some(source) = moves.source else { return super::records_only(moves) };
    let mut edits = Vec::new();
    if moves.lowers_ttl {
        let lowered = record_sets(moves, RecordsTo::LoweredAtSource);
        edits.push(PlannedEdit { inverse_settle: Some(lowered.settle.iter().take(1).cloned().collect()), ..lowered });
    }
    let dns = edits.len();
    edits.push(PlannedEdit { proof: Some(Proof::Target), ..repointed(moves) });
    if !moves.names_first.is_empty() {
        edits.push(update(moves.target, moves.names_first, &[], vec![], Some(Proof::Attached)));
    }
    let swap = edits.len();
    let edit = Edit::SwapAliases { aliases: moves.aliases.to_vec(), from: source.clone(), to: moves.target.clone() };
    let settle = [deployed(moves.target), deployed(source)].into_iter().chain(soak(moves)).collect();
    edits.push(super::planned(edit, settle, Some(Proof::Aliases)));
    // Back: DNS, seen by CloudFront; then the names; what was put before them last.
    let mut way_back = vec![dns, swap];
    if !moves.names_first.is_empty() {
        way_back.insert(0, edits.len());
        way_back.push(dns + 1);
        edits.push(update(moves.target, &[], moves.names_first, vec![], Some(Proof::Aliases)));
    }
    if moves.lowers_ttl {
        way_back.push(0);
        let restored = record_sets(moves, RecordsTo::Target);
        edits.push(PlannedEdit { settle: restored.settle.iter().take(1).cloned().collect(), ..restored });
    }
    Plan { edits, way_back, point_of_no_return: None, prediction: predict(moves), asked: vec![] }
}

/// The record sets at the target, with the low TTL where it was lowered.
fn repointed(moves: &Moves<'_>) -> PlannedEdit {
    if !moves.lowers_ttl {
        return record_sets(moves, RecordsTo::Target);
    }
    let planned = record_sets(moves, RecordsTo::LoweredAtTarget);
    let short = |settle: &Settle| if matches!(settle, Settle::TtlRunOut { .. }) { seen_after(0) } else { settle.clone() };
    PlannedEdit { settle: planned.settle.iter().map(short).collect(), ..planned }
}

fn predict(moves: &Moves<'_>) -> Prediction {
    let moving = names(moves.aliases);
    if let Some(who) = moves.served_meanwhile {
        return no_outage(&format!("no outage: between the detach and the attach {who} serves {moving}, which is its own content"));
    }
    if moves.aliases.iter().all(|alias| alias.is_wildcard()) && moves.aliases.iter().all(|alias| !moves.record_sets.contains(alias)) {
        let named = names(moves.names_first);
        return no_outage(&format!("no outage: no record set leads below {moving} but that of {named}, which the target serves first"));
    }
    let says = "nobody serves an edge from the detach's arrival there until the attach's: about one minute in the mean where AWS frees \
               the name at once, about five where it waits for the source (SW-6, SW-9); were the attach refused to the end, 30 minutes and the way back, \
               which tries for six hours";
    prediction(SWAP_SECONDS_MAX, says.to_owned())
}

#[cfg(test)]
mod tests;

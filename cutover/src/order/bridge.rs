//! The wildcard bridge: WB-1 to WB-6. Must not know when it is legal.

use super::{Moves, Plan, no_outage, record_sets, soak, update};
use crate::plan::{PlannedEdit, Proof, names};
use crate::record_set::RecordsTo;

/// The wildcard leaves last, in an update of its own, after the soak: so the way back is free of gaps too (WB-6).
pub(super) fn plan(moves: &Moves<'_>) -> Plan {
    let Some(source) = moves.source else { return super::records_only(moves) };
    let mut edits = Vec::new();
    if !moves.wildcards.is_empty() {
        edits.push(update(moves.target, moves.wildcards, &[], vec![], Some(Proof::Wildcard)));
    }
    let dns = edits.len();
    // A wildcard that the target had already is proved here instead (WB-2).
    let proof = if moves.wildcards.is_empty() { Some(Proof::Wildcard) } else { None };
    edits.push(PlannedEdit { proof, ..record_sets(moves, RecordsTo::Target) });
    edits.push(update(source, &[], moves.aliases, vec![], None));
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
    Plan { edits, way_back, point_of_no_return: None, prediction: no_outage(&says), asked: vec![] }
}

#[cfg(test)]
mod tests;

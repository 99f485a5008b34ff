//! Disable the source, have AWS move the names, enable it again: DT-4. Must not know when it is legal.

use super::{ARRIVAL_SECONDS_MAX, Moves, Plan, deployed, move_domain, prediction, proofs_removed, proofs_staged, record_sets, soak};
use crate::ids::Place;
use crate::plan::{Edit, PlannedEdit, Proof, names};
use crate::record_set::RecordsTo;

/// Time from one look to the next and for the calls between two waits, seconds, as far as an outage depends on it.
const LOOK_SECONDS: u32 = 60;

/// The source serves again as soon as AWS has moved the names; DNS follows when nobody is waiting for anything.
pub(super) fn plan(moves: &Moves<'_>) -> Plan {
    let Some(source) = moves.source else { return super::records_only(moves) };
    let dns = record_sets(moves, RecordsTo::Target);
    let dns_settle = dns.settle.iter().cloned().chain(soak(moves)).collect();
    let edits = vec![
        PlannedEdit { proof: Some(Proof::Target), ..proofs_staged(moves) },
        enabled(source, false),
        move_domain::moved(&Moves { moves_back: false, ..moves.clone() }),
        enabled(source, true),
        PlannedEdit { settle: dns_settle, proof: Some(Proof::Aliases), ..dns },
        PlannedEdit { proof: Some(Proof::Aliases), ..proofs_removed(moves) },
    ];
    // Back: the source serves first, whatever else; then DNS, seen by CloudFront, then the names by a swap, the proof last.
    let way_back = vec![1, 4, 2, 0];
    let count = u32::try_from(moves.aliases.len()).unwrap_or(u32::MAX);
    let arrival = ARRIVAL_SECONDS_MAX + LOOK_SECONDS;
    let worst = arrival.saturating_add(arrival.saturating_mul(count));
    let says = format!(
        "nobody serves {} from the disabling's arrival at an edge until the move's: about {} min; every other alias of {} is out as long and \
         until it is enabled everywhere again",
        names(moves.aliases),
        worst.div_ceil(60),
        source.distribution
    );
    Plan { edits, way_back, point_of_no_return: None, prediction: prediction(worst, says), asked: vec![] }
}

fn enabled(place: &Place, enabled: bool) -> PlannedEdit {
    let Place { account, distribution } = place.clone();
    super::planned(Edit::SetEnabled { account, distribution, enabled }, vec![deployed(place)], None)
}

#[cfg(test)]
mod tests;

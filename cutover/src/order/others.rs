//! What others have to do, and what is done around it: a case for AWS Support (DT-10), and a name that another service of
//! AWS must let go of (DT-13). Must not know who they are.

use super::{ARRIVAL_SECONDS_MAX, Moves, Plan, deployed, no_outage, prediction, proofs_removed, proofs_staged, record_sets, soak, update};
use crate::bounds::WATCH_LOOK_SECONDS_MAX;
use crate::plan::{Edit, PlannedEdit, Proof, Settle, names};
use crate::record_set::RecordsTo;

/// Time from a name's being free until that is seen, seconds, where nobody serves meanwhile: the list of conflicts may lag a
/// minute (DSC-6), and a look comes after another tenth of the time that was waited already, at most three hours.
const RELEASE_SEEN_SECONDS: u32 = 180 + WATCH_LOOK_SECONDS_MAX;

/// The proof is staged, AWS Support moves the names while they are watched, and DNS follows.
pub(super) fn support_case(moves: &Moves<'_>) -> Plan {
    let ask = Edit::AskForMove { aliases: moves.aliases.to_vec(), to: moves.target.clone() };
    let dns = record_sets(moves, RecordsTo::Target);
    let dns_settle = dns.settle.iter().cloned().chain(soak(moves)).collect();
    let edits = vec![
        PlannedEdit { proof: Some(Proof::Target), ..proofs_staged(moves) },
        super::planned(ask, vec![Settle::NamesMoved, deployed(moves.target)], Some(Proof::Aliases)),
        PlannedEdit { settle: dns_settle, proof: Some(Proof::Aliases), ..dns },
        PlannedEdit { proof: Some(Proof::Aliases), ..proofs_removed(moves) },
    ];
    let says = format!(
        "AWS Support moves {} and has not stated an outage; two halves that reach an edge apart leave it unserved between (CF-10). \
         What is moved stays moved: the way back is another case",
        names(moves.aliases)
    );
    Plan { edits, way_back: vec![0], point_of_no_return: Some(1), prediction: prediction(ARRIVAL_SECONDS_MAX, says), asked: vec![] }
}

/// Where a wildcard may stand on the target it catches the names from the moment that they are released.
pub(super) fn release_service(moves: &Moves<'_>) -> Plan {
    let mut edits = Vec::new();
    let net = !moves.wildcards.is_empty();
    if net {
        edits.push(update(moves.target, moves.wildcards, &[], vec![], Some(Proof::Wildcard)));
    }
    let dns = edits.len();
    edits.push(PlannedEdit { proof: Some(Proof::Target), ..record_sets(moves, RecordsTo::Target) });
    let ask = Edit::AskForRelease { aliases: moves.aliases.to_vec() };
    edits.push(super::planned(ask, vec![Settle::NamesReleased], None));
    edits.push(update(moves.target, moves.aliases, &[], soak(moves), Some(Proof::Aliases)));
    let mut way_back = vec![dns];
    if net {
        edits.push(update(moves.target, &[], moves.wildcards, vec![], Some(Proof::Aliases)));
        way_back.push(0);
    }
    let moving = names(moves.aliases);
    let prediction = if moves.caught {
        no_outage(&format!("no outage of ours: a wildcard on the target catches {moving} as soon as its service lets go"))
    } else {
        // The name may be free only once its service's distribution is deployed without it (SW-6).
        let worst = RELEASE_SEEN_SECONDS + 2 * ARRIVAL_SECONDS_MAX;
        let says = format!(
            "nobody serves {moving} from its release until that is seen and the target has it everywhere: about {} min where the release comes \
             soon, and a tenth of the time waited for it more where it does not, up to 3 h",
            (worst - WATCH_LOOK_SECONDS_MAX).div_ceil(60)
        );
        prediction(worst, says)
    };
    Plan { edits, way_back, point_of_no_return: Some(dns + 1), prediction, asked: vec![] }
}

#[cfg(test)]
mod tests;

//! Every claim in force, for a person and for scripts. Must not know what breaks or recovers one.

use super::arguments::Listing;
use super::{Desk, Spoken, YES, with};
use crate::answer::Failure;
use crate::registry::claims::in_force;
use cutover::registry::{Claim, ClaimState};
use jiff::Timestamp;
use serde_json::json;

/// Names that one line shows.
const NAMED_MAX: usize = 5;

pub(super) async fn claims(desk: &Desk, asked: &Listing) -> Result<Spoken, Failure> {
    // The index may be a moment behind: what was given back just now is left out by its own state.
    let claims: Vec<Claim> = in_force(&desk.table).await?.into_iter().filter(Claim::is_in_force).collect();
    let now = desk.clock.now();
    let lapsed = |claim: &Claim| claim.has_lapsed(now);
    let value = || {
        let with_lapsed = claims.iter().map(|claim| with(json!(claim), "lapsed", json!(lapsed(claim))));
        json!({"at": now, "claims": with_lapsed.collect::<Vec<_>>()})
    };
    let text = || match claims.len() {
        0 => format!("no claim is in force at {now}: nothing is being moved\n"),
        count => {
            let lines: String = claims.iter().map(|claim| say(claim, now)).collect();
            format!("{count} in force at {now}\n{lines}")
        }
    };
    Ok(Spoken::either(YES, asked.json, value, text))
}

fn say(claim: &Claim, now: Timestamp) -> String {
    let next = match claim.state {
        ClaimState::Stuck => "a person is needed: docs/RUNBOOK.md, \"A claim is stuck\"",
        _ if claim.has_lapsed(now) => "its recovery begins within 15 minutes",
        _ => "its cutover runs, or has died and is recovered by itself",
    };
    let held: Vec<String> =
        claim.distributions.iter().map(|place| format!("{} in account {}", place.distribution, place.account)).collect();
    format!(
        "\n{}\n  held          {}\n  names         {}\n  distributions {}\n  next          {next}\n",
        claim.id,
        describe(claim, now),
        names(claim),
        held.join(", ")
    )
}

/// Some of its names, and how many there are.
pub(super) fn names(claim: &Claim) -> String {
    let shown: Vec<&str> = claim.aliases.iter().take(NAMED_MAX).map(|alias| alias.as_str()).collect();
    match claim.aliases.len().saturating_sub(NAMED_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// By whom it is held, or how it ended.
pub(super) fn describe(claim: &Claim, now: Timestamp) -> String {
    match claim.state {
        ClaimState::Held | ClaimState::Stuck => claim.describe(now),
        ClaimState::Released => format!("cutover {} since {}, and it was given back", claim.id, claim.since),
        ClaimState::Broken => format!("cutover {} since {}, and a person has broken it", claim.id, claim.since),
    }
}

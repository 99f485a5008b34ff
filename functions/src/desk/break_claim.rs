//! Breaking a claim: shown first, done only where the claim is named twice, kept in its chain of events. Must not know what
//! the cutover was about.

use super::arguments::BreakClaim;
use super::claims::{describe, names};
use super::{ARGUMENTS, CANNOT_SAY, Desk, NO, Spoken, YES};
use crate::answer::Failure;
use crate::registry::release;
use cutover::error_name::ErrorName;
use cutover::registry::unaccounted::lands_by;
use cutover::registry::{Claim, ClaimState, Key};
use jiff::Timestamp;

pub(super) async fn break_claim(desk: &Desk, asked: &BreakClaim) -> Result<Spoken, Failure> {
    if let Some(confirmed) = asked.confirm.as_ref().filter(|confirmed| **confirmed != asked.id) {
        let err = format!("cutover: --confirm names {confirmed}, and the claim to break is {}: nothing was changed\n", asked.id);
        return Ok(Spoken { status: ARGUMENTS, out: String::new(), err });
    }
    let now = desk.clock.now();
    let Some(claim) = desk.table.get::<Claim>(&Key::claim(&asked.id)).await? else {
        let err = format!("no cutover called {} has claimed anything: nothing was changed; `cutover claims` lists who does\n", asked.id);
        return Ok(Spoken { status: CANNOT_SAY, out: String::new(), err });
    };
    if !claim.is_in_force() {
        let err = format!("there is nothing to break: {}\n", describe(&claim, now));
        return Ok(Spoken { status: NO, out: String::new(), err });
    }
    if asked.confirm.is_none() {
        return Ok(Spoken { status: NO, out: preview(&claim, asked, now), err: "nothing was changed\n".to_owned() });
    }
    match release::break_claim(&desk.table, &asked.id, &asked.by, &asked.because, now).await {
        Ok(broken) => Ok(Spoken::new(YES, done(&broken, now))),
        // Somebody gave it back, or broke it, between the two looks.
        Err(failure) if failure.name == ErrorName::ClaimLost => {
            Ok(Spoken { status: NO, out: String::new(), err: format!("{}\n", failure.message) })
        }
        Err(failure) => Err(failure),
    }
}

fn preview(claim: &Claim, asked: &BreakClaim, now: Timestamp) -> String {
    let execution = &claim.execution;
    let mut text =
        format!("would break the claim {}\n  held          {}\n  names         {}\n", claim.id, describe(claim, now), names(claim));
    text += &under_way(claim, now);
    text += "\nWhat it does: the claim is nobody's, its names and distributions are free for the next cutover, and its execution is refused its \
             next write and ends stuck. What it does not: nothing is moved, put back or stopped.\n";
    if claim.state == ClaimState::Held {
        text += &format!(
            "\nIt is not stuck. Before breaking it, look whether it runs, and stop it rather: then it is recovered by itself.\n  aws \
             stepfunctions describe-execution --execution-arn {execution} --query status\n  aws stepfunctions stop-execution --execution-arn \
             {execution}\n"
        );
    }
    let (by, because) = (quoted(&asked.by), quoted(&asked.because));
    text +=
        &format!("\nTo do it, name the claim twice:\n  cutover break-claim {0} --by {by} --because {because} --confirm {0}\n", claim.id);
    text
}

/// A word of a shell's command line.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._-".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Writes that nobody knows the end of may still be sent.
fn under_way(claim: &Claim, now: Timestamp) -> String {
    let line = |(since, what): (Timestamp, &str)| {
        format!("  under way     a write whose end is not known; it may still be sent or take effect until {}: {what}\n", lands_by(since))
    };
    claim.may_land(now).into_iter().map(line).collect()
}

fn done(claim: &Claim, now: Timestamp) -> String {
    let names = claim.aliases.iter().filter(|alias| !alias.is_wildcard());
    let listed: String = names.map(|alias| format!("  dig +short {alias}; curl -sI https://{alias}/\n")).take(3).collect();
    format!(
        "broke the claim {}; it is kept in its chain of events\n{}\nNext: look where its names are, and put right by hand what is half done \
         (`cutover show {0}` tells how far it was).\n{listed}The registry says of them what it said before the claim, until the inventory or \
         the sentinel sees how they are.\n",
        claim.id,
        under_way(claim, now)
    )
}

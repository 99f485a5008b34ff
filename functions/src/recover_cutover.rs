//! Takes over the claim of a cutover whose execution has ended without giving it back, and hands on its saved document:
//! to be finished or rolled back, under the same claim. Touches nothing but the registry.

use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::registry::claims::{self, SavedDocument, nothing_lands};
use crate::registry::release;
use crate::registry::table::Table;
use cutover::bounds::RECOVERIES_MAX;
use cutover::document::{Cutover, Execution};
use cutover::error_name::ErrorName;
use cutover::finding::{Code, Refusal};
use cutover::registry::claim::{Claim, ClaimState, Token};
use cutover::registry::{ChainEvent, Key};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a read of the index may be behind, twice over.
const INDEX_MILLIS: u64 = 3_000;
/// Claims that are looked at by their keys: those that the index lists first may have been renewed or taken over just now.
const CANDIDATES_MAX: usize = 5;

/// How an execution may have ended that has to be recovered, as Step Functions says.
const ENDED: [&str; 3] = ["FAILED", "TIMED_OUT", "ABORTED"];

/// What the definition hands to this step.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Start {
    recover: Wanted,
    execution: Execution,
}

/// Whose claim is to be taken over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    /// The ARN of an execution that has ended.
    #[serde(default)]
    execution: Option<String>,
    /// How it ended, as Step Functions says.
    #[serde(default)]
    status: Option<String>,
    /// Whichever claim has lapsed first.
    #[serde(default)]
    lapsed: bool,
}

impl Wanted {
    /// Whether the execution is said to have ended, as the rule of the bus does.
    fn has_ended(&self) -> bool {
        self.status.as_deref().is_some_and(|status| ENDED.contains(&status))
    }
}

/// What is asked for. The bus keeps out events whose detail has these members (`template.yaml`), and cannot keep out a list of
/// the same values, which would be read like the object.
fn read(input: Value) -> Result<Start, Failure> {
    let no_start = |why: &str| Failure::new(ErrorName::MalformedDocument, format!("the input is no start of a recovery: {why}"));
    if !input.get("recover").is_some_and(Value::is_object) {
        return Err(no_start("recover is no object"));
    }
    serde_json::from_value(input).map_err(|error| no_start(&error.to_string()))
}

pub(crate) async fn recover_cutover(home: &Home, clock: &Clock, input: Value) -> Result<Cutover, Failure> {
    let start = read(input)?;
    let (table, now) = (Table::of(home), clock.now());
    let mut found = find(&table, &start, now).await?;
    if found.is_none() && start.recover.execution.is_some() {
        // The index may be a moment behind.
        clock.sleep_millis(INDEX_MILLIS).await;
        found = find(&table, &start, now).await?;
    }
    let Some(claim) = found else {
        return Ok(nothing(
            &start,
            "no claim of it is in force, or none that may be taken over: it has given everything back, or never claimed anything, or its claim has \
             not lapsed and the request does not say by `status` (FAILED, TIMED_OUT, ABORTED) that it has ended",
        ));
    };
    if claim.state == ClaimState::Stuck {
        return Ok(nothing(&start, &format!("a person is needed: {}", claim.describe(now))));
    }
    let ours = claim.execution == start.execution.id;
    let taken = if ours { Some(claim.clone()) } else { claims::take_over(&table, &claim, &start.execution.id, now).await? };
    let Some(taken) = taken else {
        return Ok(nothing(&start, "somebody else was faster, or its execution is alive"));
    };
    nothing_lands(&taken, now)?;
    go_on(&table, &start, &claim, &taken, now).await
}

/// The claim to take over, as it is now; one that a run of this step has taken already comes first.
async fn find(table: &Table, start: &Start, now: Timestamp) -> Result<Option<Claim>, Failure> {
    let mut candidates = claims::in_force(table).await?;
    // The index may be a moment behind; who took a claim first gave it its name.
    if let Some(execution) = &start.recover.execution {
        let name = execution.rsplit(':').next().unwrap_or_default();
        candidates.extend(table.get::<Claim>(&Key::claim(name)).await?.filter(Claim::is_in_force));
    }
    let wanted = |claim: &&Claim| match &start.recover.execution {
        // Who only names it has not said that it has ended: then its claim has to lapse.
        Some(execution) => {
            claim.execution == *execution && (start.recover.has_ended() || claim.has_lapsed(now) || claim.state == ClaimState::Stuck)
        }
        None => start.recover.lapsed && claim.has_lapsed(now),
    };
    let ours = |claim: &&Claim| claim.execution == start.execution.id;
    let mut looked_at = BTreeSet::new();
    for candidate in candidates.iter().filter(ours).chain(candidates.iter().filter(wanted)) {
        if !looked_at.insert(&candidate.id) {
            continue;
        }
        let found = table.get::<Claim>(&Key::claim(&candidate.id)).await?;
        let fits = |claim: &Claim| claim.is_in_force() && (ours(&claim) || wanted(&claim));
        if let Some(found) = found.filter(fits) {
            return Ok(Some(found));
        }
        if looked_at.len() >= CANDIDATES_MAX {
            break;
        }
    }
    Ok(None)
}

async fn go_on(table: &Table, start: &Start, before: &Claim, taken: &Claim, now: Timestamp) -> Result<Cutover, Failure> {
    let mut document = match read_document(table, taken).await? {
        Ok(document) => document,
        Err(unfit) => {
            release::keep_for_a_person(table, taken, &unfit, now).await?;
            let message = format!("the claim {} is kept for a person: {unfit}", taken.id);
            return Err(Failure::new(ErrorName::MalformedDocument, message));
        }
    };
    let weighed = document.claim.as_ref().map_or(0, |token| token.weighed);
    let token = Token { id: taken.id.clone(), fence: taken.fence, handed_on: 0, weighed, confirmed: true, until: Some(taken.until) };
    if taken.recoveries > RECOVERIES_MAX {
        document.recovered_too_often(now, &start.execution, token, taken.recoveries - 1);
        return Ok(document);
    }
    let status = start.recover.status.as_deref().unwrap_or("ended");
    // A run of this step before this one may have taken the claim already, and waited.
    let died = start.recover.execution.as_deref().or(Some(before.execution.as_str()).filter(|held| *held != start.execution.id));
    let died = died.map_or("the one before".to_owned(), |arn| arn.rsplit(':').next().unwrap_or_default().to_owned());
    let died = format!("execution {died} {status} without giving its claim back");
    document.recovered(now, &start.execution, token, taken.intents > 0, &died);
    Ok(document)
}

/// The document to go on from, or why nothing may go on from it: whoever can write to the table must not decide what is
/// carried out with Cutover's roles, so it has to be the plan that was claimed, and no more than that.
async fn read_document(table: &Table, claim: &Claim) -> Result<Result<Cutover, String>, Failure> {
    let Some(saved) = table.get::<SavedDocument>(&Key::document(&claim.id)).await? else {
        return Ok(Err("it has no document".to_owned()));
    };
    let document = match saved.read() {
        Ok(document) => document,
        Err(unreadable) => return Ok(Err(unreadable.message)),
    };
    let first = table.get::<ChainEvent>(&Key::event(&claim.id, 1)).await?;
    let claimed = document.claimed();
    let within = claimed.aliases.is_subset(&claim.aliases) && claimed.distributions.iter().all(|place| claim.distributions.contains(place));
    if first.is_none_or(|first| first.what != document.plan_hash) || !within {
        return Ok(Err("its document is not of the plan that was claimed".to_owned()));
    }
    Ok(Ok(document))
}

fn nothing(start: &Start, seen: &str) -> Cutover {
    let of = start.recover.execution.as_deref().unwrap_or("a claim that has lapsed");
    let refusal =
        Refusal::new(Code::NothingToRecover, &format!("{of}: {seen}"), "nothing; where a claim is stuck, docs/RUNBOOK.md says how it ends");
    Cutover::refused(start.execution.clone(), None, refusal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_recovery_is_asked_for_by_an_object_and_by_nothing_else() {
        let asked = |recover: Value| {
            read(json!({"recover": recover, "execution": {"id": "arn", "startedAt": "2026-12-01T00:00:00Z"}})).map(|start| start.recover)
        };
        assert!(asked(json!({"execution": "arn", "status": "ABORTED"})).is_ok_and(|wanted| wanted.has_ended()));
        for other in [json!(["arn", "ABORTED", true]), json!([{"lapsed": true}]), json!("arn"), json!(null)] {
            assert!(asked(other.clone()).is_err(), "{other}");
        }
    }
}

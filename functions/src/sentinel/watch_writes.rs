//! One event of the bus, from CloudTrail (CT-1): read, set against the registry, kept, and told to people where it has to be.
//! It may come twice and late (EB-1). Writes nothing but the registry.

use super::{keep, look};
use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::metrics;
use crate::registry::table::Table;
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use cutover::error_name::ErrorName;
use cutover::ids::AccountId;
use cutover::registry::sentinel::{Alarm, AlarmKind, Verdict};
use cutover::registry::trail::TrailWrite;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Tries to keep one event: whatever it is set against may change meanwhile.
const TRIES_MAX: usize = 5;

/// What the rule of the bus hands over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Input {
    /// The ids of all member accounts, joined by commas.
    members: String,
    event: EventBridgeEvent<Value>,
}

pub(crate) async fn watch_writes(home: &Home, clock: &Clock, input: &Value) -> Result<Value, Failure> {
    let malformed = |why: String| Failure::new(ErrorName::MalformedDocument, format!("the input is no event for the sentinel: {why}"));
    let input = Input::deserialize(input).map_err(|error| malformed(cutover::bounds::cut(&error.to_string())))?;
    let members = input.members.split(',').filter(|id| !id.is_empty()).map(AccountId::parse);
    let members = members.collect::<Result<BTreeSet<AccountId>, _>>().map_err(|error| malformed(error.to_string()))?;
    let account = input.event.account.as_deref().unwrap_or_default();
    let Some(write) = TrailWrite::read(account, &input.event.detail).map_err(|error| malformed(error.to_string()))? else {
        return Ok(told(None, &Verdict::default()));
    };
    // Of all writes these are by far the most while a cutover runs.
    if write.is_own(&members) {
        return Ok(told(Some(&write), &Verdict::default()));
    }
    let verdict = settle(&Table::of(home), clock, &write, &members).await?;
    tell(clock, &write, &verdict.alarms);
    Ok(told(Some(&write), &verdict))
}

/// Sets `write` against the registry and keeps what follows. Nothing follows from an event that was kept before.
async fn settle(table: &Table, clock: &Clock, write: &TrailWrite, members: &BTreeSet<AccountId>) -> Result<Verdict, Failure> {
    let mut alarms: Vec<Alarm> = Vec::new();
    for attempt in 0..TRIES_MAX {
        if keep::was_kept(table, write).await? {
            return Ok(Verdict::default());
        }
        let known = look::look(table, write).await?;
        let mut verdict = write.verdict(&known, members);
        // Part of what was undone may have been kept by the try before, and is not seen to be undone any more.
        alarms.extend(verdict.alarms.drain(..).filter(|alarm| !alarms.contains(alarm)).collect::<Vec<Alarm>>());
        verdict.alarms.clone_from(&alarms);
        if verdict.is_empty() || keep::keep(table, clock, write, &verdict, attempt).await? {
            return Ok(verdict);
        }
    }
    let message = format!("event {} could not be kept in {TRIES_MAX} tries: what it is about changes too fast", write.event_id);
    Err(Failure::new(ErrorName::RegistryUnavailable, message))
}

/// For people: a line for each alarm, and a number that CloudWatch watches.
fn tell(clock: &Clock, write: &TrailWrite, alarms: &[Alarm]) {
    for alarm in alarms {
        let (event, kind, seen, remedy) = (write.event_id.as_str(), alarm.kind, alarm.seen.as_str(), alarm.remedy.as_str());
        match kind {
            AlarmKind::ClaimTouched | AlarmKind::MoveUndone => tracing::error!(event, ?kind, seen, remedy, "others write"),
            AlarmKind::MoveUndoneInVain => tracing::warn!(event, ?kind, seen, remedy, "others write"),
        }
    }
    if !alarms.is_empty() {
        metrics::foreign_writes(&write.account, alarms.len(), clock.now());
    }
}

/// What a caller hears: which claims were told, what was said, how much was written.
fn told(write: Option<&TrailWrite>, verdict: &Verdict) -> Value {
    let claims: BTreeSet<&str> = verdict.foreign.iter().map(|(claim, _)| claim.as_str()).collect();
    json!({
        "eventId": write.map(|write| write.event_id.as_str()),
        "operation": write.map(|write| write.operation.as_str()),
        "claims": claims,
        "alarms": verdict.alarms,
        "sightings": verdict.sightings.len(),
    })
}

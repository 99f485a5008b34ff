//! One cutover as the registry has it: claim, document in short, events, writes of others; and whether the chain of its events
//! holds. Must not know how a cutover goes on.

use super::arguments::Show;
use super::ask::name;
use super::claims::{describe, names};
use super::{CANNOT_SAY, Desk, NO, Spoken, YES};
use crate::answer::Failure;
use crate::registry::claims::SavedDocument;
use cutover::document::Cutover;
use cutover::registry::chain::broken_of;
use cutover::registry::unaccounted::lands_by;
use cutover::registry::{ChainEvent, Claim, ForeignWrite, Key};
use serde_json::{Value, json};

/// Events that are read. A cutover of 90 aliases whose writes are all refused for an hour has fewer.
const EVENTS_MAX: usize = 20_000;
/// Events at the end that a person is shown; scripts get all of them.
const EVENTS_SHOWN: usize = 40;

/// What was read of one cutover.
struct Found {
    claim: Claim,
    document: Option<SavedDocument>,
    events: Vec<ChainEvent>,
    foreign_writes: Vec<ForeignWrite>,
    broken: Option<String>,
}

pub(super) async fn show(desk: &Desk, asked: &Show) -> Result<Spoken, Failure> {
    // The claim first: it says how many events there are at the least.
    let Some(claim) = desk.table.get::<Claim>(&Key::claim(&asked.id)).await? else {
        let err = format!(
            "no cutover called {} has claimed anything: a plan and a refusal claim nothing; `cutover claims` lists who does\n",
            asked.id
        );
        let nothing = || json!({"id": asked.id, "claim": null});
        return Ok(Spoken { err, ..Spoken::either(CANNOT_SAY, asked.json, nothing, String::new) });
    };
    let pk = Key::claim(&asked.id).pk;
    let events = desk.table.partition::<ChainEvent>(&pk, "EVENT#", EVENTS_MAX).await?;
    let foreign_writes = desk.table.partition::<ForeignWrite>(&pk, "FOREIGN#", EVENTS_MAX).await?;
    let document = desk.table.get::<SavedDocument>(&Key::document(&asked.id)).await?;
    let broken = broken_of(&events, claim.events, &claim.head);
    let found = Found { claim, document, events, foreign_writes, broken };
    let status = if found.broken.is_some() { NO } else { YES };
    Ok(Spoken::either(status, asked.json, || found.to_json(), || found.say(desk)))
}

impl Found {
    /// The document, where this version can read it.
    fn cutover(&self) -> Option<Cutover> {
        self.document.as_ref().and_then(|saved| saved.read().ok())
    }

    fn to_json(&self) -> Value {
        let saved_at = self.document.as_ref().map(|saved| saved.saved_at);
        json!({
            "claim": self.claim,
            "document": self.cutover().map(|cutover| in_short(&cutover)),
            "savedAt": saved_at,
            "events": self.events,
            "foreignWrites": self.foreign_writes,
            "chain": {"holds": self.broken.is_none(), "broken": self.broken},
        })
    }

    fn say(&self, desk: &Desk) -> String {
        let now = desk.clock.now();
        let mut text = format!("{}\n", self.claim.id);
        let mut line = |label: &str, value: &str| text += &format!("  {label:<14} {value}\n");
        line("claim", &format!("{}: {}", name(self.claim.state), describe(&self.claim, now)));
        line("names", &names(&self.claim));
        for (since, what) in self.claim.may_land(now) {
            line(
                "under way",
                &format!("a write since {since}, whose end is not known; it may take effect until {}: {what}", lands_by(since)),
            );
        }
        match (self.cutover(), &self.document) {
            (Some(cutover), _) => progress(&cutover, &mut line),
            (None, Some(_)) => line("document", "this version cannot read it"),
            (None, None) => line("document", "none"),
        }
        for write in &self.foreign_writes {
            line("others wrote", &write.describe());
        }
        let left_out = self.events.len().saturating_sub(EVENTS_SHOWN);
        if left_out > 0 {
            line("events", &format!("{left_out} before these; --json shows all"));
        }
        for event in self.events.iter().skip(left_out) {
            line(&format!("{:>4} {}", event.number, name(event.kind)), &format!("{} {}", event.at, event.what));
        }
        match &self.broken {
            None => line("chain", &format!("holds: {} events, each with the hash of the one before", self.events.len())),
            Some(wrong) => {
                line("chain", &format!("BROKEN: {wrong}"));
                line(
                    "next",
                    "somebody has written to the table by hand: restore it to a point in time beside this one and compare (CloudTrail \
                              data events, if they are on, say who)",
                );
            }
        }
        text
    }
}

fn progress(cutover: &Cutover, line: &mut impl FnMut(&str, &str)) {
    if let Some(outcome) = cutover.outcome {
        line("outcome", &name(outcome));
    } else {
        let settle = cutover.progress.waits_for.as_ref().map_or(String::new(), |settle| format!(", until {}", settle.describe()));
        line("at", &format!("{}{settle}", cutover.label_now()));
    }
    if let Some(because) = &cutover.progress.turned_because {
        line("turned round", because);
    }
    if let Some(stuck) = &cutover.stuck {
        line("stuck", &stuck.cause);
        for (number, next) in stuck.next_moves.iter().enumerate() {
            line(&format!("  {}.", number + 1), next);
        }
    }
}

fn in_short(cutover: &Cutover) -> Value {
    json!({
        "execution": cutover.execution.id,
        "outcome": cutover.outcome,
        "strategy": cutover.strategy,
        "direction": cutover.progress.direction,
        "at": cutover.label_now(),
        "waitsFor": cutover.progress.waits_for.as_ref().map(|settle| settle.describe()),
        "turnedBecause": cutover.progress.turned_because,
        "stuckBecause": cutover.progress.stuck_because,
        "stuck": cutover.stuck,
        "planHash": cutover.plan_hash,
    })
}

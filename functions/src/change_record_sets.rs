//! Points the record sets of a cutover's names at the target, or back as they were read. Never touches a set
//! that is neither. Must not know what comes next.

use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::change_proofs::change_proofs;
use crate::clock::Clock;
use crate::record_sets::{self, NameChange};
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::ZonePlace;
use cutover::name::Alias;
use cutover::plan::{Edit, names};
use cutover::progress::{Direction, Done};
use cutover::record_set::{RecordSet, RecordsTo, in_state, same_sets};

/// Reads and writes in one call: a lost answer, or a batch refused because it was done already, costs one.
pub(crate) const TRIES_MAX: usize = 3;
/// Between two of them.
const PAUSE_MILLIS: u64 = 1_000;

pub(crate) async fn change_record_sets(accounts: &Accounts<'_>, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    let (account, hosted_zone, aliases, to) = match document.edit_now()?.clone() {
        Edit::ChangeRecordSets { account, hosted_zone, aliases, to } => (account, hosted_zone, aliases, to),
        Edit::ChangeProofs { account, hosted_zone, proves, .. } => {
            return change_proofs(accounts, clock, document, &ZonePlace { account, hosted_zone }, proves).await;
        }
        _ => return Err(Failure::new(ErrorName::MalformedDocument, "the next edit is no change of record sets")),
    };
    let zone = ZonePlace { account, hosted_zone };
    let states = states(&document, &aliases, to)?;
    let mut last = None;
    for attempt in 0..TRIES_MAX {
        let Pending { changes, foreign } = pending(accounts, &zone, &states).await?;
        let back = document.progress.direction == Direction::Back;
        let strays: Vec<Alias> = foreign.into_iter().filter(|stray| !(back && stray.leads_to_source)).map(|stray| stray.name).collect();
        if !strays.is_empty() && !back {
            let message = format!("somebody else changed the record sets of {}: they are neither as read nor as written", names(&strays));
            return Err(Failure::new(ErrorName::ChangedByOthers, message));
        }
        if !strays.is_empty() {
            document.leave_alone(clock.now(), &names(&strays));
        }
        match send(accounts, clock, &mut document, &zone, &changes, attempt).await? {
            None => return Ok(document),
            answer => last = answer,
        }
    }
    Err(not_in_time(last))
}

/// What a step says that has tried often enough: without an answer it is worth another try, after a refusal it is not.
pub(crate) fn not_in_time(last: Option<Answer>) -> Failure {
    let unanswered = last.as_ref().is_some_and(|answer| answer.meaning == Meaning::Unknown);
    let name = if unanswered { ErrorName::Unavailable } else { ErrorName::EditRefused };
    let last = last.map(|answer| answer.text).unwrap_or_default();
    Failure::new(name, format!("the record sets could not be changed in {TRIES_MAX} tries; last: {last}"))
}

/// Sends what is pending, if anything, and tells the document. `Some` is AWS's answer where only another look, after a
/// while, can tell whether it is done.
pub(crate) async fn send(
    accounts: &Accounts<'_>,
    clock: &Clock,
    document: &mut Cutover,
    zone: &ZonePlace,
    changes: &[NameChange],
    attempt: usize,
) -> Result<Option<Answer>, Failure> {
    if changes.is_empty() {
        let detail = if attempt > 0 { "written, as a look after a lost answer shows" } else { "already as wanted" };
        document.acted(clock.now(), Done { wrote: attempt > 0, change_id: None, detail: detail.to_owned() });
        return Ok(None);
    }
    match record_sets::change(accounts, zone, changes, &document.label_now()).await {
        Ok(change_id) => {
            let detail = format!("{} changed, {change_id}", told(changes));
            document.acted(clock.now(), Done { wrote: true, change_id: Some(change_id), detail });
            Ok(None)
        }
        Err(answer) if matches!(answer.meaning, Meaning::BatchRefused | Meaning::Unknown) => {
            clock.sleep_millis(PAUSE_MILLIS).await;
            Ok(Some(answer))
        }
        Err(answer) => Err(answer.failure()),
    }
}

/// One name, or the first and how many more.
fn told(changes: &[NameChange]) -> String {
    match changes {
        [] => "nothing".to_owned(),
        [only] => only.name.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
    }
}

/// A name with the sets that are wanted and the only other ones that may be replaced by them.
struct NameStates {
    name: Alias,
    wanted: Vec<RecordSet>,
    others: Vec<Vec<RecordSet>>,
    source: String,
}

/// What is not yet as wanted: ours to change, and somebody else's (R53-8).
struct Pending {
    changes: Vec<NameChange>,
    foreign: Vec<Stray>,
}

/// A name whose sets are neither as read nor as written.
struct Stray {
    name: Alias,
    /// Which is all that the source needs to take the name back (SW-11).
    leads_to_source: bool,
}

fn states(document: &Cutover, aliases: &[Alias], to: RecordsTo) -> Result<Vec<NameStates>, Failure> {
    let destination = document.destination()?;
    let state = |alias: &Alias| {
        let as_read = document.as_read(alias)?;
        let others = RecordsTo::ALL.into_iter().filter(|state| *state != to).map(|state| in_state(as_read, state, &destination)).collect();
        let wanted = in_state(as_read, to, &destination);
        Ok(NameStates { name: alias.clone(), wanted, others, source: destination.source.to_owned() })
    };
    aliases.iter().map(state).collect()
}

async fn pending(accounts: &Accounts<'_>, zone: &ZonePlace, states: &[NameStates]) -> Result<Pending, Failure> {
    let mut pending = Pending { changes: vec![], foreign: vec![] };
    for state in states {
        let seen = record_sets::read(accounts, zone, &state.name).await.map_err(|answer| answer.failure())?;
        if same_sets(&seen, &state.wanted) {
            continue;
        }
        if state.others.iter().any(|other| same_sets(&seen, other)) {
            pending.changes.push(NameChange { name: state.name.to_string(), from: seen, to: state.wanted.clone() });
        } else {
            let leads_to_source = !seen.is_empty() && seen.iter().all(|set| set.points_at(&state.source));
            pending.foreign.push(Stray { name: state.name.clone(), leads_to_source });
        }
    }
    Ok(pending)
}

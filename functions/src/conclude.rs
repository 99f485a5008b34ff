//! Looks where every alias is and has the outcome written. Never writes to AWS, and never fails because of
//! what it could not see.

use crate::accounts::Accounts;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::distribution;
use crate::holders;
use crate::public_records;
use crate::record_sets;
use crate::viewer::{ServerTxt, Viewer};
use cutover::document::{Caught, Cutover, Execution};
use cutover::error_name::ErrorName;
use cutover::finding::{Code, Refusal};
use cutover::outcome::Whereabouts;
use cutover::progress::Direction;
use cutover::proof::{self, same_values};
use cutover::record_set::same_sets;
use jiff::Timestamp;
use serde_json::Value;

/// Looks where an alias seems to be astray, and the pause before each further one.
const LOOKS_MAX: u32 = 5;
const PAUSE_MILLIS: u64 = 5_000;
/// No look begins later: with the SDK's own tries one may take a minute, and the function has two.
const LAST_LOOK_SECONDS: i64 = 25;

/// `may_land` are the writes that may still take effect, and until when.
pub(crate) async fn conclude(
    accounts: Option<&Accounts<'_>>,
    viewer: &dyn Viewer,
    clock: &Clock,
    mut document: Cutover,
    may_land: Vec<(Timestamp, String)>,
) -> Cutover {
    document.note_what_was_not_claimed();
    let mut whereabouts = match accounts {
        Some(accounts) => look_well(accounts, viewer, clock, &document).await,
        None => Whereabouts::default(),
    };
    whereabouts.may_land = may_land;
    document.concluded(clock.now(), &whereabouts);
    document
}

/// Looks, and again where an alias seems to be astray: the read may have been old for a moment (CF-11, F5). It is only then not
/// astray if two looks in a row say so.
async fn look_well(accounts: &Accounts<'_>, viewer: &dyn Viewer, clock: &Clock, document: &Cutover) -> Whereabouts {
    let began = clock.now();
    let astray = |seen: &Whereabouts| document.progress.stuck_because.is_none() && document.stray_in(seen).is_some();
    let mut seen = look(accounts, viewer, document).await;
    let mut worst = astray(&seen).then(|| seen.clone());
    let mut fine = 2 * u32::from(worst.is_none());
    for _ in 1..LOOKS_MAX {
        clock.sleep_millis(if fine < 2 { PAUSE_MILLIS } else { 0 }).await;
        if fine >= 2 || clock.now().as_second() - began.as_second() > LAST_LOOK_SECONDS {
            break;
        }
        seen = look(accounts, viewer, document).await;
        (worst, fine) = if astray(&seen) { (Some(seen.clone()), 0) } else { (worst, fine + 1) };
    }
    if fine >= 2 { seen } else { worst.unwrap_or(seen) }
}

async fn look(accounts: &Accounts<'_>, viewer: &dyn Viewer, document: &Cutover) -> Whereabouts {
    let aliases = |place| async move { distribution::look(accounts, place).await.ok().map(|seen| seen.aliases()) };
    let request = accounts.request();
    // Only a cutover that is stuck needs to know, and it may be stuck because nothing could be written at all.
    let stuck = document.progress.stuck_because.is_some();
    let record_sets_as_read = match stuck {
        false => None,
        true if request.dns_is_external() => answered_as_read(viewer, document).await,
        true => record_sets_as_read(accounts, document).await,
    };
    // What is not ours to look at stays unknown (DT-10, DT-11).
    let source = match &request.source {
        Some(place) => aliases(place).await,
        None if document.progress.direction == Direction::Back => still_held(accounts, document).await,
        None => None,
    };
    Whereabouts { source, target: aliases(&request.target).await, record_sets_as_read, may_land: vec![] }
}

/// The aliases that somebody else than the target still holds: what nobody holds is not as it was.
async fn still_held(accounts: &Accounts<'_>, document: &Cutover) -> Option<Vec<String>> {
    let mut held = Vec::new();
    for alias in document.moving() {
        if holders::another(accounts, &accounts.request().target, &alias).await.ok()?.is_some() {
            held.push(alias.to_string());
        }
    }
    Some(held)
}

async fn record_sets_as_read(accounts: &Accounts<'_>, document: &Cutover) -> Option<bool> {
    let zone = accounts.zone().ok()?;
    for snapshot in &document.snapshot {
        let sets = record_sets::read(accounts, zone, &snapshot.name).await.ok()?;
        if !same_sets(&sets, &snapshot.sets) {
            return Some(false);
        }
    }
    for proof in &document.proofs {
        let sets = record_sets::read_all(accounts, zone, &proof.name).await.ok()?;
        let values = sets.iter().find(|set| set.kind == "TXT").map_or(&[][..], |set| set.values.as_slice());
        if !same_values(values, &proof.values) {
            return Some(false);
        }
    }
    Some(true)
}

/// The same where somebody else edits DNS: what every name server answers.
async fn answered_as_read(viewer: &dyn Viewer, document: &Cutover) -> Option<bool> {
    for snapshot in &document.snapshot {
        if public_records::differs(viewer, &snapshot.name, &snapshot.sets).await.ok()?.is_some() {
            return Some(false);
        }
    }
    for proof in &document.proofs {
        let servers = viewer.txt(&proof.name).await.ok()?;
        let quoted = |server: &ServerTxt| server.values.iter().map(|value| proof::quoted(value)).collect::<Vec<_>>();
        if servers.is_empty() || servers.iter().any(|server| !same_values(&quoted(server), &proof.values)) {
            return Some(false);
        }
    }
    Some(true)
}

/// Preflight itself crashed, so there is no document: the bare request comes with what was caught.
pub(crate) fn conclude_without_document(clock: &Clock, input: Value) -> Result<Cutover, Failure> {
    let caught = input.get("error").cloned().and_then(|error| serde_json::from_value::<Caught>(error).ok());
    let caught = caught.ok_or_else(|| Failure::new(ErrorName::MalformedDocument, "the input is neither a document nor a caught error"))?;
    let execution = Execution { id: String::new(), started_at: Timestamp::UNIX_EPOCH };
    let message = format!("the situation could not be observed: {}", caught.describe());
    let refusal =
        Refusal::new(Code::ObservationFailed, &message, "nothing was changed; ask again, and read the log of the preflight function");
    let mut document = Cutover::refused(execution, None, refusal);
    document.concluded(clock.now(), &Whereabouts::default());
    Ok(document)
}

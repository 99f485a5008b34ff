//! Adds aliases to one distribution, or removes them from it. Converges: whatever is already as wanted is
//! left alone. Must not know whether this is the way forward or back.

use crate::accounts::Accounts;
use crate::answer::{Failure, Meaning};
use crate::clock::Clock;
use crate::detach_guard;
use crate::distribution::{self, Update, UpdateError};
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::plan::{Edit, names};
use cutover::progress::Done;

/// Reads and writes in one call. A stale ETag or a lost answer costs one; the definition calls again after more.
const TRIES_MAX: usize = 5;
/// No try begins later than this: a read and a write take 60 s at the worst, and the function has 120 s.
const LAST_TRY_SECONDS: i64 = 50;
/// Pause after a stale ETag: the read may be old for a moment (CF-11).
const STALE_PAUSE_MILLIS: u64 = 500;

pub(crate) async fn update_distribution(accounts: &Accounts<'_>, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    let Edit::UpdateDistribution { account, distribution, add, remove } = document.edit_now()?.clone() else {
        return Err(Failure::new(ErrorName::MalformedDocument, "the next edit is no update of a distribution"));
    };
    let place = Place { account, distribution };
    detach_guard::removal_is_safe(accounts, &document, &place, &remove).await?;
    let done = converge(accounts, clock, &place, &add, &remove).await?;
    document.acted(clock.now(), done);
    Ok(document)
}

async fn converge(accounts: &Accounts<'_>, clock: &Clock, place: &Place, add: &[Alias], remove: &[Alias]) -> Result<Done, Failure> {
    let (mut last, began) = (String::new(), clock.now());
    for attempt in 0..TRIES_MAX {
        if clock.now().as_second() - began.as_second() > LAST_TRY_SECONDS {
            break;
        }
        let config = distribution::read_config(accounts, place).await.map_err(|answer| answer.failure())?;
        let Some(aliases) = config.aliases_after(add, remove) else {
            let detail = if attempt > 0 { "written, as a look after a lost answer shows" } else { "already as wanted" };
            return Ok(Done { wrote: attempt > 0, change_id: None, detail: detail.to_owned() });
        };
        match Update::prepare(place, &config, &aliases)?.send(accounts).await {
            Ok(()) => {
                let detail = match (add, remove) {
                    (add, []) => format!("{} joined", names(add)),
                    (_, remove) => format!("{} left", names(remove)),
                };
                return Ok(Done { wrote: true, change_id: None, detail });
            }
            Err(UpdateError::Answered(answer)) if matches!(answer.meaning, Meaning::Stale | Meaning::Unknown) => {
                tracing::info!(answer = %answer.text, "looking again before acting again");
                last = answer.text;
                clock.sleep_millis(STALE_PAUSE_MILLIS).await;
            }
            Err(error) => return Err(error.failure()),
        }
    }
    Err(Failure::new(ErrorName::Unavailable, format!("{} could not be updated in {TRIES_MAX} tries; last: {last}", place.distribution)))
}

//! Adds aliases to one distribution, or removes them from it; disables it, or enables it again. Converges: whatever is
//! already as wanted is left alone. Must not know whether this is the way forward or back.

use crate::accounts::Accounts;
use crate::answer::{Failure, Meaning};
use crate::clock::Clock;
use crate::detach_guard;
use crate::distribution::{self, Config, Update, UpdateError};
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::plan::{Edit, names};
use cutover::progress::Done;
use cutover::registry::unaccounted::undone_by;

/// Reads and writes in one call. A stale ETag or a lost answer costs one; the definition calls again after more.
const TRIES_MAX: usize = 5;
/// No try begins later than this: a read and a write take 20 s at the worst and the registry as much, and the function has 120 s.
const LAST_TRY_SECONDS: i64 = 50;
/// Pause after a stale ETag: the read may be old for a moment (CF-11).
const STALE_PAUSE_MILLIS: u64 = 500;
/// Pause after a throttled write, which costs nothing.
const THROTTLED_PAUSE_MILLIS: u64 = 5_000;

/// What is to be true of a distribution's config.
enum Wanted {
    Aliases { add: Vec<Alias>, remove: Vec<Alias> },
    Enabled(bool),
}

impl Wanted {
    /// The update that makes it true; `None` where it is.
    fn update(&self, place: &Place, config: &Config) -> Result<Option<Update>, Failure> {
        match self {
            Wanted::Aliases { add, remove } => {
                config.aliases_after(add, remove).map(|aliases| Update::prepare(place, config, &aliases)).transpose()
            }
            Wanted::Enabled(enabled) if config.text.enabled() == Some(*enabled) => Ok(None),
            Wanted::Enabled(enabled) => Update::enabling(place, config, *enabled).map(Some),
        }
    }

    /// What would undo it, as an intent says it.
    fn contraries(&self) -> Vec<String> {
        match self {
            Wanted::Aliases { add, remove } => undone_by(add, remove),
            Wanted::Enabled(enabled) => vec![format!("enabled {}", !enabled)],
        }
    }

    fn told(&self) -> String {
        match self {
            Wanted::Aliases { add, remove } if remove.is_empty() => format!("{} joined", names(add)),
            Wanted::Aliases { remove, .. } => format!("{} left", names(remove)),
            Wanted::Enabled(true) => "enabled: it serves again, edge by edge".to_owned(),
            Wanted::Enabled(false) => "disabled: nobody serves its aliases from now on, edge by edge".to_owned(),
        }
    }
}

pub(crate) async fn update_distribution(accounts: &Accounts<'_>, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    let (account, distribution, wanted) = match document.edit_now()?.clone() {
        Edit::UpdateDistribution { account, distribution, add, remove } => (account, distribution, Wanted::Aliases { add, remove }),
        Edit::SetEnabled { account, distribution, enabled } => (account, distribution, Wanted::Enabled(enabled)),
        _ => return Err(Failure::new(ErrorName::MalformedDocument, "the next edit is no update of a distribution")),
    };
    let place = Place { account, distribution };
    match &wanted {
        Wanted::Aliases { remove, .. } => detach_guard::removal_is_safe(accounts, &document, &place, remove).await?,
        Wanted::Enabled(false) => detach_guard::disabling_is_safe(accounts, clock, &document, &place).await?,
        Wanted::Enabled(true) => {}
    }
    let done = converge(accounts, clock, &place, &wanted).await?;
    document.acted(clock.now(), done);
    Ok(document)
}

async fn converge(accounts: &Accounts<'_>, clock: &Clock, place: &Place, wanted: &Wanted) -> Result<Done, Failure> {
    let (mut last, mut sent, began) = (None, false, clock.now());
    for _ in 0..TRIES_MAX {
        if clock.now().as_second() - began.as_second() > LAST_TRY_SECONDS {
            break;
        }
        match look_and_act(accounts, place, wanted, &mut sent).await {
            Ok(done) => return Ok(done),
            Err(UpdateError::Answered(answer)) if matches!(answer.meaning, Meaning::Stale | Meaning::Unknown | Meaning::Throttled) => {
                tracing::info!(answer = %answer.text, "looking again before acting again");
                clock.sleep_millis(if answer.meaning == Meaning::Throttled { THROTTLED_PAUSE_MILLIS } else { STALE_PAUSE_MILLIS }).await;
                last = Some(answer);
            }
            Err(error) => return Err(error.failure()),
        }
    }
    let (name, last) = last.map_or((ErrorName::Unavailable, String::new()), |answer| (answer.failure().name, answer.text));
    Err(Failure::new(name, format!("{} could not be updated in {TRIES_MAX} tries; last: {last}", place.distribution)))
}

/// One read, and one write where that finds something to do. `sent` says whether there was a write by now.
async fn look_and_act(accounts: &Accounts<'_>, place: &Place, wanted: &Wanted, sent: &mut bool) -> Result<Done, UpdateError> {
    let config = distribution::read_config(accounts, place).await.map_err(UpdateError::Answered)?;
    let Some(update) = wanted.update(place, &config)? else {
        if let Some(held) = accounts.held() {
            held.nothing_undoes(&place.distribution, &wanted.contraries())?;
        }
        let detail = if *sent { "written, as a look after a lost answer shows" } else { "already as wanted" };
        return Ok(Done { wrote: *sent, change_id: None, detail: detail.to_owned() });
    };
    *sent = true;
    update.send(accounts).await?;
    Ok(Done { wrote: true, change_id: None, detail: wanted.told() })
}

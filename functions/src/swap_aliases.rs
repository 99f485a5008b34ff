//! Detaches aliases from one distribution and attaches them to another, in one call: between the two nobody
//! serves the name, so nothing but this call's own requests may lie between them.
//!
//! Before the detach the attach is sent once, to be refused: "already associated with a different resource" is the
//! proof that nothing but the name's present owner stands in its way, CloudFront's view of DNS included.
//!
//! The pace is SW-5: the attach is ready before the detach is sent and follows it at once; while the name is
//! still taken it is tried again after 2 s and then every 20 s, so that one write is always in reserve
//! for the try made at once when a look, every second, sees the distribution left behind deployed. A swap that
//! takes longer than AWS should need is told to an alarm; one that takes longer than a forward swap may looks and tries
//! less often. Must not know whether this is the way forward or back.

use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::detach_guard::attach_would_pass;
use crate::distribution::{self, Config, Update, UpdateError};
use crate::metrics;
use cutover::bounds::{SWAP_CALL_SECONDS_MAX, SWAP_SECONDS_MAX};
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::plan::names;
use cutover::progress::{DETACHED, Direction, Done};
use cutover::registry::unaccounted::undone_by;
use jiff::{SignedDuration, Timestamp};

/// Tries to detach before this call gives up: five minutes at the longest pause.
const DETACH_TRIES_MAX: usize = 60;
/// Pause after a throttled or stale detach.
const DETACH_PAUSE_MILLIS: u64 = 5_000;
/// First pause between two tries to attach.
const FIRST_TRY_MILLIS: i64 = 2_000;
/// Every further one: Q-3 refills one write in this time.
const NEXT_TRY_MILLIS: i64 = 20_000;
/// After a throttled try; a throttled write costs nothing.
const THROTTLED_MILLIS: i64 = 5_000;
/// A try and a look once the swap has taken as long as one on the way forward may.
const LATE_TRY_MILLIS: i64 = 60_000;
const LATE_LOOK_MILLIS: i64 = 30_000;
/// What a request that is begun in time may still take, so that the whole call returns within its bound.
const LAST_CALL_SECONDS: i64 = 30;
/// Pause between two looks at the distribution left behind.
const LOOK_MILLIS: i64 = 1_000;
/// How long after the detach a try that fails is told to the alarm: the longest that AWS should need for two arrivals (SW-6),
/// 660 s, is over.
const OVERDUE_SECONDS: i64 = 12 * 60;
/// The same once the distribution left behind is deployed: then the name is free, or somebody else's.
const OVERDUE_DEPLOYED_SECONDS: i64 = 60;
/// Denials and unlisted answers in a row before they count as a refusal: two minutes of tries, six once it is late, because
/// a permission may be on its way, and no longer, because nobody serves the name.
const ODD_ANSWERS_MAX: u32 = 6;

pub(crate) async fn swap_aliases(accounts: &Accounts<'_>, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    let (aliases, from, to) = document.swap_now()?;
    let deadline = clock.now() + SignedDuration::from_secs(SWAP_CALL_SECONDS_MAX - LAST_CALL_SECONDS);
    let (aliases, from, to) = (&aliases[..], &from, &to);
    let mut swap =
        Swap { accounts, clock, aliases, from, to, detached_at: document.progress.detached_at, differs: None, last: String::new() };
    let detached_before = swap.detached_at.is_some();
    let Some(attach) = swap.detach(&document, deadline).await? else {
        let detail = format!("{} already there", names(aliases));
        document.acted(clock.now(), Done { wrote: document.progress.detached_at.is_some(), change_id: None, detail });
        return Ok(document);
    };
    let detached_at = swap.detached_at.unwrap_or_else(|| clock.now());
    if swap.detached_at.is_some() && !detached_before {
        document.note(
            detached_at,
            DETACHED,
            &format!("{} left {}; nobody serves new edges until the attach", names(aliases), from.distribution),
        );
    }
    let ends = document.swap_ends(detached_at);
    match swap.attach(attach, ends, deadline).await {
        Ok(Some(tries)) => {
            let gap = clock.now().duration_since(document.unserved_since(detached_at)).as_millis();
            let detail = format!("attached at try {tries}, {}.{:03} s after the detach", gap / 1000, gap % 1000);
            document.acted(clock.now(), Done { wrote: true, change_id: None, detail });
            if let Some(how) = &swap.differs {
                document.attached_but_differs(clock.now(), how);
            }
        }
        Ok(None) => {
            let detail = format!("this call has to end, and is entered again; last: {}", swap.last);
            document.reenter_swap(clock.now(), detached_at, &detail);
        }
        // What asking again may change is the definition's to retry; for the rest the document turns round here, so that
        // it knows of the detach.
        Err(failure) if failure.name == ErrorName::Unavailable || failure.name == ErrorName::Throttled => {
            // A retry would come with the document from before the detach.
            document.reenter_swap(clock.now(), detached_at, &failure.message);
        }
        Err(failure) => document.turn_round(clock.now(), &format!("{}: {}", failure.name, failure.message)),
    }
    Ok(document)
}

struct Swap<'a> {
    accounts: &'a Accounts<'a>,
    clock: &'a Clock,
    aliases: &'a [Alias],
    from: &'a Place,
    to: &'a Place,
    detached_at: Option<Timestamp>,
    /// How the answer to an accepted write differed from what was sent. The name is served first, and then it is said.
    differs: Option<String>,
    /// The last answer that was no yes, in AWS's words.
    last: String,
}

/// What is read before either write.
struct Ready {
    /// `None` where `from` lists none of the aliases.
    detach: Option<Update>,
    /// `None` where `to` lists all of them.
    attach: Option<Update>,
    to_config: Config,
}

impl Swap<'_> {
    /// Detaches, if need be, and returns the attach that is due; `None` where nothing is left to do.
    async fn detach(&mut self, document: &Cutover, deadline: Timestamp) -> Result<Option<Update>, Failure> {
        let (mut last, mut proved) = (String::new(), false);
        for _ in 0..DETACH_TRIES_MAX {
            if self.clock.now() >= deadline {
                break;
            }
            let ready = match self.prepare().await {
                Ok(ready) => ready,
                // Between a detach and its attach nothing but the end of the tries leaves this call.
                Err(failure) if let Some(since) = self.detached_at => {
                    last = failure.message;
                    if has_lasted(since, OVERDUE_SECONDS, self.clock.now()) {
                        self.tell_unserved(&last);
                    }
                    self.clock.sleep_millis(u64::try_from(LOOK_MILLIS).unwrap_or(0)).await;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            // What the way forth sent may land as long as nobody writes. Whoever finds all of it undone waits, since somebody
            // serves; what is still to be attached waits for nothing.
            if let (Some(held), None) = (self.accounts.held(), &ready.attach) {
                held.nothing_undoes(&self.to.distribution, &undone_by(self.aliases, &[]))?;
                if ready.detach.is_none() {
                    held.nothing_undoes(&self.from.distribution, &undone_by(&[], self.aliases))?;
                }
            }
            let Some(detach) = ready.detach else { return Ok(ready.attach) };
            if document.progress.direction == Direction::Forward
                && !proved
                && let Some(attach) = &ready.attach
            {
                proved = self.prove(attach).await?;
                continue;
            }
            attach_would_pass(self.accounts, self.clock, document, (self.aliases, self.to, &ready.to_config), deadline).await?;
            match detach.send(self.accounts).await {
                Ok(()) => {
                    self.now_detached();
                    return Ok(ready.attach);
                }
                Err(UpdateError::Answered(answer)) if matches!(answer.meaning, Meaning::Stale | Meaning::Throttled | Meaning::Unknown) => {
                    // After an answer that was lost the name may be free: the look at the top of the loop tells, at once.
                    if answer.meaning != Meaning::Unknown {
                        self.clock.sleep_millis(DETACH_PAUSE_MILLIS).await;
                    } else if self.detached_at.is_none() {
                        self.now_detached();
                    }
                    last = answer.text;
                }
                Err(UpdateError::Differs(how)) => {
                    self.now_detached();
                    self.differs = Some(how);
                    return Ok(ready.attach);
                }
                Err(error) => return Err(error.failure()),
            }
        }
        Err(Failure::new(
            ErrorName::Unavailable,
            format!("{} could not be updated in {DETACH_TRIES_MAX} tries; last: {last}", self.from.distribution),
        ))
    }

    /// From here on nobody serves the name.
    fn now_detached(&mut self) {
        self.detached_at = Some(self.clock.now());
        if let Some(held) = self.accounts.held() {
            held.enter_gap();
        }
    }

    /// Sends the attach while the name is still taken, and waits until the write that this cost is there again.
    /// Whether that proved anything.
    ///
    /// # Errors
    /// Whatever would have stood in the attach's way with the name already detached.
    async fn prove(&self, attach: &Update) -> Result<bool, Failure> {
        match attach.send(self.accounts).await {
            Ok(()) => Ok(true),
            Err(UpdateError::Answered(answer)) => match answer.meaning {
                Meaning::AliasTaken => {
                    self.clock.sleep_millis(u64::try_from(NEXT_TRY_MILLIS).unwrap_or(0)).await;
                    Ok(true)
                }
                // Nothing was learnt; the next turn of the loop reads everything again.
                Meaning::Stale => Ok(false),
                _ => {
                    let failure = answer.failure();
                    Err(Failure::new(
                        failure.name,
                        format!("the detach was not sent, since the attach would be refused: {}", failure.message),
                    ))
                }
            },
            Err(error) => Err(error.failure()),
        }
    }

    async fn prepare(&self) -> Result<Ready, Failure> {
        let read = |place| async move { distribution::read_config(self.accounts, place).await.map_err(|answer: Answer| answer.failure()) };
        let from_config = read(self.from).await?;
        let to_config = read(self.to).await?;
        let detach = match from_config.aliases_after(&[], self.aliases) {
            Some(aliases) => Some(Update::prepare(self.from, &from_config, &aliases)?),
            None => None,
        };
        let attach = self.prepare_attach(&to_config)?;
        Ok(Ready { detach, attach, to_config })
    }

    fn prepare_attach(&self, config: &Config) -> Result<Option<Update>, Failure> {
        config.aliases_after(self.aliases, &[]).map(|aliases| Update::prepare(self.to, config, &aliases)).transpose()
    }

    /// Tries until the attach is accepted and returns how many tries that took; `None` when the call has to
    /// end first.
    ///
    /// # Errors
    /// An answer that will not change, or the end of the swap's time: the way back begins.
    async fn attach(&mut self, mut attach: Update, ends: Timestamp, deadline: Timestamp) -> Result<Option<u32>, Failure> {
        // One that died may not have told when it detached.
        let since = self.detached_at.unwrap_or_else(|| self.clock.now());
        let mut pace = Pace::new(self.clock.now(), since);
        // Bounded by the call's deadline: every turn waits for the next look or try.
        loop {
            let now = self.clock.now();
            if now >= ends {
                return Err(Failure::new(ErrorName::SwapDeadlinePassed, format!("not attached in the time allowed; last: {}", pace.last)));
            }
            if now >= deadline {
                self.last = pace.last;
                return Ok(None);
            }
            if now >= pace.next_try {
                pace.tries += 1;
                match attach.send(self.accounts).await {
                    Ok(()) => return Ok(Some(pace.tries)),
                    Err(UpdateError::Differs(how)) => {
                        self.differs = Some(how);
                        return Ok(Some(pace.tries));
                    }
                    Err(error) => {
                        let now = self.clock.now();
                        if pace.is_overdue(now) {
                            self.tell_unserved(&error.failure().message);
                        }
                        let look_first = pace.after(error, now)?;
                        if look_first {
                            match self.read_again().await {
                                Ok(Some(newer)) => attach = newer,
                                Ok(None) => return Ok(Some(pace.tries)),
                                Err(failure) => pace.last = failure.message,
                            }
                        }
                    }
                }
            } else if now >= pace.next_look {
                pace.next_look = now + SignedDuration::from_millis(if pace.is_late(now) { LATE_LOOK_MILLIS } else { LOOK_MILLIS });
                self.look_behind(&mut pace).await;
            } else {
                let until = pace.next_try.min(pace.next_look).duration_since(now).as_millis();
                self.clock.sleep_millis(u64::try_from(until).unwrap_or(0).max(1)).await;
            }
        }
    }

    /// To an alarm while it lasts, and to the log: what is not attached, and what AWS said last.
    fn tell_unserved(&self, last: &str) {
        let (aliases, from, to) = (names(self.aliases), &self.from.distribution, &self.to.distribution);
        tracing::warn!(%aliases, %from, %to, last, "detached, and not attached yet");
        metrics::names_unserved(&self.to.account, self.aliases.len(), self.clock.now());
    }

    /// The newest config of `to`; `None` where it has the aliases after all. A read that fails changes nothing:
    /// the next try tells.
    async fn read_again(&self) -> Result<Option<Update>, Failure> {
        const READS_MAX: u32 = 5;
        let mut last = None;
        for _ in 0..READS_MAX {
            match distribution::read_config(self.accounts, self.to).await {
                Ok(config) => return self.prepare_attach(&config),
                Err(answer) => last = Some(answer.failure()),
            }
            self.clock.sleep_millis(u64::try_from(LOOK_MILLIS).unwrap_or(0)).await;
        }
        Err(last.unwrap_or_else(|| Failure::new(ErrorName::Unavailable, "the target could not be read")))
    }

    /// Once the distribution left behind is deployed its name is free under either reading (SW-6): try at once.
    async fn look_behind(&self, pace: &mut Pace) {
        if pace.deployed_at.is_some() {
            return;
        }
        if let Ok(seen) = distribution::look(self.accounts, self.from).await
            && seen.is_deployed()
        {
            pace.deployed_at = Some(self.clock.now());
            pace.next_try = self.clock.now();
        }
    }
}

/// Whether what began at `since`, which a document may say, has lasted for so many seconds.
fn has_lasted(since: Timestamp, seconds: i64, now: Timestamp) -> bool {
    now.duration_since(since).as_secs() >= seconds
}

/// When to try and when to look.
struct Pace {
    /// When the names left.
    since: Timestamp,
    next_try: Timestamp,
    next_look: Timestamp,
    tries: u32,
    odd: u32,
    /// When the distribution left behind was seen deployed.
    deployed_at: Option<Timestamp>,
    last: String,
}

impl Pace {
    fn new(now: Timestamp, since: Timestamp) -> Self {
        Self { since, next_try: now, next_look: now, tries: 0, odd: 0, deployed_at: None, last: String::new() }
    }

    /// Whether it takes longer than a swap on the way forward may.
    fn is_late(&self, now: Timestamp) -> bool {
        has_lasted(self.since, SWAP_SECONDS_MAX, now)
    }

    /// Whether AWS should have let go of the name.
    fn is_overdue(&self, now: Timestamp) -> bool {
        let is_free = self.deployed_at.is_some_and(|deployed| has_lasted(deployed, OVERDUE_DEPLOYED_SECONDS, now));
        is_free || has_lasted(self.since, OVERDUE_SECONDS, now)
    }

    /// Decides when to try again after `error`, and whether the config must be read before.
    fn after(&mut self, error: UpdateError, now: Timestamp) -> Result<bool, Failure> {
        let UpdateError::Answered(answer) = error else { return Err(error.failure()) };
        // Once the name has to be free, what refuses it is only behind.
        let late = self.is_late(now) && self.deployed_at.is_none();
        let usual = match self.tries {
            _ if late => LATE_TRY_MILLIS,
            1 => FIRST_TRY_MILLIS,
            _ => NEXT_TRY_MILLIS,
        };
        let (wait, look_first) = match answer.meaning {
            Meaning::AliasTaken | Meaning::DnsElsewhere | Meaning::NotReadyYet | Meaning::ChangeInProgress => (usual, false),
            Meaning::Throttled => (if late { usual } else { THROTTLED_MILLIS }, false),
            Meaning::Stale => (0, true),
            Meaning::Unknown => (if late { usual } else { FIRST_TRY_MILLIS }, true),
            Meaning::Denied | Meaning::Unlisted if self.odd < ODD_ANSWERS_MAX => (usual, false),
            _ => return Err(answer.failure()),
        };
        self.odd = if matches!(answer.meaning, Meaning::Denied | Meaning::Unlisted) { self.odd + 1 } else { 0 };
        self.next_try = now + SignedDuration::from_millis(wait);
        self.last = answer.text;
        Ok(look_first)
    }
}

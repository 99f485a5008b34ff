//! The claim as a step holds it: each write of the step is told to the registry before it is sent and after it was
//! answered, and is not sent where the claim is another's by now (I6, I8). Must not know what a write is about.

use super::claims::{NOT_OF_BEFORE, gone_on, is_of_before};
use super::table::{Action, Change, Table, Written};
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::registry::claims::{in_flight, lost};
use cutover::bounds::{CLAIM_SECONDS, CLOCKS_DIFFER_SECONDS_MAX, cut};
use cutover::error_name::ErrorName;
use cutover::ids::DistributionId;
use cutover::registry::claim::{Claim, ClaimState, ROUTE53, Token};
use cutover::registry::key::claim_listed_as;
use cutover::registry::unaccounted::{lands_by, updated};
use cutover::registry::{ChainEvent, Key, Kind, UnaccountedUpdates};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;

/// Tries to put the next event in its place. Only the same step, run twice at a time, can be in the way.
const TRIES_MAX: usize = 5;
/// How long the registry may take while nobody serves a name, or to hear an outcome, milliseconds.
const GAP_MILLIS_MAX: u64 = 2_000;
/// A claim that this step has renewed.
#[derive(Debug)]
pub(crate) struct Held {
    table: Table,
    clock: Clock,
    token: Token,
    execution: String,
    chain: Mutex<Chain>,
    /// Between a detach and its attach nobody serves a name, and the table is not waited for.
    gap: AtomicBool,
    /// The claim as it was when it was renewed, and when that was; none where it could not be.
    seen: Option<(Timestamp, Claim)>,
}

/// How far the claim's events have come.
#[derive(Debug, Clone, Default)]
struct Chain {
    events: u64,
    head: String,
    until: Timestamp,
    /// A write is under way of which this run does not know how it ends: the next event says so in the claim.
    unaccounted: Option<Landing>,
    /// The last such write, and since when.
    landing: Option<Landing>,
    /// The updates of distributions of which nobody knows how they ended.
    updates: UnaccountedUpdates,
    /// The write that this run has under way.
    own: Option<Landing>,
    /// The write that another run of this step has under way: the next event would make the claim forget it.
    others: Option<Landing>,
    /// Another run has taken that for one whose end nobody knows.
    was_given_up: bool,
    /// How an update of this run ended, until that is told.
    ended: Option<(Fate, Landing)>,
    /// The table did not answer last: in a gap it is not asked again.
    silent: bool,
}

/// A write that may still be sent or take effect: since when, and what it is.
type Landing = (Timestamp, String);

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Accepted,
    Refused,
    /// It may still take effect.
    Unknown,
}

/// A write that was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Intent {
    number: u64,
}

impl Held {
    /// `claim`, which `execution` has renewed just now.
    pub(crate) fn new(table: Table, clock: Clock, token: Token, claim: &Claim) -> Self {
        let own = |(at, what): (Timestamp, &str)| (at, what.to_owned());
        let batch = claim.in_flight_what.as_deref().filter(|what| what.starts_with(ROUTE53));
        let unaccounted = claim.in_flight.zip(batch).map(own);
        let now = clock.now();
        let landing = claim.batch_landing(now).map(own);
        let (events, head) = (claim.events, claim.head.clone());
        let mut updates = claim.unaccounted_updates.clone();
        if let Some((since, what)) = claim.in_flight.zip(claim.in_flight_what.as_deref()).filter(|(_, what)| updated(what).is_some()) {
            updates.note(since, what);
        }
        let chain = Chain { events, head, until: claim.until, unaccounted, landing, updates, ..Chain::default() };
        Self {
            table,
            clock,
            token,
            execution: claim.execution.clone(),
            chain: Mutex::new(chain),
            gap: AtomicBool::new(false),
            seen: Some((now, claim.clone())),
        }
    }

    /// A claim that could not be renewed, in a gap: the lease that the document knows of is all there is.
    pub(crate) fn silent(table: Table, clock: Clock, token: Token, execution: &str) -> Self {
        let until = token.until.unwrap_or(Timestamp::UNIX_EPOCH);
        let chain = Chain { until, silent: true, ..Chain::default() };
        let gap = AtomicBool::new(true);
        Self { table, clock, token, execution: execution.to_owned(), chain: Mutex::new(chain), gap, seen: None }
    }

    /// From here on nobody serves a name until the next write: the lease alone is enough, where the table does not answer,
    /// and what others wrote is weighed later.
    pub(crate) fn enter_gap(&self) {
        self.gap.store(true, Ordering::Relaxed);
    }

    /// Tells that `what` is about to be sent.
    ///
    /// # Errors
    /// Where it must not be sent: the claim is lost, others have written, or the table does not answer.
    pub(crate) async fn intend(&self, what: &str) -> Result<Intent, Answer> {
        let mut chain = self.chain.lock().await;
        let gap = self.gap.load(Ordering::Relaxed);
        // Nothing binds a batch to what was read: what another edit has under way might land after this one.
        let is_other = |landing: &str| what.starts_with(ROUTE53) && landing != cut(what);
        if let Some((at, landing)) = chain.landing.as_ref().filter(|(_, landing)| is_other(landing)) {
            return Err(answer(in_flight((*at, landing))));
        }
        if gap && chain.silent {
            return self.within_the_lease(&chain);
        }
        let told = self.append(&mut chain, Kind::Intent, what, !gap);
        let told = if gap { in_a_gap(&self.clock, told).await } else { told.await };
        match told {
            Ok(number) => Ok(Intent { number }),
            // Denied, slow or gone: whatever the table has, only a lost claim is a reason to leave a name unserved.
            Err(failure) if gap && failure.name != ErrorName::ClaimLost => {
                tracing::warn!(message = %failure.message, what, "going on under the lease: nobody serves the name meanwhile");
                chain.silent = true;
                self.within_the_lease(&chain)
            }
            Err(failure) => Err(answer(failure)),
        }
    }

    fn within_the_lease(&self, chain: &Chain) -> Result<Intent, Answer> {
        if chain.until.as_second() - self.clock.now().as_second() > CLOCKS_DIFFER_SECONDS_MAX {
            return Ok(Intent { number: chain.events });
        }
        Err(answer(Failure::new(ErrorName::ClaimLost, "the claim's time is over and the registry does not answer")))
    }

    /// Nothing that a run before this one sent to `distribution` could still make one of `changes` (as an intent says them) when
    /// this step began: what it has found there since is what stays.
    ///
    /// # Errors
    /// [`ErrorName::WriteInFlight`] where something may.
    pub(crate) fn nothing_undoes(&self, distribution: &DistributionId, changes: &[String]) -> Result<(), Failure> {
        let landing = self.seen.as_ref().and_then(|(now, claim)| claim.update_landing(*now, distribution, changes));
        landing.map_or(Ok(()), |landing| Err(in_flight(landing)))
    }

    /// Every write that could still take effect when this step began, and until when it can.
    pub(crate) fn may_land(&self) -> Vec<(Timestamp, String)> {
        let all = self.seen.as_ref().map(|(now, claim)| claim.may_land(*now)).unwrap_or_default();
        all.into_iter().map(|(since, what)| (lands_by(since), what.to_owned())).collect()
    }

    /// Tells how it ended. A table that does not answer changes nothing: the next event shows that this one is missing.
    pub(crate) async fn record(&self, intent: Intent, of: &str, fate: Fate, outcome: &str) {
        let mut chain = self.chain.lock().await;
        if chain.silent {
            return;
        }
        let what = format!("of {}: {outcome}", intent.number);
        // Nothing binds a batch of Route 53 to what was read: sent once more or not, it may still take effect.
        if fate == Fate::Unknown && of.starts_with(ROUTE53) {
            chain.unaccounted = Some((self.clock.now(), cut(of)));
            chain.landing = chain.unaccounted.clone();
        }
        if updated(of).is_some() {
            let landing = (self.clock.now(), cut(of));
            chain.updates_after(fate, &landing);
            chain.ended = Some((fate, landing));
        }
        let told = in_a_gap(&self.clock, self.append(&mut chain, Kind::Outcome, &what, false)).await;
        if let Err(failure) = told {
            tracing::warn!(message = %failure.message, what, "an outcome was not recorded");
            // After a detach this is the gap's first call: the attach is not to wait for the same silence again.
            chain.silent = failure.name != ErrorName::ClaimLost;
        }
    }

    /// Tells anything else.
    ///
    /// # Errors
    /// As [`Held::intend`].
    pub(crate) async fn tell(&self, kind: Kind, what: &str) -> Result<(), Failure> {
        let mut chain = self.chain.lock().await;
        self.append(&mut chain, kind, what, false).await.map(|_| ())
    }

    fn event(&self, chain: &Chain, kind: Kind, what: &str) -> ChainEvent {
        ChainEvent::after((chain.events, &chain.head), self.clock.now(), (self.token.fence, &self.execution), kind, what)
    }

    /// Puts the next event in its place and renews the claim with it.
    async fn append(&self, chain: &mut Chain, kind: Kind, what: &str, unless_foreign: bool) -> Result<u64, Failure> {
        for _ in 0..TRIES_MAX {
            let event = self.event(chain, kind, what);
            let until = renewed(event.at);
            let change = self.advance(&event, until, chain, unless_foreign)?;
            let actions = vec![Action::Change(change), Action::create(&Key::event(&self.token.id, event.number), &event)?];
            if self.table.write(actions, &event.hash).await? == Written::Done {
                return Ok(advanced(chain, event, until));
            }
            // Refused: by whom? The answer of this very write may have been lost (DDB-7).
            let claim = self.table.get::<Claim>(&Key::claim(&self.token.id)).await?.ok_or_else(|| lost(&self.token.id, None, event.at))?;
            if claim.execution != self.execution || claim.fence != self.token.fence || claim.state != ClaimState::Held {
                return Err(lost(&self.token.id, Some(&claim), event.at));
            }
            if claim.head == event.hash {
                return Ok(advanced(chain, event, until));
            }
            if kind == Kind::Intent && is_of_before(&self.token, &self.execution, &claim) {
                return Err(gone_on(&self.token));
            }
            if unless_foreign && claim.foreign_writes != self.token.weighed {
                let message = format!(
                    "{} writes of others to what is claimed are to be weighed first",
                    claim.foreign_writes - self.token.weighed.min(claim.foreign_writes)
                );
                return Err(Failure::new(ErrorName::ForeignWriteSeen, message));
            }
            chain.note_the_others(&claim);
            (chain.events, chain.head) = (claim.events, claim.head);
        }
        Err(Failure::new(ErrorName::RegistryUnavailable, format!("another run of this step was faster {TRIES_MAX} times")))
    }

    fn advance(&self, event: &ChainEvent, until: Timestamp, chain: &Chain, unless_foreign: bool) -> Result<Change, Failure> {
        let mut expression =
            "SET events = :number, head = :head, #until = :until, listedAs = :listed, unaccountedUpdates = :updates".to_owned();
        let batch = chain.unaccounted_batch();
        if batch.is_some() {
            expression.push_str(", unaccounted = :unaccounted, unaccountedWhat = :unaccountedWhat");
        }
        if event.kind == Kind::Intent {
            expression.push_str(", inFlight = :at, inFlightWhat = :what, intents = intents + :one");
        }
        let is_outcome = event.kind == Kind::Outcome;
        let over =
            [(is_outcome, "inFlight, inFlightWhat"), (is_outcome && chain.was_given_up && batch.is_none(), "unaccounted, unaccountedWhat")];
        let over: Vec<&str> = over.into_iter().filter_map(|(is_so, what)| is_so.then_some(what)).collect();
        if !over.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&over.join(", "));
        }
        let mut condition = "execution = :execution AND fence = :fence AND #state = :held AND events = :before".to_owned();
        if unless_foreign {
            condition.push_str(" AND foreignWrites = :weighed");
        }
        if event.kind == Kind::Intent {
            condition.push_str(&format!(" AND {NOT_OF_BEFORE}"));
        }
        let change = Change::of(Key::claim(&self.token.id), &expression, &condition)
            .with("number", event.number)?
            .with("head", &event.hash)?
            .with("until", until)?
            .with("listed", claim_listed_as(until, &self.token.id))?
            .with("execution", &self.execution)?
            .with("fence", self.token.fence)?
            .with("held", ClaimState::Held)?
            .with("updates", &chain.updates)?
            .with("before", event.number - 1)?;
        let change = match batch {
            Some((since, what)) => change.with("unaccounted", since)?.with("unaccountedWhat", what)?,
            None => change,
        };
        let change = if unless_foreign { change.with("weighed", self.token.weighed)? } else { change };
        Ok(match event.kind {
            Kind::Intent => change.with("at", event.at)?.with("what", &event.what)?.with("one", 1)?.with("handed", self.token.handed_on)?,
            _ => change,
        })
    }

    /// How many writes of others were noticed until this step began.
    pub(crate) fn foreign_writes(&self) -> u64 {
        self.seen.as_ref().map_or(0, |(_, claim)| claim.foreign_writes)
    }

    /// The table, and the claim's id and holder, for whoever ends it.
    pub(crate) fn parts(&self) -> (&Table, &Token, &str) {
        (&self.table, &self.token, &self.execution)
    }
}

impl Chain {
    /// The batch of which the next event says that nobody knows how it ended.
    fn unaccounted_batch(&self) -> Option<&Landing> {
        self.unaccounted.as_ref().or(self.others.as_ref().filter(|(_, what)| what.starts_with(ROUTE53)))
    }

    /// What another run of this step, at the same time, has told meanwhile.
    fn note_the_others(&mut self, claim: &Claim) {
        let given_up = claim.unaccounted.zip(claim.unaccounted_what.clone());
        self.was_given_up = given_up.is_some() && given_up == self.own;
        // Every event says of all updates how things stand with them, so what this run has found out is put on top of theirs.
        self.updates = claim.unaccounted_updates.clone();
        if let Some((fate, landing)) = self.ended.clone() {
            self.updates_after(fate, &landing);
        }
        self.others = claim.in_flight.zip(claim.in_flight_what.clone()).filter(|begun| self.own.as_ref() != Some(begun));
        if let Some((since, what)) = self.others.as_ref().filter(|(_, what)| updated(what).is_some()) {
            self.updates.note(*since, what);
        }
    }

    /// How things stand with the updates after this run's own has ended.
    fn updates_after(&mut self, fate: Fate, (now, of): &Landing) {
        // Another run may have taken it for one whose end nobody knows.
        let since = self.own.as_ref().map_or(*now, |(since, _)| *since);
        self.updates.forget(since, of);
        match fate {
            Fate::Unknown => self.updates.note(*now, of),
            Fate::Accepted => self.updates.accepted(since, of),
            Fate::Refused => {}
        }
    }
}

/// What the registry answers to `asked`, if it answers soon: nobody serves the name meanwhile.
pub(crate) async fn in_a_gap<T>(clock: &Clock, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        answered = asked => answered,
        () = clock.sleep_millis(GAP_MILLIS_MAX) => Err(Failure::new(ErrorName::RegistryUnavailable, "the registry takes too long")),
    }
}

/// The chain with `event` at its end, and the event's number.
fn advanced(chain: &mut Chain, event: ChainEvent, until: Timestamp) -> u64 {
    let batch = chain.others.as_ref().and(chain.unaccounted_batch().cloned());
    let landing = batch.or(chain.landing.take());
    let own = match event.kind {
        Kind::Intent => Some((event.at, event.what.clone())),
        Kind::Outcome => None,
        _ => chain.own.take(),
    };
    let updates = std::mem::take(&mut chain.updates);
    *chain = Chain { events: event.number, head: event.hash, until, landing, updates, own, ..Chain::default() };
    event.number
}

/// What a call's caller hears where the call was not even sent.
fn answer(failure: Failure) -> Answer {
    Answer { meaning: Meaning::Unsent(failure.name), text: failure.message }
}

/// Until when a claim renewed at `now` is held.
pub(crate) fn renewed(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(CLAIM_SECONDS)).unwrap_or(Timestamp::MAX)
}

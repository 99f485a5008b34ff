//! The claim as a step holds it: each write of the step is told to the registry before it is sent and after it was
//! answered, and is not sent where the claim is another's by now (I6, I8). Must not know what a write is about.

use super::table::{Action, Change, Table, Written};
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::registry::claims::{in_flight, lost};
use cutover::bounds::{CLAIM_SECONDS, cut};
use cutover::error_name::ErrorName;
use cutover::registry::claim::{Claim, ClaimState, ROUTE53, Token};
use cutover::registry::key::claim_listed_as;
use cutover::registry::{ChainEvent, Key, Kind};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;

/// Tries to put the next event in its place. Only the same step, run twice at a time, can be in the way.
const TRIES_MAX: usize = 5;
/// How long the registry may take while nobody serves a name, or to hear an outcome, milliseconds.
const GAP_MILLIS_MAX: u64 = 2_000;
/// A lease is taken for over this long before it is, seconds: clocks differ (F37).
const MARGIN_SECONDS: i64 = 300;

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
    noticed: u64,
}

/// How far the claim's events have come.
#[derive(Debug, Clone)]
struct Chain {
    events: u64,
    head: String,
    until: Timestamp,
    /// A write is under way of which this run does not know how it ends: the next event says so in the claim.
    unaccounted: Option<Landing>,
    /// The last such write, and since when.
    landing: Option<Landing>,
    /// The table did not answer last: in a gap it is not asked again.
    silent: bool,
}

/// A write that may still be sent or take effect: since when, and what it is.
type Landing = (Timestamp, String);

/// A write that was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Intent {
    number: u64,
}

impl Held {
    /// `claim`, which `execution` has renewed just now.
    pub(crate) fn new(table: Table, clock: Clock, token: Token, claim: &Claim) -> Self {
        let own = |(at, what): (Timestamp, &str)| (at, what.to_owned());
        // What CloudFront was sent is bound to an ETag, and is not looked for later.
        let batch = claim.in_flight_what.as_deref().filter(|what| what.starts_with(ROUTE53));
        let unaccounted = claim.in_flight.zip(batch).map(own);
        let landing = claim.batch_landing(clock.now()).map(own);
        let (events, head) = (claim.events, claim.head.clone());
        let chain = Chain { events, head, until: claim.until, unaccounted, landing, silent: false };
        Self {
            table,
            clock,
            token,
            execution: claim.execution.clone(),
            chain: Mutex::new(chain),
            gap: AtomicBool::new(false),
            noticed: claim.foreign_writes,
        }
    }

    /// A claim that could not be renewed, in a gap: the lease that the document knows of is all there is.
    pub(crate) fn silent(table: Table, clock: Clock, token: Token, execution: &str) -> Self {
        let until = token.until.unwrap_or(Timestamp::UNIX_EPOCH);
        let chain = Chain { events: 0, head: String::new(), until, unaccounted: None, landing: None, silent: true };
        let gap = AtomicBool::new(true);
        Self { table, clock, token, execution: execution.to_owned(), chain: Mutex::new(chain), gap, noticed: 0 }
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
        if chain.until.as_second() - self.clock.now().as_second() > MARGIN_SECONDS {
            return Ok(Intent { number: chain.events });
        }
        Err(answer(Failure::new(ErrorName::ClaimLost, "the claim's time is over and the registry does not answer")))
    }

    /// Tells how it ended. A table that does not answer changes nothing: the next event shows that this one is missing.
    /// `is_known` is false where the write may still take effect.
    pub(crate) async fn record(&self, intent: Intent, of: &str, outcome: &str, is_known: bool) {
        let mut chain = self.chain.lock().await;
        if chain.silent {
            return;
        }
        let what = format!("of {}: {outcome}", intent.number);
        if !is_known {
            chain.unaccounted = Some((self.clock.now(), cut(of)));
            chain.landing = chain.unaccounted.clone();
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
            let change = self.advance(&event, until, chain.unaccounted.as_ref(), unless_foreign)?;
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
            if unless_foreign && claim.foreign_writes != self.token.weighed {
                let message = format!(
                    "{} writes of others to what is claimed are to be weighed first",
                    claim.foreign_writes - self.token.weighed.min(claim.foreign_writes)
                );
                return Err(Failure::new(ErrorName::ForeignWriteSeen, message));
            }
            (chain.events, chain.head) = (claim.events, claim.head);
        }
        Err(Failure::new(ErrorName::RegistryUnavailable, format!("another run of this step was faster {TRIES_MAX} times")))
    }

    fn advance(
        &self,
        event: &ChainEvent,
        until: Timestamp,
        unaccounted: Option<&Landing>,
        unless_foreign: bool,
    ) -> Result<Change, Failure> {
        let mut expression = "SET events = :number, head = :head, #until = :until, listedAs = :listed".to_owned();
        if unaccounted.is_some() {
            expression.push_str(", unaccounted = :unaccounted, unaccountedWhat = :unaccountedWhat");
        }
        match event.kind {
            Kind::Intent => expression.push_str(", inFlight = :at, inFlightWhat = :what, intents = intents + :one"),
            Kind::Outcome => expression.push_str(" REMOVE inFlight, inFlightWhat"),
            _ => {}
        }
        let mut condition = "execution = :execution AND fence = :fence AND #state = :held AND events = :before".to_owned();
        if unless_foreign {
            condition.push_str(" AND foreignWrites = :weighed");
        }
        let change = Change::of(Key::claim(&self.token.id), &expression, &condition)
            .with("number", event.number)?
            .with("head", &event.hash)?
            .with("until", until)?
            .with("listed", claim_listed_as(until, &self.token.id))?
            .with("execution", &self.execution)?
            .with("fence", self.token.fence)?
            .with("held", ClaimState::Held)?
            .with("before", event.number - 1)?;
        let change = match unaccounted {
            Some((since, what)) => change.with("unaccounted", since)?.with("unaccountedWhat", what)?,
            None => change,
        };
        let change = if unless_foreign { change.with("weighed", self.token.weighed)? } else { change };
        Ok(if event.kind == Kind::Intent { change.with("at", event.at)?.with("what", &event.what)?.with("one", 1)? } else { change })
    }

    /// How many writes of others were noticed until this step began.
    pub(crate) fn foreign_writes(&self) -> u64 {
        self.noticed
    }

    /// The table, and the claim's id and holder, for whoever ends it.
    pub(crate) fn parts(&self) -> (&Table, &Token, &str) {
        (&self.table, &self.token, &self.execution)
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
    let landing = chain.landing.take();
    *chain = Chain { events: event.number, head: event.hash, until, unaccounted: None, landing, silent: false };
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

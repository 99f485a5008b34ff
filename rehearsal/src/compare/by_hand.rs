//! Two ways in which people move an alias by hand, by somebody who knows the order: DNS first and seen by CloudFront, so
//! that the attach is not refused for it; every config read before it is sent; the attach ready before the detach. What
//! is left is a person's pace. Must not know what Cutover does.

use super::console::{Console, Place, Ready, Refusal};
use crate::clock::VirtualClock;
use crate::plug::SharedWorld;
use crate::run::Play;
use crate::viewers::Cast;
use crate::world::names::normal;
use crate::world::{Millis, World};
use serde_json::Value;

/// Between two looks at a distribution, as AWS's own waiter does.
const POLL_MILLIS: Millis = 60_000;
/// Between two looks at a change of record sets.
const CHANGE_POLL_MILLIS: Millis = 30_000;
/// How long a person takes at most to see that it is their turn.
const REACTION_MILLIS_MAX: Millis = 120_000;
/// From the detach until the attach has been typed by somebody who does not wait for `Deployed`.
const TYPED_MILLIS: Millis = 30_000;
/// Between two tries of anything that was refused.
const RETRY_MILLIS: Millis = 30_000;
/// Tries and looks before a person gives up: two hours of tries, four of looks at a distribution.
const TRIES_MAX: u32 = 240;
/// Least time until CloudFront sees a changed record, seconds (DNS-5); also the TTL of alias record sets (R53-4).
const SEEN_SECONDS_MIN: u32 = 60;

/// What a person waits for between the detach and the attach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Procedure {
    /// Until the source is `Deployed`, and then a person's reaction.
    ByHandDeployed,
    /// Nothing: the attach is sent 30 s after the detach.
    ByHandAtOnce,
}

/// How it ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// When the target was seen deployed, or the person gave up.
    pub at: Millis,
    /// The last refusal, where the person gave up.
    pub gave_up: Option<String>,
}

/// Moves the aliases of `play`'s request by hand, in virtual time, and hands back the world to look at.
///
/// # Errors
/// What is wrong with the world or the request, for a person.
pub fn by_hand(play: &Play, procedure: Procedure) -> Result<(Ended, Cast, SharedWorld), String> {
    let world = World::new(play.world.clone(), play.seed)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let (reaction, told_lag) = (world.draw("by-hand/reaction", 0..REACTION_MILLIS_MAX), world.rules.cf_dns_lag_s.unwrap_or(0));
        let job = Job::of(&play.request, &world)?;
        let world = SharedWorld::new(world);
        let cast = Cast { aliases: job.aliases.clone(), source: job.source.id.clone(), target: job.target.id.clone() };
        let person =
            Person { console: Console::new(world.clone(), clock.clone()), clock: clock.clone(), procedure, reaction, told_lag, job };
        let gave_up = person.carry_out().await.err();
        let at = clock.now();
        world.lock().advance(at);
        Ok((Ended { at, gave_up }, cast, world))
    })
}

/// What is to be moved from where to where.
struct Job {
    aliases: Vec<String>,
    source: Place,
    target: Place,
    /// `None` where somebody else edits DNS.
    zone: Option<Place>,
}

impl Job {
    /// As the request says; what it leaves out a person looks up.
    fn of(request: &Value, world: &World) -> Result<Self, String> {
        let aliases = Cast::of(request).aliases;
        let alias = aliases.first().ok_or("the request names no alias")?;
        let place = |key: &str, id: &str| {
            let field = |name: &str| request.pointer(&format!("/{key}/{name}")).and_then(Value::as_str).map(str::to_owned);
            Some(Place { account: field("account")?, id: field(id)? })
        };
        let holder = || {
            let found = world.distributions.values().find(|distribution| distribution.lists(alias));
            found.map(|distribution| Place { account: distribution.account.clone(), id: distribution.id.clone() })
        };
        let zone = || {
            let below = |name: &str| alias == name || alias.ends_with(&format!(".{name}"));
            let found = world.zones.values().filter(|zone| !zone.private && below(&zone.name)).max_by_key(|zone| zone.name.len());
            found.map(|zone| Place { account: zone.account.clone(), id: zone.id.clone() })
        };
        let elsewhere = request.get("dns").and_then(Value::as_str) == Some("external");
        Ok(Self {
            source: place("source", "distribution").or_else(holder).ok_or_else(|| format!("no distribution of the world lists {alias}"))?,
            target: place("target", "distribution").ok_or("the request names no target")?,
            zone: if elsewhere { None } else { place("dns", "hostedZone").or_else(zone) },
            aliases,
        })
    }
}

struct Person {
    console: Console,
    clock: VirtualClock,
    procedure: Procedure,
    reaction: Millis,
    /// What the world says of CloudFront's view of DNS: nobody should lose a comparison for not having been told.
    told_lag: u32,
    job: Job,
}

impl Person {
    /// # Errors
    /// Why the person gave up.
    async fn carry_out(&self) -> Result<(), String> {
        let Job { aliases, source, target, .. } = &self.job;
        self.point_dns().await?;
        let attach = self.until_answered(async || self.console.read_config(target, aliases, &[]).await).await?;
        let detach = self.until_answered(async || self.console.read_config(source, &[], aliases).await).await?;
        self.update(source, detach, &[], aliases).await?;
        match self.procedure {
            Procedure::ByHandDeployed => {
                self.until_deployed(source).await?;
                self.clock.sleep(self.reaction).await;
            }
            Procedure::ByHandAtOnce => self.clock.sleep(TYPED_MILLIS).await,
        }
        self.update(target, attach, aliases, &[]).await?;
        self.until_deployed(target).await
    }

    /// Points every record set of the aliases that leads to the source at the target, and waits until CloudFront has seen
    /// it. Nobody notices: the source serves whatever DNS says (CF-1).
    async fn point_dns(&self) -> Result<(), String> {
        let Some(zone) = &self.job.zone else { return Ok(()) };
        let (from, _) = self.until_answered(async || self.console.look(&self.job.source).await).await?;
        let (to, _) = self.until_answered(async || self.console.look(&self.job.target).await).await?;
        let mut sets = Vec::new();
        for alias in &self.job.aliases {
            sets.push(self.until_answered(async || self.console.record_sets(zone, &normal(alias), &from, &to).await).await?);
        }
        let Some(change) = self.until_answered(async || self.console.change(zone, &sets).await).await? else { return Ok(()) };
        self.until(CHANGE_POLL_MILLIS, "the change is in sync", async || self.console.in_sync(zone, &change).await).await?;
        let old_ttl = sets.iter().map(|leading| leading.ttl_seconds).max().unwrap_or(0);
        let seen_seconds = old_ttl.max(SEEN_SECONDS_MIN).max(self.told_lag);
        self.clock.sleep(Millis::from(seen_seconds) * 1000).await;
        Ok(())
    }

    /// Sends what is ready; after a refusal reads again and sends what is still to be done. A stale config is read again
    /// at once, everything else is tried again in 30 s.
    async fn update(&self, place: &Place, mut ready: Option<Ready>, add: &[String], remove: &[String]) -> Result<(), String> {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            let Some(config) = ready else { return Ok(()) };
            match self.console.update(place, config).await {
                Ok(()) => return Ok(()),
                Err(refusal) => {
                    if !refusal.stale {
                        self.clock.sleep(RETRY_MILLIS).await;
                    }
                    last = refusal.text;
                }
            }
            ready = self.until_answered(async || self.console.read_config(place, add, remove).await).await?;
        }
        Err(format!("{} could not be updated in {TRIES_MAX} tries; last: {last}", place.id))
    }

    async fn until_deployed(&self, place: &Place) -> Result<(), String> {
        self.until(POLL_MILLIS, &format!("{} is deployed", place.id), async || Ok(self.console.look(place).await?.1)).await
    }

    /// Looks every `pause` until it has come true.
    async fn until(&self, pause: Millis, what: &str, look: impl AsyncFn() -> Result<bool, Refusal>) -> Result<(), String> {
        for _ in 0..TRIES_MAX {
            if self.until_answered(&look).await? {
                return Ok(());
            }
            self.clock.sleep(pause).await;
        }
        Err(format!("waited in vain until {what}"))
    }

    /// Asks every 30 s until there is an answer that is no refusal.
    async fn until_answered<T>(&self, ask: impl AsyncFn() -> Result<T, Refusal>) -> Result<T, String> {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(refusal) => last = refusal.text,
            }
            self.clock.sleep(RETRY_MILLIS).await;
        }
        Err(format!("refused {TRIES_MAX} times; last: {last}"))
    }
}

//! Giving a claim back at the end, with what became of every alias; keeping it where a person is needed; breaking it.
//! One transaction each. Must not know why a cutover ended as it did.

use super::claims::{SavedDocument, lost};
use super::held::Held;
use super::table::{Action, Change, Table, Written, keyed, read};
use crate::answer::Failure;
use cutover::document::{Cutover, Outcome};
use cutover::error_name::ErrorName;
use cutover::ids::{Place, ZonePlace};
use cutover::name::Alias;
use cutover::registry::claim::{Claim, ClaimState, Token};
use cutover::registry::key::{alias_listed_as, claim_listed_as, listed_under_account};
use cutover::registry::{AliasItem, AliasState, ChainEvent, Holder, Key, Kind, SeenBy};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Tries to end a claim: only another run of the same step, or a write of somebody else that was noticed, is in the way.
const TRIES_MAX: usize = 5;

/// Ends the claim as `document` ended: gives it back, or keeps it for a person where that is stuck.
pub(crate) async fn conclude(held: &Held, document: &Cutover, now: Timestamp) -> Result<(), Failure> {
    let (table, token, execution) = held.parts();
    let stuck = document.outcome == Some(Outcome::Stuck);
    let (kind, state) = if stuck { (Kind::Stuck, ClaimState::Stuck) } else { (Kind::Released, ClaimState::Released) };
    let mut known = BTreeMap::new();
    for attempt in 0..TRIES_MAX {
        let claim = table.get::<Claim>(&Key::claim(&token.id)).await?.ok_or_else(|| lost(&token.id, None, now))?;
        if claim.fence == token.fence && claim.state == state {
            return Ok(());
        }
        if claim.execution != execution || claim.fence != token.fence || claim.state != ClaimState::Held {
            return Err(lost(&token.id, Some(&claim), now));
        }
        let what = serde_json::to_string(&document.outcome).unwrap_or_default();
        let event = ChainEvent::after((claim.events, &claim.head), now, (claim.fence, execution), kind, what.trim_matches('"'));
        let mut actions = vec![Action::Change(ending(&claim, &event, state)?)];
        if !stuck {
            actions.extend(GivenBack { claim: &claim, document, known, now }.actions()?);
        }
        let saved = keyed(&Key::document(&claim.id), &SavedDocument::of(document, (claim.fence, token.handed_on.saturating_add(1)), now)?)?;
        actions.push(Action::Put { item: saved, condition: None });
        actions.push(Action::create(&Key::event(&claim.id, event.number), &event)?);
        if table.write(actions, &format!("{} {attempt}", event.hash)).await? == Written::Done {
            return Ok(());
        }
        known = as_they_are(table, &claim).await?;
    }
    Err(Failure::new(ErrorName::RegistryUnavailable, format!("the claim {} could not be ended in {TRIES_MAX} tries", token.id)))
}

/// Keeps the claim for a person: nothing can go on from its document.
pub(crate) async fn keep_for_a_person(table: &Table, claim: &Claim, why: &str, now: Timestamp) -> Result<(), Failure> {
    let event = ChainEvent::after((claim.events, &claim.head), now, (claim.fence, &claim.execution), Kind::Stuck, why);
    let change = ending(claim, &event, ClaimState::Stuck)?;
    let actions = vec![Action::Change(change), Action::create(&Key::event(&claim.id, event.number), &event)?];
    // Refused only where somebody else has just ended or taken it.
    table.write(actions, &event.hash).await.map(|_| ())
}

/// Says of every alias that moves that it has moved and is being watched.
pub(crate) async fn soaking(table: &Table, token: &Token, document: &Cutover) -> Result<(), Failure> {
    let says = |alias: &Alias| {
        let change = Change::of(Key::alias(alias), "SET #state = :soaking", "claim = :claim");
        change.with("soaking", AliasState::Soaking)?.with("claim", &token.id).map(Action::Change)
    };
    let actions = document.moving().iter().map(says).collect::<Result<Vec<Action>, Failure>>()?;
    if !actions.is_empty() {
        // Refused only where the claim has just been lost, which the next write will find out.
        table.write(actions, &format!("soaking {} {}", token.id, token.fence)).await?;
    }
    Ok(())
}

/// Breaks the claim called `id`: whoever holds it writes nothing more, and what is where is a person's to know.
pub(crate) async fn break_claim(table: &Table, id: &str, by: &str, because: &str, now: Timestamp) -> Result<Claim, Failure> {
    let none = |seen: &str| Failure::new(ErrorName::ClaimLost, format!("there is nothing to break: {seen}"));
    for _ in 0..TRIES_MAX {
        let claim = table.get::<Claim>(&Key::claim(id)).await?.ok_or_else(|| none("no cutover of this name has claimed anything"))?;
        if !claim.is_in_force() {
            return Err(none(if claim.state == ClaimState::Broken { "it is broken" } else { "it was given back" }));
        }
        let what = format!("by {by}: {because}");
        let event = ChainEvent::after((claim.events, &claim.head), now, (claim.fence, by), Kind::Broken, &what);
        let mut actions = vec![Action::Change(ending(&claim, &event, ClaimState::Broken)?)];
        for alias in &claim.aliases {
            actions.push(Action::Change(at_rest(alias, &claim.id)?));
        }
        for place in &claim.distributions {
            actions.push(Action::Change(let_go(place, &claim.id)?));
        }
        actions.push(Action::create(&Key::event(id, event.number), &event)?);
        if table.write(actions, &event.hash).await? == Written::Done {
            return Ok(Claim { state: ClaimState::Broken, ..claim });
        }
        let after = table.get::<Claim>(&Key::claim(id)).await?;
        if after.is_some_and(|after| after.head == event.hash) {
            return Ok(Claim { state: ClaimState::Broken, ..claim });
        }
    }
    Err(Failure::new(ErrorName::RegistryUnavailable, format!("the claim {id} could not be broken in {TRIES_MAX} tries")))
}

/// What a claim that is over says no more: what is under way, and where it is listed.
const OVER: &str = " REMOVE inFlight, inFlightWhat, unaccounted, unaccountedWhat, unaccountedUpdates, listedUnder, listedAs";

fn ending(claim: &Claim, event: &ChainEvent, state: ClaimState) -> Result<Change, Failure> {
    let stays = state == ClaimState::Stuck;
    // Whoever comes to it is told what may still land.
    let (listing, over) = if stays { (", listedAs = :listed", "") } else { ("", OVER) };
    let expression = format!("SET #state = :state, events = :number, head = :head{listing}{over}");
    let condition = "execution = :execution AND fence = :fence AND events = :before AND #state = :present";
    let change = Change::of(Key::claim(&claim.id), &expression, condition)
        .with("state", state)?
        .with("number", event.number)?
        .with("head", &event.hash)?
        .with("execution", &claim.execution)?
        .with("fence", claim.fence)?
        .with("before", claim.events)?
        .with("present", claim.state)?;
    // It does not lapse, so it is listed after all that do.
    if stays { change.with("listed", claim_listed_as(Timestamp::MAX, &claim.id)) } else { Ok(change) }
}

/// How an alias comes to be on a distribution.
const ON_IT: &str = "SET #state = :state, holder = :holder, seenAt = :seen, seenBy = :by, listedUnder = :under, listedAs = :as";

/// Who has an alias, since when that is known, and who saw it.
type Seen = (Holder, Timestamp, SeenBy);

/// What becomes of everything that a claim holds.
struct GivenBack<'a> {
    claim: &'a Claim,
    document: &'a Cutover,
    /// The aliases as they are, where that had to be looked at.
    known: BTreeMap<Alias, AliasItem>,
    now: Timestamp,
}

impl GivenBack<'_> {
    fn actions(&self) -> Result<Vec<Action>, Failure> {
        let (moving, request) = (self.document.moving(), self.document.request.as_ref());
        let completed = self.document.outcome == Some(Outcome::Completed);
        let source = request.and_then(|request| request.source.as_ref());
        let mut actions = Vec::new();
        for alias in &self.claim.aliases {
            let change = match (self.document.outcome, request, source) {
                (Some(Outcome::Completed), Some(request), _) if moving.contains(alias) => self.moved(alias, &request.target)?,
                (Some(Outcome::RolledBack), _, Some(source)) if moving.contains(alias) => self.put_back(alias, source)?,
                (Some(Outcome::Completed | Outcome::RolledBack), ..) if self.lent(alias) => self.gone(alias)?,
                _ => at_rest(alias, &self.claim.id)?,
            };
            actions.push(Action::Change(change));
        }
        for place in &self.claim.distributions {
            let left = completed && source == Some(place);
            actions.push(Action::Change(if left { moved_away(place, &self.claim.id)? } else { let_go(place, &self.claim.id)? }));
        }
        Ok(actions)
    }

    /// The alias is on the target now; whatever was announced of it is over.
    fn moved(&self, alias: &Alias, target: &Place) -> Result<Change, Failure> {
        let expression = format!("{ON_IT}{}, movedBy = :claim REMOVE claim, restingState, planned", self.dns());
        self.on(alias, AliasState::MovedNotReconciled, &self.seen_on(target), &expression, "claim = :claim")
    }

    /// Whether the plan attached it for a while, and has removed it again: nobody had asked for it.
    fn lent(&self, alias: &Alias) -> bool {
        let was_attached = self.document.plan.iter().any(|planned| planned.edit.attaches().contains(alias));
        let was_asked_for = self.document.request.as_ref().is_some_and(|request| request.aliases.contains(alias));
        was_attached && !was_asked_for && !self.document.moving().contains(alias)
    }

    /// Nobody has it any more, whoever saw it on the target meanwhile.
    fn gone(&self, alias: &Alias) -> Result<Change, Failure> {
        let expression = "SET #state = :state, seenAt = :seen, seenBy = :by REMOVE claim, restingState, holder, \
                          listedUnder, listedAs, alsoListed, dangling";
        let known = self.known.get(alias);
        let announced = known.is_some_and(|item| item.planned.is_some());
        let condition = if known.is_some() { "claim = :claim" } else { "claim = :claim AND attribute_not_exists(planned)" };
        let change = Change::of(Key::alias(alias), expression, condition)
            .with("state", if announced { AliasState::Planned } else { AliasState::UnknownOwner })?;
        change.with("seen", self.now)?.with("by", SeenBy::Cutover)?.with("claim", &self.claim.id)
    }

    /// The alias is on the source again, and what was said of it before holds again.
    fn put_back(&self, alias: &Alias, source: &Place) -> Result<Change, Failure> {
        let expression = format!("{ON_IT}{} REMOVE claim, restingState", self.dns());
        let Some(item) = self.known.get(alias) else {
            // Nothing was said of nearly any alias: only where that is refused it is looked at.
            let condition = "claim = :claim AND restingState IN (:state, :unknown) AND attribute_not_exists(planned)";
            let change = self.on(alias, AliasState::Owned, &self.seen_on(source), &expression, condition)?;
            return change.with("unknown", AliasState::UnknownOwner);
        };
        // Since when it is on the source stays: that tells which deployments know of an earlier move.
        let seen = match &item.holder {
            Some(holder) if holder.place == *source => {
                (holder.clone(), item.seen_at.unwrap_or(self.now), item.seen_by.unwrap_or(SeenBy::Cutover))
            }
            _ => self.seen_on(source),
        };
        let condition = "claim = :claim AND restingState = :was";
        let change = self.on(alias, item.put_back_on(source), &seen, &expression, condition)?;
        change.with("was", item.resting_state.unwrap_or(item.state))
    }

    fn on(
        &self,
        alias: &Alias,
        state: AliasState,
        (holder, seen_at, seen_by): &Seen,
        expression: &str,
        condition: &str,
    ) -> Result<Change, Failure> {
        let change = Change::of(Key::alias(alias), expression, condition)
            .with("state", state)?
            .with("holder", holder)?
            .with("seen", seen_at)?
            .with("by", seen_by)?
            .with("under", listed_under_account(&holder.place.account))?
            .with("as", alias_listed_as(&holder.place.distribution, alias))?
            .with("claim", &self.claim.id)?;
        if let Some(zone) = self.zone() { change.with("dns", zone) } else { Ok(change) }
    }

    /// As the cutover has just seen it.
    fn seen_on(&self, place: &Place) -> Seen {
        let completed = self.document.outcome == Some(Outcome::Completed);
        let endpoint = self.document.endpoints.as_ref().map(|both| if completed { &both.target } else { &both.source });
        let domain_name = endpoint.map(|endpoint| endpoint.domain_name.clone()).filter(|name| !name.is_empty());
        let holder = Holder { place: place.clone(), domain_name, certificate_not_after: None };
        (holder, self.now, SeenBy::Cutover)
    }

    fn zone(&self) -> Option<&ZonePlace> {
        self.document.request.as_ref().and_then(|request| request.zone())
    }

    fn dns(&self) -> &'static str {
        if self.zone().is_some() { ", dns = :dns" } else { "" }
    }
}

/// The aliases of a claim, as the table has them.
async fn as_they_are(table: &Table, claim: &Claim) -> Result<BTreeMap<Alias, AliasItem>, Failure> {
    let keys: Vec<Key> = claim.aliases.iter().map(Key::alias).collect();
    let items = table.snapshot(&keys).await?.into_iter().flatten().map(read::<AliasItem>);
    items.map(|item| item.map(|item| (item.alias.clone(), item))).collect()
}

/// The alias is as the registry knew it before the claim.
fn at_rest(alias: &Alias, id: &str) -> Result<Change, Failure> {
    Change::of(Key::alias(alias), "SET #state = restingState REMOVE claim, restingState", "claim = :claim").with("claim", id)
}

fn let_go(place: &Place, id: &str) -> Result<Change, Failure> {
    Change::of(Key::distribution(&place.distribution), "REMOVE claim", "claim = :claim").with("claim", id)
}

/// As [`let_go`], and remembers that the infrastructure code there has to learn of the move.
fn moved_away(place: &Place, id: &str) -> Result<Change, Failure> {
    let expression = "SET movedAway = list_append(if_not_exists(movedAway, :none), :ids) REMOVE claim";
    let change = Change::of(Key::distribution(&place.distribution), expression, "claim = :claim");
    change.with("none", Vec::<String>::new())?.with("ids", [id])?.with("claim", id)
}

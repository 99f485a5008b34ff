//! Taking a claim, renewing it, taking it over from an execution that has died, breaking it. Everything that a cutover
//! touches is taken in one transaction or not at all, so two cutovers cannot wait for each other (DDB-3).
//! Must not know what is done under a claim.

use super::held::renewed;
use super::table::{Action, Change, Table, Written, keyed, read};
use crate::answer::Failure;
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::registry::chain::GENESIS;
use cutover::registry::claim::{Claim, ClaimState, Token};
use cutover::registry::key::{CLAIMS, claim_listed_as};
use cutover::registry::unaccounted::lands_by;
use cutover::registry::{AliasState, ChainEvent, Key, Kind, UnaccountedUpdates};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Looks at whoever is in the way: a claim may be given back between the refusal and the look.
const TRIES_MAX: usize = 4;
/// Claims in the way that are looked at; a refusal names three.
const HOLDERS_MAX: usize = 5;
/// Claims that one look through the index reads: 64 pages of [`Table::listed`].
const CLAIM_PAGES_MAX: usize = 64;

/// How taking a claim ended.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is this execution's.
    Ours(Box<Claim>),
    /// Others hold something of it.
    Others(Vec<Claim>),
}

/// How the beginning of a step ended.
#[derive(Debug)]
pub(crate) enum Renewal {
    /// Renewed.
    Ours(Box<Claim>),
    /// Somebody else's, or nobody's: the claim as it is, if there is one.
    Lost(Option<Box<Claim>>),
}

/// A document, as the table keeps it: as text, because the table would order its keys anew.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedDocument {
    pub(crate) fence: u64,
    /// How many steps had handed it on: one that is of before overwrites nothing.
    #[serde(default)]
    pub(crate) handed_on: u64,
    pub(crate) saved_at: Timestamp,
    pub(crate) document: String,
}

impl SavedDocument {
    pub(crate) fn of(document: &Cutover, (fence, handed_on): (u64, u64), now: Timestamp) -> Result<Self, Failure> {
        let unwritable = |error: serde_json::Error| Failure::new(ErrorName::MalformedDocument, error.to_string());
        Ok(Self { fence, handed_on, saved_at: now, document: serde_json::to_string(document).map_err(unwritable)? })
    }

    /// The document in it.
    pub(crate) fn read(&self) -> Result<Cutover, Failure> {
        let malformed =
            |error: serde_json::Error| Failure::new(ErrorName::MalformedDocument, format!("the saved document cannot be read: {error}"));
        let value: Value = serde_json::from_str(&self.document).map_err(malformed)?;
        crate::parse(&value)
    }
}

/// Takes what `document` has to claim, for `execution`, or says who is in the way.
pub(crate) async fn take(table: &Table, document: &Cutover, now: Timestamp) -> Result<Taken, Failure> {
    let execution = document.execution.id.as_str();
    let mut claim = fresh(document, document.execution.name(), now);
    for _ in 0..TRIES_MAX {
        if table.write(taking(&claim, document, now)?, &format!("claiming {} {}", claim.id, claim.head)).await? == Written::Done {
            return Ok(Taken::Ours(Box::new(claim)));
        }
        let (found, holders) = in_the_way(table, &claim).await?;
        // It may have been made although its answer was lost (DDB-7), or by a run of this step before this one.
        if let Some(found) = found {
            if !found.is_in_force() && found.since < document.execution.started_at && claim.id == document.execution.name() {
                claim = fresh(document, &document.execution.name_and_beginning(), now);
                continue;
            }
            let ours = found.execution == execution && found.state == ClaimState::Held;
            return Ok(if ours { Taken::Ours(Box::new(found)) } else { Taken::Others(vec![found]) });
        }
        let mut others = Vec::new();
        for id in holders.iter().take(HOLDERS_MAX) {
            others.extend(table.get::<Claim>(&Key::claim(id)).await?.filter(Claim::is_in_force));
        }
        // Whoever was in the way may have given everything back since.
        if !others.is_empty() {
            return Ok(Taken::Others(others));
        }
    }
    Err(Failure::new(ErrorName::RegistryUnavailable, "what is to be claimed changes hands faster than it can be looked at"))
}

fn fresh(document: &Cutover, id: &str, now: Timestamp) -> Claim {
    let claimed = document.claimed();
    let first = ChainEvent::after((0, GENESIS), now, (1, &document.execution.id), Kind::Claimed, &document.plan_hash);
    Claim {
        id: id.to_owned(),
        execution: document.execution.id.clone(),
        fence: 1,
        state: ClaimState::Held,
        since: now,
        until: renewed(now),
        aliases: claimed.aliases,
        distributions: claimed.distributions,
        hosted_zone: document.request.as_ref().and_then(|request| request.zone()).map(|zone| zone.hosted_zone.to_string()),
        intents: 0,
        handed_on: 0,
        events: 1,
        head: first.hash,
        foreign_writes: 0,
        recoveries: 0,
        in_flight: None,
        in_flight_what: None,
        unaccounted: None,
        unaccounted_what: None,
        unaccounted_updates: UnaccountedUpdates::default(),
    }
}

fn taking(claim: &Claim, document: &Cutover, now: Timestamp) -> Result<Vec<Action>, Failure> {
    let first = ChainEvent::after((0, GENESIS), now, (1, &claim.execution), Kind::Claimed, &document.plan_hash);
    let mut item = keyed(&Key::claim(&claim.id), claim)?;
    item.extend(keyed_listing(claim.until, &claim.id)?);
    let mut actions = vec![Action::Put { item, condition: Some(("attribute_not_exists(pk)".to_owned(), Default::default())) }];
    for alias in &claim.aliases {
        actions.push(Action::Change(hold_alias(alias, &claim.id)?));
    }
    for place in &claim.distributions {
        actions.push(Action::Change(hold_distribution(place, &claim.id)?));
    }
    let mut claiming = document.clone();
    claiming.claim = Some(Token { id: claim.id.clone(), fence: claim.fence, handed_on: 0, weighed: 0, confirmed: false, until: None });
    actions.push(Action::create(&Key::document(&claim.id), &SavedDocument::of(&claiming, (claim.fence, 0), now)?)?);
    actions.push(Action::create(&Key::event(&claim.id, 1), &first)?);
    Ok(actions)
}

fn keyed_listing(until: Timestamp, id: &str) -> Result<super::table::Item, Failure> {
    let listed = [("listedUnder", CLAIMS.to_owned()), ("listedAs", claim_listed_as(until, id))];
    listed.into_iter().map(|(name, value)| Ok((name.to_owned(), super::table::attribute(value)?))).collect()
}

fn hold_alias(alias: &Alias, id: &str) -> Result<Change, Failure> {
    let expression = "SET alias = :alias, restingState = if_not_exists(#state, :unknown), #state = :moving, claim = :claim";
    Change::of(Key::alias(alias), expression, "attribute_not_exists(claim)")
        .with("alias", alias)?
        .with("unknown", AliasState::UnknownOwner)?
        .with("moving", AliasState::Moving)?
        .with("claim", id)
}

fn hold_distribution(place: &Place, id: &str) -> Result<Change, Failure> {
    let which = if place.distribution.is_tenant() { "distributionTenant" } else { "distribution" };
    let expression = format!("SET account = :account, {which} = :distribution, claim = :claim");
    Change::of(Key::distribution(&place.distribution), &expression, "attribute_not_exists(claim)")
        .with("account", &place.account)?
        .with("distribution", place.distribution.as_str())?
        .with("claim", id)
}

/// The claim of this id, if it is there, and the ids of the claims that hold something of it.
async fn in_the_way(table: &Table, claim: &Claim) -> Result<(Option<Claim>, BTreeSet<String>), Failure> {
    #[derive(Deserialize)]
    struct Holding {
        claim: Option<String>,
    }
    let keys: Vec<Key> = std::iter::once(Key::claim(&claim.id)).chain(claim.keys()).collect();
    let mut items = table.snapshot(&keys).await?.into_iter();
    let found = items.next().flatten().map(read::<Claim>).transpose()?;
    let holdings = items.flatten().map(read::<Holding>).collect::<Result<Vec<Holding>, Failure>>()?;
    Ok((found, holdings.into_iter().filter_map(|holding| holding.claim).collect()))
}

/// A run with a document of before has no part in a claim any more.
pub(super) const NOT_OF_BEFORE: &str = "(attribute_not_exists(handedOn) OR handedOn <= :handed)";

/// Renews the claim of `token`, held by `execution`.
///
/// # Errors
/// [`ErrorName::ClaimLost`] where a later step of the same execution has renewed it already.
pub(crate) async fn renew(table: &Table, token: &Token, execution: &str, now: Timestamp) -> Result<Renewal, Failure> {
    let until = renewed(now);
    let condition = format!("execution = :execution AND fence = :fence AND #state = :held AND {NOT_OF_BEFORE}");
    let change = Change::of(Key::claim(&token.id), "SET #until = :until, listedAs = :listed, handedOn = :handed", &condition)
        .with("handed", token.handed_on)?
        .with("until", until)?
        .with("listed", claim_listed_as(until, &token.id))?
        .with("execution", execution)?
        .with("fence", token.fence)?
        .with("held", ClaimState::Held)?;
    if let Some(before) = table.change::<Claim>(change).await? {
        return Ok(Renewal::Ours(Box::new(Claim { until, handed_on: token.handed_on, ..before })));
    }
    let found = table.get::<Claim>(&Key::claim(&token.id)).await?;
    match found {
        Some(found) if is_of_before(token, execution, &found) => Err(gone_on(token)),
        found => Ok(Renewal::Lost(found.map(Box::new))),
    }
}

/// Whether a later step of the same execution has renewed the claim already.
pub(super) fn is_of_before(token: &Token, execution: &str, claim: &Claim) -> bool {
    let ours = claim.execution == execution && claim.fence == token.fence && claim.state == ClaimState::Held;
    ours && claim.handed_on > token.handed_on
}

/// What a run with a document of before says.
pub(super) fn gone_on(token: &Token) -> Failure {
    let message = format!("another run of this execution has gone on with the claim {} meanwhile", token.id);
    Failure::new(ErrorName::ClaimLost, message)
}

/// Keeps `document` for whoever may have to go on from it. A holder with a smaller fencing number overwrites nothing, nor does
/// a document of before what has been kept: its step runs once more, or it was sent long ago (F4, F25).
pub(crate) async fn save(table: &Table, token: &Token, document: &Cutover, now: Timestamp) -> Result<(), Failure> {
    let saved = SavedDocument::of(document, (token.fence, token.handed_on), now)?;
    let condition = format!("attribute_not_exists(pk) OR fence < :fence OR (fence = :fence AND {NOT_OF_BEFORE})");
    if table.put(&Key::document(&token.id), &saved, &condition, &[("fence", token.fence), ("handed", token.handed_on)]).await? {
        return Ok(());
    }
    let present = table.get::<Claim>(&Key::claim(&token.id)).await?;
    Err(match present {
        Some(present) if present.fence == token.fence => gone_on(token),
        present => lost(&token.id, present.as_ref(), now),
    })
}

/// Every claim in force, the first to lapse first.
pub(crate) async fn in_force(table: &Table) -> Result<Vec<Claim>, Failure> {
    let (mut found, mut from) = (Vec::new(), None);
    for _ in 0..CLAIM_PAGES_MAX {
        let page = table.listed::<Value>(CLAIMS, "", from).await?;
        for item in page.items {
            // One claim that this version cannot read must not hide all others.
            match serde_json::from_value::<Claim>(item) {
                Ok(claim) => found.push(claim),
                Err(error) => tracing::error!(%error, "a claim in force cannot be read by this version"),
            }
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    Ok(found)
}

/// Takes `claim` over for `execution`. `None` where somebody was faster, or it is not to be taken over any more.
pub(crate) async fn take_over(table: &Table, claim: &Claim, execution: &str, now: Timestamp) -> Result<Option<Claim>, Failure> {
    let (fence, until) = (claim.fence + 1, renewed(now));
    let what = format!("from {}", claim.execution);
    let event = ChainEvent::after((claim.events, &claim.head), now, (fence, execution), Kind::Recovered, &what);
    let expression = "SET fence = :next, execution = :execution, #until = :until, listedAs = :listed, recoveries = recoveries + :one, \
                      handedOn = :zero, events = :number, head = :head";
    let condition = "fence = :fence AND execution = :before AND #state = :held AND events = :events";
    let change = Change::of(Key::claim(&claim.id), expression, condition)
        .with("next", fence)?
        .with("execution", execution)?
        .with("until", until)?
        .with("listed", claim_listed_as(until, &claim.id))?
        .with("one", 1)?
        .with("zero", 0)?
        .with("number", event.number)?
        .with("head", &event.hash)?
        .with("fence", claim.fence)?
        .with("before", &claim.execution)?
        .with("held", ClaimState::Held)?
        .with("events", claim.events)?;
    let actions = vec![Action::Change(change), Action::create(&Key::event(&claim.id, event.number), &event)?];
    // Refused or not: it may have been made although its answer was lost (DDB-7), and a look tells.
    table.write(actions, &event.hash).await?;
    let found = table.get::<Claim>(&Key::claim(&claim.id)).await?;
    Ok(found.filter(|found| found.execution == execution && found.state == ClaimState::Held))
}

/// Nothing that was sent under `claim` can still take effect.
///
/// # Errors
/// [`ErrorName::WriteInFlight`] where something can.
pub(crate) fn nothing_lands(claim: &Claim, now: Timestamp) -> Result<(), Failure> {
    claim.still_landing(now).map_or(Ok(()), |landing| Err(in_flight(landing)))
}

/// What a step says that must not go on before a write of another run has landed or cannot any more.
pub(crate) fn in_flight((begun, what): (Timestamp, &str)) -> Failure {
    let message = format!("a write that began at {begun} may still be sent or take effect until {}: {what}", lands_by(begun));
    Failure::new(ErrorName::WriteInFlight, message)
}

/// What a step says whose claim is another's, or nobody's.
pub(crate) fn lost(id: &str, claim: Option<&Claim>, now: Timestamp) -> Failure {
    let seen = match claim {
        None => "there is no such claim any more".to_owned(),
        Some(claim) => match claim.state {
            ClaimState::Held | ClaimState::Stuck => format!("it is held by {}", claim.describe(now)),
            ClaimState::Released => "it was given back".to_owned(),
            ClaimState::Broken => "a person has broken it".to_owned(),
        },
    };
    Failure::new(ErrorName::ClaimLost, format!("the claim {id} is lost: {seen}. This execution writes nothing more"))
}

//! Keeps what follows from a write, each item only where it still is as it was looked at, the whole in one transaction with
//! the mark that the event was dealt with. Must not know why anything follows.

use crate::answer::Failure;
use crate::clock::Clock;
use crate::registry::table::{ACTIONS_MAX, Action, Change, Table, Written};
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::registry::claim::ClaimState;
use cutover::registry::key::{alias_listed_as, distribution_listed_as, listed_under_account};
use cutover::registry::sentinel::{Configured, Sighting, Verdict};
use cutover::registry::trail::TrailWrite;
use cutover::registry::{AliasState, ForeignWrite, Holder, Key, SeenBy};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How long it is remembered that an event was dealt with, seconds: longer than the bus and its dead letters keep it (EB-1).
const SEEN_SECONDS: i64 = 30 * 24 * 3600;
/// What is newer is never overwritten.
const NOT_NEWER: &str = "(attribute_not_exists(seenAt) OR seenAt < :at)";

/// That an event was dealt with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SeenEvent {
    /// When CloudTrail says that it happened.
    at: Timestamp,
    /// When the table may drop it, seconds since the epoch (DDB-4).
    expires: i64,
}

/// Whether the event of `write` was dealt with before.
pub(super) async fn was_kept(table: &Table, write: &TrailWrite) -> Result<bool, Failure> {
    Ok(table.get::<SeenEvent>(&Key::seen_event(&write.event_id)).await?.is_some())
}

/// Keeps `verdict`. `false` where something has changed since it was looked at.
pub(super) async fn keep(table: &Table, clock: &Clock, write: &TrailWrite, verdict: &Verdict, attempt: usize) -> Result<bool, Failure> {
    let now = clock.now();
    let expires = now.as_second().saturating_add(SEEN_SECONDS);
    let mut whole = vec![Action::create(&Key::seen_event(&write.event_id), &SeenEvent { at: write.at, expires })?];
    for (claim, foreign) in &verdict.foreign {
        whole.extend(told_to(claim, foreign)?);
    }
    let (of_aliases, others): (Vec<&Sighting>, Vec<&Sighting>) = verdict.sightings.iter().partition(|sighting| sighting.is_of_alias());
    for sighting in others {
        whole.push(Action::Change(seen(sighting, write)?));
    }
    let mut of_aliases =
        of_aliases.into_iter().map(|sighting| seen(sighting, write).map(Action::Change)).collect::<Result<Vec<Action>, Failure>>()?;
    // A distribution has so many aliases that they may not fit: those that do not go first, so that a run that is cut short
    // leaves the event to be dealt with again.
    let first = of_aliases.split_off(of_aliases.len().min(ACTIONS_MAX - whole.len().min(ACTIONS_MAX)));
    whole.extend(of_aliases);
    for (part, actions) in first.chunks(ACTIONS_MAX).map(<[Action]>::to_vec).chain([whole]).enumerate() {
        // An event that comes again may find another registry.
        match table.write(actions, &format!("{} {now} {attempt} {part}", write.event_id)).await {
            Ok(Written::Done) => {}
            Ok(Written::Refused(_)) => return Ok(false),
            // It may have been made although its answer was lost (DDB-7).
            Err(failure) => return if was_kept(table, write).await? { Ok(true) } else { Err(failure) },
        }
    }
    Ok(true)
}

/// The claim hears of it: whoever holds it weighs it before the next write.
fn told_to(claim: &str, write: &ForeignWrite) -> Result<[Action; 2], Failure> {
    let count = Change::of(Key::claim(claim), "ADD foreignWrites :one", "#state IN (:held, :stuck)")
        .with("one", 1)?
        .with("held", ClaimState::Held)?
        .with("stuck", ClaimState::Stuck)?;
    Ok([Action::create(&Key::foreign_write(claim, &write.event_id), write)?, Action::Change(count)])
}

fn seen(sighting: &Sighting, write: &TrailWrite) -> Result<Change, Failure> {
    match sighting {
        Sighting::Held { alias, holder, state } => held(alias, holder, *state, write),
        Sighting::Left { alias, from, state } => {
            let expression = "SET #state = :state, seenAt = :at, seenBy = :by REMOVE holder, listedUnder, listedAs";
            // As what it is listed says who has it.
            let condition = format!("attribute_not_exists(claim) AND listedAs = :from AND {NOT_NEWER}");
            let change = Change::of(Key::alias(alias), expression, &condition);
            change
                .with("state", state)?
                .with("at", write.at)?
                .with("by", SeenBy::Sentinel)?
                .with("from", alias_listed_as(&from.place.distribution, alias))
        }
        Sighting::Reconciled { alias, moved_by } => {
            let condition = "attribute_not_exists(claim) AND #state = :moved AND movedBy = :by";
            let change = Change::of(Key::alias(alias), "SET #state = :owned", condition).with("owned", AliasState::Owned)?;
            change.with("moved", AliasState::MovedNotReconciled)?.with("by", moved_by)
        }
        Sighting::Zone { alias, zone } => {
            let condition = "attribute_exists(pk) AND attribute_not_exists(claim) AND attribute_not_exists(dns)";
            Change::of(Key::alias(alias), "SET dns = :zone", condition).with("zone", zone)
        }
        Sighting::Configured(config) => configured(config, write),
        Sighting::Deleted(place) => {
            let expression = "SET #enabled = :no, aliasCount = :none, seenAt = :at, seenBy = :by REMOVE domainName, listedUnder, listedAs";
            let change = Change::of(Key::distribution(&place.distribution), expression, NOT_NEWER);
            change.with("no", false)?.with("none", 0)?.with("at", write.at)?.with("by", SeenBy::Sentinel)
        }
    }
}

fn held(alias: &Alias, holder: &Holder, state: AliasState, write: &TrailWrite) -> Result<Change, Failure> {
    let expression =
        "SET #alias = :alias, #state = :state, holder = :holder, seenAt = :at, seenBy = :by, listedUnder = :under, listedAs = :as";
    let condition = format!("attribute_not_exists(claim) AND {NOT_NEWER}");
    Change::of(Key::alias(alias), expression, &condition)
        .with("alias", alias)?
        .with("state", state)?
        .with("holder", holder)?
        .with("at", write.at)?
        .with("by", SeenBy::Sentinel)?
        .with("under", listed_under_account(&holder.place.account))?
        .with("as", alias_listed_as(&holder.place.distribution, alias))
}

fn configured(config: &Configured, write: &TrailWrite) -> Result<Change, Failure> {
    let Place { account, distribution } = &config.place;
    let which = if distribution.is_tenant() { "distributionTenant" } else { "distribution" };
    let mut expression =
        format!("SET account = :account, {which} = :distribution, seenAt = :at, seenBy = :by, listedUnder = :under, listedAs = :as");
    let mut condition = NOT_NEWER.to_owned();
    let optional = [
        (config.enabled.is_some(), ", #enabled = :enabled"),
        (config.alias_count.is_some(), ", aliasCount = :count"),
        (config.domain_name.is_some(), ", domainName = :name"),
        (config.deployed, ", deployedAt = :at"),
        (config.moved_away.is_some(), ", movedAway = :open"),
    ];
    expression.extend(optional.into_iter().filter(|(given, _)| *given).map(|(_, part)| part));
    if config.moved_away.is_some() {
        // A cutover that ends meanwhile adds itself at the end.
        condition.push_str(" AND size(movedAway) = :before");
    }
    let mut change = Change::of(Key::distribution(distribution), &expression, &condition)
        .with("account", account)?
        .with("distribution", distribution)?
        .with("at", write.at)?
        .with("by", SeenBy::Sentinel)?
        .with("under", listed_under_account(account))?
        .with("as", distribution_listed_as(distribution))?;
    if let Some(enabled) = config.enabled {
        change = change.with("enabled", enabled)?;
    }
    if let Some(count) = config.alias_count {
        change = change.with("count", count)?;
    }
    if let Some(name) = &config.domain_name {
        change = change.with("name", name)?;
    }
    if let Some((before, open)) = &config.moved_away {
        change = change.with("before", before.len())?.with("open", open)?;
    }
    Ok(change)
}

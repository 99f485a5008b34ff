//! The pipelines' question, and what is known of one alias. Reads the items that an answer stands on by their keys, as they are
//! now (DDB-4). Must not know what follows from them.

use super::arguments::{MayAttach, OneAlias};
use super::claims::describe;
use super::{CANNOT_SAY, Desk, NO, Spoken, YES};
use crate::answer::Failure;
use crate::registry::table::{ACTIONS_MAX, Table, read};
use cutover::name::Alias;
use cutover::registry::alias::PlannedMove;
use cutover::registry::permission::{self, Known, May, Permission, Question};
use cutover::registry::{AliasItem, Claim, DistributionItem, Key};
use serde::Serialize;
use serde_json::{Value, json};

pub(super) async fn may_attach(desk: &Desk, asked: &MayAttach) -> Result<Spoken, Failure> {
    let question = Question { alias: asked.alias.clone(), target: asked.target.place(), now: desk.clock.now() };
    let known = known(&desk.table, &question).await?;
    let answer = permission::may_attach(&question, &known);
    let status = match answer.may {
        May::Yes => YES,
        May::No => NO,
        May::Unknown => CANNOT_SAY,
    };
    Ok(Spoken::either(status, asked.json, || json!(answer), || say(&answer)))
}

/// Everything that the answer stands on: the items as they are at one moment, then the claims that they name.
async fn known(table: &Table, question: &Question) -> Result<Known, Failure> {
    // A name has at most 126 labels, and nearly always one or two wildcards above it: the closest come first.
    let wildcards = question.alias.wildcards_above();
    let names = std::iter::once(&question.alias).chain(&wildcards).map(Key::alias);
    let keys: Vec<Key> = std::iter::once(Key::distribution(&question.target.distribution)).chain(names).collect();
    let mut items = Vec::new();
    for keys in keys.chunks(ACTIONS_MAX) {
        items.extend(table.snapshot(keys).await?);
    }
    let mut items = items.into_iter();
    let mut known = Known { distribution: items.next().flatten().map(read::<DistributionItem>).transpose()?, ..Known::default() };
    known.alias = items.next().flatten().map(read::<AliasItem>).transpose()?;
    known.wildcards = items.flatten().map(read::<AliasItem>).collect::<Result<Vec<AliasItem>, Failure>>()?;
    for id in known.claim_ids() {
        if let Some(claim) = table.get::<Claim>(&Key::claim(&id)).await? {
            known.claims.insert(id, claim);
        }
    }
    Ok(known)
}

async fn item_of(table: &Table, alias: &Alias) -> Result<Option<AliasItem>, Failure> {
    table.get::<AliasItem>(&Key::alias(alias)).await
}

fn say(answer: &Permission) -> String {
    let Permission { alias, target, at, .. } = answer;
    let place = format!("{} in account {}", target.distribution, target.account);
    let mut text = match answer.may {
        May::Yes => format!("yes: {alias} may be attached to {place} (asked at {at})\n"),
        May::No => format!("no: {alias} may not be attached to {place} now (asked at {at})\n"),
        May::Unknown => format!("unknown, which is no yes: whether {alias} may be attached to {place} (asked at {at})\n"),
    };
    for reason in &answer.reasons {
        text += &format!("\n  {}: {}\n    why   {}\n    next  {}\n", name(reason.code), reason.seen, reason.why, reason.remedy);
    }
    text
}

/// A value of an enum as scripts see it.
pub(super) fn name(value: impl Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

pub(super) async fn alias(desk: &Desk, asked: &OneAlias) -> Result<Spoken, Failure> {
    let Some(item) = item_of(&desk.table, &asked.alias).await? else {
        let text =
            format!("the registry has never heard of {}: check the spelling; a new name is announced with `cutover plan`\n", asked.alias);
        let nothing = || json!({"alias": asked.alias, "state": null});
        return Ok(Spoken { err: text, ..Spoken::either(CANNOT_SAY, asked.json, nothing, String::new) });
    };
    let claim = match &item.claim {
        Some(id) => desk.table.get::<Claim>(&Key::claim(id)).await?,
        None => None,
    };
    let mut value = json!(item);
    value["claimed"] = claim.as_ref().map_or(Value::Null, |claim| json!(claim));
    Ok(Spoken::either(YES, asked.json, || value, || say_alias(&item, claim.as_ref(), desk)))
}

fn say_alias(item: &AliasItem, claim: Option<&Claim>, desk: &Desk) -> String {
    let mut text = format!("{}\n  state       {}{}\n", item.alias, name(item.state), meaning(item));
    let mut line = |label: &str, value: &str| text += &format!("  {label:<12}{value}\n");
    match &item.holder {
        Some(holder) => {
            let domain = holder.domain_name.as_deref().map_or(String::new(), |domain| format!(" ({domain})"));
            line("holder", &format!("{} in account {}{domain}", holder.place.distribution, holder.place.account));
        }
        None => line("holder", "no distribution of the member accounts, as far as is known"),
    }
    if let Some(seen) = item.seen_at {
        let by = item.seen_by.map_or("somebody".to_owned(), name);
        line("seen", &format!("at {seen} for the first time, by the {by}"));
    }
    if let Some(PlannedMove { opens, closes, target, by }) = &item.planned {
        line("planned", &format!("to {} in account {} between {opens} and {closes}, says {by}", target.distribution, target.account));
    }
    if let Some(zone) = &item.dns {
        line("record sets", &format!("in {} of account {}", zone.hosted_zone, zone.account));
    }
    if let Some(cutover) = &item.moved_by {
        line("moved by", &format!("cutover {cutover}"));
    }
    match (&item.claim, claim) {
        (Some(_), Some(claim)) => line("claimed by", &describe(claim, desk.clock.now())),
        (Some(id), None) => line("claimed by", &format!("cutover {id}, of which nothing is known")),
        (None, _) => {}
    }
    text
}

/// What a state says, for a person.
fn meaning(item: &AliasItem) -> &'static str {
    use cutover::registry::AliasState;
    match item.state {
        AliasState::Owned => ": a distribution of ours has it, and nobody is about to change that",
        AliasState::Planned => ": its move is announced",
        AliasState::Moving => ": a cutover is moving it",
        AliasState::Soaking => ": a cutover has moved it and watches whether that holds",
        AliasState::MovedNotReconciled => ": a cutover has moved it, and older code could put it back; `cutover reconciled` ends that",
        AliasState::UnknownOwner => ": no distribution of ours has it, or nobody knows",
    }
}

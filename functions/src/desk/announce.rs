//! What an operator says of names: planned, not planned, reconciled. All of them in one transaction, each under the condition
//! that it is as it was when `cutover` decided. Must not know what may be said of what.

use super::arguments::Plan;
use super::ask::name;
use super::{ARGUMENTS, Desk, NO, Spoken, YES};
use crate::answer::Failure;
use crate::registry::table::{Action, Change, Table, Written};
use cutover::error_name::ErrorName;
use cutover::name::Alias;
use cutover::registry::alias::PlannedMove;
use cutover::registry::announcement::{Announcement, check_window};
use cutover::registry::{AliasItem, AliasState, Key};
use std::collections::BTreeSet;

/// Tries to say it while others write to the same names.
const TRIES_MAX: usize = 4;

pub(super) async fn plan(desk: &Desk, asked: &Plan) -> Result<Spoken, Failure> {
    let planned = PlannedMove { opens: asked.opens, closes: asked.closes, target: asked.target.place(), by: asked.by.clone() };
    if let Err(wrong) = check_window(&planned, desk.clock.now()) {
        return Ok(Spoken { status: ARGUMENTS, out: String::new(), err: format!("cutover: {wrong}; nothing was changed\n") });
    }
    announce(desk, &asked.aliases, &Announcement::Plan(planned)).await
}

/// One name, what the table says of it, and what becomes of its state.
type Decided = (Alias, Option<AliasItem>, AliasState);

pub(super) async fn announce(desk: &Desk, aliases: &[Alias], said: &Announcement) -> Result<Spoken, Failure> {
    let names: BTreeSet<&Alias> = aliases.iter().collect();
    for _ in 0..TRIES_MAX {
        let (decided, wrong) = decide(&desk.table, &names, said).await?;
        if !wrong.is_empty() {
            let err = format!("{}\nnothing was changed\n", wrong.join("\n"));
            return Ok(Spoken { status: NO, out: String::new(), err });
        }
        if decided.is_empty() {
            return Ok(Spoken::new(YES, "nothing to change: the registry says so already\n".to_owned()));
        }
        let actions = decided.iter().map(|decided| change(decided, said).map(Action::Change)).collect::<Result<Vec<Action>, Failure>>()?;
        // One for each try: the same words an hour, or a moment, later are said anew.
        let unique = format!("{} {decided:?} {said:?}", desk.clock.now());
        if desk.table.write(actions, &unique).await? == Written::Done {
            return Ok(Spoken::new(YES, decided.iter().map(|decided| say(decided, said)).collect()));
        }
        // Somebody wrote meanwhile, or the answer of this very write was lost (DDB-7): the next look tells.
    }
    Err(Failure::new(ErrorName::RegistryUnavailable, format!("others wrote to these names {TRIES_MAX} times meanwhile")))
}

/// What has become of one name, and what an announcement has taken the place of.
fn say((alias, before, state): &Decided, said: &Announcement) -> String {
    let planned = before.as_ref().and_then(|item| item.planned.as_ref()).filter(|_| !matches!(said, Announcement::Reconciled));
    let before = planned.map_or(String::new(), |planned| {
        let PlannedMove { opens, closes, target, by } = planned;
        format!(" (before: to {} between {opens} and {closes}, said {by})", target.distribution)
    });
    format!("{alias}: {}{before}\n", name(state))
}

async fn decide(table: &Table, names: &BTreeSet<&Alias>, said: &Announcement) -> Result<(Vec<Decided>, Vec<String>), Failure> {
    let (mut decided, mut wrong) = (vec![], vec![]);
    for alias in names {
        let item = table.get::<AliasItem>(&Key::alias(alias)).await?;
        match said.state_after(alias, item.as_ref()) {
            Ok(Some(state)) => decided.push(((*alias).clone(), item, state)),
            Ok(None) => {}
            Err(why) => wrong.push(why.to_string()),
        }
    }
    Ok((decided, wrong))
}

fn change((alias, before, state): &Decided, said: &Announcement) -> Result<Change, Failure> {
    let expression = match said {
        Announcement::Plan(_) => "SET alias = :alias, #state = :state, planned = :planned",
        Announcement::Unplan => "SET alias = :alias, #state = :state REMOVE planned",
        Announcement::Reconciled => "SET alias = :alias, #state = :state",
    };
    // What was announced meanwhile by somebody else is theirs.
    let planned = before.as_ref().and_then(|before| before.planned.as_ref());
    let condition = match (before, planned) {
        (Some(_), Some(_)) => {
            "attribute_not_exists(claim) AND #state = :before AND planned.opens = :wasOpens \
                                  AND planned.closes = :wasCloses AND planned.#by = :wasBy"
        }
        (Some(_), None) => "attribute_not_exists(claim) AND #state = :before AND attribute_not_exists(planned)",
        (None, _) => "attribute_not_exists(pk)",
    };
    let change = Change::of(Key::alias(alias), expression, condition).with("alias", alias)?.with("state", state)?;
    let change = if let Some(before) = before { change.with("before", before.state)? } else { change };
    let change = match planned {
        Some(was) => change.with("wasOpens", was.opens)?.with("wasCloses", was.closes)?.with("wasBy", &was.by)?,
        None => change,
    };
    if let Announcement::Plan(planned) = said { change.with("planned", planned) } else { Ok(change) }
}

//! Looks at what writes of others have left of the names, and has the document decide: go on, turn round, or ask for a
//! person. Never writes to anything but the registry.

use crate::accounts::Accounts;
use crate::answer::{Failure, Meaning};
use crate::clock::Clock;
use crate::distribution;
use crate::holders;
use crate::record_sets;
use crate::registry::held::Held;
use cutover::document::Cutover;
use cutover::facts::Holder;
use cutover::name::Alias;
use cutover::registry::{ForeignWrite, Key, Kind};
use cutover::weighing::Seen;

/// Writes of others that are read; how things are is looked at.
const WRITES_MAX: usize = 200;

pub(crate) async fn weigh_foreign_writes(
    accounts: &Accounts<'_>,
    clock: &Clock,
    held: &Held,
    mut document: Cutover,
) -> Result<Cutover, Failure> {
    let (table, token, _) = held.parts();
    let count = held.foreign_writes();
    let prefix = Key::foreign_write(&token.id, "");
    let mut writes: Vec<ForeignWrite> = table.partition(&prefix.pk, &prefix.sk, WRITES_MAX).await?;
    writes.sort_by_key(|write| write.at);
    let seen = look(accounts, &document).await?;
    let weighing = document.weighed(clock.now(), &writes, count, &seen);
    held.tell(Kind::Weighed, &format!("{} writes of others: {weighing:?}", writes.len())).await?;
    Ok(document)
}

async fn look(accounts: &Accounts<'_>, document: &Cutover) -> Result<Seen, Failure> {
    let request = accounts.request();
    let mut seen = Seen::default();
    if let Some(place) = &request.source {
        match distribution::look(accounts, place).await {
            Ok(source) => seen.source = Some(source.aliases()),
            // Deleted by somebody else: it has no alias any more.
            Err(answer) if answer.meaning == Meaning::NotFound => seen.source = Some(vec![]),
            Err(answer) => return Err(answer.failure()),
        }
    }
    match distribution::look(accounts, &request.target).await {
        Ok(target) => seen.target = Some((target.aliases(), target.enabled)),
        Err(answer) if answer.meaning == Meaning::NotFound => seen.target = Some((vec![], false)),
        Err(answer) => return Err(answer.failure()),
    }
    let lists = |list: &[String], alias: &Alias| list.iter().any(|name| name == alias.as_str());
    for alias in document.moving() {
        let on_source = seen.source.as_deref().is_some_and(|list| lists(list, &alias));
        let on_target = seen.target.as_ref().is_some_and(|(list, _)| lists(list, &alias));
        if !on_source && !on_target && request.source.is_some() {
            let holder = holders::another(accounts, &request.target, &alias).await.map_err(|answer| answer.failure())?;
            // What is listed may be a moment old.
            let left = |holder: &Holder| request.source.as_ref().is_some_and(|place| holder.may_be(place.distribution.as_str()));
            if let Some(holder) = holder.filter(|holder| !left(holder)) {
                seen.elsewhere.insert(alias, format!("{} of account {}", holder.resource, holder.account));
            }
        }
    }
    if let Some(zone) = request.zone() {
        for snapshot in &document.snapshot {
            let sets = record_sets::read(accounts, zone, &snapshot.name).await.map_err(|answer| answer.failure())?;
            seen.record_sets.insert(snapshot.name.clone(), sets);
        }
    }
    Ok(seen)
}

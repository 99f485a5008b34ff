//! What the registry knows of what a write touches. Reads by key are consistent; the index may be a moment old, and what is
//! written because of it is written under conditions. Never writes.

use crate::answer::Failure;
use crate::registry::table::Table;
use cutover::name::Alias;
use cutover::registry::claim::Claim;
use cutover::registry::key::{distribution_listed_as, listed_under_account};
use cutover::registry::sentinel::{Known, PastMove, moves_to_look_at};
use cutover::registry::trail::{Deed, TrailWrite};
use cutover::registry::{AliasItem, DistributionItem, Key};
use std::collections::{BTreeMap, BTreeSet};

/// Pages of aliases that one distribution has in the index: it lists a hundred.
const PAGES_MAX: usize = 4;
/// Past moves that one deployment is set against. The others wait for the next one.
const MOVES_MAX: usize = 10;

pub(super) async fn look(table: &Table, write: &TrailWrite) -> Result<Known, Failure> {
    let mut known = Known { aliases: listed(table, write).await?, ..Known::default() };
    for alias in write.aliases() {
        match table.get::<AliasItem>(&Key::alias(&alias)).await? {
            Some(item) => known.aliases.insert(alias, item),
            None => known.aliases.remove(&alias),
        };
    }
    if let Some(id) = write.distribution() {
        known.distribution = table.get(&Key::distribution(id)).await?;
    }
    let of_aliases = known.aliases.values().filter_map(|item| item.claim.clone());
    let of_distribution = known.distribution.iter().filter_map(|item| item.claim.clone());
    for id in of_aliases.chain(of_distribution).collect::<BTreeSet<String>>() {
        known.claims.extend(table.get::<Claim>(&Key::claim(&id)).await?);
    }
    if matches!(write.deed, Deed::Configures(_)) && write.refused.is_none() && !write.in_console {
        for id in moves_to_look_at(known.distribution.as_ref(), &known.aliases, write.at).iter().take(MOVES_MAX) {
            known.moves.extend(past_move(table, id).await?);
        }
    }
    Ok(known)
}

/// The aliases that the registry has on the write's distribution.
async fn listed(table: &Table, write: &TrailWrite) -> Result<BTreeMap<Alias, AliasItem>, Failure> {
    let (mut found, mut from) = (BTreeMap::new(), None);
    let Some(id) = write.distribution().filter(|_| write.refused.is_none()) else { return Ok(found) };
    let (under, prefix) = (listed_under_account(&write.account), format!("{}#", distribution_listed_as(id)));
    for _ in 0..PAGES_MAX {
        let page = table.listed::<AliasItem>(&under, &prefix, from).await?;
        found.extend(page.items.into_iter().map(|item| (item.alias.clone(), item)));
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    Ok(found)
}

async fn past_move(table: &Table, id: &str) -> Result<Option<PastMove>, Failure> {
    let Some(claim) = table.get::<Claim>(&Key::claim(id)).await? else { return Ok(None) };
    let mut past = PastMove { claim, distributions: Vec::new(), aliases: Vec::new() };
    for place in &past.claim.distributions {
        past.distributions.extend(table.get::<DistributionItem>(&Key::distribution(&place.distribution)).await?);
    }
    for alias in &past.claim.aliases {
        past.aliases.extend(table.get::<AliasItem>(&Key::alias(alias)).await?);
    }
    Ok(Some(past))
}

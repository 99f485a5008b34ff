//! The names of a hosted zone: the aliases' record sets, what stands where their proofs go, what a wildcard would catch, and
//! which certificates may be issued below. Must not know what follows from it.

use super::conflicts::holders;
use super::{Ground, Unobserved};
use crate::answer::Answer;
use crate::record_sets::{self, Page};
use cutover::bounds::ALIASES_MAX;
use cutover::facts::{Holder, ProofFacts, WildcardFacts};
use cutover::finding::Code;
use cutover::ids::ZonePlace;
use cutover::name::Alias;
use cutover::proof::proof_name;
use cutover::record_set::RecordSet;
use cutover::strategy::Strategy;
use std::collections::{BTreeMap, BTreeSet};

/// Sets in a page of many names (R53-11).
const PAGE: i32 = 300;
/// Pages read below a wildcard that moves itself: names that nobody saw would be left unserved (DT-9).
const MOVING_PAGES_MAX: usize = 4;

/// What was seen of the names.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) record_sets: BTreeMap<Alias, Vec<RecordSet>>,
    /// Types of those that decide nothing about viewers.
    pub(super) beside: BTreeMap<Alias, BTreeSet<String>>,
    pub(super) wildcards: BTreeMap<Alias, WildcardFacts>,
    pub(super) proofs: BTreeMap<Alias, ProofFacts>,
    pub(super) holders: BTreeMap<Alias, Vec<Holder>>,
    /// Values of the closest CAA record set above the first alias.
    pub(super) caa: Vec<String>,
    /// Values of the NS record set at the zone's apex, where a page showed it.
    pub(super) apex_servers: Vec<String>,
}

impl Names {
    /// What was read of an alias.
    fn keep(&mut self, alias: &Alias, sets: Vec<RecordSet>) {
        let beside: BTreeSet<String> = sets.iter().filter(|set| !set.routes_viewers()).map(|set| set.kind.clone()).collect();
        if !beside.is_empty() {
            self.beside.insert(alias.clone(), beside);
        }
        self.record_sets.insert(alias.clone(), record_sets::routing(sets));
    }
}

/// Looks at the names of a hosted zone of Route 53.
pub(super) async fn look(ground: &Ground<'_>) -> Result<Names, Unobserved> {
    let zone = ground.accounts.zone().map_err(Unobserved::Failed)?;
    let mut reader = Reader { ground, zone, names: Names::default(), pages: vec![] };
    reader.wildcards().await?;
    reader.missing_record_sets().await?;
    reader.proofs().await?;
    reader.names.holders = holders_of_strays(ground).await?;
    reader.names.caa = reader.caa().await?;
    reader.names.apex_servers = reader.of_kind(&ground.zone.name, "NS").unwrap_or_default();
    Ok(reader.names)
}

/// Who holds the aliases that neither side lists.
pub(super) async fn holders_of_strays(ground: &Ground<'_>) -> Result<BTreeMap<Alias, Vec<Holder>>, Unobserved> {
    let mut found = BTreeMap::new();
    let stray = |alias: &&Alias| !ground.source.lists(alias) && !ground.target.lists(alias) && ground.may_ask_about(alias);
    for alias in ground.request.aliases.iter().filter(stray) {
        found.insert(alias.clone(), holders(ground.accounts, &ground.request.target, alias).await?);
    }
    Ok(found)
}

/// The aliases whose proofs come into question: those of a source that AWS's own move, or AWS Support, takes them from.
pub(super) fn to_be_proved<'a>(ground: &Ground<'a>) -> Vec<(&'a Alias, String)> {
    let disabled_for_it = ground.request.strategy == Some(Strategy::DisableAndMove);
    if ground.source.account != ground.target.account && ground.source.enabled && !disabled_for_it {
        return vec![];
    }
    let listed = ground.request.aliases.iter().filter(|alias| ground.source.lists(alias));
    listed.filter_map(|alias| Some((alias, proof_name(alias, &ground.zone.name)?))).collect()
}

/// The wildcards that are looked at: those that a bridge could use, and those that move.
pub(super) fn wildcards_to_look_at(ground: &Ground<'_>) -> BTreeSet<Alias> {
    let moving = ground.request.aliases.iter().filter(|alias| alias.is_wildcard()).cloned();
    ground.request.aliases.iter().filter_map(|alias| ground.bridge_wildcard(alias)).chain(moving).collect()
}

fn unread_zone(answer: Answer) -> Unobserved {
    Unobserved::of(answer, "the record sets of the zone", Code::HostedZoneNotFound)
}

struct Reader<'a> {
    ground: &'a Ground<'a>,
    zone: &'a ZonePlace,
    names: Names,
    /// Every page so far, each with the name that it begins at.
    pages: Vec<(String, Page)>,
}

impl Reader<'_> {
    async fn page(&mut self, from: &str) -> Result<Page, Unobserved> {
        let page = record_sets::page_from(self.ground.accounts, self.zone, from, PAGE).await.map_err(unread_zone)?;
        self.pages.push((from.to_owned(), page.clone()));
        Ok(page)
    }

    /// Every set of `name`, where a page has shown it; empty where one shows that there is none: a page that begins at or above
    /// the name and goes on to the zone's end.
    fn shown(&self, name: &str) -> Option<Vec<RecordSet>> {
        let known = self.pages.iter().find_map(|(_, page)| page.names.get(name).cloned());
        let is_above = |from: &str| name == from || name.ends_with(&format!(".{from}"));
        let to_the_end = || self.pages.iter().any(|(from, page)| page.next.is_none() && is_above(from));
        known.or_else(|| to_the_end().then(Vec::new))
    }

    fn is_in_zone(&self, name: &str) -> bool {
        let zone = &self.ground.zone.name;
        name == zone || name.ends_with(&format!(".{zone}"))
    }

    async fn wildcards(&mut self) -> Result<(), Unobserved> {
        for wildcard in wildcards_to_look_at(self.ground) {
            let moves = self.ground.request.aliases.contains(&wildcard);
            let mut facts =
                if self.is_in_zone(wildcard.parent()) { self.names_below(&wildcard, moves).await? } else { WildcardFacts::default() };
            if facts.record_sets.is_empty() {
                facts.record_sets = self.answering_above(&wildcard).await?;
            }
            if !moves {
                facts.holders = holders(self.ground.accounts, &self.ground.request.target, &wildcard).await?;
            }
            self.names.wildcards.insert(wildcard, facts);
        }
        Ok(())
    }

    /// What DNS answers for a wildcard that has no record set: those of the closest wildcard above it in the zone (DNS-2).
    async fn answering_above(&self, wildcard: &Alias) -> Result<Vec<RecordSet>, Unobserved> {
        for above in wildcard.wildcards_above().iter().filter(|above| self.is_in_zone(above.parent())) {
            let sets = match self.shown(above.as_str()) {
                Some(sets) => sets,
                None => record_sets::read_all(self.ground.accounts, self.zone, above.as_str()).await.map_err(unread_zone)?,
            };
            let sets = record_sets::routing(sets);
            if !sets.is_empty() {
                return Ok(sets);
            }
        }
        Ok(vec![])
    }

    /// The page that begins above the wildcard: its own sets, most of the names below it, and often the aliases' sets. For
    /// a wildcard that moves, as many pages as there are.
    async fn names_below(&mut self, wildcard: &Alias, moves: bool) -> Result<WildcardFacts, Unobserved> {
        let mut facts = WildcardFacts::default();
        let mut from = wildcard.parent().to_owned();
        for _ in 0..MOVING_PAGES_MAX {
            let page = self.page(&from).await?;
            for (name, sets) in page.names {
                self.note(wildcard, moves, &name, sets, &mut facts);
            }
            // What is below a name stands together in Route 53's order (R53-11).
            match page.next.filter(|next| moves && *next != from && next.ends_with(&format!(".{}", wildcard.parent()))) {
                Some(next) => from = next,
                None => return Ok(facts),
            }
        }
        Err(Unobserved::refused(
            Code::RequestTooLarge,
            &format!(
                "more record sets stand below {wildcard} than the {} that are read",
                MOVING_PAGES_MAX * usize::try_from(PAGE).unwrap_or(0)
            ),
            "move the exact names below it first, each by its own request; a name that is not seen would be left unserved (DT-9)",
        ))
    }

    fn note(&mut self, wildcard: &Alias, moves: bool, name: &str, sets: Vec<RecordSet>, facts: &mut WildcardFacts) {
        let Ok(name) = Alias::parse(name) else { return };
        let within = |set: &RecordSet| set.kind == "NS" || set.leads_to().is_some_and(|to| self.is_in_zone(&to));
        if name != *wildcard && wildcard.catches(&name) && sets.iter().any(within) {
            facts.unclear.push(name.to_string());
        }
        if self.ground.request.aliases.contains(&name) {
            self.names.keep(&name, sets.clone());
        }
        let sets = record_sets::routing(sets);
        if name == *wildcard {
            facts.record_sets.clone_from(&sets);
        }
        if self.ground.request.aliases.contains(&name) {
            return;
        }
        if name != *wildcard && wildcard.catches(&name) && sets.iter().any(RecordSet::leads_to_cloudfront) {
            if !facts.also_catches.contains(&name.to_string()) {
                facts.also_catches.push(name.to_string());
            }
            if moves && facts.also_catches.len() <= ALIASES_MAX {
                self.names.record_sets.insert(name, sets);
            }
        }
    }

    async fn missing_record_sets(&mut self) -> Result<(), Unobserved> {
        for alias in &self.ground.request.aliases {
            if self.names.record_sets.contains_key(alias) {
                continue;
            }
            // The first page begins at the apex: what stands there is wanted as well, and in most zones it shows the alias.
            if self.pages.is_empty() && self.is_in_zone(alias.as_str()) {
                self.page(&self.ground.zone.name.clone()).await?;
                if let Some(sets) = self.shown(alias.as_str()) {
                    self.names.keep(alias, sets);
                    continue;
                }
            }
            let sets = record_sets::read_all(self.ground.accounts, self.zone, alias.as_str()).await.map_err(unread_zone)?;
            self.names.keep(alias, sets);
        }
        Ok(())
    }

    /// What stands where the aliases' TXT proofs go.
    async fn proofs(&mut self) -> Result<(), Unobserved> {
        for (alias, name) in to_be_proved(self.ground) {
            let known = self.pages.iter().find_map(|(_, page)| page.names.get(&name));
            let sets = match known {
                Some(sets) => sets.clone(),
                None => record_sets::read_all(self.ground.accounts, self.zone, &name).await.map_err(unread_zone)?,
            };
            self.names.proofs.insert(alias.clone(), ProofFacts { name, sets });
        }
        Ok(())
    }

    /// The closest CAA record set at or above the first alias: by it an authority decides (ACM-9). Out of pages read
    /// already, or one more that begins at the apex.
    async fn caa(&mut self) -> Result<Vec<String>, Unobserved> {
        let Some(first) = self.ground.request.aliases.first().filter(|alias| self.is_in_zone(alias.as_str())) else { return Ok(vec![]) };
        let start = if first.is_wildcard() { first.parent() } else { first.as_str() };
        let above: Vec<&str> = std::iter::successors(Some(start), |name| name.split_once('.').map(|(_, parent)| parent))
            .take_while(|name| self.is_in_zone(name))
            .collect();
        let mut read = false;
        for name in above {
            // An alias of ours was read by itself where no page shows it, and it is no place for CAA beside a CNAME.
            if self.shown(name).is_none() && !read && name != start {
                read = true;
                self.page(&self.ground.zone.name.clone()).await?;
            }
            match self.of_kind(name, "CAA") {
                Some(values) if !values.is_empty() => return Ok(values),
                _ => {}
            }
        }
        Ok(vec![])
    }

    /// Values of the set of `kind` at `name`, where a page has shown the name.
    fn of_kind(&self, name: &str, kind: &str) -> Option<Vec<String>> {
        Some(self.shown(name)?.into_iter().filter(|set| set.kind == kind).flat_map(|set| set.values).collect())
    }
}

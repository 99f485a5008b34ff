//! What a write of somebody else means for the registry: a claim is touched, an alias was seen elsewhere, a move is being
//! undone, or the infrastructure code has caught up with a move. Events come late, twice and in any order (EB-1, CT-3): what
//! is older than what is known changes nothing. Must not know how an item is read or written, nor a clock.

use super::alias::{AliasItem, AliasState, DistributionItem, Holder};
use super::claim::Claim;
use super::foreign::ForeignWrite;
use super::trail::{Config, Deed, TrailWrite};
use crate::bounds::{CLOCK_OFF_SECONDS_MAX, cut};
use crate::ids::{AccountId, DistributionId, Place, ZonePlace};
use crate::name::Alias;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A write so long before a claim may have been missed by the look under the claim: reads may be old (CF-11), and CloudTrail
/// tells whole seconds. Weighing it costs a look.
const BEFORE_CLAIM_SECONDS: i64 = 5;
/// Claimed things that one write names.
const TOUCHED_MAX: usize = 20;

/// What the registry knows of what a write touches.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The claims in force that hold something of it.
    pub claims: Vec<Claim>,
    /// The distribution or tenant that it was made on.
    pub distribution: Option<DistributionItem>,
    /// The aliases that it is about, and those that the registry has on its distribution.
    pub aliases: BTreeMap<Alias, AliasItem>,
    /// The moves to and from its distribution that the infrastructure code may not know of yet.
    pub moves: Vec<PastMove>,
}

/// A cutover that has ended, and how its aliases and distributions are now.
#[derive(Debug, Clone)]
pub struct PastMove {
    /// Its claim.
    pub claim: Claim,
    /// Its distributions, those of them that the registry knows.
    pub distributions: Vec<DistributionItem>,
    /// Its aliases.
    pub aliases: Vec<AliasItem>,
}

/// What follows from a write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The claims that it touches, and as what it is told to each.
    pub foreign: Vec<(String, ForeignWrite)>,
    /// What a person should know.
    pub alarms: Vec<Alarm>,
    /// What becomes of the registry's items.
    pub sightings: Vec<Sighting>,
}

/// What a person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// Why.
    pub kind: AlarmKind,
    /// What was seen.
    pub seen: String,
    /// What to do.
    pub remedy: String,
}

/// Why a person should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AlarmKind {
    /// Somebody wrote to what a cutover has claimed.
    ClaimTouched,
    /// A move that is over was undone.
    MoveUndone,
    /// Undoing it was tried and refused.
    MoveUndoneInVain,
}

/// What becomes of one item of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// The alias is on a distribution now.
    Held {
        /// Which.
        alias: Alias,
        /// Who has it.
        holder: Holder,
        /// Its state from now on.
        state: AliasState,
    },
    /// The alias is not where it was, and nobody has said where it is.
    Left {
        /// Which.
        alias: Alias,
        /// Who had it: only where that is still known so.
        from: Holder,
        /// Its state from now on.
        state: AliasState,
    },
    /// A move that the infrastructure code of both sides has been seen to know.
    Reconciled {
        /// Which alias.
        alias: Alias,
        /// The cutover that moved it.
        moved_by: String,
    },
    /// Where the record sets of an alias are, which nobody knew.
    Zone {
        /// Which alias.
        alias: Alias,
        /// Where.
        zone: ZonePlace,
    },
    /// A distribution or tenant has a new config.
    Configured(Box<Configured>),
    /// A distribution or tenant is gone.
    Deleted(Place),
}

/// What is known of a config that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Whose.
    pub place: Place,
    /// Whether it serves, if that was told.
    pub enabled: Option<bool>,
    /// How many aliases it lists, if they were told.
    pub alias_count: Option<u32>,
    /// Its domain name, if that was told.
    pub domain_name: Option<String>,
    /// Whether infrastructure code may have given it.
    pub deployed: bool,
    /// The cutovers whose moves off it were open, and those that still are; `None` where that does not change.
    pub moved_away: Option<(Vec<String>, Vec<String>)>,
}

impl Sighting {
    /// Whether it is of an alias, of which there may be many.
    pub fn is_of_alias(&self) -> bool {
        !matches!(self, Sighting::Configured(_) | Sighting::Deleted(_))
    }
}

impl TrailWrite {
    /// What follows from it, given what the registry knows.
    pub fn verdict(&self, known: &Known, members: &BTreeSet<AccountId>) -> Verdict {
        if self.is_own(members) {
            return Verdict::default();
        }
        if let Some(code) = &self.refused {
            return Verdict { alarms: self.tried_in_vain(code, known), ..Verdict::default() };
        }
        let mut verdict = Verdict::default();
        for claim in
            known.claims.iter().filter(|claim| claim.is_in_force() && self.is_since(claim, BEFORE_CLAIM_SECONDS + CLOCK_OFF_SECONDS_MAX))
        {
            let touched = self.touched(claim);
            if !touched.is_empty() {
                verdict.tell_claim(claim, self.foreign(touched), self.is_since(claim, BEFORE_CLAIM_SECONDS));
            }
        }
        match &self.deed {
            Deed::Configures(config) => self.configured(config, known, &mut verdict),
            Deed::Deletes(id) if !self.is_old(known) => {
                self.left(id, &BTreeSet::new(), known, &mut verdict);
                verdict.sightings.extend(known.distribution.is_some().then(|| Sighting::Deleted(self.place(id))));
            }
            Deed::Moves { alias: Some(alias), to: Some(to) } => self.held(alias, &self.holder(to, None, known), known, &mut verdict),
            Deed::Deletes(_) | Deed::Moves { .. } => {}
            Deed::ChangesRecords { zone, changes } => {
                let zone = ZonePlace { account: self.account.clone(), hosted_zone: zone.clone() };
                let led = changes.iter().filter(|change| change.leads_to_cloudfront && !change.name.starts_with('_'));
                for alias in led.filter_map(|change| change.alias()).collect::<BTreeSet<Alias>>() {
                    let unknown = known.aliases.get(&alias).is_some_and(|item| item.claim.is_none() && item.dns.is_none());
                    verdict.sightings.extend(unknown.then(|| Sighting::Zone { alias, zone: zone.clone() }));
                }
            }
        }
        verdict
    }

    fn place(&self, id: &DistributionId) -> Place {
        Place { account: self.account.clone(), distribution: id.clone() }
    }

    /// Whether it was made after `claim` was taken, or not more than so many seconds before.
    fn is_since(&self, claim: &Claim, seconds_before: i64) -> bool {
        let from = claim.since.saturating_sub(SignedDuration::from_secs(seconds_before)).unwrap_or(claim.since);
        self.at >= from
    }

    /// Whether its distribution is known to have got a newer config.
    fn is_old(&self, known: &Known) -> bool {
        known.distribution.as_ref().and_then(|item| item.seen_at).is_some_and(|seen_at| seen_at >= self.at)
    }

    /// What of it `claim` holds.
    fn touched(&self, claim: &Claim) -> Vec<String> {
        let id = self.distribution().filter(|id| claim.distributions.iter().any(|place| place.distribution == **id));
        let aliases = self.aliases();
        let named = aliases.intersection(&claim.aliases).map(Alias::to_string);
        id.map(DistributionId::to_string).into_iter().chain(named).take(TOUCHED_MAX).collect()
    }

    fn foreign(&self, touched: Vec<String>) -> ForeignWrite {
        ForeignWrite {
            event_id: self.event_id.clone(),
            at: self.at,
            operation: self.operation.clone(),
            account: self.account.to_string(),
            by: self.by.clone(),
            on: self.on(),
            touched,
        }
    }

    /// A config lists all of a distribution's aliases, so it says of each that the registry knows whether it is still there.
    fn configured(&self, config: &Config, known: &Known, verdict: &mut Verdict) {
        let Some(id) = config.distribution.as_ref().filter(|_| !self.is_old(known)) else { return };
        let mut moved_away = None;
        if let Some(aliases) = &config.aliases {
            let holder = self.holder(id, config.domain_name.as_deref(), known);
            for alias in aliases {
                self.held(alias, &holder, known, verdict);
            }
            self.left(id, aliases, known, verdict);
            if !self.in_console {
                moved_away = self.reconciled(id, aliases, known, verdict);
            }
        }
        verdict.sightings.push(Sighting::Configured(Box::new(Configured {
            place: self.place(id),
            enabled: config.enabled,
            alias_count: config.aliases.as_ref().map(|aliases| u32::try_from(aliases.len()).unwrap_or(u32::MAX)),
            domain_name: config.domain_name.clone(),
            deployed: config.aliases.is_some() && !self.in_console,
            moved_away,
        })));
    }

    fn holder(&self, id: &DistributionId, domain_name: Option<&str>, known: &Known) -> Holder {
        let item = known.distribution.as_ref();
        let domain_name = domain_name.map(str::to_owned).or_else(|| item.and_then(|item| item.domain_name.clone()));
        let certificate_not_after = item.and_then(|item| item.certificate.as_ref()).and_then(|certificate| certificate.not_after);
        Holder { place: self.place(id), domain_name, certificate_not_after }
    }

    /// `alias` is with `holder`, unless the registry has it so or knows something newer. What is claimed is its cutover's.
    fn held(&self, alias: &Alias, holder: &Holder, known: &Known, verdict: &mut Verdict) {
        let mut state = AliasState::Owned;
        if let Some(item) = known.aliases.get(alias) {
            let same = item.holder.as_ref().is_some_and(|before| before.place == holder.place);
            if same || item.claim.is_some() || self.is_older_than(item) {
                return;
            }
            if item.state == AliasState::MovedNotReconciled {
                verdict.alarms.push(self.undone(AlarmKind::MoveUndone, item, &format!("took it to {}", holder.place.distribution)));
            }
            state = elsewhere(item, AliasState::Owned);
        }
        verdict.sightings.push(Sighting::Held { alias: alias.clone(), holder: holder.clone(), state });
    }

    /// Whatever the registry has on `id` and is not among `listed` has left it.
    fn left(&self, id: &DistributionId, listed: &BTreeSet<Alias>, known: &Known, verdict: &mut Verdict) {
        let place = self.place(id);
        for item in known.aliases.values().filter(|item| !listed.contains(&item.alias)) {
            let Some(from) = item.holder.as_ref().filter(|holder| holder.place == place) else { continue };
            if item.claim.is_some() || self.is_older_than(item) {
                continue;
            }
            if item.state == AliasState::MovedNotReconciled {
                verdict.alarms.push(self.undone(AlarmKind::MoveUndone, item, &format!("took it off {id}")));
            }
            let state = elsewhere(item, AliasState::UnknownOwner);
            verdict.sightings.push(Sighting::Left { alias: item.alias.clone(), from: from.clone(), state });
        }
    }

    fn is_older_than(&self, item: &AliasItem) -> bool {
        item.seen_at.is_some_and(|seen_at| seen_at >= self.at)
    }

    /// A deployment that would have undone a move, had CloudFront not refused it because the target has the name (CFG-14).
    fn tried_in_vain(&self, code: &str, known: &Known) -> Vec<Alarm> {
        if !code.starts_with("CNAMEAlreadyExists") {
            return vec![];
        }
        let on = self.distribution();
        let moved = |item: &&AliasItem| {
            let elsewhere = item.holder.as_ref().is_some_and(|holder| Some(&holder.place.distribution) != on);
            item.state == AliasState::MovedNotReconciled && item.claim.is_none() && elsewhere && !self.is_older_than(item)
        };
        let listed = self.aliases();
        let of_write = known.aliases.values().filter(|item| listed.contains(&item.alias));
        let what = format!("tried to put it on {}, which CloudFront refused ({code})", self.on());
        of_write.filter(moved).map(|item| self.undone(AlarmKind::MoveUndoneInVain, item, &what)).collect()
    }

    fn undone(&self, kind: AlarmKind, item: &AliasItem, what: &str) -> Alarm {
        let mover = item.mover();
        let holder = item.holder.as_ref().map(|holder| holder.place.distribution.to_string()).unwrap_or_default();
        let seen =
            format!("{} was moved to {holder} by {mover}; {} {what} in account {} at {}", item.alias, self.by, self.account, self.at);
        let remedy = format!("change the infrastructure code that {} deploys: {} belongs to {holder}", self.by, item.alias);
        Alarm { kind, seen: cut(&seen), remedy: cut(&remedy) }
    }

    /// The moves to and from `id` that this deployment shows to be known on both sides. Returns what that leaves open of the
    /// moves off `id`, where it changes.
    fn reconciled(
        &self,
        id: &DistributionId,
        aliases: &BTreeSet<Alias>,
        known: &Known,
        verdict: &mut Verdict,
    ) -> Option<(Vec<String>, Vec<String>)> {
        let mut done = BTreeSet::new();
        for past in &known.moves {
            let open: Vec<&AliasItem> = past.aliases.iter().filter(|item| is_open(item, past)).collect();
            let known_now: Vec<&&AliasItem> = open.iter().filter(|item| self.is_known_on_both_sides(id, aliases, item, past)).collect();
            for item in &known_now {
                let (alias, moved_by) = (item.alias.clone(), past.claim.id.clone());
                verdict.sightings.push(Sighting::Reconciled { alias, moved_by });
            }
            if known_now.len() == open.len() {
                done.insert(past.claim.id.as_str());
            }
        }
        let before = known.distribution.as_ref().map(|item| item.moved_away.clone())?;
        let after: Vec<String> = before.iter().filter(|cutover| !done.contains(cutover.as_str())).cloned().collect();
        (after != before).then_some((before, after))
    }

    fn is_known_on_both_sides(&self, id: &DistributionId, aliases: &BTreeSet<Alias>, item: &AliasItem, past: &PastMove) -> bool {
        let (Some(holder), Some(moved_at)) = (&item.holder, item.seen_at) else { return false };
        let target = &holder.place.distribution;
        let deployed = |side: &DistributionId| {
            // Had an earlier one listed it otherwise, the alias would not be where it is.
            let other = past.distributions.iter().find(|item| item.place.distribution == *side).and_then(|item| item.deployed_at);
            if side == id { Some(self.at) } else { other }.is_some_and(|at| at > moved_at)
        };
        let source = past.claim.distributions.iter().map(|place| &place.distribution).find(|side| *side != target);
        let fits = aliases.contains(&item.alias) == (id == target);
        fits && deployed(target) && source.is_none_or(deployed)
    }
}

impl Verdict {
    /// A claim that was taken by a clock that is ahead hears of what only seems to be of before, and weighs it; nobody is
    /// called for what was most likely the deployment that a cutover follows.
    fn tell_claim(&mut self, claim: &Claim, write: ForeignWrite, alarms: bool) {
        let seen = format!("cutover {} has claimed {}: {}", claim.id, write.touched.join(", "), write.describe());
        let remedy = format!("stop whoever deploys as {} until the cutover has ended; it weighs the write before its next step", write.by);
        self.alarms.extend(alarms.then(|| Alarm { kind: AlarmKind::ClaimTouched, seen: cut(&seen), remedy: cut(&remedy) }));
        self.foreign.push((claim.id.clone(), write));
    }

    /// Whether there is nothing to write and nothing to say.
    pub fn is_empty(&self) -> bool {
        self.foreign.is_empty() && self.alarms.is_empty() && self.sightings.is_empty()
    }
}

/// The state of an alias that has changed its place: a move that is planned stays planned.
fn elsewhere(item: &AliasItem, state: AliasState) -> AliasState {
    if item.state == AliasState::Planned && item.planned.is_some() { AliasState::Planned } else { state }
}

/// Whether nobody has been seen to know of this move of this alias.
fn is_open(item: &AliasItem, past: &PastMove) -> bool {
    item.state == AliasState::MovedNotReconciled && item.claim.is_none() && item.moved_by.as_deref() == Some(past.claim.id.as_str())
}

/// The cutovers whose moves `write` may show to be known: those off its distribution, and those of the aliases on it.
pub fn moves_to_look_at(distribution: Option<&DistributionItem>, aliases: &BTreeMap<Alias, AliasItem>, at: Timestamp) -> BTreeSet<String> {
    let open = |item: &&AliasItem| item.state == AliasState::MovedNotReconciled && item.seen_at.is_none_or(|seen_at| seen_at < at);
    let off = distribution.map(|item| item.moved_away.clone()).unwrap_or_default();
    off.into_iter().chain(aliases.values().filter(open).filter_map(|item| item.moved_by.clone())).collect()
}

#[cfg(test)]
mod tests;

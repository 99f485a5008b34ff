//! Who may have a name: AWS's rules of it, as a specification that runs. Written a second time on purpose, after the facts,
//! so that the simulated service can be held against it; where they give no order of refusals it has the service's, which
//! is then held to nothing but itself. Must not know Cutover.
//!
//! **What there is.** Distributions, each of one account, each with the names that it lists (a name is an alias: exact, or
//! a wildcard over all that lies below), whether it is enabled, a revision, and since when all edges have that. Record
//! sets, each leading one name to another or to a distribution. Proofs: the values of the TXT set that belongs to a name.
//!
//! **What can be done.** [`Op::Update`] gives a distribution other names, or enables or disables it. [`Op::Move`] takes a
//! name from whoever lists it and gives it to another, in one. [`Op::Lead`] and [`Op::Prove`] change a record set and a
//! proof. Time passes between any two. Whoever does it is an account; nothing else of a writer matters.
//!
//! **What is refused.** Each [`Law`] is one reason. An update is refused for the first of these: permission, owner,
//! revision, room, certificate; then, for each new name in order, DNS and uniqueness (which of the two comes first is a
//! reading, DNS-4). A move for the first of these: permission, owner, revision, a target that does not serve, its
//! certificate, the proof, DNS where moves ask it at all, the source's state, an overlap, room (MV-9). A refusal changes
//! nothing, but for one thing: a proof that CloudFront looked for in vain is not looked for again for a while (TXT-6).
//!
//! **What follows.** A name is on one distribution at the most, at every moment. Nobody but its last holder gets a name
//! between its removal and that holder's next rest. What the specification does not say: what an edge answers, how long
//! anything takes to be in sync (that is given to it), rates, and everything of a config that is no name.

use super::readings::Readings;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub type Millis = i64;

/// One reason to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// A name is on one distribution only (CF-5).
    Unique,
    /// A removed name counts as its distribution's until that is deployed, under the harsher reading (SW-6, U-9).
    HeldUntilDeployed,
    /// A wildcard and a name below it may not be in two accounts, under the harsher reading (CF-6, U-18).
    Overlap,
    /// The certificate covers every name (ACM-2).
    Covered,
    /// A distribution takes so many names and no more.
    Room,
    /// A new name's DNS does not lead to another distribution (DNS-1 to DNS-8).
    LedElsewhere,
    /// A move needs the target's proof and no other (TXT-1 to TXT-8).
    Proved,
    /// A proof that was looked for in vain is missing for as long as that answer is kept (TXT-6).
    MissKept,
    /// A source in another account is disabled, and deployed so (MV-3, MV-5).
    SourceOff,
    /// The target of a move is enabled and deployed (U-11).
    TargetServes,
    /// A write names the revision that it was made from (CFG-8).
    Revision,
    /// An account writes to what it owns, and does what it may (IAM-1, R53-16).
    Allowed,
}

impl Law {
    pub const ALL: [Law; 12] = [
        Law::Unique,
        Law::HeldUntilDeployed,
        Law::Overlap,
        Law::Covered,
        Law::Room,
        Law::LedElsewhere,
        Law::Proved,
        Law::MissKept,
        Law::SourceOff,
        Law::TargetServes,
        Law::Revision,
        Law::Allowed,
    ];
}

/// How a refusal is told apart from others: by its code, and where one code has several meanings by its text (ERR-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    Denied,
    Stale,
    Full,
    Uncovered,
    Taken,
    Misdirected,
    NotReady,
    Unproved,
    NotHeld,
    HeldByTarget,
    SourceEnabled,
    /// The change batch does not fit what is there (R53-9).
    Batch,
    NoSuchZone,
}

impl Refusal {
    pub const ALL: [Refusal; 13] = {
        use Refusal::{
            Batch, Denied, Full, HeldByTarget, Misdirected, NoSuchZone, NotHeld, NotReady, SourceEnabled, Stale, Taken, Uncovered, Unproved,
        };
        [Denied, Stale, Full, Uncovered, Taken, Misdirected, NotReady, Unproved, NotHeld, HeldByTarget, SourceEnabled, Batch, NoSuchZone]
    };
}

/// What becomes of a record set or a proof (R53-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Create,
    Upsert,
    Delete,
}

/// Where a record set leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// A name, or a distribution's domain name.
    pub to: String,
    /// Whether it is an alias record set, of which the DNS check may know nothing (DNS-3).
    pub is_alias: bool,
    pub ttl_seconds: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// `UpdateDistribution`; `revision` is the one that it was made from.
    Update { on: String, names: BTreeSet<String>, enabled: bool, certificate: Option<String>, revision: Option<u64> },
    /// `UpdateDomainAssociation`, and `AssociateAlias`, which carries no revision (MV-7).
    Move { name: String, to: String, revision: Option<u64>, older_call: bool },
    /// `ChangeResourceRecordSets` of what leads viewers.
    Lead { name: String, action: Action, lead: Lead },
    /// The same of the TXT set that proves `name`.
    Prove { name: String, action: Action, values: BTreeSet<String>, ttl_seconds: i64 },
}

#[derive(Debug, Clone)]
struct Distribution {
    account: String,
    domain: String,
    names: BTreeSet<String>,
    enabled: bool,
    certificate: Option<String>,
    revision: u64,
    /// When every edge has this revision.
    deployed: Millis,
    /// Names that it listed since it was last deployed, and does not any more.
    leaving: BTreeSet<String>,
}

/// One state of a record set or a proof, and when Route 53's servers have it.
#[derive(Debug, Clone)]
struct State<T> {
    in_sync: Millis,
    /// TTL of what was there before, seconds.
    old_ttl: i64,
    there: Option<T>,
}

/// The values of a TXT set, and its TTL in seconds.
type Proofs = (BTreeSet<String>, i64);

#[derive(Debug, Clone)]
pub struct Model {
    laws: BTreeSet<Law>,
    readings: Readings,
    zone: (String, String),
    deploy_millis: Millis,
    distributions: BTreeMap<String, Distribution>,
    certificates: BTreeMap<String, BTreeSet<String>>,
    quotas: BTreeMap<String, usize>,
    denials: Vec<(Millis, String, String)>,
    leads: BTreeMap<String, Vec<State<Lead>>>,
    proofs: BTreeMap<String, Vec<State<Proofs>>>,
    misses: BTreeMap<String, Millis>,
}

/// DNS-8.
const HOPS_MAX: usize = 8;
/// DNS-5, seconds.
const DNS_SEEN_MIN: i64 = 60;

impl Model {
    /// All of `laws` in `world`, which has one hosted zone and whose versions all take equally long.
    pub fn new(world: &Value, laws: impl IntoIterator<Item = Law>) -> Self {
        let list = |key: &str| world[key].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let texts = |value: &Value| -> BTreeSet<String> { value.as_array().into_iter().flatten().map(text).collect() };
        let seconds = world.pointer("/edge/propagation/seconds").and_then(Value::as_f64).expect("versions that take equally long");
        let distribution = |given: &Value| Distribution {
            account: text(&given["account"]),
            domain: text(&given["domainName"]),
            names: texts(&given["aliases"]),
            enabled: given["enabled"] != false,
            certificate: given["certificate"].as_str().map(str::to_owned),
            revision: 0,
            deployed: Millis::MIN,
            leaving: BTreeSet::new(),
        };
        let zone = world["hostedZones"].get(0).cloned().unwrap_or_default();
        let mut model = Self {
            laws: laws.into_iter().collect(),
            readings: Readings::of(&world["rules"]),
            zone: (text(&zone["name"]), text(&zone["account"])),
            deploy_millis: (seconds * 1000.0) as Millis,
            distributions: list("distributions").iter().map(|given| (text(&given["id"]), distribution(given))).collect(),
            certificates: list("certificates").iter().map(|given| (text(&given["arn"]), texts(&given["names"]))).collect(),
            quotas: list("accounts")
                .iter()
                .map(|given| (text(&given["id"]), given["aliasQuota"].as_u64().unwrap_or(100) as usize))
                .collect(),
            denials: vec![],
            leads: BTreeMap::new(),
            proofs: BTreeMap::new(),
            misses: BTreeMap::new(),
        };
        for actor in list("actors").iter().filter(|actor| actor["do"] == "denyOperation") {
            let from = actor["at"].as_str().map_or(Millis::MIN, |at| at.parse::<jiff::Timestamp>().unwrap().as_millisecond());
            model.denials.push((from, text(&actor["account"]), text(&actor["operation"])));
        }
        for record in zone["records"].as_array().into_iter().flatten() {
            let is_alias = record.get("aliasTarget").is_some();
            let to = text(if is_alias { &record["aliasTarget"] } else { &record["values"][0] });
            if is_alias || record["type"] == "CNAME" {
                let lead = Lead { to, is_alias, ttl_seconds: record["ttl"].as_i64().unwrap_or(60) };
                model.leads.insert(text(&record["name"]), vec![State { in_sync: Millis::MIN, old_ttl: 0, there: Some(lead) }]);
            }
        }
        model
    }

    /// Does `op` at `now` as `account`, or says why not. Where it changes DNS, that is in sync at `in_sync`.
    pub fn apply(&mut self, now: Millis, account: &str, op: &Op, in_sync: Millis) -> Result<(), Refusal> {
        self.rest(now);
        match op {
            Op::Update { on, names, enabled, certificate, revision } => {
                self.may_write(now, account, "cloudfront:UpdateDistribution", on)?;
                self.is_newest(on, *revision)?;
                let certificate = certificate.clone().or_else(|| self.distributions[on].certificate.clone());
                self.may_list(now, on, names, certificate.as_deref())?;
                self.change(on, now, |side| (side.names, side.enabled, side.certificate) = (names.clone(), *enabled, certificate));
            }
            Op::Move { name, to, revision, older_call } => {
                let operation = if *older_call { "cloudfront:AssociateAlias" } else { "cloudfront:UpdateDomainAssociation" };
                self.may_write(now, account, operation, to)?;
                self.may_write(now, account, "cloudfront:UpdateDistribution", to)?;
                if revision.is_some() {
                    self.is_newest(to, *revision)?;
                }
                let from = self.may_move(now, name, to)?;
                self.hand_over(now, name, Some(&from), to);
            }
            Op::Lead { name, action, lead } => {
                self.may_change_dns(now, account)?;
                let states = self.leads.entry(name.clone()).or_default();
                let before = states.last().and_then(|state| state.there.clone());
                let old_ttl = before.as_ref().map_or(0, |lead| lead.ttl_seconds);
                states.push(State { in_sync, old_ttl, there: changed(*action, before, lead)? });
            }
            Op::Prove { name, action, values, ttl_seconds } => {
                self.may_change_dns(now, account)?;
                let states = self.proofs.entry(name.clone()).or_default();
                let before = states.last().and_then(|state| state.there.clone());
                let old_ttl = before.as_ref().map_or(0, |(_, ttl)| *ttl);
                states.push(State { in_sync, old_ttl, there: changed(*action, before, &(values.clone(), *ttl_seconds))? });
            }
        }
        Ok(())
    }

    /// AWS Support gives `name` to `to`, which no law stands against.
    pub fn by_support(&mut self, now: Millis, name: &str, to: &str) {
        self.rest(now);
        let from = self.holders(name).first().cloned();
        self.hand_over(now, name, from.as_deref(), to);
    }

    /// Who lists `name`.
    pub fn holders(&self, name: &str) -> Vec<String> {
        self.distributions.iter().filter(|(_, side)| side.names.contains(name)).map(|(id, _)| id.clone()).collect()
    }

    /// Names, whether it is enabled, its revision, and whether it is deployed.
    pub fn side(&self, id: &str, now: Millis) -> (BTreeSet<String>, bool, u64, bool) {
        let side = &self.distributions[id];
        (side.names.clone(), side.enabled, side.revision, side.deployed <= now)
    }

    /// Where `name` leads by what was last accepted.
    pub fn lead(&self, name: &str) -> Option<String> {
        self.leads.get(name)?.last()?.there.as_ref().map(|lead| lead.to.clone())
    }

    /// What proves `name` by what was last accepted.
    pub fn proof(&self, name: &str) -> Option<BTreeSet<String>> {
        self.proofs.get(name)?.last()?.there.as_ref().map(|(values, _)| values.clone())
    }

    fn holds(&self, law: Law, kept: bool, otherwise: Refusal) -> Result<(), Refusal> {
        if kept || !self.laws.contains(&law) { Ok(()) } else { Err(otherwise) }
    }

    /// A distribution that is deployed has let go of what it does not list.
    fn rest(&mut self, now: Millis) {
        self.distributions.values_mut().filter(|side| side.deployed <= now).for_each(|side| side.leaving.clear());
    }

    fn change(&mut self, id: &str, now: Millis, edit: impl FnOnce(&mut Distribution)) {
        let deployed = now + self.deploy_millis;
        let Some(side) = self.distributions.get_mut(id) else { return };
        let before = side.names.clone();
        edit(side);
        side.leaving.extend(before);
        side.leaving.retain(|name| !side.names.contains(name));
        side.revision += 1;
        side.deployed = side.deployed.max(deployed);
    }

    /// One acceptance, two new revisions (MV-2, MV-10).
    fn hand_over(&mut self, now: Millis, name: &str, from: Option<&str>, to: &str) {
        if let Some(from) = from {
            self.change(from, now, |side| _ = side.names.remove(name));
        }
        self.change(to, now, |side| _ = side.names.insert(name.to_owned()));
    }

    fn is_denied(&self, now: Millis, account: &str, operation: &str) -> bool {
        self.denials.iter().any(|(from, whose, what)| *from <= now && whose == account && what == operation)
    }

    fn may_write(&self, now: Millis, account: &str, operation: &str, id: &str) -> Result<(), Refusal> {
        let may = !self.is_denied(now, account, operation) && self.distributions[id].account == account;
        self.holds(Law::Allowed, may, Refusal::Denied)
    }

    fn may_change_dns(&self, now: Millis, account: &str) -> Result<(), Refusal> {
        self.holds(Law::Allowed, !self.is_denied(now, account, "route53:ChangeResourceRecordSets"), Refusal::Denied)?;
        self.holds(Law::Allowed, self.zone.1 == account, Refusal::NoSuchZone)
    }

    fn is_newest(&self, id: &str, revision: Option<u64>) -> Result<(), Refusal> {
        self.holds(Law::Revision, revision == Some(self.distributions[id].revision), Refusal::Stale)
    }

    fn may_list(&self, now: Millis, on: &str, names: &BTreeSet<String>, certificate: Option<&str>) -> Result<(), Refusal> {
        let side = &self.distributions[on];
        self.holds(Law::Room, names.len() <= self.room(on), Refusal::Full)?;
        let new: Vec<&String> = names.difference(&side.names).collect();
        // Without a certificate it keeps what it has.
        let covered = certificate.map_or(new.is_empty(), |arn| names.iter().all(|name| self.covers(arn, name)));
        self.holds(Law::Covered, covered, Refusal::Uncovered)?;
        for name in new {
            let dns = self.holds(Law::LedElsewhere, !self.led_elsewhere(now, name, on), Refusal::Misdirected);
            let free = self.is_free(name, on);
            if self.readings.dns_first { dns.and(free) } else { free.and(dns) }?;
        }
        Ok(())
    }

    fn is_free(&self, name: &str, on: &str) -> Result<(), Refusal> {
        let others = || self.distributions.iter().filter(|(id, _)| *id != on).map(|(_, side)| side);
        self.holds(Law::Unique, !others().any(|side| side.names.contains(name)), Refusal::Taken)?;
        let held = !self.readings.released_at_once && others().any(|side| side.leaving.contains(name));
        self.holds(Law::HeldUntilDeployed, !held, Refusal::Taken)?;
        self.holds(Law::Overlap, !self.overlaps(name, on), Refusal::Taken)
    }

    fn overlaps(&self, name: &str, on: &str) -> bool {
        let account = &self.distributions[on].account;
        let mut abroad = self.distributions.values().filter(|side| side.account != *account).flat_map(|side| &side.names);
        !self.readings.overlap_allowed && abroad.any(|other| catches(other, name) || catches(name, other))
    }

    /// Whom the name would leave.
    fn may_move(&mut self, now: Millis, name: &str, to: &str) -> Result<String, Refusal> {
        let target = self.distributions[to].clone();
        let serves = !self.readings.target_serves || (target.enabled && target.deployed <= now);
        self.holds(Law::TargetServes, serves, Refusal::NotReady)?;
        let covered = target.certificate.as_ref().is_some_and(|arn| self.covers(arn, name));
        self.holds(Law::Covered, covered, Refusal::Uncovered)?;
        let holder = self.holders(name).first().cloned();
        let within = holder.as_ref().is_some_and(|from| self.distributions[from].account == target.account);
        if !within || self.readings.same_account_needs_proof {
            let proved = self.is_proved(now, name, &target.domain);
            self.holds(Law::Proved, proved, Refusal::Unproved)?;
        }
        let led = self.readings.moves_ask_dns && self.led_elsewhere(now, name, to);
        self.holds(Law::LedElsewhere, !led, Refusal::Misdirected)?;
        let from = holder.ok_or(Refusal::NotHeld)?;
        if from == to {
            return Err(Refusal::HeldByTarget);
        }
        let source = &self.distributions[&from];
        let off = !source.enabled && (source.deployed <= now || !self.readings.disabled_means_deployed);
        let needed = !within || self.readings.same_account_needs_disabled;
        self.holds(Law::SourceOff, off || !needed, Refusal::SourceEnabled)?;
        self.holds(Law::Overlap, !self.overlaps(name, to), Refusal::Taken)?;
        self.holds(Law::Room, target.names.len() < self.room(to), Refusal::Full)?;
        Ok(from)
    }

    fn room(&self, id: &str) -> usize {
        self.quotas.get(&self.distributions[id].account).copied().unwrap_or(100)
    }

    fn covers(&self, arn: &str, name: &str) -> bool {
        let parent = name.split_once('.').map(|(_, parent)| format!("*.{parent}")).filter(|_| !name.starts_with('*'));
        self.certificates.get(arn).is_some_and(|names| names.contains(name) || parent.is_some_and(|wildcard| names.contains(&wildcard)))
    }

    /// The state of `states` that CloudFront has: the newest one whose predecessor it has forgotten (DNS-5).
    fn seen<'s, T>(&self, states: &'s [State<T>], now: Millis) -> Option<&'s T> {
        let lag = |state: &State<T>| self.readings.dns_lag_seconds.unwrap_or(state.old_ttl.max(DNS_SEEN_MIN)) * 1000;
        states.iter().rev().find(|state| state.in_sync.saturating_add(lag(state)) <= now)?.there.as_ref()
    }

    /// What answers `name`: its own record set, or that of the closest wildcard, unless something stands between (DNS-2).
    fn answer(&self, name: &str, now: Millis) -> Option<&Lead> {
        let own = |name: &str| self.leads.get(name).and_then(|states| self.seen(states, now));
        let mut found = own(name);
        let mut rest = name;
        // A name has no more labels than letters.
        while let (None, Some((_, parent))) = (found, rest.split_once('.')) {
            found = own(&format!("*.{parent}"));
            let stands_between = parent == self.zone.0 || own(parent).is_some();
            rest = if stands_between { "" } else { parent };
        }
        found
    }

    fn led_elsewhere(&self, now: Millis, name: &str, on: &str) -> bool {
        let mut at = name.to_owned();
        for _ in 0..HOPS_MAX {
            match self.answer(&at, now).filter(|lead| !lead.is_alias || self.readings.dns_sees_aliases) {
                Some(lead) if lead.to.ends_with(".cloudfront.net") => return lead.to != self.distributions[on].domain,
                Some(lead) if lead.to.ends_with(&self.zone.0) => at.clone_from(&lead.to),
                _ => return false,
            }
        }
        false
    }

    /// A miss is kept, asked again or not; a change is seen once its predecessor is forgotten, a first set at once (U-16).
    fn is_proved(&mut self, now: Millis, name: &str, domain: &str) -> bool {
        if self.laws.contains(&Law::MissKept) && self.misses.get(name).is_some_and(|until| *until > now) {
            return false;
        }
        let (mut seen, mut from, mut before) = (None, Millis::MIN, None);
        for state in self.proofs.get(name).into_iter().flatten() {
            let values = state.there.as_ref().map(|(values, _)| values);
            if values != before {
                let forgets = self.readings.dns_lag_seconds.unwrap_or(state.old_ttl.max(DNS_SEEN_MIN)) * 1000;
                from = from.max(state.in_sync + if before.is_none() { 0 } else { forgets });
                seen = if from <= now { values } else { seen };
                before = values;
            }
        }
        let Some(values) = seen else {
            self.misses.insert(name.to_owned(), now + self.readings.miss_seconds * 1000);
            return false;
        };
        values.contains(domain) && (values.len() == 1 || self.readings.several_values)
    }
}

/// A wildcard has every name below it, at any depth, and not its bare parent (CF-4).
fn catches(wildcard: &str, name: &str) -> bool {
    wildcard.strip_prefix('*').is_some_and(|below| name != wildcard && name.len() > below.len() && name.ends_with(below))
}

/// What is there after `action`, or that it does not fit what is there.
fn changed<T: Clone + PartialEq>(action: Action, before: Option<T>, to: &T) -> Result<Option<T>, Refusal> {
    match (action, before) {
        (Action::Upsert, _) | (Action::Create, None) => Ok(Some(to.clone())),
        // All of it has to be told again.
        (Action::Delete, Some(before)) if before == *to => Ok(None),
        _ => Err(Refusal::Batch),
    }
}

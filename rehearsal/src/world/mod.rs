//! The simulated AWS: accounts and roles, distributions at the edge, certificates, hosted zones. It answers
//! as AWS would and decides nothing about cutovers.
//!
//! Time is a number handed in with every call; nothing here sleeps. What becomes true by itself (`Deployed`,
//! `INSYNC`, a name that is free) is worked out from the times at which things were accepted. Every random
//! draw is keyed by the seed and by what it is for, so two runs with one seed agree wherever they do the same.

pub mod actors;
pub mod check;
pub mod check_dns;
pub mod distribution;
pub mod dns;
pub mod edge;
pub mod iam;
pub mod input;
pub mod input_dns;
pub mod journal;
pub mod names;
pub mod output;
pub mod owners;
pub mod public_dns;
pub mod rate;
pub mod registry;
pub mod routing;
pub mod rules;
pub mod settings;
pub mod trail;
pub mod txt;

use crate::service::injection::Injected;
use crate::wire::Fault;
use distribution::Distribution;
use dns::Zone;
use iam::Session;
use input::{CertificateInput, ConnectionGroupInput, HostedZoneInput, Propagation, WorldInput};
use journal::{Journal, Writer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rate::Buckets;
use registry::Registry;
use rules::Rules;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Milliseconds since the epoch.
pub type Millis = i64;

/// Seconds as milliseconds.
pub fn millis(seconds: f64) -> Millis {
    (seconds * 1000.0).round() as Millis
}

/// A certificate of ACM, with what is made up where the world is silent.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// As it was given.
    pub given: CertificateInput,
    /// Twelve digits.
    pub account: String,
    /// Hex, lower case.
    pub serial: String,
    /// When it was issued.
    pub not_before: Millis,
    /// When it ends.
    pub not_after: Millis,
}

/// One line of what happened in the world itself.
#[derive(Debug, Clone)]
pub struct Happening {
    /// When.
    pub at: Millis,
    /// Who or what.
    pub what: String,
    /// More about it.
    pub detail: String,
}

/// The simulated AWS.
#[derive(Debug)]
pub struct World {
    /// The world as it was given, for a result that prints unchanged what did not change.
    pub given: Value,
    /// The same, parsed.
    pub input: WorldInput,
    /// When it began.
    pub start: Millis,
    /// The seed of every draw.
    pub seed: u64,
    /// The switches.
    pub rules: Rules,
    /// By ARN.
    pub certificates: BTreeMap<String, Certificate>,
    /// By id, tenants among them.
    pub distributions: BTreeMap<String, Distribution>,
    /// By id.
    pub connection_groups: BTreeMap<String, ConnectionGroupInput>,
    /// By id.
    pub zones: BTreeMap<String, Zone>,
    /// Names at which CloudFront found no TXT set, and until when it will not look again (TXT-6).
    pub txt_misses: BTreeMap<String, Millis>,
    /// By access key.
    pub sessions: BTreeMap<String, Session>,
    /// The home account's table.
    pub registry: Registry,
    /// What CloudTrail tells, and when.
    pub trail: trail::Trail,
    /// Requests left for each account.
    pub buckets: Buckets,
    /// Accepted and refused calls by `service:Operation`.
    pub calls: BTreeMap<String, u64>,
    /// Calls that came from a writer's own account, by `service:Operation` and role.
    pub role_actions: BTreeMap<(String, String), u64>,
    /// Accepted calls that changed something, in order: `service:Operation`, calling account, id of what was changed.
    pub writes: Vec<(String, String, String)>,
    /// What actors did.
    pub happenings: Vec<Happening>,
    /// Actors that have not acted yet, and refusals in force.
    pub actors: actors::Actors,
    /// Faults to inject, by call.
    pub faults: Vec<Fault>,
    /// What faults have left behind.
    pub injected: Injected,
    /// The function whose call is being answered.
    pub writer: Option<Writer>,
    /// Every write, where somebody wants to check them.
    pub journal: Option<Journal>,
    next_id: u64,
}

impl World {
    /// The world that `given` describes.
    ///
    /// # Errors
    /// What cannot be read, or the first contradiction, for a person.
    pub fn new(given: Value, seed: u64) -> Result<Self, String> {
        check::objects(&given)?;
        let input: WorldInput = serde_path_to_error::deserialize(&given).map_err(|error| error.to_string())?;
        check::check(&input)?;
        let start = input.now.as_millisecond();
        let mut world = Self {
            start,
            seed,
            rules: input.rules.clone(),
            certificates: BTreeMap::new(),
            distributions: BTreeMap::new(),
            connection_groups: input.groups(),
            zones: BTreeMap::new(),
            txt_misses: BTreeMap::new(),
            sessions: BTreeMap::new(),
            registry: Registry::new(&input.registry)?,
            trail: trail::Trail::default(),
            buckets: Buckets::new(input.rules.cf_rate, start),
            calls: BTreeMap::new(),
            role_actions: BTreeMap::new(),
            writes: vec![],
            happenings: vec![],
            actors: actors::Actors::new(&input.actors)?,
            faults: vec![],
            injected: Injected::default(),
            writer: None,
            journal: None,
            next_id: 0,
            given,
            input: input.clone(),
        };
        for certificate in &input.certificates {
            world.certificates.insert(certificate.arn.clone(), world.certificate(certificate));
        }
        world.keep_hidden_certificates();
        for distribution in &input.distributions {
            let distribution = Distribution::new(distribution, &mut world);
            world.distributions.insert(distribution.id.clone(), distribution);
        }
        for tenant in &input.tenants {
            let tenant = Distribution::tenant(tenant, &mut world);
            world.distributions.insert(tenant.id.clone(), tenant);
        }
        for zone in &input.hosted_zones {
            let delegated = !zone.private && zone.delegated != Some(false) && world.is_first(zone);
            world.zones.insert(zone.id.clone(), Zone::new(zone, delegated));
        }
        for zone in &input.external_zones {
            let zone = Zone::external(zone);
            world.zones.insert(zone.id.clone(), zone);
        }
        Ok(world)
    }

    /// Whether no other zone of this name comes before `zone` in public DNS: one that somebody else holds, one that says
    /// that it is the delegated one, or one that was written before it and does not say no (R53-13).
    fn is_first(&self, zone: &HostedZoneInput) -> bool {
        let name = names::normal(&zone.name);
        let says = zone.delegated == Some(true);
        let elsewhere = self.input.external_zones.iter().any(|other| names::normal(&other.name) == name);
        let mut same = self.input.hosted_zones.iter().filter(|other| other.id != zone.id && names::normal(&other.name) == name);
        let before = self.zones.values().any(|other| other.name == name && other.delegated);
        says || !(elsewhere || before || same.any(|other| other.delegated == Some(true)))
    }

    fn certificate(&self, given: &CertificateInput) -> Certificate {
        const YEAR_MILLIS: Millis = 365 * 86_400_000;
        let digest = Sha256::digest(given.arn.as_bytes());
        let made_up: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let serial = given.serial.clone().unwrap_or(made_up).to_ascii_lowercase();
        Certificate {
            account: given.arn.split(':').nth(4).unwrap_or_default().to_owned(),
            serial: serial.trim_start_matches('0').to_owned(),
            not_before: given.not_before.map_or(self.start - YEAR_MILLIS, |time| time.as_millisecond()),
            not_after: given.not_after.map_or(self.start + YEAR_MILLIS, |time| time.as_millisecond()),
            given: given.clone(),
        }
    }

    /// The certificate that `distribution` shows: its own, or for a tenant without one its distribution's.
    pub fn certificate_of(&self, distribution: &Distribution) -> Option<&Certificate> {
        let of = |distribution: &Distribution| distribution.newest().and_then(|version| version.certificate.clone());
        let parent = || distribution.tenant_of.as_ref().and_then(|id| self.distributions.get(id)).and_then(of);
        of(distribution).or_else(parent).and_then(|arn| self.certificates.get(&arn))
    }

    /// Whether the connection group of a tenant serves; a distribution has none.
    pub fn is_reachable(&self, distribution: &Distribution) -> bool {
        let group = distribution.connection_group.as_ref().and_then(|id| self.connection_groups.get(id));
        group.is_none_or(|group| group.enabled)
    }

    /// Whether `distribution` serves by its newest config; a tenant only where its distribution and its connection group do.
    pub fn is_enabled(&self, distribution: &Distribution) -> bool {
        let enabled = |distribution: &Distribution| distribution.newest().is_some_and(|version| version.enabled);
        let parent = distribution.tenant_of.as_ref().map(|id| self.distributions.get(id).is_some_and(enabled));
        enabled(distribution) && parent.unwrap_or(true) && self.is_reachable(distribution)
    }

    /// A generator for the draws of `purpose` alone.
    pub fn draws(&self, purpose: &str) -> ChaCha8Rng {
        let mut key = [0; 32];
        let digest = Sha256::digest(format!("{}/{purpose}", self.seed).as_bytes());
        key.copy_from_slice(&digest);
        ChaCha8Rng::from_seed(key)
    }

    /// A number from `range`, always the same for `purpose`.
    pub fn draw(&self, purpose: &str, range: std::ops::Range<Millis>) -> Millis {
        self.draws(purpose).random_range(range)
    }

    /// How long a version of a distribution takes to each location.
    pub fn lags(&self, distribution: &str, version: usize) -> Vec<Millis> {
        let mut draws = self.draws(&format!("lag/{distribution}/{version}"));
        let lag = |seconds: f64| millis(seconds.max(0.0));
        (0..self.input.edge.locations)
            .map(|_| match self.input.edge.propagation {
                Propagation::Fixed { seconds } => lag(seconds),
                Propagation::Uniform { max_seconds } => lag(draws.random_range(0.0..=max_seconds)),
                Propagation::Lognormal { median_seconds, sigma, max_seconds } => {
                    let normal: f64 = draws.sample(rand_distr::StandardNormal);
                    lag((median_seconds * (sigma * normal).exp()).min(max_seconds))
                }
            })
            .collect()
    }

    /// An id of AWS's kind that no other has.
    pub fn new_id(&mut self, prefix: &str) -> String {
        self.next_id += 1;
        let digest = Sha256::digest(format!("{}/{}/{prefix}", self.seed, self.next_id).as_bytes());
        // 26 letters: what is left of a byte is a letter.
        let letters: String = digest.iter().take(13).map(|byte| char::from(b'A' + byte % 26)).collect();
        format!("{prefix}{letters}")
    }

    /// How many calls have been counted, those of the registry or all others: each draws its latencies apart.
    pub fn called(&self, registry: bool) -> u64 {
        self.calls.iter().filter(|(name, _)| name.starts_with("dynamodb:") == registry).map(|(_, count)| count).sum()
    }

    /// Tells what happened in the world itself.
    pub fn tell(&mut self, at: Millis, what: &str, detail: String) {
        self.happenings.push(Happening { at, what: what.to_owned(), detail });
    }
}

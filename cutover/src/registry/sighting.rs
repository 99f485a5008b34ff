//! What the lists of one account show, kept small: a million aliases are their letters and little more. Must not know who
//! read the lists, nor what the registry knows.

use super::alias::SeenCertificate;
use crate::ids::{AccountId, DistributionId, Place};
use crate::name::Alias;
use jiff::Timestamp;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

/// Between two names in one text.
const BETWEEN: char = '\n';

/// A distribution or tenant, as a page shows it.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// Which.
    pub id: DistributionId,
    /// `d111.cloudfront.net`, or the endpoint of a tenant's connection group.
    pub domain_name: &'a str,
    /// Whether it serves. A disabled one still holds its aliases (CF-7).
    pub enabled: bool,
    /// ARN of its certificate in ACM.
    pub certificate: Option<&'a str>,
    /// The aliases that it holds.
    pub aliases: Vec<&'a str>,
    /// Names that it lists and does not hold: a staging distribution's (DT-14), a tenant's that are not active.
    pub idle: Vec<&'a str>,
}

/// The same, kept.
#[derive(Debug)]
struct Kept {
    domain_name: Box<str>,
    enabled: bool,
    certificate: Option<Box<str>>,
    count: u32,
    aliases: Box<str>,
    idle: Box<str>,
}

/// A certificate that a list shows.
#[derive(Debug)]
struct KeptCertificate {
    names: Box<str>,
    not_after: Option<Timestamp>,
}

/// The lists of one account, whole.
#[derive(Debug)]
pub struct Lists {
    account: AccountId,
    at: Timestamp,
    distributions: BTreeMap<DistributionId, Kept>,
    certificates: BTreeMap<Box<str>, KeptCertificate>,
    /// The hash of every alias that is held, sorted: made when it is first asked for.
    hashes: OnceLock<Vec<u64>>,
    unreadable: u64,
}

/// An alias where it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The name.
    pub alias: Alias,
    /// Who lists it.
    pub place: Place,
    /// Under which domain name.
    pub domain_name: Option<String>,
    /// When the certificate there ends.
    pub certificate_not_after: Option<Timestamp>,
    /// When the looking began: what is newer is not overwritten.
    pub at: Timestamp,
    /// Whether it is held there, and not only listed.
    pub held: bool,
}

/// A distribution where it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionSighting {
    /// Which, and whose.
    pub place: Place,
    /// Its domain name.
    pub domain_name: String,
    /// Whether it serves.
    pub enabled: bool,
    /// How many aliases it holds.
    pub alias_count: u32,
    /// Its certificate, where ACM has it.
    pub certificate: Option<SeenCertificate>,
    /// When the looking began.
    pub at: Timestamp,
}

/// One entry of the lists, in the order of the registry's index: a distribution, then the names that it lists.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The distribution.
    pub id: &'a DistributionId,
    /// The name; `None` for the distribution itself.
    pub name: Option<&'a str>,
    /// Whether it holds that name.
    pub held: bool,
}

fn join(mut names: Vec<&str>) -> Box<str> {
    names.sort_unstable();
    names.dedup();
    names.join(&BETWEEN.to_string()).into_boxed_str()
}

fn split(names: &str) -> impl Iterator<Item = &str> {
    names.split(BETWEEN).filter(|name| !name.is_empty())
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

impl Lists {
    /// Nothing yet; the looking began at `at`, of which whole seconds are kept: rounded down, so that whatever is written in
    /// the same second counts as newer.
    pub fn new(account: AccountId, at: Timestamp) -> Self {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Self { account, at, distributions: BTreeMap::new(), certificates: BTreeMap::new(), hashes: OnceLock::new(), unreadable: 0 }
    }

    /// Whose they are.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// When the looking began.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Adds one that a page shows.
    pub fn add(&mut self, shown: Shown<'_>) {
        let readable = |name: &&str| Alias::parse(name).is_ok();
        let (aliases, others): (Vec<&str>, Vec<&str>) = shown.aliases.into_iter().partition(readable);
        self.unreadable += u64::try_from(others.len()).unwrap_or(u64::MAX);
        let count = u32::try_from(aliases.len()).unwrap_or(u32::MAX);
        let kept = Kept {
            domain_name: shown.domain_name.into(),
            enabled: shown.enabled,
            certificate: shown.certificate.map(Box::from),
            count,
            aliases: join(aliases),
            idle: join(shown.idle.into_iter().filter(readable).collect()),
        };
        if let Some(arn) = &kept.certificate {
            self.certificates.entry(arn.clone()).or_insert(KeptCertificate { names: Box::default(), not_after: None });
        }
        self.distributions.insert(shown.id, kept);
    }

    /// The ARN of the certificate of the distribution called `id`, which a tenant without one of its own shows.
    pub fn certificate_of(&self, id: &str) -> Option<String> {
        let id = DistributionId::parse(id).ok()?;
        self.distributions.get(&id)?.certificate.as_deref().map(str::to_owned)
    }

    /// Adds what ACM says of a certificate. One that none of the distributions has is left out.
    pub fn certify(&mut self, arn: &str, names: &[String], not_after: Option<Timestamp>) {
        if let Some(kept) = self.certificates.get_mut(arn) {
            let names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
            *kept = KeptCertificate { names: join(names.iter().map(String::as_str).collect()), not_after };
        }
    }

    /// Whether any of the distributions has a certificate of ACM.
    pub fn needs_certificates(&self) -> bool {
        !self.certificates.is_empty()
    }

    /// How many distributions and tenants there are.
    pub fn distributions(&self) -> u64 {
        u64::try_from(self.distributions.len()).unwrap_or(u64::MAX)
    }

    /// How many aliases they hold.
    pub fn aliases(&self) -> u64 {
        self.distributions.values().map(|kept| u64::from(kept.count)).sum()
    }

    /// Names that are no aliases to us.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Every entry, in the order of the registry's index.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.distributions.iter().flat_map(|(id, kept)| {
            let itself = Entry { id, name: None, held: false };
            let mut held = split(&kept.aliases).map(move |name| Entry { id, name: Some(name), held: true }).peekable();
            let mut idle = split(&kept.idle).map(move |name| Entry { id, name: Some(name), held: false }).peekable();
            let merged = std::iter::from_fn(move || match (held.peek(), idle.peek()) {
                (Some(left), Some(right)) if right.name < left.name => idle.next(),
                (Some(_), _) => held.next(),
                (None, _) => idle.next(),
            });
            std::iter::once(itself).chain(merged)
        })
    }

    /// The alias of an entry as it was seen.
    pub fn sighting(&self, entry: Entry<'_>) -> Option<Sighting> {
        let kept = self.distributions.get(entry.id)?;
        Some(Sighting {
            alias: Alias::parse(entry.name?).ok()?,
            place: Place { account: self.account.clone(), distribution: entry.id.clone() },
            domain_name: Some(kept.domain_name.to_string()).filter(|name| !name.is_empty()),
            certificate_not_after: self.certificate(kept).and_then(|(_, certificate)| certificate.not_after),
            at: self.at,
            held: entry.held,
        })
    }

    /// The distribution of an entry as it was seen.
    pub fn distribution(&self, id: &DistributionId) -> Option<DistributionSighting> {
        let kept = self.distributions.get(id)?;
        let certificate = self.certificate(kept).map(|(arn, certificate)| SeenCertificate {
            arn: arn.to_owned(),
            names: split(&certificate.names).map(str::to_owned).collect(),
            not_after: certificate.not_after,
        });
        Some(DistributionSighting {
            place: Place { account: self.account.clone(), distribution: id.clone() },
            domain_name: kept.domain_name.to_string(),
            enabled: kept.enabled,
            alias_count: kept.count,
            certificate,
            at: self.at,
        })
    }

    fn certificate<'a>(&'a self, kept: &'a Kept) -> Option<(&'a str, &'a KeptCertificate)> {
        let arn = kept.certificate.as_deref()?;
        self.certificates.get(arn).map(|certificate| (arn, certificate))
    }

    /// Whether the distribution or tenant called `id` is in the lists.
    pub fn has(&self, id: &DistributionId) -> bool {
        self.distributions.contains_key(id)
    }

    /// Whether the distribution called `id` lists `name`, held or not.
    pub fn lists(&self, id: &DistributionId, name: &Alias) -> bool {
        let among = |names: &str| split(names).any(|listed| listed == name.as_str());
        self.distributions.get(id).is_some_and(|kept| among(&kept.aliases) || among(&kept.idle))
    }

    /// Whether any distribution here may hold `name`: "no" is certain, "yes" nearly so.
    pub fn may_hold(&self, name: &Alias) -> bool {
        let hashes = self.hashes.get_or_init(|| {
            let mut hashes: Vec<u64> = Vec::with_capacity(usize::try_from(self.aliases()).unwrap_or(0));
            hashes.extend(self.distributions.values().flat_map(|kept| split(&kept.aliases).map(hash)));
            hashes.sort_unstable();
            hashes
        });
        hashes.binary_search(&hash(name.as_str())).is_ok()
    }
}

#[cfg(test)]
mod tests;

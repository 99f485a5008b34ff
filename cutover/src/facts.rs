//! What was observed before anything is decided. Plain data: this module must not know how it was read,
//! and draws no conclusion beyond what one record says of itself.

use crate::ids::{AccountId, DistributionId};
use crate::name::{Alias, certificate_name_covers};
use crate::record_set::RecordSet;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Everything that the planner may look at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// When it was observed.
    pub now: Timestamp,
    /// The distribution that aliases leave.
    pub source: DistributionFacts,
    /// The distribution that they join.
    pub target: DistributionFacts,
    /// The hosted zone of their record sets.
    pub hosted_zone: HostedZoneFacts,
    /// The routing record sets of each alias; empty where it has none of its own.
    pub record_sets: BTreeMap<Alias, Vec<RecordSet>>,
    /// For each wildcard that a bridge would use, what stands in its way. Absent where nobody looked,
    /// because the target's certificate rules the bridge out already.
    pub wildcards: BTreeMap<Alias, WildcardFacts>,
    /// For each alias whose TXT proof has a place in the hosted zone, what stands there. Absent where it has none, and
    /// where nobody looked, because the source is another account's and enabled.
    pub proofs: BTreeMap<Alias, ProofFacts>,
    /// For each alias that is on neither distribution, who holds it (ids partly masked, DSC-3).
    pub holders: BTreeMap<Alias, Vec<Holder>>,
}

/// A distribution as its account reads it.
#[derive(Debug, Clone)]
pub struct DistributionFacts {
    /// The owning account.
    pub account: AccountId,
    /// The distribution.
    pub id: DistributionId,
    /// `d111.cloudfront.net`, lower case.
    pub domain_name: String,
    /// `InProgress` or `Deployed` (CF-12).
    pub status: String,
    /// Whether it serves at all.
    pub enabled: bool,
    /// Whether it is a staging distribution.
    pub staging: bool,
    /// Whether a continuous deployment policy is attached.
    pub continuous_deployment: bool,
    /// Whether it holds tenants only.
    pub tenant_only: bool,
    /// Whether it answers IPv6.
    pub ipv6: bool,
    /// Its aliases.
    pub aliases: Vec<String>,
    /// Its certificate, where it has one of ACM's that can be read.
    pub certificate: Option<CertificateFacts>,
    /// What was seen instead where it has none that can be read.
    pub certificate_absent: Option<String>,
}

impl DistributionFacts {
    /// Whether it lists exactly this alias.
    pub fn lists(&self, alias: &Alias) -> bool {
        self.aliases.iter().any(|listed| listed == alias.as_str())
    }
}

/// A certificate of ACM.
#[derive(Debug, Clone)]
pub struct CertificateFacts {
    /// Its ARN.
    pub arn: String,
    /// `ISSUED` or another of ACM-3.
    pub status: String,
    /// Subject alternative names.
    pub names: Vec<String>,
    /// When it ends.
    pub not_after: Option<Timestamp>,
    /// `RSA_2048` or `RSA-2048` (ACM-5).
    pub key_algorithm: String,
    /// Serial number, lower-case hex without separators.
    pub serial: String,
}

impl CertificateFacts {
    /// Whether it was issued and has not ended.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.status == "ISSUED" && self.not_after.is_none_or(|end| end > now)
    }

    /// Whether one of its names proves `alias` (ACM-2).
    pub fn covers(&self, alias: &Alias) -> bool {
        self.names.iter().any(|name| certificate_name_covers(name, alias))
    }
}

/// A hosted zone.
#[derive(Debug, Clone)]
pub struct HostedZoneFacts {
    /// Lower case, no trailing dot.
    pub name: String,
    /// Whether only networks of AWS see it.
    pub private: bool,
}

/// What stands in the way of a bridge's wildcard, and what it would catch.
#[derive(Debug, Clone, Default)]
pub struct WildcardFacts {
    /// Who holds exactly the wildcard.
    pub holders: Vec<Holder>,
    /// The wildcard's own routing record sets.
    pub record_sets: Vec<RecordSet>,
    /// Names below it in the hosted zone that lead to CloudFront and are not part of the request.
    pub also_catches: Vec<String>,
}

/// Where the TXT proof of an alias stands, and what stands there.
#[derive(Debug, Clone)]
pub struct ProofFacts {
    /// `_www.foo.com`
    pub name: String,
    /// Every record set of that name.
    pub sets: Vec<RecordSet>,
}

/// Somebody who holds an alias, as the conflict calls show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The alias that is held.
    pub alias: String,
    /// Distribution or tenant id, first half masked (DSC-3).
    pub resource: String,
    /// Account id, first half masked.
    pub account: String,
}

impl Holder {
    /// Whether this may be `distribution`: the unmasked half agrees.
    pub fn may_be(&self, distribution: &DistributionId) -> bool {
        let suffix = self.resource.trim_start_matches('*');
        !suffix.is_empty() && self.resource.len() == distribution.as_str().len() && distribution.as_str().ends_with(suffix)
    }
}

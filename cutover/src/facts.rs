//! What was observed before anything is decided. Plain data: this module must not know how it was read,
//! and draws no conclusion beyond what one record says of itself.

use crate::ids::AccountId;
use crate::name::{Alias, certificate_name_covers};
use crate::record_set::RecordSet;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the planner may look at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// When it was observed.
    pub now: Timestamp,
    /// The distribution that aliases leave; what can be known of it, where it is not ours to look at.
    pub source: DistributionFacts,
    /// The distribution that they join.
    pub target: DistributionFacts,
    /// The zone of their record sets.
    pub hosted_zone: HostedZoneFacts,
    /// The routing record sets of each alias, and of each name below a wildcard alias that leads to CloudFront; empty where
    /// a name has none of its own.
    pub record_sets: BTreeMap<Alias, Vec<RecordSet>>,
    /// Types of the other record sets of each alias, where it has some.
    pub beside: BTreeMap<Alias, BTreeSet<String>>,
    /// For each wildcard that a bridge would use or that moves itself, what stands in its way. Absent where nobody looked,
    /// because the target's certificate rules the bridge out already.
    pub wildcards: BTreeMap<Alias, WildcardFacts>,
    /// For each alias whose TXT proof has a place in the hosted zone, what stands there. Absent where it has none, and
    /// where nobody looked, because the source is another account's and enabled.
    pub proofs: BTreeMap<Alias, ProofFacts>,
    /// For each alias that is on neither distribution, who holds it (ids partly masked, DSC-3).
    pub holders: BTreeMap<Alias, Vec<Holder>>,
    /// Accounts in which the role that writes cannot be used, and why.
    pub roles_unusable: Vec<(AccountId, String)>,
    /// Where the source is not ours to look at: what a viewer of the first alias met.
    pub glance: Option<Glance>,
}

/// What a viewer of a name met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Glance {
    /// A page, with these headers, names in lower case.
    Served(BTreeMap<String, String>),
    /// Nobody served it, as CloudFront does for a name without an enabled distribution (CF-16, CF-17).
    Unserved(String),
    /// Nothing that says either.
    Unknown(String),
}

/// Whether a distribution can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reach {
    /// In a member account whose role can be used.
    #[default]
    Ours,
    /// In an account that cannot be reached: why.
    Unreachable(String),
    /// In an account of AWS, held by another service.
    Service(HiddenService),
}

/// The services of AWS that keep distributions in accounts of their own (HID-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HiddenService {
    /// Amplify Hosting.
    Amplify,
    /// An edge-optimised domain name of API Gateway.
    ApiGateway,
    /// The domain of a Cognito user pool.
    Cognito,
    /// One that nothing gives away.
    Other,
}

/// A distribution or tenant, as its account reads it.
#[derive(Debug, Clone, Default)]
pub struct DistributionFacts {
    /// The owning account; its first half `*` where it is only seen through a mask.
    pub account: String,
    /// The distribution or tenant; masked likewise.
    pub id: String,
    /// Whether it can be looked at. Where not, only `account`, `id`, `domain_name` and `aliases` say anything.
    pub reach: Reach,
    /// Whether it is a tenant (DT-12).
    pub tenant: bool,
    /// `d111.cloudfront.net`, lower case; for a tenant its connection group's; empty where nothing shows it.
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
    /// `http1.1`, `http2`, `http3` or `http2and3`; empty where that cannot be read.
    pub http_version: String,
    /// Its aliases.
    pub aliases: Vec<String>,
    /// Its certificate, where it has one that can be read.
    pub certificate: Option<CertificateFacts>,
    /// What was seen instead where it has none that can be read.
    pub certificate_absent: Option<String>,
    /// Whether its certificate is one of the IAM store (ACM-8).
    pub iam_certificate: bool,
    /// Its settings: path of each element of the config to its text, repeated elements numbered. Empty for a tenant.
    pub settings: BTreeMap<String, String>,
}

impl DistributionFacts {
    /// Whether it lists exactly this alias.
    pub fn lists(&self, alias: &Alias) -> bool {
        self.aliases.iter().any(|listed| listed == alias.as_str())
    }
}

/// A certificate of ACM.
#[derive(Debug, Clone, Default)]
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
    /// ARNs of what uses it.
    pub in_use_by: Vec<String>,
    /// Whether ACM has tried to renew it and failed.
    pub renewal_failed: bool,
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
#[derive(Debug, Clone, Default)]
pub struct HostedZoneFacts {
    /// Lower case, no trailing dot.
    pub name: String,
    /// Whether only networks of AWS see it.
    pub private: bool,
    /// Whether somebody else keeps it: then nothing of it can be written.
    pub external: bool,
    /// The zone that public DNS asks for the first alias, where that is another one: its name and name servers.
    pub asked_instead: Option<String>,
    /// Values of the CAA record set that stands closest above the aliases; empty where there is none (ACM-9).
    pub caa: Vec<String>,
}

impl Facts {
    /// Who holds this wildcard, where that is neither the source nor the target.
    pub fn held_by_others(&self, wildcard: &Alias) -> Option<&Holder> {
        let holders = self.wildcards.get(wildcard).map_or(&[][..], |seen| seen.holders.as_slice());
        holders.iter().find(|holder| !holder.may_be_side(&self.target) && !holder.may_be_side(&self.source))
    }
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
    /// Names below it of which the hosted zone does not tell where they lead in the end: delegated ones, and those that lead
    /// to another name of the zone.
    pub unclear: Vec<String>,
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
    /// Whether this may be the distribution or tenant with this id: the unmasked half agrees.
    pub fn may_be(&self, id: &str) -> bool {
        agrees(&self.resource, id)
    }

    /// Whether this may be in the account: the unmasked half agrees.
    pub fn may_be_in(&self, account: &str) -> bool {
        agrees(&self.account, account)
    }

    /// Whether this may be that distribution or tenant: all that is shown of both ids agrees. Half of one id may be another
    /// account's too.
    pub fn may_be_side(&self, side: &DistributionFacts) -> bool {
        self.may_be(&side.id) && self.may_be_in(&side.account)
    }
}

/// Whether `whole` may be what `masked` shows half of (DSC-3).
fn agrees(masked: &str, whole: &str) -> bool {
    let suffix = masked.trim_start_matches('*');
    !suffix.is_empty() && masked.len() == whole.len() && whole.ends_with(suffix)
}

#[cfg(test)]
mod tests;

//! Who owns what nobody wrote an owner for: the accounts of AWS in which services keep distributions, those
//! distributions' certificates, the connection groups of tenants. Must not know who asks.

use super::distribution::Distribution;
use super::input::{CertificateInput, ConnectionGroupInput, DistributionInput, Service, WorldInput};
use super::names::normal;
use super::{Certificate, World};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The hidden half of an account of AWS; no simulated account begins so.
const OF_AWS: &str = "100000";
/// What was mostly seen of Amplify's account (HID-3).
const AMPLIFY: &str = "200621";
/// Domains of one tenant.
const TENANT_DOMAINS_MAX: usize = 100;

impl WorldInput {
    /// The account that holds `distribution`: the one that is written, or its service's.
    pub fn owner(&self, distribution: &DistributionInput) -> String {
        let Some(service) = distribution.service else { return distribution.account.clone() };
        let suffix = match (&distribution.account_suffix, service) {
            (Some(given), _) => given.clone(),
            (None, Service::Amplify) => AMPLIFY.to_owned(),
            (None, _) => self.free_suffix(service),
        };
        format!("{OF_AWS}{suffix}")
    }

    /// Six digits, always the same for a service, that no account of the world ends with (HID-3).
    fn free_suffix(&self, service: Service) -> String {
        let digest = Sha256::digest(format!("{service:?}").as_bytes());
        let first = digest.iter().take(4).fold(0_u32, |number, byte| number.wrapping_mul(256).wrapping_add(u32::from(*byte)));
        let accounts = || self.accounts.iter().map(|account| &account.id).chain([&self.home_account]);
        let taken = |suffix: &String| accounts().any(|account| account.ends_with(suffix.as_str()));
        // One more than there are accounts cannot all be taken.
        let tries = (0..=u32::try_from(accounts().count()).unwrap_or(u32::MAX)).map(|step| first.wrapping_add(step) % 1_000_000);
        tries.map(|number| format!("{number:06}")).find(|suffix| !taken(suffix)).unwrap_or_default()
    }

    /// The connection groups that are written, and one for each endpoint of tenants that is in none of them.
    pub(super) fn groups(&self) -> BTreeMap<String, ConnectionGroupInput> {
        let mut groups: Vec<ConnectionGroupInput> = self.connection_groups.clone();
        for tenant in &self.tenants {
            let endpoint = normal(&tenant.endpoint);
            if groups.iter().all(|group| normal(&group.endpoint) != endpoint) {
                groups.push(ConnectionGroupInput {
                    id: format!("cg_{}", endpoint.split('.').next().unwrap_or_default()),
                    account: tenant.account.clone(),
                    endpoint,
                    name: None,
                    enabled: true,
                    status: "Deployed".to_owned(),
                    ipv6: true,
                    is_default: false,
                });
            }
        }
        groups.into_iter().map(|group| (group.id.clone(), group)).collect()
    }
}

impl World {
    /// How the world keeps the certificate that `given` shows.
    pub(super) fn shown_certificate(&self, given: &DistributionInput) -> Option<String> {
        let of_service = || given.service.map(|_| service_certificate(&given.id));
        given.certificate_key().cloned().or_else(of_service)
    }

    /// Keeps the certificates that no list of the world has: of IAM's store (ACM-8), and a service's own, which covers
    /// what its distribution lists.
    pub(super) fn keep_hidden_certificates(&mut self) {
        for given in self.input.distributions.clone() {
            let (key, names) = match (&given.iam_certificate, given.service) {
                (Some(key), _) => (key.clone(), given.iam_certificate_names.clone()),
                (None, Some(_)) => (service_certificate(&given.id), given.aliases.clone()),
                (None, None) => continue,
            };
            let written = CertificateInput {
                arn: key.clone(),
                names,
                status: "ISSUED".to_owned(),
                not_after: None,
                not_before: None,
                key_algorithm: "RSA_2048".to_owned(),
                renewal_status: None,
                serial: None,
            };
            let kept = Certificate { account: self.input.owner(&given), ..self.certificate(&written) };
            self.certificates.insert(key, kept);
        }
    }

    /// Aliases that `distribution` may list.
    pub fn alias_quota(&self, distribution: &Distribution) -> usize {
        let account = self.input.accounts.iter().find(|account| account.id == distribution.account);
        match distribution.tenant_of {
            Some(_) => TENANT_DOMAINS_MAX,
            None => account.map_or(TENANT_DOMAINS_MAX, |account| account.alias_quota),
        }
    }
}

fn service_certificate(distribution: &str) -> String {
    format!("service/{distribution}")
}

//! The edge: which version of each distribution a location has, and who answers a name there. Must not know
//! what a viewer makes of the answer.

use super::distribution::{Distribution, Version};
use super::names::{certified, wildcard_catches};
use super::{Millis, World};

/// Who answers a name at one location at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This distribution, with this certificate.
    Served {
        /// Its id.
        distribution: String,
        /// ARN of the certificate that it serves there.
        certificate: Option<String>,
    },
    /// No distribution that could; why.
    Nobody(&'static str),
}

/// What a request meets on a connection that was opened for another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reused {
    /// The same as on a connection of its own, but with the certificate of this one.
    Answered(Answer),
    /// 421: to be sent again on a connection of its own (CF-18).
    Misdirected,
}

/// The distribution that a host name leads to at one location, and what it does there.
struct Routed<'a> {
    distribution: &'a Distribution,
    enabled: bool,
    certificate: Option<&'a String>,
}

/// How closely `version` names `name`: above all others when exact, by labels through a wildcard.
fn depth(version: &Version, name: &str) -> Option<usize> {
    if version.aliases.contains(name) {
        return Some(usize::MAX);
    }
    let catching = version.aliases.iter().filter(|alias| wildcard_catches(alias, name));
    catching.map(|alias| alias.split('.').count()).max()
}

impl World {
    /// Where the host name alone leads (CF-1 to CF-3).
    fn routed(&self, name: &str, location: usize, at: Millis) -> Option<Routed<'_>> {
        let mut best: Option<((usize, Millis), &Distribution, &Version)> = None;
        for distribution in self.distributions.values() {
            let Some(version) = distribution.version_at(location, at) else { continue };
            let Some(depth) = depth(version, name) else { continue };
            let since = version.arrivals.get(location).copied().unwrap_or(Millis::MIN);
            // Two exact owners at one location are two accepted changes on their way (CF-10): the later arrival wins.
            if best.is_none_or(|(closest, ..)| (depth, since) > closest) {
                best = Some(((depth, since), distribution, version));
            }
        }
        best.map(|(_, distribution, version)| self.serving(distribution, version, location, at))
    }

    /// A tenant serves where its distribution does, and with that one's certificate where it has none.
    fn serving<'a>(&'a self, distribution: &'a Distribution, version: &'a Version, location: usize, at: Millis) -> Routed<'a> {
        let (mut enabled, mut certificate) = (version.enabled, version.certificate.as_ref());
        if let Some(parent) = &distribution.tenant_of {
            let parent = self.distributions.get(parent).and_then(|parent| parent.version_at(location, at));
            enabled = enabled && parent.is_some_and(|parent| parent.enabled) && self.is_reachable(distribution);
            certificate = certificate.or(parent.and_then(|parent| parent.certificate.as_ref()));
        }
        Routed { distribution, enabled, certificate }
    }

    /// Who answers `name` at `location` at `at` (CF-1 to CF-3, CF-7, CF-16, CF-17).
    ///
    /// An exact alias beats a wildcard, the longer wildcard the shorter; a disabled distribution swallows what it
    /// lists; a certificate that does not cover the name ends the handshake.
    pub fn answer_at(&self, name: &str, location: usize, at: Millis) -> Answer {
        match self.routed(name, location, at) {
            None => Answer::Nobody("no distribution lists the name"),
            Some(Routed { enabled: false, .. }) => Answer::Nobody("the distribution that lists the name is disabled"),
            Some(Routed { distribution, certificate, .. }) if certificate.is_some_and(|arn| self.serves_tls(arn, name, at)) => {
                Answer::Served { distribution: distribution.id.clone(), certificate: certificate.cloned() }
            }
            Some(_) => Answer::Nobody("the certificate served does not cover the name"),
        }
    }

    /// Who answers `host` at `at` on a connection that was opened for `sni` at `opened` (CF-18, U-21).
    ///
    /// The request is misdirected where SNI and host differ, the certificate's account does not own the host's
    /// distribution, and the certificate does not cover the host; by the strict rule already where the first two hold.
    pub fn answer_on_connection(&self, sni: &str, opened: Millis, host: &str, location: usize, at: Millis) -> Reused {
        let Answer::Served { certificate, .. } = self.answer_at(sni, location, opened) else {
            return Reused::Answered(Answer::Nobody("no connection was opened"));
        };
        let Some(Routed { distribution, enabled, .. }) = self.routed(host, location, at) else {
            return Reused::Answered(Answer::Nobody("no distribution lists the name"));
        };
        let shown = certificate.as_ref().and_then(|arn| self.certificates.get(arn));
        let same_account = shown.is_some_and(|shown| shown.account == distribution.account);
        let covers = shown.is_some_and(|shown| certified(&shown.given.names, host));
        if sni != host && !same_account && (self.rules.strict_421 || !covers) {
            return Reused::Misdirected;
        }
        Reused::Answered(if enabled {
            Answer::Served { distribution: distribution.id.clone(), certificate }
        } else {
            Answer::Nobody("the distribution that lists the name is disabled")
        })
    }

    fn serves_tls(&self, arn: &str, name: &str, at: Millis) -> bool {
        self.certificates.get(arn).is_some_and(|certificate| certificate.not_after > at && certified(&certificate.given.names, name))
    }

    /// Since when CloudFront blocks `name`: its DNS led to CloudFront and no distribution listed it, nor a wildcard
    /// above it, for longer than the rule allows (CF-20).
    pub fn blocked_since(&self, name: &str, until: Millis) -> Option<Millis> {
        // Only a name whose DNS leads to CloudFront dangles there (CF-20).
        if self.led_to_cloudfront(name, until, true).is_empty() {
            return None;
        }
        let limit = Millis::from(self.rules.block_dangling_after_s) * 1000;
        let mut changes: Vec<Millis> =
            self.distributions.values().flat_map(|d| d.versions.iter().map(|v| v.accepted)).filter(|at| *at < until).collect();
        changes.push(self.start);
        changes.sort_unstable();
        changes.dedup();
        let owned = |at: Millis| {
            self.distributions.values().any(|distribution| {
                let version = distribution.versions.iter().rev().find(|version| version.accepted <= at);
                version.is_some_and(|version| {
                    version.aliases.contains(name) || version.aliases.iter().any(|alias| wildcard_catches(alias, name))
                })
            })
        };
        let mut free_since: Option<Millis> = None;
        for at in changes {
            match (owned(at), free_since) {
                (false, None) => free_since = Some(at),
                (true, Some(since)) if at - since > limit => return Some(since + limit),
                (true, _) => free_since = None,
                (false, Some(_)) => {}
            }
        }
        free_since.map(|since| since + limit).filter(|blocked| *blocked < until)
    }
}

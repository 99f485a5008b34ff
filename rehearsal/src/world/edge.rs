//! The edge: which version of each distribution a location has, and who answers a name there. Must not know
//! what a viewer makes of the answer.

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

impl World {
    /// Who answers `name` at `location` at `at` (CF-1 to CF-3, CF-7, CF-16, CF-17).
    ///
    /// An exact alias beats a wildcard, the longer wildcard the shorter; a disabled distribution swallows what it
    /// lists; a certificate that does not cover the name ends the handshake.
    pub fn answer_at(&self, name: &str, location: usize, at: Millis) -> Answer {
        let mut best: Option<(usize, Millis, &str, bool, Option<&String>)> = None;
        for distribution in self.distributions.values() {
            let Some(version) = distribution.version_at(location, at) else { continue };
            let depth = if version.aliases.contains(name) {
                Some(usize::MAX)
            } else {
                let labels = |alias: &&String| alias.split('.').count();
                version
                    .aliases
                    .iter()
                    .filter(|alias| wildcard_catches(alias, name))
                    .max_by_key(labels)
                    .map(|alias| alias.split('.').count())
            };
            let Some(depth) = depth else { continue };
            let since = version.arrivals.get(location).copied().unwrap_or(Millis::MIN);
            // Two exact owners at one location are two accepted changes on their way (CF-10): the later arrival wins.
            if best.is_none_or(|(deepest, latest, ..)| (depth, since) > (deepest, latest)) {
                best = Some((depth, since, &distribution.id, version.enabled, version.certificate.as_ref()));
            }
        }
        match best {
            None => Answer::Nobody("no distribution lists the name"),
            Some((.., false, _)) => Answer::Nobody("the distribution that lists the name is disabled"),
            Some((_, _, distribution, true, certificate)) => {
                if certificate.is_some_and(|arn| self.serves_tls(arn, name, at)) {
                    Answer::Served { distribution: distribution.to_owned(), certificate: certificate.cloned() }
                } else {
                    Answer::Nobody("the certificate served does not cover the name")
                }
            }
        }
    }

    fn serves_tls(&self, arn: &str, name: &str, at: Millis) -> bool {
        self.certificates.get(arn).is_some_and(|certificate| certificate.not_after > at && certified(&certificate.given.names, name))
    }

    /// Since when CloudFront blocks `name`: its DNS led to CloudFront and no distribution listed it, nor a wildcard
    /// above it, for longer than the rule allows (CF-20).
    pub fn blocked_since(&self, name: &str, until: Millis) -> Option<Millis> {
        let limit = Millis::from(self.rules.block_dangling_after_s) * 1000;
        let mut changes: Vec<Millis> =
            self.distributions.values().flat_map(|d| d.versions.iter().map(|v| v.accepted)).filter(|at| *at < until).collect();
        changes.push(self.start);
        changes.sort_unstable();
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

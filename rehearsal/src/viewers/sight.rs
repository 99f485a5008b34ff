//! Who serves one alias anywhere and at any moment, looked up instead of worked out anew: what does not depend on the
//! location is worked out once. Must agree with [`World::server`], which says it plainly.

use super::{Cast, Server, resolver_share};
use crate::world::distribution::{Distribution, Version};
use crate::world::dns::{Leads, routes_viewers};
use crate::world::names::{certified, wildcard_catches};
use crate::world::{Millis, World};
use std::cell::RefCell;
use std::collections::HashMap;

/// One alias, as viewers everywhere see it.
pub(super) struct Sight<'w> {
    world: &'w World,
    alias: &'w str,
    distributions: Vec<Candidate<'w>>,
    /// Whether DNS leads to CloudFront, by which of all changes of record sets are seen, and where: nothing else moves it.
    led: RefCell<HashMap<(usize, Vec<bool>), bool>>,
    /// Whether the world has a routed name: what that answers depends on the location too.
    routed: bool,
    /// Where a tenant is among them, what its distribution is like at each location matters too: then nothing is looked up.
    by_tenant: Option<Cast>,
}

/// One location of a [`Sight`].
pub(super) struct Spot<'s, 'w> {
    sight: &'s Sight<'w>,
    location: usize,
    share: f64,
    /// When each change of any record set is seen here, always in the same order.
    dns_changes: Vec<Millis>,
}

/// A distribution that has, or had, the alias or a wildcard above it.
struct Candidate<'w> {
    server: Server,
    versions: Vec<(&'w Version, Option<Claim>)>,
}

/// What a version makes of the alias.
#[derive(Clone, Copy)]
struct Claim {
    /// Labels of the wildcard, or the most there can be.
    depth: usize,
    /// Until when it can serve the name; `None` where it never can.
    serves_until: Option<Millis>,
}

impl<'w> Sight<'w> {
    pub(super) fn new(world: &'w World, cast: &Cast, alias: &'w str) -> Self {
        let candidate = |distribution: &'w Distribution| Candidate {
            server: match &distribution.id {
                id if *id == cast.source => Server::Source,
                id if *id == cast.target => Server::Target,
                _ => Server::Other,
            },
            versions: distribution.versions.iter().map(|version| (version, claim(world, version, alias))).collect(),
        };
        let claims = |candidate: &Candidate<'_>| candidate.versions.iter().any(|(_, claim)| claim.is_some());
        let mut states = world.zones.values().flat_map(|zone| zone.names.values()).flatten();
        let routed = states.any(|state| state.sets.iter().any(|set| set.set_identifier.is_some() && routes_viewers(set)));
        let distributions: Vec<(&Distribution, Candidate<'w>)> =
            world.distributions.values().map(|found| (found, candidate(found))).filter(|(_, found)| claims(found)).collect();
        let by_tenant = distributions.iter().any(|(found, _)| found.tenant_of.is_some()).then(|| cast.clone());
        let distributions = distributions.into_iter().map(|(_, candidate)| candidate).collect();
        Self { world, alias, distributions, led: RefCell::default(), routed, by_tenant }
    }

    pub(super) fn at(&self, location: usize) -> Spot<'_, 'w> {
        let share = resolver_share(location, self.world.input.edge.locations);
        let dns_changes = self.world.zones.values().flat_map(|zone| self.world.dns_changes(&zone.name, share)).collect();
        Spot { sight: self, location, share, dns_changes }
    }

    fn leads_to_cloudfront(&self, spot: &Spot<'_, '_>, at: Millis) -> bool {
        let seen = spot.dns_changes.iter().map(|change| *change <= at).collect();
        let work_out = || matches!(self.world.leads(self.alias, spot.share, spot.location, at), Leads::ToCloudFront(_));
        *self.led.borrow_mut().entry((if self.routed { spot.location } else { 0 }, seen)).or_insert_with(work_out)
    }

    /// As [`World::answer_at`] (CF-2, CF-7, CF-10).
    fn answers(&self, location: usize, at: Millis) -> Server {
        if let Some(cast) = &self.by_tenant {
            return cast.server(&self.world.answer_at(self.alias, location, at));
        }
        let mut best: Option<(usize, Millis, Server, Option<Millis>)> = None;
        for Candidate { server, versions } in &self.distributions {
            let there = versions.iter().rev().filter_map(|(version, claim)| Some((*version.arrivals.get(location)?, claim)));
            let Some((since, Some(claim))) = there.into_iter().find(|(arrival, _)| *arrival <= at) else { continue };
            if best.is_none_or(|(deepest, latest, ..)| (claim.depth, since) > (deepest, latest)) {
                best = Some((claim.depth, since, *server, claim.serves_until));
            }
        }
        match best {
            Some((.., server, Some(until))) if until > at => server,
            _ => Server::Nobody,
        }
    }
}

impl Spot<'_, '_> {
    /// Who serves viewers here at `at`.
    pub(super) fn server(&self, at: Millis) -> Server {
        if self.sight.leads_to_cloudfront(self, at) { self.sight.answers(self.location, at) } else { Server::Nobody }
    }
}

fn claim(world: &World, version: &Version, alias: &str) -> Option<Claim> {
    let labels = |alias: &String| alias.split('.').count();
    let wildcards = version.aliases.iter().filter(|listed| wildcard_catches(listed, alias));
    let depth = if version.aliases.contains(alias) { Some(usize::MAX) } else { wildcards.map(labels).max() };
    let certificate = version.certificate.as_ref().filter(|_| version.enabled).and_then(|arn| world.certificates.get(arn));
    let covering = certificate.filter(|certificate| certified(&certificate.given.names, alias));
    depth.map(|depth| Claim { depth, serves_until: covering.map(|certificate| certificate.not_after) })
}

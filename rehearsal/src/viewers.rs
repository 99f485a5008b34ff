//! The viewers: one request a second at every location, for every alias of the request. Nobody is sampled:
//! who answers at a location changes at known moments only, so outage is added up exactly. Must not know what
//! the cutover meant to do.

mod sight;

use crate::world::dns::Leads;
use crate::world::edge::{Answer, Reused};
use crate::world::names::normal;
use crate::world::{Millis, World};
use serde::Serialize;
use sight::Sight;
use std::collections::BTreeMap;

/// What viewers met.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Viewers {
    /// One a second, location and alias.
    pub requests: u64,
    /// Answered by the source.
    pub by_source: u64,
    /// Answered by the target.
    pub by_target: u64,
    /// Answered by another distribution.
    pub by_other: u64,
    /// Answered by nobody.
    pub unserved: u64,
    /// Mean over locations and aliases.
    pub outage_seconds_mean: f64,
    /// The worst location and alias.
    pub outage_seconds_worst: f64,
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The source.
    Source,
    /// The target.
    Target,
    /// Another distribution.
    Other,
    /// Nobody.
    Nobody,
}

impl Server {
    /// Its place in a list of source, target, others and nobody.
    fn of<T>(self, [source, target, other, nobody]: &mut [T; 4]) -> &mut T {
        match self {
            Server::Source => source,
            Server::Target => target,
            Server::Other => other,
            Server::Nobody => nobody,
        }
    }
}

/// The roles that a request gives to distributions, read from its JSON.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    /// The names that viewers ask for.
    pub aliases: Vec<String>,
    /// Where they were.
    pub source: String,
    /// Where they go.
    pub target: String,
}

impl Cast {
    /// From a request as it is written.
    pub fn of(request: &serde_json::Value) -> Self {
        let at = |key: &str, kind: &str| request.pointer(&format!("/{key}/{kind}")).and_then(|id| id.as_str());
        let id = |key: &str| at(key, "distribution").or_else(|| at(key, "distributionTenant")).unwrap_or_default().to_owned();
        let aliases = request.get("aliases").and_then(|list| list.as_array());
        let names = aliases.into_iter().flatten().filter_map(|name| name.as_str()).map(asked_as);
        Self { aliases: names.collect(), source: id("source"), target: id("target") }
    }

    /// The same in `world`, where the source of a request that names none is whoever listed its first alias at the start.
    pub fn in_world(request: &serde_json::Value, world: &World) -> Self {
        let mut cast = Self::of(request);
        let lists = |alias: &String| {
            let mut others = world.distributions.iter().filter(|(id, _)| **id != cast.target);
            others
                .find(|(_, found)| found.versions.first().is_some_and(|version| version.aliases.contains(alias)))
                .map(|(id, _)| id.clone())
        };
        if cast.source.is_empty() {
            cast.source = cast.aliases.first().and_then(lists).unwrap_or_default();
        }
        cast.aliases = cast.aliases.iter().flat_map(|alias| asked_below(alias, world)).collect();
        cast
    }
}

/// A name as viewers ask for it: a browser sends `xn--bcher-kva` where somebody writes `bücher`.
fn asked_as(name: &str) -> String {
    let name = normal(name);
    if name.is_ascii() { name } else { idna::domain_to_ascii(&name).unwrap_or(name) }
}

/// Nobody asks for `*.foo.com`: viewers of a wildcard ask for the names below it that have record sets of their own, and
/// for any other one where the wildcard itself has some.
fn asked_below(alias: &str, world: &World) -> Vec<String> {
    let Some(suffix) = alias.strip_prefix('*') else { return vec![alias.to_owned()] };
    let reached = |name: &&String| matches!(world.leads(name, 0.0, 0, world.start), Leads::ToCloudFront(_));
    let names = world.zones.values().flat_map(|zone| zone.names.keys());
    let mut asked: Vec<String> = names.filter(|name| name.ends_with(suffix)).filter(reached).cloned().collect();
    if asked.is_empty() {
        asked.push(alias.to_owned());
    }
    asked
}

impl Cast {
    /// Whose answer this is.
    fn server(&self, answer: &Answer) -> Server {
        match answer {
            Answer::Served { distribution, .. } if *distribution == self.source => Server::Source,
            Answer::Served { distribution, .. } if *distribution == self.target => Server::Target,
            Answer::Served { .. } => Server::Other,
            Answer::Nobody(_) => Server::Nobody,
        }
    }
}

/// Where in its TTL the resolver of a location is when a change is in sync: spread evenly.
fn resolver_share(location: usize, locations: usize) -> f64 {
    location as f64 / locations.max(1) as f64
}

impl World {
    /// Who serves viewers of `alias` at `location` at `at`, worked out from nothing. Whoever asks for many places or
    /// moments has it looked up instead; a claim holds the two together.
    pub fn server(&self, cast: &Cast, alias: &str, location: usize, at: Millis) -> Server {
        let share = resolver_share(location, self.input.edge.locations);
        if !matches!(self.leads(alias, share, location, at), Leads::ToCloudFront(_)) {
            return Server::Nobody;
        }
        cast.server(&self.answer_at(alias, location, at))
    }

    /// Who serves a viewer of `alias` at `location` at `at` who still has a connection that was opened for `sni` at
    /// `opened`. A 421 sends the viewer to a connection of its own, so it counts as served by whoever answers there
    /// (U-28).
    pub fn server_on_connection(&self, cast: &Cast, sni: &str, opened: Millis, alias: &str, location: usize, at: Millis) -> Server {
        match self.answer_on_connection(sni, opened, alias, location, at) {
            Reused::Answered(answer) => cast.server(&answer),
            Reused::Misdirected => self.server(cast, alias, location, at),
        }
    }

    /// The share of locations served by source, target, others and nobody at `at`, in percent, over all aliases.
    pub fn shares(&self, cast: &Cast, at: Millis) -> [f64; 4] {
        let mut counts = [0_u32; 4];
        for alias in &cast.aliases {
            let sight = Sight::new(self, cast, alias);
            for location in 0..self.input.edge.locations {
                *sight.at(location).server(at).of(&mut counts) += 1;
            }
        }
        let all = f64::from(counts.iter().sum::<u32>()).max(1.0);
        counts.map(|count| f64::from(count) * 100.0 / all)
    }

    /// Who serves from when on, exactly: the shares of source, target, others and nobody in percent, over all aliases
    /// and locations, at every moment until `end` at which one of them changes.
    pub fn shares_over_time(&self, cast: &Cast, end: Millis) -> Vec<(Millis, [f64; 4])> {
        let mut changes: BTreeMap<Millis, [i64; 4]> = BTreeMap::new();
        for alias in &cast.aliases {
            let (sight, blocked) = (Sight::new(self, cast, alias), self.blocked_since(alias, end));
            for location in 0..self.input.edge.locations {
                for (from, until, server) in self.turns(&sight, alias, location, end, blocked) {
                    *server.of(changes.entry(from).or_default()) += 1;
                    *server.of(changes.entry(until).or_default()) -= 1;
                }
            }
        }
        let all = (cast.aliases.len() * self.input.edge.locations).max(1) as f64;
        let mut counts = [0_i64; 4];
        let mut shares: Vec<(Millis, [f64; 4])> = vec![];
        for (at, change) in changes.into_iter().filter(|(at, _)| *at < end) {
            counts.iter_mut().zip(change).for_each(|(count, change)| *count += change);
            let now = counts.map(|count| count as f64 * 100.0 / all);
            if shares.last().is_none_or(|(_, before)| *before != now) {
                shares.push((at, now));
            }
        }
        shares
    }

    /// What viewers met from the beginning until `end`.
    pub fn viewers(&self, cast: &Cast, end: Millis) -> Viewers {
        let mut totals = [0_i64; 4];
        let mut worst = 0;
        for alias in &cast.aliases {
            let (sight, blocked) = (Sight::new(self, cast, alias), self.blocked_since(alias, end));
            for location in 0..self.input.edge.locations {
                let mut served = [0_i64; 4];
                for (from, until, server) in self.turns(&sight, alias, location, end, blocked) {
                    *server.of(&mut served) += until - from;
                }
                totals.iter_mut().zip(served).for_each(|(total, millis)| *total += millis);
                worst = worst.max(*Server::Nobody.of(&mut served));
            }
        }
        let [source, target, other, nobody] = totals;
        let places = (cast.aliases.len() * self.input.edge.locations).max(1);
        let requests = |millis: Millis| u64::try_from(millis.div_euclid(1000)).unwrap_or(0);
        // Any time without an answer is somebody's request.
        let unserved = u64::try_from((nobody + 999).div_euclid(1000)).unwrap_or(0);
        Viewers {
            requests: requests(source) + requests(target) + requests(other) + unserved,
            by_source: requests(source),
            by_target: requests(target),
            by_other: requests(other),
            unserved,
            outage_seconds_mean: nobody as f64 / 1000.0 / places as f64,
            outage_seconds_worst: worst as f64 / 1000.0,
        }
    }

    /// Who serves viewers of `alias` at `location`, from when until when, in order and without a hole.
    fn turns(
        &self,
        sight: &Sight<'_>,
        alias: &str,
        location: usize,
        end: Millis,
        blocked: Option<Millis>,
    ) -> Vec<(Millis, Millis, Server)> {
        let share = resolver_share(location, self.input.edge.locations);
        let (spot, gaps) = (sight.at(location), self.fallback_gaps(alias, location, end));
        let mut moments: Vec<Millis> = vec![self.start, end];
        moments.extend(self.distributions.values().flat_map(|d| &d.versions).filter_map(|version| version.arrivals.get(location).copied()));
        moments.extend(self.dns_changes(alias, share));
        moments.extend(self.certificates.values().map(|certificate| certificate.not_after));
        moments.extend(blocked);
        moments.extend(gaps.iter().flat_map(|(from, until)| [*from, *until]));
        moments.retain(|moment| (self.start..=end).contains(moment));
        moments.sort_unstable();
        moments.dedup();
        let unanswered =
            |at: Millis| blocked.is_some_and(|blocked| at >= blocked) || gaps.iter().any(|(from, until)| (*from..*until).contains(&at));
        let mut turns = vec![];
        for pair in moments.windows(2) {
            let [from, until] = pair else { continue };
            let server = if unanswered(*from) { Server::Nobody } else { spot.server(*from) };
            turns.push((*from, *until, server));
        }
        turns
    }

    /// U-5: where an exact name leaves a location and a wildcard takes over, the location answers nothing for a
    /// moment.
    fn fallback_gaps(&self, alias: &str, location: usize, end: Millis) -> Vec<(Millis, Millis)> {
        let gap = Millis::from(self.rules.wildcard_fallback_gap_ms);
        let mut gaps = vec![];
        if gap == 0 {
            return gaps;
        }
        let exact = |version: &crate::world::distribution::Version| version.aliases.contains(alias);
        for distribution in self.distributions.values() {
            for pair in distribution.versions.windows(2) {
                let [before, after] = pair else { continue };
                let Some(arrival) = after.arrivals.get(location).copied().filter(|arrival| *arrival < end) else { continue };
                let still_exact = self.distributions.values().any(|other| other.version_at(location, arrival).is_some_and(exact));
                if exact(before)
                    && !exact(after)
                    && !still_exact
                    && matches!(self.answer_at(alias, location, arrival), Answer::Served { .. })
                {
                    gaps.push((arrival, end.min(arrival + gap)));
                }
            }
        }
        gaps
    }
}

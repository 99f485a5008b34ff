//! Public DNS as somebody sees it who asks the name servers themselves: which zone holds a name, and what each of its
//! servers answers while a change spreads. Must not know who asks, or why.

use super::dns::{ALIAS_TTL_SECONDS, NameState, synthesized};
use super::input::RecordInput;
use super::names::normal;
use super::{Millis, World};
use crate::service::cloudfront_update::text_of;

/// Kinds that lead viewers.
const LEADING: [&str; 4] = ["CNAME", "A", "AAAA", "HTTPS"];
/// What an alias record set answers: addresses of the edge, the same for every distribution, for the real ones tell as
/// little about which it is.
const EDGE: [(&str, &str); 3] = [("A", "192.0.2.1"), ("AAAA", "2001:db8::1"), ("HTTPS", "1 . alpn=h2")];

/// What one server answers for one kind of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// `CNAME`, `A`, `AAAA` or `HTTPS`.
    pub kind: &'static str,
    /// Seconds.
    pub ttl: u32,
    /// Sorted; names in lower case without final dot.
    pub values: Vec<String>,
}

/// When server `server` of `servers` has a change: one after the other, the last when it is in sync (R53-2).
fn at_server(state: &NameState, server: usize, servers: usize) -> Millis {
    let share = |part: usize| Millis::try_from(part).unwrap_or(1);
    state.accepted + (state.in_sync - state.accepted) * share(server + 1) / share(servers.max(1))
}

/// What the sets of a name answer `asker` for `kind`: of a routed name one member.
fn answered(world: &World, name: &str, sets: &[RecordInput], kind: &'static str, asker: &str) -> Option<Answered> {
    let of_kind: Vec<&RecordInput> = sets.iter().filter(|set| set.kind == kind).collect();
    let set = world.chosen(name, &of_kind, asker)?;
    let mut values = values(world, set);
    values.sort();
    (!values.is_empty()).then_some(Answered { kind, ttl: set.ttl.unwrap_or(ALIAS_TTL_SECONDS), values })
}

fn values(world: &World, set: &RecordInput) -> Vec<String> {
    match &set.alias_target {
        Some(target) => {
            let target = normal(target);
            let found = world.distributions.values().find(|distribution| distribution.domain_name == target);
            let version_six = found.is_none_or(|found| text_of(&found.config, "IsIPV6Enabled") != "false");
            let answers = EDGE.iter().filter(|(kind, _)| *kind == set.kind && (*kind != "AAAA" || version_six));
            answers.map(|(_, value)| (*value).to_owned()).collect()
        }
        None if set.kind == "CNAME" => set.values.iter().map(|value| normal(value)).collect(),
        None => set.values.clone(),
    }
}

impl World {
    /// The zone of public DNS that holds `name`, and its name servers.
    pub fn public_zone(&self, name: &str) -> Option<(String, Vec<String>)> {
        let zone = self.zone_of(&normal(name))?;
        let mut servers = zone.servers.clone();
        servers.sort();
        Some((zone.name.clone(), servers))
    }

    /// What each authoritative server of the public zone that holds `name` finds there at `at`, made of the sets by
    /// `answer`, which is told the server; nothing where there are none. Empty where the world has no such zone.
    pub fn by_server<T: Default>(&self, name: &str, at: Millis, answer: impl Fn(&str, &[RecordInput]) -> T) -> Vec<(String, T)> {
        let name = normal(name);
        let Some(zone) = self.zone_of(&name) else { return vec![] };
        let servers = &zone.servers;
        let count = servers.len();
        let of_server = |(server, called): (usize, &String)| {
            let has = |state: &&NameState| at_server(state, server, count) <= at;
            let of = |name: &str| {
                let state = zone.names.get(name)?.iter().rev().find(has)?;
                (!state.sets.is_empty()).then(|| answer(called, &state.sets))
            };
            (called.clone(), synthesized(zone, &name, of).unwrap_or_default())
        };
        servers.iter().enumerate().map(of_server).collect()
    }

    /// What each authoritative server answers for the records that lead viewers of `name`.
    pub fn records_by_server(&self, name: &str, at: Millis) -> Vec<(String, Vec<Answered>)> {
        self.by_server(name, at, |server, sets| {
            // Somebody else asks each time, so that a routed name answers now this, now that.
            let asker = format!("{server}/{at}");
            LEADING.into_iter().filter_map(|kind| answered(self, &normal(name), sets, kind, &asker)).collect()
        })
    }
}

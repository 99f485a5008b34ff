//! Whether the zones of a world can exist. Each contradiction is named; nothing is mended. Must not know what will
//! happen in them.

use super::input::{ActorInput, RecordInput, WorldInput};
use super::names::normal;
use super::routing::{mixed, policies};
use std::collections::{BTreeMap, BTreeSet};

/// Elements that a record set may carry beyond its keys (W-7).
pub const EXTRA: [&str; 3] = ["TrafficPolicyInstanceId", "CidrRoutingConfig", "GeoProximityLocation"];

pub(super) fn zones(world: &WorldInput, accounts: &BTreeSet<&str>) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    let mut delegated = BTreeSet::new();
    for zone in &world.hosted_zones {
        if !zone.id.starts_with('Z') || !ids.insert(zone.id.as_str()) {
            return Err(format!("hosted zone {:?} is no id, or is written twice", zone.id));
        }
        if !accounts.contains(zone.account.as_str()) {
            return Err(format!("hosted zone {}: account {} is not in the world", zone.id, zone.account));
        }
        if zone.delegated == Some(true) && (zone.private || !delegated.insert(normal(&zone.name))) {
            return Err(format!("hosted zone {}: a private zone is not delegated, nor a second one named {} (R53-13)", zone.id, zone.name));
        }
        let of = format!("hosted zone {}", zone.id);
        servers(&of, &zone.name, zone.name_servers.as_deref(), &zone.records)?;
        records(&of, &zone.name, &zone.records)?;
    }
    Ok(())
}

pub(super) fn external_zones(world: &WorldInput) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for zone in &world.external_zones {
        let (of, name) = (format!("external zone {}", zone.name), normal(&zone.name));
        let also = world.hosted_zones.iter().find(|hosted| hosted.delegated == Some(true) && normal(&hosted.name) == name);
        if let Some(also) = also {
            return Err(format!("{of}: hosted zone {} says that it is the delegated one; only one can be (R53-13)", also.id));
        }
        if name.is_empty() || !names.insert(name) {
            return Err(format!("{of} has no name, or is written twice"));
        }
        servers(&of, &zone.name, zone.name_servers.as_deref(), &zone.records)?;
        records(&of, &zone.name, &zone.records)?;
    }
    Ok(())
}

/// A zone says once who its name servers are.
fn servers(of: &str, zone: &str, given: Option<&[String]>, records: &[RecordInput]) -> Result<(), String> {
    let written = records.iter().find(|record| record.kind == "NS" && normal(&record.name) == normal(zone));
    let set = |values: &[String]| -> BTreeSet<String> { values.iter().map(|value| normal(value)).collect() };
    let (given, written) = (given.map(set), written.map(|record| set(&record.values)));
    if given.as_ref().or(written.as_ref()).is_some_and(BTreeSet::is_empty) {
        return Err(format!("{of} has no name servers"));
    }
    if given.is_some() && written.is_some() && given != written {
        return Err(format!("{of}: nameServers and its NS set say different things"));
    }
    Ok(())
}

fn below(name: &str, zone: &str) -> bool {
    name == zone || name.ends_with(&format!(".{zone}"))
}

fn records(of: &str, zone: &str, records: &[RecordInput]) -> Result<(), String> {
    let apex = normal(zone);
    let mut keys = BTreeSet::new();
    let mut names: BTreeMap<String, Vec<RecordInput>> = BTreeMap::new();
    for record in records {
        let name = normal(&record.name);
        let called = format!("record {} {}", record.name, record.kind);
        if !below(&name, &apex) {
            return Err(format!("{of}: record {} is not below {zone}", record.name));
        }
        if record.alias_target.is_some() != record.values.is_empty() {
            return Err(format!("{called}: exactly one of aliasTarget and values is needed (R53-10)"));
        }
        if record.alias_target.is_none() && record.ttl.is_none() {
            return Err(format!("{called}: a ttl is needed"));
        }
        if !keys.insert((name.clone(), &record.kind, &record.set_identifier)) {
            return Err(format!("{of}: {called} is written twice"));
        }
        carries(record).map_err(|why| format!("{called}: {why}"))?;
        let sets = names.entry(name).or_default();
        if let Some(why) = mixed(sets, record) {
            return Err(format!("{of}: {why}"));
        }
        sets.push(record.clone());
    }
    for (name, sets) in names {
        let kinds: BTreeSet<&str> = sets.iter().map(|set| set.kind.as_str()).collect();
        if kinds.contains("CNAME") && (kinds.len() > 1 || name == apex) {
            return Err(format!("{of}: a CNAME at {name} excludes all other types, and is not possible at the apex (R53-6)"));
        }
    }
    Ok(())
}

/// A member of a routed name has an identifier and one policy, and its XML holds what a set may carry.
fn carries(record: &RecordInput) -> Result<(), String> {
    let extra = format!("<x>{}</x>", record.extra_xml.as_deref().unwrap_or_default());
    let document = roxmltree::Document::parse(&extra).map_err(|error| format!("extraXml: {error}"))?;
    let known = |node: roxmltree::Node<'_, '_>| node.is_element() && EXTRA.contains(&node.tag_name().name());
    if let Some(odd) = document.root_element().children().find(|node| !known(*node)) {
        return Err(format!("extraXml: {:?} is none of {}", odd.tag_name().name(), EXTRA.join(", ")));
    }
    let policies = policies(record);
    if record.set_identifier.is_some() != (policies.len() == 1) || policies.len() > 1 {
        let found = if policies.is_empty() { "none".to_owned() } else { policies.join(" and ") };
        return Err(format!("a setIdentifier needs exactly one routing policy, and a policy an identifier; found {found} (R53-7)"));
    }
    Ok(())
}

/// Whether the record that an actor changes is in a zone of the world.
pub(super) fn changed_record(world: &WorldInput, actor: &ActorInput) -> Result<(), String> {
    let hosted = actor.hosted_zone.as_ref().map(|id| {
        let found = world.hosted_zones.iter().find(|zone| zone.id == *id);
        found.map(|zone| &zone.name).ok_or_else(|| format!("hosted zone {id} is not in the world"))
    });
    let external = actor.external_zone.as_ref().map(|name| {
        let found = world.external_zones.iter().find(|zone| normal(&zone.name) == normal(name));
        found.map(|zone| &zone.name).ok_or_else(|| format!("external zone {name} is not in the world"))
    });
    let (Some(zone), Some(record)) = (hosted.or(external).transpose()?, &actor.record) else { return Ok(()) };
    if !below(&normal(&record.name), &normal(zone)) {
        return Err(format!("record {} is not below {zone}", record.name));
    }
    carries(record)
}

//! The world at the end, in the form in which it was given: what did not change is printed exactly as it was.
//! Must not know why anything changed.

use super::distribution::Distribution;
use super::dns::{NameState, Zone, external_id};
use super::input::RecordInput;
use super::names::normal;
use super::registry::TABLE_KEYS;
use super::{Millis, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl World {
    /// The world at `now`.
    pub fn print(&self, now: Millis) -> Value {
        let mut world = self.given.clone();
        if let (Some(given), Ok(now)) = (world.get_mut("now"), jiff::Timestamp::from_millisecond(now)) {
            *given = json!(now);
        }
        for given in list(&mut world, "distributions") {
            let id = given.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(distribution) = self.distributions.get(&id) {
                print_distribution(given, distribution, now);
            }
        }
        for given in list(&mut world, "tenants") {
            let id = given.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(tenant) = self.distributions.get(&id) {
                print_names(given, tenant, "domains");
                print_status(given, tenant, now);
            }
        }
        for given in list(&mut world, "hostedZones") {
            let id = given.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(zone) = self.zones.get(&id) {
                print_zone(given, zone);
            }
        }
        for given in list(&mut world, "externalZones") {
            let name = given.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(zone) = self.zones.get(&external_id(&name)) {
                print_zone(given, zone);
            }
        }
        let items = Value::Array(self.registry.items());
        let given = world.get("registry").cloned().unwrap_or_else(|| json!([]));
        if !same_items(&given, &items) {
            put(&mut world, "registry", items);
        }
        world
    }
}

/// Whether two lists hold the same items, in whatever order.
fn same_items(one: &Value, other: &Value) -> bool {
    let by_key = |items: &Value| {
        let mut items = items.as_array().cloned().unwrap_or_default();
        items.sort_by_key(|item| TABLE_KEYS.map(|name| item.get(name).map(Value::to_string)));
        items
    };
    by_key(one) == by_key(other)
}

fn list<'a>(world: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    world.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

fn put(given: &mut Value, key: &str, value: Value) {
    if let Some(object) = given.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn print_names(given: &mut Value, distribution: &Distribution, key: &str) {
    let before: BTreeSet<String> = distribution.given.aliases.iter().map(|alias| normal(alias)).collect();
    if let Some(newest) = distribution.newest().filter(|newest| newest.aliases != before) {
        put(given, key, json!(newest.aliases));
    }
}

fn print_distribution(given: &mut Value, distribution: &Distribution, now: Millis) {
    let Some(newest) = distribution.newest() else { return };
    print_names(given, distribution, "aliases");
    if distribution.given.enabled != newest.enabled {
        put(given, "enabled", json!(newest.enabled));
    }
    if distribution.given.service.is_none() && distribution.given.certificate_key() != newest.certificate.as_ref() {
        if let Some(object) = given.as_object_mut() {
            object.remove("iamCertificate");
            object.remove("iamCertificateNames");
        }
        put(given, "certificate", json!(newest.certificate));
    }
    print_status(given, distribution, now);
    let comment = crate::service::cloudfront_update::text_of(&distribution.config, "Comment");
    if comment != distribution.given.comment.clone().unwrap_or_default() {
        put(given, "comment", json!(comment));
    }
}

fn print_status(given: &mut Value, distribution: &Distribution, now: Millis) {
    if distribution.given.status != distribution.status(now) {
        put(given, "status", json!(distribution.status(now)));
    }
}

/// Names whose sets are as given keep their written form and place; the others are printed as they are.
fn print_zone(given: &mut Value, zone: &Zone) {
    let sets = |state: Option<&NameState>| {
        let mut sets: Vec<RecordInput> = state.iter().flat_map(|state| &state.sets).map(plain).collect();
        sets.sort_by(|left, right| (&left.kind, &left.set_identifier).cmp(&(&right.kind, &right.set_identifier)));
        sets
    };
    let differs = |(_, states): &(&String, &Vec<NameState>)| {
        let was_there = states.first().filter(|state| state.accepted == Millis::MIN);
        sets(was_there) != sets(states.last())
    };
    let changed: Vec<&String> = zone.names.iter().filter(differs).map(|(name, _)| name).collect();
    if changed.is_empty() {
        return;
    }
    if given.get("records").is_none() {
        put(given, "records", json!([]));
    }
    let Some(records) = given.get_mut("records").and_then(Value::as_array_mut) else { return };
    for name in changed {
        let same_name = |record: &Value| record.get("name").and_then(Value::as_str).map(normal).as_ref() == Some(name);
        let place = records.iter().position(same_name).unwrap_or(records.len());
        records.retain(|record| !same_name(record));
        let made_up = |set: &&RecordInput| ["SOA", "NS"].contains(&set.kind.as_str()) && !zone.given_kinds.contains(&set.kind);
        let now = zone.listed(name).iter().filter(|set| !made_up(set)).map(|set| serde_json::to_value(set).unwrap_or(Value::Null));
        let place = place.min(records.len());
        records.splice(place..place, now);
    }
}

/// A set without the freedom in how its names are written.
pub fn plain(set: &RecordInput) -> RecordInput {
    RecordInput { name: normal(&set.name), alias_target: set.alias_target.as_deref().map(normal), ..set.clone() }
}

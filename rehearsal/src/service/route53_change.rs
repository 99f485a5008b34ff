//! `ChangeResourceRecordSets` and its refusals (R53-1, R53-5, R53-6, R53-9, R53-10). Must not know what a
//! change is for.

use super::route53::{CLOUDFRONT_ZONE, change_info, find};
use crate::wire::{ROUTE53_NS, Reply, Request};
use crate::world::check_dns::EXTRA;
use crate::world::dns::Zone;
use crate::world::iam::Session;
use crate::world::input::RecordInput;
use crate::world::names::normal;
use crate::world::output::plain;
use crate::world::routing::{mixed, policies, wrong_together};
use crate::world::rules::BatchErrorForm;
use crate::world::txt::is_quoted;
use crate::world::{Millis, World};
use quick_xml::escape::escape;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;

/// Record elements in one batch.
const ELEMENTS_MAX: usize = 1000;
/// Characters of values in one batch.
const CHARACTERS_MAX: usize = 32_000;
/// Record sets in one zone.
const SETS_MAX: usize = 10_000;

struct Change {
    action: String,
    set: RecordInput,
}

pub(super) fn change_resource_record_sets(
    world: &mut World,
    session: &Session,
    request: &Request,
    id: &str,
    now: Millis,
) -> Result<Reply, Reply> {
    let zone = find(world, session, id)?;
    let body = request.text()?;
    let changes = parse(body)?;
    if let Some(complaint) = too_large(&changes) {
        return Err(invalid_batch(world, &[complaint]));
    }
    let mut names: BTreeMap<String, Vec<RecordInput>> = BTreeMap::new();
    let mut complaints = Vec::new();
    for change in &changes {
        let name = normal(&change.set.name);
        let sets = names.entry(name.clone()).or_insert_with(|| zone.listed(&name).to_vec());
        if name != zone.name && !name.ends_with(&format!(".{}", zone.name)) {
            complaints.push(format!("RRSet with DNS name {name}. is not permitted in zone {}.", zone.name));
            continue;
        }
        if let Err(complaint) = change_one(sets, change, &name) {
            complaints.push(complaint);
        }
    }
    complaints.extend(changes.iter().filter(|change| change.action != "DELETE").filter_map(|change| unquoted(&change.set)));
    for (name, sets) in &names {
        complaints.extend(conflict(name, sets, zone));
        complaints.extend(wrong_together(name, sets));
        complaints.extend(sets.iter().filter_map(|set| alias_refused(world, name, set)));
    }
    complaints.extend(too_full(zone, &names));
    if !complaints.is_empty() {
        return Err(invalid_batch(world, &complaints));
    }
    let in_sync = now + world.in_sync_lag();
    let change_id = world.new_id("C");
    if let Some(zone) = world.zones.get_mut(id) {
        for (name, sets) in names {
            zone.set(&name, sets, now, in_sync);
        }
        zone.changes.insert(change_id.clone(), (now, in_sync));
    }
    Ok(Reply::xml(format!(
        "<ChangeResourceRecordSetsResponse xmlns=\"{ROUTE53_NS}\">{}</ChangeResourceRecordSetsResponse>",
        change_info(&change_id, now, in_sync, now)
    )))
}

/// U-17: wrapped as any error, or a root of its own without a code.
fn invalid_batch(world: &World, complaints: &[String]) -> Reply {
    if world.rules.r53_batch_error_form == BatchErrorForm::Wrapped {
        return Reply::route53_error(400, "InvalidChangeBatch", &format!("[{}]", complaints.join(", ")));
    }
    let messages: String = complaints.iter().map(|complaint| format!("<Message>{}</Message>", escape(complaint.as_str()))).collect();
    let body =
        format!("<InvalidChangeBatch xmlns=\"{ROUTE53_NS}\"><Messages>{messages}</Messages><RequestId>0</RequestId></InvalidChangeBatch>");
    Reply::xml(body).with_status(400)
}

fn invalid_input(message: &str) -> Reply {
    Reply::route53_error(400, "InvalidInput", message)
}

fn parse(body: &str) -> Result<Vec<Change>, Reply> {
    let document = Document::parse(body).map_err(|error| invalid_input(&error.to_string()))?;
    let changes: Result<Vec<Change>, Reply> =
        document.descendants().filter(|node| node.tag_name().name() == "Change").map(parse_change).collect();
    let changes = changes?;
    if changes.is_empty() {
        return Err(invalid_input("The batch holds no change."));
    }
    Ok(changes)
}

/// an UPSERT counts twice.
fn too_large(changes: &[Change]) -> Option<String> {
    let times = |change: &Change| if change.action == "UPSERT" { 2 } else { 1 };
    let elements: usize = changes.iter().map(|change| change.set.values.len().max(1) * times(change)).sum();
    let characters: usize = changes.iter().map(|change| change.set.values.iter().map(String::len).sum::<usize>() * times(change)).sum();
    if elements > ELEMENTS_MAX {
        return Some(format!("Number of records limit of {ELEMENTS_MAX} exceeded."));
    }
    (characters > CHARACTERS_MAX).then(|| format!("RDATA character limit of {CHARACTERS_MAX} exceeded."))
}

/// a batch that makes a zone larger than it may be.
fn too_full(zone: &Zone, names: &BTreeMap<String, Vec<RecordInput>>) -> Option<String> {
    let before: usize = zone.names.values().filter_map(|states| states.last()).map(|state| state.sets.len()).sum();
    let leaving: usize = names.keys().map(|name| zone.listed(name).len()).sum();
    let coming: usize = names.values().map(Vec::len).sum();
    let after = before - leaving + coming;
    (after > SETS_MAX && after > before).then(|| format!("Exceeded limit MAX_RRSETS_BY_ZONE for zone: {}", zone.id))
}

fn parse_change(node: Node<'_, '_>) -> Result<Change, Reply> {
    let child = |node: Node<'_, '_>, name: &str| node.children().find(|child| child.tag_name().name() == name).map(|child| child.id());
    let get = |node: Node<'_, '_>, name: &str| -> Option<String> {
        let id = child(node, name)?;
        Some(node.document().get_node(id)?.text().unwrap_or_default().to_owned())
    };
    let action = get(node, "Action").unwrap_or_default();
    if !["CREATE", "DELETE", "UPSERT"].contains(&action.as_str()) {
        return Err(invalid_input("Action must be CREATE, DELETE or UPSERT."));
    }
    let set = child(node, "ResourceRecordSet")
        .and_then(|id| node.document().get_node(id))
        .ok_or_else(|| invalid_input("ResourceRecordSet is missing."))?;
    let target = set.children().find(|child| child.tag_name().name() == "AliasTarget");
    let alias_target = target.and_then(|target| get(target, "DNSName")).map(|name| normal(&name));
    let alias_zone = target.map(|target| get(target, "HostedZoneId").unwrap_or_default()).filter(|zone| zone != CLOUDFRONT_ZONE);
    let health = target.is_some_and(|target| get(target, "EvaluateTargetHealth").as_deref() == Some("true"));
    if alias_zone.is_some() && alias_target.as_ref().is_some_and(|target| target.ends_with(".cloudfront.net")) {
        return Err(invalid_input("The hosted zone id of the alias target is not CloudFront's."));
    }
    if health && alias_zone.is_none() {
        return Err(invalid_input("EvaluateTargetHealth must be false for an alias target of CloudFront."));
    }
    let values: Vec<String> =
        set.descendants().filter(|node| node.tag_name().name() == "Value").map(|node| node.text().unwrap_or_default().to_owned()).collect();
    let ttl = get(set, "TTL").and_then(|ttl| ttl.parse().ok());
    if target.is_some() == (ttl.is_some() && !values.is_empty()) {
        let message = "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none";
        return Err(invalid_input(message));
    }
    let record = RecordInput {
        name: normal(&get(set, "Name").unwrap_or_default()),
        kind: get(set, "Type").unwrap_or_default(),
        ttl,
        values,
        alias_target,
        alias_zone,
        evaluate_target_health: health.then_some(true),
        set_identifier: get(set, "SetIdentifier"),
        weight: get(set, "Weight").and_then(|weight| weight.parse().ok()),
        region: get(set, "Region"),
        failover: get(set, "Failover"),
        geo_location: set.children().find(|child| child.tag_name().name() == "GeoLocation").map(place),
        multi_value_answer: get(set, "MultiValueAnswer").map(|yes| yes == "true"),
        health_check_id: get(set, "HealthCheckId"),
        extra_xml: extra(set),
    };
    check_policy(&action, &record)?;
    Ok(Change { action, set: record })
}

/// As a world writes a place: `US`, `US-CA` or `continent:EU`.
fn place(geo: Node<'_, '_>) -> String {
    let code = |name: &str| {
        let child = geo.children().find(|child| child.tag_name().name() == name);
        child.and_then(|child| child.text()).map(str::to_owned)
    };
    match (code("ContinentCode"), code("CountryCode"), code("SubdivisionCode")) {
        (Some(continent), ..) => format!("continent:{continent}"),
        (None, country, Some(part)) => format!("{}-{part}", country.unwrap_or_default()),
        (None, country, None) => country.unwrap_or_default(),
    }
}

/// What a set carries that is only kept, as it was sent.
fn extra(set: Node<'_, '_>) -> Option<String> {
    let kept = set.children().filter(|child| EXTRA.contains(&child.tag_name().name()));
    let text: String = kept.filter_map(|child| set.document().input_text().get(child.range())).collect();
    (!text.is_empty()).then_some(text)
}

/// R53-7: a member of a routed name has an identifier and one policy.
fn check_policy(action: &str, set: &RecordInput) -> Result<(), Reply> {
    let identifier = set.set_identifier.as_deref();
    let of_change =
        format!("in Change with [Action={action}, Name={}., Type={}, SetIdentifier={}]", set.name, set.kind, identifier.unwrap_or("null"));
    match (policies(set).as_slice(), identifier) {
        ([], None) | ([_], Some(_)) => Ok(()),
        ([], Some(_)) => Err(invalid_input(&format!(
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none {of_change}"
        ))),
        ([_], None) => Err(invalid_input(&format!("Invalid request: Missing field 'SetIdentifier' {of_change}"))),
        (_, _) => Err(invalid_input(&format!(
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found more than one {of_change}"
        ))),
    }
}

fn same_key(left: &RecordInput, right: &RecordInput) -> bool {
    left.kind == right.kind && left.set_identifier == right.set_identifier
}

/// The same set but for the way its names are written.
fn same_set(left: &RecordInput, right: &RecordInput) -> bool {
    plain(left) == plain(right)
}

fn change_one(sets: &mut Vec<RecordInput>, change: &Change, name: &str) -> Result<(), String> {
    let kind = &change.set.kind;
    let place = sets.iter().position(|set| same_key(set, &change.set));
    match (change.action.as_str(), place) {
        ("CREATE", Some(_)) => Err(format!("Tried to create resource record set [name='{name}.', type='{kind}'] but it already exists")),
        ("DELETE", None) => Err(format!("Tried to delete resource record set [name='{name}.', type='{kind}'] but it was not found")),
        ("DELETE", Some(at)) if sets.get(at).is_some_and(|set| !same_set(set, &change.set)) => Err(format!(
            "Tried to delete resource record set [name='{name}.', type='{kind}'] but the values provided do not match the current values"
        )),
        ("DELETE", Some(at)) => {
            sets.remove(at);
            Ok(())
        }
        (_, at) => {
            if let Some(at) = at {
                sets.remove(at);
            }
            let refusal = mixed(sets, &change.set);
            sets.push(change.set.clone());
            refusal.map_or(Ok(()), Err)
        }
    }
}

/// R53-6. The text tells which of the two was there first.
fn conflict(name: &str, sets: &[RecordInput], zone: &Zone) -> Option<String> {
    let had_cname = zone.listed(name).iter().any(|set| set.kind == "CNAME");
    let zone = &zone.name;
    let cname = sets.iter().any(|set| set.kind == "CNAME");
    if cname && name == zone {
        return Some(format!("RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone {zone}."));
    }
    let other = sets.iter().find(|set| set.kind != "CNAME");
    match other {
        Some(_) if cname && !had_cname => Some(format!(
            "RRSet of type CNAME with DNS name {name}. is not permitted as it conflicts with other records with the same DNS name in zone {zone}."
        )),
        Some(other) if cname => Some(format!(
            "RRSet of type {} with DNS name {name}. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone {zone}.",
            other.kind
        )),
        _ => None,
    }
}

/// TXT-4, R53-9.
fn unquoted(set: &RecordInput) -> Option<String> {
    let bad = set.values.iter().find(|value| set.kind == "TXT" && !is_quoted(value))?;
    Some(format!("InvalidCharacterString (Value should be enclosed in quotation marks) encountered with '{bad}'"))
}

/// U-19: the target must list the name.
fn alias_refused(world: &World, name: &str, set: &RecordInput) -> Option<String> {
    let target = set.alias_target.as_deref().filter(|_| world.rules.r53_requires_alias_on_target && set.alias_zone.is_none())?;
    let lists = world.distributions.values().any(|distribution| distribution.domain_name == normal(target) && distribution.lists(name));
    let message = "that refers to an alias target which does not list the name";
    (!lists).then(|| format!("Tried to create an alias {message}: {name}. type {}, {}", set.kind, escape(target)))
}

//! Route 53's reads: hosted zones, record sets, a change. Must not know why it is asked.

use crate::wire::{ROUTE53_NS, Reply, Request};
use crate::world::dns::Zone;
use crate::world::iam::Session;
use crate::world::input::RecordInput;
use crate::world::names::{normal, reversed};
use crate::world::{Millis, World};
use quick_xml::escape::escape;

/// Sets in one page (R53-11).
const PAGE: usize = 300;
/// Hosted zones in one page (R53-13).
const ZONES_PAGE: usize = 100;
/// Hosted zone id that alias record sets to CloudFront name (R53-3).
pub(super) const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

pub(super) fn find<'a>(world: &'a World, session: &Session, id: &str) -> Result<&'a Zone, Reply> {
    let found = world.zones.get(id).filter(|zone| zone.account == session.account);
    found.ok_or_else(|| Reply::route53_error(404, "NoSuchHostedZone", &format!("No hosted zone found with ID: {id}")))
}

pub(super) fn get_hosted_zone(world: &World, session: &Session, id: &str) -> Result<Reply, Reply> {
    let zone = find(world, session, id)?;
    let server = |name: &String| format!("<NameServer>{}</NameServer>", escape(name.as_str()));
    let servers: String = zone.servers.iter().map(server).collect();
    // A private zone has none (API:GetHostedZone).
    let delegation = format!("<DelegationSet><NameServers>{servers}</NameServers></DelegationSet>");
    Ok(Reply::xml(format!(
        "<GetHostedZoneResponse xmlns=\"{ROUTE53_NS}\">{}{}</GetHostedZoneResponse>",
        hosted_zone_xml(zone),
        if zone.private { "" } else { &delegation },
    )))
}

fn hosted_zone_xml(zone: &Zone) -> String {
    let sets: usize = zone.names.values().filter_map(|states| states.last()).map(|state| state.sets.len()).sum();
    format!(
        "<HostedZone><Id>/hostedzone/{id}</Id><Name>{name}</Name><CallerReference>{id}</CallerReference>\
         <Config><PrivateZone>{private}</PrivateZone></Config><ResourceRecordSetCount>{sets}</ResourceRecordSetCount></HostedZone>",
        id = zone.id,
        name = wire_name(&zone.name),
        private = zone.private,
    )
}

/// The caller's zones by id, from the marker on, which is the first zone of its page (API:ListHostedZones). In which order
/// AWS lists them is nowhere written. A list that is narrowed is not simulated.
pub(super) fn list_hosted_zones(world: &World, session: &Session, request: &Request) -> Result<Reply, Reply> {
    let parameter = |name: &str| request.query.get(name).filter(|value| !value.is_empty());
    if let Some(narrowed) = ["delegationsetid", "hostedzonetype"].into_iter().find(|name| parameter(name).is_some()) {
        return Err(Reply::route53_error(400, "NotSimulated", &format!("A list that is narrowed by {narrowed} is not simulated.")));
    }
    let from = parameter("marker").map(|marker| marker.trim_start_matches("/hostedzone/"));
    let size = parameter("maxitems").and_then(|max| max.parse().ok()).unwrap_or(ZONES_PAGE).clamp(1, ZONES_PAGE);
    let own = world.zones.values().filter(|zone| zone.account == session.account);
    let zones: Vec<&Zone> = own.filter(|zone| from.is_none_or(|from| zone.id.as_str() >= from)).take(size + 1).collect();
    let shown: String = zones.iter().take(size).map(|zone| hosted_zone_xml(zone)).collect();
    let next = zones.get(size).map_or(String::new(), |zone| format!("<NextMarker>{}</NextMarker>", zone.id));
    Ok(Reply::xml(format!(
        "<ListHostedZonesResponse xmlns=\"{ROUTE53_NS}\"><HostedZones>{shown}</HostedZones><Marker>{}</Marker>\
         <IsTruncated>{}</IsTruncated>{next}<MaxItems>{size}</MaxItems></ListHostedZonesResponse>",
        escape(from.unwrap_or_default()),
        !next.is_empty(),
    )))
}

/// The caller's zones by labels from the right, then id; name and id are a starting point, not a filter (R53-13).
pub(super) fn list_hosted_zones_by_name(world: &World, session: &Session, request: &Request) -> Result<Reply, Reply> {
    let parameter = |name: &str| request.query.get(name).filter(|value| !value.is_empty());
    let (from_name, from_id) = (parameter("dnsname"), parameter("hostedzoneid").map(|id| id.trim_start_matches("/hostedzone/")));
    if from_id.is_some() && from_name.is_none() {
        return Err(Reply::route53_error(400, "InvalidInput", "The input is not valid: hostedzoneid was specified without dnsname."));
    }
    let size = parameter("maxitems").and_then(|max| max.parse().ok()).unwrap_or(ZONES_PAGE).clamp(1, ZONES_PAGE);
    let key = |zone: &Zone| (reversed(&zone.name.replace('*', "\\052")), zone.id.clone());
    let start = from_name.map(|name| (reversed(&normal(name).replace('*', "\\052")), from_id.unwrap_or_default().to_owned()));
    let own = world.zones.values().filter(|zone| zone.account == session.account);
    let mut zones: Vec<&Zone> = own.filter(|zone| start.as_ref().is_none_or(|start| key(zone) >= *start)).collect();
    zones.sort_by_key(|zone| key(zone));
    let shown: String = zones.iter().take(size).map(|zone| hosted_zone_xml(zone)).collect();
    let next = zones.get(size).map_or(String::new(), |zone| {
        format!("<NextDNSName>{}</NextDNSName><NextHostedZoneId>{}</NextHostedZoneId>", wire_name(&zone.name), zone.id)
    });
    let echo = |name: &str, value: Option<&str>| value.map_or(String::new(), |value| format!("<{name}>{}</{name}>", escape(value)));
    Ok(Reply::xml(format!(
        "<ListHostedZonesByNameResponse xmlns=\"{ROUTE53_NS}\"><HostedZones>{shown}</HostedZones>{}{}<IsTruncated>{}</IsTruncated>{next}\
         <MaxItems>{size}</MaxItems></ListHostedZonesByNameResponse>",
        echo("DNSName", from_name.map(String::as_str)),
        echo("HostedZoneId", from_id),
        !next.is_empty(),
    )))
}

/// Sorted by reversed labels, then type; `name` and `type` are a starting point, not a filter (R53-11).
pub(super) fn list_resource_record_sets(world: &World, session: &Session, request: &Request, id: &str) -> Result<Reply, Reply> {
    let zone = find(world, session, id)?;
    let parameter = |name: &str| request.query.get(name).cloned();
    let (from_name, from_type, from_identifier) = (parameter("name").map(|name| normal(&name)), parameter("type"), parameter("identifier"));
    if from_type.is_some() && from_name.is_none() {
        return Err(Reply::route53_error(400, "InvalidInput", "The input is not valid: type was specified without name."));
    }
    let page = parameter("maxitems").and_then(|max| max.parse().ok()).unwrap_or(PAGE).clamp(1, PAGE);
    let mut sets: Vec<(Vec<String>, &RecordInput)> =
        zone.names.keys().flat_map(|name| zone.listed(name).iter().map(|set| (reversed(&name.replace('*', "\\052")), set))).collect();
    sets.sort_by(|(left, a), (right, b)| (left, &a.kind, &a.set_identifier).cmp(&(right, &b.kind, &b.set_identifier)));
    let start = from_name.map(|name| (reversed(&name.replace('*', "\\052")), from_type.unwrap_or_default(), from_identifier));
    let reached = |(name, set): &&(Vec<String>, &RecordInput)| {
        start.as_ref().is_none_or(|(from, kind, identifier)| (name, &set.kind, &set.set_identifier) >= (from, kind, identifier))
    };
    let after = sets.iter().filter(reached);
    let rest: Vec<&RecordInput> = after.map(|(_, set)| *set).collect();
    let (shown, next) = (rest.iter().take(page), rest.get(page));
    let shown: String = shown.map(|set| record_set_xml(set)).collect();
    let next = next.map_or(String::new(), |set| {
        let (name, kind) = (wire_name(&set.name), escape(set.kind.as_str()));
        let identifier = set.set_identifier.as_deref().map(|id| format!("<NextRecordIdentifier>{}</NextRecordIdentifier>", escape(id)));
        format!("<NextRecordName>{name}</NextRecordName><NextRecordType>{kind}</NextRecordType>{}", identifier.unwrap_or_default())
    });
    Ok(Reply::xml(format!(
        "<ListResourceRecordSetsResponse xmlns=\"{ROUTE53_NS}\"><ResourceRecordSets>{shown}</ResourceRecordSets>\
         <IsTruncated>{}</IsTruncated>{next}<MaxItems>{page}</MaxItems></ListResourceRecordSetsResponse>",
        !next.is_empty()
    )))
}

/// With trailing dot, a star in octal (R53-12).
fn wire_name(name: &str) -> String {
    escape(format!("{}.", normal(name).replace('*', "\\052"))).into_owned()
}

/// W-7's order.
fn record_set_xml(set: &RecordInput) -> String {
    let optional =
        |name: &str, value: Option<String>| value.map_or(String::new(), |value| format!("<{name}>{}</{name}>", escape(value.as_str())));
    let geo = set.geo_location.as_deref().map_or(String::new(), geo_xml);
    let target = set.alias_target.as_ref().map_or(String::new(), |target| {
        format!(
            "<AliasTarget><HostedZoneId>{}</HostedZoneId><DNSName>{}</DNSName><EvaluateTargetHealth>{}</EvaluateTargetHealth></AliasTarget>",
            escape(set.alias_zone.as_deref().unwrap_or(CLOUDFRONT_ZONE)),
            wire_name(target),
            set.evaluate_target_health.unwrap_or(false),
        )
    });
    let values: String =
        set.values.iter().map(|value| format!("<ResourceRecord><Value>{}</Value></ResourceRecord>", escape(value.as_str()))).collect();
    let values = if values.is_empty() { values } else { format!("<ResourceRecords>{values}</ResourceRecords>") };
    [
        "<ResourceRecordSet>".to_owned(),
        format!("<Name>{}</Name><Type>{}</Type>", wire_name(&set.name), escape(set.kind.as_str())),
        optional("SetIdentifier", set.set_identifier.clone()),
        optional("Weight", set.weight.map(|weight| weight.to_string())),
        optional("Region", set.region.clone()),
        geo,
        optional("Failover", set.failover.clone()),
        optional("MultiValueAnswer", set.multi_value_answer.map(|yes| yes.to_string())),
        optional("TTL", set.ttl.map(|ttl| ttl.to_string())),
        values,
        target,
        optional("HealthCheckId", set.health_check_id.clone()),
        set.extra_xml.clone().unwrap_or_default(),
        "</ResourceRecordSet>".to_owned(),
    ]
    .concat()
}

/// `US`, `US-CA` or `continent:EU`.
fn geo_xml(place: &str) -> String {
    let element = |name: &str, code: &str| format!("<{name}>{}</{name}>", escape(code));
    let inner = match (place.strip_prefix("continent:"), place.split_once('-')) {
        (Some(continent), _) => element("ContinentCode", continent),
        (None, Some((country, part))) => element("CountryCode", country) + &element("SubdivisionCode", part),
        (None, None) => element("CountryCode", place),
    };
    format!("<GeoLocation>{inner}</GeoLocation>")
}

pub(super) fn get_change(world: &World, session: &Session, id: &str, now: Millis) -> Result<Reply, Reply> {
    let zones = world.zones.values().filter(|zone| zone.account == session.account);
    let found = zones.filter_map(|zone| zone.changes.get(id)).next();
    let missing = || Reply::route53_error(404, "NoSuchChange", &format!("A change with the specified change ID does not exist: {id}"));
    let (submitted, in_sync) = *found.ok_or_else(missing)?;
    Ok(Reply::xml(format!("<GetChangeResponse xmlns=\"{ROUTE53_NS}\">{}</GetChangeResponse>", change_info(id, submitted, in_sync, now))))
}

/// W-8.
pub(super) fn change_info(id: &str, submitted: Millis, in_sync: Millis, now: Millis) -> String {
    let status = if now >= in_sync { "INSYNC" } else { "PENDING" };
    let time = jiff::Timestamp::from_millisecond(submitted).map(|time| time.to_string()).unwrap_or_default();
    format!("<ChangeInfo><Id>/change/{id}</Id><Status>{status}</Status><SubmittedAt>{time}</SubmittedAt></ChangeInfo>")
}

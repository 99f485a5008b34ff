//! Reads hosted zones and the record sets in them that lead to CloudFront. Must not know whose alias is behind a name.

use super::Budget;
use super::member::{Member, patiently};
use crate::answer::{Answer, Failure};
use crate::record_sets::normal_name;
use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use cutover::error_name::ErrorName;
use cutover::ids::{AccountId, HostedZoneId, ZonePlace};
use cutover::name::Alias;
use cutover::registry::difference::Pointing;
use serde::{Deserialize, Serialize};

/// Zones in one page.
const ZONES_PAGE: i32 = 100;
/// Pages of zones of one account.
const ZONES_PAGES_MAX: usize = 1_000;
/// Record sets in one page (R53-11).
const SETS_PAGE: i32 = 300;
/// How the domain names of distributions and connection groups end.
const CLOUDFRONT: &str = ".cloudfront.net";

/// A public hosted zone.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    pub(super) place: ZonePlace,
    pub(super) name: String,
}

/// Where a page of record sets begins: also the part of a cursor that says where a zone's next round begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Start {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) identifier: Option<String>,
}

/// The public zones of an account, by id. A private one's names are seen by its networks alone.
pub(super) async fn public(member: &Member, account: &AccountId, budget: &Budget<'_>) -> Result<Vec<Zone>, Failure> {
    let client = member.route53();
    let (mut zones, mut marker): (Vec<Zone>, Option<String>) = (vec![], None);
    for _ in 0..ZONES_PAGES_MAX {
        let request = client.list_hosted_zones().max_items(ZONES_PAGE).set_marker(marker.take());
        let call = || async { request.clone().send().await.map_err(|error| Answer::of("route53:ListHostedZones", &error)) };
        let answer = patiently(budget.clock, call).await.map_err(|answer| answer.failure())?;
        for zone in answer.hosted_zones().iter().filter(|zone| !zone.config().is_some_and(|config| config.private_zone())) {
            // Replies put a prefix before the id (R53-15).
            let id = zone.id().rsplit('/').next().unwrap_or_default();
            let Ok(hosted_zone) = HostedZoneId::parse(id) else { continue };
            zones.push(Zone { place: ZonePlace { account: account.clone(), hosted_zone }, name: normal_name(zone.name()) });
        }
        marker = answer.next_marker().filter(|_| answer.is_truncated()).map(str::to_owned);
        if marker.is_none() {
            zones.sort_by(|left, right| left.place.hosted_zone.cmp(&right.place.hosted_zone));
            return Ok(zones);
        }
    }
    let text = format!("route53:ListHostedZones of account {account} has more than {ZONES_PAGES_MAX} pages");
    Err(Failure::new(ErrorName::UnknownAnswer, text))
}

/// The names of one page that lead to CloudFront, each once, and where the next page begins.
pub(super) async fn pointing(
    client: &aws_sdk_route53::Client,
    zone: &Zone,
    start: Option<Start>,
    budget: &Budget<'_>,
) -> Result<(Vec<Pointing>, Option<Start>), Failure> {
    let mut request = client.list_resource_record_sets().hosted_zone_id(zone.place.hosted_zone.as_str()).max_items(SETS_PAGE);
    if let Some(start) = start {
        request = request.start_record_name(start.name).start_record_type(RrType::from(start.kind.as_str()));
        request = request.set_start_record_identifier(start.identifier);
    }
    let call = || async { request.clone().send().await.map_err(|error| Answer::of("route53:ListResourceRecordSets", &error)) };
    let answer = patiently(budget.clock, call).await.map_err(|answer| answer.failure())?;
    let mut found: Vec<Pointing> = Vec::new();
    for set in answer.resource_record_sets() {
        let Some(points_at) = leads_to_cloudfront(set) else { continue };
        let Ok(alias) = Alias::parse(&normal_name(set.name())) else { continue };
        if found.last().is_none_or(|last| last.alias != alias) {
            found.push(Pointing { alias, zone: zone.place.clone(), zone_name: zone.name.clone(), points_at });
        }
    }
    let next = answer.next_record_name().filter(|_| answer.is_truncated()).map(|name| Start {
        name: name.to_owned(),
        kind: answer.next_record_type().map_or(String::new(), |kind| kind.as_str().to_owned()),
        identifier: answer.next_record_identifier().map(str::to_owned),
    });
    Ok((found, next))
}

/// The domain name of CloudFront that a record set leads to, by CNAME or as an alias record set.
fn leads_to_cloudfront(set: &ResourceRecordSet) -> Option<String> {
    let target = match set.alias_target() {
        Some(target) => normal_name(target.dns_name()),
        None if *set.r#type() == RrType::Cname => normal_name(set.resource_records().first()?.value()),
        None => return None,
    };
    target.ends_with(CLOUDFRONT).then_some(target)
}

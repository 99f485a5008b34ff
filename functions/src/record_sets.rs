//! Reading and changing the record sets of a hosted zone. A change deletes exactly what was read and creates
//! what is wanted, in one batch, so that Route 53 itself refuses it when somebody else was faster (R53-1).
//! Must not know which state is wanted.

use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use aws_sdk_route53::config::Builder;
use aws_sdk_route53::config::retry::RetryConfig;
use aws_sdk_route53::types as r53;
use aws_sdk_route53::types::builders::ResourceRecordSetBuilder;
use cutover::bounds::cut;
use cutover::error_name::ErrorName;
use cutover::ids::ZonePlace;
use cutover::name::Alias;
use cutover::record_set::{AliasTarget, RecordSet, Routing};
use std::collections::BTreeMap;

/// Tries of a read, by the role that writes too, whose other calls are sent once: a step reads each of its names, and would
/// begin with the first again for the one that is throttled.
const READ_TRIES_MAX: u32 = 5;
/// Sets in one page (R53-11).
const PAGE: i32 = 300;
/// Record elements in one batch.
const BATCH_RECORDS_MAX: usize = 1_000;

/// One page of a zone, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) names: BTreeMap<String, Vec<RecordSet>>,
    /// The name that the next page begins with; `None` where the zone ends with this one.
    pub(crate) next: Option<String>,
}

/// What a batch does to one name.
#[derive(Debug, Clone)]
pub(crate) struct NameChange {
    pub(crate) name: String,
    pub(crate) from: Vec<RecordSet>,
    pub(crate) to: Vec<RecordSet>,
}

/// The page of a zone that begins at `name`.
pub(crate) async fn page_from(accounts: &Accounts<'_>, zone: &ZonePlace, name: &str, sets_max: i32) -> Result<Page, Answer> {
    let client = client(accounts, zone).await?;
    let answer = client
        .list_resource_record_sets()
        .hosted_zone_id(zone.hosted_zone.as_str())
        .start_record_name(name)
        .max_items(sets_max.min(PAGE))
        .customize()
        .config_override(Builder::new().retry_config(RetryConfig::standard().with_max_attempts(READ_TRIES_MAX)))
        .send()
        .await
        .map_err(|error| Answer::of("route53:ListResourceRecordSets", &error))?;
    let next = answer.next_record_name().filter(|_| answer.is_truncated()).map(normal_name);
    let mut page = Page { next, ..Page::default() };
    for set in answer.resource_record_sets() {
        page.names.entry(normal_name(set.name())).or_default().push(record_set(set));
    }
    // The page may end in the middle of a name, and half of a name's sets is worse than none.
    if let Some(next) = &page.next {
        page.names.remove(next);
    }
    Ok(page)
}

/// The sets of exactly `name` that decide where viewers go.
pub(crate) async fn read(accounts: &Accounts<'_>, zone: &ZonePlace, name: &Alias) -> Result<Vec<RecordSet>, Answer> {
    read_all(accounts, zone, name.as_str()).await.map(routing)
}

/// Every set of exactly `name`. A name has few; only a routed one needs a larger page, which three types of 100 members
/// each just fill.
///
/// # Errors
/// Where no page holds them all: a part of a name's sets would be taken for the whole.
pub(crate) async fn read_all(accounts: &Accounts<'_>, zone: &ZonePlace, name: &str) -> Result<Vec<RecordSet>, Answer> {
    const FEW: i32 = 100;
    for sets_max in [FEW, PAGE] {
        let mut page = page_from(accounts, zone, name, sets_max).await?;
        if page.next.as_deref() != Some(name) {
            return Ok(page.names.remove(name).unwrap_or_default());
        }
    }
    let text = format!("route53:ListResourceRecordSets: {name} has more than {PAGE} record sets");
    Err(Answer { meaning: Meaning::Refused, text })
}

/// Only the sets that decide where viewers go.
pub(crate) fn routing(sets: Vec<RecordSet>) -> Vec<RecordSet> {
    sets.into_iter().filter(RecordSet::routes_viewers).collect()
}

/// Sends one batch and returns the change to follow.
pub(crate) async fn change(accounts: &Accounts<'_>, zone: &ZonePlace, changes: &[NameChange], comment: &str) -> Result<String, Answer> {
    let client = client(accounts, zone).await?;
    let mut batch = r53::ChangeBatch::builder().comment(cut(comment)).set_changes(Some(vec![]));
    let mut records = 0;
    for change in changes {
        for (action, sets, other) in
            [(r53::ChangeAction::Delete, &change.from, &change.to), (r53::ChangeAction::Create, &change.to, &change.from)]
        {
            // A member of a routed name that stays as it is, is not touched (I3).
            for set in sets.iter().filter(|set| !other.contains(set)) {
                records += set.values.len().max(1);
                let set = wire_set(&change.name, set).map_err(|failure| Answer { meaning: Meaning::Refused, text: failure.message })?;
                let change = r53::Change::builder().action(action.clone()).resource_record_set(set).build().map_err(unbuilt)?;
                batch = batch.changes(change);
            }
        }
    }
    if records > BATCH_RECORDS_MAX {
        let text =
            format!("{records} records would change at once; {BATCH_RECORDS_MAX} are the most that one batch holds: move fewer names");
        return Err(Answer { meaning: Meaning::Refused, text });
    }
    let call = client.change_resource_record_sets().hosted_zone_id(zone.hosted_zone.as_str());
    let call = call.change_batch(batch.build().map_err(unbuilt)?);
    let sent = async { call.send().await.map_err(|error| Answer::of("route53:ChangeResourceRecordSets", &error)) };
    let what = format!("route53:ChangeResourceRecordSets {} in {}: {comment}", zone.hosted_zone, zone.account);
    let answer = accounts.write(&what, sent).await?;
    let id = answer.change_info().map(|info| info.id()).unwrap_or_default();
    Ok(id.trim_start_matches("/change/").to_owned())
}

/// Whether every authoritative server has the change.
pub(crate) async fn is_in_sync(accounts: &Accounts<'_>, zone: &ZonePlace, change_id: &str) -> Result<bool, Answer> {
    let client = client(accounts, zone).await?;
    let answer = client.get_change().id(change_id).send().await.map_err(|error| Answer::of("route53:GetChange", &error))?;
    Ok(answer.change_info().is_some_and(|info| *info.status() == r53::ChangeStatus::Insync))
}

async fn client(accounts: &Accounts<'_>, zone: &ZonePlace) -> Result<aws_sdk_route53::Client, Answer> {
    let unreachable = |failure: Failure| Answer {
        meaning: if failure.name == ErrorName::AccessDenied { Meaning::Denied } else { Meaning::Unknown },
        text: failure.message,
    };
    accounts.route53(&zone.account).await.map_err(unreachable)
}

fn unbuilt(error: aws_smithy_types::error::operation::BuildError) -> Answer {
    Answer { meaning: Meaning::Refused, text: format!("route53:ChangeResourceRecordSets: {error}") }
}

/// Lower case, no final dot, `\052` read as `*` (R53-12).
pub(crate) fn normal_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase().replace("\\052", "*")
}

fn record_set(set: &r53::ResourceRecordSet) -> RecordSet {
    let routing = Routing {
        set_identifier: set.set_identifier().map(str::to_owned),
        weight: set.weight(),
        region: set.region().map(|region| region.as_str().to_owned()),
        failover: set.failover().map(|failover| failover.as_str().to_owned()),
        geo_location: set
            .geo_location()
            .map(|place| [place.continent_code(), place.country_code(), place.subdivision_code()].map(|code| code.map(str::to_owned))),
        multi_value_answer: set.multi_value_answer(),
        health_check_id: set.health_check_id().map(str::to_owned),
        other: set.traffic_policy_instance_id().is_some() || set.cidr_routing_config().is_some() || set.geo_proximity_location().is_some(),
    };
    RecordSet {
        kind: set.r#type().as_str().to_owned(),
        ttl: set.ttl().and_then(|ttl| u32::try_from(ttl).ok()),
        values: set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
        alias_target: set.alias_target().map(|target| AliasTarget {
            hosted_zone: target.hosted_zone_id().to_owned(),
            domain_name: target.dns_name().trim_end_matches('.').to_ascii_lowercase(),
            evaluate_target_health: target.evaluate_target_health(),
        }),
        routing: Some(routing).filter(|routing| *routing != Routing::default()),
    }
}

fn wire_set(name: &str, set: &RecordSet) -> Result<r53::ResourceRecordSet, Failure> {
    let unbuilt = |error: aws_smithy_types::error::operation::BuildError| Failure::new(ErrorName::EditRefused, error.to_string());
    let mut wire = r53::ResourceRecordSet::builder().name(name).r#type(r53::RrType::from(set.kind.as_str()));
    if let Some(target) = &set.alias_target {
        let target = r53::AliasTarget::builder()
            .hosted_zone_id(&target.hosted_zone)
            .dns_name(&target.domain_name)
            .evaluate_target_health(target.evaluate_target_health)
            .build()
            .map_err(unbuilt)?;
        wire = wire.alias_target(target);
    }
    for value in &set.values {
        wire = wire.resource_records(r53::ResourceRecord::builder().value(value).build().map_err(unbuilt)?);
    }
    if let Some(routing) = &set.routing {
        wire = routed(wire, routing)?;
    }
    wire.set_ttl(set.ttl.map(i64::from)).build().map_err(unbuilt)
}

/// The routing policy, as it was read (R53-7).
fn routed(wire: ResourceRecordSetBuilder, routing: &Routing) -> Result<ResourceRecordSetBuilder, Failure> {
    if routing.other {
        let message = "a traffic policy, CIDR or geoproximity routing cannot be written back as it was read";
        return Err(Failure::new(ErrorName::EditRefused, message));
    }
    let place = routing.geo_location.as_ref().map(|[continent, country, subdivision]| {
        r53::GeoLocation::builder()
            .set_continent_code(continent.clone())
            .set_country_code(country.clone())
            .set_subdivision_code(subdivision.clone())
            .build()
    });
    Ok(wire
        .set_set_identifier(routing.set_identifier.clone())
        .set_weight(routing.weight)
        .set_region(routing.region.as_deref().map(r53::ResourceRecordSetRegion::from))
        .set_failover(routing.failover.as_deref().map(r53::ResourceRecordSetFailover::from))
        .set_geo_location(place)
        .set_multi_value_answer(routing.multi_value_answer)
        .set_health_check_id(routing.health_check_id.clone()))
}

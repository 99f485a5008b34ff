//! Whether a world can exist. Each contradiction is named; nothing is mended. Must not know what will happen
//! in it.

use super::check_dns::{changed_record, external_zones, zones};
use super::distribution::config_text;
use super::input::{Deed, DistributionInput, Propagation, RecordInput, WorldInput};
use super::names::normal;
use super::settings;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Limits on sizes, so that a hostile file cannot fill the machine.
const LOCATIONS_MAX: usize = 10_000;
const ITEMS_MAX: usize = 20_000;

/// Where an object is meant, a list would be read by position, which nobody means.
///
/// # Errors
/// The first such place.
pub fn objects(world: &Value) -> Result<(), String> {
    let refuse = |place: &str, value: Option<&Value>| match value {
        Some(Value::Array(_)) => Err(format!("{place} must be an object, and is a list")),
        _ => Ok(()),
    };
    if !world.is_object() {
        return Err("a world is a JSON object".to_owned());
    }
    refuse("edge", world.get("edge"))?;
    refuse("edge.propagation", world.pointer("/edge/propagation"))?;
    refuse("rules", world.get("rules"))?;
    refuse("rules.cfRate", world.pointer("/rules/cfRate"))?;
    let elements = |list: &'static str| world.get(list).and_then(Value::as_array).into_iter().flatten().map(move |element| (list, element));
    for list in ["accounts", "certificates", "distributions", "tenants", "connectionGroups", "hostedZones", "externalZones", "actors"] {
        for (list, element) in elements(list) {
            refuse(list, Some(element))?;
            for key in ["origin", "record", "settings"] {
                refuse(key, element.get(key))?;
            }
            for key in ["roles", "records"] {
                for inner in element.get(key).and_then(Value::as_array).into_iter().flatten() {
                    refuse(key, Some(inner))?;
                }
            }
        }
    }
    Ok(())
}

/// The first contradiction of `world`, for a person.
///
/// # Errors
/// That contradiction.
pub fn check(world: &WorldInput) -> Result<(), String> {
    sizes(world)?;
    let accounts = accounts(world)?;
    certificates(world, &accounts)?;
    let owners = distributions(world, &accounts)?;
    connection_groups(world, &accounts)?;
    tenants(world, owners)?;
    zones(world, &accounts)?;
    external_zones(world)?;
    actors(world)
}

fn sizes(world: &WorldInput) -> Result<(), String> {
    if world.edge.locations == 0 || world.edge.locations > LOCATIONS_MAX {
        return Err(format!("edge.locations is {}; 1 to {LOCATIONS_MAX} are possible", world.edge.locations));
    }
    let (shortest, longest) = match world.edge.propagation {
        Propagation::Uniform { max_seconds } => (max_seconds, max_seconds),
        Propagation::Fixed { seconds } => (seconds, seconds),
        Propagation::Lognormal { median_seconds, sigma, max_seconds } => (median_seconds.min(sigma), max_seconds.max(median_seconds)),
    };
    if !(shortest >= 0.0 && longest <= 86_400.0) {
        return Err("edge.propagation needs times between 0 and 86400 seconds".to_owned());
    }
    if let Some(rate) = &world.rules.cf_rate
        && !(rate.write_refill_seconds > 0.0 && rate.read_per_second > 0.0)
    {
        return Err("rules.cfRate needs refills above 0".to_owned());
    }
    let of_others = world.external_zones.iter().map(|zone| zone.records.len());
    let records: usize = world.hosted_zones.iter().map(|zone| zone.records.len()).chain(of_others).sum();
    let items = [
        world.accounts.len(),
        world.certificates.len(),
        world.distributions.len(),
        world.tenants.len(),
        world.connection_groups.len(),
        world.hosted_zones.len(),
        world.external_zones.len(),
        world.actors.len(),
        world.registry.len(),
        records,
    ];
    if items.iter().any(|count| *count > ITEMS_MAX) {
        return Err(format!("a list of the world is longer than {ITEMS_MAX}"));
    }
    Ok(())
}

/// Simulated accounts cannot be mistaken for real ones.
fn account_id(id: &str, of: &str) -> Result<(), String> {
    if id.len() == 12 && id.starts_with("00000000") && id.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(format!("{of}: account {id:?} is no simulated account; twelve digits beginning with 00000000 are needed"))
}

fn accounts(world: &WorldInput) -> Result<BTreeSet<&str>, String> {
    account_id(&world.home_account, "homeAccount")?;
    let mut known = BTreeSet::new();
    for account in &world.accounts {
        account_id(&account.id, "accounts")?;
        if !known.insert(account.id.as_str()) {
            return Err(format!("account {} is written twice", account.id));
        }
        let mut roles = BTreeSet::new();
        for role in account.roles.iter().flatten() {
            if !roles.insert(role.name.as_str()) {
                return Err(format!("account {}: role {:?} is written twice", account.id, role.name));
            }
            for operation in &role.deny {
                crate::service::known(operation).map_err(|error| format!("account {}: role {:?}: deny: {error}", account.id, role.name))?;
            }
            if !["cutover-read", "cutover-write"].contains(&role.name.as_str()) {
                return Err(format!("account {}: role {:?} is unknown; cutover-read and cutover-write are", account.id, role.name));
            }
        }
    }
    known.insert(world.home_account.as_str());
    Ok(known)
}

fn certificates(world: &WorldInput, accounts: &BTreeSet<&str>) -> Result<(), String> {
    let mut known = BTreeSet::new();
    for certificate in &world.certificates {
        let arn = &certificate.arn;
        let parts: Vec<&str> = arn.split(':').collect();
        let [_, _, "acm", "us-east-1", account, id] = parts.as_slice() else {
            return Err(format!("certificate {arn:?} is no ARN of ACM in us-east-1"));
        };
        if !id.starts_with("certificate/") || !accounts.contains(account) {
            return Err(format!("certificate {arn}: account {account} is not in the world, or it is no certificate's ARN"));
        }
        if certificate.names.is_empty() {
            return Err(format!("certificate {arn} has no names"));
        }
        if !known.insert(arn.as_str()) {
            return Err(format!("certificate {arn} is written twice"));
        }
    }
    Ok(())
}

/// Every alias and who lists it.
fn distributions<'a>(world: &'a WorldInput, accounts: &BTreeSet<&str>) -> Result<BTreeMap<String, &'a str>, String> {
    let mut ids = BTreeSet::new();
    let mut domain_names = BTreeSet::new();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for distribution in &world.distributions {
        let id = distribution.id.as_str();
        if !id.starts_with('E') || !id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(format!("distribution {id:?} is no id; an E and more upper-case letters and digits are needed"));
        }
        if !ids.insert(id) || !domain_names.insert(normal(&distribution.domain_name)) {
            return Err(format!("distribution {id}: its id or domain name is written twice"));
        }
        owned(distribution, accounts).map_err(|why| format!("distribution {id}: {why}"))?;
        if !["Deployed", "InProgress"].contains(&distribution.status.as_str()) {
            return Err(format!("distribution {id}: status {:?} is unknown; Deployed and InProgress are", distribution.status));
        }
        for alias in &distribution.aliases {
            if let Some(other) = owners.insert(normal(alias), id) {
                return Err(format!("alias {alias} is on {other} and on {id}; it can be on one distribution only (CF-5)"));
            }
        }
        attached(world, &format!("distribution {id}"), distribution.certificate.as_deref(), &distribution.account)?;
        in_store(world, distribution).map_err(|why| format!("distribution {id}: {why}"))?;
        settings::with(&config_text(distribution, false, false), &distribution.settings)
            .map_err(|why| format!("distribution {id}: {why}"))?;
        if let Some(extra) = &distribution.extra_xml {
            roxmltree::Document::parse(&format!("<x>{extra}</x>")).map_err(|error| format!("distribution {id}: extraXml: {error}"))?;
        }
    }
    Ok(owners)
}

/// A distribution is in an account of the world, or a service of AWS holds it, with a certificate of its own.
fn owned(distribution: &DistributionInput, accounts: &BTreeSet<&str>) -> Result<(), String> {
    let suffix = distribution.account_suffix.as_deref();
    let digits = |suffix: &str| suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_digit());
    match distribution.service {
        None if distribution.account.is_empty() => Err("account is missing".to_owned()),
        None if !accounts.contains(distribution.account.as_str()) => Err(format!("account {} is not in the world", distribution.account)),
        None if suffix.is_some() => Err("accountSuffix is for a distribution that a service holds".to_owned()),
        Some(_) if !distribution.account.is_empty() => {
            Err("a service holds it, in an account of AWS; leave account out (HID-1)".to_owned())
        }
        Some(_) if distribution.certificate_key().is_some() => Err("a service has a certificate of its own; leave it out".to_owned()),
        Some(_) if suffix.is_some_and(|suffix| !digits(suffix)) => Err("accountSuffix needs six digits (HID-3)".to_owned()),
        _ => Ok(()),
    }
}

/// A certificate of IAM's store: instead of one of ACM, with its names, and the same wherever it is written (ACM-8).
fn in_store(world: &WorldInput, distribution: &DistributionInput) -> Result<(), String> {
    let Some(id) = &distribution.iam_certificate else {
        return if distribution.iam_certificate_names.is_empty() { Ok(()) } else { Err("iamCertificate is missing".to_owned()) };
    };
    if distribution.certificate.is_some() {
        return Err("it has certificate and iamCertificate; a distribution shows one (ACM-1)".to_owned());
    }
    if !id.starts_with("ASCA") || !id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return Err(format!("iamCertificate {id:?} is no id; ASCA and more upper-case letters and digits are needed"));
    }
    let same = |other: &&DistributionInput| other.iam_certificate.as_ref() == Some(id);
    let differs = |other: &DistributionInput| {
        other.account != distribution.account || other.iam_certificate_names != distribution.iam_certificate_names
    };
    if distribution.iam_certificate_names.is_empty() || world.distributions.iter().filter(same).any(differs) {
        return Err(format!("iamCertificateNames of {id} are missing, or another distribution says something else of it"));
    }
    Ok(())
}

/// A certificate is its owner's own.
fn attached(world: &WorldInput, owner: &str, arn: Option<&str>, account: &str) -> Result<(), String> {
    let Some(arn) = arn else { return Ok(()) };
    let known = world.certificates.iter().any(|certificate| certificate.arn == arn);
    if !known || arn.split(':').nth(4) != Some(account) {
        return Err(format!("{owner}: certificate {arn} is not in the world, or not in account {account} (ACM-1)"));
    }
    Ok(())
}

fn connection_groups(world: &WorldInput, accounts: &BTreeSet<&str>) -> Result<(), String> {
    let (mut ids, mut endpoints) = (BTreeSet::new(), BTreeSet::new());
    for group in &world.connection_groups {
        let id = group.id.as_str();
        let rest = id.strip_prefix("cg_").unwrap_or_default();
        if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) || !ids.insert(id) {
            return Err(format!("connection group {id:?} is no id, or is written twice; cg_ and letters and digits are needed"));
        }
        if !accounts.contains(group.account.as_str()) {
            return Err(format!("connection group {id}: account {} is not in the world", group.account));
        }
        if !["Deployed", "InProgress"].contains(&group.status.as_str()) {
            return Err(format!("connection group {id}: status {:?} is unknown; Deployed and InProgress are", group.status));
        }
        let endpoint = normal(&group.endpoint);
        let of_a_distribution = world.distributions.iter().any(|other| normal(&other.domain_name) == endpoint);
        if !endpoint.ends_with(".cloudfront.net") || of_a_distribution || !endpoints.insert(endpoint) {
            return Err(format!("connection group {id}: endpoint {} is no ….cloudfront.net, or another's", group.endpoint));
        }
    }
    Ok(())
}

fn tenants<'a>(world: &'a WorldInput, mut owners: BTreeMap<String, &'a str>) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for tenant in &world.tenants {
        let id = tenant.id.as_str();
        let rest = id.strip_prefix("dt_").unwrap_or_default();
        if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) || !ids.insert(id) {
            return Err(format!("tenant {id:?} is no id, or is written twice; dt_ and letters and digits are needed"));
        }
        let Some(parent) = world.distributions.iter().find(|distribution| distribution.id == tenant.distribution) else {
            return Err(format!("tenant {id}: distribution {} is not in the world", tenant.distribution));
        };
        if parent.account != tenant.account {
            return Err(format!("tenant {id}: its distribution {} is in account {}, not in {}", parent.id, parent.account, tenant.account));
        }
        if !parent.aliases.is_empty() || parent.staging {
            return Err(format!("tenant {id}: its distribution {} lists aliases itself, or is staging; it cannot have tenants", parent.id));
        }
        if !["Deployed", "InProgress"].contains(&tenant.status.as_str()) {
            return Err(format!("tenant {id}: status {:?} is unknown; Deployed and InProgress are", tenant.status));
        }
        let endpoint = normal(&tenant.endpoint);
        let groups = world.connection_groups.iter().map(|group| (&group.endpoint, &group.account));
        let tenants = world.tenants.iter().map(|other| (&other.endpoint, &other.account));
        if let Some((_, account)) = groups.chain(tenants).find(|(other, account)| normal(other) == endpoint && **account != tenant.account)
        {
            return Err(format!("tenant {id}: the connection group of {endpoint} is in account {account}, not in {}", tenant.account));
        }
        if !endpoint.ends_with(".cloudfront.net") || world.distributions.iter().any(|other| normal(&other.domain_name) == endpoint) {
            return Err(format!("tenant {id}: endpoint {endpoint} is no connection group's ….cloudfront.net, or a distribution's"));
        }
        for domain in &tenant.domains {
            if let Some(other) = owners.insert(normal(domain), id) {
                return Err(format!("domain {domain} is on {other} and on {id}; it can be on one of them only (CF-5)"));
            }
        }
        attached(world, &format!("tenant {id}"), tenant.certificate.as_deref(), &tenant.account)?;
    }
    Ok(())
}

fn actors(world: &WorldInput) -> Result<(), String> {
    for (index, actor) in world.actors.iter().enumerate() {
        let needs =
            |present: bool, key: &str| if present { Ok(()) } else { Err(format!("actors[{index}] ({:?}): {key} is missing", actor.deed)) };
        if actor.after_call.is_some() && actor.at.is_some() {
            return Err(format!("actors[{index}]: afterCall and at exclude each other"));
        }
        let call = actor.after_call.as_deref().map(|call| call.split_once('#').map_or(call, |(operation, _)| operation));
        for operation in call.into_iter().chain(actor.operation.as_deref()) {
            crate::service::known(operation).map_err(|error| format!("actors[{index}]: {error}"))?;
        }
        if actor.by.as_deref().is_some_and(|by| !by.starts_with("arn:aws:") || by.len() > 256) {
            return Err(format!("actors[{index}]: by is no ARN such as arn:aws:sts::000000000001:assumed-role/deployer/terraform"));
        }
        if actor.times == Some(0) {
            return Err(format!("actors[{index}]: times is 0, so it would never fail anything"));
        }
        match actor.deed {
            Deed::AddAlias | Deed::RemoveAlias | Deed::MoveAlias => {
                needs(actor.distribution.is_some(), "distribution")?;
                needs(actor.alias.is_some(), "alias")?;
            }
            Deed::SetEnabled => needs(actor.distribution.is_some() && actor.enabled.is_some(), "distribution or enabled")?,
            Deed::ReplaceCertificate => needs(actor.distribution.is_some() && actor.certificate.is_some(), "distribution or certificate")?,
            Deed::EditConfig | Deed::FailOrigin => needs(actor.distribution.is_some(), "distribution")?,
            Deed::ChangeRecord | Deed::AddValue => {
                needs(actor.hosted_zone.is_some() != actor.external_zone.is_some(), "exactly one of hostedZone and externalZone")?;
                needs(actor.record.is_some(), "record")?;
                let lists = |record: &RecordInput| {
                    record.alias_target.is_none() && record.kind != "CNAME" && record.ttl.is_some() && !record.values.is_empty()
                };
                let adds = actor.deed != Deed::AddValue || actor.record.as_ref().is_some_and(lists);
                needs(adds, "a record with values and a TTL, which is no CNAME")?;
                changed_record(world, actor).map_err(|why| format!("actors[{index}]: {why}"))?;
            }
            Deed::DenyOperation => needs(actor.operation.is_some(), "operation")?,
            Deed::FailOperation => needs(actor.operation.is_some() && actor.code.is_some(), "operation or code")?,
        }
        if let Some(id) = &actor.distribution
            && !world.distributions.iter().any(|distribution| distribution.id == *id)
            && !(actor.deed == Deed::MoveAlias && world.tenants.iter().any(|tenant| tenant.id == *id))
        {
            return Err(format!("actors[{index}]: distribution {id} is not in the world"));
        }
    }
    Ok(())
}

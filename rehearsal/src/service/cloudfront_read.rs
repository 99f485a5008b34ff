//! CloudFront's reads of one distribution. Must not know why it is asked.

use crate::wire::{CLOUDFRONT_NS, Reply};
use crate::world::distribution::{Distribution, Version};
use crate::world::iam::Session;
use crate::world::{Millis, World};
use quick_xml::escape::escape;

/// The caller's own distribution; a tenant is none (DSC-9).
pub(super) fn find<'a>(world: &'a World, session: &Session, id: &str) -> Result<&'a Distribution, Reply> {
    let missing = || Reply::cloudfront_error(404, "NoSuchDistribution", "The specified distribution does not exist.");
    let found = world.distributions.get(id).filter(|found| found.tenant_of.is_none()).ok_or_else(missing)?;
    own(found, session)
}

/// The caller's own distribution or tenant; one of the two ids is empty.
pub(super) fn find_resource<'a>(world: &'a World, session: &Session, distribution: &str, tenant: &str) -> Result<&'a Distribution, Reply> {
    let id = if distribution.is_empty() { tenant } else { distribution };
    let kind = |found: &&Distribution| found.tenant_of.is_some() == distribution.is_empty();
    let missing = || Reply::cloudfront_error(404, "EntityNotFound", "The entity was not found.");
    own(world.distributions.get(id).filter(kind).ok_or_else(missing)?, session)
}

pub(super) fn own<'a>(found: &'a Distribution, session: &Session) -> Result<&'a Distribution, Reply> {
    if found.account == session.account {
        return Ok(found);
    }
    let message = format!("User of {} is not authorized to perform: cloudfront: on a distribution of another account", session.account);
    Err(Reply::cloudfront_error(403, "AccessDenied", &message))
}

/// What a read shows of a distribution.
pub(super) struct Shown<'a> {
    pub(super) config: &'a str,
    pub(super) etag: &'a str,
    pub(super) version: Option<&'a Version>,
}

/// The newest version, or all of the one before while the rule lets reads be stale (CF-11).
pub(super) fn readable<'a>(world: &World, distribution: &'a Distribution, now: Millis) -> Shown<'a> {
    let fresh_from =
        distribution.newest().map_or(Millis::MIN, |version| version.accepted) + Millis::from(world.rules.read_staleness_s) * 1000;
    match &distribution.previous {
        Some((config, etag)) if now < fresh_from => Shown { config, etag, version: distribution.versions.iter().rev().nth(1) },
        _ => Shown { config: &distribution.config, etag: &distribution.etag, version: distribution.newest() },
    }
}

/// The `<Distribution>` of a reply to a write.
pub(super) fn newest_xml(distribution: &Distribution, now: Millis) -> String {
    distribution_xml(distribution, &distribution.config, distribution.newest(), now)
}

/// ISO 8601 (W-4).
pub(super) fn time_text(millis: Millis) -> String {
    jiff::Timestamp::from_millisecond(millis).map(|time| time.to_string()).unwrap_or_default()
}

fn distribution_xml(distribution: &Distribution, config: &str, version: Option<&Version>, now: Millis) -> String {
    let accepted = version.map_or(now, |version| version.accepted);
    format!(
        "<Distribution xmlns=\"{CLOUDFRONT_NS}\"><Id>{id}</Id><ARN>arn:aws:cloudfront::{account}:distribution/{id}</ARN><Status>{status}</Status>\
         <LastModifiedTime>{time}</LastModifiedTime><InProgressInvalidationBatches>0</InProgressInvalidationBatches><DomainName>{domain}</DomainName>\
         <ActiveTrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></ActiveTrustedSigners>\
         <ActiveTrustedKeyGroups><Enabled>false</Enabled><Quantity>0</Quantity></ActiveTrustedKeyGroups>\
         <DistributionConfig>{config}</DistributionConfig></Distribution>",
        id = distribution.id,
        account = distribution.account,
        status = version.map_or("Deployed", |version| version.status(now)),
        time = time_text(accepted),
        domain = escape(distribution.domain_name.as_str()),
    )
}

pub(super) fn get_distribution(world: &World, session: &Session, id: &str, now: Millis) -> Result<Reply, Reply> {
    let distribution = find(world, session, id)?;
    let Shown { config, etag, version } = readable(world, distribution, now);
    Ok(Reply::xml(distribution_xml(distribution, config, version, now)).with_header("etag", etag))
}

pub(super) fn get_distribution_config(world: &World, session: &Session, id: &str, now: Millis) -> Result<Reply, Reply> {
    let Shown { config, etag, .. } = readable(world, find(world, session, id)?, now);
    let body = format!("<DistributionConfig xmlns=\"{CLOUDFRONT_NS}\">{config}</DistributionConfig>");
    Ok(Reply::xml(body).with_header("etag", etag))
}

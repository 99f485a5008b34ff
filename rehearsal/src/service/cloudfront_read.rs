//! CloudFront's reads: a distribution, its config, and who holds a name. Must not know why it is asked.

use super::cloudfront_update::text_of;
use crate::wire::{CLOUDFRONT_NS, Reply, Request};
use crate::world::distribution::{Distribution, Version};
use crate::world::iam::Session;
use crate::world::names::{certified, normal, wildcard_catches};
use crate::world::{Millis, World};
use quick_xml::escape::escape;

/// The caller's own distribution (DSC-9); another account's is as if it did not exist.
pub(super) fn find<'a>(world: &'a World, session: &Session, id: &str) -> Result<&'a Distribution, Reply> {
    let missing = || Reply::cloudfront_error(404, "NoSuchDistribution", "The specified distribution does not exist.");
    let found = world.distributions.get(id).ok_or_else(missing)?;
    if found.account == session.account {
        return Ok(found);
    }
    let message = format!("User of {} is not authorized to perform: cloudfront: on a distribution of another account", session.account);
    Err(Reply::cloudfront_error(403, "AccessDenied", &message))
}

/// What a read shows of a distribution.
struct Shown<'a> {
    config: &'a str,
    etag: &'a str,
    version: Option<&'a Version>,
}

/// The newest version, or all of the one before while the rule lets reads be stale (CF-11).
fn readable<'a>(world: &World, distribution: &'a Distribution, now: Millis) -> Shown<'a> {
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

fn distribution_xml(distribution: &Distribution, config: &str, version: Option<&Version>, now: Millis) -> String {
    let time = |millis: Millis| jiff::Timestamp::from_millisecond(millis).map(|time| time.to_string()).unwrap_or_default();
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
        time = time(accepted),
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

/// DSC-1 to DSC-6: the asked name, what covers it or lies below it, ids half masked, perhaps a minute old.
pub(super) fn list_domain_conflicts(world: &World, session: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let body = request.text()?;
    let (domain, id) = (normal(&text_of(body, "Domain")), text_of(body, "DistributionId"));
    if !world.distributions.contains_key(&id) {
        return Err(Reply::cloudfront_error(404, "EntityNotFound", "The entity was not found."));
    }
    let own = find(world, session, &id)?;
    let covers = own.newest().and_then(|version| version.certificate.as_ref()).and_then(|arn| world.certificates.get(arn));
    if !covers.is_some_and(|certificate| certified(&certificate.given.names, &domain) && certificate.given.status == "ISSUED") {
        let message =
            "To find conflicts for this domain you must attach a trusted certificate that validates your authorization to use it.";
        return Err(Reply::cloudfront_error(400, "InvalidArgument", message));
    }
    let at = now - Millis::from(world.rules.conflicts_lag_s) * 1000;
    let mut conflicts = String::new();
    for distribution in world.distributions.values() {
        if distribution.id == id && !world.rules.conflicts_list_self {
            continue;
        }
        let version = distribution.versions.iter().rev().find(|version| version.accepted <= at).or(distribution.versions.first());
        let related = |alias: &&String| **alias == domain || wildcard_catches(alias, &domain) || wildcard_catches(&domain, alias);
        for alias in version.iter().flat_map(|version| &version.aliases).filter(related) {
            conflicts += &format!(
                "<DomainConflicts><Domain>{}</Domain><ResourceType>distribution</ResourceType><ResourceId>{}</ResourceId><AccountId>{}</AccountId></DomainConflicts>",
                escape(alias.as_str()),
                masked(&distribution.id),
                masked(&distribution.account)
            );
        }
    }
    let list = if conflicts.is_empty() { String::new() } else { format!("<DomainConflicts>{conflicts}</DomainConflicts>") };
    Ok(Reply::xml(format!("<ListDomainConflictsResult xmlns=\"{CLOUDFRONT_NS}\">{list}</ListDomainConflictsResult>")))
}

/// The first half becomes stars (DSC-3).
fn masked(id: &str) -> String {
    let hidden = id.len() / 2;
    format!("{}{}", "*".repeat(hidden), id.get(hidden..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_half_of_an_id_is_masked() {
        assert_eq!(super::masked("000000000001"), "******000001");
        assert_eq!(super::masked("E1LEGACYXYZ"), "*****ACYXYZ");
    }
}

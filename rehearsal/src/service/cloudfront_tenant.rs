//! CloudFront's reads of tenants and of the connection groups by which they are reached. Must not know why it is asked.

use super::cloudfront_read::{Shown, own, readable, time_text};
use super::cloudfront_update::refuse;
use crate::wire::{CLOUDFRONT_NS, Reply, Request};
use crate::world::distribution::Distribution;
use crate::world::iam::Session;
use crate::world::input::ConnectionGroupInput;
use crate::world::names::normal;
use crate::world::{Millis, World};
use quick_xml::escape::escape;

/// When what was there at the beginning was made.
pub(super) const AGE_MILLIS: Millis = 365 * 86_400_000;

fn missing() -> Reply {
    refuse(404, "EntityNotFound", "The entity was not found.")
}

fn decoded(identifier: &str) -> String {
    percent_encoding::percent_decode_str(identifier).decode_utf8_lossy().into_owned()
}

/// The tenant that an identifier of a path names: its ARN, its id, or its name in the caller's own account.
pub(super) fn tenant<'a>(world: &'a World, account: &str, identifier: &str) -> Option<&'a Distribution> {
    let called = decoded(identifier);
    let mut tenants = world.distributions.values().filter(|found| found.tenant_of.is_some());
    let named = |found: &Distribution| found.account == account && found.tenant_name.as_ref() == Some(&called);
    tenants.find(|found| found.id == called || found.arn() == called || named(found))
}

/// The connection group that an identifier of a path names, as [`tenant`].
pub(super) fn group<'a>(world: &'a World, account: &str, identifier: &str) -> Option<&'a ConnectionGroupInput> {
    let called = decoded(identifier);
    let named = |found: &ConnectionGroupInput| found.account == account && found.name.as_ref() == Some(&called);
    world.connection_groups.values().find(|found| found.id == called || group_arn(found) == called || named(found))
}

/// As IAM names it.
pub(super) fn group_arn(group: &ConnectionGroupInput) -> String {
    format!("arn:aws:cloudfront::{}:connection-group/{}", group.account, group.id)
}

pub(super) fn get_distribution_tenant(world: &World, session: &Session, identifier: &str, now: Millis) -> Result<Reply, Reply> {
    let found = own(tenant(world, &session.account, identifier).ok_or_else(missing)?, session)?;
    Ok(shown(world, found, now))
}

/// The caller's own tenants only (DSC-8).
pub(super) fn get_distribution_tenant_by_domain(world: &World, session: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let domain = normal(request.query.get("domain").map_or("", String::as_str));
    if domain.is_empty() {
        return Err(refuse(400, "InvalidArgument", "The parameter Domain is required."));
    }
    let lists = |found: &&Distribution| {
        let version = readable(world, found, now).version;
        found.tenant_of.is_some() && found.account == session.account && version.is_some_and(|version| version.aliases.contains(&domain))
    };
    Ok(shown(world, world.distributions.values().find(lists).ok_or_else(missing)?, now))
}

fn shown(world: &World, found: &Distribution, now: Millis) -> Reply {
    let Shown { etag, version, .. } = readable(world, found, now);
    let domain = |domain: &String| format!("<member><Domain>{}</Domain><Status>active</Status></member>", escape(domain.as_str()));
    let domains: String = version.iter().flat_map(|version| &version.aliases).map(domain).collect();
    let certificate = version.and_then(|version| version.certificate.as_ref()).map_or(String::new(), |arn| {
        format!("<Customizations><Certificate><Arn>{}</Arn></Certificate></Customizations>", escape(arn.as_str()))
    });
    let body = format!(
        "<DistributionTenant xmlns=\"{CLOUDFRONT_NS}\"><Id>{id}</Id><DistributionId>{parent}</DistributionId><Name>{name}</Name><Arn>{arn}</Arn>\
         <Domains>{domains}</Domains>{certificate}<ConnectionGroupId>{group}</ConnectionGroupId><CreatedTime>{created}</CreatedTime>\
         <LastModifiedTime>{modified}</LastModifiedTime><Enabled>{enabled}</Enabled><Status>{status}</Status></DistributionTenant>",
        id = found.id,
        parent = found.tenant_of.as_deref().unwrap_or_default(),
        name = escape(found.tenant_name.as_deref().unwrap_or_default()),
        arn = found.arn(),
        group = found.connection_group.as_deref().unwrap_or_default(),
        created = time_text(world.start - AGE_MILLIS),
        modified = time_text(version.map_or(now, |version| version.accepted)),
        enabled = version.is_some_and(|version| version.enabled),
        status = version.map_or("Deployed", |version| version.status(now)),
    );
    Reply::xml(body).with_header("etag", etag)
}

pub(super) fn get_connection_group(world: &World, session: &Session, identifier: &str) -> Result<Reply, Reply> {
    let found = group(world, &session.account, identifier).ok_or_else(missing)?;
    if found.account != session.account {
        let message = format!("User of {} is not authorized to perform: cloudfront:GetConnectionGroup", session.account);
        return Err(refuse(403, "AccessDenied", &message));
    }
    let made = time_text(world.start - AGE_MILLIS);
    let body = format!(
        "<ConnectionGroup xmlns=\"{CLOUDFRONT_NS}\"><Id>{id}</Id><Name>{name}</Name><Arn>{arn}</Arn><CreatedTime>{made}</CreatedTime>\
         <LastModifiedTime>{made}</LastModifiedTime><Ipv6Enabled>{ipv6}</Ipv6Enabled><RoutingEndpoint>{endpoint}</RoutingEndpoint>\
         <Status>{status}</Status><Enabled>{enabled}</Enabled><IsDefault>{default}</IsDefault></ConnectionGroup>",
        id = found.id,
        name = escape(found.name.as_deref().unwrap_or(&found.id)),
        arn = group_arn(found),
        ipv6 = found.ipv6,
        endpoint = escape(normal(&found.endpoint).as_str()),
        status = found.status,
        enabled = found.enabled,
        default = found.is_default,
    );
    Ok(Reply::xml(body).with_header("etag", &group_etag(found)))
}

/// Nothing changes a group here, so one version is all there is.
pub(super) fn group_etag(group: &ConnectionGroupInput) -> String {
    format!("E{}", group.id.trim_start_matches("cg_").to_ascii_uppercase())
}

//! CloudFront's lists of tenants and of connection groups. Must not know why it is asked.

use super::cloudfront_list::{optional, page};
use super::cloudfront_read::{Shown, readable, time_text};
use super::cloudfront_tenant::{AGE_MILLIS, group_arn};
use super::cloudfront_update::{refuse, text_of};
use crate::wire::{CLOUDFRONT_NS, Reply, Request};
use crate::world::distribution::Distribution;
use crate::world::iam::Session;
use crate::world::input::ConnectionGroupInput;
use crate::world::names::normal;
use crate::world::{Millis, World};
use quick_xml::escape::escape;

/// Marker and size of the page that a request asks for. A list that is narrowed is not simulated.
fn asked(request: &Request) -> Result<(String, String), Reply> {
    let body = request.text()?;
    if body.contains("<AssociationFilter>") {
        return Err(refuse(400, "NotSimulated", "A list that is narrowed by AssociationFilter is not simulated."));
    }
    Ok((text_of(body, "Marker"), text_of(body, "MaxItems")))
}

/// The caller's own tenants by id (DSC-9 has them in no other list).
pub(super) fn list_distribution_tenants(world: &World, session: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let (marker, size) = asked(request)?;
    let own = world.distributions.values().filter(|found| found.account == session.account && found.tenant_of.is_some());
    let page = page(own.collect(), |found| found.id.clone(), Some(&marker), Some(&size))?;
    let summaries: String = page.items.iter().map(|found| tenant_summary(world, found, now)).collect();
    let list = if summaries.is_empty() { summaries } else { format!("<DistributionTenantList>{summaries}</DistributionTenantList>") };
    let next = optional("NextMarker", page.next.as_deref());
    Ok(Reply::xml(format!("<ListDistributionTenantsResult xmlns=\"{CLOUDFRONT_NS}\">{next}{list}</ListDistributionTenantsResult>")))
}

fn tenant_summary(world: &World, found: &Distribution, now: Millis) -> String {
    let Shown { etag, version, .. } = readable(world, found, now);
    let domain = |domain: &String| format!("<member><Domain>{}</Domain><Status>active</Status></member>", escape(domain.as_str()));
    let domains: String = version.iter().flat_map(|version| &version.aliases).map(domain).collect();
    let certificate = version.and_then(|version| version.certificate.as_ref()).map_or(String::new(), |arn| {
        format!("<Customizations><Certificate><Arn>{}</Arn></Certificate></Customizations>", escape(arn.as_str()))
    });
    format!(
        "<DistributionTenantSummary><Id>{id}</Id><DistributionId>{parent}</DistributionId><Name>{name}</Name><Arn>{arn}</Arn>\
         <Domains>{domains}</Domains><ConnectionGroupId>{group}</ConnectionGroupId>{certificate}<CreatedTime>{created}</CreatedTime>\
         <LastModifiedTime>{modified}</LastModifiedTime><ETag>{etag}</ETag><Enabled>{enabled}</Enabled><Status>{status}</Status>\
         </DistributionTenantSummary>",
        id = found.id,
        parent = found.tenant_of.as_deref().unwrap_or_default(),
        name = escape(found.tenant_name.as_deref().unwrap_or_default()),
        arn = found.arn(),
        group = found.connection_group.as_deref().unwrap_or_default(),
        created = time_text(world.start - AGE_MILLIS),
        modified = time_text(version.map_or(now, |version| version.accepted)),
        enabled = version.is_some_and(|version| version.enabled),
        status = version.map_or("Deployed", |version| version.status(now)),
    )
}

/// The caller's own connection groups by id.
pub(super) fn list_connection_groups(world: &World, session: &Session, request: &Request) -> Result<Reply, Reply> {
    let (marker, size) = asked(request)?;
    let own = world.connection_groups.values().filter(|found| found.account == session.account);
    let page = page(own.collect(), |found| found.id.clone(), Some(&marker), Some(&size))?;
    let summaries: String = page.items.iter().map(|found| group_summary(world, found)).collect();
    let list = if summaries.is_empty() { summaries } else { format!("<ConnectionGroups>{summaries}</ConnectionGroups>") };
    let next = optional("NextMarker", page.next.as_deref());
    Ok(Reply::xml(format!("<ListConnectionGroupsResult xmlns=\"{CLOUDFRONT_NS}\">{next}{list}</ListConnectionGroupsResult>")))
}

fn group_summary(world: &World, found: &ConnectionGroupInput) -> String {
    let made = time_text(world.start - AGE_MILLIS);
    format!(
        "<ConnectionGroupSummary><Id>{id}</Id><Name>{name}</Name><Arn>{arn}</Arn><RoutingEndpoint>{endpoint}</RoutingEndpoint>\
         <CreatedTime>{made}</CreatedTime><LastModifiedTime>{made}</LastModifiedTime><ETag>{etag}</ETag><Enabled>{enabled}</Enabled>\
         <Status>{status}</Status><IsDefault>{default}</IsDefault></ConnectionGroupSummary>",
        id = found.id,
        name = escape(found.name.as_deref().unwrap_or(&found.id)),
        arn = group_arn(found),
        endpoint = escape(normal(&found.endpoint).as_str()),
        etag = super::cloudfront_tenant::group_etag(found),
        enabled = found.enabled,
        status = found.status,
        default = found.is_default,
    )
}

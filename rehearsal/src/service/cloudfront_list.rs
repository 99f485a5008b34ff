//! CloudFront's lists: the caller's distributions, and who holds a name in every account, half masked. Must not
//! know why it is asked.

use super::cloudfront_read::{Shown, find, find_resource, readable, time_text};
use super::cloudfront_update::{refuse, text_of};
use crate::wire::{CLOUDFRONT_NS, Reply, Request};
use crate::world::distribution::Distribution;
use crate::world::iam::Session;
use crate::world::names::{certified, normal, wildcard_catches};
use crate::world::{Millis, World};
use quick_xml::escape::escape;

/// Items of one page (DSC-7).
const PAGE_MAX: usize = 100;
/// Longest alias (DSC-7).
const ALIAS_MAX: usize = 253;
/// What a summary repeats of a config (W-6).
const FLATTENED: [&str; 16] = [
    "Aliases",
    "Origins",
    "OriginGroups",
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Comment",
    "PriceClass",
    "Enabled",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
    "IsIPV6Enabled",
    "Staging",
    "AnycastIpListId",
];

/// One page of a list: the items after `marker`, the marker of the next page where there is one, and the page's size.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) size: usize,
}

pub(super) fn page<T>(items: Vec<T>, key: impl Fn(&T) -> String, marker: Option<&str>, size: Option<&str>) -> Result<Page<T>, Reply> {
    let size = size.filter(|size| !size.is_empty()).map_or(Ok(PAGE_MAX), str::parse).ok().filter(|size| (1..=PAGE_MAX).contains(size));
    let size = size.ok_or_else(|| refuse(400, "InvalidArgument", "The parameter MaxItems must be a number from 1 to 100."))?;
    let marker = marker.filter(|marker| !marker.is_empty());
    let mut rest: Vec<T> = items.into_iter().filter(|item| marker.is_none_or(|marker| key(item).as_str() > marker)).collect();
    let more = rest.len() > size;
    rest.truncate(size);
    let next = rest.last().filter(|_| more).map(key);
    Ok(Page { items: rest, next, size })
}

pub(super) fn optional(name: &str, value: Option<&str>) -> String {
    value.map_or(String::new(), |value| format!("<{name}>{}</{name}>", escape(value)))
}

/// The caller's own distributions by id, staging ones too, tenants not (DSC-9).
pub(super) fn list_distributions(world: &World, session: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let query = |name: &str| request.query.get(name).map(String::as_str);
    let own = world.distributions.values().filter(|found| found.account == session.account && found.tenant_of.is_none());
    let page = page(own.collect(), |found| found.id.clone(), query("Marker"), query("MaxItems"))?;
    let summaries: String = page.items.iter().map(|found| summary(found, &readable(world, found, now), now)).collect();
    let items = if summaries.is_empty() { summaries } else { format!("<Items>{summaries}</Items>") };
    Ok(Reply::xml(format!(
        "<DistributionList xmlns=\"{CLOUDFRONT_NS}\"><Marker>{marker}</Marker>{next}<MaxItems>{size}</MaxItems>\
         <IsTruncated>{more}</IsTruncated><Quantity>{quantity}</Quantity>{items}</DistributionList>",
        marker = escape(query("Marker").unwrap_or_default()),
        next = optional("NextMarker", page.next.as_deref()),
        size = page.size,
        more = page.next.is_some(),
        quantity = page.items.len(),
    )))
}

fn summary(found: &Distribution, shown: &Shown<'_>, now: Millis) -> String {
    let config = format!("<x>{}</x>", shown.config);
    let document = roxmltree::Document::parse(&config).ok();
    let element = |name: &str| {
        let root = document.as_ref()?.root_element();
        let found = root.children().find(|child| child.tag_name().name() == name)?;
        config.get(found.range()).map(str::to_owned)
    };
    // An update need not send these two; a summary always has them.
    let made_up = |name: &str| ["Staging", "IsIPV6Enabled"].contains(&name).then(|| format!("<{name}>false</{name}>"));
    let flattened: String = FLATTENED.iter().filter_map(|name| element(name).or_else(|| made_up(name))).collect();
    let mode = if found.tenant_only { "tenant-only" } else { "direct" };
    format!(
        "<DistributionSummary><Id>{id}</Id><ARN>{arn}</ARN><ETag>{etag}</ETag><Status>{status}</Status><LastModifiedTime>{time}</LastModifiedTime>\
         <DomainName>{domain}</DomainName>{flattened}<ConnectionMode>{mode}</ConnectionMode></DistributionSummary>",
        id = found.id,
        arn = found.arn(),
        etag = shown.etag,
        status = shown.version.map_or("Deployed", |version| version.status(now)),
        time = time_text(shown.version.map_or(now, |version| version.accepted)),
        domain = escape(found.domain_name.as_str()),
    )
}

/// A name that is held, and by whom.
struct Held<'a> {
    alias: String,
    holder: &'a Distribution,
}

/// DSC-2 to DSC-6: the asked name, what covers it and what lies below it, perhaps a minute old.
fn related<'a>(world: &'a World, asking: &Distribution, domain: &str, now: Millis) -> Vec<Held<'a>> {
    let at = now - Millis::from(world.rules.conflicts_lag_s) * 1000;
    let mut found = vec![];
    for holder in world.distributions.values() {
        if holder.id == asking.id && !world.rules.conflicts_list_self {
            continue;
        }
        let version = holder.versions.iter().rev().find(|version| version.accepted <= at).or(holder.versions.first());
        let related = |alias: &&String| **alias == domain || wildcard_catches(alias, domain) || wildcard_catches(domain, alias);
        found
            .extend(version.iter().flat_map(|version| &version.aliases).filter(related).map(|alias| Held { alias: alias.clone(), holder }));
    }
    found.sort_by(|left, right| left.alias.cmp(&right.alias));
    found
}

/// DSC-1 and DSC-4.
fn check_covered(world: &World, asking: &Distribution, domain: &str) -> Result<(), Reply> {
    let covers = world.certificate_of(asking);
    if covers.is_some_and(|certificate| certified(&certificate.given.names, domain) && certificate.given.status == "ISSUED") {
        return Ok(());
    }
    let message = "To find conflicts for this domain you must attach a trusted certificate that validates your authorization to use it.";
    Err(refuse(400, "InvalidArgument", message))
}

pub(super) fn list_domain_conflicts(world: &World, session: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let body = request.text()?;
    let (distribution, tenant) = (text_of(body, "DistributionId"), text_of(body, "DistributionTenantId"));
    let asking = find_resource(world, session, &distribution, &tenant)?;
    let domain = normal(&text_of(body, "Domain"));
    check_covered(world, asking, &domain)?;
    let (marker, size) = (text_of(body, "Marker"), text_of(body, "MaxItems"));
    let page = page(related(world, asking, &domain, now), |held| held.alias.clone(), Some(&marker), Some(&size))?;
    let line = |Held { alias, holder }: &Held<'_>| {
        let kind = if holder.tenant_of.is_some() { "distribution-tenant" } else { "distribution" };
        format!(
            "<DomainConflicts><Domain>{}</Domain><ResourceType>{kind}</ResourceType><ResourceId>{}</ResourceId><AccountId>{}</AccountId></DomainConflicts>",
            escape(alias.as_str()),
            masked(&holder.id),
            masked(&holder.account)
        )
    };
    let conflicts: String = page.items.iter().map(line).collect();
    let list = if conflicts.is_empty() { conflicts } else { format!("<DomainConflicts>{conflicts}</DomainConflicts>") };
    let next = optional("NextMarker", page.next.as_deref());
    Ok(Reply::xml(format!("<ListDomainConflictsResult xmlns=\"{CLOUDFRONT_NS}\">{list}{next}</ListDomainConflictsResult>")))
}

/// The older call: standard distributions only, as asker and as holder (DSC-7).
pub(super) fn list_conflicting_aliases(world: &World, session: &Session, request: &Request, now: Millis) -> Result<Reply, Reply> {
    let query = |name: &str| request.query.get(name).map(String::as_str);
    let asking = find(world, session, query("DistributionId").unwrap_or_default())?;
    let alias = normal(query("Alias").unwrap_or_default());
    if alias.is_empty() || alias.len() > ALIAS_MAX {
        return Err(refuse(400, "InvalidArgument", "The parameter Alias needs 1 to 253 characters."));
    }
    check_covered(world, asking, &alias)?;
    let standard = related(world, asking, &alias, now).into_iter().filter(|held| held.holder.tenant_of.is_none());
    let page = page(standard.collect(), |held| held.alias.clone(), query("Marker"), query("MaxItems"))?;
    let line = |Held { alias, holder }: &Held<'_>| {
        format!(
            "<ConflictingAlias><Alias>{}</Alias><DistributionId>{}</DistributionId><AccountId>{}</AccountId></ConflictingAlias>",
            escape(alias.as_str()),
            masked(&holder.id),
            masked(&holder.account)
        )
    };
    let lines: String = page.items.iter().map(line).collect();
    let items = if lines.is_empty() { lines } else { format!("<Items>{lines}</Items>") };
    Ok(Reply::xml(format!(
        "<ConflictingAliasesList xmlns=\"{CLOUDFRONT_NS}\">{}<MaxItems>{}</MaxItems><Quantity>{}</Quantity>{items}</ConflictingAliasesList>",
        optional("NextMarker", page.next.as_deref()),
        page.size,
        page.items.len(),
    )))
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

//! Reads the lists of one account: distributions, tenants, their connection groups, certificates. Must not know what the
//! registry has.

use super::Budget;
use super::member::{Member, patiently};
use crate::answer::{Answer, Failure};
use aws_sdk_acm::types::{Filters, KeyAlgorithm};
use aws_sdk_cloudfront::types::{DistributionSummary, DistributionTenantSummary, DomainStatus};
use cutover::error_name::ErrorName;
use cutover::ids::{AccountId, DistributionId};
use cutover::registry::sighting::{Lists, Shown};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Distributions, tenants or groups in one page.
const PAGE: i32 = 100;
/// Certificates in one page.
const CERTIFICATES_PAGE: i32 = 1_000;
/// Pages of one list.
const PAGES_MAX: usize = 5_000;

/// All of them.
pub(super) async fn read(member: &Member, account: &AccountId, budget: &Budget<'_>) -> Result<Lists, Failure> {
    let mut lists = Lists::new(account.clone(), budget.clock.now());
    distributions(member, budget, &mut lists).await?;
    tenants(member, budget, &mut lists).await?;
    if lists.needs_certificates() {
        certificates(member, budget, &mut lists).await?;
    }
    if lists.unreadable() > 0 {
        tracing::warn!(
            account = account.as_str(),
            names = lists.unreadable(),
            "names on distributions that are no aliases to us were left out"
        );
    }
    Ok(lists)
}

fn in_time(budget: &Budget<'_>, account: &AccountId) -> Result<(), Failure> {
    if !budget.is_over() {
        return Ok(());
    }
    let text = format!("the lists of account {account} could not be read in {} s", super::BUDGET_SECONDS);
    Err(Failure::new(ErrorName::Unavailable, text))
}

fn too_many(account: &AccountId, list: &str) -> Failure {
    Failure::new(ErrorName::UnknownAnswer, format!("{list} of account {account} has more than {PAGES_MAX} pages"))
}

fn next(marker: Option<&str>) -> Option<String> {
    marker.filter(|marker| !marker.is_empty()).map(str::to_owned)
}

async fn distributions(member: &Member, budget: &Budget<'_>, lists: &mut Lists) -> Result<(), Failure> {
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_MAX {
        in_time(budget, lists.account())?;
        let request = member.cloudfront().list_distributions().max_items(PAGE).set_marker(marker.take());
        let call = || async { request.clone().send().await.map_err(|error| Answer::of("cloudfront:ListDistributions", &error)) };
        let answer = patiently(budget.clock, call).await.map_err(|answer| answer.failure())?;
        let list = answer.distribution_list();
        for summary in list.map(|list| list.items()).unwrap_or_default() {
            add_distribution(lists, summary);
        }
        marker = next(list.and_then(|list| list.next_marker()));
        if marker.is_none() {
            return Ok(());
        }
    }
    Err(too_many(lists.account(), "cloudfront:ListDistributions"))
}

fn add_distribution(lists: &mut Lists, summary: &DistributionSummary) {
    let Ok(id) = DistributionId::parse(summary.id()) else { return };
    let names: Vec<&str> = summary.aliases().map(|aliases| aliases.items()).unwrap_or_default().iter().map(String::as_str).collect();
    // A staging distribution owns no alias (DT-14).
    let (aliases, idle) = if summary.staging() { (vec![], names) } else { (names, vec![]) };
    let certificate = summary.viewer_certificate().and_then(|certificate| certificate.acm_certificate_arn());
    lists.add(Shown { id, domain_name: summary.domain_name(), enabled: summary.enabled(), certificate, aliases, idle });
}

async fn tenants(member: &Member, budget: &Budget<'_>, lists: &mut Lists) -> Result<(), Failure> {
    let mut marker: Option<String> = None;
    let mut endpoints: Option<BTreeMap<String, String>> = None;
    for _ in 0..PAGES_MAX {
        in_time(budget, lists.account())?;
        let request = member.cloudfront().list_distribution_tenants().max_items(PAGE).set_marker(marker.take());
        let call = || async { request.clone().send().await.map_err(|error| Answer::of("cloudfront:ListDistributionTenants", &error)) };
        let answer = patiently(budget.clock, call).await.map_err(|answer| answer.failure())?;
        let page = answer.distribution_tenant_list();
        if !page.is_empty() && endpoints.is_none() {
            endpoints = Some(groups(member, budget, lists.account()).await?);
        }
        for summary in page {
            add_tenant(lists, summary, endpoints.as_ref());
        }
        marker = next(answer.next_marker());
        if marker.is_none() {
            return Ok(());
        }
    }
    Err(too_many(lists.account(), "cloudfront:ListDistributionTenants"))
}

fn add_tenant(lists: &mut Lists, summary: &DistributionTenantSummary, endpoints: Option<&BTreeMap<String, String>>) {
    let Ok(id) = DistributionId::parse(summary.id()) else { return };
    // A name that is not active yet is wanted, and not held.
    let of = |active: bool| {
        let domains = summary.domains().iter().filter(move |domain| (domain.status() != Some(&DomainStatus::Inactive)) == active);
        domains.map(|domain| domain.domain()).collect::<Vec<&str>>()
    };
    let own = summary.customizations().and_then(|custom| custom.certificate()).map(|certificate| certificate.arn().to_owned());
    let certificate = own.or_else(|| lists.certificate_of(summary.distribution_id()));
    let group = summary.connection_group_id().unwrap_or_default();
    lists.add(Shown {
        id,
        domain_name: endpoints.and_then(|endpoints| endpoints.get(group)).map_or("", String::as_str),
        enabled: summary.enabled().unwrap_or(true),
        certificate: certificate.as_deref(),
        aliases: of(true),
        idle: of(false),
    });
}

/// The endpoint of every connection group, by the group's id.
async fn groups(member: &Member, budget: &Budget<'_>, account: &AccountId) -> Result<BTreeMap<String, String>, Failure> {
    let mut endpoints = BTreeMap::new();
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_MAX {
        in_time(budget, account)?;
        let request = member.cloudfront().list_connection_groups().max_items(PAGE).set_marker(marker.take());
        let call = || async { request.clone().send().await.map_err(|error| Answer::of("cloudfront:ListConnectionGroups", &error)) };
        let answer = patiently(budget.clock, call).await.map_err(|answer| answer.failure())?;
        endpoints.extend(answer.connection_groups().iter().map(|group| (group.id().to_owned(), group.routing_endpoint().to_owned())));
        marker = next(answer.next_marker());
        if marker.is_none() {
            return Ok(endpoints);
        }
    }
    Err(too_many(account, "cloudfront:ListConnectionGroups"))
}

/// Every kind of key that CloudFront takes: left to itself the list shows only two (ACM-4).
fn every_key() -> Filters {
    let kinds = [
        KeyAlgorithm::Rsa1024,
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Rsa3072,
        KeyAlgorithm::Rsa4096,
        KeyAlgorithm::EcPrime256v1,
        KeyAlgorithm::EcSecp384r1,
        KeyAlgorithm::EcSecp521r1,
    ];
    Filters::builder().set_key_types(Some(kinds.to_vec())).build()
}

async fn certificates(member: &Member, budget: &Budget<'_>, lists: &mut Lists) -> Result<(), Failure> {
    let client = member.acm();
    let mut token: Option<String> = None;
    for _ in 0..PAGES_MAX {
        in_time(budget, lists.account())?;
        let request = client.list_certificates().includes(every_key()).max_items(CERTIFICATES_PAGE).set_next_token(token.take());
        let call = || async { request.clone().send().await.map_err(|error| Answer::of("acm:ListCertificates", &error)) };
        let answer = patiently(budget.clock, call).await.map_err(|answer| answer.failure())?;
        for summary in answer.certificate_summary_list() {
            let names: Vec<String> = match summary.subject_alternative_name_summaries() {
                [] => summary.domain_name().map(str::to_owned).into_iter().collect(),
                names => names.to_vec(),
            };
            let ends =
                summary.not_after().and_then(|time| SystemTime::try_from(*time).ok()).and_then(|time| Timestamp::try_from(time).ok());
            lists.certify(summary.certificate_arn().unwrap_or_default(), &names, ends);
        }
        token = next(answer.next_token());
        if token.is_none() {
            return Ok(());
        }
    }
    Err(too_many(lists.account(), "acm:ListCertificates"))
}

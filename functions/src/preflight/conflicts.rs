//! Who holds a name in any account of AWS, as far as CloudFront shows it: ids half masked (DSC-1 to DSC-6). Must not know
//! what follows from it.

use super::Unobserved;
use crate::accounts::Accounts;
use crate::answer::{Answer, Meaning};
use aws_sdk_cloudfront::types::{DistributionResourceId, DistributionResourceType};
use cutover::facts::Holder;
use cutover::finding::Code;
use cutover::ids::Place;
use cutover::name::Alias;

/// Pages of conflicts that are read for one name. A wildcard's list holds every name below it (DSC-2).
const PAGES_MAX: usize = 3;

/// A holder, and whether it is a tenant (HID-2).
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    pub(super) holder: Holder,
    pub(super) tenant: bool,
}

/// Who lists exactly `alias`; asked in the name of `target`, whose certificate covers it.
pub(super) async fn holders(accounts: &Accounts<'_>, target: &Place, alias: &Alias) -> Result<Vec<Holder>, Unobserved> {
    Ok(conflicts(accounts, target, alias).await?.into_iter().map(|conflict| conflict.holder).collect())
}

/// The same, each with its kind.
pub(super) async fn conflicts(accounts: &Accounts<'_>, target: &Place, alias: &Alias) -> Result<Vec<Conflict>, Unobserved> {
    let refused = |answer| Unobserved::of(answer, &format!("the holders of {alias}"), Code::DistributionNotFound);
    let client = accounts.cloudfront(&target.account).await.map_err(Unobserved::Failed)?;
    let id = target.distribution.as_str();
    let resource = DistributionResourceId::builder();
    let resource = if target.distribution.is_tenant() { resource.distribution_tenant_id(id) } else { resource.distribution_id(id) }.build();
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let answer = client
            .list_domain_conflicts()
            .domain(alias.as_str())
            .domain_control_validation_resource(resource.clone())
            .set_marker(marker.take())
            .send()
            .await
            .map_err(|error| refused(Answer::of("cloudfront:ListDomainConflicts", &error)))?;
        let exact = answer.domain_conflicts().iter().filter(|conflict| conflict.domain().eq_ignore_ascii_case(alias.as_str()));
        found.extend(exact.map(|conflict| Conflict {
            holder: Holder {
                alias: conflict.domain().to_owned(),
                resource: conflict.resource_id().to_owned(),
                account: conflict.account_id().to_owned(),
            },
            tenant: *conflict.resource_type() == DistributionResourceType::DistributionTenant,
        }));
        marker = answer.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        if marker.is_none() {
            return Ok(found);
        }
    }
    let text = format!("cloudfront:ListDomainConflicts: more than {PAGES_MAX} pages for {alias}");
    Err(refused(Answer { meaning: Meaning::Unlisted, text }))
}

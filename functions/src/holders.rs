//! Who holds an alias, as far as the conflict call shows it (DSC-1 to DSC-3). Must not know what follows from it.

use crate::accounts::Accounts;
use crate::answer::{Answer, Meaning};
use crate::distribution;
use aws_sdk_cloudfront::types::DistributionResourceType;
use cutover::facts::Holder;
use cutover::ids::Place;
use cutover::name::Alias;

/// Pages of conflicts that are read for one name. A wildcard's list holds every name below it (DSC-2), in all accounts.
const PAGES_MAX: usize = 20;

/// Who holds exactly `alias` beside `place` itself, if anybody does.
pub(crate) async fn another(accounts: &Accounts<'_>, place: &Place, alias: &Alias) -> Result<Option<Holder>, Answer> {
    let itself = |holder: &Holder| holder.may_be(place.distribution.as_str()) && holder.may_be_in(place.account.as_str());
    Ok(holders(accounts, place, alias).await?.into_iter().find(|holder| !itself(holder)))
}

/// A holder, and whether it is a tenant (HID-2).
#[derive(Debug, Clone)]
pub(crate) struct Conflict {
    pub(crate) holder: Holder,
    pub(crate) tenant: bool,
}

/// Who lists exactly `alias`, asked with the certificate of `place`; `place` itself may be among them (DSC-5).
pub(crate) async fn holders(accounts: &Accounts<'_>, place: &Place, alias: &Alias) -> Result<Vec<Holder>, Answer> {
    Ok(conflicts(accounts, place, alias).await?.into_iter().map(|conflict| conflict.holder).collect())
}

/// The same, each with its kind.
pub(crate) async fn conflicts(accounts: &Accounts<'_>, place: &Place, alias: &Alias) -> Result<Vec<Conflict>, Answer> {
    let client = accounts.cloudfront(&place.account).await.map_err(distribution::unreachable)?;
    let mut found = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let answer = client
            .list_domain_conflicts()
            .domain(alias.as_str())
            .domain_control_validation_resource(distribution::resource_id(place))
            .set_marker(marker.take())
            .send()
            .await
            .map_err(|error| Answer::of("cloudfront:ListDomainConflicts", &error))?;
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
    Err(Answer { meaning: Meaning::Unlisted, text })
}

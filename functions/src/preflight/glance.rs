//! What a viewer meets, where DNS leads, and which roles can be used: what is worth knowing beside what AWS's reads tell.
//! Must not know what follows from it.

use crate::accounts::Accounts;
use crate::viewer::{NotServed, PageRequest, Viewer};
use cutover::bounds::cut;
use cutover::discovery::Elsewhere;
use cutover::error_name::ErrorName;
use cutover::facts::{DistributionFacts, Glance, Reach};
use cutover::hidden::recognise;
use cutover::ids::AccountId;
use cutover::name::Alias;
use cutover::record_set::RecordSet;
use cutover::request::Request;
use std::collections::{BTreeMap, BTreeSet};

/// First label of the name that is asked for below a wildcard.
const PROBE_LABEL: &str = "cutover-probe";

/// What a viewer of the first alias meets.
pub(super) async fn first(viewer: &dyn Viewer, request: &Request) -> Option<Glance> {
    at(viewer, request.aliases.first()?).await
}

/// What a viewer of `alias` meets; of a wildcard, a viewer of a name below it.
pub(super) async fn at(viewer: &dyn Viewer, alias: &Alias) -> Option<Glance> {
    let host = if alias.is_wildcard() { format!("{PROBE_LABEL}.{}", alias.parent()) } else { alias.to_string() };
    let page = PageRequest { host, connect_to: None, path: "/".to_owned() };
    Some(match viewer.get(&page).await {
        Ok(page) => Glance::Served(page.headers),
        Err(error @ NotServed::NoTls(_)) => Glance::Unserved(cut(&error.to_string())),
        Err(error) => Glance::Unknown(cut(&error.to_string())),
    })
}

/// The same, for a person.
pub(super) fn describe(glance: &Glance) -> String {
    match glance {
        Glance::Served(_) => "a page, so somebody serves it".to_owned(),
        Glance::Unserved(why) | Glance::Unknown(why) => why.clone(),
    }
}

/// Says which service of AWS a stranger is, where something gives it away.
pub(super) fn name_the_holder(source: &mut DistributionFacts, holder: &Elsewhere, glance: Option<&Glance>) {
    let service = if holder.may_be_member { None } else { recognise(&holder.account, glance) };
    if let Some((service, _)) = service {
        source.reach = Reach::Service(service);
    }
}

/// The one distribution domain name, not the target's, that the aliases' record sets lead to.
pub(super) fn where_dns_leads(
    request: &Request,
    record_sets: &BTreeMap<Alias, Vec<RecordSet>>,
    target: &DistributionFacts,
) -> Option<String> {
    let sets = request.aliases.iter().filter_map(|alias| record_sets.get(alias)).flatten();
    let led: BTreeSet<String> = sets.filter(|set| set.leads_to_cloudfront()).filter_map(RecordSet::leads_to).collect();
    let mut away = led.into_iter().filter(|name| *name != target.domain_name);
    match (away.next(), away.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The accounts that a plan would write in, in which the writing role cannot be assumed. What AWS did not answer is not
/// held against a role: the step that needs it asks again.
pub(super) async fn roles_unusable(accounts: &Accounts<'_>, request: &Request) -> Vec<(AccountId, String)> {
    let source = request.source.as_ref().map(|place| &place.account);
    let zone = request.zone().map(|zone| &zone.account);
    let written: BTreeSet<&AccountId> = [source, Some(&request.target.account), zone].into_iter().flatten().collect();
    let mut unusable = Vec::new();
    for account in written {
        match accounts.try_to_write(account).await {
            Ok(()) => {}
            Err(failure) if matches!(failure.name, ErrorName::Throttled | ErrorName::Unavailable) => {}
            Err(failure) => unusable.push((account.clone(), cut(&failure.message))),
        }
    }
    unusable
}

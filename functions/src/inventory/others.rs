//! Whether a distribution still lists an alias that is seen on another one: in the lists at hand, or by one look into another
//! account. Must not know what follows from it.

use super::member::{Member, patiently};
use crate::accounts::Home;
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use cutover::document::Execution;
use cutover::ids::{AccountId, Place};
use cutover::name::Alias;
use cutover::registry::sighting::Lists;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Distributions and sessions of other accounts that are kept in mind; after that all are forgotten.
const KEPT_MAX: usize = 50;

/// What was seen of other accounts.
pub(super) struct Others<'a> {
    home: &'a Home,
    clock: &'a Clock,
    scan: &'a Execution,
    members: HashMap<AccountId, Option<Arc<Member>>>,
    names: HashMap<String, BTreeSet<String>>,
}

impl<'a> Others<'a> {
    pub(super) fn new(home: &'a Home, clock: &'a Clock, scan: &'a Execution) -> Self {
        Self { home, clock, scan, members: HashMap::new(), names: HashMap::new() }
    }

    /// Whether `place` lists `alias` now. An account that cannot be looked at is taken to have let it go: the name was seen
    /// elsewhere, and it can be in one place only (CF-5).
    pub(super) async fn still_lists(&mut self, lists: &Lists, place: &Place, alias: &Alias) -> Result<bool, Failure> {
        if place.account == *lists.account() {
            return Ok(lists.lists(&place.distribution, alias));
        }
        let id = place.distribution.as_str().to_owned();
        if !self.names.contains_key(&id) {
            let names = self.names_of(place).await?;
            if self.names.len() >= KEPT_MAX {
                self.names.clear();
            }
            self.names.insert(id.clone(), names);
        }
        Ok(self.names.get(&id).is_some_and(|names| names.contains(alias.as_str())))
    }

    async fn names_of(&mut self, place: &Place) -> Result<BTreeSet<String>, Failure> {
        let Some(member) = self.member(&place.account).await? else { return Ok(BTreeSet::new()) };
        let id = place.distribution.as_str();
        let names =
            if place.distribution.is_tenant() { tenant(&member, self.clock, id).await } else { standard(&member, self.clock, id).await };
        match names {
            Ok(names) => Ok(names),
            Err(answer) if matches!(answer.meaning, Meaning::NotFound | Meaning::Denied) => Ok(BTreeSet::new()),
            Err(answer) => Err(answer.failure()),
        }
    }

    async fn member(&mut self, account: &AccountId) -> Result<Option<Arc<Member>>, Failure> {
        if let Some(member) = self.members.get(account) {
            return Ok(member.clone());
        }
        let member = match Member::looked_at(self.home, self.scan, account).await {
            Ok(member) => Some(Arc::new(member)),
            Err(failure) if failure.name == cutover::ErrorName::AccessDenied => None,
            Err(failure) => return Err(failure),
        };
        if self.members.len() >= KEPT_MAX {
            self.members.clear();
        }
        self.members.insert(account.clone(), member.clone());
        Ok(member)
    }
}

async fn standard(member: &Member, clock: &Clock, id: &str) -> Result<BTreeSet<String>, Answer> {
    let request = member.cloudfront().get_distribution().id(id);
    let call = || async { request.clone().send().await.map_err(|error| Answer::of("cloudfront:GetDistribution", &error)) };
    let answer = patiently(clock, call).await?;
    let config = answer.distribution().and_then(|distribution| distribution.distribution_config());
    let aliases = config.and_then(|config| config.aliases()).map(|aliases| aliases.items()).unwrap_or_default();
    Ok(aliases.iter().map(|name| name.to_ascii_lowercase()).collect())
}

async fn tenant(member: &Member, clock: &Clock, id: &str) -> Result<BTreeSet<String>, Answer> {
    let request = member.cloudfront().get_distribution_tenant().identifier(id);
    let call = || async { request.clone().send().await.map_err(|error| Answer::of("cloudfront:GetDistributionTenant", &error)) };
    let answer = patiently(clock, call).await?;
    let domains = answer.distribution_tenant().map(|tenant| tenant.domains()).unwrap_or_default();
    Ok(domains.iter().map(|domain| domain.domain().to_ascii_lowercase()).collect())
}

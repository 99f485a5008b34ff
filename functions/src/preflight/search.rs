//! Looks for the distributions that list the aliases: in the target, in the lists of the member accounts, and by asking
//! CloudFront who holds what none of them shows. Must not know what follows from it: `cutover::discovery` does.

use super::conflicts::{Conflict, conflicts};
use super::{Eyes, Unobserved, covers, distribution, glance};
use crate::accounts::Accounts;
use crate::answer::{Answer, Meaning};
use crate::distribution::{serving, unreachable};
use cutover::discovery::{Found, Search, locate};
use cutover::facts::DistributionFacts;
use cutover::finding::Code;
use cutover::ids::{AccountId, DistributionId, Place};
use cutover::name::Alias;
use cutover::request::Request;
use jiff::Timestamp;

/// Pages of distributions read in one account: 500 distributions are five.
const PAGES_MAX: usize = 12;
/// Distributions in one page.
const PAGE: i32 = 100;
/// Reading lists stops after this time: the function has 120 s, and the rest of preflight needs its own.
const LISTS_SECONDS_MAX: i64 = 60;
/// With more accounts than this CloudFront is asked first who holds the first alias: then its account is read first.
const ACCOUNTS_WITHOUT_HINT: usize = 8;

/// Where the source is, and the target, which was read on the way.
pub(super) async fn source(eyes: Eyes<'_>, request: &Request) -> Result<(Found, DistributionFacts), Unobserved> {
    let accounts = eyes.accounts(request)?.searching();
    let target = distribution::observe(&accounts, &request.target).await?;
    let mut hunt = Hunt { eyes, accounts, request, target: &target, began: eyes.clock.now(), search: Search::default() };
    hunt.search.on_target = request.aliases.iter().filter(|alias| target.lists(alias)).cloned().collect();
    hunt.read_lists().await?;
    hunt.ask_cloudfront().await?;
    if let Some(lost) = hunt.lost() {
        hunt.search.met = glance::at(eyes.viewer, &lost).await.map(|glance| glance::describe(&glance));
    }
    let found = locate(request, &hunt.search)?;
    Ok((found, target))
}

struct Hunt<'a> {
    eyes: Eyes<'a>,
    accounts: Accounts<'a>,
    request: &'a Request,
    target: &'a DistributionFacts,
    began: Timestamp,
    search: Search,
}

impl Hunt<'_> {
    /// Aliases that nothing has shown yet.
    fn missing(&self) -> Vec<Alias> {
        let missing = |alias: &&Alias| !self.search.on_target.contains(*alias) && !self.search.ours.contains_key(*alias);
        self.request.aliases.iter().filter(missing).cloned().collect()
    }

    /// The first alias that nobody holds.
    fn lost(&self) -> Option<Alias> {
        self.missing().into_iter().find(|alias| self.search.held.get(alias).is_none_or(Vec::is_empty))
    }

    /// The member accounts, the likeliest first.
    async fn order(&self) -> Result<Vec<AccountId>, Unobserved> {
        let own = std::iter::once(&self.request.target.account).filter(|account| !self.eyes.members.contains(account));
        let mut order: Vec<AccountId> = own.chain(self.eyes.members).cloned().collect();
        if order.len() > ACCOUNTS_WITHOUT_HINT
            && let Some(first) = self.missing().first().filter(|alias| self.may_ask_about(alias))
        {
            let holders = conflicts(&self.accounts, &self.request.target, first).await?;
            order.sort_by_key(|account| !holders.iter().any(|conflict| conflict.holder.may_be_in(account.as_str())));
        }
        Ok(order)
    }

    fn may_ask_about(&self, alias: &Alias) -> bool {
        covers(self.target, self.eyes.clock.now(), alias)
    }

    async fn read_lists(&mut self) -> Result<(), Unobserved> {
        if self.missing().is_empty() {
            return Ok(());
        }
        for account in self.order().await? {
            if self.eyes.clock.now().as_second() - self.began.as_second() > LISTS_SECONDS_MAX {
                let why = format!("the search had to end after {LISTS_SECONDS_MAX} s");
                self.search.unread.push((account, why));
                continue;
            }
            match self.read_list(&account).await {
                Ok(()) => self.search.searched.push(account),
                Err(answer) if matches!(answer.meaning, Meaning::Throttled | Meaning::Unknown | Meaning::Expired) => {
                    return Err(Unobserved::Failed(answer.failure()));
                }
                Err(answer) => self.search.unread.push((account, answer.text)),
            }
            if self.missing().is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// One account's distributions, staging ones left out: they own no alias (DT-14, DSC-9).
    async fn read_list(&mut self, account: &AccountId) -> Result<(), Answer> {
        let client = self.accounts.cloudfront(account).await.map_err(unreachable)?;
        let mut marker: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let answer = client
                .list_distributions()
                .max_items(PAGE)
                .set_marker(marker.take())
                .send()
                .await
                .map_err(|error| Answer::of("cloudfront:ListDistributions", &error))?;
            let list = answer.distribution_list();
            for summary in list.map(|list| list.items()).unwrap_or_default().iter().filter(|summary| !summary.staging()) {
                let listed = summary.aliases().map(|aliases| aliases.items()).unwrap_or_default();
                self.found(account, summary.id(), listed);
            }
            marker = list.and_then(|list| list.next_marker()).filter(|marker| !marker.is_empty()).map(str::to_owned);
            if marker.is_none() || self.missing().is_empty() {
                return Ok(());
            }
        }
        let text = format!("it has more than {} distributions", PAGES_MAX * usize::try_from(PAGE).unwrap_or(0));
        Err(Answer { meaning: Meaning::Unlisted, text })
    }

    fn found(&mut self, account: &AccountId, id: &str, listed: &[String]) {
        let Ok(distribution) = DistributionId::parse(id) else { return };
        for alias in self.missing() {
            if listed.iter().any(|name| name.eq_ignore_ascii_case(alias.as_str())) {
                self.search.ours.insert(alias, Place { account: account.clone(), distribution: distribution.clone() });
            }
        }
    }

    /// Who holds what no list shows; a tenant of ours is then asked for by its name (DSC-8, HID-2).
    async fn ask_cloudfront(&mut self) -> Result<(), Unobserved> {
        for alias in self.missing() {
            if !self.may_ask_about(&alias) {
                let why = format!("the certificate of {} is not in force for {alias} (DSC-1)", self.target.id);
                self.search.unasked.get_or_insert(why);
                continue;
            }
            let found = conflicts(&self.accounts, &self.request.target, &alias).await?;
            if let Some(place) = self.our_tenant(&alias, &found).await? {
                self.search.ours.insert(alias, place);
                continue;
            }
            self.search.held.insert(alias, found.into_iter().map(|conflict| conflict.holder).collect());
        }
        Ok(())
    }

    async fn our_tenant(&self, alias: &Alias, found: &[Conflict]) -> Result<Option<Place>, Unobserved> {
        for conflict in found.iter().filter(|conflict| conflict.tenant) {
            for account in self.search.searched.iter().filter(|account| conflict.holder.may_be_in(account.as_str())) {
                if let Some(place) = self.tenant_by_domain(account, alias).await? {
                    return Ok(Some(place));
                }
            }
        }
        Ok(None)
    }

    async fn tenant_by_domain(&self, account: &AccountId, alias: &Alias) -> Result<Option<Place>, Unobserved> {
        let client = self.accounts.cloudfront(account).await.map_err(Unobserved::Failed)?;
        let answer = client.get_distribution_tenant_by_domain().domain(alias.as_str()).send().await;
        let answer = match answer.map_err(|error| Answer::of("cloudfront:GetDistributionTenantByDomain", &error)) {
            Ok(answer) => answer,
            Err(answer) if matches!(answer.meaning, Meaning::NotFound | Meaning::Denied) => return Ok(None),
            Err(answer) => return Err(Unobserved::of(answer, &format!("the tenant of {alias}"), Code::SourceNotFound)),
        };
        let Some(tenant) =
            answer.distribution_tenant().filter(|tenant| serving(tenant.domains()).iter().any(|name| name == alias.as_str()))
        else {
            return Ok(None);
        };
        let id = tenant.id().and_then(|id| DistributionId::parse(id).ok());
        Ok(id.map(|distribution| Place { account: account.clone(), distribution }))
    }
}

//! Source and target: read where they are named, looked for where they are not, and taken at what CloudFront shows of them
//! where they cannot be looked at. Must not know what follows from it.

use super::conflicts::holders;
use super::{Eyes, Unobserved, covers, distribution, search};
use crate::accounts::Accounts;
use crate::answer::{Answer, Meaning};
use cutover::bounds::cut;
use cutover::discovery::{Elsewhere, Found};
use cutover::facts::{DistributionFacts, Reach};
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::request::Request;

/// The two sides, and the sessions that read them.
pub(super) struct Sides<'a> {
    pub(super) accounts: Accounts<'a>,
    /// Empty where every alias is on the target and no source was named.
    pub(super) source: DistributionFacts,
    pub(super) target: DistributionFacts,
    /// Who holds the aliases, where that was only found as CloudFront shows it.
    pub(super) holder: Option<Elsewhere>,
}

/// Looks at both, and completes `request.source` where it was found.
pub(super) async fn look<'a>(eyes: Eyes<'a>, request: &mut Request) -> Result<Sides<'a>, Unobserved> {
    let accounts = eyes.accounts(request)?;
    let Some(place) = request.source.clone() else { return find(eyes, request, accounts).await };
    match distribution::look(&accounts, &place).await {
        Ok(seen) => {
            let source = distribution::complete(&accounts, &place, &seen).await?;
            let target = distribution::observe(&accounts, &request.target).await?;
            Ok(Sides { accounts, source, target, holder: None })
        }
        // Where the role can be had after all, the account is ours: then an id is wrong, or a permission is missing.
        Err(answer) if answer.meaning == Meaning::Denied && accounts.cloudfront(&place.account).await.is_err() => {
            unreachable(eyes, request, accounts, &place, answer).await
        }
        Err(answer) => Err(distribution::unread(answer, &place)),
    }
}

async fn find<'a>(eyes: Eyes<'a>, request: &mut Request, accounts: Accounts<'a>) -> Result<Sides<'a>, Unobserved> {
    let (found, target) = search::source(eyes, request).await?;
    match found {
        Found::NotNeeded => Ok(Sides { accounts, source: DistributionFacts::default(), target, holder: None }),
        Found::Ours(place) => {
            request.source = Some(place.clone());
            let accounts = eyes.accounts(request)?;
            let source = distribution::observe(&accounts, &place).await?;
            Ok(Sides { accounts, source, target, holder: None })
        }
        Found::Elsewhere(elsewhere) => {
            let source = hidden(&elsewhere.account, &elsewhere.id, &elsewhere.aliases, &elsewhere.why);
            Ok(Sides { accounts, source, target, holder: Some(elsewhere) })
        }
    }
}

/// All that can be known of a source that cannot be looked at.
fn hidden(account: &str, id: &str, aliases: &[Alias], why: &str) -> DistributionFacts {
    DistributionFacts {
        account: account.to_owned(),
        id: id.to_owned(),
        reach: Reach::Unreachable(cut(why)),
        tenant: id.starts_with("dt_"),
        aliases: aliases.iter().map(Alias::to_string).collect(),
        ..DistributionFacts::default()
    }
}

/// The source that is named may not be looked at. If CloudFront says that it holds the aliases, that is enough to go on;
/// otherwise the ids in the request are as likely to be wrong.
async fn unreachable<'a>(
    eyes: Eyes<'a>,
    request: &mut Request,
    accounts: Accounts<'a>,
    place: &Place,
    denied: Answer,
) -> Result<Sides<'a>, Unobserved> {
    let why = denied.text.clone();
    let refuse = || distribution::unread(denied.clone(), place);
    let target = distribution::observe(&accounts, &request.target).await.map_err(|_| refuse())?;
    let waiting: Vec<Alias> = request.aliases.iter().filter(|alias| !target.lists(alias)).cloned().collect();
    let now = eyes.clock.now();
    if waiting.is_empty() || !waiting.iter().all(|alias| covers(&target, now, alias)) {
        return Err(refuse());
    }
    for alias in &waiting {
        let holders = holders(&accounts, &request.target, alias).await?;
        if !holders.iter().any(|holder| holder.may_be(place.distribution.as_str()) && holder.may_be_in(place.account.as_str())) {
            return Err(refuse());
        }
    }
    request.source = None;
    let source = hidden(place.account.as_str(), place.distribution.as_str(), &waiting, &why);
    Ok(Sides { accounts: eyes.accounts(request)?, source, target, holder: None })
}

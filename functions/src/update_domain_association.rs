//! Has AWS move aliases from one distribution to another, in one call for each (MV-2). The call is made with the account
//! that they join and fenced by that distribution's ETag. Where it is denied, and only there, the older call
//! `AssociateAlias` is made, which nothing fences (MV-8): the owner is looked at before and after it, never repeated
//! blindly.
//!
//! One call of this step moves one alias: the next may only follow when the distribution is deployed again (U-11). The
//! SDK's own retries are off. Must not know whether this is the way forward or back.

use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::distribution::{self, Seen};
use aws_sdk_cloudfront::types::DistributionResourceId;
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::plan::Edit;
use cutover::progress::Done;

/// Looks and moves in one call of the step. A stale ETag or a lost answer costs one; the definition calls again.
const TRIES_MAX: usize = 5;
/// No try begins later than this: a look and two moves take 30 s at the worst, and the function has 120 s.
const LAST_TRY_SECONDS: i64 = 80;
/// Pause after a stale ETag: the read may be old for a moment (CF-11).
const STALE_PAUSE_MILLIS: u64 = 500;

pub(crate) async fn update_domain_association(accounts: &Accounts<'_>, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    let Edit::UpdateDomainAssociation { aliases, from, to } = document.edit_now()?.clone() else {
        return Err(Failure::new(ErrorName::MalformedDocument, "the next edit is no move by AWS"));
    };
    let moved_before = document.progress.moved_last.is_some();
    let (mut tried, mut last, began) = (false, String::new(), clock.now());
    for _ in 0..TRIES_MAX {
        if clock.now().as_second() - began.as_second() > LAST_TRY_SECONDS {
            break;
        }
        let seen = distribution::look(accounts, &to).await.map_err(|answer| answer.failure())?;
        let waiting: Vec<&Alias> = aliases.iter().filter(|alias| !seen.lists(alias)).collect();
        let Some(alias) = waiting.first() else {
            let detail = if tried { "moved, as a look after a lost answer shows" } else { "already there" };
            document.acted(clock.now(), Done { wrote: tried || moved_before, change_id: None, detail: detail.to_owned() });
            return Ok(document);
        };
        may_join(&seen, &to)?;
        match move_one(accounts, &to, &seen, alias).await {
            Ok(by) => {
                let detail = format!("{alias} left {} for {} by {by}", from.distribution, to.distribution);
                if waiting.len() > 1 {
                    document.acted_in_part(clock.now(), alias, &detail);
                } else {
                    document.acted(clock.now(), Done { wrote: true, change_id: None, detail });
                }
                return Ok(document);
            }
            Err(answer) if matches!(answer.meaning, Meaning::Stale | Meaning::Unknown) => {
                tracing::info!(answer = %answer.text, "looking again before acting again");
                tried |= answer.meaning == Meaning::Unknown;
                last = answer.text;
                clock.sleep_millis(STALE_PAUSE_MILLIS).await;
            }
            // DNS follows the move, so waiting for it would be in vain (DNS-7).
            Err(answer) if answer.meaning == Meaning::DnsElsewhere => return Err(Failure::new(ErrorName::MoveNotAllowed, answer.text)),
            Err(answer) => return Err(answer.failure()),
        }
    }
    Err(Failure::new(ErrorName::Unavailable, format!("{} was not moved to: {last}", to.distribution)))
}

/// A disabled distribution would swallow the name (CF-7), and one on its way to the edge is not taken (U-11).
fn may_join(seen: &Seen, to: &Place) -> Result<(), Failure> {
    if !seen.config.enabled() {
        return Err(Failure::new(ErrorName::DetachUnsafe, format!("nothing was moved: {} is disabled", to.distribution)));
    }
    if !seen.is_deployed() {
        return Err(Failure::new(ErrorName::TargetInProgress, format!("nothing was moved: {} is {}", to.distribution, seen.status)));
    }
    Ok(())
}

/// Which call moved it.
async fn move_one(accounts: &Accounts<'_>, to: &Place, seen: &Seen, alias: &Alias) -> Result<&'static str, Answer> {
    let client = accounts.cloudfront(&to.account).await.map_err(distribution::unreachable)?;
    let moved = client
        .update_domain_association()
        .domain(alias.as_str())
        .target_resource(DistributionResourceId::builder().distribution_id(to.distribution.as_str()).build())
        .set_if_match(seen.etag.clone())
        .send()
        .await
        .map_err(|error| Answer::of("cloudfront:UpdateDomainAssociation", &error));
    match moved {
        Ok(_) => return Ok("UpdateDomainAssociation"),
        Err(answer) if answer.meaning != Meaning::Denied => return Err(answer),
        Err(_) => {}
    }
    client
        .associate_alias()
        .target_distribution_id(to.distribution.as_str())
        .alias(alias.as_str())
        .send()
        .await
        .map_err(|error| Answer::of("cloudfront:AssociateAlias", &error))?;
    Ok("AssociateAlias")
}

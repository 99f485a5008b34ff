//! Has AWS move aliases from one distribution or tenant to another, in one call for each (MV-2). The call is made with the
//! account that they join and fenced by the ETag of what they join. Where it is denied, and only there, the older call
//! `AssociateAlias` is made, which knows no tenants and which nothing fences (MV-8): the owner is looked at before and
//! after it, never repeated blindly.
//!
//! One call of this step moves one alias: the next may only follow when the distribution is deployed again (U-11). Must
//! not know whether this is the way forward or back.

use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::detach_guard::serves;
use crate::distribution::{self, Seen};
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::Place;
use cutover::name::Alias;
use cutover::plan::Edit;
use cutover::progress::{Direction, Done};
use cutover::registry::unaccounted::undone_by;

/// Looks and moves in one call of the step. A stale ETag or a lost answer costs one; the definition calls again.
const TRIES_MAX: usize = 5;
/// No try begins later than this: two looks and two moves take 40 s at the worst, a pause 45 s, and the function has 240 s.
const LAST_TRY_SECONDS: i64 = 80;
/// Pause after a stale ETag: the read may be old for a moment (CF-11).
const STALE_PAUSE_MILLIS: u64 = 500;
/// Pause after a lost answer of `AssociateAlias`, which nothing fences: long enough that an old read is an old story.
const UNFENCED_PAUSE_MILLIS: u64 = 45_000;

pub(crate) async fn update_domain_association(accounts: &Accounts<'_>, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    let Edit::UpdateDomainAssociation { aliases, from, to } = document.edit_now()?.clone() else {
        return Err(Failure::new(ErrorName::MalformedDocument, "the next edit is no move by AWS"));
    };
    let moved_before = document.progress.moved_last.is_some();
    let (mut lost, mut waiting_before, mut last, began) = (false, None, String::new(), clock.now());
    for _ in 0..TRIES_MAX {
        if clock.now().as_second() - began.as_second() > LAST_TRY_SECONDS {
            break;
        }
        let seen = distribution::look(accounts, &to).await.map_err(|answer| answer.failure())?;
        let waiting: Vec<Alias> = aliases.iter().filter(|alias| !seen.lists(alias)).cloned().collect();
        let moved = waiting_before.take().and_then(|before: Vec<Alias>| before.into_iter().find(|alias| !waiting.contains(alias)));
        let Some(alias) = waiting.first() else {
            if let (Some(held), Some(from), false) = (accounts.held(), &from, lost) {
                // A move the other way may still take effect, whose ETag is the present one as long as nobody writes.
                held.nothing_undoes(&from.distribution, &undone_by(&[], &aliases))?;
            }
            let detail = if lost { "moved, as a look after a lost answer shows" } else { "already there" };
            document.acted(clock.now(), Done { wrote: lost || moved_before, change_id: None, detail: detail.to_owned() });
            return Ok(document);
        };
        if let Some(moved) = moved {
            document.acted_in_part(clock.now(), &moved, "moved, as a look after a lost answer shows");
            return Ok(document);
        }
        may_join(&seen, &to, &document)?;
        if let Some(from) = &from {
            may_leave(accounts, from, alias).await?;
        }
        match move_one(accounts, &to, &seen, alias).await {
            Ok(by) => {
                let left = from.as_ref().map_or("a distribution that is not ours", |from| from.distribution.as_str());
                let detail = format!("{alias} left {left} for {} by {by}", to.distribution);
                if waiting.len() > 1 {
                    document.acted_in_part(clock.now(), alias, &detail);
                } else {
                    document.acted(clock.now(), Done { wrote: true, change_id: None, detail });
                }
                return Ok(document);
            }
            Err(Unmoved { answer, fenced }) if matches!(answer.meaning, Meaning::Stale | Meaning::Unknown) => {
                tracing::info!(answer = %answer.text, "looking again before acting again");
                lost |= answer.meaning == Meaning::Unknown;
                last = answer.text;
                waiting_before = Some(waiting);
                clock.sleep_millis(if fenced { STALE_PAUSE_MILLIS } else { UNFENCED_PAUSE_MILLIS }).await;
            }
            // One name has gone already, so the source is disabled, and now on its way to the edge: that cannot be looked at (MV-5).
            Err(Unmoved { answer, .. }) if answer.meaning == Meaning::SourceEnabled && from.is_none() && moved_before => {
                return Err(Failure::new(ErrorName::TargetInProgress, answer.text));
            }
            // DNS follows the move, so waiting for it would be in vain (DNS-7).
            Err(Unmoved { answer, .. }) if answer.meaning == Meaning::DnsElsewhere => {
                return Err(Failure::new(ErrorName::MoveNotAllowed, answer.text));
            }
            Err(Unmoved { answer, .. }) => return Err(answer.failure()),
        }
    }
    Err(Failure::new(ErrorName::Unavailable, format!("{} was not moved to: {last}", to.distribution)))
}

/// Only the distribution of the plan loses the name: AWS would take it from whoever has it (I3).
async fn may_leave(accounts: &Accounts<'_>, from: &Place, alias: &Alias) -> Result<(), Failure> {
    let leaving = distribution::look(accounts, from).await.map_err(|answer| answer.failure())?;
    if leaving.lists(alias) {
        return Ok(());
    }
    let message = format!("nothing was moved: {alias} is not on {} any more; find out who holds it now", from.distribution);
    Err(Failure::new(ErrorName::ChangedByOthers, message))
}

/// A disabled distribution would swallow the name (CF-7), one on its way to the edge is not taken (U-11), and on the way
/// forward the safety net that the plan has put there must still be there (I11).
fn may_join(seen: &Seen, to: &Place, document: &Cutover) -> Result<(), Failure> {
    let net = document
        .plan
        .first()
        .filter(|_| document.progress.direction == Direction::Forward)
        .map_or(&[][..], |planned| planned.edit.attaches());
    if let Some(gone) = net.iter().find(|alias| alias.is_wildcard() && !seen.lists(alias) && !document.moving().contains(alias)) {
        return Err(Failure::new(ErrorName::DetachUnsafe, format!("nothing was moved: {gone} has left {}", to.distribution)));
    }
    serves(seen, to)
}

/// Why a call did not move an alias, as far as is known.
struct Unmoved {
    answer: Answer,
    /// Whether the call was fenced by an ETag, so that sending it again cannot do it twice (DDB-5).
    fenced: bool,
}

/// Which call moved it.
async fn move_one(accounts: &Accounts<'_>, to: &Place, seen: &Seen, alias: &Alias) -> Result<&'static str, Unmoved> {
    let fenced = |answer| Unmoved { answer, fenced: true };
    let client = accounts.cloudfront(&to.account).await.map_err(distribution::unreachable).map_err(fenced)?;
    let no_etag = || fenced(Answer { meaning: Meaning::Unknown, text: "cloudfront:GetDistribution: an answer without an ETag".to_owned() });
    let etag = seen.etag.clone().ok_or_else(no_etag)?;
    let call = client.update_domain_association().domain(alias.as_str()).target_resource(distribution::resource_id(to)).if_match(etag);
    let sent = async { call.send().await.map_err(|error| Answer::of("cloudfront:UpdateDomainAssociation", &error)) };
    let what = |operation: &str| format!("cloudfront:{operation} {} in {}: {alias}", to.distribution, to.account);
    match accounts.write(&what("UpdateDomainAssociation"), sent).await {
        Ok(_) => return Ok("UpdateDomainAssociation"),
        // The older call knows no tenants (DT-12, MV-7).
        Err(answer) if answer.meaning != Meaning::Denied || to.distribution.is_tenant() => return Err(fenced(answer)),
        Err(_) => {}
    }
    let call = client.associate_alias().target_distribution_id(to.distribution.as_str()).alias(alias.as_str());
    let sent = async { call.send().await.map_err(|error| Answer::of("cloudfront:AssociateAlias", &error)) };
    accounts.write(&what("AssociateAlias"), sent).await.map_err(|answer| Unmoved { answer, fenced: false })?;
    Ok("AssociateAlias")
}

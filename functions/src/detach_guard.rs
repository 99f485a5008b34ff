//! Nothing is detached unless whatever is to serve the name next would do so now (I11), and no wildcard is
//! taken away while a name still lives on it (I5). Looks, and never writes.

use crate::accounts::Accounts;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::distribution::{self, Config, Seen};
use crate::record_sets;
use cutover::bounds::ALIASES_PER_DISTRIBUTION_MAX;
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::ids::Place;
use cutover::name::{Alias, certificate_name_covers};
use cutover::plan::names;
use cutover::progress::Direction;
use jiff::Timestamp;

fn unsafe_because(why: String) -> Failure {
    Failure::new(ErrorName::DetachUnsafe, format!("nothing was detached: {why}"))
}

/// Before aliases leave `place` in a bridge, forth or back.
///
/// Exact names may leave while the target, deployed, lists a wildcard that catches each of them. A wildcard may leave
/// the target while the target lists each name itself, or, on the way back, the source does.
pub(crate) async fn removal_is_safe(accounts: &Accounts<'_>, document: &Cutover, place: &Place, remove: &[Alias]) -> Result<(), Failure> {
    if remove.is_empty() {
        return Ok(());
    }
    let back = document.progress.direction == Direction::Back;
    let target = &accounts.request().target;
    let seen = distribution::look(accounts, target).await.map_err(|answer| answer.failure())?;
    let still_there = if place == target {
        remove.iter().any(|alias| seen.lists(alias))
    } else {
        let leaving = distribution::look(accounts, place).await.map_err(|answer| answer.failure())?;
        remove.iter().any(|alias| leaving.lists(alias))
    };
    if !still_there {
        return Ok(());
    }
    if !back {
        serves(&seen, target)?;
    } else if !seen.is_deployed() {
        return Err(in_progress(&seen, target));
    }
    let moving: Vec<Alias> = document.moving().into_iter().filter(|alias| !alias.is_wildcard()).collect();
    let unserved = if remove.iter().any(Alias::is_wildcard) {
        let by_target = |alias: &Alias| seen.lists(alias);
        let mut left = moving.into_iter().filter(|alias| !by_target(alias)).collect::<Vec<_>>();
        if back && !left.is_empty() {
            let source = distribution::look(accounts, accounts.source()?).await.map_err(|answer| answer.failure())?;
            left.retain(|alias| !source.lists(alias));
        }
        left.into_iter().next()
    } else {
        let listed: Vec<Alias> = seen.aliases().iter().filter_map(|name| Alias::parse(name).ok()).collect();
        let wildcards: Vec<&Alias> = listed.iter().filter(|alias| alias.is_wildcard()).collect();
        moving.into_iter().find(|alias| !wildcards.iter().any(|wildcard| wildcard.catches(alias)))
    };
    match unserved {
        None => Ok(()),
        Some(alias) => {
            Err(unsafe_because(format!("nothing would serve {alias} without what is to leave; looked at {}", target.distribution)))
        }
    }
}

fn in_progress(seen: &Seen, place: &Place) -> Failure {
    Failure::new(ErrorName::TargetInProgress, format!("nothing was detached: {} is {}", place.distribution, seen.status))
}

pub(crate) fn serves(seen: &Seen, place: &Place) -> Result<(), Failure> {
    if !seen.enabled {
        return Err(unsafe_because(format!("{} is disabled", place.distribution)));
    }
    if !seen.is_deployed() {
        return Err(in_progress(seen, place));
    }
    Ok(())
}

/// Before a swap's detach, in the same call: everything that the attach needs is true now (I11).
///
/// On the way back an attach must only be possible; the way back itself is not made to wait for a
/// distribution that was never enabled.
pub(crate) async fn attach_would_pass(
    accounts: &Accounts<'_>,
    clock: &Clock,
    document: &Cutover,
    (aliases, to, config): (&[Alias], &Place, &Config),
    deadline: Timestamp,
) -> Result<(), Failure> {
    let seen = distribution::look(accounts, to).await.map_err(|answer| answer.failure())?;
    if document.progress.direction == Direction::Forward {
        serves(&seen, to)?;
        let due = document.progress.dns_seen_at;
        if due.is_none_or(|due| due > clock.now()) {
            return Err(unsafe_because("CloudFront has not had the time to see the record sets at the target (DNS-5)".to_owned()));
        }
    } else if document.repointed() && document.progress.dns_seen_at.is_none() {
        // The name is served where it is, and the source could not take it back yet.
        let message = "nothing was detached: CloudFront has not had the time to see the record sets at the source (SW-11)";
        return Err(Failure::new(ErrorName::DnsNotSeenYet, message));
    }
    certificate_covers(accounts, clock, &seen, to, aliases).await?;
    let listed = config.aliases().len();
    let joining = aliases.iter().filter(|alias| !config.lists(alias)).count();
    if listed + joining > ALIASES_PER_DISTRIBUTION_MAX {
        return Err(unsafe_because(format!("{} lists {listed} aliases and has no room for {joining}", to.distribution)));
    }
    records_lead_to(accounts, aliases, &seen.domain_name).await?;
    sessions_last(accounts, deadline).await
}

async fn certificate_covers(accounts: &Accounts<'_>, clock: &Clock, seen: &Seen, to: &Place, aliases: &[Alias]) -> Result<(), Failure> {
    let Some(arn) = &seen.certificate_arn else {
        return Err(unsafe_because(format!("{} has no certificate of ACM", to.distribution)));
    };
    let certificate = crate::preflight::read_certificate(accounts, &to.account, arn).await.map_err(|answer| answer.failure())?;
    let ended = certificate.not_after.is_some_and(|end| end <= clock.now());
    let missing: Vec<Alias> =
        aliases.iter().filter(|alias| !certificate.names.iter().any(|name| certificate_name_covers(name, alias))).cloned().collect();
    if certificate.status != "ISSUED" || ended || !missing.is_empty() {
        let detail = if missing.is_empty() { certificate.status } else { format!("it does not cover {}", names(&missing)) };
        return Err(unsafe_because(format!("the certificate of {} is not usable: {detail}", to.distribution)));
    }
    Ok(())
}

async fn records_lead_to(accounts: &Accounts<'_>, aliases: &[Alias], domain_name: &str) -> Result<(), Failure> {
    for alias in aliases {
        let sets = record_sets::read(accounts, accounts.zone()?, alias).await.map_err(|answer| answer.failure())?;
        if sets.is_empty() || sets.iter().any(|set| !set.points_at(domain_name)) {
            return Err(unsafe_because(format!("the record sets of {alias} do not lead to {domain_name} any more")));
        }
    }
    Ok(())
}

async fn sessions_last(accounts: &Accounts<'_>, deadline: Timestamp) -> Result<(), Failure> {
    for account in [&accounts.source()?.account, &accounts.request().target.account] {
        let ends = accounts.session_ends(account).await?;
        if ends.is_none_or(|ends| ends <= deadline) {
            return Err(unsafe_because(format!("the session in account {account} may end before the swap's call does")));
        }
    }
    Ok(())
}

//! Nothing is detached unless whatever is to serve the name next would do so now (I11), and no wildcard is
//! taken away while a name still lives on it (I5). Looks, and never writes.

use crate::accounts::Accounts;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::distribution::{self, Config, Kind, Seen};
use crate::holders;
use crate::record_sets;
use cutover::bounds::ALIASES_PER_DISTRIBUTION_MAX;
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::finding::Code;
use cutover::ids::Place;
use cutover::name::{Alias, certificate_name_covers};
use cutover::plan::names;
use cutover::progress::Direction;
use cutover::record_set::RecordSet;
use jiff::Timestamp;

fn unsafe_because(why: String) -> Failure {
    Failure::new(ErrorName::DetachUnsafe, format!("the detach was not sent: {why}"))
}

/// Before aliases leave `place`, forth or back.
///
/// Names, a wildcard that moves among them, may leave while a wildcard that catches each of them is on the target, deployed, or, on the way back, on the
/// source. A wildcard that does not move may leave while the target lists each moving name itself, or, on the way back, the source does.
pub(crate) async fn removal_is_safe(accounts: &Accounts<'_>, document: &Cutover, place: &Place, remove: &[Alias]) -> Result<(), Failure> {
    if remove.is_empty() {
        return Ok(());
    }
    let back = document.progress.direction == Direction::Back;
    let target = &accounts.request().target;
    let seen = distribution::look(accounts, target).await.map_err(|answer| answer.failure())?;
    let leaving: Vec<Alias> = if place == target {
        remove.iter().filter(|alias| seen.lists(alias)).cloned().collect()
    } else {
        let leaving = distribution::look(accounts, place).await.map_err(|answer| answer.failure())?;
        remove.iter().filter(|alias| leaving.lists(alias)).cloned().collect()
    };
    if leaving.is_empty() {
        return Ok(());
    }
    if !back {
        serves(&seen, target)?;
    } else if !seen.is_deployed() {
        return Err(in_progress(&seen, target));
    }
    // A wildcard that moves itself is a name like any other; one that does not is a bridge's, or a net.
    let moving = document.moving();
    let wildcard_leaves = leaving.iter().any(|alias| alias.is_wildcard() && !moving.contains(alias));
    let needed = if wildcard_leaves { moving } else { leaving };
    let mut left: Vec<Alias> = needed.into_iter().filter(|alias| !serves_instead(&seen, alias, wildcard_leaves)).collect();
    if back && !left.is_empty() {
        left = unserved_elsewhere(accounts, left, wildcard_leaves).await?;
    }
    match left.first() {
        None => Ok(()),
        Some(alias) => {
            Err(unsafe_because(format!("nothing would serve {alias} without what is to leave; looked at {}", target.distribution)))
        }
    }
}

/// Whether `seen` serves `alias` by its own name, or by a wildcard.
fn serves_instead(seen: &Seen, alias: &Alias, by_name: bool) -> bool {
    if by_name { seen.lists(alias) } else { catches(seen, alias) }
}

/// On the way back: those that the source does not serve either. Where it is not ours to look at, whoever else still holds a
/// name serves it.
async fn unserved_elsewhere(accounts: &Accounts<'_>, mut left: Vec<Alias>, by_name: bool) -> Result<Vec<Alias>, Failure> {
    if let Some(place) = &accounts.request().source {
        let source = distribution::look(accounts, place).await.map_err(|answer| answer.failure())?;
        left.retain(|alias| !serves_instead(&source, alias, by_name));
        // By the source's wildcard an edge serves the names only once it has it again.
        if left.is_empty() && !by_name {
            serves(&source, place)?;
        }
        return Ok(left);
    }
    let target = &accounts.request().target;
    let mut unserved = Vec::new();
    for alias in left {
        if holders::another(accounts, target, &alias).await.map_err(|answer| answer.failure())?.is_none() {
            unserved.push(alias);
        }
    }
    Ok(unserved)
}

/// Whether a wildcard on it would serve `alias` once the exact name is gone (CF-8).
fn catches(seen: &Seen, alias: &Alias) -> bool {
    let listed = seen.aliases();
    listed.iter().filter_map(|name| Alias::parse(name).ok()).any(|listed| listed != *alias && listed.is_wildcard() && listed.catches(alias))
}

/// Before the source is disabled, with all its aliases: AWS's move into the target must pass as soon as that is deployed
/// (I11). The proof was waited for at every name server just before.
pub(crate) async fn disabling_is_safe(accounts: &Accounts<'_>, clock: &Clock, document: &Cutover, place: &Place) -> Result<(), Failure> {
    let target = &accounts.request().target;
    if place.distribution == target.distribution {
        return Err(Failure::new(ErrorName::MalformedDocument, "the target is never disabled"));
    }
    if !distribution::look(accounts, place).await.map_err(|answer| answer.failure())?.enabled {
        return Ok(());
    }
    let seen = distribution::look(accounts, target).await.map_err(|answer| answer.failure())?;
    serves(&seen, target)?;
    let aliases = document.moving();
    has_room(&seen.aliases(), &aliases, target, ALIASES_PER_DISTRIBUTION_MAX)?;
    certificate_covers(accounts, clock, &seen, target, &aliases).await
}

/// `room` is for how many aliases the distribution is known to have room.
fn has_room(listed: &[String], joining: &[Alias], to: &Place, room: usize) -> Result<(), Failure> {
    let joining = joining.iter().filter(|alias| !listed.iter().any(|name| name == alias.as_str())).count();
    let listed = listed.len();
    if listed + joining > room {
        return Err(unsafe_because(format!("{} lists {listed} aliases and has no room for {joining}", to.distribution)));
    }
    Ok(())
}

fn in_progress(seen: &Seen, place: &Place) -> Failure {
    Failure::new(ErrorName::TargetInProgress, format!("the detach was not sent: {} is {}", place.distribution, seen.status))
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
        let message = "the detach was not sent: CloudFront has not had the time to see the record sets at the source (SW-11)";
        return Err(Failure::new(ErrorName::DnsNotSeenYet, message));
    }
    certificate_covers(accounts, clock, &seen, to, aliases).await?;
    let known = document.source_listed.filter(|_| document.progress.direction == Direction::Back);
    let room = known.unwrap_or(0).max(ALIASES_PER_DISTRIBUTION_MAX);
    has_room(&config.aliases().into_iter().collect::<Vec<_>>(), aliases, to, room)?;
    records_lead_to(accounts, document, aliases, &seen.domain_name).await?;
    sessions_last(accounts, deadline).await
}

async fn certificate_covers(accounts: &Accounts<'_>, clock: &Clock, seen: &Seen, to: &Place, aliases: &[Alias]) -> Result<(), Failure> {
    let Some(arn) = &seen.certificate_arn else {
        // Nobody can read what the IAM store holds (ACM-8). CloudFront checks it when the attach is tried before the detach,
        // or when it is asked for the move.
        if accounts.request().accept.contains(&Code::CertificateInIamStore) && has_iam_certificate(seen) {
            return Ok(());
        }
        // A tenant without a certificate of its own serves its distribution's, which only the plan looks at (DT-12).
        if matches!(seen.kind, Kind::Tenant(_)) {
            return Ok(());
        }
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

fn has_iam_certificate(seen: &Seen) -> bool {
    let Kind::Distribution(details) = &seen.kind else { return false };
    details.config.viewer_certificate().and_then(|certificate| certificate.iam_certificate_id()).is_some_and(|id| !id.is_empty())
}

/// CloudFront refuses the attach while a record set of the name leads to another distribution (DNS-1).
async fn records_lead_to(accounts: &Accounts<'_>, document: &Cutover, aliases: &[Alias], domain_name: &str) -> Result<(), Failure> {
    // Where somebody else edits DNS every name server was asked just before: that is how the edit before this one settles.
    if accounts.request().dns_is_external() {
        return Ok(());
    }
    for alias in aliases {
        let sets = record_sets::read(accounts, accounts.zone()?, alias).await.map_err(|answer| answer.failure())?;
        // A wildcard may catch names that have record sets of their own, and have none itself (DT-9).
        if alias.is_wildcard() && sets.is_empty() {
            continue;
        }
        // A member of a routed name that leads elsewhere, and was left as it is, hinders nobody (R53-7).
        let as_read = document.as_read(alias).unwrap_or_default();
        let stays = |set: &RecordSet| !set.leads_to_cloudfront() && as_read.contains(set);
        let leads = |set: &RecordSet| set.points_at(domain_name);
        if !sets.iter().any(leads) || !sets.iter().all(|set| leads(set) || stays(set)) {
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

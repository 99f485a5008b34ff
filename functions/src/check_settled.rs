//! Looks once whether the last edit has settled. One look for each kind of settle; the waiting between two
//! looks is the definition's. Never writes.

use crate::accounts::Accounts;
use crate::answer::{Answer, Failure, Meaning};
use crate::clock::Clock;
use crate::distribution;
use crate::holders;
use crate::public_records;
use crate::record_sets;
use crate::verify;
use crate::viewer::{ServerTxt, Viewer};
use cutover::bounds::DNS_SEEN_SECONDS_MIN;
use cutover::document::Cutover;
use cutover::ids::{AccountId, Place};
use cutover::name::Alias;
use cutover::plan::{Edit, Settle};
use cutover::progress::Look;
use cutover::proof::Proves;
use cutover::record_set::in_state;
use jiff::Timestamp;

/// Asking for one name after the other stops after this time: the function has 60 s.
const ASKING_SECONDS_MAX: i64 = 40;
/// Settles of one edit: a swap waits for two distributions and a soak.
const SETTLES_MAX: usize = 4;

pub(crate) async fn check_settled(
    accounts: &Accounts<'_>,
    viewer: &dyn Viewer,
    clock: &Clock,
    mut document: Cutover,
) -> Result<Cutover, Failure> {
    // One settle that has come true may be followed by one that is true already: each is looked at once.
    for _ in 0..SETTLES_MAX {
        let (settle, since) = document.settling()?;
        let look = look(accounts, viewer, clock, &document, &settle, since).await?;
        let settled = look == Look::Settled;
        document.looked(clock.now(), look);
        let next_can_be_true = document.settling().is_ok_and(|(next, _)| next.seconds().is_none());
        if !settled || !next_can_be_true {
            break;
        }
    }
    Ok(document)
}

async fn look(
    accounts: &Accounts<'_>,
    viewer: &dyn Viewer,
    clock: &Clock,
    document: &Cutover,
    settle: &Settle,
    since: Timestamp,
) -> Result<Look, Failure> {
    let elapsed = |now: Timestamp| now.as_second() - since.as_second();
    Ok(match settle {
        Settle::DistributionDeployed { place } => deployed(accounts, place, document).await.map_err(|answer| answer.failure())?,
        Settle::ChangeInSync { account } => in_sync(accounts, viewer, clock, document, (account, elapsed(clock.now()))).await?,
        Settle::ProofVisible => proofs_visible(viewer, clock, document).await,
        Settle::RecordsSeen => records_seen(viewer, clock, document).await?,
        Settle::NamesReleased => released(accounts, clock, document.edit_now()?.detached()).await?,
        Settle::NamesMoved => moved(accounts, document.edit_now()?.attaches()).await?,
        Settle::TtlRunOut { seconds } => timed(elapsed(clock.now()), *seconds),
        Settle::Soaked { seconds } => match verify::glance(viewer, document).await {
            Ok(()) => timed(elapsed(clock.now()), *seconds),
            Err(seen) => Look::Missed(seen),
        },
    })
}

fn timed(elapsed: i64, seconds: u32) -> Look {
    if elapsed >= i64::from(seconds) { Look::Settled } else { Look::NotYet(format!("{elapsed} of {seconds} s")) }
}

/// Deployed, and with the aliases that the edit gave it: a read may still show the state before (CF-11).
async fn deployed(accounts: &Accounts<'_>, place: &Place, document: &Cutover) -> Result<Look, Answer> {
    let seen = distribution::look(accounts, place).await?;
    let (present, absent) = wanted(document, place);
    let listed = seen.aliases();
    let lists = |alias: &Alias| listed.iter().any(|name| name == alias.as_str());
    if !seen.is_deployed() {
        return Ok(Look::NotYet(seen.status));
    }
    if let Ok(Edit::SetEnabled { enabled, .. }) = document.edit_now()
        && seen.enabled != *enabled
    {
        return Ok(Look::NotYet(format!("deployed and {}", if seen.enabled { "still enabled" } else { "not enabled yet" })));
    }
    if !present.iter().all(lists) || absent.iter().any(lists) {
        return Ok(Look::Undone(format!("{} is deployed with other aliases than the edit gave it", place.distribution)));
    }
    Ok(Look::Settled)
}

/// What `place` lists and does not list once the present edit has taken.
fn wanted(document: &Cutover, place: &Place) -> (Vec<Alias>, Vec<Alias>) {
    match document.edit_now() {
        Ok(Edit::UpdateDistribution { add, remove, .. }) => (add.clone(), remove.clone()),
        Ok(Edit::UpdateDomainAssociation { to, .. }) if document.progress.moved_last.is_some() => {
            let moved = document.progress.moved_last.iter().cloned().collect();
            if to == place { (moved, vec![]) } else { (vec![], moved) }
        }
        Ok(
            Edit::SwapAliases { aliases, to, .. } | Edit::UpdateDomainAssociation { aliases, to, .. } | Edit::AskForMove { aliases, to },
        ) if to == place => (aliases.clone(), vec![]),
        Ok(Edit::SwapAliases { aliases, .. } | Edit::UpdateDomainAssociation { aliases, .. }) => (vec![], aliases.clone()),
        _ => (vec![], vec![]),
    }
}

/// Every name server answers the proof that is wanted, and not the other one.
async fn proofs_visible(viewer: &dyn Viewer, clock: &Clock, document: &Cutover) -> Look {
    let began = clock.now();
    let proves = document.edit_now().ok().and_then(Edit::proves);
    let (Some(proves), Some(endpoints)) = (proves, &document.endpoints) else { return Look::Settled };
    let (source, target) = (&endpoints.source.domain_name, &endpoints.target.domain_name);
    let (wanted, unwanted) = match proves {
        Proves::Target => (target, source),
        Proves::Source => (source, target),
        Proves::Nobody => return Look::Settled,
    };
    for proof in &document.proofs {
        if clock.now().as_second() - began.as_second() > ASKING_SECONDS_MAX {
            return Look::NotYet(format!("the name servers are too slow: {} was not asked for", proof.name));
        }
        let servers = match viewer.txt(&proof.name).await {
            Ok(servers) => servers,
            Err(unasked) => return Look::NotYet(unasked.to_string()),
        };
        let shows =
            |server: &ServerTxt, name: &String| !name.is_empty() && server.values.iter().any(|value| value.eq_ignore_ascii_case(name));
        let behind = servers.iter().find(|server| !shows(server, wanted) || shows(server, unwanted));
        if servers.is_empty() || behind.is_some() {
            let who = behind.map_or("no server", |server| server.server.as_str());
            return Look::NotYet(format!("{} is not yet on {who}", proof.name));
        }
    }
    Look::Settled
}

/// Every name server answers exactly the record sets that are wanted. A name that has none to ask for is left to the record of
/// the wildcard above it, and of an alias record of Route 53 nobody sees where it leads.
async fn records_seen(viewer: &dyn Viewer, clock: &Clock, document: &Cutover) -> Result<Look, Failure> {
    let began = clock.now();
    let Some((aliases, to)) = document.edit_now()?.repoints() else { return Ok(Look::Settled) };
    let destination = document.destination()?;
    for alias in aliases {
        let wanted = in_state(document.as_read(alias)?, to, &destination);
        if wanted.is_empty() || wanted.iter().any(|set| set.alias_target.is_some()) {
            continue;
        }
        if clock.now().as_second() - began.as_second() > ASKING_SECONDS_MAX {
            return Ok(Look::NotYet(format!("the name servers are too slow: {alias} was not asked for")));
        }
        match public_records::differs(viewer, alias, &wanted).await {
            Ok(None) => {}
            Ok(Some(seen)) => return Ok(Look::NotYet(format!("{alias}: {seen}"))),
            Err(unasked) => return Ok(Look::NotYet(unasked.to_string())),
        }
    }
    Ok(Look::Settled)
}

/// Nobody but the target itself holds any of the names (DSC-5, DSC-6).
async fn released(accounts: &Accounts<'_>, clock: &Clock, aliases: &[Alias]) -> Result<Look, Failure> {
    let (target, began) = (&accounts.request().target, clock.now());
    for alias in aliases {
        if clock.now().as_second() - began.as_second() > ASKING_SECONDS_MAX {
            return Ok(Look::NotYet(format!("AWS answers too slowly: {alias} was not asked for")));
        }
        if let Some(holder) = holders::another(accounts, target, alias).await.map_err(|answer| answer.failure())? {
            return Ok(Look::NotYet(format!("{alias} is held by {} of account {}", holder.resource, holder.account)));
        }
    }
    Ok(Look::Settled)
}

/// The target lists every name.
async fn moved(accounts: &Accounts<'_>, aliases: &[Alias]) -> Result<Look, Failure> {
    let seen = distribution::look(accounts, &accounts.request().target).await.map_err(|answer| answer.failure())?;
    let missing = aliases.iter().find(|alias| !seen.lists(alias));
    Ok(missing.map_or(Look::Settled, |alias| Look::NotYet(format!("{alias} is not on the target"))))
}

/// A change whose answer was lost has no id to ask for: its time is waited out, and the name servers are asked.
async fn in_sync(
    accounts: &Accounts<'_>,
    viewer: &dyn Viewer,
    clock: &Clock,
    document: &Cutover,
    (account, elapsed): (&AccountId, i64),
) -> Result<Look, Failure> {
    let Some(change_id) = &document.progress.change_id else {
        return match timed(elapsed, 2 * DNS_SEEN_SECONDS_MIN) {
            // What somebody else has changed was left as it is.
            Look::Settled if document.progress.left_alone.is_none() => records_seen(viewer, clock, document).await,
            waits => Ok(waits),
        };
    };
    let mut zone = accounts.zone()?.clone();
    zone.account = account.clone();
    let settled = match record_sets::is_in_sync(accounts, &zone, change_id).await {
        Ok(settled) => settled,
        // Route 53 has forgotten the change: its time is waited out.
        Err(answer) if answer.meaning == Meaning::NotFound => return Ok(timed(elapsed, 2 * DNS_SEEN_SECONDS_MIN)),
        Err(answer) => return Err(answer.failure()),
    };
    Ok(if settled { Look::Settled } else { Look::NotYet("PENDING".to_owned()) })
}

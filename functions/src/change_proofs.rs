//! Puts TXT proofs into a hosted zone and takes them away. Everybody else's values stay as they are, and the proofs of
//! source and target are never there together (TXT-8). Must not know what the proof is needed for next.

use crate::accounts::Accounts;
use crate::answer::Failure;
use crate::change_record_sets::{TRIES_MAX, not_in_time, send};
use crate::clock::Clock;
use crate::distribution;
use crate::record_sets::{self, NameChange};
use cutover::document::{Cutover, Endpoints};
use cutover::error_name::ErrorName;
use cutover::ids::ZonePlace;
use cutover::name::Alias;
use cutover::proof::{PROOF_TTL_SECONDS, ProofSnapshot, Proves, proof_values};
use cutover::record_set::{RecordSet, same_sets};

pub(crate) async fn change_proofs(
    accounts: &Accounts<'_>,
    clock: &Clock,
    mut document: Cutover,
    zone: &ZonePlace,
    proves: Proves,
) -> Result<Cutover, Failure> {
    let malformed = || Failure::new(ErrorName::MalformedDocument, "the document lacks what stood at the proofs' names");
    let endpoints = document.endpoints.clone().ok_or_else(malformed)?;
    if proves == Proves::Source && document.progress.move_refused.is_some() && source_has_all(accounts, &document.moving()).await? {
        document.not_needed(clock.now(), "not needed: AWS refused the move, and the source lists every name");
        return Ok(document);
    }
    if document.proofs.is_empty() {
        return Err(malformed());
    }
    let mut last = None;
    for attempt in 0..TRIES_MAX {
        let changes = pending(accounts, zone, &document.proofs, proves, &endpoints).await?;
        match send(accounts, clock, &mut document, zone, &changes, attempt).await? {
            None => return Ok(document),
            answer => last = answer,
        }
    }
    Err(not_in_time(last))
}

/// Whether the source lists every name. After an answer that was lost this could be an old read; after AWS's own refusal it
/// only confirms it.
async fn source_has_all(accounts: &Accounts<'_>, aliases: &[Alias]) -> Result<bool, Failure> {
    let seen = distribution::look(accounts, accounts.source()?).await.map_err(|answer| answer.failure())?;
    Ok(aliases.iter().all(|alias| seen.lists(alias)))
}

async fn pending(
    accounts: &Accounts<'_>,
    zone: &ZonePlace,
    snapshots: &[ProofSnapshot],
    proves: Proves,
    endpoints: &Endpoints,
) -> Result<Vec<NameChange>, Failure> {
    let mut changes = Vec::new();
    for snapshot in snapshots {
        let seen = record_sets::read_all(accounts, zone, &snapshot.name).await.map_err(|answer| answer.failure())?;
        let from: Vec<RecordSet> = seen.into_iter().filter(|set| set.kind == "TXT").collect();
        let now = from.first().map_or(&[][..], |set| set.values.as_slice());
        let values = proof_values(snapshot, now, proves, &endpoints.target.domain_name, &endpoints.source.domain_name);
        let ttl = from.first().and_then(|set| set.ttl).or(snapshot.ttl).unwrap_or(PROOF_TTL_SECONDS);
        let to = if values.is_empty() { vec![] } else { vec![txt(ttl, values)] };
        if !same_sets(&from, &to) {
            changes.push(NameChange { name: snapshot.name.clone(), from, to });
        }
    }
    Ok(changes)
}

fn txt(ttl: u32, values: Vec<String>) -> RecordSet {
    RecordSet { kind: "TXT".to_owned(), ttl: Some(ttl), values, alias_target: None, routing: None }
}

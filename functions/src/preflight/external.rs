//! The names of a zone that somebody else keeps, asked of its own name servers: each has to answer alike, for what one of
//! them does not know yet would be put back wrongly. Must not know what follows from it.

use super::conflicts::holders;
use super::names::{Names, holders_of_strays, to_be_proved, wildcards_to_look_at};
use super::{Ground, Unobserved};
use crate::viewer::{PublicRecord, ServerRecords, Viewer};
use cutover::bounds::cut;
use cutover::facts::{ProofFacts, WildcardFacts};
use cutover::finding::Code;
use cutover::proof::quoted;
use cutover::record_set::RecordSet;
use std::collections::BTreeSet;

/// Looks at the names. What stands below a wildcard cannot be listed.
pub(super) async fn look(ground: &Ground<'_>, viewer: &dyn Viewer) -> Result<Names, Unobserved> {
    let mut names = Names::default();
    for wildcard in wildcards_to_look_at(ground) {
        let mut facts =
            WildcardFacts { record_sets: records(viewer, wildcard.as_str()).await.unwrap_or_default(), ..WildcardFacts::default() };
        if !ground.request.aliases.contains(&wildcard) {
            facts.holders = holders(ground.accounts, &ground.request.target, &wildcard).await?;
        }
        names.wildcards.insert(wildcard, facts);
    }
    for alias in &ground.request.aliases {
        let sets = records(viewer, alias.as_str()).await.map_err(|why| unclear(alias.as_str(), &why))?;
        names.record_sets.insert(alias.clone(), sets);
    }
    for (alias, name) in to_be_proved(ground) {
        let servers = viewer.txt(&name).await.map_err(|error| unclear(&name, &error.to_string()))?;
        let values: BTreeSet<String> = servers.iter().flat_map(|server| &server.values).map(|value| quoted(value)).collect();
        let set = RecordSet { kind: "TXT".to_owned(), ttl: None, values: values.into_iter().collect(), alias_target: None, routing: None };
        let sets = if set.values.is_empty() { vec![] } else { vec![set] };
        names.proofs.insert(alias.clone(), ProofFacts { name, sets });
    }
    names.holders = holders_of_strays(ground).await?;
    Ok(names)
}

fn unclear(name: &str, why: &str) -> Unobserved {
    Unobserved::refused(
        Code::ObservationFailed,
        &cut(&format!("what public DNS holds for {name} is not clear: {why}")),
        "wait until every name server of the zone answers alike, and ask again: the way back needs to know what was there (SW-11)",
    )
}

/// What every server of the zone answers for `name`, as record sets.
async fn records(viewer: &dyn Viewer, name: &str) -> Result<Vec<RecordSet>, String> {
    let servers = viewer.records(name).await.map_err(|error| error.to_string())?;
    let Some((first, others)) = servers.split_first() else { return Err("no server was asked".to_owned()) };
    // What an address is reached by may differ from server to server and from moment to moment; that there is one may not.
    let plain = |server: &ServerRecords| -> BTreeSet<(String, Vec<String>)> {
        let leads = |record: &PublicRecord| if record.kind == "CNAME" { record.values.clone() } else { vec![] };
        server.records.iter().map(|record| (record.kind.clone(), leads(record))).collect()
    };
    if let Some(other) = others.iter().find(|other| plain(other) != plain(first)) {
        return Err(format!("{} answers {}, and {} answers {}", first.server, describe(first), other.server, describe(other)));
    }
    Ok(first.records.iter().map(record_set).collect())
}

fn record_set(record: &PublicRecord) -> RecordSet {
    RecordSet { kind: record.kind.clone(), ttl: Some(record.ttl), values: record.values.clone(), alias_target: None, routing: None }
}

fn describe(server: &ServerRecords) -> String {
    let sets: Vec<String> = server.records.iter().map(|record| record_set(record).describe()).collect();
    if sets.is_empty() { "nothing".to_owned() } else { sets.join(", ") }
}

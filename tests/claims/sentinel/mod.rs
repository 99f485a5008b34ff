//! The sentinel: is every write of somebody else noticed that touches a cutover, does the cutover draw the right conclusion
//! from it without a fight, and does the registry know in the end what is so? Here is what its claims share.

mod bus;
mod meaning;
mod running;
mod undone;

use crate::support::{rehearse, scenario};
use cutover::registry::{AliasItem, ChainEvent, Claim, DistributionItem, ForeignWrite, chain};
use rehearsal::run::{Play, Report};
use serde_json::{Value, json};

const ONE: &str = "000000000001";
const TWO: &str = "000000000002";
/// In the soak of the scenario `legacy-to-new`: everything is attached, and there is time for CloudTrail to tell.
const SOAKING: &str = "2026-12-01T02:23:00Z";

/// The cutover of two accounts, among writers with these deeds.
fn among(actors: Value) -> Play {
    let mut play = scenario("legacy-to-new", 1);
    play.world["actors"] = actors;
    play
}

/// The items of the registry at the end whose keys begin so.
fn items(report: &Report, pk: &str, sk: &str) -> Value {
    let begins = |item: &&Value, key: &str, with: &str| item[key].as_str().unwrap().starts_with(with);
    report.registry.iter().filter(|item| begins(item, "pk", pk) && begins(item, "sk", sk)).cloned().collect()
}

fn claim(report: &Report) -> Claim {
    let [claim]: [Claim; 1] = serde_json::from_value(items(report, "CUTOVER#", "CLAIM")).unwrap();
    claim
}

fn alias(report: &Report, name: &str) -> Option<AliasItem> {
    let found: Vec<AliasItem> = serde_json::from_value(items(report, &format!("ALIAS#{name}"), "ALIAS")).unwrap();
    found.into_iter().find(|item| item.alias.as_str() == name)
}

fn distribution(report: &Report, id: &str) -> Option<DistributionItem> {
    let found: Vec<DistributionItem> = serde_json::from_value(items(report, &format!("DISTRIBUTION#{id}"), "DISTRIBUTION")).unwrap();
    found.into_iter().next()
}

fn foreign(report: &Report) -> Vec<ForeignWrite> {
    serde_json::from_value(items(report, "CUTOVER#", "FOREIGN#")).unwrap()
}

/// The events of the only cutover, each following from the one before.
fn events(report: &Report) -> Vec<ChainEvent> {
    let events: Vec<ChainEvent> = serde_json::from_value(items(report, "CUTOVER#", "EVENT#")).unwrap();
    assert_eq!(chain::broken_at(&events), None);
    let claim = claim(report);
    assert_eq!(events.last().map(|event| (event.number, event.hash.clone())), Some((claim.events, claim.head)));
    events
}

/// Where the registry has an alias.
fn holder(report: &Report, name: &str) -> Option<String> {
    alias(report, name)?.holder.map(|holder| holder.place.distribution.to_string())
}

/// The aliases of a distribution in the world at the end.
fn listed(report: &Report, id: &str) -> Vec<String> {
    let all = report.world["distributions"].as_array().unwrap();
    let found = all.iter().find(|distribution| distribution["id"] == id).unwrap();
    found["aliases"].as_array().unwrap().iter().map(|alias| alias.as_str().unwrap().to_owned()).collect()
}

/// The word that the events have for what a person should know, `None` where none was dead.
fn dead_letters(report: &Report) -> Vec<String> {
    report.timeline.iter().filter(|(_, what, _)| what.starts_with("dead letter")).map(|(.., why)| why.clone()).collect()
}

/// Runs `play`, in which no event may be given up.
fn run(play: &Play) -> Report {
    let report = rehearse(play);
    assert_eq!(dead_letters(&report), Vec::<String>::new());
    report
}

fn in_soak(deed: &str, more: Value) -> Value {
    let mut actor = json!({"at": SOAKING, "do": deed});
    actor.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    actor
}

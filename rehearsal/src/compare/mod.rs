//! Cutover beside two ways of moving the same alias by hand: the same world, the same seeds, so the same lag of every
//! change to every location. Must not know how either goes about it.
//!
//! The three may differ in what they send and when, in nothing else: [`by_hand`] sends its requests through the plug that
//! the functions' own requests go through, and [`World::viewers`] adds up what each meant to viewers.

mod by_hand;
mod console;
mod table;

use crate::run::{self, Play, Unwatched};
use crate::viewers::{Cast, Viewers};
use crate::world::rules::NameRelease;
use crate::world::{Millis, World};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub use by_hand::{Ended, Procedure, by_hand};
pub use table::table;

/// Seeds between two words about how far it is.
const PROGRESS_SEEDS: u64 = 10;

/// Everything that was compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The scenario's name.
    pub scenario: String,
    /// How many seeds, from 1.
    pub seeds: u64,
    /// For each reading of when a name is free: Cutover, and each procedure by hand.
    pub rows: Vec<Row>,
    /// For each reading, Cutover's mean outage divided by each procedure's.
    pub ratios: Vec<Ratios>,
}

/// One way of moving, over all seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// `accepted` or `deployed` (SW-6).
    pub name_release: &'static str,
    /// `cutover`, `byHandDeployed` or `byHandAtOnce`.
    pub procedure: &'static str,
    /// Cutover's strategy; by hand there is none to choose.
    pub strategy: Option<String>,
    /// How many runs ended how: Cutover's words, or `completed` and `gaveUp`.
    pub outcomes: BTreeMap<String, u64>,
    /// Mean over seeds, aliases and locations.
    pub outage_seconds_mean: f64,
    /// The worst location of all seeds.
    pub outage_seconds_worst: f64,
    /// Mean over seeds of the time from the beginning until the target served everybody; absent where in some run it
    /// never did.
    pub target_serves_all_seconds_mean: Option<f64>,
    /// Mean over seeds of writes that were sent to CloudFront and Route 53.
    pub writes_mean: f64,
    /// Why the last of those who gave up did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gave_up: Option<String>,
}

/// Cutover's mean outage as a share of what the procedures by hand cost; `None` where one of the two did not move the
/// alias in every run, or where there is nothing to divide by.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ratios {
    /// As in [`Row`].
    pub name_release: &'static str,
    /// Of the one who waits until the source is deployed.
    pub by_hand_deployed: Option<f64>,
    /// Of the one who attaches 30 s after the detach.
    pub by_hand_at_once: Option<f64>,
}

/// What one run of one of the three came to.
struct Run {
    strategy: Option<String>,
    outcome: String,
    gave_up: Option<String>,
    viewers: Viewers,
    target_serves_all: Option<Millis>,
    writes: u64,
}

/// Compares over the seeds 1 to `seeds`, and says through `tell` how far it is. A request that only plans is carried out.
///
/// # Errors
/// What is wrong with the world or the request, for a person.
pub fn compare(play: &Play, seeds: u64, mut tell: impl FnMut(&str)) -> Result<Comparison, String> {
    let rules = World::new(play.world.clone(), play.seed)?.rules;
    let fixed = play.world.pointer("/rules/nameRelease").is_some();
    let releases = [NameRelease::Accepted, NameRelease::Deployed];
    let mut comparison = Comparison { scenario: play.scenario.clone(), seeds, rows: vec![], ratios: vec![] };
    for release in releases.into_iter().filter(|release| !fixed || *release == rules.name_release) {
        let (name, mut play) = (spelled(release), play.clone());
        set(&mut play.world, "rules", |rules| set(rules, "nameRelease", |value| *value = json!(name)));
        set(&mut play.request, "execute", |value| *value = json!(true));
        let mut runs: [Vec<Run>; 3] = Default::default();
        for seed in 1..=seeds {
            play.seed = seed;
            let of_this_seed = [cutover(&play)?, hands(&play, Procedure::ByHandDeployed)?, hands(&play, Procedure::ByHandAtOnce)?];
            runs.iter_mut().zip(of_this_seed).for_each(|(runs, run)| runs.push(run));
            if seed % PROGRESS_SEEDS == 0 {
                tell(&format!("nameRelease {name}: {seed} of {seeds} seeds"));
            }
        }
        let [cutover, deployed, at_once] = runs;
        let rows = [row(name, "cutover", cutover), row(name, "byHandDeployed", deployed), row(name, "byHandAtOnce", at_once)];
        let [cutover, deployed, at_once] = &rows;
        let (by_hand_deployed, by_hand_at_once) = (ratio(cutover, deployed), ratio(cutover, at_once));
        comparison.ratios.push(Ratios { name_release: name, by_hand_deployed, by_hand_at_once });
        comparison.rows.extend(rows);
    }
    Ok(comparison)
}

fn spelled(release: NameRelease) -> &'static str {
    match release {
        NameRelease::Accepted => "accepted",
        NameRelease::Deployed => "deployed",
    }
}

/// Changes a field of an object, made where it is missing. What is no object was refused before.
fn set(object: &mut Value, key: &str, change: impl FnOnce(&mut Value)) {
    if object.is_null() {
        *object = json!({});
    }
    if let Some(fields) = object.as_object_mut() {
        change(fields.entry(key).or_insert(Value::Null));
    }
}

fn cutover(play: &Play) -> Result<Run, String> {
    let (report, world) = run::rehearse(play, &Unwatched)?;
    if report.exit_status() == 2 {
        let refusal = report.document.pointer("/refusals/0/message").and_then(Value::as_str);
        return Err(refusal.unwrap_or("the request cannot be read").to_owned());
    }
    let world = world.lock();
    let end = world.start + (report.simulated_seconds * 1000.0).round() as Millis;
    Ok(Run {
        strategy: report.document.get("strategy").and_then(Value::as_str).map(str::to_owned),
        outcome: report.outcome,
        gave_up: None,
        target_serves_all: target_serves_all(&world, &Cast::of(&play.request), end),
        viewers: report.viewers,
        writes: writes(&report.calls),
    })
}

fn hands(play: &Play, procedure: Procedure) -> Result<Run, String> {
    let (ended, cast, world) = by_hand(play, procedure)?;
    let world = world.lock();
    Ok(Run {
        strategy: None,
        outcome: if ended.gave_up.is_some() { "gaveUp" } else { "completed" }.to_owned(),
        gave_up: ended.gave_up,
        viewers: world.viewers(&cast, ended.at),
        target_serves_all: target_serves_all(&world, &cast, ended.at),
        writes: writes(&world.calls),
    })
}

fn writes(calls: &BTreeMap<String, u64>) -> u64 {
    let of = |operation: &str| calls.get(operation).copied().unwrap_or(0);
    of("cloudfront:UpdateDistribution") + of("route53:ChangeResourceRecordSets")
}

/// From the beginning until the target serves everybody and does so until `end`.
fn target_serves_all(world: &World, cast: &Cast, end: Millis) -> Option<Millis> {
    let shares = world.shares_over_time(cast, end);
    let everybody = shares.iter().rev().take_while(|(_, [_, target, ..])| *target >= 100.0);
    everybody.last().map(|(at, _)| at - world.start)
}

fn row(name_release: &'static str, procedure: &'static str, runs: Vec<Run>) -> Row {
    let count = runs.len().max(1) as f64;
    let mut outcomes = BTreeMap::new();
    runs.iter().for_each(|run| *outcomes.entry(run.outcome.clone()).or_insert(0) += 1);
    let times: Option<Vec<Millis>> = runs.iter().map(|run| run.target_serves_all).collect();
    Row {
        name_release,
        procedure,
        strategy: runs.iter().find_map(|run| run.strategy.clone()),
        outcomes,
        outage_seconds_mean: runs.iter().map(|run| run.viewers.outage_seconds_mean).sum::<f64>() / count,
        outage_seconds_worst: runs.iter().map(|run| run.viewers.outage_seconds_worst).fold(0.0, f64::max),
        target_serves_all_seconds_mean: times.map(|times| times.iter().sum::<Millis>() as f64 / 1000.0 / count),
        writes_mean: runs.iter().map(|run| run.writes).sum::<u64>() as f64 / count,
        gave_up: runs.into_iter().rev().find_map(|run| run.gave_up),
    }
}

fn ratio(cutover: &Row, by_hand: &Row) -> Option<f64> {
    let moved = |row: &Row| row.outcomes.keys().all(|outcome| outcome == "completed");
    let comparable = moved(cutover) && moved(by_hand) && by_hand.outage_seconds_mean > 0.0;
    comparable.then(|| cutover.outage_seconds_mean / by_hand.outage_seconds_mean)
}

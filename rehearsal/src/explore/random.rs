//! Random handfuls of faults, and random worlds to place them in: all drawn from one seed, so that the seed repeats them.
//! Must not know what any of them does.

use super::places::Placed;
use crate::fault::Fault;
use crate::run::Play;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// Most faults of one random run.
const FAULTS_MAX: usize = 4;
/// Most switches of one random world that are not as they are by default.
const SWITCHES_MAX: usize = 3;

/// Switches, with positions under which a cutover is to come to the same end.
fn positions() -> Vec<(&'static str, Value)> {
    vec![
        ("nameRelease", json!("accepted")),
        ("cfDnsLagS", json!(0)),
        ("readStalenessS", json!(10)),
        ("staleEtagError", json!("PreconditionFailed")),
        ("staleEtagError", json!("InvalidIfMatchVersion")),
        ("r53BatchErrorForm", json!("bare")),
        ("conflictsLagS", json!(0)),
        ("conflictsListSelf", json!(false)),
        ("dnsCheckFirst", json!(false)),
        ("cfRate", json!("unlimited")),
        ("cfRate", json!({"writeBurst": 1, "writeRefillSeconds": 60.0, "readBurst": 4, "readPerSecond": 0.5})),
        ("trailLagS", json!(5)),
        ("trailDuplicates", json!(false)),
        ("negativeCacheS", json!(60)),
        ("edgeMoveAtomicity", json!("atomic")),
    ]
}

/// `play` in the random world of `seed`.
#[must_use]
pub fn world(play: &Play, seed: u64) -> Play {
    let mut draws = ChaCha8Rng::seed_from_u64(seed ^ 0x0077_6f72_6c64);
    let mut play = Play { seed, ..play.clone() };
    let Some(world) = play.world.as_object_mut() else { return play };
    let propagation = match draws.random_range(0..3) {
        0 => json!({"model": "fixed", "seconds": draws.random_range(0..60)}),
        1 => json!({"model": "uniform", "maxSeconds": draws.random_range(1..90)}),
        _ => json!({"model": "lognormal", "medianSeconds": draws.random_range(1..20), "maxSeconds": 120}),
    };
    world.insert("edge".to_owned(), json!({"locations": draws.random_range(1..6), "propagation": propagation}));
    let all = positions();
    for _ in 0..draws.random_range(0..=SWITCHES_MAX) {
        let Some((switch, position)) = all.choose(&mut draws) else { continue };
        if let Some(rules) = world.entry("rules").or_insert_with(|| json!({})).as_object_mut() {
            rules.insert((*switch).to_owned(), position.clone());
        }
    }
    play
}

/// The random handful of `seed`.
pub fn handful(places: &[Placed], seed: u64) -> Vec<Fault> {
    let mut draws = ChaCha8Rng::seed_from_u64(seed ^ 0x6661_756c_7473);
    let count = draws.random_range(0..=FAULTS_MAX);
    drawn(places, count, &mut draws)
}

/// A sample of `count` handfuls of as many faults each, of all places.
pub fn sample(places: &[Placed], faults: usize, count: usize, seed: u64) -> Vec<Vec<Fault>> {
    let mut draws = ChaCha8Rng::seed_from_u64(seed ^ 0x7361_6d70_6c65);
    (0..count).map(|_| drawn(places, faults, &mut draws)).collect()
}

fn drawn(places: &[Placed], count: usize, draws: &mut ChaCha8Rng) -> Vec<Fault> {
    let mut chosen: Vec<&Placed> = (0..count).filter_map(|_| places.choose(draws)).collect();
    chosen.sort_by_key(|placed| placed.place);
    let mut faults: Vec<Fault> = chosen.into_iter().map(|placed| placed.fault.clone()).collect();
    faults.dedup_by(|one, other| (&one.operation, one.number) == (&other.operation, other.number));
    faults
}

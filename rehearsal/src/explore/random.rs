//! Random worlds, and random handfuls of faults to place in them: all drawn from one seed, so that the seed repeats them.
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
/// So many seeds in a row stand for runs in one world.
pub const BRANCHES: u64 = 8;
/// So many first faults they have between them.
const FIRSTS: u64 = 2;
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

/// `play` in the random world of `seed`, which is that of some others as well.
#[must_use]
pub fn world(play: &Play, seed: u64) -> Play {
    let seed = seed / BRANCHES * BRANCHES;
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

/// What goes wrong in one random run.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// What it has in common with some others of its world; nothing goes wrong in the first run of a world.
    pub first: Option<Fault>,
    /// What goes wrong after that, or nothing.
    pub others: Vec<Fault>,
}

/// The faults of `seed`, of the `places` in its world.
pub fn branch(places: &[Placed], seed: u64) -> Branch {
    let none = Branch { first: None, others: vec![] };
    let Some(which) = which(seed) else { return none };
    let mut draws = ChaCha8Rng::seed_from_u64((seed / BRANCHES * FIRSTS + which) ^ 0x66_6972_7374);
    let Some(first) = places.choose(&mut draws) else { return none };
    let mut others = vec![];
    if self::which(seed - 1) == Some(which) {
        let is_elsewhere = |fault: &Fault| (&fault.operation, fault.number) != (&first.fault.operation, first.fault.number);
        let later: Vec<Placed> =
            places.iter().filter(|placed| placed.place >= first.place && is_elsewhere(&placed.fault)).cloned().collect();
        let mut draws = ChaCha8Rng::seed_from_u64(seed ^ 0x6661_756c_7473);
        let count = draws.random_range(1..FAULTS_MAX);
        others = drawn(&later, count, &mut draws);
    }
    Branch { first: Some(first.fault.clone()), others }
}

/// Which of the first faults of its world the run of `seed` has.
fn which(seed: u64) -> Option<u64> {
    Some((seed % BRANCHES).checked_sub(1)? * FIRSTS / (BRANCHES - 1))
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

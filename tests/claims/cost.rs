//! What does a whole cutover cost beside its SDK calls? Measured on the machine that asks, so only the ratio is claimed.

use crate::canned::{measure, record, replay};
use crate::support::{rehearse, scenario};

#[test]
fn the_calls_that_are_replayed_are_the_calls_of_the_run() {
    for name in ["legacy-to-new", "legacy-to-new-swap"] {
        for seed in 1..=3 {
            let recording = record(&scenario(name, seed));
            assert_eq!(recording.counts, rehearse(&scenario(name, seed)).calls, "{name} seed {seed}");
            replay(&recording);
        }
    }
}

#[test]
fn a_whole_cutover_is_measured_beside_its_calls() {
    for name in ["legacy-to-new", "legacy-to-new-swap"] {
        let cost = measure(|seed| scenario(name, seed), 2, 3);
        println!("{name}: {cost}");
        assert!(cost.ratio() < 20.0, "{name}: {cost}");
    }
}

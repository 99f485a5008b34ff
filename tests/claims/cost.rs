//! What does a whole cutover cost beside its SDK calls? Measured on the machine that asks, so only the ratio is claimed.

use crate::canned::{Sessions, measure, record, replay};
use crate::support::{rehearse, scenario};

#[test]
fn the_calls_that_are_replayed_are_the_calls_of_the_run() {
    for name in ["legacy-to-new", "legacy-to-new-swap"] {
        for seed in 1..=3 {
            let recording = record(&scenario(name, seed));
            assert_eq!(recording.counts, rehearse(&scenario(name, seed)).calls, "{name} seed {seed}");
            replay(&recording, Sessions::New);
            replay(&recording, Sessions::Kept);
        }
    }
}

/// How often the calls may fit into a whole cutover.
const RATIO_MAX: f64 = 3.0;
/// Tries to measure that on a machine that does other things at the same time.
const TRIES_MAX: usize = 5;

#[test]
fn a_whole_cutover_costs_at_most_three_times_its_calls() {
    for name in ["legacy-to-new", "legacy-to-new-swap"] {
        let costs = (0..TRIES_MAX).map(|_| measure(|seed| scenario(name, seed), 2, 5));
        let cost = costs.inspect(|cost| println!("{name}: {cost}")).find(|cost| cost.ratio() <= RATIO_MAX);
        assert!(cost.is_some(), "{name}: more than three times in {TRIES_MAX} measurements");
    }
}

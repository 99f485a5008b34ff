//! Every placement.

use super::{Clean, back, example, forth};
use rehearsal::explore::branches::at_random;
use rehearsal::explore::command::Round;
use rehearsal::explore::places::singles;
use rehearsal::explore::{Found, all};
use std::time::Instant;

/// Random runs of each run of these claims, over all strategies.
const RANDOM: u64 = 1_000;

fn told(name: &str, found: &[Found], seconds: f64) {
    let count = |outcome: &str| found.iter().filter(|one| one.outcome == outcome).count();
    let known = ["completed", "rolledBack", "refused", "stuck", "none"].map(|outcome| format!("{} {outcome}", count(outcome)));
    println!("{name:<66} {:>6} runs in {seconds:>5.0} s: {}", found.len(), known.join(", "));
}

fn nothing_is_broken(name: &str, found: &[Found]) {
    let broken: Vec<String> = found
        .iter()
        .filter(|one| !one.broken.is_empty())
        .take(30)
        .map(|one| {
            let faults: Vec<String> = one.faults.iter().map(ToString::to_string).collect();
            let rules: Vec<String> = one.broken.iter().map(ToString::to_string).collect();
            format!("{name} seed {} --at {}: {}", one.seed, faults.join(" --at "), rules.join("; "))
        })
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Visits all placements of `clean`; `least` are the numbers of single faults and of pairs that there must be.
fn explored(name: &str, clean: &Clean, least: [usize; 2]) {
    let singles = singles(clean);
    let mut alone = vec![];
    for (round, least) in [(Round::None, 1), (Round::One, least[0]), (Round::Pairs, least[1])] {
        let (placements, alike) = round.placements(&singles, &alone, 1);
        let count = placements.len() + alike;
        assert!(count >= least, "{name}, {}: {count} placements, {least} at the least", round.name());
        // Too much may not be called alike: a fifteenth of the single faults, and half of the pairs.
        assert!(placements.len() * 100 >= count * if round == Round::Pairs { 45 } else { 93 }, "{name}: {alike} of {count} are alike");
        let began = Instant::now();
        let found = all(clean, &placements, 1, &|_, _| true);
        told(&format!("{name}, {}: {count} places, {alike} alike", round.name()), &found, began.elapsed().as_secs_f64());
        nothing_is_broken(name, &found);
        // A fault that finds no place proves nothing: alone each has one, since it was read off this very run.
        let idle = found.iter().filter(|one| one.faults.len() == 1 && one.idle > 0).count();
        assert_eq!(idle, 0, "{name}");
        // What follows another run as far as it goes is not led astray by it.
        let strayed = found.iter().find_map(|one| one.strayed.as_deref());
        assert_eq!(strayed, None, "{name}");
        if round == Round::One {
            alone = found;
        }
    }
}

macro_rules! strategies {
    ($($claim:ident $way:ident $strategy:literal $least:expr,)*) => {
        $(#[test]
        fn $claim() {
            explored(concat!($strategy, ", ", stringify!($way)), &$way($strategy), $least);
        })*
    };
}

strategies! {
    a_bridge_breaks_nothing_wherever_it_is_struck forth "wildcardBridge" [1237, 2332],
    a_bridge_that_turns_round_breaks_nothing back "wildcardBridge" [1676, 5271],
    a_move_breaks_nothing_wherever_it_is_struck forth "moveDomain" [1134, 1584],
    a_move_that_turns_round_breaks_nothing back "moveDomain" [1286, 2297],
    a_swap_breaks_nothing_wherever_it_is_struck forth "swap" [1076, 2012],
    a_swap_that_turns_round_breaks_nothing back "swap" [1707, 6306],
    a_move_from_a_disabled_source_breaks_nothing forth "disableAndMove" [1455, 3090],
    a_move_from_a_disabled_source_that_turns_round_breaks_nothing back "disableAndMove" [1680, 5069],
    a_release_by_a_service_breaks_nothing forth "releaseService" [1311, 1893],
    a_support_case_breaks_nothing forth "supportCase" [1123, 1080],
}

#[test]
fn a_thousand_random_runs_break_nothing() {
    let plays =
        [("example", example()), ("swap", forth("swap")), ("moveDomain", forth("moveDomain")), ("bridge, back", back("wildcardBridge"))];
    for (at, (name, clean)) in plays.iter().enumerate() {
        let (began, first) = (Instant::now(), at as u64 * RANDOM);
        let found = at_random(clean, first..first + RANDOM / plays.len() as u64, 1, &|_, _| true);
        told(&format!("{name}, random"), &found, began.elapsed().as_secs_f64());
        nothing_is_broken(name, &found);
        assert_eq!(found.len() as u64, RANDOM / plays.len() as u64);
        // Some may stray from what they follow, and are run anew.
        assert!(found.iter().filter(|one| one.strayed.is_some()).count() <= found.len() / 100, "{name}");
    }
}

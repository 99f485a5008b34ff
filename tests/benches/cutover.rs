//! `cargo bench -p tests --bench cutover`: whole cutovers beside their own SDK calls against canned replies, and what
//! adding up the viewers takes of it. Virtual time, one core. Must not hold an expectation: a claim does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "shared with the claims; a benchmark that cannot run should say where"
)]

#[path = "../claims/canned.rs"]
mod canned;
#[path = "../claims/support.rs"]
mod support;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use criterion::{Criterion, Throughput};
use rehearsal::run::{Unwatched, rehearse, run};
use rehearsal::viewers::Cast;
use std::hint::black_box;

/// Seeds and rounds of the ratio that is printed at the end.
const SEEDS: u32 = 10;
const ROUNDS: u32 = 10;

const SCENARIOS: [(&str, &str); 2] = [("bridge", "legacy-to-new"), ("swap", "legacy-to-new-swap")];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, scenario) in SCENARIOS {
        let play = support::scenario(scenario, 1);
        let recording = canned::record(&play);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        group.bench_function("whole cutover", |bencher| bencher.iter(|| run(black_box(&play), &Unwatched).unwrap()));
        group.bench_function("its calls, canned", |bencher| bencher.iter(|| canned::replay(black_box(&recording), canned::Sessions::New)));
        let (report, world) = rehearse(&play, &Unwatched).unwrap();
        let (world, cast) = (world.lock(), Cast::of(&play.request));
        let end = world.start + (report.simulated_seconds * 1000.0) as i64;
        group.bench_function("viewers alone", |bencher| bencher.iter(|| black_box(&world).viewers(&cast, end)));
        group.finish();
    }
    criterion.final_summary();
    println!("{SEEDS} seeds, the quickest of {ROUNDS} rounds each:");
    for (name, scenario) in SCENARIOS {
        println!("{name}: {}", canned::measure(|seed| support::scenario(scenario, seed), SEEDS, ROUNDS));
    }
}

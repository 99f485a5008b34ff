//! Do other people's interpreters of the states language run the shipped definitions as ours does? Two of them, of two
//! lineages, play whole cutovers with the real functions behind a served world; what they did is held against a rehearsal.

mod cases;
mod engine;
mod ours;

use cases::Case;
use engine::{Engine, MAKERS, Maker};

/// What each interpreter found of each case: nothing, where it agrees.
fn play_all(cases: &[Case]) -> Vec<(Maker, Vec<Vec<String>>)> {
    let play = |maker| {
        let mut engine = Engine::begin(maker);
        (maker, cases.iter().map(|case| differences(&mut engine, case)).collect())
    };
    std::thread::scope(|scope| {
        let threads = MAKERS.map(|maker| scope.spawn(move || play(maker)));
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn differences(engine: &mut Engine, case: &Case) -> Vec<String> {
    match engine.play(case) {
        Err(why) => vec![format!("refused: {why}")],
        Ok(theirs) => case.runs.iter().zip(&theirs).flat_map(|(ours, theirs)| ours.run.differences(theirs)).collect(),
    }
}

#[test]
fn other_interpreters_run_every_scenario_as_ours_does() {
    let cases: Vec<Case> = cases::scenarios().into_iter().chain(cases::others()).collect();
    let found = play_all(&cases);
    let mut wrong = vec![];
    for (at, case) in cases.iter().enumerate() {
        let run = &case.runs.last().unwrap().run;
        let verdicts = found.iter().map(|(maker, found)| {
            let found = &found[at];
            wrong.extend(found.iter().map(|what| format!("{}, {}: {what}", case.name, maker.name())));
            format!("{} {}", maker.name(), if found.is_empty() { "agrees" } else { "DIFFERS" })
        });
        let verdicts: Vec<String> = verdicts.collect();
        let (states, calls, waits) = (run.states.len(), run.calls.len(), run.waits.len());
        println!("{:<26} {:<9} {states:>4} states {calls:>4} calls {waits:>4} waits  {}", case.name, run.status, verdicts.join("  "));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

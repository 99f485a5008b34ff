//! The specification is worth holding anything against: random scripts meet every refusal, and a specification that lacks
//! any one law is found out.

use super::scripts::{Script, script};
use super::service::{Done, carried_out};
use super::specification::{Law, Refusal};
use super::wire::differs;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;

/// Scripts, always the same ones.
const SCRIPTS: usize = 120;

fn always_the_same() -> Vec<(Script, Vec<Done>)> {
    let mut runner = TestRunner::deterministic();
    let scripts = (0..SCRIPTS).map(|_| script().new_tree(&mut runner).unwrap().current());
    scripts.map(|script| (script.clone(), carried_out(&script))).collect()
}

#[test]
fn a_specification_without_any_one_law_is_found_out_and_every_refusal_is_met() {
    let all = always_the_same();
    let mut met: BTreeMap<String, u32> = BTreeMap::new();
    for one in all.iter().flat_map(|(_, done)| done) {
        let verdict = one.verdict.map_or_else(|refusal| format!("{refusal:?}"), |()| "accepted".to_owned());
        *met.entry(verdict).or_default() += 1;
    }
    println!("{SCRIPTS} scripts: {met:?}");
    for refusal in Refusal::ALL {
        assert!(met.get(&format!("{refusal:?}")).is_some_and(|times| *times >= 3), "{refusal:?} is hardly ever met");
    }
    for (script, done) in &all {
        assert_eq!(differs(&script.world, done, Law::ALL), None, "with all of them nothing is found");
    }
    for left_out in Law::ALL {
        let laws = || Law::ALL.into_iter().filter(|law| *law != left_out);
        let found = all.iter().filter(|(script, done)| differs(&script.world, done, laws()).is_some()).count();
        println!("without {left_out:?}: {found} scripts tell");
        assert!(found > 0, "nobody notices that {left_out:?} is left out");
    }
}

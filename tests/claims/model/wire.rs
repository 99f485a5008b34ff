//! Random writers over the wire: the service accepts and refuses what the specification does, for the same reason, and the
//! names are afterwards where the specification has them.

use super::cases;
use super::scripts::{Script, script};
use super::service::{Done, carried_out};
use super::specification::{Law, Model, Op};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// The first thing in which the service, as it was heard, differs from a model of `laws`.
pub(super) fn differs(world: &Value, done: &[Done], laws: impl IntoIterator<Item = Law>) -> Option<String> {
    let mut model = Model::new(world, laws);
    for (number, one) in done.iter().enumerate() {
        let verdict = model.apply(one.at, &one.account, &one.op, one.in_sync);
        let told = |what: &str| Some(format!("operation {}, {:?} by {}: {what}", number + 1, one.op, one.account));
        if verdict != one.verdict {
            return told(&format!("the service says {:?}, the specification {verdict:?}", one.verdict));
        }
        for (id, (names, enabled, revision, deployed, at)) in &one.after.sides {
            let seen = (names.clone(), *enabled, *revision, *deployed);
            if seen != model.side(id, *at) {
                return told(&format!("then {id} is {seen:?}, by the specification {:?}", model.side(id, *at)));
            }
        }
        let (Op::Lead { name, .. } | Op::Prove { name, .. }) = &one.op else { continue };
        let (lead, proof) =
            (one.after.leads.get(name).map(|lead| lead.to.clone()), one.after.proofs.get(name).map(|(values, _)| values.clone()));
        if (&lead, &proof) != (&model.lead(name), &model.proof(name)) {
            return told(&format!("then {name} leads to {lead:?} and is proved by {proof:?}"));
        }
    }
    None
}

/// No name is on two distributions.
fn nobody_shares(done: &[Done]) -> bool {
    done.iter().all(|one| {
        let mut count: BTreeMap<&String, u32> = BTreeMap::new();
        one.after.sides.values().flat_map(|side| &side.0).for_each(|name| *count.entry(name).or_default() += 1);
        count.values().all(|holders| *holders == 1)
    })
}

fn agrees(script: &Script) -> Result<Vec<Done>, TestCaseError> {
    let done = carried_out(script);
    prop_assert!(nobody_shares(&done), "a name is on two distributions: {done:#?}");
    match differs(&script.world, &done, Law::ALL) {
        None => Ok(done),
        Some(how) => Err(TestCaseError::fail(how)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(150), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_service_accepts_and_refuses_what_the_specification_does(script in script()) {
        agrees(&script)?;
    }
}

//! Whatever is sent by whomever, nothing panics, and each input that is not accepted is answered with a clear error. A few
//! hundred spoiled inputs of each kind are thrown in each run of the claims, always the same ones; `CUTOVER_THROWN` throws more.

mod bodies;
mod seeds;

use bodies::{BODIES, Body};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// Spoiled inputs of each kind, unless another number is asked for.
const THROWN: usize = 400;
/// How much of one input is spoiled at the most.
const SPOILED_MAX: usize = 4;

/// What does not belong anywhere.
fn odd(draws: &mut impl Rng) -> Value {
    let all = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(0.5),
        json!(""),
        json!("*"),
        json!("*."),
        json!("a..b"),
        json!("\u{0}\u{202e}\u{1f600}"),
        json!("x".repeat(5000)),
        json!("-.example"),
        json!("2026-13-45T99:00:00Z"),
        json!("9999-12-31T23:59:59Z"),
        json!([]),
        json!({}),
        json!([[[[[[]]]]]]),
        json!({"": {"": ""}}),
    ];
    all[draws.random_range(0..all.len())].clone()
}

/// Replaces, removes or doubles something somewhere in `value`.
fn spoil(value: &mut Value, draws: &mut impl Rng) {
    let deeper = draws.random_range(0..4) > 0;
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let key = fields.keys().nth(draws.random_range(0..fields.len())).cloned().unwrap();
            match draws.random_range(0..12) {
                0 => drop(fields.shift_remove(&key)),
                1 => drop(fields.insert(format!("{key}x"), odd(draws))),
                _ => spoil(fields.get_mut(&key).unwrap(), draws),
            }
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = draws.random_range(0..items.len());
            match draws.random_range(0..12) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => spoil(&mut items[at], draws),
            }
        }
        other => *other = odd(draws),
    }
}

/// Changes, removes or doubles some of `bytes`.
fn scratch(bytes: &mut Vec<u8>, draws: &mut impl Rng) {
    if bytes.is_empty() {
        return bytes.push(draws.random());
    }
    let at = draws.random_range(0..bytes.len());
    match draws.random_range(0..4) {
        0 => bytes[at] = draws.random(),
        1 => drop(bytes.remove(at)),
        2 => bytes.truncate(at),
        _ => {
            let end = (at + draws.random_range(1..40)).min(bytes.len());
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
    }
}

fn spoiled(seed: &[u8], draws: &mut impl Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    match serde_json::from_slice::<Value>(seed) {
        Ok(mut value) if draws.random_range(0..4) > 0 => {
            (0..draws.random_range(1..=SPOILED_MAX)).for_each(|_| spoil(&mut value, draws));
            bytes = value.to_string().into_bytes();
        }
        _ => (0..draws.random_range(1..=SPOILED_MAX)).for_each(|_| scratch(&mut bytes, draws)),
    }
    bytes
}

/// Throws spoiled seeds at a body; one that panics is printed, whole.
fn thrown(name: &str, body: Body) {
    let mut draws = ChaCha8Rng::seed_from_u64(7);
    let seeds = seeds::of(name);
    assert!(!seeds.is_empty(), "{name}");
    for seed in &seeds {
        withstands(name, body, seed);
    }
    let asked = std::env::var("CUTOVER_THROWN").ok().and_then(|thrown| thrown.parse().ok());
    for _ in 0..asked.unwrap_or(THROWN) {
        let seed = &seeds[draws.random_range(0..seeds.len())];
        withstands(name, body, &spoiled(seed, &mut draws));
    }
}

fn withstands(name: &str, body: Body, bytes: &[u8]) {
    let tried = std::panic::catch_unwind(|| body(bytes));
    assert!(tried.is_ok(), "{name}: {}", String::from_utf8_lossy(bytes));
}

fn body_of(name: &str) -> Body {
    BODIES.iter().find(|(known, _)| *known == name).unwrap().1
}

macro_rules! withstood {
    ($($claim:ident $name:literal,)*) => {
        $(#[test]
        fn $claim() {
            thrown($name, body_of($name));
        })*
    };
}

withstood! {
    a_request_that_is_not_one_is_refused_with_a_remedy "request",
    a_world_that_cannot_be_is_told_why "world",
    a_call_that_makes_no_sense_is_answered_as_aws_answers "wire",
    an_answer_of_aws_that_makes_no_sense_is_an_error_that_the_definition_knows "answers",
    an_event_that_is_none_is_an_error_that_the_definition_knows "events",
    a_document_that_is_none_is_an_error_that_the_definition_knows "documents",
}

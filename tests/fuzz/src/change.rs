//! How an input becomes another one. Of JSON, one thing is changed that leaves it JSON: bytes that are changed blindly seldom
//! come past the parser. Everything else is left to libFuzzer. Must not know what the inputs mean.

use libfuzzer_sys::fuzzer_mutate;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// One in so many inputs is changed blindly, JSON or not.
const BLIND: u32 = 8;
/// How much longer a text may become at once.
const GROWS_MAX: usize = 64;
/// Most changes of one input at once.
const CHANGES_MAX: usize = 3;

/// Changes `bytes[..size]` and answers their new number. The first `before` bytes are no part of the JSON, where it is any.
pub fn changed(bytes: &mut [u8], size: usize, max: usize, seed: u32, before: usize) -> usize {
    let mut draws = ChaCha8Rng::seed_from_u64(seed.into());
    let parsed = bytes.get(before..size).and_then(|text| serde_json::from_slice::<Value>(text).ok());
    if let Some(mut value) = parsed.filter(|_| draws.random_range(0..BLIND) > 0) {
        (0..draws.random_range(1..=CHANGES_MAX)).for_each(|_| change(&mut value, &mut draws));
        let text = value.to_string();
        let end = before + text.len();
        if end <= max {
            bytes[before..end].copy_from_slice(text.as_bytes());
            return end;
        }
    }
    fuzzer_mutate(bytes, size, max)
}

/// Changes one of the values in `value`, all as likely.
fn change(value: &mut Value, draws: &mut impl Rng) {
    let all = count(value);
    let other = nth(value, &mut draws.random_range(0..all)).map_or(Value::Null, |other| other.clone());
    let Some(one) = nth(value, &mut draws.random_range(0..all)) else { return };
    match draws.random_range(0..8) {
        0 => *one = other,
        1 => *one = odd(draws),
        _ => within(one, other, draws),
    }
}

/// Values in `value`, itself among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value that `left` others go before.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, left)),
        _ => None,
    }
}

fn within(one: &mut Value, other: Value, draws: &mut impl Rng) {
    match one {
        Value::String(text) => *text = blindly(text),
        Value::Array(items) if items.is_empty() => items.push(other),
        Value::Array(items) => {
            let at = draws.random_range(0..items.len());
            match draws.random_range(0..3) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => items.insert(at, other),
            }
        }
        Value::Object(fields) if fields.is_empty() => drop(fields.insert(String::new(), other)),
        Value::Object(fields) => {
            let key = fields.keys().nth(draws.random_range(0..fields.len())).cloned().unwrap_or_default();
            match draws.random_range(0..3) {
                0 => drop(fields.shift_remove(&key)),
                1 => drop(fields.insert(key, other)),
                _ => drop(fields.insert(blindly(&key), other)),
            }
        }
        scalar => *scalar = serde_json::from_str(&blindly(&scalar.to_string())).unwrap_or_else(|_| odd(draws)),
    }
}

/// `text` as libFuzzer would have it.
fn blindly(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (size, max) = (bytes.len(), bytes.len() + GROWS_MAX);
    bytes.resize(max, 0);
    let size = fuzzer_mutate(&mut bytes, size, max);
    String::from_utf8_lossy(&bytes[..size]).into_owned()
}

/// What does not belong anywhere.
fn odd(draws: &mut impl Rng) -> Value {
    let all = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(0.5),
        json!(1e300),
        json!(""),
        json!("*"),
        json!("."),
        json!("*.foo.com"),
        json!("a..b"),
        json!("2026-12-01T00:00:00Z"),
        json!("9999-12-31T23:59:59Z"),
        json!("000000000001"),
        json!([]),
        json!({}),
    ];
    all[draws.random_range(0..all.len())].clone()
}

//! Makes a scenario fit to be explored: waits as short as they can be so that each is looked at once or twice, a stranger
//! and a certificate for faults to use. What can go wrong does not depend on how long AWS takes; `legacy-to-new` and the
//! others are rehearsed at their own pace elsewhere. Must not know which faults there are.

use crate::placement::{OTHER_CERTIFICATE, STRANGER, first_alias};
use crate::run::Play;
use serde_json::{Value, json};

/// How long a version takes to its locations at the most, seconds.
const PROPAGATION_SECONDS: u32 = 20;
/// How many locations there are.
const LOCATIONS: u32 = 3;
/// TTL of every record set that has one, seconds.
const TTL_SECONDS: u32 = 60;
/// How long a result is watched.
const SOAK_SECONDS: u32 = 30;
/// An account that none of Cutover's roles is in.
const STRANGERS_ACCOUNT: &str = "000000000077";

/// The same scenario, quick, and with whom faults need.
#[must_use]
pub fn prepared(play: &Play) -> Play {
    let mut play = play.clone();
    quicken(&mut play);
    let alias = first_alias(&play.request).unwrap_or_default();
    let account = play.request.pointer("/target/account").and_then(Value::as_str).unwrap_or("000000000001").to_owned();
    let arn = |account: &str, id: &str| format!("arn:aws:acm:us-east-1:{account}:{id}");
    let theirs = arn(STRANGERS_ACCOUNT, "certificate/stranger");
    push(&mut play, "accounts", json!({"id": STRANGERS_ACCOUNT, "roles": []}));
    push(&mut play, "certificates", json!({"arn": theirs, "names": [alias]}));
    push(&mut play, "certificates", json!({"arn": arn(&account, OTHER_CERTIFICATE), "names": ["else.example"]}));
    let stranger = json!({"id": STRANGER, "account": STRANGERS_ACCOUNT, "domainName": "stranger.cloudfront.net", "aliases": [],
                          "certificate": theirs, "origin": {"status": 200, "headers": {"x-served-by": "stranger"}}});
    push(&mut play, "distributions", stranger);
    play
}

fn push(play: &mut Play, list: &str, what: Value) {
    let id = |value: &Value| value.get("id").or(value.get("arn")).cloned();
    let Some(world) = play.world.as_object_mut() else { return };
    if let Some(list) = world.entry(list).or_insert_with(|| json!([])).as_array_mut()
        && !list.iter().any(|there| id(there) == id(&what))
    {
        list.push(what);
    }
}

fn quicken(play: &mut Play) {
    if let Some(world) = play.world.as_object_mut() {
        let edge = json!({"locations": LOCATIONS, "propagation": {"model": "uniform", "maxSeconds": PROPAGATION_SECONDS}});
        world.insert("edge".to_owned(), edge);
        let zones = ["hostedZones", "externalZones"]
            .into_iter()
            .filter_map(|kind| world.get(kind).and_then(Value::as_array).cloned().map(|zones| (kind, zones)));
        let zones: Vec<(&str, Vec<Value>)> = zones.collect();
        for (kind, mut zones) in zones {
            let records = zones.iter_mut().filter_map(|zone| zone.get_mut("records").and_then(Value::as_array_mut)).flatten();
            for ttl in records.filter_map(|record| record.get_mut("ttl")) {
                *ttl = json!(TTL_SECONDS);
            }
            world.insert(kind.to_owned(), Value::Array(zones));
        }
    }
    if let Some(request) = play.request.as_object_mut() {
        request.insert("soakSeconds".to_owned(), json!(SOAK_SECONDS));
        request.insert("execute".to_owned(), json!(true));
    }
}

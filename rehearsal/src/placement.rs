//! Faults, handed to whoever is to bring them about: AWS, other writers, Lambda, Step Functions. Must not know how any of
//! these does it, nor what a cutover makes of it.

use crate::fault::{Family, Fault, FaultKind};
use crate::run::Play;
use crate::staging::{Accident, Call, Double, Further, Mishap, Moment, Other, Place, Redrive, Side, Staging, Start, Stop, Which};
use crate::world::txt::proof_name;
use serde_json::{Value, json};

/// As long as a function may stand still so that it is still alive afterwards: Lambda ends it after 900 (LAM-1).
const FROZEN_SECONDS: u64 = 890;
/// How long after an execution was stopped somebody redrives it: its recovery is under way.
const REDRIVE_SECONDS: u64 = 60;

/// The distribution of an account that is nobody's business, where a world has one: what claims a name while it is free.
pub const STRANGER: &str = "E9STRANGER";
/// The end of the ARN of a certificate that covers nothing of anybody's, where a world has one in the target's account.
pub const OTHER_CERTIFICATE: &str = "certificate/of-something-else";

/// `play` and `staging`, with its faults where they belong.
///
/// # Errors
/// What stands in the way of a fault, for a person.
pub(crate) fn place(play: &Play, staging: &Staging) -> Result<(Play, Staging), String> {
    let (mut play, mut staging) = (play.clone(), staging.clone());
    for fault in play.faults.clone() {
        let call = || Call { operation: fault.operation.clone(), number: fault.number };
        let state = || fault.operation.split_once(':').map(|(_, state)| state.to_owned()).unwrap_or_default();
        match fault.kind.family() {
            Family::Answer => {}
            Family::Others => others(&mut play, &mut staging, &fault, call())?,
            Family::Function => {
                let (side, what) = match fault.kind {
                    FaultKind::KilledBefore => (Side::Before, Mishap::Killed),
                    FaultKind::KilledAfter => (Side::After, Mishap::Killed),
                    FaultKind::FrozenBefore => (Side::Before, Mishap::Frozen { seconds: FROZEN_SECONDS }),
                    _ => (Side::After, Mishap::Frozen { seconds: FROZEN_SECONDS }),
                };
                staging.accidents.push(Accident { at: Place::Call(call()), side, what });
            }
            Family::Invocation => {
                let step = crate::hands::step_of_state(&state());
                let other = match fault.kind {
                    FaultKind::Overtaken => Other::Before,
                    FaultKind::Twice => Other::Beside,
                    _ => Other::Later,
                };
                staging.doubles.push(Double { step, invocation: fault.number, other });
            }
            Family::Execution => {
                let which = Which::Request(0);
                let ends = if fault.kind == FaultKind::HistoryFull { &mut staging.overflows } else { &mut staging.stops };
                ends.push(Stop { which, at: Moment::EnteringState(state(), fault.number) });
                if fault.kind == FaultKind::Redriven {
                    staging.redrives.push(Redrive { which, state: state(), entry: fault.number, after_seconds: REDRIVE_SECONDS });
                }
            }
        }
    }
    Ok((play, staging))
}

/// Lets somebody else do something right after `call`.
fn others(play: &mut Play, staging: &mut Staging, fault: &Fault, call: Call) -> Result<(), String> {
    let lacks = |what: &str| format!("fault {fault}: {what}");
    let alias = first_alias(&play.request).ok_or_else(|| lacks("the request names no alias"))?;
    let source = source_of(play, &alias).ok_or_else(|| lacks("nobody holds the alias"))?;
    let target = play.request.pointer("/target/distribution").cloned().ok_or_else(|| lacks("the request's target is no distribution"))?;
    let after = format!("{}#{}", call.operation, call.number);
    let deed = match fault.kind {
        FaultKind::AskedAgain | FaultKind::AskedBack => {
            let mut request = play.request.clone();
            if let (FaultKind::AskedBack, Some(fields)) = (fault.kind, request.as_object_mut()) {
                let (source, target) = (fields.get("source").cloned(), fields.get("target").cloned());
                fields.insert("source".to_owned(), target.ok_or_else(|| lacks("the request has no target"))?);
                fields.insert("target".to_owned(), source.ok_or_else(|| lacks("the request has no source"))?);
                fields.remove("verify");
            }
            staging.requests.push(Further { request, start: Start::OnceAnswered(call) });
            return Ok(());
        }
        FaultKind::AliasReadded => json!({"do": "addAlias", "distribution": source, "alias": alias}),
        FaultKind::SourceEdited => json!({"do": "editConfig", "distribution": source}),
        FaultKind::TargetEdited => json!({"do": "editConfig", "distribution": target}),
        FaultKind::AliasClaimed => {
            let account = account_of(play, STRANGER).ok_or_else(|| lacks(&format!("the world has no distribution {STRANGER}")))?;
            json!({"do": "addAlias", "distribution": STRANGER, "alias": alias, "account": account})
        }
        FaultKind::SourceDisabled => json!({"do": "setEnabled", "distribution": source, "enabled": false}),
        FaultKind::TargetDisabled => json!({"do": "setEnabled", "distribution": target, "enabled": false}),
        FaultKind::CertificateReplaced => {
            let certificates = play.world.get("certificates").and_then(Value::as_array);
            let arns = certificates.into_iter().flatten().filter_map(|certificate| certificate.get("arn").and_then(Value::as_str));
            let other = arns.into_iter().find(|arn| arn.ends_with(OTHER_CERTIFICATE));
            let other = other.ok_or_else(|| lacks(&format!("the world has no certificate …{OTHER_CERTIFICATE}")))?;
            json!({"do": "replaceCertificate", "distribution": target, "certificate": other})
        }
        FaultKind::ProofJoined => {
            let (zone, _) = record_of(play, &alias).ok_or_else(|| lacks("no hosted zone of the world has a record set of it"))?;
            let record = json!({"name": proof_name(&alias), "type": "TXT", "ttl": 300, "values": ["somebody-elses-proof.example"]});
            json!({"do": "addValue", "hostedZone": zone, "record": record})
        }
        FaultKind::RecordChanged => {
            let (zone, mut record) = record_of(play, &alias).ok_or_else(|| lacks("no hosted zone of the world has a record set of it"))?;
            if let Some(fields) = record.as_object_mut() {
                let is_name = fields.get("type").and_then(Value::as_str) == Some("CNAME");
                fields.remove("aliasTarget");
                fields.insert("ttl".to_owned(), json!(60));
                fields.insert("values".to_owned(), json!([if is_name { "elsewhere.example" } else { "192.0.2.1" }]));
            }
            json!({"do": "changeRecord", "hostedZone": zone, "record": record})
        }
        _ => json!({"do": "failOrigin", "distribution": target}),
    };
    let mut actor = deed;
    if let Some(fields) = actor.as_object_mut() {
        fields.insert("afterCall".to_owned(), json!(after));
    }
    if let Some(world) = play.world.as_object_mut() {
        let actors = world.entry("actors").or_insert_with(|| json!([]));
        actors.as_array_mut().ok_or_else(|| lacks("the world's actors are no list"))?.push(actor);
    }
    Ok(())
}

/// The first name of a request.
pub(crate) fn first_alias(request: &Value) -> Option<String> {
    request.pointer("/aliases/0").and_then(Value::as_str).map(crate::world::names::normal)
}

fn distributions(play: &Play) -> impl Iterator<Item = &Value> {
    play.world.get("distributions").and_then(Value::as_array).into_iter().flatten()
}

/// The distribution that an alias is on at the beginning.
pub(crate) fn source_of(play: &Play, alias: &str) -> Option<String> {
    let lists = |held: &&Value| {
        let aliases = held.get("aliases").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        aliases.into_iter().any(|listed| crate::world::names::normal(listed) == alias)
    };
    distributions(play).find(lists).and_then(|held| held.get("id")).and_then(Value::as_str).map(str::to_owned)
}

fn account_of(play: &Play, id: &str) -> Option<String> {
    let held = distributions(play).find(|held| held.get("id").and_then(Value::as_str) == Some(id));
    held.and_then(|held| held.get("account")).and_then(Value::as_str).map(str::to_owned)
}

/// The first record set of `name`, and the hosted zone that it is in.
fn record_of(play: &Play, name: &str) -> Option<(String, Value)> {
    let zones = play.world.get("hostedZones").and_then(Value::as_array)?;
    zones.iter().find_map(|zone| {
        let records = zone.get("records").and_then(Value::as_array)?;
        let is_it = |record: &&Value| record.get("name").and_then(Value::as_str).map(crate::world::names::normal).as_deref() == Some(name);
        let found = records.iter().find(is_it)?;
        Some((zone.get("id").and_then(Value::as_str)?.to_owned(), found.clone()))
    })
}

//! What does one step do, asked through the one door with a document made by hand? For what no scenario comes to.

mod answers;
mod asking;
mod guards;
mod looking;
mod moving;
mod names;

use crate::support;
use cutover::document::{Endpoint, Endpoints, Execution, NameSnapshot};
use cutover::finding::{Code, Refusal};
use cutover::ids::{AccountId, DistributionId, HostedZoneId, Place};
use cutover::plan::{Edit, PlannedEdit, Settle};
use cutover::proof::ProofSnapshot;
use cutover::record_set::RecordSet;
use cutover::registry::Token;
use cutover::{Alias, Cutover, Request};
use functions::StepError;
use rehearsal::audience::Audience;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{SharedWorld, sdk_config};
use rehearsal::world::World;
use serde_json::{Value, json};
use std::pin::Pin;

/// Looks at one settle before a claim gives up.
const LOOKS_MAX: usize = 60;

/// A simulated AWS, with Cutover's functions in it.
struct Stage {
    world: SharedWorld,
    clock: VirtualClock,
    audience: Audience,
}

/// Makes a claim in `world`, in virtual time.
fn on_stage(world: Value, claim: impl AsyncFnOnce(Stage)) {
    let world = World::new(world, 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let world = SharedWorld::new(world);
        claim(Stage { audience: Audience::new(world.clone(), clock.clone()), world, clock }).await;
    });
}

impl Stage {
    /// The step, under a claim: a document that was made by hand gets one.
    async fn step(&self, step: &str, document: &Cutover) -> Result<Cutover, StepError> {
        if document.claim.is_some() || document.plan.is_empty() {
            return self.carried_out(step, document).await;
        }
        let claim = Self::accepted(self.carried_out("claim_aliases", document).await).claim.unwrap();
        let claim = Some(Token { confirmed: true, ..claim });
        self.carried_out(step, &Cutover { claim, ..document.clone() }).await
    }

    async fn carried_out(&self, step: &str, document: &Cutover) -> Result<Cutover, StepError> {
        let key = self.world.lock().function_key(&format!("cutover-{}", step.replace('_', "-")));
        let config = sdk_config(&self.world, self.clock.clone(), &key);
        let input = serde_json::to_value(document).unwrap();
        let answer: Pin<Box<dyn Future<Output = Result<Value, StepError>> + '_>> =
            Box::pin(functions::invoke(&config, &self.audience, step, input));
        let answer = answer.await?;
        Ok(serde_json::from_value(answer).unwrap())
    }

    /// The step, which must do what it is asked for.
    #[track_caller]
    fn accepted(result: Result<Cutover, StepError>) -> Cutover {
        result.unwrap_or_else(|error| panic!("{error}"))
    }

    /// One look, after `seconds`.
    async fn look_after(&self, seconds: i64, document: &Cutover) -> Cutover {
        self.clock.sleep(seconds * 1000).await;
        Self::accepted(self.step("check_settled", document).await)
    }

    /// Looks every 20 s until everything that the edit waits for has come true.
    async fn until_settled(&self, mut document: Cutover) -> Cutover {
        for _ in 0..LOOKS_MAX {
            document = self.look_after(20, &document).await;
            if document.settled {
                return document;
            }
        }
        panic!("never settled: {:?}", document.progress);
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.clock.now()).unwrap()
    }

    /// The world as it is now, printed.
    fn printed(&self) -> Value {
        let now = self.clock.now();
        let mut world = self.world.lock();
        world.advance(now);
        world.print(now)
    }

    fn distribution(&self, id: &str) -> Value {
        self.printed()["distributions"].as_array().unwrap().iter().find(|distribution| distribution["id"] == id).unwrap().clone()
    }

    fn calls(&self, operation: &str) -> u64 {
        self.world.lock().calls.get(operation).copied().unwrap_or(0)
    }
}

fn alias(text: &str) -> Alias {
    Alias::parse(text).unwrap()
}

fn place(account: &str, id: &str) -> Place {
    Place { account: AccountId::parse(account).unwrap(), distribution: DistributionId::parse(id).unwrap() }
}

fn source() -> Place {
    place("000000000001", "E1LEGACYXYZ")
}

fn target() -> Place {
    place("000000000002", "E2NEWQRS")
}

fn zone() -> (AccountId, HostedZoneId) {
    (AccountId::parse("000000000001").unwrap(), HostedZoneId::parse("Z1FOO").unwrap())
}

/// Two accounts with a.foo.com on E1LEGACYXYZ; every change is everywhere after exactly a minute.
fn world() -> Value {
    support::with_propagation(support::scenario("legacy-to-new", 1), json!({"model": "fixed", "seconds": 60})).world
}

fn request() -> Value {
    support::scenario("legacy-to-new", 1).request
}

/// The same without a source, and with DNS that somebody else edits.
fn request_of_others() -> Value {
    let mut request = request();
    request.as_object_mut().unwrap().remove("source");
    request["dns"] = json!("external");
    request
}

fn planned(edit: Edit, settle: Vec<Settle>) -> PlannedEdit {
    PlannedEdit {
        label: edit.describe(),
        inverse: edit.inverse(),
        edit,
        settle,
        inverse_settle: None,
        inverse_once: None,
        proof: None,
        before: String::new(),
        after: String::new(),
    }
}

fn deployed(place: Place) -> Settle {
    Settle::DistributionDeployed { place }
}

fn cname(value: &str, ttl: u32) -> RecordSet {
    serde_json::from_value(json!({"type": "CNAME", "ttl": ttl, "values": [value]})).unwrap()
}

/// A document before the first of `edits`, with a.foo.com as it is in [`world`].
fn document(request: &Value, edits: Vec<PlannedEdit>) -> Cutover {
    let execution =
        Execution { id: "arn:aws:states:us-east-1:000000000009:execution:cutover:x".into(), started_at: jiff::Timestamp::UNIX_EPOCH };
    let request = Request::parse(request).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let mut document = Cutover::refused(execution, Some(request), Refusal::new(Code::ObservationFailed, "", ""));
    document.refusals.clear();
    let endpoint =
        |name: &str, serial: &str| Endpoint { domain_name: name.into(), ipv6: true, certificate_serial: Some(serial.to_owned()) };
    document.endpoints = Some(Endpoints { source: endpoint("xyz.cloudfront.net", "5e"), target: endpoint("qrs.cloudfront.net", "7a") });
    document.snapshot = vec![NameSnapshot { name: alias("a.foo.com"), sets: vec![cname("xyz.cloudfront.net", 300)] }];
    document.proofs = vec![ProofSnapshot { name: "_a.foo.com".to_owned(), ttl: None, values: vec![] }];
    document.way_back = (0..edits.len()).rev().collect();
    document.plan = edits;
    document.point_next();
    document
}

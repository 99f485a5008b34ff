//! A function that is frozen and goes on after its claim was taken over (F26, F34): it writes nothing more, wherever it
//! was frozen, and what the recovery left stays.

use super::gate::{Between, Contender};
use super::lost_answers::chains;
use super::{items, request, world};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use cutover::bounds::CLAIM_SECONDS;
use cutover::registry::chain::broken_at;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::SharedWorld;
use rehearsal::world::World;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// How long a function lives, seconds (LAM-1).
const LIVES_SECONDS: i64 = 900;

/// Freezes one call of everything that goes through it, before it is sent.
#[derive(Debug, Clone)]
struct Freezer {
    /// Calls so far, and which of them is frozen.
    calls: Arc<Mutex<(usize, usize)>>,
    /// Whether the frozen call is a write to CloudFront or Route 53.
    is_write: Arc<Mutex<Option<bool>>>,
    frozen: Arc<Notify>,
    thawed: Arc<Notify>,
}

#[derive(Debug)]
struct Cold<T> {
    freezer: Freezer,
    inner: T,
}

impl HttpClient for Cold<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Cold { freezer: self.freezer.clone(), inner: self.inner.http_connector(settings, components) })
    }
}

impl HttpConnector for Cold<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (freezer, inner) = (self.freezer.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move {
            let is_frozen = {
                let mut calls = freezer.calls.lock().unwrap();
                calls.0 += 1;
                calls.0 == calls.1
            };
            if is_frozen {
                let path = request.uri();
                let writes = request.method() == "PUT"
                    || (request.method() == "POST" && (path.contains("/rrset") || path.contains("/domain-association")));
                *freezer.is_write.lock().unwrap() = Some(writes);
                freezer.frozen.notify_one();
                freezer.thawed.notified().await;
            }
            inner.call(request).await
        })
    }
}

/// How one zombie's story ended.
struct Story {
    zombie: Option<Value>,
    recovery: Value,
    writes_before_thaw: usize,
    world: Value,
    writes: Vec<(String, String, String)>,
    table: Vec<Value>,
}

/// Freezes the cutover at its `at`th call, lets the claim lapse and be recovered, and thaws it; `None` where it makes less
/// calls than that.
fn freeze(at: usize) -> Option<Story> {
    let world = World::new(world(), 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let world = SharedWorld::new(world);
        let freezer =
            Freezer { calls: Arc::new(Mutex::new((0, at))), is_write: Arc::default(), frozen: Arc::default(), thawed: Arc::default() };
        let cold = freezer.clone();
        let between: Between = Arc::new(move |inner| SharedHttpClient::new(Cold { freezer: cold.clone(), inner }));
        let contender = |name: &str, input: Value, between: Between| Contender {
            name: name.to_owned(),
            input,
            world: world.clone(),
            clock: clock.clone(),
            between,
            warm: Mutex::default(),
            given: Arc::default(),
        };
        let zombie = contender("zombie", request("a.foo.com", "E1AAA", "E2BBB"), between);
        let mut zombie = tokio::spawn(async move { zombie.walk().await });
        tokio::select! {
            () = freezer.frozen.notified() => {}
            ended = &mut zombie => {
                assert_eq!(ended.unwrap().outcome, "completed");
                return None;
            }
        }
        clock.sleep((CLAIM_SECONDS + 60) * 1000).await;
        let recovery = contender("recovery", json!({"recover": {"lapsed": true}}), Arc::new(|inner| inner)).walk().await;
        let writes_before_thaw = world.lock().writes.len();
        // A write that was under way is gone by now: Lambda has ended its function long ago (LAM-1).
        let was_a_write = freezer.is_write.lock().unwrap().unwrap();
        let ended = if was_a_write {
            zombie.abort();
            None
        } else {
            freezer.thawed.notify_one();
            Some(zombie.await.unwrap().document)
        };
        let now = clock.now();
        let mut world = world.lock();
        world.advance(now);
        Some(Story {
            zombie: ended,
            recovery: recovery.document,
            writes_before_thaw,
            writes: world.writes.clone(),
            table: world.registry.items(),
            world: world.print(now),
        })
    })
}

#[test]
fn a_zombie_writes_nothing_after_its_claim_was_lost_wherever_it_was_frozen() {
    let (mut thawed, mut recovered, mut rolled_back, mut completed) = (0, 0, 0, 0);
    for at in 1.. {
        assert!(at < 500, "a cutover of one name makes fewer calls");
        let Some(story) = freeze(at) else { break };
        let recovery = story.recovery["outcome"].as_str().unwrap();
        let later = &story.writes[story.writes_before_thaw..];
        // Without a claim there is nothing to lose: it takes one, or had given it back.
        assert!(recovery == "refused" || later.is_empty(), "call {at}: {later:?}");
        let claims = items(&story.table, "CLAIM");
        for claim in &claims {
            assert_eq!(claim["state"], "released", "call {at}: {claim}");
        }
        for chain in chains(&story.table) {
            assert_eq!(broken_at(&chain), None, "call {at}");
        }
        match recovery {
            // It was frozen before it had a claim, or after it had given it back.
            "refused" => assert_eq!(story.recovery["refusals"][0]["code"], "nothingToRecover", "call {at}"),
            "rolledBack" => rolled_back += 1,
            "completed" => completed += 1,
            other => panic!("call {at}: {other} {}", story.recovery["stuck"]),
        }
        let holder = |name: &str| {
            story.world["distributions"]
                .as_array()
                .unwrap()
                .iter()
                .find(|d| d["aliases"].as_array().unwrap().contains(&json!(name)))
                .unwrap()["id"]
                .clone()
        };
        let expected = if recovery == "rolledBack" { "E1AAA" } else { "E2BBB" };
        if recovery != "refused" {
            recovered += 1;
            assert_eq!(holder("a.foo.com"), expected, "call {at}");
        }
        if let Some(zombie) = story.zombie {
            thawed += 1;
            let outcome = zombie["outcome"].as_str().unwrap();
            assert!(["refused", "completed", "stuck", "rolledBack"].contains(&outcome), "call {at}: {outcome}");
        }
    }
    println!(
        "frozen at each call and thawed after the recovery: {thawed} went on, {recovered} recovered ({rolled_back} rolled back, {completed} completed)"
    );
    assert!(thawed > 20 && recovered > 20 && rolled_back > 0 && completed > 0);
}

/// Freezes a run of the cutover at its `at`th call, lets another run of the same step go on and turn round, and thaws the
/// first one before the last step. Says how it ended, for how long the first one stood still, and what of the world is
/// different in the end; `None` where it makes less calls than that, an empty outcome where it had no document yet.
fn overtake(at: usize) -> Option<(String, i64, Vec<String>)> {
    let mut staged = world();
    staged["actors"] = json!([{"do": "failOrigin", "afterCall": "cloudfront:UpdateDomainAssociation#1", "distribution": "E2BBB"}]);
    let mut asked = request("a.foo.com", "E1AAA", "E2BBB");
    asked["verify"] = json!({"path": "/", "status": 200});
    let world = World::new(staged, 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (clock, world) = (VirtualClock::new(world.start), SharedWorld::new(world));
        let told = || ["distributions", "hostedZones"].map(|part| world.lock().print(clock.now())[part].clone());
        let before = told();
        let freezer =
            Freezer { calls: Arc::new(Mutex::new((0, at))), is_write: Arc::default(), frozen: Arc::default(), thawed: Arc::default() };
        let (cold, given) = (freezer.clone(), Arc::new(Mutex::new(Value::Null)));
        let contender = |between: Between, given: &Arc<Mutex<Value>>| Contender {
            name: "overtaken".to_owned(),
            input: asked.clone(),
            world: world.clone(),
            clock: clock.clone(),
            between,
            warm: Mutex::default(),
            given: given.clone(),
        };
        let first = contender(Arc::new(move |inner| SharedHttpClient::new(Cold { freezer: cold.clone(), inner })), &given);
        let mut first = tokio::spawn(async move { first.walk().await });
        tokio::select! {
            () = freezer.frozen.notified() => {}
            _ = &mut first => return None,
        }
        let frozen_at = clock.now();
        let given = given.lock().unwrap().clone();
        if given.is_null() {
            first.abort();
            return Some((String::new(), 0, vec![]));
        }
        let second = contender(Arc::new(|inner| inner), &Arc::default());
        let document = second.walk_from(given, Some(cutover::Step::Conclude)).await;
        let stood_still = (clock.now() - frozen_at) / 1000;
        // What was announced has been waited for until its function has died (LAM-1).
        if stood_still > LIVES_SECONDS {
            first.abort();
        } else {
            freezer.thawed.notify_one();
            first.await.unwrap();
        }
        let ended = if document["outcome"].is_string() { document } else { second.walk_from(document, None).await };
        world.lock().advance(clock.now());
        let changed = before.into_iter().zip(told()).filter(|(before, after)| before != after).map(|(_, after)| after.to_string());
        Some((ended["outcome"].as_str().unwrap().to_owned(), stood_still, changed.collect()))
    })
}

#[test]
fn a_run_of_an_earlier_step_announces_nothing_once_a_later_step_has_begun() {
    let (mut overtaken, mut waited_for) = (0, 0);
    for at in 1.. {
        assert!(at < 500, "a cutover of one name makes fewer calls");
        let Some((outcome, stood_still, changed)) = overtake(at) else { break };
        if !outcome.is_empty() {
            *(if stood_still > LIVES_SECONDS { &mut waited_for } else { &mut overtaken }) += 1;
            assert_eq!((outcome.as_str(), changed), ("rolledBack", vec![]), "call {at}, after {stood_still} s");
        }
    }
    println!("frozen at each call: {overtaken} thawed before the last step, {waited_for} had announced a write and were waited for");
    assert!(overtaken > 20 && waited_for > 0, "{overtaken} {waited_for}");
}

//! The desk: do people and pipelines get the right answer and the right exit status, whatever the registry holds and whether
//! or not it answers? Here is how a claim sits at the desk of a world.

mod answers;
mod broken;
mod console;
mod meanwhile;
mod moto;
mod permission;
mod running;
mod table;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use functions::desk::{Spoken, run};
use rehearsal::audience::Audience;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{SharedWorld, sdk_config};
use rehearsal::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::Arc;

/// An administrator of the home account.
const HOME: &str = "AKIA000000000009";
/// The way to `a.foo.com` in the scenario `legacy-to-new`.
const SOURCE: [&str; 4] = ["--account", "000000000001", "--distribution", "E1LEGACYXYZ"];
const TARGET: [&str; 4] = ["--account", "000000000002", "--distribution", "E2NEWQRS"];

/// Steps of one cutover before a claim gives up.
const STEPS_MAX: usize = 400;
/// Tries of one step that failed, as the definition would try again.
const TRIES_MAX: usize = 3;
/// Tries of a recovery while a write may be under way.
const RECOVERIES_MAX: usize = 18;

/// Puts something of a claim's own between the SDK and the world.
type Between = Arc<dyn Fn(SharedHttpClient) -> SharedHttpClient>;

/// A world, its clock, and whoever stands at its desk.
struct Stage {
    world: SharedWorld,
    clock: VirtualClock,
    between: Option<Between>,
}

fn execution(name: &str) -> Value {
    json!({"id": format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{name}"), "startedAt": "2026-12-01T02:00:00Z"})
}

/// Plays in virtual time.
fn play<T>(world: &Value, scene: impl AsyncFnOnce(&Stage) -> T) -> T {
    let world = World::new(world.clone(), 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let stage = Stage { clock: VirtualClock::new(world.start), world: SharedWorld::new(world), between: None };
    runtime.block_on(async { scene(&stage).await })
}

impl Stage {
    /// The same, with something between the SDK and the world.
    fn between(&self, between: impl Fn(SharedHttpClient) -> SharedHttpClient + 'static) -> Self {
        Self { world: self.world.clone(), clock: self.clock.clone(), between: Some(Arc::new(between)) }
    }

    fn config(&self, key: &str) -> SdkConfig {
        let config = sdk_config(&self.world, self.clock.clone(), key);
        match &self.between {
            Some(between) => config.to_builder().http_client(between(config.http_client().unwrap())).build(),
            None => config,
        }
    }

    /// One command, with the credentials of `key`.
    async fn says_to(&self, key: &str, arguments: &[&str]) -> Spoken {
        let config = self.config(key);
        let line = ["cutover"].into_iter().chain(arguments.iter().copied()).map(OsString::from);
        Box::pin(run(&config, line)).await
    }

    /// One command of an administrator of the home account.
    async fn says(&self, arguments: &[&str]) -> Spoken {
        self.says_to(HOME, arguments).await
    }

    /// The pipelines' question, and the codes of the answer's reasons.
    async fn may_attach(&self, alias: &str, place: [&str; 4]) -> (u8, Vec<String>) {
        let asked = [&["may-attach", alias][..], &place, &["--json"]].concat();
        let spoken = self.says(&asked).await;
        let answer: Value = serde_json::from_str(&spoken.out).unwrap_or_else(|error| panic!("{error}: {spoken:?}"));
        let codes = answer["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap().to_owned());
        (spoken.status, codes.collect())
    }

    fn items(&self) -> Vec<Value> {
        self.world.lock().registry.items()
    }

    /// The item under this key; `null` where nothing is.
    fn item(&self, pk: &str, sk: &str) -> Value {
        self.items().into_iter().find(|item| item["pk"] == pk && item["sk"] == sk).unwrap_or_default()
    }

    async fn invoke(&self, step: &str, input: &Value) -> Result<Value, functions::StepError> {
        let key = self.world.lock().function_key(&format!("cutover-{}", step.replace('_', "-")));
        let audience = Audience::new(self.world.clone(), self.clock.clone());
        Box::pin(functions::invoke(&self.config(&key), &audience, step, input.clone())).await
    }

    /// Walks the definition's way without its interpreter, and stops before each step to let `between` look.
    async fn walk(&self, name: &str, request: &Value, mut between: impl AsyncFnMut(&Value)) -> Value {
        let mut document = self.planned(name, request).await;
        for _ in 0..STEPS_MAX {
            between(&document).await;
            document = self.step(document).await;
            if document["outcome"].is_string() {
                return document;
            }
        }
        panic!("{name} never ended: {}", document["progress"]);
    }

    /// Walks until `stop` says so of the document, and leaves it there.
    async fn walk_until(&self, name: &str, request: &Value, stop: impl Fn(&Value) -> bool) -> Value {
        let mut document = self.planned(name, request).await;
        for _ in 0..STEPS_MAX {
            if stop(&document) {
                return document;
            }
            document = self.step(document).await;
        }
        panic!("{name} never came to it: {}", document["progress"]);
    }

    /// Goes on with whatever claim is `wanted`, to the end.
    async fn recover(&self, name: &str, wanted: &Value) -> Value {
        let start = json!({"recover": wanted, "execution": execution(name)});
        let mut document = None;
        for _ in 0..RECOVERIES_MAX {
            match self.invoke("recover_cutover", &start).await {
                Ok(recovered) => document = Some(recovered),
                Err(error) if error.error_type == "WriteInFlight" => self.clock.sleep(60_000).await,
                Err(error) => panic!("{error}"),
            }
            if document.is_some() {
                break;
            }
        }
        let mut document = document.unwrap();
        for _ in 0..STEPS_MAX {
            document = self.step(document).await;
            if document["outcome"].is_string() {
                return document;
            }
        }
        panic!("{name} never ended: {}", document["progress"]);
    }

    async fn planned(&self, name: &str, request: &Value) -> Value {
        let start = json!({"request": request, "memberAccounts": "000000000001,000000000002", "execution": execution(name)});
        self.invoke("preflight", &start).await.unwrap()
    }

    /// Whatever the document says comes next.
    async fn step(&self, document: Value) -> Value {
        let next: cutover::Step = serde_json::from_value(document["next"].clone()).unwrap();
        if next == cutover::Step::CheckSettled {
            self.clock.sleep(document["waitSeconds"].as_i64().unwrap() * 1000).await;
        }
        self.tried(next, document).await
    }

    async fn tried(&self, step: cutover::Step, mut document: Value) -> Value {
        let mut last = None;
        for _ in 0..TRIES_MAX {
            match self.invoke(step.snake_name(), &document).await {
                Ok(document) => return document,
                Err(error) => last = Some(error),
            }
        }
        let error = last.unwrap();
        document["error"] = json!({"Error": error.error_type, "Cause": json!({"errorMessage": error.message}).to_string()});
        let to = if step == cutover::Step::ClaimAliases { "conclude" } else { "roll_back" };
        self.invoke(to, &document).await.unwrap_or_else(|error| panic!("{to}: {error}"))
    }
}

/// The world and the request of the bridge between two accounts, with `registry` in its table.
fn bridge(registry: Value) -> (Value, Value) {
    let play = crate::support::scenario("legacy-to-new", 1);
    let (mut world, mut request) = (play.world, play.request);
    world["registry"] = registry;
    request["execute"] = json!(true);
    (world, request)
}

/// The calls that these commands make beside a cutover `first` that is under way.
pub(crate) fn calls_of(lines: &[&str]) -> BTreeSet<String> {
    let (world, request) = bridge(json!([]));
    play(&world, async |stage| {
        let mut called = BTreeSet::new();
        stage
            .walk("first", &request, async |document: &Value| {
                if document["progress"]["at"] != 2 || !called.is_empty() {
                    return;
                }
                stage.clock.sleep(2_000).await;
                for line in lines {
                    let before = stage.world.lock().calls.clone();
                    stage.says(&line.split(' ').collect::<Vec<_>>()).await;
                    let after = stage.world.lock().calls.clone();
                    called.extend(after.into_iter().filter(|(call, count)| before.get(call) != Some(count)).map(|(call, _)| call));
                }
            })
            .await;
        called
    })
}

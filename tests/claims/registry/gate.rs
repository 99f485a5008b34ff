//! Several cutovers in one world, of whose registry calls only one is answered at a time, in an order that the claim
//! chooses. Time passes only where somebody waits for it. Holds no expectation.

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use functions::{Home, StepError};
use rehearsal::audience::Audience;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{SharedWorld, sdk_config};
use rehearsal::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// Steps of one cutover, retries included, before a claim gives up.
const STEPS_MAX: usize = 400;
/// Tries of one step that failed, as the definition would try again.
const TRIES_MAX: usize = 8;
/// And while a write may be under way, one each minute.
const LANDING_TRIES_MAX: usize = 42;

/// Which registry calls wait to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// Every one but renewals and saved documents: those change only the holder's own claim and document, under its own
    /// fencing number, and no call of another cutover has a condition on them.
    EveryCall,
    /// Only those that can meet another cutover's: whole transactions of claims, and reads. A holder's own events commute
    /// with everything that others do, so their order among those changes nothing.
    Conflicts,
}

/// Who waits, and for what.
#[derive(Debug, Default)]
struct Waiting {
    /// By contender: the call, and how to let it go.
    calls: BTreeMap<usize, (String, oneshot::Sender<()>)>,
    finished: usize,
}

/// Holds registry calls until they are chosen.
#[derive(Debug, Clone)]
struct Gate {
    waiting: Arc<Mutex<Waiting>>,
    changed: Arc<Notify>,
    grain: Grain,
}

/// How one cutover ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) outcome: String,
    pub(super) document: Value,
}

/// What one order of the calls led to.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) ended: Vec<Ended>,
    /// Who was chosen for what, in order.
    pub(super) calls: Vec<(usize, String)>,
    pub(super) table: Vec<Value>,
}

#[derive(Debug)]
struct Turnstile {
    gate: Gate,
    contender: usize,
    inner: SharedHttpClient,
}

#[derive(Debug)]
struct Turn {
    gate: Gate,
    contender: usize,
    inner: SharedHttpConnector,
}

impl HttpClient for Turnstile {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Turn { gate: self.gate.clone(), contender: self.contender, inner })
    }
}

impl HttpConnector for Turn {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.split_once("DynamoDB_20120810."))
            .map(|(_, name)| name.to_owned());
        let (gate, contender, inner) = (self.gate.clone(), self.contender, self.inner.clone());
        HttpConnectorFuture::new(async move {
            if let Some(operation) = operation.filter(|operation| gate.waits(operation, &request)) {
                let (let_go, chosen) = oneshot::channel();
                gate.waiting.lock().unwrap().calls.insert(contender, (operation, let_go));
                gate.changed.notify_one();
                chosen.await.unwrap();
            }
            inner.call(request).await
        })
    }
}

impl Gate {
    fn waits(&self, operation: &str, request: &HttpRequest) -> bool {
        match self.grain {
            Grain::EveryCall => !matches!(operation, "UpdateItem" | "PutItem"),
            Grain::Conflicts => match operation {
                "GetItem" | "TransactGetItems" => true,
                "TransactWriteItems" => {
                    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap();
                    body["TransactItems"].as_array().is_some_and(|actions| actions.len() > 2)
                }
                _ => false,
            },
        }
    }
}

/// Sleeps in virtual time; the SDK's limits on a call never pass, because a call that waits to be chosen takes no time.
#[derive(Debug, Clone)]
struct WithoutTimeouts(VirtualClock);

impl AsyncSleep for WithoutTimeouts {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.0.clone();
        let is_a_limit = [Duration::from_secs(10), Duration::from_secs(30), Duration::from_millis(2_000)].contains(&duration);
        Sleep::new(async move {
            if is_a_limit {
                std::future::pending::<()>().await;
            }
            clock.sleep_for(duration).await;
        })
    }
}

/// Puts something of a claim's own between the SDK and the world.
pub(super) type Between = Arc<dyn Fn(SharedHttpClient) -> SharedHttpClient + Send + Sync>;

/// One execution, walked without the definition's interpreter.
pub(super) struct Contender {
    /// Its name.
    pub(super) name: String,
    /// What it is started with.
    pub(super) input: Value,
    pub(super) world: SharedWorld,
    pub(super) clock: VirtualClock,
    pub(super) between: Between,
    /// Each function's environment, warm from its first call on.
    pub(super) warm: Mutex<BTreeMap<String, Arc<Home>>>,
    /// The document that its step under way was given.
    pub(super) given: Arc<Mutex<Value>>,
}

impl Contender {
    async fn invoke(&self, step: &str, input: &Value) -> Result<Value, StepError> {
        let home = self.warm.lock().unwrap().entry(step.to_owned()).or_insert_with(|| Arc::new(self.environment(step))).clone();
        let audience = Audience::new(self.world.clone(), self.clock.clone());
        Box::pin(home.invoke(&audience, step, input)).await
    }

    fn environment(&self, step: &str) -> Home {
        let key = self.world.lock().function_key(&format!("cutover-{}", step.replace('_', "-")));
        let config = sdk_config(&self.world, self.clock.clone(), &key);
        let client = (self.between)(config.http_client().unwrap());
        let sleep = SharedAsyncSleep::new(WithoutTimeouts(self.clock.clone()));
        // A request that waits to be chosen has not stalled.
        let stalls = StalledStreamProtectionConfig::disabled();
        let config = config.into_builder().http_client(client).sleep_impl(sleep).stalled_stream_protection(stalls).build();
        Home::new(&config)
    }

    /// Walks the definition's way without its interpreter: whatever the document says comes next.
    pub(super) async fn walk(&self) -> Ended {
        let id = format!("arn:aws:states:us-east-1:000000000009:execution:cutover:{}", self.name);
        let execution = json!({"id": id, "startedAt": "2026-12-01T02:00:00Z"});
        let document = match self.input.get("recover") {
            Some(recover) => self.recovered(&json!({"recover": recover, "execution": execution})).await,
            None => {
                let start = json!({"request": self.input, "execution": execution, "memberAccounts": "000000000001"});
                match self.patiently("preflight", &start).await {
                    Ok(document) => document,
                    Err(error) => {
                        let refusal = json!({"code": "observationFailed", "message": error.message});
                        return Ended { outcome: "refused".to_owned(), document: json!({"refusals": [refusal], "outcome": "refused"}) };
                    }
                }
            }
        };
        let document = self.walk_from(document, None).await;
        Ended { outcome: document["outcome"].as_str().unwrap().to_owned(), document }
    }

    /// Walks on from `document` to its end, or until `until` comes next.
    pub(super) async fn walk_from(&self, mut document: Value, until: Option<cutover::Step>) -> Value {
        for _ in 0..STEPS_MAX {
            let next: cutover::Step = serde_json::from_value(document["next"].clone()).unwrap();
            if until == Some(next) {
                return document;
            }
            if next == cutover::Step::CheckSettled {
                self.clock.sleep(document["waitSeconds"].as_i64().unwrap() * 1000).await;
            }
            *self.given.lock().unwrap() = document.clone();
            document = self.tried(next, document).await;
            if document["outcome"].is_string() {
                return document;
            }
        }
        panic!("{} never ended: {}", self.name, document["progress"]);
    }

    /// As the definition: a try every minute while a write may be under way.
    async fn recovered(&self, start: &Value) -> Value {
        for _ in 0..=LANDING_TRIES_MAX {
            match self.invoke("recover_cutover", start).await {
                Ok(document) => return document,
                Err(error) if error.error_type == "WriteInFlight" => self.clock.sleep(60_000).await,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("{} never began", self.name);
    }

    /// Tries again after a pause, as the definition does.
    async fn patiently(&self, step: &str, input: &Value) -> Result<Value, StepError> {
        let mut answer = self.invoke(step, input).await;
        for _ in 0..LANDING_TRIES_MAX {
            if !answer.as_ref().is_err_and(|error| error.error_type == "WriteInFlight") {
                break;
            }
            self.clock.sleep(60_000).await;
            answer = self.invoke(step, input).await;
        }
        for _ in 1..TRIES_MAX {
            if answer.is_ok() {
                break;
            }
            self.clock.sleep(10_000).await;
            answer = self.invoke(step, input).await;
        }
        answer
    }

    async fn tried(&self, step: cutover::Step, document: Value) -> Value {
        let error = match self.patiently(step.snake_name(), &document).await {
            Ok(document) => return document,
            Err(error) => error,
        };
        let caught = json!({"Error": error.error_type, "Cause": json!({"errorMessage": error.message}).to_string()});
        let mut document = document;
        document["error"] = caught;
        let to = if step == cutover::Step::ClaimAliases { "conclude" } else { "roll_back" };
        self.patiently(to, &document).await.unwrap_or_else(|error| json!({"outcome": "died", "of": format!("{to}: {error}")}))
    }
}

/// Lets `requests` contend in `world`, each call of the registry chosen by `choose`, which is given the contenders that
/// wait and returns a position among them.
pub(super) fn contend(world: &Value, requests: &[Value], grain: Grain, mut choose: impl FnMut(usize, &[usize]) -> usize) -> Course {
    let world = World::new(world.clone(), 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let world = SharedWorld::new(world);
        let gate = Gate { waiting: Arc::default(), changed: Arc::default(), grain };
        let contenders = requests.iter().enumerate().map(|(number, request)| {
            let gate = gate.clone();
            let turnstile = gate.clone();
            let between: Between =
                Arc::new(move |inner| SharedHttpClient::new(Turnstile { gate: turnstile.clone(), contender: number, inner }));
            let name = format!("contender-{number}");
            let contender = Contender {
                name,
                input: request.clone(),
                world: world.clone(),
                clock: clock.clone(),
                between,
                warm: Mutex::default(),
                given: Arc::default(),
            };
            tokio::spawn(async move {
                let ended = contender.walk().await;
                gate.waiting.lock().unwrap().finished += 1;
                gate.changed.notify_one();
                ended
            })
        });
        let contenders: Vec<_> = contenders.collect();
        let (mut choices, mut calls) = (0, vec![]);
        loop {
            let (ready, finished) = {
                let waiting = gate.waiting.lock().unwrap();
                (waiting.calls.keys().copied().collect::<Vec<usize>>(), waiting.finished)
            };
            if finished == requests.len() {
                break;
            }
            // Somebody still computes, or waits for time to pass.
            if ready.len() + finished < requests.len() {
                gate.changed.notified().await;
                continue;
            }
            let chosen = ready[choose(choices, &ready)];
            choices += 1;
            let (operation, let_go) = gate.waiting.lock().unwrap().calls.remove(&chosen).unwrap();
            calls.push((chosen, operation));
            let_go.send(()).unwrap();
            // The chosen one is on its way: nobody else is chosen before it waits again or has ended.
            gate.changed.notified().await;
        }
        let mut ended = vec![];
        for contender in contenders {
            let one = contender.await.unwrap();
            assert_ne!(one.outcome, "died", "{}", one.document);
            ended.push(one);
        }
        let world = world.lock();
        Course { ended, calls, table: world.registry.items() }
    })
}

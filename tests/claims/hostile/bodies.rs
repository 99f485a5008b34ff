//! What is done with bytes that anybody may have written. Each body takes them as one of the inputs that Cutover or its
//! rehearsal reads, and demands that nothing panics and that what is not accepted is answered with a clear error.

use super::seeds::half_way;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use cutover::error_name::ErrorName;
use cutover::step::{Errand, Step};
use functions::StepError;
use rehearsal::audience::Audience;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{Plug, SharedWorld, sdk_config};
use rehearsal::run::{Play, Unwatched, run};
use rehearsal::service::{answer, identify};
use rehearsal::wire::{Reply, Request};
use rehearsal::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One input that is read, and what takes it.
pub type Body = fn(&[u8]);

/// Every input, by its name.
pub const BODIES: [(&str, Body); 6] =
    [("request", request), ("world", world), ("wire", wire), ("answers", answers), ("events", events), ("documents", documents)];

/// Larger inputs are none that the service would hand on (SFN-3).
const BYTES_MAX: usize = 256 * 1024;
/// Calls among which one answer is spoiled.
const CALLS_MAX: usize = 32;
/// When everything happens, in a world that says nothing else.
const EXECUTION: &str = "arn:aws:states:us-east-1:000000000009:execution:cutover:hostile";

/// The world in which everything plays: two accounts, a name, short waits.
pub fn a_world() -> Value {
    let world: Value = serde_json::from_str(include_str!("../../scenarios/legacy-to-new/world.json")).unwrap();
    let edge = json!({"locations": 2, "propagation": {"model": "fixed", "seconds": 5}});
    let mut world = world;
    world["edge"] = edge;
    world
}

/// A request for it.
pub fn a_request() -> Value {
    serde_json::from_str(include_str!("../../scenarios/legacy-to-new/request.json")).unwrap()
}

fn parsed(bytes: &[u8]) -> Option<Value> {
    if bytes.len() > BYTES_MAX {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

fn planned(world: Value, request: Value) {
    let play = Play { scenario: "hostile".to_owned(), world, request, seed: 1, faults: vec![] };
    match run(&play, &Unwatched) {
        Ok(report) => {
            assert!(["planned", "refused", "completed"].contains(&report.outcome.as_str()), "a plan that ended {}", report.outcome);
            let refusals = report.document.get("refusals").and_then(Value::as_array);
            let told = |refusal: &Value, key: &str| refusal.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
            let clear = |refusal: &Value| ["code", "message", "remedy"].iter().all(|key| told(refusal, key));
            assert!(refusals.into_iter().flatten().all(clear), "a refusal that does not say what to do: {refusals:?}");
            assert!(report.writes.is_empty(), "a plan that wrote: {:?}", report.writes);
        }
        Err(why) => assert!(!why.trim().is_empty(), "an error that says nothing"),
    }
}

/// A request: what an operator, an API or an event sends. Only planned, whatever it asks for.
pub fn request(bytes: &[u8]) {
    let Some(mut value) = parsed(bytes) else { return };
    match cutover::Request::parse(&value) {
        Ok(request) => assert_eq!(cutover::Request::parse(&request.to_value()).ok(), Some(request), "it is not read as it is written"),
        Err(refusal) => assert!(!refusal.message.is_empty() && !refusal.remedy.is_empty(), "{refusal:?}"),
    }
    if let Some(fields) = value.as_object_mut()
        && fields.get("execute").is_some_and(|execute| *execute == json!(true))
    {
        fields.insert("execute".to_owned(), json!(false));
    }
    planned(a_world(), value);
}

/// A world: the file that a rehearsal plays in.
pub fn world(bytes: &[u8]) {
    let Some(value) = parsed(bytes) else { return };
    match World::new(value.clone(), 1) {
        Ok(world) => {
            let (mut world, now) = (world, 0);
            let now = world.start.max(now);
            world.advance(now);
            let printed = world.print(now);
            assert!(World::new(printed, 1).is_ok(), "a world that it prints itself is not accepted");
            let mut request = a_request();
            request["execute"] = json!(false);
            planned(value, request);
        }
        Err(why) => assert!(!why.trim().is_empty(), "an error that says nothing"),
    }
}

/// Method, path, target and content of the calls that the wire takes.
const CALLS: [(&str, &str, &str); 14] = [
    ("PUT", "/2020-05-31/distribution/E2NEWQRS/config", ""),
    ("POST", "/2020-05-31/domain-association", ""),
    ("POST", "/2020-05-31/domain-conflicts", ""),
    ("PUT", "/2020-05-31/distribution/E2NEWQRS/associate-alias?Alias=a.foo.com", ""),
    ("POST", "/2020-05-31/distribution-tenants", ""),
    ("POST", "/2020-05-31/connection-groups", ""),
    ("POST", "/2013-04-01/hostedzone/Z1FOO/rrset", ""),
    ("POST", "/", ""),
    ("POST", "/", "CertificateManager.DescribeCertificate"),
    ("POST", "/", "CertificateManager.ListCertificates"),
    ("POST", "/", "DynamoDB_20120810.TransactWriteItems"),
    ("POST", "/", "DynamoDB_20120810.UpdateItem"),
    ("POST", "/", "DynamoDB_20120810.Query"),
    ("POST", "/", "DynamoDB_20120810.PutItem"),
];

fn service_of(path: &str, target: &str) -> &'static str {
    match (path, target.split('.').next()) {
        (_, Some("CertificateManager")) => "acm",
        (_, Some("DynamoDB_20120810")) => "dynamodb",
        ("/", _) => "sts",
        (path, _) if path.starts_with("/2013") => "route53",
        _ => "cloudfront",
    }
}

/// How many calls [`wire`] knows; the first byte says which.
pub const WIRE_CALLS: usize = CALLS.len();

/// A request on the wire, as any client of a served world may send it: the first byte says which call, the rest is its body.
pub fn wire(bytes: &[u8]) {
    let Some((which, body)) = bytes.split_first() else { return };
    let (method, path, target) = CALLS[usize::from(*which) % CALLS.len()];
    let service = service_of(path, target);
    let account = if service == "route53" {
        1
    } else if service == "dynamodb" {
        9
    } else {
        2
    };
    let mut world = World::new(a_world(), 1).unwrap();
    let now = world.start;
    let etag = world.distributions.get("E2NEWQRS").map(|one| one.etag.clone()).unwrap_or_default();
    let signature = format!("AWS4-HMAC-SHA256 Credential=AKIA{account:012}/20261201/us-east-1/{service}/aws4_request, Signature=0");
    let mut headers = BTreeMap::from([("authorization".to_owned(), signature), ("if-match".to_owned(), etag)]);
    if !target.is_empty() {
        headers.insert("x-amz-target".to_owned(), target.to_owned());
    }
    let request = Request::new(method, path, headers, body.to_vec());
    let reply = answer(&mut world, &request, now);
    is_clear(&request, &reply);
}

/// An answer that a client can read: XML or JSON, and of an error its code and what is wrong.
fn is_clear(request: &Request, reply: &Reply) {
    let is_json = request.header("x-amz-target").is_some();
    let error = reply.status >= 400;
    assert!((200..600).contains(&reply.status), "status {}", reply.status);
    if is_json {
        let told: Value = serde_json::from_str(&reply.body).unwrap_or_else(|why| panic!("{why}: {}", reply.body));
        assert!(!error || told["__type"].as_str().is_some_and(|code| !code.is_empty()), "{}", reply.body);
    } else if !reply.body.is_empty() {
        let told = roxmltree::Document::parse(&reply.body).unwrap_or_else(|why| panic!("{why}: {}", reply.body));
        let has = |name: &str| told.descendants().any(|node| node.tag_name().name() == name && node.text().is_some());
        assert!(!error || (has("Code") && has("Message")) || has("Messages"), "{:?}: {}", identify(request), reply.body);
    } else {
        assert!(!error, "an error that says nothing");
    }
}

/// What answers for AWS: the world, but for one call whose answer is spoiled.
#[derive(Debug, Clone)]
struct Spoiled {
    plug: Plug,
    made: Arc<AtomicUsize>,
    at: usize,
    status: u16,
    body: Vec<u8>,
}

impl HttpConnector for Spoiled {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (spoiled, plugged) = (self.clone(), self.plug.call(request));
        HttpConnectorFuture::new(async move {
            let answered = plugged.await?;
            if spoiled.made.fetch_add(1, Ordering::Relaxed) != spoiled.at {
                return Ok(answered);
            }
            let etag = answered.headers().get("etag").unwrap_or("E0").to_owned();
            let response = http::Response::builder().status(spoiled.status).header("etag", etag).body(SdkBody::from(spoiled.body));
            Ok(HttpResponse::try_from(response.unwrap()).unwrap())
        })
    }
}

impl HttpClient for Spoiled {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A world with the functions in it.
struct Stage {
    world: SharedWorld,
    clock: VirtualClock,
    audience: Audience,
}

fn on_stage(world: Value, play: impl AsyncFnOnce(Stage)) {
    let world = World::new(world, 7).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let world = SharedWorld::new(world);
        play(Stage { audience: Audience::new(world.clone(), clock.clone()), world, clock }).await;
    });
}

impl Stage {
    async fn invoke(&self, step: &str, input: &Value, spoiled: Option<(usize, u16, &[u8])>, made: &Arc<AtomicUsize>) -> Option<Value> {
        let key = self.world.lock().function_key(&format!("cutover-{}", step.replace('_', "-")));
        let mut config = sdk_config(&self.world, self.clock.clone(), &key);
        if let Some((at, status, body)) = spoiled {
            let plug = Plug::new(self.world.clone(), self.clock.clone());
            let client = Spoiled { plug, made: Arc::clone(made), at, status, body: body.to_vec() };
            config = config.into_builder().http_client(SharedHttpClient::new(client)).build();
        }
        let answered = Box::pin(functions::invoke(&config, &self.audience, step, input.clone())).await;
        answered.map_err(|error| is_known(&error)).ok()
    }
}

/// An error that the definition knows and a person can read.
fn is_known(error: &StepError) {
    let known = ErrorName::ALL.iter().any(|name| name.as_str() == error.error_type);
    assert!(known && !error.message.trim().is_empty(), "{error:?}");
}

/// An answer of AWS that is none: the first byte says which call of a whole cutover's first steps it is, the second its
/// status, the rest is its body.
pub fn answers(bytes: &[u8]) {
    let [at, status, body @ ..] = bytes else { return };
    let status = [200, 200, 200, 400, 403, 404, 409, 412, 500, 503][usize::from(*status) % 10];
    let spoiled = Some((usize::from(*at) % CALLS_MAX, status, body));
    on_stage(a_world(), async |stage| {
        let made = Arc::new(AtomicUsize::new(0));
        let mut document = json!({"request": a_request(), "memberAccounts": "000000000001,000000000002",
                                  "execution": {"id": EXECUTION, "startedAt": "2026-12-01T00:00:00Z"}});
        let mut step = "preflight".to_owned();
        // A bridge's first edits; each step says itself what comes next.
        for _ in 0..8 {
            let Some(next) = stage.invoke(&step, &document, spoiled, &made).await else { return };
            document = next;
            let wanted = document["next"].as_str().unwrap_or_default().to_owned();
            let Some(known) = Step::ALL.into_iter().find(|one| json!(one) == json!(wanted)) else { return };
            if document.get("outcome").is_some_and(|outcome| !outcome.is_null()) {
                return;
            }
            step = known.snake_name().to_owned();
            stage.clock.sleep(document["waitSeconds"].as_i64().unwrap_or(0) * 1000).await;
        }
    });
}

/// An event of the bus, and whatever else starts an errand or a recovery, while a cutover has its claim.
pub fn events(bytes: &[u8]) {
    let Some(value) = parsed(bytes) else { return };
    let mut world = a_world();
    world["registry"] = json!(half_way());
    on_stage(world, async |stage| {
        for errand in Errand::ALL {
            stage.invoke(errand.snake_name(), &value, None, &Arc::default()).await;
        }
        let detail = json!({"members": "000000000001,000000000002", "event": {
            "version": "0", "id": "e", "detail-type": "AWS API Call via CloudTrail", "source": "aws.cloudfront",
            "account": "000000000001", "time": "2026-12-01T00:00:00Z", "region": "us-east-1", "resources": [], "detail": value}});
        stage.invoke("watch_writes", &detail, None, &Arc::default()).await;
        let recovery = json!({"recover": value, "execution": {"id": EXECUTION, "startedAt": "2026-12-01T00:00:00Z"}});
        stage.invoke("recover_cutover", &recovery, None, &Arc::default()).await;
    });
}

/// A document: what the definition hands from step to step, and what the table keeps of a cutover.
pub fn documents(bytes: &[u8]) {
    let Some(value) = parsed(bytes) else { return };
    on_stage(a_world(), async |stage| {
        for step in Step::ALL {
            stage.invoke(step.snake_name(), &value, None, &Arc::default()).await;
        }
    });
}

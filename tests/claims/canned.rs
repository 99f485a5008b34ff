//! A whole cutover beside its own SDK calls against canned replies: what of a cutover's time is ours. Shared by the claim
//! about it and by the benchmark. Holds no expectation of how long anything takes.
//!
//! One run is recorded below the SDK, request by request with its reply. The replay then sends the same operations in
//! the same order through real clients that get the recorded replies at once.

#[path = "canned/table.rs"]
mod table;

use crate::support::step_of;
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cloudfront::types::{DistributionConfig, DistributionResourceId};
use aws_sdk_route53::types as r53;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use rehearsal::audience::Audience;
use rehearsal::clock::VirtualClock;
use rehearsal::interpreter::{Context, Definition, TaskError, Tasks, execute};
use rehearsal::plug::{Plug, SharedWorld, sdk_config};
use rehearsal::run::{DEFINITION, Play, Unwatched};
use rehearsal::service::identify;
use rehearsal::wire::{Request, form};
use rehearsal::world::World;
use roxmltree::{Document, Node};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// One call of the SDK with what was answered.
#[derive(Debug, Clone)]
struct Call {
    /// Account and role of whoever signed it.
    caller: (String, String),
    operation: Operation,
    reply: Canned,
}

#[derive(Debug, Clone)]
struct Canned {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// What was asked, as the SDK's builders take it.
#[derive(Debug, Clone)]
enum Operation {
    GetDistribution(String),
    GetDistributionConfig(String),
    UpdateDistribution { id: String, etag: String },
    ListDomainConflicts { domain: String, id: String },
    GetHostedZone(String),
    ListResourceRecordSets { id: String, query: BTreeMap<String, String> },
    ChangeResourceRecordSets { id: String, batch: r53::ChangeBatch },
    GetChange(String),
    DescribeCertificate(String),
    AssumeRole(BTreeMap<String, String>),
    Table(table::TableCall),
}

/// The calls of one cutover, in order.
#[derive(Debug, Clone)]
pub struct Recording {
    calls: Vec<Call>,
    replies: Arc<Vec<Canned>>,
    start: i64,
    /// Calls by service and operation, to hold against a run's own books.
    pub counts: BTreeMap<String, u64>,
}

/// What credentials that were just assumed are used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// A client of their own, which is what using them takes.
    New,
    /// The client that was there before, as if the role had been assumed once for all steps.
    Kept,
}

type Log = Arc<Mutex<Vec<(Request, Canned)>>>;

/// Hands every request to the world, and keeps it with its reply.
#[derive(Debug, Clone)]
struct Recorder {
    plug: Plug,
    log: Log,
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let recorder = self.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().unwrap();
            let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            let (path, body) = (request.uri().path_and_query().unwrap().to_string(), request.body().bytes().unwrap().to_vec());
            let kept = Request::new(request.method().as_str(), &path, headers, body);
            let answer = recorder.plug.call(HttpRequest::try_from(request).unwrap()).await?;
            let reply = Canned {
                status: answer.status().as_u16(),
                headers: answer.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                body: String::from_utf8(answer.body().bytes().unwrap().to_vec()).unwrap(),
            };
            recorder.log.lock().unwrap().push((kept, reply));
            Ok(answer)
        })
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// Carries out Task states as a rehearsal does, with the recorder in between.
struct Hands {
    world: SharedWorld,
    clock: VirtualClock,
    audience: Audience,
    log: Log,
}

#[async_trait]
impl Tasks for Hands {
    async fn run(&self, resource: &str, input: &Value) -> Result<Value, TaskError> {
        let step = step_of(resource);
        let overhead = {
            let world = self.world.lock();
            world.draw(&format!("lambda/{step}/{}", world.called(false)), 10..40)
        };
        self.clock.sleep(overhead).await;
        let access_key = self.world.lock().function_key(&format!("cutover-{}", step.replace('_', "-")));
        let recorder = Recorder { plug: Plug::new(self.world.clone(), self.clock.clone()), log: self.log.clone() };
        let config =
            sdk_config(&self.world, self.clock.clone(), &access_key).into_builder().http_client(SharedHttpClient::new(recorder)).build();
        let failed = |error: functions::StepError| TaskError { error: error.error_type, cause: error.message };
        functions::invoke(&config, &self.audience, &step, input).await.map_err(failed)
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Records the calls of `play`.
pub fn record(play: &Play) -> Recording {
    let world = World::new(play.world.clone(), play.seed).unwrap();
    let (start, home) = (world.start, world.input.home_account.clone());
    let accounts: Vec<String> = world.input.accounts.iter().map(|account| account.id.clone()).filter(|id| *id != home).collect();
    let world = SharedWorld::new(world);
    let log = Log::default();
    let name = format!("rehearsal-{}", play.seed);
    let context = Context {
        execution_id: format!("arn:aws:states:us-east-1:{home}:execution:cutover:{name}"),
        execution_name: name,
        started_at: jiff::Timestamp::from_millisecond(start).unwrap().to_string(),
        ..Context::default()
    };
    runtime().block_on(async {
        let clock = VirtualClock::new(start);
        let hands =
            Hands { world: world.clone(), clock: clock.clone(), audience: Audience::new(world.clone(), clock.clone()), log: log.clone() };
        let definition = Definition::parse(&DEFINITION.replace("${MemberAccounts}", &accounts.join(","))).unwrap();
        execute(&definition, play.request.clone(), &context, &hands, &clock, play.seed, &Unwatched).await
    });
    let world = world.lock();
    let calls: Vec<Call> = log.lock().unwrap().iter().map(|(request, reply)| call(&world, request, reply)).collect();
    let replies = Arc::new(calls.iter().map(|call| call.reply.clone()).collect());
    let mut counts = BTreeMap::new();
    log.lock().unwrap().iter().for_each(|(request, _)| *counts.entry(identify(request).unwrap().full_name()).or_insert(0) += 1);
    Recording { calls, replies, start, counts }
}

fn call(world: &World, request: &Request, reply: &Canned) -> Call {
    let session = world.session(request.signer().unwrap().0).unwrap();
    let asked = identify(request).unwrap();
    let (id, body) = (asked.id.clone(), request.text().unwrap());
    let operation = match asked.name {
        "GetDistribution" => Operation::GetDistribution(id),
        "GetDistributionConfig" => Operation::GetDistributionConfig(id),
        "UpdateDistribution" => Operation::UpdateDistribution { id, etag: request.header("if-match").unwrap().to_owned() },
        "ListDomainConflicts" => Operation::ListDomainConflicts { domain: element(body, "Domain"), id },
        "GetHostedZone" => Operation::GetHostedZone(id),
        "ListResourceRecordSets" => Operation::ListResourceRecordSets { id, query: request.query.clone() },
        "ChangeResourceRecordSets" => Operation::ChangeResourceRecordSets { id, batch: batch(body) },
        "GetChange" => Operation::GetChange(id),
        "DescribeCertificate" => Operation::DescribeCertificate(id),
        "AssumeRole" => Operation::AssumeRole(form(body)),
        name if asked.service == "dynamodb" => Operation::Table(table::read(name, body)),
        other => panic!("{other} is called by no step"),
    };
    Call { caller: (session.account, session.role.unwrap()), operation, reply: reply.clone() }
}

fn child(node: Node<'_, '_>, name: &str) -> Option<String> {
    node.descendants().find(|node| node.tag_name().name() == name).map(|node| node.text().unwrap_or_default().to_owned())
}

fn element(xml: &str, name: &str) -> String {
    child(Document::parse(xml).unwrap().root(), name).unwrap()
}

fn batch(xml: &str) -> r53::ChangeBatch {
    let document = Document::parse(xml).unwrap();
    let changes = document.descendants().filter(|node| node.tag_name().name() == "Change").map(|change| {
        let set = r53::ResourceRecordSet::builder()
            .name(child(change, "Name").unwrap())
            .r#type(r53::RrType::from(child(change, "Type").unwrap().as_str()))
            .set_ttl(child(change, "TTL").map(|ttl| ttl.parse().unwrap()))
            .set_resource_records(child(change, "Value").map(|value| vec![r53::ResourceRecord::builder().value(value).build().unwrap()]))
            .set_alias_target(child(change, "DNSName").map(|name| {
                let target = r53::AliasTarget::builder().dns_name(name).hosted_zone_id(child(change, "HostedZoneId").unwrap());
                target.evaluate_target_health(false).build().unwrap()
            }));
        let action = r53::ChangeAction::from(child(change, "Action").unwrap().as_str());
        r53::Change::builder().action(action).resource_record_set(set.build().unwrap()).build().unwrap()
    });
    r53::ChangeBatch::builder().set_changes(Some(changes.collect())).build().unwrap()
}

/// Answers the n-th request with the n-th reply, at once.
#[derive(Debug, Clone)]
struct Tin {
    replies: Arc<Vec<Canned>>,
    next: Arc<AtomicUsize>,
}

impl HttpConnector for Tin {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let reply = &self.replies[self.next.fetch_add(1, Ordering::Relaxed)];
        let response = http::Response::builder().status(reply.status);
        let response = reply.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
        let response = response.body(SdkBody::from(reply.body.as_str())).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

impl HttpClient for Tin {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// One client for each account, role and service, made when it is first needed and configured as the functions' are.
struct Clients {
    tin: Tin,
    sessions: Sessions,
    clock: VirtualClock,
    cloudfront: HashMap<(String, String), aws_sdk_cloudfront::Client>,
    route53: HashMap<(String, String), aws_sdk_route53::Client>,
    acm: HashMap<(String, String), aws_sdk_acm::Client>,
    sts: HashMap<(String, String), aws_sdk_sts::Client>,
    dynamodb: HashMap<(String, String), aws_sdk_dynamodb::Client>,
    configs: HashMap<String, DistributionConfig>,
}

fn config(tin: &Tin, clock: VirtualClock, (account, role): &(String, String)) -> SdkConfig {
    let credentials = Credentials::new(format!("ASIA{account}{role}"), "canned", Some("canned".to_owned()), None, "canned");
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(10)).operation_timeout(Duration::from_secs(30)).build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(SharedHttpClient::new(tin.clone()))
        .time_source(SharedTimeSource::new(clock))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard())
        .build()
}

/// An error of AWS is a reply like any other; anything else is a mistake of this module.
fn answered<T, E: std::fmt::Debug>(result: Result<T, SdkError<E, HttpResponse>>) -> Option<T> {
    match result {
        Ok(answer) => Some(answer),
        Err(SdkError::ServiceError(_)) => None,
        Err(other) => panic!("{other:?}"),
    }
}

impl Clients {
    fn cloudfront(&mut self, caller: &(String, String)) -> &aws_sdk_cloudfront::Client {
        let (tin, clock) = (&self.tin, self.clock.clone());
        self.cloudfront.entry(caller.clone()).or_insert_with(|| aws_sdk_cloudfront::Client::new(&config(tin, clock, caller)))
    }

    fn route53(&mut self, caller: &(String, String)) -> &aws_sdk_route53::Client {
        let (tin, clock) = (&self.tin, self.clock.clone());
        self.route53.entry(caller.clone()).or_insert_with(|| aws_sdk_route53::Client::new(&config(tin, clock, caller)))
    }

    fn acm(&mut self, caller: &(String, String)) -> &aws_sdk_acm::Client {
        let (tin, clock) = (&self.tin, self.clock.clone());
        self.acm.entry(caller.clone()).or_insert_with(|| aws_sdk_acm::Client::new(&config(tin, clock, caller)))
    }

    fn sts(&mut self, caller: &(String, String)) -> &aws_sdk_sts::Client {
        let (tin, clock) = (&self.tin, self.clock.clone());
        self.sts.entry(caller.clone()).or_insert_with(|| aws_sdk_sts::Client::new(&config(tin, clock, caller)))
    }

    fn dynamodb(&mut self, caller: &(String, String)) -> &aws_sdk_dynamodb::Client {
        let (tin, clock) = (&self.tin, self.clock.clone());
        self.dynamodb.entry(caller.clone()).or_insert_with(|| aws_sdk_dynamodb::Client::new(&config(tin, clock, caller)))
    }

    async fn send(&mut self, call: &Call) {
        let caller = &call.caller;
        match &call.operation {
            Operation::Table(call) => table::send(self.dynamodb(caller), call).await,
            Operation::GetDistribution(id) => {
                answered(self.cloudfront(caller).get_distribution().id(id).send().await);
            }
            Operation::GetDistributionConfig(id) => {
                let answer = answered(self.cloudfront(caller).get_distribution_config().id(id).send().await);
                if let Some(config) = answer.and_then(|answer| answer.distribution_config) {
                    self.configs.insert(id.clone(), config);
                }
            }
            Operation::UpdateDistribution { id, etag } => {
                let config = self.configs.get(id).cloned();
                let update = self.cloudfront(caller).update_distribution().id(id).if_match(etag).set_distribution_config(config);
                answered(update.send().await);
            }
            Operation::ListDomainConflicts { domain, id } => {
                let resource = DistributionResourceId::builder().distribution_id(id).build();
                let list = self.cloudfront(caller).list_domain_conflicts().domain(domain).domain_control_validation_resource(resource);
                answered(list.send().await);
            }
            Operation::GetHostedZone(id) => {
                answered(self.route53(caller).get_hosted_zone().id(id).send().await);
            }
            Operation::ListResourceRecordSets { id, query } => {
                let list = self.route53(caller).list_resource_record_sets().hosted_zone_id(id);
                let list = list.set_start_record_name(query.get("name").cloned());
                answered(list.set_start_record_type(query.get("type").map(|kind| r53::RrType::from(kind.as_str()))).send().await);
            }
            Operation::ChangeResourceRecordSets { id, batch } => {
                answered(self.route53(caller).change_resource_record_sets().hosted_zone_id(id).change_batch(batch.clone()).send().await);
            }
            Operation::GetChange(id) => {
                answered(self.route53(caller).get_change().id(id).send().await);
            }
            Operation::DescribeCertificate(arn) => {
                answered(self.acm(caller).describe_certificate().certificate_arn(arn).send().await);
            }
            Operation::AssumeRole(form) => {
                let field = |name: &str| form.get(name).cloned();
                let assume = self.sts(caller).assume_role().set_role_arn(field("RoleArn")).set_external_id(field("ExternalId"));
                let assume = assume.set_role_session_name(field("RoleSessionName")).set_policy(field("Policy"));
                answered(assume.duration_seconds(3600).send().await);
                if self.sessions == Sessions::New {
                    let arn = field("RoleArn").unwrap();
                    let assumed = (arn.split(':').nth(4).unwrap().to_owned(), arn.rsplit('/').next().unwrap().to_owned());
                    self.cloudfront.remove(&assumed);
                    self.route53.remove(&assumed);
                    self.acm.remove(&assumed);
                }
            }
        }
    }
}

/// Sends the recorded operations again, in order, against the recorded replies.
pub fn replay(recording: &Recording, sessions: Sessions) {
    let tin = Tin { replies: recording.replies.clone(), next: Arc::default() };
    runtime().block_on(async {
        let mut clients = Clients {
            tin: tin.clone(),
            sessions,
            clock: VirtualClock::new(recording.start),
            cloudfront: HashMap::new(),
            route53: HashMap::new(),
            acm: HashMap::new(),
            sts: HashMap::new(),
            dynamodb: HashMap::new(),
            configs: HashMap::new(),
        };
        for call in &recording.calls {
            clients.send(call).await;
        }
    });
    assert_eq!(tin.next.load(Ordering::Relaxed), recording.calls.len(), "each call was one request");
}

/// Time of whole cutovers and of their calls alone.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// All of `rehearsal::run::run`.
    pub whole: Duration,
    /// The calls against canned replies, a client for each session.
    pub canned: Duration,
    /// The same with clients that outlive their sessions.
    pub kept: Duration,
    /// Cutovers in both.
    pub cutovers: u32,
    /// Calls in both.
    pub calls: usize,
}

impl Cost {
    /// How often the calls alone fit into the whole.
    pub fn ratio(&self) -> f64 {
        self.whole.as_secs_f64() / self.canned.as_secs_f64()
    }

    /// The same, were no client ever made again.
    pub fn ratio_kept(&self) -> f64 {
        self.whole.as_secs_f64() / self.kept.as_secs_f64()
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / f64::from(self.cutovers);
        let (whole, canned) = (each(self.whole), each(self.canned));
        let (calls, rate) = (self.calls as f64 / f64::from(self.cutovers), 1000.0 / whole);
        let (ratio, kept) = (self.ratio(), self.ratio_kept());
        write!(
            f,
            "{whole:.1} ms whole, {canned:.1} ms for its {calls:.0} calls against canned replies: {ratio:.2} times ({kept:.2} with clients that are never made again); {rate:.0}/s and core"
        )
    }
}

/// Times cutovers with the seeds 1 to `seeds`, each `rounds` times in turn with its replay. The quickest round counts:
/// whatever else the machine does can only add to it.
pub fn measure(play: impl Fn(u64) -> Play, seeds: u32, rounds: u32) -> Cost {
    let mut cost = Cost { whole: Duration::ZERO, canned: Duration::ZERO, kept: Duration::ZERO, cutovers: seeds, calls: 0 };
    for seed in 1..=seeds {
        let play = play(seed.into());
        let recording = record(&play);
        let timed = |work: &dyn Fn()| {
            let began = Instant::now();
            work();
            began.elapsed()
        };
        let whole = || drop(rehearsal::run::run(&play, &Unwatched).unwrap());
        let again = |sessions| timed(&|| replay(&recording, sessions));
        let rounds: Vec<[Duration; 3]> = (0..rounds).map(|_| [timed(&whole), again(Sessions::New), again(Sessions::Kept)]).collect();
        let quickest = |at: usize| rounds.iter().map(|round| round[at]).min().unwrap();
        cost.whole += quickest(0);
        cost.canned += quickest(1);
        cost.kept += quickest(2);
        cost.calls += recording.calls.len();
    }
    cost
}

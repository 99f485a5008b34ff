//! The plug under the SDK: an HTTP client that hands each request to the simulated world, in process. Latency
//! is virtual time, half of it before the effect and half after. No socket is ever opened here, and the
//! credentials are made up, so a rehearsal cannot reach AWS. Must not know what a request means.

use crate::clock::VirtualClock;
use crate::invocation::Invocation;
use crate::service;
use crate::staging::Call;
use crate::tape::Recorded;
use crate::wire::{Reply, Request};
use crate::world::{Millis, World};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// A world that several clients share.
#[derive(Debug, Clone)]
pub struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    /// Shares `world`.
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// The world, for a moment. Never held across an await.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands requests to a world.
#[derive(Debug, Clone)]
pub struct Plug {
    world: SharedWorld,
    clock: VirtualClock,
}

impl Plug {
    /// A plug into `world`, at `clock`'s time.
    pub fn new(world: SharedWorld, clock: VirtualClock) -> Self {
        Self { world, clock }
    }

    async fn carry(&self, request: Request) -> Reply {
        let operation = service::identify(&request).map(|operation| operation.full_name()).unwrap_or_default();
        let (there, back) = self.latency(&request, &operation);
        self.seed_pauses("unanswered");
        self.clock.sleep(there).await;
        let reply = self.deliver(operation, Arc::new(request)).await;
        self.clock.sleep(back).await;
        self.seed_pauses("answered");
        reply
    }

    /// The SDK draws how long it pauses before it tries again, with a generator of its thread; seeded so, it pauses as long
    /// wherever as many calls were made before.
    fn seed_pauses(&self, moment: &str) {
        let world = self.world.lock();
        let draw = world.draw(&format!("pause/{moment}/{}/{}", world.called(false), world.called(true)), 0..Millis::MAX);
        fastrand::seed(draw.unsigned_abs());
    }

    /// Lets a call take effect now, and whatever happens to its function right before and after.
    pub(crate) async fn deliver(&self, operation: String, request: Arc<Request>) -> Reply {
        let invocation = Invocation::present();
        if let Some(invocation) = &invocation {
            let number = self.world.lock().calls.get(&operation).copied().unwrap_or(0) + 1;
            invocation.before(&Call { operation: operation.clone(), number }).await;
        }
        let now = self.clock.now();
        let (reply, number) = {
            let mut world = self.world.lock();
            world.writer = invocation.as_ref().map(|invocation| invocation.writer().clone());
            let reply = service::answer(&mut world, &request, now);
            (reply, world.calls.get(&operation).copied().unwrap_or(0))
        };
        if let Some(invocation) = &invocation {
            invocation.record(Recorded { at: now, operation: operation.clone(), request, heard: reply.digest() });
            invocation.after(&Call { operation, number }).await;
        }
        reply
    }

    /// Milliseconds until a request takes effect, and from there until its answer is back.
    fn latency(&self, request: &Request, operation: &str) -> (Millis, Millis) {
        let world = self.world.lock();
        if operation.starts_with("dynamodb:") {
            let calls = world.called(true);
            let draw = |leg: &str| world.draw(&format!("latency/registry/{leg}/{calls}"), 3..11);
            return (draw("there"), draw("back"));
        }
        let writes = ["PUT", "DELETE"].contains(&request.method.as_str()) || request.path.ends_with("/rrset");
        let range = if writes { 50..150 } else { 20..60 };
        let calls = world.called(false);
        let draw = |leg: &str| world.draw(&format!("latency/{leg}/{calls}"), range.clone());
        (draw("there"), draw("back"))
    }
}

/// The clock that a function reads, which may be off (F37).
#[derive(Debug, Clone)]
struct Watch {
    world: SharedWorld,
    clock: VirtualClock,
}

impl TimeSource for Watch {
    fn now(&self) -> SystemTime {
        let millis = self.clock.now() + self.world.lock().injected.skew_millis;
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl HttpConnector for Plug {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let plug = self.clone();
        HttpConnectorFuture::new(async move {
            let request = read(request).ok_or_else(|| ConnectorError::user("a request that cannot be read".into()))?;
            let reply = plug.carry(request).await;
            if reply.is_cut() {
                return Err(ConnectorError::io("the connection was cut".into()));
            }
            let response = http::Response::builder().status(reply.status);
            let response = reply.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
            let response = response.body(SdkBody::from(reply.body)).map_err(|error| ConnectorError::user(error.into()))?;
            HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

impl HttpClient for Plug {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn read(request: HttpRequest) -> Option<Request> {
    let request = request.try_into_http1x().ok()?;
    let path_and_query = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let headers =
        request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers = headers.collect();
    let body = request.body().bytes()?.to_vec();
    Some(Request::new(request.method().as_str(), &path_and_query, headers, body))
}

/// What a function of the home account would get from Lambda, plugged into `world`: made-up credentials of its
/// role, the virtual clock, and no way out.
pub fn sdk_config(world: &SharedWorld, clock: VirtualClock, access_key: &str) -> SdkConfig {
    let credentials = Credentials::new(access_key, "simulated", Some("simulated".to_owned()), None, "rehearsal");
    SdkConfig::builder()
        .behavior_version(aws_smithy_runtime_api::client::behavior_version::BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(SharedHttpClient::new(Plug::new(world.clone(), clock.clone())))
        .time_source(SharedTimeSource::new(Watch { world: world.clone(), clock: clock.clone() }))
        .sleep_impl(SharedAsyncSleep::new(clock))
        // A body is there at once or not at all.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

//! The simulated AWS on loopback, for any client: one world, whose time runs along with the real one. Must not know
//! what an operation does, nor reach or be reached from anywhere but this machine.

pub mod command;
mod desk;
mod greeting;
mod http;
mod lambda;
mod refusal;
mod states;
mod viewer;

use crate::clock::VirtualClock;
use crate::interpreter::Definition;
use crate::plug::SharedWorld;
use crate::run::DEFINITION;
use crate::trail::Bus;
use crate::world::{Millis, World};
use desk::Desk;
use hyper_util::server::graceful::GracefulShutdown;
use lambda::Functions;
use serde_json::Value;
use states::Executions;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

pub use greeting::greeting;

/// Connections that are open at a time; the next one waits to be accepted.
const CONNECTIONS_MAX: usize = 256;
/// How long replies in flight may take once the server is to stop.
const FAREWELL_SECONDS_MAX: u64 = 10;
/// How long to wait after a connection could not be accepted, because the machine has no more for now.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Slowest and fastest that simulated time may pass.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=100_000.0;

/// What to serve.
#[derive(Debug, Clone)]
pub struct Options {
    /// `world.json`.
    pub world: Value,
    /// Draws everything that is random.
    pub seed: u64,
    /// On loopback; 0 is any that is free.
    pub port: u16,
    /// Simulated seconds in a real one, within [`SPEEDS`].
    pub speed: f64,
    /// A request that fits the world, if there is one: the aliases in it, and where it lies.
    pub request: Option<(Value, PathBuf)>,
}

/// A world that is ready to be served, its port taken.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    world: World,
    options: Options,
    stands: bool,
}

/// What was served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// Requests from outside, by operation.
    pub requests: BTreeMap<String, u64>,
    /// Calls to the simulated AWS, by operation: from outside and by the steps.
    pub calls: BTreeMap<String, u64>,
    /// Executions by status, as they were at the end.
    pub executions: BTreeMap<&'static str, u64>,
    /// Whether every reply in flight was finished.
    pub finished: bool,
}

/// RFC 3339, to the second.
fn time_of_day(at: Millis) -> String {
    jiff::Timestamp::from_second(at.div_euclid(1000)).map(|time| time.to_string()).unwrap_or_default()
}

impl Server {
    /// Reads the world and takes the port.
    ///
    /// # Errors
    /// What is wrong with the world, the speed or the port, for a person.
    pub fn bind(options: Options) -> Result<Self, String> {
        if !SPEEDS.contains(&options.speed) {
            return Err(format!("speed {}: it has to be {} to {}", options.speed, SPEEDS.start(), SPEEDS.end()));
        }
        let world = World::new(options.world.clone(), options.seed)?;
        let port = options.port;
        let taken = |error: std::io::Error| {
            let why =
                if error.kind() == std::io::ErrorKind::AddrInUse { "is in use".to_owned() } else { format!("cannot be had: {error}") };
            format!("port {port} {why}; another one is chosen with --port, any that is free with --port 0")
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(taken)?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        Ok(Self { listener, address, world, options, stands: false })
    }

    /// The same, in which time passes only while a function or an execution runs, or a request waits: for a client that
    /// has a clock of its own, such as another interpreter of the definition.
    pub fn standing_between_requests(self) -> Self {
        Self { stands: true, ..self }
    }

    /// Whether it is so.
    pub fn stands_between_requests(&self) -> bool {
        self.stands
    }

    /// Where it will listen: always on 127.0.0.1.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is served.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Serves until `stop` is done, then finishes what is in flight. `log` gets a line for each request and execution.
    ///
    /// # Errors
    /// What the machine could not give, for a person.
    pub fn run(self, log: impl Fn(&str), stop: impl Future<Output = ()>) -> Result<Served, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        runtime.block_on(self.serve(log, stop))
    }

    fn desk(world: World, options: &Options, stands: bool, log: mpsc::UnboundedSender<String>) -> Result<Desk, String> {
        let (start, home) = (world.start, world.input.home_account.clone());
        let clock = if stands { VirtualClock::paced_by_work(start, options.speed) } else { VirtualClock::paced(start, options.speed) };
        let world = SharedWorld::new(world);
        let functions = Functions::of(&[DEFINITION, crate::inventory::DEFINITION], &world, &clock);
        let definition = Definition::parse(&functions.deployed(DEFINITION)).map_err(|error| error.to_string())?;
        let executions = Executions::new(definition, functions.clone(), &clock, &home, options.seed, log.clone());
        Ok(Desk { world, clock, functions, executions, log, tally: Arc::default() })
    }

    async fn serve(self, log: impl Fn(&str), stop: impl Future<Output = ()>) -> Result<Served, String> {
        let listener = tokio::net::TcpListener::from_std(self.listener).map_err(|error| error.to_string())?;
        let (lines, mut told) = mpsc::unbounded_channel();
        let desk = Self::desk(self.world, &self.options, self.stands, lines)?;
        let (mut bus, clock) = (Bus::new(&desk.world, &desk.clock, Arc::new(desk.functions.clone())), desk.clock.clone());
        let bus = tokio::spawn(async move { clock.standing_while_it_computes(bus.deliver()).await });
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut stop = std::pin::pin!(stop);
        // Bounded by whoever stops the server.
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (listener.accept().await, place)
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(line) = told.recv() => log(&line),
                (accepted, place) = accepted => match (accepted, place) {
                    (Ok((stream, _)), Ok(place)) => http::attend(stream, desk.clone(), &graceful, place),
                    _ => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
            }
        }
        drop(listener);
        bus.abort();
        let farewell = tokio::time::timeout(Duration::from_secs(FAREWELL_SECONDS_MAX), graceful.shutdown());
        let finished = farewell.await.is_ok();
        while let Ok(line) = told.try_recv() {
            log(&line);
        }
        let requests = desk.tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let calls = desk.world.lock().calls.clone();
        Ok(Served { requests, calls, executions: desk.executions.by_status(), finished })
    }
}

/// Done when the process is asked to stop, by Ctrl-C or SIGTERM. A process that cannot hear of it never stops by
/// itself.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

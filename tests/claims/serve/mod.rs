//! The simulated AWS behind a socket: does any client find what a rehearsal finds, does a hostile one find nothing to
//! break, and do AWS's own clients agree? Here is how a claim serves a world and asks it.

mod command;
mod executions;
mod hostile;
pub(crate) mod judges;
mod sdk;
mod sentinel;
mod viewers;

use rehearsal::serve::{Options, SPEEDS, Served, Server};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

const HOME: &str = "AKIA000000000009";
const LEGACY: &str = "AKIA000000000001";
const MACHINE: &str = "arn:aws:states:us-east-1:000000000009:stateMachine:cutover";

/// Longest that a claim waits for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// A world that is being served.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Served>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn serve(world: Value, speed: f64) -> Running {
    run(Server::bind(Options { world, seed: 1, port: 0, speed, request: None }).unwrap())
}

/// The same with this seed, its time standing between requests.
pub(crate) fn serve_standing(world: Value, seed: u64) -> Running {
    let speed = *SPEEDS.end();
    run(Server::bind(Options { world, seed, port: 0, speed, request: None }).unwrap().standing_between_requests())
}

fn run(server: Server) -> Running {
    let address = server.address();
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let (stop, stopped) = oneshot::channel::<()>();
    let log = Arc::clone(&lines);
    let server = std::thread::spawn(move || {
        let stopped = async {
            let _ = stopped.await;
        };
        server.run(|line| log.lock().unwrap().push(line.to_owned()), stopped).unwrap()
    });
    Running { address, lines, stop, server }
}

fn signature(key: &str, service: &str) -> String {
    format!("authorization: AWS4-HMAC-SHA256 Credential={key}/20261201/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0")
}

/// What `done` gives, once that is something.
#[track_caller]
fn until<T>(mut done: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = done() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "it never came to that");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Running {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends these bytes and reads until the server closes. A server that closes early is an answer too.
    fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes);
        let mut read = Vec::new();
        let _ = stream.read_to_end(&mut read);
        Answer::of(&String::from_utf8_lossy(&read))
    }

    fn call(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n", self.address, body.len());
        for header in headers {
            head += &format!("{header}\r\n");
        }
        self.raw(&[head.as_bytes(), b"\r\n", body].concat())
    }

    pub(crate) fn states(&self, operation: &str, input: &Value) -> Answer {
        let target = format!("x-amz-target: AWSStepFunctions.{operation}");
        self.call("POST", "/", &[&signature(HOME, "states"), &target], input.to_string().as_bytes())
    }

    fn who_am_i(&self) -> Answer {
        let form = b"Action=GetCallerIdentity&Version=2011-06-15";
        self.call("POST", "/", &[&signature(LEGACY, "sts")], form)
    }

    /// Who serves viewers of `host`, as the edge says it.
    fn view(&self, host: &str, headers: &str) -> Answer {
        self.raw(format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n").as_bytes())
    }

    pub(crate) fn stop(self) -> Served {
        self.stop.send(()).unwrap();
        self.server.join().unwrap()
    }
}

//! The command line of `serve`: what it prints can be pasted, what is wrong is said once, and it stops when it is asked.

use crate::support::{scenario_folder, top};
use rehearsal::cli::{self, Stage};
use rehearsal::serve::{Options, Server, greeting};
use serde_json::json;
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Answer, until};

/// What a command has written so far, read while it runs.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Exit status, stdout and stderr of a command line.
fn command(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Paper::default(), Paper::default());
    let stage = Stage { out: &mut out.clone(), err: &mut err.clone(), pace: Duration::ZERO };
    let status = cli::main(["rehearsal", "serve"].iter().chain(arguments).map(Into::into), stage);
    (out.flush().and_then(|()| err.flush()).map(|()| status).unwrap(), out.text(), err.text())
}

#[test]
fn what_is_wrong_is_said_once_with_status_2() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let world = scenario_folder("legacy-to-new");
    let world = world.to_str().unwrap();
    let broken = std::env::temp_dir().join(format!("cutover-claims-{}-serve.json", std::process::id()));
    std::fs::write(&broken, r#"{"now": "2026-12-01T00:00:00Z", "weather": "rain"}"#).unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&[world, "--port", &port], "is in use; another one is chosen with --port"),
        (&[world, "--port", "65536"], "65536"),
        (&[world, "--speed", "0"], "0.1 to 100000"),
        (&[world, "--speed", "NaN"], "0.1 to 100000"),
        (&["nowhere.json"], "nowhere.json"),
        (&[broken.to_str().unwrap()], "weather"),
        (&[], "WORLD"),
    ];
    for (arguments, says) in cases {
        let (status, out, err) = command(arguments);
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(says), "{arguments:?} should say {says:?}: {err}");
    }
}

#[test]
fn the_help_teaches_by_examples() {
    let (status, out, _) = command(&["--help"]);
    assert_eq!(status, 0);
    for taught in
        ["rehearsal serve tests/scenarios/legacy-to-new", "AWS_ENDPOINT_URL", "aws stepfunctions start-execution", "curl", "--speed"]
    {
        assert!(out.contains(taught), "{taught} is missing in {out}");
    }
}

#[test]
fn the_greeting_has_every_account_with_its_name_and_the_request_beside_the_world() {
    let folder = scenario_folder("legacy-to-new");
    let (world, request) = rehearsal::scenario::world_and_request(&folder).unwrap();
    assert_eq!(rehearsal::scenario::world_and_request(&folder.join("world.json")).unwrap(), (world.clone(), request.clone()));
    let server = Server::bind(Options { world, seed: 1, port: 0, speed: 60.0, request }).unwrap();
    let lines = greeting(&server);
    let text = lines.join("\n");
    for (account, name) in [("000000000009", "home"), ("000000000001", "legacy"), ("000000000002", "new")] {
        let at = lines.iter().position(|line| line.contains(&format!("AWS_ACCESS_KEY_ID=AKIA{account}"))).unwrap();
        assert!(lines[at].starts_with(&format!("export AWS_ENDPOINT_URL=http://{} ", server.address())), "{}", lines[at]);
        assert!(lines[at - 1].starts_with("# ") && lines[at - 1].contains(name), "{text}");
    }
    let start = lines.iter().find(|line| line.starts_with("aws stepfunctions start-execution")).unwrap();
    let file = start.split("file://").nth(1).unwrap();
    assert!(std::path::Path::new(file).is_file(), "{start}");
    assert!(text.contains("aws cloudfront list-distributions") && text.contains("curl -i -H 'Host: a.foo.com'"));
    // Whatever can be pasted is a command, or a comment that a shell passes over.
    let pasted = |line: &&String| line.is_empty() || ["# ", "export ", "aws ", "curl "].iter().any(|start| line.starts_with(start));
    assert!(lines.iter().all(|line| pasted(&line)), "{text}");
}

#[test]
fn a_name_that_a_shell_would_act_on_is_not_shown_to_it() {
    let mut world: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(top().join("tests/judges/same-account.json")).unwrap()).unwrap();
    world["accounts"][0]["name"] = json!("site\nrm -rf x");
    let request = Some((json!({"aliases": ["'; rm -rf x; '"]}), "a b'c/request.json".into()));
    let server = Server::bind(Options { world, seed: 1, port: 0, speed: 60.0, request }).unwrap();
    let lines = greeting(&server);
    assert!(!lines.iter().any(|line| line.contains("rm -rf") && !line.starts_with("# ")), "{lines:?}");
    assert!(lines.iter().any(|line| line.ends_with(r"file://'a b'\''c/request.json'")), "{lines:?}");
}

#[test]
fn it_stops_when_the_process_is_asked_to_and_says_what_it_served() {
    let (out, err) = (Paper::default(), Paper::default());
    let (mut to_out, mut to_err) = (out.clone(), err.clone());
    let world = scenario_folder("legacy-to-new").to_str().unwrap().to_owned();
    let server = std::thread::spawn(move || {
        let stage = Stage { out: &mut to_out, err: &mut to_err, pace: Duration::ZERO };
        cli::main(["rehearsal", "serve", &world, "--port", "0"].iter().map(Into::into), stage)
    });
    let address = until(|| out.text().split("http://").nth(1).and_then(|rest| rest.split([',', ' ']).next()).map(str::to_owned));
    // Once it answers it hears signals as well.
    let head = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut read = String::new();
    std::io::Read::read_to_string(&mut stream, &mut read).unwrap();
    assert_eq!(Answer::of(&read).status, 403);
    assert!(Command::new("kill").args(["-TERM", &std::process::id().to_string()]).status().unwrap().success());
    assert_eq!(server.join().unwrap(), 0);
    let err = err.text();
    assert!(err.contains("unsigned GET / 403") && err.contains("requests     unsigned 1") && err.contains("executions   none"), "{err}");
}

//! The other interpreters, each a process that takes one job a line: moto's, for Python, and aws-local-stepfunctions, for
//! Node. Installed once, under `target/`. Must not know what is expected of a run.

use super::cases::Case;
use super::ours::{Run, theirs};
use crate::serve::judges::clients;
use crate::serve::serve_standing;
use crate::support::top;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longest that one job may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    Moto,
    Local,
}

pub const MAKERS: [Maker; 2] = [Maker::Moto, Maker::Local];

impl Maker {
    pub fn name(self) -> &'static str {
        match self {
            Self::Moto => "moto",
            Self::Local => "aws-local-stepfunctions",
        }
    }
}

/// The folder of what the second interpreter stands on.
fn modules() -> &'static PathBuf {
    static MODULES: OnceLock<PathBuf> = OnceLock::new();
    MODULES.get_or_init(|| install().unwrap_or_else(|why| panic!("aws-local-stepfunctions is needed for this claim: {why}")))
}

/// Makes the folder, unless one of the same lock is there. It counts from the moment its mark is written.
fn install() -> Result<PathBuf, String> {
    let folder = top().canonicalize().map_err(|error| error.to_string())?.join("target/oracle-node");
    let told = |error: std::io::Error| error.to_string();
    let wanted = std::fs::read_to_string(top().join("tests/oracle/package-lock.json")).map_err(told)?;
    let mark = folder.join(".installed");
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).map_err(told)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(top().join("tests/oracle").join(name), folder.join(name)).map_err(told)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]).current_dir(&folder);
    let output = npm.output().map_err(|error| format!("{error}; install Node.js 20 or newer with its npm"))?;
    if !output.status.success() {
        let remedy = "npm could not install tests/oracle/package-lock.json; it needs a package registry the first time";
        return Err(format!("{remedy}\n{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)));
    }
    std::fs::write(&mark, wanted).map_err(told)?;
    Ok(folder)
}

/// One interpreter that waits for jobs, until it is dropped.
pub struct Engine {
    pub maker: Maker,
    process: Child,
    jobs: ChildStdin,
    results: Receiver<String>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Engine {
    pub fn begin(maker: Maker) -> Self {
        let scripts = top().join("tests/oracle");
        let mut command = match maker {
            Maker::Moto => {
                let mut python = Command::new(clients().join("python"));
                python.arg("-B").arg(scripts.join("moto_runner.py"));
                python
            }
            Maker::Local => {
                let mut node = Command::new("node");
                node.arg(scripts.join("node_runner.mjs")).arg(modules());
                node
            }
        };
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (jobs, told) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (sender, results) = channel();
        // Ends with the process.
        std::thread::spawn(move || BufReader::new(told).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { maker, process, jobs, results }
    }

    /// Plays every run of a case, one after the other in one world; the error is the interpreter's own.
    pub fn play(&mut self, case: &Case) -> Result<Vec<Run>, String> {
        let server = serve_standing(case.world.clone(), case.seed);
        let runs: Vec<Value> = case.runs.iter().map(|run| run.job(case)).collect();
        let job = json!({"address": server.address.to_string(), "account": case.home(), "runs": runs});
        writeln!(self.jobs, "{job}").unwrap();
        let line = self.results.recv_timeout(PATIENCE);
        let line = line.unwrap_or_else(|_| panic!("{} did not answer to {} within {PATIENCE:?}", self.maker.name(), case.name));
        server.stop();
        let told: Value = serde_json::from_str(&line).unwrap();
        match told["refused"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(told["runs"].as_array().unwrap().iter().map(theirs).collect()),
        }
    }
}

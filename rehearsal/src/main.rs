//! The rehearsal's commands. Must not know anything that the library could.

use clap::{Args, Parser, Subcommand};
use rehearsal::live::{Live, summary};
use rehearsal::run::{Play, run};
use rehearsal::scenario;
use rehearsal::wire::Fault;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Rehearses moving a CloudFront alias, against a simulated AWS that refuses what AWS refuses.
///
/// Without a command it rehearses the scenario `legacy-to-new` and shows it as it happens.
#[derive(Parser)]
#[command(version, about, long_about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Rehearse one cutover and show it as it happens.
    ///
    /// Exit status: 0 when the run did what its request allows (completed, planned, refused, rolledBack), 1 when it
    /// ended stuck, 2 for input that cannot be read.
    #[command(after_help = "Examples:\n  rehearsal run tests/scenarios/legacy-to-new --seed 7\n  \
        rehearsal run --world world.json --request request.json --json | jq .viewers\n  \
        rehearsal run tests/scenarios/legacy-to-new-swap --fault cloudfront:UpdateDistribution#2:lostAnswer")]
    Run(Run),
}

#[derive(Args)]
struct Run {
    /// A scenario folder: world.json, request.json.
    #[arg(required_unless_present = "world", conflicts_with_all = ["world", "request"])]
    dir: Option<PathBuf>,
    /// The simulated AWS at the start.
    #[arg(long, requires = "request")]
    world: Option<PathBuf>,
    /// The request.
    #[arg(long, requires = "world")]
    request: Option<PathBuf>,
    /// Draws every lag and latency.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Inject a fault: service:Operation#n:kind, with kind throttled, unavailable, lostAnswer, stale or denied.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// One object on stdout; what happens goes to stderr.
    #[arg(long)]
    json: bool,
    /// Also write the run as a page with a picture of who served viewers when.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Command::Run(options) = cli.command.unwrap_or_else(|| Command::Run(default_run()));
    match rehearse(&options) {
        Ok(status) => ExitCode::from(status),
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "rehearsal: {message}");
            ExitCode::from(2)
        }
    }
}

fn default_run() -> Run {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios/legacy-to-new");
    Run { dir: Some(dir), world: None, request: None, seed: 1, faults: vec![], json: false, report: None }
}

fn load(options: &Run) -> Result<Play, String> {
    let mut play = match (&options.dir, &options.world, &options.request) {
        (Some(dir), ..) => scenario::load(dir, options.seed)?,
        (None, Some(world), Some(request)) => scenario::from_files("run", world, request, options.seed)?,
        _ => return Err("a scenario folder, or --world and --request, are needed".to_owned()),
    };
    play.faults = options.faults.clone();
    Ok(play)
}

/// Output that nobody reads any more is no reason to fail.
fn rehearse(options: &Run) -> Result<u8, String> {
    let play = load(options)?;
    let to_stderr = options.json;
    let pace = if !options.json && std::io::stdout().is_terminal() { std::time::Duration::from_millis(60) } else { std::time::Duration::ZERO };
    let tell = move |line: &str| {
        let _ = if to_stderr { writeln!(std::io::stderr(), "{line}") } else { writeln!(std::io::stdout(), "{line}") };
        std::thread::sleep(pace);
    };
    let live = Live::new(tell);
    let report = run(&play, &live)?;
    for line in summary(&report) {
        tell(&line);
    }
    if options.json {
        let _ = writeln!(std::io::stdout(), "{}", report.to_json());
    }
    if let Some(path) = &options.report {
        let page = report.to_json().to_string();
        std::fs::write(path, page).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    match report.exit_status() {
        2 => {
            let refusal = report.document.pointer("/refusals/0/message").and_then(|message| message.as_str());
            Err(refusal.unwrap_or("the request cannot be read").to_owned())
        }
        status => Ok(status),
    }
}

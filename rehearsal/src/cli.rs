//! The rehearsal's commands: arguments in, lines and an exit status out. Must not know what a run does.

use crate::compare;
use crate::explore::command::{Explore, carry_out as explore};
use crate::interpreter::Status;
use crate::inventory;
use crate::live::{Live, summary};
use crate::page;
use crate::run::{self, Play};
use crate::scenario;
use crate::serve::command::{Serve, carry_out as serve};
use crate::viewers::Cast;
use crate::wire::Fault;
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

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
    /// Set Cutover beside two ways of moving the same alias by hand: the same world, seeds and propagation.
    ///
    /// Both people know the order: DNS first and seen by CloudFront, then detach, then attach. One (a) looks every 60 s until
    /// the source is Deployed and needs up to 120 s to react; the other (b) attaches 30 s after the detach. Whatever is
    /// refused they try again every 30 s, for two hours. Since nobody knows when AWS frees a name, both readings are shown
    /// unless the world's rules fix nameRelease. A request that only plans is carried out.
    ///
    /// Exit status: 0 when the comparison was made, 2 for input that cannot be read.
    #[command(after_help = "Examples:\n  rehearsal compare tests/scenarios/legacy-to-new-swap\n  \
        rehearsal compare tests/scenarios/legacy-to-new-swap --seeds 100 --json | jq .ratios")]
    Compare(Compare),
    /// Take an inventory of a world, and a second one six hours later.
    ///
    /// Both with the shipped definition and functions: what is on which distribution of which account, beside what the
    /// registry has. Shows accounts, calls and every difference that was told; the second shows that nothing is written where
    /// nothing differs.
    ///
    /// Exit status: 0 when every account was looked at, 1 when one could not be, 2 for input that cannot be read.
    #[command(after_help = "Examples:\n  rehearsal inventory tests/scenarios/legacy-to-new/world.json\n  \
        rehearsal inventory world.json --json | jq '.scans[].differences[].kind'")]
    Inventory(Inventory),
    /// Go wherever something can go wrong in one cutover, by machine.
    ///
    /// Every fault at every place of the clean run (service:Operation#n:kind; a call, a state as states:Name, an invocation as
    /// lambda:Name), or pairs and triples of them, then random ones in random worlds. After each write and at each end it is
    /// checked that what must hold did. A failure prints the line that repeats it. Waits are shortened to a look or two.
    ///
    /// Exit status: 0 when everything held, 1 when something was broken, 2 for input that cannot be read.
    #[command(after_help = "Examples:\n  rehearsal explore tests/scenarios/legacy-to-new\n  \
        rehearsal explore tests/scenarios/legacy-to-new-swap --faults 2 --seeds 1000\n  \
        rehearsal explore tests/scenarios/legacy-to-new --at cloudfront:UpdateDistribution#2:late --at states:RollBack#1:stopped")]
    Explore(Explore),
    /// Serve a simulated AWS on this machine, for the AWS CLI and any SDK.
    ///
    /// CloudFront, Route 53, ACM, STS and DynamoDB as far as they are simulated; Step Functions with the shipped definition;
    /// Lambda invoke; and viewers. The access key AKIA and an account's id is an administrator of that account, with
    /// any secret; AssumeRole's keys are the role's.
    Serve(Serve),
}

#[derive(Args)]
struct Compare {
    /// A scenario folder: world.json, request.json.
    dir: PathBuf,
    /// How many seeds, from 1: each draws the propagation, latencies and reactions of one run of each.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    seeds: u64,
    /// One object on stdout: scenario, seeds, rows, ratios.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Inventory {
    /// The simulated AWS: a file, or the folder that its world.json lies in.
    world: PathBuf,
    /// Draws every latency.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One object on stdout: seed, scans, registry.
    #[arg(long)]
    json: bool,
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
    /// Inject a fault: service:Operation#n:kind, like cloudfront:UpdateDistribution#2:lostAnswer; a wrong kind lists all.
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// One object on stdout; what happens goes to stderr.
    #[arg(long)]
    json: bool,
    /// Also write the run as a page with a picture of who served viewers when.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Where lines go, and how fast.
pub struct Stage<'a> {
    /// The result.
    pub out: &'a mut (dyn Write + Send),
    /// Messages.
    pub err: &'a mut (dyn Write + Send),
    /// Pause after each line of the story, for a person who watches.
    pub pace: Duration,
}

/// Carries out one command line, the program's name first, and returns the exit status: 0 when the run did what its
/// request allows, 1 when it ended stuck, 2 for arguments or input that cannot be read.
pub fn main(arguments: impl IntoIterator<Item = OsString>, stage: Stage<'_>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(message) => {
            let text = message.render();
            // Output that nobody reads any more is no reason to fail.
            let _ = if message.use_stderr() { write!(stage.err, "{text}") } else { write!(stage.out, "{text}") };
            return if message.use_stderr() { 2 } else { 0 };
        }
    };
    let err = Mutex::new(stage.err);
    let out = Mutex::new(stage.out);
    let status = match cli.command.unwrap_or_else(|| Command::Run(default_run())) {
        Command::Run(options) => rehearse(&options, &out, &err, stage.pace),
        Command::Compare(options) => set_beside(&options, &out, &err),
        Command::Inventory(options) => take_inventory(&options, &out),
        Command::Explore(options) => explore(&options, |line| say(&out, line), |line| say(&err, line)),
        Command::Serve(options) => serve(&options, |line| say(&out, line), |line| say(&err, line)),
    };
    status.unwrap_or_else(|message| {
        say(&err, &format!("rehearsal: {message}"));
        2
    })
}

type Shared<'a> = Mutex<&'a mut (dyn Write + Send)>;

fn say(to: &Shared<'_>, line: &str) {
    let _ = writeln!(to.lock().unwrap_or_else(PoisonError::into_inner), "{line}");
}

fn default_run() -> Run {
    let scenario = Path::new("tests/scenarios/legacy-to-new");
    // Elsewhere than at the top of the repository the scenario is where the binary was built from.
    let dir = if scenario.is_dir() { scenario.to_owned() } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(scenario) };
    let report = PathBuf::from("target/rehearsal/report.html");
    Run { dir: Some(dir), world: None, request: None, seed: 1, faults: vec![], json: false, report: Some(report) }
}

/// Writes `page`, in a folder that need not be there yet.
fn write(path: &Path, page: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, page)
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

/// Lines of a story that may still turn out to be none.
const HELD_LINES: usize = 2;

fn rehearse<'a>(options: &Run, out: &Shared<'a>, err: &Shared<'a>, pace: Duration) -> Result<u8, String> {
    let play = load(options)?;
    let show = |line: &str| {
        say(if options.json { err } else { out }, line);
        std::thread::sleep(if options.json { Duration::ZERO } else { pace });
    };
    // A request that cannot be read gets one message and no story, so a story begins with its third line.
    let held = Mutex::new(Some(Vec::new()));
    let tell = |line: &str| {
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.take() {
            Some(mut lines) if lines.len() < HELD_LINES => {
                lines.push(line.to_owned());
                *held = Some(lines);
            }
            waiting => waiting.iter().flatten().map(String::as_str).chain([line]).for_each(show),
        }
    };
    let live = Live::new(tell);
    let (report, world) = run::rehearse(&play, &live)?;
    if report.exit_status() == 2 {
        let refusal = report.document.pointer("/refusals/0/message").and_then(|message| message.as_str());
        return Err(refusal.unwrap_or("the request cannot be read").to_owned());
    }
    for line in summary(&report) {
        tell(&line);
    }
    if options.json {
        say(out, &report.to_json().to_string());
    }
    if let Some(path) = &options.report {
        let world = world.lock();
        let page = page::render(&report, &Cast::in_world(&play.request, &world), &world);
        write(path, &page).map_err(|error| format!("{}: {error}", path.display()))?;
        tell(&format!("report       {}", path.display()));
    }
    Ok(report.exit_status())
}

fn take_inventory(options: &Inventory, out: &Shared<'_>) -> Result<u8, String> {
    let (world, _) = scenario::world_and_request(&options.world)?;
    let (scans, registry) = inventory::twice(world, options.seed)?;
    if options.json {
        say(out, &inventory::to_json(options.seed, &scans, &registry).to_string());
    } else {
        inventory::table(&scans).iter().for_each(|line| say(out, line));
    }
    let all = scans.iter().all(|scan| scan.execution.status == Status::Succeeded);
    Ok(u8::from(!all))
}

fn set_beside<'a>(options: &Compare, out: &Shared<'a>, err: &Shared<'a>) -> Result<u8, String> {
    let play = scenario::load(&options.dir, 1)?;
    let comparison = compare::compare(&play, options.seeds, |line| say(err, line))?;
    if options.json {
        say(out, &serde_json::to_string(&comparison).map_err(|error| error.to_string())?);
    } else {
        compare::table(&comparison).iter().for_each(|line| say(out, line));
    }
    Ok(0)
}

//! The command `serve`: its arguments, its lines, its exit status. Must not know how anything is served.

use super::{Options, Server, asked_to_stop, greeting};
use crate::scenario;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  rehearsal serve tests/scenarios/legacy-to-new
  rehearsal serve world.json --port 0 --speed 600 --quiet

It prints, for each account, the line that points the AWS CLI or an SDK at it. In another terminal:
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=AKIA000000000009 AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1
  aws stepfunctions start-execution --name first --input file://tests/scenarios/legacy-to-new/request.json \\
    --state-machine-arn arn:aws:states:us-east-1:000000000009:stateMachine:cutover
  aws lambda invoke --function-name cutover-preflight --payload fileb://input.json /dev/stdout
  curl -i -H 'Host: a.foo.com' http://127.0.0.1:4566/

Exit status: 0 once it was asked to stop (Ctrl-C, SIGTERM), 2 for a world that cannot be read or a port that is in use.";

/// The arguments.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// The simulated AWS at the start: a world.json, or a folder that holds one. A request.json beside it is shown
    /// in a line that starts an execution with it.
    #[arg(value_name = "WORLD")]
    path: PathBuf,
    /// Where to listen on 127.0.0.1, and nowhere else; 0 is any port that is free.
    #[arg(long, default_value_t = 4566)]
    port: u16,
    /// Simulated seconds in a real one, 0.1 to 100000. Never more than that, and fewer where the machine does not
    /// keep up: no step ever sees a slow machine as a slow AWS.
    #[arg(long, default_value_t = 60.0)]
    speed: f64,
    /// Time passes only while a function or an execution runs, or a request waits (POST /wait?seconds=N, signed for
    /// the service `clock`): for a client with a clock of its own.
    #[arg(long)]
    stand_between_requests: bool,
    /// Draws every lag and latency.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No line for each request.
    #[arg(long)]
    quiet: bool,
}

/// Serves until the process is asked to stop. `tell` gets what can be pasted, `log` what happens.
///
/// # Errors
/// What is wrong with the arguments or the world, for a person.
pub fn carry_out(arguments: &Serve, tell: impl Fn(&str), log: impl Fn(&str)) -> Result<u8, String> {
    let (world, request) = scenario::world_and_request(&arguments.path)?;
    let options = Options { world, request, seed: arguments.seed, port: arguments.port, speed: arguments.speed };
    let server = Server::bind(options)?;
    let server = if arguments.stand_between_requests { server.standing_between_requests() } else { server };
    for line in greeting(&server) {
        tell(&line);
    }
    let served = server.run(
        |line| {
            if !arguments.quiet {
                log(line)
            }
        },
        asked_to_stop(),
    )?;
    for line in served.summary() {
        log(&line);
    }
    Ok(0)
}

//! The desk's program: the process around [`functions::desk::run`], with the credentials of whoever starts it. Must not know
//! any command.

use aws_config::{BehaviorVersion, Region};
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // The registry is in us-east-1, whatever the profile says.
    let config = aws_config::defaults(BehaviorVersion::latest()).region(Region::from_static("us-east-1")).load().await;
    let spoken = functions::desk::run(&config, std::env::args_os()).await;
    // Output that nobody reads any more is no reason to fail.
    let _ = stdout().write_all(spoken.out.as_bytes());
    let _ = stderr().write_all(spoken.err.as_bytes());
    ExitCode::from(spoken.status)
}

//! The rehearsal's binary: the process around [`rehearsal::cli`]. Must not know any command.

use rehearsal::cli::{Stage, main as carry_out};
use std::io::{IsTerminal, stderr, stdout};
use std::process::ExitCode;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Slow enough to follow, fast enough not to wait for.
const PACE: Duration = Duration::from_millis(60);

fn main() -> ExitCode {
    let pace = if stdout().is_terminal() { PACE } else { Duration::ZERO };
    ExitCode::from(carry_out(std::env::args_os(), Stage { out: &mut stdout(), err: &mut stderr(), pace }))
}

//! AWS's own clients, unchanged and as they are published, judge the served AWS: boto3 by `tests/judges/drive.py`, the
//! AWS CLI by the session in `tests/judges/session.sh`. They are installed once, under `target/`.

use super::serve;
use crate::support::{scenario, scenario_folder, top};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Simulated seconds in a real one: a cutover of 40 minutes takes a few seconds. For the session as many as leave it
/// under way while the CLI starts once more.
const DRIVE_SPEED: f64 = 600.0;
const SESSION_SPEED: f64 = 200.0;

/// The folder of the clients' programs.
pub(crate) fn clients() -> &'static PathBuf {
    static CLIENTS: OnceLock<PathBuf> = OnceLock::new();
    CLIENTS.get_or_init(|| install().unwrap_or_else(|why| panic!("AWS's clients for Python are needed for this claim: {why}")))
}

/// Makes the environment, unless one with the same requirements is there. It counts from the moment its mark is
/// written, so one that was cut short, or has been moved, is made anew.
fn install() -> Result<PathBuf, String> {
    let folder = top().canonicalize().map_err(|error| error.to_string())?.join("target/judges-venv");
    let needed = top().join("tests/judges/requirements.txt");
    let mark = folder.join(".installed");
    let wanted = format!("{}\n{}", folder.display(), std::fs::read_to_string(&needed).map_err(|error| error.to_string())?);
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(folder.join("bin"));
    }
    let step = |command: &mut Command, remedy: &str| {
        let output = command.output().map_err(|error| format!("{error}; {remedy}"))?;
        let failed = || format!("{remedy}\n{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(()) } else { Err(failed()) }
    };
    let _ = std::fs::remove_dir_all(&folder);
    step(Command::new("python3").args(["-m", "venv"]).arg(&folder), "install python3 with its venv module (python3-venv)")?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&needed);
    step(&mut pip, "pip could not install tests/judges/requirements.txt; it needs a package index the first time")?;
    std::fs::write(&mark, wanted).map_err(|error| error.to_string())?;
    Ok(folder.join("bin"))
}

/// Runs a judge with no configuration of this machine, and with `environment` alone.
fn judge(script: &str, arguments: &[String], environment: &[(&str, String)]) -> Output {
    let path = format!("{}:{}", clients().display(), std::env::var("PATH").unwrap_or_default());
    let mut python = Command::new(clients().join("python"));
    python.arg("-B").arg(top().join("tests/judges").join(script)).args(arguments).current_dir(top());
    python.env_clear().env("PATH", path).env("HOME", "/nonexistent").env("LANG", "C.UTF-8").env("AWS_EC2_METADATA_DISABLED", "true");
    python.envs(environment.iter().map(|(name, value)| (name, value))).output().unwrap()
}

#[test]
fn boto3_finds_the_aws_that_its_models_describe() {
    let same_account = std::fs::read_to_string(top().join("tests/judges/same-account.json")).unwrap();
    let same_account: Value = serde_json::from_str(&same_account).unwrap();
    let (two, one) = (serve(scenario("legacy-to-new", 1).world, DRIVE_SPEED), serve(same_account, DRIVE_SPEED));
    let request = scenario_folder("legacy-to-new").join("request.json").display().to_string();
    let urls = [&two, &one].map(|running| format!("http://{}", running.address));
    let arguments = ["--two", &urls[0], "--one", &urls[1], "--request", &request].map(str::to_owned);
    let output = judge("drive.py", &arguments, &[]);
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    two.stop();
    one.stop();
    assert!(output.status.success(), "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("ok ")).count(), told.lines().count(), "{told}");
}

#[test]
fn the_aws_cli_shows_the_recorded_session() {
    let running = serve(scenario("legacy-to-new", 1).world, SESSION_SPEED);
    let environment = [
        ("AWS_ENDPOINT_URL", format!("http://{}", running.address)),
        ("AWS_ACCESS_KEY_ID", "AKIA000000000009".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "x".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
    ];
    let output = judge("session.py", &[], &environment);
    running.stop();
    let session = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{session}{}", String::from_utf8_lossy(&output.stderr));
    let path = top().join("tests/judges/session.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &session).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(session, golden, "the session is another; if it should be, UPDATE_GOLDEN=1 records it anew");
}

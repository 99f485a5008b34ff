//! The desk: what people and pipelines ask of the registry, and what only a person can say. Each command reads, lets `cutover`
//! decide, writes at most one transaction, and says in words what to do next. It moves nothing: AWS's other services are not
//! called from here.

mod announce;
mod arguments;
mod ask;
mod break_claim;
mod claims;
mod show;

use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::registry::table::Table;
use arguments::{Cli, Command};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_types::SdkConfig;
use clap::Parser;
use cutover::error_name::ErrorName;
use cutover::registry::announcement::Announcement;
use serde_json::{Value, json};
use std::ffi::OsString;

/// What a command says, and its exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// 0 yes or done, 1 no or not done, 2 arguments that cannot be read, 3 the registry cannot say.
    pub status: u8,
    /// For stdout.
    pub out: String,
    /// For stderr.
    pub err: String,
}

/// Yes, or done.
const YES: u8 = 0;
/// No, or not done.
const NO: u8 = 1;
/// Arguments that cannot be read.
const ARGUMENTS: u8 = 2;
/// The registry cannot say.
const CANNOT_SAY: u8 = 3;

impl Spoken {
    fn new(status: u8, out: String) -> Self {
        Self { status, out, err: String::new() }
    }

    /// One JSON object, or `text`.
    fn either(status: u8, as_json: bool, value: impl FnOnce() -> Value, text: impl FnOnce() -> String) -> Self {
        let out = if as_json { format!("{:#}\n", value()) } else { text() };
        Self::new(status, out)
    }
}

/// The table and the time, for one command.
struct Desk {
    table: Table,
    clock: Clock,
}

/// Carries out one command line, the program's name first.
pub async fn run(config: &SdkConfig, arguments: impl IntoIterator<Item = OsString>) -> Spoken {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(message) => {
            let text = message.render().to_string();
            return if message.use_stderr() { Spoken { status: ARGUMENTS, out: String::new(), err: text } } else { Spoken::new(YES, text) };
        }
    };
    if let Err(failure) = credentials(config).await {
        return not_said(&cli.command, &failure);
    }
    let desk = Desk { table: Table::of(&Home::new(config)), clock: Clock::of(config) };
    let spoken = match &cli.command {
        Command::MayAttach(asked) => ask::may_attach(&desk, asked).await,
        Command::Claims(asked) => claims::claims(&desk, asked).await,
        Command::Show(asked) => show::show(&desk, asked).await,
        Command::Alias(asked) => ask::alias(&desk, asked).await,
        Command::BreakClaim(asked) => break_claim::break_claim(&desk, asked).await,
        Command::Plan(asked) => announce::plan(&desk, asked).await,
        Command::Unplan(asked) => announce::announce(&desk, &asked.aliases, &Announcement::Unplan).await,
        Command::Reconciled(asked) => announce::announce(&desk, &asked.aliases, &Announcement::Reconciled).await,
    };
    spoken.unwrap_or_else(|failure| not_said(&cli.command, &failure))
}

/// Whether there are any: the SDK's own words about that come late, and say less.
async fn credentials(config: &SdkConfig) -> Result<(), Failure> {
    let none = |why: String| Failure::new(ErrorName::AccessDenied, format!("no AWS credentials were found: {why}"));
    let provider = config.credentials_provider().ok_or_else(|| none("no provider".to_owned()))?;
    let found = provider.provide_credentials().await;
    found.map(|_| ()).map_err(|error| none(cutover::bounds::cut(&DisplayErrorContext(&error).to_string())))
}

/// The registry could not say: why, and what to do next.
fn not_said(command: &Command, failure: &Failure) -> Spoken {
    let remedy = match failure.name {
        ErrorName::AccessDenied => {
            "use credentials that have the managed policy cutover-ask (cutover-desk for what writes), or that may assume the role \
             cutover-ask of the home account"
        }
        ErrorName::RegistryUnavailable => {
            "are these credentials of the home account (aws sts get-caller-identity), and is dynamodb.us-east-1.amazonaws.com reached? Then \
             ask again; what was to be written may have been written, so look first"
        }
        _ => "use the version of this program that belongs to the deployed one",
    };
    let asks = matches!(command, Command::MayAttach(_));
    let no_yes = if asks { "\n  this is no yes: do not attach the alias" } else { "" };
    let err = format!("cutover: the registry cannot say: {}: {}{no_yes}\n  next  {remedy}\n", failure.name, failure.message);
    let wants_json = match command {
        Command::MayAttach(asked) => asked.json,
        Command::Claims(asked) => asked.json,
        Command::Show(asked) => asked.json,
        Command::Alias(asked) => asked.json,
        Command::BreakClaim(_) | Command::Plan(_) | Command::Unplan(_) | Command::Reconciled(_) => false,
    };
    let mut told = json!({"error": {"name": failure.name, "message": failure.message, "remedy": remedy}});
    if asks {
        told["may"] = json!("unknown");
        told["reasons"] = json!([]);
    }
    let out = if wants_json { format!("{told:#}\n") } else { String::new() };
    Spoken { status: CANNOT_SAY, out, err }
}

//! The desk's command line: every argument is read once, into a type that has a bound. Must not know what a command does.

use clap::{Args, Parser, Subcommand};
use cutover::bounds::ALIASES_MAX;
use cutover::ids::{AccountId, DistributionId, Place};
use cutover::name::Alias;
use jiff::Timestamp;

/// Longest name of a person or pipeline, and longest reason, characters: both fit into one event's text.
const BY_MAX: usize = 64;
const BECAUSE_MAX: usize = 160;
/// Longest name of an execution (SFN-1).
const ID_MAX: usize = 80;

/// Asks Cutover's registry, and says what only a person can say.
///
/// The registry is the table `cutover` in the home account, us-east-1. This program reads and writes it with your own
/// credentials, as the AWS CLI would find them (AWS_PROFILE, AWS_ACCESS_KEY_ID …); it assumes no role by itself. To ask needs
/// the managed policy cutover-ask, to write cutover-desk; from another account assume the role cutover-ask there.
#[derive(Debug, Parser)]
#[command(name = "cutover", version, about, long_about, max_term_width = 100)]
#[command(after_help = "Exit status of every command: 0 yes or done, 1 no or not done, 2 arguments that cannot be read, \
    3 the registry cannot say: not reached, denied, or nothing is known.\n\nThe page about all of it: docs/REGISTRY.md")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// May this alias be attached to this distribution now? For pipelines, before they deploy.
    ///
    /// Exit status: 0 yes, 1 no, 2 arguments that cannot be read, 3 the registry cannot say. Only 0 is a yes.
    #[command(after_help = "Example, in a pipeline that deploys E1LEGACYXYZ:\n  \
        cutover may-attach a.foo.com --account 111122223333 --distribution E1LEGACYXYZ || exit 1\n\n\
        With --json: {\"may\": \"no\", \"reasons\": [{\"code\", \"may\", \"seen\", \"why\", \"remedy\"}], …}")]
    MayAttach(MayAttach),
    /// Every claim in force: whose, since when, until when, on what.
    Claims(Listing),
    /// One cutover: its claim, how far it is, what it did. Says whether its chain of events holds.
    ///
    /// Exit status: 0 the chain holds, 1 somebody has changed it, 3 there is no such cutover.
    Show(Show),
    /// What the registry knows of one alias.
    Alias(OneAlias),
    /// Break a cutover's claim, so that it writes nothing more. The last resort: first read docs/RUNBOOK.md.
    ///
    /// Without --confirm it shows what would happen and changes nothing (exit status 1). Nothing is moved by it either way:
    /// what is where stays there, and is yours to put right.
    #[command(after_help = "Example:\n  cutover break-claim move-a-foo --by ada --because 'moved by hand, see ticket 12'\n  \
        cutover break-claim move-a-foo --by ada --because 'moved by hand, see ticket 12' --confirm move-a-foo")]
    BreakClaim(BreakClaim),
    /// Announce that aliases will move to a distribution, or be new on it, between two times. All of them or none.
    #[command(after_help = "Example:\n  cutover plan a.foo.com b.foo.com --account 444455556666 --distribution E2NEWQRS \\\n    \
        --opens 2026-12-01T02:00:00Z --closes 2026-12-01T04:00:00Z --by ada")]
    Plan(Plan),
    /// Take the announcement of a move back. All of them or none.
    Unplan(Aliases),
    /// Say that the infrastructure code of both sides knows that a cutover has moved these aliases. All of them or none.
    ///
    /// Say it when the code that deploys the old distribution does not list them any more, and that of the new one does.
    Reconciled(Aliases),
}

#[derive(Debug, Args)]
pub(crate) struct MayAttach {
    /// The name, or `*.` and a name.
    #[arg(value_parser = Alias::parse)]
    pub(crate) alias: Alias,
    #[command(flatten)]
    pub(crate) target: Target,
    /// One JSON object on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A distribution or a tenant.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The account that owns the distribution, 12 digits.
    #[arg(long, value_name = "ID", value_parser = AccountId::parse)]
    account: AccountId,
    /// The distribution (E…) or distribution tenant (dt_…).
    #[arg(long, value_name = "ID", value_parser = DistributionId::parse)]
    distribution: DistributionId,
}

impl Target {
    pub(crate) fn place(&self) -> Place {
        Place { account: self.account.clone(), distribution: self.distribution.clone() }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// One JSON object on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The cutover: the name of the execution that claimed first, or its ARN.
    #[arg(value_name = "ID", value_parser = id)]
    pub(crate) id: String,
    /// One JSON object on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OneAlias {
    /// The name, or `*.` and a name.
    #[arg(value_parser = Alias::parse)]
    pub(crate) alias: Alias,
    /// One JSON object on stdout.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BreakClaim {
    /// The cutover whose claim it is: the name of the execution that claimed first, or its ARN.
    #[arg(value_name = "ID", value_parser = id)]
    pub(crate) id: String,
    /// Who breaks it: it is kept.
    #[arg(long, value_name = "NAME", value_parser = by)]
    pub(crate) by: String,
    /// Why: it is kept.
    #[arg(long, value_name = "TEXT", value_parser = because)]
    pub(crate) because: String,
    /// The same ID once more: then it is done.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The names.
    #[arg(required = true, num_args = 1..=ALIASES_MAX, value_name = "ALIAS", value_parser = Alias::parse)]
    pub(crate) aliases: Vec<Alias>,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Not before: 2026-12-01T02:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) opens: Timestamp,
    /// Not after.
    #[arg(long, value_name = "TIME")]
    pub(crate) closes: Timestamp,
    /// Who announces it.
    #[arg(long, value_name = "NAME", value_parser = by)]
    pub(crate) by: String,
}

#[derive(Debug, Args)]
pub(crate) struct Aliases {
    /// The names.
    #[arg(required = true, num_args = 1..=ALIASES_MAX, value_name = "ALIAS", value_parser = Alias::parse)]
    pub(crate) aliases: Vec<Alias>,
}

/// An execution's name, or the ARN that ends with it.
fn id(text: &str) -> Result<String, String> {
    let name = if text.starts_with("arn:") { text.rsplit(':').next().unwrap_or_default() } else { text };
    bounded(name, ID_MAX)
        .and_then(|name| if name.contains(['#', ' ']) { Err("an execution's name has no # and no space".to_owned()) } else { Ok(name) })
}

fn by(text: &str) -> Result<String, String> {
    bounded(text, BY_MAX)
}

fn because(text: &str) -> Result<String, String> {
    bounded(text, BECAUSE_MAX)
}

fn bounded(text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(format!("1 to {most} characters are needed, none of them a control character"));
    }
    Ok(text.to_owned())
}

//! The hands of Cutover: one small handler for each step.
//!
//! [`invoke`] is the only door: Lambda's `main` comes through it, and so does a rehearsal. A step reads the
//! document, observes through the SDK or a viewer, asks `cutover` what follows, acts, and hands the document
//! on. Steps have no opinion about strategy and no hook for tests.

mod accounts;
mod answer;
mod ask_others;
mod authorities;
mod change_proofs;
mod change_record_sets;
mod check_settled;
mod claim_aliases;
mod clients;
mod clock;
mod conclude;
pub mod desk;
mod detach_guard;
mod distribution;
mod distribution_config;
mod holders;
mod inventory;
mod metrics;
mod preflight;
mod public_records;
mod public_viewer;
mod record_sets;
mod recover_cutover;
mod registry;
mod roll_back;
mod sentinel;
mod settings;
mod swap_aliases;
mod under_claim;
mod update_distribution;
mod update_domain_association;
mod verify;
mod viewer;
mod weigh_foreign_writes;

pub use crate::accounts::Home;
use crate::accounts::{Accounts, Role};
use crate::answer::Failure;
use crate::clock::Clock;
use crate::registry::held::Held;
use crate::registry::release;
use crate::under_claim::Beginning;
use aws_types::SdkConfig;
use cutover::document::{Cutover, Outcome, VERSION};
use cutover::error_name::ErrorName;
use cutover::progress::IllegalMove;
use cutover::step::{Errand, Step};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Borrow;
use std::sync::Arc;

pub use metrics::{FIELD as METRICS_FIELD, TARGET as METRICS_TARGET};
pub use public_viewer::PublicViewer;
pub use viewer::{NotResolved, NotServed, Page, PageRequest, PublicRecord, PublicZone, ServerRecords, ServerTxt, Viewer};

/// How a step fails: a name that the definition knows, and a message for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct StepError {
    /// One of [`ErrorName`]; the definition retries and catches by it.
    pub error_type: String,
    /// What was seen, why it matters, what comes next.
    pub message: String,
}

impl From<Failure> for StepError {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.name.as_str().to_owned(), message: failure.message }
    }
}

impl From<IllegalMove> for Failure {
    fn from(error: IllegalMove) -> Self {
        Failure::new(ErrorName::MalformedDocument, error.to_string())
    }
}

/// Runs the step called `step` (its `verb_object` name) on `input` and returns the document.
///
/// AWS is reached only through clients made from `config`, which also gives the time and the sleep.
///
/// # Errors
/// A [`StepError`] whose type is one of [`ErrorName`].
pub async fn invoke(config: &SdkConfig, viewer: &dyn Viewer, step: &str, input: impl Borrow<Value> + Send) -> Result<Value, StepError> {
    Home::new(config).invoke(viewer, step, input.borrow()).await
}

impl Home {
    /// As [`invoke`], with what this environment has made already.
    ///
    /// # Errors
    /// As [`invoke`].
    pub async fn invoke(&self, viewer: &dyn Viewer, step: &str, input: &Value) -> Result<Value, StepError> {
        if let Some(errand) = Errand::from_snake_name(step) {
            return self.run_errand(errand, input).await;
        }
        let known = Step::from_snake_name(step)
            .ok_or_else(|| Failure::new(ErrorName::MalformedDocument, format!("there is no step called {step:?}")))?;
        let document = run(self, viewer, known, input).await.inspect_err(|failure| {
            tracing::warn!(step, error = failure.name.as_str(), message = %failure.message, "step failed");
        })?;
        tracing::info!(step, execution = document.execution.name(), next = ?document.next, outcome = ?document.outcome, "step done");
        serde_json::to_value(document).map_err(|error| Failure::new(ErrorName::MalformedDocument, error.to_string()).into())
    }

    async fn run_errand(&self, errand: Errand, input: &Value) -> Result<Value, StepError> {
        let clock = Clock::of(self.config());
        let done = match errand {
            Errand::WatchWrites => sentinel::watch_writes::watch_writes(self, &clock, input).await,
            _ => inventory::run(self, &clock, errand, input).await,
        };
        let done = done.inspect_err(|failure| {
            tracing::warn!(errand = errand.snake_name(), error = failure.name.as_str(), message = %failure.message, "errand failed");
        })?;
        tracing::info!(errand = errand.snake_name(), account = ?done.get("account"), more = done.get("cursor").is_some(), "errand done");
        Ok(done)
    }
}

/// Counts that a step hands it on.
fn handed_on(mut document: Cutover) -> Cutover {
    if let Some(token) = &mut document.claim {
        token.handed_on = token.handed_on.saturating_add(1);
    }
    document
}

async fn run(home: &Home, viewer: &dyn Viewer, step: Step, input: &Value) -> Result<Cutover, Failure> {
    let clock = Clock::of(home.config());
    match step {
        Step::Preflight => return Box::pin(preflight::preflight(home, viewer, &clock, input.clone())).await,
        Step::RecoverCutover => return recover_cutover::recover_cutover(home, &clock, input.clone()).await,
        Step::Conclude if Cutover::is_foreign(input) => return conclude::conclude_without_document(&clock, input.clone()),
        _ => {}
    }
    match under_claim::begin(home, &clock, step, parse(input)?).await? {
        Beginning::Step(document, held) => Ok(handed_on(Box::pin(carry_out(home, viewer, &clock, step, *document, held)).await?)),
        Beginning::Instead(document) => Ok(handed_on(*document)),
    }
}

async fn carry_out(
    home: &Home,
    viewer: &dyn Viewer,
    clock: &Clock,
    step: Step,
    document: Cutover,
    held: Option<Arc<Held>>,
) -> Result<Cutover, Failure> {
    let writing = |document: &Cutover| Accounts::of(home, document, Role::Write).map(|accounts| accounts.under(held.clone()));
    match step {
        Step::Preflight | Step::RecoverCutover => Err(Failure::new(ErrorName::MalformedDocument, "this step takes no document")),
        Step::ClaimAliases => claim_aliases::claim_aliases(home, viewer, clock, document).await,
        Step::RollBack => Ok(roll_back::roll_back(clock, document)),
        Step::UpdateDistribution => update_distribution::update_distribution(&writing(&document)?, clock, document).await,
        Step::SwapAliases => swap_aliases::swap_aliases(&writing(&document)?, clock, document).await,
        Step::UpdateDomainAssociation => update_domain_association::update_domain_association(&writing(&document)?, clock, document).await,
        Step::ChangeRecordSets => change_record_sets::change_record_sets(&writing(&document)?, clock, document).await,
        Step::AskOthers => ask_others::ask_others(clock, document),
        Step::CheckSettled => {
            let accounts = Accounts::of(home, &document, Role::Read)?;
            check_settled::check_settled(&accounts, viewer, clock, document).await
        }
        Step::Verify => verify::verify(viewer, clock, document).await,
        Step::WeighForeignWrites => {
            let accounts = Accounts::of(home, &document, Role::Read)?;
            let unclaimed = || Failure::new(ErrorName::MalformedDocument, "the document holds no claim");
            weigh_foreign_writes::weigh_foreign_writes(&accounts, clock, held.as_deref().ok_or_else(unclaimed)?, document).await
        }
        Step::Conclude => {
            // Where nothing was begun there is nothing to look at, and perhaps no request to look by.
            let accounts = if document.progress.begun == 0 { None } else { Some(Accounts::of(home, &document, Role::Read)?) };
            let may_land = held.as_ref().map(|held| held.may_land()).unwrap_or_default();
            let document = conclude::conclude(accounts.as_ref(), viewer, clock, document, may_land).await;
            if let Some(held) = held {
                // What lands after all is as it was, and was given back, is nobody's any more.
                if document.outcome == Some(Outcome::RolledBack) {
                    let undoing = document.undoing_the_way_back();
                    undoing.iter().try_for_each(|(distribution, changes)| held.nothing_undoes(distribution, changes))?;
                }
                release::conclude(&held, &document, clock.now()).await?;
            }
            Ok(document)
        }
    }
}

fn parse(input: &Value) -> Result<Cutover, Failure> {
    let malformed = |why: String| Failure::new(ErrorName::MalformedDocument, format!("the input is no document of this version: {why}"));
    let document: Cutover = Cutover::deserialize(input).map_err(|error| malformed(error.to_string()))?;
    if document.version != VERSION {
        return Err(malformed(format!("its version is {}, this one writes {VERSION}", document.version)));
    }
    Ok(document)
}

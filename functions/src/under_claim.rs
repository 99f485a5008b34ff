//! What every step of a claimed cutover begins with: the claim is renewed, the document is kept for whoever may have to
//! go on from it, and what others wrote comes first. Must not know what the step does.

use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::registry::claims::{self, Renewal, SavedDocument};
use crate::registry::held::{Held, in_a_gap};
use crate::registry::release;
use crate::registry::table::Table;
use cutover::document::Cutover;
use cutover::error_name::ErrorName;
use cutover::plan::Settle;
use cutover::registry::Key;
use cutover::registry::claim::{Claim, ClaimState, Token};
use cutover::step::Step;
use std::sync::Arc;

/// How a step begins.
#[derive(Debug)]
pub(crate) enum Beginning {
    /// The step is carried out, under the claim where the document has one.
    Step(Box<Cutover>, Option<Arc<Held>>),
    /// Something else comes first, or the step was carried out already: this document is handed on.
    Instead(Box<Cutover>),
}

pub(crate) async fn begin(home: &Home, clock: &Clock, step: Step, mut document: Cutover) -> Result<Beginning, Failure> {
    let Some(token) = document.claim.clone() else { return Ok(Beginning::Step(Box::new(document), None)) };
    let (table, now) = (Table::of(home), clock.now());
    // Between a detach and its attach nobody serves the name: that is ended first.
    let gap = step == Step::SwapAliases && document.progress.detached_at.is_some();
    let renewal = claims::renew(&table, &token, &document.execution.id, now);
    let renewal = if gap { in_a_gap(clock, renewal).await } else { renewal.await };
    let claim = match renewal {
        Ok(Renewal::Ours(claim)) => claim,
        Ok(Renewal::Lost(found)) => return without_claim(&table, clock, step, document, found.as_deref()).await,
        Err(failure) if gap && failure.name != ErrorName::ClaimLost => {
            tracing::warn!(message = %failure.message, "going on under the lease: nobody serves the name meanwhile");
            let held = Held::silent(table, clock.clone(), token, &document.execution.id);
            return Ok(Beginning::Step(Box::new(document), Some(Arc::new(held))));
        }
        Err(failure) => return Err(failure),
    };
    document.claim = Some(Token { until: Some(claim.until), ..token.clone() });
    if is_new(step, &document) && !gap {
        claims::save(&table, &token, &document, now).await?;
        if matches!(document.progress.waits_for, Some(Settle::Soaked { .. })) {
            release::soaking(&table, &token, &document).await?;
        }
    }
    let weighs = matches!(step, Step::WeighForeignWrites | Step::RollBack | Step::Conclude);
    if claim.foreign_writes > token.weighed && !weighs && !gap {
        document.weigh_first();
        return Ok(Beginning::Instead(Box::new(document)));
    }
    // What is undone, or given to others, must not be changed afterwards by what was sent before. While nobody serves a name
    // that waits for nothing, and what changes names then is bound to its ETag.
    let undoes = step == Step::Conclude || (step == Step::RollBack && document.progress.detached_at.is_none());
    if undoes {
        claims::nothing_lands(&claim, now)?;
    }
    let held = Held::new(table, clock.clone(), token, &claim);
    if gap {
        held.enter_gap();
    }
    Ok(Beginning::Step(Box::new(document), Some(Arc::new(held))))
}

/// One look after the other at the same settle changes nothing that a recovery needs.
fn is_new(step: Step, document: &Cutover) -> bool {
    step != Step::CheckSettled || document.looks == 0
}

/// The claim is not this execution's any more. The last step may have given it back itself, and its answer was lost.
async fn without_claim(
    table: &Table,
    clock: &Clock,
    step: Step,
    mut document: Cutover,
    found: Option<&Claim>,
) -> Result<Beginning, Failure> {
    let token = document.claim.clone();
    if let (Some(claim), Some(token), Step::Conclude) = (found, &token, step) {
        let ended = matches!(claim.state, ClaimState::Released | ClaimState::Stuck);
        if ended && claim.execution == document.execution.id && claim.fence == token.fence {
            let saved = table.get::<SavedDocument>(&Key::document(&token.id)).await?;
            if let Some(saved) = saved {
                return Ok(Beginning::Instead(Box::new(saved.read()?)));
            }
        }
    }
    let now = clock.now();
    let id = token.map(|token| token.id).unwrap_or_default();
    document.lose_claim(now, &claims::lost(&id, found, now).message);
    // Who only looks may look; everybody else is sent there.
    Ok(match step {
        Step::Conclude => Beginning::Step(Box::new(document), None),
        _ => Beginning::Instead(Box::new(document)),
    })
}

//! Claims everything that the plan touches, and makes the plan again under the claim: two visits, so that what fails after
//! the claim is taken fails with a document that names it. Touches nothing but the registry.

use crate::accounts::Home;
use crate::answer::Failure;
use crate::clock::Clock;
use crate::preflight;
use crate::registry::claims::{self, Taken};
use crate::registry::table::Table;
use crate::viewer::Viewer;
use cutover::document::Cutover;

pub(crate) async fn claim_aliases(home: &Home, viewer: &dyn Viewer, clock: &Clock, mut document: Cutover) -> Result<Cutover, Failure> {
    if document.claim.is_some() {
        let again = Box::pin(preflight::plan_again(home, viewer, clock, &document)).await?;
        document.confirm(clock.now(), &again);
        return Ok(document);
    }
    match claims::take(&Table::of(home), &document, clock.now()).await? {
        Taken::Ours(claim) => document.claim_taken(clock.now(), &claim),
        Taken::Others(others) => document.claim_refused(clock.now(), &others),
    }
    Ok(document)
}

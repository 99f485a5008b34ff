//! Who holds a name in any account of AWS, as far as CloudFront shows it: ids half masked (DSC-1 to DSC-6). Must not know
//! what follows from it.

use super::Unobserved;
use crate::accounts::Accounts;
use crate::holders;
pub(super) use crate::holders::Conflict;
use cutover::facts::Holder;
use cutover::finding::Code;
use cutover::ids::Place;
use cutover::name::Alias;

/// Who lists exactly `alias`; asked in the name of `target`, whose certificate covers it.
pub(super) async fn holders(accounts: &Accounts<'_>, target: &Place, alias: &Alias) -> Result<Vec<Holder>, Unobserved> {
    Ok(conflicts(accounts, target, alias).await?.into_iter().map(|conflict| conflict.holder).collect())
}

/// The same, each with its kind.
pub(super) async fn conflicts(accounts: &Accounts<'_>, target: &Place, alias: &Alias) -> Result<Vec<Conflict>, Unobserved> {
    let refused = |answer| Unobserved::of(answer, &format!("the holders of {alias}"), Code::DistributionNotFound);
    holders::conflicts(accounts, target, alias).await.map_err(refused)
}

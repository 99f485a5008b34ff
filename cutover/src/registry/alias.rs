//! What the registry knows of an alias and of a distribution. Must not know who saw it, nor how.

use crate::ids::{Place, ZonePlace};
use crate::name::Alias;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An alias, as the table has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasItem {
    /// The name.
    pub alias: Alias,
    /// How things stand with it.
    pub state: AliasState,
    /// While a claim holds it: the state that it comes back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resting_state: Option<AliasState>,
    /// Who has it; absent where nobody of ours does, or nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    /// Where its record sets are, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<ZonePlace>,
    /// When this was so for the first time that anybody looked. A look that sees the same writes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// Who looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<SeenBy>,
    /// When and where to it is planned to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<PlannedMove>,
    /// The cutover that has claimed it: nobody else moves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The cutover that moved it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_by: Option<String>,
}

impl AliasItem {
    /// The state that it has once a cutover has put it back on `source`: what was said of it before holds again.
    pub fn put_back_on(&self, source: &Place) -> AliasState {
        let there = self.holder.as_ref().is_some_and(|holder| holder.place == *source);
        match self.resting_state {
            Some(AliasState::MovedNotReconciled) if there => AliasState::MovedNotReconciled,
            _ if self.planned.is_some() => AliasState::Planned,
            _ => AliasState::Owned,
        }
    }
}

/// How things stand with an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AliasState {
    /// A distribution of ours has it, and nobody is about to change that.
    Owned,
    /// It is planned to move.
    Planned,
    /// A cutover is moving it.
    Moving,
    /// A cutover has moved it and watches whether that holds.
    Soaking,
    /// A cutover has moved it, and the infrastructure code of where it was has not been seen to know: an unrelated
    /// deployment could put it back.
    MovedNotReconciled,
    /// No distribution of ours has it.
    UnknownOwner,
}

impl AliasItem {
    /// Whatever cutover has moved it, for a person.
    pub(crate) fn mover(&self) -> String {
        self.moved_by.as_ref().map_or_else(|| "an earlier cutover".to_owned(), |id| format!("cutover {id}"))
    }
}

/// The distribution that has an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// Account, and distribution or tenant.
    #[serde(flatten)]
    pub place: Place,
    /// `d111.cloudfront.net`, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// When its certificate ends, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_not_after: Option<Timestamp>,
}

/// Who saw something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeenBy {
    /// The inventory looked at every account.
    Inventory,
    /// Somebody's write was told by CloudTrail.
    Sentinel,
    /// A cutover did it.
    Cutover,
}

/// A move that somebody has announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedMove {
    /// Not before.
    pub opens: Timestamp,
    /// Not after.
    pub closes: Timestamp,
    /// Where to.
    pub target: Place,
    /// Who says so.
    pub by: String,
}

/// A distribution or tenant, as the table has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DistributionItem {
    /// Which, and whose.
    #[serde(flatten)]
    pub place: Place,
    /// `d111.cloudfront.net`; absent where only a claim has named it so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// Whether it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How many aliases it lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias_count: Option<u32>,
    /// What proves its aliases, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<SeenCertificate>,
    /// When this was so for the first time that anybody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// Who looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_by: Option<SeenBy>,
    /// The cutover that has claimed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// When somebody else last gave it a config, and not by hand in the console: its infrastructure code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_at: Option<Timestamp>,
    /// The cutovers that have moved aliases off it, and whose moves its infrastructure code has not been seen to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_away: Vec<String>,
}

/// A distribution's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeenCertificate {
    /// Its ARN.
    pub arn: String,
    /// The names that it proves, lower case.
    pub names: Vec<String>,
    /// When it ends.
    pub not_after: Option<Timestamp>,
}

#[cfg(test)]
mod tests;

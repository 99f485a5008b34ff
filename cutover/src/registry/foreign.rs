//! A write by somebody else to what a cutover has claimed. Must not know how it was noticed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What was written, by whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignWrite {
    /// CloudTrail's id of the event.
    pub event_id: String,
    /// When, as CloudTrail says.
    pub at: Timestamp,
    /// `cloudfront:UpdateDistribution` …
    pub operation: String,
    /// The account that it was made in.
    pub account: String,
    /// Whose credentials: the ARN that CloudTrail names.
    pub by: String,
    /// The distribution, tenant or hosted zone that it was made on.
    pub on: String,
    /// What of it is claimed: aliases, distributions, record sets.
    pub touched: Vec<String>,
}

impl ForeignWrite {
    /// For a person, in one line.
    pub fn describe(&self) -> String {
        crate::bounds::cut(&format!("{} on {} in account {} by {} at {}", self.operation, self.on, self.account, self.by, self.at))
    }
}

#[cfg(test)]
mod tests;

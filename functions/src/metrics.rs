//! Numbers for CloudWatch in its embedded metric format: a line of JSON in a function's own log, so that no call is made and
//! no permission needed for them. Must not know who watches them.

use jiff::Timestamp;
use serde_json::json;

/// The target of the log's lines that are numbers: `main` writes them as they are.
pub const TARGET: &str = "metrics";
/// Where CloudWatch has them.
const NAMESPACE: &str = "Cutover";

/// `value` more of what `name` counts.
pub(crate) fn count(now: Timestamp, name: &str, value: usize) {
    let metric = json!({"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": [{"Name": name, "Unit": "Count"}]});
    let line = json!({"_aws": {"Timestamp": now.as_millisecond(), "CloudWatchMetrics": [metric]}, name: value});
    tracing::info!(target: TARGET, "{line}");
}

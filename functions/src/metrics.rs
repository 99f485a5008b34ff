//! Metrics, in CloudWatch's embedded format: a line of the log that CloudWatch reads as numbers. They go out as events of
//! their own target, which `main` writes as they are; where nobody listens, nothing is written.
//! Must not know what follows from a number.

use cutover::ids::AccountId;
use cutover::registry::scan::Counts;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The target of these events.
pub const TARGET: &str = "cutover::metrics";
/// The field that holds the line.
pub const FIELD: &str = "emf";
/// CloudWatch's namespace.
const NAMESPACE: &str = "Cutover";

/// What was found in an account.
pub(crate) fn scanned(account: &AccountId, counts: &Counts, now: Timestamp) {
    let of = [
        ("Distributions", counts.distributions),
        ("Aliases", counts.aliases),
        ("Conflicts", counts.conflicts),
        ("Differences", counts.differences()),
    ];
    put(account.as_str(), &of, now);
}

/// What was told of an account once all were looked at.
pub(crate) fn settled(account: &AccountId, counts: &Counts, now: Timestamp) {
    put(account.as_str(), &[("Differences", counts.differences())], now);
}

/// CloudFront refused an alias because somebody else has it (CNAMEAlreadyExists A).
pub(crate) fn alias_taken(account: &str, now: Timestamp) {
    put(account, &[("AliasesTaken", 1)], now);
}

/// So many names have been off one side for longer than a swap should need, and are not on the other yet.
pub(crate) fn names_unserved(account: &AccountId, count: usize, now: Timestamp) {
    put(account.as_str(), &[("NamesUnserved", u64::try_from(count).unwrap_or(u64::MAX))], now);
}

/// Somebody else wrote to what a cutover has claimed, or undid a move.
pub(crate) fn foreign_writes(account: &AccountId, count: usize, now: Timestamp) {
    put(account.as_str(), &[("ForeignWrites", u64::try_from(count).unwrap_or(u64::MAX))], now);
}

fn put(account: &str, metrics: &[(&str, u64)], now: Timestamp) {
    let line = line(account, metrics, now).to_string();
    tracing::info!(target: TARGET, emf = line);
}

fn line(account: &str, metrics: &[(&str, u64)], now: Timestamp) -> Value {
    let names: Vec<Value> = metrics.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    // By account, and of all together: an alarm watches one metric.
    let directive = json!({"Namespace": NAMESPACE, "Dimensions": [["Account"], []], "Metrics": names});
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive]}));
    line.insert("Account".to_owned(), json!(account));
    line.extend(metrics.iter().map(|(name, count)| ((*name).to_owned(), json!(count))));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_every_metric_that_it_holds() {
        let line = line("000000000001", &[("Aliases", 3), ("Conflicts", 0)], Timestamp::UNIX_EPOCH);
        let named = line.pointer("/_aws/CloudWatchMetrics/0/Metrics").and_then(Value::as_array).cloned().unwrap_or_default();
        let names: Vec<&str> = named.iter().filter_map(|metric| metric.get("Name")?.as_str()).collect();
        assert_eq!(names, ["Aliases", "Conflicts"]);
        assert_eq!((&line["Aliases"], &line["Conflicts"], &line["Account"]), (&json!(3), &json!(0), &json!("000000000001")));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Account"], []]));
    }
}

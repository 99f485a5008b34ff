//! Retriers and catchers: which errors they match and how long a retrier waits.
//! Must not know how a task runs, nor read a clock.

use super::definition::DefinitionError;
use super::fields::{Fields, SECONDS_MAX};
use super::path::Path;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

pub(super) const ALL: &str = "States.ALL";
pub(super) const TASK_FAILED: &str = "States.TaskFailed";
pub(super) const TIMEOUT: &str = "States.Timeout";
pub(crate) const RUNTIME: &str = "States.Runtime";
pub(super) const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
pub(super) const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
pub(super) const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
/// What the specification says. From AWS itself, States.Runtime (which nothing catches) is reported instead.
pub(super) const PARAMETER_PATH_FAILURE: &str = "States.ParameterPathFailure";
pub(super) const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";

/// The reserved names that a clause may match here; the others belong to what is not implemented.
const MATCHABLE: [&str; 6] = [ALL, TASK_FAILED, TIMEOUT, PARAMETER_PATH_FAILURE, RESULT_PATH_MATCH_FAILURE, "States.Permissions"];

/// The longest delay that MaxDelaySeconds may name, exclusive. Also what backing off stops at without it.
const DELAY_SECONDS_LIMIT: u64 = 31_622_400;

/// The error names of one clause.
#[derive(Debug, Clone)]
pub(super) struct ErrorEquals(Vec<String>);

#[derive(Debug, Clone)]
pub(super) struct Retrier {
    pub(super) errors: ErrorEquals,
    pub(super) attempts_max: u64,
    interval_seconds: u64,
    backoff_rate: f64,
    delay_seconds_max: u64,
    has_full_jitter: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Catcher {
    pub(super) errors: ErrorEquals,
    pub(super) result_path: Option<Path>,
    pub(super) next: String,
}

impl ErrorEquals {
    fn parse(fields: &mut Fields<'_>, is_last: bool) -> Result<ErrorEquals, DefinitionError> {
        let mut names = Vec::new();
        for (_, value) in fields.list("ErrorEquals")? {
            let name = value.as_str().ok_or_else(|| fields.refuse("ErrorEquals", "has to hold strings"))?;
            if name.starts_with("States.") && !MATCHABLE.contains(&name) {
                return Err(fields.refuse("ErrorEquals", format!("{name} cannot be matched, or is not implemented")));
            }
            names.push(name.to_owned());
        }
        let has_all = names.iter().any(|name| name == ALL);
        match names.len() {
            0 => Err(fields.refuse("ErrorEquals", "is missing")),
            1 if has_all && !is_last => Err(fields.refuse("ErrorEquals", "States.ALL has to be in the last clause")),
            count if count > 1 && has_all => Err(fields.refuse("ErrorEquals", "States.ALL has to stand alone")),
            _ => Ok(ErrorEquals(names)),
        }
    }

    pub(super) fn matches(&self, error: &str) -> bool {
        let is_terminal = error == RUNTIME || error == DATA_LIMIT_EXCEEDED;
        self.0.iter().any(|name| match name.as_str() {
            ALL => !is_terminal,
            TASK_FAILED => !is_terminal && error != TIMEOUT,
            name => name == error,
        })
    }
}

impl Retrier {
    pub(super) fn parse(state: &str, place: &str, value: &Value, is_last: bool) -> Result<Retrier, DefinitionError> {
        let mut fields = Fields::of(Some(state), place, value)?;
        let backoff_rate = fields.take("BackoffRate").map_or(Some(2.0), Value::as_f64).filter(|rate| *rate >= 1.0);
        let retrier = Retrier {
            errors: ErrorEquals::parse(&mut fields, is_last)?,
            attempts_max: fields.whole("MaxAttempts", 0..=SECONDS_MAX)?.unwrap_or(3),
            interval_seconds: fields.whole("IntervalSeconds", 1..=SECONDS_MAX)?.unwrap_or(1),
            backoff_rate: backoff_rate.ok_or_else(|| fields.refuse("BackoffRate", "has to be a number of at least 1"))?,
            delay_seconds_max: fields.whole("MaxDelaySeconds", 1..=DELAY_SECONDS_LIMIT - 1)?.unwrap_or(DELAY_SECONDS_LIMIT),
            has_full_jitter: match fields.text("JitterStrategy")? {
                None | Some("NONE") => false,
                Some("FULL") => true,
                Some(_) => return Err(fields.refuse("JitterStrategy", "has to be NONE or FULL")),
            },
        };
        fields.finish()?;
        Ok(retrier)
    }

    /// How long to wait after `used` retries by this retrier.
    pub(super) fn delay_millis(&self, used: u64, jitter: &mut ChaCha8Rng) -> u64 {
        let grown = self.interval_seconds as f64 * self.backoff_rate.powf(used as f64);
        let millis = (grown.min(self.delay_seconds_max as f64) * 1000.0).round() as u64;
        if self.has_full_jitter { jitter.random_range(0..=millis) } else { millis }
    }
}

impl Catcher {
    pub(super) fn parse(state: &str, place: &str, value: &Value, is_last: bool) -> Result<Catcher, DefinitionError> {
        let mut fields = Fields::of(Some(state), place, value)?;
        let catcher = Catcher {
            errors: ErrorEquals::parse(&mut fields, is_last)?,
            result_path: fields.document_path("ResultPath")?,
            next: fields.need_text("Next")?.to_owned(),
        };
        fields.finish()?;
        Ok(catcher)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use serde_json::json;

    fn delays(retrier: Value, seed: u64) -> Vec<u64> {
        let retrier = Retrier::parse("Work", "Retry[0]", &retrier, true).unwrap();
        let mut jitter = ChaCha8Rng::seed_from_u64(seed);
        (0..6).map(|used| retrier.delay_millis(used, &mut jitter)).collect()
    }

    #[test]
    fn delays_grow_by_the_rate_up_to_the_maximum() {
        assert_eq!(delays(json!({"ErrorEquals": ["A"]}), 1), [1000, 2000, 4000, 8000, 16_000, 32_000]);
        let capped = json!({"ErrorEquals": ["A"], "IntervalSeconds": 2, "BackoffRate": 1.5, "MaxDelaySeconds": 5});
        assert_eq!(delays(capped, 1), [2000, 3000, 4500, 5000, 5000, 5000]);
    }

    #[test]
    fn full_jitter_stays_below_the_delay_and_follows_the_seed() {
        let retrier = json!({"ErrorEquals": ["A"], "IntervalSeconds": 8, "BackoffRate": 1, "JitterStrategy": "FULL"});
        let drawn = delays(retrier.clone(), 7);
        assert!(drawn.iter().all(|delay| *delay <= 8000), "{drawn:?}");
        assert_eq!(drawn, delays(retrier.clone(), 7));
        assert_ne!(drawn, delays(retrier, 8));
    }

    #[test]
    fn wildcards_leave_out_what_the_guide_says() {
        let matched = |name: &str, error: &str| ErrorEquals(vec![name.to_owned()]).matches(error);
        assert!(matched(ALL, "Mine") && matched(ALL, TIMEOUT));
        assert!(!matched(ALL, RUNTIME) && !matched(ALL, DATA_LIMIT_EXCEEDED));
        assert!(matched(TASK_FAILED, "Mine") && matched(TASK_FAILED, "Lambda.Unknown"));
        assert!(!matched(TASK_FAILED, TIMEOUT) && !matched(TASK_FAILED, RUNTIME));
        assert!(matched("Mine", "Mine") && !matched("Mine", "Yours"));
    }
}

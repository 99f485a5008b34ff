//! How long to wait before the next look. Must not know what is looked at.

use crate::bounds::{
    AWS_LOOKS_MAX, AWS_WAIT_SECONDS_MAX, CLOSE_LOOKS_SECONDS, DNS_WATCH_SECONDS_MAX, LONG_LOOK_SECONDS_MAX, LOOK_SECONDS_MAX,
    LOOK_SECONDS_MIN, MANY_MOVES_LOOK_SECONDS, MOVES_LOOKED_AT_CLOSELY, SLOW_LOOK_SECONDS, SLOW_LOOKS_SECONDS, TIMED_LOOKS,
    WAIT_SECONDS_MAX, WATCH_LOOK_SECONDS_MAX,
};
use crate::document::Cutover;
use crate::plan::{Edit, Settle};
use jiff::Timestamp;

impl Cutover {
    /// How long to wait before the next look, seconds: never longer than a claim can bear.
    pub(crate) fn pause(&self, now: Timestamp) -> u32 {
        self.pause_wanted(now).min(WAIT_SECONDS_MAX)
    }

    fn pause_wanted(&self, now: Timestamp) -> u32 {
        let Ok((settle, since)) = self.settling() else { return LOOK_SECONDS_MIN };
        let elapsed = u32::try_from(now.as_second() - since.as_second()).unwrap_or(0);
        let usual = LOOK_SECONDS_MIN + self.salt() % (LOOK_SECONDS_MAX - LOOK_SECONDS_MIN + 1);
        match settle.seconds() {
            Some(seconds) => {
                let left = seconds.saturating_sub(elapsed);
                let pace = (seconds / TIMED_LOOKS).max(LOOK_SECONDS_MAX);
                left.clamp(LOOK_SECONDS_MIN, pace)
            }
            // Others take minutes or days: a look comes after another tenth of what it has taken already.
            None if self.watched_for(&settle).is_some() => (elapsed / 10).clamp(usual, WATCH_LOOK_SECONDS_MAX),
            None => {
                // Many moves, one after the other, must not fill the history either.
                let many = self.progress.moved_last.is_some() && self.moving().len() > MOVES_LOOKED_AT_CLOSELY;
                let usual = if many { MANY_MOVES_LOOK_SECONDS } else { usual };
                let slow = (elapsed.saturating_sub(CLOSE_LOOKS_SECONDS) / 4).min(SLOW_LOOK_SECONDS);
                slow.max(elapsed.saturating_sub(SLOW_LOOKS_SECONDS) / 4).clamp(usual, LONG_LOOK_SECONDS_MAX)
            }
        }
    }

    /// For how long others are watched at the most, seconds, where it is others who are waited for: a proof too may be theirs
    /// to stage.
    fn watched_for(&self, settle: &Settle) -> Option<i64> {
        let theirs = || matches!(self.edit_now(), Ok(Edit::AskForProofs { .. })).then_some(DNS_WATCH_SECONDS_MAX);
        if *settle == Settle::ProofVisible { theirs() } else { settle.watch_seconds_max() }
    }

    /// Whether others have been watched for as long as they are.
    pub(crate) fn watched_too_long(&self, now: Timestamp) -> bool {
        let too_long = |settle: &Settle, since: Timestamp| {
            self.watched_for(settle).is_some_and(|seconds| now.as_second() - since.as_second() >= seconds)
        };
        self.settling().is_ok_and(|(settle, since)| too_long(&settle, since))
    }

    /// Whether AWS was waited for as often, or for as long, as it is.
    pub(crate) fn awaited_too_long(&self, now: Timestamp) -> bool {
        let is_awss = |settle: &Settle| settle.seconds().is_none() && self.watched_for(settle).is_none();
        let is_over = |since: Timestamp| self.looks >= AWS_LOOKS_MAX || now.as_second() - since.as_second() >= AWS_WAIT_SECONDS_MAX;
        self.settling().is_ok_and(|(settle, since)| is_awss(&settle) && is_over(since))
    }

    /// A number that differs from look to look and from run to run, so that runs do not look in step.
    fn salt(&self) -> u32 {
        let text = format!("{}/{}/{}", self.execution.id, self.progress.at, self.looks);
        text.bytes().fold(2_166_136_261, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619)) >> 8
    }
}

#[cfg(test)]
mod tests;

//! The virtual clock: tokio's paused time, read as a time of day. The SDK signs, retries and times out by it,
//! the world and the interpreter live by it. Must not ask the machine for the time.

use crate::interpreter::Time;
use crate::world::Millis;
use async_trait::async_trait;
use aws_smithy_async::time::TimeSource;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Counts from the moment it was made.
#[derive(Debug, Clone, Copy)]
pub struct VirtualClock {
    began: Instant,
    start: Millis,
}

impl VirtualClock {
    /// A clock that shows `start` now. Only inside a runtime whose time is paused.
    pub fn new(start: Millis) -> Self {
        Self { began: Instant::now(), start }
    }

    /// Now.
    pub fn now(&self) -> Millis {
        self.start + Millis::try_from(self.began.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// Waits, in virtual time.
    pub async fn sleep(&self, millis: Millis) {
        tokio::time::sleep(Duration::from_millis(u64::try_from(millis).unwrap_or(0))).await;
    }
}

impl TimeSource for VirtualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(VirtualClock::now(self)).unwrap_or(0))
    }
}

#[async_trait]
impl Time for VirtualClock {
    fn now_millis(&self) -> i64 {
        self.now()
    }

    async fn sleep_millis(&self, millis: u64) {
        self.sleep(Millis::try_from(millis).unwrap_or(Millis::MAX)).await;
    }
}

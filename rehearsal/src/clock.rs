//! The clock of a simulated AWS, read as a time of day: the SDK signs, retries and times out by it, the world and the
//! interpreter live by it. A rehearsal's is tokio's paused time; a served world's runs along with the real one. Must
//! not know what anybody waits for.

use crate::interpreter::Time;
use crate::pace::{Hold, Pace, Work};
use crate::world::Millis;
use async_trait::async_trait;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Counts from the moment it was made. A clone is the same clock.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    began: Instant,
    start: Millis,
    pace: Option<Arc<Pace>>,
}

impl VirtualClock {
    /// A clock that shows `start` now. Only inside a runtime whose time is paused.
    pub fn new(start: Millis) -> Self {
        Self { began: Instant::now(), start, pace: None }
    }

    /// A clock that shows `start` now and runs `speed` times as fast as the real one, or slower where the machine
    /// does not keep up. Only inside a runtime whose time is not paused.
    pub fn paced(start: Millis, speed: f64) -> Self {
        Self { began: Instant::now(), start, pace: Some(Arc::new(Pace::new(speed))) }
    }

    /// The same, standing unless somebody is [at work](Self::at_work).
    pub fn paced_by_work(start: Millis, speed: f64) -> Self {
        Self { began: Instant::now(), start, pace: Some(Arc::new(Pace::new(speed).standing_without_work())) }
    }

    /// Now.
    pub fn now(&self) -> Millis {
        let passed = self.pace.as_ref().map_or_else(|| self.began.elapsed(), |pace| pace.passed());
        self.start + Millis::try_from(passed.as_millis()).unwrap_or(Millis::MAX)
    }

    /// Waits, in simulated time.
    pub async fn sleep(&self, millis: Millis) {
        self.sleep_for(Duration::from_millis(u64::try_from(millis).unwrap_or(0))).await;
    }

    /// The same.
    pub async fn sleep_for(&self, duration: Duration) {
        match &self.pace {
            None => tokio::time::sleep(duration).await,
            Some(pace) => pace.sleep(duration).await,
        }
    }

    /// Stops the clock until the answer is dropped: computing takes no simulated time. Paused time stands anyway.
    pub fn hold(&self) -> Option<Hold> {
        self.pace.as_ref().map(Hold::new)
    }

    /// Runs `work`, which takes simulated time only where it waits.
    pub async fn standing_while_it_computes<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            let _hold = self.hold();
            work.as_mut().poll(context)
        })
        .await
    }

    /// Does the same with `work` that lets a clock go on that stands without any.
    pub async fn at_work<T>(&self, work: impl Future<Output = T>) -> T {
        let (mut work, mut present) = (pin!(work), None);
        poll_fn(|context| {
            // Held at both ends of the work, so that no moment passes that is not waited for.
            let _hold = self.hold();
            present = present.take().or_else(|| self.pace.as_ref().map(Work::new));
            let polled = work.as_mut().poll(context);
            if polled.is_ready() {
                present = None;
            }
            polled
        })
        .await
    }
}

impl TimeSource for VirtualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(VirtualClock::now(self)).unwrap_or(0))
    }
}

impl AsyncSleep for VirtualClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        Sleep::new(async move { clock.sleep_for(duration).await })
    }
}

#[async_trait]
impl Time for VirtualClock {
    fn now_millis(&self) -> i64 {
        self.now()
    }

    async fn sleep_millis(&self, millis: u64) {
        VirtualClock::sleep(self, Millis::try_from(millis).unwrap_or(Millis::MAX)).await;
    }
}

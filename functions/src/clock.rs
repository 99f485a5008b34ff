//! The time, and waiting, as the SDK's configuration gives them. Must not ask the machine for the time.

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_types::SdkConfig;
use jiff::Timestamp;
use std::time::Duration;

/// Tells the time and waits.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    time: SharedTimeSource,
    sleep: SharedAsyncSleep,
}

impl Clock {
    /// The clock that `config`'s clients sign and retry by.
    pub(crate) fn of(config: &SdkConfig) -> Self {
        Self {
            time: config.time_source().unwrap_or_default(),
            sleep: config.sleep_impl().unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new())),
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::try_from(self.time.now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Waits.
    pub(crate) async fn sleep_millis(&self, millis: u64) {
        self.sleep.sleep(Duration::from_millis(millis)).await;
    }
}

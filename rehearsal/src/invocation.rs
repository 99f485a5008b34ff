//! One invocation of a function: the calls that it makes, and what happens to it at one of them. Must not know what the
//! function does, nor who invoked it.

use crate::clock::VirtualClock;
use crate::staging::{Accident, Call, Mishap, Side};
use crate::tape::Recorded;
use crate::world::journal::Writer;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

tokio::task_local! {
    /// The invocation that the present task is.
    static PRESENT: Arc<Invocation>;
}

/// Accidents that have not happened yet.
#[derive(Debug, Default)]
pub(crate) struct Accidents(Mutex<Vec<Accident>>);

impl Accidents {
    /// All that are to happen.
    pub(crate) fn new(all: Vec<Accident>) -> Self {
        Self(Mutex::new(all))
    }

    fn take(&self, wanted: impl Fn(&Accident) -> bool) -> Option<Mishap> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = waiting.iter().position(wanted)?;
        Some(waiting.remove(at).what)
    }

    /// Those that never came to pass.
    pub(crate) fn left(&self) -> Vec<Accident> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Who hears of each call that was answered.
pub(crate) trait Hears: Send + Sync {
    /// This call was answered.
    fn answered(&self, call: &Call);
}

/// One invocation.
pub(crate) struct Invocation {
    writer: Writer,
    made: AtomicU64,
    accidents: Arc<Accidents>,
    hears: Arc<dyn Hears>,
    killed: Notify,
    frozen_seconds: AtomicU64,
    freezes: Notify,
    thawed: Notify,
    /// Its calls so far; none where something happened to it, which would happen again elsewhere.
    recorded: Mutex<Option<Vec<Recorded>>>,
    /// How often it asked as a viewer does.
    asked: AtomicU64,
}

/// The function's process ended before it answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Killed;

impl Invocation {
    /// The invocation that `writer` is.
    pub(crate) fn new(writer: Writer, accidents: &Arc<Accidents>, hears: Arc<dyn Hears>) -> Arc<Self> {
        Arc::new(Self {
            writer,
            made: AtomicU64::new(0),
            accidents: Arc::clone(accidents),
            hears,
            killed: Notify::new(),
            frozen_seconds: AtomicU64::new(0),
            freezes: Notify::new(),
            thawed: Notify::new(),
            recorded: Mutex::new(Some(vec![])),
            asked: AtomicU64::new(0),
        })
    }

    /// Who makes its calls.
    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The invocation that makes the present call, if it is one.
    pub(crate) fn present() -> Option<Arc<Self>> {
        PRESENT.try_with(Arc::clone).ok()
    }

    fn recorded(&self) -> MutexGuard<'_, Option<Vec<Recorded>>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a call that took effect.
    pub(crate) fn record(&self, call: Recorded) {
        if let Some(calls) = self.recorded().as_mut() {
            calls.push(call);
        }
    }

    /// Keeps that it asked as a viewer does.
    pub(crate) fn record_viewer(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// All its calls, and how often it asked as a viewer; nothing where something happened to it.
    pub(crate) fn told(&self) -> Option<(Vec<Recorded>, u64)> {
        self.recorded().take().map(|calls| (calls, self.asked.load(Ordering::Relaxed)))
    }

    /// Runs `work` as this invocation, as long as it lives.
    pub(crate) async fn live<T>(self: Arc<Self>, clock: &VirtualClock, work: impl Future<Output = T>) -> Result<T, Killed> {
        let mut work = pin!(PRESENT.scope(Arc::clone(&self), work));
        // Each turn but the last is one accident of the staging.
        loop {
            tokio::select! {
                biased;
                () = self.killed.notified() => return Err(Killed),
                () = self.freezes.notified() => {
                    // Nothing of it is polled meanwhile: its own timers see afterwards that they are late.
                    clock.sleep_for(std::time::Duration::from_secs(self.frozen_seconds.load(Ordering::Relaxed))).await;
                    self.thawed.notify_one();
                }
                answer = &mut work => return Ok(answer),
            }
        }
    }

    /// Before the call takes effect.
    pub(crate) async fn before(&self, call: &Call) {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.meet(call, Side::Before).await;
    }

    /// Once it has, and before the function hears of it.
    pub(crate) async fn after(&self, call: &Call) {
        self.hears.answered(call);
        self.meet(call, Side::After).await;
    }

    async fn meet(&self, call: &Call, side: Side) {
        let made = self.made.load(Ordering::Relaxed);
        match self.accidents.take(|accident| accident.side == side && accident.at.is(call, &self.writer.step, self.writer.invocation, made))
        {
            None => {}
            Some(Mishap::Killed) => {
                self.killed.notify_one();
                std::future::pending::<()>().await;
            }
            Some(Mishap::Frozen { seconds }) => {
                *self.recorded() = None;
                self.frozen_seconds.store(seconds, Ordering::Relaxed);
                self.freezes.notify_one();
                self.thawed.notified().await;
            }
        }
    }
}

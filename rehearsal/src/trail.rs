//! The bus between CloudTrail and the sentinel: hands over each event when it is due, again where the function failed, and
//! gives up as Lambda does. Must not know what an event tells.

use crate::clock::VirtualClock;
use crate::plug::SharedWorld;
use crate::run::members;
use crate::world::Millis;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The function that hears of every write.
pub const SENTINEL: &str = "watch_writes";
/// How long after each failure Lambda tries an event again, milliseconds; then it is a dead letter.
const AGAIN_AFTER_MILLIS: [Millis; 2] = [60_000, 120_000];

/// Who runs the function.
#[async_trait]
pub(crate) trait Invokes: Send + Sync {
    /// Hands `input` to the function called `step`; the error is for a person.
    async fn hand_over(&self, step: &str, input: &Value) -> Result<(), String>;
}

/// The bus of one world.
pub(crate) struct Bus {
    world: SharedWorld,
    clock: VirtualClock,
    to: Arc<dyn Invokes>,
    members: String,
    under_way: JoinSet<()>,
}

impl Bus {
    /// From the trail of `world` to the sentinel.
    pub(crate) fn new(world: &SharedWorld, clock: &VirtualClock, to: Arc<dyn Invokes>) -> Self {
        let members = members(&world.lock());
        Self { world: world.clone(), clock: clock.clone(), to, members, under_way: JoinSet::new() }
    }

    /// Delivers until `work` is done; and then, where that is all, what has not been delivered yet. Returns when `work` was done.
    pub(crate) async fn alongside<T>(mut self, work: impl Future<Output = T>) -> (T, Millis) {
        let done = tokio::select! {
            biased;
            done = work => done,
            () = self.deliver() => return std::future::pending().await,
        };
        let end = self.clock.now();
        loop {
            while self.under_way.join_next().await.is_some() {}
            let Some(due) = self.world.lock().trail.next() else { return (done, end) };
            self.clock.sleep(due - self.clock.now()).await;
            self.hand_over_what_is_due();
        }
    }

    /// Delivers for ever.
    pub(crate) async fn deliver(&mut self) {
        let news = self.world.lock().trail.news();
        // Bounded by whoever drops it.
        loop {
            self.hand_over_what_is_due();
            while self.under_way.try_join_next().is_some() {}
            let next = self.world.lock().trail.next();
            let due = async {
                match next {
                    Some(due) => self.clock.sleep(due - self.clock.now()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = news.notified() => {}
            }
        }
    }

    /// The next event that is due. The world is free again when it is handed over.
    fn take(&self, now: Millis) -> Option<Value> {
        self.world.lock().trail.take(now)
    }

    fn hand_over_what_is_due(&mut self) {
        let now = self.clock.now();
        while let Some(event) = self.take(now) {
            let input = json!({"members": self.members, "event": event});
            let (to, clock, world) = (Arc::clone(&self.to), self.clock.clone(), self.world.clone());
            // Time stands until the function has begun: an event is never late because the machine is.
            let (handing_over, computing) = (clock.hold(), clock.clone());
            let handed_over = async move {
                drop(handing_over);
                let mut why = to.hand_over(SENTINEL, &input).await;
                for pause in AGAIN_AFTER_MILLIS {
                    if why.is_ok() {
                        return;
                    }
                    clock.sleep(pause).await;
                    why = to.hand_over(SENTINEL, &input).await;
                }
                if let Err(why) = why {
                    world.lock().tell(clock.now(), "dead letter of the sentinel", why);
                }
            };
            self.under_way.spawn(async move { computing.standing_while_it_computes(handed_over).await });
        }
    }
}

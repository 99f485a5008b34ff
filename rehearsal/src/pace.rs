//! Simulated time that runs along with the real one, many times as fast. It never runs past a moment that somebody
//! waits for before they have seen it, and stands while steps compute: a slow machine makes it slower, and never
//! shows up as AWS being slow. Where it is told to, it stands whenever nobody is at work. Must not know what anybody
//! waits for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Real time for which a moment waits for whoever waits for it, on a machine however busy. Time does not stop for good for
/// somebody who was forgotten.
const UNSEEN_MAX: Duration = Duration::from_secs(30);

/// Real time after which somebody who has to let others go first looks again.
const SOON: Duration = Duration::from_micros(50);

/// How simulated time passes.
#[derive(Debug)]
pub struct Pace {
    speed: f64,
    unseen_max: Duration,
    books: Mutex<Books>,
}

#[derive(Debug)]
struct Books {
    /// Simulated, since the beginning.
    passed: Duration,
    /// Up to when real time has been counted.
    counted: Instant,
    /// How many hold it.
    holds: usize,
    /// How many are at work, where time stands without anybody who is.
    at_work: Option<usize>,
    /// Moments that are waited for, and since when in real time they are there.
    due: BTreeMap<(Duration, u64), Option<Instant>>,
    /// Number of the next that waits.
    next: u64,
}

impl Books {
    /// Counts the real time up to now, and says how much simulated time has passed.
    fn count(&mut self, speed: f64, unseen_max: Duration) -> Duration {
        let now = Instant::now();
        let real = now.saturating_duration_since(self.counted);
        self.counted = now;
        let stands = self.holds > 0 || self.at_work == Some(0);
        let gone = if stands { Duration::ZERO } else { Duration::try_from_secs_f64(real.as_secs_f64() * speed).unwrap_or_default() };
        let mut wanted = self.passed.saturating_add(gone);
        // Bounded by the number that wait.
        while let Some(mut first) = self.due.first_entry() {
            let moment = first.key().0;
            if moment > wanted {
                break;
            }
            let since = *first.get_mut().get_or_insert(now);
            if now.saturating_duration_since(since) < unseen_max {
                wanted = moment.max(self.passed);
                break;
            }
            first.remove();
        }
        self.passed = wanted;
        wanted
    }
}

impl Pace {
    /// Simulated time that begins now.
    pub fn new(speed: f64) -> Self {
        let books = Books { passed: Duration::ZERO, counted: Instant::now(), holds: 0, at_work: None, due: BTreeMap::new(), next: 0 };
        Self { speed, unseen_max: UNSEEN_MAX, books: Mutex::new(books) }
    }

    fn count(&self, books: &mut Books) -> Duration {
        books.count(self.speed, self.unseen_max)
    }

    /// The same, standing unless somebody is at work.
    pub fn standing_without_work(self) -> Self {
        self.books().at_work = Some(0);
        self
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Simulated time since the beginning.
    pub fn passed(&self) -> Duration {
        self.count(&mut self.books())
    }

    /// Returns once that much simulated time has passed.
    pub async fn sleep(self: &Arc<Self>, duration: Duration) {
        let due = Due::new(self, duration);
        // Bounded by time, which passes while this waits.
        loop {
            let left = due.moment.0.saturating_sub(self.passed());
            if left.is_zero() && due.is_next() {
                return;
            }
            let real = Duration::try_from_secs_f64(left.as_secs_f64() / self.speed).unwrap_or(UNSEEN_MAX).max(SOON);
            tokio::time::sleep(real).await;
        }
    }
}

/// Somebody who waits, for as long as they do.
struct Due {
    pace: Arc<Pace>,
    moment: (Duration, u64),
}

/// Whole milliseconds, the rest left out.
fn whole(duration: Duration) -> Duration {
    Duration::new(duration.as_secs(), duration.subsec_millis() * 1_000_000)
}

impl Due {
    /// From the millisecond that everybody reads now to one at least `duration` later, so that a wait is as long as
    /// its waiter can tell.
    fn new(pace: &Arc<Pace>, duration: Duration) -> Self {
        let mut books = pace.books();
        let moment = whole(pace.count(&mut books)).saturating_add(whole(duration.saturating_add(Duration::from_nanos(999_999))));
        let moment = (moment, books.next);
        books.next += 1;
        books.due.insert(moment, None);
        drop(books);
        Self { pace: Arc::clone(pace), moment }
    }

    /// Whether nobody waits for an earlier moment, nor waited for the same one before: of those whose moment has come, each has
    /// its turn in the order in which they began to wait, however late the machine wakes them.
    fn is_next(&self) -> bool {
        self.pace.books().due.range(..self.moment).next().is_none()
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        let mut books = self.pace.books();
        self.pace.count(&mut books);
        books.due.remove(&self.moment);
    }
}

/// Time stands for as long as this is there.
#[derive(Debug)]
pub struct Hold(Arc<Pace>);

impl Hold {
    /// Stops `pace`.
    pub fn new(pace: &Arc<Pace>) -> Self {
        let mut books = pace.books();
        pace.count(&mut books);
        books.holds += 1;
        drop(books);
        Self(Arc::clone(pace))
    }
}

/// Somebody is at work for as long as this is there.
#[derive(Debug)]
pub struct Work(Arc<Pace>);

impl Work {
    /// Lets `pace` go on.
    pub fn new(pace: &Arc<Pace>) -> Self {
        let mut books = pace.books();
        pace.count(&mut books);
        books.at_work = books.at_work.map(|at_work| at_work + 1);
        drop(books);
        Self(Arc::clone(pace))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let mut books = self.0.books();
        self.0.count(&mut books);
        books.at_work = books.at_work.map(|at_work| at_work.saturating_sub(1));
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut books = self.0.books();
        self.0.count(&mut books);
        books.holds = books.holds.saturating_sub(1);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn within<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    #[test]
    fn simulated_time_passes_as_many_times_as_fast_and_no_faster() {
        let pace = Arc::new(Pace::new(1000.0));
        let began = Instant::now();
        within(pace.sleep(Duration::from_secs(50)));
        assert!(began.elapsed() >= Duration::from_millis(49), "{:?}", began.elapsed());
        let (passed, real) = (pace.passed(), began.elapsed());
        assert!(passed >= Duration::from_millis(49_999) && passed <= real * 1000 + Duration::from_millis(1), "{passed:?} in {real:?}");
    }

    #[test]
    fn nobody_wakes_after_the_moment_they_waited_for() {
        let pace = Arc::new(Pace::new(100_000.0));
        // Ten times ten seconds, with a timeout of 101 s that a timer as coarse as the machine's would run past.
        let worked = within(async {
            let work = async {
                for _ in 0..10 {
                    let before = pace.passed().as_millis();
                    pace.sleep(Duration::from_secs(10)).await;
                    assert_eq!(pace.passed().as_millis() - before, 10_000);
                }
            };
            // What runs between two waits is held, as a step is.
            let mut work = std::pin::pin!(work);
            let work = std::future::poll_fn(|context| {
                let _hold = Hold::new(&pace);
                work.as_mut().poll(context)
            });
            tokio::select! { biased; () = work => true, () = pace.sleep(Duration::from_secs(101)) => false }
        });
        assert!(worked);
    }

    #[test]
    fn time_stands_while_it_is_held() {
        let pace = Arc::new(Pace::new(100_000.0));
        let hold = Hold::new(&pace);
        let before = pace.passed();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(pace.passed(), before);
        drop(hold);
        std::thread::sleep(Duration::from_millis(5));
        assert!(pace.passed() >= before + Duration::from_secs(400));
    }

    #[test]
    fn time_stands_without_anybody_at_work_where_it_is_told_to() {
        let pace = Arc::new(Pace::new(100_000.0).standing_without_work());
        let waiting = Due::new(&pace, Duration::from_secs(1));
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(pace.passed(), Duration::ZERO);
        let work = Work::new(&pace);
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(pace.passed(), waiting.moment.0);
        drop((waiting, work));
        let before = pace.passed();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(pace.passed(), before);
    }

    #[test]
    fn whoever_is_forgotten_does_not_stop_time() {
        let pace = Arc::new(Pace { unseen_max: Duration::from_secs(1), ..Pace::new(100_000.0) });
        let forgotten = Due::new(&pace, Duration::from_secs(1));
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(pace.passed(), forgotten.moment.0);
        std::thread::sleep(pace.unseen_max);
        pace.passed();
        std::thread::sleep(Duration::from_millis(5));
        assert!(pace.passed() > forgotten.moment.0 + Duration::from_secs(400));
    }
}

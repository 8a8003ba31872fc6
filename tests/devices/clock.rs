//! The device's clock is set back and forward, between runs and while they are under way.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rehome_core::backfill::{Ended, Start};
use rehome_core::clock::{Clock, SystemClock};
use rehome_core::record::Timestamp;

use super::carrying::{Cloud, Phone, is_complete, is_whole};

const YEAR: i64 = 365 * 86_400;

/// The system's clock, set by so many seconds.
#[derive(Default)]
struct SetBy {
    system: SystemClock,
    seconds: AtomicI64,
}

impl SetBy {
    fn set(&self, seconds: i64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for SetBy {
    fn now(&self) -> Timestamp {
        let now = self.system.now();
        Timestamp::new(now.seconds() + self.seconds.load(Ordering::SeqCst), now.nanos()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.system.elapsed()
    }

    fn until<'a>(&'a self, elapsed: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.system.until(elapsed)
    }
}

#[tokio::test]
async fn a_clock_that_is_set_between_runs_and_during_them_changes_nothing_but_times() {
    for (during, after) in [(-YEAR, -3 * YEAR), (YEAR, -YEAR), (-YEAR, YEAR), (YEAR, 3 * YEAR)] {
        let (cloud, mut phone) = (Cloud::new().await, Phone::small());
        let (target, clock) = (cloud.user("ann"), SetBy::default());
        let setting = async {
            cloud.more_commits(4).await;
            clock.set(during);
            cloud.more_commits(3).await;
            phone.control.cancel();
        };
        let (stopped, ()) = tokio::join!(phone.start_at(&target, Start::Resume, &clock), setting);
        let stopped = stopped.unwrap();
        assert!(matches!(stopped.ended, Ended::Cancelled) && stopped.counters.add_up(), "{stopped:?}");

        // Another kind of process goes on: the one before it has given its lease back, whatever its clock said.
        phone.holder = "background task".to_owned();
        phone.control.clear();
        clock.set(after);
        let report = phone.start_at(&target, Start::Resume, &clock).await.unwrap();
        is_complete(&report);
        assert_eq!((report.generation, report.counters.created), (1, phone.rows()));
        cloud.wrote_each_once(phone.rows());
        is_whole(&phone.verify(&target).await, phone.rows());

        clock.set(0);
        let again = phone.start_at(&target, Start::Resume, &clock).await.unwrap();
        is_complete(&again);
        assert_eq!(again.counters.created, phone.rows(), "nothing is left to do");
        cloud.wrote_each_once(phone.rows());
    }
}

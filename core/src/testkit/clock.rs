//! A clock that a test sets.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::record::Timestamp;

/// A clock that goes on when somebody waits and nothing else is to be done, or that stands until a test lets it go on.
#[derive(Debug)]
pub struct FakeClock {
    elapsed: watch::Sender<Duration>,
    /// The time of day when it began, which a test may set.
    began: watch::Sender<Timestamp>,
    stands: bool,
}

impl Default for FakeClock {
    fn default() -> Self {
        Self { elapsed: watch::Sender::default(), began: watch::Sender::new(Timestamp::from_millis(0)), stands: false }
    }
}

impl FakeClock {
    /// One that stands until a test lets it go on.
    pub fn standing() -> Self {
        Self { stands: true, ..Self::default() }
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.elapsed.send_modify(|elapsed| *elapsed += time);
    }

    /// Sets the time of day by so many seconds, back or forward, as people and networks do.
    pub fn set_by(&self, seconds: i64) {
        let began = *self.began.borrow();
        let set = Timestamp::new(began.seconds() + seconds, began.nanos());
        self.began.send_replace(set.unwrap_or(began));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let (began, elapsed) = (*self.began.borrow(), *self.elapsed.borrow());
        let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX >> 8);
        Timestamp::new(began.seconds() + seconds, elapsed.subsec_nanos()).unwrap_or(began)
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.borrow()
    }

    fn until<'a>(&'a self, elapsed: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if !self.stands {
                // Whatever else is to be done is done first.
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                self.elapsed.send_modify(|now| *now = elapsed.max(*now));
                return;
            }
            // The sender is ours: it does not go away.
            let _ = self.elapsed.subscribe().wait_for(|now| *now >= elapsed).await;
        })
    }
}

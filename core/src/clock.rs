//! The time, handed in: a test has its own.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::record::Timestamp;

/// Tells the time, and waits.
pub trait Clock: Send + Sync {
    /// The time of day as this device has it. It may be wrong, and may be set while we look.
    fn now(&self) -> Timestamp;

    /// How long ago some fixed moment was; never goes back.
    fn elapsed(&self) -> Duration;

    /// Waits until [`Clock::elapsed`] is this.
    fn until<'a>(&'a self, elapsed: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// The device's own clock, on tokio's time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
        Timestamp::new(seconds, since.subsec_nanos()).unwrap_or(Timestamp::from_millis(0))
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn until<'a>(&'a self, elapsed: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(tokio::time::sleep(elapsed.saturating_sub(self.elapsed())))
    }
}

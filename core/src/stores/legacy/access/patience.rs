//! Waiting for an app that holds its store's lock, and giving up in time.

use std::time::Duration;

use super::stop::Stop;
use crate::error::Result;
use crate::stores::legacy::failure::is_busy;

const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(100);

/// How long to wait for a lock that somebody else holds: pauses that double, up to a total.
///
/// SQLite's own busy handler is not used: it is not asked for every kind of lock, and nobody can stop it.
pub(crate) struct Patience {
    total: Duration,
    /// Ends the waiting too.
    pub(crate) stop: Stop,
    pause: Box<dyn FnMut(Duration) + Send>,
}

impl Patience {
    /// Waits so long altogether, unless `stop` is set meanwhile.
    pub(crate) fn new(total: Duration, stop: Stop) -> Self {
        Self::pausing(total, stop, std::thread::sleep)
    }

    /// The same with another way to let time pass.
    pub(crate) fn pausing(total: Duration, stop: Stop, pause: impl FnMut(Duration) + Send + 'static) -> Self {
        Self { total, stop, pause: Box::new(pause) }
    }

    /// Tries until nobody is in the way.
    pub(crate) fn retry<T>(&mut self, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
        let mut waited = Duration::ZERO;
        let mut next = SHORTEST;
        loop {
            match attempt() {
                Err(error) if is_busy(&error) && waited < self.total => {}
                answer => return answer,
            }
            self.stop.check()?;
            (self.pause)(next);
            waited += next;
            next = (next * 2).min(LONGEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::error::{Error, ErrorKind};

    fn busy() -> Result<()> {
        Err(Error::new(ErrorKind::Busy, "held"))
    }

    #[test]
    fn a_lock_that_is_given_back_is_waited_for() {
        let mut patience = Patience::pausing(Duration::from_secs(1), Stop::default(), |_| ());
        let mut tries = 0;
        let answer = patience.retry(|| {
            tries += 1;
            if tries < 4 { busy() } else { Ok(()) }
        });
        assert!(answer.is_ok());
        assert_eq!(tries, 4);
    }

    #[test]
    fn a_lock_that_is_kept_is_an_error_when_patience_ends() {
        let paused = Arc::new(std::sync::Mutex::new(Duration::ZERO));
        let sum = paused.clone();
        let total = Duration::from_millis(500);
        let mut patience = Patience::pausing(total, Stop::default(), move |pause| *sum.lock().unwrap() += pause);
        assert_eq!(patience.retry(busy).unwrap_err().kind(), ErrorKind::Busy);
        let paused = *paused.lock().unwrap();
        assert!(paused >= total && paused < total + LONGEST);
    }

    #[test]
    fn whoever_stops_the_work_stops_the_waiting_too() {
        let stop = Stop::default();
        let set = stop.clone();
        let mut patience = Patience::pausing(Duration::MAX, stop, move |_| set.set());
        assert_eq!(patience.retry(busy).unwrap_err().kind(), ErrorKind::Cancelled);
    }
}

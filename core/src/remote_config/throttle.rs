//! How long a service is left alone that did not answer as it should.
//!
//! | failures in a row | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 and more |
//! |---|---|---|---|---|---|---|---|---|
//! | minutes, each times 0.5 to 1.5 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256 |
//!
//! | what was answered | what follows for a fetch | for a stream |
//! |---|---|---|
//! | 429, 500, 502, 503, 504 | counts as a failure | counts as a failure (and 408) |
//! | nothing at all | does not count: the network is at fault | counts as a failure |
//! | anything else | does not count, asking again would not help | the stream is given up |
//! | an answer | ends it | ends it |
//!
//! The times are those of Firebase's client for Android; the one for Apple's systems doubles from two minutes to four
//! hours as well. The one for the web begins with a second, since a page waits for it: nobody waits for a phone's
//! flags, and a service in trouble is helped most by phones that stay away. The answers are those of all three
//! together, and one counts from the first on, as it does for Apple's and the web's. A `Retry-After` that asks for more
//! gets it, up to the longest wait of the table. What is counted is kept across launches; a wait that is longer than
//! the longest is a clock that was set back, and is over.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MINUTES: [u64; 8] = [2, 4, 8, 16, 32, 64, 128, 256];
/// No wait is longer.
pub(super) const LONGEST: Duration = Duration::from_secs(256 * 60 * 3 / 2);

/// Whether a status says that the service is in trouble, and not that it was asked wrongly.
pub(super) fn is_trouble(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// How a service failed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Backoff {
    failures: u32,
    /// In milliseconds since 1970.
    until: Option<i64>,
}

impl Backoff {
    /// Counts a failure at a moment; `chance` is from zero to one. Answers until when to wait.
    pub(super) fn fail(&mut self, now: i64, chance: f64, asked_for: Option<Duration>) -> i64 {
        self.failures = self.failures.saturating_add(1);
        self.wait(now, wait(self.failures, chance).max(asked_for.unwrap_or_default()))
    }

    /// Waits as the service asks, which is no failure.
    pub(super) fn wait(&mut self, now: i64, wait: Duration) -> i64 {
        let millis = i64::try_from(wait.min(LONGEST).as_millis()).unwrap_or(i64::MAX >> 1);
        let until = now.saturating_add(millis);
        self.until = Some(until);
        until
    }

    /// Until when it is to be left alone, where that is not over.
    pub(super) fn until(&self, now: i64) -> Option<i64> {
        let longest = i64::try_from(LONGEST.as_millis()).unwrap_or(i64::MAX);
        self.until.filter(|until| *until > now && until.saturating_sub(now) <= longest)
    }
}

fn wait(failures: u32, chance: f64) -> Duration {
    let at = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX).min(MINUTES.len() - 1);
    Duration::from_secs(MINUTES[at] * 60).mul_f64(0.5 + chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn each_failure_waits_as_the_table_says_and_no_longer_than_its_end() {
        let mut backoff = Backoff::default();
        for minutes in [2, 4, 8, 16, 32, 64, 128, 256, 256, 256] {
            let now = backoff.until.unwrap_or_default();
            assert_eq!(backoff.fail(now, 0.5, None) - now, minutes * MINUTE);
        }
        for (chance, minutes) in [(0.0, 1), (1.0, 3), (7.0, 3), (f64::NEG_INFINITY, 1)] {
            assert_eq!(Backoff::default().fail(0, chance, None), minutes * MINUTE, "{chance}");
        }
    }

    #[test]
    fn who_asks_for_more_gets_it_within_reason() {
        let asked = |seconds| Backoff::default().fail(0, 0.5, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(1), 2 * MINUTE);
        assert_eq!(asked(600), 10 * MINUTE);
        assert_eq!(asked(u64::MAX), 384 * MINUTE);
    }

    #[test]
    fn a_wait_ends_in_time_or_when_the_clock_was_set_back() {
        let mut backoff = Backoff::default();
        let until = backoff.fail(1000 * MINUTE, 0.5, None);
        assert_eq!(backoff.until(until - 1), Some(until));
        assert_eq!(backoff.until(until), None);
        assert_eq!(backoff.until(0), None);
    }

    #[test]
    fn only_a_service_in_trouble_is_left_alone() {
        let trouble: Vec<u16> = (100..600).filter(|status| is_trouble(*status)).collect();
        assert_eq!(trouble, [429, 500, 502, 503, 504]);
    }
}

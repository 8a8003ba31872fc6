//! What to do when a call fails: the one table, and how long to wait.

use std::time::Duration;

use super::settings::Retries;
use crate::error::{Error, ErrorKind, Result};

/// What a failed call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Call again after a while.
    Again,
    /// Call again after a while, and go slower from then on.
    Slower,
    /// Look what is there after a while: the call may have done its work.
    Look,
    /// End the run for now: it can go on when something about the device or the app is different.
    Later,
    /// End the run and tell why.
    Stop,
}

/// After a write that failed as a whole.
pub(crate) fn after_write(kind: ErrorKind) -> Then {
    match kind {
        ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Busy | ErrorKind::Io => Then::Look,
        ErrorKind::Exhausted => Then::Slower,
        ErrorKind::Unauthenticated | ErrorKind::Protected | ErrorKind::Cancelled => Then::Later,
        ErrorKind::BadInput
        | ErrorKind::NotFound
        | ErrorKind::NotAStore
        | ErrorKind::Encrypted
        | ErrorKind::Damaged
        | ErrorKind::Denied
        | ErrorKind::Changed
        | ErrorKind::Unsupported
        | ErrorKind::Fenced
        | ErrorKind::Bug => Then::Stop,
    }
}

/// After something that only reads: from the target, from the source, from the journal. To ask again does no harm.
pub(crate) fn after_reading(kind: ErrorKind) -> Then {
    match after_write(kind) {
        Then::Look => Then::Again,
        then => then,
    }
}

/// After the journal could not write: what it was told is told again as a whole, and only a lock passes by itself.
pub(crate) fn after_save(kind: ErrorKind) -> Then {
    match kind {
        ErrorKind::Busy => Then::Again,
        _ => match after_write(kind) {
            Then::Later => Then::Later,
            Then::Again | Then::Slower | Then::Look | Then::Stop => Then::Stop,
        },
    }
}

/// An error of something that only reads, where it ends the run for now and not for good.
pub(crate) fn only_for_now(error: Error) -> Result<Error> {
    match after_reading(error.kind()) {
        Then::Stop => Err(error),
        Then::Again | Then::Slower | Then::Look | Then::Later => Ok(error),
    }
}

/// How long to wait after so many failures in a row. `chance` is between 0 and 1, so that many devices do not come
/// back at one moment; what the other side asks for is kept at least.
pub(crate) fn wait(retries: &Retries, failures: u32, chance: f64, asked: Option<Duration>) -> Duration {
    let doublings = failures.saturating_sub(1).min(20);
    let longest = retries.first_wait.saturating_mul(1 << doublings).min(retries.longest_wait);
    let jittered = longest.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
    jittered.max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: Retries =
        Retries { attempts: 9, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(60) };

    proptest::proptest! {
        #[test]
        fn a_wait_is_half_to_whole_of_what_doubles_and_never_beyond_the_longest(failures in 1_u32..99, chance: f64) {
            let wait = wait(&RETRIES, failures, chance, None);
            let whole = RETRIES.longest_wait.min(RETRIES.first_wait * (1 << failures.min(10).saturating_sub(1)));
            proptest::prop_assert!(wait >= whole / 2 && wait <= whole);
        }
    }

    #[test]
    fn what_the_other_side_asks_for_is_kept() {
        let asked = Duration::from_secs(300);
        assert_eq!(wait(&RETRIES, 1, 0.0, Some(asked)), asked);
    }

    #[test]
    fn only_what_may_have_happened_is_looked_for() {
        assert_eq!(after_write(ErrorKind::Timeout), Then::Look);
        assert_eq!(after_reading(ErrorKind::Timeout), Then::Again);
        assert_eq!(after_write(ErrorKind::Exhausted), Then::Slower);
        assert_eq!(after_save(ErrorKind::Io), Then::Stop);
    }
}

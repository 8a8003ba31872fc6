//! Asking again where a call may succeed in a moment.

use std::time::Duration;

use crate::clock::Clock;
use crate::error::{Advice, Error, ErrorKind, Result};
use crate::store::Answer;

/// How often something is asked in all.
const TRIES: u32 = 6;
/// How long is waited after the first failure; each further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Who wants to be left alone for longer is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Asks until there is an answer, or a failure that does not pass by itself.
pub(super) async fn patiently<'c, T>(clock: &dyn Clock, mut ask: impl FnMut() -> Answer<'c, T>) -> Result<T> {
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match ask().await {
            Err(error) if passes(&error) => {
                let wanted = error.retry_after().unwrap_or_default();
                clock.until(clock.elapsed() + wait.max(wanted)).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            answer => return answer,
        }
    }
    ask().await
}

fn passes(error: &Error) -> bool {
    let wanted = error.retry_after().unwrap_or_default();
    // A connection that broke is as good as one that could not be had.
    let may_pass = matches!(error.advice(), Advice::Retry | Advice::SlowDown) || error.kind() == ErrorKind::Io;
    may_pass && wanted <= LONGEST_WAIT
}

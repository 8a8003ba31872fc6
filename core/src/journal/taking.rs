//! Taking a lease, or saying who has it.

use std::time::Duration;

use super::{Ask, Journal, Lease, Leased, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Timestamp;

/// How long a holder may be silent before it counts as gone, where nobody says otherwise.
pub const STUCK_AFTER: Duration = Duration::from_secs(300);

/// The right to write a scope's rows.
///
/// # Errors
/// [`Busy`](ErrorKind::Busy) where another kind of process has it and was heard of lately.
pub async fn take_lease(
    journal: &dyn Journal,
    scope: &Scope,
    holder: &str,
    stuck_after: Duration,
    now: Timestamp,
) -> Result<Lease> {
    match journal.lease(scope, holder, Ask::Unheard(stuck_after), now).await? {
        Leased::Yours(lease) => Ok(lease),
        Leased::Held { by, heartbeat } => {
            let message = format!(
                "`{by}` carries these records and was heard of at {heartbeat}; wait for it, or run again {} s after \
                 that, when it counts as gone",
                stuck_after.as_secs()
            );
            Err(Error::new(ErrorKind::Busy, message))
        }
    }
}

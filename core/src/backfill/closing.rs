//! How a migration is closed by somebody's word.

use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Journal, Lease, Run, Saved, Status};
use crate::record::Timestamp;

/// What is said of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closing {
    /// All of it was compared with what is there.
    Verified,
    /// It is done, and no delta is carried any more.
    Sealed,
    /// It ends as it is, whatever is carried: in an emergency. It never counts as verified.
    Forced,
}

/// Closes a migration, or says that it was verified; answers with the run as it stands now.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) where there is none, [`BadInput`](ErrorKind::BadInput) where it has not come so
/// far.
pub async fn close(journal: &dyn Journal, lease: &Lease, closing: Closing, now: Timestamp) -> Result<Run> {
    let missing = || Error::new(ErrorKind::NotFound, "there is no migration of this plan that could be closed; run it");
    let run = journal.run(&lease.scope).await?.ok_or_else(missing)?;
    let status = match closing {
        Closing::Forced => {
            journal.begin(lease, &run.forced(now)).await?;
            return journal.run(&lease.scope).await?.ok_or_else(missing);
        }
        Closing::Verified => Status::Verified,
        Closing::Sealed => Status::Sealed,
    };
    if !matches!(run.status, Status::Complete | Status::Verified | Status::Sealed) {
        let message = format!(
            "the migration is {} and not complete; run it until it is, or force it where that cannot be",
            run.status.word()
        );
        return Err(Error::new(ErrorKind::BadInput, message));
    }
    let saved = Saved {
        status: Some(run.status.max(status)),
        position: run.position.clone(),
        counters: run.counters,
        ..Saved::default()
    };
    journal.save(lease, &saved, now).await?;
    journal.run(&lease.scope).await?.ok_or_else(missing)
}

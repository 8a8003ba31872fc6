//! Tells how a run goes while it goes, from what the journal has.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use super::RemoteState;
use crate::clock::Clock;
use crate::journal::{Journal, Scope};

/// How often the journal is asked; what of it is worth a write is decided apart from that.
const EVERY: Duration = Duration::from_secs(1);
/// For how long the end of the work waits until it is told. An app about to be put to sleep has no more.
const AT_THE_END: Duration = Duration::from_secs(3);

impl RemoteState {
    /// Does some work on a scope's run, such as [`Backfill::run`](crate::backfill::Backfill::run), and tells meanwhile
    /// and at its end how the run stands. What is told is in the journal, so that it is true after a crash too; the work
    /// knows nothing of it.
    pub async fn beside<T>(
        &self,
        journal: &dyn Journal,
        scope: &Scope,
        clock: &dyn Clock,
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = pin!(work);
        let done = loop {
            let tick = async {
                clock.until(clock.elapsed() + EVERY).await;
                self.tell_of(journal, scope, clock).await;
            };
            tokio::select! {
                biased;
                done = &mut work => break done,
                () = tick => {}
            }
        };
        tokio::select! {
            biased;
            () = self.tell_of(journal, scope, clock) => {}
            () = clock.until(clock.elapsed() + AT_THE_END) => {}
        }
        done
    }

    /// A journal that cannot be read now is read the next time.
    async fn tell_of(&self, journal: &dyn Journal, scope: &Scope, clock: &dyn Clock) {
        if let Ok(Some(run)) = journal.run(scope).await {
            self.tell(&run, clock.now()).await;
        }
    }
}

#[cfg(test)]
mod tests;

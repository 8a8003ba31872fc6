//! The migration of one user's records.

use std::sync::Arc;

use rehome_core::phone::{Checking, Migration, MigrationState, Outcome, Progress, ProgressStream, Start};

use crate::error::RehomeError;
use crate::proofs::{Rehearsal, RollbackReport, Verification};
use crate::records::{MigrationStatistics, RefusedDocument, SetAsideRecord};

/// The migration of one user's records. All handles on one user steer the same.
#[derive(uniffi::Object)]
pub struct MigrationHandle(pub(crate) Migration);

/// Gives up what is under way, from any thread: made for a call and passed to it, since not every language tells Rust that
/// nobody waits any more. The call then answers once it has let go of everything.
#[derive(uniffi::Object)]
pub struct Cancelling(rehome_core::phone::Cancelling);

#[uniffi::export]
impl Cancelling {
    /// Nothing is given up yet.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(rehome_core::phone::Cancelling::new()))
    }

    /// Gives it up.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

/// How far a run is, to be asked again and again.
#[derive(uniffi::Object)]
pub struct ProgressHandle(ProgressStream);

#[uniffi::export]
impl ProgressHandle {
    /// The last state at once, and then a few a second while a run goes; none once everything was closed.
    pub async fn next(&self) -> Option<Progress> {
        self.0.next().await
    }
}

#[uniffi::export]
impl MigrationHandle {
    /// Whose it is.
    pub fn owner(&self) -> String {
        self.0.owner().to_owned()
    }

    /// Carries what there is to carry, if the flags let this user in: to be called at every launch.
    pub async fn run_if_needed(&self) -> Result<Outcome, RehomeError> {
        Ok(self.0.run_if_needed().await?)
    }

    /// The same from where the caller says.
    pub async fn run_from(&self, start: Start) -> Result<Outcome, RehomeError> {
        Ok(self.0.run_from(start).await?)
    }

    /// Carries whatever the percentages say, and goes on where a run stood still. A stop from afar is obeyed all the same.
    pub async fn force_run(&self) -> Result<Outcome, RehomeError> {
        Ok(self.0.force_run().await?)
    }

    /// How far a run is.
    pub fn progress(&self) -> Arc<ProgressHandle> {
        Arc::new(ProgressHandle(self.0.progress()))
    }

    /// Stops, and stays stopped across launches until `resume`.
    pub fn pause(&self) {
        self.0.pause();
    }

    /// Goes on where it was paused, or where it stands still until somebody has looked: somebody has.
    pub async fn resume(&self) -> Result<Outcome, RehomeError> {
        Ok(self.0.resume().await?)
    }

    /// Stops a run as soon as what is under way is answered, and whatever else nobody may do beside one.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Stops at once, for an app that is about to be put to sleep, and waits until everything is on disk and no lock is
    /// held.
    pub async fn suspend(&self) {
        self.0.suspend().await;
    }

    /// How it stands on this device. Nobody is asked.
    pub async fn state(&self) -> Result<MigrationState, RehomeError> {
        Ok(self.0.state().await?)
    }

    /// What it has come to on this device. Nobody is asked.
    pub async fn statistics(&self) -> Result<MigrationStatistics, RehomeError> {
        Ok(self.0.statistics().await?.into())
    }

    /// The same for whoever cannot wait.
    pub fn statistics_now(&self) -> Result<MigrationStatistics, RehomeError> {
        Ok(self.0.statistics_now()?.into())
    }

    /// Reads and maps everything and sends nothing: what each record would become, and which cannot be moved.
    #[uniffi::method(default(cancelling = None))]
    pub async fn rehearse(&self, cancelling: Option<Arc<Cancelling>>) -> Result<Rehearsal, RehomeError> {
        Ok(self.until(cancelling).rehearse().await?.into())
    }

    /// Reads everything again and holds it against what is in Firestore: all of it, or so many documents of a hundred.
    /// `repairs` creates what is missing and replaces what is older.
    #[uniffi::method(default(sample_percent = None, repairs = false, cancelling = None))]
    pub async fn verify(
        &self,
        sample_percent: Option<u8>,
        repairs: bool,
        cancelling: Option<Arc<Cancelling>>,
    ) -> Result<Verification, RehomeError> {
        Ok(Verification::of(self.until(cancelling).verify(Checking { sample_percent, repairs }).await?)?)
    }

    /// Deletes from Firestore what this migration wrote and nobody has changed since; in a dry run says what would be.
    #[uniffi::method(default(cancelling = None))]
    pub async fn roll_back(
        &self,
        is_dry_run: bool,
        cancelling: Option<Arc<Cancelling>>,
    ) -> Result<RollbackReport, RehomeError> {
        Ok(self.until(cancelling).roll_back(is_dry_run).await?.into())
    }

    /// Ends a complete migration: later runs carry nothing any more.
    pub async fn seal(&self) -> Result<(), RehomeError> {
        Ok(self.0.seal().await?)
    }

    /// What is set aside, at most `limit` after the one of that number; to begin with after 0.
    #[uniffi::method(default(after = 0, limit = 100))]
    pub async fn set_aside(&self, after: u64, limit: u32) -> Result<Vec<SetAsideRecord>, RehomeError> {
        let page = self.0.set_aside(after, limit as usize).await?;
        Ok(page.into_iter().map(SetAsideRecord::from).collect())
    }

    /// The documents of one that is set aside which Firestore refused, where there are some.
    pub async fn refused(&self, number: u64) -> Result<Vec<RefusedDocument>, RehomeError> {
        Ok(self.0.refused(number).await?.into_iter().map(RefusedDocument::from).collect())
    }

    /// Forgets some of what is set aside, by number: the next run that reads those records decides anew.
    pub async fn drop_set_aside(&self, numbers: Vec<u64>) -> Result<(), RehomeError> {
        Ok(self.0.drop_set_aside(numbers).await?)
    }
}

impl MigrationHandle {
    fn until(&self, cancelling: Option<Arc<Cancelling>>) -> Migration {
        cancelling.map_or_else(|| self.0.clone(), |cancelling| self.0.cancelled_by(cancelling.0.clone()))
    }
}

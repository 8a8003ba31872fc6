//! The flags, and who is in.

use std::time::Duration;

use rehome_core::phone::PhoneFlags;
use rehome_core::record::Timestamp;
use rehome_core::rollout::{Bucket, Whom};

use crate::error::RehomeError;
use crate::steered::{FlagExplanation, FlagsStatus, Forced, UserRoute};

/// The flags. What is asked is answered by what is known on this device; only `refresh` and the fetches ask somebody.
#[derive(uniffi::Object)]
pub struct FlagsHandle(pub(crate) PhoneFlags);

#[uniffi::export]
impl FlagsHandle {
    /// Whether a user's records are carried.
    pub async fn should_enable_backfill(&self, owner: String) -> Result<bool, RehomeError> {
        Ok(self.0.should_enable_backfill(owner).await?)
    }

    /// The same for whoever cannot wait: it reads the journal on the caller's thread, well under a millisecond.
    pub fn should_enable_backfill_now(&self, owner: String) -> Result<bool, RehomeError> {
        Ok(self.0.should_enable_backfill_now(&owner)?)
    }

    /// Who is read and written for a user.
    pub async fn route(&self, owner: String) -> Result<UserRoute, RehomeError> {
        Ok(self.0.route(owner).await?.into())
    }

    /// What a flag is for a user, and why.
    pub async fn explain(&self, flag: String, owner: String) -> Result<FlagExplanation, RehomeError> {
        Ok(self.0.explain(flag, owner).await?.into())
    }

    /// Every flag as it is now.
    pub async fn migration_status(&self) -> Result<FlagsStatus, RehomeError> {
        Ok(self.0.migration_status().await?.into())
    }

    /// The same for whoever cannot wait.
    pub fn migration_status_now(&self) -> Result<FlagsStatus, RehomeError> {
        Ok(self.0.migration_status_now()?.into())
    }

    /// Asks Remote Config unless it was asked lately, and puts in force what it says. Answers whether anything changed.
    pub async fn fetch_and_activate(&self) -> Result<bool, RehomeError> {
        Ok(self.0.fetch_and_activate().await?)
    }

    /// The same where what was fetched is older than this.
    pub async fn fetch_older_than(&self, age: Duration) -> Result<bool, RehomeError> {
        Ok(self.0.fetch_older_than(age).await?)
    }

    /// Asks everybody who says what flags are. From the next run on that counts.
    pub async fn refresh(&self) -> Result<(), RehomeError> {
        Ok(self.0.refresh().await?)
    }

    /// Forces something for a user from the next run on, and across launches.
    #[uniffi::method(default(until = None))]
    pub async fn force_user(
        &self,
        user: String,
        force: Forced,
        reason: String,
        until: Option<Timestamp>,
    ) -> Result<(), RehomeError> {
        Ok(self.0.force(Whom::User(user), force.into(), reason, until).await?)
    }

    /// The same for a device, by its installation's id.
    #[uniffi::method(default(until = None))]
    pub async fn force_device(
        &self,
        installation: String,
        force: Forced,
        reason: String,
        until: Option<Timestamp>,
    ) -> Result<(), RehomeError> {
        Ok(self.0.force(Whom::Device(installation), force.into(), reason, until).await?)
    }

    /// Takes back what was forced for a user.
    pub async fn lift_user(&self, user: String) -> Result<(), RehomeError> {
        Ok(self.0.lift(Whom::User(user)).await?)
    }

    /// Takes back what was forced for a device.
    pub async fn lift_device(&self, installation: String) -> Result<(), RehomeError> {
        Ok(self.0.lift(Whom::Device(installation)).await?)
    }
}

/// The place of a key in a rollout of a seed, in millionths of a percent, as Firebase's servers reckon it; none of an
/// empty key.
#[uniffi::export]
pub fn rollout_bucket(seed: String, key: String) -> Option<u32> {
    Bucket::of(&seed, &key).map(Bucket::micro_percent)
}

//! Flags for an app: what they are, who is in and why, and what somebody said for one user or device.

use std::sync::Arc;
use std::time::Duration;

use super::events::What;
use super::rehome::Inside;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Timestamp;
use crate::rollout::{Explanation, Flag, Force, MigrationStatus, Override, Route, Whom};
use crate::steering::{Channel, Launch, LocalFile, Steering, StopDocument};
use crate::store::Target;

/// The flags. What is asked here is answered by what is known on this device; only [`refresh`](Self::refresh) and
/// [`fetch_and_activate`](Self::fetch_and_activate) ask somebody.
#[derive(Clone)]
pub struct PhoneFlags {
    pub(super) inside: Arc<Inside>,
}

/// Whoever says what flags are, as this app has them.
pub(super) struct Channels<'a> {
    remote: Option<&'a crate::remote_config::RemoteConfig>,
    file: Option<&'a LocalFile>,
    stop: Option<StopDocument<'a>>,
}

impl Channels<'_> {
    pub(super) fn list(&self) -> Vec<&dyn Channel> {
        let all = [
            self.remote.map(|channel| channel as &dyn Channel),
            self.file.map(|channel| channel as &dyn Channel),
            self.stop.as_ref().map(|channel| channel as &dyn Channel),
        ];
        all.into_iter().flatten().collect()
    }
}

impl Inside {
    /// Whoever says what flags are. The stop document lies in the target.
    pub(super) async fn channels<'a>(&'a self, target: &'a dyn Target) -> Result<Channels<'a>> {
        let clock = &*self.configuration.clock;
        Ok(Channels {
            remote: self.ends.remote_config().await?,
            file: self.ends.flags_file(),
            stop: self.configuration.stop_document.as_ref().map(|address| StopDocument::at(target, clock, address)),
        })
    }

    pub(super) fn steering<'a>(&'a self, channels: &'a [&'a dyn Channel]) -> Steering<'a> {
        let (journal, clock) = (&*self.ends.journal, &*self.configuration.clock);
        Steering { channels, defaults: Some(&self.configuration.defaults), journal, clock }
    }

    /// What a run of the app goes by for a user now, by what is known here.
    pub(super) async fn launch(&self, owner: &str) -> Result<Launch> {
        let target = self.ends.target();
        let channels = self.channels(&*target).await?;
        self.steering(&channels.list()).launch(owner, &self.scope(owner)?).await
    }

    /// Asks everybody who says what flags are; whoever does not answer stays as they were heard last.
    pub(super) async fn refresh(&self) -> Result<()> {
        let target = self.ends.target();
        let channels = self.channels(&*target).await?;
        for (channel, error) in self.steering(&channels.list()).refresh().await?.unheard {
            self.happenings.tell(What::NotHeard { channel, why: error.to_string() });
        }
        Ok(())
    }
}

impl PhoneFlags {
    /// Whether a user's records are carried.
    ///
    /// # Errors
    /// The journal cannot be read, or a file with flags is no such file.
    pub async fn should_enable_backfill(&self, owner: impl Into<String>) -> Result<bool> {
        self.at_launch(owner.into(), |launch, now| Ok(launch.rollout.should_enable_backfill(&launch.user(), now))).await
    }

    /// The same for whoever cannot wait: the caller's thread reads the journal, which takes well under a millisecond where
    /// no run writes it.
    ///
    /// # Errors
    /// As [`should_enable_backfill`](Self::should_enable_backfill).
    pub fn should_enable_backfill_now(&self, owner: &str) -> Result<bool> {
        let launch = self.inside.engine.block_on(self.inside.launch(owner))?;
        Ok(launch.rollout.should_enable_backfill(&launch.user(), self.inside.ends.now()))
    }

    /// Who is read and written for a user.
    ///
    /// # Errors
    /// As [`should_enable_backfill`](Self::should_enable_backfill).
    pub async fn route(&self, owner: impl Into<String>) -> Result<Route> {
        self.at_launch(owner.into(), |launch, _| Ok(launch.decision.route)).await
    }

    /// What a flag is for a user, and why.
    ///
    /// # Errors
    /// [`BadInput`](ErrorKind::BadInput) where there is no such flag, and as
    /// [`should_enable_backfill`](Self::should_enable_backfill).
    pub async fn explain(&self, flag: impl Into<String>, owner: impl Into<String>) -> Result<Explanation> {
        let name = flag.into();
        let flag = Flag::named(&name).ok_or_else(|| no_flag(&name))?;
        self.at_launch(owner.into(), move |launch, now| Ok(launch.rollout.explain(flag, &launch.user(), now))).await
    }

    /// Every flag as it is now.
    ///
    /// # Errors
    /// As [`should_enable_backfill`](Self::should_enable_backfill).
    pub async fn migration_status(&self) -> Result<MigrationStatus> {
        self.at_launch(String::new(), |launch, now| Ok(launch.rollout.migration_status(now))).await
    }

    /// The same for whoever cannot wait.
    ///
    /// # Errors
    /// As [`should_enable_backfill`](Self::should_enable_backfill).
    pub fn migration_status_now(&self) -> Result<MigrationStatus> {
        let launch = self.inside.engine.block_on(self.inside.launch(""))?;
        Ok(launch.rollout.migration_status(self.inside.ends.now()))
    }

    /// Asks Remote Config unless it was asked within the app's interval, and puts in force what it says. Answers whether
    /// anything changed; without Remote Config nothing ever does.
    ///
    /// # Errors
    /// Says why there are no newer values; those that are in force stay so.
    pub async fn fetch_and_activate(&self) -> Result<bool> {
        self.fetch(None).await
    }

    /// The same where what was fetched is older than this.
    ///
    /// # Errors
    /// As [`fetch_and_activate`](Self::fetch_and_activate).
    pub async fn fetch_older_than(&self, age: Duration) -> Result<bool> {
        self.fetch(Some(age)).await
    }

    /// Asks everybody who says what flags are. From the next run on that counts; whoever does not answer stays as they
    /// were heard last, which the app's events tell.
    ///
    /// # Errors
    /// As [`should_enable_backfill`](Self::should_enable_backfill).
    pub async fn refresh(&self) -> Result<()> {
        let inside = self.inside.clone();
        self.inside.engine.run(async move { inside.refresh().await }).await
    }

    /// Forces something for a user or a device from the next run on, and across launches.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn force(&self, whom: Whom, force: Force, reason: String, until: Option<Timestamp>) -> Result<()> {
        let inside = self.inside.clone();
        let word = Override { whom, force, reason, until };
        self.inside.engine.run(async move { inside.steering(&[]).force(word).await }).await
    }

    /// Takes back what was forced.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn lift(&self, whom: Whom) -> Result<()> {
        let inside = self.inside.clone();
        self.inside.engine.run(async move { inside.steering(&[]).lift(&whom).await }).await
    }

    async fn fetch(&self, age: Option<Duration>) -> Result<bool> {
        let inside = self.inside.clone();
        let work = async move {
            let Some(remote) = inside.ends.remote_config().await? else { return Ok(false) };
            let fetched = match age {
                Some(age) => remote.fetch_older_than(age).await.map(drop),
                None => remote.fetch().await.map(drop),
            };
            let activated = remote.activate().await?;
            fetched?;
            Ok(activated)
        };
        self.inside.engine.run(work).await
    }

    async fn at_launch<T: Send + 'static>(
        &self,
        owner: String,
        ask: impl FnOnce(&Launch, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inside = self.inside.clone();
        let work = async move {
            let launch = inside.launch(&owner).await?;
            ask(&launch, inside.ends.now())
        };
        self.inside.engine.run(work).await
    }
}

fn no_flag(name: &str) -> Error {
    let names = Flag::ALL.map(Flag::name).join(", ");
    Error::new(ErrorKind::BadInput, format!("there is no flag `{name}`; there are {names}"))
}

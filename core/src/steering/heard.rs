//! What was heard, and what of it outlives the process.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::channel::{Channel, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Journal;
use crate::rollout::{Flags, LastGood, Overrides, Rollout, Said, Values};

/// The names of what is kept in the journal.
const GOOD: &str = "steering.good";
const STOP: &str = "steering.stop";
const OVERRIDES: &str = "steering.overrides";

/// What every channel said last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heard {
    file: Option<Values>,
    remote: Option<Values>,
    stop: Option<Values>,
    good: LastGood,
    /// What the app was built with.
    app: Option<Values>,
    pub(super) overrides: Overrides,
}

impl Heard {
    /// What an earlier process heard, and what the channels know without asking.
    pub(super) async fn recall(
        journal: &dyn Journal,
        channels: &[&dyn Channel],
        defaults: Option<&Values>,
    ) -> Result<Self> {
        let overrides = recall(journal, None, OVERRIDES).await?.unwrap_or_default();
        let mut heard = Self { overrides, app: defaults.cloned(), ..Self::default() };
        // What a channel said that the app no longer has is nobody's word any more.
        for channel in channels {
            match channel.kind() {
                Kind::Stop => heard.stop = recall(journal, None, STOP).await?,
                Kind::Remote => heard.good = recall(journal, None, GOOD).await?.unwrap_or_default(),
                Kind::File => {}
            }
        }
        for channel in channels {
            // A stop that was heard stays one until somebody hears that it is gone.
            if let Some(values) = channel.known()? {
                heard.take(channel.kind(), Some(values));
            }
        }
        Ok(heard)
    }

    /// Takes in what a channel says now.
    pub(super) fn take(&mut self, kind: Kind, values: Option<Values>) {
        match kind {
            Kind::File => self.file = values,
            Kind::Stop => self.stop = values,
            // Where it has nothing to say it was never heard: what was good before stands.
            Kind::Remote => self.remote = values.or(self.remote.take()),
        }
        self.good = LastGood::of(&self.flags());
    }

    /// What all of it comes to.
    pub(super) fn rollout(&self) -> Rollout {
        Rollout { flags: self.flags(), overrides: self.overrides.clone() }
    }

    fn flags(&self) -> Flags {
        let (file, remote, stop) = (self.file.as_ref(), self.remote.as_ref(), self.stop.as_ref());
        Flags::of(Said { file, remote, stop, template: None, good: Some(&self.good), app: self.app.as_ref() })
    }

    /// Whether a later process would go by the same if that was kept instead.
    pub(super) fn is_as_good_as(&self, kept: &Self) -> bool {
        let texts = |stop: &Option<Values>| stop.as_ref().map(|stop| stop.entries.clone());
        self.good.has_same_texts(&kept.good) && texts(&self.stop) == texts(&kept.stop)
    }

    /// Keeps for a later process what was heard from afar.
    pub(super) async fn keep(&self, journal: &dyn Journal) -> Result<()> {
        keep(journal, None, GOOD, Some(&self.good)).await?;
        keep(journal, None, STOP, self.stop.as_ref()).await
    }

    /// Keeps the overrides for a later process.
    pub(super) async fn keep_overrides(&self, journal: &dyn Journal) -> Result<()> {
        keep(journal, None, OVERRIDES, Some(&self.overrides)).await
    }
}

/// What is kept under a name. What an earlier or later version of this library kept in another form is as good as
/// nothing: it is heard again.
pub(super) async fn recall<T: DeserializeOwned>(
    journal: &dyn Journal,
    owner: Option<&str>,
    name: &str,
) -> Result<Option<T>> {
    let memo = journal.memo(owner, name).await?;
    Ok(memo.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps something under a name, or forgets it.
pub(super) async fn keep<T: Serialize + Sync>(
    journal: &dyn Journal,
    owner: Option<&str>,
    name: &str,
    what: Option<&T>,
) -> Result<()> {
    let text = what.map(serde_json::to_string).transpose();
    let text = text.map_err(|error| Error::new(ErrorKind::Bug, "flags cannot be written down").because(error))?;
    journal.keep_memo(owner, name, text.as_deref()).await
}

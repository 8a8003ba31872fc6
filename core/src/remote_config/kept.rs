//! What is remembered across launches: one memo of the journal.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::throttle::Backoff;
use crate::record::Timestamp;

/// Everything that outlives the process. It holds the installation's tokens, and is shown to nobody.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// This installation's id, from before anybody knows it.
    pub(super) fid: Option<String>,
    /// What shows that we are it, once it is known.
    pub(super) registered: Option<Registered>,
    /// What was fetched last.
    pub(super) fetched: Option<Template>,
    /// What is in force.
    pub(super) active: Option<Template>,
    /// When the service answered last, with values or with word that they are the same.
    pub(super) answered: Option<i64>,
    pub(super) fetching: Backoff,
    pub(super) listening: Backoff,
    pub(super) signals: BTreeMap<String, String>,
}

/// An installation that the service knows.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Registered {
    /// The token by which another one is had.
    pub(super) renews: String,
    pub(super) token: AuthToken,
}

/// A token that is good for a while.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AuthToken {
    pub(super) token: String,
    pub(super) since: i64,
    pub(super) until: i64,
}

/// Values as they were fetched.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Template {
    pub(super) etag: Option<String>,
    pub(super) version: Option<u64>,
    pub(super) entries: BTreeMap<String, String>,
    pub(super) fetched_at: i64,
    pub(super) activated_at: Option<i64>,
}

impl Kept {
    /// From what was remembered; what cannot be read is nothing, and is fetched again.
    pub(super) fn from_text(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub(super) fn to_text(&self) -> String {
        // Maps of texts and numbers: there is nothing that could not be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether the last answer is younger than this. One from the future says nothing: the clock was set.
    pub(super) fn is_fresh(&self, now: i64, interval: Duration) -> bool {
        let since = |answered: i64| u64::try_from(now.saturating_sub(answered)).ok();
        self.answered.and_then(since).is_some_and(|age| Duration::from_millis(age) < interval)
    }

    /// The newest template that we have.
    pub(super) fn version(&self) -> Option<u64> {
        self.fetched.as_ref().and_then(|fetched| fetched.version)
    }

    /// Whether activating would change what is in force.
    pub(super) fn has_news(&self) -> bool {
        let Some(fetched) = &self.fetched else { return false };
        self.active.as_ref().is_none_or(|active| !active.is_same(fetched))
    }
}

impl Template {
    /// Whether the values are the same: by their tag, or by themselves where the service gave none.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.etag, &other.etag) {
            (Some(tag), Some(other)) => tag == other,
            _ => self.entries == other.entries,
        }
    }
}

pub(super) fn millis(moment: Timestamp) -> i64 {
    moment.seconds().saturating_mul(1000).saturating_add(i64::from(moment.nanos() / 1_000_000))
}

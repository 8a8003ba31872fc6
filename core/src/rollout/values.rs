//! What a channel says, before anybody has read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::moment;
use crate::record::Timestamp;

/// Flags as a channel has them: texts by name, and how they came here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Values {
    /// The texts, by the flags' names. Names that are no flag of ours are the app's own business.
    pub entries: BTreeMap<String, String>,
    /// The template's version that they come from, where the channel counts them.
    pub version: Option<u64>,
    /// When they were fetched, or confirmed as still the same.
    #[serde(with = "moment")]
    pub fetched_at: Option<Timestamp>,
    /// When they came into force here.
    #[serde(with = "moment")]
    pub activated_at: Option<Timestamp>,
}

impl Values {
    /// These entries, and nothing known of how they came here.
    pub fn of<N: Into<String>, T: Into<String>>(entries: impl IntoIterator<Item = (N, T)>) -> Self {
        let entries = entries.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        Self { entries, ..Self::default() }
    }
}

//! What a fetch was answered with, read as strictly as it can be: what is not understood leaves everything as it is.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A project's template has 3,000 parameters and a million characters at most; more is nobody's template.
const MOST_ENTRIES: usize = 10_000;

/// What a fetch was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fetch {
    /// These are the values. There may be none: the template is empty, or nobody has published one.
    Values { entries: BTreeMap<String, String>, version: Option<u64> },
    /// They are as they were.
    Same { version: Option<u64> },
    /// The service does not know, which is its trouble.
    Unsure,
}

#[derive(Deserialize)]
struct Wire {
    state: Option<String>,
    entries: Option<BTreeMap<String, String>>,
    #[serde(rename = "templateVersion")]
    version: Option<Value>,
}

impl Fetch {
    /// From an answer's body; none where it is not one.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let Wire { state, entries, version } = serde_json::from_slice(body).ok()?;
        let version = version.as_ref().and_then(number);
        if entries.as_ref().is_some_and(|entries| entries.len() > MOST_ENTRIES) {
            return None;
        }
        match state.as_deref() {
            // Without values an update would clear all flags; where that is meant it is said.
            None | Some("UPDATE") => Some(Fetch::Values { entries: entries?, version }),
            Some("NO_CHANGE") => Some(Fetch::Same { version }),
            Some("NO_TEMPLATE" | "EMPTY_CONFIG") => Some(Fetch::Values { entries: BTreeMap::new(), version }),
            Some("INSTANCE_STATE_UNSPECIFIED") => Some(Fetch::Unsure),
            Some(_) => None,
        }
    }
}

/// A number as it comes: as itself, or as its digits.
pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalError,
}

#[derive(Deserialize)]
struct RefusalError {
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    reason: Option<String>,
}

/// The word by which Google says why it refuses. Its sentences are for people, and change.
pub(super) fn reason(body: &[u8]) -> Option<String> {
    let Refusal { error } = serde_json::from_slice(body).ok()?;
    error.details.into_iter().find_map(|detail| detail.reason)
}

//! How far the history of a store was told, as text that outlives the process.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::store::Cursor;

/// A place in a store's history, and of which store it is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) store: Option<String>,
    pub(super) fingerprint: String,
    /// The last save of which something was read; 0 before the first.
    pub(super) transaction: i64,
    /// The last entry of it that was read.
    pub(super) change: i64,
    /// When that save happened, as its bits: it tells two saves of one number apart.
    pub(super) at: Option<u64>,
}

impl Place {
    pub(super) fn parse(cursor: &Cursor) -> Result<Self> {
        serde_json::from_str(cursor.as_str())
            .map_err(|_| Error::new(ErrorKind::BadInput, "the cursor is none of a store's history; begin without one"))
    }

    pub(super) fn cursor(&self) -> Result<Cursor> {
        serde_json::to_string(self)
            .map(Cursor::new)
            .map_err(|cause| Error::new(ErrorKind::Bug, "a cursor could not be written").because(cause))
    }
}

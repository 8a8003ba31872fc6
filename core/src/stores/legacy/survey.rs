//! Which kind of store a file is, by asking each kind in turn.

use std::path::Path;

use rusqlite::Connection;

use super::layout::Layout;
use super::{coredata, sqlite};
use crate::error::{Error, ErrorKind, Result};

/// What the store says of itself, in whichever way its kind has.
pub(crate) fn survey(connection: &Connection, store: &Path, room_schema: Option<&Path>) -> Result<Layout> {
    if !coredata::is_core_data(connection, store)? {
        return sqlite::layout(connection, store, room_schema);
    }
    if room_schema.is_some() {
        let message = format!("{}: Core Data made this store, so no schema file of Room fits it", store.display());
        return Err(Error::new(ErrorKind::BadInput, message));
    }
    coredata::layout(connection, store)
}

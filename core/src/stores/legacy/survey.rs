use std::path::Path;

use rusqlite::Connection;

use super::layout::Layout;
use super::{coredata, failure, sqlite};
use crate::error::Result;

/// What the store says of itself, in whichever way its kind has.
pub(crate) fn survey(connection: &Connection, store: &Path, room_schema: Option<&Path>) -> Result<Layout> {
    if coredata::is_core_data(connection).map_err(|failure| failure::explain(failure, store))? {
        coredata::layout(connection, store)
    } else {
        sqlite::layout(connection, store, room_schema)
    }
}

use std::path::Path;

use rusqlite::Connection;

use super::layout::Layout;
use super::sqlite;
use crate::error::Result;

/// What the store says of itself, in whichever way its kind has.
pub(crate) fn survey(connection: &Connection, store: &Path, room_schema: Option<&Path>) -> Result<Layout> {
    sqlite::layout(connection, store, room_schema)
}

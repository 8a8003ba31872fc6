//! How keys and moments lie in the file's cells.

use std::fmt;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Row, ToSql};

use super::failure::{Done, Fault};
use crate::record::{Key, Timestamp, binary};

/// A key as a cell: a number and a text as SQLite's own, so that they take the least room and keep their order; any
/// other as bytes.
pub(super) struct KeyCell<'k>(pub(super) &'k Key);

impl ToSql for KeyCell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Key::Int(number) => ToSqlOutput::from(*number),
            Key::Text(text) => ToSqlOutput::from(text.as_str()),
            other => {
                let bytes = binary::key_to_bytes(other);
                ToSqlOutput::from(bytes.map_err(|_| rusqlite::Error::ToSqlConversionFailure(Box::new(TooDeep)))?)
            }
        })
    }
}

/// Keys as one cell.
pub(super) fn keys_cell<'k>(keys: impl Iterator<Item = &'k Key>) -> Done<Vec<u8>> {
    let bytes = binary::keys_to_bytes(keys);
    Ok(bytes.map_err(|_| rusqlite::Error::ToSqlConversionFailure(Box::new(TooDeep)))?)
}

/// The keys in a row's cell.
pub(super) fn keys(row: &Row<'_>, column: usize) -> Done<Vec<Key>> {
    let bytes = row.get_ref(column)?.as_blob().unwrap_or_default();
    binary::keys_from_bytes(bytes).map_err(|_| Fault::damaged("a key"))
}

/// A key of more levels than any store has.
#[derive(Debug)]
struct TooDeep;

impl fmt::Display for TooDeep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key is nested too deep")
    }
}

impl std::error::Error for TooDeep {}

/// The key in a row's cell.
pub(super) fn key(row: &Row<'_>, column: usize) -> Done<Key> {
    let key = match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(Key::Int(number)),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(|text| Key::Text(text.to_owned())),
        ValueRef::Blob(bytes) => binary::key_from_bytes(bytes).ok(),
        ValueRef::Null | ValueRef::Real(_) => None,
    };
    key.ok_or_else(|| Fault::damaged("a key"))
}

/// A moment as a cell: seconds and nanoseconds, which a person can read too.
pub(super) fn moment_cell(moment: Timestamp) -> String {
    format!("{}.{:09}", moment.seconds(), moment.nanos())
}

/// The moment in a row's cell.
pub(super) fn moment(row: &Row<'_>, column: usize) -> Done<Timestamp> {
    read_moment(row.get_ref(column)?.as_str().unwrap_or_default()).ok_or_else(|| Fault::damaged("a moment"))
}

/// The moment in a row's cell, where there is one.
pub(super) fn maybe_moment(row: &Row<'_>, column: usize) -> Done<Option<Timestamp>> {
    if row.get_ref(column)? == ValueRef::Null { Ok(None) } else { moment(row, column).map(Some) }
}

fn read_moment(text: &str) -> Option<Timestamp> {
    let (seconds, nanos) = text.split_once('.')?;
    Timestamp::new(seconds.parse().ok()?, nanos.parse().ok()?)
}

/// A number as SQLite counts. Nobody counts farther.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that SQLite counted. It begins at nothing.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// How many rows at most, as SQLite counts.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

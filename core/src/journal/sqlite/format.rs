//! The file's formats, each made of the one before. A format that was released is never changed again.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::failure::Done;
use crate::error::{Error, ErrorKind};

/// What makes each format of the one before it; the first of nothing.
pub(super) const FORMATS: &[&str] = &[include_str!("format/1.sql")];

/// Says that a database is a journal of Rehome's: `Rhme`.
const APPLICATION: i64 = 0x5268_6d65;

/// What a file says of itself, in one read of its first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing is in it.
    Empty,
    /// A journal of this format.
    Journal(usize),
    /// A database of somebody else's.
    Foreign,
}

/// What the file is.
pub(super) fn kind(connection: &Connection) -> Done<Kind> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let (application, format) = (pragma("application_id")?, pragma("user_version")?);
    let is_empty = || connection.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |row| row.get(0));
    Ok(match usize::try_from(format) {
        Ok(format) if application == APPLICATION && format > 0 => Kind::Journal(format),
        _ if application == 0 && format == 0 && is_empty()? => Kind::Empty,
        _ => Kind::Foreign,
    })
}

/// Brings the file to the last of these formats, whole or not at all; another process may be about to do the same.
pub(super) fn upgrade(connection: &mut Connection, formats: &[&str]) -> Done<()> {
    if kind(connection)? == Kind::Journal(formats.len()) {
        return Ok(());
    }
    let change = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let done = match kind(&change)? {
        Kind::Empty => 0,
        Kind::Journal(format) => format,
        Kind::Foreign => return Err(foreign().into()),
    };
    let missing = formats.get(done..).ok_or_else(|| newer(done, formats.len()))?;
    for step in missing {
        change.execute_batch(step)?;
    }
    change.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}", formats.len()))?;
    Ok(change.commit()?)
}

/// Why a file of somebody else's is left alone.
pub(super) fn foreign() -> Error {
    Error::new(ErrorKind::BadInput, "a database that is no journal of Rehome's; give the journal a path of its own")
}

/// Why an earlier version's file is not looked at before somebody writes it.
pub(super) fn older(format: usize, ours: usize) -> Error {
    let what = format!(
        "a journal of format {format}, which an earlier version has written, and this one reads format {ours}; go on with \
         the migration, which brings it there"
    );
    Error::new(ErrorKind::Unsupported, what)
}

/// Why a later version's file is left alone.
pub(super) fn newer(format: usize, ours: usize) -> Error {
    let what = format!(
        "a journal of format {format}, which a later version of the app has written; this one knows formats up to \
         {ours}: install the later version again"
    );
    Error::new(ErrorKind::Unsupported, what)
}

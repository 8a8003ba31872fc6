//! What SQLite answers when the journal cannot be read or written, in our words.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// The result of work on the journal.
pub(super) type Done<T> = Result<T, Fault>;

/// Why work on the journal failed: what SQLite says, or what we found.
#[derive(Debug)]
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Ours(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(failure: rusqlite::Error) -> Self {
        Self::Sqlite(failure)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl Fault {
    /// A row that no version of ours has written.
    pub(super) fn damaged(what: &str) -> Self {
        let message = format!("{what} in the journal is not as it was written; open the journal again");
        Self::Ours(Error::new(ErrorKind::Damaged, message))
    }

    /// Whether the file itself is to blame, and a new one has to be begun.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Fault::Ours(error) => error.kind() == ErrorKind::Damaged,
            Fault::Sqlite(failure) => meaning(failure).0 == ErrorKind::Damaged,
        }
    }

    /// The failure as everybody else is told it. SQLite's own words go underneath; they name tables, never a value.
    pub(super) fn explain(self, journal: &Path) -> Error {
        match self {
            Fault::Ours(error) => {
                let message = format!("{}: {error}", journal.display());
                Error::new(error.kind(), message)
            }
            Fault::Sqlite(failure) => {
                let (kind, what) = meaning(&failure);
                Error::new(kind, format!("{}: {what}", journal.display())).because(failure)
            }
        }
    }
}

fn meaning(failure: &rusqlite::Error) -> (ErrorKind, &'static str) {
    use rusqlite::ffi::{SQLITE_IOERR_ACCESS, SQLITE_IOERR_AUTH, SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_SHORT_READ};
    let damaged = (ErrorKind::Damaged, "the journal is damaged; open it again, and a new one is begun beside it");
    let error = match failure {
        rusqlite::Error::SqliteFailure(error, _) => error,
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::QueryReturnedNoRows => return damaged,
        _ => return (ErrorKind::Bug, "SQLite was asked in a way that it does not understand"),
    };
    match (error.code, error.extended_code) {
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)
        | (ErrorCode::SystemIoFailure, SQLITE_IOERR_SHORT_READ | SQLITE_IOERR_CORRUPTFS)
        // Tables that are not as our formats make them.
        | (ErrorCode::Unknown, _) => damaged,
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed, _) => {
            (ErrorKind::Busy, "another process is writing the journal; try again in a moment")
        }
        (ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::AuthorizationForStatementDenied, _)
        | (ErrorCode::SystemIoFailure, SQLITE_IOERR_AUTH | SQLITE_IOERR_ACCESS) => (
            ErrorKind::Protected,
            "the system does not give the journal out now, as before a phone is unlocked for the first time; try \
             again later",
        ),
        (ErrorCode::DiskFull, _) => {
            (ErrorKind::Io, "there is no space left for the journal; nothing was changed; free some and go on")
        }
        (ErrorCode::SystemIoFailure, _) => (
            ErrorKind::Io,
            "the system failed to read or write the journal, as a full or failing disk does; free some space or look \
             at the disk, then go on",
        ),
        (ErrorCode::OutOfMemory, _) => (ErrorKind::Io, "there is not enough memory; close something and try again"),
        (ErrorCode::ReadOnly, _) => {
            (ErrorKind::Denied, "the journal may not be written; put it in a folder of the app's own")
        }
        _ => (ErrorKind::Bug, "SQLite refused a query"),
    }
}

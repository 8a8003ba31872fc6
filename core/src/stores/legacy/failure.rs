//! What SQLite's refusals mean for somebody who wants to read a store.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// Whether it is the file's pages that are at fault, and not the whole of the work.
pub(crate) fn is_damage(failure: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_SHORT_READ};
    let Some(error) = code_of(failure) else { return false };
    matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::TooBig)
        || matches!(error.extended_code, SQLITE_IOERR_SHORT_READ | SQLITE_IOERR_CORRUPTFS)
}

/// Whether somebody holds a lock that will be given back.
pub(crate) fn is_busy(error: &Error) -> bool {
    error.kind() == ErrorKind::Busy
}

/// The failure in our words. SQLite's own words go underneath; they name tables and columns and never a value.
pub(crate) fn explain(failure: rusqlite::Error, store: &Path) -> Error {
    let (kind, what) = meaning(&failure);
    Error::new(kind, format!("{}: {what}", store.display())).because(failure)
}

fn code_of(failure: &rusqlite::Error) -> Option<rusqlite::ffi::Error> {
    failure.sqlite_error().copied()
}

fn meaning(failure: &rusqlite::Error) -> (ErrorKind, &'static str) {
    use rusqlite::ffi::{SQLITE_READONLY_RECOVERY, SQLITE_READONLY_ROLLBACK};
    let Some(error) = code_of(failure) else {
        return (ErrorKind::Bug, "SQLite was asked in a way that it does not understand");
    };
    if is_damage(failure) {
        return (
            ErrorKind::Damaged,
            "the database is damaged or was cut short; if it is a copy, copy it again together with its -wal file",
        );
    }
    match error.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => (
            ErrorKind::Busy,
            "the app holds the store's lock; try again in a moment, or close the app if it keeps the store to itself",
        ),
        ErrorCode::OperationInterrupted => (ErrorKind::Cancelled, "reading was interrupted"),
        ErrorCode::PermissionDenied
        | ErrorCode::CannotOpen
        | ErrorCode::AuthorizationForStatementDenied
        | ErrorCode::SystemIoFailure => (
            ErrorKind::Protected,
            "the system does not give the file out now, as while a phone is locked; try again later",
        ),
        ErrorCode::NotADatabase => (ErrorKind::Encrypted, "the file is encrypted or no SQLite database"),
        ErrorCode::ReadOnly if matches!(error.extended_code, SQLITE_READONLY_ROLLBACK | SQLITE_READONLY_RECOVERY) => (
            ErrorKind::Io,
            "the app was stopped in the middle of a write; open the app once so that it can finish, then try again",
        ),
        ErrorCode::ReadOnly => (
            ErrorKind::Denied,
            "the store can only be read from a folder that can be written to; copy it there together with its -wal file",
        ),
        ErrorCode::DiskFull => (ErrorKind::Io, "there is no space left; free some and try again"),
        ErrorCode::OutOfMemory => (ErrorKind::Io, "there is not enough memory; close something and try again"),
        ErrorCode::SchemaChanged => {
            (ErrorKind::Changed, "the app has changed the store's tables; open the store again")
        }
        ErrorCode::Unknown => {
            (ErrorKind::Damaged, "the store's tables are not as the store itself describes them; it cannot be read")
        }
        _ => (ErrorKind::Bug, "SQLite refused a query"),
    }
}

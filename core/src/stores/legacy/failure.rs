//! What SQLite's refusals mean for somebody who wants to read a store.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};
use crate::record::Reason;

/// Whether it is the file's pages that are at fault, and not the whole of the work.
pub(crate) fn is_damage(failure: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_SHORT_READ};
    let Some(error) = code_of(failure) else { return false };
    matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::TooBig)
        || matches!(error.extended_code, SQLITE_IOERR_SHORT_READ | SQLITE_IOERR_CORRUPTFS)
}

/// Whether the query compares by an order of letters that only the app has, such as Android's `LOCALIZED`.
pub(crate) fn lacks_collation(failure: &rusqlite::Error) -> bool {
    code_of(failure).is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_ERROR_MISSING_COLLSEQ)
}

/// Why a row is set aside that SQLite did not give out for this error, and what of it is at fault.
pub(crate) fn loss(error: &Error) -> (Reason, &'static str) {
    let failure = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<rusqlite::Error>());
    match failure.and_then(code_of).map(|error| error.code) {
        Some(ErrorCode::TooBig) => (Reason::TooLarge, "a text or blob is longer than any that is read"),
        _ => (Reason::Unreadable, "the database's pages under it cannot be read"),
    }
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
    use rusqlite::ffi::{SQLITE_IOERR_ACCESS, SQLITE_IOERR_AUTH, SQLITE_READONLY_RECOVERY, SQLITE_READONLY_ROLLBACK};
    let Some(error) = code_of(failure) else {
        return (ErrorKind::Bug, "SQLite was asked in a way that it does not understand");
    };
    if is_damage(failure) {
        return (
            ErrorKind::Damaged,
            "the database is damaged or was cut short; if it is a copy, copy it again together with its -wal file",
        );
    }
    if lacks_collation(failure) {
        return (ErrorKind::Unsupported, "the store compares text in an order that only the app knows");
    }
    match (error.code, error.extended_code) {
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed, _) => (
            ErrorKind::Busy,
            "the app holds the store's lock; try again in a moment, or close the app if it keeps the store to itself",
        ),
        (ErrorCode::OperationInterrupted, _) => (ErrorKind::Cancelled, "reading was interrupted"),
        // How a file is refused: not to be opened, or not to be looked at.
        (ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::AuthorizationForStatementDenied, _)
        | (ErrorCode::SystemIoFailure, SQLITE_IOERR_AUTH | SQLITE_IOERR_ACCESS) => (
            ErrorKind::Protected,
            "the system does not give the file out now, as while a phone is locked; try again later",
        ),
        // A file that was open when the phone was locked says no more than a disk that fails: the advice is the same.
        (ErrorCode::SystemIoFailure, _) => (
            ErrorKind::Io,
            "the system failed to read the file, as a locked phone or a failing disk does; unlock the phone or look at \
             the disk, then try again",
        ),
        (ErrorCode::NotADatabase, _) => (ErrorKind::Encrypted, "the file is encrypted or no SQLite database"),
        (ErrorCode::ReadOnly, SQLITE_READONLY_ROLLBACK | SQLITE_READONLY_RECOVERY) => (
            ErrorKind::Io,
            "the app was stopped in the middle of a write; open the app once so that it can finish, then try again",
        ),
        (ErrorCode::ReadOnly, _) => (
            ErrorKind::Denied,
            "the store can only be read from a folder that can be written to; copy it there together with its -wal file",
        ),
        (ErrorCode::DiskFull, _) => (ErrorKind::Io, "there is no space left; free some and try again"),
        (ErrorCode::OutOfMemory, _) => (ErrorKind::Io, "there is not enough memory; close something and try again"),
        (ErrorCode::SchemaChanged, _) => {
            (ErrorKind::Changed, "the app has changed the store's tables; open the store again")
        }
        (ErrorCode::Unknown, _) => {
            (ErrorKind::Damaged, "the store's tables are not as the store itself describes them; it cannot be read")
        }
        _ => (ErrorKind::Bug, "SQLite refused a query"),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;
    use crate::error::Advice;

    fn failure(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    fn explained(code: i32) -> Error {
        explain(failure(code), Path::new("default.store"))
    }

    #[test]
    fn every_refusal_of_sqlite_has_its_kind() {
        let table = [
            (ffi::SQLITE_BUSY, ErrorKind::Busy),
            (ffi::SQLITE_BUSY_SNAPSHOT, ErrorKind::Busy),
            (ffi::SQLITE_LOCKED, ErrorKind::Busy),
            (ffi::SQLITE_PROTOCOL, ErrorKind::Busy),
            (ffi::SQLITE_INTERRUPT, ErrorKind::Cancelled),
            (ffi::SQLITE_PERM, ErrorKind::Protected),
            (ffi::SQLITE_AUTH, ErrorKind::Protected),
            (ffi::SQLITE_CANTOPEN, ErrorKind::Protected),
            (ffi::SQLITE_IOERR_AUTH, ErrorKind::Protected),
            (ffi::SQLITE_IOERR_ACCESS, ErrorKind::Protected),
            (ffi::SQLITE_IOERR, ErrorKind::Io),
            (ffi::SQLITE_IOERR_READ, ErrorKind::Io),
            (ffi::SQLITE_FULL, ErrorKind::Io),
            (ffi::SQLITE_NOMEM, ErrorKind::Io),
            (ffi::SQLITE_READONLY_ROLLBACK, ErrorKind::Io),
            (ffi::SQLITE_READONLY_RECOVERY, ErrorKind::Io),
            (ffi::SQLITE_READONLY, ErrorKind::Denied),
            (ffi::SQLITE_READONLY_DIRECTORY, ErrorKind::Denied),
            (ffi::SQLITE_NOTADB, ErrorKind::Encrypted),
            (ffi::SQLITE_CORRUPT, ErrorKind::Damaged),
            (ffi::SQLITE_CORRUPT_INDEX, ErrorKind::Damaged),
            (ffi::SQLITE_IOERR_SHORT_READ, ErrorKind::Damaged),
            (ffi::SQLITE_IOERR_CORRUPTFS, ErrorKind::Damaged),
            (ffi::SQLITE_TOOBIG, ErrorKind::Damaged),
            (ffi::SQLITE_ERROR, ErrorKind::Damaged),
            (ffi::SQLITE_ERROR_MISSING_COLLSEQ, ErrorKind::Unsupported),
            (ffi::SQLITE_SCHEMA, ErrorKind::Changed),
            (ffi::SQLITE_MISUSE, ErrorKind::Bug),
        ];
        for (code, kind) in table {
            assert_eq!(explained(code).kind(), kind, "{code}");
        }
        assert_eq!(meaning(&rusqlite::Error::InvalidQuery).0, ErrorKind::Bug);
    }

    #[test]
    fn whatever_a_locked_phone_answers_asks_to_try_later_and_names_the_store() {
        let answers = [ffi::SQLITE_CANTOPEN, ffi::SQLITE_AUTH, ffi::SQLITE_IOERR_AUTH, ffi::SQLITE_IOERR_READ];
        for error in answers.map(explained) {
            assert_eq!(error.advice(), Advice::TryLater, "{error}");
            assert!(error.to_string().starts_with("default.store: the system"), "{error}");
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_told_from_a_page_that_cannot_be_read() {
        assert_eq!(loss(&explained(ffi::SQLITE_TOOBIG)).0, Reason::TooLarge);
        assert_eq!(loss(&explained(ffi::SQLITE_CORRUPT)).0, Reason::Unreadable);
    }
}

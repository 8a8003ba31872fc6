//! Opens a store so that its app cannot tell: read-only, its WAL seen, nothing written, created or checkpointed.
//!
//! In the app's process nothing but SQLite may open the store, its WAL or its shm: closing any descriptor of a file
//! drops all locks that the process holds on it, another SQLite's included. So what a file is, SQLite says, and only
//! file names and sizes are asked of the system; a look at its first bytes is taken where [`Sniff`] allows it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_READONLY_DIRECTORY;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::codec::LARGEST_VALUE;
use super::failure::explain;
use super::patience::Patience;
use super::sniff;
use crate::error::{Error, ErrorKind, Result};

/// Whether the first bytes of a file that SQLite does not take for a database may be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sniff {
    /// Never: this process is the app's, and another copy of SQLite may have the file open.
    #[default]
    Never,
    /// Yes: this process is a tool's, and nobody's locks are lost.
    Allowed,
}

/// Opens the store at this path; a lock that the app holds is waited for.
pub(crate) fn open(path: &Path, sniff: Sniff, patience: Duration) -> Result<Connection> {
    refuse_what_is_no_file(path)?;
    Patience::new(patience, Arc::default()).retry(|| match connect(path, Mode::Shared) {
        Ok(connection) => Ok(connection),
        Err(failure) => instead(path, failure, sniff),
    })
}

fn refuse_what_is_no_file(path: &Path) -> Result<()> {
    let shown = path.display();
    let about = std::fs::metadata(path).map_err(|failure| match failure.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(ErrorKind::NotFound, format!("{shown}: no such file; check the path")).because(failure)
        }
        std::io::ErrorKind::PermissionDenied => {
            let what = "the system does not let anybody look at the file now; unlock the phone or ask for the right";
            Error::new(ErrorKind::Protected, format!("{shown}: {what}")).because(failure)
        }
        _ => Error::new(ErrorKind::Io, format!("{shown}: the file cannot be looked at")).because(failure),
    })?;
    if about.is_dir() {
        return Err(Error::new(ErrorKind::NotAStore, format!("{shown}: a folder; name the store file that is in it")));
    }
    // A database can be all in its WAL; SQLite judges that.
    if about.len() == 0 && size_of(&beside(path, "-wal")).is_none_or(|bytes| bytes == 0) {
        return Err(Error::new(ErrorKind::NotAStore, format!("{shown}: an empty file; nothing was ever stored in it")));
    }
    Ok(())
}

/// How SQLite is to look at the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Others may be writing.
    Shared,
    /// Nobody can be writing, and there is no WAL.
    Immutable,
}

fn connect(path: &Path, mode: Mode) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(path, mode), flags)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE)?;
    connection.execute_batch(
        "PRAGMA query_only = 1; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0;",
    )?;
    // The first look at the file: everything before was promises.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

/// Another way in where the first one is barred, or a better word about why.
fn instead(path: &Path, failure: rusqlite::Error, sniff: Sniff) -> Result<Connection> {
    let shown = path.display();
    let wal = size_of(&beside(path, "-wal"));
    match failure.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if wal.is_none() && folder_is_closed(path, &failure) => {
            // Nobody can begin a WAL in a folder that takes no files, so nothing can be missed.
            connect(path, Mode::Immutable).map_err(|failure| explain(failure, path))
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
            if wal.is_some()
                && size_of(&beside(path, "-shm")).is_none()
                && sniff == Sniff::Allowed
                && may_read(path) =>
        {
            let what = "its newest rows are in a -wal file that can only be read in a folder that can be written to; \
                        copy the store and its -wal file into one together";
            Err(Error::new(ErrorKind::Denied, format!("{shown}: {what}")).because(failure))
        }
        Some(ErrorCode::CannotOpen) if sniff == Sniff::Allowed && !may_read(path) => {
            Err(Error::new(ErrorKind::Denied, format!("{shown}: you may not read the file; ask for the right"))
                .because(failure))
        }
        Some(ErrorCode::NotADatabase) if sniff == Sniff::Allowed => Err(what_it_is(path, failure)),
        _ => Err(explain(failure, path)),
    }
}

/// Whether SQLite could not open a WAL store only because its folder takes no new files.
fn folder_is_closed(path: &Path, failure: &rusqlite::Error) -> bool {
    let said_so = failure.sqlite_extended_error_code() == Some(SQLITE_READONLY_DIRECTORY);
    let folder = path.parent().and_then(|folder| std::fs::metadata(folder).ok());
    said_so || folder.is_some_and(|folder| folder.permissions().readonly())
}

fn may_read(path: &Path) -> bool {
    std::fs::File::open(path).is_ok()
}

fn what_it_is(path: &Path, failure: rusqlite::Error) -> Error {
    let shown = path.display();
    let mut first = Vec::new();
    let looked = std::fs::File::open(path).and_then(|file| file.take(4096).read_to_end(&mut first));
    if let Err(refused) = looked {
        return Error::new(ErrorKind::Io, format!("{shown}: the file cannot be read")).because(refused);
    }
    let (kind, what) = sniff::name(&first);
    Error::new(kind, format!("{shown}: {what}")).because(failure)
}

/// A path with something put to its name's end, as SQLite names the files beside a database.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn size_of(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|about| about.len())
}

fn uri(path: &Path, mode: Mode) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from("file://");
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?mode=ro");
    if mode == Mode::Immutable {
        uri.push_str("&immutable=1");
    }
    uri
}

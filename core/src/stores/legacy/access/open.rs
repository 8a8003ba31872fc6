//! Opens a store so that its app cannot tell: read-only, its WAL seen, nothing written to either, nothing checkpointed.
//!
//! In the app's process nothing but SQLite may open the store, its WAL or its shm: closing any descriptor of a file
//! drops all locks that the process holds on it, another SQLite's included. So what a file is, SQLite says, and only
//! file names and sizes are asked of the system. What else a tool may do, whose process is its own, says [`Process`].

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_READONLY_DIRECTORY;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::at_rest::AtRest;
use super::patience::Patience;
use super::sniff;
use crate::error::{Error, ErrorKind, Result};
use crate::stores::legacy::failure::explain;
use crate::stores::legacy::values::LARGEST_VALUE;

/// Whose process it is that reads the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Process {
    /// The app's, or one that an app's code may run in: another copy of SQLite may have the store open. Nothing but
    /// SQLite touches the file, and the store is always read by the locks that it shares with others.
    #[default]
    App,
    /// A tool's, in which nobody else has the store open. Its first bytes may be looked at, to say what a file is that
    /// is no database. And a store that no other process has in use is read without locks, so that SQLite leaves no
    /// file of its own beside it; if an app begins to use it meanwhile, reading ends with
    /// [`Changed`](crate::error::ErrorKind::Changed).
    Tool,
}

/// A store that can be read.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    /// Where it is read without locks: what must hold for every view.
    pub(crate) at_rest: Option<AtRest>,
}

/// Opens the store at this path; a lock that the app holds is waited for.
pub(crate) fn open(path: &Path, process: Process, patience: &mut Patience) -> Result<Opened> {
    refuse_what_is_no_file(path, process)?;
    let at_rest = match process {
        Process::App => None,
        Process::Tool => AtRest::find(path),
    };
    let mode = at_rest.as_ref().map_or(Mode::Shared, AtRest::mode);
    let connection = patience.retry(|| connect(path, mode).or_else(|failure| instead(path, failure, process)))?;
    Ok(Opened { connection, at_rest })
}

/// No database of SQLite has fewer bytes.
const SMALLEST: u64 = 512;

fn refuse_what_is_no_file(path: &Path, process: Process) -> Result<()> {
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
    // SQLite must not see such a file: it takes a WAL beside it for a stray one, and deletes it.
    if about.len() == 0 {
        let what = match size_of(&beside(path, "-wal")) {
            None | Some(0) => "an empty file; nothing was ever stored in it",
            Some(_) => "an empty file beside a -wal that is not; if they are a copy, copy the store again",
        };
        return Err(Error::new(ErrorKind::NotAStore, format!("{shown}: {what}")));
    }
    // SQLite takes a file of a byte or two for an empty database.
    if about.len() < SMALLEST {
        return Err(match process {
            Process::Tool => what_it_is(path),
            Process::App => Error::new(ErrorKind::NotAStore, format!("{shown}: too short for a database")),
        });
    }
    Ok(())
}

/// How SQLite is to look at the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Others may be writing.
    Shared,
    /// Nobody is writing, and there is nothing in a WAL.
    Immutable,
    /// Nobody is writing, and what is in the WAL counts.
    WithoutLocks,
}

/// SQLite's own way to files without their locks.
const WITHOUT_LOCKS: &str = if cfg!(windows) { "win32-none" } else { "unix-none" };

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
    if mode == Mode::WithoutLocks {
        // Who has a store alone keeps the WAL's index in memory, and needs no -shm.
        connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    // The first look at the file: everything before was promises.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

/// Another way in where the first one is barred, or a better word about why.
fn instead(path: &Path, failure: rusqlite::Error, process: Process) -> Result<Connection> {
    let shown = path.display();
    let wal = size_of(&beside(path, "-wal"));
    match failure.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) if process == Process::Tool && !may_read(path) => {
            Err(Error::new(ErrorKind::Denied, format!("{shown}: you may not read the file; ask for the right"))
                .because(failure))
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if wal.is_none() && folder_is_closed(path, &failure) => {
            // Nobody can begin a WAL in a folder that takes no files, so nothing can be missed.
            connect(path, Mode::Immutable).map_err(|failure| explain(failure, path))
        }
        Some(ErrorCode::NotADatabase) if process == Process::Tool => Err(what_it_is(path).because(failure)),
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

fn what_it_is(path: &Path) -> Error {
    let shown = path.display();
    let mut first = Vec::new();
    let looked = std::fs::File::open(path).and_then(|file| file.take(4096).read_to_end(&mut first));
    if let Err(refused) = looked {
        return Error::new(ErrorKind::Io, format!("{shown}: the file cannot be read")).because(refused);
    }
    let (kind, what) = sniff::name(&first);
    Error::new(kind, format!("{shown}: {what}"))
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
    match mode {
        Mode::Shared => uri,
        Mode::Immutable => uri + "&immutable=1",
        Mode::WithoutLocks => uri + "&vfs=" + WITHOUT_LOCKS,
    }
}

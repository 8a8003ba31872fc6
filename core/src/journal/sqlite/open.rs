//! Opens the file, and begins a new one where there is none, or none that can be used.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::JournalOptions;
use super::aside::{self, beside};
use super::failure::{Done, Fault};
use super::format::{self, FORMATS, Kind};
use super::installation;
use crate::error::{Error, ErrorKind};
use crate::journal::Installation;

/// A file that is ready.
pub(super) struct Ready {
    pub(super) connection: Connection,
    pub(super) installation: Installation,
    /// Where the one before it lies now, which was damaged.
    pub(super) put_aside: Option<PathBuf>,
}

/// How much of the file is kept in memory, in KiB.
const CACHE: i64 = 2048;
/// A write-ahead log that had to grow longer than this is cut when it was emptied, in bytes.
const LONGEST_WAL: i64 = 4 << 20;

/// Opens the file at this path.
pub(super) fn open(path: &Path, options: &JournalOptions) -> Done<Ready> {
    refuse_a_folder(path)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|failure| {
            Error::new(ErrorKind::Io, "its folder cannot be made; give another one or free some space").because(failure)
        })?;
    }
    let opened = if aside::is_marked(path) { Err(Fault::damaged("something")) } else { attempt(path, options) };
    match opened {
        Err(fault) if fault.is_damage() => aside::instead(path, || attempt(path, options)),
        opened => opened,
    }
}

/// A journal that ends with the process.
pub(super) fn in_memory() -> Done<Ready> {
    prepare(Connection::open_in_memory()?, None, &JournalOptions::default())
}

/// Opens the file to look at it, beside whoever writes it. Nothing is made, upgraded, put aside or written.
pub(super) fn to_read(path: &Path, patience: Duration) -> Done<(Connection, Installation)> {
    refuse_a_folder(path)?;
    if !path.exists() {
        return Err(Error::new(ErrorKind::NotFound, "there is no journal: nothing was begun yet").into());
    }
    if aside::is_marked(path) {
        let what = "it turned out damaged; whoever writes it next puts it aside and begins a new one";
        return Err(Error::new(ErrorKind::Damaged, what).into());
    }
    // Not `READ_ONLY`: then SQLite leaves behind what it has to make for readers.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience)?;
    connection.execute_batch("PRAGMA query_only = 1; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    match format::kind(&connection)? {
        Kind::Foreign => return Err(format::foreign().into()),
        Kind::Empty => return Err(Error::new(ErrorKind::NotFound, "nothing was begun yet").into()),
        Kind::Journal(format) if format > FORMATS.len() => return Err(format::newer(format, FORMATS.len()).into()),
        Kind::Journal(format) if format < FORMATS.len() => return Err(format::older(format, FORMATS.len()).into()),
        Kind::Journal(_) => {}
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    let installation = installation::read(&connection)?;
    Ok((connection, installation))
}

fn attempt(path: &Path, options: &JournalOptions) -> Done<Ready> {
    make_private(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    prepare(Connection::open_with_flags(path, flags)?, Some(path), options)
}

fn prepare(mut connection: Connection, path: Option<&Path>, options: &JournalOptions) -> Done<Ready> {
    connection.busy_timeout(options.patience)?;
    // Until it is known whose file it is, nothing of it is changed, be it that its WAL goes into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    match format::kind(&connection)? {
        Kind::Foreign => return Err(format::foreign().into()),
        Kind::Journal(format) if format > FORMATS.len() => return Err(format::newer(format, FORMATS.len()).into()),
        Kind::Empty | Kind::Journal(_) => {}
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = {LONGEST_WAL}; PRAGMA fullfsync = 1; PRAGMA \
         checkpoint_fullfsync = 1; PRAGMA secure_delete = 1; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{CACHE}; \
         PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0; PRAGMA synchronous = FULL;"
    ))?;
    if let Some(path) = path {
        keep_private(path);
    }
    format::upgrade(&mut connection, FORMATS)?;
    let installation = installation::settle(&mut connection, path, options)?;
    Ok(Ready { connection, installation, put_aside: None })
}

fn refuse_a_folder(path: &Path) -> Done<()> {
    if path.is_dir() {
        return Err(Error::new(ErrorKind::BadInput, "a folder; name a file in it for the journal").into());
    }
    Ok(())
}

/// Makes a file that only the app's own user may read, where there is none; SQLite gives those beside it the same
/// rights. Where it cannot be made, SQLite says better why.
///
/// An existing file is never opened: closing it would drop the locks that SQLite has on it in this process.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    drop(fs::OpenOptions::new().write(true).create_new(true).mode(OWNER_ALONE).open(path));
}

/// Takes from others the right to read the files, where they have it.
#[cfg(unix)]
fn keep_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for file in ["", "-wal", "-shm"].map(|suffix| beside(path, suffix)) {
        let rights = fs::metadata(&file).map(|about| about.permissions().mode() & 0o777);
        if rights.is_ok_and(|rights| rights != OWNER_ALONE) {
            // Where they are not ours to change, they can be used all the same.
            drop(fs::set_permissions(&file, fs::Permissions::from_mode(OWNER_ALONE)));
        }
    }
}

#[cfg(unix)]
const OWNER_ALONE: u32 = 0o600;

#[cfg(not(unix))]
fn make_private(_: &Path) {}

#[cfg(not(unix))]
fn keep_private(_: &Path) {}

/// How long another process's write is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

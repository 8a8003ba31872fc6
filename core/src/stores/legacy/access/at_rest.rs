//! Stores that nobody is using, read by a tool without a trace beside them.
//!
//! SQLite gives every reader of a store in WAL mode a -wal and a -shm to share with others, makes them where they are
//! not, and leaves them. They are needed for locks alone. Where nobody shares the store it can be read without locks,
//! if it is made sure before and after every view that its files are still what they were.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::open::{Mode, beside};
use crate::error::{Error, ErrorKind, Result};

/// Where a database file's header says with two bytes whether it is written to, and read, by way of a WAL.
const WRITTEN_BY_WAL: [u8; 2] = [2, 2];
const WAL_BYTES: std::ops::Range<usize> = 18..20;

/// A store in WAL mode that nobody had in use when it was found.
pub(crate) struct AtRest {
    /// As it was named, for messages.
    store: PathBuf,
    /// Where it truly lies: SQLite follows links, and looks for the files beside the store there.
    file: PathBuf,
    found: Looks,
}

/// What tells whether somebody has written since.
#[derive(PartialEq, Eq)]
struct Looks {
    store: Stamp,
    /// None where it holds nothing.
    wal: Option<Stamp>,
}

#[derive(PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl AtRest {
    /// The store, where it is in WAL mode and nobody has it in use: those who do keep both a -wal and a -shm.
    ///
    /// This reads the file's first bytes, and so is for a process in which nobody else has it open.
    pub(crate) fn find(store: &Path) -> Option<Self> {
        let file = store.canonicalize().ok()?;
        let found = Looks::of(&file)?;
        let is_there = |suffix: &str| beside(&file, suffix).exists();
        let in_use = is_there("-wal") && is_there("-shm");
        // With a rollback journal beside it something was left half done, and SQLite must see to that.
        let at_rest = !in_use && !is_there("-journal") && is_in_wal_mode(&file);
        at_rest.then(|| Self { store: store.to_owned(), file, found })
    }

    /// How SQLite is to look at it.
    pub(crate) fn mode(&self) -> Mode {
        if self.found.wal.is_some() { Mode::WithoutLocks } else { Mode::Immutable }
    }

    /// Makes sure that nobody has written since. What was read between two such moments is of one state of the store.
    pub(crate) fn is_still(&self) -> Result<()> {
        if Looks::of(&self.file).as_ref() == Some(&self.found) {
            return Ok(());
        }
        let what = "an app has begun to use the store; run this again, and it is read beside the app";
        Err(Error::new(ErrorKind::Changed, format!("{}: {what}", self.store.display())))
    }
}

/// What to say of a store whose newest rows may have stayed where it was copied from. As [`AtRest::find`], this is for
/// a process in which nobody else has it open.
pub(crate) fn warning(store: &Path) -> Option<&'static str> {
    let file = store.canonicalize().ok()?;
    let alone = is_in_wal_mode(&file) && !beside(&file, "-wal").exists();
    alone.then_some(
        "The store keeps its newest rows in a -wal file, and none is beside it: either its app closed it properly, or \
         it was copied without those rows.",
    )
}

impl Looks {
    fn of(file: &Path) -> Option<Self> {
        let wal = Stamp::of(&beside(file, "-wal")).filter(|wal| wal.bytes > 0);
        Some(Self { store: Stamp::of(file)?, wal })
    }
}

impl Stamp {
    fn of(file: &Path) -> Option<Self> {
        let about = std::fs::metadata(file).ok()?;
        Some(Self { bytes: about.len(), modified: about.modified().ok() })
    }
}

fn is_in_wal_mode(file: &Path) -> bool {
    let mut header = [0; WAL_BYTES.end];
    let read = std::fs::File::open(file).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.get(WAL_BYTES) == Some(&WRITTEN_BY_WAL)
}

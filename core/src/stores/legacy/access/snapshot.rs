//! A copy of a store that is made while its app may be writing, and that is gone when nobody needs it.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode};

use super::at_rest::AtRest;
use super::open::{self, Opened, Process};
use super::patience::Patience;
use crate::error::{Error, ErrorKind, Result};
use crate::stores::legacy::failure::explain;

/// Pages copied at a time, between which the app may write.
const STEP: i32 = 2048;
/// How often the copy may begin anew because the app has written; then it is made in one go.
const RESTARTS: u32 = 3;

/// The copy, in a folder of its own.
pub(crate) struct Snapshot {
    folder: PathBuf,
    path: PathBuf,
}

impl Snapshot {
    /// Copies the store into a new folder within `parent`.
    pub(crate) fn take(store: &Path, parent: &Path, process: Process, patience: &mut Patience) -> Result<Self> {
        let Opened { connection: source, at_rest } = open::open(store, process, patience)?;
        let snapshot = Self::empty(store, parent)?;
        let mut target = Connection::open(&snapshot.path).map_err(|failure| explain(failure, &snapshot.path))?;
        let failed = |failure: rusqlite::Error| match failure.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => no_space(store, parent, failure),
            _ => explain(failure, store),
        };
        // Nobody needs the copy after a crash.
        target.execute_batch("PRAGMA synchronous = OFF").map_err(failed)?;
        let backup = Backup::new(&source, &mut target).map_err(failed)?;
        let mut restarts = 0;
        let mut left = i32::MAX;
        loop {
            patience.stop.check()?;
            let pages = if restarts < RESTARTS { STEP } else { -1 };
            let step = patience.retry(|| match backup.step(pages).map_err(failed)? {
                StepResult::Busy | StepResult::Locked => Err(busy(store)),
                done => Ok(done),
            })?;
            if step == StepResult::Done {
                break;
            }
            let remaining = backup.progress().remaining;
            restarts += u32::from(remaining >= left);
            left = remaining;
        }
        drop(backup);
        target.close().map_err(|(_, failure)| failed(failure))?;
        at_rest.as_ref().map_or(Ok(()), AtRest::is_still)?;
        Ok(snapshot)
    }

    fn empty(store: &Path, parent: &Path) -> Result<Self> {
        let folder = new_folder(parent).map_err(|failure| {
            let what = "no snapshot can be put here; name a folder that can be written to";
            Error::new(ErrorKind::Denied, format!("{}: {what}", parent.display())).because(failure)
        })?;
        let path = folder.join(store.file_name().unwrap_or("store".as_ref()));
        Ok(Self { folder, path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // What cannot be removed now lies in the caller's own folder.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A folder that was not there before, so that nobody else has prepared it, and that only its owner can look into.
fn new_folder(parent: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("rehome-snapshot-{}-{number}", std::process::id()));
        match builder.create(&folder) {
            Err(failure) if failure.kind() == io::ErrorKind::AlreadyExists => {}
            done => return done.map(|()| folder),
        }
    }
}

fn busy(store: &Path) -> Error {
    let what = "the app holds the store's lock; try again in a moment, or close the app";
    Error::new(ErrorKind::Busy, format!("{}: {what}", store.display()))
}

fn no_space(store: &Path, parent: &Path, failure: rusqlite::Error) -> Error {
    let needed = std::fs::metadata(store).map_or(0, |about| about.len()) / 1_000_000 + 1;
    let what = format!("no space left for a snapshot, which needs about {needed} MB; free some and try again");
    Error::new(ErrorKind::Io, format!("{}: {what}", parent.display())).because(failure)
}

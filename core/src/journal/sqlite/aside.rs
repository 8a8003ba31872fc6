//! A damaged file is put aside, since somebody may want to look at it. Only a wipe deletes it.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Done;
use super::open::Ready;
use crate::error::{Error, ErrorKind, Result};

/// Notes that the file turned out damaged while it was in use. It goes on being used as well as can be, and the next
/// one who opens it begins a new one.
pub(super) fn mark(path: &Path) {
    // Without the mark the damage is found again.
    drop(fs::write(beside(path, "-damaged"), ""));
}

/// Whether the file turned out damaged while it was in use.
pub(super) fn is_marked(path: &Path) -> bool {
    beside(path, "-damaged").exists()
}

/// Puts the file aside and opens a new one, unless another process was faster: its new one is not damaged.
pub(super) fn instead(path: &Path, open: impl Fn() -> Done<Ready>) -> Done<Ready> {
    let turn = turn(path).map_err(not_moved)?;
    if !is_marked(path)
        && let Ok(ready) = open()
    {
        return Ok(ready);
    }
    let put_aside = put(path).map_err(not_moved)?;
    let ready = open()?;
    drop(turn);
    Ok(Ready { put_aside: Some(put_aside), ..ready })
}

/// Deletes all that was ever put aside.
pub(super) fn delete(path: &Path) -> Result<()> {
    let turn = turn(path).map_err(not_deleted)?;
    for file in files(path).map_err(not_deleted)? {
        fs::remove_file(file).map_err(not_deleted)?;
    }
    drop(turn);
    Ok(())
}

/// One process at a time puts files aside, or deletes them.
fn turn(path: &Path) -> std::io::Result<fs::File> {
    let lock = fs::File::create(beside(path, "-lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Every file that was put aside.
fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(Vec::new()) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let begins = [name.as_encoded_bytes(), ASIDE.as_bytes()].concat();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(&begins) {
            files.push(entry.path());
        }
    }
    Ok(files)
}

fn not_deleted(failure: std::io::Error) -> Error {
    let what = "all rows are wiped, but damaged journals that were put aside cannot be deleted; wipe once more";
    Error::new(ErrorKind::Io, what).because(failure)
}

/// What the names of files that were put aside go on with, before a number.
const ASIDE: &str = ".damaged-";

fn put(path: &Path) -> std::io::Result<PathBuf> {
    let free = |number: &u32| beside(path, &format!("{ASIDE}{number}"));
    let aside = (1..=u32::MAX).map(|number| free(&number)).find(|aside| !aside.exists());
    let aside = aside.ok_or(std::io::ErrorKind::AlreadyExists)?;
    fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        match fs::rename(beside(path, suffix), beside(&aside, suffix)) {
            Err(failure) if failure.kind() != std::io::ErrorKind::NotFound => return Err(failure),
            Ok(()) | Err(_) => {}
        }
    }
    match fs::remove_file(beside(path, "-damaged")) {
        Err(failure) if failure.kind() != std::io::ErrorKind::NotFound => Err(failure),
        Ok(()) | Err(_) => Ok(aside),
    }
}

fn not_moved(failure: std::io::Error) -> Error {
    let what = "the journal is damaged and cannot be put aside; move it away by hand, with its -wal";
    Error::new(ErrorKind::Io, what).because(failure)
}

/// A path with something put to its name's end.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

//! What is fetched once and then lies in the cache, in a folder named for what was wanted.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::steps::{Done, cache};

/// The folder in the cache that holds something, installed where it is not yet. Another thing wanted is another folder,
/// and one that is there is whole: it is filled beside its place and moved there at the end.
pub(crate) fn installed(name: &str, wanted: &[u8], install: impl FnOnce(&Path) -> Done) -> Result<PathBuf, String> {
    let mut hash = DefaultHasher::new();
    wanted.hash(&mut hash);
    let folder = cache()?.join(format!("{name}-{:016x}", hash.finish()));
    let whole = "whole";
    if folder.join(whole).exists() {
        return Ok(folder);
    }
    let half = folder.with_extension(format!("half-{}", std::process::id()));
    emptied(&half)?;
    let done = install(&half).and_then(|()| {
        fs::write(half.join(whole), "").map_err(|error| format!("{} cannot be filled: {error}", half.display()))?;
        moved(&half, &folder, whole)
    });
    if let Err(why) = done {
        let _ = fs::remove_dir_all(&half);
        return Err(why);
    }
    Ok(folder)
}

/// Moves a folder to its place, unless somebody else has filled it meanwhile.
fn moved(half: &Path, folder: &Path, whole: &str) -> Done {
    if !folder.join(whole).exists() {
        let _ = fs::remove_dir_all(folder);
    }
    match fs::rename(half, folder) {
        Err(_) if folder.join(whole).exists() => fs::remove_dir_all(half),
        done => done,
    }
    .map_err(|error| format!("{} cannot be moved into place: {error}", half.display()))
}

/// Makes a folder, or makes it anew.
pub(crate) fn emptied(folder: &Path) -> Done {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))
}

//! Clients that we did not write, which read back what was carried: installed from PyPI into the cache.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;

use crate::steps::{cache, run, workspace};

/// A Python that has Google's client, installed where it is not yet.
pub(crate) fn python() -> Result<PathBuf, String> {
    let list = workspace().join("tests/peers/requirements.txt");
    let wanted = fs::read(&list).map_err(|error| format!("{} cannot be read: {error}", list.display()))?;
    let mut hash = DefaultHasher::new();
    wanted.hash(&mut hash);
    // Another list is another folder: what is there is whole, and is what the list says.
    let folder = cache()?.join(format!("python-{:016x}", hash.finish()));
    let (python, whole) = (folder.join("bin/python"), folder.join("whole"));
    if whole.exists() {
        return Ok(python);
    }
    println!("\n== Google's Firestore client for Python: installing it from PyPI into {}", folder.display());
    let _ = fs::remove_dir_all(&folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        .map_err(|why| format!("{why}; install python3 and python3-venv"))?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
    run(install.arg(&list)).map_err(|why| format!("{why}; PyPI must be reachable the first time"))?;
    fs::write(&whole, "").map_err(|error| format!("{} cannot be written: {error}", whole.display()))?;
    Ok(python)
}

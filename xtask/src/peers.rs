//! Clients that we did not write, which read back what was carried and are measured beside ours: installed from their
//! registries into the cache.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{Done, cache, run, workspace};

/// A Python that has Google's client, installed where it is not yet.
pub(crate) fn python() -> Result<PathBuf, String> {
    let list = peers().join("requirements.txt");
    let folder = installed("python", &list, |folder| {
        println!("\n== Google's Firestore client for Python: installing it from PyPI into {}", folder.display());
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))
            .map_err(|why| format!("{why}; install python3 and python3-venv"))?;
        let mut install = Command::new(folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
        run(install.arg(&list)).map_err(|why| format!("{why}; PyPI must be reachable the first time"))
    })?;
    Ok(folder.join("bin/python"))
}

/// A folder of Node's modules with Google's client for servers in it, installed where it is not yet.
pub(crate) fn node_modules() -> Result<PathBuf, String> {
    modules("node", &peers(), "Google's Firestore client for Node")
}

/// The same with Firebase's client for the web, of which the tests need a few small modules.
pub(crate) fn web_modules() -> Result<PathBuf, String> {
    modules("web", &peers().join("web"), "Firebase's Remote Config client for the web")
}

fn modules(name: &str, described: &Path, what: &str) -> Result<PathBuf, String> {
    let lock = described.join("package-lock.json");
    let folder = installed(name, &lock, |folder| {
        println!("\n== {what}: installing it from npm into {}", folder.display());
        for file in [&lock, &described.join("package.json")] {
            let copy = folder.join(file.file_name().unwrap_or_default());
            fs::copy(file, &copy).map_err(|error| format!("{} cannot be written: {error}", copy.display()))?;
        }
        // Nothing that comes along is run.
        let mut install = Command::new("npm");
        install.args(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
        run(install.current_dir(folder))
            .map_err(|why| format!("{why}; install Node 20 or later with npm, and be online once"))
    })?;
    Ok(folder.join("node_modules"))
}

/// The folder in the cache in which something lies that a list describes, installed where it is not yet.
fn installed(name: &str, list: &Path, install: impl FnOnce(&Path) -> Done) -> Result<PathBuf, String> {
    let wanted = fs::read(list).map_err(|error| format!("{} cannot be read: {error}", list.display()))?;
    let mut hash = DefaultHasher::new();
    wanted.hash(&mut hash);
    // Another list is another folder: what is there is whole, and is what the list says.
    let folder = cache()?.join(format!("{name}-{:016x}", hash.finish()));
    let whole = folder.join("whole");
    if whole.exists() {
        return Ok(folder);
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    install(&folder)?;
    fs::write(&whole, "").map_err(|error| format!("{} cannot be written: {error}", whole.display()))?;
    Ok(folder)
}

fn peers() -> PathBuf {
    workspace().join("tests/peers")
}

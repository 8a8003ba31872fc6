//! Packages of npm's registry, as a lock file names them and their hashes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cached::installed;
use crate::steps::run;

/// The folder of modules that a `package.json` and its lock describe, installed where they are not yet.
pub(crate) fn modules(name: &str, described: &Path, what: &str) -> Result<PathBuf, String> {
    let lock = described.join("package-lock.json");
    let wanted = fs::read(&lock).map_err(|error| format!("{} cannot be read: {error}", lock.display()))?;
    let folder = installed(name, &wanted, |folder| {
        println!("\n== {what}: installing it from npm into the cache");
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

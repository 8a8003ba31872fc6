//! Clients that we did not write, which read back what was carried and are measured beside ours: installed from their
//! registries into the cache.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::cached::installed;
use crate::npm::modules;
use crate::steps::{run, workspace};

/// A Python that has Google's client, installed where it is not yet.
pub(crate) fn python() -> Result<PathBuf, String> {
    let list = peers().join("requirements.txt");
    let wanted = fs::read(&list).map_err(|error| format!("{} cannot be read: {error}", list.display()))?;
    let folder = installed("python", &wanted, |folder| {
        println!("\n== Google's Firestore client for Python: installing it from PyPI into the cache");
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

fn peers() -> PathBuf {
    workspace().join("tests/peers")
}

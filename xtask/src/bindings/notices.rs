//! The notices of everybody whose code is in the library: what an app that links it has to show.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::folder;
use crate::steps::{Done, workspace};

/// Where they are kept, beside the packages that carry them.
pub(super) const FILE: &str = "THIRD-PARTY-NOTICES.txt";
/// Of code that is offered under several licences, the first of these is taken.
const PREFERRED: [&str; 5] = ["LICENSE-MIT", "LICENSE-APACHE", "LICENSE", "LICENCE", "COPYING"];
const PHONES: [&str; 2] = ["aarch64-apple-ios", "aarch64-linux-android"];

/// Writes them anew.
pub(crate) fn write() -> Done {
    let path = folder().join(FILE);
    fs::write(&path, text()?).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    println!("written: bindings/{FILE}");
    Ok(())
}

/// Fails where they are not those of what is linked now.
pub(crate) fn check() -> Done {
    if fs::read_to_string(folder().join(FILE)).ok().as_ref() == Some(&text()?) {
        return Ok(());
    }
    Err(format!(
        "bindings/{FILE} is not of what is linked now; run cargo xtask bindings notices, and commit what it writes"
    ))
}

fn text() -> Result<String, String> {
    let mut linked = BTreeSet::new();
    for phone in PHONES {
        linked.extend(packages(phone)?);
    }
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Package { name, version, licence } in &linked {
        let text = licence_text(name, version)?.unwrap_or_else(|| format!("Licensed under {licence}."));
        by_text.entry(text).or_default().push(format!("{name} {version} ({licence})"));
    }
    let mut all: Vec<(Vec<String>, String)> = by_text.into_iter().map(|(text, of)| (of, text)).collect();
    all.sort();
    let mut notices = String::from("The library of Rehome contains code of others, under these licences.\n");
    for (of, text) in all {
        notices.push_str(&format!("\n{}\n\n{}\n\n{}\n", "=".repeat(80), of.join("\n"), text.trim()));
    }
    notices.push_str(&format!("\n{}\n\nSQLite, on Android\n\nIn the public domain.\n", "=".repeat(80)));
    Ok(notices)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
}

/// What the library links on a platform, without what is ours and what only compiles it.
fn packages(platform: &str) -> Result<BTreeSet<Package>, String> {
    let mut tree = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tree.current_dir(workspace()).args(["tree", "--package", "rehome-ffi", "--edges", "normal,no-proc-macro"]);
    tree.args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}", "--target", platform]);
    let told = tree.output().ok().filter(|told| told.status.success());
    let told = told.ok_or("cargo does not say what the library links; run cargo tree --package rehome-ffi")?;
    let package = |line: &str| {
        let (package, licence) = line.trim().split_once('|')?;
        let mut words = package.split(' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        // What is ours has a path behind it.
        let is_ours = words.next().is_some();
        let licence = licence.trim_end_matches(" (*)");
        (!is_ours).then(|| Package { name: name.into(), version: version.into(), licence: licence.into() })
    };
    Ok(String::from_utf8_lossy(&told.stdout).lines().filter_map(package).collect())
}

/// The text that came with it, where one did.
fn licence_text(name: &str, version: &str) -> Result<Option<String>, String> {
    let folder = source(&format!("{name}-{version}"))?;
    let mut files: Vec<String> = fs::read_dir(&folder)
        .map_err(|error| format!("{} cannot be read: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let of = |wanted: &&str| files.iter().find(|file| file.to_uppercase().starts_with(&wanted.to_uppercase()));
    let Some(file) = PREFERRED.iter().find_map(of) else { return Ok(None) };
    let path = folder.join(file);
    // One that links to another file of its repository came without it.
    if path.is_dir() {
        return Ok(None);
    }
    let text = fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(Some(String::from_utf8_lossy(&text).replace("\r\n", "\n").trim().to_owned()))
}

/// Where cargo unpacked a package.
fn source(name: &str) -> Result<PathBuf, String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let registries = home.ok_or("neither CARGO_HOME nor HOME is set")?.join("registry/src");
    let entries = fs::read_dir(&registries).map_err(|error| format!("{}: {error}", registries.display()))?;
    let found = entries.flatten().map(|entry| entry.path().join(name)).find(|path| path.is_dir());
    found.ok_or_else(|| format!("the source of {name} is not in {}; run cargo fetch", registries.display()))
}

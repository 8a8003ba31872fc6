//! What belongs to the bindings: generated sources, the packages in Swift and Kotlin with their tests, and what an app
//! for a phone is given. The crate is `rehome-ffi`.

mod android;
pub(crate) mod android_demo;
mod generate;
mod ios;
pub(crate) mod kotlin;
pub(crate) mod notices;
pub(crate) mod swift;
mod symbols;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};

use crate::steps::{Done, Steps, cargo, run, target, workspace};

pub(crate) use generate::{check, generate};
pub(crate) use {android::android, ios::ios};

/// The sources that are generated, below `bindings/`.
const GENERATED: [&str; 3] =
    ["swift/Sources/RehomeBindings", "swift/Sources/RehomeFFI", "kotlin/src/main/kotlin/dev/rehome/ffi"];

/// What languages, tests and demos need, with the very features that `cargo test` has: what that compiled is used again.
pub(crate) const BUILT: &str = "build --quiet --workspace --lib --bins --tests";

pub(crate) fn test_swift() -> Done {
    let mut steps = Steps::of("bindings swift");
    swift::steps(&mut steps);
    steps.finish()
}

pub(crate) fn test_kotlin() -> Done {
    let mut steps = Steps::of("bindings kotlin");
    kotlin::steps(&mut steps);
    steps.finish()
}

/// All that has to hold for the bindings, as steps of the tests.
pub(crate) fn steps(steps: &mut Steps) {
    steps.work("generated sources", check);
    steps.work("notices of whose code is linked", notices::check);
    swift::steps(steps);
    kotlin::steps(steps);
}

/// The library as the languages link it, built for this machine.
pub(crate) fn library() -> Result<PathBuf, String> {
    run(&mut cargo(BUILT))?;
    Ok(target().join("debug").join(file_name()))
}

/// What a linker is told for a phone: functions that are the same are one, and what has to be moved when it is loaded is
/// packed, as Android's own libraries have it.
const LINKED_SMALL: [&str; 2] = ["-Wl,--icf=all", "-Wl,-z,pack-relative-relocs"];

/// Where the library lies as a phone would have it, built for this machine. The profile strips it. No other kind of library
/// is made: each would be optimised again as a whole.
pub(crate) fn library_of_a_phone() -> Result<PathBuf, String> {
    let mut build = cargo("rustc --quiet --package rehome-ffi --lib --profile phone --crate-type cdylib --");
    run(build.args(LINKED_SMALL.iter().flat_map(|word| ["-C".to_owned(), format!("link-arg={word}")])))?;
    Ok(target().join("phone"))
}

/// What this machine's system calls the library.
pub(crate) fn file_name() -> String {
    format!("{DLL_PREFIX}rehome_ffi{DLL_SUFFIX}")
}

fn folder() -> PathBuf {
    workspace().join("bindings")
}

/// The files in a folder and those in it, sorted.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { files.extend(files_in(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

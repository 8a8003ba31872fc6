//! The Swift package: formatted, and its tests run against the library.

use std::ffi::OsString;

use super::{folder, library};
use crate::steps::{Steps, target, workspace};
use crate::swift::Swift;
use crate::world::World;

/// What a person wrote in the package.
const OURS: &str = "Package.swift Sources/Rehome Tests";
/// And in the demo: what needs SwiftUI is parsed so, and no more where there is none.
const DEMO: &str = "Package.swift Sources Tests App";

pub(super) fn steps(steps: &mut Steps) {
    let (package, demo) = (folder().join("swift"), workspace().join("ios-demo"));
    let Some(swift) = steps.need("Swift", Swift::find_or_fetch) else { return };
    let format = format!("format lint --strict --recursive --parallel {OURS}");
    steps.run("Swift's format", &mut swift.command(&package, &format, &[]));
    let format = format!("format lint --strict --recursive --parallel {DEMO}");
    steps.run("the iOS demo's format and syntax", &mut swift.command(&demo, &format, &[]));
    let beside = steps.need("the library and a world for Swift", || Ok((library()?, World::start()?)));
    if let Some((_, world)) = beside {
        steps.run("Swift's tests", &mut swift.command(&package, &linked("test", "rehome"), &variables(&world)));
        steps.run("the iOS demo's tests", &mut swift.command(&demo, &linked("test", "demo"), &variables(&world)));
    }
}

/// A command of Swift's package manager that builds beside what cargo builds, and finds the library there.
pub(crate) fn linked(command: &str, name: &str) -> String {
    let target = target();
    format!("{command} --scratch-path {0}/swift/{name} -Xlinker -L{0}/debug", target.display())
}

/// What such a command, and what it runs, is to know: where library and world are, and that a warning is an error in
/// this repository. For an app that uses the package it is none.
pub(crate) fn variables(world: &World) -> Vec<(String, OsString)> {
    let ours = [("LD_LIBRARY_PATH", target().join("debug").into_os_string()), ("REHOME_STRICT", "1".into())];
    ours.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(world.variables()).collect()
}

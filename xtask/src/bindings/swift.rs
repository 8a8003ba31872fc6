//! The Swift package: formatted, and its tests run against the library.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::{folder, library, library_of_a_phone};
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
        steps.run("the iOS demo without its screens", &mut headless(&swift, &world));
    }
}

/// Goes through the demo's screens, and fails where one shows something else than it should.
pub(crate) fn headless(swift: &Swift, world: &World) -> Command {
    let words = format!("{} headless", linked("run --quiet", "demo"));
    swift.command(&workspace().join("ios-demo"), &words, &variables(world))
}

/// What a page of documents costs in Swift, with the library as a phone links it.
pub(crate) fn measure(steps: &mut Steps) {
    const NAME: &str = "1,000 documents in Swift";
    let needs = || Ok((Swift::find_or_fetch()?, World::start()?, library_of_a_phone()?));
    let Some((swift, world, library)) = steps.need(NAME, needs) else { return };
    let words = format!("run --quiet --configuration release {} measures", beside("measured", &library));
    steps.run(NAME, &mut swift.command(&folder().join("swift"), &words, &knowing(&world, &library)));
}

/// A command of Swift's package manager that builds beside what cargo builds, and finds the library there.
fn linked(command: &str, name: &str) -> String {
    format!("{command} {}", beside(name, &target().join("debug")))
}

fn beside(name: &str, library: &Path) -> String {
    format!("--scratch-path {}/swift/{name} -Xlinker -L{}", target().display(), library.display())
}

/// What such a command, and what it runs, is to know: where library and world are, and that a warning is an error in
/// this repository. For an app that uses the package it is none.
fn variables(world: &World) -> Vec<(String, OsString)> {
    knowing(world, &target().join("debug"))
}

fn knowing(world: &World, library: &Path) -> Vec<(String, OsString)> {
    let ours = [("LD_LIBRARY_PATH", library.as_os_str().to_owned()), ("REHOME_STRICT", "1".into())];
    ours.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(world.variables()).collect()
}

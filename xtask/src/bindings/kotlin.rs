//! The Kotlin library: formatted, compiled as Gradle would, and its tests run against the library on the JVM.

use std::path::{Path, PathBuf};

use super::{GENERATED, android_demo, files_in, folder, library, library_of_a_phone};
use crate::kotlin::{Kotlin, Sources};
use crate::steps::{Done, Steps, run, target};
use crate::world::World;

pub(super) fn steps(steps: &mut Steps) {
    let Some(kotlin) = steps.need("Kotlin", Kotlin::find_or_fetch) else { return };
    let ours = ["src/**/*.kt", "*.kts", "!src/main/kotlin/dev/rehome/ffi/**"];
    steps.run("Kotlin's format", &mut kotlin.format(&folder().join("kotlin"), &ours));
    steps.run("the Android demo's format and syntax", &mut android_demo::format(&kotlin));
    steps.work("Kotlin, compiled", || compile(&kotlin));
    steps.work("the Android demo's logic, compiled", || android_demo::compile(&kotlin));
    let beside = || Ok((library()?, World::start()?, tests(&kotlin)?, android_demo::tests(&kotlin)?));
    if let Some((_, world, mut tests, mut of_demo)) = steps.need("the library and a world for Kotlin", beside) {
        steps.run("Kotlin's tests", tests.envs(world.variables()));
        steps.run("the Android demo's tests", of_demo.envs(world.variables()));
        steps.run("the Android demo without its screens", android_demo::headless(&kotlin).envs(world.variables()));
    }
}

/// Measures what documents take on their way into Kotlin, through the library that a phone would have.
pub(crate) fn crossing() -> Done {
    let (kotlin, world) = (Kotlin::find_or_fetch()?, World::start()?);
    compile(&kotlin)?;
    let phone = [("jna.library.path", library_of_a_phone()?)];
    run(kotlin.run(&classes().each_ref(), &phone, "dev.rehome.CrossingKt").envs(world.variables()))
}

fn tests(kotlin: &Kotlin) -> Result<std::process::Command, String> {
    let classes = classes();
    kotlin.test(&classes.each_ref(), &properties())
}

/// Compiles what is generated, then what a person wrote, then the tests, which may use what is internal.
pub(crate) fn compile(kotlin: &Kotlin) -> Done {
    let [tests, ours, generated] = &classes();
    let sources = folder().join("kotlin/src");
    let is_generated = |path: &PathBuf| GENERATED.iter().any(|generated| path.starts_with(folder().join(generated)));
    let (made, written): (Vec<_>, Vec<_>) = files_in(&sources.join("main/kotlin"))?.into_iter().partition(is_generated);
    kotlin.compile(&Sources { files: &made, beside: &[], friend: None, ours: false }, generated)?;
    kotlin.compile(&Sources { files: &written, beside: &[generated], friend: None, ours: true }, ours)?;
    let files = files_in(&sources.join("test/kotlin"))?;
    kotlin.compile(&Sources { files: &files, beside: &[ours, generated], friend: Some(ours), ours: true }, tests)
}

/// Where the classes of the tests are, of what a person wrote, and of what is generated.
pub(crate) fn classes() -> [PathBuf; 3] {
    ["tests", "rehome", "generated"].map(|name| target().join(Path::new("kotlin").join(name)))
}

/// Where Java finds the library.
pub(crate) fn properties() -> [(&'static str, PathBuf); 1] {
    [("jna.library.path", target().join("debug"))]
}

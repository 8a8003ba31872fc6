//! The Kotlin library: formatted, compiled as Gradle would, and its tests run against the library on the JVM.

use std::path::{Path, PathBuf};

use super::{GENERATED, files_in, folder, library};
use crate::kotlin::{Kotlin, Sources};
use crate::steps::{Done, Steps, target};
use crate::world::World;

pub(super) fn steps(steps: &mut Steps) {
    let Some(kotlin) = steps.need("Kotlin", Kotlin::find_or_fetch) else { return };
    let ours = ["src/**/*.kt", "*.kts", "!src/main/kotlin/dev/rehome/ffi/**"];
    steps.run("Kotlin's format", &mut kotlin.format(&folder().join("kotlin"), &ours));
    steps.work("Kotlin, compiled", || compile(&kotlin));
    let beside = || Ok((library()?, World::start()?, tests(&kotlin)?));
    if let Some((_, world, mut tests)) = steps.need("the library and a world for Kotlin", beside) {
        steps.run("Kotlin's tests", tests.envs(world.variables()));
    }
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

//! The demos without their screens: what a user would see, printed.

use crate::bindings;
use crate::kotlin::{Kotlin, Sources};
use crate::steps::{Done, run, target, workspace};
use crate::swift::Swift;
use crate::world::World;

/// Runs the executable `headless` of the demo's package.
pub(crate) fn swift() -> Done {
    let (swift, world) = (Swift::find_or_fetch()?, World::start()?);
    bindings::library()?;
    let words = format!("{} headless", bindings::swift::linked("run --quiet", "demo"));
    run(&mut swift.command(&workspace().join("ios-demo"), &words, &bindings::swift::variables(&world)))
}

/// Runs `main` of `Headless.kt`, beside the demo's logic, which knows nothing of Android.
pub(crate) fn kotlin() -> Done {
    let (kotlin, world) = (Kotlin::find_or_fetch()?, World::start()?);
    bindings::library()?;
    bindings::kotlin::compile(&kotlin)?;
    let [_, ours, generated] = &bindings::kotlin::classes();
    let files = bindings::files_in(&workspace().join("android-demo/logic/src/main/kotlin"))?;
    let logic = target().join("kotlin/demo");
    kotlin.compile(&Sources { files: &files, beside: &[ours, generated], friend: None, ours: true }, &logic)?;
    let mut headless =
        kotlin.run(&[&logic, ours, generated], &bindings::kotlin::properties(), "dev.rehome.demo.HeadlessKt");
    run(headless.envs(world.variables()))
}

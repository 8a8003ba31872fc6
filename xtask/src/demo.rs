//! The demos without their screens: what a user would see, printed.

use crate::bindings;
use crate::kotlin::Kotlin;
use crate::steps::{Done, run};
use crate::swift::Swift;
use crate::world::World;

/// Runs the executable `headless` of the demo's package.
pub(crate) fn swift() -> Done {
    let (swift, world) = (Swift::find_or_fetch()?, World::start()?);
    bindings::library()?;
    run(&mut bindings::swift::headless(&swift, &world))
}

/// Runs `main` of `Headless.kt`, beside the demo's logic, which knows nothing of Android.
pub(crate) fn kotlin() -> Done {
    let (kotlin, world) = (Kotlin::find_or_fetch()?, World::start()?);
    bindings::library()?;
    bindings::kotlin::compile(&kotlin)?;
    bindings::android_demo::compile(&kotlin)?;
    run(bindings::android_demo::headless(&kotlin).envs(world.variables()))
}

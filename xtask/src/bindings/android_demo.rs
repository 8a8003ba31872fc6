//! The Android demo, as far as it needs no Android: how all of it is written, and what is behind its screens.

use std::path::PathBuf;
use std::process::Command;

use super::files_in;
use super::kotlin::{classes, properties};
use crate::kotlin::{Kotlin, Sources};
use crate::steps::{Done, target, workspace};

/// Its screens are parsed so, and no more.
pub(super) fn format(kotlin: &Kotlin) -> Command {
    kotlin.format(&workspace().join("android-demo"), &["**/*.kt", "**/*.kts"])
}

/// Compiles what is behind the screens, with what stands for Android on the JVM, and then its tests.
pub(crate) fn compile(kotlin: &Kotlin) -> Done {
    let ([tests, logic], [_, ours, generated]) = (&own_classes(), &classes());
    let files = |of: &str| files_in(&workspace().join("android-demo/logic/src").join(of).join("kotlin"));
    let shown = [files("main")?, files("jvm")?].concat();
    kotlin.compile(&Sources { files: &shown, beside: &[ours, generated], friend: None, ours: true }, logic)?;
    let beside = [logic, ours, generated];
    kotlin.compile(&Sources { files: &files("test")?, beside: &beside, friend: None, ours: true }, tests)
}

pub(super) fn tests(kotlin: &Kotlin) -> Result<Command, String> {
    let ([tests, logic], [_, ours, generated]) = (&own_classes(), &classes());
    kotlin.test(&[tests, logic, ours, generated], &properties())
}

/// Goes through the screens, and prints what a user would see.
pub(crate) fn headless(kotlin: &Kotlin) -> Command {
    let ([_, logic], [_, ours, generated]) = (&own_classes(), &classes());
    kotlin.run(&[logic, ours, generated], &properties(), "dev.rehome.demo.HeadlessKt")
}

/// Where the classes of the tests are, and those of the logic.
fn own_classes() -> [PathBuf; 2] {
    ["demo-tests", "demo"].map(|name| target().join("kotlin").join(name))
}

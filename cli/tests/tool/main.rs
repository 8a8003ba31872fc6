//! The tool as scripts and people meet it: what it prints, what it writes, and how it ends.

// A helper that cannot help is a test that fails.
#![allow(clippy::unwrap_used)]

mod damaged;
mod drafts;
mod golden;
#[cfg(unix)]
mod interrupted;
mod machines;
mod misuse;
mod plans;
mod untouched;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rehome_core::testkit::habits::{self, Damage, Options};
use serde_json::Value as Json;
use tempfile::TempDir;

/// Runs the tool.
fn rehome(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rehome"));
    command.args(arguments).stdin(Stdio::null()).env_remove("NO_COLOR");
    command
}

/// What the tool printed, where it ended well.
fn printed(arguments: &[&str]) -> String {
    let output = rehome(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Json {
    serde_json::from_str(&printed(arguments)).unwrap()
}

/// What stands on standard error.
fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A habit app's store in a folder of its own.
struct Habits {
    folder: TempDir,
    store: PathBuf,
}

impl Habits {
    fn new(options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("default.store");
        habits::generate(&store, options).unwrap();
        Self { folder, store }
    }

    /// Every kind of damage, in a store small enough to read.
    fn damaged() -> Self {
        let damage = Damage::ALL.to_vec();
        Self::new(&Options { completions: 300, damage, damaged_share: 0.1, history_share: 0.1, ..Options::default() })
    }

    fn store(&self) -> &str {
        self.store.to_str().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The drafted plan, in a file.
    fn plan(&self) -> String {
        std::fs::write(self.path("plan.toml"), printed(&["draft", self.store()])).unwrap();
        self.text("plan.toml")
    }
}

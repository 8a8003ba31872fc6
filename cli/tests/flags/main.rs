//! `rehome flags` as operators and their scripts meet it: what a template is for whom, and what is published.

// A helper that cannot help is a test that fails.
#![allow(clippy::unwrap_used)]

mod evaluated;
mod misuse;
mod operator;
mod simulated;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// Runs the tool.
fn rehome(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rehome"));
    command.arg("flags").args(arguments).stdin(Stdio::null());
    for name in ["NO_COLOR", "GOOGLE_APPLICATION_CREDENTIALS", "FIREBASE_REMOTE_CONFIG_URL_BASE"] {
        command.env_remove(name);
    }
    command
}

/// What the tool printed, where it ended well.
fn printed(arguments: &[&str]) -> String {
    let output = rehome(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn printed_json(arguments: &[&str]) -> Json {
    serde_json::from_str(&printed(&[arguments, &["--json"]].concat())).unwrap()
}

/// What stands on standard error.
fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_ends(arguments: &[&str], code: i32, says: &[&str]) {
    let output = rehome(arguments);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    assert!(!told.contains("panicked"), "{told}");
    for words in says {
        assert!(told.contains(words), "{arguments:?} does not say {words:?}: {told}");
    }
}

/// Compares with a file of golden output; `REHOME_BLESS=1` writes it.
fn assert_golden(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/flags").join(name);
    if std::env::var_os("REHOME_BLESS").is_some() {
        std::fs::write(&path, printed).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(printed == expected, "{name} is another than it was:\n{printed}");
}

/// A folder for files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file, and answers its path.
    fn write(&self, name: &str, content: &Json) -> String {
        let path = self.path(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path
    }
}

/// A server's template in the middle of a rollout: those who pay first, and half of all others.
fn in_the_middle() -> Json {
    json!({
        "version": { "versionNumber": "86" },
        "conditions": [
            { "name": "paying", "condition": { "orCondition": { "conditions": [{ "andCondition": { "conditions": [
                { "customSignal": {
                    "customSignalOperator": "STRING_EXACTLY_MATCHES",
                    "customSignalKey": "tier",
                    "targetCustomSignalValues": ["paid"],
                } },
                { "percent": {
                    "percentOperator": "BETWEEN",
                    "seed": "8f2uskkw1m66",
                    "microPercentRange": { "microPercentUpperBound": 10_000_000 },
                } },
            ] } }] } } },
            { "name": "half", "condition": { "percent": {
                "percentOperator": "LESS_OR_EQUAL",
                "seed": "halves",
                "microPercent": 50_000_000,
            } } },
        ],
        "parameters": {
            "backfillEnabled": { "defaultValue": { "value": "true" } },
            "backfillRolloutPercentage": {
                "defaultValue": { "value": "10" },
                "conditionalValues": { "half": { "value": "50" }, "paying": { "value": "100" } },
            },
            "theme": {
                "defaultValue": { "useInAppDefault": true },
                "conditionalValues": { "half": { "value": "dark" } },
            },
        },
    })
}

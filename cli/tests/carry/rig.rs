//! A Firestore server, a habit app's store and the tool between them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rehome_core::testkit::habits::{self, Damage, Options};
use rehome_servers::{FirestoreServer, Project};
use serde_json::Value as Json;
use tempfile::TempDir;

const RULES: &str = include_str!("../../../firestore.rules");
const PLAN: &str = include_str!("../../src/habits.toml");

pub(crate) struct Rig {
    // In this order: the server ends before its folder goes.
    pub(crate) project: Project,
    _server: FirestoreServer,
    folder: TempDir,
}

impl Rig {
    /// So many completions, some of them damaged in every way.
    pub(crate) fn damaged(completions: u64, seed: u64) -> Self {
        let damage = Damage::ALL.to_vec();
        Self::new(&Options {
            completions,
            seed,
            damage,
            damaged_share: 0.01,
            history_share: 0.02,
            ..Options::default()
        })
    }

    pub(crate) fn new(options: &Options) -> Self {
        Self::ruled(options, RULES)
    }

    /// With these security rules instead of ours.
    pub(crate) fn ruled(options: &Options, rules: &str) -> Self {
        Self::with(options, rules, FirestoreServer::project)
    }

    /// In a project of this name.
    pub(crate) fn of_project(options: &Options, id: &str) -> Self {
        Self::with(options, RULES, |server| server.project_named(id))
    }

    fn with(options: &Options, rules: &str, project: impl FnOnce(&FirestoreServer) -> Project) -> Self {
        let folder = tempfile::tempdir().unwrap();
        habits::generate(&folder.path().join("default.store"), options).unwrap();
        std::fs::write(folder.path().join("habits.toml"), PLAN).unwrap();
        let server = FirestoreServer::hidane(Some(rules)).unwrap();
        Self { project: project(&server), _server: server, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A command about the plan and the store, by a user with a journal of that name.
    pub(crate) fn command(&self, command: &str, user: &str, journal: &str) -> Command {
        let emulator = self.project.address().to_string();
        let mut process = tool(&[command, &self.text("habits.toml"), "--store", &self.text("default.store")]);
        process.args(["--user", user, "--project", self.project.id(), "--emulator", &emulator]);
        process.args(["--journal", &self.text(journal), "--uploads", &self.text("uploads"), "--json"]);
        process
    }

    /// Carries everything, and answers with what the tool says of it.
    pub(crate) fn run(&self, journal: &str) -> Json {
        result(&mut self.command("run", "ann", journal))
    }

    pub(crate) fn verify(&self, journal: &str) -> Json {
        result(self.command("verify", "ann", journal).args(["--settle", "0"]))
    }

    /// What the rehearsal says would happen, with the documents in a file.
    pub(crate) fn rehearse(&self, documents: &Path) -> Json {
        let (plan, store) = (self.text("habits.toml"), self.text("default.store"));
        result(tool(&["rehearse", &plan, "--store", &store, "--user", "ann", "--json", "--out"]).arg(documents))
    }
}

pub(crate) fn tool(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rehome"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// The JSON that a command prints when it ends well.
pub(crate) fn result(command: &mut Command) -> Json {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", told(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What stands on standard error.
pub(crate) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

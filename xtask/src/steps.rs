//! Commands that run one after the other, and what became of them.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// What a chore answers: nothing, or a sentence that says why it failed.
pub(crate) type Done = Result<(), String>;

/// The steps of a chore. One that fails does not stop the others: who mends something wants to know all of it.
pub(crate) struct Steps {
    chore: &'static str,
    count: usize,
    began: Instant,
    failed: Vec<&'static str>,
}

impl Steps {
    pub(crate) fn of(chore: &'static str) -> Self {
        Self { chore, count: 0, began: Instant::now(), failed: Vec::new() }
    }

    /// Runs a command, and says so.
    pub(crate) fn run(&mut self, name: &'static str, command: &mut Command) {
        let what = format!("{name}: {}", shown(command));
        self.told(name, &what, || run(command));
    }

    /// Does something that is more than one command, and says so.
    pub(crate) fn work(&mut self, name: &'static str, work: impl FnOnce() -> Done) {
        self.told(name, name, work);
    }

    /// What other steps need: where it is not to be had, that is a step that failed.
    pub(crate) fn need<T>(&mut self, name: &'static str, find: impl FnOnce() -> Result<T, String>) -> Option<T> {
        find().map_err(|why| self.fail(name, &why)).ok()
    }

    fn told(&mut self, name: &'static str, what: &str, work: impl FnOnce() -> Done) {
        self.count += 1;
        let began = Instant::now();
        println!("\n== {}. {what}", self.count);
        match work() {
            Ok(()) => println!("== {name}: passed in {}", seconds(began.elapsed())),
            Err(why) => self.fail(name, &why),
        }
    }

    /// A step that failed before a command could be run.
    pub(crate) fn fail(&mut self, name: &'static str, why: &str) {
        println!("== {name}: FAILED: {why}");
        self.failed.push(name);
    }

    /// One line about all of it.
    pub(crate) fn finish(self) -> Done {
        let Self { chore, count, began, failed } = self;
        let took = seconds(began.elapsed());
        println!();
        if failed.is_empty() {
            println!("cargo xtask {chore}: all {count} steps passed in {took}");
            return Ok(());
        }
        Err(format!("cargo xtask {chore}: FAILED after {took}: {}", failed.join(", ")))
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Done {
    let status = command.status().map_err(|error| format!("{} cannot be run: {error}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(command))) }
}

/// The cargo that runs us, at the top of the workspace.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What a chore compiles is compiled once: what would make the second time quicker takes gigabytes.
    command.current_dir(workspace()).env("CARGO_INCREMENTAL", "0").args(arguments.split_whitespace());
    command
}

/// The top of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), |target| workspace().join(target))
}

/// Where what was fetched or made stays from one run to the next, outside the checkout.
pub(crate) fn cache() -> Result<PathBuf, String> {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let caches = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
    let cache = caches.ok_or("neither HOME nor XDG_CACHE_HOME says where a cache may be")?.join("rehome");
    std::fs::create_dir_all(&cache).map_err(|error| format!("{} cannot be made: {error}", cache.display()))?;
    Ok(cache)
}

fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let words = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

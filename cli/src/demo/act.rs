//! Runs this tool's own commands as processes of their own, and shows them as one would type them.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::failure::Failure;
use crate::terminal;

/// Where the acts of the show are played.
pub(super) struct Stage {
    /// This tool.
    program: PathBuf,
    quiet: bool,
}

impl Stage {
    pub(super) fn new(quiet: bool) -> Result<Self, Failure> {
        let program = env::current_exe()
            .map_err(|error| Failure::Work(format!("the system does not say where this program is: {error}")))?;
        Ok(Self { program, quiet })
    }

    pub(super) fn title(&self, title: &str) {
        self.tell(&format!("\n== {title}"));
    }

    pub(super) fn tell(&self, line: &str) {
        if !self.quiet {
            terminal::tell(line);
        }
    }

    /// Runs a command for its result.
    pub(super) fn result(&self, arguments: &[&str]) -> Result<Value, Failure> {
        self.say(arguments);
        let output = self.command(arguments).arg("--json").output().map_err(|error| cannot_run(&error))?;
        if !output.status.success() {
            return Err(ended_badly(arguments, &last_words(&output)));
        }
        self.read(arguments, &output)
    }

    /// Runs a command and kills its process, with no chance to clean up, once half of the records are carried; answers
    /// how many were.
    pub(super) fn kill_half_way(&self, arguments: &[&str]) -> Result<u64, Failure> {
        let mut child = self.begun(arguments)?;
        let half = come_to(&mut child, |read, expected| read * 2 >= expected);
        // SIGKILL: nothing in there runs any more.
        child.kill().and_then(|()| child.wait()).map_err(|error| cannot_run(&error))?;
        half.map_err(|last_words| ended_early(arguments, &last_words))
    }

    /// Runs a command, does something once two thirds of the records are carried, and answers what that made of it.
    pub(super) fn meanwhile(
        &self,
        arguments: &[&str],
        work: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<Value, Failure> {
        let mut child = self.begun(arguments)?;
        let come = come_to(&mut child, |read, expected| read * 3 >= expected * 2);
        let done = come.map_err(|last_words| ended_early(arguments, &last_words)).and_then(|_| work());
        if done.is_err() {
            child.kill().map_err(|error| cannot_run(&error))?;
        }
        // What it goes on to tell is read to its end: a pipe that nobody reads would hold it up.
        let told = child.stderr.take().map(BufReader::new);
        told.into_iter().flat_map(BufRead::lines).map_while(Result::ok).for_each(drop);
        let output = child.wait_with_output().map_err(|error| cannot_run(&error))?;
        done?;
        self.read(arguments, &output)
    }

    /// Begins a command that tells how far it is.
    fn begun(&self, arguments: &[&str]) -> Result<Child, Failure> {
        self.say(arguments);
        let mut command = self.command(arguments);
        command.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| cannot_run(&error))
    }

    fn read(&self, arguments: &[&str], output: &Output) -> Result<Value, Failure> {
        serde_json::from_slice(&output.stdout)
            .map_err(|error| Failure::Work(format!("rehome {} gave no JSON: {error}", arguments.join(" "))))
    }

    fn say(&self, arguments: &[&str]) {
        self.tell(&format!("$ rehome {}", arguments.join(" ")));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        command
    }
}

/// How many records were read when they were enough; where it ended before that, the last line that it told.
fn come_to(child: &mut Child, is_enough: impl Fn(u64, u64) -> bool) -> Result<u64, String> {
    let mut last = String::new();
    let told = child.stderr.as_mut().map(BufReader::new);
    for line in told.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
        if let Ok(told) = serde_json::from_str::<Value>(&line) {
            let progress = &told["progress"];
            if progress["phase"] == "ended" {
                return Err(last);
            }
            if let (Some(read), Some(expected)) = (progress["read"].as_u64(), progress["expected"].as_u64())
                && is_enough(read, expected)
            {
                return Ok(read);
            }
        }
        last = line;
    }
    Err(last)
}

/// A number in a command's result.
pub(super) fn number(of: &Value, name: &str) -> Result<u64, Failure> {
    of.pointer(name).and_then(Value::as_u64).ok_or_else(|| Failure::Work(format!("a result has no number at {name}")))
}

fn cannot_run(error: &std::io::Error) -> Failure {
    Failure::Work(format!("this program cannot run itself: {error}"))
}

fn ended_early(arguments: &[&str], last_words: &str) -> Failure {
    ended_badly(arguments, &format!("It ended before it had come so far. {last_words}"))
}

fn ended_badly(arguments: &[&str], why: &str) -> Failure {
    Failure::Work(format!("rehome {} failed. {why}", arguments.join(" ")))
}

fn last_words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()
}

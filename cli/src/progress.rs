use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;

use crate::terminal::{self, grouped};

/// How often somebody who reads lines is told.
const EVERY: Duration = Duration::from_secs(2);

/// Tells on standard error how far the work is: a bar for a person at a terminal, a line now and then in a log,
/// and lines of JSON for a machine.
pub(crate) struct Reporter {
    manner: Manner,
    told: Instant,
}

enum Manner {
    Bar(ProgressBar),
    Lines,
    Json,
}

/// A line for machines.
#[derive(Serialize)]
struct Line<'a> {
    progress: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    step: &'a str,
    entity: &'a str,
    read: u64,
    expected: Option<u64>,
}

impl Reporter {
    pub(crate) fn new(json: bool) -> Self {
        let manner = match json {
            true => Manner::Json,
            false if io::stderr().is_terminal() => Manner::Bar(bar()),
            false => Manner::Lines,
        };
        Self { manner, told: Instant::now() }
    }

    /// So many records of about so many were read; what is done with those of this entity is the step.
    pub(crate) fn tell(&mut self, step: &str, entity: &str, read: u64, expected: Option<u64>) {
        if let Manner::Bar(bar) = &self.manner {
            bar.set_length(expected.unwrap_or(0).max(read));
            bar.set_position(read);
            bar.set_message(format!("{step} {entity}"));
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            self.tell_in_a_line(step, entity, read, expected);
        }
    }

    fn tell_in_a_line(&self, step: &str, entity: &str, read: u64, expected: Option<u64>) {
        if matches!(self.manner, Manner::Json) {
            let line = Line { progress: Told { step, entity, read, expected } };
            // Progress that cannot be told is no reason to stop the work.
            let _ = serde_json::to_string(&line).map(terminal::tell);
            return;
        }
        match expected {
            Some(expected) => terminal::tell(format_args!("{step} {entity}: {read} of about {expected}")),
            None => terminal::tell(format_args!("{step} {entity}: {read}")),
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Manner::Bar(bar) = &self.manner {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        // A bar that cannot be drawn is no reason to stop the work.
        let _ = write!(out, "{}/s", grouped(state.per_sec() as u64));
    };
    // The template is our own; were it ever wrong, the plain bar is good enough.
    let style = ProgressStyle::with_template("{msg}\n{wide_bar} {human_pos} of {human_len}, {rate}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style.with_key("rate", rate))
}

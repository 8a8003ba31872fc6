use std::fmt::{Display, Write};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use crate::terminal::{self, grouped};

/// How often somebody who reads lines is told.
const EVERY: Duration = Duration::from_secs(2);
/// How often a machine is told, which may want to act on it.
pub(crate) const EVERY_FOR_MACHINES: Duration = Duration::from_millis(100);

/// Tells on standard error how far the work is: a bar for a person at a terminal, a line now and then in a log,
/// and lines of JSON for a machine.
pub(crate) struct Reporter {
    manner: Manner,
    told: Instant,
}

enum Manner {
    Bar(ProgressBar),
    /// The bar is not drawn: it only knows how fast it goes.
    Lines(ProgressBar),
    Json {
        last: String,
    },
}

impl Reporter {
    pub(crate) fn new(json: bool) -> Self {
        let manner = match json {
            true => Manner::Json { last: String::new() },
            false if io::stderr().is_terminal() => Manner::Bar(bar()),
            false => Manner::Lines(ProgressBar::hidden()),
        };
        Self { manner, told: Instant::now() }
    }

    /// So many of about so many records are done; for people with a word for the work, and all of it for machines.
    pub(crate) fn tell(&mut self, work: impl Display, done: u64, expected: Option<u64>, all: impl Serialize) {
        match &mut self.manner {
            Manner::Bar(bar) => {
                move_to(bar, done, expected);
                bar.set_message(work.to_string());
            }
            Manner::Lines(pace) => {
                move_to(pace, done, expected);
                if self.told.elapsed() >= EVERY {
                    self.told = Instant::now();
                    terminal::tell(line(work, done, expected, pace));
                }
            }
            Manner::Json { last } if self.told.elapsed() >= EVERY_FOR_MACHINES => {
                self.told = Instant::now();
                tell_as_json(last, all);
            }
            Manner::Json { .. } => {}
        }
    }

    /// Says something to people, once; a machine has it among the rest.
    pub(crate) fn say(&self, what: impl Display) {
        match &self.manner {
            Manner::Bar(bar) => bar.suspend(|| terminal::tell(what)),
            Manner::Lines(_) => terminal::tell(what),
            Manner::Json { .. } => {}
        }
    }

    /// Tells a machine how it ended, whether or not it is its turn.
    pub(crate) fn tell_the_last(&mut self, all: impl Serialize) {
        if let Manner::Json { last } = &mut self.manner {
            tell_as_json(last, all);
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

fn tell_as_json(last: &mut String, all: impl Serialize) {
    let line = json!({ "progress": all }).to_string();
    if line != *last {
        terminal::tell(&line);
        *last = line;
    }
}

fn move_to(bar: &ProgressBar, done: u64, expected: Option<u64>) {
    // Where it goes on from an earlier time, that part of the way says nothing of how fast it goes.
    let is_first = bar.length().is_none_or(|length| length == 0);
    bar.set_length(expected.unwrap_or(0).max(done));
    bar.set_position(done);
    if is_first {
        bar.reset_eta();
    }
}

fn line(work: impl Display, done: u64, expected: Option<u64>, pace: &ProgressBar) -> String {
    let (done, rate) = (grouped(done), pace.per_sec());
    let of = expected.map_or(String::new(), |expected| format!(" of about {}", grouped(expected)));
    let left = expected.filter(|_| rate > 0.0).map_or(String::new(), |_| format!(", {} s left", pace.eta().as_secs()));
    format!("{work}: {done}{of}, {}/s{left}", grouped(rate as u64))
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

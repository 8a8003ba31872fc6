//! How far a run is, on standard error: a bar for a person, a line now and then in a log, JSON for a machine.

use std::io::{self, IsTerminal};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rehome_core::backfill::{Control, Phase, Progress};
use serde_json::json;

use crate::terminal::{self, grouped};

/// How often somebody who reads lines is told.
const EVERY: Duration = Duration::from_secs(2);
/// How often a machine is told, which may want to act on it.
const EVERY_FOR_MACHINES: Duration = Duration::from_millis(100);

/// Tells how far a run is until it is dropped.
pub(super) struct Watched {
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

pub(super) fn watch(control: &Control, json: bool) -> Watched {
    let (stop, stopped) = std::sync::mpsc::channel();
    let progress = control.progress();
    let mut teller = Teller::new(json);
    // On a thread of its own: a run that waits for the network is still seen to be there.
    let thread = thread::spawn(move || {
        while stopped
            .recv_timeout(EVERY_FOR_MACHINES)
            .is_err_and(|why| why == std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            teller.tell(&progress.borrow());
        }
        teller.finish(&progress.borrow());
    });
    Watched { stop: Some(stop), thread: Some(thread) }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.stop.take());
        // What it could not tell is no reason to fail.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

enum Teller {
    Bar(ProgressBar),
    Lines { told: Instant },
    Json { last: Option<Progress> },
}

impl Teller {
    fn new(json: bool) -> Self {
        match json {
            true => Self::Json { last: None },
            false if io::stderr().is_terminal() => Self::Bar(bar()),
            false => Self::Lines { told: Instant::now() },
        }
    }

    fn tell(&mut self, progress: &Progress) {
        match self {
            Self::Bar(bar) => draw(bar, progress),
            Self::Lines { told } if told.elapsed() >= EVERY => {
                *told = Instant::now();
                terminal::tell(line(progress));
            }
            Self::Lines { .. } => {}
            Self::Json { last } if last.as_ref() != Some(progress) => {
                *last = Some(*progress);
                terminal::tell(json!({ "progress": as_json(progress) }));
            }
            Self::Json { .. } => {}
        }
    }

    fn finish(&mut self, progress: &Progress) {
        match self {
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Lines { .. } => {}
            Self::Json { .. } => self.tell(progress),
        }
    }
}

fn draw(bar: &ProgressBar, progress: &Progress) {
    bar.set_length(progress.expected.unwrap_or(0).max(progress.counters.read));
    bar.set_position(progress.counters.read);
    let left = progress.left.map_or(String::new(), |left| format!(", {} s left", left.as_secs()));
    bar.set_message(format!("{}: {}/s{left}", word(progress.phase), grouped(progress.rate as u64)));
}

fn line(progress: &Progress) -> String {
    let read = grouped(progress.counters.read);
    let of = progress.expected.map_or(String::new(), |expected| format!(" of about {}", grouped(expected)));
    let left = progress.left.map_or(String::new(), |left| format!(", {} s left", left.as_secs()));
    format!("{}: {read}{of} records, {}/s{left}", word(progress.phase), grouped(progress.rate as u64))
}

fn as_json(progress: &Progress) -> serde_json::Value {
    json!({
        "phase": word(progress.phase),
        "read": progress.counters.read,
        "expected": progress.expected,
        "rate": progress.rate,
        "seconds_left": progress.left.map(|left| left.as_secs_f64()),
        "counters": progress.counters,
    })
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "starting",
        Phase::Carrying => "carrying",
        Phase::CatchingUp => "catching up",
        Phase::Ended => "ended",
    }
}

fn bar() -> ProgressBar {
    // The template is our own; were it ever wrong, the plain bar is good enough.
    let style = ProgressStyle::with_template("{msg}\n{wide_bar} {human_pos} of {human_len}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

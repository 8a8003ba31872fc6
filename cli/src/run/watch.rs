//! How far a run is, as the engine tells it.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use rehome_core::backfill::{Control, Phase, Progress};
use serde_json::json;

use crate::progress::{EVERY_FOR_MACHINES, Reporter};
use crate::terminal::{counted, grouped};

/// Tells how far a run is until it is dropped.
pub(super) struct Watched {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Begins to tell, and first what the run may cost where that is capped.
pub(super) fn watch(control: &Control, cap: Option<u64>, json: bool) -> Watched {
    let (stop, stopped) = channel();
    let progress = control.progress();
    let (mut reporter, mut cap) = (Reporter::new(json), cap);
    // On a thread of its own: a run that waits for the network is still seen to be there.
    let thread = thread::spawn(move || {
        while stopped.recv_timeout(EVERY_FOR_MACHINES) == Err(RecvTimeoutError::Timeout) {
            let progress = *progress.borrow();
            if let Some((cap, operations)) = cap.zip(progress.operations) {
                reporter.say(cost(cap, operations, &progress));
            }
            cap = cap.filter(|_| progress.operations.is_none());
            let read = progress.counters.read;
            reporter.tell(word(progress.phase), read, progress.expected, as_json(&progress));
        }
        reporter.tell_the_last(as_json(&progress.borrow()));
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

fn cost(cap: u64, operations: u64, progress: &Progress) -> String {
    let (in_all, so_far) = (counted(operations, "operation"), grouped(progress.counters.billed()));
    format!("About {in_all} are expected to be billed in all, {so_far} of them so far; the cap is {}", grouped(cap))
}

fn as_json(progress: &Progress) -> serde_json::Value {
    json!({
        "phase": word(progress.phase),
        "read": progress.counters.read,
        "expected": progress.expected,
        "operations": progress.operations,
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

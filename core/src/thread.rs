//! A thread that works through what it is sent, for libraries that block: whoever asks never does.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use crate::error::{Error, ErrorKind, Result};

/// The thread and the way to it. It ends, with all that it was sent, before whoever owns it goes on.
pub(crate) struct Thread<J> {
    jobs: Option<Sender<J>>,
    thread: Option<JoinHandle<()>>,
}

impl<J: Send + 'static> Thread<J> {
    /// Starts a thread of this name that takes its jobs from a queue.
    pub(crate) fn start(name: &str, work: impl FnOnce(Receiver<J>) + Send + 'static) -> Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(queue));
        let thread = thread.map_err(|failure| {
            Error::new(ErrorKind::Io, "the system gives no thread to work on; close something and try again")
                .because(failure)
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Puts a job at the end of the queue.
    pub(crate) fn send(&self, job: J) -> Result<()> {
        self.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(Self::ended)
    }

    /// Why a job is not answered.
    pub(crate) fn ended() -> Error {
        Error::new(ErrorKind::Bug, "a thread that reads or writes a database has ended; open the database again")
    }
}

impl<J> Drop for Thread<J> {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked has told its askers by not answering.
            drop(thread.join());
        }
    }
}

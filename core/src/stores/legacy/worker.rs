//! SQLite on a thread of its own: whoever asks is never blocked, and a running query can be stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};
use tokio::sync::oneshot;

use super::at_rest::AtRest;
use super::batch::Context;
use super::codec::Decoder;
use super::patience::Patience;
use super::reader::{Reader, Survey};
use crate::error::{Error, ErrorKind, Result};

type Job = Box<dyn for<'a, 'c> FnOnce(&'a mut Reader<'c>, &'a mut Patience) + Send>;

/// The thread and the way to it.
pub(crate) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    interrupt: InterruptHandle,
    stop: Arc<AtomicBool>,
}

/// What a worker begins with.
pub(crate) struct Start {
    pub(crate) connection: Connection,
    pub(crate) at_rest: Option<AtRest>,
    pub(crate) store: PathBuf,
    pub(crate) decoder: Decoder,
    pub(crate) patience: Duration,
    pub(crate) survey: Survey,
}

impl Worker {
    /// Starts the thread, and waits until it has read what the store says of itself.
    pub(crate) fn start(start: Start) -> Result<Self> {
        let interrupt = start.connection.get_interrupt_handle();
        let stop = Arc::new(AtomicBool::new(false));
        let mut patience = Patience::new(start.patience, stop.clone());
        let (jobs, queue) = mpsc::channel::<Job>();
        let (ready, begun) = mpsc::channel();
        let stopped = stop.clone();
        let work = move || {
            let Start { connection, at_rest, store, decoder, survey, .. } = start;
            let mut reader = Reader::new(Context { connection: &connection, store, decoder }, at_rest, survey);
            let begun = patience.retry(|| reader.begin());
            let failed = begun.is_err();
            drop(ready.send(begun));
            if failed {
                return;
            }
            for job in queue {
                stopped.store(false, Ordering::Relaxed);
                job(&mut reader, &mut patience);
            }
        };
        let thread = std::thread::Builder::new().name("rehome-store".to_owned()).spawn(work).map_err(|failure| {
            Error::new(ErrorKind::Io, "the system gives no thread to read the store with").because(failure)
        })?;
        let worker = Self { jobs: Some(jobs), thread: Some(thread), interrupt, stop };
        begun.recv().map_err(|_| ended())??;
        Ok(worker)
    }

    /// Asks the reader for something; a lock that somebody holds is waited for.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl for<'a, 'c> Fn(&'a mut Reader<'c>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |reader, patience| {
            // Nobody waits for what was given up.
            if !answer.is_closed() {
                drop(answer.send(patience.retry(|| question(reader))));
            }
        });
        self.jobs.as_ref().ok_or_else(ended)?.send(job).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// Ends the query that runs now, if one does.
    pub(crate) fn interrupt(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.interrupt.interrupt();
    }
}

/// The thread ends before whoever owns the store goes on, so that no lock outlives it.
impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        self.interrupt();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Bug, "the thread that reads the store has ended; open the store again")
}

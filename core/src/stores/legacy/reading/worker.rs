//! SQLite on a thread of its own: whoever asks is never blocked, and a running query can be stopped.

use std::path::PathBuf;
use std::sync::mpsc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::batch::Context;
use super::reader::{Reader, Survey};
use crate::error::Result;
use crate::stores::legacy::access::AtRest;
use crate::stores::legacy::access::Patience;
use crate::stores::legacy::access::Stop;
use crate::stores::legacy::values::Decoder;
use crate::thread::Thread;

type Job = Box<dyn for<'a, 'c> FnOnce(&'a mut Reader<'c>, &'a mut Patience) + Send>;

/// How many of its steps SQLite makes before it asks whether it is to stop.
const STEPS: i32 = 200;

/// The thread and the way to it.
pub(crate) struct Worker {
    thread: Thread<Job>,
    stop: Stop,
}

/// What a worker begins with.
pub(crate) struct Start {
    pub(crate) connection: Connection,
    pub(crate) at_rest: Option<AtRest>,
    pub(crate) store: PathBuf,
    pub(crate) decoder: Decoder,
    pub(crate) patience: Patience,
    pub(crate) survey: Survey,
}

impl Worker {
    /// Starts the thread, and waits until it has read what the store says of itself.
    pub(crate) fn start(start: Start) -> Result<Self> {
        let (ready, begun) = mpsc::channel();
        let thread = Thread::start("rehome-store", move |jobs| {
            let Start { connection, at_rest, store, decoder, mut patience, survey } = start;
            let stop = patience.stop.clone();
            let mut reader = Reader::new(
                Context { connection: &connection, store, decoder, room: usize::MAX, stop },
                at_rest,
                survey,
            );
            let begun = heed(&mut reader, &patience.stop).and_then(|()| patience.retry(|| reader.begin()));
            let failed = begun.is_err();
            drop(ready.send(begun));
            if failed {
                return;
            }
            for job in jobs {
                let job: Job = job;
                job(&mut reader, &mut patience);
            }
        })?;
        let worker = Self { thread, stop: Stop::default() };
        begun.recv().map_err(|_| Thread::<Job>::ended())??;
        Ok(worker)
    }

    /// Asks the reader for something; a lock that somebody holds is waited for.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl for<'a, 'c> Fn(&'a mut Reader<'c>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let stop = self.stop.anew();
        let job: Job = Box::new(move |reader, patience| {
            // Nobody waits for what was given up.
            if !answer.is_closed() {
                patience.stop = stop;
                let answered = heed(reader, &patience.stop).and_then(|()| patience.retry(|| question(reader)));
                drop(answer.send(answered));
            }
        });
        self.thread.send(job)?;
        answered.await.map_err(|_| Thread::<Job>::ended())?
    }

    /// Calls off all that was asked until now.
    pub(crate) fn interrupt(&self) {
        self.stop.set();
    }
}

/// The thread ends before whoever owns the store goes on, so that no lock outlives it; soon, since nobody waits for
/// what it does.
impl Drop for Worker {
    fn drop(&mut self) {
        self.interrupt();
    }
}

/// Has SQLite and the reader heed this stop from now on. SQLite's own interrupt would not do: it ends what runs at that
/// moment, and is forgotten between two queries.
fn heed(reader: &mut Reader<'_>, stop: &Stop) -> Result<()> {
    stop.check()?;
    reader.context.stop = stop.clone();
    let stop = stop.clone();
    let heeded = reader.context.connection.progress_handler(STEPS, Some(move || stop.is_set()));
    heeded.map_err(|failure| reader.context.failed(failure))
}

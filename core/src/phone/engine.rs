//! The thread that everything runs on. SQLite has threads of its own, and the network waits most of the time: one is
//! enough, and sleeps while nothing is asked.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tokio::sync::{oneshot, watch};
use tokio::task::{self, JoinError};

use crate::error::{Error, ErrorKind, Result};

pub(super) struct Engine {
    handle: Handle,
    quit: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Engine {
    pub(super) fn start() -> Result<Self> {
        let no_thread = |error| Error::new(ErrorKind::Io, "the system gives no thread to work on").because(error);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(no_thread)?;
        let handle = runtime.handle().clone();
        let (quit, mut asked) = watch::channel(false);
        let work = move || {
            runtime.block_on(async {
                // An engine that is dropped is one that quits.
                let _ = asked.wait_for(|quits| *quits).await;
            });
            // Whoever hangs in the app's own code is left behind.
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("rehome".to_owned()).spawn(work).map_err(no_thread)?;
        Ok(Self { handle, quit, thread: Mutex::new(Some(thread)) })
    }

    /// Does something, and gives it up where nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (task, answered) = self.begin(work);
        outcome(AbortedWhenDropped(task), answered).await
    }

    /// Does something that has to come to its own end, whoever waits for it.
    pub(super) async fn run_to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (task, answered) = self.begin(work);
        outcome(task, answered).await
    }

    /// Begins it. To tokio all work is of one type: a task of its own for each is compiled anew, and weighs kilobytes.
    fn begin<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> (task::JoinHandle<()>, oneshot::Receiver<Result<T>>) {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::pin(async move {
            // Whoever does not wait any more needs no answer.
            let _ = answer.send(work.await);
        });
        (self.handle.spawn(work), answered)
    }

    /// Does something short on the caller's own thread, which must not be one that others wait for.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        if *self.quit.borrow() {
            return Err(closed());
        }
        self.handle.block_on(work)
    }

    /// Does something behind everybody's back.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let work: Work = Box::pin(work);
        self.handle.spawn(work);
    }

    /// Ends everything, and waits until the thread is gone.
    pub(super) fn quit(&self) {
        self.quit.send_replace(true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // A panic in there was told to whoever waited for it.
            let _ = thread.join();
        }
    }
}

/// Anything that is to be done.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a task answered, or why it did not.
async fn outcome<T>(
    task: impl Future<Output = std::result::Result<(), JoinError>>,
    answered: oneshot::Receiver<Result<T>>,
) -> Result<T> {
    match answered.await {
        Ok(done) => done,
        Err(_) => Err(task.await.map_or_else(told, |()| closed())),
    }
}

struct AbortedWhenDropped<T>(task::JoinHandle<T>);

impl<T> Future for AbortedWhenDropped<T> {
    type Output = std::result::Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for AbortedWhenDropped<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn told(lost: JoinError) -> Error {
    if lost.is_panic() {
        let message = "a mistake within Rehome ended this; what is on disk is whole, and the same call goes on there";
        return Error::new(ErrorKind::Bug, message);
    }
    closed()
}

fn closed() -> Error {
    Error::new(ErrorKind::Cancelled, "it was closed meanwhile; open it again and ask once more")
}

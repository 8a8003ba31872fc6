//! Opening an app's store from the command line.

use std::ffi::{OsStr, OsString};
use std::future::Future;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use clap::Args;
use rehome_core::schema::Schema;
use rehome_core::store::Source;
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore, Process, Stop};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::failure::Failure;

/// How a store is read.
#[derive(Args)]
pub(crate) struct Reading {
    /// Copy the store aside first, and read the copy: an app that is writing is then left alone
    #[arg(long)]
    snapshot: bool,
    /// The schema that Room exported when the app was built (app/schemas/CLASS/VERSION.json)
    #[arg(long, value_name = "FILE")]
    room_schema: Option<PathBuf>,
}

/// A store that can be read.
pub(crate) struct Opened {
    // The order counts: the store goes before the folder that it may lie in.
    store: LegacyStore,
    _snapshot: Option<TempDir>,
}

impl Deref for Opened {
    type Target = LegacyStore;

    fn deref(&self) -> &LegacyStore {
        &self.store
    }
}

/// Opens the store; Ctrl-C ends that too, and takes away what was copied of it.
pub(crate) fn open(path: &Path, reading: &Reading) -> Result<Opened, Failure> {
    let stop = Stop::default();
    let options = LegacyOptions {
        room_schema: reading.room_schema.clone(),
        process: Process::Tool,
        stop: stop.clone(),
        ..LegacyOptions::default()
    };
    let (path, snapshot) = (path.to_owned(), reading.snapshot);
    let opening = move || {
        let folder = if snapshot { Some(temporary_folder()?) } else { None };
        let store = match &folder {
            Some(folder) => LegacyStore::open_snapshot(path, folder.path(), options),
            None => LegacyStore::open(path, options),
        };
        Ok(Opened { store: store?, _snapshot: folder })
    };
    wait_for(async move {
        let _given_up = SetWhenDropped(stop);
        aside(opening).await
    })
}

/// Does something on another thread, so that Ctrl-C is heard meanwhile.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|lost| Err(Failure::Work(format!("the work was not done: {lost}"))))
}

/// Stops what is done on another thread for somebody who has given it up.
struct SetWhenDropped(Stop);

impl Drop for SetWhenDropped {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// A folder that only its owner can look into, gone when it is dropped.
pub(crate) fn temporary_folder() -> Result<TempDir, Failure> {
    tempfile::tempdir().map_err(|error| Failure::file("used", &std::env::temp_dir(), &error))
}

pub(crate) fn schema(store: &LegacyStore) -> Result<Arc<Schema>, Failure> {
    wait_for(store.schema())
}

/// The files that a store is made of, and the folders with its large values, whether they are there now or not. SQLite
/// follows links to the store, and has the others beside it.
pub(crate) fn files(store: &Path) -> Vec<PathBuf> {
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let beside = |suffix: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let support =
        |name: &OsStr| store.with_file_name(OsString::from_iter([OsStr::new("."), name, OsStr::new("_SUPPORT")]));
    let folders = [store.file_stem(), store.file_name()].into_iter().flatten().map(support);
    ["", "-wal", "-shm", "-journal"].map(beside).into_iter().chain(folders).collect()
}

/// Runs the engine until it is done, or until it is asked to end, as by Ctrl-C: then what was begun is cleared away, also by
/// threads that were begun, which are waited for. It needs no more than this thread: the store has its own.
pub(crate) fn wait_for<T, E: Into<Failure>>(work: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    runtime()?.block_on(async {
        tokio::select! {
            // In this order: nothing begins before somebody listens.
            biased;
            Ok(failure) = asked_to_end() => Err(failure),
            done = work => done.map_err(Into::into),
        }
    })
}

/// The same for work that ends in order when it is told to: it is waited for then too.
pub(crate) fn wait_or_wind_down<T, E: Into<Failure>>(
    work: impl Future<Output = Result<T, E>>,
    wind_down: impl FnOnce(),
) -> Result<T, Failure> {
    runtime()?.block_on(async {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            Ok(failure) = asked_to_end() => {
                wind_down();
                // Whoever presses Ctrl-C once more does not want to wait.
                tokio::select! {
                    biased;
                    Ok(_) = asked_to_end() => {}
                    _ = work => {}
                }
                Err(failure)
            }
            done = &mut work => done.map_err(Into::into),
        }
    })
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Work(format!("the system gives no event loop: {error}")))
}

/// Waits until somebody presses Ctrl-C, or another process asks this one to end.
#[cfg(unix)]
async fn asked_to_end() -> io::Result<Failure> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.map(|()| Failure::Interrupted),
        _ = terminate.recv() => Ok(Failure::Terminated),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> io::Result<Failure> {
    tokio::signal::ctrl_c().await.map(|()| Failure::Interrupted)
}

//! Opening an app's store from the command line.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use rehome_core::error::Result;
use rehome_core::schema::Schema;
use rehome_core::store::Source;
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore, Process};

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

pub(crate) fn open(path: &Path, reading: &Reading) -> Result<LegacyStore, Failure> {
    let options =
        LegacyOptions { room_schema: reading.room_schema.clone(), process: Process::Tool, ..LegacyOptions::default() };
    let store = match reading.snapshot {
        true => LegacyStore::open_snapshot(path, std::env::temp_dir(), options),
        false => LegacyStore::open(path, options),
    };
    Ok(store?)
}

pub(crate) fn schema(store: &LegacyStore) -> Result<Arc<Schema>, Failure> {
    wait_for(store.schema())
}

/// The files that a store is made of, whether they are there now or not. SQLite follows links to the store, and has
/// the others beside it.
pub(crate) fn files(store: &Path) -> Vec<PathBuf> {
    let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
    let beside = |suffix: &str| {
        let mut name = store.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm", "-journal"].map(beside).into()
}

/// Runs the engine until it is done, or until somebody presses Ctrl-C: then what was begun is cleared away. It needs
/// no more than this thread: the store has its own.
pub(crate) fn wait_for<T>(work: impl Future<Output = Result<T>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(|error| Failure::Work(format!("the system gives no event loop: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            done = work => Ok(done?),
            Ok(()) = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    })
}

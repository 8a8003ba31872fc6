//! The store as the rest of the house sees it; the work is done on a thread of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::access::{Opened, Patience, Process, Snapshot, Stop, at_rest, open};
use super::facts::{Counts, Facts};
use super::reading::{Start, Worker};
use super::survey::survey;
use super::values::{Decoder, ExternalFiles};
use crate::error::Result;
use crate::schema::Schema;
use crate::store::{Answer, Changes, Cursor, Page, Shape, Source};

/// How a legacy store is read, where the usual way does not do.
#[derive(Clone, Debug)]
pub struct LegacyOptions {
    /// The folder that holds `_EXTERNAL_DATA`, where it is not `.NAME_SUPPORT` beside the store: a snapshot leaves it
    /// with the original.
    pub support_dir: Option<PathBuf>,
    /// The schema that Room exported when the app was built (`app/schemas/<class>/<version>.json`), where there is
    /// one: it knows more than the tables do.
    pub room_schema: Option<PathBuf>,
    /// How long a lock that the app holds is waited for.
    pub patience: Duration,
    /// Whose process this is: the app's, unless it says that it is a tool's.
    pub process: Process,
    /// Ends the opening where it is set meanwhile, with all that a snapshot has copied until then. Once the store is
    /// open, [`LegacyStore::interrupt`] ends what it does.
    pub stop: Stop,
}

impl Default for LegacyOptions {
    fn default() -> Self {
        Self {
            support_dir: None,
            room_schema: None,
            patience: Duration::from_secs(5),
            process: Process::App,
            stop: Stop::default(),
        }
    }
}

/// A store that an app has on the device, read while the app goes on using it.
///
/// Nothing is ever written to it: not its rows, its WAL, or its journal mode. Each page is a read transaction of its
/// own, so that the app's checkpoints are not kept waiting. SQLite runs on a thread of its own, which ends when the
/// store is dropped.
///
/// ```no_run
/// # async fn example() -> rehome_core::error::Result<()> {
/// use rehome_core::store::{Shape, Source};
/// use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
///
/// let store = LegacyStore::open("default.store", LegacyOptions::default())?;
/// let habits = Shape::of("Habit", &["id", "title"]);
/// let first = store.page(&habits, None, 100).await?;
/// println!("{} habits, {} rows that cannot be read", first.records.len(), first.rejected.len());
/// # Ok(())
/// # }
/// ```
pub struct LegacyStore {
    // The order counts: the worker's connection ends before its snapshot is removed.
    worker: Worker,
    path: PathBuf,
    _snapshot: Option<Snapshot>,
}

impl LegacyStore {
    /// Opens the store where it lies.
    ///
    /// # Errors
    /// Where nothing is there, the file is no store, is encrypted or damaged, or cannot be read now.
    pub fn open(path: impl AsRef<Path>, options: LegacyOptions) -> Result<Self> {
        let path = path.as_ref();
        Self::start(path, path, options, None)
    }

    /// Copies the store into a folder of the caller's, by SQLite's own means and with all that is in its WAL, and
    /// opens the copy, which is removed with the store. The app's store is then left alone.
    ///
    /// # Errors
    /// As [`open`](Self::open), and where the folder has no space for a copy.
    pub fn open_snapshot(path: impl AsRef<Path>, folder: impl AsRef<Path>, options: LegacyOptions) -> Result<Self> {
        let path = path.as_ref();
        let mut patience = Patience::new(options.patience, options.stop.clone());
        let snapshot = Snapshot::take(path, folder.as_ref(), options.process, &mut patience)?;
        let copy = snapshot.path().to_owned();
        Self::start(path, &copy, options, Some(snapshot))
    }

    /// Opens what lies at `path` for the store that is, or was, at `original`.
    fn start(original: &Path, path: &Path, options: LegacyOptions, snapshot: Option<Snapshot>) -> Result<Self> {
        let files = ExternalFiles::of(original, options.support_dir.as_deref());
        let mut patience = Patience::new(options.patience, options.stop);
        let warning = match options.process {
            Process::Tool => at_rest::warning(original),
            Process::App => None,
        };
        let Opened { connection, at_rest } = open(path, options.process, &mut patience)?;
        let (store, room_schema) = (original.to_owned(), options.room_schema);
        let worker = Worker::start(Start {
            connection,
            at_rest,
            store: original.to_owned(),
            decoder: Decoder::new(files),
            patience,
            survey: Box::new(move |connection| {
                let mut layout = survey(connection, &store, room_schema.as_deref())?;
                layout.schema.warnings.extend(warning.map(str::to_owned));
                Ok(layout)
            }),
        })?;
        Ok(Self { worker, path: original.to_owned(), _snapshot: snapshot })
    }

    /// Where the store lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// Where the store cannot be read now.
    pub async fn counts(&self) -> Result<Counts> {
        self.worker.ask(|reader| reader.counts()).await
    }

    /// What the store keeps beside its rows.
    ///
    /// # Errors
    /// Where the store cannot be read now.
    pub async fn facts(&self) -> Result<Facts> {
        self.worker.ask(|reader| reader.facts()).await
    }

    /// Calls off all that was asked until now, whether it runs or waits for its turn: it answers
    /// [`Cancelled`](crate::error::ErrorKind::Cancelled). Before a phone puts the app to sleep, no lock may be left.
    pub fn interrupt(&self) {
        self.worker.interrupt();
    }
}

impl Source for LegacyStore {
    fn schema(&self) -> Answer<'_, Arc<Schema>> {
        Box::pin(self.worker.ask(|reader| reader.in_current_view(|reader| Ok(reader.schema()))))
    }

    /// The identifier that Core Data gives each of its stores; of others the file's name, since an app's folder has
    /// another path after each update.
    fn identity(&self) -> Answer<'_, Option<String>> {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned());
        Box::pin(self.worker.ask(move |reader| Ok(reader.layout.store_id.clone().or_else(|| name.clone()))))
    }

    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page> {
        let (shape, after) = (shape.clone(), after.cloned());
        Box::pin(self.worker.ask(move |reader| reader.page(&shape, after.as_ref(), limit)))
    }

    fn estimate<'a>(&'a self, entity: &'a str) -> Answer<'a, Option<u64>> {
        let entity = entity.to_owned();
        Box::pin(self.worker.ask(move |reader| reader.estimate(&entity)))
    }

    fn changes<'a>(&'a self, shapes: &'a [Shape], since: Option<&'a Cursor>, limit: usize) -> Answer<'a, Changes> {
        let (shapes, since) = (shapes.to_vec(), since.cloned());
        Box::pin(self.worker.ask(move |reader| reader.changes(&shapes, since.as_ref(), limit)))
    }
}

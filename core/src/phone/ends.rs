//! The concrete stores: the one file that names them. Each is opened when it is needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::configuration::{Configuration, PlanText, StoreFile};
use super::device::Snapshots;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{JournalOptions, SqliteJournal};
use crate::plan::{Plan, PlanFile, choose};
use crate::record::Timestamp;
use crate::remote_config::{FirebaseApp, RemoteConfig};
use crate::rules::Rules;
use crate::schema::Schema;
use crate::steering::LocalFile;
use crate::store::{Source, Target};
use crate::stores::firestore::{self, DEFAULT_DATABASE, FirestoreConfig, FirestoreStore};
use crate::stores::legacy::{LegacyOptions, LegacyStore};
const JOURNAL: &str = "rehome.journal";
/// Where copies of the store lie while they are read, and what verifications put aside.
const SCRATCH: &str = "scratch";

/// What is at both ends of a migration, and what is remembered between.
pub(super) struct Ends {
    pub(super) journal: Arc<SqliteJournal>,
    /// Where the journal lies now that was found damaged.
    pub(super) put_aside: Option<PathBuf>,
    firestore: Arc<FirestoreStore>,
    plans: Vec<PlanFile>,
    store: StoreFile,
    options: LegacyOptions,
    remote_config: Option<(FirebaseApp, OnceCell<RemoteConfig>)>,
    flags_file: Option<LocalFile>,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
}

/// A store that is open, and the plan for it.
pub(super) struct Opened {
    // The order counts: the store is closed before its copy is removed.
    store: LegacyStore,
    _copy: Option<Scratch>,
    pub(super) plan: Plan,
}

/// A folder of ours that goes when nobody needs it.
pub(super) struct Scratch(PathBuf);

impl Ends {
    /// What can be opened without asking anybody: the journal, and the app's words read.
    pub(super) fn open(configuration: &Configuration) -> Result<Self> {
        let Configuration { folder, device, project, tokens, .. } = configuration;
        // What cannot be used as it is leaves nothing behind.
        let plans = configuration.plans.iter().map(parsed).collect::<Result<Vec<_>>>()?;
        if plans.windows(2).any(|two| two[0].name() != two[1].name()) {
            return Err(wrong("the plans have several names; plans for the schemas of one app have one".to_owned()));
        }
        let database = configuration.database.clone().unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
        let endpoint = configuration.endpoint.clone();
        let config = FirestoreConfig { database, endpoint, ..FirestoreConfig::new(project, tokens.clone()) };
        let firestore = Arc::new(FirestoreStore::new(config)?);
        fs::create_dir_all(folder).map_err(|error| no_folder(folder, error))?;
        let options = JournalOptions {
            device: device.clone(),
            no_backup_dir: configuration.no_backup_folder.clone(),
            ..JournalOptions::default()
        };
        let opened = SqliteJournal::open(folder.join(JOURNAL), &options)?;
        Ok(Self {
            journal: Arc::new(opened.journal),
            put_aside: opened.put_aside,
            firestore,
            plans,
            store: configuration.store.clone(),
            options: LegacyOptions { room_schema: configuration.room_schema.clone(), ..LegacyOptions::default() },
            remote_config: configuration.remote_config.clone().map(|app| (app, OnceCell::new())),
            flags_file: configuration.flags_file.as_ref().map(LocalFile::at),
            folder: folder.clone(),
            clock: configuration.clock.clone(),
        })
    }

    /// What all plans of the app are called.
    pub(super) fn plan_name(&self) -> Result<&str> {
        let first = self.plans.first().map(PlanFile::name);
        first.ok_or_else(|| wrong("there is no plan; hand over the text of one".to_owned()))
    }

    /// The store as it is now, with the plan for it.
    pub(super) async fn store(&self) -> Result<Opened> {
        let (path, copy) = match &self.store {
            StoreFile::At(path) => (path.clone(), None),
            StoreFile::Copied { name, by } => {
                let scratch = self.scratch("store")?;
                (copied(name, &**by, &scratch).await?, Some(scratch))
            }
        };
        let options = self.options.clone();
        let opening = tokio::task::spawn_blocking(move || LegacyStore::open(path, options));
        let lost = |lost| Error::new(ErrorKind::Bug, "the store was not opened; ask once more").because(lost);
        let store = opening.await.map_err(lost)??;
        let plan = self.plan(&*store.schema().await?)?;
        Ok(Opened { store, _copy: copy, plan })
    }

    fn plan(&self, schema: &Schema) -> Result<Plan> {
        let plan = match self.plans.as_slice() {
            [only] => only,
            several => choose(several, schema)?,
        };
        Ok(plan.resolve(schema, &firestore::rules()).map_err(Error::from)?.plan)
    }

    pub(super) fn target(&self) -> Arc<dyn Target> {
        self.firestore.clone()
    }

    pub(super) fn rules(&self) -> Rules {
        firestore::rules()
    }

    /// Remote Config, where the app has it, as it was when it was asked last.
    pub(super) async fn remote_config(&self) -> Result<Option<&RemoteConfig>> {
        let Some((app, cell)) = &self.remote_config else { return Ok(None) };
        let opening = || RemoteConfig::open(app.clone(), self.journal.clone(), self.clock.clone());
        cell.get_or_try_init(opening).await.map(Some)
    }

    pub(super) fn flags_file(&self) -> Option<&LocalFile> {
        self.flags_file.as_ref()
    }

    /// A file that is locked while a user's records are worked on.
    pub(super) fn lock(&self, holder: &str) -> PathBuf {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        self.folder.join(format!("{}.lock", holder.chars().map(plain).collect::<String>()))
    }

    /// An empty folder for as long as it is needed. What a process left behind that was killed is removed here.
    pub(super) fn scratch(&self, name: &str) -> Result<Scratch> {
        let path = self.folder.join(SCRATCH).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|error| no_folder(&path, error))?;
        Ok(Scratch(path))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Opened {
    pub(super) fn source(&self) -> &dyn Source {
        &self.store
    }
}

impl Scratch {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn copied(name: &str, by: &dyn Snapshots, scratch: &Scratch) -> Result<PathBuf> {
    let is_a_name = Path::new(name).file_name().is_some_and(|file| file == name);
    if !is_a_name {
        return Err(wrong(format!("`{name}` is no file's name; name the store as its file is called")));
    }
    let to = scratch.path().join(name);
    by.copy(&to).await?;
    if !to.is_file() {
        let message = format!("the app said that it had copied {name}, and no copy is there; see how it makes one");
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    Ok(to)
}

fn parsed(plan: &PlanText) -> Result<PlanFile> {
    PlanFile::parse(&plan.text, &plan.name).map_err(Error::from)
}

fn no_folder(folder: &Path, error: std::io::Error) -> Error {
    let message = format!("{} cannot be made ({error}); name a folder that the app may write to", folder.display());
    Error::new(ErrorKind::Io, message).because(error)
}

fn wrong(sentence: String) -> Error {
    Error::new(ErrorKind::BadInput, sentence)
}

//! What all commands that speak to Firestore work with: a plan, a store, a database, and a journal.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use directories::ProjectDirs;
use rehome_core::clock::{Clock, SystemClock};
use rehome_core::error::{ErrorKind, Result as Answer};
use rehome_core::journal::{Journal, JournalOptions, Lease, STUCK_AFTER, Scope, SqliteJournal, take_lease};
use rehome_core::plan::Plan;
use rehome_core::remote_state::{About, Pace, RemoteState, StateAddress};
use rehome_core::store::{Target, UploadPort};
use rehome_core::stores::firestore;

use crate::destination::{Database, Destination};
use crate::failure::Failure;
use crate::store::{self, Opened, Reading, wait_for};
use crate::uploads::FolderUploads;
use crate::{plan, terminal};

/// The kind of process that this is, for the journal: its lock sees to it that there is one at a time.
pub(crate) const HOLDER: &str = "tool";

/// What journals' files end in.
const EXTENSION: &str = "journal";

/// Where a journal is kept.
#[derive(Args)]
pub(crate) struct JournalFile {
    /// Where Rehome remembers how far it came; without this in the user's own data folder, one for each database
    #[arg(long = "journal", value_name = "FILE")]
    path: Option<PathBuf>,
}

/// A journal that no other process of this tool has open.
pub(crate) struct OwnJournal {
    pub(crate) journal: Arc<SqliteJournal>,
    // The system lets go of it when this process ends, however it ends: then the next one may go on at once.
    _lock: File,
}

/// One of the migrations that a journal knows.
#[derive(Args)]
pub(crate) struct Which {
    #[command(flatten)]
    journal: JournalFile,
    /// The plan's name, where the journal knows several
    #[arg(long, value_name = "NAME")]
    plan: Option<String>,
    /// The user, where the journal knows several
    #[arg(long, value_name = "UID")]
    user: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A plan, a store, a database, and what is remembered of them.
#[derive(Args)]
pub(crate) struct Ends {
    /// The plan, or several of which one is for the store
    #[arg(required = true, value_name = "PLAN")]
    plans: Vec<PathBuf>,
    /// The app's store
    #[arg(long)]
    store: PathBuf,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    pub(crate) destination: Destination,
    #[command(flatten)]
    journal: JournalFile,
    /// Values that the plan uploads lie in files below this folder, to be copied to a file storage
    #[arg(long, value_name = "FOLDER")]
    uploads: Option<PathBuf>,
}

/// All of it, open but for the database, which is reached for when it is needed.
pub(crate) struct Migration {
    pub(crate) own: OwnJournal,
    uploads: Option<FolderUploads>,
    pub(crate) store: Opened,
    pub(crate) plan: Plan,
    pub(crate) database: Database,
    pub(crate) state: StateAddress,
    pub(crate) scope: Scope,
}

impl JournalFile {
    /// Opens the journal of a database for this process alone. Each has its own: what was carried to an emulator to try
    /// it out is not taken for carried to the real one.
    pub(crate) fn open(&self, destination: &Destination) -> Result<OwnJournal, Failure> {
        let path = match &self.path {
            Some(path) => path.clone(),
            None => folder()?.join(format!("{}.{EXTENSION}", destination.file_name())),
        };
        open(&path)
    }

    /// Opens the only journal that there is for this process alone.
    fn open_only(&self) -> Result<OwnJournal, Failure> {
        open(&self.only()?)
    }

    /// Opens the only journal that there is to look at it: a run may be under way, and nothing is changed.
    pub(crate) fn look(&self) -> Result<SqliteJournal, Failure> {
        Ok(SqliteJournal::open_to_read(self.only()?)?)
    }

    fn only(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.path {
            return Ok(path.clone());
        }
        let files = fs::read_dir(folder()?).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut journals: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|extension| extension == EXTENSION)).collect();
        journals.sort();
        match journals.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Failure::Work("no migration was begun yet: rehome run".to_owned())),
            several => {
                let names: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
                let message = format!("there are several journals; name the --journal:\n    {}", names.join("\n    "));
                Err(Failure::Usage(message))
            }
        }
    }
}

fn folder() -> Result<PathBuf, Failure> {
    let folders = ProjectDirs::from("", "", "rehome");
    let folders = folders.ok_or_else(|| Failure::Usage("there is no home folder: name a --journal".to_owned()))?;
    Ok(folders.data_dir().to_owned())
}

fn open(path: &Path) -> Result<OwnJournal, Failure> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| Failure::file("created", folder, &error))?;
    }
    let lock = lock(path)?;
    let opened = SqliteJournal::open(path, &JournalOptions::default())?;
    if let Some(aside) = &opened.put_aside {
        terminal::tell(format_args!(
            "The journal {} was damaged and lies in {} now. A new one was begun: what is in Firestore already will be \
             found by looking",
            path.display(),
            aside.display()
        ));
    }
    Ok(OwnJournal { journal: Arc::new(opened.journal), _lock: lock })
}

fn lock(journal: &Path) -> Result<File, Failure> {
    let mut name = journal.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let failed = |error: &std::io::Error| Failure::file("locked", &path, error);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::Work(format!(
            "another rehome works with {}: wait for it, or name another --journal",
            journal.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

impl Which {
    /// The migration, to be changed by this process alone.
    pub(crate) fn open(&self) -> Result<(OwnJournal, Scope), Failure> {
        let own = self.journal.open_only()?;
        let scope = self.scope(&own.journal)?;
        Ok((own, scope))
    }

    /// The migration, to be looked at while a run may be under way.
    pub(crate) fn look(&self) -> Result<(SqliteJournal, Scope), Failure> {
        let journal = self.journal.look()?;
        let scope = self.scope(&journal)?;
        Ok((journal, scope))
    }

    fn scope(&self, journal: &SqliteJournal) -> Result<Scope, Failure> {
        let mut scopes = wait_for(journal.scopes())?;
        scopes.retain(|scope| {
            self.plan.as_ref().is_none_or(|plan| scope.plan == *plan)
                && self.user.as_ref().is_none_or(|user| scope.owner.as_ref() == Some(user))
        });
        let mut scopes = scopes.into_iter();
        match (scopes.next(), scopes.next()) {
            (Some(scope), None) => Ok(scope),
            (None, _) => Err(Failure::Work("the journal knows no such migration: rehome status".to_owned())),
            (Some(_), Some(_)) => {
                let message = "the journal knows several migrations: name the --plan and the --user; rehome status";
                Err(Failure::Usage(message.to_owned()))
            }
        }
    }
}

impl OwnJournal {
    /// Does something with the right to write a migration's rows, and gives that right back.
    pub(crate) async fn leased<T>(&self, scope: &Scope, work: impl AsyncFnOnce(&Lease) -> Answer<T>) -> Answer<T> {
        let now = SystemClock::default().now();
        let lease = take_lease(&*self.journal, scope, HOLDER, STUCK_AFTER, now).await?;
        let done = work(&lease).await;
        match self.journal.release(&lease).await {
            // Whoever took it over has it.
            Err(error) if error.kind() != ErrorKind::Fenced => done.and(Err(error)),
            _ => done,
        }
    }
}

impl Migration {
    /// What tells the user's other devices how this migration stands.
    pub(crate) fn voice(&self, target: &Arc<dyn Target>) -> RemoteState {
        let about = About::new(&self.plan.name, self.plan.version, None);
        let installation = self.own.journal.installation().id.clone();
        RemoteState::new(target.clone(), self.state.clone(), installation, about, Pace::default())
    }

    /// What takes the values that the plan uploads, where somebody said where to.
    pub(crate) fn uploads(&self) -> Option<&dyn UploadPort> {
        self.uploads.as_ref().map(|port| port as _)
    }
}

impl Ends {
    /// Opens everything. Nothing is sent yet.
    pub(crate) fn open(&self) -> Result<Migration, Failure> {
        let database = self.destination.database()?;
        let state = StateAddress::of(&self.destination.user)?;
        let store = store::open(&self.store, &self.reading)?;
        let schema = store::schema(&store)?;
        let (_, checked) = plan::check(&self.plans, &schema, &firestore::rules())?;
        // Last: what cannot be begun leaves no journal.
        let own = self.journal.open(&self.destination)?;
        let uploads = self.uploads.as_deref().map(FolderUploads::to);
        let scope = Scope::of(&checked.plan.name, &self.destination.user);
        Ok(Migration { own, uploads, store, plan: checked.plan, database, state, scope })
    }

    /// What is read, and must not be written over.
    pub(crate) fn inputs(&self) -> Vec<PathBuf> {
        let mut inputs = store::files(&self.store);
        inputs.extend(self.plans.iter().cloned());
        inputs
    }
}

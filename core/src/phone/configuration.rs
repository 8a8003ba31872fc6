//! What an app says once, before anything is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::device::{Device, Snapshots};
use super::events::Events;
use crate::backfill::Settings;
use crate::clock::{Clock, SystemClock};
use crate::remote_config::FirebaseApp;
use crate::rollout::Values;
use crate::store::UploadPort;
use crate::stores::firestore::{Endpoint, TokenSource};

/// What an app says once.
#[derive(Clone)]
pub struct Configuration {
    /// Rehome's own folder, which is made where it is not there. What is in it must not be backed up.
    pub folder: PathBuf,
    /// A folder that no backup takes, where that is another one: by a file in it a restored backup is told.
    pub no_backup_folder: Option<PathBuf>,
    /// What tells this device from others, where the app knows.
    pub device: Option<String>,
    /// Which kind of process this is, of which there is one at a time: `app`, `share extension`.
    pub holder: String,
    /// The store that records are moved from.
    pub store: StoreFile,
    /// The schema that Room exported when the app was built, where it did.
    pub room_schema: Option<PathBuf>,
    /// The plan, or several of which one is for the store.
    pub plans: Vec<PlanText>,
    /// The Firebase project.
    pub project: String,
    /// The database, where the project has several.
    pub database: Option<String>,
    /// Google, or an emulator.
    pub endpoint: Endpoint,
    /// By what right documents are written.
    pub tokens: Arc<dyn TokenSource>,
    /// Who is signed in, where that does not change while this is open.
    pub owner: Option<String>,
    /// The app as Remote Config knows it; none where nobody steers through that.
    pub remote_config: Option<FirebaseApp>,
    /// The address of a document that stops everything, where there is one.
    pub stop_document: Option<String>,
    /// A file with flags, for development.
    pub flags_file: Option<PathBuf>,
    /// What flags are as long as nobody says anything of them, where the table's defaults are not meant.
    pub defaults: Values,
    /// How a run goes about its work, unless flags say otherwise.
    pub settings: Settings,
    /// The app's version, for other devices to see.
    pub app_version: Option<String>,
    /// Takes values that are too large for documents, where somebody does.
    pub uploads: Option<Arc<dyn UploadPort>>,
    /// Says how the device is, where somebody does.
    pub conditions: Option<Arc<dyn Device>>,
    /// Is told what happens, where somebody wants to know.
    pub events: Option<Arc<dyn Events>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A plan's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanText {
    /// What it is called in messages.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Where the store is that records are moved from.
#[derive(Clone)]
pub enum StoreFile {
    /// Where the app has it. The SQLite that this is linked with has to be the one that the app uses.
    At(PathBuf),
    /// A copy of it, which the app's own connection makes whenever the store is to be read.
    Copied {
        /// The store's file name, by which one store is told from another.
        name: String,
        /// Who makes it.
        by: Arc<dyn Snapshots>,
    },
}

impl Configuration {
    /// What every app has to say; the rest is as most apps want it.
    pub fn new(
        folder: impl Into<PathBuf>,
        store: StoreFile,
        plan: PlanText,
        project: impl Into<String>,
        tokens: Arc<dyn TokenSource>,
    ) -> Self {
        Self {
            folder: folder.into(),
            no_backup_folder: None,
            device: None,
            holder: "app".to_owned(),
            store,
            room_schema: None,
            plans: vec![plan],
            project: project.into(),
            database: None,
            endpoint: Endpoint::Google,
            tokens,
            owner: None,
            remote_config: None,
            stop_document: None,
            flags_file: None,
            defaults: Values::default(),
            settings: Settings::default(),
            app_version: None,
            uploads: None,
            conditions: None,
            events: None,
            clock: Arc::new(SystemClock::default()),
        }
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Configuration({} in {})", self.project, self.folder.display())
    }
}

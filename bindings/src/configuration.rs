//! What an app says once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rehome_core::backfill::{Pace, Policy};
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::phone::{self, PlanText, Settings, StoreFile};
use rehome_core::remote_config::{Caller, Device, Endpoint as RemoteEndpoint, FirebaseApp};
use rehome_core::rollout::Values;
use rehome_core::stores::firestore::Endpoint;

use crate::app::{
    ByCopies, ByDevice, ByTokens, ByUploads, DeviceState, EventSink, StoreCopies, ToSink, Tokens, Uploads,
};

/// What an app says once. Only what has no default must be said.
#[derive(uniffi::Record)]
pub struct Configuration {
    /// Rehome's own folder, which is made where it is not there. What is in it must not be backed up.
    pub folder: String,
    /// Where the store is that records are moved from.
    pub store: StoreAt,
    /// The plan, or several of which one is for the store.
    pub plans: Vec<PlanSource>,
    /// The Firebase project's id.
    pub project: String,
    /// The database's id, where the project has several.
    #[uniffi(default)]
    pub database: Option<String>,
    /// An emulator as `host:port`, in place of Google's servers.
    #[uniffi(default)]
    pub emulator: Option<String>,
    /// Who is signed in, where that does not change while this is open.
    #[uniffi(default)]
    pub owner: Option<String>,
    /// The app as Remote Config knows it; none where nobody steers through that.
    #[uniffi(default)]
    pub remote_config: Option<RemoteConfigApp>,
    /// The address of a document that stops everything, as `rehome/stop`, where there is one.
    #[uniffi(default)]
    pub stop_document: Option<String>,
    /// A JSON file with flags, for development.
    #[uniffi(default)]
    pub flags_file: Option<String>,
    /// What flags are as long as nobody says anything of them: texts by the flags' names.
    #[uniffi(default)]
    pub defaults: std::collections::HashMap<String, String>,
    /// How a run goes about its work, unless flags say otherwise.
    #[uniffi(default)]
    pub tuning: RunTuning,
    /// Which kind of process this is, of which there is one at a time; `app` where it does not say.
    #[uniffi(default)]
    pub holder: Option<String>,
    /// What tells this device from others, where the app knows.
    #[uniffi(default)]
    pub device: Option<String>,
    /// A folder that no backup takes, where `folder` is not one.
    #[uniffi(default)]
    pub no_backup_folder: Option<String>,
    /// The schema that Room exported when the app was built, where it did.
    #[uniffi(default)]
    pub room_schema: Option<String>,
    /// The app's version, for the user's other devices to see.
    #[uniffi(default)]
    pub app_version: Option<String>,
}

/// Where the store is that records are moved from.
#[derive(uniffi::Enum)]
pub enum StoreAt {
    /// Where the app has it. The SQLite that Rehome is linked with has to be the one that the app uses.
    Path {
        /// The file.
        path: String,
    },
    /// A copy of it, which the app's own connection makes whenever the store is to be read.
    Copies {
        /// The store's file name, by which one store is told from another.
        name: String,
    },
}

/// A plan's text.
#[derive(uniffi::Record)]
pub struct PlanSource {
    /// What it is called in messages.
    pub name: String,
    /// The text.
    pub text: String,
}

/// How a run goes about its work. What is not said is as most apps want it.
#[derive(Default, uniffi::Record)]
pub struct RunTuning {
    /// How many writes go into one request at most.
    #[uniffi(default)]
    pub batch_size: Option<u32>,
    /// How many requests may be on their way at once.
    #[uniffi(default)]
    pub in_flight: Option<u32>,
    /// How many documents a second are written at most.
    #[uniffi(default)]
    pub documents_per_second: Option<u32>,
    /// How long a request may take.
    #[uniffi(default)]
    pub timeout: Option<Duration>,
    /// How often in a row a request may fail before a run gives up for now.
    #[uniffi(default)]
    pub retries: Option<u32>,
    /// How many billed reads, writes and deletes a generation may come to.
    #[uniffi(default)]
    pub cost_cap: Option<u64>,
    /// How long a store must have been quiet before a migration counts as complete.
    #[uniffi(default)]
    pub quiet: Option<Duration>,
    /// Whether it goes on over a network that is paid for by what goes over it; it does where nothing is said.
    #[uniffi(default)]
    pub on_metered: Option<bool>,
    /// Whether it goes on with a battery that is low; it does not where nothing is said.
    #[uniffi(default)]
    pub on_low_battery: Option<bool>,
    /// Whether it goes on in an app that nobody looks at; it does where nothing is said.
    #[uniffi(default)]
    pub in_background: Option<bool>,
}

/// The app as Remote Config knows it.
#[derive(uniffi::Record)]
pub struct RemoteConfigApp {
    /// The app's API key.
    pub api_key: String,
    /// The app's id, as `1:123456789012:ios:0123456789abcdef`.
    pub app_id: String,
    /// The app's bundle, where it is one of Apple's systems and the key is restricted to it.
    #[uniffi(default)]
    pub bundle_id: Option<String>,
    /// The app's package, where it is one of Android and the key is restricted to it.
    #[uniffi(default)]
    pub package: Option<String>,
    /// The SHA-1 of the certificate that signed that package, in hexadecimal digits.
    #[uniffi(default)]
    pub certificate: Option<String>,
    /// As `de-CH`, for the template's conditions.
    #[uniffi(default)]
    pub language: Option<String>,
    /// As `CH`.
    #[uniffi(default)]
    pub country: Option<String>,
    /// As `Europe/Zurich`.
    #[uniffi(default)]
    pub time_zone: Option<String>,
    /// The system's version.
    #[uniffi(default)]
    pub platform_version: Option<String>,
    /// The app's version.
    #[uniffi(default)]
    pub app_version: Option<String>,
    /// The app's build number.
    #[uniffi(default)]
    pub app_build: Option<String>,
    /// How old values may be before `fetch_and_activate` asks again; twelve hours where nothing is said.
    #[uniffi(default)]
    pub minimum_interval: Option<Duration>,
    /// All services at one address, as `http://127.0.0.1:9090`: a test's.
    #[uniffi(default)]
    pub server: Option<String>,
}

/// What an app is asked for and told.
pub(crate) struct App {
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) copies: Option<Arc<dyn StoreCopies>>,
    pub(crate) device: Option<Arc<dyn DeviceState>>,
    pub(crate) events: Option<Arc<dyn EventSink>>,
    pub(crate) uploads: Option<Arc<dyn Uploads>>,
}

impl Configuration {
    pub(crate) fn of(self, app: App) -> Result<phone::Configuration> {
        let App { tokens, copies, device, events, uploads } = app;
        let store = match (self.store, copies) {
            (StoreAt::Path { path }, _) => StoreFile::At(path.into()),
            (StoreAt::Copies { name }, Some(copies)) => StoreFile::Copied { name, by: Arc::new(ByCopies(copies)) },
            (StoreAt::Copies { .. }, None) => {
                let message = "the store is to be read from copies, and nobody makes them; hand over who does";
                return Err(Error::new(ErrorKind::BadInput, message));
            }
        };
        let text = |PlanSource { name, text }| PlanText { name, text };
        let nothing = PlanText { name: String::new(), text: String::new() };
        let base = phone::Configuration::new(self.folder, store, nothing, &self.project, Arc::new(ByTokens(tokens)));
        Ok(phone::Configuration {
            plans: self.plans.into_iter().map(text).collect(),
            database: self.database,
            endpoint: self.emulator.map_or(Endpoint::Google, Endpoint::Emulator),
            owner: self.owner,
            remote_config: self.remote_config.map(|app| app.of(&self.project)),
            stop_document: self.stop_document,
            flags_file: self.flags_file.map(PathBuf::from),
            defaults: Values::of(self.defaults),
            settings: self.tuning.settings(),
            holder: self.holder.unwrap_or(base.holder),
            device: self.device,
            no_backup_folder: self.no_backup_folder.map(PathBuf::from),
            room_schema: self.room_schema.map(PathBuf::from),
            app_version: self.app_version,
            conditions: device.map(|device| Arc::new(ByDevice(device)) as _),
            events: events.map(|sink| Arc::new(ToSink(sink)) as _),
            uploads: uploads.map(|uploads| Arc::new(ByUploads(uploads)) as _),
            ..base
        })
    }
}

impl RunTuning {
    fn settings(self) -> Settings {
        let plain = Settings::default();
        let rate = self.documents_per_second.map(f64::from);
        let start = rate.map_or(plain.pace.start, |rate| plain.pace.start.map(|start| start.min(rate)));
        let whole = |number: u32| number.max(1) as usize;
        let mut settings = Settings {
            batch_records: self.batch_size.map_or(plain.batch_records, whole),
            in_flight: self.in_flight.map_or(plain.in_flight, whole),
            pace: Pace { start, ceiling: rate.or(plain.pace.ceiling), ..plain.pace },
            timeout: self.timeout.unwrap_or(plain.timeout),
            cost_cap: self.cost_cap,
            quiet: self.quiet,
            policy: Policy {
                on_metered: self.on_metered.unwrap_or(plain.policy.on_metered),
                on_low_battery: self.on_low_battery.unwrap_or(plain.policy.on_low_battery),
                in_background: self.in_background.unwrap_or(plain.policy.in_background),
            },
            ..plain
        };
        if let Some(retries) = self.retries {
            settings.retries.attempts = retries;
        }
        settings
    }
}

impl RemoteConfigApp {
    fn of(self, project: &str) -> FirebaseApp {
        let mut app = FirebaseApp::new(project, self.api_key, self.app_id);
        app.caller = match (self.bundle_id, self.package) {
            (Some(bundle_id), _) => Caller::Ios { bundle_id },
            (None, Some(package)) => Caller::Android { package, certificate: self.certificate.unwrap_or_default() },
            (None, None) => Caller::Anyone,
        };
        app.device = Device {
            language: self.language,
            country: self.country,
            time_zone: self.time_zone,
            platform_version: self.platform_version,
            app_version: self.app_version,
            app_build: self.app_build,
        };
        app.endpoint = self.server.map_or(RemoteEndpoint::Google, RemoteEndpoint::At);
        app.minimum_interval = self.minimum_interval.unwrap_or(app.minimum_interval);
        app
    }
}

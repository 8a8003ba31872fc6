//! Firebase's Remote Config, as a phone asks for it: values that an operator changes from afar.
//!
//! Fetching and activating are two steps, so that an app decides when its flags change. What was good last stays in
//! force whatever happens: without a network, with a wrong key, in a project that has the service turned off. Opening
//! asks nobody.
//!
//! This room knows records, errors, the clock, the journal's trait, `rollout`'s values, `steering`'s trait of a channel
//! and hyper; no store and no engine. It hands values out as the texts that came; what they mean is `rollout`'s business.
//!
//! | file | what is in it |
//! |---|---|
//! | `app` | which app of which project asks, and how patiently |
//! | `installation` | who asks: an id that is kept, and tokens that are renewed |
//! | `fetch` → `answer` | values are fetched if they are old, one fetch at a time, and activated when somebody says so |
//! | `listen` → `invalidation` | a stream says that there is something new |
//! | `channel` | Remote Config as one of the channels that `steering` listens to |
//! | `throttle` | how long a service is left alone, in one table |
//! | `failure` → `problem` | what a refusal means; why there are no newer values |
//! | `signals` | what an app says of its user for conditions |
//! | `http`, `kept`, `dice` | one question and its answer; what outlives the process; chance |

mod answer;
mod app;
mod channel;
mod dice;
mod failure;
mod fetch;
#[cfg(test)]
mod fuzz;
mod http;
mod installation;
mod invalidation;
mod kept;
mod listen;
mod problem;
mod signals;
mod throttle;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use app::{Caller, Device, Endpoint, FirebaseApp};
pub use dice::{Dice, SystemDice};
pub use fetch::Fetched;
pub use listen::{Listening, Told};
pub use problem::Problem;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Journal;
use crate::record::Timestamp;
use crate::rollout::Values;
use fetch::Flight;
use http::Http;
use installation::Identity;
use kept::Kept;

/// A project's values, as this installation of the app has them.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use rehome_core::clock::SystemClock;
/// use rehome_core::journal::{JournalOptions, SqliteJournal};
/// use rehome_core::remote_config::{Caller, FirebaseApp, RemoteConfig};
///
/// # async fn launch() -> rehome_core::error::Result<()> {
/// let journal = SqliteJournal::open("rehome.journal", &JournalOptions::default())?.journal;
/// let mut app = FirebaseApp::new("habits-1a2b3", "AIza-the-key", "1:123456789012:ios:0123456789abcdef");
/// app.caller = Caller::Ios { bundle_id: "com.example.habits".to_owned() };
/// let config = RemoteConfig::open(app, Arc::new(journal), Arc::new(SystemClock::default())).await?;
/// // The flags of the last launch are there at once; newer ones if there is a network.
/// if let Err(problem) = config.fetch_and_activate().await {
///     eprintln!("{problem}");
/// }
/// let flags = config.values();
/// # Ok(())
/// # }
/// ```
pub struct RemoteConfig {
    app: FirebaseApp,
    clock: Arc<dyn Clock>,
    dice: Arc<dyn Dice>,
    journal: Arc<dyn Journal>,
    http: Http,
    /// Never held while something is waited for.
    kept: Mutex<Kept>,
    /// Held from the snapshot of what is kept to its being written: an older one never comes last.
    writing: tokio::sync::Mutex<()>,
    /// Held while an installation is made or its token renewed: there is one.
    identifying: tokio::sync::Mutex<()>,
    /// Held while a fetch is underway: there is one.
    flight: tokio::sync::Mutex<Flight>,
    /// How many fetches have ended; who waits for the flight sees by it whether one did meanwhile.
    landings: AtomicU64,
    /// Why the last fetch failed.
    problem: Mutex<Option<Problem>>,
    foreground: watch::Sender<bool>,
}

/// How things stand with the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Why the last fetch of this process failed, if it did.
    pub problem: Option<Problem>,
    /// When the service answered last.
    pub answered: Option<Timestamp>,
    /// Until when the service is left alone.
    pub throttled_until: Option<Timestamp>,
    /// The version of the template that was fetched last.
    pub fetched: Option<u64>,
    /// The version of the template that is in force.
    pub active: Option<u64>,
}

/// Which of the services.
enum Host {
    Fetch,
    Stream,
    Installations,
}

impl RemoteConfig {
    /// The values as they were when the app ran last. Nobody is asked, and no runtime is needed.
    ///
    /// # Errors
    /// The app's names cannot be sent, or the journal cannot be read.
    pub async fn open(app: FirebaseApp, journal: Arc<dyn Journal>, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::open_with(app, journal, clock, Arc::new(SystemDice::default())).await
    }

    /// The same with a chance of one's own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(
        app: FirebaseApp,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        dice: Arc<dyn Dice>,
    ) -> Result<Self> {
        app.check()?;
        let remembered = journal.memo(None, &app.name()).await?;
        Ok(Self {
            http: Http::new()?,
            kept: Mutex::new(Kept::from_text(remembered.as_deref())),
            writing: tokio::sync::Mutex::default(),
            identifying: tokio::sync::Mutex::default(),
            flight: tokio::sync::Mutex::default(),
            landings: AtomicU64::default(),
            problem: Mutex::default(),
            foreground: watch::Sender::new(true),
            app,
            clock,
            dice,
            journal,
        })
    }

    /// The values that are in force.
    pub fn values(&self) -> Values {
        let kept = self.kept();
        let Some(active) = &kept.active else { return Values::default() };
        Values {
            entries: active.entries.clone(),
            version: active.version,
            fetched_at: Some(Timestamp::from_millis(active.fetched_at)),
            activated_at: active.activated_at.map(Timestamp::from_millis),
        }
    }

    /// Whether something was fetched that is not in force.
    pub fn has_news(&self) -> bool {
        self.kept().has_news()
    }

    /// How things stand.
    pub fn standing(&self) -> Standing {
        let kept = self.kept();
        Standing {
            problem: self.problem().clone(),
            answered: kept.answered.map(Timestamp::from_millis),
            throttled_until: kept.fetching.until(self.now()).map(Timestamp::from_millis),
            fetched: kept.version(),
            active: kept.active.as_ref().and_then(|active| active.version),
        }
    }

    /// Says something of the user that the template's conditions may ask for, from the next fetch on; one without a
    /// value is taken back. It is kept across launches.
    ///
    /// # Errors
    /// There are too many, or one is too long: then all stay as they were. They cannot be written down.
    pub async fn set_signals<N: Into<String>>(
        &self,
        changes: impl IntoIterator<Item = (N, Option<String>)>,
    ) -> Result<()> {
        {
            let mut kept = self.kept();
            kept.signals = signals::changed(kept.signals.clone(), changes)?;
        }
        Ok(self.save().await?)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing in there is ever half changed.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn problem(&self) -> MutexGuard<'_, Option<Problem>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        kept::millis(self.clock.now())
    }

    /// Waits until a moment by this device's time of day.
    async fn wait_until(&self, moment: i64) {
        let wait = u64::try_from(moment.saturating_sub(self.now())).unwrap_or_default();
        if wait > 0 {
            let end = self.clock.elapsed().saturating_add(std::time::Duration::from_millis(wait));
            self.clock.until(end).await;
        }
    }

    async fn save(&self) -> Result<(), Problem> {
        let _one = self.writing.lock().await;
        let text = self.kept().to_text();
        self.journal.keep_memo(None, &self.app.name(), Some(&text)).await.map_err(|_| Problem::NotKept)
    }

    fn installations(&self, rest: &str) -> String {
        format!("{}/v1/projects/{}/installations{rest}", self.host(Host::Installations), self.app.project)
    }

    fn namespace(&self, host: Host, verb: &str) -> String {
        let FirebaseApp { project, namespace, api_key, .. } = &self.app;
        format!("{}/v1/projects/{project}/namespaces/{namespace}:{verb}?key={api_key}", self.host(host))
    }

    fn host(&self, host: Host) -> &str {
        match (&self.app.endpoint, host) {
            (Endpoint::At(address), _) => address.trim_end_matches('/'),
            (Endpoint::Google, Host::Fetch) => "https://firebaseremoteconfig.googleapis.com",
            (Endpoint::Google, Host::Stream) => "https://firebaseremoteconfigrealtime.googleapis.com",
            (Endpoint::Google, Host::Installations) => "https://firebaseinstallations.googleapis.com",
        }
    }

    /// By what the project can tell that the key is used by its own app.
    fn key_headers(&self) -> Vec<(&'static str, String)> {
        let caller = self.app.caller.headers().into_iter().map(|(name, value)| (name, value.to_owned()));
        std::iter::once(("x-goog-api-key", self.app.api_key.clone())).chain(caller).collect()
    }

    fn identified_headers(&self, identity: &Identity) -> Vec<(&'static str, String)> {
        let mut headers = self.key_headers();
        headers.push(("x-goog-firebase-installations-auth", identity.token.clone()));
        headers
    }
}

impl FirebaseApp {
    fn check(&self) -> Result<()> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte);
        let names = [
            ("project", &self.project),
            ("API key", &self.api_key),
            ("app id", &self.app_id),
            ("namespace", &self.namespace),
        ];
        for (what, name) in names {
            if name.is_empty() || !name.bytes().all(plain) {
                return Err(wrong(format!("this is no {what} of Firebase's; take it from the app's configuration")));
            }
        }
        if !self.caller.headers().iter().all(|(_, value)| http::is_sendable(value)) {
            return Err(wrong("bundle id, package and certificate consist of letters, digits and points".to_owned()));
        }
        match &self.endpoint {
            Endpoint::At(address) if !address.starts_with("http://") && !address.starts_with("https://") => {
                Err(wrong(format!("{address} is no address of a server; it begins with http:// or https://")))
            }
            _ => Ok(()),
        }
    }
}

fn wrong(sentence: String) -> Error {
    Error::new(ErrorKind::BadInput, sentence)
}

impl std::fmt::Debug for RemoteConfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "RemoteConfig({:?})", self.app)
    }
}

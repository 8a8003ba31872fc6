//! A Remote Config and Installations server on a free port of this machine: what clients ask (an installation, its
//! tokens, their values, a stream that says when to ask again) and what an administrator does (read, check, publish and
//! take back a template).
//!
//! There is one project and one template, so that what is published is what clients fetch and what streams tell of:
//!
//! ```no_run
//! use rehome_servers::remote_config::{Asked, RemoteConfigServer, Trouble};
//!
//! let server = RemoteConfigServer::start()?;
//! server.set("backfillEnabled", "true"); // publishes version 1
//! server.next(Asked::Fetch, Trouble::status(503)); // the next fetch is refused, once
//! // … a client at `server.url()`, an administrator with `ADMIN_TOKEN` …
//! assert_eq!(server.count(Asked::Fetch), 1);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | who | asks |
//! |---|---|
//! | client | `POST /v1/projects/P/installations`, `…/installations/FID/authTokens:generate` |
//! | client | `POST /v1/projects/P/namespaces/firebase:fetch`, `…:streamFetchInvalidations` |
//! | administrator | `GET`, `PUT /v1/projects/P/remoteConfig` (`?versionNumber=`, `?validate_only=true`; `If-Match`) |
//! | administrator | `POST …/remoteConfig:rollback`, `GET …/remoteConfig:listVersions` |
//! | administrator | `GET /v1/projects/P/namespaces/firebase-server/serverRemoteConfig` |
//!
//! `P` is [`PROJECT`] or its number. Google decides itself which conditions hold for a client, and how it does is not
//! published; here a test says so with [`RemoteConfigServer::hold`].

mod admin;
mod asked;
mod client;
mod counted;
mod installations;
mod reply;
mod serve;
mod state;
mod streams;
mod template;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

pub use asked::{Asked, Seen};
pub use reply::Trouble;
pub use state::Tally;

use state::Shared;

/// The project's id.
pub const PROJECT: &str = "demo-flags";
/// The project's number, by which Android's client calls it.
pub const PROJECT_NUMBER: &str = "123456789012";
/// The key that clients show.
pub const API_KEY: &str = "the-key-of-demo-flags";
/// An app of the project.
pub const APP_ID: &str = "1:123456789012:web:0123456789abcdef";
/// The token that an administrator shows.
pub const ADMIN_TOKEN: &str = "the-administrators-token";

/// Far longer than anything takes on this machine: who waits so long waits for something that was lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Remote Config server. It ends with this value.
pub struct RemoteConfigServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RemoteConfigServer {
    /// One without a template yet.
    ///
    /// # Errors
    /// It cannot listen.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let (listening, listens) = mpsc::channel();
        let served = shared.clone();
        // A runtime of its own: a test's ends with the test's first thread, and would take the server along.
        let serve = move || serve::run(served, &listening, stopped);
        let thread = std::thread::Builder::new().name("remote config".to_owned()).spawn(move || {
            if let Err(error) = serve() {
                eprintln!("the Remote Config server ended: {error}");
            }
        })?;
        let address = listens.recv().map_err(|_| io::Error::other("nobody can listen on 127.0.0.1"))?;
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens: host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as what stands for `https://firebaseremoteconfig.googleapis.com` and the two other hosts.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The template as it is, and nothing before the first one is published.
    pub fn template(&self) -> Option<Value> {
        self.shared.state().templates.active().map(|published| published.template.clone())
    }

    /// The version of the template, zero before the first one.
    pub fn version(&self) -> u64 {
        self.shared.state().templates.version()
    }

    /// Publishes a template, whatever was there, and tells the streams. Answers its version.
    ///
    /// # Panics
    /// It is no template that could be published.
    pub fn publish(&self, template: Value) -> u64 {
        let published = self.shared.publish(template, template::Update::forced());
        published.unwrap_or_else(|why| unreachable!("a test publishes what it must not: {why}"))
    }

    /// Publishes the template with another default value of one parameter.
    pub fn set(&self, parameter: &str, value: &str) -> u64 {
        let mut template = self.template().unwrap_or_else(|| serde_json::json!({ "parameters": {} }));
        template["parameters"][parameter]["defaultValue"] = serde_json::json!({ "value": value });
        self.publish(template)
    }

    /// What `serverRemoteConfig` answers; not found before.
    pub fn set_server_template(&self, template: Value) {
        self.shared.state().server_template = Some(template);
    }

    /// Says whether a condition of the template holds for clients. None does before.
    pub fn hold(&self, condition: &str, holds: bool) {
        let mut state = self.shared.state();
        state.holding.retain(|held| held != condition);
        if holds {
            state.holding.push(condition.to_owned());
        }
    }

    /// The project's owner turns the service off, or on again.
    pub fn enable(&self, enabled: bool) {
        self.shared.state().disabled = !enabled;
    }

    /// The key is good from now on for those clients only that send these headers: their names in lower case.
    pub fn restrict_key(&self, headers: &[(&str, &str)]) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.shared.state().restrictions = headers.iter().map(owned).collect();
    }

    /// How long the tokens of installations are said to be good from now on.
    pub fn tokens_last(&self, seconds: u64) {
        self.shared.state().installations.last = seconds;
    }

    /// No token that was given is good any more.
    pub fn revoke_tokens(&self) {
        self.shared.state().installations.revoke();
    }

    /// No installation is known any more, as after it was deleted elsewhere.
    pub fn forget_installations(&self) {
        self.shared.state().installations.forget();
    }

    /// What goes wrong with the next request of a kind that nothing is to go wrong with yet.
    pub fn next(&self, asked: Asked, trouble: Trouble) {
        self.shared.state().troubles.entry(asked).or_default().push_back(trouble);
    }

    /// Whatever was to go wrong does not. What was kept waiting by [`Trouble::Silence`] is answered.
    pub fn recover(&self) {
        self.shared.recover();
    }

    /// Publishing tells the streams, or does not, as when a message is lost.
    pub fn tell_streams(&self, tell: bool) {
        self.shared.state().streams.quiet = !tell;
    }

    /// Sends these pieces to all open streams, each by itself.
    pub fn say(&self, pieces: &[&[u8]]) {
        self.shared.state().streams.say(pieces);
    }

    /// All that streams are told from now on comes in pieces of so many bytes.
    pub fn split_streams(&self, bytes: usize) {
        self.shared.state().streams.piece = bytes.max(1);
    }

    /// Ends all open streams as a server does that is tired of them.
    pub fn end_streams(&self) {
        self.shared.close_streams(false);
    }

    /// Breaks all open streams: their connections are gone.
    pub fn break_streams(&self) {
        self.shared.close_streams(true);
    }

    /// How many requests of this kind came, whatever became of them.
    pub fn count(&self, asked: Asked) -> u64 {
        self.tally().of(asked)
    }

    /// All that it has counted so far.
    pub fn tally(&self) -> Tally {
        self.shared.tally.borrow().clone()
    }

    /// Waits until this holds of what it has counted.
    ///
    /// # Panics
    /// It does not within a minute: something was lost.
    pub async fn until(&self, holds: impl FnMut(&Tally) -> bool) {
        let mut tally = self.shared.tally.subscribe();
        // The sender lives as long as the server.
        let waited = tokio::time::timeout(PATIENCE, tally.wait_for(holds)).await.is_ok();
        assert!(waited, "for a minute nobody asked what was waited for; so far: {:?}", self.tally());
    }

    /// The requests of this kind, in the order in which they came.
    pub fn seen(&self, asked: Asked) -> Vec<Seen> {
        self.shared.state().seen.iter().filter(|(kind, _)| *kind == asked).map(|(_, seen)| seen.clone()).collect()
    }
}

impl Drop for RemoteConfigServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A panic in there was printed, and the test that needed the server has failed.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl std::fmt::Debug for RemoteConfigServer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "RemoteConfigServer({})", self.address)
    }
}

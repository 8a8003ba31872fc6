//! Where a database is, and how it is spoken to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::tokens::TokenSource;

/// The database that a project has without anybody having named it.
pub const DEFAULT_DATABASE: &str = "(default)";

/// Where a database is, and how it is spoken to.
#[derive(Clone)]
pub struct FirestoreConfig {
    /// The project's id.
    pub project: String,
    /// The database's id; a project may have several.
    pub database: String,
    /// Which server it is on.
    pub endpoint: Endpoint,
    /// By what right calls are made.
    pub tokens: Arc<dyn TokenSource>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a call may take, from asking for a token to the last byte of the answer.
    pub deadline: Duration,
}

/// Which server a database is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Google's, over TLS.
    Google,
    /// An emulator at `host:port`, without TLS.
    Emulator(String),
}

impl FirestoreConfig {
    /// The default database of a project at Google, with timeouts for a phone.
    pub fn new(project: impl Into<String>, tokens: Arc<dyn TokenSource>) -> Self {
        Self {
            project: project.into(),
            database: DEFAULT_DATABASE.to_owned(),
            endpoint: Endpoint::Google,
            tokens,
            connect_timeout: Duration::from_secs(10),
            deadline: Duration::from_secs(60),
        }
    }

    pub(super) fn is_default_database(&self) -> bool {
        self.database == DEFAULT_DATABASE
    }
}

impl fmt::Debug for FirestoreConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FirestoreConfig({}/{} at {:?})", self.project, self.database, self.endpoint)
    }
}

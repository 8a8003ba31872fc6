//! A Firestore database as a store.

use std::fmt;

use super::config::FirestoreConfig;
use super::rules::rules;
use super::wire::Wire;
use crate::error::Result;
use crate::rules::Rules;

/// A Firestore database, spoken to as a signed-in user: a [`Source`](crate::store::Source) of the documents that are
/// there, and an atomic [`Target`](crate::store::Target).
///
/// A version of it is the moment of a document's last change. An address is the path of a document below the root, and
/// a reference to a document of another database its full name, with `//firestore.googleapis.com/` before it.
///
/// ```
/// use std::sync::Arc;
/// use rehome_core::stores::firestore::{Endpoint, FirestoreConfig, FirestoreStore, Token};
///
/// let owner = Arc::new(Token::bearer("owner"));
/// let mut config = FirestoreConfig::new("habits", owner);
/// config.endpoint = Endpoint::Emulator("127.0.0.1:8080".to_owned());
/// let store = FirestoreStore::new(config).unwrap();
/// ```
pub struct FirestoreStore {
    pub(super) wire: Wire,
    pub(super) rules: Rules,
}

impl FirestoreStore {
    /// A store that connects when it is first used: an app that is offline opens one all the same.
    ///
    /// # Errors
    /// What the configuration names can be no project, database or server.
    pub fn new(config: FirestoreConfig) -> Result<Self> {
        Ok(Self { wire: Wire::new(config)?, rules: rules() })
    }
}

impl fmt::Debug for FirestoreStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FirestoreStore({})", self.wire.root().database())
    }
}

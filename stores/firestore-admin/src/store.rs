//! A Firestore database as an administrator's store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use firestore::{FirestoreDb, FirestoreDbOptions};
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::record::Name;
use rehome_core::rules::Rules;
use rehome_core::schema::Schema;
use rehome_core::store::{
    Answer, Batches, Capabilities, Changes, Cursor, Found, Listing, Outcome, Page, Shape, Source, Target, Write,
};
use rehome_core::stores::firestore::{Endpoint, FirestoreConfig, FirestoreStore, Root};

use crate::rights::{Rights, ServiceAccount};

const GOOGLE: &str = "https://firestore.googleapis.com";

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminConfig {
    /// The project's id.
    pub project: String,
    /// The database's id: `(default)`, unless somebody has named it.
    pub database: String,
    /// Google's servers; or an emulator, as its owner.
    pub endpoint: Endpoint,
    /// By whose right at Google's servers: without one by the credentials that `GOOGLE_APPLICATION_CREDENTIALS` names, or
    /// that this machine is logged in with.
    pub service_account: Option<ServiceAccount>,
    /// How long a call may take.
    pub deadline: Duration,
}

/// A Firestore database with an administrator's rights: a [`Source`] of the documents that are there, and a
/// [`Target`] that takes each write for itself.
///
/// Versions, addresses and references are those of [`FirestoreStore`], so that either goes on where the other stopped.
///
/// ```no_run
/// # async fn example() -> rehome_core::error::Result<()> {
/// use std::time::Duration;
/// use rehome_core::stores::firestore::Endpoint;
/// use rehome_firestore_admin::{AdminConfig, AdminStore};
///
/// let store = AdminStore::connect(AdminConfig {
///     project: "habits".to_owned(),
///     database: "(default)".to_owned(),
///     endpoint: Endpoint::Google,
///     service_account: None,
///     deadline: Duration::from_secs(60),
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
pub struct AdminStore {
    pub(crate) db: FirestoreDb,
    pub(crate) root: Root,
    pub(crate) deadline: Duration,
    reader: FirestoreStore,
}

impl AdminStore {
    /// Connects at once: a server that cannot be reached, or credentials that cannot be used, are told here.
    ///
    /// # Errors
    /// It cannot connect, or what the configuration names can be no project, database or server.
    pub async fn connect(config: AdminConfig) -> Result<Self> {
        let AdminConfig { project, database, endpoint, service_account, deadline } = config;
        let root = Root::of(&project, &database)?;
        let rights = Rights::on(&endpoint, service_account)?;
        let url = match &endpoint {
            Endpoint::Google => GOOGLE.to_owned(),
            Endpoint::Emulator(address) => format!("http://{address}"),
        };
        let mut reading = FirestoreConfig::new(project.clone(), Arc::new(rights.clone()));
        (reading.database, reading.endpoint, reading.deadline) = (database.clone(), endpoint, deadline);
        let reader = FirestoreStore::new(reading)?;
        let unreachable = format!("no connection to Firestore at {url}; is it there, and is this machine online?");
        // The address is always given: the crate would look for an emulator's in the environment.
        let options = FirestoreDbOptions::new(project).with_database_id(database).with_firebase_api_url(url);
        let db = FirestoreDb::with_options_auth(options, rights.credentials()).await;
        let db = db.map_err(|cause| Error::new(ErrorKind::Unavailable, unreachable).because(cause))?;
        Ok(Self { db, root, deadline, reader })
    }
}

impl fmt::Debug for AdminStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AdminStore({})", self.root.database())
    }
}

/// An administrator reads as everybody does.
impl Source for AdminStore {
    fn schema(&self) -> Answer<'_, Arc<Schema>> {
        self.reader.schema()
    }

    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page> {
        self.reader.page(shape, after, limit)
    }

    fn estimate<'a>(&'a self, entity: &'a str) -> Answer<'a, Option<u64>> {
        self.reader.estimate(entity)
    }

    fn changes<'a>(&'a self, shapes: &'a [Shape], since: Option<&'a Cursor>, limit: usize) -> Answer<'a, Changes> {
        self.reader.changes(shapes, since, limit)
    }

    fn acknowledge<'a>(&'a self, cursor: &'a Cursor) -> Answer<'a, ()> {
        self.reader.acknowledge(cursor)
    }
}

/// And writes as nobody else may.
impl Target for AdminStore {
    fn rules(&self) -> &Rules {
        self.reader.rules()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { batches: Batches::Partial, conditional: true }
    }

    fn identity(&self) -> Answer<'_, Option<String>> {
        Target::identity(&self.reader)
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(self.write_each(writes))
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        self.reader.look(addresses, fields)
    }

    fn look_each<'a>(
        &'a self,
        addresses: &'a [String],
        fields: Option<&'a [Name]>,
        each: &'a mut (dyn FnMut(usize, Found) + Send),
    ) -> Answer<'a, ()> {
        self.reader.look_each(addresses, fields, each)
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        self.reader.count(collection)
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        self.reader.list(collection, after, limit, fields)
    }
}

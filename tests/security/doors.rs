//! Who comes to the database, and what they are told.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rehome_core::error::ErrorKind;
use rehome_core::record::{Map, Value};
use rehome_core::store::{Condition, Outcome, RefusalCause, Target, Write};
use rehome_core::stores::firestore::FirestoreStore;
use rehome_servers::{FirestoreServer, Project};

/// A database with nothing in it, and who comes to it.
pub(crate) struct Doors {
    project: Project,
    pub(crate) ann: Door,
    pub(crate) bob: Door,
    /// Past all rules.
    pub(crate) owner: Door,
}

/// One who comes to the database.
#[derive(Clone)]
pub(crate) struct Door(pub(crate) Arc<FirestoreStore>);

impl Doors {
    pub(crate) fn to(server: &FirestoreServer) -> Self {
        let project = server.project();
        let door = |config| Door(Arc::new(FirestoreStore::new(config).unwrap()));
        Self { ann: door(project.user("ann")), bob: door(project.user("bob")), owner: door(project.owner()), project }
    }

    /// The status of a read over HTTP without any token.
    pub(crate) fn status_unsigned(&self, address: &str) -> u16 {
        let id = self.project.id();
        get(self.project.address(), &format!("/v1/projects/{id}/databases/(default)/documents/{address}"))
    }
}

fn get(server: SocketAddr, path: &str) -> u16 {
    let mut stream = TcpStream::connect(server).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n").unwrap();
    // The connection may stay open after the answer: its first line is enough.
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

impl Door {
    pub(crate) async fn write(&self, writes: &[Write]) -> Vec<Outcome> {
        self.0.write(writes).await.unwrap()
    }

    pub(crate) async fn is_allowed(&self, write: Write) {
        let address = write.address.clone();
        let outcomes = self.write(&[write]).await;
        assert!(matches!(outcomes[..], [Outcome::Durable(_)]), "{address}: {outcomes:?}");
    }

    /// `what` says in which way the write is wrong.
    pub(crate) async fn is_denied(&self, write: Write, what: &str) {
        let address = write.address.clone();
        let outcomes = self.write(&[write]).await;
        assert!(all_denied(&outcomes), "{address} {what}: {outcomes:?}");
    }

    pub(crate) async fn may_read(&self, address: &str) -> bool {
        match self.0.look(&[address.to_owned()], None).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
                false
            }
        }
    }

    pub(crate) async fn may_list(&self, collection: &str) -> bool {
        match self.0.list(collection, None, 10, None).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
                false
            }
        }
    }
}

pub(crate) fn all_denied(outcomes: &[Outcome]) -> bool {
    let is_denied =
        |outcome: &Outcome| matches!(outcome, Outcome::Refused(refusal) if refusal.cause == RefusalCause::Denied);
    !outcomes.is_empty() && outcomes.iter().all(is_denied)
}

pub(crate) fn put(address: &str, fields: Map) -> Write {
    Write { address: address.to_owned(), fields: Some(fields.into()), condition: Condition::Always }
}

pub(crate) fn delete(address: &str) -> Write {
    Write { address: address.to_owned(), fields: None, condition: Condition::Always }
}

/// The fields with one of them another.
pub(crate) fn with(fields: &Map, name: &str, value: Value) -> Map {
    let mut fields = fields.clone();
    fields.insert(name.to_owned(), value);
    fields
}

/// The fields with a field of the map among them another.
pub(crate) fn with_inner(fields: &Map, outer: &str, name: &str, value: Value) -> Map {
    let Some(Value::Map(inner)) = fields.get(outer) else { panic!("{outer} is no map") };
    with(fields, outer, Value::Map(with(inner, name, value)))
}

/// The fields without one of them.
pub(crate) fn without(fields: &Map, name: &str) -> Map {
    let mut fields = fields.clone();
    assert!(fields.remove(name).is_some(), "there is no {name}");
    fields
}

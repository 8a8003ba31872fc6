//! An administrator's store keeps the same contracts, by other means.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rehome_core::error::ErrorKind;
use rehome_core::record::{Map, Value};
use rehome_core::store::{Answer, Condition, Outcome, Refusal, RefusalCause, Source, Target, Write};
use rehome_core::stores::firestore::Endpoint;
use rehome_firestore_admin::{AdminConfig, AdminStore};
use rehome_servers::FirestoreServer;
use rehome_servers::proxy::{Fault, FaultProxy, Lost, Rule};
use tonic::Code;

use super::{contract, open};

pub(crate) async fn connect(project: &str, address: SocketAddr) -> rehome_core::error::Result<Arc<AdminStore>> {
    let config = AdminConfig {
        project: project.to_owned(),
        database: "(default)".to_owned(),
        endpoint: Endpoint::Emulator(address.to_string()),
        service_account: None,
        deadline: Duration::from_secs(30),
    };
    AdminStore::connect(config).await.map(Arc::new)
}

pub(crate) async fn an_administrators_store_keeps_the_contract_of_a_target(server: &FirestoreServer) {
    let project = server.project();
    let open = || {
        let store = connect(project.id(), project.address());
        Box::pin(async move { Ok(store.await? as Arc<dyn Target>) }) as Answer<'_, _>
    };
    contract::as_a_target(Box::new(open)).await;
}

pub(crate) async fn an_administrators_store_keeps_the_contract_of_a_source(server: &FirestoreServer) {
    let project = server.project();
    let store = connect(project.id(), project.address()).await.unwrap();
    let open = || {
        let store = connect(project.id(), project.address());
        Box::pin(async move { Ok(store.await? as Arc<dyn Source>) }) as Answer<'_, _>
    };
    contract::as_a_source(&*store, Box::new(open)).await;
}

fn write(address: &str, value: Value) -> Write {
    let fields = Some(Map::from([("value".to_owned(), value)]).into());
    Write { address: address.to_owned(), fields, condition: Condition::Absent }
}

fn is_durable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Durable(Some(_)))
}

pub(crate) async fn a_database_is_the_same_one_by_whatever_right_it_is_reached(server: &FirestoreServer) {
    let project = server.project();
    let administrators: Arc<dyn Target> = connect(project.id(), project.address()).await.unwrap();
    let users: Arc<dyn Target> = open(project.user("ann"));
    let database = format!("projects/{}/databases/(default) at {}", project.id(), project.address());
    for store in [administrators, users] {
        assert_eq!(store.identity().await.unwrap(), Some(database.clone()));
    }
}

/// A document that is too large makes Firestore refuse all that came with it; a document that comes twice too.
pub(crate) async fn each_write_is_answered_for_itself(server: &FirestoreServer) {
    let project = server.project();
    let store = connect(project.id(), project.address()).await.unwrap();
    let mut writes: Vec<Write> = (0..20).map(|id| write(&format!("a/{id}"), id.into())).collect();
    writes[7] = write("a/large", Value::Bytes(vec![7; 1_048_576]));
    writes[11] = write("a/10", "again".into());
    writes[13] = write("a/decimal", Value::Decimal("1.5".parse().unwrap()));
    writes[19] = Write { condition: Condition::Always, ..write("a/19", Value::Array(vec![Value::Array(Vec::new())])) };
    let outcomes = store.write(&writes).await.unwrap();
    for (place, outcome) in outcomes.iter().enumerate() {
        let is_right = match place {
            7 | 13 | 19 => {
                matches!(outcome, Outcome::Refused(Refusal { cause: RefusalCause::Invalid, why }) if !why.is_empty())
            }
            11 => *outcome == Outcome::Exists,
            _ => is_durable(outcome),
        };
        assert!(is_right, "{place}: {outcome:?}");
    }
    assert_eq!(store.count("a").await.unwrap(), 16);
}

pub(crate) async fn of_a_batch_that_breaks_off_what_was_written_is_told(server: &FirestoreServer) {
    let project = server.project();
    let proxy = FaultProxy::before(server.address()).await.unwrap();
    let store = connect(project.id(), proxy.address()).await.unwrap();
    let batch =
        |from: usize| -> Vec<Write> { (from..from + 600).map(|id| write(&format!("a/{id}"), Value::Null)).collect() };
    // 500 in a request: the second one fails.
    for (from, fault, expected) in [
        (0, Fault::LoseAnswer(Lost::Call), Outcome::Unknown),
        (1000, Fault::code(Code::ResourceExhausted), Outcome::Retry),
    ] {
        proxy.appoint(Rule::nth(1, fault).of("BatchWrite"));
        let outcomes = store.write(&batch(from)).await.unwrap();
        proxy.dismiss();
        assert!(outcomes[..500].iter().all(is_durable));
        assert_eq!(outcomes[500..], vec![expected; 100]);
    }
    // The first one fails: the call does.
    let wait = Duration::from_secs(3);
    proxy.appoint(Rule::nth(0, Fault::retry_after(Code::ResourceExhausted, wait)).of("BatchWrite"));
    let error = store.write(&batch(2000)).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Exhausted, Some(wait)));
    assert_eq!(store.count("a").await.unwrap(), 600 + 500);
}

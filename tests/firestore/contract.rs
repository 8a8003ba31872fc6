//! The contracts of a target and of a source.

use std::sync::Arc;

use rehome_core::record::{Map, Value};
use rehome_core::store::Target;
use rehome_core::testkit::conformance::{self, Can, TargetFixture};
use rehome_servers::FirestoreServer;

use super::open;

pub(crate) async fn it_keeps_the_contract_of_a_target(server: &FirestoreServer) {
    let project = server.project();
    let nested = Value::Array(vec![Value::Array(Vec::new())]);
    let fixture = TargetFixture {
        open: Box::new(|| {
            let store = open(project.owner());
            Box::pin(async move { Ok(store as Arc<dyn Target>) })
        }),
        collection: "users/ann/suite".to_owned(),
        refused: Can::Yes(Map::from([("nested".to_owned(), nested)])),
    };
    assert_eq!(conformance::target(&fixture).await.unwrap(), []);
}

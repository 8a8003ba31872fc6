//! Watching a document, from its first state on and from where a kept token says.

use rehome_core::error::ErrorKind;
use rehome_core::record::{Map, Value};
use rehome_core::store::{Condition, Outcome, Target, Write};
use rehome_core::stores::firestore::{FirestoreStore, ResumeToken, Seen};
use rehome_servers::FirestoreServer;
use rehome_servers::proxy::{Fault, FaultProxy, Rule};
use tonic::Code;

use super::{open, through};

const ADDRESS: &str = "flags/stop";

async fn write(store: &FirestoreStore, fields: Option<Map>) {
    let write = Write { address: ADDRESS.to_owned(), fields, condition: Condition::Always };
    let outcomes = store.write(&[write]).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Durable(_)]), "{outcomes:?}");
}

fn number(number: i64) -> Map {
    Map::from([("number".to_owned(), Value::Int(number))])
}

#[track_caller]
fn assert_there(seen: Seen, fields: &Map) {
    match seen {
        Seen::There(found) => assert_eq!(found.fields, *fields),
        other => panic!("it is {other:?} and not there"),
    }
}

pub(crate) async fn a_watch_sees_each_state(server: &FirestoreServer) {
    let store = open(server.project().owner());
    let mut watch = store.watch(ADDRESS, None);
    assert!(matches!(watch.next().await, Seen::Absent));
    for step in 1..=3 {
        write(&store, Some(number(step))).await;
        assert_there(watch.next().await, &number(step));
    }
    write(&store, None).await;
    assert!(matches!(watch.next().await, Seen::Absent));
}

pub(crate) async fn a_watch_goes_on_where_its_token_says(server: &FirestoreServer) {
    let project = server.project();
    let store = open(project.owner());
    write(&store, Some(number(1))).await;
    let mut watch = store.watch(ADDRESS, None);
    assert_there(watch.next().await, &number(1));
    let kept = watch.resume_token().unwrap().to_text();
    drop(watch);

    let later = open(project.owner());
    let mut watch = later.watch(ADDRESS, ResumeToken::from_text(&kept));
    assert!(matches!(watch.next().await, Seen::Unchanged | Seen::There(_)), "a server may forget its tokens");
    drop(watch);
    write(&store, Some(number(2))).await;
    assert_there(later.watch(ADDRESS, ResumeToken::from_text(&kept)).next().await, &number(2));
    write(&store, None).await;
    assert!(matches!(later.watch(ADDRESS, ResumeToken::from_text(&kept)).next().await, Seen::Absent));
}

#[tokio::test]
async fn a_broken_connection_is_told_and_the_watch_goes_on() {
    let server = FirestoreServer::hidane(None).unwrap();
    let (proxy, project) = (FaultProxy::before(server.address()).await.unwrap(), server.project());
    let store = through(&proxy, project.owner());
    write(&store, Some(number(1))).await;
    proxy.appoint(Rule::script([Fault::code(Code::Unavailable), Fault::code(Code::Unauthenticated)]).of("Listen"));
    let mut watch = store.watch(ADDRESS, None);
    let Seen::Stale(error) = watch.next().await else { panic!("a call that failed is not told") };
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_there(watch.next().await, &number(1));
    assert_eq!(proxy.tally().calls("Listen"), 3, "one of them with a fresh token");
}

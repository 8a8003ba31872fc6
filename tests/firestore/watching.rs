//! Watching a document, from its first state on and from where a kept token says.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rehome_core::error::ErrorKind;
use rehome_core::record::{Map, Value};
use rehome_core::store::{Condition, Fields, Outcome, Target, Write};
use rehome_core::stores::firestore::{FirestoreConfig, FirestoreStore, ResumeToken, Seen};
use rehome_servers::FirestoreServer;
use rehome_servers::proxy::{Fault, FaultProxy, Rule};
use tokio::sync::Notify;
use tonic::{Code, Status};

use super::calls::Numbered;
use super::{open, through};

const ADDRESS: &str = "flags/stop";

async fn write(store: &FirestoreStore, fields: Option<Map>) {
    let write = Write { address: ADDRESS.to_owned(), fields: fields.map(Fields::from), condition: Condition::Always };
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

fn ends_with_its_token(told: &Arc<Notify>) -> Fault {
    Fault::EndWhen(told.clone(), Status::unauthenticated("the token has expired"))
}

#[tokio::test]
async fn a_watch_goes_on_with_a_fresh_token_when_its_own_has_expired() {
    let server = FirestoreServer::hidane(None).unwrap();
    let (proxy, project) = (FaultProxy::before(server.address()).await.unwrap(), server.project());
    let tokens = Arc::new(Numbered::default());
    let store = through(&proxy, FirestoreConfig { tokens: tokens.clone(), ..project.owner() });
    write(&store, Some(number(1))).await;
    let expired = Arc::new(Notify::new());
    proxy.appoint(Rule::script([ends_with_its_token(&expired), ends_with_its_token(&expired)]).of("Listen"));
    let mut watch = store.watch(ADDRESS, None);
    assert_there(watch.next().await, &number(1));
    expired.notify_one();
    write(&store, Some(number(2))).await;
    assert_there(watch.next().await, &number(2));
    expired.notify_one();
    assert!(matches!(watch.next().await, Seen::Unchanged), "it is not read anew");
    write(&store, Some(number(3))).await;
    assert_there(watch.next().await, &number(3));
    assert_eq!((proxy.tally().calls("Listen"), tokens.fresh.load(Ordering::Relaxed)), (3, 2));
}

#[tokio::test]
async fn a_watch_whose_fresh_token_is_not_taken_either_says_so() {
    let server = FirestoreServer::hidane(None).unwrap();
    let (proxy, project) = (FaultProxy::before(server.address()).await.unwrap(), server.project());
    let store = through(&proxy, project.owner());
    let [expired, again] = [(); 2].map(|()| Arc::new(Notify::new()));
    proxy.appoint(Rule::script([ends_with_its_token(&expired), ends_with_its_token(&again)]).of("Listen"));
    let mut watch = store.watch(ADDRESS, None);
    assert!(matches!(watch.next().await, Seen::Absent));
    again.notify_one();
    expired.notify_one();
    let Seen::Stale(error) = watch.next().await else { panic!("a token that is not taken is not told") };
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(proxy.tally().calls("Listen"), 2);
    assert!(matches!(watch.next().await, Seen::Unchanged | Seen::Absent), "later it goes on");
}

//! What becomes of a call when something goes wrong: with the token, with the server, on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rehome_core::error::{Advice, ErrorKind};
use rehome_core::record::{Map, Value};
use rehome_core::store::{Answer, Condition, Outcome, RefusalCause, Source, Target, Write};
use rehome_core::stores::firestore::{FirestoreConfig, FirestoreStore, Token, TokenSource};
use rehome_servers::FirestoreServer;
use rehome_servers::proxy::{Fault, FaultProxy, Lost, Rule, ShortLivedTokens};
use tonic::Code;

use super::{open, through};

fn write(address: &str) -> Write {
    Write { address: address.to_owned(), fields: Some(Map::new().into()), condition: Condition::Absent }
}

struct Rig {
    server: FirestoreServer,
    proxy: FaultProxy,
}

impl Rig {
    async fn new() -> Self {
        let server = FirestoreServer::hidane(None).unwrap();
        Self { proxy: FaultProxy::before(server.address()).await.unwrap(), server }
    }

    fn store(&self) -> Arc<FirestoreStore> {
        through(&self.proxy, self.server.project().owner())
    }
}

/// Tokens with a number, each of which is the owner's to a server that looks at nobody's.
#[derive(Default)]
pub(crate) struct Numbered {
    pub(crate) fresh: AtomicU64,
}

impl TokenSource for Numbered {
    fn token(&self, refresh: bool) -> Answer<'_, Token> {
        let number = self.fresh.fetch_add(u64::from(refresh), Ordering::Relaxed) + u64::from(refresh);
        // Any token that is no user's, nor an owner's, is taken for one of Google's: `ya29.` is how those begin.
        Box::pin(async move { Ok(Token::bearer(format!("ya29.{number}"))) })
    }
}

#[tokio::test]
async fn an_expired_token_is_refreshed_once_for_all_calls_that_it_failed() {
    let rig = Rig::new().await;
    rig.proxy.appoint(ShortLivedTokens::good_for(20));
    let tokens = Arc::new(Numbered::default());
    let config = FirestoreConfig { tokens: tokens.clone(), ..rig.server.project().owner() };
    let store = through(&rig.proxy, config);
    for round in 0..10 {
        let writes: Vec<_> = (0..8).map(|call| [write(&format!("a/{round}_{call}"))]).collect();
        let calls: Vec<_> = writes.iter().map(|writes| store.write(writes)).collect();
        for call in join_all(calls).await {
            assert!(matches!(call.unwrap()[..], [Outcome::Durable(_)]));
        }
    }
    // 80 calls, of which each token carries 20, and those that failed with it once more.
    let refreshes = tokens.fresh.load(Ordering::Relaxed);
    assert!((3..=5).contains(&refreshes), "{refreshes}");
}

/// All of them at once.
async fn join_all<T>(calls: Vec<Answer<'_, T>>) -> Vec<rehome_core::error::Result<T>> {
    let mut calls: Vec<_> = calls.into_iter().map(|call| (call, None)).collect();
    std::future::poll_fn(|context| {
        for (call, done) in calls.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(answer) = call.as_mut().poll(context) {
                *done = Some(answer);
            }
        }
        if calls.iter().all(|(_, done)| done.is_some()) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    calls.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn whoever_is_not_taken_even_with_a_fresh_token_is_told() {
    let rig = Rig::new().await;
    rig.proxy.appoint(Rule::every(Fault::code(Code::Unauthenticated)));
    let error = rig.store().write(&[write("a/1")]).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Unauthenticated, Advice::TryLater));
    assert_eq!(rig.proxy.tally().calls("Commit"), 2);
}

struct SignedOut;

impl TokenSource for SignedOut {
    fn token(&self, _refresh: bool) -> Answer<'_, Token> {
        let error = rehome_core::error::Error::new(ErrorKind::Unauthenticated, "nobody is signed in");
        Box::pin(async { Err(error) })
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let rig = Rig::new().await;
    let config = FirestoreConfig { tokens: Arc::new(SignedOut), ..rig.server.project().owner() };
    let error = through(&rig.proxy, config).write(&[write("a/1")]).await.unwrap_err();
    assert_eq!(error.to_string(), "nobody is signed in");
    assert_eq!(rig.proxy.tally().calls("Commit"), 0);

    let config = FirestoreConfig { tokens: Arc::new(Token::bearer("a\nb")), ..rig.server.project().owner() };
    let error = through(&rig.proxy, config).write(&[write("a/1")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
}

#[tokio::test]
async fn each_status_is_told_as_what_it_asks_for() {
    let rig = Rig::new().await;
    let table = [
        (Code::Unavailable, ErrorKind::Unavailable, Advice::Retry),
        (Code::Cancelled, ErrorKind::Unavailable, Advice::Retry),
        (Code::Unknown, ErrorKind::Unavailable, Advice::Retry),
        (Code::Internal, ErrorKind::Unavailable, Advice::Retry),
        (Code::DeadlineExceeded, ErrorKind::Timeout, Advice::Retry),
        (Code::Aborted, ErrorKind::Busy, Advice::Retry),
        (Code::ResourceExhausted, ErrorKind::Exhausted, Advice::SlowDown),
        (Code::Unimplemented, ErrorKind::Unsupported, Advice::Stop),
        (Code::DataLoss, ErrorKind::Damaged, Advice::Stop),
        (Code::NotFound, ErrorKind::NotFound, Advice::Correct),
    ];
    let script: Vec<_> = table.iter().map(|(code, _, _)| Fault::code(*code)).collect();
    rig.proxy.appoint(Rule::script(script).of("Commit"));
    let store = rig.store();
    for (code, kind, advice) in table {
        let error = store.write(&[write("a/1")]).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (kind, advice), "{code:?}");
    }
    assert!(matches!(store.write(&[write("a/1")]).await.unwrap()[..], [Outcome::Durable(_)]), "none of them happened");
}

#[tokio::test]
async fn the_server_is_left_alone_as_long_as_it_asks_for() {
    let rig = Rig::new().await;
    let wait = Duration::from_millis(1500);
    rig.proxy.appoint(Rule::every(Fault::retry_after(Code::ResourceExhausted, wait)));
    let store = rig.store();
    assert_eq!(store.write(&[write("a/1")]).await.unwrap_err().retry_after(), Some(wait));
    assert_eq!(store.count("a").await.unwrap_err().retry_after(), Some(wait));
}

#[tokio::test]
async fn what_is_lost_on_the_way_back_may_have_happened() {
    for lost in [Lost::Call, Lost::Connection] {
        let rig = Rig::new().await;
        rig.proxy.appoint(Rule::nth(0, Fault::LoseAnswer(lost)).of("Commit"));
        let store = rig.store();
        let error = store.write(&[write("a/1")]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{lost:?}");
        assert_eq!(store.write(&[write("a/1")]).await.unwrap(), [Outcome::Exists], "{lost:?}");
    }
}

#[tokio::test]
async fn silence_ends_with_the_deadline() {
    let rig = Rig::new().await;
    rig.proxy.appoint(Rule::script([Fault::Silence]).of("Commit"));
    rig.proxy.appoint(Rule::script([Fault::FallSilent(3)]).of("BatchGetDocuments"));
    let deadline = Duration::from_millis(300);
    let config = FirestoreConfig { deadline, ..rig.server.project().owner() };
    let store = through(&rig.proxy, config);
    assert_eq!(store.write(&[write("a/1")]).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(store.look(&["a/1".to_owned()], None).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(store.look(&["a/1".to_owned()], None).await.unwrap(), [None]);
}

#[test]
fn a_store_is_opened_offline_and_without_a_runtime() {
    let gone = FirestoreServer::hidane(None).unwrap();
    let project = gone.project();
    drop(gone);
    let store = open(project.owner());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(store.write(&[write("a/1")])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_store_finds_a_server_that_comes_back() {
    let rig = Rig::new().await;
    let store = rig.store();
    assert!(store.write(&[write("a/1")]).await.is_ok());
    rig.proxy.appoint(Rule::script([Fault::Drop(Lost::Connection)]).of("Commit"));
    assert_eq!(store.write(&[write("a/2")]).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(matches!(store.write(&[write("a/2")]).await.unwrap()[..], [Outcome::Durable(_)]));
}

#[test]
fn names_that_cannot_be_are_refused_at_once() {
    let config = || FirestoreConfig::new("habits", Arc::new(Token::bearer("owner")));
    assert!(FirestoreStore::new(config()).is_ok(), "Google's own needs nothing more");
    for wrong in [
        FirestoreConfig { project: "a/b".to_owned(), ..config() },
        FirestoreConfig { database: String::new(), ..config() },
        FirestoreConfig {
            endpoint: rehome_core::stores::firestore::Endpoint::Emulator("no address".to_owned()),
            ..config()
        },
    ] {
        assert_eq!(FirestoreStore::new(wrong).unwrap_err().kind(), ErrorKind::BadInput);
    }
}

const RULES: &str = "
rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /users/{uid}/{document=**} {
      allow read, write: if request.auth.uid == uid;
    }
  }
}
";

async fn a_user_reaches_what_is_his(server: &FirestoreServer) {
    let project = server.project();
    let ann = open(project.user("ann"));
    let (his, others) = (write("users/ann/habits/h1"), write("users/bob/habits/h1"));
    assert!(matches!(ann.write(std::slice::from_ref(&his)).await.unwrap()[..], [Outcome::Durable(_)]));
    let outcomes = ann.write(&[write("users/ann/habits/h2"), others]).await.unwrap();
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes {
        let Outcome::Refused(refusal) = outcome else { panic!("{outcome:?}") };
        assert_eq!(refusal.cause, RefusalCause::Denied);
    }
    assert_eq!(ann.count("users/ann/habits").await.unwrap(), 1);
    assert_eq!(ann.count("users/bob/habits").await.unwrap_err().kind(), ErrorKind::Denied);
    let shape = rehome_core::store::Shape::of("users/ann/habits/{id}", &[]);
    assert_eq!(ann.page(&shape, None, 10).await.unwrap().records.len(), 1);
    let address = ["users/bob/habits/h1".to_owned()];
    assert_eq!(ann.look(&address, None).await.unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(open(project.owner()).look(&address, None).await.unwrap(), [None], "nothing of it was written");
}

#[tokio::test]
async fn a_user_reaches_what_is_his_on_hidane() {
    a_user_reaches_what_is_his(&FirestoreServer::hidane(Some(RULES)).unwrap()).await;
}

#[tokio::test]
async fn a_user_reaches_what_is_his_on_googles_emulator() {
    match FirestoreServer::emulator(Some(RULES)).unwrap() {
        Some(server) => a_user_reaches_what_is_his(&server).await,
        None => println!("not run: Google's emulator of Firestore is not installed"),
    }
}

pub(crate) async fn a_named_database_is_another_one(server: &FirestoreServer) {
    let project = server.project();
    let named = FirestoreConfig { database: "second".to_owned(), ..project.owner() };
    let (first, second) = (open(project.owner()), open(named));
    let reference = Value::Reference("//firestore.googleapis.com/projects/p/databases/d/documents/a/b".to_owned());
    let fields = Map::from([("elsewhere".to_owned(), reference)]);
    let write = Write { fields: Some(fields.clone().into()), ..write("a/1") };
    assert!(matches!(second.write(&[write]).await.unwrap()[..], [Outcome::Durable(_)]));
    let address = ["a/1".to_owned()];
    assert_eq!(first.look(&address, None).await.unwrap(), [None]);
    let found = second.look(&address, None).await.unwrap().pop().flatten().unwrap();
    assert_eq!(found.fields, fields);
}

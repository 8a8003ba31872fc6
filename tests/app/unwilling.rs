//! An app that throws, is slow or never answers harms nothing but what needs the answer.

use std::future::pending;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rehome_core::error::{Error, ErrorKind};
use rehome_core::phone::{
    Conditions, Configuration, Device, Ending, Event, Events, Rehome, Snapshots, StoreFile, What,
};
use rehome_core::store::Answer;
use rehome_core::stores::firestore::{Token, TokenSource};

use super::{App, NONE};
use crate::carrying::Cloud;

struct Throws;
pub(crate) struct NeverAnswers;

fn thrown<T>() -> Answer<'static, T> {
    Box::pin(async { Err(Error::new(ErrorKind::Unauthenticated, "the app threw")) })
}

impl TokenSource for Throws {
    fn token(&self, _: bool) -> Answer<'_, Token> {
        thrown()
    }
}

impl Device for Throws {
    fn conditions(&self) -> Answer<'_, Conditions> {
        thrown()
    }
}

impl Events for Throws {
    fn happened(&self, _: Vec<Event>) -> Answer<'_, ()> {
        thrown()
    }
}

impl TokenSource for NeverAnswers {
    fn token(&self, _: bool) -> Answer<'_, Token> {
        Box::pin(pending())
    }
}

impl Device for NeverAnswers {
    fn conditions(&self) -> Answer<'_, Conditions> {
        Box::pin(pending())
    }
}

impl Events for NeverAnswers {
    fn happened(&self, _: Vec<Event>) -> Answer<'_, ()> {
        Box::pin(pending())
    }
}

impl Snapshots for NeverAnswers {
    fn copy<'a>(&'a self, _: &'a Path) -> Answer<'a, ()> {
        Box::pin(pending())
    }
}

/// Keeps what it is told.
#[derive(Default)]
struct Listener(Mutex<Vec<Event>>);

impl Events for Listener {
    fn happened(&self, events: Vec<Event>) -> Answer<'_, ()> {
        self.0.lock().unwrap().extend(events);
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn whoever_gives_no_token_is_not_signed_in_and_nothing_is_lost() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = Rehome::open(Configuration { tokens: Arc::new(Throws), ..app.configuration(&cloud, "ann") }).unwrap();
    let outcome = rehome.migration("ann").run_if_needed().await.unwrap();
    assert_eq!(outcome.ending, Ending::Later, "{outcome:?}");
    assert!(outcome.why.unwrap().contains("the app threw"));
    rehome.close().await;
    let whole = app.open(&cloud, "ann").migration("ann").run_if_needed().await.unwrap();
    assert_eq!((whole.ending, whole.counters.created), (Ending::Complete, app.phone.rows()));
}

#[tokio::test]
async fn whoever_is_silent_about_the_device_and_deaf_to_events_hinders_nothing() {
    let (cloud, app) = (Cloud::new().await, App::new());
    for (device, events) in [
        (Arc::new(Throws) as Arc<dyn Device>, Arc::new(Throws) as Arc<dyn Events>),
        (Arc::new(NeverAnswers), Arc::new(NeverAnswers)),
    ] {
        let (conditions, events) = (Some(device), Some(events));
        let rehome = Rehome::open(Configuration { conditions, events, ..app.configuration(&cloud, "ann") }).unwrap();
        let outcome = rehome.migration("ann").run_if_needed().await.unwrap();
        assert_eq!((outcome.ending, outcome.counters.created), (Ending::Complete, app.phone.rows()));
    }
}

#[tokio::test]
async fn a_run_whose_store_is_never_copied_can_be_cancelled() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let store = StoreFile::Copied { name: "default.store".to_owned(), by: Arc::new(NeverAnswers) };
    let rehome = Rehome::open(app.with_store(&cloud, "ann", store)).unwrap();
    let migration = rehome.migration("ann");
    let cancelling = async {
        while !migration.state().await.unwrap().is_under_way {}
        migration.cancel();
    };
    let outcome = tokio::join!(migration.run_if_needed(), cancelling).0.unwrap();
    assert_eq!(outcome.ending, Ending::Cancelled);
    rehome.close().await;
}

#[tokio::test]
async fn whoever_hangs_with_a_token_does_not_keep_the_app_from_closing() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let configuration = Configuration { tokens: Arc::new(NeverAnswers), ..app.configuration(&cloud, "ann") };
    let rehome = Rehome::open(configuration).unwrap();
    let migration = rehome.migration("ann");
    let closing = async {
        while !migration.state().await.unwrap().is_under_way {}
        rehome.close().await;
    };
    let outcome = tokio::join!(migration.run_if_needed(), closing).0.unwrap();
    assert_eq!(outcome.ending, Ending::Suspended, "{outcome:?}");
}

#[tokio::test]
async fn what_happened_is_told_in_order_and_before_the_end() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let listener = Arc::new(Listener::default());
    let events = Some(listener.clone() as Arc<dyn Events>);
    let rehome = Rehome::open(Configuration { events, ..app.configuration(&cloud, "ann") }).unwrap();
    let outcome = rehome.migration("ann").run_if_needed().await.unwrap();
    app.say(NONE);
    let stopped = rehome.migration("ann").run_if_needed().await.unwrap();
    rehome.close().await;
    let events: Vec<What> = listener.0.lock().unwrap().iter().map(|event| event.what.clone()).collect();
    let ended = |outcome| What::RunEnded { outcome: Box::new(outcome) };
    assert_eq!(events, [What::RunBegan, ended(outcome), ended(stopped)]);
}

#[tokio::test]
async fn a_run_waits_while_the_device_is_in_a_bad_way() {
    struct Weak;
    impl Device for Weak {
        fn conditions(&self) -> Answer<'_, Conditions> {
            Box::pin(async { Ok(Conditions { low_battery: true, ..Conditions::default() }) })
        }
    }
    let (cloud, app) = (Cloud::new().await, App::new());
    let conditions = Some(Arc::new(Weak) as Arc<dyn Device>);
    let rehome = Rehome::open(Configuration { conditions, ..app.configuration(&cloud, "ann") }).unwrap();
    let outcome = rehome.migration("ann").run_if_needed().await.unwrap();
    assert_eq!(outcome.ending, Ending::Waiting, "{outcome:?}");
    assert_eq!(outcome.why.unwrap(), "the battery is low");
}

//! What a launch does: nothing that blocks, and everything that there is to carry.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rehome_core::journal::Status;
use rehome_core::phone::{Checking, Ending, Phase, Snapshots, Start, StoreFile};
use rehome_core::store::Answer;
use rusqlite::Connection;

use super::{ALL, App, NONE, files, wrote_each_once};
use crate::carrying::Cloud;

#[tokio::test]
async fn opening_asks_nobody_and_reads_no_store() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let nowhere = StoreFile::At(app.phone.folder.path().join("not-there.store"));
    let rehome = rehome_core::phone::Rehome::open(app.with_store(&cloud, "ann", nowhere)).unwrap();
    assert_eq!(rehome.migration("ann").state().await.unwrap().status, Status::Pending);

    // Who is not let in reads no store and sends nothing either.
    app.say(r#"{"backfillEnabled": true, "backfillRolloutPercentage": 0.000001}"#);
    app.say(NONE);
    let outcome = rehome.own_migration().unwrap().run_if_needed().await.unwrap();
    assert_eq!(outcome.ending, Ending::Stopped, "{outcome:?}");
    assert!(outcome.why.unwrap().contains("backfillEnabled is false by the local file"));
    assert_eq!(cloud.commits(), 0);
}

#[tokio::test]
async fn a_launch_carries_everything_once_and_the_next_one_nothing() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = app.open(&cloud, "ann");
    let migration = rehome.own_migration().unwrap();
    let progress = migration.progress();
    assert_eq!(progress.next().await.unwrap().phase, Phase::Starting, "the first state is there at once");
    let outcome = migration.run_if_needed().await.unwrap();
    assert_eq!((outcome.ending, outcome.status), (Ending::Complete, Some(Status::Complete)), "{outcome:?}");
    assert_eq!(outcome.counters.created, app.phone.rows());
    assert_eq!(progress.next().await.unwrap().counters, outcome.counters, "the last state is told");
    wrote_each_once(&cloud, app.phone.rows());

    let verified = migration.verify(Checking::default()).await.unwrap();
    assert!(verified.receipt.verified && verified.differences.is_empty(), "{verified:?}");
    assert!(verified.json().unwrap().contains("\"verified\":true"));
    assert_eq!(migration.state().await.unwrap().status, Status::Verified);
    rehome.close().await;

    let (commits, rehome) = (cloud.commits(), app.open(&cloud, "ann"));
    let migration = rehome.migration("ann");
    let again = migration.run_if_needed().await.unwrap();
    assert_eq!((again.ending, again.counters), (Ending::Complete, outcome.counters));
    migration.seal().await.unwrap();
    let sealed = migration.run_if_needed().await.unwrap();
    assert_eq!((sealed.ending, sealed.status), (Ending::Closed, Some(Status::Sealed)));
    wrote_each_once(&cloud, app.phone.rows());
    assert!(cloud.commits() <= commits + 1, "but how it stands");

    let statistics = migration.statistics().await.unwrap();
    assert_eq!(statistics.carried.values().sum::<u64>(), app.phone.rows());
    assert!(statistics.duration.is_some() && statistics.set_aside.is_empty());
    let at_once = std::thread::spawn(move || migration.statistics_now().unwrap());
    assert_eq!(at_once.join().unwrap(), statistics, "whoever cannot wait hears the same");
}

#[tokio::test]
async fn a_rehearsal_says_what_will_be_and_sends_nothing() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = app.open(&cloud, "ann");
    let report = rehome.migration("ann").rehearse().await.unwrap();
    assert_eq!((report.documents(), report.quarantined.total), (app.phone.rows(), 0));
    assert_eq!(cloud.commits(), 0);
    assert!(files(&app.rehome()).iter().all(|file| !file.starts_with("scratch")), "nothing is left behind");
}

#[tokio::test]
async fn what_was_carried_is_taken_back_and_carried_anew() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = app.open(&cloud, "ann");
    let migration = rehome.migration("ann");
    migration.run_if_needed().await.unwrap();
    let would = migration.roll_back(true).await.unwrap();
    assert_eq!((would.dry_run, would.total().deleted), (true, app.phone.rows()));
    assert_eq!(cloud.documents("ann").await.len() as u64, app.phone.rows(), "a dry run deletes nothing");
    let did = migration.roll_back(false).await.unwrap();
    assert_eq!(did.total().deleted, app.phone.rows());
    assert!(cloud.documents("ann").await.is_empty());
    assert_eq!(migration.run_if_needed().await.unwrap().ending, Ending::Closed, "it is not carried again by itself");
    let anew = migration.force_run().await.unwrap();
    assert_eq!((anew.ending, anew.counters.created), (Ending::Complete, app.phone.rows()));
}

/// An app's own connection, as Room has one.
struct OwnConnection {
    connection: std::sync::Mutex<Connection>,
    copies: AtomicU32,
}

impl Snapshots for OwnConnection {
    fn copy<'a>(&'a self, to: &'a Path) -> Answer<'a, ()> {
        Box::pin(async move {
            self.copies.fetch_add(1, Ordering::Relaxed);
            let connection = self.connection.lock().unwrap();
            connection.execute("VACUUM INTO ?1", [to.to_string_lossy()]).unwrap();
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_store_that_the_app_copies_is_carried_and_no_copy_is_left() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let own = Arc::new(OwnConnection { connection: app.phone.app().into(), copies: AtomicU32::new(0) });
    let store = StoreFile::Copied { name: "default.store".to_owned(), by: own.clone() };
    let rehome = rehome_core::phone::Rehome::open(app.with_store(&cloud, "ann", store)).unwrap();
    let migration = rehome.migration("ann");
    app.say(NONE);
    assert_eq!(migration.run_if_needed().await.unwrap().ending, Ending::Stopped);
    assert_eq!(own.copies.load(Ordering::Relaxed), 0, "what is not carried is not copied");
    app.say(ALL);
    let outcome = migration.run_if_needed().await.unwrap();
    assert_eq!(outcome.ending, Ending::Complete, "{outcome:?}");
    assert_eq!(own.copies.load(Ordering::Relaxed), 1);
    assert!(files(&app.rehome()).iter().all(|file| !file.starts_with("scratch")), "no copy is left");
    let again = migration.run_from(Start::Resume).await.unwrap();
    assert_eq!((again.ending, again.counters.created), (Ending::Complete, outcome.counters.created));
}

//! What takes its time is given up in mid-work, and whoever comes next need not wait for anything.

use std::sync::Arc;

use rehome_core::error::{Error, ErrorKind};
use rehome_core::phone::{Cancelling, Checking, Configuration, Ending, Migration, Rehome, StoreFile};
use rehome_core::store::Answer;
use rehome_servers::proxy::{Fault, Rule};

use super::unwilling::NeverAnswers;
use super::{App, files};
use crate::carrying::Cloud;

const REPAIRING: Checking = Checking { sample_percent: None, repairs: true };

/// A user whose records are in Firestore.
async fn carried(cloud: &Cloud, app: &App) -> Rehome {
    let rehome = app.open(cloud, "ann");
    assert_eq!(rehome.migration("ann").run_if_needed().await.unwrap().ending, Ending::Complete);
    rehome
}

/// Asks while no call is answered, and gives that up in this way once the first call is on its way.
async fn given_up<T>(cloud: &Cloud, asked: Answer<'_, T>, give_up: impl FnOnce()) -> Error {
    cloud.proxy.appoint(Rule::every(Fault::Silence));
    let faults = cloud.proxy.tally().faults();
    let giving_up = async {
        cloud.proxy.until(|tally| tally.faults() > faults).await;
        give_up();
    };
    let refused = tokio::join!(asked, giving_up).0.err().unwrap();
    cloud.proxy.dismiss();
    refused
}

/// Another process of the app, which may only follow at once where nobody has kept the right to work on the records.
async fn another_process_follows_at_once(cloud: &Cloud, app: &App) {
    let widget = Configuration { holder: "widget".to_owned(), ..app.configuration(cloud, "ann") };
    let widget = Rehome::open(widget).unwrap();
    widget.migration("ann").roll_back(false).await.unwrap();
    let outcome = widget.migration("ann").force_run().await.unwrap();
    assert_eq!((outcome.ending, outcome.counters.created), (Ending::Complete, app.phone.rows()));
    widget.close().await;
}

/// Gives up what holds the right to work on the records, by a handle and by what stops runs.
async fn can_be_given_up(ask: impl Fn(&Migration) -> Answer<'_, ()>) {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = carried(&cloud, &app).await;
    let (migration, cancelling) = (rehome.migration("ann"), Cancelling::new());
    let by_handle = migration.cancelled_by(cancelling.clone());
    let refused = given_up(&cloud, ask(&by_handle), || cancelling.cancel()).await;
    assert_eq!(refused.kind(), ErrorKind::Cancelled, "{refused}");
    assert!(!migration.state().await.unwrap().is_under_way, "it has ended when it answers");
    another_process_follows_at_once(&cloud, &app).await;

    let refused = given_up(&cloud, ask(&migration), || migration.cancel()).await;
    assert_eq!(refused.kind(), ErrorKind::Cancelled, "{refused}");
    another_process_follows_at_once(&cloud, &app).await;

    // Whoever stops waiting need not say anything else.
    cloud.proxy.appoint(Rule::every(Fault::Silence));
    let faults = cloud.proxy.tally().faults();
    tokio::select! {
        biased;
        answered = ask(&migration) => panic!("{answered:?}"),
        () = cloud.proxy.until(|tally| tally.faults() > faults) => {}
    }
    cloud.proxy.dismiss();
    while migration.state().await.unwrap().is_under_way {}
    another_process_follows_at_once(&cloud, &app).await;
    rehome.close().await;
}

#[tokio::test]
async fn a_verification_that_repairs_lets_go_of_the_records_when_it_is_given_up() {
    can_be_given_up(|migration| Box::pin(async { migration.verify(REPAIRING).await.map(drop) })).await;
}

#[tokio::test]
async fn a_rollback_lets_go_of_the_records_when_it_is_given_up() {
    can_be_given_up(|migration| Box::pin(async { migration.roll_back(false).await.map(drop) })).await;
}

#[tokio::test]
async fn a_verification_beside_a_run_is_given_up_alone() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = carried(&cloud, &app).await;
    let (migration, cancelling) = (rehome.migration("ann"), Cancelling::new());
    let verifying = migration.cancelled_by(cancelling.clone());
    let asked = Box::pin(async { verifying.verify(Checking::default()).await });
    let refused = given_up(&cloud, asked, || cancelling.cancel()).await;
    assert_eq!(refused.kind(), ErrorKind::Cancelled, "{refused}");
    assert!(migration.verify(Checking::default()).await.unwrap().receipt.verified, "others are not given up");
    let late = verifying.verify(Checking::default()).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Cancelled, "what was given up stays so");
}

#[tokio::test]
async fn a_rehearsal_of_a_store_that_is_never_copied_can_be_given_up() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let store = StoreFile::Copied { name: "default.store".to_owned(), by: Arc::new(NeverAnswers) };
    let rehome = Rehome::open(app.with_store(&cloud, "ann", store)).unwrap();
    let cancelling = Cancelling::new();
    let migration = rehome.migration("ann").cancelled_by(cancelling.clone());
    let giving_up = async { cancelling.cancel() };
    let refused = tokio::join!(migration.rehearse(), giving_up).0.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Cancelled, "{refused}");
    assert!(files(&app.rehome()).iter().all(|file| !file.starts_with("scratch")), "nothing is left behind");
    rehome.close().await;
}

#[tokio::test]
async fn closing_ends_a_rollback_that_nobody_answers() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = carried(&cloud, &app).await;
    let migration = rehome.migration("ann");
    cloud.proxy.appoint(Rule::every(Fault::Silence));
    let closing = async {
        cloud.proxy.until(|tally| tally.faults() > 0).await;
        rehome.close().await;
    };
    let refused = tokio::join!(migration.roll_back(false), closing).0.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Cancelled, "{refused}");
    cloud.proxy.dismiss();
    another_process_follows_at_once(&cloud, &app).await;
}

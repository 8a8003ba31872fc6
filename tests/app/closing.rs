//! Stops of every kind, and what goes on afterwards.

use rehome_core::error::ErrorKind;
use rehome_core::phone::{Configuration, Ending, Migration, Rehome};

use super::{App, small, wrote_each_once};
use crate::carrying::Cloud;
use rehome_core::backfill::{Pace, Settings};
use rehome_core::clock::Clock;
use rehome_core::testkit::clock::FakeClock;
use std::sync::Arc;

/// An app whose run sends one batch and then waits for a clock that stands.
fn slow(app: &App, cloud: &Cloud) -> Rehome {
    let pace = Pace { start: Some(1.0), ceiling: Some(1.0), ..small().pace };
    let clock: Arc<dyn Clock> = Arc::new(FakeClock::standing());
    let configuration = app.configuration(cloud, "ann");
    Rehome::open(Configuration { settings: Settings { pace, ..small() }, clock, ..configuration }).unwrap()
}

/// Runs, and does this once something was sent.
async fn run_until_sent(cloud: &Cloud, migration: &Migration, then: impl AsyncFnOnce()) -> rehome_core::phone::Outcome {
    let meddling = async {
        cloud.more_commits(1).await;
        then().await;
    };
    tokio::join!(migration.run_if_needed(), meddling).0.unwrap()
}

#[tokio::test]
async fn there_is_one_run_at_a_time_and_it_can_be_cancelled_and_gone_on_with() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = slow(&app, &cloud);
    let migration = rehome.migration("ann");
    let outcome = run_until_sent(&cloud, &migration, async || {
        assert!(migration.state().await.unwrap().is_under_way);
        assert_eq!(migration.run_if_needed().await.unwrap().ending, Ending::AlreadyRunning);
        let beside = slow(&app, &cloud);
        assert_eq!(
            beside.migration("ann").run_if_needed().await.unwrap().ending,
            Ending::AlreadyRunning,
            "nor beside it"
        );
        assert_eq!(migration.roll_back(true).await.unwrap_err().kind(), ErrorKind::Busy);
        migration.cancel();
    });
    let outcome = outcome.await;
    assert_eq!(outcome.ending, Ending::Cancelled, "{outcome:?}");
    assert!(outcome.counters.add_up() && outcome.counters.created < app.phone.rows());
    rehome.close().await;
    let whole = app.open(&cloud, "ann").migration("ann").run_if_needed().await.unwrap();
    assert_eq!((whole.ending, whole.counters.created), (Ending::Complete, app.phone.rows()));
    wrote_each_once(&cloud, app.phone.rows());
}

#[tokio::test]
async fn whoever_stops_waiting_for_a_run_cancels_it() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = slow(&app, &cloud);
    let migration = rehome.migration("ann");
    tokio::select! {
        biased;
        outcome = migration.run_if_needed() => panic!("{outcome:?}"),
        () = cloud.more_commits(1) => {}
    }
    // It winds down by itself; then somebody else may run.
    migration.suspend().await;
    assert!(!migration.state().await.unwrap().is_under_way);
    rehome.close().await;
    let whole = app.open(&cloud, "ann").migration("ann").run_if_needed().await.unwrap();
    assert_eq!((whole.ending, whole.counters.created), (Ending::Complete, app.phone.rows()));
    wrote_each_once(&cloud, app.phone.rows());
}

#[tokio::test]
async fn a_pause_outlives_the_app_and_a_suspension_does_not() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = slow(&app, &cloud);
    let migration = rehome.migration("ann");
    let suspended = run_until_sent(&cloud, &migration, async || migration.suspend().await).await;
    assert_eq!(suspended.ending, Ending::Suspended, "{suspended:?}");
    let paused = run_until_sent(&cloud, &migration, async || migration.pause()).await;
    assert_eq!(paused.ending, Ending::Paused, "{paused:?}");
    rehome.close().await;

    let rehome = app.open(&cloud, "ann");
    let migration = rehome.migration("ann");
    let still = migration.run_if_needed().await.unwrap();
    assert_eq!(still.ending, Ending::Paused, "{still:?}");
    assert!(migration.state().await.unwrap().paused.is_some());
    let whole = migration.resume().await.unwrap();
    assert_eq!((whole.ending, whole.counters.created), (Ending::Complete, app.phone.rows()));
}

#[tokio::test]
async fn closing_ends_what_is_under_way_and_refuses_what_comes_later() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = slow(&app, &cloud);
    let (migration, progress) = (rehome.migration("ann"), rehome.migration("ann").progress());
    let outcome = run_until_sent(&cloud, &migration, async || rehome.close().await).await;
    assert_eq!(outcome.ending, Ending::Suspended, "{outcome:?}");
    let refused = migration.state().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Cancelled, "{refused}");
    drop((migration, rehome));
    while progress.next().await.is_some() {}
}

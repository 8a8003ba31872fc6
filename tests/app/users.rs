//! Users who come and go on one device.

use rehome_core::error::ErrorKind;
use rehome_core::phone::{Ending, SignOut};
use rehome_core::testkit::habits::{self, Damage, Options};

use super::App;
use crate::carrying::{Cloud, few};

#[tokio::test]
async fn who_signed_out_keeps_the_store_and_who_is_gone_does_not() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = app.open(&cloud, "ann");
    rehome.migration("ann").run_if_needed().await.unwrap();
    let hers = cloud.documents("ann").await;
    rehome.sign_out("ann", SignOut::default()).await.unwrap();
    rehome.close().await;

    let rehome = app.open(&cloud, "bob");
    let refused = rehome.migration("bob").run_if_needed().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied, "{refused}");
    assert!(cloud.documents("bob").await.is_empty(), "nothing of the first reaches the second");
    rehome.close().await;

    // She comes back: what was carried is found there.
    let rehome = app.open(&cloud, "ann");
    let again = rehome.migration("ann").run_if_needed().await.unwrap();
    assert_eq!((again.ending, again.counters.created), (Ending::Complete, 0));
    assert_eq!(again.counters.already_there, app.phone.rows());
    rehome.delete_account("ann").await.unwrap();
    rehome.close().await;
    assert_eq!(cloud.documents("ann").await, hers, "what is in Firestore is the app's to delete");

    // The app has emptied the store and fills it with his.
    std::fs::remove_file(app.phone.store_path()).unwrap();
    habits::generate(&app.phone.store_path(), &Options { seed: 9, ..few() }).unwrap();
    let his = app.open(&cloud, "bob").migration("bob").run_if_needed().await.unwrap();
    assert_eq!(his.ending, Ending::Complete, "{his:?}");
}

#[tokio::test]
async fn nobody_is_signed_out_while_records_are_set_aside_unless_they_may_be_dropped() {
    let (cloud, mut app) = (Cloud::new().await, App::new());
    std::fs::remove_file(app.phone.store_path()).unwrap();
    let damaged = Options { damage: vec![Damage::TextInInt], damaged_share: 0.05, ..few() };
    app.phone.truth = habits::generate(&app.phone.store_path(), &damaged).unwrap();
    let rehome = app.open(&cloud, "ann");
    let migration = rehome.migration("ann");
    let outcome = migration.run_if_needed().await.unwrap();
    let count = app.phone.truth.damaged.len();
    assert_eq!(outcome.counters.quarantined, count as u64);
    let all = migration.set_aside(0, 1000).await.unwrap();
    assert_eq!(all.len(), count);
    assert_eq!(migration.set_aside(all[0].0, 1000).await.unwrap().len(), count - 1);
    let refused = rehome.sign_out("ann", SignOut::default()).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Denied && refused.to_string().contains("set aside"), "{refused}");
    migration.drop_set_aside(vec![all[0].0]).await.unwrap();
    assert_eq!(migration.set_aside(0, 1000).await.unwrap().len(), count - 1);
    rehome.sign_out("ann", SignOut::DropWhatIsSetAside).await.unwrap();
    assert!(migration.set_aside(0, 1000).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_app_gives_the_store_away() {
    let (cloud, app) = (Cloud::new().await, App::new());
    let rehome = app.open(&cloud, "ann");
    rehome.migration("ann").run_if_needed().await.unwrap();
    rehome.sign_out("ann", SignOut::default()).await.unwrap();
    rehome.give_the_store_away().await.unwrap();
    rehome.close().await;
    let his = app.open(&cloud, "bob").migration("bob").run_if_needed().await.unwrap();
    assert_eq!((his.ending, his.counters.created), (Ending::Complete, app.phone.rows()));
}

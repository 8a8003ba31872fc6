//! The journal is gone, or the store is another one, when the app is opened again.

use rehome_core::backfill::Start;
use rehome_core::error::ErrorKind;

use super::carrying::{Cloud, Phone, is_complete, is_whole};

fn lose_the_journal(phone: &Phone) {
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
        // It may be that SQLite has taken some of them away already.
        drop(std::fs::remove_file(phone.folder.path().join(name)));
    }
    assert!(!phone.folder.path().join("journal.sqlite").exists());
}

#[tokio::test]
async fn a_journal_that_was_deleted_is_made_up_for_by_looking() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let target = cloud.user("ann");
    phone.run_and_die(&cloud, &target, 7).await;
    let there = cloud.documents("ann").await.len() as u64;
    assert!(there > 0 && there < phone.rows());

    lose_the_journal(&phone);
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    let counters = report.counters;
    // What was on its way when the process ended may have come later.
    assert!(counters.already_there >= there, "{counters:?}");
    assert_eq!(counters.already_there + counters.created, phone.rows(), "{counters:?}");
    cloud.wrote_each_once(phone.rows());

    lose_the_journal(&phone);
    let report = phone.run(&target).await.unwrap();
    is_complete(&report);
    assert_eq!((report.counters.already_there, report.counters.created), (phone.rows(), 0));
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

#[tokio::test]
async fn a_store_that_was_made_anew_is_refused_and_begun_anew_it_finds_every_document() {
    let (cloud, phone) = (Cloud::new().await, Phone::small());
    let target = cloud.user("ann");
    phone.run_until(&cloud, &target, 7, || phone.control.cancel()).await;
    phone.control.clear();
    let there = cloud.documents("ann").await;
    // The app was installed again and its data came back from elsewhere: the same records, in other rows.
    let moved = phone.app().execute_batch(
        "UPDATE Z_METADATA SET Z_UUID = 'AAAAAAAA-0000-4000-8000-000000000000';
         UPDATE ZCOMPLETION SET Z_PK = 100000 - Z_PK;
         UPDATE ZXPEVENT SET ZCOMPLETION = 100000 - ZCOMPLETION;",
    );
    moved.unwrap();
    let commits = cloud.commits();
    let refused = phone.run(&target).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Changed);
    assert!(refused.to_string().contains("the store is another one"), "{refused}");
    assert_eq!((cloud.commits(), cloud.documents("ann").await), (commits, there), "nothing was done");

    let report = phone.start(&target, Start::Anew).await.unwrap();
    is_complete(&report);
    assert_eq!((report.generation, report.counters.quarantined), (2, 0));
    cloud.wrote_each_once(phone.rows());
    is_whole(&phone.verify(&target).await, phone.rows());
}

use std::sync::Arc;

use rehome_core::error::{Advice, ErrorKind};
use rehome_core::journal::{Journal, SqliteJournal};
use rehome_core::testkit::faults::{FaultyJournal, JournalFault};

use super::{at, begun, run, scope, step};

/// How many rows a process leaves that saves three steps of one row each, with the first step failing so.
async fn rows_left_after(fault: JournalFault) -> usize {
    let beneath: Arc<dyn Journal> = Arc::new(SqliteJournal::in_memory().unwrap());
    let lease = begun(&*beneath).await;
    let journal = FaultyJournal::new(beneath.clone(), [fault]);
    let process = async {
        for key in 0..3 {
            journal.save(&lease, &step(key..key + 1), at(1)).await.unwrap();
        }
    };
    tokio::select! {
        () = process => panic!("the process did not end"),
        () = journal.crashed() => {}
    }
    beneath.ledger(&scope(), 0, 9).await.unwrap().len()
}

#[tokio::test]
async fn a_crash_by_script_comes_before_or_after_the_write_and_ends_everything() {
    assert_eq!(rows_left_after(JournalFault::CrashBefore).await, 0);
    assert_eq!(rows_left_after(JournalFault::CrashAfter).await, 1);
}

#[tokio::test]
async fn a_disk_that_is_full_by_script_is_so_for_one_step() {
    let beneath: Arc<dyn Journal> = Arc::new(SqliteJournal::in_memory().unwrap());
    let journal = FaultyJournal::new(beneath, [JournalFault::None, JournalFault::DiskFull]);
    let lease = begun(&journal).await;
    let error = journal.save(&lease, &step(0..1), at(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Io, Advice::TryLater));
    assert_eq!(journal.run(&scope()).await.unwrap(), Some(run()));
    journal.save(&lease, &step(0..1), at(1)).await.unwrap();
    assert_eq!(journal.ledger(&scope(), 0, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_step_that_nobody_waits_for_any_more_is_saved_whole_or_not_at_all() {
    let journal = SqliteJournal::in_memory().unwrap();
    let lease = begun(&journal).await;
    for first in 0..20 {
        let saved = step(first * 50..first * 50 + 50);
        let given_up = async {
            tokio::select! {
                biased;
                answer = journal.save(&lease, &saved, at(1)) => answer.unwrap(),
                () = tokio::task::yield_now() => {}
            }
        };
        given_up.await;
        let rows = journal.ledger(&scope(), 0, 9999).await.unwrap().len();
        let run = journal.run(&scope()).await.unwrap().unwrap();
        assert_eq!(rows % 50, 0, "half a step is there");
        assert!(rows == 0 || run.counters.carried > 0);
    }
}

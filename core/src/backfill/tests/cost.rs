//! What a run costs, and what somebody wants to pay.

use super::*;
use crate::testkit::faults::{Fault, Faulty};

/// A world of which every note is moved, twice where `twice` says so.
fn sure(notes: i64, twice: bool) -> World {
    let plan = PLAN.replace("where = { draft = { not = true } }\n", "");
    let again = "\n[[move]]\nentity = \"Note\"\ndocument = \"users/{uid}/copies/{id}\"\nwhere = { draft = true }\nfields = [\"text\"]\n";
    World::with(&if twice { plan + again } else { plan }, notes)
}

fn why(report: Report) -> String {
    let Ended::Paused(why) = report.ended else { panic!("{report:?}") };
    why
}

#[tokio::test]
async fn a_cost_cap_stops_the_run_before_it_is_exceeded() {
    let (world, target) = (World::of(20), target(ATOMIC));
    world.control.settings(Settings { cost_cap: Some(7), ..small() });
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Paused(_)));
    assert!(report.counters.billed() <= 7 && report.counters.billed() >= 5, "{:?}", report.counters);
    world.control.settings(small());
    let report = world.start(&target, Start::Allow).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(report.counters.created, 20);
}

#[tokio::test]
async fn a_cap_that_is_too_low_from_the_start_stops_before_anything_is_sent() {
    let (world, target) = (sure(20, false), target(ATOMIC));
    world.control.settings(Settings { cost_cap: Some(19), ..small() });
    let told = why(world.run(&target).await.unwrap());
    assert!(told.contains("at least 20 operations") && told.contains("the cap is 19"), "{told}");
    assert!(target.contents().is_empty());
    assert_eq!(why(world.run(&target).await.unwrap()), told, "it stands still until somebody has looked");
    // Whoever allows it gets as much as the cap allows: a read of what was deleted, and batches of two.
    let report = world.start(&target, Start::Allow).await.unwrap();
    assert_eq!((report.counters.billed_reads, report.counters.billed()), (1, 19));
    assert!(why(report).contains("are billed so far"));
    // What may have been sent is looked at first.
    world.control.settings(Settings { cost_cap: Some(30), ..small() });
    assert!(matches!(world.start(&target, Start::Allow).await.unwrap().ended, Ended::Complete));
    let again = world.run(&target).await.unwrap();
    assert!(matches!(again.ended, Ended::Complete), "what is carried costs nothing any more");
}

#[tokio::test]
async fn what_was_billed_counts_and_what_may_be_left_out_does_not() {
    let (world, target) = (sure(10, true), target(ATOMIC));
    let mut progress = world.control.progress();
    world.control.settings(Settings { cost_cap: Some(11), ..small() });
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete), "no note is a draft: {report:?}");
    assert_eq!(progress.borrow_and_update().operations, Some(20));
    world.control.settings(Settings { cost_cap: Some(9), ..small() });
    let report = world.start(&target, Start::Anew).await.unwrap();
    assert!(why(report).contains("at least 10 operations"), "each is looked at");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_counts_as_billed() {
    for fault in [Fault::LoseAnswer, Fault::FailAfterwards, Fault::Drop] {
        let (world, target) = (World::of(2), Faulty::new(target(ATOMIC), [fault.clone()]));
        let report = world.run(&target).await.unwrap();
        let Counters { created, billed_writes, billed_reads, .. } = report.counters;
        // A write that never arrived is sent again.
        let again = if matches!(fault, Fault::Drop) { 2 } else { 0 };
        // One read says that nothing was deleted.
        assert_eq!((created, billed_writes, billed_reads), (2, 2 + again, 3), "{fault:?}");
    }
}

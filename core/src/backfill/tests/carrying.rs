//! What was there is carried, once.

use super::*;

#[tokio::test]
async fn everything_is_carried_once_and_the_numbers_add_up() {
    for capabilities in ALL {
        let (world, target) = (World::of(20), target(capabilities));
        world.source.put("Note", Key::Int(90), {
            let mut draft = note("n90", 1);
            draft.insert("draft".to_owned(), Value::Bool(true));
            draft
        });
        let report = world.run(&target).await.unwrap();
        assert!(matches!(report.ended, Ended::Complete), "{report:?}");
        adds_up(&report.counters);
        let Counters { read, carried, left_out, created, billed_writes, billed_reads, .. } = report.counters;
        let looks = if capabilities.conditional { 0 } else { 20 };
        // One read says that nothing was deleted.
        assert_eq!((read, carried, left_out, created, billed_writes, billed_reads), (21, 20, 1, 20, 20, 1 + looks));
        assert_eq!(texts(&target), expected((1..=20).map(|key| (key, 1))));
    }
}

#[tokio::test]
async fn an_empty_store_is_complete_at_once() {
    let (world, target) = (World::of(0), target(ATOMIC));
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(report.counters, Counters::default());
}

#[tokio::test]
async fn a_run_after_a_complete_one_sends_nothing() {
    for capabilities in ALL {
        let (world, target) = (World::of(9), target(capabilities));
        let first = world.run(&target).await.unwrap();
        let second = world.run(&target).await.unwrap();
        assert_eq!(second.counters, first.counters);
        assert!(matches!(second.ended, Ended::Complete));
    }
}

#[tokio::test]
async fn records_that_cannot_be_mapped_are_set_aside_and_the_rest_is_carried() {
    let (world, target) = (World::of(5), target(ATOMIC));
    let mut without_id = note("x", 1);
    without_id.insert("id".to_owned(), Value::Null);
    world.source.put("Note", Key::Int(3), without_id);
    let report = world.run(&target).await.unwrap();
    adds_up(&report.counters);
    assert_eq!((report.counters.carried, report.counters.quarantined), (4, 1));
    assert_eq!(world.quarantine().await[0].record.key, Key::Int(3));
}

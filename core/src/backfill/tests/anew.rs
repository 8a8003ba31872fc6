//! A new generation, over what the ones before it carried.

use super::sources::Odd;
use super::*;

const COPIES: &str = r#"
[[move]]
entity = "Note"
document = "users/{uid}/copies/{id}"
fields = ["text"]
"#;

/// The plan with a second move, behind the first or before it.
fn with_copies(first: bool) -> String {
    let place = if first { PLAN.find("[[move]]").unwrap() } else { PLAN.len() };
    let (before, after) = PLAN.split_at(place);
    format!("{before}{COPIES}{after}")
}

fn with_plan(world: World, plan: &str) -> World {
    World { plan: World::with(plan, 0).plan, ..world }
}

fn copies(target: &MemoryTarget) -> usize {
    target.contents().keys().filter(|address| address.contains("/copies/")).count()
}

#[tokio::test]
async fn a_plan_with_fewer_moves_takes_nothing_away_from_records_that_are_there() {
    let (world, target) = (World::with(&with_copies(false), 4), target(ATOMIC));
    world.run_from(&Odd::without_history(&world.source), &target).await.unwrap();
    let world = with_plan(world, PLAN);
    let anew = Request { start: Start::Anew, ..request() };
    let store = Odd::without_history(&world.source);
    let report = world.backfill(&store, &target).run(&anew, &world.control).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!((report.counters.deleted, texts(&target).len(), copies(&target)), (0, 4, 4));
}

#[tokio::test]
async fn moves_may_come_in_another_order_than_in_the_plan_before() {
    for capabilities in ALL {
        for (before, after) in [(PLAN, true), (PLAN, false), (&*with_copies(false), true)] {
            let (world, target) = (World::with(before, 4), target(capabilities));
            world.run(&target).await.unwrap();
            let world = with_plan(world, &with_copies(after));
            let report = world.start(&target, Start::Anew).await.unwrap();
            adds_up(&report.counters);
            assert_eq!((report.counters.quarantined, report.counters.deleted), (0, 0), "{after}");
            world.put(2, 7);
            world.delete(3);
            let report = world.run(&target).await.unwrap();
            assert_eq!((report.counters.replaced, report.counters.deleted), (2, 2));
            assert_eq!(texts(&target), expected([(1, 1), (2, 7), (4, 1)]));
            assert_eq!(copies(&target), 3);
        }
    }
}

#[tokio::test]
async fn what_was_deleted_between_the_generations_is_deleted() {
    for capabilities in ALL {
        let (world, target) = (World::of(9), target(capabilities));
        world.run(&target).await.unwrap();
        world.delete(5);
        world.delete(7);
        world.source.put("Note", Key::Int(40), note("n7", 8));
        let report = world.start(&target, Start::Anew).await.unwrap();
        adds_up(&report.counters);
        let keys = (1..=9).filter(|key| *key != 5).map(|key| (key, if key == 7 { 8 } else { 1 }));
        assert_eq!(texts(&target), expected(keys), "{capabilities:?}");
        assert!(world.quarantine().await.is_empty());
    }
}

#[tokio::test]
async fn what_was_set_aside_and_is_carried_now_is_set_aside_no_longer() {
    let (world, target) = (World::of(0), target(ATOMIC));
    let mut without_id = note("x", 1);
    without_id.insert("id".to_owned(), Value::Null);
    world.source.put("Note", Key::Int(3), without_id);
    world.run(&target).await.unwrap();
    assert_eq!(world.quarantine().await.len(), 1);
    world.put(3, 1);
    world.start(&target, Start::Anew).await.unwrap();
    assert!(world.quarantine().await.is_empty());
    assert_eq!(texts(&target).len(), 1);
}

//! What changed since.

use std::sync::Arc;
use std::time::Duration;

use super::sources::Odd;
use super::*;
use crate::remote_state::Tombstones;
use crate::schema::CLOUD_NAME;

/// With a history, and without.
fn sources(world: &World) -> [Odd<'_>; 2] {
    [Odd::new(&world.source), Odd::without_history(&world.source)]
}

#[tokio::test]
async fn a_later_run_carries_only_what_changed_deletes_included() {
    for capabilities in ALL {
        for which in 0..2 {
            let (world, target) = (World::of(9), target(capabilities));
            let store = &sources(&world)[which];
            let before = world.run_from(store, &target).await.unwrap().counters;
            world.put(2, 7);
            world.put(20, 1);
            world.delete(5);
            let report = world.run_from(store, &target).await.unwrap();
            assert!(matches!(report.ended, Ended::Complete));
            adds_up(&report.counters);
            let now = report.counters;
            let (created, replaced, deleted) =
                (now.created - before.created, now.replaced - before.replaced, now.deleted - before.deleted);
            assert_eq!((created, replaced, deleted), (1, 1, 1), "{capabilities:?} {which}");
            let keys = (1..=9).filter(|key| *key != 5).map(|key| (key, if key == 2 { 7 } else { 1 }));
            assert_eq!(texts(&target), expected(keys.chain([(20, 1)])));
            let third = world.run_from(store, &target).await.unwrap();
            assert_eq!(third.counters, now);
        }
    }
}

#[tokio::test]
async fn what_changes_behind_the_cursor_while_it_is_read_is_carried_before_the_run_is_complete() {
    for capabilities in ALL {
        for has_history in [true, false] {
            let (world, target) = (World::of(20), target(capabilities));
            let meddling = |page| {
                if page == 4 {
                    world.put(1, 9);
                    world.put(0, 1);
                    world.delete(2);
                    world.delete(19);
                }
            };
            let store = Odd { has_history, meddling: Box::new(meddling), ..Odd::new(&world.source) };
            let report = world.run_from(&store, &target).await.unwrap();
            assert!(matches!(report.ended, Ended::Complete));
            adds_up(&report.counters);
            let keys = (3..=20).filter(|key| *key != 19).map(|key| (key, 1));
            assert_eq!(texts(&target), expected(keys.chain([(1, 9), (0, 1)])), "{capabilities:?} {has_history}");
        }
    }
}

#[tokio::test]
async fn a_record_that_was_put_in_anew_under_another_key_keeps_its_document() {
    for capabilities in ALL {
        for which in 0..2 {
            for twin in [0, 40] {
                let (world, target) = (World::of(9), target(capabilities));
                let store = &sources(&world)[which];
                world.run_from(store, &target).await.unwrap();
                world.delete(5);
                world.source.put("Note", Key::Int(twin), note("n5", 8));
                let report = world.run_from(store, &target).await.unwrap();
                adds_up(&report.counters);
                let keys = (1..=9).map(|key| (key, if key == 5 { 8 } else { 1 }));
                assert_eq!(texts(&target), expected(keys), "{capabilities:?} {which} {twin}");
                assert_eq!((report.counters.deleted, report.counters.quarantined), (0, 0));
                let third = world.run_from(store, &target).await.unwrap();
                assert_eq!(third.counters, report.counters);
            }
        }
    }
}

#[tokio::test]
async fn what_somebody_changed_since_is_neither_replaced_by_something_older_nor_deleted() {
    for capabilities in ALL {
        for which in 0..2 {
            let (world, target) = (World::of(9), target(capabilities));
            let store = &sources(&world)[which];
            world.run_from(store, &target).await.unwrap();
            others(&target, &address(2), Some(theirs("n2", 50))).await;
            others(&target, &address(3), Some(theirs("n3", 50))).await;
            others(&target, &address(4), None).await;
            world.put(2, 7);
            world.delete(3);
            world.put(4, 7);
            let report = world.run_from(store, &target).await.unwrap();
            adds_up(&report.counters);
            let Counters { newer_there, deleted_there, deleted, .. } = report.counters;
            assert_eq!((newer_there, deleted_there, deleted), (2, 1, 0), "{capabilities:?} {which}");
            let keys = (1..=9).filter(|key| *key != 4).map(|key| (key, if key == 2 || key == 3 { 50 } else { 1 }));
            assert_eq!(texts(&target), expected(keys));
        }
    }
}

#[tokio::test]
async fn a_document_that_others_only_stamped_is_deleted_all_the_same() {
    for capabilities in ALL {
        let (world, target) = (World::of(9), target(capabilities));
        world.run(&target).await.unwrap();
        others(&target, &address(3), Some(theirs("n3", 1))).await;
        world.delete(3);
        let report = world.run(&target).await.unwrap();
        assert_eq!(report.counters.deleted, 1);
    }
}

#[tokio::test]
async fn a_carried_delete_leaves_word_for_other_devices_and_a_new_record_takes_it_back() {
    for capabilities in ALL {
        let (world, target) = (World::of(9), target(capabilities));
        world.run(&target).await.unwrap();
        world.delete(3);
        world.run(&target).await.unwrap();
        let word = || async { Tombstones::read(&target, &world.state, "test").await.unwrap() };
        assert!(word().await.is_deleted(&address(3)), "{capabilities:?}");
        world.put(3, 2);
        world.run(&target).await.unwrap();
        assert!(!word().await.is_deleted(&address(3)), "{capabilities:?}");
        assert_eq!(texts(&target), expected((1..=9).map(|key| (key, if key == 3 { 2 } else { 1 }))));
    }
}

#[tokio::test]
async fn documents_stay_where_the_plan_keeps_them() {
    let plan = PLAN.replace("revision", "deletes = \"keep\"\nrevision");
    for which in 0..2 {
        let (world, target) = (World::with(&plan, 9), target(ATOMIC));
        let store = &sources(&world)[which];
        world.run_from(store, &target).await.unwrap();
        world.delete(3);
        let report = world.run_from(store, &target).await.unwrap();
        assert_eq!(report.counters.deleted, 0);
        assert_eq!(texts(&target).len(), 9);
    }
}

#[tokio::test]
async fn a_record_that_the_plan_leaves_out_now_loses_its_document() {
    for which in 0..2 {
        let (world, target) = (World::of(9), target(ATOMIC));
        let store = &sources(&world)[which];
        world.run_from(store, &target).await.unwrap();
        let mut draft = note("n3", 1);
        draft.insert("draft".to_owned(), Value::Bool(true));
        world.source.put("Note", Key::Int(3), draft);
        let report = world.run_from(store, &target).await.unwrap();
        adds_up(&report.counters);
        assert_eq!(report.counters.deleted, 1);
        assert_eq!(texts(&target).len(), 8);
    }
}

#[tokio::test]
async fn a_record_with_another_address_moves_its_document() {
    for capabilities in ALL {
        for which in 0..2 {
            let (world, target) = (World::of(9), target(capabilities));
            let store = &sources(&world)[which];
            world.run_from(store, &target).await.unwrap();
            world.source.put("Note", Key::Int(3), note("n33", 1));
            let report = world.run_from(store, &target).await.unwrap();
            adds_up(&report.counters);
            assert_eq!((report.counters.created, report.counters.deleted), (10, 1));
            let there: Vec<_> = texts(&target).into_iter().map(|(address, _)| address).collect();
            assert!(there.contains(&"users/ann/notes/n33".to_owned()) && !there.contains(&address(3)));
            let third = world.run_from(store, &target).await.unwrap();
            assert_eq!(third.counters, report.counters);
        }
    }
}

#[tokio::test]
async fn nobody_loses_everything_because_a_store_was_emptied() {
    for which in 0..2 {
        let (world, target) = (World::of(200), target(ATOMIC));
        let store = &sources(&world)[which];
        world.run_from(store, &target).await.unwrap();
        (10..=200).for_each(|key| world.delete(key));
        let report = world.run_from(store, &target).await.unwrap();
        let Ended::Paused(why) = report.ended else { panic!("{report:?}") };
        assert!(why.contains("191 of the 200"), "{why}");
        assert_eq!(texts(&target).len(), 200);
        let request = Request { start: Start::Allow, ..request() };
        let report = world.backfill(store, &target).run(&request, &world.control).await.unwrap();
        assert!(matches!(report.ended, Ended::Complete));
        assert_eq!(texts(&target).len(), 9);
    }
}

#[tokio::test]
async fn somebody_is_asked_too_before_what_is_left_out_or_elsewhere_now_is_deleted() {
    for is_moved in [false, true] {
        for which in 0..2 {
            let (world, target) = (World::of(200), target(ATOMIC));
            let store = &sources(&world)[which];
            world.run_from(store, &target).await.unwrap();
            for key in 1..=100 {
                let id = if is_moved { format!("m{key}") } else { format!("n{key}") };
                let mut changed = note(&id, 1);
                changed.insert("draft".to_owned(), Value::Bool(!is_moved));
                world.source.put("Note", Key::Int(key), changed);
            }
            let report = world.run_from(store, &target).await.unwrap();
            let Ended::Paused(why) = report.ended else { panic!("{report:?}") };
            assert!(why.contains("of the 200 documents") && why.contains("left out or elsewhere"), "{why}");
            let left = texts(&target).iter().filter(|(address, _)| address.contains("/n")).count();
            assert!(left >= 150, "{left} are left");
            let request = Request { start: Start::Allow, ..request() };
            let report = world.backfill(store, &target).run(&request, &world.control).await.unwrap();
            assert!(matches!(report.ended, Ended::Complete));
            adds_up(&report.counters);
            assert_eq!(texts(&target).len(), if is_moved { 200 } else { 100 });
        }
    }
}

#[tokio::test]
async fn a_few_of_not_many_are_deleted_without_a_question() {
    let (world, target) = (World::of(20), target(ATOMIC));
    world.run(&target).await.unwrap();
    (1..=6).for_each(|key| world.delete(key));
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::Complete));
    assert_eq!(texts(&target).len(), 14);
}

#[tokio::test]
async fn somebody_is_asked_however_few_documents_all_of_them_are() {
    let (world, target) = (World::of(8), target(ATOMIC));
    world.run(&target).await.unwrap();
    (1..=8).for_each(|key| world.delete(key));
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::Paused(_)));
    assert_eq!(texts(&target).len(), 8);
}

#[tokio::test]
async fn what_somebody_allowed_was_not_to_delete() {
    let (world, target) = (World::of(8), target(ATOMIC));
    world.run(&target).await.unwrap();
    world.control.pause();
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::Paused(_)));
    world.control.clear();
    (1..=8).for_each(|key| world.delete(key));
    let Ended::Paused(why) = world.start(&target, Start::Allow).await.unwrap().ended else { panic!("not asked") };
    assert!(why.contains("8 of the 8"), "{why}");
    assert!(matches!(world.start(&target, Start::Allow).await.unwrap().ended, Ended::Complete));
    assert!(texts(&target).is_empty());
}

#[tokio::test]
async fn a_history_that_was_purged_is_made_up_for_by_reading_everything_again() {
    let (world, target) = (World::of(9), target(ATOMIC));
    world.run(&target).await.unwrap();
    world.put(2, 7);
    world.delete(3);
    world.source.purge_history();
    let report = world.run(&target).await.unwrap();
    assert_eq!((report.counters.replaced, report.counters.deleted), (1, 1));
    world.put(4, 7);
    let report = world.run(&target).await.unwrap();
    assert_eq!(report.counters.replaced, 2);
}

#[tokio::test]
async fn a_history_that_is_purged_while_it_is_followed_is_made_up_for_at_once() {
    let (world, target) = (World::of(9), target(ATOMIC));
    world.run(&target).await.unwrap();
    world.put(2, 7);
    world.delete(3);
    // It is asked once to learn what is gone, and is lost before it is asked for what to carry.
    let remembering = |asked| {
        if asked == 1 {
            world.source.purge_history();
        }
    };
    let store = Odd { remembering: Box::new(remembering), ..Odd::new(&world.source) };
    let report = world.run_from(&store, &target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!((report.counters.replaced, report.counters.deleted, report.counters.retries), (1, 1, 0));
    world.put(4, 7);
    assert_eq!(world.run(&target).await.unwrap().counters.replaced, 2);
}

#[tokio::test]
async fn a_record_that_was_set_aside_and_is_mended_is_carried_and_set_aside_no_longer() {
    for which in 0..2 {
        let (world, target) = (World::of(4), target(ATOMIC));
        let store = &sources(&world)[which];
        let mut without_id = note("x", 1);
        without_id.insert("id".to_owned(), Value::Null);
        world.source.put("Note", Key::Int(3), without_id.clone());
        let first = world.run_from(store, &target).await.unwrap();
        assert_eq!((first.counters.quarantined, world.quarantine().await.len()), (1, 1));
        let second = world.run_from(store, &target).await.unwrap();
        assert_eq!(second.counters, first.counters);
        world.put(3, 1);
        let third = world.run_from(store, &target).await.unwrap();
        adds_up(&third.counters);
        assert!(world.quarantine().await.is_empty());
        assert_eq!(texts(&target).len(), 4);
    }
}

#[tokio::test]
async fn a_store_that_others_fill_is_complete_only_once_it_was_quiet() {
    for which in 0..2 {
        let (world, target) = (World::of(4), target(ATOMIC));
        let store = &sources(&world)[which];
        world.control.settings(Settings { quiet: Some(Duration::from_secs(60)), ..small() });
        assert!(matches!(world.run_from(store, &target).await.unwrap().ended, Ended::NotQuiet));
        world.clock.pass(Duration::from_secs(61));
        assert!(matches!(world.run_from(store, &target).await.unwrap().ended, Ended::Complete));
    }
}

#[tokio::test]
async fn a_store_that_cloudkit_fills_is_given_time_by_itself() {
    let mut schema = schema();
    schema.entities[0].system = vec![Field::new(CLOUD_NAME, Kind::String).optional()];
    let (world, target) = (World::of(4), target(ATOMIC));
    let store = Odd { later: Some((0, Arc::new(schema))), ..Odd::new(&world.source) };
    assert!(matches!(world.run_from(&store, &target).await.unwrap().ended, Ended::NotQuiet));
    world.clock.pass(QUIET + Duration::from_secs(1));
    assert!(matches!(world.run_from(&store, &target).await.unwrap().ended, Ended::Complete));
}

#[tokio::test]
async fn changes_of_a_clock_that_was_ahead_keep_no_store_from_being_quiet() {
    let (world, target) = (World::of(4), target(ATOMIC));
    world.control.settings(Settings { quiet: Some(Duration::from_secs(60)), ..small() });
    // Before the memory's own clock, by which its changes happen.
    world.clock.set_by(-86_400 * 365 * 100);
    world.run(&target).await.unwrap();
    world.put(2, 7);
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::NotQuiet));
    world.clock.pass(Duration::from_secs(61));
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::Complete));
}

//! Documents in which others have fields of their own.

use super::sources::Odd;
use super::*;
use crate::remote_state::Tombstones;

#[tokio::test]
async fn what_others_added_to_a_document_makes_it_no_other() {
    for capabilities in ALL {
        let (world, target) = (World::of(1), target(capabilities));
        let mut more = theirs("n1", 1);
        more.insert("likes".to_owned(), Value::Int(3));
        others(&target, &address(1), Some(more)).await;
        let report = world.run(&target).await.unwrap();
        assert_eq!(report.counters.already_there, 1);
        assert_eq!(target.contents()[&address(1)]["likes"], Value::Int(3));
    }
}

#[tokio::test]
async fn what_others_added_stays_when_our_part_of_a_document_is_replaced() {
    for capabilities in ALL {
        let (world, target) = (World::of(0), target(capabilities));
        (1..=3).for_each(|key| world.put(key, 5));
        others(&target, &address(1), Some(theirs("n1", 1))).await;
        others_add(&target, &address(1)).await;
        world.run(&target).await.unwrap();
        others_add(&target, &address(2)).await;
        // The first time it is looked at; then its version is known, or it is looked at again.
        for edited in [6, 7, 8] {
            (1..=3).for_each(|key| world.put(key, edited));
            let report = world.run(&target).await.unwrap();
            adds_up(&report.counters);
            assert_eq!(texts(&target), expected([1, 2, 3].map(|key| (key, edited))), "{capabilities:?}");
            let contents = target.contents();
            let likes = [1, 2, 3].map(|key| contents[&address(key)].get("likes").cloned());
            assert_eq!(likes, [Some(Value::Int(3)), Some(Value::Int(3)), None]);
        }
    }
}

#[tokio::test]
async fn a_field_that_a_record_has_no_value_for_any_more_goes_and_those_of_others_stay() {
    let plan = PLAN
        .replace(
            "fields = [\"text\", \"edited\"]",
            "fields = { text = \"text\", edited = \"edited\", \
                             also = { from = \"id\", nulls = \"leave out\" } }",
        )
        .replace("notes/{id}", "notes/n{@key}");
    for capabilities in ALL {
        let (world, target) = (World::with(&plan, 2), target(capabilities));
        world.run(&target).await.unwrap();
        assert!(target.contents()[&address(1)].contains_key("also"));
        others_add(&target, &address(1)).await;
        let mut without = note("n1", 7);
        without.insert("id".to_owned(), Value::Null);
        world.source.put("Note", Key::Int(1), without);
        world.run(&target).await.unwrap();
        let there = target.contents().remove(&address(1)).unwrap();
        let names: Vec<&str> = there.keys().map(String::as_str).collect();
        assert_eq!(names, ["edited", "likes", "migrated", "text"], "{capabilities:?}");
    }
}

/// Found there with a field of others, carried and then added to, and the same before it was replaced once more.
#[tokio::test]
async fn a_document_to_which_others_have_added_something_is_not_deleted_with_its_record() {
    for capabilities in ALL {
        for has_history in [true, false] {
            let (world, target) = (World::of(20), target(capabilities));
            let store = if has_history { Odd::new(&world.source) } else { Odd::without_history(&world.source) };
            others(&target, &address(1), Some(theirs("n1", 1))).await;
            others_add(&target, &address(1)).await;
            world.run_from(&store, &target).await.unwrap();
            others_add(&target, &address(2)).await;
            others_add(&target, &address(3)).await;
            world.put(3, 2);
            let before = world.run_from(&store, &target).await.unwrap().counters;
            (1..=4).for_each(|key| world.delete(key));
            let report = world.run_from(&store, &target).await.unwrap();
            adds_up(&report.counters);
            let now = report.counters;
            assert_eq!(
                (now.deleted - before.deleted, now.newer_there - before.newer_there),
                (1, 3),
                "{capabilities:?}"
            );
            let contents = target.contents();
            let is_there = [1, 2, 3, 4].map(|key| contents.contains_key(&address(key)));
            assert_eq!(is_there, [true, true, true, false], "{capabilities:?}");
            let tombstones = Tombstones::read(&target, &world.state, "test").await.unwrap();
            assert_eq!([1, 2, 3, 4].map(|key| tombstones.is_deleted(&address(key))), [false, false, false, true]);
        }
    }
}

#[tokio::test]
async fn a_document_to_which_others_have_added_something_stays_behind_when_its_record_moves() {
    for capabilities in ALL {
        let (world, target) = (World::of(9), target(capabilities));
        world.run(&target).await.unwrap();
        others_add(&target, &address(3)).await;
        world.source.put("Note", Key::Int(3), note("n33", 1));
        world.source.put("Note", Key::Int(4), note("n44", 1));
        let report = world.run(&target).await.unwrap();
        adds_up(&report.counters);
        let contents = target.contents();
        let is_there = [3, 33, 4, 44].map(|number| contents.contains_key(&address(number)));
        assert_eq!(is_there, [true, true, false, true], "{capabilities:?}");
    }
}

#[tokio::test]
async fn the_ledger_keeps_the_version_of_what_is_ours_alone() {
    for capabilities in ALL {
        let (world, target) = (World::of(3), target(capabilities));
        world.run(&target).await.unwrap();
        others_add(&target, &address(2)).await;
        (1..=3).for_each(|key| world.put(key, 2));
        world.run(&target).await.unwrap();
        let rows = world.journal.ledger(&scope(), 0, 9).await.unwrap();
        let has_version = |key| rows.iter().any(|(_, row)| row.address == address(key) && row.version.is_some());
        assert_eq!([1, 2, 3].map(has_version), [true, false, true], "{capabilities:?}");
        assert!(rows.iter().all(|(_, row)| row.ours));
    }
}

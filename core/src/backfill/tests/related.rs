//! Records that lie within others, and records that become several documents.

use std::collections::BTreeSet;

use super::sources::Odd;
use super::*;
use crate::record::Reason;
use crate::schema::Relation;
use crate::store::Refusal;
use crate::testkit::faults::{Fault, Faulty};

const HABITS: &str = r#"
name = "notes"
[[move]]
entity = "Habit"
document = "users/{uid}/notes/{id}"
[move.fields]
text = "title"
streak = { embed = "streak", fields = ["days"] }

[[move]]
entity = "Habit"
document = "users/{uid}/titles/{id}"
fields = ["title"]
"#;

fn habits(count: i64) -> World {
    let mut habit = Entity {
        fields: vec![Field::new("id", Kind::String), Field::new("title", Kind::String)],
        ..Entity::new("Habit")
    };
    habit.relations.push(Relation {
        name: "streak".into(),
        target: "Streak".into(),
        many: false,
        ordered: false,
        optional: true,
        inverse: None,
        native: String::new(),
    });
    let streak = Entity { fields: vec![Field::new("days", Kind::Int)], ..Entity::new("Streak") };
    let schema = Schema { store: "memory".into(), entities: vec![habit, streak], ..Schema::default() };
    let source = MemorySource::new(schema.clone());
    let plan = PlanFile::check(HABITS, "habits.toml", &schema, &firestore::rules()).unwrap().plan;
    let world = World { source, plan, ..World::of(0) };
    for key in 1..=count {
        let fields = [("id", Value::String(format!("n{key}"))), ("title", Value::from("Run"))];
        world.source.put("Habit", Key::Int(key), fields.map(|(name, value)| (name.to_owned(), value)).into());
        streak_of(&world, key, 1);
        world.source.link(&record("Habit", key), "streak", &[record("Streak", key)]);
    }
    world
}

fn record(entity: &str, key: i64) -> RecordId {
    RecordId { entity: entity.into(), key: Key::Int(key) }
}

fn streak_of(world: &World, key: i64, days: i64) {
    world.source.put("Streak", Key::Int(key), Map::from([("days".to_owned(), Value::Int(days))]));
}

fn days(target: &MemoryTarget, key: i64) -> Option<i64> {
    match target.contents().get(&address(key))?.get("streak")? {
        Value::Map(streak) => match streak.get("days")? {
            Value::Int(days) => Some(*days),
            _ => None,
        },
        _ => None,
    }
}

#[tokio::test]
async fn a_change_of_what_lies_within_a_record_carries_the_record_and_nothing_else() {
    for capabilities in ALL {
        for has_history in [true, false] {
            let (world, target) = (habits(9), target(capabilities));
            let store = Odd { has_history, ..Odd::new(&world.source) };
            let before = world.run_from(&store, &target).await.unwrap().counters;
            assert_eq!((before.read, before.carried, before.created), (9, 9, 18));
            streak_of(&world, 4, 30);
            let after = world.run_from(&store, &target).await.unwrap().counters;
            adds_up(&after);
            assert_eq!((after.read, after.carried, after.replaced), (10, 10, 1), "{capabilities:?} {has_history}");
            assert_eq!((days(&target, 4), days(&target, 5)), (Some(30), Some(1)));
        }
    }
}

#[tokio::test]
async fn a_record_of_several_documents_counts_once_and_its_documents_each() {
    for capabilities in ALL {
        let (world, target) = (habits(5), target(capabilities));
        others(&target, "users/ann/titles/n2", Some(Map::from([("title".to_owned(), Value::from("Run"))]))).await;
        others(&target, "users/ann/titles/n3", Some(Map::from([("title".to_owned(), Value::from("Swim"))]))).await;
        let counters = world.run(&target).await.unwrap().counters;
        adds_up(&counters);
        assert_eq!((counters.read, counters.carried, counters.created), (5, 5, 8));
    }
}

#[tokio::test]
async fn where_one_document_of_a_record_is_refused_none_of_them_is_written() {
    for batch_records in [2, 10] {
        let refused = Refusal::invalid("odd");
        let target = Faulty::new(target(ATOMIC), []).refusing("users/ann/titles/n3", refused);
        let world = habits(5);
        world.control.settings(Settings { batch_records, ..small() });
        let counters = world.run(&target).await.unwrap().counters;
        adds_up(&counters);
        assert_eq!((counters.carried, counters.quarantined, counters.created), (4, 1, 8));
        assert!(!target.inner().contents().contains_key(&address(3)));
        let set_aside = world.quarantine().await.remove(0);
        assert_eq!(set_aside.reason, Reason::Refused.word());
        let kept: BTreeSet<_> = world.refused().await.into_iter().map(|kept| kept.address).collect();
        assert_eq!(kept, BTreeSet::from([address(3), "users/ann/titles/n3".to_owned()]));
    }
}

#[tokio::test]
async fn both_documents_of_a_record_arrive_whatever_happens_to_a_request() {
    for capabilities in ALL {
        for fault in [Fault::Retry, Fault::Drop, Fault::LoseAnswer, Fault::FailAfterwards] {
            let (world, target) = (habits(5), Faulty::new(target(capabilities), [Fault::None, fault]));
            let counters = world.run(&target).await.unwrap().counters;
            adds_up(&counters);
            assert_eq!((counters.carried, counters.created), (5, 10));
        }
    }
}

//! What is there already, and who may have what.

use super::*;
use crate::record::Reason;
use crate::record::Timestamp;
use crate::remote_state::Tombstone;

#[tokio::test]
async fn each_document_that_is_there_already_has_its_own_outcome() {
    for capabilities in ALL {
        let (world, target) = (World::of(0), target(capabilities));
        (1..=9).for_each(|key| world.put(key, 5));
        others(&target, &address(2), Some(theirs("n2", 5))).await;
        others(&target, &address(4), Some(theirs("n4", 9))).await;
        others(&target, &address(6), Some(theirs("n6", 1))).await;
        let mut unlike = theirs("n8", 5);
        unlike.insert("text".to_owned(), Value::from("another"));
        others(&target, &address(8), Some(unlike)).await;

        let report = world.run(&target).await.unwrap();
        adds_up(&report.counters);
        let Counters { carried, already_there, newer_there, created, replaced, .. } = report.counters;
        assert_eq!((carried, already_there, newer_there, created, replaced), (6, 1, 2, 5, 1), "{capabilities:?}");
        let mut texts: std::collections::BTreeMap<_, _> = texts(&target).into_iter().collect();
        assert_eq!(texts.remove(&address(8)).unwrap(), "another");
        assert_eq!(texts.remove(&address(4)).unwrap(), "text 9 of n4");
        assert!(texts.values().all(|text| text.starts_with("text 5")), "{texts:?}");
    }
}

#[tokio::test]
async fn what_was_found_there_is_kept_up_to_date_until_somebody_else_touches_it() {
    let plan = PLAN.replace("revision = \"edited\"\n", "");
    for capabilities in ALL {
        let (world, target) = (World::with(&plan, 3), target(capabilities));
        for key in [1, 2, 3] {
            others(&target, &address(key), Some(theirs(&format!("n{key}"), 1))).await;
        }
        assert_eq!(world.run(&target).await.unwrap().counters.already_there, 3);
        others(&target, &address(2), Some(theirs("n2", 5))).await;
        others(&target, &address(3), None).await;
        for edited in [7, 8] {
            (1..=3).for_each(|key| world.put(key, edited));
            world.run(&target).await.unwrap();
            assert_eq!(texts(&target), expected([(1, edited), (2, 5)]), "{capabilities:?}");
        }
    }
}

#[tokio::test]
async fn what_somebody_else_had_there_is_not_ours_because_it_was_older() {
    for capabilities in ALL {
        let (world, target) = (World::of(0), target(capabilities));
        world.put(1, 5);
        others(&target, &address(1), Some(theirs("n1", 1))).await;
        assert_eq!(world.run(&target).await.unwrap().counters.replaced, 1);
        world.put(1, 6);
        assert_eq!(world.run(&target).await.unwrap().counters.replaced, 2);
        let rows = world.journal.ledger(&scope(), 0, 9).await.unwrap();
        assert!(rows.iter().all(|(_, row)| !row.ours), "{capabilities:?}");
    }
}

#[tokio::test]
async fn what_another_device_deleted_on_purpose_is_not_brought_back() {
    for capabilities in ALL {
        let (world, target) = (World::of(4), target(capabilities));
        let tombstone = Tombstone {
            address: &address(3),
            deleted_at: Timestamp::from_millis(0),
            installation: "another",
            generation: 1,
        };
        target.write(&[tombstone.write(&world.state)]).await.unwrap();
        let report = world.run(&target).await.unwrap();
        adds_up(&report.counters);
        assert_eq!((report.counters.carried, report.counters.deleted_there), (3, 1));
        assert_eq!(texts(&target), expected([1, 2, 4].map(|key| (key, 1))));
    }
}

#[tokio::test]
async fn of_two_records_with_one_address_the_first_keeps_it_however_far_apart_they_are() {
    for capabilities in ALL {
        for twin in [2, 5, 40] {
            let (world, target) = (World::of(20), target(capabilities));
            world.source.put("Note", Key::Int(twin), note("n1", 7));
            let report = world.run(&target).await.unwrap();
            adds_up(&report.counters);
            assert_eq!(report.counters.quarantined, 1, "{twin}");
            let set_aside = world.quarantine().await.remove(0);
            assert_eq!((set_aside.record, &*set_aside.reason), (id(twin), Reason::DuplicateId.word()));
            assert!(set_aside.detail.contains("Note 1"), "{}", set_aside.detail);
            assert!(texts(&target).contains(&(address(1), "text 1 of n1".to_owned())));
        }
    }
}

#[tokio::test]
async fn of_two_records_with_one_unique_value_the_first_keeps_it_as_in_a_rehearsal() {
    let plan = PLAN.replace("fields = ", "unique = [\"text\"]\nfields = ");
    for capabilities in ALL {
        for twin in [2, 40] {
            let (world, target) = (World::with(&plan, 20), target(capabilities));
            let mut same = note(&format!("n{twin}"), 1);
            same.insert("text".to_owned(), Value::from("text 1 of n1"));
            world.source.put("Note", Key::Int(twin), same);
            let report = world.run(&target).await.unwrap();
            adds_up(&report.counters);
            let set_aside = world.quarantine().await;
            assert_eq!(set_aside.len(), 1);
            let one = &set_aside[0];
            assert_eq!((&one.record, &*one.reason), (&id(twin), Reason::DuplicateValue.word()));

            let folder = tempfile::tempdir().unwrap();
            let context = crate::plan::Context { owner: "ann", now: Timestamp::from_millis(0) };
            let rules = firestore::rules();
            let port = crate::rehearse::Port::Missing;
            let mut told = Rejected::default();
            let plan = &world.plan;
            crate::rehearse::rehearse(&world.source, plan, &rules, context, folder.path(), port, &mut told)
                .await
                .unwrap();
            let told: Vec<_> = told.0.iter().map(|told| (&told.column, told.reason.word(), &told.detail)).collect();
            assert_eq!(told, [(&one.column, &*one.reason, &one.detail)]);
        }
    }
}

#[derive(Default)]
struct Rejected(Vec<crate::record::Rejection>);

impl crate::rehearse::Sink for Rejected {
    fn document(&mut self, _: crate::plan::Document) -> Result<()> {
        Ok(())
    }
    fn rejected(&mut self, rejection: &crate::record::Rejection) -> Result<()> {
        self.0.push(rejection.clone());
        Ok(())
    }
    fn progress(&mut self, _: &crate::rehearse::Progress<'_>) {}
}

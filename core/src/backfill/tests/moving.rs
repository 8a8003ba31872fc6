//! Records that have another address than before.

use super::sources::Odd;
use super::*;
use crate::store::Refusal;
use crate::testkit::faults::Faulty;

#[tokio::test]
async fn an_old_document_stays_where_its_record_finds_the_new_address_taken() {
    for capabilities in ALL {
        for has_history in [true, false] {
            let (world, target) = (World::of(9), target(capabilities));
            let store = Odd { has_history, ..Odd::new(&world.source) };
            world.run_from(&store, &target).await.unwrap();
            world.source.put("Note", Key::Int(3), note("n7", 1));
            let report = world.run_from(&store, &target).await.unwrap();
            adds_up(&report.counters);
            assert_eq!((report.counters.deleted, report.counters.quarantined), (0, 1), "{capabilities:?}");
            assert_eq!(texts(&target), expected((1..=9).map(|key| (key, 1))));
            // Its row still says where: when the record goes, so does the document.
            world.delete(3);
            world.run_from(&store, &target).await.unwrap();
            assert!(!texts(&target).iter().any(|(there, _)| *there == address(3)));
        }
    }
}

#[tokio::test]
async fn an_old_document_stays_where_the_new_one_is_refused_or_newer_there() {
    for capabilities in ALL {
        for is_refused in [true, false] {
            let (world, target) = (World::of(9), Faulty::new(target(capabilities), []));
            let refused = if is_refused { address(33) } else { address(99) };
            let target = target.refusing(&refused, Refusal::invalid("odd"));
            world.run(&target).await.unwrap();
            if !is_refused {
                others(&target, &address(33), Some(theirs("n33", 9))).await;
            }
            world.source.put("Note", Key::Int(3), note("n33", 1));
            let report = world.run(&target).await.unwrap();
            adds_up(&report.counters);
            assert_eq!(report.counters.deleted, 0);
            assert!(texts(target.inner()).contains(&(address(3), "text 1 of n3".to_owned())), "{capabilities:?}");
        }
    }
}

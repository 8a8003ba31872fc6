//! A target that fails, refuses, or does not answer.

use super::sources::Odd;
use super::*;
use crate::error::ErrorKind;
use crate::record::Reason;
use crate::store::Refusal;
use crate::testkit::faults::{Fault, Faulty};

fn faulty(capabilities: Capabilities, script: impl IntoIterator<Item = Fault>) -> Faulty<MemoryTarget> {
    Faulty::new(target(capabilities), script)
}

#[tokio::test]
async fn whatever_happens_to_a_request_everything_arrives_once() {
    for capabilities in ALL {
        for fault in [Fault::Retry, Fault::Drop, Fault::LoseAnswer, Fault::FailAfterwards] {
            for at in 0..5 {
                let script = std::iter::repeat_n(Fault::None, at).chain([fault.clone()]);
                let (world, target) = (World::of(9), faulty(capabilities, script));
                let report = world.run(&target).await.unwrap();
                assert!(matches!(report.ended, Ended::Complete));
                adds_up(&report.counters);
                let Counters { carried, created, already_there, .. } = report.counters;
                assert_eq!((carried, created, already_there), (9, 9, 0), "{capabilities:?} {fault:?} {at}");
                assert_eq!(texts(target.inner()), expected((1..=9).map(|key| (key, 1))));
            }
        }
    }
}

#[tokio::test]
async fn a_target_that_does_it_all_and_never_answers_is_not_given_up_on() {
    for fault in [Fault::LoseAnswer, Fault::FailAfterwards] {
        let (world, target) = (World::of(60), faulty(ATOMIC, vec![fault; 1000]));
        let report = world.run(&target).await.unwrap();
        assert!(matches!(report.ended, Ended::Complete), "{:?}", report.ended);
        adds_up(&report.counters);
        assert_eq!(report.counters.created, 60);
    }
}

#[tokio::test]
async fn a_target_that_stays_away_is_given_up_on_for_now_and_the_next_run_goes_on() {
    let (world, target) = (World::of(9), faulty(ATOMIC, vec![Fault::Drop; 100]));
    let report = world.run(&target).await.unwrap();
    let Ended::Later(error) = report.ended else { panic!("{report:?}") };
    assert_eq!(error.kind(), ErrorKind::Io);
    let report = world.run(target.inner()).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(report.counters.created, 9);
}

#[tokio::test]
async fn a_refused_document_is_found_in_its_batch_and_set_aside_whole() {
    for capabilities in ALL {
        let refusal = Refusal::invalid("too odd");
        let target = faulty(capabilities, []).refusing(&address(4), refusal);
        let world = World::of(9);
        world.control.settings(Settings { batch_records: 9, ..small() });
        let report = world.run(&target).await.unwrap();
        adds_up(&report.counters);
        assert_eq!((report.counters.carried, report.counters.quarantined), (8, 1));
        let set_aside = world.quarantine().await.remove(0);
        assert_eq!((set_aside.record, &*set_aside.reason), (id(4), Reason::Refused.word()));
        assert_eq!(set_aside.detail, "too odd");
        let kept = world.refused().await;
        assert_eq!((&kept[0].address, kept[0].fields.len(), kept.len()), (&address(4), 3, 1));
    }
}

#[tokio::test]
async fn a_target_that_denies_everything_is_one_clear_stop_and_sets_nothing_aside() {
    for capabilities in ALL {
        for notes in [1, 30, 200] {
            let refused = (1..=notes).fold(faulty(capabilities, []), |target, key| {
                target.refusing(&address(key), Refusal::denied("no rule allows it"))
            });
            let world = World::of(notes);
            let error = world.run(&refused).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Denied);
            assert!(error.to_string().contains("users/*/notes"), "{error}");
            assert!(world.quarantine().await.is_empty());
        }
    }
}

#[tokio::test]
async fn a_denied_record_among_others_is_set_aside() {
    for capabilities in ALL {
        let world = World::of(9);
        let target = faulty(capabilities, []).refusing(&address(1), Refusal::denied("not this one"));
        let report = world.run(&target).await.unwrap();
        assert!(matches!(report.ended, Ended::Complete));
        assert_eq!((report.counters.carried, report.counters.quarantined), (8, 1));
    }
}

#[tokio::test]
async fn too_many_errors_pause_the_run_until_somebody_has_looked() {
    let world = World::of(20);
    let target =
        (2..=20).fold(faulty(ATOMIC, []), |target, key| target.refusing(&address(key), Refusal::invalid("odd")));
    let errors = ErrorBudget { records: Some(5), share: None };
    world.control.settings(Settings { errors, ..small() });
    let report = world.run(&target).await.unwrap();
    adds_up(&report.counters);
    let Ended::Paused(why) = report.ended else { panic!("{report:?}") };
    assert!(why.contains("could not be moved"), "{why}");
    let Ended::Paused(again) = world.run(&target).await.unwrap().ended else { panic!("it went on by itself") };
    assert_eq!(again, why);
    let mut runs = 0;
    while let Ended::Paused(_) = world.start(&target, Start::Allow).await.unwrap().ended {
        runs += 1;
        assert!(runs < 10, "it does not come to an end");
    }
    assert!(runs > 0);
    assert_eq!(world.quarantine().await.len(), 19);
}

#[tokio::test]
async fn errors_count_over_all_runs_since_somebody_looked() {
    let world = World::of(60);
    let target =
        (2..=60).fold(faulty(PARTIAL, []), |target, key| target.refusing(&address(key), Refusal::invalid("odd")));
    let errors = ErrorBudget { records: Some(12), share: None };
    // A page is read once the one before is accounted for.
    world.control.settings(Settings { errors, ahead_bytes: 1, ..small() });
    // Each run is cancelled after a few pages, long before one alone has that many.
    let mut runs = 0;
    loop {
        let meddling = |page| {
            if page == 2 {
                world.control.cancel();
            }
        };
        let store = Odd { meddling: Box::new(meddling), ..Odd::new(&world.source) };
        world.control.clear();
        match world.run_from(&store, &target).await.unwrap().ended {
            Ended::Cancelled => runs += 1,
            Ended::Paused(_) => break,
            other => panic!("{other:?}"),
        }
        assert!(runs < 100, "it does not come further");
    }
    let set_aside = world.quarantine().await.len();
    assert!(runs > 0 && (13..30).contains(&set_aside), "{runs} runs, {set_aside} set aside");
    // What somebody allowed counts from there, in every later process.
    world.control.clear();
    assert!(!matches!(world.start(&target, Start::Allow).await.unwrap().ended, Ended::Complete));
    assert!(world.quarantine().await.len() > set_aside + 10);
}

#[tokio::test]
async fn one_denied_record_of_a_delta_is_set_aside_and_the_rest_goes_on() {
    for capabilities in ALL {
        let world = World::of(9);
        let target = faulty(capabilities, []).refusing(&address(10), Refusal::denied("not this one"));
        world.run(&target).await.unwrap();
        world.put(10, 1);
        let report = world.run(&target).await.unwrap();
        assert!(matches!(report.ended, Ended::Complete));
        adds_up(&report.counters);
        assert_eq!((report.counters.carried, report.counters.quarantined), (9, 1));
    }
}

#[tokio::test]
async fn rules_that_change_during_a_run_are_one_clear_stop_until_somebody_lets_it_go_on() {
    for capabilities in ALL {
        let world = World::of(60);
        let target = (31..=60).fold(faulty(capabilities, []), |target, key| {
            target.refusing(&address(key), Refusal::denied("another user"))
        });
        for _ in 0..2 {
            assert_eq!(world.run(&target).await.unwrap_err().kind(), ErrorKind::Denied);
            assert!(world.quarantine().await.is_empty());
        }
        let report = world.start(&target, Start::Allow).await.unwrap();
        adds_up(&report.counters);
        assert_eq!((report.counters.carried, report.counters.quarantined), (30, 30));
    }
}

#[tokio::test]
async fn a_record_that_is_set_aside_again_counts_once() {
    for reason in [Refusal::invalid("odd"), Refusal::denied("not this one")] {
        let world = World::of(9);
        world.source.put("Note", Key::Int(5), note("n1", 7));
        let target = faulty(ATOMIC, []).refusing(&address(4), reason);
        let store = super::sources::Odd::without_history(&world.source);
        let first = world.run_from(&store, &target).await.unwrap().counters;
        assert_eq!((first.read, first.quarantined), (9, 2));
        let second = world.run_from(&store, &target).await.unwrap().counters;
        adds_up(&second);
        assert_eq!((second.read, second.quarantined), (9, 2));
        assert_eq!(world.quarantine().await.len(), 2);
    }
}

#[tokio::test]
async fn all_requests_that_one_outage_meets_are_one_failure() {
    let (world, target) = (World::of(60), faulty(ATOMIC, vec![Fault::Drop; 8]));
    let pace = Pace { start: None, ..small().pace };
    let retries = Retries { attempts: 1, ..small().retries };
    world.control.settings(Settings { page_records: 60, in_flight: 8, retries, pace, ..small() });
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete), "{:?}", report.ended);
    assert_eq!(report.counters.created, 60);
}

//! Pausing, suspending, conditions, settings, and a clock that is set.

use std::time::Duration;

use super::sources::Odd;
use super::*;
use crate::error::ErrorKind;
use crate::testkit::faults::{Fault, Faulty, Gate};

/// A source that gives an order when its third page is read.
fn orders<'a>(world: &'a World, order: impl Fn() + Send + Sync + 'a) -> Odd<'a> {
    let meddling = Box::new(move |page| {
        if page == 2 {
            order()
        }
    });
    Odd { meddling, ..Odd::new(&world.source) }
}

#[tokio::test]
async fn a_run_that_is_paused_stays_so_until_it_is_let_go_on() {
    let (world, target) = (World::of(30), target(ATOMIC));
    let store = orders(&world, || world.control.pause());
    let report = world.run_from(&store, &target).await.unwrap();
    assert!(matches!(report.ended, Ended::Paused(_)));
    adds_up(&report.counters);
    // What is there and not accounted for is found when it goes on.
    assert!(report.counters.created <= texts(&target).len() as u64 && texts(&target).len() < 30);
    world.control.clear();
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::Paused(_)));
    let report = world.start(&target, Start::Allow).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(report.counters.created, 30);
}

#[tokio::test]
async fn a_run_that_is_cancelled_goes_on_when_it_is_run_again() {
    let (world, target) = (World::of(30), target(ATOMIC));
    let store = orders(&world, || world.control.cancel());
    assert!(matches!(world.run_from(&store, &target).await.unwrap().ended, Ended::Cancelled));
    world.control.clear();
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!((report.counters.created, report.counters.already_there), (30, 0));
}

#[tokio::test]
async fn an_app_that_is_put_to_sleep_waits_for_no_answer() {
    let gate = Gate::closed();
    let target = Faulty::new(target(ATOMIC), [Fault::None, Fault::Hold(gate.clone())]);
    let world = World { clock: FakeClock::standing(), ..World::of(30) };
    world.control.settings(Settings { pace: Pace { start: None, ..small().pace }, ..small() });
    let run = world.run(&target);
    let sleep = async {
        gate.reached().await;
        world.control.suspend();
    };
    let (report, ()) = tokio::join!(run, sleep);
    let report = report.unwrap();
    assert!(matches!(report.ended, Ended::Suspended));
    adds_up(&report.counters);
    world.control.clear();
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(report.counters.created, 30);
    assert_eq!(texts(target.inner()), expected((1..=30).map(|key| (key, 1))));
}

#[tokio::test]
async fn a_target_that_does_not_answer_in_time_is_looked_at_again() {
    let gate = Gate::closed();
    let target = Faulty::new(target(ATOMIC), [Fault::Hold(gate)]);
    let world = World::of(5);
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!((report.counters.created, report.counters.retries), (5, 1));
    assert!(world.clock.elapsed() >= small().timeout);
}

#[tokio::test]
async fn the_policy_says_which_conditions_keep_work_waiting() {
    let (world, target) = (World::of(9), target(ATOMIC));
    let tired = Conditions { low_battery: true, ..Conditions::default() };
    world.control.conditions(tired);
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Waiting(Condition::LowBattery)));
    assert!(texts(&target).is_empty());
    world.control.conditions(Conditions { metered: true, background: true, low_battery: false });
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::Complete));
}

#[tokio::test]
async fn settings_count_from_the_next_batch_on() {
    let (world, target) = (World::of(40), target(ATOMIC));
    let meddling = |page| {
        if page == 2 {
            world.control.settings(Settings { page_records: 20, batch_records: 20, ..small() });
        }
    };
    let store = Odd { meddling: Box::new(meddling), ..Odd::new(&world.source) };
    let report = world.run_from(&store, &target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(report.counters.created, 40);
}

#[tokio::test]
async fn a_clock_that_is_set_back_or_forward_changes_nothing_but_times() {
    for seconds in [-86_400 * 400, 86_400 * 400] {
        let (world, target) = (World::of(30), target(ATOMIC));
        let store = orders(&world, || world.clock.set_by(seconds));
        let report = world.run_from(&store, &target).await.unwrap();
        assert!(matches!(report.ended, Ended::Complete));
        adds_up(&report.counters);
        assert_eq!(texts(&target), expected((1..=30).map(|key| (key, 1))));
    }
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_ends_the_run_and_the_next_one_goes_on() {
    let (world, target) = (World::of(30), target(ATOMIC));
    let store = orders(&world, || world.journal.fail(Some(ErrorKind::Io)));
    let error = world.run_from(&store, &target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    world.journal.fail(None);
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!((report.counters.created, report.counters.already_there), (30, 0));
    assert_eq!(texts(&target), expected((1..=30).map(|key| (key, 1))));
}

#[tokio::test]
async fn progress_is_told_at_once_and_in_the_end() {
    let (world, target) = (World::of(30), target(ATOMIC));
    let mut progress = world.control.progress();
    assert_eq!(progress.borrow_and_update().phase, Phase::Starting);
    let report = world.run(&target).await.unwrap();
    let last = *progress.borrow_and_update();
    assert_eq!((last.phase, last.counters), (Phase::Ended, report.counters));
    assert_eq!(last.expected, Some(30));
}

#[tokio::test]
async fn a_gentle_pace_takes_its_time() {
    let (world, target) = (World::of(100), target(ATOMIC));
    let pace = Pace { start: Some(10.0), ceiling: None, raised_every: Duration::from_secs(300) };
    world.control.settings(Settings { pace, ..small() });
    world.run(&target).await.unwrap();
    let seconds = world.clock.elapsed().as_secs();
    assert!((9..12).contains(&seconds), "{seconds} s");
}

//! Whether a run may go on with what another one began.

use std::sync::Arc;

use super::sources::Odd;
use super::*;
use crate::error::ErrorKind;
use crate::journal::{Ask, Leased, Status};
use crate::record::Timestamp;

#[tokio::test]
async fn another_plan_does_not_go_on_with_a_runs_cursor_until_it_is_started_anew() {
    let (world, target) = (World::of(4), target(ATOMIC));
    world.run(&target).await.unwrap();
    let another = World::with(&PLAN.replace("fields = [\"text\", ", "fields = ["), 0);
    let changed = World { plan: another.plan, ..world };
    let error = changed.run(&target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert!(error.to_string().contains("the plan"), "{error}");
    assert!(error.to_string().contains("Note to users/{uid}/notes/{id}: field text removed"), "{error}");

    let report = changed.start(&target, Start::Anew).await.unwrap();
    assert!(matches!(report.ended, Ended::Complete));
    assert_eq!(report.generation, 2);
    adds_up(&report.counters);
}

#[tokio::test]
async fn another_store_does_not_go_on_with_a_runs_cursor() {
    let (world, target) = (World::of(4), target(ATOMIC));
    let named = |identity| Odd { identity: Some(identity), ..Odd::new(&world.source) };
    world.run_from(&named("one"), &target).await.unwrap();
    let error = world.run_from(&named("two"), &target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert!(error.to_string().contains("the store"), "{error}");
}

#[tokio::test]
async fn what_was_carried_to_one_target_is_carried_to_another_that_is_started_anew() {
    let world = World::of(4);
    let named = |identity: &str| target(ATOMIC).identified(identity);
    let (first, second) = (named("one"), named("two"));
    world.run(&first).await.unwrap();
    let error = world.run(&second).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert!(error.to_string().contains("the target is another one"), "{error}");
    assert!(second.contents().is_empty());

    world.delete(3);
    let report = world.start(&second, Start::Anew).await.unwrap();
    adds_up(&report.counters);
    assert_eq!((report.counters.created, texts(&second)), (3, expected([(1, 1), (2, 1), (4, 1)])));
    assert_eq!(texts(&first).len(), 4, "the first target is as it was");
    world.put(2, 5);
    world.run(&second).await.unwrap();
    assert_eq!(texts(&second), expected([(1, 1), (2, 5), (4, 1)]));
}

#[tokio::test]
async fn a_store_belongs_to_its_first_user_until_the_app_says_otherwise() {
    let (world, target) = (World::of(4), target(ATOMIC));
    let store = Odd { identity: Some("one"), ..Odd::new(&world.source) };
    world.run_from(&store, &target).await.unwrap();
    let bobs = Request { scope: Scope::of("notes", "bob"), ..request() };
    let error = world.backfill(&store, &target).run(&bobs, &world.control).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(!error.to_string().contains("ann"), "{error}");
    assert!(target.contents().keys().all(|address| address.starts_with("users/ann/")));

    world.journal.disown_store("one").await.unwrap();
    world.backfill(&store, &target).run(&bobs, &world.control).await.unwrap();
}

#[tokio::test]
async fn a_schema_that_changes_while_it_is_read_is_noticed() {
    let (world, target) = (World::of(20), target(ATOMIC));
    let mut schema = Schema::clone(&*world.source.schema().await.unwrap());
    schema.fingerprint = "another".to_owned();
    let store = Odd { later: Some((2, Arc::new(schema))), ..Odd::new(&world.source) };
    let error = world.run_from(&store, &target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert!(texts(&target).len() < 20);
}

#[tokio::test]
async fn a_plan_that_was_checked_against_another_schema_carries_nothing() {
    let (world, target) = (World::of(20), target(ATOMIC));
    let schema = Schema { fingerprint: "migrated since".to_owned(), ..schema() };
    let store = Odd { later: Some((0, Arc::new(schema))), ..Odd::new(&world.source) };
    let error = world.run_from(&store, &target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert!(texts(&target).is_empty());
}

#[tokio::test]
async fn a_second_process_waits_until_the_first_was_not_heard_of_for_five_minutes() {
    let (world, target) = (World::of(4), target(ATOMIC));
    let now = Timestamp::from_millis(0);
    let leased = world.journal.lease(&scope(), "another", Ask::Force, now).await.unwrap();
    assert!(matches!(leased, Leased::Yours(_)));
    let error = world.run(&target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    world.clock.pass(std::time::Duration::from_secs(300));
    world.run(&target).await.unwrap();
}

#[tokio::test]
async fn whoever_was_taken_over_stops_at_once_and_writes_nothing_more_to_the_journal() {
    let (world, target) = (World::of(30), target(ATOMIC));
    let store = Odd {
        meddling: Box::new(|page| {
            if page == 3 {
                let request = world.journal.lease(&SCOPE, "another", Ask::Force, Timestamp::from_millis(0));
                drop(futures_util::FutureExt::now_or_never(request));
            }
        }),
        ..Odd::new(&world.source)
    };
    let error = world.run_from(&store, &target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced);
    let run = world.journal.run(&scope()).await.unwrap().unwrap();
    assert_eq!(run.status, Status::Running);
    assert!(run.counters.read < 30);
}

static SCOPE: std::sync::LazyLock<Scope> = std::sync::LazyLock::new(scope);

#[tokio::test]
async fn a_generation_that_was_begun_anew_finds_what_is_there_and_writes_nothing_twice() {
    for capabilities in ALL {
        let (world, target) = (World::of(9), target(capabilities));
        world.run(&target).await.unwrap();
        let before = target.contents();
        world.clock.pass(std::time::Duration::from_secs(9));
        let report = world.start(&target, Start::Anew).await.unwrap();
        adds_up(&report.counters);
        let Counters { read, already_there, billed_writes, .. } = report.counters;
        assert_eq!((report.generation, read, already_there, billed_writes), (2, 9, 9, 0));
        assert_eq!(target.contents(), before);
    }
}

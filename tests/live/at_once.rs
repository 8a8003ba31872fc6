//! Reader and app at work at the same time. Points only ever move from row to row, each time in one transaction, so
//! that whatever is of one moment adds up to the same, and a reader that mixes two moments shows.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::app_sqlite::AppSqlite;
use super::other_process::OtherProcess;
use super::{Value, folder, open};
use rehome_core::store::{Shape, Source};
use rehome_core::stores::legacy::LegacyStore;

const ROWS: usize = 100;
const POINTS: i64 = 100_000;
const PAGES: usize = 100;
const MOVES: usize = 200;

const FILL: &str = "PRAGMA journal_mode=WAL; CREATE TABLE habit (id INTEGER PRIMARY KEY, points INTEGER NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO habit SELECT i, 1000 FROM n;";

fn in_one_line(sql: &str) -> String {
    sql.replace('\n', " ")
}

fn move_points(round: usize) -> String {
    let (from, to) = (round % ROWS + 1, round * 7 % ROWS + 1);
    format!(
        "BEGIN IMMEDIATE; UPDATE habit SET points = points - 1 WHERE id = {from}; \
         UPDATE habit SET points = points + 1 WHERE id = {to}; COMMIT;"
    )
}

fn sum_of_a_page(store: &LegacyStore) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let page = runtime.block_on(store.page(&Shape::of("habit", &["points"]), None, 1000)).unwrap();
    let points = |value: &Value| if let Value::Int(points) = value { *points } else { panic!("points are numbers") };
    page.records.iter().map(|record| points(&record.values[0])).sum()
}

/// Pages are read while points are moved, until there was enough of both. Nobody waits for a lock.
fn read_while_moving(store: &LegacyStore, mut is_moved: impl FnMut(&str) -> bool) {
    let pages = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            for _ in 0..PAGES {
                assert_eq!(sum_of_a_page(store), POINTS, "a page mixes two moments");
                pages.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut round = 0;
        while round < MOVES || (pages.load(Ordering::Relaxed) < PAGES && !reader.is_finished()) {
            assert!(is_moved(&move_points(round)), "the reader kept the app from writing");
            round += 1;
        }
    });
}

#[test]
fn every_page_is_of_one_moment_while_another_process_writes() {
    let (_folder, store) = folder();
    let mut app = OtherProcess::on(&store, "the_other_process");
    assert_eq!(app.run(&in_one_line(FILL)), "ok");
    read_while_moving(&open(&store), |sql| app.run(sql) == "ok");
}

fn app_with_points(store: &Path) -> AppSqlite {
    let app = AppSqlite::open(store);
    app.run(FILL).unwrap();
    app
}

#[cfg(feature = "bundled-sqlite")]
#[test]
fn on_android_the_app_writes_on_while_its_snapshots_are_read_and_the_next_one_has_it_all() {
    let (folder, store) = folder();
    let app = app_with_points(&store);
    for turn in 0..3 {
        let snapshot = folder.path().join(format!("snapshot{turn}.sqlite"));
        app.run(&format!("VACUUM INTO '{}'", snapshot.display())).unwrap();
        let reader = open(&snapshot);
        read_while_moving(&reader, |sql| app.run(sql).is_ok());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let shape = Shape::of("habit", &[]);
        let page = runtime.block_on(reader.page(&shape, None, 1000)).unwrap();
        assert_eq!(page.records.len(), ROWS + turn, "what the app had written by then");
        app.run(&format!("INSERT INTO habit VALUES ({}, 0)", 1000 + turn)).unwrap();
    }
}

#[cfg(not(feature = "bundled-sqlite"))]
#[test]
fn on_apple_s_systems_every_page_is_of_one_moment_while_the_app_writes_in_our_process() {
    let (_folder, store) = folder();
    let app = app_with_points(&store);
    read_while_moving(&open(&store), |sql| app.run(sql).is_ok());
}

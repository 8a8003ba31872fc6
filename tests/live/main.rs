//! The store is read while the app lives in it: nothing of it changes, nobody waits, nothing is missed; and two
//! copies of SQLite in one process never meet on it.
// The system's own SQLite is loaded by the name that it has there.
#![cfg(target_os = "linux")]

mod app_sqlite;
mod at_once;
mod other_process;

use std::fs;
use std::path::{Path, PathBuf};

use app_sqlite::{AppSqlite, Busy};
use other_process::OtherProcess;
use rehome_core::record::Value;
use rehome_core::store::{Shape, Source};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rusqlite::Connection;
use tempfile::TempDir;

const TABLE: &str = "CREATE TABLE entry (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL);";
/// A thousand rows that add up to a thousand.
const THOUSAND: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO entry (amount) SELECT 1 FROM n;";

/// A folder with a path for a store in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("app.sqlite");
    (folder, store)
}

/// The write-ahead log of a store.
fn log(store: &Path) -> PathBuf {
    store.with_extension("sqlite-wal")
}

/// The app, as a connection of the test's own SQLite; rows stay in the write-ahead log.
fn app(store: &Path) -> Connection {
    let app = Connection::open(store).unwrap();
    app.execute_batch("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;").unwrap();
    app.execute_batch(TABLE).unwrap();
    app.execute_batch(THOUSAND).unwrap();
    app
}

fn open(store: &Path) -> LegacyStore {
    LegacyStore::open(store, LegacyOptions::default()).unwrap()
}

/// Reads all rows page by page: how many there are, and their sum. `between` happens after each page.
fn read(store: &LegacyStore, mut between: impl FnMut()) -> (usize, i64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let shape = Shape::of("entry", &["amount"]);
    let (mut count, mut sum, mut cursor) = (0, 0, None);
    loop {
        let page = runtime.block_on(store.page(&shape, cursor.as_ref(), 100)).unwrap();
        assert_eq!(page.rejected, []);
        for record in &page.records {
            let Value::Int(amount) = record.values[0] else { panic!("an amount is a number") };
            count += 1;
            sum += amount;
        }
        between();
        cursor = page.next;
        if cursor.is_none() {
            return (count, sum);
        }
    }
}

#[test]
#[ignore = "no test of its own, but what the second process runs"]
fn the_other_process() {
    other_process::obey();
}

#[test]
fn a_store_and_its_log_stay_byte_for_byte_as_they_were() {
    let (_folder, store) = folder();
    let app = app(&store);
    let files = || (fs::read(&store).unwrap(), fs::read(log(&store)).unwrap());
    // The files of an app that was killed: copied while it lives, so that nobody tidies up.
    let (_other, killed) = folder();
    let copy = || {
        for extension in ["sqlite", "sqlite-wal", "sqlite-shm"] {
            fs::copy(store.with_extension(extension), killed.with_extension(extension)).unwrap();
        }
    };
    copy();
    let before = files();
    let reader = open(&store);
    assert_eq!(read(&reader, || ()), (1000, 1000));
    drop(reader);
    assert!(files() == before, "reading changed the store of a living app");
    drop(app);

    let files = || (fs::read(&killed).unwrap(), fs::read(log(&killed)).unwrap());
    let before = files();
    let reader = open(&killed);
    assert_eq!(read(&reader, || ()), (1000, 1000), "rows that are in the log alone count too");
    drop(reader);
    assert!(files() == before, "reading changed the store of an app that was killed");
}

#[test]
fn an_app_in_another_process_is_neither_blocked_nor_missed() {
    let (_folder, store) = folder();
    let _app = app(&store);
    let mut other = OtherProcess::on(&store, "the_other_process");
    let reader = open(&store);
    // While pages are read, the other process writes, and tidies up its log, without ever waiting.
    let mut written = 0;
    let (during, _) = read(&reader, || {
        assert_eq!(other.run("INSERT INTO entry (amount) VALUES (1);"), "ok");
        assert_eq!(other.run("PRAGMA wal_checkpoint(PASSIVE);"), "ok");
        written += 1;
        assert!(written < 2000, "the reader never comes to an end");
    });
    assert!(during >= 1000, "a row that was there all the while was missed");
    assert_eq!(read(&reader, || ()).0, 1000 + written, "a row that was written before the pass was missed");
}

#[test]
fn an_app_that_writes_all_the_time_never_finds_the_store_locked() {
    let (_folder, store) = folder();
    let _app = app(&store);
    let mut other = OtherProcess::on(&store, "the_other_process");
    let reader = open(&store);
    for _ in 0..200 {
        other.order("INSERT INTO entry (amount) VALUES (1);");
    }
    // Both work at the same time; how they interleave is the machine's affair.
    let mut passes = Vec::new();
    for _ in 0..20 {
        passes.push(read(&reader, || ()).0);
    }
    for _ in 0..200 {
        assert_eq!(other.reply(), "ok");
    }
    passes.push(read(&reader, || ()).0);
    assert!(passes.is_sorted(), "rows that were there went missing: {passes:?}");
    assert_eq!(passes.last(), Some(&1200));
}

/// An app whose frameworks use the system's SQLite in this very process, in the middle of a transaction.
fn app_in_mid_transaction(store: &Path) -> AppSqlite {
    let app = AppSqlite::open(store);
    app.run(TABLE).unwrap();
    app.run(THOUSAND).unwrap();
    app.run("BEGIN IMMEDIATE; INSERT INTO entry (amount) VALUES (10);").unwrap();
    app
}

/// The other process tries to write while the app is in mid-transaction, then the app commits. Returns what the
/// other process was told, and the sum of all rows afterwards.
fn write_from_outside(store: &Path, app: &AppSqlite) -> (String, i64) {
    let mut other = OtherProcess::on(store, "the_other_process");
    let answer = other.run("INSERT INTO entry (amount) VALUES (100);");
    // Under broken locks the app may be told anything here; that it is told something is enough.
    let _: Result<(), Busy> = app.run("COMMIT;");
    drop(other);
    let sum =
        Connection::open(store).unwrap().query_row("SELECT sum(amount) FROM entry", [], |row| row.get(0)).unwrap();
    (answer, sum)
}

#[cfg(not(feature = "bundled-sqlite"))]
#[test]
fn on_apple_s_systems_one_copy_of_sqlite_keeps_the_apps_lock_while_we_read() {
    let (_folder, store) = folder();
    let app = app_in_mid_transaction(&store);
    assert!(app.is_the_copy_that_core_uses(), "core is linked with another SQLite than the system's");
    let reader = open(&store);
    assert_eq!(read(&reader, || ()), (1000, 1000), "what is not committed is not seen");
    drop(reader);
    assert_eq!(write_from_outside(&store, &app), ("busy".to_owned(), 1010), "the app's lock was lost");
}

#[cfg(feature = "bundled-sqlite")]
#[test]
fn on_android_a_snapshot_by_the_apps_own_connection_keeps_its_lock() {
    let (folder, store) = folder();
    let app = AppSqlite::open(&store);
    assert!(!app.is_the_copy_that_core_uses(), "this test needs two copies of SQLite");
    app.run(TABLE).unwrap();
    app.run(THOUSAND).unwrap();
    let snapshot = folder.path().join("snapshot.sqlite");
    app.run(&format!("VACUUM INTO '{}'", snapshot.display())).unwrap();
    app.run("BEGIN IMMEDIATE; INSERT INTO entry (amount) VALUES (10);").unwrap();
    let reader = open(&snapshot);
    assert_eq!(read(&reader, || ()), (1000, 1000));
    drop(reader);
    assert_eq!(write_from_outside(&store, &app), ("busy".to_owned(), 1010), "the app's lock was lost");
}

/// The wrong way, kept here so that nobody takes it for harmless: a second copy of SQLite opens the live store and
/// closes it again, and with that the app's lock is gone. The other process writes in the middle of the app's
/// transaction, is told that its row is safe, and the app's commit overwrites it.
#[cfg(feature = "bundled-sqlite")]
#[test]
fn a_second_copy_of_sqlite_on_the_live_store_loses_an_acknowledged_row() {
    let (_folder, store) = folder();
    let app = app_in_mid_transaction(&store);
    assert!(!app.is_the_copy_that_core_uses(), "this test needs two copies of SQLite");
    assert_eq!(read(&open(&store), || ()), (1000, 1000));
    let (answer, sum) = write_from_outside(&store, &app);
    assert_eq!(answer, "ok", "the app's lock still holds: then the wrong way has become a right one");
    assert_eq!(sum, 1010, "a hundred that somebody was told were safe should be lost this way");
}

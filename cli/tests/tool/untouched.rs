//! What the tool looks at stays as it was, with its folder.

use std::collections::BTreeMap;
use std::fs;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::*;

/// The names of all files in a folder, and what is in those that are not SQLite's own marks of who is reading.
fn files(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file()).map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        let bytes = (!name.ends_with("-shm")).then(|| fs::read(entry.path()).unwrap());
        (name, bytes)
    });
    files.collect()
}

/// Puts the store through every command, with and without a snapshot; answers with how many records were read.
fn put_through(store: &Path) -> u64 {
    let folder = store.parent().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let before = files(folder);
    let store = store.to_str().unwrap();
    let is_untouched = |after: &str| assert!(files(folder) == before, "{after}: {:?}", files(folder).into_keys());

    let draft = printed(&["draft", store]);
    is_untouched("draft");
    let plan = elsewhere.path().join("plan.toml");
    fs::write(&plan, draft).unwrap();
    let plan = plan.to_str().unwrap();
    printed(&["inspect", store]);
    is_untouched("inspect");
    printed(&["check", plan, "--store", store]);
    is_untouched("check");
    let rehearse = ["rehearse", plan, "--store", store, "--user", "u", "--json"];
    let rehearsed = json(&rehearse);
    is_untouched("rehearse");
    let snapshot = json(&[&rehearse[..], &["--snapshot"]].concat());
    is_untouched("rehearse --snapshot");
    assert_eq!(rehearsed["read"], snapshot["read"]);
    rehearsed["read"].as_u64().unwrap()
}

fn in_wal_mode(store: &Path) -> Connection {
    let app = Connection::open(store).unwrap();
    let mode: String = app.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    app
}

fn names(store: &Path) -> Vec<String> {
    files(store.parent().unwrap()).into_keys().collect()
}

#[test]
fn a_store_at_rest_stays_as_it_is() {
    let habits = Habits::new(&Options { completions: 50, ..Options::default() });
    drop(in_wal_mode(&habits.store));
    assert!(!names(&habits.store).iter().any(|name| name.contains("store-")));
    assert!(put_through(&habits.store) > 50);
}

#[test]
fn a_store_with_a_rollback_journal_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("app.db");
    let app = Connection::open(&store).unwrap();
    app.execute_batch("CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL); INSERT INTO notes VALUES ('a'), ('b')")
        .unwrap();
    assert_eq!(put_through(&store), 2);
    drop(app);
    assert_eq!(put_through(&store), 2);
    assert_eq!(names(&store), ["app.db"]);
}

#[test]
fn a_store_that_an_app_has_open_stays_as_it_is_and_is_read_with_its_newest_rows() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("app.db");
    let app = in_wal_mode(&store);
    app.execute_batch("CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL); PRAGMA wal_checkpoint").unwrap();
    app.execute_batch("INSERT INTO notes VALUES ('a'), ('b'), ('c')").unwrap();
    assert_eq!(names(&store), ["app.db", "app.db-shm", "app.db-wal"]);
    assert_eq!(put_through(&store), 3);
}

#[test]
fn a_store_and_the_wal_of_an_app_that_was_killed_stay_as_they_are_and_are_read_with_their_newest_rows() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("app.db");
    let app = in_wal_mode(&store);
    app.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    app.execute_batch("CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL); PRAGMA wal_checkpoint").unwrap();
    app.execute_batch("INSERT INTO notes VALUES ('a'), ('b'), ('c')").unwrap();
    drop(app);
    fs::remove_file(folder.path().join("app.db-shm")).unwrap();
    assert_eq!(names(&store), ["app.db", "app.db-wal"]);
    assert_eq!(put_through(&store), 3);
}

use std::collections::BTreeMap;

use super::*;
use crate::error::{Advice, ErrorKind};

const WAL: &str = "PRAGMA journal_mode = WAL; CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT);
    INSERT INTO habit VALUES (1, 'Read'), (2, 'Run'), (3, 'Floss');";

/// All files of a folder with what is in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), bytes(&entry.path()))).collect()
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_keys().collect()
}

fn titles() -> Shape {
    Shape::of("habit", &["title"])
}

/// How many habits a tool reads in the store, which is left as it was with all that lies beside it.
fn read_without_a_trace(path: &Path) -> usize {
    let folder = path.parent().unwrap();
    let before = files(folder);
    let store = LegacyStore::open(path, by_a_tool()).unwrap();
    let read = read_all(&store, &titles(), 1).0.len();
    assert!(files(folder) == before, "{:?} while it is read", names(folder));
    drop(store);
    let elsewhere = TempDir::new().unwrap();
    let store = LegacyStore::open_snapshot(path, elsewhere.path(), by_a_tool()).unwrap();
    assert_eq!(read_all(&store, &titles(), 1).0.len(), read);
    drop(store);
    assert!(files(folder) == before, "{:?} afterwards", names(folder));
    read
}

/// A store as an app leaves it when it is killed: its last row is in the WAL alone, and there is no -shm.
fn killed() -> Bench {
    let bench = Bench::new(WAL);
    let app = bench.connect();
    app.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO habit VALUES (4, 'Sleep')").unwrap();
    let killed = TempDir::new().unwrap();
    for name in ["app.db", "app.db-wal"] {
        std::fs::copy(bench.folder.path().join(name), killed.path().join(name)).unwrap();
    }
    Bench { folder: killed }
}

#[test]
fn a_tool_leaves_nothing_beside_a_store_at_rest() {
    let bench = Bench::new(WAL);
    assert_eq!(names(bench.folder.path()), ["app.db"]);
    assert_eq!(read_without_a_trace(&bench.path()), 3);
    for left in ["app.db-wal", "app.db-shm"] {
        let path = bench.folder.path().join(left);
        std::fs::write(&path, "").unwrap();
        assert_eq!(read_without_a_trace(&bench.path()), 3, "{left}");
        std::fs::remove_file(path).unwrap();
    }
    let plain = Bench::new("CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO habit VALUES (1, '')");
    assert_eq!(read_without_a_trace(&plain.path()), 1);
}

#[test]
fn a_tool_sees_what_a_killed_app_left_in_its_wal_and_leaves_nothing_beside_it() {
    let bench = killed();
    assert_eq!(read_without_a_trace(&bench.path()), 4);
    // The folder takes no new files, and needs none.
    let mut closed = std::fs::metadata(bench.folder.path()).unwrap().permissions();
    let open = closed.clone();
    closed.set_readonly(true);
    std::fs::set_permissions(bench.folder.path(), closed).unwrap();
    let read = read_without_a_trace(&bench.path());
    std::fs::set_permissions(bench.folder.path(), open).unwrap();
    assert_eq!(read, 4);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_store_leads_to_its_wal_too() {
    let elsewhere = TempDir::new().unwrap();
    let link = elsewhere.path().join("link.db");
    let bench = killed();
    std::os::unix::fs::symlink(bench.path(), &link).unwrap();
    let before = files(bench.folder.path());
    assert_eq!(read_without_a_trace(&link), 4);
    assert!(files(bench.folder.path()) == before);
}

#[test]
fn a_store_that_an_app_begins_to_use_is_no_longer_read_as_if_at_rest() {
    for bench in [Bench::new(WAL), killed()] {
        let store = LegacyStore::open(bench.path(), by_a_tool()).unwrap();
        let first = wait(store.page(&titles(), None, 1)).unwrap();
        let app = bench.connect();
        app.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE habit SET title = 'Swim' WHERE id = 3").unwrap();
        let error = wait(store.page(&titles(), first.next.as_ref(), 1)).unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Changed, Advice::StartOver));
        assert!(error.to_string().contains("run this again"), "{error}");

        // Now it is in use, and is read beside the app.
        let store = LegacyStore::open(bench.path(), by_a_tool()).unwrap();
        let first = wait(store.page(&titles(), None, 2)).unwrap();
        app.execute_batch("UPDATE habit SET title = 'Walk' WHERE id = 3").unwrap();
        let second = wait(store.page(&titles(), first.next.as_ref(), 1)).unwrap();
        assert_eq!(second.records[0].values, ["Walk".into()]);
    }
}

#[test]
fn an_app_that_came_and_went_between_two_pages_is_noticed() {
    let bench = Bench::new(WAL);
    // Written long ago, as far as a file system's clock can tell.
    let file = std::fs::File::options().append(true).open(bench.path()).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let store = LegacyStore::open(bench.path(), by_a_tool()).unwrap();
    let first = wait(store.page(&titles(), None, 1)).unwrap();
    bench.connect().execute_batch("DELETE FROM habit WHERE id = 2").unwrap();
    assert_eq!(names(bench.folder.path()), ["app.db"]);
    let error = wait(store.page(&titles(), first.next.as_ref(), 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
}

#[test]
fn an_app_that_only_looks_does_not_end_the_reading() {
    let bench = Bench::new(WAL);
    let store = LegacyStore::open(bench.path(), by_a_tool()).unwrap();
    let app = bench.connect();
    app.query_row("SELECT count(*) FROM habit", [], |_| Ok(())).unwrap();
    assert_eq!(names(bench.folder.path()), ["app.db", "app.db-shm", "app.db-wal"]);
    assert_eq!(read_all(&store, &titles(), 1).0.len(), 3);
}

#[test]
fn in_the_apps_own_process_no_store_is_taken_to_be_at_rest() {
    let bench = Bench::new(WAL);
    let store = bench.open();
    let first = wait(store.page(&titles(), None, 2)).unwrap();
    bench.connect().execute_batch("UPDATE habit SET title = 'Swim' WHERE id = 3").unwrap();
    let second = wait(store.page(&titles(), first.next.as_ref(), 2)).unwrap();
    assert_eq!(second.records[0].values, ["Swim".into()]);
}

#[test]
fn the_wal_beside_an_empty_file_is_not_lost() {
    let bench = killed();
    std::fs::write(bench.path(), "").unwrap();
    let before = files(bench.folder.path());
    for options in [LegacyOptions::default(), by_a_tool()] {
        let error = LegacyStore::open(bench.path(), options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotAStore);
        assert!(error.to_string().contains("-wal"), "{error}");
    }
    assert!(files(bench.folder.path()) == before);
}

#[test]
fn a_tool_says_that_a_store_lies_there_without_its_wal() {
    let bench = Bench::new("PRAGMA journal_mode = wal; CREATE TABLE habit (id INTEGER PRIMARY KEY)");
    let warnings = |bench: &Bench| {
        let store = LegacyStore::open(bench.path(), by_a_tool()).unwrap();
        wait(store.schema()).unwrap().warnings.clone()
    };
    assert!(warnings(&bench).iter().any(|warning| warning.contains("-wal")));
    bench.connect().pragma_update(None, "journal_mode", "delete").unwrap();
    assert_eq!(warnings(&bench), [""; 0]);
}

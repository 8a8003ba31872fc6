use super::*;

#[test]
fn the_store_and_its_wal_stay_byte_for_byte_as_they_are_while_the_app_has_them_open() {
    let bench = Bench::new("PRAGMA journal_mode = WAL; CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT)");
    let app = bench.connect();
    app.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO habit VALUES (1, 'Read'), (2, 'Run')").unwrap();
    let wal = bench.folder.path().join("app.db-wal");
    let before = (bytes(&bench.path()), bytes(&wal));
    assert!(!before.1.is_empty());
    let store = bench.open();
    let (records, _) = read_all(&store, &Shape::of("habit", &["title"]), 1);
    assert_eq!(records.len(), 2);
    drop(store);
    assert!(before == (bytes(&bench.path()), bytes(&wal)));
}

#[test]
fn what_the_app_left_in_its_wal_is_seen_and_stays_there_when_the_app_is_gone() {
    let bench = Bench::new("PRAGMA journal_mode = WAL; CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT)");
    let app = bench.connect();
    app.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO habit VALUES (1, 'Read'), (2, 'Run')").unwrap();
    // A copy of both files, as the app leaves them when it is killed.
    let killed = TempDir::new().unwrap();
    for name in ["app.db", "app.db-wal"] {
        std::fs::copy(bench.folder.path().join(name), killed.path().join(name)).unwrap();
    }
    let files = [killed.path().join("app.db"), killed.path().join("app.db-wal")];
    let before = files.each_ref().map(|file| bytes(file));
    let store = LegacyStore::open(&files[0], LegacyOptions::default()).unwrap();
    assert_eq!(read_all(&store, &Shape::of("habit", &["title"]), 10).0.len(), 2);
    drop(store);
    assert!(before == files.each_ref().map(|file| bytes(file)));
}

#[test]
fn a_snapshot_holds_what_is_in_the_wal_and_is_gone_with_its_store() {
    let bench = Bench::new("PRAGMA journal_mode = WAL; CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT)");
    let app = bench.connect();
    app.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO habit VALUES (1, 'Read')").unwrap();
    let folder = TempDir::new().unwrap();
    let store = LegacyStore::open_snapshot(bench.path(), folder.path(), LegacyOptions::default()).unwrap();
    app.execute_batch("INSERT INTO habit VALUES (2, 'Run')").unwrap();
    assert_eq!(read_all(&store, &Shape::of("habit", &["title"]), 10).0.len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    drop(store);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_snapshot_is_never_put_into_a_folder_that_somebody_has_prepared() {
    let bench = Bench::new("CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT)");
    let folder = TempDir::new().unwrap();
    let prepared = |number| folder.path().join(format!("rehome-snapshot-{}-{number}", std::process::id()));
    (0..500).for_each(|number| std::fs::create_dir(prepared(number)).unwrap());
    let _store = LegacyStore::open_snapshot(bench.path(), folder.path(), LegacyOptions::default()).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 501);
    assert!((0..500).all(|number| std::fs::read_dir(prepared(number)).unwrap().next().is_none()));
}

#[cfg(unix)]
#[test]
fn nobody_but_its_owner_can_look_into_a_snapshot() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new("CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT)");
    let folder = TempDir::new().unwrap();
    let _store = LegacyStore::open_snapshot(bench.path(), folder.path(), LegacyOptions::default()).unwrap();
    let snapshot = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
    assert_eq!(snapshot.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

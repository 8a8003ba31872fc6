use super::*;
use crate::error::{Advice, ErrorKind, Result};

const TABLE: &str = "CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO habit VALUES (1, 'Read');";

fn refused(opened: Result<LegacyStore>) -> (ErrorKind, String) {
    let error = opened.err().expect("this is no store");
    (error.kind(), error.to_string())
}

#[test]
fn what_is_no_store_is_told_apart() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let realm = [&[0; 16][..], b"T-DB", &[7; 2000]].concat();
    for (path, kind, word) in [
        (folder.path().join("nothing"), ErrorKind::NotFound, "no such file"),
        (folder.path().to_owned(), ErrorKind::NotAStore, "a folder"),
        (file("empty.db", b""), ErrorKind::NotAStore, "empty"),
        (file("default.realm", &realm), ErrorKind::NotAStore, "Realm"),
        (file("habits.json", b"{\"habits\": [1, 2, 3]}"), ErrorKind::NotAStore, "JSON"),
    ] {
        let (found, message) = refused(LegacyStore::open(&path, by_a_tool()));
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(word) && message.contains(&path.display().to_string()), "{message}");
    }
}

#[test]
fn in_the_apps_own_process_a_foreign_file_is_not_looked_into() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("default.realm");
    std::fs::write(&path, [&[0; 16][..], b"T-DB", &[7; 2000]].concat()).unwrap();
    let (kind, message) = refused(LegacyStore::open(&path, LegacyOptions::default()));
    assert_eq!(kind, ErrorKind::Encrypted);
    assert!(message.contains("encrypted or no SQLite database"), "{message}");
}

#[test]
fn a_store_that_was_cut_short_is_damaged_and_not_empty() {
    let bench = Bench::new(TABLE);
    bench
        .connect()
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO habit SELECT i, 'habit ' || i FROM n",
        )
        .unwrap();
    let whole = bytes(&bench.path());
    std::fs::write(bench.path(), &whole[..whole.len() / 2]).unwrap();
    let (kind, message) = refused(LegacyStore::open(bench.path(), LegacyOptions::default()));
    assert_eq!(kind, ErrorKind::Damaged, "{message}");
}

#[test]
fn every_character_may_be_in_a_path() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("100% my#app?mode=rw&x=日本 'a\".db");
    Connection::open(&path).unwrap().execute_batch(TABLE).unwrap();
    let store = LegacyStore::open(&path, LegacyOptions::default()).unwrap();
    assert_eq!(read_all(&store, &Shape::of("habit", &["title"]), 10).0.len(), 1);
}

#[test]
fn a_store_that_the_app_keeps_to_itself_is_busy_and_can_be_read_afterwards() {
    let bench = Bench::new(TABLE);
    let app = bench.connect();
    app.execute_batch("BEGIN EXCLUSIVE; INSERT INTO habit VALUES (2, 'Run')").unwrap();
    let impatient = || LegacyOptions { patience: Duration::ZERO, ..LegacyOptions::default() };
    let error = LegacyStore::open(bench.path(), impatient()).err().unwrap();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Busy, Advice::Retry));
    app.execute_batch("COMMIT").unwrap();

    let store = LegacyStore::open(bench.path(), impatient()).unwrap();
    let shape = Shape::of("habit", &["title"]);
    app.execute_batch("BEGIN EXCLUSIVE; INSERT INTO habit VALUES (3, 'Floss')").unwrap();
    assert_eq!(wait(store.page(&shape, None, 10)).unwrap_err().kind(), ErrorKind::Busy);
    app.execute_batch("COMMIT").unwrap();
    assert_eq!(read_all(&store, &shape, 10).0.len(), 3);
}

#[test]
fn a_new_table_of_the_apps_ends_the_reading_and_a_new_row_does_not() {
    let bench = Bench::new(TABLE);
    let store = bench.open();
    let shape = Shape::of("habit", &["title"]);
    bench.connect().execute_batch("INSERT INTO habit VALUES (2, 'Run'); ANALYZE").unwrap();
    assert_eq!(read_all(&store, &shape, 10).0.len(), 2);
    bench.connect().execute_batch("CREATE TABLE other (id INTEGER PRIMARY KEY)").unwrap();
    let error = wait(store.page(&shape, None, 10)).unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Changed, Advice::StartOver));
}

#[test]
fn a_cursor_of_another_entity_or_of_nobody_is_refused() {
    let bench = Bench::new(
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY);
        INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1), (2);",
    );
    let store = bench.open();
    let (a, b) = (Shape::of("a", &[]), Shape::of("b", &[]));
    let cursor = wait(store.page(&a, None, 1)).unwrap().next.unwrap();
    assert!(wait(store.page(&a, Some(&cursor), 1)).is_ok());
    assert_eq!(wait(store.page(&b, Some(&cursor), 1)).unwrap_err().kind(), ErrorKind::BadInput);
    let nobodys = crate::store::Cursor::new("after 7");
    assert_eq!(wait(store.page(&a, Some(&nobodys), 1)).unwrap_err().kind(), ErrorKind::BadInput);
}

#[test]
fn whoever_waits_for_a_lock_can_be_called_off() {
    let bench = Bench::new(TABLE);
    let options = LegacyOptions { patience: Duration::MAX, ..LegacyOptions::default() };
    let store = std::sync::Arc::new(LegacyStore::open(bench.path(), options).unwrap());
    let app = bench.connect();
    app.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let reading = store.clone();
    let waiting = std::thread::spawn(move || wait(reading.page(&Shape::of("habit", &["title"]), None, 10)));
    while !waiting.is_finished() {
        store.interrupt();
        std::thread::yield_now();
    }
    assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    app.execute_batch("COMMIT").unwrap();
    assert_eq!(read_all(&store, &Shape::of("habit", &["title"]), 10).0.len(), 1);
}

#[test]
fn what_waits_for_its_turn_is_called_off_with_what_runs() {
    let bench = Bench::new(TABLE);
    let options = LegacyOptions { patience: Duration::MAX, ..LegacyOptions::default() };
    let store = LegacyStore::open(bench.path(), options).unwrap();
    let app = bench.connect();
    app.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let shape = Shape::of("habit", &["title"]);
    let (runs, waits) = (store.page(&shape, None, 10), store.page(&shape, None, 10));
    let (runs, waits, ()) = wait(async { tokio::join!(runs, waits, async { store.interrupt() }) });
    assert_eq!(runs.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(waits.unwrap_err().kind(), ErrorKind::Cancelled);
    app.execute_batch("COMMIT").unwrap();
    assert_eq!(read_all(&store, &shape, 10).0.len(), 1);
}

#[test]
fn an_opening_can_be_called_off_before_it_begins() {
    let bench = Bench::new(TABLE);
    let options = LegacyOptions::default();
    options.stop.set();
    let folder = TempDir::new().unwrap();
    let opened = [
        LegacyStore::open(bench.path(), options.clone()),
        LegacyStore::open_snapshot(bench.path(), folder.path(), options),
    ];
    for opened in opened {
        assert_eq!(refused(opened).0, ErrorKind::Cancelled);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_of_a_byte_is_no_store() {
    for options in [by_a_tool(), LegacyOptions::default()] {
        let bench = Bench { folder: TempDir::new().unwrap() };
        std::fs::write(bench.path(), "S").unwrap();
        let refused = LegacyStore::open(bench.path(), options).err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::NotAStore, "{refused}");
    }
}

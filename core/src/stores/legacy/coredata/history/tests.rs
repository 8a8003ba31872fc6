use std::path::PathBuf;

use super::*;
use crate::record::Reason;
use crate::store::Cursor;
use crate::testkit::habits::{Options, Truth, generate};

const ALL: usize = 100_000;

struct Store {
    _folder: tempfile::TempDir,
    connection: Connection,
    truth: Truth,
}

fn store(options: &Options) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("default.store");
    let truth = generate(&path, options).unwrap();
    Store { _folder: folder, connection: Connection::open(path).unwrap(), truth }
}

fn with_history() -> Store {
    store(&Options { completions: 300, history_share: 0.4, deletes: 6, ..Options::default() })
}

impl Store {
    fn feed(&self) -> Feed<'_> {
        let entities = HashMap::from([(1, Name::from("Completion")), (2, Name::from("Habit"))]);
        let (connection, file) = (&self.connection, PathBuf::from("default.store"));
        Feed { connection, file, store: Some("A".to_owned()), fingerprint: "f".to_owned(), entities }
    }

    fn changes(&self, since: Option<&Cursor>, limit: usize) -> Result<Changes> {
        let shapes = [Shape::of("Completion", &["day"]), Shape::of("Habit", &["title"])];
        self.feed().changes(&shapes, since, limit, &mut |shape, keys| Ok(self.rows(shape, keys)))
    }

    /// Records without values: which of the keys have a row. Every hundredth cannot be read.
    fn rows(&self, shape: &Shape, keys: &[Key]) -> (Vec<Record>, Vec<Rejection>) {
        let sql = format!("SELECT count(*) FROM Z{} WHERE Z_PK = ?1", shape.entity);
        let (mut records, mut rejected) = (Vec::new(), Vec::new());
        for key in keys {
            let Key::Int(number) = key else { panic!("a key that is no number") };
            if number % 100 == 0 {
                let (entity, detail) = (shape.entity.clone(), String::new());
                rejected.push(Rejection { entity, key: key.clone(), column: None, reason: Reason::BadDate, detail });
            } else if self.connection.query_row(&sql, [number], |row| row.get(0)).unwrap() {
                let id = RecordId { entity: shape.entity.clone(), key: key.clone() };
                records.push(Record { id, values: Vec::new(), related: Vec::new() });
            }
        }
        (records, rejected)
    }

    fn since_ever(&self) -> Cursor {
        self.feed().sealed(Place::default()).cursor().unwrap()
    }

    fn now(&self) -> Cursor {
        some(self.changes(None, ALL).unwrap()).2
    }

    fn why(&self, since: &Cursor) -> String {
        match self.changes(Some(since), ALL).unwrap() {
            Changes::StartOver { why, .. } => why,
            Changes::Some { .. } => panic!("the gap was not noticed"),
        }
    }
}

fn some(changes: Changes) -> (Vec<Change>, Vec<Rejection>, Cursor, bool) {
    match changes {
        Changes::Some { changes, rejected, next, more } => (changes, rejected, next, more),
        Changes::StartOver { why, .. } => panic!("{why}"),
    }
}

fn count(changes: &[Change], operation: Operation) -> u64 {
    changes.iter().filter(|change| change.operation == operation).count() as u64
}

#[test]
fn the_history_is_told_object_by_object() {
    let store = with_history();
    let (changes, rejected, _, more) = some(store.changes(Some(&store.since_ever()), ALL).unwrap());
    let truth = store.truth.history;
    // Completions 200 and 300 are new, 100 and 200 cannot be read again by this test's reader.
    let unreadable = rejected.len() as u64;
    assert_eq!(unreadable, 3);
    assert_eq!(
        count(&changes, Operation::Insert) + count(&changes, Operation::Update) + unreadable,
        truth.inserted + truth.updated
    );
    assert_eq!(count(&changes, Operation::Delete), truth.deleted);
    assert!(!more);
    assert!(changes.iter().all(|change| change.after.is_some() == (change.operation != Operation::Delete)));
    assert!(changes.iter().all(|change| change.at.is_some() && change.event.is_some()));
}

#[test]
fn bounded_steps_tell_the_same_in_the_end() {
    let store = with_history();
    let mut last: HashMap<RecordId, bool> = HashMap::new();
    let (mut cursor, mut steps) = (store.since_ever(), 0);
    loop {
        let (changes, _, next, more) = some(store.changes(Some(&cursor), 7).unwrap());
        assert!(changes.len() <= 7);
        last.extend(changes.into_iter().map(|change| (change.id, change.after.is_some())));
        (cursor, steps) = (next, steps + 1);
        if !more {
            break;
        }
    }
    assert_eq!(steps, store.truth.history.changes.div_ceil(7));
    let at_once = some(store.changes(Some(&store.since_ever()), ALL).unwrap()).0;
    assert_eq!(last, at_once.into_iter().map(|change| (change.id, change.after.is_some())).collect());
}

#[test]
fn what_was_inserted_and_deleted_again_is_told_as_deleted() {
    let store = with_history();
    let (changes, ..) = some(store.changes(Some(&store.since_ever()), ALL).unwrap());
    let gone: Vec<&Key> =
        changes.iter().filter(|change| change.operation == Operation::Delete).map(|change| &change.id.key).collect();
    assert_eq!(gone, (301..=306).map(Key::Int).collect::<Vec<_>>().iter().collect::<Vec<_>>());
}

#[test]
fn only_what_came_after_the_cursor_is_told() {
    let store = with_history();
    let now = store.now();
    assert!(some(store.changes(Some(&now), ALL).unwrap()).0.is_empty());
    store
        .connection
        .execute_batch(
            "INSERT INTO ATRANSACTION (Z_PK, Z_ENT, ZTIMESTAMP) SELECT max(Z_PK) + 1, 16002, 800000000 FROM ATRANSACTION;
             INSERT INTO ACHANGE SELECT max(Z_PK) + 1, 16001, NULL, 1, 2, 3, (SELECT max(Z_PK) FROM ATRANSACTION), NULL
               FROM ACHANGE;
             INSERT INTO ACHANGE SELECT max(Z_PK) + 1, 16001, NULL, 1, 99, 3, (SELECT max(Z_PK) FROM ATRANSACTION), NULL
               FROM ACHANGE;",
        )
        .unwrap();
    let (changes, ..) = some(store.changes(Some(&now), ALL).unwrap());
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((&*change.id.entity, &change.id.key, change.operation), ("Habit", &Key::Int(3), Operation::Update));
    assert_eq!(change.at, Timestamp::from_mac(800_000_000.0));
}

#[test]
fn a_part_of_the_history_that_was_removed_unread_is_noticed() {
    let store = with_history();
    let (_, _, early, _) = some(store.changes(Some(&store.since_ever()), 3).unwrap());
    store
        .connection
        .execute_batch("DELETE FROM ACHANGE WHERE ZTRANSACTIONID < 4; DELETE FROM ATRANSACTION WHERE Z_PK < 4")
        .unwrap();
    assert!(store.why(&early).contains("removed"));
    assert!(store.why(&store.since_ever()).contains("removed"));
    assert!(some(store.changes(Some(&store.now()), ALL).unwrap()).0.is_empty());
}

#[test]
fn a_history_that_was_removed_after_it_was_read_is_no_gap() {
    let store = with_history();
    let now = store.now();
    store.connection.execute_batch("DELETE FROM ACHANGE; DELETE FROM ATRANSACTION").unwrap();
    assert!(some(store.changes(Some(&now), ALL).unwrap()).0.is_empty());
    assert_eq!(some(store.changes(Some(&store.now()), ALL).unwrap()).0.len(), 0);
}

#[test]
fn another_store_another_schema_and_a_restored_backup_are_noticed() {
    let store = with_history();
    let now = store.now();
    let with = |change: fn(&mut Place)| {
        let mut place = Place::parse(&now).unwrap();
        change(&mut place);
        place.cursor().unwrap()
    };
    assert!(store.why(&with(|place| place.store = Some("B".to_owned()))).contains("another one"));
    assert!(store.why(&with(|place| place.fingerprint = "g".to_owned())).contains("schema"));
    assert!(store.why(&with(|place| place.transaction += 1)).contains("backup"));
    assert!(store.why(&with(|place| place.at = Some(0))).contains("backup"));
}

#[test]
fn a_store_without_history_says_so() {
    let store = store(&Options::default());
    let now = store.now();
    assert_eq!(some(store.changes(Some(&now), ALL).unwrap()).0.len(), 0);
    store.connection.execute_batch("DROP TABLE ACHANGE").unwrap();
    assert_eq!(store.changes(None, ALL).unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(store.why(&now).contains("no history"));
    assert_eq!(facts(&store.connection).unwrap(), None);
}

#[test]
fn a_cursor_of_something_else_is_refused() {
    let store = with_history();
    for text in ["", "7", "{}", "null", "[1]"] {
        assert_eq!(store.changes(Some(&Cursor::new(text)), ALL).unwrap_err().kind(), ErrorKind::BadInput);
    }
}

#[test]
fn a_damaged_entry_is_a_reason_to_read_everything_again() {
    let store = with_history();
    store.connection.execute("UPDATE ACHANGE SET ZENTITYPK = 'x' WHERE Z_PK = 9", []).unwrap();
    assert!(store.why(&store.since_ever()).contains("cannot be read"));
}

#[test]
fn the_facts_are_those_of_the_store() {
    let store = with_history();
    let (told, truth) = (facts(&store.connection).unwrap().unwrap(), store.truth.history);
    assert_eq!((told.transactions, told.changes), (truth.transactions, truth.changes));
    assert_eq!((told.deletes, told.imports), (truth.deleted, truth.transactions / 9));
    assert!(told.first < told.last);
}

#[test]
fn an_old_history_has_its_authors_in_the_saves_themselves() {
    let store = with_history();
    store
        .connection
        .execute_batch(
            "DROP TABLE ATRANSACTIONSTRING; ALTER TABLE ATRANSACTION DROP COLUMN ZAUTHORTS;
             UPDATE ATRANSACTION SET ZAUTHOR = 'NSCloudKitMirroringDelegate.import' WHERE Z_PK = 2;",
        )
        .unwrap();
    assert_eq!(facts(&store.connection).unwrap().unwrap().imports, 1);
    assert!(!some(store.changes(Some(&store.since_ever()), ALL).unwrap()).0.is_empty());
}

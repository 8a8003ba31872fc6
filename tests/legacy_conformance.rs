//! Stores of apps keep to the contract of a source: a habit app's of SwiftData, damaged and with its newest rows in
//! the write-ahead log, and plain tables with keys of several columns. What they hold is told by queries of our own.

use std::path::Path;
use std::sync::Arc;

use rehome_core::record::{Key, Name, Record, RecordId, Related, Value};
use rehome_core::store::{Answer, Join, Operation, RelationShape, Shape, Source};
use rehome_core::stores::legacy::{LegacyOptions, LegacyStore};
use rehome_core::testkit::conformance::{self, Can, Change, Holding, SourceFixture};
use rehome_core::testkit::habits::{Damage, Options, generate};
use rusqlite::{Connection, Row};

type Opening<'a> = Box<dyn Fn() -> Answer<'a, Arc<dyn Source + 'a>> + 'a>;

fn opening(path: &Path) -> Opening<'_> {
    Box::new(move || {
        let store = LegacyStore::open(path, LegacyOptions::default());
        Box::pin(async { store.map(|store| Arc::new(store) as Arc<dyn Source>) })
    })
}

fn rows<T>(path: &Path, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], read).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

fn text(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::String)
}

fn id(entity: &str, key: Key) -> RecordId {
    RecordId { entity: entity.into(), key }
}

fn one(name: &str, shape: Shape) -> RelationShape {
    RelationShape { name: name.into(), join: Join::Known, many: false, shape }
}

/// The habits with their owners.
fn habits(path: &Path) -> Holding {
    let owner = one("owner", Shape::of("UserProfile", &["timeZone"]));
    let shape = Shape { relations: vec![owner], claims_strays: true, ..Shape::of("Habit", &["title", "sortIndex"]) };
    let sql = "SELECT h.Z_PK, h.ZTITLE, h.ZSORTINDEX, u.Z_PK, u.ZTIMEZONE FROM ZHABIT h JOIN ZUSERPROFILE u ON u.Z_PK = h.ZOWNER";
    let records = rows(path, sql, |row| {
        let owner = Record {
            id: id("UserProfile", Key::Int(row.get(3)?)),
            values: vec![Value::String(row.get(4)?)],
            related: Vec::new(),
        };
        Ok(Record {
            id: id("Habit", Key::Int(row.get(0)?)),
            values: vec![Value::String(row.get(1)?), Value::Int(row.get(2)?)],
            related: vec![Related::One(Some(Arc::new(owner)))],
        })
    });
    Holding { shape, records, rejected: Vec::new() }
}

/// The completions with their notes, without the damaged ones.
fn completions(path: &Path, damaged: &[(i64, Damage)]) -> Holding {
    let shape = Shape { claims_strays: true, ..Shape::of("Completion", &["note"]) };
    let is_damaged = |key: i64| damaged.iter().any(|(pk, _)| *pk == key);
    let sql = "SELECT Z_PK, CAST(ZNOTE AS BLOB) FROM ZCOMPLETION";
    let all: Vec<(i64, Option<Vec<u8>>)> = rows(path, sql, |row| Ok((row.get(0)?, row.get(1)?)));
    let sound = all.into_iter().filter(|(key, _)| !is_damaged(*key)).map(|(key, note)| Record {
        id: id("Completion", Key::Int(key)),
        values: vec![text(note.map(|note| String::from_utf8(note).unwrap()))],
        related: Vec::new(),
    });
    let records = sound.collect();
    let rejected = damaged.iter().map(|(key, _)| (Name::from("Completion"), Key::Int(*key))).collect();
    Holding { shape, records, rejected }
}

/// What an app does in three saves, with the history that Core Data writes of them.
fn three_saves(path: &Path) -> Vec<Change> {
    let connection = Connection::open(path).unwrap();
    let last: i64 = connection.query_row("SELECT max(Z_PK) FROM ATRANSACTION", [], |row| row.get(0)).unwrap();
    let steps = [
        (1, 1, 2, "UPDATE ZHABIT SET ZTITLE = 'Walk' WHERE Z_PK = 2"),
        (1, 0, 1, "INSERT INTO ZCOMPLETION (Z_PK, Z_ENT, ZNOTE) VALUES (9001, 1, 'new')"),
        (2, 2, 1, "DELETE FROM ZCOMPLETION WHERE Z_PK = 10"),
        (2, 0, 1, "INSERT INTO ZCOMPLETION (Z_PK, Z_ENT, ZNOTE) VALUES (9002, 1, 'gone soon')"),
        (3, 2, 1, "DELETE FROM ZCOMPLETION WHERE Z_PK = 9002"),
        (3, 1, 1, "UPDATE ZCOMPLETION SET ZNOTE = 'newer' WHERE Z_PK = 9001"),
    ];
    let keys = [2, 9001, 10, 9002, 9002, 9001];
    for save in 1..=3 {
        let sql = "INSERT INTO ATRANSACTION (Z_PK, Z_ENT, ZTIMESTAMP) VALUES (?1, 16002, ?2)";
        connection.execute(sql, (last + save, 810_000_000.0 + save as f64)).unwrap();
    }
    for ((save, kind, entity, sql), key) in steps.into_iter().zip(keys) {
        connection.execute(sql, []).unwrap();
        let note = "INSERT INTO ACHANGE (Z_ENT, ZCHANGETYPE, ZENTITY, ZENTITYPK, ZTRANSACTIONID) VALUES (16001, ?1, ?2, ?3, ?4)";
        connection.execute(note, (kind, entity, key, last + save)).unwrap();
    }
    vec![
        (id("Habit", Key::Int(2)), Operation::Update),
        (id("Completion", Key::Int(9001)), Operation::Insert),
        (id("Completion", Key::Int(10)), Operation::Delete),
        (id("Completion", Key::Int(9002)), Operation::Delete),
    ]
}

#[tokio::test]
async fn a_habit_apps_store_keeps_to_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.store");
    let options = Options {
        completions: 150,
        users: 2,
        habits: 3,
        damage: vec![Damage::BadUtf8, Damage::UnknownEntity],
        damaged_share: 0.1,
        wal_tail: 20,
        history_share: 0.2,
        ..Options::default()
    };
    let truth = generate(&path, &options).unwrap();
    assert!(!truth.damaged.is_empty());
    let change = || -> Answer<'_, Vec<Change>> {
        let done = three_saves(&path);
        Box::pin(async { Ok(done) })
    };
    let fixture = SourceFixture {
        open: opening(&path),
        holdings: vec![habits(&path), completions(&path, &truth.damaged)],
        knows_its_names: Can::Yes(()),
        change: Can::Yes(Box::new(change)),
    };
    let skipped = conformance::source(&fixture).await.unwrap();
    assert_eq!(skipped, []);
}

#[tokio::test]
async fn plain_tables_keep_to_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TABLE team (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
             CREATE TABLE \"game's\" (season INT NOT NULL, \"no.\" INT NOT NULL, home_id TEXT REFERENCES team, score,
                                      PRIMARY KEY (season, \"no.\")) WITHOUT ROWID;
             CREATE TABLE log (line TEXT);
             INSERT INTO team VALUES ('a', 'Ants'), ('B', 'Bees'), ('ä', 'Ätna');
             INSERT INTO \"game's\" VALUES (2, 1, 'a', 3.5), (1, 2, NULL, 'won'), (1, 1, 'B', x'00'), (10, 1, 'ä', 7);
             INSERT INTO log VALUES ('one'), ('two'), (CAST(x'ff' AS TEXT));",
        )
        .unwrap();
    let team = |code: &str, name: &str| Record {
        id: id("team", Key::Text(code.into())),
        values: vec![name.into()],
        related: Vec::new(),
    };
    let game = |season: i64, number: i64, home: Option<Record>, score: Value| Record {
        id: id("game's", Key::Parts(vec![Key::Int(season), Key::Int(number)])),
        values: vec![score],
        related: vec![Related::One(home.map(Arc::new))],
    };
    let line =
        |row: i64, text: &str| Record { id: id("log", Key::Int(row)), values: vec![text.into()], related: vec![] };
    let teams = Holding {
        shape: Shape::of("team", &["name"]),
        records: vec![team("a", "Ants"), team("B", "Bees"), team("ä", "Ätna")],
        rejected: Vec::new(),
    };
    let games = Holding {
        shape: Shape { relations: vec![one("home", Shape::of("team", &["name"]))], ..Shape::of("game's", &["score"]) },
        records: vec![
            game(2, 1, Some(team("a", "Ants")), Value::Double(3.5)),
            game(1, 2, None, "won".into()),
            game(1, 1, Some(team("B", "Bees")), Value::Bytes(vec![0])),
            game(10, 1, Some(team("ä", "Ätna")), Value::Int(7)),
        ],
        rejected: Vec::new(),
    };
    let log = Holding {
        shape: Shape::of("log", &["line"]),
        records: vec![line(1, "one"), line(2, "two")],
        rejected: vec![("log".into(), Key::Int(3))],
    };
    let fixture = SourceFixture {
        open: opening(&path),
        holdings: vec![teams, games, log],
        knows_its_names: Can::Yes(()),
        change: Can::No("plain tables keep no history"),
    };
    let skipped = conformance::source(&fixture).await.unwrap();
    assert_eq!(skipped.len(), 1);
}

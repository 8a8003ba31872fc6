//! What changed, what is damaged, and what CloudKit knows, in whole stores.

use std::collections::HashMap;
use std::fs;

use super::*;
use crate::record::{Key, Reason, Value};
use crate::schema::{CLOUD_EXPORTED, CLOUD_NAME, CLOUD_ZONE, Entity};
use crate::store::{Change, Changes, Cursor, Operation};
use crate::testkit::habits::{Damage, Options, Truth, generate};
use crate::testkit::samples::{Sample, stores};

fn habits(options: &Options) -> (TempDir, PathBuf, Truth) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("default.store");
    let truth = generate(&path, options).unwrap();
    (folder, path, truth)
}

fn opened(path: &Path) -> LegacyStore {
    LegacyStore::open(path, LegacyOptions::default()).unwrap()
}

/// All fields of an entity, those that the store adds too.
fn everything(entity: &Entity) -> Shape {
    let names: Vec<&str> = entity.fields.iter().chain(&entity.system).map(|field| &*field.name).collect();
    Shape { claims_strays: true, ..Shape::of(entity.name.clone(), &names) }
}

fn whole(store: &LegacyStore, entity: &str) -> Shape {
    everything(wait(store.schema()).unwrap().entity(entity).unwrap())
}

fn told(store: &LegacyStore, shapes: &[Shape], since: Option<&Cursor>) -> (Vec<Change>, Vec<Rejection>, Cursor) {
    match wait(store.changes(shapes, since, 10_000)).unwrap() {
        Changes::Some { changes, rejected, next, more: false } => (changes, rejected, next),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_app_saves_after_the_cursor_is_told_with_its_values() {
    let (_folder, path, truth) = habits(&Options { history_share: 0.1, ..Options::default() });
    let store = opened(&path);
    let shapes = [whole(&store, "Completion")];
    let (none, _, now) = told(&store, &shapes, None);
    assert!(none.is_empty());
    let saves = truth.history.transactions as i64;
    Connection::open(&path)
        .unwrap()
        .execute_batch(&format!(
            "INSERT INTO ATRANSACTION (Z_PK, Z_ENT, ZTIMESTAMP) VALUES ({saves} + 1, 16002, 810000000.5);
             UPDATE ZCOMPLETION SET ZNOTE = 'again' WHERE Z_PK = 1;
             DELETE FROM ZCOMPLETION WHERE Z_PK = 2;
             UPDATE ZCOMPLETION SET ZID = x'00' WHERE Z_PK = 3;
             UPDATE ZCOMPLETION SET Z_ENT = 77 WHERE Z_PK = 4;
             INSERT INTO ACHANGE (Z_ENT, ZCHANGETYPE, ZENTITY, ZENTITYPK, ZTRANSACTIONID)
               VALUES (16001, 1, 1, 1, {saves} + 1), (16001, 2, 1, 2, {saves} + 1), (16001, 1, 1, 3, {saves} + 1),
                      (16001, 1, 1, 4, {saves} + 1), (16001, 1, 2, 1, {saves} + 1);"
        ))
        .unwrap();

    let (changes, rejected, next) = told(&store, &shapes, Some(&now));
    let short: Vec<_> = changes.iter().map(|change| (change.id.key.clone(), change.operation)).collect();
    assert_eq!(short, [(Key::Int(1), Operation::Update), (Key::Int(2), Operation::Delete)]);
    let note = shapes[0].fields.iter().position(|field| &**field == "note").unwrap();
    assert_eq!(changes[0].after.as_ref().unwrap().values[note], Value::from("again"));
    // Damaged rows are set aside; nobody may take them for deleted.
    let mut aside: Vec<_> = rejected.iter().map(|rejection| rejection.key.clone()).collect();
    aside.sort();
    assert_eq!(aside, [Key::Int(3), Key::Int(4)]);
    assert!(told(&store, &shapes, Some(&next)).0.is_empty());
}

#[test]
fn a_changed_row_on_a_damaged_page_is_set_aside_and_the_others_are_told() {
    let (_folder, path, _) = habits(&Options { history_share: 1.0, ..Options::default() });
    let id: Vec<u8> = Connection::open(&path)
        .unwrap()
        .query_row("SELECT ZID FROM ZCOMPLETION WHERE Z_PK = 500", [], |row| row.get(0))
        .unwrap();
    let mut file = fs::read(&path).unwrap();
    let place = file.windows(id.len()).position(|window| window == id).unwrap();
    // The first byte of a page says what kind of page it is.
    file[place / 4096 * 4096] = 0xff;
    fs::write(&path, file).unwrap();

    let store = opened(&path);
    let shapes = [whole(&store, "Completion")];
    let (_, _, now) = told(&store, &shapes, None);
    let begin = now.as_str().split_once("\"transaction\"").unwrap().0;
    let ever = Cursor::new(format!("{begin}\"transaction\":0,\"change\":0,\"at\":null}}"));
    let (changes, rejected, _) = told(&store, &shapes, Some(&ever));
    assert!(rejected.iter().all(|rejection| rejection.reason == Reason::Unreadable));
    assert!(rejected.iter().any(|rejection| rejection.key == Key::Int(500)));
    assert_eq!(changes.len() + rejected.len(), 1000);
    assert!(changes.iter().all(|change| change.operation != Operation::Delete));
}

#[test]
fn a_damaged_row_is_set_aside_for_its_reason_and_no_other_row_is() {
    // What a target makes of it and repeated ids are no matter of the reader's.
    let later = [Damage::Oversize, Damage::DuplicateId, Damage::Dangling];
    let damage = Damage::ALL.into_iter().filter(|kind| !later.contains(kind)).collect();
    let options = Options { completions: 3000, damage, damaged_share: 0.1, seed: 7, ..Options::default() };
    let (_folder, path, truth) = habits(&options);
    let store = opened(&path);
    for entity in ["Completion", "Habit"] {
        let known: HashMap<i64, Damage> =
            truth.damaged.iter().filter(|(_, kind)| kind.entity() == entity).copied().collect();
        let (records, rejected) = read_all(&store, &whole(&store, entity), 500);
        assert_eq!((records.len() + rejected.len()) as u64, truth.rows(entity));
        // An endless date is no moment; one that is merely absurd is, and a target's rules decide.
        let absurd = |kind: &Damage| *kind == Damage::DateAbsurd;
        for rejection in &rejected {
            let Key::Int(key) = rejection.key else { panic!("{rejection}") };
            assert!(known[&key].reasons().contains(&rejection.reason), "{rejection}");
        }
        let passed = records.iter().filter(|record| match record.id.key {
            Key::Int(key) => known.get(&key).is_some_and(|kind| !absurd(kind)),
            _ => true,
        });
        assert_eq!(passed.count(), 0);
    }
}

#[test]
fn what_cloudkit_knows_of_a_record_is_among_its_fields() {
    let (_folder, path, truth) = habits(&Options { cloudkit: true, ..Options::default() });
    let store = opened(&path);
    let shape = Shape::of("Completion", &[CLOUD_NAME, CLOUD_ZONE, CLOUD_EXPORTED]);
    let (records, rejected) = read_all(&store, &shape, 300);
    assert!(rejected.is_empty());
    let exported = records.iter().filter(|record| record.values[2] == Value::Bool(true)).count() as u64;
    assert_eq!(exported, truth.cloud.known);
    for record in &records {
        let [name, zone, exported] = record.values.as_slice() else { panic!("three fields were asked for") };
        assert_eq!(*exported == Value::Bool(true), !name.is_null());
        assert!(name.is_null() || *zone == Value::from("com.apple.coredata.cloudkit.zone"));
    }
    let facts = wait(store.facts()).unwrap();
    assert_eq!(
        facts.cloudkit.known().map(|facts| (facts.known, facts.pending)),
        Some((truth.cloud.known, truth.cloud.pending))
    );
}

#[test]
fn a_store_of_plain_tables_has_neither_history_nor_cloudkit() {
    let bench = Bench::new("CREATE TABLE ACHANGE (id INTEGER PRIMARY KEY); CREATE TABLE ATRANSACTION (id INTEGER);");
    let store = bench.open();
    assert_eq!(wait(store.facts()).unwrap(), Default::default());
    let refused = wait(store.changes(&[], None, 10)).unwrap_err();
    assert_eq!(refused.kind(), crate::error::ErrorKind::Unsupported);
}

#[test]
fn classes_that_room_embeds_come_as_maps() {
    let bench = Bench::new(
        "CREATE TABLE room_master_table (id INTEGER PRIMARY KEY, identity_hash TEXT);
         INSERT INTO room_master_table VALUES (42, 'abc');
         CREATE TABLE visit (id INTEGER PRIMARY KEY NOT NULL, lat REAL, zone TEXT);
         INSERT INTO visit VALUES (1, 52.5, 'CET'), (2, NULL, NULL), (3, 1.0, NULL);
         PRAGMA user_version = 3;",
    );
    let schema = bench.folder.path().join("3.json");
    let field = |path: &str, column: &str, affinity: &str| serde_json::json!({"fieldPath": path, "columnName": column, "affinity": affinity});
    let fields = [
        field("id", "id", "INTEGER"),
        field("place.latitude", "lat", "REAL"),
        field("place.zone.name", "zone", "TEXT"),
    ];
    let exported = serde_json::json!({
        "database": {"version": 3, "identityHash": "abc", "entities": [{"tableName": "visit", "fields": fields}]}
    });
    fs::write(&schema, exported.to_string()).unwrap();
    let options = LegacyOptions { room_schema: Some(schema), ..LegacyOptions::default() };
    let store = LegacyStore::open(bench.path(), options).unwrap();
    let (records, rejected) = read_all(&store, &whole(&store, "visit"), 10);
    assert!(rejected.is_empty(), "{rejected:?}");
    let map = |pairs: &[(&str, Value)]| {
        Value::Map(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    };
    let zone = map(&[("name", "CET".into())]);
    let places: Vec<&Value> = records.iter().map(|record| &record.values[1]).collect();
    let first = map(&[("latitude", 52.5.into()), ("zone", zone)]);
    let last = map(&[("latitude", 1.0.into()), ("zone", Value::Null)]);
    assert_eq!(places, [&first, &Value::Null, &last]);
}

/// A sample and all that belongs to it, copied where a WAL may be made.
fn copied(sample: &Sample) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    for file in fs::read_dir(sample.file.parent().unwrap()).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let path = folder.path().join(sample.file.file_name().unwrap());
    (folder, path)
}

#[test]
fn the_histories_of_real_stores_are_told() {
    for sample in stores().unwrap().iter().filter(|sample| sample.about["history"].is_object()) {
        let (_folder, path) = copied(sample);
        let store = opened(&path);
        let history = wait(store.facts()).unwrap().history.known().unwrap();
        let of = |kind: &str| sample.about["history"][kind].as_u64().unwrap_or_default();
        assert_eq!(history.changes, of("insert") + of("update") + of("delete"), "{}", sample.about["dir"]);
        assert_eq!(history.deletes, of("delete"));
        let shapes: Vec<Shape> = wait(store.schema()).unwrap().entities.iter().map(everything).collect();
        let (changes, _, now) = told(&store, &shapes, None);
        assert!(changes.is_empty() && told(&store, &shapes, Some(&now)).0.is_empty());
    }
}

use std::fs;

use super::*;
use crate::record::Kind;
use crate::stores::legacy::layout::{KeyColumns, Link};
use crate::testkit::samples::{Sample, stores};

fn described(sql: &str) -> Layout {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    layout(&connection, Path::new("app.db"), None).unwrap()
}

fn names(layout: &Layout) -> Vec<&str> {
    layout.schema.entities.iter().map(|entity| &*entity.name).collect()
}

fn relations(layout: &Layout, entity: &str) -> Vec<(String, String, bool)> {
    let (entity, _) = layout.entity(entity).unwrap();
    let told =
        |relation: &crate::schema::Relation| (relation.name.to_string(), relation.target.to_string(), relation.many);
    entity.relations.iter().map(told).collect()
}

fn relation(name: &str, target: &str, many: bool) -> (String, String, bool) {
    (name.to_owned(), target.to_owned(), many)
}

const LIBRARY: &str = "
    CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE book (isbn TEXT PRIMARY KEY, title VARCHAR(80), author_id INTEGER NOT NULL REFERENCES author,
                       editorId INTEGER REFERENCES author (id), price DECIMAL(8,2), read BOOLEAN, added DATETIME, cover BLOB);
    CREATE TABLE page (book TEXT REFERENCES book (isbn), number INT, text, PRIMARY KEY (book, number)) WITHOUT ROWID;
    CREATE TABLE note (page_book TEXT, page_number INT, body TEXT,
                       FOREIGN KEY (page_book, page_number) REFERENCES page);
    CREATE VIEW titles AS SELECT title FROM book;
    PRAGMA user_version = 7;";

#[test]
fn tables_become_entities_and_views_do_not() {
    let layout = described(LIBRARY);
    assert_eq!(names(&layout), ["author", "book", "note", "page"]);
    assert_eq!((layout.schema.store.as_str(), layout.schema.version.as_deref()), ("sqlite", Some("7")));
    let (book, _) = layout.entity("book").unwrap();
    let fields: Vec<_> = book.fields.iter().map(|field| (&*field.name, field.kind, field.optional)).collect();
    assert_eq!(
        fields,
        [
            ("isbn", Kind::String, false),
            ("title", Kind::String, true),
            ("author_id", Kind::Int, false),
            ("editorId", Kind::Int, true),
            ("price", Kind::Decimal, true),
            ("read", Kind::Bool, true),
            ("added", Kind::Any, true),
            ("cover", Kind::Bytes, true),
        ]
    );
    assert_eq!(layout.entity("author").unwrap().0.unique, [["name".into()]]);
}

#[test]
fn every_kind_of_key_is_told() {
    let layout = described(LIBRARY);
    let key =
        |entity: &str| (layout.entity(entity).unwrap().1.key.clone(), layout.entity(entity).unwrap().0.key.clone());
    assert_eq!(key("author"), (KeyColumns::Row("id".into()), vec!["id".into()]));
    assert_eq!(key("book"), (KeyColumns::Columns(vec!["isbn".into()]), vec!["isbn".into()]));
    let both = vec!["book".to_owned(), "number".to_owned()];
    assert_eq!(key("page"), (KeyColumns::Columns(both), vec!["book".into(), "number".into()]));
    assert_eq!(key("note"), (KeyColumns::Row("rowid".into()), vec![]));
}

#[test]
fn an_integer_key_is_the_row_number_only_where_sqlite_makes_it_so() {
    let layout = described(
        "CREATE TABLE alias (id integer primary key);
         CREATE TABLE index_ (id INT PRIMARY KEY);
         CREATE TABLE down (id INTEGER PRIMARY KEY DESC);
         CREATE TABLE clustered (id INTEGER PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE hidden (rowid TEXT, _ROWID_ TEXT);
         CREATE TABLE lost (rowid TEXT, _rowid_ TEXT, oid TEXT);",
    );
    let key = |entity: &str| layout.entity(entity).unwrap().1.key.clone();
    assert_eq!(key("alias"), KeyColumns::Row("id".into()));
    for own in ["index_", "down", "clustered"] {
        assert_eq!(key(own), KeyColumns::Columns(vec!["id".into()]), "{own}");
    }
    assert_eq!(key("hidden"), KeyColumns::Row("oid".into()));
    assert!(layout.entity("lost").is_none());
    assert!(layout.schema.warnings[0].starts_with("lost is left out"), "{:?}", layout.schema.warnings);
}

#[test]
fn foreign_keys_become_relations_both_ways() {
    let layout = described(LIBRARY);
    assert_eq!(
        relations(&layout, "author"),
        [relation("book_author", "book", true), relation("book_editor", "book", true)]
    );
    assert_eq!(
        relations(&layout, "book"),
        [relation("author", "author", false), relation("editor", "author", false), relation("page", "page", true)]
    );
    // The column's own name is taken by the field.
    assert_eq!(relations(&layout, "page"), [relation("note", "note", true), relation("book_book", "book", false)]);
    assert_eq!(relations(&layout, "note"), [relation("page", "page", false)]);
    let (_, note) = layout.entity("note").unwrap();
    let columns = vec!["page_book".to_owned(), "page_number".to_owned()];
    assert_eq!(note.relations, [Link::Forward { columns, references: vec![], entity: None }]);
}

#[test]
fn relations_that_meet_in_a_name_keep_apart() {
    let layout = described(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, boss_id REFERENCES person, boss TEXT, person_boss TEXT);
         CREATE TABLE pet (id INTEGER PRIMARY KEY, gone_id REFERENCES nowhere, bad_id REFERENCES person (none));",
    );
    assert_eq!(
        relations(&layout, "person"),
        [relation("boss_person", "person", false), relation("person", "person", true)]
    );
    let (person, _) = layout.entity("person").unwrap();
    assert_eq!(person.relations[0].inverse.as_deref(), Some("person"));
    assert_eq!(layout.schema.warnings.len(), 2, "{:?}", layout.schema.warnings);
}

#[test]
fn names_may_be_anything() {
    let layout = described(
        r#"CREATE TABLE "select" ("from" TEXT, "a ""quoted"" one" TEXT, "日付" TEXT, "" TEXT);
           CREATE TABLE "o'clock; --" (id INTEGER PRIMARY KEY, "a.b" TEXT REFERENCES "select" ("from"));"#,
    );
    assert_eq!(names(&layout), ["o'clock; --", "select"]);
    let (select, _) = layout.entity("select").unwrap();
    assert_eq!(select.fields[1].column.as_deref(), Some(r#"a "quoted" one"#));
    assert_eq!(relations(&layout, "select"), [relation("o'clock; --", "o'clock; --", true)]);
}

#[test]
fn computed_columns_are_fields_where_they_can_be_computed() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE line (id INTEGER PRIMARY KEY, price REAL, vat AS (price / 5), note TEXT AS ('x') STORED);",
        )
        .unwrap();
    let layout = layout(&connection, Path::new("app.db"), None).unwrap();
    let (line, _) = layout.entity("line").unwrap();
    assert_eq!(line.fields.iter().map(|field| &*field.name).collect::<Vec<_>>(), ["id", "price", "vat", "note"]);
}

#[test]
fn a_column_that_only_the_app_can_compute_is_left_out_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE line (id INTEGER PRIMARY KEY, own AS (abs(id)));
             PRAGMA writable_schema = 1;
             UPDATE sqlite_master SET sql = replace(sql, 'abs', 'apps_own');",
        )
        .unwrap();
    drop(connection);
    let layout = layout(&Connection::open(&path).unwrap(), &path, None).unwrap();
    assert_eq!(layout.entity("line").unwrap().0.fields.len(), 1);
    assert!(layout.schema.warnings[0].starts_with("line.own is left out"), "{:?}", layout.schema.warnings);
}

#[test]
fn what_sqlite_keeps_for_itself_is_left_out() {
    let layout = described(
        "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT);
         CREATE VIRTUAL TABLE search USING fts4(content=\"counted\", t);
         CREATE VIRTUAL TABLE diary USING fts4(day, entry);
         CREATE TABLE diary_entries (id INTEGER PRIMARY KEY);
         CREATE TABLE android_metadata (locale TEXT);",
    );
    assert_eq!(names(&layout), ["counted", "diary", "diary_entries"]);
    let (diary, lies) = layout.entity("diary").unwrap();
    assert_eq!(
        diary.fields.iter().map(|field| (&*field.name, field.kind)).collect::<Vec<_>>(),
        [("day", Kind::Any), ("entry", Kind::Any)]
    );
    assert_eq!(lies.key, KeyColumns::Row("rowid".into()));
    assert!(layout.schema.warnings[0].starts_with("search is left out"));
}

#[test]
fn two_stores_of_one_version_have_one_fingerprint() {
    let same = described(LIBRARY).schema.fingerprint;
    assert_eq!(described(&format!("{LIBRARY} INSERT INTO author VALUES (1, 'a');")).schema.fingerprint, same);
    assert_ne!(described(&LIBRARY.replace("price DECIMAL(8,2)", "price REAL")).schema.fingerprint, same);
    assert_ne!(described(&LIBRARY.replace("user_version = 7", "user_version = 8")).schema.fingerprint, same);
}

#[test]
fn watermelons_settings_are_left_out_and_its_tombstones_are_pointed_at() {
    let layout = described(
        "CREATE TABLE local_storage (\"key\" varchar(16) primary key not null, \"value\" text not null);
         CREATE TABLE \"posts\" (\"id\" primary key, \"_changed\", \"_status\", \"title\", \"is_pinned\");",
    );
    assert_eq!(layout.schema.store, "watermelondb");
    assert_eq!(names(&layout), ["posts"]);
    assert!(layout.schema.warnings.iter().any(|warning| warning.contains("_status is 'deleted'")));
    let (posts, _) = layout.entity("posts").unwrap();
    let kinds: Vec<Kind> = posts.fields.iter().map(|field| field.kind).collect();
    assert_eq!(kinds, [Kind::String, Kind::String, Kind::String, Kind::Any, Kind::Any]);
}

#[test]
fn drifts_flags_are_told_from_its_numbers() {
    let layout = described(
        "CREATE TABLE \"todos\" (\"id\" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, \"title\" TEXT NOT NULL,
           \"done\" INTEGER NOT NULL DEFAULT 0 CHECK (\"done\" IN (0, 1)), \"due\" INTEGER NULL);",
    );
    assert_eq!(layout.schema.store, "drift");
    let (todos, _) = layout.entity("todos").unwrap();
    let kinds: Vec<Kind> = todos.fields.iter().map(|field| field.kind).collect();
    assert_eq!(kinds, [Kind::Int, Kind::String, Kind::Bool, Kind::Int]);
    assert!(layout.schema.warnings.iter().any(|warning| warning.contains("seconds since 1970")));
}

const ROOM: &str = "
    CREATE TABLE room_master_table (id INTEGER PRIMARY KEY, identity_hash TEXT);
    INSERT INTO room_master_table VALUES (42, 'abc123');
    CREATE TABLE `visit` (`visit_id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `at_lat` REAL NOT NULL, `at_lon` REAL NOT NULL,
                          `at_tz_name` TEXT, `seen` INTEGER NOT NULL, `blob` BLOB);
    PRAGMA user_version = 3;";

const EXPORTED: &str = r#"{"formatVersion": 1, "database": {"version": 3, "identityHash": "abc123", "entities": [{
    "tableName": "visit", "createSql": "…", "primaryKey": {"autoGenerate": true, "columnNames": ["visit_id"]},
    "fields": [
        {"fieldPath": "id", "columnName": "visit_id", "affinity": "INTEGER", "notNull": true},
        {"fieldPath": "place.lat", "columnName": "at_lat", "affinity": "REAL", "notNull": true},
        {"fieldPath": "place.lon", "columnName": "at_lon", "affinity": "REAL", "notNull": true},
        {"fieldPath": "place.zone.name", "columnName": "at_tz_name", "affinity": "TEXT"},
        {"fieldPath": "seenAt", "columnName": "seen", "affinity": "INTEGER", "notNull": true},
        {"fieldPath": "payload", "columnName": "blob", "affinity": "BLOB"}]}]}}"#;

fn described_with(schema: &str, sql: &str) -> Result<Layout> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("3.json");
    fs::write(&path, schema).unwrap();
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    layout(&connection, Path::new("app.db"), Some(&path))
}

#[test]
fn rooms_schema_file_names_fields_and_puts_embedded_classes_together() {
    let layout = described_with(EXPORTED, ROOM).unwrap();
    assert_eq!((layout.schema.store.as_str(), names(&layout)), ("room", vec!["visit"]));
    let (visit, lies) = layout.entity("visit").unwrap();
    let fields: Vec<_> = visit.fields.iter().map(|field| (&*field.name, field.kind)).collect();
    assert_eq!(fields, [("id", Kind::Int), ("place", Kind::Map), ("seenAt", Kind::Int), ("payload", Kind::Bytes)]);
    let place: Vec<_> = visit.fields[1].elements.iter().map(|field| (&*field.name, field.column.as_deref())).collect();
    assert_eq!(place, [("lat", Some("at_lat")), ("lon", Some("at_lon")), ("zone", None)]);
    assert_eq!(visit.key, ["id".into()]);
    assert_eq!(lies.key, KeyColumns::Row("visit_id".into()));
    assert!(matches!(&lies.fields[1].storage, Storage::Struct(parts) if parts.len() == 3));
}

#[test]
fn a_schema_file_of_another_version_is_refused() {
    let refused = described_with(&EXPORTED.replace("abc123", "def456"), ROOM).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BadInput);
    assert!(refused.to_string().contains("def456") && refused.to_string().contains("abc123"), "{refused}");
}

#[test]
fn a_schema_file_that_is_none_is_refused() {
    let deep = EXPORTED.replace("place.zone.name", &"a.".repeat(10_000));
    let twice = EXPORTED.replace("place.lon", "place.lat");
    let inside = EXPORTED.replace("place.zone.name", "place.lat.name");
    for bad in ["", "{}", "[[[[", &"[".repeat(100_000), &deep, &twice, &inside] {
        assert_eq!(described_with(bad, ROOM).unwrap_err().kind(), ErrorKind::BadInput);
    }
    assert_eq!(described_with(EXPORTED, LIBRARY).unwrap_err().kind(), ErrorKind::BadInput);
}

#[test]
fn rooms_version_and_hash_together_make_the_fingerprint() {
    let print = |sql: &str| described(sql).schema.fingerprint;
    assert_ne!(print(ROOM), print(&ROOM.replace("abc123", "abc124")));
    assert_ne!(print(ROOM), print(&ROOM.replace("user_version = 3", "user_version = 4")));
    let without = described(&ROOM.replace("42, 'abc123'", "42, NULL"));
    assert!(without.schema.warnings[0].contains("identity hash"));
}

#[test]
fn rooms_sample_stores_have_the_tables_that_the_manifest_lists() {
    let stores = stores().unwrap();
    let rooms: Vec<_> = stores.iter().filter(|sample| sample.about["kind"] == "room").collect();
    assert!(stores.is_empty() || rooms.len() == 2);
    for Sample { file, about } in rooms {
        let uri = format!("file:{}?immutable=1", file.display());
        let connection = Connection::open(uri).unwrap();
        let layout = layout(&connection, file, None).unwrap();
        assert_eq!(layout.schema.store, "room");
        assert_eq!(layout.schema.version, Some(about["user_version"].to_string()));
        assert!(layout.schema.warnings.is_empty(), "{:?}", layout.schema.warnings);
        let internal = ["android_metadata", "room_master_table"];
        let expected =
            about["tables"].as_object().unwrap().iter().filter(|(name, _)| !internal.contains(&name.as_str()));
        let mut rows = 0;
        for (table, count) in expected {
            let (entity, lies) = layout.entity(table).unwrap();
            let columns: i64 =
                connection.query_row("SELECT count(*) FROM pragma_table_info(?1)", [table], |row| row.get(0)).unwrap();
            assert_eq!((entity.fields.len() as i64, lies.fields.len() as i64), (columns, columns), "{table}");
            let sql = format!("SELECT count(*) FROM \"{}\"", lies.table);
            let counted: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(counted, count.as_i64().unwrap());
            rows += 1;
        }
        assert_eq!(layout.schema.entities.len(), rows);
    }
}

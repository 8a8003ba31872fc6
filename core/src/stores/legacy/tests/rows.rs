use super::*;
use crate::record::{Key, Reason, Related, Value};
use crate::store::{Join, RelationShape};

const HABITS: &str = "
    PRAGMA foreign_keys = OFF;
    CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT NOT NULL, size REAL);
    CREATE TABLE done (id TEXT PRIMARY KEY, habit INTEGER NOT NULL REFERENCES habit(id), note TEXT);
    INSERT INTO habit VALUES (1, 'Read', 1.5), (2, 'Run', NULL), (9, 'Floss', 3);
    INSERT INTO done VALUES ('a', 1, 'x'), ('b', 2, NULL), ('c', 1, NULL), (NULL, 1, 'no key'), ('d', 7, NULL);
";

#[test]
fn rows_come_in_the_order_of_their_key_whatever_the_size_of_a_page() {
    let bench = Bench::new(HABITS);
    let store = bench.open();
    let shape = Shape::of("habit", &["title", "size", "@key"]);
    for limit in [1, 2, 3, 100] {
        let (records, rejected) = read_all(&store, &shape, limit);
        let keys: Vec<_> = records.iter().map(|record| record.id.key.clone()).collect();
        assert_eq!(keys, [Key::Int(1), Key::Int(2), Key::Int(9)]);
        assert_eq!(records[0].values, ["Read".into(), 1.5.into(), "1".into()]);
        assert!(records[1].values[1].is_null());
        assert!(rejected.is_empty());
    }
}

#[test]
fn a_row_without_a_primary_key_is_set_aside_and_not_lost() {
    let bench = Bench::new(HABITS);
    let store = bench.open();
    for limit in [1, 2, 100] {
        let (records, rejected) = read_all(&store, &Shape::of("done", &["note"]), limit);
        assert_eq!(records.len(), 4);
        assert_eq!(rejected.len(), 1);
        assert_eq!(rejected[0].reason, Reason::MissingRequired);
        assert_eq!(rejected[0].key, Key::Int(4));
        assert_eq!(rejected[0].column.as_deref(), Some("id"));
    }
}

#[test]
fn a_declared_relation_finds_its_record_and_a_dangling_key_is_set_aside() {
    let bench = Bench::new(HABITS);
    let store = bench.open();
    let join = Join::Equal { ours: "habit".into(), theirs: "@key".into() };
    let relation = RelationShape { name: "of".into(), join, many: false, shape: Shape::of("habit", &["title"]) };
    let shape = Shape { relations: vec![relation], ..Shape::of("done", &["note"]) };
    let (records, rejected) = read_all(&store, &shape, 2);
    let titles: Vec<_> = records.iter().map(|record| title(&record.related[0])).collect();
    assert_eq!(titles, ["Read", "Run", "Read"]);
    let dangling: Vec<_> = rejected.iter().filter(|row| row.reason == Reason::Dangling).collect();
    assert_eq!(dangling.len(), 1);
    assert_eq!(dangling[0].key, Key::Text("d".to_owned()));
    assert_eq!(dangling[0].column.as_deref(), Some("habit"));
}

fn title(related: &Related) -> String {
    match related {
        Related::One(Some(record)) => match &record.values[0] {
            Value::String(title) => title.clone(),
            _ => panic!("a title is text"),
        },
        _ => panic!("there is one"),
    }
}

#[test]
fn rows_of_the_other_side_come_in_order_and_none_is_an_empty_list() {
    let bench = Bench::new(HABITS);
    let store = bench.open();
    let join = Join::Equal { ours: "@key".into(), theirs: "habit".into() };
    let relation = RelationShape { name: "done".into(), join, many: true, shape: Shape::of("done", &["@key"]) };
    bench.connect().execute("DELETE FROM done WHERE id IS NULL", []).unwrap();
    let shape = Shape { relations: vec![relation], ..Shape::of("habit", &["title"]) };
    let (records, rejected) = read_all(&store, &shape, 100);
    assert!(rejected.is_empty());
    let lists: Vec<Vec<_>> = records.iter().map(|record| keys(&record.related[0])).collect();
    assert_eq!(lists, [vec!["a", "c"], vec!["b"], vec![]]);
}

fn keys(related: &Related) -> Vec<String> {
    match related {
        Related::Many(records) => records.iter().map(|record| record.id.key.to_string()).collect(),
        Related::One(_) => panic!("there are many"),
    }
}

#[test]
fn keys_of_several_parts_order_rows_and_join_them() {
    let bench = Bench::new(
        "CREATE TABLE day (year INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (year, name)) WITHOUT ROWID;
         CREATE TABLE done (id INTEGER PRIMARY KEY, year INTEGER, name TEXT, FOREIGN KEY (year, name) REFERENCES day);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         INSERT INTO day SELECT 2000 + i / 100, 'day ' || i FROM n;
         INSERT INTO done SELECT NULL, year, name FROM day ORDER BY name DESC;
         INSERT INTO done VALUES (NULL, 2000, NULL)",
    );
    let store = bench.open();
    let (days, rejected) = read_all(&store, &Shape::of("day", &["name"]), 7);
    assert_eq!((days.len(), rejected), (300, Vec::new()));
    assert!(days.is_sorted_by(|one, next| one.id.key < next.id.key));

    let schema = wait(store.schema()).unwrap();
    let to_day = &schema.entity("done").unwrap().relations[0];
    let shape = Shape::of("day", &["year", "name"]);
    let relation = RelationShape { name: to_day.name.clone(), join: Join::Known, many: false, shape };
    let shape = Shape { relations: vec![relation], ..Shape::of("done", &["year", "name"]) };
    for limit in [1, 19, 1000] {
        let (done, rejected) = read_all(&store, &shape, limit);
        assert_eq!((done.len(), rejected), (301, Vec::new()));
        let (last, others) = done.split_last().unwrap();
        assert_eq!(last.related, [Related::One(None)]);
        assert!(others.iter().all(|done| match &done.related[0] {
            Related::One(Some(day)) => day.values == done.values,
            _ => false,
        }));
    }
}

#[test]
fn an_r_tree_is_read_like_any_table_where_sqlite_knows_it() {
    let bench = Bench { folder: TempDir::new().unwrap() };
    let made = bench.connect().execute_batch(
        "CREATE VIRTUAL TABLE place USING rtree(id, west, east);
         INSERT INTO place VALUES (1, 0.5, 1.5), (2, 2.5, 3.5), (7, 1.0, 2.0)",
    );
    if made.is_err() {
        println!("this SQLite has no R-trees, so they were not read");
        return;
    }
    let (records, rejected) = read_all(&bench.open(), &Shape::of("place", &["west"]), 2);
    assert_eq!((records.len(), rejected.len()), (3, 0));
    assert!(records.iter().any(|record| record.values == [crate::record::Value::Double(0.5)]));
}

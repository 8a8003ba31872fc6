use super::*;
use crate::error::ErrorKind;
use crate::record::{Reason, Related, Value};
use crate::testkit::habits::{Options, external_files, generate};

/// The store of a habit app with two users, and then what these statements do to it.
fn habits(sql: &str) -> Bench {
    let bench = Bench { folder: TempDir::new().unwrap() };
    let options = Options { completions: 60, users: 2, habits: 3, ..Options::default() };
    generate(&bench.path(), &options).unwrap();
    bench.connect().execute_batch(sql).unwrap();
    bench
}

fn one(related: &Related) -> &Record {
    match related {
        Related::One(Some(record)) => record,
        _ => panic!("there is one"),
    }
}

fn many(related: &Related) -> Vec<i64> {
    match related {
        Related::Many(records) => records.iter().map(|record| number(&record.id.key)).collect(),
        Related::One(_) => panic!("there are many"),
    }
}

fn completions_of(bench: &Bench, habit: i64) -> usize {
    let sql = "SELECT count(*) FROM ZCOMPLETION WHERE ZHABIT = ?1";
    bench.connect().query_row(sql, [habit], |row| row.get::<_, i64>(0)).unwrap() as usize
}

#[test]
fn relations_are_followed_through_several_records() {
    let bench = habits("UPDATE ZUSERPROFILE SET ZTIMEZONE = 'Europe/Berlin'");
    let owner = relation("owner", false, Shape::of("UserProfile", &["timeZone"]));
    let habit = relation("habit", false, with(owner, Shape::of("Habit", &["title"])));
    let (records, rejected) = read_all(&bench.open(), &with(habit, Shape::of("Completion", &["id"])), 7);
    assert_eq!((records.len(), rejected), (60, Vec::new()));
    for record in &records {
        let habit = one(&record.related[0]);
        assert_eq!(&*habit.id.entity, "Habit");
        assert_eq!(one(&habit.related[0]).values, [Value::from("Europe/Berlin")]);
    }
}

#[test]
fn records_of_one_page_share_what_they_lead_to() {
    let bench = habits("");
    let habit = relation("habit", false, Shape::of("Habit", &["title"]));
    let (records, _) = read_all(&bench.open(), &with(habit, Shape::of("Completion", &["id"])), 1000);
    let habits: std::collections::HashSet<*const Record> =
        records.iter().map(|record| std::ptr::from_ref(one(&record.related[0]))).collect();
    assert_eq!(habits.len(), 6);
}

#[test]
fn a_key_that_leads_nowhere_is_a_reason_and_its_column_is_named() {
    let bench = habits(
        "UPDATE ZCOMPLETION SET ZHABIT = 99 WHERE Z_PK = 5; UPDATE ZCOMPLETION SET ZHABIT = 'x' WHERE Z_PK = 6; UPDATE ZCOMPLETION SET ZHABIT = NULL WHERE Z_PK = 7",
    );
    let habit = relation("habit", false, Shape::of("Habit", &["title"]));
    let (records, rejected) = read_all(&bench.open(), &with(habit, Shape::of("Completion", &["id"])), 10);
    let found: Vec<_> = rejected.iter().map(|rejection| (number(&rejection.key), rejection.reason)).collect();
    assert_eq!(found, [(5, Reason::Dangling), (6, Reason::WrongType)]);
    assert!(rejected.iter().all(|rejection| rejection.column.as_deref() == Some("ZHABIT")));
    let seventh = records.iter().find(|record| number(&record.id.key) == 7).unwrap();
    assert_eq!(seventh.related, [Related::One(None)]);
}

#[test]
fn a_record_that_needs_a_damaged_one_is_set_aside_with_its_name_and_others_are_not() {
    let bench = habits("UPDATE ZHABIT SET ZTITLE = CAST(x'FF' AS TEXT) WHERE Z_PK = 2");
    let titled = relation("habit", false, Shape::of("Habit", &["title"]));
    let (records, rejected) = read_all(&bench.open(), &with(titled, Shape::of("Completion", &["id"])), 10);
    let needy = completions_of(&bench, 2);
    assert!(needy > 0);
    assert_eq!((records.len(), rejected.len()), (60 - needy, needy));
    assert!(rejected.iter().all(|rejection| rejection.reason == Reason::BadText));
    assert!(rejected.iter().all(|rejection| rejection.detail.contains("Habit 2, ZTITLE")), "{}", rejected[0].detail);

    // Who does not need the title is not held up by it.
    let bare = relation("habit", false, Shape::of("Habit", &["id"]));
    assert_eq!(read_all(&bench.open(), &with(bare, Shape::of("Completion", &["id"])), 10).0.len(), 60);
}

#[test]
fn what_the_app_writes_between_two_pages_is_seen_at_the_other_end_too() {
    let bench = habits("");
    let store = bench.open();
    let habit = relation("habit", false, Shape::of("Habit", &["title"]));
    let shape = with(habit, Shape::of("Completion", &["id"]));
    let first = wait(store.page(&shape, None, 30)).unwrap();
    bench.connect().execute_batch("UPDATE ZHABIT SET ZTITLE = 'Another'").unwrap();
    let second = wait(store.page(&shape, first.next.as_ref(), 30)).unwrap();
    assert_eq!(second.records.len(), 30);
    assert!(second.records.iter().all(|record| one(&record.related[0]).values == [Value::from("Another")]));
}

#[test]
fn a_row_that_only_must_be_there_is_found_between_gaps_and_missed_where_there_is_none() {
    let bench = Bench::new(
        "CREATE TABLE users (id INTEGER PRIMARY KEY);
         CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id));
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
         INSERT INTO users SELECT 2 * i FROM n;
         INSERT INTO posts SELECT id, id FROM users;
         INSERT INTO posts VALUES (3001, 9000000000), (3002, -7);",
    );
    let store = bench.open();
    let shape = with(relation("user", false, Shape::of("users", &[])), Shape::of("posts", &[]));
    let (records, rejected) = read_all(&store, &shape, 400);
    assert!(records.iter().all(|record| one(&record.related[0]).id.key == record.id.key));
    assert_eq!((records.len(), rejected.len()), (500, 2));

    // As close as ever, but for one.
    bench.connect().execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM users WHERE id = 300").unwrap();
    let (records, rejected) = read_all(&store, &shape, 400);
    assert_eq!((records.len(), rejected.len()), (499, 3));
    assert_eq!((number(&rejected[0].key), rejected[0].reason), (300, Reason::Dangling));
}

/// What is asked for before an error is not yet found, and must not pass as not there when it is asked for again.
#[cfg(unix)]
#[test]
fn rows_that_an_error_kept_from_being_looked_up_are_found_at_the_next_try() {
    use std::os::unix::fs::symlink;

    let bench = habits("");
    let support = bench.folder.path().join("icons");
    symlink(&support, &support).unwrap();
    let options = LegacyOptions { support_dir: Some(support.clone()), ..LegacyOptions::default() };
    let store = LegacyStore::open(bench.path(), options).unwrap();
    let shape = with(relation("habit", false, Shape::of("Habit", &["iconData"])), Shape::of("Completion", &["id"]));
    let locked = wait(store.page(&shape, None, 100)).err().map(|error| error.kind());
    assert_eq!(locked, Some(ErrorKind::Protected));

    std::fs::remove_file(&support).unwrap();
    symlink(external_files(&bench.path()).parent().unwrap(), &support).unwrap();
    let (records, rejected) = read_all(&store, &shape, 100);
    assert_eq!((records.len(), rejected), (60, Vec::new()));
}

#[test]
fn the_far_side_of_a_relation_comes_as_a_list() {
    let bench = habits("UPDATE ZCOMPLETION SET ZHABIT = 1 WHERE ZHABIT = 2");
    let completions = relation("completions", true, Shape::of("Completion", &["day"]));
    let (records, rejected) = read_all(&bench.open(), &with(completions, Shape::of("Habit", &["id"])), 4);
    assert_eq!(rejected, []);
    let lists: Vec<Vec<i64>> = records.iter().map(|record| many(&record.related[0])).collect();
    assert_eq!(
        lists.iter().map(Vec::len).collect::<Vec<_>>(),
        (1..=6).map(|habit| completions_of(&bench, habit)).collect::<Vec<_>>()
    );
    assert!(lists[1].is_empty());
    assert!(lists.iter().all(|list| list.is_sorted()));
}

#[test]
fn a_join_table_leads_to_both_sides_and_a_dangling_pair_is_a_reason() {
    let bench = habits("DELETE FROM Z_2BUDDIES; INSERT INTO Z_2BUDDIES VALUES (1, 1), (1, 2), (4, 1), (5, 77)");
    let store = bench.open();
    let buddies = relation("buddies", true, Shape::of("UserProfile", &["id"]));
    let (records, rejected) = read_all(&store, &with(buddies, Shape::of("Habit", &["id"])), 100);
    let lists: Vec<_> = records.iter().map(|record| (number(&record.id.key), many(&record.related[0]))).collect();
    assert_eq!(lists, [(1, vec![1, 2]), (2, vec![]), (3, vec![]), (4, vec![1]), (6, vec![])]);
    assert_eq!(rejected.len(), 1);
    assert_eq!((number(&rejected[0].key), rejected[0].reason), (5, Reason::Dangling));
    assert_eq!(rejected[0].column.as_deref(), Some("Z_4BUDDIES"));

    let shared = relation("sharedHabits", true, Shape::of("Habit", &["id"]));
    let (records, _) = read_all(&store, &with(shared, Shape::of("UserProfile", &["id"])), 100);
    assert_eq!(records.iter().map(|record| many(&record.related[0])).collect::<Vec<_>>(), [vec![1, 4], vec![1]]);
}

#[test]
fn a_stray_row_is_told_to_its_claimant_alone_and_to_no_relation_as_good() {
    let bench = habits("UPDATE ZCOMPLETION SET Z_ENT = 999 WHERE Z_PK = 3");
    let store = bench.open();
    let shape = Shape::of("Completion", &["id"]);
    assert_eq!(read_all(&store, &shape, 10).1, []);
    let (records, rejected) = read_all(&store, &Shape { claims_strays: true, ..shape }, 10);
    assert_eq!((records.len(), rejected.len()), (59, 1));
    assert_eq!((rejected[0].reason, rejected[0].column.as_deref()), (Reason::UnknownEntity, Some("Z_ENT")));
    let completions = relation("completions", true, Shape::of("Completion", &["id"]));
    let (_, rejected) = read_all(&store, &with(completions, Shape::of("Habit", &["id"])), 10);
    assert_eq!(rejected.len(), 1);
}

#[test]
fn a_text_column_leads_to_a_number_as_sqlite_has_it() {
    let bench = Bench::new(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id TEXT REFERENCES users (id));
         INSERT INTO users VALUES (5, 'Ada'), (7, 'Bo');
         INSERT INTO posts VALUES (1, 5), (2, '7'), (3, '9'), (4, NULL), (5, 'x');",
    );
    let user = relation("user", false, Shape::of("users", &["name"]));
    let (records, rejected) = read_all(&bench.open(), &with(user, Shape::of("posts", &["id"])), 10);
    assert_eq!(records.iter().map(|record| number(&record.id.key)).collect::<Vec<_>>(), [1, 2, 4]);
    assert_eq!(one(&records[0].related[0]).values, [Value::from("Ada")]);
    assert_eq!(one(&records[1].related[0]).values, [Value::from("Bo")]);
    let reasons: Vec<_> = rejected.iter().map(|rejection| (number(&rejection.key), rejection.reason)).collect();
    assert_eq!(reasons, [(3, Reason::Dangling), (5, Reason::Dangling)]);
}

/// Lists and what is on them: so many of each list, a text of so many bytes in each.
fn lists(lists: usize, items: usize, bytes: usize) -> Bench {
    Bench::new(&format!(
        "CREATE TABLE lists (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE items (id INTEGER PRIMARY KEY, list_id INTEGER REFERENCES lists(id), note TEXT);
         CREATE INDEX items_list ON items (list_id);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {lists})
         INSERT INTO lists SELECT i, 'list ' || i FROM n;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {lists} * {items} - 1)
         INSERT INTO items SELECT i + 1, i / {items} + 1, hex(zeroblob({bytes} / 2)) FROM n;"
    ))
}

#[test]
fn a_page_whose_relations_lead_to_very_much_is_shorter_and_skips_nothing() {
    let bench = lists(30, 500, 2000);
    let items = relation("items", true, Shape::of("items", &["note"]));
    let shape = with(items, Shape::of("lists", &["name"]));
    let store = bench.open();
    let first = wait(store.page(&shape, None, 30)).unwrap();
    let related: usize = first.records.iter().map(|record| many(&record.related[0]).len()).sum();
    assert!(related * 2000 < 9 << 20 && !first.records.is_empty(), "{related} records of 2000 bytes");
    let (records, rejected) = read_all(&store, &shape, 30);
    assert_eq!(rejected, []);
    let found: Vec<_> = records.iter().map(|record| (number(&record.id.key), many(&record.related[0]))).collect();
    let expected = (1..=30).map(|list| (list, ((list - 1) * 500 + 1..=list * 500).collect::<Vec<_>>()));
    assert!(found == expected.collect::<Vec<_>>());
}

#[test]
fn spellings_that_sqlite_takes_for_one_key_lead_to_one_record_within_a_page_and_across_pages() {
    let bench = Bench::new(
        "CREATE TABLE parent (code TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, number NUMERIC UNIQUE);
         CREATE TABLE child (id INTEGER PRIMARY KEY, code TEXT REFERENCES parent (code),
                             number BLOB REFERENCES parent (number));
         INSERT INTO parent VALUES ('ABC', 5);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         INSERT INTO child (code, number) SELECT 'ABC', 5 FROM n UNION ALL SELECT 'abc', '5' FROM n;
         INSERT INTO child (code, number) SELECT 'Abc', '5.0' FROM child;
         INSERT INTO child (code, number) VALUES ('abd', 6);",
    );
    for name in ["code_parent", "number_parent"] {
        let way = relation(name, false, Shape::of("parent", &["code"]));
        let shape = with(way, Shape::of("child", &["id"]));
        for limit in [1, 100, 450, 10_000] {
            let (records, rejected) = read_all(&bench.open(), &shape, limit);
            assert_eq!((records.len(), rejected.len()), (1200, 1), "{name}, {limit}");
            assert!(records.iter().all(|record| one(&record.related[0]).values == [Value::from("ABC")]));
            assert_eq!(rejected[0].reason, Reason::Dangling);
        }
    }
}

#[test]
fn a_collation_that_only_the_app_has_stops_no_table() {
    // Made with an order that SQLite has, which then gets the name of one that it has not.
    let bench = Bench::new(
        "CREATE TABLE tag (name TEXT PRIMARY KEY NOT NULL COLLATE NOCASE, color TEXT);
         CREATE TABLE note (id INTEGER PRIMARY KEY, tag TEXT COLLATE NOCASE REFERENCES tag);
         CREATE INDEX by_tag ON note (tag);
         CREATE TABLE word (word TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID;
         INSERT INTO tag VALUES ('Blue', '#00f'), ('red', '#f00');
         INSERT INTO note VALUES (1, 'red'), (2, 'Blue'), (3, NULL);
         PRAGMA writable_schema = ON;
         UPDATE sqlite_master SET sql = replace(sql, 'NOCASE', 'LOCALIZED');",
    );
    let store = bench.open();
    let schema = wait(store.schema()).unwrap();
    assert_eq!(schema.warnings.len(), 2, "{:?}", schema.warnings);
    assert!(schema.warnings.iter().any(|warning| warning.starts_with("tag is read by its row numbers")));
    assert!(schema.warnings.iter().any(|warning| warning.starts_with("word is left out")));
    assert_eq!(schema.entity("tag").unwrap().unique, [["name".into()]]);
    assert_eq!(wait(store.counts()).unwrap().entities, [("note".into(), Some(3)), ("tag".into(), Some(2))]);

    let tag = relation("tag_tag", false, Shape::of("tag", &["color"]));
    let (records, rejected) = read_all(&store, &with(tag, Shape::of("note", &["id"])), 2);
    assert_eq!((records.len(), rejected), (3, Vec::new()));
    assert_eq!(one(&records[1].related[0]).values, [Value::from("#00f")]);
    let notes = relation("note", true, Shape::of("note", &["id"]));
    let (records, rejected) = read_all(&store, &with(notes, Shape::of("tag", &["name"])), 1);
    assert_eq!(rejected, []);
    assert_eq!(records.iter().map(|record| many(&record.related[0])).collect::<Vec<_>>(), [[2], [1]]);
}

use rusqlite::limits::Limit;

use super::*;
use crate::record::{Key, Reason, Value};
use crate::store::{Join, RelationShape};
use crate::stores::legacy::Fact;
use crate::stores::legacy::access::{Opened, Patience, open};
use crate::stores::legacy::reading::{Start, Worker};
use crate::stores::legacy::survey::survey;
use crate::stores::legacy::values::{Decoder, ExternalFiles};
use crate::testkit::habits::{Options, generate};

const PAGE: usize = 1024;
/// How the pages begin that hold the rows of a table, and the entries of an index or rows without numbers.
const TABLE_LEAF: u8 = 13;
const INDEX_LEAF: u8 = 10;

/// A table of many rows over many pages of the file, and the file's pages.
fn many_rows(index: &str) -> Bench {
    Bench::new(&format!(
        "PRAGMA page_size = {PAGE};
         CREATE TABLE habit (id INTEGER PRIMARY KEY, day INTEGER, title TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO habit SELECT i, i % 7, 'the title of habit number ' || i FROM n; {index}"
    ))
}

/// Spoils the page of the file on which this text is, and tells which page that was.
fn spoil(bench: &Bench, text: &str) {
    let mut file = bytes(&bench.path());
    let at = file.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    let begin = at / PAGE * PAGE;
    file[begin..begin + PAGE].fill(0xAA);
    std::fs::write(bench.path(), file).unwrap();
}

#[test]
fn around_a_spoilt_page_everything_is_read_and_the_lost_rows_are_named_where_an_index_knows_them() {
    let bench = many_rows("CREATE INDEX by_day ON habit (day)");
    spoil(&bench, "habit number 500");
    let store = bench.open();
    for limit in [7, 100, 5000] {
        let (records, rejected) = read_all(&store, &Shape::of("habit", &["title"]), limit);
        let mut all = numbers(&records);
        assert!(rejected.iter().all(|rejection| rejection.reason == Reason::Unreadable));
        all.extend(rejected.iter().map(|rejection| match rejection.key {
            Key::Int(number) => number,
            _ => panic!("row numbers are numbers"),
        }));
        all.sort_unstable();
        assert_eq!(all, (1..=1000).collect::<Vec<_>>(), "limit {limit}");
        assert!(rejected.len() < 60, "one page holds few rows");
        assert!(rejected.iter().any(|rejection| rejection.key == Key::Int(500)));
    }
}

#[test]
fn without_an_index_the_lost_rows_are_told_as_one_gap() {
    let bench = many_rows("");
    spoil(&bench, "habit number 500");
    let store = bench.open();
    let (records, rejected) = read_all(&store, &Shape::of("habit", &["title"]), 100);
    assert_eq!(rejected.len(), 1);
    let read = numbers(&records);
    let first_lost = (1..).find(|number| !read.contains(number)).unwrap();
    assert_eq!(rejected[0].key, Key::Int(first_lost));
    assert!(first_lost <= 500 && !read.contains(&500));
    assert_eq!(read.last(), Some(&1000));
    let next = read.iter().find(|&&number| number > first_lost).unwrap();
    assert!(rejected[0].detail.contains(&next.to_string()), "{}", rejected[0].detail);
}

#[test]
fn a_table_whose_last_page_is_spoilt_comes_to_an_end() {
    let bench = many_rows("");
    spoil(&bench, "habit number 1000");
    let store = bench.open();
    let (records, rejected) = read_all(&store, &Shape::of("habit", &["title"]), 100);
    assert_eq!(rejected.len(), 1);
    assert_eq!(numbers(&records), (1..numbers(&records).len() as i64 + 1).collect::<Vec<_>>());
}

#[test]
fn whatever_page_is_spoilt_reading_ends_and_no_record_comes_twice() {
    let whole = many_rows("CREATE INDEX by_day ON habit (day)");
    let file = bytes(&whole.path());
    let bench = Bench::new("CREATE TABLE unused (id)");
    for page in 1..file.len() / PAGE {
        let mut spoilt = file.clone();
        spoilt[page * PAGE..(page + 1) * PAGE].fill(0x5A);
        std::fs::write(bench.path(), spoilt).unwrap();
        let Ok(store) = LegacyStore::open(bench.path(), LegacyOptions::default()) else { continue };
        let (records, rejected) = read_all(&store, &Shape::of("habit", &["title"]), 50);
        let read = numbers(&records);
        assert!(read.is_sorted_by(|one, next| one < next), "page {page}");
        assert!(read.len() == 1000 || !rejected.is_empty(), "page {page} is lost in silence");
    }
}

/// The file of a store with a page in which some rows are looked for where they are not: one such file for each page.
fn mixed_up(bench: &Bench, leaf: u8) -> Vec<Vec<u8>> {
    let file = bytes(&bench.path());
    let leaves = (1..file.len() / PAGE).filter(|page| file[page * PAGE] == leaf);
    let mixed_up = leaves.enumerate().map(|(round, page)| {
        let mut file = file.clone();
        let begin = page * PAGE;
        let cells = usize::from(u16::from_be_bytes([file[begin + 3], file[begin + 4]]));
        let mut state = round as u32 + 1;
        for cell in (0..cells).step_by(1 + round % 3) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = (100 + (state >> 16) as usize % (PAGE - 150)) as u16;
            let at = begin + 8 + 2 * cell;
            file[at..at + 2].copy_from_slice(&place.to_be_bytes());
        }
        file
    });
    mixed_up.collect()
}

#[test]
fn every_row_of_a_page_that_is_mixed_up_is_read_or_named_where_an_index_knows_it() {
    let whole = many_rows("CREATE INDEX by_day ON habit (day)");
    let bench = Bench::new("CREATE TABLE unused (id)");
    for (round, file) in mixed_up(&whole, TABLE_LEAF).into_iter().enumerate() {
        std::fs::write(bench.path(), file).unwrap();
        for limit in [20, 50, 200, 5000] {
            let (records, rejected) = read_all(&bench.open(), &Shape::of("habit", &["title"]), limit);
            let lost = rejected.iter().map(|rejection| number(&rejection.key));
            let mut all: Vec<i64> = numbers(&records).into_iter().chain(lost).collect();
            all.sort_unstable();
            assert_eq!(all, (1..=1000).collect::<Vec<_>>(), "round {round}, limit {limit}");
            let wrong = |record: &&Record| {
                let title = format!("the title of habit number {}", number(&record.id.key));
                record.values != [Value::from(title.as_str())]
            };
            assert_eq!(records.iter().find(wrong), None, "round {round}, limit {limit}");
        }
    }
}

#[test]
fn every_row_of_a_page_that_is_mixed_up_is_read_or_in_a_gap_that_is_told() {
    let whole = many_rows("");
    let bench = Bench::new("CREATE TABLE unused (id)");
    for (round, file) in mixed_up(&whole, TABLE_LEAF).into_iter().enumerate() {
        std::fs::write(bench.path(), file).unwrap();
        for limit in [20, 50, 200, 5000] {
            let (records, rejected) = read_all(&bench.open(), &Shape::of("habit", &["title"]), limit);
            let mut known: Vec<i64> = numbers(&records);
            for rejection in &rejected {
                let begin = number(&rejection.key);
                let end = rejection.detail.split_once("to before ").map(|(_, rest)| rest.split_once(' ').unwrap().0);
                let last = match end {
                    Some(end) => end.parse::<i64>().unwrap() - 1,
                    None if rejection.detail.contains("all later rows") => 1000,
                    None => begin,
                };
                known.extend(begin.max(1)..=last);
            }
            let unknown: Vec<i64> = (1..=1000).filter(|row| !known.contains(row)).collect();
            assert_eq!(
                unknown,
                [0; 0],
                "round {round}, limit {limit}: {:?}",
                rejected.iter().map(|one| one.to_string()).collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn a_text_key_whose_row_is_spoilt_is_named_by_its_index() {
    let bench = Bench::new(&format!(
        "PRAGMA page_size = {PAGE};
         CREATE TABLE habit (id TEXT PRIMARY KEY NOT NULL, title TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         INSERT INTO habit SELECT 'k' || (1000 + i), 'the title of habit number ' || i FROM n"
    ));
    spoil(&bench, "habit number 150");
    let store = bench.open();
    let (records, rejected) = read_all(&store, &Shape::of("habit", &["title"]), 20);
    assert_eq!(records.len() + rejected.len(), 300);
    assert!(rejected.iter().any(|rejection| rejection.key == Key::Text("k1150".to_owned())));
    assert!(rejected.iter().all(|rejection| rejection.reason == Reason::Unreadable));
}

/// A table without row numbers over many pages of the file.
fn without_numbers(key: &str, index: &str) -> Bench {
    Bench::new(&format!(
        "PRAGMA page_size = {PAGE};
         CREATE TABLE habit (owner INTEGER, id TEXT, title TEXT, day INTEGER, PRIMARY KEY ({key})) WITHOUT ROWID;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO habit SELECT i % 3, 'k' || (1000 + i * 7 % 1009), 'the title of habit number ' || i, i % 7 FROM n;
         {index}"
    ))
}

/// The store's records, those of its rows that are told by name, and those of its gaps.
fn read_around(bench: &Bench, limit: usize) -> (Vec<String>, Vec<String>, Vec<String>) {
    let store = LegacyStore::open(bench.path(), LegacyOptions::default()).unwrap();
    let (records, rejected) = read_all(&store, &Shape::of("habit", &["title"]), limit);
    let (gaps, lost): (Vec<_>, Vec<_>) = rejected.iter().partition(|one| one.detail.starts_with("the rows after this"));
    let told = |rejected: Vec<&Rejection>| rejected.iter().map(|one| one.key.to_string()).collect();
    (records.iter().map(|record| record.id.key.to_string()).collect(), told(lost), told(gaps))
}

/// Whether these are the same, in any order, and each once.
fn are_all(found: &[&[String]], all: &[String]) -> bool {
    let mut found = found.concat();
    found.sort_unstable();
    found == all
}

#[test]
fn a_table_without_row_numbers_is_read_on_both_sides_of_a_spoilt_page() {
    for key in ["id", "owner, id"] {
        let whole = without_numbers(key, "");
        let (mut all, _, _) = read_around(&whole, 5000);
        all.sort_unstable();
        let file = bytes(&whole.path());
        let bench = Bench::new("CREATE TABLE unused (id)");
        for page in (1..file.len() / PAGE).filter(|page| file[page * PAGE] == INDEX_LEAF) {
            let mut spoilt = file.clone();
            spoilt[page * PAGE..(page + 1) * PAGE].fill(0x5A);
            std::fs::write(bench.path(), spoilt).unwrap();
            for limit in [7, 5000] {
                let (read, lost, gaps) = read_around(&bench, limit);
                assert_eq!((lost.len(), gaps.len()), (0, 1), "page {page}, limit {limit}");
                assert!(read.len() > 960 && read.len() < 1000, "page {page}, limit {limit}: {}", read.len());
                let missing: Vec<String> = all.iter().filter(|key| !read.contains(key)).cloned().collect();
                assert!(are_all(&[&read, &missing], &all), "page {page}, limit {limit}: a record comes twice");
            }
        }
    }
}

#[test]
fn rows_without_numbers_are_named_by_an_index_and_read_between_spoilt_pages() {
    for key in ["id", "owner, id"] {
        let whole = without_numbers(key, "CREATE INDEX by_title ON habit (title)");
        let (mut all, _, _) = read_around(&whole, 5000);
        all.sort_unstable();
        let file = bytes(&whole.path());
        let bench = Bench::new("CREATE TABLE unused (id)");
        let pages: Vec<usize> = (2..file.len() / PAGE).collect();
        for (&page, &other) in pages.iter().zip(pages.iter().rev()) {
            let mut spoilt = file.clone();
            for page in [page, other] {
                spoilt[page * PAGE..(page + 1) * PAGE].fill(0x5A);
            }
            std::fs::write(bench.path(), spoilt).unwrap();
            let (read, lost, gaps) = read_around(&bench, 50);
            match gaps.as_slice() {
                [] => assert!(are_all(&[&read, &lost], &all), "pages {page} and {other}"),
                // Then the index is spoilt as well.
                _ => assert!(read.len() < 1000, "pages {page} and {other}"),
            }
        }
    }
}

#[test]
fn rows_without_numbers_of_a_page_that_is_mixed_up_are_read_or_named_by_an_index() {
    let whole = without_numbers("id", "CREATE INDEX by_title ON habit (title)");
    let (mut all, _, _) = read_around(&whole, 5000);
    all.sort_unstable();
    let bench = Bench::new("CREATE TABLE unused (id)");
    for (round, file) in mixed_up(&whole, INDEX_LEAF).into_iter().enumerate() {
        std::fs::write(bench.path(), file).unwrap();
        for limit in [200, 5000] {
            let (read, lost, gaps) = read_around(&bench, limit);
            assert!(are_all(&[&read, &lost], &all) && gaps.is_empty(), "round {round}, limit {limit}");
        }
    }
}

#[test]
fn past_a_spoilt_index_of_the_keys_the_table_itself_is_read() {
    let bench = Bench::new(&format!(
        "PRAGMA page_size = {PAGE};
         CREATE TABLE habit (id TEXT PRIMARY KEY NOT NULL, title TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO habit SELECT 'k' || (1000 + i * 7 % 1009), 'title ' || i FROM n"
    ));
    let mut file = bytes(&bench.path());
    let leaves: Vec<usize> = (1..file.len() / PAGE).filter(|page| file[page * PAGE] == INDEX_LEAF).collect();
    let begin = leaves[leaves.len() / 2] * PAGE;
    let mut mixed_up = file.clone();
    let first_cell = begin + 8;
    mixed_up[first_cell..first_cell + 20].rotate_left(10);
    file[begin..begin + PAGE].fill(0);
    for (file, limit) in [(&file, 7), (&file, 5000), (&mixed_up, 5000)] {
        std::fs::write(bench.path(), file).unwrap();
        let (records, rejected) = read_all(&bench.open(), &Shape::of("habit", &["title"]), limit);
        let mut keys: Vec<String> = records.iter().map(|record| record.id.key.to_string()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!((keys.len(), records.len(), rejected.len()), (1000, 1000, 0), "limit {limit}");
    }
}

#[test]
fn a_table_that_cannot_be_counted_is_told_as_such_and_the_others_are_counted() {
    let bench = many_rows("CREATE TABLE note (id INTEGER PRIMARY KEY); INSERT INTO note VALUES (1), (2)");
    spoil(&bench, "habit number 500");
    let store = bench.open();
    assert_eq!(wait(store.counts()).unwrap().entities, [("habit".into(), None), ("note".into(), Some(2))]);
    assert_eq!(wait(store.estimate("habit")).unwrap(), None);
    assert_eq!(wait(store.estimate("note")).unwrap(), Some(2));
}

#[test]
fn a_history_that_cannot_be_read_is_no_store_without_one() {
    let bench = Bench { folder: TempDir::new().unwrap() };
    let options = Options { completions: 20, ..Options::default() };
    generate(&bench.path(), &options).unwrap();
    assert!(matches!(wait(bench.open().facts()).unwrap().history, Fact::Known(_)));
    let root: i64 = bench
        .connect()
        .query_row("SELECT rootpage FROM sqlite_master WHERE name = 'ATRANSACTION'", [], |row| row.get(0))
        .unwrap();
    bench.connect().pragma_update(None, "journal_mode", "delete").unwrap();
    let mut file = bytes(&bench.path());
    let size = usize::from(u16::from_be_bytes([file[16], file[17]]));
    let begin = (root as usize - 1) * size;
    file[begin..begin + size].fill(0xAA);
    std::fs::write(bench.path(), file).unwrap();
    let facts = wait(bench.open().facts()).unwrap();
    assert_eq!((facts.history, facts.cloudkit), (Fact::Unreadable, Fact::Absent));
}

#[test]
fn a_value_that_is_too_long_takes_its_own_row_and_is_no_damage() {
    let bench = Bench::new(
        "CREATE TABLE film (id INTEGER PRIMARY KEY, title TEXT, data BLOB);
         CREATE TABLE scene (id INTEGER PRIMARY KEY, film_id INTEGER REFERENCES film (id));
         INSERT INTO film VALUES (1, 'short', x'00'), (2, 'long', zeroblob(2000000)), (3, 'short', x'01');
         INSERT INTO scene VALUES (1, 1), (2, 2), (3, 3);",
    );
    let path = bench.path();
    let mut patience = Patience::new(Duration::ZERO, LegacyOptions::default().stop);
    let Opened { connection, at_rest } = open(&path, Process::App, &mut patience).unwrap();
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, 1_000_000).unwrap();
    let worker = Worker::start(Start {
        connection,
        at_rest,
        store: path.clone(),
        decoder: Decoder::new(ExternalFiles::of(&path, None)),
        patience,
        survey: Box::new(move |connection| survey(connection, &path, None)),
    })
    .unwrap();
    let films = Shape::of("film", &["data"]);
    let film = RelationShape { name: "film".into(), join: Join::Known, many: false, shape: films.clone() };
    let scenes = Shape { relations: vec![film], ..Shape::of("scene", &["id"]) };
    for shape in [films, scenes] {
        let page = wait(worker.ask(move |reader| reader.page(&shape, None, 10))).unwrap();
        assert_eq!(numbers(&page.records), [1, 3]);
        let reasons: Vec<_> = page.rejected.iter().map(|rejection| (&rejection.key, rejection.reason)).collect();
        assert_eq!(reasons, [(&Key::Int(2), Reason::TooLarge)]);
    }
}

/// A generated store after these statements.
fn changed(sql: &str) -> Bench {
    let bench = Bench { folder: TempDir::new().unwrap() };
    generate(&bench.path(), &Options { completions: 20, ..Options::default() }).unwrap();
    bench.connect().execute_batch(sql).unwrap();
    bench
}

#[test]
fn rows_whose_entity_lost_its_number_are_rejected_and_told() {
    let bench = changed("DELETE FROM Z_PRIMARYKEY WHERE Z_NAME = 'Streak'");
    let store = bench.open();
    let schema = wait(store.schema()).unwrap();
    assert!(schema.warnings.iter().any(|warning| warning.contains("Streak")), "{:?}", schema.warnings);
    let shape = Shape { claims_strays: true, ..Shape::of("Streak", &[]) };
    let (records, rejected) = read_all(&store, &shape, 100);
    let rows: i64 = bench.connect().query_row("SELECT count(*) FROM ZSTREAK", [], |row| row.get(0)).unwrap();
    assert_eq!((records.len(), rejected.len()), (0, rows as usize));
    assert!(rejected.iter().all(|rejection| rejection.reason == Reason::UnknownEntity));
}

#[test]
fn a_table_of_core_data_that_the_model_does_not_know_is_told_with_its_rows() {
    let bench = changed("CREATE TABLE ZGHOST (Z_PK INTEGER PRIMARY KEY); INSERT INTO ZGHOST VALUES (1), (2)");
    let warnings = wait(bench.open().schema()).unwrap().warnings.clone();
    assert!(warnings.iter().any(|warning| warning.contains("ZGHOST") && warning.contains("rows: 2")), "{warnings:?}");
}

#[test]
fn a_store_without_one_of_core_datas_own_tables_or_columns_is_damaged_and_no_plain_database() {
    for (sql, word) in [
        ("DROP TABLE Z_PRIMARYKEY", "Z_PRIMARYKEY"),
        ("DROP TABLE Z_METADATA", "Z_METADATA"),
        ("DROP TABLE ZSTREAK; CREATE TABLE ZSTREAK (Z_ENT INTEGER)", "Z_PK"),
    ] {
        let bench = changed(sql);
        let refused = LegacyStore::open(bench.path(), LegacyOptions::default()).err().unwrap();
        assert_eq!(refused.kind(), crate::error::ErrorKind::Damaged);
        assert!(refused.to_string().contains(word), "{refused}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_among_the_files_beside_a_store_is_no_file_of_its_own() {
    let folder = TempDir::new().unwrap();
    let name = "12345678-1234-1234-1234-123456789ABC";
    let files = folder.path().join("_EXTERNAL_DATA");
    std::fs::create_dir(&files).unwrap();
    std::fs::write(folder.path().join("elsewhere"), "not of this store").unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), files.join(name)).unwrap();
    let external = ExternalFiles::of(&folder.path().join("a"), Some(folder.path()));
    assert!(external.read(name.as_bytes()).is_err());
    std::fs::remove_file(files.join(name)).unwrap();
    std::fs::write(files.join(name), "of this store").unwrap();
    assert_eq!(external.read(name.as_bytes()).ok().unwrap(), b"of this store");
}

use std::collections::BTreeSet;
use std::fs;

use rusqlite::OpenFlags;

use super::*;
use crate::testkit::samples;

fn damaged() -> Options {
    Options { completions: 4000, damage: Damage::ALL.to_vec(), damaged_share: 0.1, ..Options::default() }
}

fn made(options: &Options) -> (tempfile::TempDir, PathBuf, Truth) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("default.store");
    let truth = generate(&path, options).unwrap();
    (folder, path, truth)
}

fn keys(path: &Path, sql: &str) -> BTreeSet<i64> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn count(path: &Path, table: &str) -> u64 {
    keys(path, &format!("SELECT count(*) FROM {table}")).first().map_or(0, |&rows| rows as u64)
}

#[test]
fn the_same_seed_gives_the_same_store_and_another_seed_another() {
    let options = Options { cloudkit: true, history_share: 0.3, deletes: 5, ..damaged() };
    let (_one, first, truth) = made(&options);
    let (_two, second, again) = made(&options);
    assert_eq!(truth, again);
    assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    let (_three, _, other) = made(&Options { seed: 2, ..options });
    assert_ne!(truth.damaged, other.damaged);
}

#[test]
fn the_truth_names_every_damaged_row_and_no_other() {
    let (_folder, path, truth) = made(&damaged());
    assert!(Damage::ALL.iter().all(|&damage| truth.damaged_by(damage) > 0), "{truth:?}");
    let found = keys(
        &path,
        "SELECT Z_PK FROM ZCOMPLETION WHERE Z_ENT <> 1 OR typeof(ZID) <> 'blob' OR length(ZID) <> 16
           OR typeof(ZCOMPLETEDAT) NOT IN ('real', 'integer') OR abs(ZCOMPLETEDAT) > 1e11 OR ZDAY IS NULL
           OR typeof(ZISSKIPPED) <> 'integer' OR ZHABIT NOT IN (SELECT Z_PK FROM ZHABIT) OR length(ZNOTE) > 1000
           OR hex(CAST(ZNOTE AS BLOB)) IN ('6E61EF7665', 'FFFE6800', '61EDA080', 'F09F98')
           OR hex(substr(ZTAGS, 1, 9)) <> '62706C6973743030D4' AND ZTAGS NOT NULL
           OR Z_PK NOT IN (SELECT min(Z_PK) FROM ZCOMPLETION GROUP BY ZID)",
    );
    let named = |entity| truth.damaged.iter().filter(move |(_, kind)| kind.entity() == entity).map(|&(pk, _)| pk);
    assert_eq!(found, named("Completion").collect());
    let missing = named("Habit").count();
    assert!(missing > 0);
    let files = fs::read_dir(external_files(&path)).unwrap().count();
    assert_eq!(keys(&path, "SELECT Z_PK FROM ZHABIT WHERE substr(ZICONDATA, 1, 1) = x'02'").len(), files + missing);
}

#[test]
fn rows_left_alone_are_those_of_the_undamaged_store() {
    let (_damaged, path, truth) = made(&damaged());
    let (_whole, other, whole) = made(&Options { completions: 4000, ..Options::default() });
    assert!(whole.damaged.is_empty());
    let connection = Connection::open(path).unwrap();
    connection.execute("ATTACH ?1 AS other", [other.to_str().unwrap()]).unwrap();
    let same: i64 = connection
        .query_row(
            "SELECT count(*) FROM (SELECT * FROM ZCOMPLETION INTERSECT SELECT * FROM other.ZCOMPLETION)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let hit = truth.damaged.iter().filter(|(_, kind)| kind.entity() == "Completion").count();
    assert_eq!(same as usize, 4000 - hit);
}

#[test]
fn every_icon_is_a_picture() {
    let (_folder, path, _) = made(&Options::default());
    for file in fs::read_dir(external_files(&path)).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}

#[test]
fn a_tail_left_in_the_log_is_seen_only_with_it() {
    let (_folder, path, _) = made(&Options { completions: 500, wal_tail: 40, ..Options::default() });
    let log = path.with_file_name("default.store-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    let uri = format!("file:{}?immutable=1", path.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let without: i64 = Connection::open_with_flags(uri, flags)
        .unwrap()
        .query_row("SELECT count(*) FROM ZCOMPLETION", [], |row| row.get(0))
        .unwrap();
    assert_eq!(without, 460);
    assert_eq!(count(&path, "ZCOMPLETION"), 500);
}

#[test]
fn the_truth_counts_the_rows_of_all_entities() {
    let (_folder, path, truth) = made(&Options { users: 3, completions: 100, ..Options::default() });
    for (name, rows) in &truth.counts {
        assert_eq!(count(&path, &format!("Z{name}")), *rows, "{name}");
    }
    assert!(count(&path, "Z_2BUDDIES") > 0);
    assert_eq!(truth.rows("Habit"), 36);
}

#[test]
fn a_store_that_is_there_already_is_not_touched() {
    let (_folder, path, _) = made(&Options::default());
    let before = fs::read(&path).unwrap();
    assert_eq!(generate(&path, &Options::default()).unwrap_err().kind(), ErrorKind::BadInput);
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// Names, kinds and definitions of all that a database declares.
fn declarations(path: &Path) -> BTreeSet<(String, String)> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).unwrap();
    rows.map(Result::unwrap).map(|(name, sql)| (name, sql.split_whitespace().collect())).collect()
}

#[test]
fn two_generators_that_share_no_line_make_the_same_tables() {
    let options = Options { users: 2, cloudkit: true, history_share: 0.5, deletes: 3, ..Options::default() };
    let (folder, ours, _) = made(&options);
    let theirs = folder.path().join("theirs.store");
    let arguments = ["--completions", "100", "--users", "2", "--cloudkit", "--history", "0.5", "--deletes", "3"];
    if samples::generated_by_another(&theirs, &arguments).unwrap() {
        assert_eq!(declarations(&ours), declarations(&theirs));
    }
}

//! A page of the file that cannot be read takes the rows on it, and nothing else.

use super::*;

const PAGE: usize = 1024;

/// A store with a page that cannot be read in one of its two tables, which no index can stand in for.
fn spoilt(folder: &TempDir) -> String {
    let store = folder.path().join("app.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let tables = format!(
        "PRAGMA page_size = {PAGE};
         CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
         CREATE TABLE tag (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO note SELECT i, 'the body of note number ' || i FROM n;
         INSERT INTO tag VALUES (1, 'red'), (2, 'blue');"
    );
    connection.execute_batch(&tables).unwrap();
    drop(connection);
    let mut file = std::fs::read(&store).unwrap();
    let at = file.windows(15).position(|window| window == b"note number 500").unwrap();
    let begin = at / PAGE * PAGE;
    file[begin..begin + PAGE].fill(0xAA);
    std::fs::write(&store, file).unwrap();
    store.to_str().unwrap().to_owned()
}

#[test]
fn inspect_counts_what_can_be_counted_and_warns_of_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let store = spoilt(&folder);
    let inspected = json(&["inspect", &store, "--json"]);
    let rows: Vec<&Json> = inspected["entities"].as_array().unwrap().iter().map(|entity| &entity["rows"]).collect();
    assert_eq!(rows, [&Json::Null, &2.into()]);
    assert!(inspected["warnings"][0].as_str().unwrap().contains("the rows of note cannot be counted"));
    let page = printed(&["inspect", &store]);
    assert!(page.contains("note, rows: unknown") && page.contains("tag, rows: 2"), "{page}");
    assert!(page.contains("warning: the rows of note cannot be counted"), "{page}");
}

#[test]
fn a_rehearsal_reads_around_the_page_and_says_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = spoilt(&folder);
    let plan = folder.path().join("plan.toml").to_str().unwrap().to_owned();
    std::fs::write(&plan, printed(&["draft", &store])).unwrap();
    let summary = json(&["rehearse", &plan, "--store", &store, "--user", "ada", "--json"]);
    assert_eq!(summary["quarantined"]["by_reason"]["unreadable"], 1);
    assert!(summary["documents"].as_u64().unwrap() > 900, "{summary}");
}

#[test]
fn inspect_warns_of_rows_that_are_of_no_entity_and_a_rehearsal_sets_as_many_aside() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("default.store").to_str().unwrap().to_owned();
    let tables = "
        CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
        CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
        CREATE TABLE ZDRINK (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZNAME VARCHAR);
        INSERT INTO Z_METADATA VALUES (1, 'A', NULL);
        INSERT INTO Z_PRIMARYKEY VALUES (1, 'Drink', 0, 0), (2, 'Beer', 1, 0);
        INSERT INTO ZDRINK VALUES (1, 1, 1, 'water'), (2, 2, 1, 'stout'), (3, 7, 1, 'lost'), (4, 7, 1, 'lost');";
    rusqlite::Connection::open(&store).unwrap().execute_batch(tables).unwrap();
    let warning = "table ZDRINK has rows of entities that the store does not know (2)";
    let inspected = json(&["inspect", &store, "--json"]);
    let warnings = inspected["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|told| told.as_str().unwrap().starts_with(warning)), "{warnings:?}");
    assert!(printed(&["inspect", &store]).contains(&format!("warning: {warning}")));
    let plan = folder.path().join("plan.toml").to_str().unwrap().to_owned();
    std::fs::write(&plan, printed(&["draft", &store])).unwrap();
    let summary = json(&["rehearse", &plan, "--store", &store, "--user", "ada", "--json"]);
    assert_eq!(summary["quarantined"]["by_reason"]["unknown_entity"], 2, "{summary}");
}

//! A drafted plan is accepted and runs as it is, whatever the store.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use rehome_core::testkit::samples;

/// Drafts, checks and rehearses; answers what the rehearsal said.
fn rehearsed(store: &str) -> Json {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.toml");
    std::fs::write(&plan, printed(&["draft", store])).unwrap();
    let plan = plan.to_str().unwrap();
    printed(&["check", plan]);
    printed(&["check", plan, "--store", store]);
    let said = json(&["rehearse", plan, "--store", store, "--user", "u", "--json"]);
    let inspected = json(&["inspect", store, "--json"]);
    let number = |value: &Json| value.as_u64().unwrap();
    let rows: u64 = inspected["entities"].as_array().unwrap().iter().map(|entity| number(&entity["rows"])).sum();
    assert!(number(&said["read"]) >= rows, "{store}: {rows} rows");
    let accounted = number(&said["documents"]) + number(&said["left_out"]) + number(&said["quarantined"]["total"]);
    assert_eq!(number(&said["read"]), accounted, "{store}");
    assert_eq!(said["not_in_plan"], Json::Array(Vec::new()), "{store}");
    said
}

#[test]
fn every_kind_of_habit_store_is_drafted() {
    let base = Options { completions: 200, ..Options::default() };
    for options in [
        base.clone(),
        Options { cloudkit: true, ..base.clone() },
        Options { model_cache: false, ..base.clone() },
        Options { wal_tail: 20, ..base.clone() },
        Options { damage: Damage::ALL.to_vec(), damaged_share: 0.2, ..base.clone() },
    ] {
        let said = rehearsed(Habits::new(&options).store());
        let nothing_wrong = said["quarantined"]["total"] == 0;
        assert_eq!(nothing_wrong, options.damage.is_empty(), "{options:?}: {said}");
    }
}

#[test]
fn without_any_id_a_record_is_called_by_its_store_and_row() {
    let habits = Habits::new(&Options { model_cache: false, ..Options::default() });
    let draft = printed(&["draft", habits.store()]);
    assert!(draft.contains("users/{uid}/"), "{draft}");
}

#[test]
fn everything_goes_under_the_document_that_was_asked_for() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    let under = |under: &str| printed(&["draft", habits.store(), "--under", under]);
    assert!(under("teams/t1/members/{uid}").contains("document = \"teams/t1/members/{uid}/habits/{id}\""));
    assert!(under("").contains("document = \"habits/{id}\""));
}

#[test]
fn a_field_that_repeats_is_no_id() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("plain.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let script = "CREATE TABLE logs (identifier TEXT NOT NULL, message TEXT);
                  INSERT INTO logs VALUES ('a', 'one'), ('a', 'two'), ('b', 'three');
                  CREATE TABLE notes (uuid TEXT NOT NULL, body TEXT);
                  INSERT INTO notes VALUES ('n1', 'one'), ('n2', 'two');";
    connection.execute_batch(script).unwrap();
    drop(connection);
    let store = store.to_str().unwrap();
    let draft = printed(&["draft", store]);
    assert!(draft.contains("document = \"users/{uid}/logs/{@key}\""), "{draft}");
    assert!(draft.contains("not identifier: of 3 records 0 lack it, 1 repeat it"), "{draft}");
    assert!(draft.contains("document = \"users/{uid}/notes/{uuid}\""), "{draft}");
    assert_eq!(rehearsed(store)["documents"], 5);
}

#[test]
fn names_that_a_plan_cannot_write_are_taken_nonetheless() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("odd.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let script = "CREATE TABLE \"odd \"\"table\" (id INTEGER PRIMARY KEY, \"a.b\" TEXT, \"{x}\" TEXT, \"__y__\" TEXT, \"z|z\" TEXT,
                      \"with space\" TEXT, \"quote\"\"d\" TEXT, \"new
line\" TEXT);
                  INSERT INTO \"odd \"\"table\" VALUES (1, 'a', 'b', 'c', 'd', 'e', 'f', 'g');";
    connection.execute_batch(script).unwrap();
    drop(connection);
    let said = rehearsed(store.to_str().unwrap());
    assert_eq!(said["documents"], 1, "{said}");
}

#[test]
fn columns_of_any_name_are_taken_along() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("odd.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let script = "CREATE TABLE notes (id INTEGER PRIMARY KEY, \"\" TEXT, \"*\" TEXT, \"__a.b__\" TEXT, \"@key\" TEXT,
                                      \"{x}\" DECIMAL(5, 2), body TEXT);
                  INSERT INTO notes VALUES (1, 'a', 'b', 'c', 'd', 1.5, 'f');
                  CREATE TABLE odd (\"\" TEXT); INSERT INTO odd VALUES ('a');";
    connection.execute_batch(script).unwrap();
    drop(connection);
    let (documents, _) = moved(folder.path(), &store);
    let fields = &documents["users/u/notes/1"]["fields"];
    for (name, value) in [("field", "a"), ("*", "b"), ("a.b", "c"), ("@key", "d"), ("body", "f")] {
        assert_eq!(fields[name]["stringValue"], value, "{name}");
    }
    assert_eq!(documents["users/u/odds/1"]["fields"]["field"]["stringValue"], "a");
}

#[test]
fn a_key_called_as_a_word_of_the_plan_is_nonetheless_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("users.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let script = "CREATE TABLE user (uid INTEGER PRIMARY KEY, name TEXT); INSERT INTO user VALUES (1, 'a'), (2, 'b');
                  CREATE TABLE pet (now TEXT PRIMARY KEY, owner INTEGER REFERENCES user (uid));
                  INSERT INTO pet VALUES ('p', 2);
                  CREATE TABLE part (uid INTEGER, version INTEGER, PRIMARY KEY (uid, version));
                  INSERT INTO part VALUES (1, 2);";
    connection.execute_batch(script).unwrap();
    drop(connection);
    let (documents, references) = moved(folder.path(), &store);
    let names: Vec<&str> = documents.keys().map(String::as_str).collect();
    assert_eq!(names, ["users/u/parts/1_2", "users/u/pets/p", "users/u/users/1", "users/u/users/2"]);
    assert_eq!(references, ["users/u/users/2"]);
}

#[test]
fn a_store_without_tables_needs_no_plan() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("empty.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    connection.execute_batch("CREATE TABLE gone (id INTEGER); DROP TABLE gone;").unwrap();
    drop(connection);
    let draft = printed(&["draft", store.to_str().unwrap()]);
    assert!(draft.contains("# The store has no table of the app's own: there is nothing to move."), "{draft}");
}

/// Drafts and rehearses; answers the documents by their names, and where their references lead.
fn moved(folder: &Path, store: &Path) -> (BTreeMap<String, Json>, Vec<String>) {
    let (plan, out) = (folder.join("plan.toml"), folder.join("documents"));
    let (store, out) = (store.to_str().unwrap(), out.to_str().unwrap());
    std::fs::write(&plan, printed(&["draft", store])).unwrap();
    printed(&["rehearse", plan.to_str().unwrap(), "--store", store, "--user", "u", "--out", out]);
    let lines = std::fs::read_to_string(out).unwrap();
    let documents = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let documents: BTreeMap<_, _> = documents.map(|one| (one["name"].as_str().unwrap().to_owned(), one)).collect();
    let fields = documents.values().flat_map(|one| one["fields"].as_object().unwrap().values());
    let references = fields.filter_map(|value| value["referenceValue"].as_str()).map(str::to_owned).collect();
    (documents, references)
}

#[test]
fn every_sample_is_drafted_checked_and_rehearsed() {
    for sample in samples::stores().unwrap() {
        rehearsed(sample.file.to_str().unwrap());
    }
}

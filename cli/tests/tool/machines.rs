//! What scripts rely on.

use std::collections::BTreeSet;

use super::*;

fn keys(object: &Json) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn assert_has(object: &Json, names: &[&str]) {
    let missing: Vec<_> = names.iter().filter(|name| !keys(object).contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?} are missing in {object}");
}

fn entity<'j>(inspected: &'j Json, name: &str) -> &'j Json {
    inspected["entities"].as_array().unwrap().iter().find(|entity| entity["name"] == name).unwrap()
}

fn part<'j>(entity: &'j Json, parts: &str, name: &str) -> &'j Json {
    entity[parts].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap()
}

#[test]
fn inspect_says_in_json_what_is_in_the_store() {
    let habits = Habits::new(&Options { cloudkit: true, history_share: 0.5, ..Options::default() });
    let inspected = json(&["inspect", habits.store(), "--json"]);
    assert_has(&inspected, &["kind", "file", "fingerprint", "entities", "history", "cloudkit", "warnings"]);
    assert_eq!(inspected["kind"], "swiftdata");
    assert_eq!(inspected["file"], habits.store());
    assert!(inspected["history"].is_object() && inspected["cloudkit"].is_object());
    assert!(inspected["warnings"].is_array());
    let habit = entity(&inspected, "Habit");
    assert_has(habit, &["name", "table", "parent", "rows", "attributes", "relations"]);
    assert_eq!((&habit["table"], &habit["parent"], &habit["rows"]), (&"ZHABIT".into(), &Json::Null, &12.into()));
    let id = part(habit, "attributes", "id");
    assert_has(id, &["name", "column", "type", "optional"]);
    assert_eq!((&id["column"], &id["optional"]), (&"ZID".into(), &false.into()));
    let schedule = part(habit, "attributes", "schedule");
    assert_eq!(schedule["column"], Json::Null);
    assert_eq!(part(schedule, "elements", "timesPerDay")["column"], "ZTIMESPERDAY");
    let completions = part(habit, "relations", "completions");
    assert_has(completions, &["name", "target", "to_many", "ordered", "inverse"]);
    assert_eq!(completions["target"], "Completion");
    assert_eq!((&completions["to_many"], &completions["inverse"]), (&true.into(), &"habit".into()));
}

#[test]
fn a_store_without_history_or_mirror_says_null() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("plain.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    connection.execute_batch("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)").unwrap();
    let inspected = json(&["inspect", store.to_str().unwrap(), "--json"]);
    assert_eq!((&inspected["history"], &inspected["cloudkit"]), (&Json::Null, &Json::Null));
}

#[test]
fn a_rehearsal_repeats_what_the_store_warns_of() {
    let folder = tempfile::tempdir().unwrap();
    let (store, plan) = (folder.path().join("plain.db"), folder.path().join("plan.toml"));
    let connection = rusqlite::Connection::open(&store).unwrap();
    let tables = "CREATE TABLE notes (id INTEGER PRIMARY KEY, friend INTEGER REFERENCES friends (id))";
    connection.execute_batch(tables).unwrap();
    let text = "name = \"a\"\n[[move]]\nentity = \"notes\"\ndocument = \"notes/{id}\"\n";
    std::fs::write(&plan, text).unwrap();
    let arguments = ["rehearse", plan.to_str().unwrap(), "--store", store.to_str().unwrap(), "--user", "u"];
    let said = json(&[&arguments[..], &["--json"]].concat());
    let warning = said["warnings"][0].as_str().unwrap();
    assert!(warning.contains("friends"), "{warning}");
    assert!(printed(&arguments).contains(&format!("Warning: {warning}")));
}

#[test]
fn the_numbers_of_a_rehearsal_add_up_and_agree_with_its_files() {
    let habits = Habits::damaged();
    let (plan, out, quarantine) = (habits.plan(), habits.text("documents.ndjson"), habits.text("quarantine.ndjson"));
    let said = json(&[
        "rehearse",
        &plan,
        "--store",
        habits.store(),
        "--user",
        "u",
        "--out",
        &out,
        "--quarantine",
        &quarantine,
        "--json",
    ]);
    assert_has(&said, &["read", "documents", "left_out", "quarantined", "bytes", "writes", "collisions", "price"]);
    let number = |value: &Json| value.as_u64().unwrap();
    let total = number(&said["quarantined"]["total"]);
    assert!(total > 0);
    assert_eq!(number(&said["read"]), number(&said["documents"]) + number(&said["left_out"]) + total);
    assert_eq!(said["writes"], said["documents"]);
    let by_reason = said["quarantined"]["by_reason"].as_object().unwrap();
    assert_eq!(by_reason.values().map(number).sum::<u64>(), total);
    let collections = said["collections"].as_object().unwrap();
    assert_eq!(collections.values().map(|one| number(&one["documents"])).sum::<u64>(), number(&said["documents"]));
    assert_eq!(collections.values().map(|one| number(&one["bytes"])).sum::<u64>(), number(&said["bytes"]));
    assert_eq!(lines(Path::new(&out)).len() as u64, number(&said["documents"]));
    let quarantined = lines(Path::new(&quarantine));
    assert_eq!(quarantined.len() as u64, total);
    for line in &quarantined {
        assert_eq!(keys(line), BTreeSet::from(["entity", "key", "column", "reason", "detail"]));
        assert!(line["key"].is_i64() && line["detail"].is_string(), "{line}");
        assert!(by_reason.contains_key(line["reason"].as_str().unwrap()), "{line}");
    }
}

#[test]
fn references_that_lead_to_no_document_are_counted_as_the_documents_have_them() {
    let habits = Habits::damaged();
    let (plan, out) = (habits.plan(), habits.text("documents.ndjson"));
    let said = json(&["rehearse", &plan, "--store", habits.store(), "--user", "u", "--out", &out, "--json"]);
    let documents = lines(Path::new(&out));
    let names: BTreeSet<&str> = documents.iter().map(|document| document["name"].as_str().unwrap()).collect();
    let fields = documents.iter().flat_map(|document| document["fields"].as_object().unwrap().values());
    let single = |field: &'_ Json| field["arrayValue"]["values"].as_array().cloned().unwrap_or(vec![field.clone()]);
    let references: Vec<Json> = fields.flat_map(single).collect();
    let to = references.iter().filter_map(|value| value["referenceValue"].as_str());
    let dangling = to.filter(|to| !names.contains(to)).count();
    assert!(dangling > 0);
    assert_eq!(said["dangling_references"]["total"], dangling);
    let by_collection = said["dangling_references"]["by_collection"].as_object().unwrap();
    assert_eq!(by_collection.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), dangling as u64);
}

#[test]
fn each_record_that_shares_an_id_names_the_other() {
    let damage = vec![Damage::DuplicateId];
    let habits = Habits::new(&Options { completions: 300, damage, damaged_share: 0.05, ..Options::default() });
    let (plan, quarantine) = (habits.plan(), habits.text("quarantine.ndjson"));
    let said =
        json(&["rehearse", &plan, "--store", habits.store(), "--user", "u", "--quarantine", &quarantine, "--json"]);
    let lines = lines(Path::new(&quarantine));
    assert_eq!(said["quarantined"]["by_reason"]["duplicate_id"], lines.len());
    assert!(!lines.is_empty());
    for line in lines {
        assert_eq!((&line["entity"], &line["reason"]), (&"Completion".into(), &"duplicate_id".into()));
        assert!(line["detail"].as_str().unwrap().contains("of Completion "), "{line}");
    }
}

#[test]
fn documents_have_relative_names_without_a_project_and_absolute_ones_with_it() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    let (plan, out) = (habits.plan(), habits.text("documents.ndjson"));
    let rehearse = |more: &[&str]| {
        let all = [&["rehearse", &plan, "--store", habits.store(), "--user", "ann", "--out", &out], more].concat();
        printed(&all);
        lines(Path::new(&out))
    };
    let relative = rehearse(&[]);
    assert!(relative.iter().all(|one| one["name"].as_str().unwrap().starts_with("users/ann/")));
    let absolute = rehearse(&["--project", "demo-habits"]);
    let root = "projects/demo-habits/databases/(default)/documents/users/ann/";
    assert!(absolute.iter().all(|one| one["name"].as_str().unwrap().starts_with(root)));
    let completion = absolute.iter().find(|one| one["name"].as_str().unwrap().contains("/completions/")).unwrap();
    let habit = completion["fields"]["habit"]["referenceValue"].as_str().unwrap();
    assert!(habit.starts_with(root) && absolute.iter().any(|one| one["name"] == habit), "{habit}");
}

#[test]
fn strict_makes_quarantined_records_a_failure_and_still_says_all() {
    let habits = Habits::damaged();
    let (plan, out) = (habits.plan(), habits.text("documents.ndjson"));
    let run = |more: &[&str]| {
        let all = [&["rehearse", &plan, "--store", habits.store(), "--user", "u", "--json", "--out", &out], more];
        rehome(&all.concat())
    };
    assert_eq!(run(&[]).status.code(), Some(0));
    std::fs::remove_file(&out).unwrap();
    let strict = run(&["--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(serde_json::from_slice::<Json>(&strict.stdout).is_ok());
    assert!(Path::new(&out).exists());
}

#[test]
fn a_snapshot_says_the_same_as_the_store() {
    let habits = Habits::new(&Options { wal_tail: 100, ..Options::default() });
    let plain = json(&["inspect", habits.store(), "--json"]);
    assert_eq!(json(&["inspect", habits.store(), "--json", "--snapshot"]), plain);
    assert_eq!(entity(&plain, "Completion")["rows"], 1000);
}

#[test]
fn two_rehearsals_at_one_moment_write_the_same_bytes() {
    let habits = Habits::damaged();
    let plan = habits.plan();
    let rehearse = |name: &str| {
        let now = "2026-01-02T03:04:05Z";
        let out = habits.text(name);
        printed(&["rehearse", &plan, "--store", habits.store(), "--user", "u", "--out", &out, "--now", now]);
        std::fs::read(out).unwrap()
    };
    assert!(rehearse("one.ndjson") == rehearse("two.ndjson"));
}

#[test]
fn another_price_table_makes_another_price() {
    let habits = Habits::new(&Options { completions: 100, ..Options::default() });
    let (plan, table) = (habits.plan(), habits.text("price.toml"));
    let text = "as_of = \"2030-01-01\"\nplace = \"here\"\ncurrency = \"EUR\"\nper_100_000_writes = 100000\n\
                free_writes_per_day = 0\nper_gib_month = 0\nfree_gib = 0\n";
    std::fs::write(&table, text).unwrap();
    let said = json(&["rehearse", &plan, "--store", habits.store(), "--user", "u", "--json", "--price", &table]);
    assert_eq!(said["price"]["writes"].as_f64(), said["documents"].as_f64());
    assert_eq!(said["price"]["currency"], "EUR");
}

#[test]
fn no_command_changes_the_store() {
    let habits = Habits::new(&Options { wal_tail: 50, ..Options::default() });
    let bytes = || ["", "-wal"].map(|suffix| std::fs::read(format!("{}{suffix}", habits.store())).unwrap());
    let before = bytes();
    let plan = habits.plan();
    printed(&["inspect", habits.store()]);
    printed(&["check", &plan, "--store", habits.store()]);
    printed(&["rehearse", &plan, "--store", habits.store(), "--user", "u"]);
    assert!(before == bytes());
}

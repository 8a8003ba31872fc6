//! Several plans for one app, and a plan that wants uploads.

use super::*;

/// A store with one table, and its folder.
fn notes() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("app.db");
    let script =
        "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, photo BLOB); INSERT INTO notes VALUES ('a', x'00ff')";
    rusqlite::Connection::open(&store).unwrap().execute_batch(script).unwrap();
    let store = store.to_str().unwrap().to_owned();
    (folder, store)
}

fn plan(folder: &TempDir, name: &str, head: &str, fields: &str) -> String {
    let path = folder.path().join(name);
    let text = format!(
        "name = \"{name}\"\n{head}\n[[move]]\nentity = \"notes\"\ndocument = \"users/{{uid}}/notes/{{id}}\"\n{fields}"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn of_several_plans_the_one_for_the_stores_schema_is_taken() {
    let (folder, store) = notes();
    let fingerprint = json(&["inspect", &store, "--json"])["fingerprint"].as_str().unwrap().to_owned();
    let other = plan(&folder, "other", "schema = \"another\"", "");
    let any = plan(&folder, "any", "", "");
    let this = plan(&folder, "this", &format!("schema = [\"{fingerprint}\"]"), "");
    let rehearsed = |plans: &[&str]| {
        let all = [&["rehearse"], plans, &["--store", &store, "--user", "u", "--json"]].concat();
        json(&all)["plan"]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(rehearsed(&[&other, &any, &this]), "this");
    assert_eq!(rehearsed(&[&other, &any]), "any");
    assert!(printed(&["check", &other, &any, &this, "--store", &store]).contains("this: ok for"));
    assert_eq!(printed(&["check", &other, &any]).matches(": ok by itself").count(), 2);
    for command in [&["check", &other, &other, "--store", &store][..], &["check", &any, &any, "--store", &store]] {
        let refused = rehome(command);
        assert_eq!(refused.status.code(), Some(1));
        assert!(told(&refused).contains("for this store's schema"), "{}", told(&refused));
    }
}

#[test]
fn what_is_wrong_with_several_plans_is_told_at_once() {
    let (folder, _) = notes();
    let plans = ["one", "two"].map(|name| plan(&folder, name, "colour = \"red\"", ""));
    let refused = told(&rehome(&["check", &plans[0], &plans[1]]));
    assert!(plans.iter().all(|plan| refused.contains(&format!("{plan}:2:1"))), "{refused}");
}

#[test]
fn what_nobody_would_upload_is_quarantined() {
    let (folder, store) = notes();
    let fields = "[move.fields]\nphoto = { upload = \"photo\", to = \"photos/{id}\" }\n";
    let plan = plan(&folder, "photos", "", fields);
    let rehearse = ["rehearse", &plan, "--store", &store, "--user", "u", "--json"];
    let with = json(&rehearse);
    assert_eq!((&with["uploads"]["count"], &with["documents"]), (&1.into(), &1.into()));
    let without = json(&[&rehearse[..], &["--no-uploads"]].concat());
    assert_eq!((&without["uploads"]["count"], &without["quarantined"]["total"]), (&0.into(), &1.into()));
}

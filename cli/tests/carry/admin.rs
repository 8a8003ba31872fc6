//! An administrator's right: past all rules, and with an answer for each write.

use rehome_core::testkit::habits::Options;
use serde_json::Value as Json;

use super::rig::{Rig, result, told, tool};

/// Nobody may do anything, but for whom no rules are.
const CLOSED: &str = "rules_version = '2';
service cloud.firestore { match /databases/{database}/documents { match /{all=**} { allow read, write: if false; } } }";

fn closed() -> Rig {
    Rig::ruled(&Options { completions: 300, ..Options::default() }, CLOSED)
}

#[test]
fn an_administrator_carries_verifies_and_takes_back_where_no_user_may() {
    let rig = closed();
    let denied = rig.command("run", "ann", "users.journal").output().unwrap();
    assert_eq!(denied.status.code(), Some(1), "{}", told(&denied));
    let by_admin =
        |command: &str, more: &[&str]| result(rig.command(command, "ann", "phone.journal").arg("--admin").args(more));
    let run = by_admin("run", &[]);
    assert_eq!((&run["ended"], &run["adds_up"]), (&Json::from("complete"), &Json::from(true)));
    let receipt = by_admin("verify", &["--settle", "0"]);
    assert_eq!((&receipt["verified"], &receipt["same"]), (&Json::from(true), &run["documents"]["created"]));
    let back = by_admin("rollback", &[]);
    let deleted = back["collections"].as_object().unwrap().values().map(|one| one["deleted"].as_u64().unwrap());
    assert_eq!(Json::from(deleted.sum::<u64>()), run["documents"]["created"]);
}

#[test]
fn an_administrator_without_a_right_is_told_where_to_get_one() {
    let rig = closed();
    let no_key = rig.text("no-key.json");
    std::fs::write(&no_key, "{\"type\": \"authorized_user\"}").unwrap();
    let fails = |more: &[&str], environment: &str, code: i32, says: &[&str]| {
        let mut command = tool(&["run", &rig.text("habits.toml"), "--store", &rig.text("default.store")]);
        command.args(["--user", "ann", "--project", "p", "--admin", "--journal", &rig.text("j")]).args(more);
        let output = command.env("GOOGLE_APPLICATION_CREDENTIALS", environment).output().unwrap();
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        says.iter().for_each(|words| assert!(told.contains(words), "{words:?} is not in: {told}"));
        assert!(!rig.path("j").exists(), "nothing was begun");
    };
    fails(&[], "", 2, &["--service-account", "GOOGLE_APPLICATION_CREDENTIALS", "--emulator"]);
    fails(&["--service-account", &no_key], "", 1, &[&no_key, "no key of a service account"]);
    fails(&["--service-account", &rig.text("nowhere")], "", 1, &["nowhere", "could not be read"]);
    fails(&["--token-file", &no_key], "", 2, &["--token-file"]);
    fails(&["--service-account", &no_key, "--emulator", "127.0.0.1:9"], "", 2, &["--emulator"]);
}

//! A verification that is interrupted, and one of a store that has lost what was carried.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rehome_core::testkit::habits::Options;
use rusqlite::Connection;
use serde_json::Value as Json;

use super::rig::{Rig, told};

/// Verifies until so many records were read, and is killed then.
fn verify_until(rig: &Rig, records: u64) {
    let mut command = rig.command("verify", "ann", "phone.journal");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let read = |line: &str| serde_json::from_str::<Json>(line).ok()?["progress"]["read"].as_u64();
    let reached = lines.filter_map(|line| read(&line)).find(|read| *read >= records);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(reached.is_some(), "it ended before it was killed");
}

#[test]
fn a_verification_that_was_killed_is_gone_on_with_and_comes_to_the_same() {
    let rig = Rig::new(&Options { completions: 12_000, ..Options::default() });
    rig.run("phone.journal");
    let verify = |more: &[&str]| {
        let output = rig.command("verify", "ann", "phone.journal").args(["--settle", "0"]).args(more).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        let mut receipt: Json = serde_json::from_slice(&output.stdout).unwrap();
        // It says when it was made, and how the migration stood then.
        for name in ["at", "status"] {
            receipt.as_object_mut().unwrap().remove(name);
        }
        (receipt, told(&output).contains("It goes on where a verification"))
    };
    let whole = verify(&[]);
    assert!(!whole.1);
    verify_until(&rig, 6_000);
    verify_until(&rig, 9_000);
    assert_eq!(verify(&[]), (whole.0.clone(), true));
    verify_until(&rig, 6_000);
    assert_eq!(verify(&["--anew"]), whole);
    assert_eq!(verify(&[]), whole, "nothing of it is left");
}

#[test]
fn a_store_that_was_emptied_after_the_run_does_not_verify() {
    let rig = Rig::new(&Options { completions: 300, ..Options::default() });
    let run = rig.run("phone.journal");
    let app = Connection::open(rig.path("default.store")).unwrap();
    let tables = ["ZCOMPLETION", "ZXPEVENT", "ZHABIT", "ZSTREAK", "ZUSERPROFILE", "ZXPSTATE"];
    for table in tables {
        app.execute(&format!("DELETE FROM {table}"), []).unwrap();
    }
    drop(app);
    let output = rig.command("verify", "ann", "phone.journal").args(["--settle", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let receipt: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&receipt["verified"], &receipt["orphaned"]), (&Json::from(false), &run["documents"]["created"]));
    let carried = run["documents"]["created"].as_u64().unwrap();
    let says = format!("{carried} documents carried for records that the store no longer has");
    assert!(told(&output).contains(&says), "{}", told(&output));
}

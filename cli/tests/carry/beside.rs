//! What can be asked while a run is under way.

use std::process::Stdio;

use serde_json::Value as Json;

use super::killed::read_until;
use super::rig::{Rig, result, told, tool};

#[test]
fn a_run_under_way_can_be_looked_at_and_not_changed() {
    let rig = Rig::damaged(3000, 1);
    let mut command = rig.command("run", "ann", "phone.journal");
    // So slow that it takes longer than all that is asked of it here.
    let mut run = command.args(["--rate", "20"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    read_until(&mut run, 1);
    let of = |arguments: &[&str]| {
        let mut command = tool(arguments);
        command.args(["--journal", &rig.text("phone.journal"), "--json"]);
        command
    };
    let standing = result(&mut of(&["status"]));
    assert_eq!((standing.as_array().unwrap().len(), &standing[0]["status"]), (1, &Json::from("running")));
    let list = result(&mut of(&["quarantine", "list"]));
    assert!(of(&["quarantine", "export", &rig.text("aside.ndjson")]).status().unwrap().success());
    if let Some(one) = list.as_array().unwrap().first() {
        assert_eq!(result(&mut of(&["quarantine", "show", &one["number"].to_string()]))["key"], one["key"]);
    }
    let refused = of(&["seal"]).output().unwrap();
    assert!(told(&refused).contains("another rehome works with"), "{}", told(&refused));
    assert!(run.try_wait().unwrap().is_none(), "the run has ended before it could be looked at");
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(rig.run("phone.journal")["adds_up"], true);
}

#[test]
fn a_journal_that_is_not_there_is_not_made_by_asking_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("phone.journal");
    let failed = tool(&["status", "--journal"]).arg(&journal).output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(told(&failed).contains("nothing was begun yet"), "{}", told(&failed));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

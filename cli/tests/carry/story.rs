//! What people do with the tool after the first run, and what they get wrong.

use serde_json::Value as Json;

use super::rig::{Rig, result, told, tool};

#[test]
fn a_second_run_and_a_second_device_write_nothing() {
    let rig = Rig::damaged(400, 1);
    let first = rig.run("phone.journal");
    let again = rig.run("phone.journal");
    assert_eq!((&again["documents"], &again["read"]), (&first["documents"], &first["read"]));
    let tablet = rig.run("tablet.journal");
    assert_eq!((&tablet["written"], &tablet["documents"]["created"]), (&Json::from(0), &Json::from(0)));
    assert_eq!(tablet["already_there"], first["written"]);
}

#[test]
fn what_was_set_aside_can_be_listed_shown_exported_and_dropped() {
    let rig = Rig::damaged(400, 1);
    let run = rig.run("phone.journal");
    let of = |arguments: &[&str]| {
        let mut command = tool(&["quarantine"]);
        command.args(arguments).args(["--journal", &rig.text("phone.journal"), "--json"]);
        command
    };
    let list = result(&mut of(&["list"]));
    let all = list.as_array().unwrap();
    assert_eq!(all.len() as u64, run["quarantined"].as_u64().unwrap());
    assert!(all.iter().all(|one| one["reason"].is_string() && one["documents"].is_null()));
    let number = all[0]["number"].to_string();
    assert_eq!(result(&mut of(&["show", &number]))["key"], all[0]["key"]);
    assert!(of(&["export", &rig.text("aside.ndjson")]).status().unwrap().success());
    assert_eq!(std::fs::read_to_string(rig.path("aside.ndjson")).unwrap().lines().count(), all.len());
    assert!(of(&["drop", &number]).status().unwrap().success());
    assert_eq!(result(&mut of(&["list"])).as_array().unwrap().len(), all.len() - 1);
    let missing = of(&["show", &number]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(told(&missing).contains("nothing is set aside under number"));
}

#[test]
fn another_user_of_the_device_is_refused_the_first_ones_store() {
    let rig = Rig::damaged(300, 1);
    rig.run("phone.journal");
    let refused = rig.command("run", "bob", "phone.journal").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(told(&refused).contains("belong to another user"), "{}", told(&refused));
    let journal = rig.text("phone.journal");
    let standing = result(&mut tool(&["status", "--journal", &journal, "--json"]));
    assert!(standing.as_array().unwrap().iter().all(|one| one["user"] == "ann"));
}

#[test]
fn a_changed_plan_is_refused_until_it_is_begun_anew_and_then_nothing_is_written_twice() {
    let rig = Rig::damaged(300, 1);
    let first = rig.run("phone.journal");
    let plan = std::fs::read_to_string(rig.path("habits.toml")).unwrap();
    let changed = plan.replace("color = \"colorHex\"", "colour = \"colorHex\"");
    std::fs::write(rig.path("habits.toml"), changed).unwrap();
    let refused = rig.command("run", "ann", "phone.journal").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(told(&refused).contains("the plan is another one"), "{}", told(&refused));
    for difference in ["field color removed", "field colour added"] {
        let line = format!("    Habit to users/{{uid}}/habits/{{id}}: {difference}\n");
        assert!(told(&refused).contains(&line), "{}", told(&refused));
    }
    std::fs::write(rig.path("habits.toml"), plan).unwrap();
    let anew = result(rig.command("run", "ann", "phone.journal").arg("--anew"));
    assert_eq!((&anew["generation"], &anew["documents"]["created"]), (&Json::from(2), &Json::from(0)));
    assert_eq!(anew["already_there"], first["written"]);
}

#[test]
fn a_server_that_is_not_there_is_told_and_costs_nothing() {
    let rig = Rig::damaged(300, 1);
    let mut nowhere = tool(&["run", &rig.text("habits.toml"), "--store", &rig.text("default.store"), "--user", "ann"]);
    // Port 9 is for throwing away, and nobody listens there.
    nowhere.args(["--project", "p", "--emulator", "127.0.0.1:9", "--journal", &rig.text("j"), "--retries", "1"]);
    let failed = nowhere.args(["--uploads", &rig.text("uploads")]).output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(told(&failed).contains("127.0.0.1:9"), "{}", told(&failed));
    let there = result(rig.command("run", "ann", "j").arg("--anew"));
    assert_eq!(there["adds_up"], true, "{there}");
}

#[test]
fn a_run_without_any_right_is_used_wrongly() {
    let rig = Rig::damaged(300, 1);
    let mut command = tool(&["run", &rig.text("habits.toml"), "--store", &rig.text("default.store")]);
    let failed = command.args(["--user", "ann", "--project", "p"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(2));
    assert!(told(&failed).contains("--token-file"));
}

#[test]
fn a_rollback_deletes_what_was_carried_after_saying_so() {
    let rig = Rig::damaged(300, 1);
    let run = rig.run("phone.journal");
    let created = &run["documents"]["created"];
    let dry = result(rig.command("rollback", "ann", "phone.journal").arg("--dry-run"));
    let deleted = |report: &Json| {
        report["collections"].as_object().unwrap().values().map(|one| one["deleted"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((Json::from(deleted(&dry)), &dry["dry_run"]), (created.clone(), &Json::from(true)));
    assert_eq!(rig.verify("phone.journal")["verified"], true, "a dry run deletes nothing");
    let real = result(&mut rig.command("rollback", "ann", "phone.journal"));
    assert_eq!(Json::from(deleted(&real)), *created);
    let after = rig.command("verify", "ann", "phone.journal").args(["--settle", "0"]).output().unwrap();
    let receipt: Json = serde_json::from_slice(&after.stdout).unwrap();
    assert_eq!((&receipt["missing"], &receipt["same"]), (created, &Json::from(0)));
}

#[test]
fn a_verified_migration_can_be_sealed_and_carries_nothing_any_more() {
    let rig = Rig::damaged(300, 1);
    rig.run("phone.journal");
    let journal = rig.text("phone.journal");
    let standing = || result(&mut tool(&["status", "--journal", &journal, "--json"]))[0]["status"].clone();
    assert_eq!(standing(), "complete");
    rig.verify("phone.journal");
    assert_eq!(standing(), "verified");
    assert_eq!(result(&mut tool(&["seal", "--journal", &journal, "--json"]))["status"], "sealed");
    assert_eq!(rig.run("phone.journal")["ended"], "closed");
}

#[test]
fn records_that_were_set_aside_can_be_tried_again() {
    let rig = Rig::damaged(300, 1);
    let first = rig.run("phone.journal");
    let mut retry = tool(&["quarantine", "retry", &rig.text("habits.toml"), "--store", &rig.text("default.store")]);
    retry.args(["--user", "ann", "--project", rig.project.id(), "--emulator", &rig.project.address().to_string()]);
    retry.args(["--journal", &rig.text("phone.journal"), "--uploads", &rig.text("uploads"), "--json"]);
    let again = result(&mut retry);
    // They are as damaged as before, and nothing else is sent.
    assert_eq!((&again["quarantined"], &again["documents"]), (&first["quarantined"], &first["documents"]));
    assert_eq!(again["adds_up"], true, "{again}");
}

#[test]
fn a_trial_in_one_project_is_not_taken_for_the_move_to_another() {
    let rig = Rig::damaged(300, 1);
    let carry_to = |project: &str| {
        let mut run = tool(&["run", &rig.text("habits.toml"), "--store", &rig.text("default.store"), "--user", "ann"]);
        run.args(["--project", project, "--emulator", &rig.project.address().to_string(), "--json"]);
        run.args(["--uploads", &rig.text("uploads")]).env("XDG_DATA_HOME", rig.path("data"));
        run
    };
    let trial = result(&mut carry_to("trial"));
    assert_eq!(result(&mut carry_to("real"))["documents"]["created"], trial["documents"]["created"]);
    let journal = rig.text("phone.journal");
    result(carry_to("third").args(["--journal", &journal]));
    let refused = carry_to("fourth").args(["--journal", &journal]).output().unwrap();
    assert!(told(&refused).contains("the target is another one"), "{}", told(&refused));
    let anew = result(carry_to("fourth").args(["--journal", &journal, "--anew"]));
    assert_eq!(anew["documents"]["created"], trial["documents"]["created"]);
    let status = tool(&["status"]).env("XDG_DATA_HOME", rig.path("data")).output().unwrap();
    assert_eq!(status.status.code(), Some(2));
    assert!(told(&status).contains("name the --journal"), "{}", told(&status));
}

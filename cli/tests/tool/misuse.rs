//! How the tool answers when something is wrong.

use std::collections::BTreeSet;

use super::*;

fn assert_ends(arguments: &[&str], code: i32, says: &[&str]) {
    let output = rehome(arguments);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert!(!told.contains("panicked"), "{told}");
    for words in says {
        assert!(told.contains(words), "{arguments:?} does not say {words:?}: {told}");
    }
}

#[test]
fn a_command_that_cannot_be_understood_ends_with_2() {
    assert_ends(&[], 2, &["Usage"]);
    assert_ends(&["move"], 2, &["Usage"]);
    assert_ends(&["inspect"], 2, &["<STORE>"]);
    assert_ends(&["rehearse", "plan.toml"], 2, &["--store", "--user"]);
    assert_ends(&["rehearse", "--sample", "--now", "yesterday"], 2, &["2024-01-31T12:00:00Z"]);
    for user in ["", "a/b", ".", "..", "__ann__", &"u".repeat(1501)] {
        assert_ends(&["rehearse", "--sample", "--user", user], 2, &["--user"]);
    }
    assert_ends(&["rehearse", "--sample", "--project", "a/b"], 2, &["--project"]);
    assert_ends(&["draft", "some.store", "--to", "postgres"], 2, &["firestore"]);
    assert_ends(&["draft", "some.store", "--under", "users"], 2, &["users/{uid}"]);
    assert_ends(&["draft", "some.store", "--under", "users/{name}"], 2, &["users/{uid}"]);
}

#[test]
fn a_run_that_cannot_be_begun_says_why_and_leaves_no_journal() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    let (plan, journal) = (habits.plan(), habits.text("phone.journal"));
    let fails = |plan: &str, more: &[&str], code: i32, says: &[&str]| {
        let run = ["run", plan, "--store", habits.store(), "--user", "ann", "--journal", &journal];
        assert_ends(&[&run[..], more].concat(), code, says);
        assert!(!std::path::Path::new(&journal).exists());
    };
    let emulator = ["--project", "p", "--emulator", "127.0.0.1:9"];
    let with = |more: &[&'static str]| [&emulator[..], more].concat();
    fails(&habits.text("nowhere.toml"), &emulator, 1, &["nowhere.toml", "could not be read"]);
    fails(&plan, &with(&["--batch", "0"]), 2, &["--batch", "1..=500"]);
    fails(&plan, &with(&["--rate", "0"]), 2, &["--rate"]);
    fails(&plan, &["--project", "a/b", "--emulator", "127.0.0.1:9"], 1, &["a/b", "no ids of a Firestore project"]);
    fails(&plan, &["--project", "p", "--emulator", "nowhere"], 2, &["--emulator", "127.0.0.1:8080"]);
    let token = habits.text("no.token");
    fails(&plan, &["--project", "p", "--token-file", &token], 1, &["no.token", "could not be read"]);
}

#[test]
fn a_file_that_is_no_store_ends_with_1_and_says_what_it_is_or_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.store");
    let name = path.to_str().unwrap();
    assert_ends(&["inspect", name], 1, &[name]);
    std::fs::write(&path, "").unwrap();
    assert_ends(&["inspect", name], 1, &[name]);
    std::fs::write(&path, "no database at all, but long enough to be looked at for one ".repeat(100)).unwrap();
    assert_ends(&["inspect", name], 1, &[name]);
    assert_ends(&["draft", name], 1, &[name]);
    assert_ends(&["inspect", folder.path().to_str().unwrap()], 1, &["folder"]);
}

#[test]
fn all_mistakes_in_a_plan_are_told_at_once_with_their_places() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    let plan = habits.text("plan.toml");
    let text = "name = \"habits\"\nfrom = \"swiftdata\"\nto = \"firestore\"\n\n[[move]]\nentity = \"Habbit\"\n\
                document = \"users/{uid}/habits/{id}\"\n\n[[move]]\nentity = \"Streak\"\n\
                document = \"users/{uid}/streaks\"\n\n[move.fields]\ncurrent = \"curent\"\n";
    std::fs::write(&plan, text).unwrap();
    let says = [&format!("{plan}:6:10"), "\"Habit\"", &format!("{plan}:11:12"), &format!("{plan}:14:11"), "current"];
    assert_ends(&["check", &plan, "--store", habits.store()], 1, &says);
    assert_ends(&["rehearse", &plan, "--store", habits.store(), "--user", "u"], 1, &says);
    std::fs::write(&plan, "name = \"habits\"\n[[move]]\nentty = \"Habit\"\n").unwrap();
    assert_ends(&["check", &plan], 1, &["entty", "entity"]);
    let text =
        "name = \"habits\"\nto = \"nowhere\"\n\n[[move]]\nentity = \"Habit\"\ndocument = \"users/{uid}/habits\"\n";
    std::fs::write(&plan, text).unwrap();
    assert_ends(&["check", &plan], 1, &[&format!("{plan}:2:6"), &format!("{plan}:6:12"), "3 segments"]);
    std::fs::write(&plan, [0xff, 0xfe]).unwrap();
    assert_ends(&["check", &plan], 1, &["UTF-8"]);
    std::fs::remove_file(&plan).unwrap();
    assert_ends(&["check", &plan], 1, &[&plan]);
}

#[test]
fn an_output_that_would_do_harm_or_cannot_be_is_refused_before_any_work() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    let plan = habits.plan();
    let before = std::fs::read(&habits.store).unwrap();
    let run = |more: &[&str], says: &[&str]| {
        assert_ends(&[&["rehearse", &plan, "--store", habits.store(), "--user", "u"], more].concat(), 2, says);
    };
    run(&["--out", habits.store()], &["overwritten"]);
    run(&["--quarantine", &plan], &["overwritten"]);
    run(&["--out", &format!("{}-wal", habits.store())], &["overwritten"]);
    run(&["--out", habits.folder.path().to_str().unwrap()], &["folder"]);
    run(&["--out", &habits.text("nowhere/documents.ndjson")], &["nowhere"]);
    let both = habits.text("both.ndjson");
    run(&["--out", &both, "--quarantine", &both], &["one file"]);
    let roundabout = habits.text("./both.ndjson");
    run(&["--out", &both, "--quarantine", &roundabout], &["one file"]);
    assert!(std::fs::read(&habits.store).unwrap() == before);
}

#[test]
fn a_rehearsal_that_fails_leaves_no_files() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    let (plan, out) = (habits.text("plan.toml"), habits.text("documents.ndjson"));
    std::fs::write(&plan, "name = \"habits\"\n").unwrap();
    let names = || -> BTreeSet<String> {
        let entries = std::fs::read_dir(habits.folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let before = names();
    assert_ends(&["rehearse", &plan, "--store", habits.store(), "--user", "u", "--out", &out], 1, &[&plan]);
    assert_eq!(names(), before);
}

#[test]
fn nobody_who_listens_is_no_failure() {
    let habits = Habits::new(&Options { completions: 10, ..Options::default() });
    for arguments in
        [&["inspect", habits.store()][..], &["inspect", habits.store(), "--json"], &["draft", habits.store()]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), told(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_sample_is_not_put_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample");
    let path = path.to_str().unwrap();
    assert!(printed(&["sample", path, "--completions", "20"]).contains("rehearse"));
    assert_ends(&["sample", path], 1, &["already"]);
}

#[test]
fn outside_a_terminal_nothing_is_coloured() {
    let habits = Habits::damaged();
    let plan = habits.plan();
    for arguments in [&["inspect", habits.store()][..], &["rehearse", &plan, "--store", habits.store(), "--user", "u"]]
    {
        assert!(!printed(arguments).contains('\u{1b}'));
    }
}

#[test]
fn names_in_a_store_cannot_paint_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("odd.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let script = "CREATE TABLE \"notes\u{1b}[31m\" (id TEXT PRIMARY KEY, \"body\u{7}\" TEXT)";
    connection.execute_batch(script).unwrap();
    drop(connection);
    let store = store.to_str().unwrap();
    let draft = printed(&["draft", store]);
    let plan = folder.path().join("plan.toml");
    std::fs::write(&plan, &draft).unwrap();
    let plan = plan.to_str().unwrap();
    let rehearsed = printed(&["rehearse", plan, "--store", store, "--user", "u"]);
    for shown in [printed(&["inspect", store]), draft, rehearsed] {
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    }
}

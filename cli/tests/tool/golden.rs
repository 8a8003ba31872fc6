//! What the tool prints for one small store, and what the README says that it prints, word by word. After a change
//! that is meant, run the tests with `REHOME_BLESS=1` and read the difference.

use super::*;

fn is_blessed() -> bool {
    std::env::var_os("REHOME_BLESS").is_some()
}

fn assert_golden(name: &str, printed: &str, habits: &Habits) {
    let shown = without_fingerprints(&printed.replace(habits.folder.path().to_str().unwrap(), "FOLDER"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if is_blessed() {
        std::fs::write(&path, shown).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(shown == expected, "{name} is another than it was:\n{shown}");
}

/// Fingerprints have golden files of their own.
fn without_fingerprints(text: &str) -> String {
    let is_fingerprint = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut shown = text.to_owned();
    for word in text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| is_fingerprint(word)) {
        shown = shown.replace(word, "FINGERPRINT");
    }
    shown
}

#[test]
fn what_is_printed_stays_as_it_is() {
    let habits = Habits::damaged();
    assert_golden("inspect.txt", &printed(&["inspect", habits.store()]), &habits);
    assert_golden("inspect.json", &printed(&["inspect", habits.store(), "--json"]), &habits);
    let plan = habits.plan();
    assert_golden("draft.toml", &std::fs::read_to_string(&plan).unwrap(), &habits);
    assert_golden("check.txt", &printed(&["check", &plan, "--store", habits.store()]), &habits);
    let rehearse = ["rehearse", &plan, "--store", habits.store(), "--user", "ann"];
    assert_golden("rehearse.txt", &printed(&rehearse), &habits);
    assert_golden("rehearse.json", &printed(&[&rehearse[..], &["--json"]].concat()), &habits);
}

#[test]
fn the_readme_shows_what_the_first_command_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("```text\n").unwrap();
    let (shown, after) = rest.split_once("```\n").unwrap();
    let printed = printed(&["rehearse", "--sample"]);
    let lines: String = printed.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect();
    if is_blessed() {
        std::fs::write(&path, format!("{before}```text\n{lines}```\n{after}")).unwrap();
        return;
    }
    assert!(
        shown == lines,
        "README.md shows another rehearsal than `rehome rehearse --sample`; REHOME_BLESS=1 mends it"
    );
}

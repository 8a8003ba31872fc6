//! The walls of the house: which room may know which, and what every file keeps to. ARCHITECTURE.md draws them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room of core: what it may know of ours, and of other people's crates beside the standard library.
struct Room {
    name: &'static str,
    knows: &'static [&'static str],
    crates: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room { name: "record", knows: &[], crates: &["serde", "serde_json"] },
    Room { name: "error", knows: &[], crates: &[] },
    Room { name: "schema", knows: &["record", "error"], crates: &[] },
    Room { name: "rules", knows: &["record", "error"], crates: &[] },
    Room { name: "store", knows: &["record", "error", "schema", "rules"], crates: &[] },
    Room {
        name: "plan",
        knows: &["record", "error", "schema", "rules", "store"],
        crates: &["serde", "serde_json", "sha2", "strsim", "toml"],
    },
    Room {
        name: "rehearse",
        knows: &["record", "error", "schema", "rules", "store", "plan"],
        crates: &["serde", "serde_json", "sha2"],
    },
    Room {
        name: "stores::legacy",
        knows: &["record", "error", "schema", "store"],
        crates: &["miniz_oxide", "rusqlite", "serde", "serde_json", "sha2", "tokio"],
    },
    Room {
        name: "stores::firestore",
        knows: &["record", "error", "schema", "rules", "store"],
        crates: &["serde", "serde_json"],
    },
    Room { name: "stores::memory", knows: &["record", "error", "schema", "rules", "store"], crates: &["serde_json"] },
    Room {
        name: "testkit",
        knows: &[
            "record",
            "error",
            "schema",
            "rules",
            "store",
            "plan",
            "rehearse",
            "stores::legacy",
            "stores::firestore",
            "stores::memory",
        ],
        crates: &["miniz_oxide", "rusqlite", "serde", "serde_json", "sha2", "tempfile", "tokio"],
    },
];

/// Every crate that core depends on, and those that it never may.
const CRATES: &[&str] = &[
    "miniz_oxide",
    "rusqlite",
    "serde",
    "serde_json",
    "sha2",
    "strsim",
    "tempfile",
    "tokio",
    "toml",
    "tonic",
    "reqwest",
    "uniffi",
    "rehome_ffi",
];

/// The plan is pure: these are what it would do I/O, wait or tell the time with.
const IMPURE: &[&str] = &["std::fs", "std::io", "std::net", "std::env", "std::time", "std::thread", ".await", "async"];

const LONGEST_FILE: usize = 500;

/// A file of the checkout: its path from the top, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The module path within core: `core/src/plan/read/mod.rs` is `plan::read`.
    fn module(&self) -> Option<Vec<String>> {
        let path = self.path.strip_prefix("core/src/")?.strip_suffix(".rs")?;
        let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        Some(module)
    }

    fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "examples" | "fuzz"))
    }

    /// The text before the tests at its end.
    fn before_tests(&self) -> &str {
        let end = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        &self.text[..end]
    }
}

/// The modules of core that are compiled for tests alone, as `#[cfg(test)] mod fuzz;` says.
fn test_modules(sources: &[Source]) -> Vec<Vec<String>> {
    let mut modules = Vec::new();
    for source in sources {
        let Some(parent) = source.module() else { continue };
        for (at, mark) in source.text.match_indices("#[cfg(test)]\nmod ") {
            let name = name_at(&source.text[at + mark.len()..]);
            modules.push([parent.clone(), vec![name.to_owned()]].concat());
        }
    }
    modules
}

fn room_of(module: &[String]) -> Option<String> {
    match module {
        [stores, store, ..] if stores == "stores" => Some(format!("stores::{store}")),
        [stores] if stores == "stores" => None,
        [room, ..] => Some(room.clone()),
        [] => None,
    }
}

/// The code without comments and without what is in quotes.
fn bare(code: &str) -> String {
    let mut bare = String::with_capacity(code.len());
    for line in code.lines() {
        let (mut quoted, mut rest) = (false, line);
        while let Some(character) = rest.chars().next() {
            if !quoted && rest.starts_with("//") {
                break;
            }
            if !quoted && rest.starts_with("'\"'") {
                rest = &rest[3..];
                continue;
            }
            if quoted && character == '\\' {
                rest = rest.get(2..).unwrap_or_default();
                continue;
            }
            if character == '"' {
                quoted = !quoted;
            } else if !quoted {
                bare.push(character);
            }
            rest = &rest[character.len_utf8()..];
        }
        bare.push('\n');
    }
    bare
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| !code[at + word.len()..].starts_with(is_name))
}

fn name_at(text: &str) -> &str {
    let end = text.find(|character| !is_name(character)).unwrap_or(text.len());
    &text[..end]
}

/// The paths that begin where `text` does, two names long where they are: of `{a::b, c}` both.
fn heads(text: &str) -> Vec<Vec<String>> {
    let Some(group) = text.strip_prefix('{') else {
        let first = name_at(text);
        let rest = text[first.len()..].strip_prefix("::").unwrap_or_default();
        let second = rest.strip_prefix('{').map_or_else(|| vec![name_at(rest)], |inner| group_heads(inner).collect());
        let path = |second: &str| [first, second].iter().filter(|name| !name.is_empty()).map(|&n| n.into()).collect();
        return second.into_iter().map(path).collect();
    };
    let mut paths = Vec::new();
    let (mut depth, mut begins) = (0, true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            _ if depth == 0 && begins && is_name(character) => {
                paths.extend(heads(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    paths
}

fn group_heads(inner: &str) -> impl Iterator<Item = &str> {
    let end = inner.find('}').unwrap_or(inner.len());
    inner[..end].split(',').map(|item| name_at(item.trim_start()))
}

/// The modules of core that the code names, by `crate::` or by more `super::` than its own room is deep.
fn named_modules(module: &[String], code: &str) -> Vec<Vec<String>> {
    let mut named = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if !code[..at].ends_with(is_name) && !code[..at].ends_with('$') {
            named.extend(heads(&code[at + "crate::".len()..]));
        }
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") || code[..at].ends_with(is_name) {
            continue;
        }
        let mut rest = &code[at..];
        let mut from = module.to_vec();
        while let Some(shorter) = rest.strip_prefix("super::") {
            from.pop();
            rest = shorter;
        }
        named.extend(heads(rest).into_iter().map(|head| [from.clone(), head].concat()));
    }
    named
}

fn named_crates(code: &str) -> BTreeSet<&'static str> {
    let names = |name: &&&str| {
        code.match_indices(&format!("{name}::")).any(|(at, _)| {
            let before = &code[..at];
            !before.ends_with(is_name) && !before.ends_with("::")
        })
    };
    CRATES.iter().filter(names).copied().collect()
}

/// What is wrong with core's files, a sentence each.
fn broken_walls(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    let tests = test_modules(sources);
    for source in sources.iter().filter(|source| !source.is_test()) {
        let path = &source.path;
        let Some(module) = source.module().filter(|module| !tests.iter().any(|test| module.starts_with(test))) else {
            continue;
        };
        let Some(name) = room_of(&module) else { continue };
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            broken.push(format!("{path}: `{name}` is a new room; give it a line in tests/architecture.rs"));
            continue;
        };
        let code = bare(source.before_tests());
        let others = named_modules(&module, &code).iter().filter_map(|named| room_of(named)).collect::<BTreeSet<_>>();
        for other in others.iter().filter(|other| **other != name && ROOMS.iter().any(|room| room.name == **other)) {
            if !room.knows.contains(&other.as_str()) {
                broken.push(format!("{path}: `{name}` may not know `{other}`"));
            }
        }
        for other in named_crates(&code).into_iter().filter(|other| !room.crates.contains(other)) {
            broken.push(format!("{path}: `{name}` may not know the crate `{other}`"));
        }
        if name == "plan" {
            for word in IMPURE.iter().filter(|word| has_word(&code, word)) {
                broken.push(format!("{path}: the plan is pure, and `{word}` is not"));
            }
        }
    }
    broken
}

/// What is wrong with any file as a file.
fn broken_habits(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources {
        let path = &source.path;
        let length = source.before_tests().lines().count();
        if length > LONGEST_FILE && !source.is_test() {
            broken
                .push(format!("{path}: {length} lines before its tests, and {LONGEST_FILE} are the limit; divide it"));
        }
        let is_door = ["mod.rs", "lib.rs", "main.rs"].iter().any(|door| path.ends_with(&format!("/{door}")));
        if is_door && !source.is_test() && !source.text.starts_with("//! ") {
            broken.push(format!("{path}: it does not open with a `//!` that says what is behind it"));
        }
        if path.starts_with("core/") && source.text.contains("allow(unsafe_code)") {
            broken.push(format!("{path}: core has no unsafe code"));
        }
    }
    broken
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files of the workspace's packages.
fn checkout() -> Vec<Source> {
    let mut sources = Vec::new();
    for package in ["core", "cli", "tests", "xtask"] {
        collect(&workspace().join(package), package, &mut sources);
    }
    assert!(sources.len() > 40, "the files of the workspace were not found");
    sources
}

fn collect(folder: &Path, name: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &path, sources);
        } else if path.ends_with(".rs") {
            sources.push(Source { path, text: fs::read_to_string(entry.path()).unwrap() });
        }
    }
}

#[track_caller]
fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_room_knows_only_what_it_may() {
    assert_none(&broken_walls(&checkout()));
}

#[test]
fn every_file_keeps_the_habits_of_the_house() {
    assert_none(&broken_habits(&checkout()));
}

#[test]
fn core_depends_on_no_binding_and_no_client_of_a_server() {
    let manifest = fs::read_to_string(workspace().join("core/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    for name in manifest["dependencies"].as_table().unwrap().keys() {
        let known = CRATES.contains(&name.as_str());
        let forbidden = ["uniffi", "tonic", "reqwest", "rehome-ffi"].contains(&name.as_str());
        assert!(known && !forbidden, "core/Cargo.toml: a phone links all of this; does it need `{name}`?");
    }
}

#[test]
fn a_planted_breach_is_found() {
    let planted = [
        ("core/src/plan/x.rs", "use crate::stores::legacy::LegacyStore;", "may not know `stores::legacy`"),
        ("core/src/plan/x.rs", "use crate::{error::Error, stores::{firestore, legacy}};", "know `stores::firestore`"),
        ("core/src/plan/x.rs", "use crate::stores::{\n    firestore,\n    legacy};", "may not know `stores::legacy`"),
        ("core/src/plan/x.rs", "fn f() { rusqlite::Connection::open(p) }", "may not know the crate `rusqlite`"),
        ("core/src/plan/x.rs", "fn f() { std::fs::read(p) }", "`std::fs` is not"),
        ("core/src/plan/x.rs", "async fn f() {}", "`async` is not"),
        ("core/src/record/x.rs", "fn f() -> crate::error::Result<()> {}", "may not know `error`"),
        ("core/src/record/x.rs", "use super::super::plan::Plan;", "may not know `plan`"),
        ("core/src/stores/memory/x.rs", "use super::super::legacy::Layout;", "may not know `stores::legacy`"),
        ("core/src/stores/firestore/x.rs", "use crate::plan::Plan;", "may not know `plan`"),
        ("core/src/schema.rs", "use uniffi::Record;", "may not know the crate `uniffi`"),
        ("core/src/cellar/mod.rs", "", "is a new room"),
    ];
    for (path, text, sentence) in planted {
        let broken = broken_walls(&[Source::new(path, text)]);
        assert!(broken.iter().any(|found| found.contains(sentence)), "{path}: {text}: {broken:?}");
    }
    let long = "\n".repeat(LONGEST_FILE + 1);
    for (path, text, sentence) in [
        ("core/src/plan/mod.rs", "mod x;", "does not open with"),
        ("core/src/plan/x.rs", long.as_str(), "are the limit"),
        ("core/src/plan/x.rs", "#![allow(unsafe_code)]", "no unsafe code"),
    ] {
        let broken = broken_habits(&[Source::new(path, text)]);
        assert!(broken.iter().any(|found| found.contains(sentence)), "{path}: {broken:?}");
    }
}

#[test]
fn what_is_allowed_is_no_breach() {
    let allowed = [
        ("core/src/plan/read/x.rs", "use super::super::resolved::Plan; use crate::plan::file::PlanFile;"),
        ("core/src/plan/x.rs", "// crate::stores::legacy would be wrong\nlet text = \"crate::stores::legacy\";"),
        ("core/src/plan/x.rs", "use crate::store::Shape; use sha2::Sha256;"),
        ("core/src/plan/x.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::stores::firestore;\n}"),
        ("core/src/stores/memory/mod.rs", "use super::memory::source; use crate::stores::memory::target;"),
        ("core/src/lib.rs", "pub mod plan;"),
    ];
    for (path, text) in allowed {
        assert_none(&broken_walls(&[Source::new(path, text)]));
    }
    let declared = Source::new("core/src/plan/mod.rs", "//! The plan.\n#[cfg(test)]\nmod fuzz;");
    assert_none(&broken_walls(&[declared, Source::new("core/src/plan/fuzz.rs", "use crate::testkit::habits;")]));
    let long = format!("{}#[cfg(test)]\nmod tests {{{}}}", "\n".repeat(100), "\n".repeat(LONGEST_FILE));
    assert_none(&broken_habits(&[Source::new("core/src/plan/x.rs", &long)]));
}

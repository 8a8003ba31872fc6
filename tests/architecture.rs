//! The walls of the house: which room may know which, and what every file keeps to. ARCHITECTURE.md draws them.

#[path = "architecture/code.rs"]
mod code;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use code::{bare, is_name, paths};

/// A room of core: what it may know of ours, and of other people's crates beside the standard library.
struct Room {
    name: &'static str,
    knows: &'static [&'static str],
    crates: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room { name: "record", knows: &[], crates: &["serde", "serde_json"] },
    Room { name: "error", knows: &[], crates: &[] },
    Room { name: "thread", knows: &["error"], crates: &[] },
    Room {
        name: "network",
        knows: &["error"],
        crates: &["http", "hyper_rustls", "hyper_util", "rustls", "tonic", "webpki_roots"],
    },
    Room { name: "schema", knows: &["record", "error"], crates: &[] },
    Room { name: "rules", knows: &["record", "error"], crates: &[] },
    Room { name: "store", knows: &["record", "error", "schema", "rules"], crates: &[] },
    Room {
        name: "plan",
        knows: &["record", "error", "schema", "rules", "store"],
        crates: &["serde", "serde_json", "sha2", "strsim", "toml"],
    },
    Room { name: "spool", knows: &["error"], crates: &[] },
    Room {
        name: "verify",
        knows: &["record", "error", "schema", "rules", "store", "plan", "journal", "clock", "remote_state", "spool"],
        crates: &["serde", "serde_json", "sha2"],
    },
    Room {
        name: "rehearse",
        knows: &["record", "error", "schema", "rules", "store", "plan", "spool"],
        crates: &["serde", "serde_json", "sha2"],
    },
    Room {
        name: "journal",
        knows: &["record", "error", "thread", "store", "plan"],
        crates: &["foldhash", "rusqlite", "serde", "serde_json", "tokio"],
    },
    Room {
        name: "backfill",
        knows: &["record", "error", "schema", "rules", "store", "plan", "journal", "clock", "remote_state"],
        crates: &["foldhash", "futures_util", "tokio"],
    },
    Room { name: "clock", knows: &["record"], crates: &["tokio"] },
    Room {
        name: "remote_config",
        knows: &["record", "error", "network", "store", "rollout", "steering", "journal", "clock"],
        crates: &["bytes", "futures_util", "http", "http_body_util", "serde", "serde_json", "tokio", "tonic"],
    },
    Room {
        name: "remote_state",
        knows: &["record", "error", "rules", "store", "plan", "journal", "clock"],
        crates: &["sha2", "tokio"],
    },
    Room {
        name: "rollback",
        knows: &["record", "error", "rules", "store", "plan", "journal", "clock", "remote_state", "verify"],
        crates: &["serde"],
    },
    Room {
        name: "steering",
        knows: &["record", "error", "clock", "store", "journal", "rollout", "backfill"],
        crates: &["futures_util", "serde", "serde_json", "tokio"],
    },
    Room { name: "rollout", knows: &["record", "error"], crates: &["serde", "sha2"] },
    Room {
        name: "phone",
        knows: &[
            "record",
            "error",
            "clock",
            "schema",
            "rules",
            "store",
            "plan",
            "rehearse",
            "journal",
            "backfill",
            "remote_state",
            "verify",
            "rollback",
            "rollout",
            "steering",
            "remote_config",
            "stores::legacy",
            "stores::firestore",
        ],
        crates: &["serde", "serde_json", "tokio"],
    },
    Room {
        name: "stores::legacy",
        knows: &["record", "error", "thread", "schema", "store"],
        crates: &["foldhash", "miniz_oxide", "rusqlite", "serde", "serde_json", "sha2", "tokio"],
    },
    Room {
        name: "stores::firestore",
        knows: &["record", "error", "network", "schema", "rules", "store"],
        crates: &[
            "googleapis_tonic_google_firestore_v1",
            "prost",
            "prost_types",
            "serde",
            "serde_json",
            "tokio",
            "tonic",
        ],
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
            "journal",
            "backfill",
            "remote_state",
            "clock",
            "stores::legacy",
            "stores::firestore",
            "stores::memory",
        ],
        crates: &["miniz_oxide", "rusqlite", "serde", "serde_json", "sha2", "tempfile", "tokio"],
    },
];

/// Every crate that core depends on, and those that it never may.
const CRATES: &[&str] = &[
    "bytes",
    "foldhash",
    "futures_util",
    "googleapis_tonic_google_firestore_v1",
    "http",
    "http_body_util",
    "hyper_rustls",
    "hyper_util",
    "miniz_oxide",
    "prost",
    "prost_types",
    "rusqlite",
    "rustls",
    "serde",
    "serde_json",
    "sha2",
    "strsim",
    "tempfile",
    "tokio",
    "toml",
    "tonic",
    "webpki_roots",
    "reqwest",
    "uniffi",
    "rehome_ffi",
];

/// Pure rooms: these are what they would do I/O, wait or tell the time with.
const PURE_ROOMS: &[&str] = &["plan", "rollout"];
const IMPURE_MODULES: &[&str] =
    &["std::fs", "std::io", "std::net", "std::env", "std::time", "std::thread", "std::process"];
const IMPURE_WORDS: &[&str] = &[".await", "async", "Instant", "SystemTime"];
/// The heart of the backfill is as pure: it is told the time, and may reckon with it.
const PURE_FOLDER: &str = "core/src/backfill/step/";
/// The evaluator of templates is pure too, and knows nothing else of the tool.
const EVALUATOR: &str = "cli/src/flags/template/";
const IMPURE_CRATES: &[&str] = &["anstream", "clap", "reqwest", "tokio"];

/// The one file outside of its room that makes a concrete store.
const ENDS: &str = "core/src/phone/ends.rs";
const CONCRETE: &[&str] = &["LegacyStore", "FirestoreStore", "SqliteJournal"];

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

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| !code[at + word.len()..].starts_with(is_name))
}

fn name_at(text: &str) -> &str {
    let end = text.find(|character| !is_name(character)).unwrap_or(text.len());
    &text[..end]
}

/// What a path leads to: a module of core, with the names in it, or something of the standard library or another crate.
enum Named {
    Ours(Vec<String>),
    Theirs(Vec<String>),
}

fn resolved(module: &[String], path: &[String]) -> Named {
    let supers = path.iter().take_while(|name| *name == "super").count();
    match path[0].as_str() {
        "crate" => Named::Ours(path[1..].to_vec()),
        "super" => {
            let above = &module[..module.len().saturating_sub(supers)];
            Named::Ours([above, &path[supers..]].concat())
        }
        "self" => Named::Ours([module, &path[1..]].concat()),
        _ => Named::Theirs(path.to_vec()),
    }
}

/// What a room does wrong by naming something of ours.
fn wrong_room(room: &Room, named: &[String]) -> Option<String> {
    let Some(other) = room_of(named) else {
        let whole = named.first().map_or("crate", String::as_str);
        return Some(format!("`{}` names `{whole}` as a whole, which hides what it knows", room.name));
    };
    let is_foreign = other != room.name && ROOMS.iter().any(|room| room.name == other);
    (is_foreign && !room.knows.contains(&other.as_str())).then(|| format!("`{}` may not know `{other}`", room.name))
}

/// What a room does wrong by naming something of other people's.
fn wrong_crate(room: &Room, named: &[String]) -> Option<String> {
    let name = named[0].as_str();
    if CRATES.contains(&name) && !room.crates.contains(&name) {
        return Some(format!("`{}` may not know the crate `{name}`", room.name));
    }
    let way = named[..named.len().min(2)].join("::");
    let is_impure = PURE_ROOMS.contains(&room.name) && (way == "std" || IMPURE_MODULES.contains(&way.as_str()));
    is_impure.then(|| format!("`{}` is pure, and `{way}` is not", room.name))
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
        let wrong = paths(&code).into_iter().filter_map(|path| match resolved(&module, &path) {
            Named::Ours(named) => wrong_room(room, &named),
            Named::Theirs(named) => wrong_crate(room, &named),
        });
        let wrong: BTreeSet<String> = wrong.collect();
        broken.extend(wrong.iter().map(|sentence| format!("{path}: {sentence}")));
        let names_a_store = name == "phone" && path != ENDS;
        for store in CONCRETE.iter().filter(|store| names_a_store && has_word(&code, store)) {
            broken.push(format!("{path}: `{store}` is named in {ENDS} alone"));
        }
        let is_pure = PURE_ROOMS.contains(&name.as_str()) || path.starts_with(PURE_FOLDER);
        for word in IMPURE_WORDS.iter().filter(|word| is_pure && has_word(&code, word)) {
            broken.push(format!("{path}: this is pure, and `{word}` is not"));
        }
    }
    broken
}

/// What is wrong with the evaluator's files.
fn broken_evaluator(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    let own = |source: &&Source| source.path.starts_with(EVALUATOR);
    for source in sources.iter().filter(own).filter(|source| !source.is_test() && !source.path.ends_with("/fuzz.rs")) {
        let code = bare(source.before_tests());
        for path in paths(&code) {
            let way = path[..path.len().min(2)].join("::");
            let is_impure = IMPURE_MODULES.contains(&way.as_str()) || IMPURE_CRATES.contains(&path[0].as_str());
            if is_impure || path[0] == "crate" || path.starts_with(&["super".to_owned(), "super".to_owned()]) {
                broken.push(format!("{}: the evaluator is pure and by itself, and `{way}` is not", source.path));
            }
        }
        for word in IMPURE_WORDS.iter().filter(|word| has_word(&code, word)) {
            broken.push(format!("{}: this is pure, and `{word}` is not", source.path));
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
        let opens = is_door || path.starts_with("core/");
        if opens && !source.is_test() && !source.text.starts_with("//! ") {
            broken.push(format!("{path}: it does not open with a `//!` that says what it is about"));
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
    for package in ["bindings", "core", "cli", "stores", "tests", "xtask"] {
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
fn the_evaluator_of_templates_is_pure() {
    let sources = checkout();
    assert!(sources.iter().any(|source| source.path.starts_with(EVALUATOR)));
    assert_none(&broken_evaluator(&sources));
    for text in
        ["use std::fs;", "use crate::terminal;", "use super::super::service;", "async fn f() {}", "use reqwest::Url;"]
    {
        assert_eq!(broken_evaluator(&[Source::new("cli/src/flags/template/x.rs", text)]).len(), 1, "{text}");
    }
    assert_none(&broken_evaluator(&[Source::new("cli/src/flags/template/x.rs", "use super::place::Place;")]));
}

#[test]
fn every_file_keeps_the_habits_of_the_house() {
    assert_none(&broken_habits(&checkout()));
}

/// The crates that a package links, whatever the system and whatever it calls them.
fn linked(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let systems = manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten();
    let tables = systems.filter_map(|(_, system)| system.as_table()).chain([&manifest]);
    let linked = tables.flat_map(|table| ["dependencies", "build-dependencies"].map(|kind| table.get(kind)));
    let linked = linked.flatten().filter_map(toml::Value::as_table).flatten();
    let package = |(name, said): (&String, &toml::Value)| {
        said.get("package").and_then(toml::Value::as_str).unwrap_or(name).replace('-', "_")
    };
    linked.map(package).collect()
}

fn broken_manifest(package: &str, manifest: &str) -> Vec<String> {
    let forbidden: &[&str] = match package {
        "core" => &["reqwest", "uniffi", "rehome_ffi"],
        "bindings" => &["reqwest", "rusqlite", "tonic", "tokio"],
        _ => &["uniffi", "rehome_ffi"],
    };
    let linked = linked(manifest);
    let wrong = linked
        .iter()
        .filter(|name| forbidden.contains(&name.as_str()) || package == "core" && !CRATES.contains(&name.as_str()));
    wrong.map(|name| format!("{package}/Cargo.toml: may this be linked with `{name}`?")).collect()
}

#[test]
fn core_links_no_binding_and_of_servers_firestores_client_alone_and_the_tool_no_binding() {
    for package in ["bindings", "core", "cli", "stores/firestore-admin"] {
        let manifest = fs::read_to_string(workspace().join(package).join("Cargo.toml")).unwrap();
        assert!(!linked(&manifest).is_empty());
        assert_none(&broken_manifest(package, &manifest));
    }
}

/// With a second one compiled in, rustls does not know which to take and panics at the first connection.
#[test]
fn there_is_one_provider_of_cryptography() {
    let lock: toml::Table = fs::read_to_string(workspace().join("Cargo.lock")).unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap().iter().filter_map(|package| package["name"].as_str());
    let providers = ["ring", "aws-lc-rs", "openssl", "graviola", "rustls-mbedcrypto-provider"];
    let found: BTreeSet<_> = packages.filter(|name| providers.contains(name)).collect();
    assert_eq!(found, BTreeSet::from(["ring"]));
}

#[test]
fn a_planted_dependency_is_found() {
    for (package, manifest) in [
        ("core", "[dependencies]\nhidane = \"1\""),
        ("core", "[dependencies]\nleft-pad = \"1\""),
        ("core", "[dependencies]\nserde = { version = \"1\", package = \"reqwest\" }"),
        ("core", "[target.'cfg(unix)'.dependencies]\nreqwest.workspace = true"),
        ("core", "[build-dependencies]\nuniffi = \"1\""),
        ("bindings", "[dependencies]\nrusqlite = \"1\""),
        ("cli", "[dependencies]\nrehome-ffi = { path = \"../bindings\" }"),
        ("cli", "[target.x86_64-unknown-linux-gnu.dependencies]\nuniffi = \"1\""),
    ] {
        assert_eq!(broken_manifest(package, manifest).len(), 1, "{package}: {manifest}");
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
        ("core/src/plan/x.rs", "use std::{fs, io};", "`std::io` is not"),
        ("core/src/plan/x.rs", "use std as s;", "`std` is not"),
        ("core/src/plan/x.rs", "use std::{fmt, time::Instant as Now};", "`std::time` is not"),
        ("core/src/plan/x.rs", "async fn f() {}", "`async` is not"),
        ("core/src/plan/x.rs", "use rusqlite as r;", "may not know the crate `rusqlite`"),
        ("core/src/rollout/x.rs", "use std::time::Duration;", "`std::time` is not"),
        ("core/src/phone/x.rs", "use crate::journal::SqliteJournal;", "is named in core/src/phone/ends.rs alone"),
        ("core/src/rollout/x.rs", "async fn f() {}", "`async` is not"),
        ("core/src/rollout/x.rs", "use crate::journal::Journal;", "may not know `journal`"),
        ("core/src/backfill/step/x.rs", "async fn f() {}", "`async` is not"),
        ("core/src/backfill/step/x.rs", "fn f() { std::time::Instant::now() }", "`Instant` is not"),
        ("core/src/plan/x.rs", "use {serde::Serialize, rusqlite::{self as r}};", "may not know the crate `rusqlite`"),
        ("core/src/plan/x.rs", "use crate::stores as s;", "names `stores` as a whole"),
        ("core/src/plan/x.rs", "use crate::stores::*;", "names `stores` as a whole"),
        ("core/src/plan/x.rs", "use crate as c;", "names `crate` as a whole"),
        ("core/src/plan/x.rs", "use crate::stores::{legacy as l};", "may not know `stores::legacy`"),
        (
            "core/src/plan/x.rs",
            "const A: &str = \"a\n\"; use crate::testkit::faults; const B: &str = \"\";",
            "`testkit`",
        ),
        ("core/src/plan/x.rs", "const A: &str = r#\"\"\"#; use crate::testkit::faults;", "`testkit`"),
        ("core/src/plan/x.rs", "const A: char = '\"'; /* \" */ use crate::testkit::faults;", "`testkit`"),
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
        ("core/src/plan/x.rs", "struct X;", "does not open with"),
        ("cli/src/draft/mod.rs", "mod x;", "does not open with"),
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
        ("core/src/plan/x.rs", "let text = \"\n use crate::testkit::faults; \";"),
        ("core/src/plan/x.rs", "let text = r#\" \" use crate::testkit::faults; \"#; /* /* */ use rusqlite as r; */"),
        ("core/src/plan/x.rs", "use crate::store::Shape; use sha2::Sha256; use std::collections::{BTreeMap as M, *};"),
        ("core/src/plan/x.rs", "fn f<'a>(toml: &'a str) -> &'a str { let stores = toml; stores }"),
        ("core/src/plan/x.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::stores::firestore;\n}"),
        ("core/src/stores/memory/mod.rs", "use super::memory::source; use crate::stores::memory::target;"),
        ("core/src/lib.rs", "pub mod plan;"),
    ];
    for (path, text) in allowed {
        assert_none(&broken_walls(&[Source::new(path, text)]));
    }
    let declared = Source::new("core/src/plan/mod.rs", "//! The plan.\n#[cfg(test)]\nmod fuzz;");
    assert_none(&broken_walls(&[declared, Source::new("core/src/plan/fuzz.rs", "use crate::testkit::habits;")]));
    let long = format!("//! Long.\n{}#[cfg(test)]\nmod tests {{{}}}", "\n".repeat(100), "\n".repeat(LONGEST_FILE));
    assert_none(&broken_habits(&[Source::new("core/src/plan/x.rs", &long)]));
}

//! The reader of templates against texts that nobody wrote on purpose: whatever comes in, it answers, and what it takes
//! can be evaluated. The corpus is `tests/corpus/template`; what once broke something stays there.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// Pieces that mean something to the reader.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "0",
    "1e999",
    "99999999999999999999",
    "1.5",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "🦀",
    "\"conditions\":",
    "\"condition\":",
    "\"orCondition\":",
    "\"andCondition\":",
    "\"percent\":",
    "\"customSignal\":",
    "\"value\":",
    "\"name\":",
    "\"STRING_CONTAINS_REGEX\"",
    "(?<a>",
    "[^",
    "{1,2}",
    "{9999}",
    "\\\\u{",
    "(?:",
    ")*?",
    "\\\\1",
    "\\\\k<a>",
];

static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/template");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
});

fn answers(text: &str) {
    let template = match Template::read(text) {
        Ok(template) => template,
        Err(problems) => {
            assert!(!problems.list().is_empty());
            assert!(problems.list().iter().all(|problem| !problem.place.is_empty() && !problem.message.is_empty()));
            return;
        }
    };
    let signals: Signals =
        ["paid", "ba7", "5.1", ""].map(|text| ("tier".to_owned(), Signal::Text(text.to_owned()))).into_iter().collect();
    let defaults = Defaults::new();
    for id in [None, Some(""), Some("ann"), Some("🦀")] {
        let context = Context { id, signals: &signals };
        for parameter in &template.parameters {
            let is_met = &mut |_, condition: &Condition| condition.is_met(context, &mut |_| {});
            let value = template.value(&parameter.name, &defaults, is_met);
            assert_eq!(value, template.value(&parameter.name, &defaults, is_met));
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static str),
    Cut(Index, u8),
    Move(Index, Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let piece = proptest::sample::select(PIECES);
    prop_oneof![
        (any::<Index>(), piece).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<Index>(), any::<Index>(), any::<u8>()).prop_map(|(from, to, length)| Change::Move(from, to, length)),
    ]
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap()
}

fn apply(text: &mut String, change: &Change) {
    let span = |text: &str, at: &Index, length: u8| {
        let start = boundary(text, at.index(text.len() + 1));
        start..boundary(text, start + usize::from(length % 40)).max(start)
    };
    match change {
        Change::Insert(at, piece) => text.insert_str(boundary(text, at.index(text.len() + 1)), piece),
        Change::Cut(at, length) => text.replace_range(span(text, at, *length), ""),
        Change::Move(from, to, length) => {
            let piece = text[span(text, from, *length)].to_owned();
            text.insert_str(boundary(text, to.index(text.len() + 1)), &piece);
        }
    }
}

/// A JSON value in the place of another: most of what is wrong with templates is still JSON.
fn replace(json: &mut serde_json::Value, steps: &[Index], with: &serde_json::Value) {
    match (steps, json) {
        ([step, rest @ ..], serde_json::Value::Object(members)) if !members.is_empty() => {
            let at = step.index(members.len());
            members.values_mut().nth(at).into_iter().for_each(|member| replace(member, rest, with));
        }
        ([step, rest @ ..], serde_json::Value::Array(list)) if !list.is_empty() => {
            let at = step.index(list.len());
            replace(&mut list[at], rest, with);
        }
        (_, json) => json.clone_from(with),
    }
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    proptest::sample::select(
        &["null", "true", "0", "-1.5", "\"\"", "\"(\"", "\"a\"", "[]", "{}", "[{}]", "{\"true\":{}}"][..],
    )
    .prop_map(|text| serde_json::from_str(text).unwrap())
}

#[test]
fn the_corpus_is_answered() {
    CORPUS.iter().for_each(|text| answers(text));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn templates_with_slips_and_worse_are_answered(start: Index, changes in prop::collection::vec(change(), 1..8)) {
        let mut text = start.get(&CORPUS).clone();
        changes.iter().for_each(|change| apply(&mut text, change));
        answers(&text);
    }

    #[test]
    fn templates_with_anything_in_any_place_are_answered(
        start: Index,
        changes in prop::collection::vec((prop::collection::vec(any::<Index>(), 1..12), any_value()), 1..6),
    ) {
        let mut json: serde_json::Value = serde_json::from_str(&CORPUS[start.index(CORPUS.len())]).unwrap();
        changes.iter().for_each(|(steps, with)| replace(&mut json, steps, with));
        answers(&json.to_string());
    }

    #[test]
    fn any_text_at_all_is_answered(pieces in prop::collection::vec(prop_oneof![
        proptest::sample::select(PIECES).prop_map(str::to_owned),
        "\\PC{0,8}",
    ], 0..60)) {
        answers(&pieces.concat());
    }

    #[test]
    fn any_pattern_is_answered(pieces in prop::collection::vec(prop_oneof![
        proptest::sample::select(&["(", ")", "[", "]", "{", "}", "\\", "\\u{", "\\ud83d", "?", "*", "+", "|", "^", "$", ".", "(?<a>", "\\k<a>", "\\1", "{2}", "-", "é", "😀"][..]).prop_map(str::to_owned),
        "[a-z0-9]{0,3}",
    ], 0..12)) {
        if let Ok(pattern) = ecmascript::Pattern::new(&pieces.concat()) {
            let first = pattern.is_in("abc😀é");
            prop_assert_eq!(first, pattern.is_in("abc😀é"));
        }
    }
}

#[test]
fn nesting_without_end_is_refused_and_does_not_end_the_stack() {
    for depth in [10, 60, 127, 128, 129, 20_000] {
        for (open, close) in [("[", "]"), ("{\"orCondition\":{\"conditions\":[", "]}}"), ("{\"a\":", "}")] {
            let condition = format!("{}{{}}{}", open.repeat(depth), close.repeat(depth));
            answers(&format!("{{\"conditions\":[{{\"name\":\"a\",\"condition\":{condition}}}]}}"));
        }
    }
    let pattern = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    drop(ecmascript::Pattern::new(&pattern));
}

#[test]
fn a_template_without_end_is_refused() {
    assert!(Template::read(&" ".repeat(17 << 20)).is_err());
}

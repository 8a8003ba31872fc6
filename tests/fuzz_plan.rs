//! The plan's parser against texts that nobody wrote on purpose: whatever comes in, it answers, and never panics,
//! hangs or runs out of stack. The corpus is every plan of these tests, and `corpus/plan`.

mod seeds;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use rehome_core::plan::PlanFile;
use rehome_core::stores::firestore;
use rehome_core::testkit::targets;

/// Pieces that mean something to the parser.
const PIECES: &[&str] = &[
    "{",
    "}",
    "{{",
    "[",
    "]",
    "[[",
    "]]",
    "\"",
    "\"\"\"",
    "'",
    "=",
    ".",
    ",",
    "/",
    "|",
    "*",
    "#",
    "\n",
    "\\",
    "\\u0000",
    "@key",
    "@hash",
    "{uid}",
    "{now}",
    "{id|key}",
    "{version}",
    "..",
    "__x__",
    "\u{301}",
    "🦀",
    "\u{feff}",
    "-1",
    "1e999",
    "9223372036854775808",
    "0x",
    "nan",
    "1979-05-27",
    "07:32:00",
    "true",
    "[[move]]\n",
    "[move.fields]\n",
    "entity = ",
    "document = ",
    "fields = {}",
    "{ from = \"id\" }",
    "{ embed = \"owner\" }",
    "{ list = \"buddies\", of = ",
    "{ text = \"{",
    "{ map = { ",
    "\"*\" = \"*\"\n",
    "where = { ",
    "not = [",
    "as = \"json_text\"",
    "nulls = \"keep\"",
];

static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = ["plans", "golden/plan_errors", "corpus/plan"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .collect();
    files.sort();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
});

/// Checks a text against every store, each with a target, and what is said of it.
fn answers(text: &str) {
    let lines = text.split('\n').count();
    let ends = [
        (seeds::habits(), firestore::rules()),
        (seeds::postgres(), targets::items()),
        (seeds::firestore(), targets::relational()),
        (seeds::cosmos(), firestore::rules()),
    ];
    for (schema, rules) in ends {
        match PlanFile::check(text, "fuzz.toml", &schema, &rules) {
            Ok(checked) => {
                let again = PlanFile::check(text, "fuzz.toml", &schema, &rules).unwrap();
                assert_eq!(again.plan.fingerprint, checked.plan.fingerprint);
            }
            Err(problems) => {
                assert!(!problems.to_string().is_empty());
                for problem in problems.list() {
                    assert!((1..=lines).contains(&problem.place.line), "{problem}");
                    assert!(problem.place.column <= text.len() + 1, "{problem}");
                }
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static str),
    Cut(Index, u8),
    SwapLines(Index, Index),
    CopyLine(Index, Index),
    Splice(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let piece = proptest::sample::select(PIECES);
    prop_oneof![
        (any::<Index>(), piece).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Change::SwapLines(one, other)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::CopyLine(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, at)| Change::Splice(from, at)),
    ]
}

fn apply(text: &mut String, change: &Change, corpus: &[String]) {
    let boundary =
        |text: &str, at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    match change {
        Change::Insert(at, piece) => text.insert_str(boundary(text, at.index(text.len() + 1)), piece),
        Change::Cut(at, length) => {
            let start = boundary(text, at.index(text.len() + 1));
            let end = boundary(text, start + usize::from(length % 40)).max(start);
            text.replace_range(start..end, "");
        }
        Change::SwapLines(one, other) => {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            lines.swap(one, other);
            *text = lines.join("\n");
        }
        Change::CopyLine(from, to) => {
            let line = lines[from.index(lines.len())].clone();
            lines.insert(to.index(lines.len() + 1), line);
            *text = lines.join("\n");
        }
        Change::Splice(from, at) => {
            let other: Vec<&str> = from.get(corpus).lines().collect();
            let line = other.get(at.index(other.len().max(1))).copied().unwrap_or_default().to_owned();
            lines.insert(at.index(lines.len() + 1), line);
            *text = lines.join("\n");
        }
    }
}

#[test]
fn the_corpus_is_answered() {
    CORPUS.iter().for_each(|text| answers(text));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn plans_with_slips_and_worse_are_answered(start: Index, changes in prop::collection::vec(change(), 1..12)) {
        let mut text = start.get(&CORPUS).clone();
        changes.iter().for_each(|change| apply(&mut text, change, &CORPUS));
        answers(&text);
    }

    #[test]
    fn any_text_at_all_is_answered(pieces in prop::collection::vec(prop_oneof![
        proptest::sample::select(PIECES).prop_map(str::to_owned),
        "\\PC{0,8}",
        "[a-z@.]{1,6}",
    ], 0..60)) {
        answers(&pieces.concat());
    }
}

#[test]
fn nesting_without_end_is_refused_and_does_not_end_the_stack() {
    let deep = |open: &str, close: &str, depth: usize| {
        format!(
            "name = \"deep\"\n[[move]]\nentity = \"Habit\"\ndocument = \"a/{{id}}\"\nfields = {{ x = {}1{} }}\n",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    for depth in [10, 31, 32, 33, 79, 80, 1000, 20_000] {
        for (open, close) in [("{ x = ", " }"), ("{ map = { x = ", " } }"), ("[", "]"), ("{ value = [", "] }")] {
            answers(&deep(open, close, depth));
        }
        answers(&deep("{ embed = \"owner\", fields = { x = ", " } }", depth));
        answers(&deep("{ list = \"buddies\", of = ", " }", depth));
        answers(&format!("name = \"deep\"\nstamp.{}x = 1\n", "x.".repeat(depth)));
        answers(&format!("name = \"deep\"\n[{}x]\n", "x.".repeat(depth)));
        answers(&format!("name = \"deep\"\n[[move]]\nwhere.{}x = 1\n", "x.".repeat(depth)));
    }
}

#[test]
fn a_path_of_a_thousand_steps_is_answered() {
    let path = "owner.habits.".repeat(1000);
    let one = "xpState.user.".repeat(1000);
    for path in [path, one] {
        answers(&format!("name = \"far\"\n[[move]]\nentity = \"Habit\"\ndocument = \"a/{{{path}id}}\"\n"));
        answers(&format!("name = \"far\"\n[[move]]\nentity = \"UserProfile\"\ndocument = \"a/{{{path}id}}\"\n"));
    }
}

#[test]
fn a_plan_without_end_is_refused() {
    let moves = "[[move]]\nentity = \"Habit\"\ndocument = \"habits/{id}\"\n".repeat(3000);
    let problems = PlanFile::parse(&format!("name = \"many\"\n{moves}"), "many.toml").unwrap_err();
    assert!(problems.to_string().contains("too many moves"), "{problems}");
    let fields: String = (0..60_000).map(|at| format!("f{at} = \"g{at}\"\n")).collect();
    let wide = format!("name = \"wide\"\n[[move]]\nentity = \"a\"\ndocument = \"a/{{id}}\"\n[move.fields]\n{fields}");
    let problems = PlanFile::parse(&wide, "wide.toml").unwrap_err();
    assert!(problems.to_string().contains("too many keys and values"), "{problems}");
    let parts = format!("name = \"parts\"\n[[move]]\nentity = \"a\"\ndocument = \"a/{}\"\n", "{id}".repeat(10_000));
    let problems = PlanFile::parse(&parts, "parts.toml").unwrap_err();
    assert!(problems.to_string().contains("too many fields in one text"), "{problems}");
    let long = format!("name = \"{}\"", "x".repeat(5 << 20));
    let problems = PlanFile::parse(&long, "long.toml").unwrap_err();
    assert!(problems.to_string().contains("too many for a plan"), "{problems}");
    let line = format!("name = {{ {} }}", (0..100_000).map(|at| format!("a{at} = 1")).collect::<Vec<_>>().join(", "));
    assert!(PlanFile::parse(&line, "line.toml").is_err());
}

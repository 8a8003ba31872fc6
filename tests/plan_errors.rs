//! What a plan's author is told, word for word: each plan in `golden/plan_errors` is checked, and all that is said of
//! it is in the file beside it. `REHOME_BLESS=1` writes those files anew.

mod seeds;

use std::fs;
use std::path::{Path, PathBuf};

use rehome_core::plan::{PlanFile, Problem};
use rehome_core::rules::Rules;
use rehome_core::schema::Schema;
use rehome_core::stores::firestore;
use rehome_core::testkit::targets;

/// The store that a plan says it is from; a misspelt one is the habit app's.
fn store(text: &str) -> Schema {
    if text.contains("from = \"postgres\"") {
        seeds::postgres()
    } else if text.contains("from = \"firestore\"") {
        seeds::firestore()
    } else {
        seeds::habits()
    }
}

fn target(text: &str) -> Rules {
    if text.contains("to = \"postgres\"") {
        targets::relational()
    } else if text.contains("to = \"dynamodb\"") {
        targets::items()
    } else {
        firestore::rules()
    }
}

fn told(text: &str, file: &str) -> String {
    let problems: Vec<Problem> = match PlanFile::check(text, file, &store(text), &target(text)) {
        Ok(checked) => checked.warnings,
        Err(problems) => problems.list().to_vec(),
    };
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

fn plans() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/plan_errors");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut plans: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|kind| kind == "toml")).collect();
    plans.sort();
    plans
}

#[test]
fn every_problem_is_told_with_its_place_and_what_would_be_right() {
    let plans = plans();
    assert!(plans.len() > 10, "the plans are not where they should be");
    for path in plans {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let told = told(&fs::read_to_string(&path).unwrap(), &file);
        let golden = path.with_extension("txt");
        if std::env::var_os("REHOME_BLESS").is_some() {
            fs::write(&golden, &told).unwrap();
        }
        assert_eq!(told, fs::read_to_string(&golden).unwrap_or_default(), "{file}");
    }
}

//! The plans that the house was promised for: checked against the stores that they are written for.

mod seeds;

use std::fs;
use std::path::Path;

use rehome_core::plan::{Checked, PlanFile};
use rehome_core::rules::Rules;
use rehome_core::schema::Schema;
use rehome_core::stores::firestore;
use rehome_core::testkit::targets;

fn check(name: &str, schema: &Schema, rules: &Rules) -> Checked {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(format!("{name}.toml"));
    let text = fs::read_to_string(&path).unwrap();
    PlanFile::check(&text, &format!("plans/{name}.toml"), schema, rules).unwrap_or_else(|problems| panic!("{problems}"))
}

fn warnings(checked: &Checked) -> Vec<String> {
    checked.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn the_plan_of_student_analytics_fits_and_names_its_ids_that_can_collide() {
    let checked = check("student_analytics", &seeds::cosmos(), &firestore::rules());
    let warnings = warnings(&checked);
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("two records can get one id"), "{warnings:#?}");
}

#[test]
fn the_plan_of_the_habit_app_fits() {
    let checked = check("habits", &seeds::habits(), &firestore::rules());
    let warnings = warnings(&checked);
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    assert!(warnings[0].contains("habit.id may be missing"), "{warnings:#?}");
    assert!(warnings[1].contains("state.id may be missing"), "{warnings:#?}");
}

#[test]
fn the_plan_of_the_task_proxy_fits() {
    let checked = check("task_proxy", &seeds::firestore(), &targets::relational());
    assert_eq!(warnings(&checked), Vec::<String>::new());
}

#[test]
fn the_plan_of_the_social_backend_fits() {
    let checked = check("empathy_hub", &seeds::postgres(), &firestore::rules());
    assert_eq!(warnings(&checked), Vec::<String>::new());
}

#[test]
fn the_plan_of_the_trade_journal_fits() {
    let checked = check("trade_journal", &seeds::firestore(), &targets::items());
    let warnings = warnings(&checked);
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("two records can get one id"), "{warnings:#?}");
}

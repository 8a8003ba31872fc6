//! The plan as a person wrote it: read, and checked against a store and a target. `language.md` says how one is
//! written.

use std::sync::Arc;

use super::problem::{Problem, Problems, Report};
use super::read::read;
use super::resolve::{check_alone, resolve};
use super::resolved::Plan;
use super::tree::{At, FieldText, MoveText, NullsText, RelationText};
use crate::rules::Rules;
use crate::schema::Schema;

/// A plan as a person wrote it: TOML that says how the records of one store become the documents of another.
///
#[doc = include_str!("language.md")]
///
/// # Example
/// ```
/// use rehome_core::plan::PlanFile;
/// let text = r#"
///     name = "notes"
///     [[move]]
///     entity = "Note"
///     document = "users/{uid}/notes/{id}"
///     titel = "a slip"
/// "#;
/// let problems = PlanFile::parse(text, "notes.toml").unwrap_err();
/// assert!(problems.to_string().starts_with("notes.toml:6:5: unknown key \"titel\" in a move"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PlanFile {
    pub(super) file: Arc<str>,
    pub(super) name: String,
    pub(super) version: i64,
    pub(super) from: Option<At<String>>,
    pub(super) to: Option<At<String>>,
    pub(super) schemas: Vec<At<String>>,
    pub(super) nulls: Option<NullsText>,
    pub(super) leave_out: Vec<At<String>>,
    pub(super) stamps: Vec<FieldText>,
    pub(super) relations: Vec<RelationText>,
    pub(super) moves: Vec<MoveText>,
}

/// A plan that can run, and what its author may want to know first.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The plan.
    pub plan: Plan,
    /// What may not be as it was meant.
    pub warnings: Vec<Problem>,
}

impl PlanFile {
    /// Reads a plan; `file` is its name in messages.
    ///
    /// # Errors
    /// All that is wrong with the text by itself.
    pub fn parse(text: &str, file: &str) -> Result<Self, Problems> {
        let file: Arc<str> = file.into();
        let report = Report::new(Arc::clone(&file));
        match read(text, &file, &report) {
            Some(plan) => report.finish().map(|_| plan),
            None => Err(report.fail()),
        }
    }

    /// Checks the plan against a store's schema and a target's rules, and makes it ready to run.
    ///
    /// # Errors
    /// All that does not fit.
    pub fn resolve(&self, schema: &Schema, rules: &Rules) -> Result<Checked, Problems> {
        let report = Report::new(Arc::clone(&self.file));
        let plan = resolve(self, schema, rules, &report);
        Ok(Checked { plan, warnings: report.finish()? })
    }

    /// [`parse`](Self::parse) and [`resolve`](Self::resolve) in one, so that the problems of both are shown at once.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn check(text: &str, file: &str, schema: &Schema, rules: &Rules) -> Result<Checked, Problems> {
        let file: Arc<str> = file.into();
        let report = Report::new(Arc::clone(&file));
        let Some(plan) = read(text, &file, &report) else {
            return Err(report.fail());
        };
        let plan = resolve(&plan, schema, rules, &report);
        Ok(Checked { plan, warnings: report.finish()? })
    }

    /// [`parse`](Self::parse), with all that can be checked against a target alone where there is no store.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn check_alone(text: &str, file: &str, rules: &Rules) -> Result<Self, Problems> {
        let file: Arc<str> = file.into();
        let report = Report::new(Arc::clone(&file));
        match read(text, &file, &report) {
            Some(plan) => {
                check_alone(&plan, rules, &report);
                report.finish().map(|_| plan)
            }
            None => Err(report.fail()),
        }
    }

    /// Its file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The kind of store that it says it is for.
    pub fn from(&self) -> Option<&str> {
        self.from.as_ref().map(|from| from.it.as_str())
    }

    /// The kind of target that it says it goes to.
    pub fn to(&self) -> Option<&str> {
        self.to.as_ref().map(|to| to.it.as_str())
    }

    /// Whether it is for a store of this schema: it names no schemas, or this one by its fingerprint or version.
    pub fn is_for(&self, schema: &Schema) -> bool {
        let names = |name: &At<String>| name.it == schema.fingerprint || Some(&name.it) == schema.version.as_ref();
        self.schemas.is_empty() || self.schemas.iter().any(names)
    }

    /// Its file and the schemas that it is for.
    pub(super) fn described(&self) -> String {
        let schemas: Vec<&str> = self.schemas.iter().map(|name| name.it.as_str()).collect();
        let schemas = if schemas.is_empty() { "any schema".to_owned() } else { schemas.join(", ") };
        format!("{} is for {schemas}", self.file)
    }
}

//! The plan file: TOML that says how the records of one store become the documents of another.
//!
//! ```toml
//! name    = "habits"
//! version = 1                     # 1 where it is not given
//! from    = "swiftdata"           # the store's kind; another one that fits is taken with a warning
//! to      = "firestore"
//! schema  = ["2.1.0"]             # optional: the app's schema versions or fingerprints that the plan is for
//! nulls   = "keep"                # or "leave out": what becomes of null, unless a move or a field says otherwise
//! leave_out = ["DebugEntry"]      # entities that stay behind on purpose
//!
//! [stamp]                         # written into each document, and no part of what it is compared by
//! source_system = "swiftdata_migration"
//! migrated_at   = "{now}"         # a timestamp; "{now:iso}" is text, "{version}" the plan's version
//!
//! [[relation]]                    # a relation that the store does not know
//! entity = "tasks"
//! name   = "responses"
//! to     = "miner_responses"
//! ours   = "@key"                 # our field, and theirs that is equal to it
//! theirs = "task_id"
//! many   = true
//!
//! [[move]]
//! entity    = "Habit"             # or several that share what follows: ["Habit", "Task"]
//! document  = "users/{uid}/habits/{id}"
//! revision  = "updatedAt"         # who is newer
//! where     = { isArchived = false, kind = ["daily", "weekly"], score = { at_least = 3, below = 9 } }
//! leave_out = ["scratch"]         # fields that stay behind on purpose
//! unique    = ["slug"]            # fields of the document that no two may share
//!
//! [move.fields]                   # without it: every field under its own name; or just names: fields = ["id", "title"]
//! "*"      = "*"                  # every field that no rule below takes, under its own name
//! title    = "name"               # a field by another name
//! habitId  = "habit.id"           # of a record that a to-one relation leads to
//! city     = "address.city"       # within a field that is a map
//! target   = { from = "targetAmount", as = "string" }
//! due      = { from = "dueAt", as = "timestamp", unit = "millis", nulls = "leave out" }
//! points   = { from = "points", default = 0 }
//! kind     = { value = "habit" }  # the same in every record: any TOML value
//! label    = { text = "{title} ({kind})" }
//! streak   = { embed = "streak", fields = ["current", "longest"] }
//! days     = { embed = "completions", fields = { day = "date", note = "note" } }
//! owner    = { reference = "owner", to = "users/{uid}" }
//! buddies  = { references = "buddies" }            # to the document that the plan makes of them
//! tags     = { list = "tags", of = "name" }
//! history  = { embed = "events", as = "json_text" }  # for targets that hold nothing nested
//! icon     = { upload = "iconData", to = "icons/{uid}/{id}.png", over = 500000 }
//! data.kind = "kind"              # a map in the document, by dotted keys or by tables
//!
//! [move.stamp]                    # over or beside the plan's own stamps
//! data.source = "phone"
//! ```
//!
//! **Paths** name a field (`title`), a field of the record that a to-one relation leads to (`habit.id`), a place
//! within a map (`address.city`), a capture of a collection's path (`userId` where `entity` is
//! `users/{userId}/journal/{date}`), or what the store adds: `@key`, `@entity`, `@store`, `@cloudkit.name` …
//!
//! **Templates** are text with paths in braces: `{uid}` is the owner, `{id|lower}` a converted field. In addresses
//! what does not fit a segment is escaped; `{id|key}` also escapes `_`, so that ids of several values joined by `_`
//! cannot collide. `{@hash}`, in a move's own address, is made of the document's content. `{{` and `}}` are braces.
//!
//! **Conversions** (`as`, and `{field|…}`): `string`, `int`, `double` (with `lossy = true` where digits may be lost),
//! `decimal`, `bool`, `timestamp` (`unit`: `seconds`, `millis`, `micros`, `mac`), `iso`, `date`, `base64`, `json`,
//! `json_text`, `lower`, `upper`. What cannot be converted is set aside with its reason and never guessed.
//!
//! **Conditions** (`where`): a value, one of several, or `{ not = …, at_least = …, below = …, exists = true }`.
//!
//! A table is a rule when it has one of the words `from`, `value`, `text`, `embed`, `reference`, `references`, `list`,
//! `upload`; any other is a map of further fields. `{ map = { … } }` is a map whatever its fields are called.

use std::sync::Arc;

use super::problem::{Problem, Problems, Report};
use super::read::read;
use super::resolve::resolve;
use super::resolved::Plan;
use super::tree::{At, FieldText, MoveText, NullsText, RelationText};
use crate::rules::Rules;
use crate::schema::Schema;

/// A plan as a person wrote it. The documentation of this module's source, and `docs/plan.md`, say how.
///
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
#[derive(Clone, Debug, Default, PartialEq)]
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
        let plan = read(text, &file, &report);
        report.finish()?;
        Ok(plan)
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
        let plan = resolve(&read(text, &file, &report), schema, rules, &report);
        Ok(Checked { plan, warnings: report.finish()? })
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

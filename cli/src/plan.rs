//! Plans from files.

use std::fs;
use std::path::Path;

use rehome_core::error::Error;
use rehome_core::plan::{Checked, PlanFile};
use rehome_core::rules::Rules;
use rehome_core::schema::Schema;

use crate::failure::Failure;

/// A plan as it stands by itself, without a store.
pub(crate) fn check_alone(path: &Path, rules: &Rules) -> Result<PlanFile, Failure> {
    PlanFile::check_alone(&text(path)?, &path.to_string_lossy(), rules).map_err(|problems| Error::from(problems).into())
}

/// A plan for a store, checked against all that is known of it.
pub(crate) fn check(path: &Path, schema: &Schema, rules: &Rules) -> Result<Checked, Failure> {
    let checked = PlanFile::check(&text(path)?, &path.to_string_lossy(), schema, rules);
    checked.map_err(|problems| Error::from(problems).into())
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::Work(format!("{} is no text in UTF-8: is it a plan?", path.display())))
}

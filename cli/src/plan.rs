//! Plans from files.

use std::fs;
use std::path::{Path, PathBuf};

use rehome_core::error::Error;
use rehome_core::plan::{Checked, PlanFile, Problems, choose};
use rehome_core::rules::Rules;
use rehome_core::schema::Schema;

use crate::failure::Failure;

/// Plans as they stand by themselves, without a store.
pub(crate) fn check_alone(paths: &[PathBuf], rules: &Rules) -> Result<Vec<PlanFile>, Failure> {
    each(paths, |text, file| PlanFile::check_alone(text, file, rules))
}

/// The plan among these files that is for a store, with its file's name and checked against all that
/// is known of the store.
pub(crate) fn check(paths: &[PathBuf], schema: &Schema, rules: &Rules) -> Result<(String, Checked), Failure> {
    if let [path] = paths {
        let file = path.to_string_lossy();
        let checked = PlanFile::check(&text(path)?, &file, schema, rules).map_err(Error::from)?;
        return Ok((file.into_owned(), checked));
    }
    let plans = each(paths, PlanFile::parse)?;
    let plan = choose(&plans, schema)?;
    Ok((plan.file().to_owned(), plan.resolve(schema, rules).map_err(Error::from)?))
}

/// Reads each plan, and tells what is wrong with any of them at once.
fn each(paths: &[PathBuf], read: impl Fn(&str, &str) -> Result<PlanFile, Problems>) -> Result<Vec<PlanFile>, Failure> {
    let (mut plans, mut wrong) = (Vec::new(), Vec::new());
    for path in paths {
        match read(&text(path)?, &path.to_string_lossy()) {
            Ok(plan) => plans.push(plan),
            Err(problems) => wrong.push(problems.to_string()),
        }
    }
    if wrong.is_empty() { Ok(plans) } else { Err(Failure::Work(wrong.join("\n"))) }
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::Work(format!("{} is no text in UTF-8: is it a plan?", path.display())))
}

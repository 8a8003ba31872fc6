//! Which of several plans is for a store: a user may come from any old release of the app.

use super::file::PlanFile;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Schema;

/// The one plan for the store's schema: one that names its fingerprint or the app's version of it in `schema`, and
/// otherwise one that names none.
///
/// # Errors
/// When none is for this schema, or several are.
pub fn choose<'p>(plans: &'p [PlanFile], schema: &Schema) -> Result<&'p PlanFile> {
    let named: Vec<&PlanFile> = plans.iter().filter(|plan| !plan.schemas.is_empty() && plan.is_for(schema)).collect();
    let general: Vec<&PlanFile> = plans.iter().filter(|plan| plan.schemas.is_empty()).collect();
    let candidates = if named.is_empty() { general } else { named };
    match &*candidates {
        [one] => Ok(one),
        [] => {
            let known: Vec<String> = plans.iter().map(PlanFile::described).collect();
            let known = if known.is_empty() { "no plan was given".to_owned() } else { known.join("; ") };
            let message = format!(
                "no plan is for this store's schema ({}): {known}. Write one, or name the schema in the one that fits",
                described(schema)
            );
            Err(Error::new(ErrorKind::BadInput, message))
        }
        several => {
            let files: Vec<&str> = several.iter().map(|plan| plan.file()).collect();
            let message = format!(
                "{} plans are for this store's schema ({}): {}. Leave one, or say in each which schemas it is for",
                several.len(),
                described(schema),
                files.join(", ")
            );
            Err(Error::new(ErrorKind::BadInput, message))
        }
    }
}

fn described(schema: &Schema) -> String {
    let version = schema.version.as_ref().map(|version| format!("version {version}, ")).unwrap_or_default();
    format!("{version}fingerprint {}", schema.fingerprint)
}

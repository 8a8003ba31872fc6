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

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(file: &str, schemas: &str) -> PlanFile {
        let text = format!("name = \"a\"\n{schemas}\n[[move]]\nentity = \"A\"\ndocument = \"a/{{id}}\"\n");
        PlanFile::parse(&text, file).unwrap()
    }

    fn schema(version: Option<&str>) -> Schema {
        Schema { fingerprint: "f1".into(), version: version.map(str::to_owned), ..Schema::default() }
    }

    #[test]
    fn the_plan_that_names_the_schema_goes_before_one_for_any() {
        let plans = [plan("any", ""), plan("one", "schema = [\"1.0\", \"1.1\"]"), plan("two", "schema = \"2.0\"")];
        let chosen = |version| choose(&plans, &schema(version)).unwrap().file();
        assert_eq!(chosen(Some("1.1")), "one");
        assert_eq!(chosen(Some("2.0")), "two");
        assert_eq!(chosen(Some("3.0")), "any");
        assert_eq!(chosen(None), "any");
    }

    #[test]
    fn a_schema_is_also_named_by_its_fingerprint() {
        let plans = [plan("one", "schema = \"f1\""), plan("two", "schema = \"f2\"")];
        assert_eq!(choose(&plans, &schema(None)).unwrap().file(), "one");
    }

    #[test]
    fn none_and_several_are_refused_with_what_there_is() {
        let plans = [plan("one", "schema = \"1.0\""), plan("two", "schema = [\"1.0\", \"2.0\"]")];
        let message = |plans, version| choose(plans, &schema(version)).unwrap_err().to_string();
        assert!(message(&plans, Some("1.0")).contains("one, two"));
        let none = message(&plans, Some("3.0"));
        assert!(none.contains("version 3.0, fingerprint f1") && none.contains("two is for 1.0, 2.0"), "{none}");
        assert!(message(&[], None).contains("no plan was given"));
    }
}

//! A field of an entity as a line of a plan.

use rehome_core::record::Kind;
use rehome_core::rules::Rules;
use rehome_core::schema::{Entity, Field};

use super::names::{can_be_passed, key, path, quoted};

/// The names of fields that say when a record last changed, in the order in which they are believed.
const REVISIONS: [&str; 14] = [
    "updatedat",
    "modifiedat",
    "lastmodified",
    "lastmodifiedat",
    "lastupdated",
    "lastupdatedat",
    "modificationdate",
    "datemodified",
    "dateupdated",
    "lastmodifieddate",
    "changedat",
    "editedat",
    "modified",
    "updated",
];
/// What the names of numbers end in that most likely stand for moments.
const MOMENTS: [&str; 5] = ["at", "date", "time", "timestamp", "day"];

/// What stands to the right of a field's name, and what there is to say about it.
pub(super) struct Line {
    pub(super) rule: String,
    pub(super) remark: String,
}

/// The field under its own name, converted where the target cannot hold it as it is.
pub(super) fn line(field: &Field, rules: &Rules) -> Line {
    let mut remark = vec![field.native.clone()];
    if field.optional {
        remark.push("may be missing".to_owned());
    }
    if is_held(field, rules) {
        remark.extend(hint(field));
    } else if field.kind == Kind::Decimal {
        let target = rules.target;
        remark.push(format!("kept exact as text; as = \"double\" is a number in {target}, and digits may be lost"));
    } else {
        remark.push(format!("as {} can hold it", rules.target));
    }
    Line { rule: rule(&path(&field.name), field, rules), remark: remark.join(", ") }
}

/// Where a path leads to the field, and what is done to it.
fn rule(path: &str, field: &Field, rules: &Rules) -> String {
    if is_held(field, rules) {
        return quoted(path);
    }
    if field.elements.is_empty() {
        return format!("{{ from = {}, as = \"string\" }}", quoted(path));
    }
    let part = |part: &Field| format!("{} = {}", key(&part.name), rule(&format!("{path}.{}", part.name), part, rules));
    let parts: Vec<String> = field.elements.iter().filter(|part| can_be_passed(&part.name)).map(part).collect();
    format!("{{ map = {{ {} }} }}", parts.join(", "))
}

/// Whether the target can hold the field as it is.
fn is_held(field: &Field, rules: &Rules) -> bool {
    let itself = field.kind == Kind::Any || rules.holds.contains(&field.kind);
    itself && field.elements.iter().all(|part| is_held(part, rules))
}

fn hint(field: &Field) -> Option<String> {
    match field.kind {
        Kind::Int | Kind::Double if could_be_moment(field) => {
            Some("if it stands for a moment: as = \"timestamp\", unit = \"millis\" or \"seconds\"".to_owned())
        }
        Kind::Bytes => Some("if it is too large for a document: { upload = …, to = … }".to_owned()),
        _ => None,
    }
}

fn could_be_moment(field: &Field) -> bool {
    let name = plain(&field.name);
    let separate = |ending: &&str| field.name.to_lowercase().ends_with(&format!("_{ending}"));
    let capital = |ending: &&str| field.name.ends_with(&format!("{}{}", ending[..1].to_uppercase(), &ending[1..]));
    MOMENTS.iter().any(|ending| name == *ending || separate(ending) || capital(ending))
}

/// The field that says how new a record is.
pub(super) fn revision(entity: &Entity) -> Option<&Field> {
    let fits = |field: &&Field| matches!(field.kind, Kind::Timestamp | Kind::Int | Kind::Double);
    REVISIONS.iter().find_map(|name| entity.fields.iter().filter(fits).find(|field| plain(&field.name) == *name))
}

fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehome_core::stores::firestore;

    #[test]
    fn what_the_target_cannot_hold_is_converted() {
        let line = line(&Field::new("price", Kind::Decimal), &firestore::rules());
        assert_eq!(line.rule, r#"{ from = "price", as = "string" }"#);
    }

    #[test]
    fn a_struct_is_taken_apart_where_the_target_cannot_hold_all_of_it() {
        let mut price = Field::new("price", Kind::Map);
        price.elements = vec![Field::new("currency", Kind::String)];
        assert_eq!(line(&price, &firestore::rules()).rule, "\"price\"");
        price.elements.push(Field::new("amount", Kind::Decimal));
        let rule = line(&price, &firestore::rules()).rule;
        let amount = r#"amount = { from = "price.amount", as = "string" }"#;
        assert_eq!(rule, format!(r#"{{ map = {{ currency = "price.currency", {amount} }} }}"#));
    }

    #[test]
    fn a_number_that_may_be_a_moment_is_remarked() {
        let rules = firestore::rules();
        for (name, expected) in [("created_at", true), ("createdAt", true), ("timestamp", true), ("format", false)] {
            let line = line(&Field::new(name, Kind::Int), &rules);
            assert_eq!(line.remark.contains("moment"), expected, "{name}");
        }
    }

    #[test]
    fn the_best_known_name_says_how_new_a_record_is() {
        let mut entity = Entity::new("Habit");
        entity.fields = vec![
            Field::new("modified", Kind::Timestamp),
            Field::new("updated_at", Kind::Int),
            Field::new("lastModified", Kind::String),
        ];
        assert_eq!(revision(&entity).map(|field| &*field.name), Some("updated_at"));
    }
}

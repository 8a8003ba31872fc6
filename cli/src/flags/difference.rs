//! What is different between two templates, place by place.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

/// A place at which two templates differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    pub(super) path: String,
    /// None where it is new.
    pub(super) before: Option<Json>,
    /// None where it goes.
    pub(super) after: Option<Json>,
}

/// All places at which they differ. Conditions are known by their names, and their order counts.
pub(super) fn between(before: &Json, after: &Json) -> Vec<Change> {
    let mut changes = Vec::new();
    let ((before, earlier), (after, later)) = (by_name(before), by_name(after));
    walk("", Some(&before), Some(&after), &mut changes);
    let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    if earlier != later && sorted(&earlier) == sorted(&later) {
        let path = "order of conditions".to_owned();
        changes.push(Change { path, before: Some(earlier.into()), after: Some(later.into()) });
    }
    changes
}

/// The same template with its conditions by name, and their names in order.
fn by_name(template: &Json) -> (Json, Vec<String>) {
    let mut template = template.clone();
    let list = template.get("conditions").and_then(Json::as_array);
    let named = list.and_then(|list| {
        list.iter().map(|one| Some((one.get("name")?.as_str()?.to_owned(), one.clone()))).collect::<Option<Vec<_>>>()
    });
    let Some(named) = named else { return (template, Vec::new()) };
    let order = named.iter().map(|(name, _)| name.clone()).collect();
    template["conditions"] = Json::Object(named.into_iter().collect());
    (template, order)
}

fn walk(path: &str, before: Option<&Json>, after: Option<&Json>, changes: &mut Vec<Change>) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Json::Object(before)), Some(Json::Object(after))) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(&path, before.get(name), after.get(name), changes);
            }
        }
        // An empty one is as good as none.
        (None, Some(Json::Object(after))) if after.is_empty() => {}
        (Some(Json::Object(before)), None) if before.is_empty() => {}
        (before, after) => {
            changes.push(Change { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, before, after } = self;
        match (before, after) {
            (Some(before), Some(after)) => write!(out, "{path}: {before} -> {after}"),
            (None, Some(after)) => write!(out, "{path}: new, {after}"),
            (Some(before), None) => write!(out, "{path}: gone, was {before}"),
            (None, None) => write!(out, "{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Json, after: &Json) -> Vec<String> {
        between(before, after).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_the_same_is_not_told() {
        let before = json!({ "parameters": { "a": { "defaultValue": { "value": "1" } }, "b": {} } });
        let after = json!({ "parameters": { "a": { "defaultValue": { "value": "2" } }, "b": {} }, "conditions": {} });
        assert_eq!(told(&before, &after), ["parameters.a.defaultValue.value: \"1\" -> \"2\""]);
        assert_eq!(told(&before, &before), [""; 0]);
    }

    #[test]
    fn conditions_are_known_by_their_names_and_their_order_is_told() {
        let [a, b] = ["a", "b"].map(|name| json!({ "name": name, "expression": "true" }));
        let both = json!({ "conditions": [a, b] });
        assert_eq!(
            told(&both, &json!({ "conditions": [b, a] })),
            ["order of conditions: [\"a\",\"b\"] -> [\"b\",\"a\"]"]
        );
        let told = told(&both, &json!({ "conditions": [{ "name": "a", "expression": "false" }] }));
        assert_eq!(told[0], "conditions.a.expression: \"true\" -> \"false\"");
        assert!(told[1].starts_with("conditions.b: gone"), "{told:?}");
    }
}

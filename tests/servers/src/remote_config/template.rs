//! The template in its versions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// How a version came about.
#[derive(Clone, Debug)]
pub(super) struct Update {
    pub(super) kind: &'static str,
    /// The version that it repeats.
    pub(super) source: Option<u64>,
}

impl Update {
    pub(super) fn incremental() -> Self {
        Self { kind: "INCREMENTAL_UPDATE", source: None }
    }

    pub(super) fn forced() -> Self {
        Self { kind: "FORCED_UPDATE", source: None }
    }

    pub(super) fn rollback(to: u64) -> Self {
        Self { kind: "ROLLBACK", source: Some(to) }
    }
}

/// A template as it was published, with its `version`.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) template: Value,
}

/// All versions, the first of them first.
#[derive(Debug, Default)]
pub(super) struct Templates {
    versions: Vec<Published>,
}

impl Templates {
    pub(super) fn active(&self) -> Option<&Published> {
        self.versions.last()
    }

    pub(super) fn version(&self) -> u64 {
        u64::try_from(self.versions.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn at(&self, version: u64) -> Option<&Published> {
        self.versions.get(usize::try_from(version).ok()?.checked_sub(1)?)
    }

    /// What is said of each version, the last first.
    pub(super) fn about(&self) -> Vec<Value> {
        self.versions.iter().rev().filter_map(|published| published.template.get("version").cloned()).collect()
    }

    pub(super) fn publish(&mut self, mut template: Value, update: &Update) -> Result<u64, String> {
        check(&template)?;
        let version = self.version() + 1;
        let description = template["version"]["description"].take();
        // Each a minute after the one before, from a day on which nothing else happened.
        let (hours, minutes) = (version / 60 % 24, version % 60);
        template["version"] = json!({
            "versionNumber": version.to_string(),
            "updateTime": format!("2026-01-01T{hours:02}:{minutes:02}:00Z"),
            "updateUser": { "email": "operator@example.com" },
            "updateOrigin": "REST_API",
            "updateType": update.kind,
        });
        if let Some(source) = update.source {
            template["version"]["rollbackSource"] = json!(source.to_string());
        }
        if description.is_string() {
            template["version"]["description"] = description;
        }
        self.versions.push(Published { template });
        Ok(version)
    }
}

/// The names of a template's conditions, the one that decides first first.
pub(super) fn condition_names(template: &Value) -> impl Iterator<Item = &str> {
    let conditions = template.get("conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().filter_map(|condition| condition.get("name").and_then(Value::as_str))
}

/// All parameters, those in groups among them.
pub(super) fn parameters(template: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let groups =
        template.get("parameterGroups").and_then(Value::as_object).into_iter().flat_map(|groups| groups.values());
    let tables = std::iter::once(template).chain(groups);
    tables.filter_map(|table| table.get("parameters").and_then(Value::as_object)).flatten()
}

/// What Google would refuse to publish.
pub(super) fn check(template: &Value) -> Result<(), String> {
    if !template.is_object() {
        return Err("The template is no JSON object.".to_owned());
    }
    let mut names = BTreeSet::new();
    for condition in template.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| condition.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = text("name").ok_or("A condition has no name.")?;
        text("expression").ok_or_else(|| format!("Condition {name} has no expression."))?;
        if !names.insert(name) {
            return Err(format!("Condition {name} stands there twice."));
        }
    }
    let mut keys = BTreeSet::new();
    for (key, parameter) in parameters(template) {
        check_key(key)?;
        if !keys.insert(key) {
            return Err(format!("Parameter {key} stands there twice."));
        }
        check_parameter(key, parameter, &names)?;
    }
    if keys.len() > 2000 {
        return Err("There are more than 2000 parameters.".to_owned());
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let good = key.len() <= 256 && key.bytes().next().is_some_and(starts) && key.bytes().all(is_name);
    if good { Ok(()) } else { Err(format!("{key} is no name for a parameter.")) }
}

/// Values that Google decides on by itself.
const ELSEWHERE: [&str; 3] = ["rolloutValue", "personalizationValue", "experimentValue"];

fn check_parameter(key: &str, parameter: &Value, conditions: &BTreeSet<&str>) -> Result<(), String> {
    let conditional = parameter.get("conditionalValues").and_then(Value::as_object);
    if let Some(unknown) =
        conditional.into_iter().flat_map(|values| values.keys()).find(|name| !conditions.contains(name.as_str()))
    {
        return Err(format!("Parameter {key} has a value for {unknown}, and there is no such condition."));
    }
    let values = conditional.into_iter().flat_map(|values| values.values()).chain(parameter.get("defaultValue"));
    let kind = parameter.get("valueType").and_then(Value::as_str).unwrap_or("STRING");
    for value in values {
        let is_elsewhere = ELSEWHERE.iter().any(|name| value.get(name).is_some_and(Value::is_object));
        if is_elsewhere || value.get("useInAppDefault") == Some(&json!(true)) {
            continue;
        }
        let text = value.get("value").and_then(Value::as_str);
        let text = text.ok_or_else(|| format!("A value of parameter {key} is no string."))?;
        let good = match kind {
            "STRING" => true,
            "BOOLEAN" => matches!(text, "true" | "false"),
            "NUMBER" => text.parse::<f64>().is_ok(),
            "JSON" => serde_json::from_str::<Value>(text).is_ok(),
            _ => false,
        };
        if !good {
            return Err(format!("A value of parameter {key} is not of type {kind}."));
        }
    }
    Ok(())
}

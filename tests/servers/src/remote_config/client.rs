//! What clients ask of a template.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::asked::Seen;
use super::reply::Reply;
use super::state::State;
use super::{PROJECT_NUMBER, template};

/// Why a client is not heard at all, if so.
pub(super) fn turned_away(state: &State, seen: &Seen) -> Option<Reply> {
    if state.disabled {
        let message = "Firebase Remote Config API has not been used in this project before or it is disabled.";
        return Some(Reply::refusal(403, message, Some("SERVICE_DISABLED")));
    }
    let shown = seen.query.get("key").map(String::as_str).or(seen.header("x-goog-api-key"));
    match shown {
        None => return Some(Reply::refusal(403, "The request is missing a valid API key.", None)),
        Some(super::API_KEY) => {}
        Some(_) => {
            let message = "API key not valid. Please pass a valid API key.";
            return Some(Reply::refusal(400, message, Some("API_KEY_INVALID")));
        }
    }
    let (name, _) = state.restrictions.iter().find(|(name, value)| seen.header(name) != Some(value))?;
    let reason = if name.contains("ios") { "API_KEY_IOS_APP_BLOCKED" } else { "API_KEY_ANDROID_APP_BLOCKED" };
    Some(Reply::refusal(403, "Requests from this client application are blocked.", Some(reason)))
}

pub(super) fn fetch(state: &State, seen: &Seen) -> Reply {
    if !state.installations.knows(seen) {
        return Reply::refusal(401, "The installation's token is not valid.", None);
    }
    let Some(published) = state.templates.active() else {
        return Reply::json(json!({ "state": "NO_TEMPLATE" })).with_etag(etag(&BTreeMap::new()));
    };
    let entries = entries(&published.template, &state.holding);
    let etag = etag(&entries);
    let version = state.templates.version().to_string();
    let answer = if seen.header("if-none-match") == Some(&etag) {
        json!({ "state": "NO_CHANGE", "templateVersion": version })
    } else if entries.is_empty() {
        json!({ "state": "EMPTY_CONFIG", "templateVersion": version })
    } else {
        json!({ "state": "UPDATE", "templateVersion": version, "entries": entries })
    };
    Reply::json(answer).with_etag(etag)
}

pub(super) fn stream(state: &mut State, seen: &Seen) -> Reply {
    if !state.installations.knows(seen) {
        return Reply::refusal(401, "The installation's token is not valid.", None);
    }
    let known = match seen.body.get("lastKnownVersionNumber") {
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        Some(value) => value.as_u64().unwrap_or_default(),
        None => 0,
    };
    let stream = state.streams.open();
    let version = state.templates.version();
    if version > known && !state.streams.quiet {
        state.streams.tell_newest(&invalidation(version));
    }
    Reply::stream(stream)
}

/// What streams are told when there is a new version.
pub(super) fn invalidation(version: u64) -> Value {
    json!({ "latestTemplateVersionNumber": version.to_string() })
}

/// The values of a template's parameters: of the first condition that holds, in the template's order, or the default.
/// What is left to the app is not sent.
fn entries(template: &Value, holding: &[String]) -> BTreeMap<String, String> {
    let holds = |name: &&str| holding.iter().any(|held| held == name);
    let conditions: Vec<&str> = template::condition_names(template).filter(holds).collect();
    let value = |parameter: &Value| {
        let conditional = parameter.get("conditionalValues");
        let value =
            conditions.iter().find_map(|name| conditional?.get(*name)).or_else(|| parameter.get("defaultValue"));
        value?.get("value").and_then(Value::as_str).map(str::to_owned)
    };
    template::parameters(template).filter_map(|(name, parameter)| Some((name.clone(), value(parameter)?))).collect()
}

/// The same values have the same, in whichever version they stand.
fn etag(entries: &BTreeMap<String, String>) -> String {
    let mut hash = DefaultHasher::new();
    entries.hash(&mut hash);
    format!("etag-{PROJECT_NUMBER}-firebase-fetch-{}", hash.finish())
}

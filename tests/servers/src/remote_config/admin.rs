//! What an administrator does with a template.

use serde_json::{Value, json};

use super::asked::{Asked, Seen};
use super::client::invalidation;
use super::reply::Reply;
use super::state::State;
use super::template::{self, Update};
use super::{ADMIN_TOKEN, PROJECT_NUMBER};

/// Versions on a page, where nobody says otherwise.
const PAGE: usize = 10;

pub(super) fn answer(state: &mut State, asked: Asked, seen: &Seen) -> Reply {
    if seen.header("authorization") != Some(&format!("Bearer {ADMIN_TOKEN}")) {
        return Reply::refusal(401, "Request had invalid authentication credentials.", None);
    }
    if state.disabled {
        return Reply::refusal(403, "Firebase Remote Config API is disabled.", Some("SERVICE_DISABLED"));
    }
    match asked {
        Asked::PutTemplate => put(state, seen),
        Asked::Rollback => rollback(state, seen),
        Asked::ListVersions => list(state, seen),
        Asked::GetServerTemplate => server_template(state),
        _ => get(state, seen),
    }
}

fn etag(version: u64) -> String {
    format!("etag-{PROJECT_NUMBER}-{version}")
}

fn get(state: &State, seen: &Seen) -> Reply {
    let wanted = seen.query.get("versionNumber").or(seen.query.get("version_number"));
    let version = wanted.map_or(Some(state.templates.version()), |text| text.parse().ok());
    let found = version.and_then(|version| Some((version, state.templates.at(version)?)));
    match found {
        Some((version, published)) => Reply::json(published.template.clone()).with_etag(etag(version)),
        None if wanted.is_some() => Reply::refusal(404, "There is no such version.", None),
        // A project that nobody has published for has an empty template.
        None => Reply::json(json!({})).with_etag(etag(0)),
    }
}

fn put(state: &mut State, seen: &Seen) -> Reply {
    let current = etag(state.templates.version());
    let update = match seen.header("if-match") {
        None => return Reply::refusal(400, "If-Match header is missing.", None),
        Some("*") => Update::forced(),
        Some(shown) if shown == current => Update::incremental(),
        Some(_) => return Reply::refusal(409, "VERSION_MISMATCH: the template was changed since.", None),
    };
    let only = seen.query.get("validate_only").or(seen.query.get("validateOnly"));
    if only.is_some_and(|only| only == "true") {
        return match template::check(&seen.body) {
            // Nothing has such a version: it cannot be published with.
            Ok(()) => Reply::json(seen.body.clone()).with_etag(format!("etag-{PROJECT_NUMBER}-0")),
            Err(why) => Reply::refusal(400, &format!("VALIDATION_ERROR: {why}"), None),
        };
    }
    publish(state, seen.body.clone(), &update)
}

fn rollback(state: &mut State, seen: &Seen) -> Reply {
    let wanted = seen.body.get("versionNumber").or_else(|| seen.body.get("version_number"));
    let version = match wanted {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64(),
        None => None,
    };
    let Some(version) = version else { return Reply::refusal(400, "versionNumber is missing.", None) };
    match state.templates.at(version).map(|published| published.template.clone()) {
        Some(template) => publish(state, template, &Update::rollback(version)),
        None => Reply::refusal(404, "There is no such version.", None),
    }
}

fn publish(state: &mut State, template: Value, update: &Update) -> Reply {
    match state.publish(template, update) {
        Ok(version) => {
            let published = state.templates.at(version).map(|published| published.template.clone());
            Reply::json(published.unwrap_or_default()).with_etag(etag(version))
        }
        Err(why) => Reply::refusal(400, &format!("VALIDATION_ERROR: {why}"), None),
    }
}

fn list(state: &State, seen: &Seen) -> Reply {
    let number = |name: &str| seen.query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (from, size) = (number("pageToken").unwrap_or(0), number("pageSize").unwrap_or(PAGE));
    let all = state.templates.about();
    let page: Vec<&Value> = all.iter().skip(from).take(size).collect();
    let mut answer = json!({ "versions": page });
    if from + size < all.len() {
        answer["nextPageToken"] = json!((from + size).to_string());
    }
    Reply::json(answer)
}

fn server_template(state: &State) -> Reply {
    match &state.server_template {
        Some(template) => Reply::json(template.clone()).with_etag(format!("etag-{PROJECT_NUMBER}-firebase-server-1")),
        None => Reply::refusal(404, "There is no template for servers.", None),
    }
}

impl State {
    /// Makes a template the one that clients fetch, and tells the streams.
    pub(super) fn publish(&mut self, template: Value, update: &Update) -> Result<u64, String> {
        let version = self.templates.publish(template, update)?;
        if !self.streams.quiet {
            self.streams.tell(&invalidation(version));
        }
        Ok(version)
    }
}

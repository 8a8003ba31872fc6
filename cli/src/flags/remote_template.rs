//! A template as the service has it: its JSON as it came, with whatever is in it that is not known here, and its ETag.

use rehome_core::rollout::{Allowed, Flag};
use serde_json::{Map, Value as Json, json};

use crate::failure::Failure;

/// A template that can be changed and published.
#[derive(Clone)]
pub(super) struct RemoteTemplate {
    members: Map<String, Json>,
    pub(super) etag: String,
}

/// The member of a file in which the ETag is kept, as Firebase's own library for Node does.
const ETAG: &str = "etag";

impl RemoteTemplate {
    /// What the service answered.
    pub(super) fn answered(json: Json, etag: Option<String>) -> Result<Self, Failure> {
        let Json::Object(members) = json else {
            return Err(Failure::Work("the server answers no template: is it Remote Config's?".to_owned()));
        };
        let Some(etag) = etag.filter(|etag| !etag.is_empty()) else {
            let message = "the server gives no ETag with the template, and without one nothing can be published safely";
            return Err(Failure::Work(message.to_owned()));
        };
        Ok(Self { members, etag })
    }

    /// One from a file, where its ETag may be missing.
    pub(super) fn of_file(mut members: Map<String, Json>) -> (Self, bool) {
        let etag = match members.remove(ETAG) {
            Some(Json::String(etag)) => etag,
            _ => String::new(),
        };
        let has_etag = !etag.is_empty();
        (Self { members, etag }, has_etag)
    }

    /// For a file, with its ETag.
    pub(super) fn to_file(&self) -> Json {
        let mut members = self.members.clone();
        members.insert(ETAG.to_owned(), json!(self.etag));
        Json::Object(members)
    }

    /// What is sent: of the version nothing but its description is an operator's to say.
    pub(super) fn to_publish(&self) -> Json {
        let mut members = self.members.clone();
        let description = members.remove("version").and_then(|version| version.get("description").cloned());
        if let Some(description) = description {
            members.insert("version".to_owned(), json!({ "description": description }));
        }
        Json::Object(members)
    }

    /// What a person changes, without what the service adds.
    pub(super) fn content(&self) -> Json {
        let mut members = self.members.clone();
        members.remove("version");
        Json::Object(members)
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.members.get("version")?.get("versionNumber")?.as_str()
    }

    /// Says in the list of versions what this one is about.
    pub(super) fn describe(&mut self, description: &str) {
        self.members.insert("version".to_owned(), json!({ "description": description }));
    }

    /// What the version before was about says nothing of this one.
    pub(super) fn describe_nothing(&mut self) {
        self.members.remove("version");
    }

    /// Sets a flag's default value; one that is not there yet is made. For everybody, its values by condition go.
    pub(super) fn set(&mut self, name: &str, text: &str, for_everybody: bool) -> Result<(), Failure> {
        let known = Flag::named(name);
        let parameter = self.parameter(name)?;
        if let Some(known) = known.filter(|_| parameter.is_empty()) {
            parameter.insert("valueType".to_owned(), json!(value_type(known)));
            parameter.insert("description".to_owned(), json!(known.spec().about));
        }
        parameter.insert("defaultValue".to_owned(), json!({ "value": text }));
        if for_everybody {
            parameter.remove("conditionalValues");
        }
        Ok(())
    }

    /// The conditions by which a flag has values of its own.
    pub(super) fn conditions_of(&self, name: &str) -> Vec<&str> {
        let values = self.place(name).and_then(|parameter| parameter.get("conditionalValues")?.as_object());
        values.into_iter().flat_map(Map::keys).map(String::as_str).collect()
    }

    fn place(&self, name: &str) -> Option<&Json> {
        let groups = self.members.get("parameterGroups").and_then(Json::as_object);
        let groups = groups.into_iter().flat_map(Map::values).filter_map(|group| group.get("parameters"));
        self.members.get("parameters").into_iter().chain(groups).find_map(|parameters| parameters.get(name))
    }

    /// A parameter, in its group or outside, or a new one outside.
    fn parameter(&mut self, name: &str) -> Result<&mut Map<String, Json>, Failure> {
        let odd =
            || Failure::Work(format!("parameter \"{name}\" is no object in the project's template: look at it first"));
        let group = self.members.get("parameterGroups").and_then(Json::as_object).and_then(|groups| {
            let in_it = |group: &Json| group.get("parameters").and_then(|parameters| parameters.get(name)).is_some();
            groups.iter().find(|(_, group)| in_it(group)).map(|(group, _)| group.clone())
        });
        let parameters = match group {
            Some(group) => {
                self.members.get_mut("parameterGroups").and_then(|groups| groups.get_mut(&group)?.get_mut("parameters"))
            }
            None => Some(self.members.entry("parameters").or_insert_with(|| json!({}))),
        };
        let parameters = parameters.and_then(Json::as_object_mut).ok_or_else(odd)?;
        parameters.entry(name).or_insert_with(|| json!({})).as_object_mut().ok_or_else(odd)
    }
}

/// What Firebase's console shows it as.
fn value_type(flag: Flag) -> &'static str {
    match flag.spec().allowed {
        Allowed::Switch => "BOOLEAN",
        Allowed::Percentage | Allowed::Whole { .. } => "NUMBER",
        Allowed::Stage | Allowed::LogLevel => "STRING",
    }
}

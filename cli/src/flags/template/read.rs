//! A template's text becomes a [`Template`], or a list of everything that is wrong with it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::place::{Place, Problem, Problems};
use super::{Content, NamedCondition, Parameter, Rule, Template, tree};

/// No template of Firebase's is nearly as long: its values have a million letters at most.
const LONGEST: usize = 16 << 20;

/// What is found to be wrong, or doubtful, on the way.
#[derive(Default)]
pub(super) struct Findings {
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

pub(super) fn template(text: &str) -> Result<Template, Problems> {
    let top = Place::TOP;
    let mut found = Findings::default();
    let read = json(text).and_then(|json| match json {
        Json::Object(members) => Ok(members),
        other => Err(format!("this is {}; an object with \"conditions\" and \"parameters\" is expected", kind(&other))),
    });
    let members = match read {
        Ok(members) => members,
        Err(message) => {
            found.wrong(&top, message);
            return Err(Problems(found.problems));
        }
    };
    let conditions = conditions(&members, &top, &mut found);
    let mut parameters = parameters(&members, &top, &conditions, &mut found);
    let groups = found.object(&members, "parameterGroups", &top);
    for (name, group) in groups.into_iter().flatten() {
        let place = top.entry("group", name);
        match group {
            Json::Object(group) => parameters.extend(self::parameters(group, &place, &conditions, &mut found)),
            other => found.wrong(&place, format!("an object is expected, not {}", kind(other))),
        }
    }
    twice(&parameters, &mut found);
    let version = found.object(&members, "version", &top).and_then(|version| match version.get("versionNumber")? {
        Json::String(number) => Some(number.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    });
    match found.problems.is_empty() {
        true => Ok(Template { version, conditions, parameters, warnings: found.warnings }),
        false => Err(Problems(found.problems)),
    }
}

fn json(text: &str) -> Result<Json, String> {
    if text.len() > LONGEST {
        return Err(format!("this is longer than any template: at most {} MB are read", LONGEST >> 20));
    }
    serde_json::from_str(text).map_err(|error| {
        format!("this is no JSON: {error}. `rehome flags get --out FILE` writes a whole template to begin with")
    })
}

/// What something is, for people, and never its content.
pub(super) fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// A member that is there and not null: for Firebase's libraries those are the same.
pub(super) fn member<'a>(members: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    members.get(name).filter(|json| !json.is_null())
}

impl Findings {
    pub(super) fn wrong(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.problems.push(Problem { place: place.to_string(), message: message.into() });
    }

    pub(super) fn doubtful(&mut self, place: &Place<'_>, message: impl Into<String>) {
        self.warnings.push(Problem { place: place.to_string(), message: message.into() });
    }

    /// An object, where there is something by that name.
    pub(super) fn object<'a>(
        &mut self,
        members: &'a Map<String, Json>,
        name: &'static str,
        place: &Place<'_>,
    ) -> Option<&'a Map<String, Json>> {
        match members.get(name)? {
            Json::Object(object) => Some(object),
            other => {
                self.wrong(&place.at(name), format!("an object is expected, not {}", kind(other)));
                None
            }
        }
    }

    /// A text, where there is something by that name.
    pub(super) fn text(
        &mut self,
        members: &Map<String, Json>,
        name: &'static str,
        place: &Place<'_>,
    ) -> Option<String> {
        match member(members, name)? {
            Json::String(text) => Some(text.clone()),
            other => {
                self.wrong(&place.at(name), format!("a text in quotes is expected, not {}", kind(other)));
                None
            }
        }
    }
}

fn conditions(members: &Map<String, Json>, top: &Place<'_>, found: &mut Findings) -> Vec<NamedCondition> {
    let place = top.at("conditions");
    let list = match members.get("conditions") {
        None => return Vec::new(),
        Some(Json::Array(list)) => list,
        Some(other) => {
            found.wrong(&place, format!("a list is expected, not {}", kind(other)));
            return Vec::new();
        }
    };
    let mut named: Vec<NamedCondition> = Vec::with_capacity(list.len());
    for (index, json) in list.iter().enumerate() {
        let place = place.index(index);
        let Json::Object(members) = json else {
            found.wrong(&place, format!("an object with \"name\" and \"condition\" is expected, not {}", kind(json)));
            continue;
        };
        let Some(name) = found.text(members, "name", &place).filter(|name| !name.is_empty()) else {
            found.wrong(&place, "this condition needs a \"name\", by which parameters have values for it");
            continue;
        };
        if named.iter().any(|other| other.name == name) {
            found.wrong(&place, format!("there is a condition \"{name}\" already: give this one another name"));
        }
        let place = top.entry("condition", &name);
        let rule = rule(members, &place, found);
        named.push(NamedCondition { name, rule });
    }
    named
}

fn rule(members: &Map<String, Json>, place: &Place<'_>, found: &mut Findings) -> Rule {
    match (member(members, "condition"), member(members, "expression")) {
        (Some(json), _) => Rule::Tree(tree::condition(json, place, 0, found)),
        (None, Some(Json::String(_))) => Rule::Expression,
        (None, Some(other)) => {
            found.wrong(&place.at("expression"), format!("a text in quotes is expected, not {}", kind(other)));
            Rule::Expression
        }
        (None, None) => {
            found.wrong(place, "it says nothing: \"condition\" is expected, as a server's template has it");
            Rule::Expression
        }
    }
}

fn parameters(
    members: &Map<String, Json>,
    above: &Place<'_>,
    conditions: &[NamedCondition],
    found: &mut Findings,
) -> Vec<Parameter> {
    let Some(parameters) = found.object(members, "parameters", above) else { return Vec::new() };
    let mut read = Vec::with_capacity(parameters.len());
    for (name, json) in parameters {
        let place = above.entry("parameter", name);
        let Json::Object(members) = json else {
            found.wrong(&place, format!("an object with \"defaultValue\" is expected, not {}", kind(json)));
            continue;
        };
        let default = member(members, "defaultValue").and_then(|json| content(json, &place.at("defaultValue"), found));
        let conditional = conditional(members, &place, conditions, found);
        read.push(Parameter { name: name.clone(), conditional, default });
    }
    read
}

/// The values by condition, in the order of the conditions: theirs decides, not that of the values.
fn conditional(
    members: &Map<String, Json>,
    place: &Place<'_>,
    conditions: &[NamedCondition],
    found: &mut Findings,
) -> Vec<(usize, Content)> {
    let Some(json) = member(members, "conditionalValues") else { return Vec::new() };
    let place = place.at("conditionalValues");
    let Json::Object(values) = json else {
        found.wrong(&place, format!("an object is expected, not {}", kind(json)));
        return Vec::new();
    };
    let mut read = BTreeMap::new();
    for (name, json) in values {
        let Some(at) = conditions.iter().position(|condition| condition.name == *name) else {
            let message = "there is no condition of this name, so that the value is never taken";
            found.doubtful(&place.key(name), message);
            continue;
        };
        if !json.is_null()
            && let Some(content) = content(json, &place.key(name), found)
        {
            read.insert(at, content);
        }
    }
    read.into_iter().collect()
}

/// What Firebase decides elsewhere, and in whose hands that is.
const ELSEWHERE: [(&str, &str); 3] = [
    ("rolloutValue", "a rollout"),
    ("personalizationValue", "a personalization"),
    ("experimentValue", "an experiment"),
];

fn content(json: &Json, place: &Place<'_>, found: &mut Findings) -> Option<Content> {
    let Json::Object(members) = json else {
        found.wrong(place, format!("an object is expected, such as {{ \"value\": \"true\" }}, not {}", kind(json)));
        return None;
    };
    match member(members, "useInAppDefault") {
        Some(Json::Bool(true)) => return Some(Content::InApp),
        None | Some(Json::Bool(false)) => {}
        Some(other) => {
            found.wrong(&place.at("useInAppDefault"), format!("true or false is expected, not {}", kind(other)));
        }
    }
    if let Some((_, elsewhere)) = ELSEWHERE.iter().find(|(name, _)| member(members, name).is_some()) {
        return Some(Content::Elsewhere(Some(elsewhere)));
    }
    match members.get("value") {
        Some(Json::String(text)) => Some(Content::Text(text.clone())),
        None => Some(Content::Elsewhere(None)),
        Some(other) => {
            let quoted = matches!(other, Json::Bool(_) | Json::Number(_)).then(|| format!(": \"{other}\""));
            let message = format!("a text in quotes is expected, not {}{}", kind(other), quoted.unwrap_or_default());
            found.wrong(&place.at("value"), message);
            None
        }
    }
}

fn twice(parameters: &[Parameter], found: &mut Findings) {
    for (at, parameter) in parameters.iter().enumerate() {
        if parameters[..at].iter().any(|other| other.name == parameter.name) {
            let message = "there are two of this name, in a group and outside or in two groups: keep one of them";
            found.wrong(&Place::TOP.entry("parameter", &parameter.name), message);
        }
    }
}

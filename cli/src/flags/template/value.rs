//! What a flag is for somebody, and where that comes from.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::context::Signal;
use super::place::{Place, Problem};
use super::read::kind;
use super::{Condition, Content, Parameter, Rule, Template};

/// What an app or a server has by itself, by flag.
pub(crate) type Defaults = BTreeMap<String, String>;

/// Where a value comes from, in Firebase's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nothing has it: the empty text.
    Static,
    /// The app has it by itself.
    Default,
    /// The template has it.
    Remote,
}

/// What a flag is for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    pub(crate) text: &'a str,
    pub(crate) source: Source,
    /// The condition that decided, where one did.
    pub(crate) condition: Option<&'a str>,
}

/// A condition of a phone's template would decide, and Google alone can evaluate it: this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undecided<'a>(pub(crate) &'a str);

impl Source {
    /// As Firebase's libraries call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Source::Static => "static",
            Source::Default => "default",
            Source::Remote => "remote",
        }
    }
}

impl Template {
    /// What a flag is, by the conditions that are met; each that matters is asked for, by its place among them.
    ///
    /// # Errors
    /// It depends on a condition that only Google can evaluate.
    pub(crate) fn value<'a>(
        &'a self,
        name: &str,
        defaults: &'a Defaults,
        is_met: &mut impl FnMut(usize, &'a Condition) -> bool,
    ) -> Result<Value<'a>, Undecided<'a>> {
        match self.parameter(name) {
            Some(parameter) => {
                let deciding = self.deciding(parameter, is_met)?;
                Ok(self.value_by(parameter, deciding, defaults))
            }
            None => Ok(own(name, defaults)),
        }
    }

    /// Which of a flag's values by condition counts; none where its default value does.
    ///
    /// # Errors
    /// As for [`Template::value`].
    pub(crate) fn deciding<'a>(
        &'a self,
        parameter: &'a Parameter,
        is_met: &mut impl FnMut(usize, &'a Condition) -> bool,
    ) -> Result<Option<usize>, Undecided<'a>> {
        for (place, (at, _)) in parameter.conditional.iter().enumerate() {
            let named = &self.conditions[*at];
            let Rule::Tree(condition) = &named.rule else { return Err(Undecided(&named.name)) };
            if is_met(*at, condition) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// What a flag is where this one of its values by condition counts, or else its default value. Where that is no
    /// text, Firebase's library for Node takes the app's own under a condition, and else the empty one.
    pub(crate) fn value_by<'a>(
        &'a self,
        parameter: &'a Parameter,
        deciding: Option<usize>,
        defaults: &'a Defaults,
    ) -> Value<'a> {
        let by_condition = deciding.map(|place| &parameter.conditional[place]);
        let condition = by_condition.map(|(at, _)| self.conditions[*at].name.as_str());
        let content = by_condition.map(|(_, content)| content).or(parameter.default.as_ref());
        let text = match content {
            Some(Content::Text(text)) => text,
            Some(Content::Elsewhere(_)) if condition.is_none() => "",
            Some(Content::InApp | Content::Elsewhere(_)) | None => {
                return Value { condition, ..own(&parameter.name, defaults) };
            }
        };
        Value { text, source: Source::Remote, condition }
    }
}

/// What the app has by itself.
fn own<'a>(name: &str, defaults: &'a Defaults) -> Value<'a> {
    let (text, source) = match defaults.get(name) {
        Some(text) => (text.as_str(), Source::Default),
        None => ("", Source::Static),
    };
    Value { text, source, condition: None }
}

/// What an app has by itself, from an object of texts, numbers and truths.
///
/// # Errors
/// What cannot be a flag's value.
pub(crate) fn defaults(members: &Map<String, Json>) -> Result<Defaults, Problem> {
    let read = |(name, json): (&String, &Json)| match Signal::of(json) {
        Some(value) => Ok((name.clone(), value.text().into_owned())),
        None => {
            let message = format!("a text, a number, true or false is expected, not {}", kind(json));
            Err(Problem { place: Place::TOP.key(name).to_string(), message })
        }
    };
    members.iter().map(read).collect()
}

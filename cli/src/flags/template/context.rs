//! For whom a template is evaluated: an id, and the signals that a server gives of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::ecmascript;
use super::place::{Place, Problem};
use super::read::kind;

/// Under this name Firebase keeps the id beside the signals.
pub(crate) const ID: &str = "randomizationId";

/// What a server says of somebody beside their id.
pub(crate) type Signals = BTreeMap<String, Signal>;

/// A signal's value: a text or a number, and for conditions both at once.
#[derive(Clone, Debug)]
pub(crate) enum Signal {
    /// As it stands.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false, as some servers send it.
    Truth(bool),
}

impl Signal {
    /// None of what is neither text, number, true nor false.
    pub(super) fn of(json: &Json) -> Option<Self> {
        match json {
            Json::String(text) => Some(Signal::Text(text.clone())),
            Json::Number(number) => number.as_f64().map(Signal::Number),
            Json::Bool(truth) => Some(Signal::Truth(*truth)),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }

    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Signal::Text(text) => Cow::Borrowed(text),
            Signal::Number(number) => Cow::Owned(ecmascript::text(*number)),
            Signal::Truth(true) => Cow::Borrowed("true"),
            Signal::Truth(false) => Cow::Borrowed("false"),
        }
    }

    /// Whether JavaScript takes it for something: an id that is zero or false is none.
    fn counts(&self) -> bool {
        !matches!(self, Signal::Truth(false)) && !matches!(self, Signal::Number(number) if *number == 0.0)
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Signal::Text(text) => ecmascript::number(text),
            Signal::Number(number) => *number,
            Signal::Truth(truth) => f64::from(u8::from(*truth)),
        }
    }
}

/// What a server hands its library: who somebody is, and what else is known of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) id: Option<String>,
    pub(crate) signals: Signals,
}

impl Given {
    /// Reads it from an object such as `{ "randomizationId": "user-1", "tier": "paid" }`. What is null is not given.
    ///
    /// # Errors
    /// What a signal cannot be.
    pub(crate) fn read(members: &Map<String, Json>) -> Result<Self, Problem> {
        let mut given = Self::default();
        for (key, json) in members.iter().filter(|(_, json)| !json.is_null()) {
            let Some(signal) = Signal::of(json) else {
                let message = format!("a text, a number, true or false is expected, not {}", kind(json));
                return Err(Problem { place: Place::TOP.key(key).to_string(), message });
            };
            match key.as_str() {
                ID => given.id = signal.counts().then(|| signal.text().into_owned()),
                _ => drop(given.signals.insert(key.clone(), signal)),
            }
        }
        Ok(given)
    }
}

/// Somebody, as the conditions of a template see them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The id whose bucket percent conditions look at; without one nobody is in any.
    pub(crate) id: Option<&'a str>,
    /// What else is known of them.
    pub(crate) signals: &'a Signals,
}

impl Context<'_> {
    /// A signal's value as text and as a number.
    pub(super) fn signal(&self, key: &str) -> Option<Cow<'_, Signal>> {
        match key {
            ID => self.id.map(|id| Cow::Owned(Signal::Text(id.to_owned()))),
            _ => self.signals.get(key).map(Cow::Borrowed),
        }
    }
}

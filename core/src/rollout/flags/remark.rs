//! What is wrong with a flag's text, for the operator who wrote it.

use std::fmt;

use serde::Serialize;

use super::setting::Setting;
use super::table::{Flag, Spec};
use super::told::Source;
use crate::rollout::shown;

/// Something that a channel says and that cannot be followed. The text is an operator's, and is shown cut short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The name that it is said under.
    pub name: String,
    /// Who says it.
    pub source: Source,
    /// What is said.
    pub text: String,
    /// What could be said.
    pub allowed: String,
    /// What counts instead.
    pub instead: String,
}

impl Remark {
    /// A flag's text is not allowed, and this counts instead.
    pub(super) fn not_allowed(spec: &Spec, source: Source, text: &str, instead: Setting, from: Source) -> Self {
        let instead = match from {
            Source::LastGood => format!("the last good value, {instead}"),
            Source::Default => format!("the default, {instead}"),
            Source::StopDocument => format!("the strictest, {instead}"),
            Source::Override | Source::File | Source::Remote | Source::Template | Source::App => {
                format!("{instead}, from {from}")
            }
        };
        Self { name: spec.name.to_owned(), source, text: shown(text), allowed: spec.allowed.to_string(), instead }
    }

    /// A channel that may only tighten has no say in this name.
    pub(super) fn no_say(name: &str, source: Source, text: &str) -> Self {
        let tightening = Flag::ALL.into_iter().map(Flag::spec).filter(|spec| spec.tightens).map(|spec| spec.name);
        let allowed: Vec<&str> = ["stop", "reason"].into_iter().chain(tightening).collect();
        Self {
            name: shown(name),
            source,
            text: shown(text),
            allowed: format!("nothing: {source} knows {}", allowed.join(", ")),
            instead: "what the other channels say".to_owned(),
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, source, text, allowed, instead } = self;
        write!(out, "{name} is `{text}` in {source} and may be {allowed}; {instead} counts")
    }
}

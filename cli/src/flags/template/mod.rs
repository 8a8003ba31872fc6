//! A Remote Config template, and what it says for whom: as Firebase's servers evaluate it, to the bit. This is for
//! servers and operators; phones are given evaluated values. Nothing here reads a file or waits.

mod condition;
mod context;
mod ecmascript;
#[cfg(test)]
mod fuzz;
mod place;
mod read;
mod signal;
#[cfg(test)]
mod tests;
mod tree;
mod value;

pub(crate) use condition::{Condition, Look, PercentRange, PercentRule};
pub(crate) use context::{Context, Given, Signal, Signals};
pub(crate) use place::{Problem, Problems};
pub(crate) use signal::SignalRule;
pub(crate) use value::{Defaults, Source, Undecided, Value, defaults};

/// A template, read and checked.
#[derive(Debug)]
pub(crate) struct Template {
    /// The number of its version, where it bears one.
    pub(crate) version: Option<String>,
    /// In the order in which they decide.
    pub(crate) conditions: Vec<NamedCondition>,
    /// By their names.
    pub(crate) parameters: Vec<Parameter>,
    /// What is allowed and probably not meant.
    pub(crate) warnings: Vec<Problem>,
}

/// A condition that parameters name.
#[derive(Debug)]
pub(crate) struct NamedCondition {
    pub(crate) name: String,
    pub(crate) rule: Rule,
}

/// How a condition is written.
#[derive(Debug)]
pub(crate) enum Rule {
    /// As a server's template has it.
    Tree(Condition),
    /// As a phone's template has it, in Firebase's own language. Google evaluates it, and does not tell how.
    Expression,
}

/// A flag, and what it is for whom.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// Where conditions are met: which one, by its place among them, and what it is then. The first one counts.
    pub(crate) conditional: Vec<(usize, Content)>,
    /// For everybody else.
    pub(crate) default: Option<Content>,
}

/// What a flag is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// This text.
    Text(String),
    /// What the app has by itself.
    InApp,
    /// No text: a rollout, an experiment or a personalization of Firebase's gives it, where it is said which. Servers are
    /// given nothing.
    Elsewhere(Option<&'static str>),
}

impl Template {
    /// Reads a template: a server's, or a phone's.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub(crate) fn read(text: &str) -> Result<Self, Problems> {
        read::template(text)
    }

    /// The flag of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

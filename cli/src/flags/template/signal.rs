//! Conditions on what a server says of somebody.

use std::cmp::Ordering;

use super::context::{Context, Signal};
use super::ecmascript::{self, Pattern};

/// A signal, and what it has to be.
#[derive(Debug)]
pub(crate) struct SignalRule {
    pub(crate) key: String,
    /// As the template calls it.
    pub(crate) operator: String,
    pub(crate) test: Test,
}

/// What a signal has to be.
#[derive(Debug)]
pub(crate) enum Test {
    /// It has one of these in it.
    Contains(Vec<String>),
    /// It has none of these in it.
    Lacks(Vec<String>),
    /// It is one of these, white space around them aside.
    Equals(Vec<String>),
    /// One of these patterns is somewhere in it.
    Matches(Vec<Pattern>),
    /// As a number it stands to another like this.
    Number(Comparison, f64),
    /// As a version it stands to another like this.
    Version(Comparison, String),
    /// What it takes to decide is not there, or not known here.
    Never,
}

/// How one has to stand to the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

impl SignalRule {
    pub(super) fn is_met(&self, context: Context<'_>) -> bool {
        context.signal(&self.key).is_some_and(|signal| self.test.passes(&signal))
    }
}

impl Test {
    fn passes(&self, signal: &Signal) -> bool {
        match self {
            Test::Contains(parts) => has_any(signal, parts),
            Test::Lacks(parts) => !has_any(signal, parts),
            Test::Equals(texts) => {
                let actual = signal.text();
                texts.iter().any(|text| ecmascript::trim(text) == ecmascript::trim(&actual))
            }
            Test::Matches(patterns) => patterns.iter().any(|pattern| pattern.is_in(&signal.text())),
            Test::Number(comparison, target) => comparison.holds(ecmascript::compare(signal.number(), *target)),
            Test::Version(comparison, target) => comparison.holds(ecmascript::compare_versions(&signal.text(), target)),
            Test::Never => false,
        }
    }
}

fn has_any(signal: &Signal, parts: &[String]) -> bool {
    let actual = signal.text();
    parts.iter().any(|part| actual.contains(part.as_str()))
}

impl Comparison {
    /// Where the two cannot be compared, nothing holds: not even that they differ.
    fn holds(self, order: Option<Ordering>) -> bool {
        let Some(order) = order else { return false };
        match self {
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}

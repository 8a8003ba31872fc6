//! Where something stands in a template, for people.

use std::fmt;

/// The way to a place in a template, a step at a time; it costs nothing until it is told.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Top,
    Named(&'static str),
    Key(&'a str),
    Index(usize),
    Entry(&'a str, &'a str),
}

impl<'a> Place<'a> {
    pub(super) const TOP: Self = Self { above: None, step: Step::Top };

    /// A member that every template may have.
    pub(super) fn at(&'a self, name: &'static str) -> Self {
        Self { above: Some(self), step: Step::Named(name) }
    }

    /// A member with a name of its own.
    pub(super) fn key(&'a self, key: &'a str) -> Self {
        Self { above: Some(self), step: Step::Key(key) }
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self { above: Some(self), step: Step::Index(index) }
    }

    /// One of many of a kind, by its name.
    pub(super) fn entry(&'a self, kind: &'a str, name: &'a str) -> Self {
        Self { above: Some(self), step: Step::Entry(kind, name) }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(above) = self.above else { return out.write_str("the template") };
        let is_first = above.above.is_none();
        if !is_first {
            write!(out, "{above}")?;
        }
        match self.step {
            Step::Top => Ok(()),
            Step::Named(name) | Step::Key(name) if is_first => out.write_str(name),
            Step::Named(name) | Step::Key(name) => write!(out, ".{name}"),
            Step::Index(index) => write!(out, "[{index}]"),
            Step::Entry(kind, name) if is_first => write!(out, "{kind} \"{name}\""),
            Step::Entry(kind, name) => write!(out, ", {kind} \"{name}\""),
        }
    }
}

/// Something that is wrong, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The place, as a person finds it.
    pub(crate) place: String,
    /// What is wrong there, and what would be right.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.message)
    }
}

/// Everything that is wrong with a template; never none.
#[derive(Debug)]
pub(crate) struct Problems(pub(super) Vec<Problem>);

impl Problems {
    /// One after another.
    pub(crate) fn list(&self) -> &[Problem] {
        &self.0
    }
}

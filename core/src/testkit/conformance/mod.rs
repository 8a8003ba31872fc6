//! What every store must keep to, as suites that any store can be put through: a store supplies a constructor and
//! what it holds, and inherits the tests. What it cannot do it says, and the suite answers with the clauses that it
//! passed over, so that a test can name them.
//!
//! A suite finds the first clause that is broken and tells it in a sentence.

mod changes;
mod declared;
mod journal;
mod listing;
mod pages;
mod say;
mod source;
mod target;
mod values;

use std::fmt;

pub use journal::{JournalFixture, journal};
pub use source::{Change, Holding, SourceFixture, source};
pub use target::{TargetFixture, target};

use crate::error::Error;

/// What a store can do, or why it cannot.
pub enum Can<T> {
    /// It can, and this is needed to try.
    Yes(T),
    /// It cannot, for this reason.
    No(&'static str),
}

/// A clause that a suite passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The clause.
    pub clause: &'static str,
    /// Why the store cannot do it.
    pub why: &'static str,
}

/// A clause that a store breaks, in a sentence.
#[derive(Debug)]
pub struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self(format!("the store failed where it should not: {error}"))
    }
}

/// Answers with a broken clause where something does not hold.
macro_rules! ensure {
    ($holds:expr, $($sentence:tt)+) => {
        if !$holds {
            return Err($crate::testkit::conformance::Broken(format!($($sentence)+)));
        }
    };
}
use ensure;

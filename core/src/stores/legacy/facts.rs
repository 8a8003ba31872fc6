//! How many rows a store has, what it keeps beside them, and whether it could be told.

use super::coredata::{CloudFacts, HistoryFacts};
use crate::record::Name;

/// How many rows a store has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of each entity, in the schema's order; `None` where damaged pages keep its table from being counted. In a table
    /// that only one entity uses, all rows count.
    pub entities: Vec<(Name, Option<u64>)>,
    /// Of tables that several entities share: how many rows are of no entity that the schema has. Tables without such
    /// rows are not listed.
    pub strays: Vec<(String, u64)>,
}

/// What a store keeps beside its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The version of Apple's framework that wrote the store last: 1239 and above came with iOS 16, 1340 with 17,
    /// 1405 with 18, 1518 with 26.
    pub framework: Option<i64>,
    /// Its history of changes, where it keeps one; then [`Source::changes`](crate::store::Source::changes) tells them.
    pub history: Fact<HistoryFacts>,
    /// How far CloudKit has come with it, where it is mirrored.
    pub cloudkit: Fact<CloudFacts>,
}

/// Something that a store may keep, and that can be damaged while its rows are not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Fact<T> {
    /// It does not keep it.
    #[default]
    Absent,
    /// This is what it keeps.
    Known(T),
    /// Pages of the file cannot be read, and so it cannot be told.
    Unreadable,
}

impl<T> Fact<T> {
    /// What is kept, where it is there and can be read.
    pub fn known(self) -> Option<T> {
        match self {
            Fact::Known(fact) => Some(fact),
            Fact::Absent | Fact::Unreadable => None,
        }
    }
}

impl<T> From<Option<T>> for Fact<T> {
    fn from(fact: Option<T>) -> Self {
        fact.map_or(Fact::Absent, Fact::Known)
    }
}

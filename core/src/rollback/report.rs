//! What a rollback did, and what it left and why.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Result;
use crate::record::RecordId;

/// What a rollback did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing was done but looking.
    pub dry_run: bool,
    /// What became of the documents, by the names of their collections without ids.
    pub collections: BTreeMap<String, Tally>,
    /// How many were left, by the word for the reason.
    pub left: BTreeMap<&'static str, u64>,
    /// Reads, as the target bills them.
    pub billed_reads: u64,
    /// Deletes, as the target bills them.
    pub billed_deletes: u64,
}

/// What became of a collection's documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Deleted; in a dry run those that would be.
    pub deleted: u64,
    /// Deleted by somebody else before.
    pub gone: u64,
    /// Left as they are.
    pub left: u64,
}

/// A document that is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Where it is.
    pub address: String,
    /// The record that it was carried from.
    pub source: RecordId,
    /// Why it is left.
    pub why: WhyLeft,
}

/// Why a document is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyLeft {
    /// It was there before the migration came.
    FoundThere,
    /// It has not the content any more that was carried.
    Changed,
    /// It does not bear the stamps of this plan.
    NotStamped,
    /// The target does not take the delete, for this reason.
    Refused(String),
}

impl WhyLeft {
    /// The word for it in reports and files.
    pub fn word(&self) -> &'static str {
        match self {
            WhyLeft::FoundThere => "found_there",
            WhyLeft::Changed => "changed",
            WhyLeft::NotStamped => "not_stamped",
            WhyLeft::Refused(_) => "refused",
        }
    }
}

/// Who is told of what a rollback does.
pub trait Sink: Send {
    /// A document is left as it is.
    fn left(&mut self, left: &Left) -> Result<()>;
    /// How far it is; called once for each page.
    fn progress(&mut self, report: &Report);
}

impl Report {
    /// All collections together.
    pub fn total(&self) -> Tally {
        self.collections.values().fold(Tally::default(), |sum, one| Tally {
            deleted: sum.deleted + one.deleted,
            gone: sum.gone + one.gone,
            left: sum.left + one.left,
        })
    }
}

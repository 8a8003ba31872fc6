//! Takes a migration back: deletes what it wrote, and nothing that anybody has changed since.
//!
//! What it wrote is known from the ledger; where the journal is lost, from the stamps that it left. Each delete hangs on
//! the version that was looked at, so that a change in the last moment is safe too. No tombstones are set up: a record
//! that is taken back was never deleted. This room knows the store traits, the plan, the journal's types and the
//! verification's reading of a source; no concrete store.

mod eraser;
mod ledger;
mod notes;
mod proof;
mod report;
mod stamps;
#[cfg(test)]
mod tests;

pub use ledger::{Mode, Rollback, by_ledger};
pub use report::{Left, Report, Sink, Tally, WhyLeft};
pub use stamps::{Records, by_stamps};

//! The proof: every record that the plan moves is read again and held against what lies at its address.
//!
//! That something was carried it believes of neither the journal nor the backfill; the journal is asked what somebody
//! deleted since, and what was set aside. Memory stays flat, and a later process can go on with it. This
//! room knows the store traits, the plan, the journal's types and what devices tell each other; no concrete store.

mod compare;
mod expected;
mod kept;
mod mending;
mod orphans;
mod others;
mod parts;
mod patience;
mod receipt;
mod run;
mod set_aside;
#[cfg(test)]
mod tests;

pub use compare::{Difference, Kind, Mend};
pub(crate) use expected::Expecting;
pub use receipt::{Collection, Progress, Receipt, Tally};
pub use run::{Options, Repair, Sink, Verification, verify};

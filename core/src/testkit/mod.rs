//! What tests and the demonstration need: makers of stores and of the formats inside them.

pub mod bplist;
pub mod clock;
pub mod conformance;
pub mod faults;
#[cfg(test)]
pub(crate) mod fuzz;
pub mod habits;
pub mod journal;
pub mod mortal;
pub mod samples;
pub mod targets;

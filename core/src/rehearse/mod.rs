//! The whole way of every record, with nothing sent: what each would become, what would fail, and how much it is.
//!
//! This room knows the store traits, the plan, records and rules; of the file system a folder to spool into.

mod claims;
mod coverage;
mod embedded;
mod identity;
mod references;
mod report;
mod run;
#[cfg(test)]
mod tests;

pub use identity::{Identity, identity};
pub use report::{Collection, Embedded, Group, Largest, Quarantined, Report, Uploads};
pub use run::{Port, Progress, Sink, Step, rehearse};

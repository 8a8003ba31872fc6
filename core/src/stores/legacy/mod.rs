//! The stores that apps have on the device, all of them SQLite files: Core Data and SwiftData, Room, WatermelonDB,
//! drift, and plain tables. They are only ever read.
//!
//! A file's own way of describing itself (a model cache, Room's identity, bare tables) becomes a layout; one
//! reader reads them all from there.

mod alike;
mod archive;
mod at_rest;
mod batch;
mod bplist;
mod cell;
mod cloudkit;
mod codec;
mod coredata;
mod damage;
mod external;
mod failure;
mod fields;
#[cfg(test)]
mod fuzz;
mod history;
mod layout;
mod lookup;
mod open;
mod patience;
mod place;
mod reader;
mod relations;
mod scan;
mod selection;
mod snapshot;
mod sniff;
mod sql;
mod sqlite;
mod stop;
mod store;
mod survey;
#[cfg(test)]
mod tests;
mod worker;

pub use cloudkit::CloudFacts;
pub use history::HistoryFacts;
pub use open::Process;
pub use stop::Stop;
pub use store::{Fact, Facts, LegacyOptions, LegacyStore};

//! The stores that apps have on the device, all of them SQLite files: Core Data and SwiftData, Room, WatermelonDB,
//! drift, and plain tables. They are only ever read.
//!
//! A file is opened so that its app cannot tell (`access`). Its own way of describing itself (a model cache in
//! `coredata`; Room's identity or bare tables in `sqlite`) becomes a `layout`. From there one reader reads them all
//! (`reading`), cell by cell (`values`). This room knows records, schemas and the contract of a source, and neither
//! plans nor other stores.

mod access;
mod coredata;
mod facts;
mod failure;
mod layout;
mod reading;
mod sql;
mod sqlite;
mod store;
mod survey;
#[cfg(test)]
mod tests;
mod values;

pub use access::{Process, Stop};
pub use coredata::{CloudFacts, HistoryFacts};
pub use facts::{Counts, Fact, Facts};
pub use store::{LegacyOptions, LegacyStore};

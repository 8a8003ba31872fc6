//! The stores that apps have on the device, all of them SQLite files: Core Data and SwiftData, Room, WatermelonDB,
//! drift, and plain tables. They are only ever read.
//!
//! A file's own way of describing itself (a model cache, Room's identity, bare tables) becomes a [`layout`]; one
//! reader reads them all from there.

mod archive;
mod bplist;
mod layout;
mod sqlite;

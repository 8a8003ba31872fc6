//! The way into a store: its file is opened so that the app cannot tell, its locks are waited for, and whoever asked
//! can call it off.
//!
//! This room knows files, locks and SQLite's connections, and of a store's content only how long one value may be. It
//! knows no table: what is in the file is described by others and read by others.

pub(crate) mod at_rest;
mod open;
mod patience;
mod snapshot;
mod sniff;
mod stop;

pub(crate) use at_rest::AtRest;
pub use open::Process;
pub(crate) use open::{Opened, open};
pub(crate) use patience::Patience;
pub(crate) use snapshot::Snapshot;
pub use stop::Stop;

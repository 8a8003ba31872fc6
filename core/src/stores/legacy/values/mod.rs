//! What a cell stands for: the ways in which apps and their frameworks put values into SQLite, each with its reasons
//! why a cell cannot be trusted. All of it is foreign bytes, and none of it is believed.
//!
//! This room knows one cell and the codec that the layout gives it, and the files beside the store that cells name. It
//! knows no row, no query and no connection.

pub(crate) mod archive;
pub(crate) mod bplist;
mod codec;
mod external;
#[cfg(test)]
mod fuzz;

pub(crate) use codec::{Decoder, LARGEST_VALUE, Trouble};
pub(crate) use external::ExternalFiles;

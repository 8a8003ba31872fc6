//! What a user's devices tell each other in the target: how far each installation's migration came, and what was
//! deleted.
//!
//! A store on a device is one device's alone, and so is its progress: each installation has a document of its own, and
//! the user's document is derived from all of them. This room knows the store traits and the journal's types, and no
//! concrete store. Nothing in here may fail a migration: what cannot be told now is told later.

mod address;
mod tombstones;

pub use address::StateAddress;
pub use tombstones::{DeletedBy, Tombstone, Tombstones};

//! What a user's devices tell each other in the target: how far each installation's migration came, and what was
//! deleted.
//!
//! A store on a device is one device's alone, and so is its progress: each installation has a document of its own, and
//! the user's document is derived from all of them. This room knows the store traits and the journal's types, and no
//! concrete store. Nothing in here may fail a migration: what cannot be told now is told later.

mod address;
mod beside;
mod fields;
mod installation;
mod memory;
mod read;
mod tombstones;
mod user;
mod writer;

pub use address::StateAddress;
pub use installation::{About, InstallationState, LastWord};
pub use tombstones::{DeletedBy, Tombstone, Tombstones};
pub use user::{Known, UserState};
pub use writer::{Pace, RemoteState, Told, Trouble};

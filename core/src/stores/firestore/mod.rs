//! Cloud Firestore: what it allows, how it writes documents as JSON, and a database of it as a store.
//!
//! What goes over the wire stays in here. Commits are written as bytes straight from records; the other messages are
//! those that Google's definitions generate.

mod codec;
mod config;
mod connections;
mod decode;
mod encode;
pub mod json;
mod meaning;
mod names;
mod pattern;
mod query;
mod relations;
mod rules;
mod source;
mod status;
mod store;
mod target;
mod tokens;
mod version;
mod watch;
mod wire;

pub use config::{DEFAULT_DATABASE, Endpoint, FirestoreConfig};
pub use meaning::{call_failed, write_failed};
pub use names::{Root, field_paths};
pub use rules::rules;
pub use store::FirestoreStore;
pub use tokens::{Token, TokenSource};
pub use watch::{ResumeToken, Seen, Watch};

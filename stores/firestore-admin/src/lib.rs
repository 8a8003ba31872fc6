//! Cloud Firestore with an administrator's rights, for servers: past all rules, and with an answer for each write.
//!
//! On the `firestore` crate, which knows Google's credentials. Its plain calls are used, not its writers: one of them
//! repeats a batch whose answer was lost, and the other loses what follows on a write that failed.

mod rights;
mod store;
mod values;
mod writes;

pub use rights::{ServiceAccount, access_token};
pub use store::{AdminConfig, AdminStore};

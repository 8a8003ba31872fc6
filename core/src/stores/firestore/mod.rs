//! Cloud Firestore: what it allows, and how it writes documents as JSON.

pub mod json;
mod rules;

pub use rules::rules;

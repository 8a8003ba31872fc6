//! The tool carries a store to a real Firestore server, as people and scripts have it do so.

// A helper that cannot help is a test that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin;
mod beside;
mod demo;
mod full;
mod killed;
mod proof;
mod read_back;
mod rig;
mod steered;
mod story;

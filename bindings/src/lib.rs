//! Rehome for Swift and Kotlin. What is here says how something crosses over, and nothing else: what it does is in
//! `rehome_core::phone`.
//!
//! | file | what is in it |
//! |---|---|
//! | `rehome`, `migration`, `flags`, `documents` | the handles, a line for each method |
//! | `configuration` | what an app says once |
//! | `app` | what an app is asked for: tokens, copies of its store, how the device is; who is told what happens |
//! | `records`, `proofs`, `steered`, `happened` | what comes back, by value |
//! | `error` | what a screen can act on |

#![allow(unsafe_code, reason = "what crosses a border of languages is generated")]

mod app;
mod configuration;
mod documents;
mod error;
mod flags;
mod happened;
mod migration;
mod proofs;
mod records;
mod rehome;
mod steered;

uniffi::setup_scaffolding!();

//! Rehome moves an app's data to a new home while people keep living in it. This crate is all that a phone needs.
//!
//! The rooms, in the order a record travels: a [`store`] hands out [`record`]s in the shapes that a [`plan`] asks
//! for; the plan maps them to documents under the [`rules`] of a target. [`rehearse`] does all of that and sends
//! nothing, and [`verify`] holds what was sent against what should have been.

pub mod backfill;
pub mod clock;
pub mod error;
pub mod journal;
mod network;
pub mod phone;
pub mod plan;
pub mod record;
pub mod rehearse;
pub mod remote_config;
pub mod remote_state;
pub mod rollback;
pub mod rollout;
pub mod rules;
pub mod schema;
mod spool;
pub mod steering;
pub mod store;
pub mod stores;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
mod thread;
pub mod verify;

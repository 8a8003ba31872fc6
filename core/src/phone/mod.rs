//! All of it put together for an app: what is opened once at launch, and asked from then on.
//!
//! The one room that names concrete stores, and of it the one file `ends`. What it adds is what apps need and engines do
//! not: a thread that everything runs on, one run at a time, an end to everything when the app closes it, and answers
//! that a screen can show. Opening asks nobody and reads no store.
//!
//! | file | what is in it |
//! |---|---|
//! | `configuration`, `device` | what an app says once; what it is asked for later |
//! | `rehome` | what is opened: users who come and go, the end |
//! | `ends` | the store, the database, Remote Config, each opened when it is needed |
//! | `engine` | the thread, and work on it |
//! | `helm` | one run at a time, and the handles on it |
//! | `migration` → `outcome`, `state` | the records of one user: run, stop, how it stands |
//! | `proof` → `cancelling` | a rehearsal, a verification, the way back; what gives them up |
//! | `set_aside` | what could not be moved |
//! | `flags` | who is in and why, by whose word |
//! | `documents` → `both_sides`, `old_side` | documents and lists of them, from the side that the route says |
//! | `plain` | documents as the JSON that apps decode |
//! | `events` | what happened, told in batches |

mod both_sides;
mod cancelling;
mod configuration;
mod device;
mod documents;
mod ends;
mod engine;
mod events;
mod flags;
mod helm;
mod migration;
mod old_side;
mod outcome;
mod plain;
mod proof;
mod rehome;
mod set_aside;
mod state;

pub use crate::backfill::{Conditions, Phase, Progress, Settings, Start};
pub use cancelling::Cancelling;
pub use configuration::{Configuration, PlanText, StoreFile};
pub use device::{Device, Snapshots};
pub use documents::{Documents, DocumentsPage};
pub use events::{Event, Events, What};
pub use flags::PhoneFlags;
pub use helm::ProgressStream;
pub use migration::Migration;
pub use outcome::{Ending, Outcome};
pub use proof::{Checking, Verified};
pub use rehome::{Rehome, SignOut};
pub use set_aside::Refused;
pub use state::{MigrationState, Statistics};

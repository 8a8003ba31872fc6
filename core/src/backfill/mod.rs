//! Carries what was there before anybody wrote to both sides: resumable, each record once, nothing newer overwritten.
//!
//! This room knows the store traits, the plan, the journal's trait and the user's state in the target; no concrete
//! store, no SQLite, no network. In the order in which a document travels:
//!
//! | file | what is in it |
//! |---|---|
//! | `run`, `voyage`, `delta` | a run: who may, from where; what was there, what changed since, the end |
//! | `pages`, `meanwhile`, `mapping` | pages of records become documents on their way, with what the ledger knows of them |
//! | `item`, `forms`, `tombs` | a document on its way, what all of a move have in common, what was deleted on purpose |
//! | `guard`, `allowed` | how much may be deleted at once; from where on errors count |
//! | `step` | the pure heart: batches, answers, retries, what is saved and when |
//! | `claims`, `reconcile` | who may have an address or a value; whose content stays |
//! | `retry`, `pace` | what a failure asks for, how fast it goes |
//! | `drive` | does what `step` commands |
//! | `cost` | what it may come to, before it begins |
//! | `closing` | what somebody says of it: verified, sealed, forced |
//! | `control`, `settings`, `progress`, `report`, `clock` | what an app sees of it |

mod allowed;
mod claims;
mod closing;
mod control;
mod cost;
mod delta;
mod drive;
mod forms;
mod guard;
mod item;
mod mapping;
mod meanwhile;
mod pace;
mod pages;
mod progress;
mod reconcile;
mod report;
mod retry;
mod run;
mod settings;
mod step;
#[cfg(test)]
mod tests;
mod tombs;
mod voyage;

use crate::clock;
pub use crate::clock::{Clock, SystemClock};
pub use closing::{Closing, close};
pub use control::{Condition, Conditions, Control};
pub use progress::{Phase, Progress};
pub use report::{Ended, Report};
pub(crate) use retry::wait;
pub use run::{Backfill, Request, Start};
pub use settings::{DeleteGuard, ErrorBudget, Pace, Policy, QUIET, Retries, Settings};

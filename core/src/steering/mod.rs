//! What turns flags into what a run does: it listens to the channels, decides at launch, and steers a run that is under
//! way.
//!
//! This room knows `rollout`, the backfill and how it is steered, the journal's trait, the trait of a target that a stop
//! may be written in, and the clock; no concrete store, no network, no client of a service. A decision holds from a
//! launch on; what tunes counts from the next batch on; a stop counts at once.
//!
//! | file | what is in it |
//! |---|---|
//! | `channel` | the trait of a channel, and within which time a stop is obeyed through each kind |
//! | `document`, `file` | a document that stops, a file for development |
//! | `heard` | what was heard, and what of it outlives the process |
//! | `launch` | the decision at launch, sign-in, overrides |
//! | `run` | a run under the channels' eyes |
//! | `tuned` | settings as the flags have them |

mod channel;
mod document;
mod file;
mod heard;
mod launch;
mod run;
mod tuned;

pub use channel::{Channel, Kind, Signs};
pub use document::StopDocument;
pub use file::LocalFile;
pub use launch::{Launch, Steering};
pub use run::{Refreshed, Steered};

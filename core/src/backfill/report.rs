//! What a run comes to.

use super::control::Condition;
use crate::error::Error;
use crate::journal::{Counters, Status};

/// How a run ended, and what became of the records.
#[derive(Debug)]
pub struct Report {
    /// Why it ended.
    pub ended: Ended,
    /// Which generation of the migration it was.
    pub generation: u32,
    /// How that stands.
    pub status: Status,
    /// What became of the records of this generation, over all its runs.
    pub counters: Counters,
}

/// Why a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Everything that there is is carried or accounted for.
    Complete,
    /// The migration was sealed, declared complete or given up before: nothing was done.
    Closed,
    /// It stands still until somebody lets it resume, for this reason.
    Paused(String),
    /// The app asked to stop.
    Cancelled,
    /// The app is about to be put to sleep.
    Suspended,
    /// The device is in a condition that the policy stops work under.
    Waiting(Condition),
    /// The store was changed too recently to be called complete: run again after a while.
    NotQuiet,
    /// It cannot go on now, and may later: nobody is signed in, the phone is locked, the network is away.
    Later(Error),
}

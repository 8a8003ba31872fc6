//! What a run came to, for an app.

use crate::backfill::{Condition, Ended, Report};
use crate::journal::{Counters, Status};
use crate::rollout::Stop;
use crate::steering::Steered;

/// What a run came to. Whatever it is, what was answered is on disk, and the same call goes on from there.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Why it ended.
    pub ending: Ending,
    /// The same in a sentence, where there is more to say; no user's value is in it.
    pub why: Option<String>,
    /// How the migration stands; none where it had never begun.
    pub status: Option<Status>,
    /// Which generation of it.
    pub generation: u32,
    /// What became of its records so far.
    pub counters: Counters,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Everything that there is is carried or accounted for.
    Complete,
    /// The migration was sealed, declared complete or taken back before: nothing was done.
    Closed,
    /// The user is not among those whose records are carried yet.
    Outside,
    /// Somebody stopped it from afar. It goes on when it is allowed and run again.
    Stopped,
    /// Somebody declared it complete from afar, whatever is carried.
    Forced,
    /// It stands still until somebody has looked, and lets it resume.
    Paused,
    /// The app cancelled it.
    Cancelled,
    /// The app suspended it, or closed everything.
    Suspended,
    /// The device is in a condition in which it waits: run again when that has passed.
    Waiting,
    /// The store was changed too recently to be called complete: run again after a while.
    NotQuiet,
    /// It cannot go on now, and may later: nobody is signed in, the phone is locked, the network is away.
    Later,
    /// Another call, or another process of this kind, is at it already.
    AlreadyRunning,
}

impl Outcome {
    /// Nothing was done, for this reason.
    pub(super) fn nothing(ending: Ending, why: Option<String>) -> Self {
        Self { ending, why, status: None, generation: 0, counters: Counters::default() }
    }

    /// Nothing was done, since the app does not want it now.
    pub(super) fn ended(ended: Ended) -> Self {
        let (ending, why) = told_ending(ended, None);
        Self::nothing(ending, why)
    }

    pub(super) fn of(steered: Steered) -> Self {
        match steered {
            Steered::Ran(report) => Self::ran(report),
            Steered::Outside => {
                let why = "the user is not among those whose records are carried yet; the flags explain why";
                Self::nothing(Ending::Outside, Some(why.to_owned()))
            }
            Steered::Stopped(stop, report) => Self::stopped(stop, report),
            Steered::Forced(run) => {
                let why = Some("the migration was declared complete from afar".to_owned());
                let status = run.as_ref().map(|run| run.status);
                let (generation, counters) = run.map(|run| (run.generation, run.counters)).unwrap_or_default();
                Self { ending: Ending::Forced, why, status, generation, counters }
            }
        }
    }

    fn ran(report: Report) -> Self {
        let (ending, why) = told_ending(report.ended, Some(report.status));
        Self { ending, why, status: Some(report.status), generation: report.generation, counters: report.counters }
    }

    fn stopped(stop: Stop, report: Option<Report>) -> Self {
        let why = Some(format!("{stop}; the next run after that has changed goes on"));
        match report.map(Self::ran) {
            Some(ran) => Self { ending: Ending::Stopped, why, ..ran },
            None => Self::nothing(Ending::Stopped, why),
        }
    }
}

fn told_ending(ended: Ended, status: Option<Status>) -> (Ending, Option<String>) {
    match ended {
        Ended::Complete => (Ending::Complete, None),
        Ended::Closed => (Ending::Closed, status.map(|status| format!("the migration is {}", status.word()))),
        Ended::Paused(why) => (Ending::Paused, Some(why)),
        Ended::Cancelled => (Ending::Cancelled, None),
        Ended::Suspended => (Ending::Suspended, None),
        Ended::Waiting(condition) => (Ending::Waiting, Some(waits_for(condition).to_owned())),
        Ended::NotQuiet => {
            let why = "the store was changed a moment ago, and more may be arriving in it; run again after a while";
            (Ending::NotQuiet, Some(why.to_owned()))
        }
        Ended::Later(error) => (Ending::Later, Some(error.to_string())),
    }
}

fn waits_for(condition: Condition) -> &'static str {
    match condition {
        Condition::Metered => "the network is paid for by what goes over it",
        Condition::LowBattery => "the battery is low",
        Condition::Background => "nobody looks at the app",
    }
}

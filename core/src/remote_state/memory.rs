//! What the voice of an installation remembers between two words.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{About, InstallationState, Pace};
use crate::journal::{Run, Status};
use crate::record::Timestamp;
use crate::store::{Condition, Version};

/// Longer silence between two words is no work: the app was asleep.
const ASLEEP: Duration = Duration::from_secs(300);

/// What of the state is worth a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Nothing,
    /// The installation's document: it is still there, and has come further.
    Heartbeat,
    /// The user's document too: the installation stands otherwise than before.
    Standing,
}

/// What the target has of this installation.
#[derive(Default)]
pub(super) enum Remote {
    /// It is to be looked at.
    #[default]
    Unread,
    Absent,
    Has(Box<InstallationState>, Version),
}

/// How a run stands: generation, status, and whether it stands still.
type Standing = (u32, Status, bool);

fn standing(run: &Run) -> Standing {
    (run.generation, run.status, run.paused.is_some())
}

#[derive(Default)]
pub(super) struct Memory {
    pub(super) remote: Remote,
    /// What the time and the errors below are of.
    generation: u32,
    /// Time at work that is not in the target yet.
    worked: Duration,
    /// Errors that are not in the target yet.
    errors: BTreeMap<&'static str, u64>,
    heard: Option<Timestamp>,
    /// When it was last tried to write, and what.
    tried: Option<(Timestamp, Standing)>,
}

impl Memory {
    /// Takes up what happened since the last word.
    pub(super) fn hear(&mut self, run: &Run, errors: BTreeMap<&'static str, u64>, now: Timestamp) {
        if self.generation != run.generation {
            (self.generation, self.worked, self.heard) = (run.generation, Duration::ZERO, None);
            self.errors.clear();
        }
        for (kind, count) in errors {
            *self.errors.entry(kind).or_default() += count;
        }
        let silence = self.heard.replace(now).map_or(Duration::ZERO, |heard| now.since(heard));
        if run.status == Status::Running && silence <= ASLEEP {
            self.worked += silence;
        }
    }

    /// Whether the same was tried a moment ago: neither progress nor a failure is worth a call each time.
    pub(super) fn is_too_soon(&self, run: &Run, pace: &Pace, now: Timestamp) -> bool {
        let Some((at, tried)) = self.tried else { return false };
        tried == standing(run) && at <= now && now.since(at) < pace.running
    }

    pub(super) fn try_now(&mut self, run: &Run, now: Timestamp) {
        self.tried = Some((now, standing(run)));
    }

    /// What is worth a write after what the target has.
    pub(super) fn due(&self, run: &Run, pace: &Pace, now: Timestamp) -> Due {
        let Remote::Has(state, _) = &self.remote else { return Due::Standing };
        if state.standing() < (run.generation, run.status) {
            return Due::Standing;
        }
        let every = if run.status == Status::Running { pace.running } else { pace.settled };
        let has_stopped = state.last.paused.is_some() != run.paused.is_some();
        let heard = state.last.heartbeat;
        // A word from the future is from a clock that was wrong.
        if has_stopped || now.since(heard) >= every || heard > now { Due::Heartbeat } else { Due::Nothing }
    }

    /// What the target is to have.
    pub(super) fn next(&self, run: &Run, about: &About, now: Timestamp) -> InstallationState {
        let there = if let Remote::Has(state, _) = &self.remote { Some((**state).clone()) } else { None };
        let same = there.as_ref().filter(|state| state.generation == run.generation);
        let mut errors = same.map(|state| state.errors.clone()).unwrap_or_default();
        for (kind, count) in &self.errors {
            let there = errors.entry((*kind).to_owned()).or_default();
            *there = there.saturating_add(*count);
        }
        let worked = same.map_or(Duration::ZERO, |state| state.worked).saturating_add(self.worked);
        let ours = InstallationState::of(run, about, errors, worked, now);
        match there {
            Some(mut there) => {
                if there.last.heartbeat > now {
                    there.last = ours.last.clone();
                }
                there.join(ours)
            }
            None => ours,
        }
    }

    /// What must hold for it to be written.
    pub(super) fn condition(&self) -> Condition {
        match &self.remote {
            Remote::Has(_, version) => Condition::Version(version.clone()),
            Remote::Unread | Remote::Absent => Condition::Absent,
        }
    }

    /// The target has it now.
    pub(super) fn wrote(&mut self, state: InstallationState, version: Option<Version>) {
        self.remote = version.map_or(Remote::Unread, |version| Remote::Has(Box::new(state), version));
        self.worked = Duration::ZERO;
        self.errors.clear();
    }
}

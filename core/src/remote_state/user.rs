//! How far a user's migration came, all installations together.

use std::time::Duration;

use super::InstallationState;
use super::fields::{Reader, Writer, combined};
use crate::journal::{Counters, Status};
use crate::record::{Map, Timestamp, Value};

/// How far a user's migration came: derived from what the installations say, and never from one of them alone.
///
/// (generation, status) only grows. Where the status has to go back, since an unheard of device turned up with records
/// of its own, a new generation begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserState {
    /// Counts from one; at least the generation of each installation.
    pub generation: u32,
    /// How all of them stand together; settled only when each one is, or counts as gone.
    pub status: Status,
    /// When the first one began.
    pub started: Timestamp,
    /// When the last one was heard of.
    pub heartbeat: Timestamp,
    /// When the last one had finished, once all have.
    pub finished: Option<Timestamp>,
    /// All that are known, sorted.
    pub installations: Vec<String>,
    /// How many of them were not heard of for so long that nobody waits for them.
    pub gone: u32,
    /// What they counted, together.
    pub counters: Counters,
}

/// An installation by its id; without a state where its document is of a version that this one does not understand.
pub type Known = (String, Option<InstallationState>);

impl UserState {
    /// What the installations come to, after what was said before; none where there is no installation to tell of.
    ///
    /// One that is not finished and was not heard of for `patience` counts as gone: what its store has may never be
    /// carried, and the others do not wait for it. When it turns up again, it is waited for again.
    pub fn derive(before: Option<&UserState>, known: &[Known], now: Timestamp, patience: Duration) -> Option<Self> {
        let states: Vec<&InstallationState> = known.iter().filter_map(|(_, state)| state.as_ref()).collect();
        let is_understood = states.len() == known.len();
        let is_gone = |state: &InstallationState| now.since(state.last.heartbeat) >= patience;
        let (gone, waited_for): (Vec<_>, Vec<_>) =
            states.iter().copied().partition(|state| !state.status.is_settled() && is_gone(state));
        // Where everybody is gone, what they said still stands: nobody has carried what they did not.
        let counted = if waited_for.is_empty() { &gone } else { &waited_for };
        let statuses: Vec<Status> = counted.iter().map(|state| state.status).collect();
        let status = if is_understood { together(&statuses) } else { Status::Running };
        let finished = || states.iter().filter_map(|state| state.finished).max();
        let latest = states.iter().map(|state| state.generation).max()?;
        let mut installations: Vec<String> = known.iter().map(|(id, _)| id.clone()).collect();
        installations.sort_unstable();
        Some(Self {
            generation: generation(before, latest, status),
            status,
            started: states.iter().map(|state| state.started).min()?,
            heartbeat: states.iter().map(|state| state.last.heartbeat).max()?,
            finished: if status.is_settled() { finished() } else { None },
            installations,
            gone: u32::try_from(gone.len()).unwrap_or(u32::MAX),
            counters: states
                .iter()
                .fold(Counters::default(), |sum, state| combined(sum, state.counters, u64::saturating_add)),
        })
    }

    /// Generation and status, which only grow.
    pub fn standing(&self) -> (u32, Status) {
        (self.generation, self.status)
    }

    /// The fields of its document.
    pub fn to_fields(&self) -> Map {
        let installations = self.installations.iter().map(|id| Value::from(id.as_str()));
        Writer::default()
            .standing(self.generation, self.status)
            .moment("startedAt", self.started)
            .moment("heartbeatAt", self.heartbeat)
            .maybe("finishedAt", self.finished.map(Value::Timestamp))
            .value("installations", Value::Array(installations.collect()))
            .number("gone", self.gone.into())
            .counters(self.counters)
            .done()
    }

    /// From the fields of its document; none where they are of a version that this one does not understand.
    pub fn from_fields(fields: &Map) -> Option<Self> {
        let installations = match fields.get("installations")? {
            Value::Array(ids) => {
                ids.iter().filter_map(|id| if let Value::String(id) = id { Some(id.clone()) } else { None })
            }
            _ => return None,
        };
        let installations = installations.collect();
        let fields = Reader(fields);
        let (generation, status) = fields.standing()?;
        Some(Self {
            generation,
            status,
            started: fields.moment("startedAt")?,
            heartbeat: fields.moment("heartbeatAt")?,
            finished: fields.moment("finishedAt"),
            installations,
            gone: fields.number("gone").and_then(|gone| u32::try_from(gone).ok()).unwrap_or_default(),
            counters: fields.counters(),
        })
    }
}

/// How several stand together. Where not all have finished, somebody has yet to carry something; where all have, it is
/// worth no more than the least of it, and what an operator declared is never verified.
fn together(statuses: &[Status]) -> Status {
    let all_are = |expected: Status| statuses.iter().all(|status| *status == expected);
    if !statuses.iter().all(|status| status.is_settled()) {
        let alike = [Status::Pending, Status::RolledBack].into_iter().find(|status| all_are(*status));
        return alike.unwrap_or(Status::Running);
    }
    let is_forced = statuses.contains(&Status::Forced);
    let least = statuses.iter().copied().min().unwrap_or(Status::Running);
    if is_forced { Status::Forced } else { least }
}

/// The generation in which this status is no step back.
fn generation(before: Option<&UserState>, latest: u32, status: Status) -> u32 {
    match before {
        Some(before) if latest <= before.generation => {
            before.generation.saturating_add(u32::from(status < before.status))
        }
        _ => latest,
    }
}

#[cfg(test)]
mod tests;

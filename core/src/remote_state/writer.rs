//! Keeps the state in the target up with the journal, as seldom as will do.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::memory::{Due, Memory, Remote};
use super::{About, InstallationState, StateAddress, UserState, read};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Run;
use crate::record::{Reason, Timestamp};
use crate::store::{Condition, Outcome, Refusal, RefusalCause, Target, Version, Write};

/// How often it is tried to write against others who write at the same time.
const ATTEMPTS: usize = 4;
/// How often the state is written, and how long others are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// While records are carried, so often at most. Whoever looks from elsewhere takes a run for stuck after 300 s
    /// without a word.
    pub running: Duration,
    /// While nothing changes but that the installation is there still.
    pub settled: Duration,
    /// An installation that has not finished and was not heard of for this long counts as gone.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let day = Duration::from_secs(24 * 3600);
        Self { running: Duration::from_secs(60), settled: day, patience: 60 * day }
    }
}

/// Something that went wrong and is counted by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A call that failed.
    Call(ErrorKind),
    /// A record that was set aside.
    Record(Reason),
}

impl From<ErrorKind> for Trouble {
    fn from(kind: ErrorKind) -> Self {
        Trouble::Call(kind)
    }
}

impl From<Reason> for Trouble {
    fn from(reason: Reason) -> Self {
        Trouble::Record(reason)
    }
}

impl Trouble {
    fn word(self) -> &'static str {
        match self {
            Trouble::Call(kind) => kind.word(),
            Trouble::Record(reason) => reason.word(),
        }
    }
}

/// What became of a word to the other devices.
#[derive(Debug)]
pub enum Told {
    /// The target has it.
    Written,
    /// The target has what matters of it, and the rest is not worth a write yet.
    NotYet,
    /// It could not be written, for this reason; it is tried again with what is told later.
    Later(Error),
}

/// One installation's voice in the user's state. A migration goes on whatever becomes of it: [`tell`](Self::tell) does
/// not fail, and what could not be written is in what is written next.
pub struct RemoteState {
    target: Arc<dyn Target>,
    address: StateAddress,
    installation: String,
    about: About,
    pace: Pace,
    /// One word at a time: the second would find the first one's version gone.
    memory: tokio::sync::Mutex<Memory>,
    /// Apart from the memory, which is held while a write is under way.
    troubles: Mutex<BTreeMap<&'static str, u64>>,
}

impl RemoteState {
    /// The voice of this installation, which writes to this place.
    pub fn new(
        target: Arc<dyn Target>,
        address: StateAddress,
        installation: impl Into<String>,
        about: About,
        pace: Pace,
    ) -> Self {
        let installation = installation.into();
        Self { target, address, installation, about, pace, memory: Default::default(), troubles: Default::default() }
    }

    /// Counts something that went wrong; it is written with what is told next.
    pub fn met(&self, trouble: impl Into<Trouble>) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        *troubles.entry(trouble.into().word()).or_default() += 1;
    }

    /// Tells how the run stands. To be called when it begins, after each page, and when its status changes: what is
    /// worth a write is decided here.
    pub async fn tell(&self, run: &Run, now: Timestamp) -> Told {
        let mut memory = self.memory.lock().await;
        let troubles = mem::take(&mut *self.troubles.lock().unwrap_or_else(PoisonError::into_inner));
        memory.hear(run, troubles, now);
        if memory.is_too_soon(run, &self.pace, now) {
            return Told::NotYet;
        }
        memory.try_now(run, now);
        self.write(&mut memory, run, now).await.unwrap_or_else(|error| {
            memory.remote = Remote::Unread;
            Told::Later(error)
        })
    }

    async fn write(&self, memory: &mut Memory, run: &Run, now: Timestamp) -> Result<Told> {
        let mut due = Due::Nothing;
        for _ in 0..ATTEMPTS {
            if matches!(memory.remote, Remote::Unread) {
                let there = read::installation(&*self.target, &self.address, &self.installation).await?;
                memory.remote = there.map_or(Remote::Absent, |(state, version)| Remote::Has(Box::new(state), version));
            }
            // What was worth a write still is, even if a part of it has happened.
            due = due.max(memory.due(run, &self.pace, now));
            if due == Due::Nothing {
                return Ok(Told::NotYet);
            }
            let state = memory.next(run, &self.about, now);
            let address = self.address.installation(&self.installation);
            let mut writes =
                vec![Write { address, fields: Some(state.to_fields().into()), condition: memory.condition() }];
            if due == Due::Standing {
                writes.extend(self.users(&state, now).await?);
            }
            match done(self.target.write(&writes).await?)? {
                Done::Written(version) => {
                    memory.wrote(state, version);
                    return Ok(Told::Written);
                }
                Done::LookAgain => memory.remote = Remote::Unread,
            }
        }
        let message = "other devices of the user write the migration's state at the same time; it is tried again later";
        Err(Error::new(ErrorKind::Busy, message))
    }

    /// The write of the user's document, derived from what all installations say.
    async fn users(&self, own: &InstallationState, now: Timestamp) -> Result<Option<Write>> {
        let (before, condition) = match read::user(&*self.target, &self.address).await? {
            Some((state, version)) => (Some(state), Condition::Version(version)),
            None => (None, Condition::Absent),
        };
        let mut known = read::installations(&*self.target, &self.address).await?;
        known.retain(|(id, _)| *id != self.installation);
        known.push((self.installation.clone(), Some(own.clone())));
        let user = UserState::derive(before.as_ref(), &known, now, self.pace.patience);
        let address = self.address.user().to_owned();
        Ok(user.map(|user| Write { address, fields: Some(user.to_fields().into()), condition }))
    }
}

/// What became of writes that belong together.
enum Done {
    /// All happened; the first one's version.
    Written(Option<Version>),
    /// Not all did, or nobody knows.
    LookAgain,
}

fn done(outcomes: Vec<Outcome>) -> Result<Done> {
    let refused =
        outcomes.iter().find_map(|outcome| if let Outcome::Refused(why) = outcome { Some(why) } else { None });
    if let Some(Refusal { cause, why }) = refused {
        let kind = match cause {
            RefusalCause::Denied => ErrorKind::Denied,
            RefusalCause::Invalid => ErrorKind::BadInput,
        };
        let message =
            format!("the target does not take the migration's state ({why}); see that its rules are deployed");
        return Err(Error::new(kind, message));
    }
    if !outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_))) {
        return Ok(Done::LookAgain);
    }
    Ok(match outcomes.into_iter().next() {
        Some(Outcome::Durable(version)) => Done::Written(version),
        _ => Done::LookAgain,
    })
}

#[cfg(test)]
pub(super) mod tests;

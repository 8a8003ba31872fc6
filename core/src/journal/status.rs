//! How a migration moves from one status to the next.

use super::{Counters, Position, Run, Status};
use crate::plan::Plan;
use crate::record::Timestamp;

impl Status {
    /// Every status, in the order in which they follow each other.
    pub const ALL: [Status; 7] = [
        Status::Pending,
        Status::Running,
        Status::Complete,
        Status::Verified,
        Status::Sealed,
        Status::Forced,
        Status::RolledBack,
    ];

    /// The word for it in files, documents and messages.
    pub fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Running => "running",
            Status::Complete => "complete",
            Status::Verified => "verified",
            Status::Sealed => "sealed",
            Status::Forced => "forced",
            Status::RolledBack => "rolled_back",
        }
    }

    /// The status that a word stands for.
    ///
    /// ```
    /// use rehome_core::journal::Status;
    /// assert_eq!(Status::from_word("rolled_back"), Some(Status::RolledBack));
    /// assert_eq!(Status::from_word("done"), None);
    /// ```
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing is left to carry, as far as can be known: everything is accounted for, or an operator said so.
    pub fn is_settled(self) -> bool {
        match self {
            Status::Complete | Status::Verified | Status::Sealed | Status::Forced => true,
            Status::Pending | Status::Running | Status::RolledBack => false,
        }
    }
}

impl Run {
    /// What comes before the first generation of a plan from a store into a target.
    pub fn not_begun(plan: &Plan, store: impl Into<String>, target: impl Into<String>, now: Timestamp) -> Self {
        Self {
            fingerprint: plan.fingerprint,
            outline: plan.outline.clone(),
            store: store.into(),
            target: target.into(),
            generation: 0,
            status: Status::Pending,
            paused: None,
            started: now,
            heartbeat: now,
            finished: None,
            position: Position::default(),
            counters: Counters::default(),
        }
    }

    /// The generation after this one, declared complete by an operator. What this one counted stays with it, so that
    /// what was not carried can still be told.
    #[must_use]
    pub fn forced(&self, now: Timestamp) -> Self {
        let next = self.next(Status::Forced, now);
        Self { position: self.position.clone(), counters: self.counters, finished: Some(now), ..next }
    }

    /// The generation after this one, in which what the migration wrote is deleted.
    #[must_use]
    pub fn rolled_back(&self, now: Timestamp) -> Self {
        self.next(Status::RolledBack, now)
    }

    fn next(&self, status: Status, now: Timestamp) -> Self {
        let generation = self.generation.saturating_add(1);
        Self {
            generation,
            status,
            paused: None,
            started: now,
            heartbeat: now,
            finished: None,
            position: Position::default(),
            counters: Counters::default(),
            ..self.clone()
        }
    }
}

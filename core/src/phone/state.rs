//! How a migration stands, and what it has come to, for a screen.

use std::collections::BTreeMap;
use std::time::Duration;

use super::migration::Migration;
use crate::error::Result;
use crate::journal::{Counters, Journal, Run, STUCK_AFTER, Scope, Status};
use crate::record::Timestamp;

/// How the migration of a user's records stands on this device.
#[derive(Clone, Debug, PartialEq)]
pub struct MigrationState {
    /// How it stands. `Pending` where it never began.
    pub status: Status,
    /// Counts from one; 0 where it never began.
    pub generation: u32,
    /// When the generation began.
    pub started_at: Option<Timestamp>,
    /// When it was heard of last.
    pub heartbeat_at: Option<Timestamp>,
    /// When it was finished first.
    pub finished_at: Option<Timestamp>,
    /// Why it stands still until somebody acts, where it does.
    pub paused: Option<String>,
    /// What became of its records so far.
    pub counters: Counters,
    /// Whether a run is under way in this process.
    pub is_under_way: bool,
    /// Whether a run was begun that nobody has heard of for a while: the next one takes it over. One that is merely long
    /// is not stuck.
    pub is_stuck: bool,
}

/// What a migration has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// How it stands.
    pub state: MigrationState,
    /// From its beginning to its end, or to when it was heard of last. What was slept through counts.
    pub duration: Option<Duration>,
    /// What is set aside, by the word for the reason.
    pub set_aside: BTreeMap<String, u64>,
    /// Documents carried, by the entity of their records.
    pub carried: BTreeMap<String, u64>,
}

impl MigrationState {
    fn never_begun(is_under_way: bool) -> Self {
        Self {
            status: Status::Pending,
            generation: 0,
            started_at: None,
            heartbeat_at: None,
            finished_at: None,
            paused: None,
            counters: Counters::default(),
            is_under_way,
            is_stuck: false,
        }
    }

    fn of(run: Run, is_under_way: bool, now: Timestamp) -> Self {
        let is_silent = now.since(run.heartbeat) >= STUCK_AFTER;
        Self {
            is_stuck: run.status == Status::Running && run.paused.is_none() && !is_under_way && is_silent,
            status: run.status,
            generation: run.generation,
            started_at: Some(run.started),
            heartbeat_at: Some(run.heartbeat),
            finished_at: run.finished,
            paused: run.paused,
            counters: run.counters,
            is_under_way,
        }
    }
}

impl Migration {
    /// How it stands on this device, by the journal: nobody is asked.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn state(&self) -> Result<MigrationState> {
        let (inside, owner) = (self.inside.clone(), self.owner.clone());
        let is_under_way = inside.helm(&owner).is_under_way();
        let work = async move {
            let run = inside.ends.journal.run(&inside.scope(&owner)?).await?;
            let of = |run| MigrationState::of(run, is_under_way, inside.ends.now());
            Ok(run.map_or_else(|| MigrationState::never_begun(is_under_way), of))
        };
        self.inside.engine.run(work).await
    }

    /// What it has come to on this device, by the journal: nobody is asked.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn statistics(&self) -> Result<Statistics> {
        let state = self.state().await?;
        let (inside, owner) = (self.inside.clone(), self.owner.clone());
        let work = async move {
            let scope = inside.scope(&owner)?;
            let sizes = inside.ends.journal.ledger_sizes(&scope).await?;
            let carried = sizes.into_iter().map(|(entity, count)| (entity.to_string(), count)).collect();
            Ok((carried, set_aside(&*inside.ends.journal, &scope).await?))
        };
        let (carried, set_aside) = self.inside.engine.run(work).await?;
        let end = state.finished_at.or(state.heartbeat_at);
        let duration = state.started_at.zip(end).map(|(start, end)| end.since(start));
        Ok(Statistics { state, duration, set_aside, carried })
    }

    /// The same for whoever cannot wait.
    ///
    /// # Errors
    /// As [`statistics`](Self::statistics).
    pub fn statistics_now(&self) -> Result<Statistics> {
        self.inside.engine.block_on(self.statistics())
    }
}

async fn set_aside(journal: &dyn Journal, scope: &Scope) -> Result<BTreeMap<String, u64>> {
    const PAGE: usize = 500;
    let (mut counts, mut after) = (BTreeMap::new(), 0);
    loop {
        let page = journal.quarantine(scope, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(counts) };
        after = *last;
        for (_, one) in page {
            *counts.entry(one.reason).or_default() += 1;
        }
    }
}

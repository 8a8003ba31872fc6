//! What the journal and the user's other devices are told of a rollback.

use super::report::Report;
use crate::clock::Clock;
use crate::error::Result;
use crate::journal::{Counters, Journal, Lease, Run, Saved, Status};
use crate::record::RecordId;
use crate::remote_state::RemoteState;

/// What a rollback that was begun and not finished leaves for people to read.
const UNDER_WAY: &str = "a rollback was begun and is not finished; roll back again to go on";

/// Notes a rollback as it goes, in a generation of its own.
pub(super) struct Notes<'a> {
    journal: &'a dyn Journal,
    voice: Option<&'a RemoteState>,
    lease: &'a Lease,
    clock: &'a dyn Clock,
    run: Run,
    /// What an earlier process counted.
    before: Counters,
}

impl<'a> Notes<'a> {
    /// Begins the generation, before anything is deleted: whoever carries records sees from now on that they are taken
    /// back. One that was begun already goes on.
    pub(super) async fn begin(
        journal: &'a dyn Journal,
        voice: Option<&'a RemoteState>,
        lease: &'a Lease,
        clock: &'a dyn Clock,
        last: Run,
    ) -> Result<Self> {
        let mut run = last;
        if run.status != Status::RolledBack {
            run = Run { paused: Some(UNDER_WAY.to_owned()), ..run.rolled_back(clock.now()) };
            journal.begin(lease, &run).await?;
        }
        let notes = Self { journal, voice, lease, clock, before: run.counters, run };
        notes.tell().await;
        Ok(notes)
    }

    /// Notes what was done, and forgets the ledger's rows of documents that are no more.
    pub(super) async fn save(&mut self, report: &Report, forgotten: Vec<(RecordId, u16)>) -> Result<()> {
        self.run.counters = Counters {
            deleted: self.before.deleted + report.total().deleted,
            billed_reads: self.before.billed_reads + report.billed_reads,
            billed_deletes: self.before.billed_deletes + report.billed_deletes,
            ..self.before
        };
        let saved = Saved { forgotten, ..self.saved() };
        self.journal.save(self.lease, &saved, self.clock.now()).await?;
        self.tell().await;
        Ok(())
    }

    /// Notes that it is done.
    pub(super) async fn finish(&mut self) -> Result<()> {
        self.run.paused = None;
        self.journal.save(self.lease, &self.saved(), self.clock.now()).await?;
        self.tell().await;
        Ok(())
    }

    fn saved(&self) -> Saved {
        Saved {
            paused: self.run.paused.clone(),
            position: self.run.position.clone(),
            counters: self.run.counters,
            ..Saved::default()
        }
    }

    /// What cannot be told now is told by whoever tells something later.
    async fn tell(&self) {
        if let Some(voice) = self.voice {
            voice.tell(&self.run, self.clock.now()).await;
        }
    }
}

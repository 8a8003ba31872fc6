//! How differences are mended, and the ledger told of it.

use super::compare::{Compared, Difference, Mend};
use super::patience::patiently;
use super::run::{Repair, Suspected, Work};
use crate::error::Result;
use crate::journal::{Carried, Lease, Saved};
use crate::store::{Condition, Fields, Outcome, Version, Write};

impl Work<'_, '_, '_> {
    /// Mends a difference where that is asked for and can be; answers whether it is as the plan says now.
    pub(super) async fn mended(&mut self, difference: &Difference, suspected: &Suspected) -> Result<bool> {
        let Some(mend) = &difference.mend else { return Ok(false) };
        let lease = match self.of.options.repair {
            Repair::No => return Ok(false),
            Repair::Rehearse => {
                self.tally.mended += 1;
                return Ok(false);
            }
            Repair::Mend(lease) => lease,
        };
        let Some(version) = self.write(mend, suspected).await? else { return Ok(false) };
        self.tally.mended += 1;
        self.count_fine(&Compared::Same, &suspected.document);
        self.note(lease, mend, suspected, version).await?;
        Ok(true)
    }

    /// Writes the document; answers with its version where it is there now.
    async fn write(&mut self, mend: &Mend, suspected: &Suspected) -> Result<Option<Version>> {
        let document = &suspected.document;
        let condition = match mend {
            Mend::Create => Condition::Absent,
            Mend::Replace { version, .. } => Condition::Version(version.clone()),
        };
        let say = self.of.plan.passes[suspected.pass].moves[suspected.slot].say();
        let fields = Some(Fields::Among(document.clone().into_parts().2, say));
        let write = [Write { address: document.address.clone(), fields, condition }];
        self.tally.billed_writes += 1;
        let outcomes = patiently(self.of.clock, || self.of.target.write(&write)).await?;
        if let Some(Outcome::Durable(Some(version))) = outcomes.into_iter().next() {
            return Ok(Some(version));
        }
        // A write whose answer was lost stands in the way of its own second try.
        let found = self.look(std::slice::from_ref(&document.address)).await?.pop().flatten();
        let is_there = self.judge(suspected.pass, suspected.slot, document, found.as_ref()) == Compared::Same;
        Ok(found.filter(|_| is_there).map(|found| found.version))
    }

    /// Tells the ledger, so that a delta knows the document and a rollback takes it back.
    async fn note(&self, lease: &Lease, mend: &Mend, suspected: &Suspected, version: Version) -> Result<()> {
        let journal = self.of.journal;
        let Some(run) = journal.run(&lease.scope).await? else { return Ok(()) };
        // What somebody else wrote first stays theirs.
        let (ours, has_more) = match mend {
            Mend::Create => (true, false),
            Mend::Replace { has_more, .. } => (suspected.row.as_ref().is_some_and(|row| row.ours), *has_more),
        };
        let document = &suspected.document;
        let carried = Carried {
            source: document.source.clone(),
            slot: suspected.row_slot(),
            address: document.address.clone(),
            hash: document.hash,
            version: Some(version).filter(|_| !(ours && has_more)),
            ours,
        };
        let saved = Saved {
            paused: run.paused,
            position: run.position,
            counters: run.counters,
            carried: vec![carried],
            ..Saved::default()
        };
        journal.save(lease, &saved, self.of.clock.now()).await
    }
}

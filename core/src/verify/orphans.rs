//! What was carried for records that the store no longer has.

use super::run::Verification;
use crate::error::Result;
use crate::journal::Carried;
use crate::plan::{Deletes, Plan};
use crate::record::{Key, Name};
use crate::spool::{Marker, Spool, tag_of, with_tag};

/// How many rows of the ledger are read at a time.
const ROWS: usize = 500;

/// What is said of a record.
const MET: u32 = 0;
const CARRIED: u32 = 1;

/// Finds the rows of the ledger whose records were not met, in little memory.
pub(super) struct Orphans {
    marker: Marker,
    spool: Spool,
}

impl Orphans {
    pub(super) fn of(verification: &Verification<'_>) -> Self {
        Self { marker: Marker::default(), spool: Spool::new(verification.folder, "met") }
    }

    /// The store has this record.
    pub(super) fn met(&mut self, entity: &Name, key: &Key) -> Result<()> {
        self.say(entity, key, MET)
    }

    /// How many documents were carried for records that were not met, and no delta has seen to yet.
    pub(super) async fn count(mut self, of: &Verification<'_>) -> Result<u64> {
        let mut after = 0;
        loop {
            let rows = of.journal.ledger(of.scope, after, ROWS).await?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for (_, row) in rows.iter().filter(|(_, row)| goes_with_its_record(of.plan, row)) {
                self.say(&row.source.entity, &row.source.key, CARRIED)?;
            }
        }
        let mut orphans = 0;
        self.spool.each_thing(|said| {
            if said.first().is_some_and(|first| tag_of(*first) == CARRIED) {
                orphans += said.len() as u64;
            }
        })?;
        Ok(orphans)
    }

    fn say(&mut self, entity: &Name, key: &Key, what: u32) -> Result<()> {
        self.spool.add(with_tag(self.marker.mark((entity, key)), what))
    }
}

/// Whether a document is there by our doing and to be deleted when its record is gone.
fn goes_with_its_record(plan: &Plan, row: &Carried) -> bool {
    let pass = plan.passes.iter().find(|pass| pass.shape.entity == row.source.entity);
    let one = pass.and_then(|pass| pass.moves.get(usize::from(row.slot)));
    row.version.is_some() && one.is_some_and(|one| one.deletes == Deletes::Carry)
}

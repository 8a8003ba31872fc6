//! A rollback by the ledger.

use std::collections::HashMap;
use std::sync::Arc;

use super::eraser::{Eraser, Fate};
use super::notes::Notes;
use super::proof::{Candidate, Proof};
use super::report::{Report, Sink, WhyLeft};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Carried, Journal, Lease, Run, Scope};
use crate::plan::Plan;
use crate::record::{Name, RecordId};
use crate::remote_state::RemoteState;
use crate::store::Target;

/// How many rows of the ledger are taken at a time.
const PAGE: usize = 200;

/// What is to be taken back.
#[derive(Clone, Copy)]
pub struct Rollback<'a> {
    /// Where it was carried to.
    pub target: &'a dyn Target,
    /// What the migration remembers.
    pub journal: &'a dyn Journal,
    /// How it was carried.
    pub plan: &'a Plan,
    /// The time.
    pub clock: &'a dyn Clock,
    /// By whom the user's other devices hear of it.
    pub voice: Option<&'a RemoteState>,
    /// Whether anything is deleted.
    pub mode: Mode<'a>,
}

/// Whether anything is deleted.
#[derive(Clone, Copy)]
pub enum Mode<'a> {
    /// Nothing is written anywhere: it is looked what would be deleted.
    DryRun(&'a Scope),
    /// It is deleted, by whoever has the right to write the journal.
    Delete(&'a Lease),
}

impl Rollback<'_> {
    pub(super) fn is_dry_run(&self) -> bool {
        matches!(self.mode, Mode::DryRun(_))
    }

    pub(super) fn scope(&self) -> &Scope {
        match self.mode {
            Mode::DryRun(scope) => scope,
            Mode::Delete(lease) => &lease.scope,
        }
    }

    /// Begins to note what is deleted; nothing in a dry run.
    pub(super) async fn notes(&self, last: Run) -> Result<Option<Notes<'_>>> {
        match self.mode {
            Mode::DryRun(_) => Ok(None),
            Mode::Delete(lease) => Notes::begin(self.journal, self.voice, lease, self.clock, last).await.map(Some),
        }
    }
}

/// Deletes what the ledger says that this migration wrote, where it is as it was carried. One that was interrupted goes
/// on when it is called again.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) where the journal knows of no run: then [`by_stamps`](super::by_stamps) is left;
/// [`Changed`](ErrorKind::Changed) where its run is of another target.
pub async fn by_ledger(rollback: &Rollback<'_>, sink: &mut dyn Sink) -> Result<Report> {
    let (journal, scope) = (rollback.journal, rollback.scope());
    let last = journal.run(scope).await?.ok_or_else(|| {
        let message = "the journal knows of no run of this plan; if it was lost, roll back by the stamps instead";
        Error::new(ErrorKind::NotFound, message)
    })?;
    last.check_target(&rollback.target.identity().await?.unwrap_or_default())?;
    let mut notes = rollback.notes(last).await?;
    let ways = stamp_ways(rollback.plan);
    let report = Report { dry_run: rollback.is_dry_run(), ..Report::default() };
    let mut eraser = Eraser { target: rollback.target, clock: rollback.clock, sink, report };
    let mut after = 0;
    loop {
        let rows = journal.ledger(scope, after, PAGE).await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        let forgotten = page(&mut eraser, &ways, rows.into_iter().map(|(_, row)| row).collect()).await?;
        if let Some(notes) = &mut notes {
            notes.save(&eraser.report, forgotten).await?;
        }
        eraser.sink.progress(&eraser.report);
    }
    if let Some(mut notes) = notes {
        notes.finish().await?;
    }
    Ok(eraser.report)
}

/// Deletes what a page of the ledger stands for; answers with the rows that stand for nothing any more.
async fn page(eraser: &mut Eraser<'_>, ways: &Ways<'_>, rows: Vec<Carried>) -> Result<Vec<(RecordId, u16)>> {
    let (ours, found): (Vec<Carried>, Vec<Carried>) = rows.into_iter().partition(|row| row.ours);
    for row in found {
        eraser.note(&candidate(row, ways), &Fate::Left(WhyLeft::FoundThere))?;
    }
    let keys: Vec<(RecordId, u16)> = ours.iter().map(|row| (row.source.clone(), row.slot)).collect();
    let candidates: Vec<Candidate> = ours.into_iter().map(|row| candidate(row, ways)).collect();
    let fates = eraser.erase(&candidates).await?;
    Ok(keys.into_iter().zip(fates).filter(|(_, fate)| fate.is_settled()).map(|(key, _)| key).collect())
}

type Ways<'p> = HashMap<(&'p str, u16), Arc<[Arc<[Name]>]>>;

/// The ways to the stamps of each move, by its entity and slot.
fn stamp_ways(plan: &Plan) -> Ways<'_> {
    let moves = plan.passes.iter().flat_map(|pass| (0..).zip(&pass.moves).map(move |(slot, one)| (pass, slot, one)));
    moves.map(|(pass, slot, one)| ((&*pass.shape.entity, slot), one.stamp_ways().into())).collect()
}

fn candidate(row: Carried, ways: &Ways<'_>) -> Candidate {
    // Of a move that the plan no longer has, only an unchanged version tells.
    let stamp_ways = ways.get(&(&*row.source.entity, row.slot)).cloned().unwrap_or_default();
    Candidate {
        source: row.source,
        address: row.address,
        proof: Proof::Ledger(row.version),
        hash: row.hash,
        stamp_ways,
    }
}

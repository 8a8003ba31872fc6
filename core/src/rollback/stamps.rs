//! A rollback by the stamps that the plan leaves in documents, for when the journal is lost.

use std::collections::HashMap;
use std::sync::Arc;

use super::eraser::Eraser;
use super::ledger::Rollback;
use super::proof::{Candidate, Proof};
use super::report::{Report, Sink};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Run;
use crate::plan::{Context, Document, Plan};
use crate::record::{Name, RecordId};
use crate::store::{Source, UploadPort};
use crate::verify::Expecting;

/// How many records are read at a time.
const PAGE: usize = 200;

/// Where the records are that documents are known again by.
#[derive(Clone, Copy)]
pub struct Records<'a> {
    /// The store that they were carried from.
    pub source: &'a dyn Source,
    /// What identifies it in the journal.
    pub store: &'a str,
    /// Whose they are.
    pub owner: &'a str,
    /// What keeps values beside their documents.
    pub uploads: Option<&'a dyn UploadPort>,
}

/// Deletes the documents that the plan makes of the source's records, where they bear the plan's constant stamps and
/// have the content that it gives them. What became of records that the source no longer has is not found.
///
/// # Errors
/// [`BadInput`](ErrorKind::BadInput) where the plan has no constant stamps: then nobody can tell who wrote a document;
/// [`Changed`](ErrorKind::Changed) where the journal has a run, and that is of another target.
pub async fn by_stamps(rollback: &Rollback<'_>, records: Records<'_>, sink: &mut dyn Sink) -> Result<Report> {
    let plan = rollback.plan;
    let marked = marked(plan);
    if marked.values().any(|marks| marks.lasting.is_empty()) {
        let message = "not every move of the plan stamps its documents with something that is always the same, so that \
                       nobody can tell who wrote them; without the journal nothing can be taken back";
        return Err(Error::new(ErrorKind::BadInput, message));
    }
    let now = rollback.clock.now();
    let target = rollback.target.identity().await?.unwrap_or_default();
    let last = match rollback.journal.run(rollback.scope()).await? {
        Some(run) => run,
        None => Run::not_begun(plan, records.store, &target, now),
    };
    last.check_target(&target)?;
    let mut notes = rollback.notes(last).await?;
    let context = Context { owner: records.owner, now };
    let mut expecting = Expecting::new(plan, rollback.target.rules(), context, records.uploads);
    let report = Report { dry_run: rollback.is_dry_run(), ..Report::default() };
    let mut eraser = Eraser { target: rollback.target, clock: rollback.clock, sink, report };
    for (number, pass) in plan.passes.iter().enumerate() {
        let mut after = None;
        loop {
            let page = records.source.page(&pass.shape, after.as_ref(), PAGE).await?;
            let documents = expecting.of(number, page.records).await?.documents;
            let keys: Vec<(RecordId, usize)> =
                documents.iter().map(|(slot, document)| (document.source.clone(), *slot)).collect();
            let candidates: Vec<Candidate> = documents
                .into_iter()
                .filter_map(|(slot, document)| Some(candidate(marked.get(&(number, slot))?, document)))
                .collect();
            let fates = eraser.erase(&candidates).await?;
            if let Some(notes) = &mut notes {
                // A later backfill has begun to note what it found there: that is there no more.
                let settled = keys.into_iter().zip(fates).filter(|(_, fate)| fate.is_settled());
                let forgotten = settled.filter_map(|((id, slot), _)| Some((id, u16::try_from(slot).ok()?)));
                notes.save(&eraser.report, forgotten.collect()).await?;
            }
            eraser.sink.progress(&eraser.report);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    if let Some(mut notes) = notes {
        notes.finish().await?;
    }
    Ok(eraser.report)
}

/// How a move's documents are marked.
struct Marks {
    /// The ways to all stamps.
    all: Arc<[Arc<[Name]>]>,
    /// Those to what is the same in every document and at every time.
    lasting: Vec<Arc<[Name]>>,
}

/// The marks of each move, by its pass and its slot.
fn marked(plan: &Plan) -> HashMap<(usize, usize), Marks> {
    let moves = plan
        .passes
        .iter()
        .enumerate()
        .flat_map(|(number, pass)| pass.moves.iter().enumerate().map(move |(slot, one)| ((number, slot), one)));
    moves.map(|(key, one)| (key, Marks { all: one.stamp_ways().into(), lasting: one.lasting_stamp_ways() })).collect()
}

fn candidate(marks: &Marks, document: Document) -> Candidate {
    let lasting = document.stamps.iter().filter(|(way, _)| marks.lasting.contains(way));
    Candidate {
        proof: Proof::Stamps(lasting.cloned().collect()),
        source: document.source,
        address: document.address,
        hash: document.hash,
        stamp_ways: marks.all.clone(),
    }
}

//! The verification itself: page by page, and a second look at what differs.

use std::collections::HashSet;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::compare::{Compared, Difference, Kind, Mend, compare};
use super::expected::Expecting;
use super::kept::Kept;
use super::others::collections;
use super::parts::light_parts;
use super::patience::patiently;
use super::receipt::{Progress, Receipt, Tally};
use super::set_aside::SetAside;
use crate::clock::Clock;
use crate::error::Result;
use crate::journal::{Carried, Journal, Lease, Scope};
use crate::plan::{Context, Document, Plan};
use crate::record::{RecordId, Rejection, Timestamp};
use crate::remote_state::Tombstones;
use crate::store::{Answer, Cursor, Found, Page, Source, Target, UploadPort};

/// How many records a page has: few enough to be small in memory, many enough for few calls.
pub(super) const PAGE: usize = 256;
/// So many pages with differences are looked at again together.
const SUSPECTS: usize = 16;
/// After so many pages it is kept how far it came, if none of them is to be looked at again.
const KEPT_EVERY: usize = 8;
/// After so many they are looked at again for its sake.
const KEPT_AT_LEAST_EVERY: usize = 32;

/// What is to be verified, and what is known.
pub struct Verification<'a> {
    /// Where the records are.
    pub source: &'a dyn Source,
    /// Where they were moved to.
    pub target: &'a dyn Target,
    /// How.
    pub plan: &'a Plan,
    /// Whose, and when.
    pub context: Context<'a>,
    /// What was deleted in the target.
    pub deleted: &'a Tombstones,
    /// Where it says what was carried and what was set aside: neither is missing where somebody took it away.
    pub journal: &'a dyn Journal,
    /// Which rows of the journal.
    pub scope: &'a Scope,
    /// The time; failures that pass by themselves are waited out on it.
    pub clock: &'a dyn Clock,
    /// What keeps values beside their documents.
    pub uploads: Option<&'a dyn UploadPort>,
    /// An empty folder for temporary files.
    pub folder: &'a Path,
    /// How thorough it is.
    pub options: Options<'a>,
}

/// How thorough a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// Compares so many documents of a hundred, always the same ones, instead of all.
    pub sample_percent: Option<u8>,
    /// What is done about differences.
    pub repair: Repair<'a>,
    /// Begins anew, wherever one before it was interrupted.
    pub anew: bool,
}

/// What is done about differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repair<'a> {
    /// They are told.
    #[default]
    No,
    /// They are told, and those that could be mended are counted.
    Rehearse,
    /// What is missing is created and what is older is replaced, by whoever has the right to write the journal. Nothing
    /// newer is written over.
    Mend(&'a Lease),
}

/// Who is told of what is found.
pub trait Sink: Send + Sync {
    /// Something is not as the plan says, at the second look too.
    fn difference(&mut self, difference: &Difference) -> Result<()>;
    /// A record cannot be moved.
    fn rejected(&mut self, rejection: &Rejection) -> Result<()>;
    /// How far it is; called once for each page.
    fn progress(&mut self, progress: &Progress<'_>);
    /// It goes on where another one was interrupted, which began at this time and has read so many records.
    fn goes_on(&mut self, begun: Timestamp, read: u64);
    /// Waits before a second look, for as long as a write may need that is on its way.
    fn settle(&mut self) -> Answer<'_, ()>;
}

/// Reads every record again and holds what the plan makes of it against what is at its address. A difference counts
/// when it is still there at a second look: while it goes on, the app may write on both sides.
///
/// How far it came is kept in the journal. If it is interrupted, the next one with the same plan, store, generation and
/// options goes on there, if it comes within a day.
///
/// # Errors
/// [`Changed`](crate::error::ErrorKind::Changed) where the journal's run is of another target: what it says was carried
/// is not there.
pub async fn verify(verification: &Verification<'_>, sink: &mut dyn Sink) -> Result<Receipt> {
    let run = verification.journal.run(verification.scope).await?;
    if let Some(run) = &run {
        run.check_target(&verification.target.identity().await?.unwrap_or_default())?;
    }
    let status = run.map(|run| run.status);
    let mut work = Work::of(verification, sink).await?;
    while work.pass < verification.plan.passes.len() {
        work.one_page().await?;
    }
    work.look_again().await?;
    let Work { kept, mut tally, .. } = work;
    let collections = collections(verification, &mut tally).await?;
    kept.forget().await?;
    Ok(Receipt::new(verification, status, tally, collections))
}

/// A page with differences, to be looked at again.
struct Suspect {
    pass: usize,
    after: Option<Cursor>,
    addresses: HashSet<String>,
}

/// A document that was not as the plan says at the first look.
pub(super) struct Suspected {
    pub(super) pass: usize,
    pub(super) slot: usize,
    pub(super) document: Document,
    /// What the ledger had of it before the second look.
    pub(super) row: Option<Carried>,
}

pub(super) struct Work<'v, 'a, 's> {
    pub(super) of: &'v Verification<'a>,
    expecting: Expecting<'a>,
    set_aside: SetAside,
    sink: &'s mut dyn Sink,
    kept: Kept<'v, 'a>,
    /// Pages that were read since that was kept.
    pages: usize,
    pass: usize,
    after: Option<Cursor>,
    expected: Option<u64>,
    pub(super) tally: Tally,
    suspects: Vec<Suspect>,
}

impl<'v, 'a, 's> Work<'v, 'a, 's> {
    async fn of(of: &'v Verification<'a>, sink: &'s mut dyn Sink) -> Result<Self> {
        let kept = Kept::of(of).await?;
        let mut work = Self {
            of,
            expecting: Expecting::new(of.plan, of.target.rules(), of.context, of.uploads),
            set_aside: SetAside::read(of.journal, of.scope).await?,
            sink,
            kept,
            pages: 0,
            pass: 0,
            after: None,
            expected: None,
            tally: Tally::default(),
            suspects: Vec::new(),
        };
        if !of.options.anew
            && let Some((checkpoint, begun)) = work.kept.read().await?
        {
            work.sink.goes_on(begun, checkpoint.tally.read);
            (work.pass, work.tally) = (checkpoint.pass, checkpoint.tally);
            work.after = checkpoint.cursor.map(Cursor::new);
        }
        Ok(work)
    }

    async fn one_page(&mut self) -> Result<()> {
        let Some(pass) = self.of.plan.passes.get(self.pass) else { return Ok(()) };
        if self.expected.is_none() {
            self.expected = self.count().await?;
        }
        if let Repair::Mend(lease) = self.of.options.repair {
            self.of.journal.renew(lease, self.of.clock.now()).await?;
        }
        let (began, number) = (self.after.take(), self.pass);
        let page = patiently(self.of.clock, || self.of.source.page(&pass.shape, began.as_ref(), PAGE)).await?;
        self.after = page.next.clone();
        if self.after.is_none() {
            self.pass += 1;
        }
        let addresses = self.first_look(number, page).await?;
        if !addresses.is_empty() {
            self.suspects.push(Suspect { pass: number, after: began, addresses });
        }
        self.pages += 1;
        if self.suspects.len() >= SUSPECTS || self.pages >= KEPT_AT_LEAST_EVERY {
            self.look_again().await?;
        }
        let (entity, read, expected) = (&*pass.shape.entity, self.tally.read, self.expected);
        self.sink.progress(&Progress { entity, read, expected });
        if self.pages >= KEPT_EVERY && self.suspects.is_empty() {
            self.pages = 0;
            self.kept.keep(self.pass, self.after.as_ref(), &self.tally).await?;
        }
        Ok(())
    }

    async fn count(&self) -> Result<Option<u64>> {
        let mut sum = Some(0);
        for pass in &self.of.plan.passes {
            let more = patiently(self.of.clock, || self.of.source.estimate(&pass.shape.entity)).await?;
            sum = sum.zip(more).map(|(sum, more)| sum + more);
        }
        Ok(sum)
    }

    /// Compares a page's documents; answers with the addresses of those that differ.
    async fn first_look(&mut self, pass: usize, page: Page) -> Result<HashSet<String>> {
        self.tally.read += page.records.len() as u64 + page.rejected.len() as u64;
        let expected = self.expecting.of(pass, page.records).await?;
        self.tally.left_out += expected.left_out;
        for rejection in page.rejected.iter().chain(&expected.rejected) {
            self.tally.quarantined += 1;
            self.sink.rejected(rejection)?;
        }
        let (aside, documents): (Vec<_>, Vec<_>) =
            expected.documents.into_iter().partition(|(_, document)| self.set_aside.has(&document.source));
        self.tally.documents += (aside.len() + documents.len()) as u64;
        // What is at their addresses may be another record's.
        self.tally.set_aside += aside.len() as u64;
        let (sampled, passed): (Vec<_>, Vec<_>) =
            documents.into_iter().partition(|(_, document)| self.of.options.samples(&document.address));
        self.tally.not_sampled += passed.len() as u64;
        let mut suspects = HashSet::new();
        for part in light_parts(&sampled) {
            let found = self.look(&addresses(part)).await?;
            for ((slot, document), found) in part.iter().zip(&found) {
                match self.judge(pass, *slot, document, found.as_ref()) {
                    Compared::Wrong(..) => drop(suspects.insert(document.address.clone())),
                    fine => self.count_fine(&fine, document),
                }
            }
        }
        Ok(suspects)
    }

    pub(super) async fn look(&mut self, addresses: &[String]) -> Result<Vec<Option<Found>>> {
        self.tally.billed_reads += addresses.len() as u64;
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        patiently(self.of.clock, || self.of.target.look(addresses, None)).await
    }

    pub(super) fn judge(&self, pass: usize, slot: usize, document: &Document, found: Option<&Found>) -> Compared {
        compare(&self.of.plan.passes[pass].moves[slot], document, found, self.of.target.rules())
    }

    pub(super) fn count_fine(&mut self, compared: &Compared, document: &Document) {
        match compared {
            Compared::Wrong(..) => {}
            Compared::Newer => self.tally.newer_there += 1,
            Compared::Same | Compared::SameAndMore => {
                self.tally.same += 1;
                self.tally.with_more_fields += u64::from(*compared == Compared::SameAndMore);
                self.tally.add_to_sum(document);
            }
        }
    }

    /// Reads and compares again what differed.
    async fn look_again(&mut self) -> Result<()> {
        if self.suspects.is_empty() {
            return Ok(());
        }
        self.sink.settle().await?;
        for suspect in std::mem::take(&mut self.suspects) {
            self.second_look(suspect).await?;
        }
        Ok(())
    }

    async fn second_look(&mut self, mut suspect: Suspect) -> Result<()> {
        let shape = &self.of.plan.passes[suspect.pass].shape;
        // Records that came in between may have pushed some of the page's behind its end.
        let page = patiently(self.of.clock, || self.of.source.page(shape, suspect.after.as_ref(), 2 * PAGE)).await?;
        let mut documents = self.expecting.of(suspect.pass, page.records).await?.documents;
        documents.retain(|(_, document)| suspect.addresses.remove(&document.address));
        self.tally.moved_meanwhile += suspect.addresses.len() as u64;
        // The ledger is asked before the target: what is carried in between is no deleted document.
        let rows = self.of.journal.carried(self.of.scope, &rows_of(&documents)).await?;
        let mut found = Vec::with_capacity(documents.len());
        for part in light_parts(&documents) {
            found.extend(self.look(&addresses(part)).await?);
        }
        for (((slot, document), row), found) in documents.into_iter().zip(rows).zip(found) {
            match self.judge(suspect.pass, slot, &document, found.as_ref()) {
                Compared::Wrong(kind, mend) => {
                    self.wrong(Suspected { pass: suspect.pass, slot, document, row }, kind, mend).await?;
                }
                fine => self.count_fine(&fine, &document),
            }
        }
        Ok(())
    }

    async fn wrong(&mut self, suspected: Suspected, kind: Kind, mend: Option<Mend>) -> Result<()> {
        let missing = kind == Kind::Missing;
        if missing && (suspected.was_there() || self.of.deleted.is_deleted(&suspected.document.address)) {
            self.tally.deleted_there += 1;
            return Ok(());
        }
        let (source, address) = (suspected.document.source.clone(), suspected.document.address.clone());
        let difference = Difference { source, address, kind, mend };
        self.sink.difference(&difference)?;
        if self.mended(&difference, &suspected).await? {
            return Ok(());
        }
        if missing {
            self.tally.missing += 1;
        } else {
            self.tally.different += 1;
        }
        Ok(())
    }
}

impl Suspected {
    /// The number of its move in the ledger.
    pub(super) fn row_slot(&self) -> u16 {
        slot_of(self.slot)
    }

    /// Whether the ledger knows that it was at its address: whoever took it away wanted it away.
    fn was_there(&self) -> bool {
        self.row.as_ref().is_some_and(|row| (row.ours || row.version.is_some()) && row.address == self.document.address)
    }
}

fn slot_of(slot: usize) -> u16 {
    u16::try_from(slot).unwrap_or(u16::MAX)
}

fn rows_of(documents: &[(usize, Document)]) -> Vec<(RecordId, u16)> {
    documents.iter().map(|(slot, document)| (document.source.clone(), slot_of(*slot))).collect()
}

fn addresses(documents: &[(usize, Document)]) -> Vec<String> {
    documents.iter().map(|(_, document)| document.address.clone()).collect()
}

impl Options<'_> {
    /// Whether a document is one of those that are compared.
    fn samples(self, address: &str) -> bool {
        let Some(percent) = self.sample_percent else { return true };
        let hash = Sha256::digest(address);
        let number = hash.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        u64::from(number) * 100 < u64::from(percent) << 32
    }
}

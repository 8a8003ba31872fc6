//! Where pages come from: passes that are read for the first time or again, changes, and records that are gone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::item::Incoming;
use super::mapping::Mapping;
use super::meanwhile::{Meanwhile, Readers};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Position, Sent};
use crate::plan::Plan;
use crate::record::{Record, RecordId, Rejection, Timestamp};
use crate::schema::Schema;
use crate::store::{Answer, Changes, Cursor, Page, Shape, Source};

/// Pages of documents, one after the other. After an error the same page is asked for again.
pub(crate) trait Pages: Send {
    /// The next page, made of at most so many records; none after the last.
    fn next(&mut self, limit: usize) -> Answer<'_, Option<Incoming>>;
}

/// A source whose schema must stay what it was.
#[derive(Clone)]
pub(crate) struct Steady<'a> {
    source: &'a dyn Source,
    schema: Arc<Schema>,
}

impl<'a> Steady<'a> {
    /// A source whose schema is the one that the plan was checked against.
    pub(crate) async fn new(source: &'a dyn Source, plan: &Plan) -> Result<Self> {
        let schema = source.schema().await?;
        if schema.fingerprint != plan.schema {
            return Err(changed("since the plan was checked against it"));
        }
        Ok(Self { source, schema })
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) async fn page(&self, shape: &Shape, after: Option<&Cursor>, limit: usize) -> Result<Page> {
        let page = self.source.page(shape, after, limit).await?;
        self.check().await?;
        Ok(page)
    }

    pub(crate) async fn changes(&self, shapes: &[Shape], since: &Cursor, limit: usize) -> Result<Changes> {
        let changes = self.source.changes(shapes, Some(since), limit).await?;
        self.check().await?;
        Ok(changes)
    }

    /// What was read counts only where the app has not given the store another schema meanwhile.
    async fn check(&self) -> Result<()> {
        let now = self.source.schema().await?;
        if Arc::ptr_eq(&now, &self.schema) || now.fingerprint == self.schema.fingerprint {
            return Ok(());
        }
        Err(changed("while it was read"))
    }
}

fn changed(when: &str) -> Error {
    let message = format!(
        "the app has given its store another schema {when}; check the plan against the store as it is now, and start over"
    );
    Error::new(ErrorKind::Changed, message)
}

/// All records of all passes, from a position on.
pub(crate) struct Passes<'a> {
    source: Steady<'a>,
    mapping: Mapping<'a>,
    pass: usize,
    after: Option<Cursor>,
    history: Option<Cursor>,
    /// What a process that is no more may have sent.
    resumed: Option<Resumed>,
}

/// Up to where a process that is no more may have sent documents.
struct Resumed {
    sent: Sent,
    /// How many records that is at most: where pages end otherwise than they did, its end is never met.
    left: usize,
}

/// How many records may be on their way at most.
const WINDOW: usize = 32_768;

impl<'a> Passes<'a> {
    pub(crate) fn new(source: Steady<'a>, mapping: Mapping<'a>, from: &Position) -> Self {
        let resumed = from.sent.clone().map(|sent| Resumed { sent, left: WINDOW });
        let (pass, after, history) = (from.pass as usize, from.cursor.clone(), from.history.clone());
        Self { source, mapping, pass, after, history, resumed }
    }

    async fn read(&mut self, limit: usize) -> Result<Option<Incoming>> {
        let Some(pass) = self.mapping.plan.passes.get(self.pass) else { return Ok(None) };
        let page = self.source.page(&pass.shape, self.after.as_ref(), limit).await?;
        self.mapping.resumed = self.resumed.as_ref().is_some_and(|resumed| resumed.sent.pass >= self.pass as u32);
        let next = page.next;
        let count = page.records.len();
        let mut incoming = self.mapping.map(self.pass, page.records, page.rejected).await?;
        let number = self.pass as u32;
        let sent = Sent { pass: number, cursor: next.clone() };
        if let Some(resumed) = &mut self.resumed {
            resumed.left = resumed.left.saturating_sub(count);
            let is_past = next.is_none() && resumed.sent.pass <= number;
            if resumed.sent == sent || resumed.left == 0 || is_past {
                self.resumed = None;
            }
        }
        // What may have been sent stays so until all of it is accounted for: whoever comes next has to know it too.
        let outstanding = self.resumed.as_ref().map(|resumed| resumed.sent.clone());
        incoming.reach = Some(outstanding.clone().unwrap_or(sent));
        if next.is_none() {
            self.pass += 1;
        }
        let (pass, cursor, history) = (self.pass as u32, next.clone(), self.history.clone());
        incoming.end = Position { pass, cursor, sent: outstanding, history };
        self.after = next;
        Ok(Some(incoming))
    }
}

impl Pages for Passes<'_> {
    fn next(&mut self, limit: usize) -> Answer<'_, Option<Incoming>> {
        Box::pin(self.read(limit))
    }
}

/// Passes that are read again: only what is another than the ledger knows goes on its way.
pub(crate) struct Again<'a> {
    source: Steady<'a>,
    mapping: Mapping<'a>,
    passes: VecDeque<usize>,
    after: Option<Cursor>,
    position: Position,
}

impl<'a> Again<'a> {
    pub(crate) fn new(
        source: Steady<'a>,
        mapping: Mapping<'a>,
        passes: impl IntoIterator<Item = usize>,
        position: Position,
    ) -> Self {
        Self { source, mapping, passes: passes.into_iter().collect(), after: None, position }
    }

    async fn read(&mut self, limit: usize) -> Result<Option<Incoming>> {
        let Some(&number) = self.passes.front() else { return Ok(None) };
        let Some(pass) = self.mapping.plan.passes.get(number) else { return Ok(None) };
        let page = self.source.page(&pass.shape, self.after.as_ref(), limit).await?;
        let mut incoming = self.mapping.map(number, page.records, page.rejected).await?;
        stays(&mut incoming, &self.position, self.mapping.plan.passes.len());
        self.after = page.next;
        if self.after.is_none() {
            self.passes.pop_front();
        }
        Ok(Some(incoming))
    }
}

/// What is carried in a delta leaves the position where it is until all of it is, with what a process that is no more
/// may have sent of it.
fn stays(incoming: &mut Incoming, position: &Position, passes: usize) {
    incoming.end = position.clone();
    incoming.reach = Some(Sent { pass: u32::try_from(passes).unwrap_or(u32::MAX), cursor: None });
}

/// Changes since a place in the source's history.
pub(crate) struct Feed<'a> {
    source: Steady<'a>,
    mapping: Mapping<'a>,
    readers: &'a Readers,
    meanwhile: &'a Meanwhile,
    since: Option<Cursor>,
    /// What a page of changes became, pass by pass.
    ready: VecDeque<Incoming>,
    position: Position,
    /// Whether the history counts as carried page by page, where nothing else is to be seen to.
    moves_on: bool,
    now: Timestamp,
}

impl<'a> Feed<'a> {
    pub(crate) fn new(
        source: Steady<'a>,
        mapping: Mapping<'a>,
        (readers, meanwhile): (&'a Readers, &'a Meanwhile),
        position: Position,
        moves_on: bool,
        now: Timestamp,
    ) -> Self {
        let since = position.history.clone();
        Self { source, mapping, readers, meanwhile, since, ready: VecDeque::new(), position, moves_on, now }
    }

    async fn read(&mut self, limit: usize) -> Result<Option<Incoming>> {
        if let Some(ready) = self.ready.pop_front() {
            return Ok(Some(ready));
        }
        let Some(since) = &self.since else { return Ok(None) };
        let (changes, rejected, next, more) = match self.source.changes(self.readers.shapes(), since, limit).await? {
            Changes::Some { changes, rejected, next, more } => (changes, rejected, next, more),
            Changes::StartOver { next, .. } => {
                self.meanwhile.forgotten(next);
                self.since = None;
                return Ok(None);
            }
        };
        let mut records: HashMap<RecordId, Option<Record>> = HashMap::new();
        for change in changes {
            self.meanwhile.note(&change, self.readers, self.now);
            // The last state of each counts.
            records.insert(change.id, change.after);
        }
        let mut ready = self.by_pass(records, rejected).await?;
        let before = self.position.clone();
        if self.moves_on && self.meanwhile.is_settled() {
            self.position.history = Some(next.clone());
        }
        let passes = self.mapping.plan.passes.len();
        if ready.is_empty() {
            ready.push_back(Incoming::default());
        }
        ready.iter_mut().for_each(|incoming| stays(incoming, &before, passes));
        ready.back_mut().into_iter().for_each(|incoming| stays(incoming, &self.position, passes));
        self.meanwhile.walked(next.clone());
        self.since = more.then_some(next);
        self.ready = ready;
        Ok(self.ready.pop_front())
    }

    async fn by_pass(
        &mut self,
        mut records: HashMap<RecordId, Option<Record>>,
        mut rejected: Vec<Rejection>,
    ) -> Result<VecDeque<Incoming>> {
        let mut ready = VecDeque::new();
        for (number, pass) in self.mapping.plan.passes.iter().enumerate() {
            let entity = &pass.shape.entity;
            let of_pass = records.extract_if(|id, _| id.entity == *entity);
            let mut changed: Vec<Record> = of_pass.filter_map(|(_, record)| record).collect();
            changed.sort_by(|one, other| one.id.key.cmp(&other.id.key));
            let bad: Vec<Rejection> = rejected.extract_if(.., |one| one.entity == *entity).collect();
            if !changed.is_empty() || !bad.is_empty() {
                ready.push_back(self.mapping.map(number, changed, bad).await?);
            }
        }
        Ok(ready)
    }
}

/// Records that are gone, whose documents go too.
pub(crate) struct Gone<'a> {
    mapping: Mapping<'a>,
    records: VecDeque<RecordId>,
    position: Position,
}

impl<'a> Gone<'a> {
    pub(crate) fn new(mapping: Mapping<'a>, records: Vec<RecordId>, position: Position) -> Self {
        Self { mapping, records: records.into(), position }
    }

    async fn read(&mut self, limit: usize) -> Result<Option<Incoming>> {
        let count = self.records.len().min(limit);
        if count == 0 {
            return Ok(None);
        }
        let records: Vec<RecordId> = self.records.iter().take(count).cloned().collect();
        let mut incoming = self.mapping.gone(&records).await?;
        stays(&mut incoming, &self.position, self.mapping.plan.passes.len());
        self.records.drain(..count);
        Ok(Some(incoming))
    }
}

impl Pages for Again<'_> {
    fn next(&mut self, limit: usize) -> Answer<'_, Option<Incoming>> {
        Box::pin(self.read(limit))
    }
}

impl Pages for Feed<'_> {
    fn next(&mut self, limit: usize) -> Answer<'_, Option<Incoming>> {
        Box::pin(self.read(limit))
    }
}

impl Pages for Gone<'_> {
    fn next(&mut self, limit: usize) -> Answer<'_, Option<Incoming>> {
        Box::pin(self.read(limit))
    }
}

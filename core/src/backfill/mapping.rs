//! From a page of records to documents on their way.

use std::collections::{HashMap, HashSet};
use std::mem;

use super::drive::World;
use super::item::{Act, Begin, Incoming, Item, Note, Want};
use crate::error::Result;
use crate::journal::{Carried, Scope};
use crate::plan::claims::claims_of;
use crate::plan::{Context, Deletes, Document, Mapped, Mapper, Plan};
use crate::record::{Record, RecordId, Rejection};
use crate::store::{Condition, Fields, UploadPort, Write};

/// Maps pages, and finds out what is known of their records.
pub(crate) struct Mapping<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) world: World<'a>,
    pub(crate) uploads: Option<&'a dyn UploadPort>,
    pub(crate) way: Way,
    /// Whether some of the records that are read may have been sent by a process that is no more.
    pub(crate) resumed: bool,
    /// Records that are set aside. Only those count when they are met again and can be moved.
    pub(crate) set_aside: HashSet<RecordId>,
    mapper: Mapper<'a>,
    /// What the mapper made of one record at a time.
    mapped: Vec<Mapped>,
}

/// What is known of the records that are read, and how they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// They are read for the first time, and the ledger knows none of them.
    Fresh,
    /// They are read for the first time in this generation: what the ledger knows is held against the target.
    Anew,
    /// They are read again: what the ledger knows and did not change needs nothing.
    Again,
}

impl<'a> Mapping<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        world: World<'a>,
        context: Context<'a>,
        uploads: Option<&'a dyn UploadPort>,
    ) -> Self {
        let mapper = Mapper::new(plan, world.target.rules(), context);
        let (way, resumed, set_aside, mapped) = (Way::Fresh, false, HashSet::new(), Vec::new());
        Self { plan, world, uploads, way, resumed, set_aside, mapper, mapped }
    }

    fn scope(&self) -> &'a Scope {
        &self.world.lease.scope
    }

    /// What these records of a pass become. An error is one of an upload, of the journal or of the target, where it is
    /// asked what was deleted; nothing is half done then, and the same records can be mapped again.
    pub(crate) async fn map(
        &mut self,
        pass: usize,
        records: Vec<Record>,
        rejected: Vec<Rejection>,
    ) -> Result<Incoming> {
        let mut page = Incoming { items: Vec::with_capacity(records.len()), ..Incoming::default() };
        let mut known = self.known(&records).await?;
        for (unit, record) in records.into_iter().enumerate() {
            let unit = u32::try_from(unit).unwrap_or(u32::MAX);
            self.record(pass, unit, record, &mut known, &mut page).await?;
        }
        for rejection in rejected {
            self.reject(rejection, &mut page);
        }
        self.ask_owners(&mut page).await?;
        self.mind_what_was_deleted(&mut page).await?;
        if self.way == Way::Again {
            let limits = self.world.control.current().settings.deletes;
            page.asks = self.world.guard.asks(limits, &page.items).await?;
        }
        for id in &page.released {
            self.set_aside.remove(id);
        }
        Ok(page)
    }

    /// Documents that somebody deleted on purpose do not come back by themselves.
    async fn mind_what_was_deleted(&self, page: &mut Incoming) -> Result<()> {
        if !page.items.iter().any(|item| item.note.act == Act::Put) {
            return Ok(());
        }
        let tombs = self.world.tombs;
        let (known, billed) = tombs.known().await?;
        page.billed_reads += billed;
        if known.is_empty() {
            return Ok(());
        }
        for Item { write, note } in page.items.iter_mut().filter(|item| item.note.act == Act::Put) {
            (note.deleted, note.also) = tombs.verdict(known, &write.address, self.way == Way::Again);
            if note.deleted {
                (note.begin, write.condition) = (Begin::Look, Condition::Absent);
            }
        }
        Ok(())
    }

    /// What the ledger knows of these records.
    async fn known(&self, records: &[Record]) -> Result<HashMap<RecordId, Vec<Carried>>> {
        if self.way == Way::Fresh {
            return Ok(HashMap::new());
        }
        let of: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let rows = self.world.journal.carried_by(self.scope(), &of).await?;
        Ok(of.into_iter().zip(rows).collect())
    }

    async fn record(
        &mut self,
        pass: usize,
        unit: u32,
        record: Record,
        known: &mut HashMap<RecordId, Vec<Carried>>,
        page: &mut Incoming,
    ) -> Result<()> {
        let id = record.id.clone();
        if let Err(rejection) = self.mapper.map_into(pass, record, &mut self.mapped) {
            self.reject(rejection, page);
            return Ok(());
        }
        let mut documents = Vec::with_capacity(self.mapped.len());
        let mut mapped = mem::take(&mut self.mapped);
        for (slot, mapped) in mapped.drain(..).enumerate() {
            match self.uploaded(mapped, &id).await? {
                Some(Ok(document)) => documents.push((slot, document)),
                Some(Err(rejection)) => {
                    self.reject(rejection, page);
                    return Ok(());
                }
                None => {}
            }
        }
        self.mapped = mapped;
        let (before, goes) = (page.items.len(), !documents.is_empty());
        let mut rows = known.remove(&id).unwrap_or_default();
        let mut is_seen = false;
        for (slot, document, was) in matched(documents, &mut rows) {
            is_seen |= self.document(pass, slot, unit, document, was, page);
        }
        // What is left is of moves that leave the record out now.
        page.items.extend(rows.into_iter().filter_map(|row| self.removed(pass, unit, row, Act::Remove)));
        self.account(id, before, goes, is_seen, page);
        Ok(())
    }

    /// The document that a move makes of a record, with what had to be uploaded first; none where it is left out.
    async fn uploaded(&self, mapped: Mapped, id: &RecordId) -> Result<Option<Result<Document, Rejection>>> {
        Ok(match (mapped, self.uploads) {
            (Mapped::Document(document), _) => Some(Ok(document)),
            (Mapped::LeftOut, _) => None,
            (Mapped::Upload(pending), None) => Some(Err(pending.without_port())),
            (Mapped::Upload(pending), Some(port)) => {
                let mut answers = Vec::new();
                for upload in pending.uploads() {
                    answers.push(port.upload(upload, id).await?);
                }
                Some(pending.resume(answers))
            }
        })
    }

    /// Counts a record that could be mapped.
    fn account(&self, id: RecordId, before: usize, goes: bool, is_seen: bool, page: &mut Incoming) {
        let is_on_its_way = page.items.len() > before;
        let counts = is_on_its_way || self.way != Way::Again;
        page.read += u64::from(counts);
        page.left_out += u64::from(counts && !is_on_its_way && !goes);
        page.seen.extend(is_seen.then(|| id.clone()));
        if self.set_aside.contains(&id) {
            page.released.push(id);
        }
    }

    /// Sends a document on its way; whether that is needless, because nothing of it has changed.
    fn document(
        &self,
        pass: usize,
        slot: usize,
        unit: u32,
        mut document: Document,
        Was { row, vacated }: Was,
        page: &mut Incoming,
    ) -> bool {
        let Some(one) = self.plan.passes.get(pass).and_then(|pass| pass.moves.get(slot)) else { return false };
        let number = slot as u16;
        let form = self.world.forms.place(pass, slot);
        let is_again = self.way == Way::Again;
        if is_again && row.as_ref().is_some_and(|row| row.slot == number && row.hash == document.hash) {
            // What it has for itself alone is in the journal.
            return true;
        }
        let wants = &mut page.wants;
        // Nothing in here fails: what is claimed is only gathered.
        let _: Result<(), ()> = claims_of(one, &document, &mut |claim| {
            if claim.may_be_shared() {
                wants.push(Want { unit, mark: claim.number(), what: claim.what(), owner: None });
            }
            Ok(())
        });
        let form_of = self.world.forms.get(form).map(|form| (form.has_revision(), form.say().clone()));
        let Some((tells, say)) = form_of else { return false };
        let revision = document.revision.take().filter(|_| tells);
        let (hash, bytes) = (document.hash, document.bytes);
        let (source, address, content) = document.into_parts();
        let fields = Some(Fields::Among(content, say));
        let (begin, condition) = self.begin(row.as_ref());
        let was_set_aside = is_again && self.set_aside.contains(&source);
        let note = Note {
            page: 0,
            unit,
            slot: number,
            form,
            source,
            act: Act::Put,
            hash,
            bytes,
            revision,
            before: row.map(Box::new),
            has_more: false,
            deleted: false,
            was_set_aside,
            maybe_sent: self.resumed,
            also: None,
            vacates: vacated.and_then(|row| self.removed(pass, unit, row, Act::Vacate)).map(Box::new),
            begin,
            conflicts: 0,
        };
        page.items.push(Item { write: Write { address, fields, condition }, note });
        false
    }

    /// How a document begins, and under which condition it may be sent.
    fn begin(&self, row: Option<&Carried>) -> (Begin, Condition) {
        if self.resumed {
            return (Begin::Look, Condition::Absent);
        }
        match (row, row.and_then(|row| row.version.clone())) {
            (None, _) => (Begin::Send, Condition::Absent),
            (Some(_), Some(version)) if self.way == Way::Again => (Begin::Send, Condition::Version(version)),
            (Some(_), _) => (Begin::Look, Condition::Absent),
        }
    }

    /// The delete of what was carried for a record that is gone, left out now, or elsewhere now; none where the plan
    /// keeps such documents.
    pub(crate) fn removed(&self, pass: usize, unit: u32, row: Carried, act: Act) -> Option<Item> {
        let slot = usize::from(row.slot);
        let one = self.plan.passes.get(pass)?.moves.get(slot)?;
        if one.deletes == Deletes::Keep {
            return None;
        }
        // What was found there may have had fields of others from the start.
        let is_sure = self.way == Way::Again && !self.resumed && row.ours;
        let (begin, condition) = match row.version.clone().filter(|_| is_sure) {
            Some(version) => (Begin::Send, Condition::Version(version)),
            None => (Begin::Look, Condition::Always),
        };
        let note = Note {
            page: 0,
            unit,
            slot: row.slot,
            form: self.world.forms.place(pass, slot),
            source: row.source.clone(),
            act,
            hash: row.hash,
            bytes: 0,
            revision: None,
            has_more: false,
            deleted: false,
            was_set_aside: false,
            maybe_sent: self.resumed,
            also: self.world.tombs.set_up(&row.address),
            vacates: None,
            begin,
            conflicts: 0,
            before: None,
        };
        let write = Write { address: row.address.clone(), fields: None, condition };
        let note = Note { before: Some(Box::new(row)), ..note };
        Some(Item { write, note })
    }

    /// What becomes of what was carried for records that are gone.
    pub(crate) async fn gone(&mut self, records: &[RecordId]) -> Result<Incoming> {
        let mut page = Incoming::default();
        for (unit, (pass, rows)) in self.carried_for(records).await?.into_iter().enumerate() {
            let unit = u32::try_from(unit).unwrap_or(u32::MAX);
            let addresses: Vec<String> = rows.iter().map(|row| row.address.clone()).collect();
            let there = self.world.journal.carried_at(self.scope(), &addresses).await?;
            let before = page.items.len();
            for (row, there) in rows.into_iter().zip(there) {
                if there.is_some_and(|there| there.source != row.source) {
                    // Another record has its address now, and with it the document.
                    page.forgotten.push((row.source, row.slot));
                    continue;
                }
                page.items.extend(self.removed(pass, unit, row, Act::Remove));
            }
            page.read += u64::from(page.items.len() > before);
        }
        let was_set_aside = |id: &&RecordId| self.set_aside.contains(id);
        page.released.extend(records.iter().filter(was_set_aside).cloned());
        Ok(page)
    }

    /// The ledger's rows of records, with the place of their pass; only of those that have some.
    async fn carried_for(&self, records: &[RecordId]) -> Result<Vec<(usize, Vec<Carried>)>> {
        let mut all = Vec::new();
        for id in records {
            let pass = self.plan.passes.iter().position(|pass| pass.shape.entity == id.entity);
            let Some(number) = pass else { continue };
            let rows = self.world.journal.carried_by(self.scope(), std::slice::from_ref(id)).await?;
            let rows: Vec<Carried> = rows.into_iter().flatten().collect();
            if !rows.is_empty() {
                all.push((number, rows));
            }
        }
        Ok(all)
    }

    fn reject(&mut self, rejection: Rejection, page: &mut Incoming) {
        let id = RecordId { entity: rejection.entity.clone(), key: rejection.key.clone() };
        if self.way == Way::Again && self.set_aside.contains(&id) {
            // Counted when it was set aside.
            return page.still_rejected.push(rejection);
        }
        page.read += 1;
        page.rejected.push(rejection);
    }

    async fn ask_owners(&self, page: &mut Incoming) -> Result<()> {
        if page.wants.is_empty() {
            return Ok(());
        }
        let marks: Vec<_> = page.wants.iter().map(|want| want.mark).collect();
        let owners = self.world.journal.owners(self.scope(), &marks).await?;
        page.wants.iter_mut().zip(owners).for_each(|(want, owner)| want.owner = owner);
        if self.way == Way::Fresh {
            return Ok(());
        }
        for want in &mut page.wants {
            // A record of which nothing is carried any more has nothing for itself.
            if let Some(owner) = want.owner.take() {
                let is_gone = self.world.meanwhile.is_gone(&owner)
                    || self.carried_for(std::slice::from_ref(&owner)).await?.is_empty();
                want.owner = Some(owner).filter(|_| !is_gone);
            }
        }
        Ok(())
    }
}

/// What was carried for a document before.
struct Was {
    /// To where it is now, by whichever move.
    row: Option<Carried>,
    /// By its move, to somewhere that no document of the record is any more.
    vacated: Option<Carried>,
}

/// Holds the documents of a record against its rows: by address first, since a plan may have its moves in another order
/// than the one before it.
fn matched(documents: Vec<(usize, Document)>, rows: &mut Vec<Carried>) -> Vec<(usize, Document, Was)> {
    let mut take = |wanted: &dyn Fn(&Carried) -> bool| Some(rows.remove(rows.iter().position(wanted)?));
    let found: Vec<Option<Carried>> =
        documents.iter().map(|(_, document)| take(&|row| row.address == document.address)).collect();
    let others = documents.iter().map(|(slot, _)| take(&|row| usize::from(row.slot) == *slot));
    let is_free = |row: &Carried| documents.iter().all(|(_, document)| document.address != row.address);
    let others: Vec<Option<Carried>> = others.map(|row| row.filter(is_free)).collect();
    let was = found.into_iter().zip(others).map(|(row, vacated)| Was { row, vacated });
    documents.into_iter().zip(was).map(|((slot, document), was)| (slot, document, was)).collect()
}

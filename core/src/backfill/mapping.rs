//! From a page of records to documents on their way.

use std::collections::{HashMap, HashSet};
use std::mem;

use super::forms::Forms;
use super::item::{Act, Begin, Incoming, Item, Note, Want};
use super::meanwhile::Meanwhile;
use super::tombs::Tombs;
use crate::error::Result;
use crate::journal::{Carried, Journal, Scope};
use crate::plan::claims::claims_of;
use crate::plan::{Context, Deletes, Document, Mapped, Mapper, Plan};
use crate::record::{Record, RecordId, Rejection};
use crate::rules::Rules;
use crate::store::{Condition, UploadPort, Write};

/// Maps pages, and finds out what is known of their records.
pub(crate) struct Mapping<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) forms: &'a Forms,
    pub(crate) uploads: Option<&'a dyn UploadPort>,
    pub(crate) journal: &'a dyn Journal,
    pub(crate) scope: &'a Scope,
    pub(crate) tombs: &'a Tombs,
    pub(crate) meanwhile: &'a Meanwhile,
    pub(crate) way: Way,
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
    /// The same, and some may have been sent by a process that is no more.
    Resumed,
    /// They are read for the first time in this generation: what the ledger knows is held against the target.
    Anew,
    /// They are read again: what the ledger knows and did not change needs nothing.
    Again {
        /// Whether a part of them may have been sent by a process that is no more.
        resumed: bool,
    },
}

impl<'a> Mapping<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn new(
        plan: &'a Plan,
        forms: &'a Forms,
        rules: &Rules,
        context: Context<'a>,
        uploads: Option<&'a dyn UploadPort>,
        journal: &'a dyn Journal,
        scope: &'a Scope,
        (tombs, meanwhile): (&'a Tombs, &'a Meanwhile),
    ) -> Self {
        let mapper = Mapper::new(plan, rules, context);
        let (way, set_aside, mapped) = (Way::Fresh, HashSet::new(), Vec::new());
        Self { plan, forms, uploads, journal, scope, tombs, meanwhile, way, set_aside, mapper, mapped }
    }

    /// What these records of a pass become. An error is one of an upload or of the journal; nothing is half done then.
    pub(crate) async fn map(
        &mut self,
        pass: usize,
        records: Vec<Record>,
        rejected: Vec<Rejection>,
    ) -> Result<Incoming> {
        let mut page = Incoming { items: Vec::with_capacity(records.len()), ..Incoming::default() };
        let mut known = self.known(pass, &records).await?;
        for (unit, record) in records.into_iter().enumerate() {
            let unit = u32::try_from(unit).unwrap_or(u32::MAX);
            self.record(pass, unit, record, &mut known, &mut page).await?;
        }
        for rejection in rejected {
            self.reject(rejection, &mut page);
        }
        self.ask_owners(&mut page).await?;
        Ok(page)
    }

    /// What the ledger knows of these records.
    async fn known(&self, pass: usize, records: &[Record]) -> Result<HashMap<(RecordId, u16), Carried>> {
        if matches!(self.way, Way::Fresh | Way::Resumed) {
            return Ok(HashMap::new());
        }
        let slots = self.plan.passes.get(pass).map_or(0, |pass| pass.moves.len());
        let slots = 0..u16::try_from(slots).unwrap_or(u16::MAX);
        let of: Vec<(RecordId, u16)> =
            records.iter().flat_map(|record| slots.clone().map(|slot| (record.id.clone(), slot))).collect();
        let rows = self.journal.carried(self.scope, &of).await?;
        Ok(of.into_iter().zip(rows).filter_map(|(of, row)| Some((of, row?))).collect())
    }

    async fn record(
        &mut self,
        pass: usize,
        unit: u32,
        record: Record,
        known: &mut HashMap<(RecordId, u16), Carried>,
        page: &mut Incoming,
    ) -> Result<()> {
        let id = record.id.clone();
        if let Err(rejection) = self.mapper.map_into(pass, record, &mut self.mapped) {
            self.reject(rejection, page);
            return Ok(());
        }
        let (before, wanted) = (page.items.len(), page.wants.len());
        let mut goes = false;
        let mut seen = Vec::new();
        let mut mapped = mem::take(&mut self.mapped);
        for (slot, mapped) in mapped.drain(..).enumerate() {
            let row = known.remove(&(id.clone(), slot as u16));
            let document = match mapped {
                Mapped::Document(document) => Ok(document),
                Mapped::Upload(pending) => match self.uploads {
                    None => Err(pending.without_port()),
                    Some(port) => {
                        let mut answers = Vec::new();
                        for upload in pending.uploads() {
                            answers.push(port.upload(upload, &id).await?);
                        }
                        pending.resume(answers)
                    }
                },
                Mapped::LeftOut => {
                    page.items.extend(row.and_then(|row| self.removed(pass, unit, row, Act::Remove)));
                    continue;
                }
            };
            goes = true;
            match document {
                Ok(document) => self.document(pass, slot, unit, document, row, page, &mut seen),
                Err(rejection) => {
                    page.items.truncate(before);
                    page.wants.truncate(wanted);
                    self.reject(rejection, page);
                    return Ok(());
                }
            }
        }
        self.mapped = mapped;
        self.account(id, before, goes, seen, page);
        Ok(())
    }

    /// Counts a record that could be mapped.
    fn account(&mut self, id: RecordId, before: usize, goes: bool, seen: Vec<(RecordId, u16)>, page: &mut Incoming) {
        let is_on_its_way = page.items.len() > before;
        let counts = is_on_its_way || !matches!(self.way, Way::Again { .. });
        page.read += u64::from(counts);
        page.left_out += u64::from(counts && !is_on_its_way && !goes);
        page.seen.extend(seen);
        if self.set_aside.remove(&id) {
            page.released.push(id);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn document(
        &self,
        pass: usize,
        slot: usize,
        unit: u32,
        mut document: Document,
        row: Option<Carried>,
        page: &mut Incoming,
        seen: &mut Vec<(RecordId, u16)>,
    ) {
        let Some(one) = self.plan.passes.get(pass).and_then(|pass| pass.moves.get(slot)) else { return };
        let number = slot as u16;
        let form = self.forms.place(pass, slot);
        let wants = &mut page.wants;
        // Nothing in here fails: what is claimed is only gathered.
        let _: Result<(), ()> = claims_of(one, &document, &mut |claim| {
            if claim.may_be_shared() {
                wants.push(Want { unit, mark: claim.number(), what: claim.what(), owner: None });
            }
            Ok(())
        });
        let (mut row, mut vacated) = match row {
            Some(row) if row.address != document.address => (None, Some(row)),
            row => (row, None),
        };
        let is_again = matches!(self.way, Way::Again { .. });
        if is_again && row.as_ref().is_some_and(|row| row.hash == document.hash) {
            seen.push((document.source, number));
            return;
        }
        let tells = self.forms.get(form).is_some_and(|form| form.has_revision());
        let revision = document.revision.take().filter(|_| tells);
        let (hash, bytes) = (document.hash, document.bytes);
        let (source, address, fields) = document.into_parts();
        let (deleted, also) = self.tombs.of(&address, is_again);
        let (begin, condition) = self.begin(row.as_ref(), deleted);
        let maybe_sent = matches!(self.way, Way::Resumed | Way::Again { resumed: true, .. });
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
            before: row.take().map(Box::new),
            deleted,
            was_set_aside,
            maybe_sent,
            also,
            vacates: vacated.take().and_then(|row| self.removed(pass, unit, row, Act::Vacate)).map(Box::new),
            begin,
            conflicts: 0,
        };
        page.items.push(Item { write: Write { address, fields: Some(fields), condition }, note });
    }

    /// How a document begins, and under which condition it may be sent.
    fn begin(&self, row: Option<&Carried>, deleted: bool) -> (Begin, Condition) {
        let known = row.filter(|row| row.ours).and_then(|row| row.version.clone());
        match (self.way, known) {
            _ if deleted => (Begin::Look, Condition::Absent),
            (Way::Again { resumed: false }, Some(version)) => (Begin::Send, Condition::Version(version)),
            (Way::Fresh | Way::Anew | Way::Again { resumed: false, .. }, None) if row.is_none() => {
                (Begin::Send, Condition::Absent)
            }
            _ => (Begin::Look, Condition::Absent),
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
        let is_sure = matches!(self.way, Way::Again { resumed: false });
        let (begin, condition) = match row.version.clone().filter(|_| is_sure) {
            Some(version) => (Begin::Send, Condition::Version(version)),
            None => (Begin::Look, Condition::Always),
        };
        let note = Note {
            page: 0,
            unit,
            slot: row.slot,
            form: self.forms.place(pass, slot),
            source: row.source.clone(),
            act,
            hash: row.hash,
            bytes: 0,
            revision: None,
            deleted: false,
            was_set_aside: false,
            maybe_sent: matches!(self.way, Way::Again { resumed: true, .. }),
            also: self.tombs.set_up(&row.address),
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
            let there = self.journal.carried_at(self.scope, &addresses).await?;
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
            let Some((number, pass)) = pass.and_then(|number| Some((number, self.plan.passes.get(number)?))) else {
                continue;
            };
            let slots = 0..u16::try_from(pass.moves.len()).unwrap_or(u16::MAX);
            let of: Vec<(RecordId, u16)> = slots.map(|slot| (id.clone(), slot)).collect();
            let rows: Vec<Carried> = self.journal.carried(self.scope, &of).await?.into_iter().flatten().collect();
            if !rows.is_empty() {
                all.push((number, rows));
            }
        }
        Ok(all)
    }

    fn reject(&mut self, rejection: Rejection, page: &mut Incoming) {
        let id = RecordId { entity: rejection.entity.clone(), key: rejection.key.clone() };
        if matches!(self.way, Way::Again { .. }) && self.set_aside.contains(&id) {
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
        let owners = self.journal.owners(self.scope, &marks).await?;
        page.wants.iter_mut().zip(owners).for_each(|(want, owner)| want.owner = owner);
        if matches!(self.way, Way::Fresh | Way::Resumed) {
            return Ok(());
        }
        for want in &mut page.wants {
            // A record of which nothing is carried any more has nothing for itself.
            if let Some(owner) = want.owner.take() {
                let is_gone =
                    self.meanwhile.is_gone(&owner) || self.carried_for(std::slice::from_ref(&owner)).await?.is_empty();
                want.owner = Some(owner).filter(|_| !is_gone);
            }
        }
        Ok(())
    }
}

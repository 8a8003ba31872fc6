//! What is settled of each document adds up to records, and those to pages.

use super::Flow;
use super::intake::was_set_aside;
use crate::backfill::item::{Act, Incoming, Item, Note, Want};
use crate::journal::{Carried, Counters, Kept, Mark, Position, Quarantined, Sent};
use crate::record::{Key, Name, Reason, RecordId, Rejection, Timestamp};
use crate::store::{Refusal, Version, Write};

/// A page of which not everything is saved.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) end: Position,
    pub(super) reach: Option<Sent>,
    /// What its documents weigh.
    pub(super) bytes: u64,
    units: Vec<Unit>,
    /// How many of its records are not accounted for.
    pub(super) open: u32,
    pub(super) counters: Counters,
    pub(super) carried: Vec<Carried>,
    marks: Vec<(u32, Mark, RecordId)>,
    pub(super) quarantined: Vec<Quarantined>,
    pub(super) released: Vec<RecordId>,
    pub(super) forgotten: Vec<(RecordId, u16)>,
    pub(super) seen: Vec<RecordId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Unit {
    /// How many of its documents are not settled.
    left: u16,
    tally: Tally,
    was_set_aside: bool,
}

/// What became of a record: of several documents what weighs most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Tally {
    #[default]
    AlreadyThere,
    DeletedThere,
    NewerThere,
    Carried,
    Quarantined,
}

/// What became of one document.
#[derive(Debug)]
pub(super) enum Settled {
    /// It was created.
    Created(Option<Version>),
    /// It replaced an older one.
    Replaced(Option<Version>),
    /// The same was there.
    Same { version: Version, ours: bool },
    /// Somebody has changed it: theirs stays.
    Newer,
    /// Somebody has deleted it: it stays so.
    Deleted,
    /// It was deleted, by us; or was gone already.
    Removed { by_us: bool },
    /// It was to be deleted, and somebody has changed it: it stays.
    Left,
    /// What belonged to another document's write is done as well.
    Also,
    /// The target will never take it.
    Refused(Refusal),
    /// Another record has what it wants.
    Rejected(Rejection),
}

impl Settled {
    /// Whether what is there now is what we want to be there.
    fn is_there_as_ours(&self) -> bool {
        matches!(self, Self::Created(_) | Self::Replaced(_) | Self::Same { .. })
    }
}

impl Open {
    pub(super) fn new(page: &Incoming) -> Self {
        let bytes = page.items.iter().map(Item::weight).sum();
        let counters = Counters { read: page.read, left_out: page.left_out, ..Counters::default() };
        Self {
            end: page.end.clone(),
            reach: page.reach.clone(),
            bytes,
            counters,
            released: page.released.clone(),
            seen: page.seen.clone(),
            forgotten: page.forgotten.clone(),
            ..Self::default()
        }
    }

    /// A record's documents are on their way.
    pub(super) fn enter(&mut self, unit: u32, record: &[Item], wants: &[Want]) {
        let place = unit as usize;
        if self.units.len() <= place {
            self.units.resize(place + 1, Unit::default());
        }
        if let (Some(unit), Some(first)) = (self.units.get_mut(place), record.first()) {
            unit.left = u16::try_from(record.len()).unwrap_or(u16::MAX);
            unit.was_set_aside = was_set_aside(record);
            self.open += 1;
            let source = &first.note.source;
            // What the journal knows to be its own needs not be told again.
            let is_new = |want: &&Want| want.owner.as_ref() != Some(source);
            let new = wants.iter().filter(is_new).map(|want| (want.unit, want.mark, source.clone()));
            self.marks.extend(new);
        }
    }

    /// The marks of those records that have what they want.
    pub(super) fn take_marks(&mut self) -> impl Iterator<Item = (Mark, RecordId)> {
        let units = std::mem::take(&mut self.units);
        let has = move |unit: u32| units.get(unit as usize).is_some_and(|unit| unit.tally != Tally::Quarantined);
        std::mem::take(&mut self.marks)
            .into_iter()
            .filter(move |(unit, _, _)| has(*unit))
            .map(|(_, mark, of)| (mark, of))
    }

    /// Records that are no longer set aside, without those that are again.
    pub(super) fn take_released(&mut self) -> Vec<RecordId> {
        let mut released = std::mem::take(&mut self.released);
        released.retain(|id| !self.quarantined.iter().any(|one| is_of(one, &id.entity, &id.key)));
        released
    }

    /// A document that belongs to one of a record's is on its way too.
    pub(super) fn expect_one_more(&mut self, unit: u32) {
        if let Some(unit) = self.units.get_mut(unit as usize) {
            unit.left = unit.left.saturating_add(1);
        }
    }

    fn settle(&mut self, note: Note, write: Write, settled: Settled, at: Timestamp) {
        let counters = &mut self.counters;
        let unit = note.unit as usize;
        let was_set_aside = self.units.get(unit).is_some_and(|unit| unit.tally == Tally::Quarantined);
        let mut tally = Tally::AlreadyThere;
        // What is still at the address that its record had before stays known by it.
        let stays_behind = note.vacates.is_some();
        let row = |note: Note, address: String, version: Option<Version>, ours: bool| Carried {
            source: note.source,
            slot: note.slot,
            address,
            hash: note.hash,
            // By its version what is ours is deleted without a look, and others have something in it.
            version: version.filter(|_| !(ours && note.has_more)),
            ours,
        };
        match settled {
            Settled::Created(version) => {
                counters.created += 1;
                counters.bytes += note.bytes;
                tally = Tally::Carried;
                self.carried.push(row(note, write.address, version, true));
            }
            Settled::Replaced(version) => {
                counters.replaced += 1;
                counters.bytes += note.bytes;
                tally = Tally::Carried;
                // What somebody else had there before is not ours to take away because it was older.
                let ours = note.before.as_ref().is_some_and(|before| before.ours);
                self.carried.push(row(note, write.address, version, ours));
            }
            Settled::Same { version, ours } => self.carried.push(row(note, write.address, Some(version), ours)),
            Settled::Newer => {
                tally = Tally::NewerThere;
                self.carried.extend((!stays_behind).then(|| row(note, write.address, None, false)));
            }
            Settled::Deleted => {
                tally = Tally::DeletedThere;
                // What was there once and somebody deleted is not to come back either when its record changes.
                let (ours, version) =
                    note.before.as_ref().map_or((false, None), |before| (before.ours, before.version.clone()));
                self.carried.extend((!stays_behind).then(|| row(note, write.address, version, ours)));
            }
            Settled::Removed { by_us } => {
                counters.deleted += u64::from(by_us);
                tally = Tally::Carried;
                self.forgotten.extend((note.act == Act::Remove).then_some((note.source, note.slot)));
            }
            Settled::Left => {
                tally = Tally::NewerThere;
                self.forgotten.extend((note.act == Act::Remove).then_some((note.source, note.slot)));
            }
            Settled::Also => {}
            Settled::Refused(refusal) => {
                tally = Tally::Quarantined;
                let (rejection, document) = refused(note.source, write, refusal);
                self.keep_aside(was_set_aside, rejection, document, at);
            }
            Settled::Rejected(rejection) => {
                tally = Tally::Quarantined;
                self.keep_aside(was_set_aside, rejection, None, at);
            }
        }
        self.close(unit, tally);
    }

    /// Keeps a record aside. The first reason counts, and every document.
    fn keep_aside(&mut self, again: bool, rejection: Rejection, document: Option<Kept>, at: Timestamp) {
        let is_it = |one: &Quarantined| is_of(one, &rejection.entity, &rejection.key);
        let place = if again { self.quarantined.iter().rposition(is_it) } else { None };
        match place.and_then(|place| self.quarantined.get_mut(place)) {
            Some(one) => one.documents.extend(document),
            None => self.quarantined.push(Quarantined { rejection, documents: document.into_iter().collect(), at }),
        }
    }

    fn close(&mut self, unit: usize, tally: Tally) {
        let Some(unit) = self.units.get_mut(unit) else { return };
        unit.tally = unit.tally.max(tally);
        unit.left = unit.left.saturating_sub(1);
        if unit.left > 0 {
            return;
        }
        self.open = self.open.saturating_sub(1);
        let Unit { tally, was_set_aside, .. } = *unit;
        let counters = &mut self.counters;
        match tally {
            Tally::AlreadyThere => counters.already_there += 1,
            Tally::DeletedThere => counters.deleted_there += 1,
            Tally::NewerThere => counters.newer_there += 1,
            Tally::Carried => counters.carried += 1,
            Tally::Quarantined => self.set_aside(was_set_aside),
        }
    }

    /// Counts a record that is set aside: once, however often it is read.
    pub(super) fn set_aside(&mut self, again: bool) {
        if again {
            self.counters.read = self.counters.read.saturating_sub(1);
        } else {
            self.counters.quarantined += 1;
        }
    }
}

impl Flow {
    /// A document has come to the end of its way.
    pub(super) fn settle(&mut self, item: Item, settled: Settled, at: Timestamp) {
        let Item { write, mut note } = item;
        // A row of a record that is gone, or of a move that had another place, makes room for what has its address now.
        let is_another = |row: &Carried| row.source != note.source || row.slot != note.slot;
        let orphan = note.before.as_deref().filter(|row| note.act == Act::Put && is_another(row));
        let orphan = orphan.map(|row| (row.source.clone(), row.slot));
        let kept = matches!(settled, Settled::Refused(_) | Settled::Rejected(_));
        let number = note.page;
        let vacates = note.vacates.take_if(|_| settled.is_there_as_ours());
        let Some(page) = self.page(number) else { return };
        page.bytes = page.bytes.saturating_sub(note.bytes);
        page.forgotten.extend(orphan.filter(|_| !kept));
        note.also = None;
        if vacates.is_some() {
            page.expect_one_more(note.unit);
        }
        page.settle(note, write, settled, at);
        if let Some(mut vacated) = vacates {
            vacated.note.page = number;
            self.set_out(*vacated);
        }
    }

    /// A page that is not saved yet, by its number.
    pub(super) fn page(&mut self, number: u64) -> Option<&mut Open> {
        let place = number.checked_sub(self.first)?;
        self.window.get_mut(usize::try_from(place).ok()?)
    }

    /// Whether pages at the front are accounted for and not saved.
    pub(super) fn has_resolved(&self) -> bool {
        self.window.front().is_some_and(|page| page.open == 0)
    }
}

fn is_of(one: &Quarantined, entity: &Name, key: &Key) -> bool {
    one.rejection.entity == *entity && one.rejection.key == *key
}

fn refused(source: RecordId, write: Write, refusal: Refusal) -> (Rejection, Option<Kept>) {
    let rejection = Rejection {
        entity: source.entity,
        key: source.key,
        column: None,
        reason: Reason::Refused,
        detail: refusal.why,
    };
    let address = write.address;
    (rejection, write.fields.map(|fields| Kept { address, fields: fields.into_content().into_map() }))
}

//! One document on its way, and the pages that they come in.

use crate::journal::{Carried, Mark, Position, Sent};
use crate::plan::ContentHash;
use crate::plan::claims::Claimed;
use crate::record::{RecordId, Rejection, Value};
use crate::store::Write;

/// Few documents are larger.
const UNKNOWN_BYTES: u64 = 16 << 10;

/// A document on its way. What is written is apart from what is kept of it: a target is handed slices of writes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) write: Write,
    pub(crate) note: Note,
}

/// What is kept of a document while it is on its way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    /// The page it came in, by number, and the place of its record there.
    pub(crate) page: u64,
    pub(crate) unit: u32,
    /// The move that made it: its place within its pass, and among all moves of the plan.
    pub(crate) slot: u16,
    pub(crate) form: u16,
    pub(crate) source: RecordId,
    pub(crate) act: Act,
    pub(crate) begin: Begin,
    pub(crate) hash: ContentHash,
    pub(crate) bytes: u64,
    /// How new the document says it is, where what is there says it too.
    pub(crate) revision: Option<Value>,
    /// The ledger's row of what was carried to its address before.
    pub(crate) before: Option<Box<Carried>>,
    /// Others have fields of their own in what was there at the last look.
    pub(crate) has_more: bool,
    /// Somebody has deleted what was there on purpose.
    pub(crate) deleted: bool,
    /// Its record was set aside, and counted, in an earlier reading.
    pub(crate) was_set_aside: bool,
    /// It may have been sent already, and the answer was lost.
    pub(crate) maybe_sent: bool,
    /// A write that belongs to it: the tombstone of what is deleted, or the lifting of one.
    pub(crate) also: Option<Box<Write>>,
    /// The delete of the document at the address that its record had before. It begins once this one is there.
    pub(crate) vacates: Option<Box<Item>>,
    /// How often something else was there than its write supposed.
    pub(crate) conflicts: u8,
}

/// What is to be done with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is to be there.
    Put,
    /// Its record is gone: it is to be deleted, and the ledger to forget it.
    Remove,
    /// Its record has another address now: this old one is to be deleted.
    Vacate,
    /// What belongs to another write, where that has happened alone.
    Also,
}

/// How a document begins its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Send it.
    Send,
    /// Look what is there first.
    Look,
}

/// What one page of the source became.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Incoming {
    /// The documents of its records, those of one record together. Their notes have the record's place; the page's
    /// number is still to come.
    pub(crate) items: Vec<Item>,
    /// What their records want for themselves alone beside their addresses.
    pub(crate) wants: Vec<Want>,
    /// Records that cannot be moved.
    pub(crate) rejected: Vec<Rejection>,
    /// The same of records that were set aside, and counted, in an earlier reading.
    pub(crate) still_rejected: Vec<Rejection>,
    /// Records that were set aside once and can be moved now.
    pub(crate) released: Vec<RecordId>,
    /// Rows of the ledger whose documents belong to other records now.
    pub(crate) forgotten: Vec<(RecordId, u16)>,
    /// Records of which something was met that needs nothing.
    pub(crate) seen: Vec<RecordId>,
    /// How many records it had, as far as they count, and how many of them the plan leaves out.
    pub(crate) read: u64,
    pub(crate) left_out: u64,
    /// How many reads were billed to find out what is to become of them.
    pub(crate) billed_reads: u64,
    /// Why somebody has to agree before it goes on its way, where somebody has.
    pub(crate) asks: Option<String>,
    /// How far everything is once it is accounted for.
    pub(crate) end: Position,
    /// Up to where documents may have been sent once it is on its way.
    pub(crate) reach: Option<Sent>,
}

/// What a record wants for itself alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Want {
    pub(crate) unit: u32,
    pub(crate) mark: Mark,
    pub(crate) what: Claimed,
    /// Who has it, as the journal knows.
    pub(crate) owner: Option<RecordId>,
}

impl Item {
    /// What it counts in a request.
    pub(crate) fn weight(&self) -> u64 {
        let also = self.note.also.as_ref().map_or(0, |also| also.address.len() as u64 + 200);
        self.note.bytes + self.write.address.len() as u64 + 64 + also
    }

    /// What it counts in the answer to a look, where there is about what ours is. Of what is to be deleted nobody knows
    /// any more how large it was.
    pub(crate) fn weight_there(&self) -> u64 {
        self.weight() + if self.write.fields.is_none() { UNKNOWN_BYTES } else { 0 }
    }

    /// Whether the other one is of the same record.
    pub(crate) fn is_of_the_record_of(&self, other: &Self) -> bool {
        (self.note.page, self.note.unit) == (other.note.page, other.note.unit)
    }
}

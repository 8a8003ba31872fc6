//! The traits that every store implements, the shapes that a plan asks for, and what goes over between them.
//!
//! Object-safe and `Send`, with one boxed future a page or batch. The conformance suites of the test kit say
//! what an implementation must keep to.

mod content;
mod say;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Map, Name, Record, RecordId, Rejection, Timestamp, Value};
use crate::rules::Rules;
use crate::schema::Schema;
pub use content::Content;
pub(crate) use content::Layout;
pub use say::{Fields, Say};

/// What a store's methods return.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What a plan needs of one record: the fields, and the relations to resolve.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Records of this very entity, not of its subentities. Of a document store the path with its captures; their
    /// values are the parts of the record's key.
    pub entity: Name,
    /// The fields, in the order of [`Record::values`]; those that begin with `@` are the store's own.
    pub fields: Vec<Name>,
    /// The relations, in the order of [`Record::related`].
    pub relations: Vec<RelationShape>,
    /// Whether this reader is told of the rows of the entity's table that belong to no entity at all. A plan says so
    /// once for each table, so that such rows are reported, and once.
    pub claims_strays: bool,
}

/// What a plan needs of the records at a relation's other end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RelationShape {
    /// The relation's name in the schema, or in the plan where it declares one.
    pub name: Name,
    /// Where the relation comes from.
    pub join: Join,
    /// Whether it leads to several records.
    pub many: bool,
    /// What is needed of each of them; its entity is the relation's target, and records of subentities count too.
    pub shape: Shape,
}

/// Where a relation comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Join {
    /// The store knows it.
    Known,
    /// The plan declares it: records whose field `theirs` equals our field `ours`. Null equals nothing.
    ///
    /// Where it leads to one record, a field of ours names that record: if it is not there, ours is rejected as
    /// [`Dangling`](crate::record::Reason::Dangling), so that what the field says is not lost in silence. A key of
    /// ours names nobody, and by it there may be none. Several where one should be are rejected too.
    Equal {
        /// Our field, or `@key`.
        ours: Name,
        /// Their field, or `@key`.
        theirs: Name,
    },
}

impl Shape {
    /// These fields of an entity, without relations.
    pub fn of(entity: impl Into<Name>, fields: &[&str]) -> Self {
        let fields = fields.iter().map(|&field| field.into()).collect();
        Self { entity: entity.into(), fields, relations: Vec::new(), claims_strays: false }
    }
}

/// A place in a source, opaque to everybody else. It can be kept and used by a later process.
///
/// The debug form shows its length alone: a text key of a user's may be in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor that only the source which made it can read.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What the source wrote.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Cursor({} bytes)", self.0.len())
    }
}

/// Some records in the source's stable order.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What could be read, as the shape asked.
    pub records: Vec<Record>,
    /// What could not, record by record.
    pub rejected: Vec<Rejection>,
    /// Where to go on; `None` after the last page. A page may be empty and yet not the last.
    pub next: Option<Cursor>,
}

/// Records changed since a cursor.
#[derive(Clone, Debug, PartialEq)]
pub enum Changes {
    /// These, collapsed to the last state of each record where the source does so.
    Some {
        /// In the source's order.
        changes: Vec<Change>,
        /// What could not be read of them.
        rejected: Vec<Rejection>,
        /// Where to go on.
        next: Cursor,
        /// Whether more can be had at once.
        more: bool,
    },
    /// The source no longer knows what happened since the cursor: read everything again.
    StartOver {
        /// Why, in a sentence.
        why: String,
        /// Where to go on once everything was read again.
        next: Cursor,
    },
}

/// One change of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The record.
    pub id: RecordId,
    /// What became of it.
    pub operation: Operation,
    /// The record as it was, where the store keeps that.
    pub before: Option<Record>,
    /// The record as it is now; none for a delete.
    pub after: Option<Record>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// What identifies this change in its source.
    pub event: Option<String>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// It is new.
    Insert,
    /// It is another than before.
    Update,
    /// It is gone.
    Delete,
}

/// A store that records can be read from. Nothing is ever written to it.
pub trait Source: Send + Sync {
    /// What the store says of itself now.
    fn schema(&self) -> Answer<'_, Arc<Schema>>;

    /// What tells this store from others, the same for as long as it is this one, wherever it lies; none where nothing
    /// does.
    fn identity(&self) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    /// At most `limit` records (and rejected rows) of the shape after the cursor, in an order that does not change.
    /// Whoever follows `next` to its end has met every record that was there all the while, once.
    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page>;

    /// How many records the entity has now, cheaply; for progress, never for proof. `None` where it is not cheap.
    fn estimate<'a>(&'a self, entity: &'a str) -> Answer<'a, Option<u64>> {
        let _ = entity;
        Box::pin(async { Ok(None) })
    }

    /// What changed since the cursor in records that these shapes describe; without a cursor no changes, and the
    /// cursor that stands for now. Records of other entities are passed over.
    fn changes<'a>(&'a self, shapes: &'a [Shape], since: Option<&'a Cursor>, limit: usize) -> Answer<'a, Changes> {
        let _ = (shapes, since, limit);
        Box::pin(async { Err(Error::new(ErrorKind::Unsupported, "this store keeps no history of its changes")) })
    }

    /// Tells the source that everything up to the cursor is safe elsewhere.
    fn acknowledge<'a>(&'a self, cursor: &'a Cursor) -> Answer<'a, ()> {
        let _ = cursor;
        Box::pin(async { Ok(()) })
    }
}

/// A document or row on its way to a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Where it goes: segments between slashes, as the target's rules say.
    pub address: String,
    /// What is to be there afterwards; none deletes.
    pub fields: Option<Fields>,
    /// What must hold for the write to happen.
    pub condition: Condition,
}

/// What must hold at the address for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Always,
    /// Nothing is there.
    Absent,
    /// What is there is of this version.
    Version(Version),
}

/// The version that a target gave a record, opaque to everybody else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// A version that only the target which made it can read.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What the target wrote.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What became of one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the target for good, as this version; of a delete the version is none.
    Durable(Option<Version>),
    /// The condition did not hold: something is there, or is of another version, or is gone.
    Exists,
    /// The target will never take it as it is.
    Refused(Refusal),
    /// It may or may not have happened: the answer was lost. Look before writing again.
    Unknown,
    /// It did not happen, and may when it is tried again.
    Retry,
}

/// Why a target will never take a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who or what is at fault.
    pub cause: RefusalCause,
    /// The target's reason, in words.
    pub why: String,
}

/// Who or what is at fault when a target refuses a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCause {
    /// Whoever writes may not: if it is so for every write, nothing is wrong with any record.
    Denied,
    /// What is written: too large, of a kind that the target does not hold, at an address that cannot be.
    Invalid,
}

impl Refusal {
    /// Whoever writes may not, for this reason.
    pub fn denied(why: impl Into<String>) -> Self {
        Self { cause: RefusalCause::Denied, why: why.into() }
    }

    /// What is written cannot be, for this reason.
    pub fn invalid(why: impl Into<String>) -> Self {
        Self { cause: RefusalCause::Invalid, why: why.into() }
    }
}

/// What a target can promise; how a batch is built and a failure searched follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether the writes of one call happen all or none.
    pub batches: Batches,
    /// Whether conditions other than [`Condition::Always`] are kept.
    pub conditional: bool,
}

/// How the writes of one call hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batches {
    /// All happen or none: one that is refused refuses the rest, and the answer may not say which one it was.
    Atomic,
    /// Each for itself.
    Partial,
}

/// What a target has at an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its version.
    pub version: Version,
    /// Whether it is as it was created, never written to since; none where the target does not know.
    pub is_original: Option<bool>,
    /// The fields that were asked for, those that are there.
    pub fields: Map,
}

/// Some of a collection's records, in the order of their addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The address of each, and what is there.
    pub records: Vec<(String, Found)>,
    /// Where to go on; `None` after the last page. A page may be empty and yet not the last.
    pub next: Option<Cursor>,
}

/// A store that records can be written to.
pub trait Target: Send + Sync {
    /// What it allows.
    fn rules(&self) -> &Rules;

    /// What it can promise.
    fn capabilities(&self) -> Capabilities;

    /// What tells this database from others, the same for as long as it is this one, whoever speaks to it; none where
    /// nothing does.
    fn identity(&self) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    /// Writes, and answers once for each write in the order given.
    ///
    /// An error is about the call as a whole, and nothing is known of any write: after one of kind
    /// [`Unavailable`](ErrorKind::Unavailable), [`Timeout`](ErrorKind::Timeout), [`Busy`](ErrorKind::Busy) or
    /// [`Io`](ErrorKind::Io) all of them may have happened, as if each were [`Outcome::Unknown`]; after one of another
    /// kind none has. Not being allowed to write is no error but a refusal.
    ///
    /// In an atomic target one that cannot happen stops all: then those at fault are `Exists` or `Refused` where the
    /// target says which, and every other one is `Retry`; where it does not say which, all are the same.
    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>>;

    /// What is at these addresses, in their order; of each the named fields, or all without names.
    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>>;

    /// The same for many or large records: each that is there is handed over as it comes, in any order, with the place of
    /// its address, so that not all of them are held together. After an error what was handed over counts for nothing.
    fn look_each<'a>(
        &'a self,
        addresses: &'a [String],
        fields: Option<&'a [Name]>,
        each: &'a mut (dyn FnMut(usize, Found) + Send),
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            for (place, found) in self.look(addresses, fields).await?.into_iter().enumerate() {
                if let Some(found) = found {
                    each(place, found);
                }
            }
            Ok(())
        })
    }

    /// Looks out for changes at an address, once the first is asked for and until it is dropped; none where the target
    /// has to be asked.
    fn lookout<'a>(&'a self, address: &'a str) -> Option<Box<dyn Lookout + 'a>> {
        let _ = address;
        None
    }

    /// How many records lie directly in a collection or table.
    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64>;

    /// At most `limit` of the records that lie directly in a collection or table, after the cursor, in the order of
    /// their addresses; of each the named fields, or all without names. Whoever follows `next` to its end has met every
    /// record that was there all the while, once.
    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing>;
}

/// Looks out for changes at an address of a target.
pub trait Lookout: Send {
    /// Waits until what is there may be another than it was; the first time until that would be noticed from now on. A
    /// change between two calls is told by the later one, and several of them may be told as one.
    ///
    /// An error says that it broke off. The next call takes it up again, and tells what was missed: wait a while before
    /// it, and longer each time.
    fn changed(&mut self) -> Answer<'_, ()>;
}

/// A value that is too large for a document and is to be stored elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    /// The document's field that it is of.
    pub field: Name,
    /// Where the plan wants it: segments between slashes.
    pub to: String,
    /// The value.
    pub bytes: Vec<u8>,
}

/// The bytes are a user's: their number alone is shown.
impl fmt::Debug for Upload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Upload({}, {} bytes)", self.field, self.bytes.len())
    }
}

/// Takes values that are too large for a document, as a storage for files does.
pub trait UploadPort: Send + Sync {
    /// Stores a value of this record, and answers what the document is to hold instead: an address, or a map with
    /// one.
    ///
    /// The same upload twice answers the same. A record that is read again is handed over again, since only the answer
    /// tells whether its document is another one now: what is stored already is not to be sent once more.
    fn upload<'a>(&'a self, upload: &'a Upload, record: &'a RecordId) -> Answer<'a, Value>;
}

//! A plan resolved against a schema: names have become positions, defaults are filled in, nothing is left to look up.

use std::fmt;

use super::outline::Outline;
use crate::record::hex::Hex;
use crate::record::{Name, Value};
use crate::store::Shape;

/// A plan that was checked against a schema and a target's rules and can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Its version, which stamps may carry.
    pub version: i64,
    /// What it does, in one hash: equal for two plans that do the same to the same schema.
    pub fingerprint: Fingerprint,
    /// The same part by part, to tell what differs between two plans.
    pub outline: Outline,
    /// The fingerprint of the schema that it was checked against.
    pub schema: String,
    /// What to read, in this order; each entity once, whatever number of moves it has.
    pub passes: Vec<Pass>,
}

/// A hash of a plan resolved against a schema, with the mapper's version; comments and the order of keys do not count.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// All that happens to the records of one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// What is read of each record: all that the moves together need.
    pub shape: Shape,
    /// What it becomes, in order.
    pub moves: Vec<Move>,
}

/// How records of one entity become documents of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The line of the plan file that it begins on.
    pub line: usize,
    /// The document's address.
    pub document: Template,
    /// What must hold of a record; one that fails is left out.
    pub filter: Vec<Condition>,
    /// The document's fields, sorted by name.
    pub fields: Vec<FieldRule>,
    /// Fields that are written beside them and are no part of the content hash; in maps at the same places too.
    pub stamps: Vec<FieldRule>,
    /// Which field says how new a record is.
    pub revision: Option<Path>,
    /// Whether the address ends in the record's very own id, below parents that differ. No two records may have the
    /// same one, whatever their parents are.
    pub own_id: bool,
    /// Fields of the document whose values no two documents may share, each by itself.
    pub unique: Vec<Name>,
    /// What becomes of the document when its record is gone.
    pub deletes: Deletes,
}

/// What becomes of a document whose record is deleted from the source after it was carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Deletes {
    /// It is deleted too, if nobody has changed it since.
    #[default]
    Carry,
    /// It stays.
    Keep,
}

/// One field of a document and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldRule {
    /// The field's name.
    pub name: Name,
    /// Where it comes from.
    pub rule: Rule,
}

/// Where a field of a document comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// A field of the record, or of one that it has a to-one relation to.
    Take {
        /// Which.
        from: Path,
        /// What it is turned into.
        convert: Option<Conversion>,
        /// What becomes of null, and of a field that is not there.
        nulls: Nulls,
    },
    /// The same for every record.
    Constant(Value),
    /// Text with fields in it, null where one of them is; a lone `{now}` is a timestamp, a lone `{version}` a whole
    /// number.
    Text(Template),
    /// The address of the record at the other end of a to-one relation; null where there is none.
    Reference {
        /// The to-one relations on the way, the last one included; positions in each shape's relations.
        relation: Vec<usize>,
        /// The address, with the fields of the record at the other end.
        to: Template,
    },
    /// The addresses of the records at the other end of a to-many relation, as an array.
    References {
        /// The relations on the way; only the last is to-many.
        relation: Vec<usize>,
        /// The address, with the fields of each record at the other end.
        to: Template,
    },
    /// The record at the other end of a to-one relation as a map, null where there is none; of a to-many relation
    /// an array of maps.
    Embed {
        /// The relations on the way; only the last may be to-many.
        relation: Vec<usize>,
        /// The fields of each map, sorted by name; positions are those of the shape at the other end.
        fields: Vec<FieldRule>,
    },
    /// One value of each record at the other end of a to-many relation, as an array.
    List {
        /// The relations on the way; only the last is to-many.
        relation: Vec<usize>,
        /// The value of each.
        of: Box<Rule>,
    },
    /// A map of further fields, sorted by name.
    Map(Vec<FieldRule>),
    /// What another rule makes, as JSON text: for targets that hold nothing nested. Null stays null.
    JsonText(Box<Rule>),
    /// Bytes that are handed to the upload port; what it answers is stored instead.
    Upload {
        /// Which field holds them.
        from: Path,
        /// Where they are to be put.
        to: Template,
        /// Only bytes longer than this are handed over; shorter ones stay in the document.
        over: u64,
        /// What becomes of null, and of a field that is not there.
        nulls: Nulls,
    },
}

/// The way to a value: through to-one relations, then into a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// Positions in each shape's relations.
    pub relations: Vec<usize>,
    /// Where in the record at the end.
    pub slot: Slot,
    /// As the plan names it, for messages.
    pub name: Name,
}

/// A place in a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A position in the shape's fields, and the way into maps from there.
    Field(usize, Vec<String>),
    /// The whole key, as text.
    Key,
    /// One part of the key: a capture of a document's path.
    KeyPart(usize),
    /// The entity's name.
    Entity,
}

/// What becomes of null.
#[derive(Clone, Debug, PartialEq)]
pub enum Nulls {
    /// It is written as null.
    Keep,
    /// The field is left out.
    LeaveOut,
    /// This is written instead.
    Default(Value),
}

/// What a value is turned into. One that cannot be turned is a reason for quarantine, never a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// Text: numbers in decimal, moments in RFC 3339, bytes are refused.
    String,
    /// A whole number: from text, from a double or decimal without a fraction, from a bool.
    Int,
    /// A double: one that would lose digits is refused unless `lossy`.
    Double {
        /// Whether digits may be lost.
        lossy: bool,
    },
    /// An exact decimal: from text, int or double.
    Decimal,
    /// True or false: from 0 and 1, and from the words.
    Bool,
    /// A moment: from text in RFC 3339, or, where there is a unit, from a number of these.
    Timestamp(Option<TimeUnit>),
    /// A moment as RFC 3339 text.
    IsoText,
    /// A moment as its day in UTC, `2024-01-31`.
    Date,
    /// Bytes as base64 text.
    Base64,
    /// JSON in text or bytes, as the value it stands for.
    Json,
    /// Any value as JSON text.
    JsonText,
    /// Text in lower case, as some want their UUIDs.
    Lower,
    /// Text in upper case.
    Upper,
}

/// What a number that stands for a moment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
    /// Microseconds since 1970.
    Micros,
    /// Seconds since 2001, as on Apple's systems.
    Mac,
}

/// Text with fields in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(pub Vec<Part>);

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text as it stands.
    Literal(String),
    /// `{uid}`: the owner.
    Owner,
    /// `{now}`, or `{now:iso}` as text: the moment of the run. In stamps only.
    Now {
        /// As text.
        iso: bool,
    },
    /// `{version}`: the plan's. In stamps only.
    Version,
    /// `{@hash}`: 32 hexadecimal digits of the content hash. In a document's address only.
    Hash,
    /// A field.
    Value {
        /// Which.
        from: Path,
        /// How it is turned into text where not in the way its kind has.
        convert: Option<Conversion>,
        /// What is done to characters that the place does not take.
        escape: Escape,
    },
}

/// What is done to characters that a place does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Escape {
    /// Nothing: the text of a field.
    None,
    /// `/` and `%` become `%2F` and `%25`, so that a value stays within its segment of an address; an address's
    /// segment that would be `.`, `..` or `__x__` has its first character written so.
    Segment,
    /// `_` is written so too (`{field|key}`), so that a segment of several values joined by `_` cannot be made by
    /// two different records.
    Key,
}

/// What must hold of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The value.
    pub of: Path,
    /// What must hold of it.
    pub is: Comparison,
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is none of these.
    NoneOf(Vec<Value>),
    /// It is there and not null, or (false) it is not.
    Exists(bool),
    /// It is at least this, of the same kind.
    AtLeast(Value),
    /// It is less than this, of the same kind.
    Below(Value),
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(out)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

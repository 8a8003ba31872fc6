//! What a target allows, as plain data: a plan is checked against it, and every document before it goes anywhere.

use crate::record::{Kind, Timestamp};

/// The addresses, limits and canonical form of one kind of target.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The word for the target's kind, as a plan's `to` names it.
    pub target: &'static str,
    /// What an address looks like.
    pub address: AddressRules,
    /// The kinds of value that it can hold.
    pub holds: &'static [Kind],
    /// The moments that it can hold.
    pub timestamps: TimestampRules,
    /// What a field may be called.
    pub names: NameRules,
    /// Whether an array may lie directly in an array.
    pub nested_arrays: bool,
    /// How deep maps and arrays may be nested in a field.
    pub max_depth: usize,
    /// The largest single value, in bytes.
    pub max_value_bytes: u64,
    /// The largest document, in bytes.
    pub max_document_bytes: u64,
    /// How a document's bytes are counted.
    pub size: SizeRules,
    /// How many index entries one document may have, and how large; `None` where nothing is indexed by itself.
    pub index: Option<IndexRules>,
    /// How much goes into one request.
    pub batch: BatchRules,
}

/// What an address of a record looks like: segments between slashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRules {
    /// How many segments there are.
    pub segments: Segments,
    /// The longest segment, in bytes.
    pub max_segment_bytes: usize,
    /// The longest address, in bytes.
    pub max_bytes: usize,
    /// Whether `.`, `..` and `__x__` are refused as segments.
    pub reserved: bool,
}

/// How many segments an address has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segments {
    /// Collection and document in turn: an even number of them.
    Pairs,
    /// Just two: a table or container, and a key.
    Two,
}

/// The moments that a target can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampRules {
    /// The first.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
    /// The step between two, in nanoseconds; finer ones are cut.
    pub step_nanos: u32,
}

/// What a field may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameRules {
    /// The longest name, in bytes.
    pub max_bytes: usize,
    /// Whether `__x__` is refused.
    pub reserved: bool,
}

/// How the bytes of a document are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeRules {
    /// For the document itself.
    pub document: u64,
    /// For the address, on top of its segments.
    pub address: u64,
    /// For each name, text and segment on top of its bytes.
    pub text: u64,
    /// For null and bool.
    pub bit: u64,
    /// For int, double and timestamp.
    pub number: u64,
    /// For a geopoint.
    pub geopoint: u64,
    /// For each map, on top of what is in it.
    pub map: u64,
}

/// How many index entries one document may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRules {
    /// How many.
    pub max_entries: u64,
    /// How many bytes of them together.
    pub max_bytes: u64,
    /// How many bytes of a value go into its entries at most: the rest is cut.
    pub max_value_bytes: u64,
}

/// How much goes into one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRules {
    /// How many writes.
    pub max_writes: usize,
    /// How many bytes.
    pub max_bytes: u64,
}

/// Whether a name is of the form `__x__`, which targets that reserve names keep for themselves.
///
/// ```
/// use rehome_core::rules::is_reserved_name;
/// assert!(is_reserved_name("__id__") && is_reserved_name("____"));
/// assert!(!is_reserved_name("__id") && !is_reserved_name("___"));
/// ```
pub fn is_reserved_name(name: &str) -> bool {
    matches!(name.as_bytes(), [b'_', b'_', .., b'_', b'_'])
}

/// Whether a segment of an address is one that such targets keep for themselves: `.`, `..` or `__x__`.
pub fn is_reserved_segment(segment: &str) -> bool {
    matches!(segment, "." | "..") || is_reserved_name(segment)
}

/// An address without its ids and its last segment: `users/u/habits/1` is in `users/*/habits`.
pub(crate) fn collection_of(address: &str) -> String {
    let collection = address.rsplit_once('/').map_or("", |(collection, _)| collection);
    let mut name = String::with_capacity(collection.len());
    for (index, segment) in collection.split('/').enumerate() {
        if index > 0 {
            name.push('/');
        }
        name.push_str(if index % 2 == 0 { segment } else { "*" });
    }
    name
}

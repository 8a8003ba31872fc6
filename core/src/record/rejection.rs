//! How it is said that a record cannot be moved.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Key, Name};

/// Why a record cannot be moved. The list is closed: scripts and screens may rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The row says that it is of an entity that the schema does not have.
    UnknownEntity,
    /// A cell holds a storage class that its type never has.
    WrongType,
    /// Text that is not UTF-8.
    BadText,
    /// A UUID that has not 16 bytes.
    BadUuid,
    /// A date that is no moment in time.
    BadDate,
    /// A number outside its type's range, or none.
    BadNumber,
    /// A keyed archive that cannot be read.
    BadArchive,
    /// JSON that cannot be read.
    BadJson,
    /// Nothing where the schema requires something.
    MissingRequired,
    /// A file beside the store that a row names and that is not there.
    MissingFile,
    /// A relation to a record that does not exist.
    Dangling,
    /// The database's pages under this row cannot be read.
    Unreadable,
    /// A field that the plan needs for an id is null or absent.
    MissingId,
    /// An id that the target does not take.
    BadId,
    /// An id that another record of this store has already taken.
    DuplicateId,
    /// A value that the plan says is unique and that another record already has.
    DuplicateValue,
    /// A value that cannot be converted as the plan says.
    NotConvertible,
    /// A conversion that would lose digits which the plan does not give up.
    Inexact,
    /// A value of a kind that the target cannot hold.
    UnsupportedKind,
    /// A moment or a number beyond what the target can hold.
    OutOfRange,
    /// A field name that the target does not take.
    BadName,
    /// A value or document larger than the target allows, or than is read at all.
    TooLarge,
    /// Maps and arrays nested deeper than the target allows.
    TooDeep,
    /// An array directly in an array, which the target does not take.
    NestedArray,
    /// More index entries, or larger ones, than the target allows.
    TooManyIndexEntries,
    /// The target does not take it, for a reason of its own.
    Refused,
}

impl Reason {
    /// Every reason, in the order of its declaration.
    pub const ALL: [Reason; 26] = [
        Reason::UnknownEntity,
        Reason::WrongType,
        Reason::BadText,
        Reason::BadUuid,
        Reason::BadDate,
        Reason::BadNumber,
        Reason::BadArchive,
        Reason::BadJson,
        Reason::MissingRequired,
        Reason::MissingFile,
        Reason::Dangling,
        Reason::Unreadable,
        Reason::MissingId,
        Reason::BadId,
        Reason::DuplicateId,
        Reason::DuplicateValue,
        Reason::NotConvertible,
        Reason::Inexact,
        Reason::UnsupportedKind,
        Reason::OutOfRange,
        Reason::BadName,
        Reason::TooLarge,
        Reason::TooDeep,
        Reason::NestedArray,
        Reason::TooManyIndexEntries,
        Reason::Refused,
    ];

    /// The word for it in files and messages.
    pub fn word(self) -> &'static str {
        match self {
            Reason::UnknownEntity => "unknown_entity",
            Reason::WrongType => "wrong_type",
            Reason::BadText => "bad_text",
            Reason::BadUuid => "bad_uuid",
            Reason::BadDate => "bad_date",
            Reason::BadNumber => "bad_number",
            Reason::BadArchive => "bad_archive",
            Reason::BadJson => "bad_json",
            Reason::MissingRequired => "missing_required",
            Reason::MissingFile => "missing_file",
            Reason::Dangling => "dangling",
            Reason::Unreadable => "unreadable",
            Reason::MissingId => "missing_id",
            Reason::BadId => "bad_id",
            Reason::DuplicateId => "duplicate_id",
            Reason::DuplicateValue => "duplicate_value",
            Reason::NotConvertible => "not_convertible",
            Reason::Inexact => "inexact",
            Reason::UnsupportedKind => "unsupported_kind",
            Reason::OutOfRange => "out_of_range",
            Reason::BadName => "bad_name",
            Reason::TooLarge => "too_large",
            Reason::TooDeep => "too_deep",
            Reason::NestedArray => "nested_array",
            Reason::TooManyIndexEntries => "too_many_index_entries",
            Reason::Refused => "refused",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// One record that cannot be moved, and why. It names the record and the column, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The record's entity; of a row of an unknown entity, the root entity of its table.
    pub entity: Name,
    /// The record's key.
    pub key: Key,
    /// The column in the store, or the field in the target, that is at fault, where one is.
    pub column: Option<Name>,
    /// Why.
    pub reason: Reason,
    /// What was found and what was expected, in words and numbers.
    pub detail: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.entity, self.key)?;
        if let Some(column) = &self.column {
            write!(out, ", {column}")?;
        }
        write!(out, ": {} ({})", self.detail, self.reason)
    }
}

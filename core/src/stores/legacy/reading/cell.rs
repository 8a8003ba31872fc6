//! What SQLite hands over before anybody gives it a meaning.

use std::hash::{Hash, Hasher};

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::record::Key;

/// A cell as SQLite holds it: what rows are ordered, found and joined by. Never shown to anybody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    /// A double's bits.
    Real(u64),
    /// Text as its bytes, whether or not they are UTF-8.
    Text(Box<[u8]>),
    Blob(Box<[u8]>),
    /// Several cells that together are one key.
    Parts(Box<[Cell]>),
}

impl Cell {
    #[inline]
    pub(crate) fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Int(number),
            ValueRef::Real(number) => Cell::Real(number.to_bits()),
            ValueRef::Text(text) => Cell::Text(text.into()),
            ValueRef::Blob(bytes) => Cell::Blob(bytes.into()),
        }
    }

    /// One cell for several: themselves where there is just one.
    pub(crate) fn join(mut cells: Vec<Cell>) -> Self {
        if cells.len() == 1 { cells.pop().unwrap_or(Cell::Null) } else { Cell::Parts(cells.into()) }
    }

    /// The cells that SQL is given for it.
    pub(crate) fn parts(&self) -> &[Cell] {
        match self {
            Cell::Parts(parts) => parts,
            single => std::slice::from_ref(single),
        }
    }

    pub(crate) fn has_null(&self) -> bool {
        match self {
            Cell::Null => true,
            Cell::Parts(parts) => parts.contains(&Cell::Null),
            _ => false,
        }
    }

    /// The key that it stands for. Of one column only cells of different storage classes can share a key (`1.5` and
    /// `'1.5'`, bytes as a blob and as text that is none); then the second such record is a duplicate.
    pub(crate) fn key(&self) -> Key {
        match self {
            Cell::Null => Key::Parts(Vec::new()),
            Cell::Int(number) => Key::Int(*number),
            Cell::Real(bits) => Key::Text(f64::from_bits(*bits).to_string()),
            Cell::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Key::Text(text.to_owned()),
                Err(_) => Key::Bytes(text.to_vec()),
            },
            Cell::Blob(bytes) => Key::Bytes(bytes.to_vec()),
            Cell::Parts(parts) => Key::Parts(parts.iter().map(Cell::key).collect()),
        }
    }
}

/// Most are row numbers, and looked up for every row: a number is hashed by itself, without its kind.
impl Hash for Cell {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Cell::Null => {}
            Cell::Int(number) => state.write_i64(*number),
            Cell::Real(bits) => state.write_u64(*bits),
            Cell::Text(bytes) | Cell::Blob(bytes) => bytes.hash(state),
            Cell::Parts(parts) => parts.hash(state),
        }
    }
}

impl From<&Key> for Cell {
    fn from(key: &Key) -> Self {
        match key {
            Key::Int(number) => Cell::Int(*number),
            Key::Text(text) => Cell::Text(text.as_bytes().into()),
            Key::Bytes(bytes) => Cell::Blob(bytes.as_slice().into()),
            Key::Parts(parts) => Cell::Parts(parts.iter().map(Cell::from).collect()),
        }
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Cell::Null | Cell::Parts(_) => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Real(bits) => ValueRef::Real(f64::from_bits(*bits)),
            Cell::Text(text) => ValueRef::Text(text),
            Cell::Blob(bytes) => ValueRef::Blob(bytes),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

//! What records are told apart by.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Name;
use super::hex::Hex;

/// What identifies a record within its entity: typed, so that `1` and `"1"` differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Key {
    /// A row number or another whole number.
    Int(i64),
    /// Text, and what a store writes as text: a UUID, a document's id.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Several parts: a composite primary key, or the captures of a document's path in their order.
    Parts(Vec<Key>),
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Int(number) => write!(out, "{number}"),
            Key::Text(text) => out.write_str(text),
            Key::Bytes(bytes) => Hex(bytes).fmt(out),
            Key::Parts(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
                let comma = if index == 0 { "" } else { "," };
                write!(out, "{comma}{part}")
            }),
        }
    }
}

/// Where a record lives in its store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordId {
    /// The entity, table or collection it is of; of a subentity's record the subentity.
    pub entity: Name,
    /// Which one it is there.
    pub key: Key,
}

impl fmt::Display for RecordId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.entity, self.key)
    }
}

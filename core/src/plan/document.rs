//! What a record becomes.

use std::fmt;
use std::sync::Arc;

use crate::record::hex::Hex;
use crate::record::{Map, Name, RecordId, Value};
use crate::store::{Content, Layout};

/// A record on its way to the target: checked against the target's rules, and hashed.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The record it comes from.
    pub source: RecordId,
    /// Where it goes: segments between slashes.
    pub address: String,
    /// The names of its fields, sorted, held once for all documents of a move.
    pub names: Arc<[Name]>,
    /// The fields' values; none where a field is left out.
    pub values: Vec<Option<Value>>,
    /// What is written beside them, by the way into maps; no part of the hash.
    pub stamps: Arc<[Stamped]>,
    /// How both lie together, held once for all documents of a move; none where their stamps are not the same.
    pub(crate) layout: Option<Layout>,
    /// The hash of names and values.
    pub hash: ContentHash,
    /// How new the record says it is.
    pub revision: Option<Value>,
    /// What it counts in the target, stamps included.
    pub bytes: u64,
}

/// A value beside a document's fields, after the way into maps that leads to it.
pub type Stamped = (Arc<[Name]>, Value);

impl Document {
    /// All that is to be in the target: the fields, and the stamps among them.
    pub fn into_fields(self) -> Map {
        self.into_parts().2.into_map()
    }

    /// The record that it comes from, its address, and all that is to be there.
    pub(crate) fn into_parts(self) -> (RecordId, String, Content) {
        let content = match self.layout {
            Some(layout) => Content::new(layout, self.values),
            None => {
                let mut content = Content::new(Layout::of(&self.names), self.values);
                self.stamps.iter().for_each(|(way, value)| content.put(way, value.clone()));
                content
            }
        };
        (self.source, self.address, content)
    }

    /// The same, where the document is still needed.
    pub fn fields(&self) -> Map {
        self.clone().into_fields()
    }
}

/// SHA-256 of a document's content in its canonical form: equal on every platform and in every release.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(out)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

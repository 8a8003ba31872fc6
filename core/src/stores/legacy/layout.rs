//! Where each thing of a legacy store lies in its tables. One description serves every kind of store, so that one
//! reader serves them all.

use sha2::{Digest, Sha256};

use crate::record::Name;
use crate::record::hex::Hex;
use crate::schema::{Entity, Schema};

/// A whole store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// What the store says of itself; `schema.entities` and `entities` go side by side.
    pub(crate) schema: Schema,
    pub(crate) entities: Vec<EntityLayout>,
    /// The value of `@store`, where the store has an identifier of its own.
    pub(crate) store_id: Option<String>,
    /// The CloudKit tables, where they are there.
    pub(crate) cloud: Option<CloudTables>,
}

/// One entity: the rows of a table, or those of them that bear its number.
#[derive(Clone, Debug)]
pub(crate) struct EntityLayout {
    pub(crate) name: Name,
    pub(crate) table: String,
    /// Of a table that several entities share or could: the column `Z_ENT`, and this entity's number.
    pub(crate) number: Option<i64>,
    /// The columns that identify a row and that pages are ordered by.
    pub(crate) key: KeyColumns,
    /// Side by side with the schema's fields.
    pub(crate) fields: Vec<FieldLayout>,
    /// Side by side with the schema's relations.
    pub(crate) relations: Vec<Link>,
    /// The fields with the key of an owner, which are the store's own.
    pub(crate) owners: Vec<FieldLayout>,
}

impl EntityLayout {
    /// Where the field of this name lies.
    pub(crate) fn field(&self, name: &str) -> Option<&FieldLayout> {
        self.fields.iter().chain(&self.owners).find(|field| *field.name == *name)
    }
}

/// What identifies a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyColumns {
    /// One column that is an alias of the row number (`Z_PK`, `INTEGER PRIMARY KEY`), or `rowid` itself where the
    /// table has no key.
    Row(String),
    /// A primary key of one or several other columns.
    Columns(Vec<String>),
}

/// Where a field lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldLayout {
    pub(crate) name: Name,
    pub(crate) optional: bool,
    pub(crate) storage: Storage,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Storage {
    /// One column.
    Cell { column: String, codec: Codec },
    /// A struct taken apart into columns: a map, or null where all of them are.
    Struct(Vec<FieldLayout>),
    /// An enum with a column for each case, of which one is not null: the case's name.
    Cases(Vec<(Name, String)>),
}

/// How a cell is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Codec {
    /// TEXT in UTF-8.
    Text,
    /// INTEGER of at most so many bits.
    Int { bits: u8 },
    /// INTEGER 0 or 1.
    Bool,
    /// REAL, or INTEGER where SQLite stored a whole number so.
    Double,
    /// REAL or INTEGER, seconds since 2001.
    MacDate,
    /// REAL, INTEGER or TEXT: an exact decimal.
    Decimal,
    /// BLOB of 16 bytes: upper-case text, as Swift writes a UUID.
    Uuid,
    /// BLOB.
    Bytes,
    /// BLOB that begins with 1 and holds the bytes, or with 2 and names a file in the support directory.
    External,
    /// BLOB: a keyed archive.
    Archive,
    /// BLOB: JSON in UTF-8.
    Json,
    /// BLOB: JSON or a keyed archive, whichever it looks like.
    Coded,
    /// Whatever the cell's storage class is: of columns whose declared type says nothing.
    Any,
}

/// Where a relation lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Our columns hold the other row's key (or the columns named in `references`).
    Forward {
        columns: Vec<String>,
        references: Vec<String>,
        /// The column with the other row's entity number, where there is one.
        entity: Option<String>,
    },
    /// The other table's columns hold our key (or our columns named in `references`).
    Backward { columns: Vec<String>, references: Vec<String>, order: Option<String> },
    /// A join table has a row for each pair.
    Through { table: String, ours: String, theirs: String, order: Option<String> },
}

/// Where CloudKit's record names lie; names of tables and columns as found in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CloudTables {
    pub(crate) records: String,
    pub(crate) zones: Option<String>,
}

impl Layout {
    /// An entity's schema and layout by its name.
    pub(crate) fn entity(&self, name: &str) -> Option<(&Entity, &EntityLayout)> {
        let index = self.entities.iter().position(|entity| &*entity.name == name)?;
        Some((self.schema.entities.get(index)?, &self.entities[index]))
    }
}

/// A schema's fingerprint: a hash over its parts, each told apart from the next by its length.
pub(crate) fn fingerprint<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Hex(&hash.finalize()).to_string()
}

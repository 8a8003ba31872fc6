//! Whether a field would do as an id.

use std::path::Path;

use crate::error::Result;
use crate::record::Value;
use crate::spool::{Marker, Spool};
use crate::store::{Shape, Source};

/// How many records a page has.
const PAGE: usize = 1000;

/// How well a field tells the records of an entity apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// How many records there are that can be read.
    pub records: u64,
    /// How many of them have no value there.
    pub missing: u64,
    /// How many of them have a value that a record before them has.
    pub repeated: u64,
}

impl Identity {
    /// The same of the records of another entity with the field: those of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            missing: self.missing + other.missing,
            repeated: self.repeated + other.repeated,
        }
    }
}

/// Reads one field of all records of an entity, to find out whether it identifies them. `folder` is an empty one for
/// temporary files; memory stays flat.
pub async fn identity(source: &dyn Source, entity: &str, field: &str, folder: &Path) -> Result<Identity> {
    let shape = Shape::of(entity, &[field]);
    let (marker, mut spool) = (Marker::default(), Spool::new(folder, "ids"));
    let mut identity = Identity::default();
    let mut after = None;
    loop {
        let page = source.page(&shape, after.as_ref(), PAGE).await?;
        for record in &page.records {
            identity.records += 1;
            match record.values.first() {
                None | Some(Value::Null) => identity.missing += 1,
                Some(value) => spool.add(marker.mark(value))?,
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    identity.repeated = spool.repeated()?.surplus;
    Ok(identity)
}

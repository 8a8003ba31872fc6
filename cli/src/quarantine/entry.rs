//! One record that was set aside, as it is told.

use rehome_core::journal::{Kept, SetAside};
use rehome_core::stores::firestore::json;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::failure::Failure;

#[derive(Serialize)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) entity: String,
    pub(super) key: String,
    pub(super) column: Option<String>,
    pub(super) reason: String,
    pub(super) detail: String,
    at: String,
    /// Those that Firestore refused, in its JSON notation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<Box<RawValue>>,
}

impl Entry {
    /// The record by its name, without anything of the user's.
    pub(super) fn without_values(number: u64, of: SetAside) -> Self {
        Self {
            number,
            entity: of.record.entity.to_string(),
            key: of.record.key.to_string(),
            column: of.column.map(|column| column.to_string()),
            reason: of.reason,
            detail: of.detail,
            at: of.at.to_string(),
            documents: Vec::new(),
        }
    }

    /// All that is known of it.
    pub(super) fn whole(number: u64, of: SetAside, documents: &[Kept]) -> Result<Self, Failure> {
        let document = |kept: &Kept| {
            let text = json::write(&kept.address, &kept.fields, None)?;
            RawValue::from_string(text).map_err(|error| Failure::Work(format!("number {number} is no JSON: {error}")))
        };
        let documents = documents.iter().map(document).collect::<Result<_, Failure>>()?;
        Ok(Self { documents, ..Self::without_values(number, of) })
    }
}

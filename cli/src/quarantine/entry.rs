//! One record that was set aside, as it is told.

use rehome_core::journal::Quarantined;
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
    pub(super) reason: &'static str,
    pub(super) detail: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// In Firestore's JSON notation.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Box<RawValue>>,
}

impl Entry {
    /// The record by its name, without anything of the user's.
    pub(super) fn without_values(number: u64, of: &Quarantined) -> Self {
        let rejection = &of.rejection;
        Self {
            number,
            entity: rejection.entity.to_string(),
            key: rejection.key.to_string(),
            column: rejection.column.as_ref().map(ToString::to_string),
            reason: rejection.reason.word(),
            detail: rejection.detail.clone(),
            at: of.at.to_string(),
            address: of.document.as_ref().map(|kept| kept.address.clone()),
            document: None,
        }
    }

    /// All that is known of it.
    pub(super) fn whole(number: u64, of: &Quarantined) -> Result<Self, Failure> {
        let document = match &of.document {
            None => None,
            Some(kept) => {
                let text = json::write(&kept.address, &kept.fields, None)?;
                let raw = RawValue::from_string(text);
                Some(raw.map_err(|error| Failure::Work(format!("number {number} is no JSON: {error}")))?)
            }
        };
        Ok(Self { document, ..Self::without_values(number, of) })
    }
}

//! What a document wants for itself alone, the same for the rehearsal and for the run: of two records that want one
//! thing, the first in the store's order keeps it.

use sha2::{Digest, Sha256};

use super::canonical::Canonical;
use super::{Document, Move};
use crate::record::{Name, Reason, RecordId, Rejection, Value};
use crate::rules::collection_of;

/// What a document wants for itself alone.
#[derive(Hash)]
pub(crate) enum Claim<'a> {
    Address(&'a str),
    /// The record's own id, wherever its parents are.
    Id {
        collection: &'a str,
        id: &'a str,
    },
    /// In all documents of one kind, wherever their parents are.
    Value {
        collection: &'a str,
        field: &'a Name,
        value: &'a Value,
    },
}

/// What was claimed, without what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    Address,
    Id,
    Value(Name),
}

impl Claim<'_> {
    /// Whether several documents of one record may claim it together.
    pub(crate) fn may_be_shared(&self) -> bool {
        !matches!(self, Claim::Address(_))
    }

    pub(crate) fn what(&self) -> Claimed {
        match self {
            Claim::Address(_) => Claimed::Address,
            Claim::Id { .. } => Claimed::Id,
            Claim::Value { field, .. } => Claimed::Value((*field).clone()),
        }
    }

    /// A number that stands for it in every release and on every platform: a part of a SHA-256.
    pub(crate) fn number(&self) -> i64 {
        let mut form = Vec::new();
        let mut canonical = Canonical::plain(&mut form);
        match self {
            Claim::Address(address) => canonical.texts(b'a', &[address]),
            Claim::Id { collection, id } => canonical.texts(b'i', &[collection, id]),
            Claim::Value { collection, field, value } => {
                canonical.texts(b'v', &[collection, field]);
                canonical.value(value);
            }
        }
        let mut number = [0; 8];
        number.iter_mut().zip(Sha256::digest(&form)).for_each(|(ours, byte)| *ours = byte);
        i64::from_be_bytes(number)
    }
}

impl Claimed {
    /// Why a record cannot have what another one has.
    pub(crate) fn taken(&self, source: &RecordId, owner: &RecordId) -> Rejection {
        let (reason, column, what) = match self {
            Claimed::Address => (Reason::DuplicateId, None, "id"),
            Claimed::Id => (Reason::DuplicateId, None, "id, if below another parent,"),
            Claimed::Value(field) => (Reason::DuplicateValue, Some(field.clone()), "value"),
        };
        Rejection {
            entity: source.entity.clone(),
            key: source.key.clone(),
            column,
            reason,
            detail: format!("the same {what} is already that of {owner}, which comes first and keeps it"),
        }
    }
}

/// Everything that a document of this move claims.
pub(crate) fn claims_of<E>(
    one: &Move,
    document: &Document,
    each: &mut impl FnMut(Claim<'_>) -> Result<(), E>,
) -> Result<(), E> {
    each(Claim::Address(&document.address))?;
    if one.unique.is_empty() && !one.own_id {
        return Ok(());
    }
    let collection = collection_of(&document.address);
    if let Some((_, id)) = document.address.rsplit_once('/').filter(|_| one.own_id) {
        each(Claim::Id { collection: &collection, id })?;
    }
    for field in &one.unique {
        let value = document.names.binary_search(field).ok().and_then(|index| document.values.get(index)?.as_ref());
        // As in SQL, nothing is no value: any number of records may have it.
        if let Some(value) = value.filter(|value| !value.is_null()) {
            each(Claim::Value { collection: &collection, field, value })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_claim_never_changes_and_is_its_own() {
        let (field, value) = ("name".into(), Value::from("a"));
        let claims = [
            Claim::Address("users/u/habits/a"),
            Claim::Id { collection: "users/*/habits", id: "a" },
            Claim::Id { collection: "users/*/habit", id: "sa" },
            Claim::Value { collection: "users/*/habits", field: &field, value: &value },
        ];
        // Journals of released versions hold these.
        let numbers = claims.map(|claim| claim.number());
        assert_eq!(numbers, NUMBERS);
    }

    const NUMBERS: [i64; 4] = [-8970546966511020191, 2743306747833060334, -8528103847336923809, -1382243820909125720];
}

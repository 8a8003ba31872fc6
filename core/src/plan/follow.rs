//! The way from a record to one of its values, or to records it is related to.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Path, Slot};
use crate::record::{Key, Record, Related, Value};

/// The value at the end of a path; null where the way ends before.
pub(crate) fn value_at<'r>(record: &'r Record, path: &Path) -> Cow<'r, Value> {
    let Some(record) = follow(record, &path.relations) else { return Cow::Owned(Value::Null) };
    match &path.slot {
        Slot::Field(position, way) => {
            let mut value = record.values.get(*position);
            for name in way {
                value = match value {
                    Some(Value::Map(fields)) => fields.get(name),
                    _ => None,
                };
            }
            value.map_or(Cow::Owned(Value::Null), Cow::Borrowed)
        }
        Slot::Key => Cow::Owned(Value::String(record.id.key.to_string())),
        Slot::KeyPart(part) => Cow::Owned(key_part(&record.id.key, *part)),
        Slot::Entity => Cow::Owned(Value::from(&*record.id.entity)),
    }
}

/// The record at the end of to-one relations, if there is one.
pub(crate) fn follow<'r>(mut record: &'r Record, relations: &[usize]) -> Option<&'r Record> {
    for &relation in relations {
        record = match record.related.get(relation) {
            Some(Related::One(Some(next))) => next,
            _ => return None,
        };
    }
    Some(record)
}

/// What a relation at the end of to-one relations leads to, if the way goes so far.
pub(crate) fn related<'r>(record: &'r Record, relations: &[usize]) -> Option<&'r Related> {
    let (last, way) = relations.split_last()?;
    follow(record, way)?.related.get(*last)
}

/// The records at the end of a to-many relation.
pub(crate) fn all_related<'r>(record: &'r Record, relations: &[usize]) -> &'r [Arc<Record>] {
    match related(record, relations) {
        Some(Related::Many(records)) => records,
        Some(Related::One(record)) => record.as_slice(),
        None => &[],
    }
}

fn key_part(key: &Key, part: usize) -> Value {
    match (key, part) {
        (Key::Parts(parts), _) => parts.get(part).map_or(Value::Null, |part| key_part(part, 0)),
        (Key::Int(number), 0) => Value::Int(*number),
        (Key::Text(text), 0) => Value::from(text.as_str()),
        (Key::Bytes(bytes), 0) => Value::Bytes(bytes.clone()),
        _ => Value::Null,
    }
}

//! Commits as bytes, straight from the writes: nothing is copied into messages first.

mod backwards;

use backwards::Backwards;
use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use prost::Message;
use prost::bytes::Bytes;

use super::names::{Root, field_paths};
use super::version;
use crate::error::Result;
use crate::record::Value;
use crate::store::{Condition, Fields, Write};

/// The fields' numbers in Firestore's messages.
mod number {
    pub(super) const COMMIT_DATABASE: u32 = 1;
    pub(super) const COMMIT_WRITES: u32 = 2;
    pub(super) const WRITE_UPDATE: u32 = 1;
    pub(super) const WRITE_DELETE: u32 = 2;
    pub(super) const WRITE_UPDATE_MASK: u32 = 3;
    pub(super) const WRITE_CURRENT_DOCUMENT: u32 = 4;
    pub(super) const CONDITION_EXISTS: u32 = 1;
    pub(super) const CONDITION_UPDATE_TIME: u32 = 2;
    pub(super) const MASK_FIELD_PATHS: u32 = 1;
    pub(super) const DOCUMENT_NAME: u32 = 1;
    pub(super) const DOCUMENT_FIELDS: u32 = 2;
    pub(super) const ENTRY_KEY: u32 = 1;
    pub(super) const ENTRY_VALUE: u32 = 2;
    pub(super) const MAP_FIELDS: u32 = 1;
    pub(super) const ARRAY_VALUES: u32 = 1;
    pub(super) const TIMESTAMP_SECONDS: u32 = 1;
    pub(super) const TIMESTAMP_NANOS: u32 = 2;
    pub(super) const LATITUDE: u32 = 1;
    pub(super) const LONGITUDE: u32 = 2;
    pub(super) const VALUE_BOOLEAN: u32 = 1;
    pub(super) const VALUE_INTEGER: u32 = 2;
    pub(super) const VALUE_DOUBLE: u32 = 3;
    pub(super) const VALUE_REFERENCE: u32 = 5;
    pub(super) const VALUE_MAP: u32 = 6;
    pub(super) const VALUE_GEO_POINT: u32 = 8;
    pub(super) const VALUE_ARRAY: u32 = 9;
    pub(super) const VALUE_TIMESTAMP: u32 = 10;
    pub(super) const VALUE_NULL: u32 = 11;
    pub(super) const VALUE_STRING: u32 = 17;
    pub(super) const VALUE_BYTES: u32 = 18;
}

/// For so many bytes a write there is room from the start; a buffer that has to grow is copied each time.
const USUAL_WRITE: usize = 768;

/// A commit's bytes.
pub(super) enum Encoded {
    Commit(Bytes),
    /// The write at this place has a value that Firestore does not hold: a decimal.
    Unheld(usize),
}

/// The value is of a kind that Firestore does not hold.
struct Unheld;

pub(super) fn commit(root: &Root, writes: &[Write]) -> Result<Encoded> {
    let mut out = Backwards::with_room_for(writes.len() * USUAL_WRITE);
    for (place, write) in writes.iter().enumerate().rev() {
        let before = out.len();
        condition(&mut out, &write.condition)?;
        mask(&mut out, write);
        if operation(&mut out, root, write).is_err() {
            return Ok(Encoded::Unheld(place));
        }
        out.close(number::COMMIT_WRITES, before);
    }
    out.bytes(number::COMMIT_DATABASE, &[root.database()]);
    Ok(Encoded::Commit(out.into_bytes()))
}

fn condition(out: &mut Backwards, condition: &Condition) -> Result<()> {
    let before = out.len();
    match condition {
        Condition::Always => return Ok(()),
        Condition::Absent => out.varint(number::CONDITION_EXISTS, 0),
        Condition::Version(version) => {
            let moment = version::moment(version)?;
            timestamp(out, number::CONDITION_UPDATE_TIME, moment.seconds(), moment.nanos());
        }
    }
    out.close(number::WRITE_CURRENT_DOCUMENT, before);
    Ok(())
}

/// Where nothing may be there is nothing to leave alone, and the names are not worth their bytes.
fn mask(out: &mut Backwards, write: &Write) {
    let (Some(Fields::Among(_, say)), false) = (&write.fields, write.condition == Condition::Absent) else { return };
    let before = out.len();
    for path in field_paths(say).rev() {
        out.bytes(number::MASK_FIELD_PATHS, &[path]);
    }
    out.close(number::WRITE_UPDATE_MASK, before);
}

fn operation(out: &mut Backwards, root: &Root, write: &Write) -> Result<(), Unheld> {
    let name = [root.documents(), "/", &write.address];
    let Some(content) = write.fields.as_ref().map(Fields::content) else {
        out.bytes(number::WRITE_DELETE, &name);
        return Ok(());
    };
    let before = out.len();
    let mut fields = content.iter().rev();
    fields.try_for_each(|(name, item)| entry(out, number::DOCUMENT_FIELDS, root, name, item))?;
    out.bytes(number::DOCUMENT_NAME, &name);
    out.close(number::WRITE_UPDATE, before);
    Ok(())
}

/// A value in a map, or in a document.
fn entry(out: &mut Backwards, field: u32, root: &Root, name: &str, item: &Value) -> Result<(), Unheld> {
    let before = out.len();
    value(out, number::ENTRY_VALUE, root, item)?;
    out.bytes(number::ENTRY_KEY, &[name]);
    out.close(field, before);
    Ok(())
}

/// A value as one of Google's messages; none where Firestore does not hold it.
pub(super) fn message(root: &Root, value: &Value) -> Option<wire::Value> {
    let mut out = Backwards::with_room_for(0);
    content(&mut out, root, value).ok()?;
    wire::Value::decode(out.into_bytes()).ok()
}

fn value(out: &mut Backwards, field: u32, root: &Root, value: &Value) -> Result<(), Unheld> {
    let before = out.len();
    content(out, root, value)?;
    out.close(field, before);
    Ok(())
}

/// One of a choice: it is written even where it is empty or zero.
fn content(out: &mut Backwards, root: &Root, value: &Value) -> Result<(), Unheld> {
    match value {
        Value::Null => out.varint(number::VALUE_NULL, 0),
        Value::Bool(truth) => out.varint(number::VALUE_BOOLEAN, u64::from(*truth)),
        Value::Int(whole) => out.varint(number::VALUE_INTEGER, *whole as u64),
        Value::Double(double) => out.fixed64(number::VALUE_DOUBLE, double.to_bits()),
        Value::Decimal(_) => return Err(Unheld),
        Value::Timestamp(moment) => timestamp(out, number::VALUE_TIMESTAMP, moment.seconds(), moment.nanos()),
        Value::String(text) => out.bytes(number::VALUE_STRING, &[text]),
        Value::Bytes(bytes) => out.bytes(number::VALUE_BYTES, &[bytes]),
        Value::Reference(reference) => out.bytes(number::VALUE_REFERENCE, &root.referenced(reference)),
        Value::GeoPoint(place) => {
            let before = out.len();
            out.fixed64(number::LONGITUDE, place.longitude.to_bits());
            out.fixed64(number::LATITUDE, place.latitude.to_bits());
            out.close(number::VALUE_GEO_POINT, before);
        }
        Value::Array(items) => {
            let before = out.len();
            items.iter().rev().try_for_each(|item| self::value(out, number::ARRAY_VALUES, root, item))?;
            out.close(number::VALUE_ARRAY, before);
        }
        Value::Map(map) => {
            let before = out.len();
            map.iter().rev().try_for_each(|(name, item)| entry(out, number::MAP_FIELDS, root, name, item))?;
            out.close(number::VALUE_MAP, before);
        }
    }
    Ok(())
}

fn timestamp(out: &mut Backwards, field: u32, seconds: i64, nanos: u32) {
    let before = out.len();
    out.varint(number::TIMESTAMP_NANOS, u64::from(nanos));
    out.varint(number::TIMESTAMP_SECONDS, seconds as u64);
    out.close(field, before);
}

#[cfg(test)]
mod tests;

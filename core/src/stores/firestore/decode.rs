//! Documents out of Firestore's messages.

use std::collections::BTreeMap;

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use wire::value::ValueType;

use super::names::Root;
use super::version;
use crate::record::{GeoPoint, Map, Value};
use crate::store::Found;

/// A value of a kind that came to Firestore after this was written, or that no document holds.
#[derive(Debug, PartialEq)]
pub(super) struct Unknown;

/// A document's address and what is there. None where its name or version is not one.
pub(super) fn document(root: &Root, document: wire::Document) -> Option<(String, Result<Found, Unknown>)> {
    let address = root.address(&document.name)?.to_owned();
    let version = version::of(document.update_time.as_ref())?;
    let found = fields(root, document.fields).map(|fields| Found { version, fields });
    Some((address, found))
}

fn fields(root: &Root, fields: BTreeMap<String, wire::Value>) -> Result<Map, Unknown> {
    fields.into_iter().map(|(name, item)| Ok((name, value(root, item)?))).collect()
}

/// The messages' reader has bounded how deep values are nested.
fn value(root: &Root, value: wire::Value) -> Result<Value, Unknown> {
    Ok(match value.value_type.ok_or(Unknown)? {
        ValueType::NullValue(_) => Value::Null,
        ValueType::BooleanValue(truth) => Value::Bool(truth),
        ValueType::IntegerValue(whole) => Value::Int(whole),
        ValueType::DoubleValue(double) => Value::Double(double),
        ValueType::TimestampValue(moment) => Value::Timestamp(version::moment_of(&moment).ok_or(Unknown)?),
        ValueType::StringValue(text) => Value::String(text),
        ValueType::BytesValue(bytes) => Value::Bytes(bytes),
        ValueType::ReferenceValue(name) => Value::Reference(root.reference(name)),
        ValueType::GeoPointValue(place) => {
            Value::GeoPoint(GeoPoint { latitude: place.latitude, longitude: place.longitude })
        }
        ValueType::ArrayValue(items) => {
            Value::Array(items.values.into_iter().map(|item| self::value(root, item)).collect::<Result<_, _>>()?)
        }
        ValueType::MapValue(map) => Value::Map(fields(root, map.fields)?),
        ValueType::FieldReferenceValue(_)
        | ValueType::VariableReferenceValue(_)
        | ValueType::FunctionValue(_)
        | ValueType::PipelineValue(_) => return Err(Unknown),
    })
}

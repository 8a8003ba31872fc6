//! Records' values and versions as Firestore's messages have them.

use firestore::gcloud_sdk::google::firestore::v1 as wire;
use firestore::gcloud_sdk::google::r#type::LatLng;
use firestore::gcloud_sdk::prost_types;
use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::record::{GeoPoint, Timestamp, Value};
use rehome_core::store::{Content, Version};
use rehome_core::stores::firestore::Root;
use wire::value::ValueType;

type WireFields = std::collections::HashMap<String, wire::Value>;

/// None where a value is of a kind that Firestore does not hold: a decimal.
pub(crate) fn to_wire(root: &Root, content: &Content) -> Option<WireFields> {
    content.iter().map(|(name, value)| Some((name.to_string(), value_to_wire(root, value)?))).collect()
}

fn value_to_wire(root: &Root, value: &Value) -> Option<wire::Value> {
    let value = match value {
        Value::Null => ValueType::NullValue(0),
        Value::Bool(truth) => ValueType::BooleanValue(*truth),
        Value::Int(number) => ValueType::IntegerValue(*number),
        Value::Double(number) => ValueType::DoubleValue(*number),
        Value::Decimal(_) => return None,
        Value::Timestamp(moment) => ValueType::TimestampValue(moment_to_wire(*moment)),
        Value::String(text) => ValueType::StringValue(text.clone()),
        Value::Bytes(bytes) => ValueType::BytesValue(bytes.clone()),
        Value::Reference(reference) => ValueType::ReferenceValue(root.referenced(reference).concat()),
        Value::GeoPoint(GeoPoint { latitude, longitude }) => {
            ValueType::GeoPointValue(LatLng { latitude: *latitude, longitude: *longitude })
        }
        Value::Array(items) => {
            let values = items.iter().map(|item| value_to_wire(root, item)).collect::<Option<_>>()?;
            ValueType::ArrayValue(wire::ArrayValue { values })
        }
        Value::Map(fields) => {
            let field = |(name, value): (&String, &Value)| Some((name.clone(), value_to_wire(root, value)?));
            ValueType::MapValue(wire::MapValue { fields: fields.iter().map(field).collect::<Option<_>>()? })
        }
    };
    Some(wire::Value { value_type: Some(value) })
}

/// The version that the moment of a change is.
pub(crate) fn version(update_time: &prost_types::Timestamp) -> Option<Version> {
    Some(Version::new(moment_from_wire(update_time)?.to_string()))
}

/// The moment that a version is.
pub(crate) fn update_time(version: &Version) -> Result<prost_types::Timestamp> {
    let foreign = || Error::new(ErrorKind::BadInput, "the version is of another store: Firestore's are moments");
    Timestamp::parse(version.as_str()).map(moment_to_wire).ok_or_else(foreign)
}

fn moment_to_wire(moment: Timestamp) -> prost_types::Timestamp {
    // A fraction of a second in nanoseconds fits.
    prost_types::Timestamp { seconds: moment.seconds(), nanos: moment.nanos().cast_signed() }
}

fn moment_from_wire(moment: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(moment.seconds, u32::try_from(moment.nanos).ok()?)
}

//! Documents out of Firestore's messages.

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use wire::value::ValueType;

use super::names::Root;
use super::status::nonsense;
use super::version;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{GeoPoint, Map, Value};
use crate::store::{Found, Version};

/// A document that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) address: String,
    pub(super) version: Version,
    pub(super) is_original: Option<bool>,
    pub(super) fields: Result<Map, Unknown>,
}

/// A field holds a value of a kind that came to Firestore after this was written, or that no document holds.
#[derive(Debug, PartialEq)]
pub(super) struct Unknown {
    pub(super) field: String,
}

/// A value is of such a kind.
struct UnknownKind;

pub(super) fn document(root: &Root, document: wire::Document) -> Result<Document> {
    let address = root.address(&document.name).ok_or_else(nonsense)?.to_owned();
    let version = version::of(document.update_time.as_ref()).ok_or_else(nonsense)?;
    let is_original = document.create_time.map(|created| document.update_time == Some(created));
    let field = |(name, item)| match value(root, item) {
        Ok(value) => Ok((name, value)),
        Err(UnknownKind) => Err(Unknown { field: name }),
    };
    let fields = document.fields.into_iter().map(field).collect();
    Ok(Document { address, version, is_original, fields })
}

impl Document {
    /// The address and what is there.
    pub(super) fn found(self) -> Result<(String, Found)> {
        let Self { address, version, is_original, fields } = self;
        match fields {
            Ok(fields) => Ok((address, Found { version, is_original, fields })),
            Err(unknown) => Err(unreadable(&address, &unknown)),
        }
    }

    /// What is in a field.
    pub(super) fn field(&self, name: &str) -> Result<Option<&Value>> {
        match &self.fields {
            Ok(fields) => Ok(fields.get(name)),
            Err(unknown) => Err(unreadable(&self.address, unknown)),
        }
    }
}

fn unreadable(address: &str, Unknown { field }: &Unknown) -> Error {
    let message = format!("`{field}` of the document `{address}` is of a kind that this version does not know");
    Error::new(ErrorKind::Unsupported, message)
}

/// The messages' reader has bounded how deep values are nested.
fn value(root: &Root, value: wire::Value) -> Result<Value, UnknownKind> {
    Ok(match value.value_type.ok_or(UnknownKind)? {
        ValueType::NullValue(_) => Value::Null,
        ValueType::BooleanValue(truth) => Value::Bool(truth),
        ValueType::IntegerValue(whole) => Value::Int(whole),
        ValueType::DoubleValue(double) => Value::Double(double),
        ValueType::TimestampValue(moment) => Value::Timestamp(version::moment_of(&moment).ok_or(UnknownKind)?),
        ValueType::StringValue(text) => Value::String(text),
        ValueType::BytesValue(bytes) => Value::Bytes(bytes),
        ValueType::ReferenceValue(name) => Value::Reference(root.reference(name)),
        ValueType::GeoPointValue(place) => {
            Value::GeoPoint(GeoPoint { latitude: place.latitude, longitude: place.longitude })
        }
        ValueType::ArrayValue(items) => {
            Value::Array(items.values.into_iter().map(|item| self::value(root, item)).collect::<Result<_, _>>()?)
        }
        ValueType::MapValue(map) => Value::Map(
            map.fields
                .into_iter()
                .map(|(name, item)| Ok((name, self::value(root, item)?)))
                .collect::<Result<_, _>>()?,
        ),
        ValueType::FieldReferenceValue(_)
        | ValueType::VariableReferenceValue(_)
        | ValueType::FunctionValue(_)
        | ValueType::PipelineValue(_) => return Err(UnknownKind),
    })
}

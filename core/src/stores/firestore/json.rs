//! Firestore's JSON notation of a document, as its REST interface and its tools read and write it.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as JsonValue;

use crate::error::{Error, ErrorKind, Result};
use crate::record::{GeoPoint, Map, Timestamp, Value, base64};

/// A document in one line. `root` is what stands before addresses, such as
/// `projects/habits/databases/(default)/documents`; without one they are relative.
///
/// ```
/// use rehome_core::record::{Map, Value};
/// use rehome_core::stores::firestore::json;
///
/// let fields = Map::from([("streak".to_owned(), Value::Int(3))]);
/// let line = json::write("habits/h1", &fields, None).unwrap();
/// assert_eq!(line, r#"{"name":"habits/h1","fields":{"streak":{"integerValue":"3"}}}"#);
/// assert_eq!(json::read(&line, None).unwrap(), ("habits/h1".to_owned(), fields));
/// ```
pub fn write(address: &str, fields: &Map, root: Option<&str>) -> Result<String> {
    let line = DocumentNotation { address, fields, root };
    serde_json::to_string(&line).map_err(|error| {
        Error::new(ErrorKind::Bug, "a value of a kind that Firestore does not hold was not refused").because(error)
    })
}

/// The address and the fields of a document in this notation.
pub fn read(json: &str, root: Option<&str>) -> Result<(String, Map)> {
    let document: JsonValue = serde_json::from_str(json).map_err(|error| unreadable().because(error))?;
    let name = document.get("name").and_then(JsonValue::as_str).and_then(|name| relative(name, root));
    let fields = document.get("fields").map_or(Some(Map::new()), |fields| read_fields(fields, root));
    name.map(str::to_owned).zip(fields).ok_or_else(unreadable)
}

fn unreadable() -> Error {
    Error::new(ErrorKind::BadInput, "this is no document in Firestore's JSON notation")
}

struct DocumentNotation<'a> {
    address: &'a str,
    fields: &'a Map,
    root: Option<&'a str>,
}

impl Serialize for DocumentNotation<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut document = to.serialize_map(Some(2))?;
        document.serialize_entry("name", &absolute(self.address, self.root))?;
        document.serialize_entry("fields", &FieldsNotation(self.fields, self.root))?;
        document.end()
    }
}

struct FieldsNotation<'a>(&'a Map, Option<&'a str>);

impl Serialize for FieldsNotation<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, ValueNotation(value, self.1))))
    }
}

struct ValueNotation<'a>(&'a Value, Option<&'a str>);

impl Serialize for ValueNotation<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(value, root) = *self;
        let mut entry = to.serialize_map(Some(1))?;
        match value {
            Value::Null => entry.serialize_entry("nullValue", &())?,
            Value::Bool(truth) => entry.serialize_entry("booleanValue", truth)?,
            // As text, because many readers of JSON keep 53 bits alone.
            Value::Int(number) => entry.serialize_entry("integerValue", &number.to_string())?,
            Value::Double(number) => entry.serialize_entry("doubleValue", &DoubleNotation(*number))?,
            Value::Decimal(_) => return Err(serde::ser::Error::custom("a decimal")),
            Value::Timestamp(moment) => entry.serialize_entry("timestampValue", &moment.to_string())?,
            Value::String(text) => entry.serialize_entry("stringValue", text)?,
            Value::Bytes(bytes) => entry.serialize_entry("bytesValue", &base64::encode(bytes))?,
            Value::Reference(address) => entry.serialize_entry("referenceValue", &absolute(address, root))?,
            Value::GeoPoint(point) => entry.serialize_entry("geoPointValue", &PointNotation(*point))?,
            Value::Array(items) => entry.serialize_entry("arrayValue", &ItemsNotation(items, root))?,
            Value::Map(fields) => entry.serialize_entry("mapValue", &MapNotation(fields, root))?,
        }
        entry.end()
    }
}

struct DoubleNotation(f64);

impl Serialize for DoubleNotation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            number if number.is_nan() => to.serialize_str("NaN"),
            f64::INFINITY => to.serialize_str("Infinity"),
            f64::NEG_INFINITY => to.serialize_str("-Infinity"),
            number => to.serialize_f64(number),
        }
    }
}

struct PointNotation(GeoPoint);

impl Serialize for PointNotation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map([("latitude", self.0.latitude), ("longitude", self.0.longitude)])
    }
}

struct ItemsNotation<'a>(&'a [Value], Option<&'a str>);

impl Serialize for ItemsNotation<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let items: Vec<ValueNotation<'_>> = self.0.iter().map(|item| ValueNotation(item, self.1)).collect();
        to.collect_map([("values", items)])
    }
}

struct MapNotation<'a>(&'a Map, Option<&'a str>);

impl Serialize for MapNotation<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map([("fields", FieldsNotation(self.0, self.1))])
    }
}

fn absolute(address: &str, root: Option<&str>) -> String {
    root.map_or_else(|| address.to_owned(), |root| format!("{root}/{address}"))
}

fn relative<'n>(name: &'n str, root: Option<&str>) -> Option<&'n str> {
    match root {
        Some(root) => name.strip_prefix(root)?.strip_prefix('/'),
        None => Some(name),
    }
}

/// Fields by name. The parser has bounded how deep they are nested.
fn read_fields(fields: &JsonValue, root: Option<&str>) -> Option<Map> {
    let fields = fields.as_object()?.iter();
    fields.map(|(name, value)| Some((name.clone(), read_value(value, root)?))).collect()
}

fn read_value(value: &JsonValue, root: Option<&str>) -> Option<Value> {
    let mut entries = value.as_object()?.iter();
    let (Some((kind, value)), None) = (entries.next(), entries.next()) else { return None };
    Some(match kind.as_str() {
        "nullValue" if value.is_null() => Value::Null,
        "booleanValue" => Value::Bool(value.as_bool()?),
        "integerValue" => Value::Int(value.as_str()?.parse().ok()?),
        "doubleValue" => Value::Double(read_double(value)?),
        "timestampValue" => Value::Timestamp(Timestamp::parse(value.as_str()?)?),
        "stringValue" => Value::from(value.as_str()?),
        "bytesValue" => Value::Bytes(base64::decode(value.as_str()?)?),
        "referenceValue" => Value::Reference(relative(value.as_str()?, root)?.to_owned()),
        "geoPointValue" => Value::GeoPoint(GeoPoint {
            latitude: value.get("latitude").map_or(Some(0.0), JsonValue::as_f64)?,
            longitude: value.get("longitude").map_or(Some(0.0), JsonValue::as_f64)?,
        }),
        // Servers leave out what is empty.
        "arrayValue" => match value.get("values") {
            Some(items) => {
                Value::Array(items.as_array()?.iter().map(|item| read_value(item, root)).collect::<Option<_>>()?)
            }
            None => Value::Array(Vec::new()),
        },
        "mapValue" => Value::Map(value.get("fields").map_or(Some(Map::new()), |fields| read_fields(fields, root))?),
        _ => return None,
    })
}

fn read_double(value: &JsonValue) -> Option<f64> {
    match value.as_str() {
        None => value.as_f64(),
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;

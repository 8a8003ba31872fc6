//! What a record's fields hold.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;

use super::{Decimal, Name, Timestamp};

/// Named values, sorted by name.
pub type Map = BTreeMap<String, Value>;

/// The value at the end of a way into maps.
pub(crate) fn at<'m>(fields: &'m Map, way: &[Name]) -> Option<&'m Value> {
    let (first, rest) = way.split_first()?;
    match fields.get(&**first)? {
        value if rest.is_empty() => Some(value),
        Value::Map(inner) => at(inner, rest),
        _ => None,
    }
}

/// A place on earth.
///
/// The debug form shows no more than that it is one: values of users' records stay out of logs.
#[derive(Clone, Copy)]
pub struct GeoPoint {
    /// Degrees north, from -90 to 90.
    pub latitude: f64,
    /// Degrees east, from -180 to 180.
    pub longitude: f64,
}

impl GeoPoint {
    /// What is equal of equal places. Adding zero makes one of the two zeros, which are equal here.
    fn identity(self) -> [u64; 2] {
        [self.latitude, self.longitude].map(|degrees| (degrees + 0.0).to_bits())
    }
}

impl PartialEq for GeoPoint {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for GeoPoint {}

/// A value of any store. Which of these a store can hold, its [`Rules`](crate::rules::Rules) say;
/// what is given up on the way, the plan decides and never the reader.
///
/// Two doubles are equal when their bits are, so that `NaN` equals itself and `-0.0` is not `0.0`.
/// The debug form shows the kind and the size alone: values of users' records stay out of logs.
#[derive(Clone, Default)]
pub enum Value {
    /// Present, and nothing. A value that is absent is `None` of an `Option<Value>`.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A moment in time.
    Timestamp(Timestamp),
    /// Text.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The address of another record in the target, relative to its root.
    Reference(String),
    /// A place on earth.
    GeoPoint(GeoPoint),
    /// Values in order.
    Array(Vec<Value>),
    /// Values by name.
    Map(Map),
}

/// The kind of a [`Value`]; of a schema's field, `Any` where only the record knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Whatever the record holds.
    Any,
    /// [`Value::Null`].
    Null,
    /// [`Value::Bool`].
    Bool,
    /// [`Value::Int`].
    Int,
    /// [`Value::Double`].
    Double,
    /// [`Value::Decimal`].
    Decimal,
    /// [`Value::Timestamp`].
    Timestamp,
    /// [`Value::String`].
    String,
    /// [`Value::Bytes`].
    Bytes,
    /// [`Value::Reference`].
    Reference,
    /// [`Value::GeoPoint`].
    GeoPoint,
    /// [`Value::Array`].
    Array,
    /// [`Value::Map`].
    Map,
}

impl Kind {
    /// The word for it in plans and messages.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Any => "any",
            Kind::Null => "null",
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Double => "double",
            Kind::Decimal => "decimal",
            Kind::Timestamp => "timestamp",
            Kind::String => "string",
            Kind::Bytes => "bytes",
            Kind::Reference => "reference",
            Kind::GeoPoint => "geopoint",
            Kind::Array => "array",
            Kind::Map => "map",
        }
    }
}

impl Value {
    /// What kind of value it is; never [`Kind::Any`].
    pub fn kind(&self) -> Kind {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Double(_) => Kind::Double,
            Value::Decimal(_) => Kind::Decimal,
            Value::Timestamp(_) => Kind::Timestamp,
            Value::String(_) => Kind::String,
            Value::Bytes(_) => Kind::Bytes,
            Value::Reference(_) => Kind::Reference,
            Value::GeoPoint(_) => Kind::GeoPoint,
            Value::Array(_) => Kind::Array,
            Value::Map(_) => Kind::Map,
        }
    }

    /// Whether it is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
            (Value::Decimal(a), Value::Decimal(b)) => a == b,
            (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
            (Value::String(a), Value::String(b)) | (Value::Reference(a), Value::Reference(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::GeoPoint(a), Value::GeoPoint(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

/// Equal values have equal hashes.
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        mem::discriminant(self).hash(state);
        match self {
            Value::Null => {}
            Value::Bool(truth) => truth.hash(state),
            Value::Int(number) => number.hash(state),
            Value::Double(number) => number.to_bits().hash(state),
            Value::Decimal(decimal) => decimal.hash(state),
            Value::Timestamp(moment) => moment.hash(state),
            Value::String(text) | Value::Reference(text) => text.hash(state),
            Value::Bytes(bytes) => bytes.hash(state),
            Value::GeoPoint(place) => place.identity().hash(state),
            Value::Array(items) => items.hash(state),
            Value::Map(fields) => fields.hash(state),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match self {
            Value::String(text) | Value::Reference(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(items) => items.len(),
            Value::Map(fields) => fields.len(),
            _ => return out.write_str(self.kind().word()),
        };
        write!(out, "{}({size})", self.kind().word())
    }
}

impl fmt::Debug for GeoPoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(Kind::GeoPoint.word())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Double(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_form_of_a_value_gives_none_away() {
        let place = GeoPoint { latitude: 52.5, longitude: 13.4 };
        let decimal: Decimal = "42.17".parse().unwrap();
        let moment = Timestamp::new(1_700_000_042, 0).unwrap();
        assert_eq!(format!("{place:?} {decimal:?} {moment:?}"), "geopoint decimal(4) timestamp");
        let values = [
            Value::from("geheim"),
            Value::Int(42),
            Value::Double(4.2),
            Value::Bytes(vec![42]),
            Value::Decimal(decimal),
        ];
        assert_eq!(format!("{values:?}"), "[string(6), int, double, bytes(1), decimal]");
    }
}

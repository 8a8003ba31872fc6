//! Which kind becomes which: conversions, and constants in the place of a field.

use super::super::resolved::Conversion;
use crate::record::{Decimal, Kind, Timestamp, Value};

/// What a conversion makes of a kind; none where it takes no value of it.
pub(super) fn converted(kind: Kind, conversion: Conversion) -> Option<Kind> {
    use Kind::{Any, Bool, Bytes, Decimal, Double, Int, Reference, String, Timestamp};
    let (takes, makes): (&[Kind], Kind) = match conversion {
        Conversion::String => (&[Bool, Int, Double, Decimal, Timestamp, String, Reference], String),
        Conversion::Int => (&[Int, Double, Decimal, Bool, String], Int),
        Conversion::Double { .. } => (&[Double, Int, Decimal, String], Double),
        Conversion::Decimal => (&[Decimal, Int, Double, String], Decimal),
        Conversion::Bool => (&[Bool, Int, String], Bool),
        Conversion::Timestamp(_) => (&[Timestamp, String, Int, Double, Decimal], Timestamp),
        Conversion::IsoText | Conversion::Date => (&[Timestamp], String),
        Conversion::Base64 => (&[Bytes], String),
        Conversion::Json => (&[String, Bytes], Any),
        Conversion::JsonText => return Some(String),
        Conversion::Lower | Conversion::Upper => (&[String], String),
    };
    (kind == Any || takes.contains(&kind)).then_some(makes)
}

/// The conversions that a person would most likely want for a kind that a target does not hold.
pub(super) fn ways_out(kind: Kind) -> &'static [Conversion] {
    match kind {
        Kind::Decimal => &[Conversion::String, Conversion::Double { lossy: false }],
        Kind::Timestamp => &[Conversion::IsoText],
        Kind::Bytes => &[Conversion::Base64],
        Kind::Array | Kind::Map | Kind::GeoPoint => &[Conversion::JsonText],
        Kind::Bool => &[Conversion::Int, Conversion::String],
        Kind::Any | Kind::Null | Kind::Int | Kind::Double | Kind::String | Kind::Reference => &[Conversion::String],
    }
}

/// Whether a value of this kind has one text that everybody would write for it.
pub(super) fn has_text(kind: Kind) -> bool {
    !matches!(kind, Kind::Bytes | Kind::Array | Kind::Map | Kind::GeoPoint | Kind::Null)
}

/// Whether values of this kind come one after another.
pub(super) fn is_ordered(kind: Kind) -> bool {
    matches!(kind, Kind::Any | Kind::Int | Kind::Double | Kind::Decimal | Kind::Timestamp | Kind::String)
}

/// A constant as a value of this kind, where it stands for one: TOML has no decimals, and moments may be text.
pub(super) fn constant_of(kind: Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Any, _) => Some(value.clone()),
        (Kind::Double, Value::Int(number)) => Some(Value::Double(*number as f64)),
        (Kind::Decimal, Value::Int(number)) => Some(Value::Decimal(Decimal::from(*number))),
        (Kind::Decimal, Value::Double(number)) => Decimal::from_double(*number).map(Value::Decimal),
        (Kind::Decimal, Value::String(text)) => text.parse().ok().map(Value::Decimal),
        (Kind::Timestamp, Value::String(text)) => Timestamp::parse(text).map(Value::Timestamp),
        _ => (value.kind() == kind).then(|| value.clone()),
    }
}

/// `an int`, `a string`, `bytes`.
pub(super) fn with_article(kind: Kind) -> String {
    let word = kind.word();
    if kind == Kind::Bytes {
        return word.to_owned();
    }
    let article = if word.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {word}")
}

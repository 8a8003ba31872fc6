//! Values as JSON text, and JSON text as values.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::convert::iso_text;
use super::fault::Fault;
use crate::record::{Map, Reason, Value, base64};

/// What JSON says. Whole numbers are ints, numbers with a point or an exponent doubles, as programs that wrote them
/// meant it; of a whole number longer than 64 bits the parser makes a double. A name that comes twice in an object
/// is refused. How deep it may be nested is bounded by the parser.
pub(crate) fn parse(json: &[u8]) -> Result<Value, Fault> {
    match serde_json::from_slice(json) {
        Ok(Read(value)) => Ok(value),
        // The parser's own words could quote the text.
        Err(error) => Err(Fault::new(
            Reason::BadJson,
            format!("the JSON cannot be read from line {}, column {} on", error.line(), error.column()),
        )),
    }
}

/// A value as JSON: moments in RFC 3339, bytes in base64, references as their address.
pub(crate) fn write(value: &Value) -> Result<String, Fault> {
    let mut json = String::new();
    write_to(&mut json, value)?;
    Ok(json)
}

fn write_to(out: &mut String, value: &Value) -> Result<(), Fault> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Double(number) => write_double(out, *number)?,
        Value::Decimal(decimal) => out.push_str(&decimal.to_string()),
        Value::Timestamp(moment) => write_text(out, &iso_text(*moment)?),
        Value::String(text) | Value::Reference(text) => write_text(out, text),
        Value::Bytes(bytes) => write_text(out, &base64::encode(bytes)),
        Value::GeoPoint(point) => {
            out.push_str("{\"latitude\":");
            write_double(out, point.latitude)?;
            out.push_str(",\"longitude\":");
            write_double(out, point.longitude)?;
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_to(out, item)?;
            }
            out.push(']');
        }
        Value::Map(fields) => {
            out.push('{');
            for (index, (name, value)) in fields.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_text(out, name);
                out.push(':');
                write_to(out, value)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_double(out: &mut String, number: f64) -> Result<(), Fault> {
    if !number.is_finite() {
        return Err(Fault::new(Reason::NotConvertible, "JSON has no infinite doubles and none that are no number"));
    }
    // With its point or exponent even where it is whole, so that it is read back as a double.
    out.push_str(&format!("{number:?}"));
    Ok(())
}

fn write_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

struct Read(Value);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ReadAny).map(Self)
    }
}

struct ReadAny;

impl<'de> Visitor<'de> for ReadAny {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Int).map_err(|_| E::custom("a whole number beyond the 64 bits of an int"))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Double(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Read(item)) = from.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some((name, Read(value))) = from.next_entry()? {
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a name that comes twice"));
            }
        }
        Ok(Value::Map(fields))
    }
}

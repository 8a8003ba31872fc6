//! Values as JSON text.

use super::convert::iso_text;
use super::fault::Fault;
use crate::record::{Reason, Value, base64};

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

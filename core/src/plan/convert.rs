//! Conversions of one value. What cannot be converted is refused, and so is what would lose something on the way.

use super::fault::Fault;
use super::{Conversion, TimeUnit, json_text};
use crate::record::{Decimal, Reason, Timestamp, Value, base64, json};

/// The years that RFC 3339 can write: from 0000 to 9999.
const WRITABLE: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;
/// Seconds from 1970 to 2001.
const MAC_EPOCH: i64 = 978_307_200;
/// How many decimal digits of a second a nanosecond is.
const NANOS_DIGITS: i32 = 9;
/// The first double beyond all whole numbers of 64 bits.
const BEYOND_INT: f64 = 9_223_372_036_854_775_808.0;

/// Converts a value; null stays null.
pub(crate) fn convert(value: Value, conversion: Conversion) -> Result<Value, Fault> {
    if value.is_null() {
        return Ok(value);
    }
    Ok(match conversion {
        Conversion::String => Value::String(text(value)?),
        Conversion::Int => Value::Int(int(&value)?),
        Conversion::Double { lossy } => Value::Double(double(&value, lossy)?),
        Conversion::Decimal => Value::Decimal(decimal(value)?),
        Conversion::Bool => Value::Bool(truth(&value)?),
        Conversion::Timestamp(unit) => Value::Timestamp(moment(&value, unit)?),
        Conversion::IsoText => Value::String(iso_text(written_moment(&value, "as RFC 3339")?)?),
        Conversion::Date => Value::String(date(written_moment(&value, "as a date")?)?),
        Conversion::Base64 => match value {
            Value::Bytes(bytes) => Value::String(base64::encode(&bytes)),
            other => return Err(refused(&other, "base64")),
        },
        Conversion::Json => match value {
            Value::String(text) => json(text.as_bytes())?,
            Value::Bytes(bytes) => json(&bytes)?,
            other => return Err(refused(&other, "read as JSON")),
        },
        Conversion::JsonText => Value::String(json_text::write(&value)?),
        Conversion::Lower => Value::String(only_text(value, "lower case")?.to_lowercase()),
        Conversion::Upper => Value::String(only_text(value, "upper case")?.to_uppercase()),
    })
}

/// The text of a value that has one: numbers in decimal, moments in RFC 3339.
pub(crate) fn text(value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) | Value::Reference(text) => Ok(text),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Double(number) => Ok(shortest(number)?.to_string()),
        Value::Decimal(decimal) => Ok(decimal.to_string()),
        Value::Timestamp(moment) => iso_text(moment),
        other => Err(refused(&other, "text")),
    }
}

fn json(text: &[u8]) -> Result<Value, Fault> {
    json::parse(text).map_err(|fault| Fault::new(fault.reason(), fault.to_string()))
}

/// A moment as RFC 3339, which writes years of four digits.
pub(crate) fn iso_text(moment: Timestamp) -> Result<String, Fault> {
    writable(moment).map(|moment| moment.to_string())
}

fn date(moment: Timestamp) -> Result<String, Fault> {
    writable(moment).map(Timestamp::date)
}

fn writable(moment: Timestamp) -> Result<Timestamp, Fault> {
    if WRITABLE.contains(&moment.seconds()) {
        return Ok(moment);
    }
    Err(Fault::new(Reason::OutOfRange, "the moment lies outside the years 0000 to 9999, which RFC 3339 can write"))
}

fn written_moment(value: &Value, how: &str) -> Result<Timestamp, Fault> {
    match value {
        Value::Timestamp(moment) => Ok(*moment),
        other => Err(refused(other, &format!("written {how}"))),
    }
}

fn only_text(value: Value, wanted: &str) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(refused(&other, wanted)),
    }
}

fn int(value: &Value) -> Result<i64, Fault> {
    match value {
        Value::Int(number) => Ok(*number),
        Value::Bool(truth) => Ok(i64::from(*truth)),
        Value::Double(number) => whole(&shortest(*number)?),
        Value::Decimal(decimal) => whole(decimal),
        Value::String(text) => whole(&parsed(text, "int")?),
        other => Err(refused(other, "int")),
    }
}

fn whole(decimal: &Decimal) -> Result<i64, Fault> {
    if let Some(number) = decimal.to_int() {
        return Ok(number);
    }
    Err(if decimal.to_double().abs() < BEYOND_INT {
        Fault::new(Reason::Inexact, "the number has a fraction, which int would lose")
    } else {
        Fault::new(Reason::OutOfRange, "the number is beyond the 64 bits of an int")
    })
}

fn double(value: &Value, lossy: bool) -> Result<f64, Fault> {
    let decimal = match value {
        Value::Double(number) => return Ok(*number),
        Value::Int(number) => Decimal::from(*number),
        Value::Decimal(decimal) => decimal.clone(),
        Value::String(text) => parsed(text, "double")?,
        other => return Err(refused(other, "double")),
    };
    let nearest = decimal.to_double();
    if !nearest.is_finite() {
        return Err(Fault::new(Reason::OutOfRange, "the number is beyond the largest double"));
    }
    if lossy || Decimal::from_double(nearest) == Some(decimal) {
        return Ok(nearest);
    }
    let why = "the number has more digits than a double keeps; `lossy = true` in the plan gives them up";
    Err(Fault::new(Reason::Inexact, why))
}

fn decimal(value: Value) -> Result<Decimal, Fault> {
    match value {
        Value::Decimal(decimal) => Ok(decimal),
        Value::Int(number) => Ok(Decimal::from(number)),
        Value::Double(number) => shortest(number),
        Value::String(text) => parsed(&text, "decimal"),
        other => Err(refused(&other, "decimal")),
    }
}

fn truth(value: &Value) -> Result<bool, Fault> {
    let number = match value {
        Value::Bool(truth) => return Ok(*truth),
        Value::Int(number) => Some(*number),
        Value::Double(number) => Decimal::from_double(*number).and_then(|decimal| decimal.to_int()),
        Value::Decimal(decimal) => decimal.to_int(),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(1),
            "false" | "no" | "0" => Some(0),
            _ => None,
        },
        other => return Err(refused(other, "bool")),
    };
    match number {
        Some(0) => Ok(false),
        Some(1) => Ok(true),
        _ => Err(not_convertible("neither 0, 1, true, false, yes nor no, and so no bool")),
    }
}

fn moment(value: &Value, unit: Option<TimeUnit>) -> Result<Timestamp, Fault> {
    match value {
        Value::Timestamp(moment) => Ok(*moment),
        Value::String(text) => {
            Timestamp::parse(text).ok_or_else(|| not_convertible("the text is no moment in RFC 3339"))
        }
        Value::Int(_) | Value::Double(_) | Value::Decimal(_) => match unit {
            Some(unit) => counted(value, unit),
            None => Err(not_convertible("a number, and `unit` in the plan does not say what it counts")),
        },
        other => Err(refused(other, "timestamp")),
    }
}

/// The moment that a number of units stands for.
fn counted(number: &Value, unit: TimeUnit) -> Result<Timestamp, Fault> {
    let decimal = match number {
        Value::Int(number) => return units(i128::from(*number), unit, 0),
        Value::Double(number) => return double_units(*number, unit),
        Value::Decimal(decimal) => decimal,
        other => return Err(refused(other, "timestamp")),
    };
    let nanos = decimal.scaled(NANOS_DIGITS - digits(unit)).to_int();
    let nanos = nanos.ok_or_else(|| Fault::new(Reason::Inexact, "the moment is finer than nanoseconds, or too far"))?;
    units(i128::from(nanos), unit, NANOS_DIGITS - digits(unit))
}

/// How many decimal digits of a second a unit is.
fn digits(unit: TimeUnit) -> i32 {
    match unit {
        TimeUnit::Seconds | TimeUnit::Mac => 0,
        TimeUnit::Millis => 3,
        TimeUnit::Micros => 6,
    }
}

/// The moment that a number of units stands for; of units divided by ten as often as `finer` says.
fn units(number: i128, unit: TimeUnit, finer: i32) -> Result<Timestamp, Fault> {
    let second = 10_i128.pow((digits(unit) + finer).unsigned_abs());
    let nanos = number.rem_euclid(second) * (1_000_000_000 / second);
    let epoch = if unit == TimeUnit::Mac { MAC_EPOCH } else { 0 };
    let seconds = i64::try_from(number.div_euclid(second)).ok().and_then(|seconds| seconds.checked_add(epoch));
    let moment = seconds.zip(u32::try_from(nanos).ok()).and_then(|(seconds, nanos)| Timestamp::new(seconds, nanos));
    moment.ok_or_else(|| Fault::new(Reason::OutOfRange, "the number is no moment in time"))
}

/// A double is cut to whole units, and what is left of it to nanoseconds: its own digits reach no further.
fn double_units(number: f64, unit: TimeUnit) -> Result<Timestamp, Fault> {
    if unit == TimeUnit::Mac {
        return Timestamp::from_mac(number).ok_or_else(|| not_convertible("the number is no moment in time"));
    }
    if !number.is_finite() || number.abs() >= BEYOND_INT {
        return Err(not_convertible("the number is no moment in time"));
    }
    let finer = NANOS_DIGITS - digits(unit);
    let per_unit = 10_f64.powi(finer);
    let (whole, rest) = (number.floor(), number - number.floor());
    units(whole as i128 * per_unit as i128 + (rest * per_unit).round() as i128, unit, finer)
}

fn parsed(text: &str, wanted: &str) -> Result<Decimal, Fault> {
    text.parse().map_err(|_| not_convertible(format!("the text is no number, and so no {wanted}")))
}

fn shortest(number: f64) -> Result<Decimal, Fault> {
    Decimal::from_double(number).ok_or_else(|| not_convertible("the double is no number"))
}

fn refused(value: &Value, wanted: &str) -> Fault {
    not_convertible(format!("a value of kind {} cannot become {wanted}", value.kind().word()))
}

fn not_convertible(detail: impl Into<String>) -> Fault {
    Fault::new(Reason::NotConvertible, detail)
}

#[cfg(test)]
mod tests;

//! Values that stand in a plan as they are.

use toml::Spanned;
use toml::de::DeValue;

use super::{DEEPEST, Reader};
use crate::record::{Timestamp, Value};

pub(super) fn constant(reader: &Reader<'_>, value: &Spanned<DeValue<'_>>, depth: usize) -> Option<Value> {
    let place = reader.place(value.span());
    let refuse = |what: &str, help: &str| {
        reader.report.error(place, what, help);
        None
    };
    if depth > DEEPEST {
        return refuse("a constant nested too deep", &format!("{DEEPEST} levels are the most"));
    }
    match value.get_ref() {
        DeValue::String(text) => Some(Value::String(text.to_string())),
        DeValue::Boolean(truth) => Some(Value::Bool(*truth)),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(Value::Int(number)),
            Err(_) => refuse("a whole number that does not fit 64 bits", "write it as text where it is an id"),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Some(Value::Double(number)),
            Err(_) => refuse("no number", "for example 8.5"),
        },
        DeValue::Datetime(moment) => match Timestamp::parse(&moment.to_string()) {
            Some(moment) => Some(Value::Timestamp(moment)),
            None => refuse("a time of day is no moment", "for example 2024-01-31T12:00:00Z"),
        },
        // Every item is read before the first bad one counts, so that all are reported.
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| constant(reader, item, depth + 1)).collect();
            items.into_iter().collect::<Option<_>>().map(Value::Array)
        }
        DeValue::Table(entries) => {
            let entries: Vec<_> = (entries.iter())
                .map(|(name, value)| Some((name.get_ref().to_string(), constant(reader, value, depth + 1)?)))
                .collect();
            entries.into_iter().collect::<Option<_>>().map(Value::Map)
        }
    }
}

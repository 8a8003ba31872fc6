use crate::record::{Decimal, Value};

/// JSON as the value that it stands for. Whole numbers, doubles and numbers beyond both are kept apart; nesting is
/// bounded by the parser. The error says where, never what.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice(bytes) {
        Ok(json) => Ok(value(json)),
        Err(error) => Err(format!("no JSON from line {}, column {} on", error.line(), error.column())),
    }
}

fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::Number(number) => self::number(&number),
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => Value::Array(items.into_iter().map(value).collect()),
        serde_json::Value::Object(fields) => {
            Value::Map(fields.into_iter().map(|(name, field)| (name, value(field))).collect())
        }
    }
}

fn number(number: &serde_json::Number) -> Value {
    if let Some(whole) = number.as_i64() {
        return Value::Int(whole);
    }
    // Larger than 64 bits with a sign: exact, as it was written.
    let large = number.as_u64().and_then(|large| large.to_string().parse::<Decimal>().ok());
    large.map_or_else(|| Value::Double(number.as_f64().unwrap_or(f64::NAN)), Value::Decimal)
}

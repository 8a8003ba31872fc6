//! Values to try a target with.

use crate::record::{GeoPoint, Kind, Map, Value};
use crate::rules::Rules;

/// Values of every kind that a target holds, with those at the edges of their kinds; `Any` is no value's kind.
pub(super) fn of_every_kind(rules: &Rules, address: &str) -> Map {
    let mut fields = Map::new();
    for kind in rules.holds {
        for (index, value) in of_kind(*kind, rules, address).into_iter().enumerate() {
            fields.insert(format!("{}{index}", kind.word()), value);
        }
    }
    let holds = |kind| rules.holds.contains(&kind);
    let plain: Map = fields.clone();
    if holds(Kind::Map) {
        fields.insert("in_map".to_owned(), Value::Map(plain.clone()));
    }
    if holds(Kind::Array) {
        let items = plain.into_values().filter(|value| rules.nested_arrays || value.kind() != Kind::Array);
        fields.insert("in_array".to_owned(), Value::Array(items.collect()));
    }
    fields
}

fn of_kind(kind: Kind, rules: &Rules, address: &str) -> Vec<Value> {
    match kind {
        Kind::Any => Vec::new(),
        Kind::Null => vec![Value::Null],
        Kind::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Kind::Int => vec![Value::Int(0), Value::Int(i64::MIN), Value::Int(i64::MAX)],
        Kind::Double => vec![Value::Double(0.1), Value::Double(-1e300), Value::Double(5e-324), Value::Double(2.0)],
        Kind::Decimal => ["19.99", "-0.000000000000000000001", "123456789012345678901234567890"]
            .iter()
            .filter_map(|text| text.parse().ok().map(Value::Decimal))
            .collect(),
        Kind::Timestamp => {
            let step = rules.timestamps.step_nanos;
            [rules.timestamps.first, rules.timestamps.last].map(|moment| Value::Timestamp(moment.cut_to(step))).into()
        }
        Kind::String => ["", "plain", "née 漢字 🦋", "a/b%c_d\n\"e\"\\\t,;"].map(Value::from).into(),
        Kind::Bytes => vec![Value::Bytes(Vec::new()), Value::Bytes((0..=255).collect())],
        Kind::Reference => vec![Value::Reference(address.to_owned())],
        Kind::GeoPoint => vec![
            Value::GeoPoint(GeoPoint { latitude: -90.0, longitude: 180.0 }),
            Value::GeoPoint(GeoPoint { latitude: 48.2, longitude: 16.37 }),
        ],
        Kind::Array => vec![Value::Array(Vec::new())],
        Kind::Map => vec![Value::Map(Map::new())],
    }
}

/// Some small fields that differ from number to number, of the plainest kind that the target holds.
pub(super) fn plain(rules: &Rules, number: i64) -> Map {
    Map::from([("number".to_owned(), self::number(rules, number)), ("same".to_owned(), self::number(rules, 0))])
}

/// A number of the plainest kind that the target holds.
pub(super) fn number(rules: &Rules, number: i64) -> Value {
    if rules.holds.contains(&Kind::Int) { Value::Int(number) } else { Value::String(number.to_string()) }
}

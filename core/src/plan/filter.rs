//! Which records a move takes.

use std::cmp::Ordering;

use super::follow::value_at;
use super::{Comparison, Condition};
use crate::record::{Record, Value};

/// Whether all conditions hold of a record.
pub(crate) fn holds(conditions: &[Condition], record: &Record) -> bool {
    conditions.iter().all(|condition| {
        let value = value_at(record, &condition.of);
        match &condition.is {
            Comparison::OneOf(values) => values.iter().any(|other| same(&value, other)),
            Comparison::NoneOf(values) => !values.iter().any(|other| same(&value, other)),
            Comparison::Exists(there) => value.is_null() != *there,
            Comparison::AtLeast(least) => order(&value, least).is_some_and(Ordering::is_ge),
            Comparison::Below(limit) => order(&value, limit).is_some_and(Ordering::is_lt),
        }
    })
}

/// Whether a value may lie below a limit: it does, or the two have no order.
pub(crate) fn may_be_below(least: &Value, limit: &Value) -> bool {
    order(least, limit).is_none_or(Ordering::is_lt)
}

fn same(left: &Value, right: &Value) -> bool {
    left == right || order(left, right) == Some(Ordering::Equal)
}

/// The order of two values of one kind that has one.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => Some(left.cmp(right)),
        (Value::Timestamp(left), Value::Timestamp(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bytes(left), Value::Bytes(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

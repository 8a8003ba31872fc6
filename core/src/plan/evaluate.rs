//! What a field rule makes of one record.

use super::convert::convert;
use super::expand::Expander;
use super::fault::Fault;
use super::follow::{all_related, related, value_at};
use super::uploads::{Awaited, Step};
use super::{Conversion, FieldRule, Nulls, Rule};
use crate::record::{Map, Reason, Record, Related, Value};
use crate::store::Upload;

/// Evaluates field rules, and keeps what is to be uploaded on the way.
pub(crate) struct Evaluator<'a> {
    pub(crate) expander: Expander<'a>,
    pub(crate) awaited: Vec<Awaited>,
}

impl Evaluator<'_> {
    /// The field's value; none where it is left out. `own` is the value that the rule begins with where it was taken
    /// out of the record, and `step` is where in the document, map or array the field's value goes.
    pub(crate) fn field(
        &mut self,
        field: &FieldRule,
        record: &Record,
        own: Option<Value>,
        step: Step,
    ) -> Result<Option<Value>, Fault> {
        let before = self.awaited.len();
        let value = self.rule(&field.rule, record, own).map_err(|fault| fault.within(&field.name))?;
        for awaited in &mut self.awaited[before..] {
            awaited.upload.field = field.name.clone();
            awaited.way.insert(0, step.clone());
        }
        Ok(value)
    }

    fn rule(&mut self, rule: &Rule, record: &Record, own: Option<Value>) -> Result<Option<Value>, Fault> {
        let value = match rule {
            Rule::Take { from, convert: conversion, nulls } => {
                let value = own.unwrap_or_else(|| value_at(record, from).into_owned());
                let value = match conversion {
                    Some(conversion) => convert(value, *conversion)?,
                    None => value,
                };
                return Ok(nulls.apply(value));
            }
            Rule::Constant(value) => value.clone(),
            Rule::Text(template) => self.expander.value(template, record)?,
            Rule::Reference { relation, to } => match related(record, relation) {
                Some(Related::One(Some(other))) => self.expander.reference(to, other)?,
                _ => Value::Null,
            },
            Rule::References { relation, to } => {
                let others = all_related(record, relation).iter();
                Value::Array(others.map(|other| self.expander.reference(to, other)).collect::<Result<_, _>>()?)
            }
            Rule::Embed { relation, fields } => self.embed(relation, fields, record)?,
            Rule::List { relation, of } => self.list(relation, of, record)?,
            Rule::Map(fields) => self.map(fields, record)?,
            Rule::JsonText(of) => return self.json_text(of, record),
            Rule::Upload { from, to, over, nulls } => {
                let value = own.unwrap_or_else(|| value_at(record, from).into_owned());
                match value {
                    Value::Bytes(bytes) if bytes.len() as u64 > *over => {
                        let to = self.expander.address(to, record)?.as_str().to_owned();
                        self.awaited.push(Awaited::new(Upload { field: "".into(), to, bytes }));
                        Value::Null
                    }
                    value => return Ok(nulls.apply(value)),
                }
            }
        };
        Ok(Some(value))
    }

    fn embed(&mut self, relation: &[usize], fields: &[FieldRule], record: &Record) -> Result<Value, Fault> {
        match related(record, relation) {
            Some(Related::One(Some(other))) => self.map(fields, other),
            Some(Related::One(None)) | None => Ok(Value::Null),
            Some(Related::Many(others)) => {
                let mut items = Vec::with_capacity(others.len());
                for other in others {
                    let before = self.awaited.len();
                    let item = self.map(fields, other)?;
                    self.lead_into(before, items.len());
                    items.push(item);
                }
                Ok(Value::Array(items))
            }
        }
    }

    fn list(&mut self, relation: &[usize], of: &Rule, record: &Record) -> Result<Value, Fault> {
        let mut items = Vec::new();
        for other in all_related(record, relation) {
            let before = self.awaited.len();
            if let Some(item) = self.rule(of, other, None)? {
                self.lead_into(before, items.len());
                items.push(item);
            }
        }
        Ok(Value::Array(items))
    }

    fn json_text(&mut self, of: &Rule, record: &Record) -> Result<Option<Value>, Fault> {
        let before = self.awaited.len();
        let value = self.rule(of, record, None)?;
        if self.awaited.len() > before {
            return Err(Fault::new(Reason::NotConvertible, "a value to be uploaded has no place in JSON text"));
        }
        value.map(|value| convert(value, Conversion::JsonText)).transpose()
    }

    fn map(&mut self, fields: &[FieldRule], record: &Record) -> Result<Value, Fault> {
        let mut map = Map::new();
        for field in fields {
            if let Some(value) = self.field(field, record, None, Step::Name(field.name.clone()))? {
                map.insert(field.name.to_string(), value);
            }
        }
        Ok(Value::Map(map))
    }

    /// What was awaited since `before` lies in this item of an array.
    fn lead_into(&mut self, before: usize, item: usize) {
        for awaited in &mut self.awaited[before..] {
            awaited.way.insert(0, Step::Item(item));
        }
    }
}

impl Nulls {
    /// What becomes of a value that may be null.
    pub(crate) fn apply(&self, value: Value) -> Option<Value> {
        match self {
            _ if !value.is_null() => Some(value),
            Nulls::Keep => Some(value),
            Nulls::LeaveOut => None,
            Nulls::Default(value) => Some(value.clone()),
        }
    }
}

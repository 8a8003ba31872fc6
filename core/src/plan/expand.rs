//! Templates become text: a field's, or an address's with its values escaped.

use std::borrow::Cow;
use std::fmt::Write;

use super::convert::{convert, iso_text, text};
use super::fault::Fault;
use super::follow::value_at;
use super::{ContentHash, Context, Escape, Part, Path, Template};
use crate::record::hex::Hex;
use crate::record::{Reason, Record, Value};
use crate::rules::is_reserved_segment;

/// Room for a user's id, two UUIDs and the collections between them.
const TYPICAL_ADDRESS: usize = 136;
/// Digits of the content hash in an address.
const HASH_DIGITS: usize = 32;

/// Fills templates in.
#[derive(Clone, Copy)]
pub(crate) struct Expander<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) version: i64,
}

/// An address, perhaps with places where the content hash goes once it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Address {
    text: String,
    hash_at: Vec<usize>,
}

impl Address {
    /// The address as long as it will be, with zeros for the hash.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn with_hash(mut self, hash: &ContentHash) -> String {
        if !self.hash_at.is_empty() {
            let digits = hash.to_string();
            for at in self.hash_at {
                self.text.replace_range(at..at + HASH_DIGITS, &digits[..HASH_DIGITS]);
            }
        }
        self.text
    }
}

impl Expander<'_> {
    /// The value of a field that is a text: null where one of its parts is.
    pub(crate) fn value(&self, template: &Template, record: &Record) -> Result<Value, Fault> {
        match template.0.as_slice() {
            [Part::Now { iso: false }] => return Ok(Value::Timestamp(self.context.now)),
            [Part::Version] => return Ok(Value::Int(self.version)),
            _ => {}
        }
        let mut out = String::new();
        for part in &template.0 {
            match part {
                Part::Literal(literal) => out.push_str(literal),
                Part::Owner => out.push_str(self.context.owner),
                Part::Now { .. } => out.push_str(&iso_text(self.context.now)?),
                Part::Version => push(&mut out, self.version),
                Part::Hash => return Err(Fault::new(Reason::NotConvertible, "the content hash is no part of a field")),
                Part::Value { from, convert: conversion, escape } => {
                    let value = match conversion {
                        None => value_at(record, from),
                        Some(conversion) => Cow::Owned(convert(value_at(record, from).into_owned(), *conversion)?),
                    };
                    match &*value {
                        Value::Null => return Ok(Value::Null),
                        Value::String(text) => push_escaped(&mut out, text, *escape),
                        Value::Int(number) => push(&mut out, number),
                        _ => push_escaped(&mut out, &text(value.into_owned())?, *escape),
                    }
                }
            }
        }
        Ok(Value::String(out))
    }

    /// An address with its values escaped; every one of them must be there.
    pub(crate) fn address(&self, template: &Template, record: &Record) -> Result<Address, Fault> {
        let mut address = Address { text: String::with_capacity(TYPICAL_ADDRESS), hash_at: Vec::new() };
        let mut segment = Segment::default();
        for part in &template.0 {
            let out = &mut address.text;
            match part {
                Part::Literal(literal) => segment.extend(&mut address, literal),
                Part::Owner => out.push_str(self.owner()?),
                Part::Now { .. } => out.push_str(&iso_text(self.context.now)?),
                Part::Version => push(out, self.version),
                Part::Hash => {
                    address.hash_at.push(out.len());
                    out.push_str(&"0".repeat(HASH_DIGITS));
                }
                Part::Value { from, convert: conversion, escape } => {
                    segment.escaped |= *escape != Escape::None;
                    let value = match conversion {
                        None => value_at(record, from),
                        Some(conversion) => Cow::Owned(converted(record, from, *conversion)?),
                    };
                    push_id(out, &value, *escape).map_err(|fault| fault.at(&from.name))?;
                }
            }
        }
        segment.close(&mut address);
        Ok(address)
    }

    /// The same template with the owner put in, and with fewer parts: what is the same for all records is put together
    /// once. An owner that cannot be a segment stays a part, of which each record is told.
    pub(crate) fn with_owner(&self, template: &Template) -> Template {
        let Ok(owner) = self.owner() else { return template.clone() };
        let mut parts: Vec<Part> = Vec::new();
        for part in &template.0 {
            let text = match part {
                Part::Literal(literal) => literal,
                Part::Owner => owner,
                other => {
                    parts.push(other.clone());
                    continue;
                }
            };
            match parts.last_mut() {
                Some(Part::Literal(before)) => before.push_str(text),
                _ => parts.push(Part::Literal(text.to_owned())),
            }
        }
        Template(parts)
    }

    /// A reference to the record at such an address.
    pub(crate) fn reference(&self, template: &Template, record: &Record) -> Result<Value, Fault> {
        Ok(Value::Reference(self.address(template, record)?.text))
    }

    fn owner(&self) -> Result<&str, Fault> {
        let owner = self.context.owner;
        if owner.is_empty() || owner.contains('/') {
            return Err(Fault::new(
                Reason::BadId,
                "the owner's id is empty or has a `/` in it, and cannot be a segment",
            ));
        }
        Ok(owner)
    }
}

/// The segment of an address that is being written.
#[derive(Default)]
struct Segment {
    start: usize,
    /// Whether there is a value in it whose characters are escaped.
    escaped: bool,
}

impl Segment {
    /// Appends a literal, after whose slashes other segments begin.
    fn extend(&mut self, address: &mut Address, literal: &str) {
        let Some(first) = literal.bytes().position(|byte| byte == b'/') else {
            return address.text.push_str(literal);
        };
        let (here, others) = literal.split_at(first);
        address.text.push_str(here);
        self.close(address);
        let last = others.bytes().rposition(|byte| byte == b'/').unwrap_or(0);
        *self = Segment { start: address.text.len() + last + 1, escaped: false };
        address.text.push_str(others);
    }

    /// Escapes the first character of a segment that would mean something else.
    fn close(&self, address: &mut Address) {
        let segment = &address.text[self.start..];
        if !self.escaped || !is_reserved_segment(segment) {
            return;
        }
        let code = if segment.starts_with('.') { "%2E" } else { "%5F" };
        address.text.replace_range(self.start..=self.start, code);
        for at in address.hash_at.iter_mut().filter(|at| **at > self.start) {
            *at += code.len() - 1;
        }
    }
}

fn converted(record: &Record, from: &Path, conversion: super::Conversion) -> Result<Value, Fault> {
    convert(value_at(record, from).into_owned(), conversion).map_err(|fault| fault.at(&from.name))
}

/// Appends a value to an address. Doubles are refused: two that print alike may differ, and the other way round.
fn push_id(out: &mut String, value: &Value, escape: Escape) -> Result<(), Fault> {
    match value {
        Value::String(text) => push_escaped(out, text, escape),
        Value::Int(number) => push(out, number),
        Value::Bool(truth) => push(out, truth),
        Value::Decimal(decimal) => push(out, decimal),
        Value::Timestamp(moment) => push_escaped(out, &iso_text(*moment)?, escape),
        Value::Bytes(bytes) => push(out, Hex(bytes)),
        Value::Null => return Err(Fault::new(Reason::MissingId, "null, and the address needs it")),
        Value::Double(_) | Value::Reference(_) | Value::GeoPoint(_) | Value::Array(_) | Value::Map(_) => {
            let kind = value.kind().word();
            return Err(Fault::new(Reason::BadId, format!("a value of kind {kind} cannot be part of an address")));
        }
    }
    Ok(())
}

/// Appends what can always be written to a string.
fn push(out: &mut String, shown: impl std::fmt::Display) {
    // Writing to a string never fails.
    let _ = write!(out, "{shown}");
}

fn push_escaped(out: &mut String, text: &str, escape: Escape) {
    let escapes_underscore = match escape {
        Escape::None => return out.push_str(text),
        Escape::Segment => false,
        Escape::Key => true,
    };
    let is_escaped = |byte: u8| (byte == b'/') | (byte == b'%') | ((byte == b'_') & escapes_underscore);
    // Nearly always there are none, and asking all bytes alike is faster than looking for the first.
    if !text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
        return out.push_str(text);
    }
    for character in text.chars() {
        match character {
            '/' => out.push_str("%2F"),
            '%' => out.push_str("%25"),
            '_' if escapes_underscore => out.push_str("%5F"),
            other => out.push(other),
        }
    }
}

/// The text whose escaped form this is; `None` where it is no such form.
///
/// ```
/// assert_eq!(rehome_core::plan::unescape("a%2Fb").as_deref(), Some("a/b"));
/// assert_eq!(rehome_core::plan::unescape("100%"), None);
/// ```
pub fn unescape(segment: &str) -> Option<String> {
    let mut pieces = segment.split('%');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        text.push(match code {
            "25" => '%',
            "2F" => '/',
            "2E" => '.',
            "5F" => '_',
            _ => return None,
        });
        text.push_str(rest);
    }
    Some(text)
}

#[cfg(test)]
mod tests;

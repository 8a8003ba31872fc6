//! The canonical form of a document's content, and its hash.
//!
//! SHA-256 over these bytes. Every part says itself where it ends, so that no two contents share a form; numbers are
//! big-endian; a *length* is LEB128, seven bits a byte with the lowest first; tags are ASCII.
//!
//! | value | bytes |
//! |---|---|
//! | null | `n` |
//! | bool | `f` or `t` |
//! | int | `i`, 8 bytes in two's complement |
//! | double | `d`, 8 bytes of IEEE 754; every NaN is `7ff8000000000000`, and -0.0 is 0.0 |
//! | decimal | `c`, length, its shortest text |
//! | timestamp | `z`, 8 bytes of seconds since 1970 in two's complement, 4 bytes of nanoseconds, cut to the step of the target |
//! | string | `s`, length, UTF-8 |
//! | bytes | `b`, length, the bytes |
//! | reference | `r`, length, the address relative to the target's root |
//! | geopoint | `g`, latitude and longitude with 8 bytes each, as doubles |
//! | array | `[`, its values, `]` |
//! | map | `{`, for each entry in the byte order of names the name as a string and the value, `}` |
//!
//! A document is the map of its fields. A field that is absent is not in it. Stamps are not in it either, and a map
//! that holds nothing but stamps is as absent as they are.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::ContentHash;
use crate::record::{Map, Name, Value};
use crate::rules::Rules;

impl ContentHash {
    /// The hash of a document as it was read back from a target of these rules, without the fields that the ways
    /// of its stamps lead to.
    ///
    /// ```
    /// use rehome_core::plan::ContentHash;
    /// use rehome_core::record::{Map, Value};
    /// use rehome_core::stores::firestore;
    ///
    /// let rules = firestore::rules();
    /// let mut fields = Map::from([("title".to_owned(), Value::from("Read"))]);
    /// let plain = ContentHash::of(&fields, &[], &rules);
    /// fields.insert("migrated".to_owned(), Value::Bool(true));
    /// assert_ne!(ContentHash::of(&fields, &[], &rules), plain);
    /// assert_eq!(ContentHash::of(&fields, &[["migrated".into()].into()], &rules), plain);
    /// ```
    pub fn of(fields: &Map, stamps: &[Arc<[Name]>], rules: &Rules) -> Self {
        let stamps: Vec<&[Name]> = stamps.iter().map(|way| &**way).collect();
        let mut form = Vec::new();
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
        Canonical::new(&mut form, rules).document(fields, &stamps);
        Self::of_form(&form)
    }

    pub(crate) fn of_form(form: &[u8]) -> Self {
        Self(Sha256::digest(form).into())
    }
}

/// Writes canonical forms to the end of a buffer.
pub(crate) struct Canonical<'a> {
    out: &'a mut Vec<u8>,
    step_nanos: u32,
}

/// The form of a name, made once for many documents.
#[derive(Debug)]
pub(crate) struct NameForm(Box<[u8]>);

impl NameForm {
    pub(crate) fn new(name: &str) -> Self {
        let mut form = Vec::new();
        Canonical::plain(&mut form).text(b's', name.as_bytes());
        Self(form.into())
    }
}

impl<'a> Canonical<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, rules: &Rules) -> Self {
        Self { out, step_nanos: rules.timestamps.step_nanos }
    }

    /// For what is no document of a target: nothing is cut.
    pub(crate) fn plain(out: &'a mut Vec<u8>) -> Self {
        Self { out, step_nanos: 1 }
    }

    /// A tag of its own, and texts that say where they end.
    pub(crate) fn texts(&mut self, tag: u8, texts: &[&str]) {
        self.out.push(tag);
        texts.iter().for_each(|text| self.text(b's', text.as_bytes()));
    }

    /// The form of a document: fields in the order of their names, without those at the ends of the stamps' ways.
    pub(crate) fn document<'v>(&mut self, fields: impl Iterator<Item = (&'v str, &'v Value)>, stamps: &[&[Name]]) {
        self.out.push(b'{');
        self.entries_without(fields, stamps);
        self.out.push(b'}');
    }

    /// The same where no stamp leads into a field, and the forms of the names are known.
    pub(crate) fn plain_document<'v>(&mut self, fields: impl Iterator<Item = (&'v NameForm, &'v Value)>) {
        self.out.push(b'{');
        for (NameForm(name), value) in fields {
            self.out.extend_from_slice(name);
            self.value(value);
        }
        self.out.push(b'}');
    }

    fn entries_without<'v>(&mut self, fields: impl Iterator<Item = (&'v str, &'v Value)>, stamps: &[&[Name]]) {
        for (name, value) in fields {
            let ways = stamps.iter().filter_map(|way| way.split_first());
            let ways: Vec<&[Name]> = ways.filter(|(first, _)| &***first == name).map(|(_, rest)| rest).collect();
            match value {
                _ if ways.is_empty() => self.entry(name, value),
                _ if ways.iter().any(|way| way.is_empty()) => {}
                Value::Map(inner) => self.map_without(name, inner, &ways),
                _ => self.entry(name, value),
            }
        }
    }

    fn map_without(&mut self, name: &str, map: &Map, stamps: &[&[Name]]) {
        let before = self.out.len();
        self.text(b's', name.as_bytes());
        self.out.push(b'{');
        let opened = self.out.len();
        self.entries_without(map.iter().map(|(name, value)| (name.as_str(), value)), stamps);
        if self.out.len() == opened {
            self.out.truncate(before);
        } else {
            self.out.push(b'}');
        }
    }

    fn entry(&mut self, name: &str, value: &Value) {
        self.text(b's', name.as_bytes());
        self.value(value);
    }

    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.out.push(b'n'),
            Value::Bool(truth) => self.out.push(if *truth { b't' } else { b'f' }),
            Value::Int(number) => self.eight(b'i', number.to_be_bytes()),
            Value::Double(number) => self.eight(b'd', double(*number)),
            Value::Decimal(decimal) => self.text(b'c', decimal.to_string().as_bytes()),
            Value::Timestamp(moment) => {
                self.eight(b'z', moment.seconds().to_be_bytes());
                self.out.extend_from_slice(&moment.cut_to(self.step_nanos).nanos().to_be_bytes());
            }
            Value::String(text) => self.text(b's', text.as_bytes()),
            Value::Bytes(bytes) => self.text(b'b', bytes),
            Value::Reference(address) => self.text(b'r', address.as_bytes()),
            Value::GeoPoint(point) => {
                self.eight(b'g', double(point.latitude));
                self.out.extend_from_slice(&double(point.longitude));
            }
            Value::Array(items) => {
                self.out.push(b'[');
                items.iter().for_each(|item| self.value(item));
                self.out.push(b']');
            }
            Value::Map(fields) => {
                self.out.push(b'{');
                fields.iter().for_each(|(name, value)| self.entry(name, value));
                self.out.push(b'}');
            }
        }
    }

    fn eight(&mut self, tag: u8, bytes: [u8; 8]) {
        let mut tagged = [tag; 9];
        tagged[1..].copy_from_slice(&bytes);
        self.out.extend_from_slice(&tagged);
    }

    fn text(&mut self, tag: u8, bytes: &[u8]) {
        let mut length = bytes.len();
        if length <= 0x7f {
            self.out.extend_from_slice(&[tag, length as u8]);
            return self.out.extend_from_slice(bytes);
        }
        self.out.push(tag);
        while length > 0x7f {
            self.out.push(length as u8 | 0x80);
            length >>= 7;
        }
        self.out.push(length as u8);
        self.out.extend_from_slice(bytes);
    }
}

/// Eight bytes that are the same for doubles which a target may take for one another.
fn double(number: f64) -> [u8; 8] {
    if number.is_nan() {
        return 0x7ff8_0000_0000_0000_u64.to_be_bytes();
    }
    // Adding zero turns -0.0 into 0.0 and nothing else into anything.
    (number + 0.0).to_be_bytes()
}

#[cfg(test)]
mod tests;

//! Turns one cell into a value, or says why it cannot be trusted.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::types::ValueRef;

use super::archive;
use super::external::ExternalFiles;
use crate::error::Error;
use crate::record::hex::uuid_text;
use crate::record::{Decimal, Reason, Timestamp, Value, json};
use crate::stores::legacy::layout::Codec;

/// The longest text or blob that is read at all; what is longer is a damaged length or a film.
pub(crate) const LARGEST_VALUE: i32 = 256 << 20;
/// Blobs up to this length are remembered with what they stand for: real stores repeat a few over and over.
const SHORT_BLOB: usize = 512;
const REMEMBERED: usize = 256;
/// The longest archive that is read: what it unfolds to takes many times its room.
const LONGEST_ARCHIVE: usize = 8 << 20;
/// What a value takes beside its text and bytes, roughly.
const VALUE: usize = 64;

/// Why there is no value.
pub(crate) enum Trouble {
    /// This cell is at fault: what was found, and what was expected.
    Cell(Reason, Cow<'static, str>),
    /// The work cannot go on.
    Work(Error),
}

/// Boxed, so that what was decoded travels alone: this is the innermost loop of all reading.
type Decoded<T> = Result<T, Box<Trouble>>;

/// Reads cells. It remembers small blobs, and counts what it has made so that pages stay small.
pub(crate) struct Decoder {
    files: ExternalFiles,
    /// What short blobs stood for, and by which codec.
    blobs: HashMap<Box<[u8]>, (Codec, Value), RandomState>,
    /// The bytes of all text and blobs, and of what JSON and archives unfold to, since somebody last set it to zero.
    pub(crate) bytes: usize,
}

impl Trouble {
    /// A cell at fault.
    pub(crate) fn cell(reason: Reason, what: impl Into<Cow<'static, str>>) -> Box<Self> {
        Box::new(Trouble::Cell(reason, what.into()))
    }
}

impl Decoder {
    pub(crate) fn new(files: ExternalFiles) -> Self {
        Self { files, blobs: HashMap::default(), bytes: 0 }
    }

    /// Adds what the cell stands for to these values; null stays null, whatever the codec. It is put where it is to
    /// stay: to hand it back and move it there costs more than most codecs do.
    #[inline(always)]
    pub(crate) fn read(&mut self, codec: Codec, cell: &ValueRef<'_>, into: &mut Vec<Value>) -> Decoded<()> {
        match (codec, cell) {
            (_, ValueRef::Null) => into.push(Value::Null),
            (Codec::Text, ValueRef::Text(bytes)) => into.push(Value::String(self.text(bytes)?)),
            (Codec::Uuid, ValueRef::Blob(bytes)) => into.push(Value::String(uuid(bytes)?)),
            (Codec::MacDate, ValueRef::Real(seconds)) => into.push(Value::Timestamp(date(*seconds)?)),
            (Codec::MacDate, ValueRef::Integer(seconds)) => into.push(Value::Timestamp(date(*seconds as f64)?)),
            (Codec::Double, ValueRef::Real(number)) => into.push(Value::Double(*number)),
            (Codec::Double, ValueRef::Integer(number)) => into.push(Value::Double(whole_double(*number)?)),
            (Codec::Int { bits }, ValueRef::Integer(number)) => into.push(Value::Int(whole_number(*number, bits)?)),
            (Codec::Bool, ValueRef::Integer(number)) => into.push(Value::Bool(truth(*number)?)),
            (Codec::Decimal, ValueRef::Integer(number)) => into.push(Value::Decimal(Decimal::from(*number))),
            (Codec::Decimal, ValueRef::Real(number)) => into.push(decimal(Decimal::from_double(*number))?),
            (Codec::Decimal, ValueRef::Text(text)) => {
                into.push(decimal(std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()))?);
            }
            (Codec::Bytes, ValueRef::Blob(bytes)) => into.push(self.keep(bytes)),
            (Codec::External, ValueRef::Blob(bytes)) => into.push(self.external(bytes)?),
            (Codec::Archive | Codec::Json | Codec::Coded, ValueRef::Blob(bytes)) => {
                into.push(self.coded(codec, bytes)?)
            }
            (Codec::Json | Codec::Coded, ValueRef::Text(bytes)) => into.push(self.coded(Codec::Json, bytes)?),
            (Codec::Any, cell) => into.push(self.anything(cell)?),
            (codec, cell) => return wrong_type(codec, cell),
        }
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Decoded<String> {
        self.bytes += text.len();
        match std::str::from_utf8(text) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let found = format!("byte {} of {} begins no UTF-8 character", error.valid_up_to() + 1, text.len());
                Err(Trouble::cell(Reason::BadText, found))
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Value {
        self.bytes += bytes.len();
        Value::Bytes(bytes.to_vec())
    }

    fn anything(&mut self, cell: &ValueRef<'_>) -> Decoded<Value> {
        match cell {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Int(*number)),
            ValueRef::Real(number) => Ok(Value::Double(*number)),
            ValueRef::Text(text) => self.text(text).map(Value::String),
            ValueRef::Blob(bytes) => Ok(self.keep(bytes)),
        }
    }

    fn external(&mut self, bytes: &[u8]) -> Decoded<Value> {
        match bytes.split_first() {
            Some((1, inline)) => Ok(self.keep(inline)),
            Some((2, name)) => {
                let bytes = self.files.read(name)?;
                self.bytes += bytes.len();
                Ok(Value::Bytes(bytes))
            }
            _ => bad(Reason::WrongType, "a blob that neither holds its bytes nor names a file"),
        }
    }

    fn coded(&mut self, codec: Codec, bytes: &[u8]) -> Decoded<Value> {
        let value = self.unfold(codec, bytes)?;
        self.bytes += size(&value);
        Ok(value)
    }

    fn unfold(&mut self, codec: Codec, bytes: &[u8]) -> Decoded<Value> {
        if bytes.len() > SHORT_BLOB {
            return decode(codec, bytes);
        }
        match self.blobs.get(bytes) {
            Some((known, value)) if *known == codec => return Ok(value.clone()),
            _ => {}
        }
        let value = decode(codec, bytes)?;
        if self.blobs.len() == REMEMBERED {
            self.blobs.clear();
        }
        self.blobs.insert(bytes.into(), (codec, value.clone()));
        Ok(value)
    }
}

fn decode(codec: Codec, bytes: &[u8]) -> Decoded<Value> {
    match codec {
        Codec::Archive => archived(bytes),
        Codec::Coded if bytes.starts_with(b"bplist") => archived(bytes),
        _ => json::parse(bytes).map_err(|fault| Trouble::cell(fault.reason(), fault.to_string())),
    }
}

fn archived(bytes: &[u8]) -> Decoded<Value> {
    if bytes.len() > LONGEST_ARCHIVE {
        let found = format!("an archive of {} bytes, of which at most {LONGEST_ARCHIVE} are read", bytes.len());
        return Err(Trouble::cell(Reason::TooLarge, found));
    }
    archive::decode(bytes).map_err(|what| Trouble::cell(Reason::BadArchive, what.to_string()))
}

/// The bytes that a value takes, roughly.
fn size(value: &Value) -> usize {
    VALUE
        + match value {
            Value::String(text) | Value::Reference(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(items) => items.iter().map(size).sum(),
            Value::Map(fields) => fields.iter().map(|(name, field)| name.len() + size(field)).sum(),
            _ => 0,
        }
}

fn bad<T>(reason: Reason, what: &'static str) -> Decoded<T> {
    Err(Trouble::cell(reason, what))
}

#[inline]
fn uuid(bytes: &[u8]) -> Decoded<String> {
    let Ok(bytes) = <&[u8; 16]>::try_from(bytes) else {
        let found = format!("{} bytes where a UUID has 16", bytes.len());
        return Err(Trouble::cell(Reason::BadUuid, found));
    };
    Ok(uuid_text(bytes))
}

#[inline]
fn date(seconds: f64) -> Decoded<Timestamp> {
    match Timestamp::from_mac(seconds) {
        Some(moment) => Ok(moment),
        None => bad(Reason::BadDate, "a number of seconds that leads to no moment in time"),
    }
}

#[inline]
fn whole_double(number: i64) -> Decoded<f64> {
    let double = number as f64;
    if double as i64 == number && number != i64::MAX {
        return Ok(double);
    }
    bad(Reason::BadNumber, "a whole number that no double can hold exactly")
}

#[inline]
fn whole_number(number: i64, bits: u8) -> Decoded<i64> {
    let spare = 64_u32.saturating_sub(bits.into()).min(63);
    if (number << spare) >> spare == number {
        return Ok(number);
    }
    let found = format!("a whole number outside the {bits} bits of its type");
    Err(Trouble::cell(Reason::BadNumber, found))
}

#[inline]
fn truth(number: i64) -> Decoded<bool> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => bad(Reason::BadNumber, "a whole number where only 0 and 1 belong"),
    }
}

fn decimal(decimal: Option<Decimal>) -> Decoded<Value> {
    match decimal {
        Some(decimal) => Ok(Value::Decimal(decimal)),
        None => bad(Reason::BadNumber, "no decimal number"),
    }
}

#[cold]
fn wrong_type(codec: Codec, cell: &ValueRef<'_>) -> Decoded<()> {
    let found = match cell {
        ValueRef::Null => "nothing",
        ValueRef::Integer(_) => "a whole number",
        ValueRef::Real(_) => "a floating-point number",
        ValueRef::Text(_) => "text",
        ValueRef::Blob(_) => "a blob",
    };
    let expected = match codec {
        Codec::Text => "text",
        Codec::Int { .. } => "a whole number",
        Codec::Bool => "0 or 1",
        Codec::Double => "a number",
        Codec::MacDate => "a number of seconds",
        Codec::Decimal => "a decimal",
        Codec::Uuid => "a UUID's 16 bytes",
        Codec::Bytes | Codec::External => "a blob",
        Codec::Archive => "a keyed archive",
        Codec::Json => "JSON",
        Codec::Coded => "JSON or a keyed archive",
        Codec::Any => "anything",
    };
    Err(Trouble::cell(Reason::WrongType, format!("{found} where {expected} belongs")))
}

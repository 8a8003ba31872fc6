//! Values and keys as bytes without any loss, for what is kept on disk: `NaN` and `-0.0`, every nanosecond, every digit.
//!
//! Each has a tag, and each text and list its length. The bytes may come from a damaged file: lengths are held against
//! what is there before anything is allocated, and nesting has a limit, which is kept when writing too, so that what
//! was written can be read.

use super::{Decimal, GeoPoint, Key, Map, Timestamp, Value};

/// No store nests deeper, and a deeper one would be an attack on the stack.
const DEEPEST: usize = 200;

/// The bytes are none that were written here, or what is to be written is nested too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotBinary;

/// A document's fields as bytes.
pub(crate) fn fields_to_bytes(fields: &Map) -> Result<Vec<u8>, NotBinary> {
    let mut out = Vec::new();
    write_map(&mut out, fields, 0)?;
    Ok(out)
}

/// The fields that these bytes are.
pub(crate) fn fields_from_bytes(bytes: &[u8]) -> Result<Map, NotBinary> {
    let mut rest = Rest(bytes);
    let fields = rest.map(0)?;
    rest.end()?;
    Ok(fields)
}

/// A key as bytes.
pub(crate) fn key_to_bytes(key: &Key) -> Result<Vec<u8>, NotBinary> {
    let mut out = Vec::new();
    write_key(&mut out, key, 0)?;
    Ok(out)
}

/// The key that these bytes are.
pub(crate) fn key_from_bytes(bytes: &[u8]) -> Result<Key, NotBinary> {
    let mut rest = Rest(bytes);
    let key = rest.key(0)?;
    rest.end()?;
    Ok(key)
}

/// Keys as bytes, one after the other.
pub(crate) fn keys_to_bytes<'k>(keys: impl Iterator<Item = &'k Key>) -> Result<Vec<u8>, NotBinary> {
    let mut out = Vec::new();
    for key in keys {
        write_key(&mut out, key, 0)?;
    }
    Ok(out)
}

/// The keys that these bytes are.
pub(crate) fn keys_from_bytes(bytes: &[u8]) -> Result<Vec<Key>, NotBinary> {
    let (mut rest, mut keys) = (Rest(bytes), Vec::new());
    while rest.end().is_err() {
        keys.push(rest.key(0)?);
    }
    Ok(keys)
}

fn write_value(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), NotBinary> {
    match value {
        Value::Null => out.push(0),
        Value::Bool(false) => out.push(1),
        Value::Bool(true) => out.push(2),
        Value::Int(number) => tagged(out, 3, &number.to_le_bytes()),
        Value::Double(number) => tagged(out, 4, &number.to_bits().to_le_bytes()),
        Value::Decimal(decimal) => {
            let (negative, digits, exponent) = decimal.parts();
            tagged(out, 5, &[u8::from(negative)]);
            out.extend(exponent.to_le_bytes());
            sized(out, digits.as_bytes());
        }
        Value::Timestamp(moment) => {
            tagged(out, 6, &moment.seconds().to_le_bytes());
            out.extend(moment.nanos().to_le_bytes());
        }
        Value::String(text) => tagged_and_sized(out, 7, text.as_bytes()),
        Value::Bytes(bytes) => tagged_and_sized(out, 8, bytes),
        Value::Reference(address) => tagged_and_sized(out, 9, address.as_bytes()),
        Value::GeoPoint(place) => {
            tagged(out, 10, &place.latitude.to_bits().to_le_bytes());
            out.extend(place.longitude.to_bits().to_le_bytes());
        }
        Value::Array(items) => {
            let depth = deeper(depth)?;
            out.push(11);
            length(out, items.len());
            items.iter().try_for_each(|item| write_value(out, item, depth))?;
        }
        Value::Map(fields) => {
            let depth = deeper(depth)?;
            out.push(12);
            write_map(out, fields, depth)?;
        }
    }
    Ok(())
}

fn write_map(out: &mut Vec<u8>, fields: &Map, depth: usize) -> Result<(), NotBinary> {
    length(out, fields.len());
    fields.iter().try_for_each(|(name, value)| {
        sized(out, name.as_bytes());
        write_value(out, value, depth)
    })
}

fn write_key(out: &mut Vec<u8>, key: &Key, depth: usize) -> Result<(), NotBinary> {
    match key {
        Key::Int(number) => tagged(out, 0, &number.to_le_bytes()),
        Key::Text(text) => tagged_and_sized(out, 1, text.as_bytes()),
        Key::Bytes(bytes) => tagged_and_sized(out, 2, bytes),
        Key::Parts(parts) => {
            let depth = deeper(depth)?;
            out.push(3);
            length(out, parts.len());
            parts.iter().try_for_each(|part| write_key(out, part, depth))?;
        }
    }
    Ok(())
}

fn deeper(depth: usize) -> Result<usize, NotBinary> {
    if depth < DEEPEST { Ok(depth + 1) } else { Err(NotBinary) }
}

fn tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend(bytes);
}

fn tagged_and_sized(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    sized(out, bytes);
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len());
    out.extend(bytes);
}

/// Seven bits a byte, the lowest first; all but the last have the highest bit set.
fn length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// What is still to be read.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn value(&mut self, depth: usize) -> Result<Value, NotBinary> {
        Ok(match self.byte()? {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::Int(i64::from_le_bytes(self.array()?)),
            4 => Value::Double(self.double()?),
            5 => Value::Decimal(self.decimal()?),
            6 => {
                let (seconds, nanos) = (i64::from_le_bytes(self.array()?), u32::from_le_bytes(self.array()?));
                Value::Timestamp(Timestamp::new(seconds, nanos).ok_or(NotBinary)?)
            }
            7 => Value::String(self.text()?),
            8 => Value::Bytes(self.sized()?.to_vec()),
            9 => Value::Reference(self.text()?),
            10 => Value::GeoPoint(GeoPoint { latitude: self.double()?, longitude: self.double()? }),
            11 => {
                let depth = deeper(depth)?;
                let items = (0..self.length()?).map(|_| self.value(depth));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            12 => Value::Map(self.map(deeper(depth)?)?),
            _ => return Err(NotBinary),
        })
    }

    fn map(&mut self, depth: usize) -> Result<Map, NotBinary> {
        let fields = (0..self.length()?).map(|_| Ok((self.text()?, self.value(depth)?)));
        fields.collect()
    }

    fn key(&mut self, depth: usize) -> Result<Key, NotBinary> {
        Ok(match self.byte()? {
            0 => Key::Int(i64::from_le_bytes(self.array()?)),
            1 => Key::Text(self.text()?),
            2 => Key::Bytes(self.sized()?.to_vec()),
            3 => {
                let depth = deeper(depth)?;
                let parts = (0..self.length()?).map(|_| self.key(depth));
                Key::Parts(parts.collect::<Result<_, _>>()?)
            }
            _ => return Err(NotBinary),
        })
    }

    fn decimal(&mut self) -> Result<Decimal, NotBinary> {
        let negative = match self.byte()? {
            0 => false,
            1 => true,
            _ => return Err(NotBinary),
        };
        let exponent = i32::from_le_bytes(self.array()?);
        Decimal::from_parts(negative, &self.text()?, exponent).ok_or(NotBinary)
    }

    fn double(&mut self) -> Result<f64, NotBinary> {
        Ok(f64::from_bits(u64::from_le_bytes(self.array()?)))
    }

    fn text(&mut self) -> Result<String, NotBinary> {
        Ok(std::str::from_utf8(self.sized()?).map_err(|_| NotBinary)?.to_owned())
    }

    fn sized(&mut self) -> Result<&'b [u8], NotBinary> {
        let length = self.length()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(NotBinary)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A length that can be true: whatever is counted takes a byte at least.
    fn length(&mut self) -> Result<usize, NotBinary> {
        let mut length = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                let length = usize::try_from(length).map_err(|_| NotBinary)?;
                return if length <= self.0.len() { Ok(length) } else { Err(NotBinary) };
            }
        }
        Err(NotBinary)
    }

    fn byte(&mut self) -> Result<u8, NotBinary> {
        let (&byte, rest) = self.0.split_first().ok_or(NotBinary)?;
        self.0 = rest;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NotBinary> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(NotBinary)?;
        self.0 = rest;
        Ok(*bytes)
    }

    fn end(&self) -> Result<(), NotBinary> {
        if self.0.is_empty() { Ok(()) } else { Err(NotBinary) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> impl Strategy<Value = Key> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Key::Int),
            any::<String>().prop_map(Key::Text),
            any::<Vec<u8>>().prop_map(Key::Bytes),
        ];
        leaf.prop_recursive(4, 16, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Key::Parts))
    }

    fn values() -> impl Strategy<Value = Value> {
        let moment = (-(1_i64 << 60) + 1..1 << 60, 0_u32..1_000_000_000);
        let decimal = (any::<bool>(), "[0-9]{1,60}", -1_000_000_i32..1_000_000);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<u64>().prop_map(|bits| Value::Double(f64::from_bits(bits))),
            prop_oneof![Just(-0.0), Just(f64::INFINITY), Just(f64::NAN)].prop_map(Value::Double),
            decimal.prop_map(|(negative, digits, exponent)| {
                let sign = if negative { "-" } else { "" };
                Value::Decimal(format!("{sign}{digits}e{exponent}").parse().unwrap())
            }),
            moment.prop_map(|(seconds, nanos)| Value::Timestamp(Timestamp::new(seconds, nanos).unwrap())),
            any::<String>().prop_map(Value::String),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<String>().prop_map(Value::Reference),
            (-90.0..90.0, -180.0..180.0)
                .prop_map(|(latitude, longitude)| Value::GeoPoint(GeoPoint { latitude, longitude })),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(Value::Map),
            ]
        })
    }

    fn nested(depth: usize) -> Map {
        let value = (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        Map::from([("deep".to_owned(), value)])
    }

    #[test]
    fn what_is_nested_too_deep_is_refused_when_it_is_written() {
        let deep = nested(DEEPEST);
        assert_eq!(fields_from_bytes(&fields_to_bytes(&deep).unwrap()), Ok(deep));
        assert_eq!(fields_to_bytes(&nested(DEEPEST + 1)), Err(NotBinary));
    }

    #[test]
    fn a_length_that_cannot_be_true_allocates_nothing() {
        assert_eq!(fields_from_bytes(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Err(NotBinary));
        assert_eq!(key_from_bytes(&[1, 0xff, 0xff, 0x03, b'a']), Err(NotBinary));
    }

    proptest! {
        #[test]
        fn every_document_comes_back(fields in prop::collection::btree_map(any::<String>(), values(), 0..6)) {
            let bytes = fields_to_bytes(&fields).unwrap();
            prop_assert_eq!(fields_from_bytes(&bytes), Ok(fields));
        }

        #[test]
        fn every_key_comes_back(key in keys()) {
            prop_assert_eq!(key_from_bytes(&key_to_bytes(&key).unwrap()), Ok(key));
        }

        #[test]
        fn all_keys_come_back_in_their_order(keys in prop::collection::vec(keys(), 0..6)) {
            let bytes = keys_to_bytes(keys.iter()).unwrap();
            prop_assert_eq!(keys_from_bytes(&bytes), Ok(keys));
        }

        #[test]
        fn damaged_bytes_are_read_or_refused(
            fields in prop::collection::btree_map(any::<String>(), values(), 0..6),
            at: prop::sample::Index,
            byte: u8,
        ) {
            let mut bytes = fields_to_bytes(&fields).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = fields_from_bytes(&bytes);
            let _ = fields_from_bytes(&bytes[..at]);
            let _ = key_from_bytes(&bytes[at..]);
            let _ = keys_from_bytes(&bytes[at..]);
        }
    }
}

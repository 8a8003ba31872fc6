//! Apple's binary property lists, read in place: nothing is built before somebody asks for it, and no byte is
//! believed. A list is a table of objects that refer to one another by number, in circles where an attacker likes;
//! so one object at a time is read here, and whoever follows references counts their own steps.

use std::fmt;

const HEADER: &[u8] = b"bplist00";
const TRAILER: usize = 32;

/// Why bytes are no property list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListError {
    /// They do not begin as one.
    Header,
    /// The trailer contradicts itself or the length.
    Trailer,
    /// A reference to an object that is not there.
    Reference,
    /// An object that reaches beyond the end, or of a type that there is not.
    Object,
    /// Text that is not in the encoding it says.
    Text,
}

impl fmt::Display for ListError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            ListError::Header => "not a binary property list",
            ListError::Trailer => "a property list that is cut off or whose trailer is damaged",
            ListError::Reference => "a property list that refers to an object it does not have",
            ListError::Object => "a property list with a damaged object",
            ListError::Text => "a property list with text that is not in its encoding",
        })
    }
}

/// The number of an object in its list.
pub(crate) type Index = u64;

/// A property list. Making one reads the trailer alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    /// Header and objects; the table of offsets begins where they end.
    objects: &'a [u8],
    offsets: &'a [u8],
    offset_width: usize,
    reference_width: usize,
    top: Index,
}

/// One object.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object<'a> {
    Null,
    Bool(bool),
    Int(i128),
    Real(f64),
    /// Seconds since 2001.
    Date(f64),
    Data(&'a [u8]),
    Text(Text<'a>),
    /// A reference within a keyed archive.
    Uid(u64),
    /// Or a set, in the order in which it was written.
    Array(References<'a>),
    Dict(Dict<'a>),
}

/// Text as it lies in the list.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    /// Not checked yet: that is left to [`Text::decode`], so that looking at a key never costs more than a key.
    Ascii(&'a [u8]),
    /// Pairs of bytes, the higher one first.
    Utf16(&'a [u8]),
}

/// The numbers of a container's objects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct References<'a> {
    bytes: &'a [u8],
    width: usize,
}

/// The numbers of a dictionary's keys, and side by side those of its values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dict<'a> {
    pub(crate) keys: References<'a>,
    pub(crate) values: References<'a>,
}

impl<'a> List<'a> {
    /// The list that these bytes are.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, ListError> {
        if !bytes.starts_with(HEADER) {
            return Err(ListError::Header);
        }
        let (body, trailer) = bytes.split_last_chunk::<TRAILER>().ok_or(ListError::Trailer)?;
        let [_, _, _, _, _, _, offset_width, reference_width, numbers @ ..] = trailer;
        let mut numbers = numbers.chunks_exact(8).map(number);
        let mut next = || numbers.next().ok_or(ListError::Trailer);
        let (count, top, table) = (next()?, next()?, next()?);
        let (offset_width, reference_width) = (usize::from(*offset_width), usize::from(*reference_width));
        if !(1..=8).contains(&offset_width) || !(1..=8).contains(&reference_width) || top >= count {
            return Err(ListError::Trailer);
        }
        let table = usize::try_from(table).ok().filter(|&at| at > HEADER.len()).ok_or(ListError::Trailer)?;
        let (objects, offsets) = body.split_at_checked(table).ok_or(ListError::Trailer)?;
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(offset_width));
        let offsets = length.and_then(|length| offsets.get(..length)).ok_or(ListError::Trailer)?;
        Ok(Self { objects, offsets, offset_width, reference_width, top })
    }

    /// The outermost object.
    pub(crate) fn top(&self) -> Result<Object<'a>, ListError> {
        self.get(self.top)
    }

    /// The object of this number.
    pub(crate) fn get(&self, index: Index) -> Result<Object<'a>, ListError> {
        let rest = self.rest_from(index).ok_or(ListError::Reference)?;
        let (&marker, rest) = rest.split_first().ok_or(ListError::Object)?;
        let low = marker & 0x0F;
        match marker >> 4 {
            0 => match low {
                0 => Ok(Object::Null),
                8 => Ok(Object::Bool(false)),
                9 => Ok(Object::Bool(true)),
                _ => Err(ListError::Object),
            },
            1 => int(low, rest).map(Object::Int),
            2 => real(low, rest).map(Object::Real),
            3 if low == 3 => real(low, rest).map(Object::Date),
            4 => sized(low, rest, 1).map(Object::Data),
            5 => sized(low, rest, 1).map(Text::Ascii).map(Object::Text),
            6 => sized(low, rest, 2).map(Text::Utf16).map(Object::Text),
            8 => take(rest, usize::from(low) + 1)
                .filter(|bytes| bytes.len() <= 8)
                .map(number)
                .map(Object::Uid)
                .ok_or(ListError::Object),
            0xA | 0xC => self.references(low, rest).map(Object::Array),
            0xD => self.dict(low, rest).map(Object::Dict),
            _ => Err(ListError::Object),
        }
    }

    /// The value of this name, if the dictionary has it.
    pub(crate) fn find(&self, dict: Dict<'a>, name: &str) -> Result<Option<Object<'a>>, ListError> {
        for (key, value) in dict.entries() {
            if let Object::Text(text) = self.get(key)?
                && text.is(name)
            {
                return self.get(value).map(Some);
            }
        }
        Ok(None)
    }

    fn rest_from(&self, index: Index) -> Option<&'a [u8]> {
        let start = usize::try_from(index).ok()?.checked_mul(self.offset_width)?;
        let offset = self.offsets.get(start..start.checked_add(self.offset_width)?).map(number)?;
        let offset = usize::try_from(offset).ok().filter(|&offset| offset >= HEADER.len())?;
        self.objects.get(offset..)
    }

    fn references(&self, low: u8, rest: &'a [u8]) -> Result<References<'a>, ListError> {
        let bytes = sized(low, rest, self.reference_width)?;
        Ok(References { bytes, width: self.reference_width })
    }

    fn dict(&self, low: u8, rest: &'a [u8]) -> Result<Dict<'a>, ListError> {
        let both = sized(low, rest, 2 * self.reference_width)?;
        let (keys, values) = both.split_at(both.len() / 2);
        let half = |bytes| References { bytes, width: self.reference_width };
        Ok(Dict { keys: half(keys), values: half(values) })
    }
}

impl<'a> References<'a> {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    pub(crate) fn iter(self) -> impl ExactSizeIterator<Item = Index> + 'a {
        self.bytes.chunks_exact(self.width).map(number)
    }

    pub(crate) fn get(&self, place: u64) -> Option<Index> {
        let start = usize::try_from(place).ok()?.checked_mul(self.width)?;
        self.bytes.get(start..start.checked_add(self.width)?).map(number)
    }
}

impl<'a> Dict<'a> {
    pub(crate) fn entries(self) -> impl Iterator<Item = (Index, Index)> + 'a {
        self.keys.iter().zip(self.values.iter())
    }
}

impl Text<'_> {
    /// Whether it is this text, which is ASCII.
    pub(crate) fn is(&self, ascii: &str) -> bool {
        match self {
            Text::Ascii(text) => *text == ascii.as_bytes(),
            Text::Utf16(_) => false,
        }
    }

    /// How many bytes it takes in the list.
    pub(crate) fn size(&self) -> usize {
        match self {
            Text::Ascii(text) => text.len(),
            Text::Utf16(bytes) => bytes.len(),
        }
    }

    pub(crate) fn decode(&self) -> Result<String, ListError> {
        match self {
            Text::Ascii(bytes) if bytes.is_ascii() => {
                std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| ListError::Text)
            }
            Text::Ascii(_) => Err(ListError::Text),
            Text::Utf16(bytes) => {
                let units = bytes.chunks_exact(2).map(|pair| number(pair) as u16);
                char::decode_utf16(units).collect::<Result<_, _>>().map_err(|_| ListError::Text)
            }
        }
    }
}

/// The size alone: what is in a user's archive stays out of logs.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "text({})", self.size())
    }
}

fn take(bytes: &[u8], count: usize) -> Option<&[u8]> {
    bytes.get(..count)
}

/// A number of up to eight bytes, the highest first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

fn int(power: u8, rest: &[u8]) -> Result<i128, ListError> {
    let bytes = if power <= 4 { take(rest, 1 << power) } else { None }.ok_or(ListError::Object)?;
    Ok(match power {
        // One, two and four bytes have no sign, eight and sixteen do.
        0..=2 => i128::from(number(bytes)),
        3 => i128::from(number(bytes) as i64),
        _ => bytes.iter().fold(0, |sum, &byte| sum << 8 | i128::from(byte)),
    })
}

fn real(power: u8, rest: &[u8]) -> Result<f64, ListError> {
    match power {
        2 => rest.first_chunk().map(|&bytes| f64::from(f32::from_be_bytes(bytes))),
        3 => rest.first_chunk().map(|&bytes| f64::from_be_bytes(bytes)),
        _ => None,
    }
    .ok_or(ListError::Object)
}

/// The bytes of an object whose marker, or the number that follows it, counts units of so many bytes.
fn sized(low: u8, rest: &[u8], unit: usize) -> Result<&[u8], ListError> {
    let (count, rest) = match low {
        15 => {
            let (&marker, rest) = rest.split_first().ok_or(ListError::Object)?;
            let power = marker & 0x0F;
            if marker >> 4 != 1 || power > 3 {
                return Err(ListError::Object);
            }
            let count = usize::try_from(int(power, rest)?).map_err(|_| ListError::Object)?;
            (count, rest.get(1 << power..).ok_or(ListError::Object)?)
        }
        count => (usize::from(count), rest),
    };
    count.checked_mul(unit).and_then(|length| take(rest, length)).ok_or(ListError::Object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::bplist::{Item, write};

    fn read(list: &List<'_>, object: Object<'_>) -> Item {
        let each = |items: References<'_>| items.iter().map(|item| read(list, list.get(item).unwrap())).collect();
        match object {
            Object::Null => panic!("the writer has no null"),
            Object::Bool(truth) => Item::Bool(truth),
            Object::Int(number) => Item::Int(number.try_into().unwrap()),
            Object::Real(number) => Item::Real(number),
            Object::Date(seconds) => Item::Date(seconds),
            Object::Data(bytes) => Item::Data(bytes.to_vec()),
            Object::Text(text) => Item::Text(text.decode().unwrap()),
            Object::Uid(uid) => Item::Uid(uid),
            Object::Array(items) => Item::Array(each(items)),
            Object::Dict(dict) => {
                let keys = dict.keys.iter().map(|key| match list.get(key).unwrap() {
                    Object::Text(text) => text.decode().unwrap(),
                    _ => panic!("a key that is no text"),
                });
                Item::Dict(keys.zip::<Vec<Item>>(each(dict.values)).collect())
            }
        }
    }

    fn items() -> impl proptest::strategy::Strategy<Value = Item> {
        use proptest::prelude::*;
        let scalar = prop_oneof![
            any::<bool>().prop_map(Item::Bool),
            any::<i64>().prop_map(Item::Int),
            (0_i64..70_000).prop_map(Item::Int),
            (-1e300..1e300).prop_map(Item::Real),
            (-1e11..1e11).prop_map(Item::Date),
            any::<Vec<u8>>().prop_map(Item::Data),
            ".{0,40}".prop_map(Item::Text),
            "[a-z]{0,300}".prop_map(Item::Text),
            (0_u64..100_000).prop_map(Item::Uid),
        ];
        scalar.prop_recursive(4, 64, 20, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..20).prop_map(Item::Array),
                prop::collection::vec(("[a-z]{1,9}", inner), 0..20).prop_map(Item::Dict),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn what_was_written_is_read_back(item in items()) {
            let bytes = write(&item);
            let list = List::new(&bytes).unwrap();
            proptest::prop_assert_eq!(read(&list, list.top().unwrap()), item);
        }
    }

    #[test]
    fn bytes_that_are_no_list_are_refused() {
        let good = write(&Item::Array(vec![Item::Int(1)]));
        assert_eq!(List::new(b"").unwrap_err(), ListError::Header);
        assert_eq!(List::new(&[0; 64]).unwrap_err(), ListError::Header);
        assert_eq!(List::new(b"bplist00\xFF\xFF").unwrap_err(), ListError::Trailer);
        for length in 8..good.len() {
            assert!(List::new(&good[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_number_of_sixteen_bytes_keeps_its_sign() {
        let bytes = [&[0_u8; 8][..], &[0xFF; 8]].concat();
        assert_eq!(int(4, &bytes), Ok(i128::from(u64::MAX)));
        assert_eq!(int(4, &[0xFF; 16]), Ok(-1));
        assert_eq!(int(5, &[0xFF; 64]), Err(ListError::Object));
    }
}

//! From the graph of objects in an archive to one value.

use std::mem::size_of;

use super::super::bplist::{Dict, Object, Text};
use super::{Archive, ArchiveError, Uid};
use crate::record::hex::uuid_text;
use crate::record::{Decimal, Map, Timestamp, Value};

/// Deeper than any target takes, and shallow enough for the smallest of stacks.
const DEEPEST: usize = 64;
/// Objects may be shared, so a value may be larger than its archive: by this factor,
const GROWTH: usize = 16;
/// or, of a small archive, up to this many bytes.
const ALWAYS_FINE: usize = 4 << 20;

/// The value that an archive holds: arrays and sets, dictionaries, texts, numbers, exact decimals, dates, bytes,
/// UUIDs in upper case, URLs, and nothing.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, ArchiveError> {
    let archive = Archive::new(bytes)?;
    let allowance = bytes.len().saturating_mul(GROWTH).max(ALWAYS_FINE);
    Decoder { archive, allowance }.value(archive.root(), None)
}

struct Decoder<'a> {
    archive: Archive<'a>,
    /// How many more bytes the value may take.
    allowance: usize,
}

/// The containers around an object, the innermost first.
#[derive(Clone, Copy)]
struct Path<'p> {
    uid: Uid,
    depth: usize,
    outer: Option<&'p Path<'p>>,
}

/// What a class's objects become.
#[derive(Clone, Copy)]
enum Class {
    Items,
    Entries,
    Text,
    Bytes,
    Date,
    Uuid,
    Url,
    Decimal,
    Nothing,
}

impl Class {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "NSArray" | "NSMutableArray" | "NSSet" | "NSMutableSet" | "NSOrderedSet" | "NSMutableOrderedSet" => {
                Class::Items
            }
            "NSDictionary" | "NSMutableDictionary" => Class::Entries,
            "NSString" | "NSMutableString" => Class::Text,
            "NSData" | "NSMutableData" => Class::Bytes,
            "NSDate" => Class::Date,
            "NSUUID" => Class::Uuid,
            "NSURL" => Class::Url,
            "NSDecimalNumber" | "NSDecimalNumberPlaceholder" => Class::Decimal,
            "NSNull" => Class::Nothing,
            _ => return None,
        })
    }
}

impl<'a> Decoder<'a> {
    fn value(&mut self, uid: Uid, outer: Option<&Path<'_>>) -> Result<Value, ArchiveError> {
        match self.archive.object(uid)? {
            _ if uid == 0 => Ok(Value::Null),
            Object::Bool(truth) => Ok(Value::Bool(truth)),
            Object::Int(number) => whole(number),
            Object::Real(number) => Ok(Value::Double(number)),
            Object::Date(seconds) => date(seconds),
            Object::Data(bytes) => self.bytes(bytes),
            Object::Text(text) => self.text(text).map(Value::String),
            Object::Dict(instance) => self.instance(instance, Path::enter(uid, outer)?),
            Object::Null | Object::Uid(_) | Object::Array(_) => Err(ArchiveError::NotAnArchive),
        }
    }

    fn instance(&mut self, instance: Dict<'a>, path: Path<'_>) -> Result<Value, ArchiveError> {
        // Looking for a field costs as much time as there are fields.
        self.spend(instance.keys.len())?;
        match self.archive.classes(instance)?.find(Class::of)? {
            Class::Items => self.items(instance, &path),
            Class::Entries => self.entries(instance, &path),
            Class::Text => self.string(instance, "NS.string").map(Value::String),
            Class::Bytes => match self.archive.followed(instance, "NS.data")? {
                Some(Object::Data(bytes)) => self.bytes(bytes),
                _ => Err(ArchiveError::Missing("NS.data")),
            },
            Class::Date => match self.archive.field(instance, "NS.time")? {
                Some(Object::Real(seconds)) => date(seconds),
                Some(Object::Int(seconds)) => date(seconds as f64),
                _ => Err(ArchiveError::Missing("NS.time")),
            },
            Class::Uuid => match self.archive.followed(instance, "NS.uuidbytes")? {
                Some(Object::Data(bytes)) => uuid(bytes),
                _ => Err(ArchiveError::Missing("NS.uuidbytes")),
            },
            Class::Url => match self.archive.followed(instance, "NS.base")? {
                None => self.string(instance, "NS.relative").map(Value::String),
                Some(_) => Err(ArchiveError::RelativeUrl),
            },
            Class::Decimal => self.decimal(instance),
            Class::Nothing => Ok(Value::Null),
        }
    }

    fn items(&mut self, instance: Dict<'a>, path: &Path<'_>) -> Result<Value, ArchiveError> {
        // Ordered sets of old systems number their items instead of listing them.
        if self.archive.field(instance, "NS.objects")?.is_none() {
            return self.numbered_items(instance, path);
        }
        let references = self.archive.references(instance, "NS.objects")?;
        self.spend(references.len().saturating_mul(size_of::<Value>()))?;
        let mut items = Vec::with_capacity(references.len());
        for reference in references {
            items.push(self.value(reference?, Some(path))?);
        }
        Ok(Value::Array(items))
    }

    fn numbered_items(&mut self, instance: Dict<'a>, path: &Path<'_>) -> Result<Value, ArchiveError> {
        let mut places = self.archive.numbered(instance)?;
        places.sort_unstable();
        self.spend(places.len().saturating_mul(size_of::<Value>()))?;
        let items = places.into_iter().map(|(_, uid)| self.value(uid, Some(path)));
        items.collect::<Result<_, _>>().map(Value::Array)
    }

    fn entries(&mut self, instance: Dict<'a>, path: &Path<'_>) -> Result<Value, ArchiveError> {
        let keys = self.archive.references(instance, "NS.keys")?;
        let values = self.archive.references(instance, "NS.objects")?;
        if keys.len() != values.len() {
            return Err(ArchiveError::Missing("a value for each key"));
        }
        self.spend(keys.len().saturating_mul(size_of::<(String, Value)>()))?;
        let mut map = Map::new();
        for (key, value) in keys.zip(values) {
            let name = match self.value(key?, Some(path))? {
                Value::String(name) => name,
                Value::Int(number) => number.to_string(),
                _ => return Err(ArchiveError::BadKey),
            };
            let value = self.value(value?, Some(path))?;
            if map.insert(name, value).is_some() {
                return Err(ArchiveError::DoubleKey);
            }
        }
        Ok(Value::Map(map))
    }

    fn string(&mut self, instance: Dict<'a>, name: &'static str) -> Result<String, ArchiveError> {
        match self.archive.followed(instance, name)? {
            Some(Object::Text(text)) => self.text(text),
            _ => Err(ArchiveError::Missing(name)),
        }
    }

    fn text(&mut self, text: Text<'_>) -> Result<String, ArchiveError> {
        self.spend(text.size())?;
        Ok(text.decode()?)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<Value, ArchiveError> {
        self.spend(bytes.len())?;
        Ok(Value::Bytes(bytes.to_vec()))
    }

    /// Up to eight groups of sixteen bits, the lowest first, and a power of ten.
    fn decimal(&self, instance: Dict<'a>) -> Result<Value, ArchiveError> {
        let int = |name| match self.archive.field(instance, name)? {
            Some(Object::Int(number)) => Ok(number),
            _ => Err(ArchiveError::Missing(name)),
        };
        let (exponent, length) = (int("NS.exponent")?, int("NS.length")?);
        let Some(Object::Bool(negative)) = self.archive.field(instance, "NS.negative")? else {
            return Err(ArchiveError::Missing("NS.negative"));
        };
        let Some(Object::Data(mantissa)) = self.archive.followed(instance, "NS.mantissa")? else {
            return Err(ArchiveError::Missing("NS.mantissa"));
        };
        let group: fn([u8; 2]) -> u16 = match int("NS.mantissa.bo")? {
            1 => u16::from_le_bytes,
            2 => u16::from_be_bytes,
            _ => return Err(ArchiveError::BadDecimal),
        };
        // No digits and a minus sign: that is how Foundation writes "not a number".
        let sane = mantissa.len() == 16 && (0..=8).contains(&length) && !(negative && length == 0);
        if !sane || i8::try_from(exponent).is_err() {
            return Err(ArchiveError::BadDecimal);
        }
        let groups = mantissa.chunks_exact(2).take(length as usize).enumerate();
        let digits = groups.fold(0_u128, |sum, (place, pair)| match pair {
            [first, second] => sum | u128::from(group([*first, *second])) << (16 * place),
            _ => sum,
        });
        let sign = if negative { "-" } else { "" };
        let decimal = format!("{sign}{digits}e{exponent}").parse().map_err(|_| ArchiveError::BadDecimal)?;
        Ok(Value::Decimal(decimal))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ArchiveError> {
        self.allowance = self.allowance.checked_sub(bytes).ok_or(ArchiveError::TooLarge)?;
        Ok(())
    }
}

impl<'p> Path<'p> {
    fn enter(uid: Uid, outer: Option<&'p Path<'p>>) -> Result<Self, ArchiveError> {
        let mut around = outer;
        while let Some(path) = around {
            if path.uid == uid {
                return Err(ArchiveError::Circle);
            }
            around = path.outer;
        }
        let depth = outer.map_or(0, |path| path.depth + 1);
        if depth < DEEPEST { Ok(Self { uid, depth, outer }) } else { Err(ArchiveError::TooDeep) }
    }
}

fn whole(number: i128) -> Result<Value, ArchiveError> {
    match i64::try_from(number) {
        Ok(number) => Ok(Value::Int(number)),
        Err(_) => number.to_string().parse::<Decimal>().map(Value::Decimal).map_err(|_| ArchiveError::BadDecimal),
    }
}

fn date(seconds: f64) -> Result<Value, ArchiveError> {
    Timestamp::from_mac(seconds).map(Value::Timestamp).ok_or(ArchiveError::BadDate)
}

fn uuid(bytes: &[u8]) -> Result<Value, ArchiveError> {
    let bytes = bytes.try_into().map_err(|_| ArchiveError::BadUuid)?;
    Ok(Value::String(uuid_text(bytes)))
}

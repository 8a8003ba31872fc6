//! Checks documents against the rules of a target, and counts them as the target does.

use super::fault::Fault;
use crate::record::{GeoPoint, Kind, Map, Reason, Value};
use crate::rules::{IndexRules, Rules, Segments, is_reserved_name, is_reserved_segment};

/// What something counts, if the target takes it. The fault is boxed, so that the number travels in a register.
pub(crate) type Counted<T = u64> = Result<T, Box<Fault>>;

/// The rules of a target, made ready to check many documents.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    rules: Rules,
    /// A bit for each kind that it holds.
    holds: u16,
}

/// What a document counts so far.
#[derive(Debug)]
pub(crate) struct Tally<'r> {
    limits: &'r Limits,
    address: &'r str,
    /// What the address counts.
    own: u64,
    share: Share,
}

/// What a part of a document counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Share {
    bytes: u64,
    /// How many index entries it makes.
    entries: u64,
    /// What the names and values in them count.
    entry_bytes: u64,
}

impl Limits {
    pub(crate) fn new(rules: &Rules) -> Self {
        let holds = rules.holds.iter().fold(0, |bits, kind| bits | bit(*kind));
        Self { rules: rules.clone(), holds }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Begins to count a document.
    pub(crate) fn begin<'r>(&'r self, address: &'r str) -> Counted<Tally<'r>> {
        let own = self.address(address)?;
        let share = Share { bytes: self.rules.size.document + own, ..Share::default() };
        Ok(Tally { limits: self, address, own, share })
    }

    /// Begins to count a part of documents that is the same in all of them.
    pub(crate) fn begin_a_share(&self) -> Tally<'_> {
        Tally { limits: self, address: "", own: 0, share: Share::default() }
    }

    /// Whether the target takes a name.
    pub(crate) fn takes_name(&self, name: &str) -> bool {
        self.name(name).is_ok()
    }

    /// What an address counts, if the target takes it.
    fn address(&self, address: &str) -> Counted {
        let rules = &self.rules.address;
        let bad = |detail: String| Err(Fault::new(Reason::BadId, detail).into());
        let count = slashes(address) + 1;
        let counted = self.bytes_of(address, count);
        match rules.segments {
            Segments::Pairs if !count.is_multiple_of(2) => {
                return bad(format!("the address has {count} segments, not an even number"));
            }
            Segments::Two if count != 2 => return bad(format!("the address has {count} segments, not two")),
            _ => {}
        }
        if address.len() > rules.max_bytes {
            let (bytes, most) = (address.len(), rules.max_bytes);
            return bad(format!("the address has {bytes} bytes; at most {most} are allowed"));
        }
        if address.len() <= rules.max_segment_bytes && !may_be_odd(address) {
            return Ok(counted);
        }
        for (segment, number) in address.split('/').zip(1..) {
            if segment.is_empty() {
                return bad(format!("segment {number} of the address is empty"));
            }
            if segment.len() > rules.max_segment_bytes {
                let (bytes, most) = (segment.len(), rules.max_segment_bytes);
                return bad(format!("segment {number} of the address has {bytes} bytes; at most {most} are allowed"));
            }
            if rules.reserved && is_reserved_segment(segment) {
                return bad(format!("segment {number} of the address is `.`, `..` or of the form `__x__`"));
            }
        }
        Ok(counted)
    }

    fn bytes_of(&self, address: &str, segments: usize) -> u64 {
        let size = &self.rules.size;
        // All but the slashes, of which there is one less than segments.
        size.address + (address.len() + 1 - segments) as u64 + size.text * segments as u64
    }

    /// What the parent of an address counts.
    fn parent_bytes(&self, address: &str) -> u64 {
        let mut slashes_from_the_end = address.rmatch_indices('/').map(|(at, _)| at);
        match slashes_from_the_end.nth(1) {
            Some(end) => self.bytes_of(&address[..end], slashes(&address[..end]) + 1),
            None => self.rules.size.address,
        }
    }

    #[inline]
    fn name(&self, name: &str) -> Counted<()> {
        let rules = &self.rules.names;
        let reserved = rules.reserved && is_reserved_name(name);
        if name.is_empty() || name.len() > rules.max_bytes || reserved { Err(self.bad_name(name)) } else { Ok(()) }
    }

    #[cold]
    fn bad_name(&self, name: &str) -> Box<Fault> {
        let (bytes, most) = (name.len(), self.rules.names.max_bytes);
        let detail = match bytes {
            0 => "a field's name is empty".to_owned(),
            _ if bytes > most => format!("a field's name has {bytes} bytes; at most {most} are allowed"),
            _ => "a field's name is of the form `__x__`".to_owned(),
        };
        Fault::new(Reason::BadName, detail).into()
    }

    #[inline]
    fn single(&self, bytes: usize) -> Counted<()> {
        if bytes as u64 > self.rules.max_value_bytes { Err(self.too_large(bytes)) } else { Ok(()) }
    }

    #[cold]
    fn too_large(&self, bytes: usize) -> Box<Fault> {
        let most = self.rules.max_value_bytes;
        Fault::new(Reason::TooLarge, format!("the value has {bytes} bytes; at most {most} are allowed")).into()
    }

    fn nested(&self, depth: usize) -> Counted<()> {
        let most = self.rules.max_depth;
        if depth > most {
            let detail = format!("maps and arrays are nested more than {most} deep");
            return Err(Fault::new(Reason::TooDeep, detail).into());
        }
        Ok(())
    }
}

impl Tally<'_> {
    /// Counts a field that lies in maps which were counted before: in `depth` of them, with names of `path` bytes.
    #[inline]
    pub(crate) fn field(&mut self, name: &str, value: &Value, depth: usize, path: u64) -> Counted<()> {
        self.share.bytes += self.entry(name, value, depth, self.limits.rules.index.map(|_| path))?;
        Ok(())
    }

    /// Counts a field of the document itself, whose name the target takes.
    #[inline]
    pub(crate) fn known_field(&mut self, name: &str, value: &Value) -> Counted<()> {
        self.share.bytes += self.known_entry(name, value, 0, self.limits.rules.index.map(|_| 0))?;
        Ok(())
    }

    /// Adds what was counted before.
    pub(crate) fn add(&mut self, share: &Share) {
        self.share.bytes += share.bytes;
        self.share.entries += share.entries;
        self.share.entry_bytes += share.entry_bytes;
    }

    /// What was counted until now.
    pub(crate) fn share(self) -> Share {
        self.share
    }

    /// Counts a map that was not there before its fields.
    pub(crate) fn map(&mut self, name: &str, depth: usize) -> Counted<()> {
        self.limits.nested(depth + 1)?;
        self.field(name, &Value::Map(Map::new()), depth, 0)
    }

    /// What the whole document counts, if the target takes it.
    pub(crate) fn end(self) -> Counted {
        let rules = &self.limits.rules;
        let (bytes, most) = (self.share.bytes, rules.max_document_bytes);
        if bytes > most {
            let detail = format!("the document counts {bytes} bytes; at most {most} are allowed");
            return Err(Fault::new(Reason::TooLarge, detail).into());
        }
        rules.index.map_or(Ok(()), |index| self.check_index(&index))?;
        Ok(bytes)
    }

    fn check_index(&self, index: &IndexRules) -> Counted<()> {
        let too_many = |what: String| Err(Fault::new(Reason::TooManyIndexEntries, what).into());
        let Share { entries, entry_bytes, .. } = self.share;
        let most = index.max_entries;
        if entries > most {
            return too_many(format!("the document makes {entries} index entries; at most {most} are allowed"));
        }
        // Each entry has the document's address in it, and its parent's, which is the shorter one.
        let bytes_with = |parent| entries * (self.limits.rules.size.document + self.own + parent) + entry_bytes;
        if bytes_with(self.own) > index.max_bytes {
            let bytes = bytes_with(self.limits.parent_bytes(self.address));
            if bytes > index.max_bytes {
                let most = index.max_bytes;
                return too_many(format!("its index entries count {bytes} bytes; at most {most} are allowed"));
            }
        }
        Ok(())
    }

    /// What a name and its value count. `path` is the length of the names on the way to it, and none within arrays
    /// and where nothing is indexed.
    #[inline]
    fn entry(&mut self, name: &str, value: &Value, depth: usize, path: Option<u64>) -> Counted {
        self.limits.name(name)?;
        self.known_entry(name, value, depth, path)
    }

    #[inline]
    fn known_entry(&mut self, name: &str, value: &Value, depth: usize, path: Option<u64>) -> Counted {
        let name_bytes = name.len() as u64 + self.limits.rules.size.text;
        let path = path.map(|path| path + name_bytes);
        let bytes = self.value(value, depth, path)?;
        if let Some(path) = path {
            // Ascending and descending, by the whole value.
            self.index(path, bytes, 2);
        }
        Ok(name_bytes + bytes)
    }

    #[inline]
    fn value(&mut self, value: &Value, depth: usize, path: Option<u64>) -> Counted {
        let limits = self.limits;
        let size = &limits.rules.size;
        if limits.holds & bit(value.kind()) == 0 {
            return Err(not_held(value.kind()));
        }
        Ok(match value {
            Value::Null | Value::Bool(_) => size.bit,
            Value::Int(_) | Value::Double(_) => size.number,
            Value::Decimal(decimal) => size.text + decimal.to_string().len() as u64,
            Value::Timestamp(moment) => {
                let held = &limits.rules.timestamps;
                if *moment < held.first || *moment > held.last {
                    return Err(out_of_time());
                }
                size.number
            }
            Value::String(text) => {
                limits.single(text.len())?;
                size.text + text.len() as u64
            }
            Value::Bytes(bytes) => {
                limits.single(bytes.len())?;
                bytes.len() as u64
            }
            Value::Reference(address) => limits.address(address)?,
            Value::GeoPoint(point) => {
                on_earth(point)?;
                size.geopoint
            }
            Value::Array(items) => self.array(items, depth + 1, path)?,
            Value::Map(fields) => self.fields(fields, depth + 1, path)?,
        })
    }

    #[inline(never)]
    fn array(&mut self, items: &[Value], depth: usize, path: Option<u64>) -> Counted {
        self.limits.nested(depth)?;
        let mut bytes = 0;
        for item in items {
            if matches!(item, Value::Array(_)) && !self.limits.rules.nested_arrays {
                return Err(Fault::new(Reason::NestedArray, "an array lies directly in an array").into());
            }
            let item_bytes = self.value(item, depth, None)?;
            if let Some(path) = path {
                // For queries by what an array contains.
                self.index(path, item_bytes, 1);
            }
            bytes += item_bytes;
        }
        Ok(bytes)
    }

    #[inline(never)]
    fn fields(&mut self, fields: &Map, depth: usize, path: Option<u64>) -> Counted {
        self.limits.nested(depth)?;
        let mut bytes = self.limits.rules.size.map;
        for (name, value) in fields {
            bytes += self.entry(name, value, depth, path)?;
        }
        Ok(bytes)
    }

    fn index(&mut self, path: u64, value_bytes: u64, entries: u64) {
        if let Some(index) = self.limits.rules.index {
            self.share.entries += entries;
            self.share.entry_bytes += entries * (path + value_bytes.min(index.max_value_bytes));
        }
    }
}

#[cold]
fn not_held(kind: Kind) -> Box<Fault> {
    Fault::new(Reason::UnsupportedKind, format!("the target holds no values of kind {}", kind.word())).into()
}

#[cold]
fn out_of_time() -> Box<Fault> {
    Fault::new(Reason::OutOfRange, "the moment lies outside what the target can hold").into()
}

fn bit(kind: Kind) -> u16 {
    1 << kind as u16
}

fn slashes(address: &str) -> usize {
    // Counted in a byte as long as one suffices, so that a processor compares many at a time.
    let portions = address.as_bytes().chunks(usize::from(u8::MAX));
    portions.map(|portion| usize::from(portion.iter().map(|&byte| u8::from(byte == b'/')).sum::<u8>())).sum()
}

/// Whether a segment may be empty or reserved. Asks all bytes alike, which is faster than going by segments.
fn may_be_odd(address: &str) -> bool {
    let odd = |byte: u8| (byte == b'/') | (byte == b'.') | (byte == b'_');
    let bytes = address.as_bytes();
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let after_slash = pairs.fold(false, |found, (&byte, &next)| found | ((byte == b'/') & odd(next)));
    after_slash || bytes.first().is_none_or(|&first| odd(first)) || bytes.last() == Some(&b'/')
}

fn on_earth(point: &GeoPoint) -> Counted<()> {
    if point.latitude.abs() <= 90.0 && point.longitude.abs() <= 180.0 {
        return Ok(());
    }
    Err(Fault::new(Reason::OutOfRange, "the geopoint is beyond 90 degrees of latitude or 180 of longitude").into())
}

#[cfg(test)]
mod tests;

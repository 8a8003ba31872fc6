//! Writes binary property lists and keyed archives, as Foundation does, for the stores that tests and the
//! demonstration make.
//!
//! ```
//! use rehome_core::testkit::bplist::{Archiver, Item};
//!
//! let mut archiver = Archiver::new();
//! let items = ["morning", "gym"].map(|tag| archiver.text(tag));
//! let root = archiver.array(items.to_vec());
//! let bytes = archiver.finish(root);
//! assert!(bytes.starts_with(b"bplist00"));
//! ```

use std::collections::HashMap;

const HEADER: &[u8] = b"bplist00";

/// A value of a property list.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// A moment, in seconds since 2001.
    Date(f64),
    /// Bytes.
    Data(Vec<u8>),
    /// Text: written as ASCII where it is, as UTF-16 otherwise.
    Text(String),
    /// A reference to an object of a keyed archive.
    Uid(u64),
    /// Values in order.
    Array(Vec<Item>),
    /// Values without an order.
    Set(Vec<Item>),
    /// Values by name.
    Dict(Vec<(String, Item)>),
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Item::Text(text.to_owned())
    }
}

/// The binary property list of this value.
pub fn write(root: &Item) -> Vec<u8> {
    let mut table = Table::default();
    let root = table.add(root);
    table.finish(root)
}

/// What `NSSecureUnarchiveFromData` writes for a `[String]`.
pub fn archive_strings(texts: &[&str]) -> Vec<u8> {
    let mut archiver = Archiver::new();
    let items = texts.iter().map(|text| archiver.text(text)).collect();
    let root = archiver.array(items);
    archiver.finish(root)
}

/// Builds a keyed archive object by object.
#[derive(Clone, Debug)]
pub struct Archiver {
    objects: Vec<Item>,
    classes: HashMap<String, u64>,
    texts: HashMap<String, u64>,
}

impl Default for Archiver {
    fn default() -> Self {
        Self::new()
    }
}

impl Archiver {
    /// An archive that holds only the null object.
    pub fn new() -> Self {
        Self { objects: vec!["$null".into()], classes: HashMap::new(), texts: HashMap::new() }
    }

    /// The reference to nothing.
    pub fn null() -> Item {
        Item::Uid(0)
    }

    /// Adds a plain value (a number, a text, a bool) and returns its reference.
    pub fn add(&mut self, item: Item) -> Item {
        self.objects.push(item);
        Item::Uid(self.objects.len() as u64 - 1)
    }

    /// Adds a text once and returns its reference.
    pub fn text(&mut self, text: &str) -> Item {
        if let Some(known) = self.texts.get(text) {
            return Item::Uid(*known);
        }
        self.texts.insert(text.to_owned(), self.objects.len() as u64);
        self.add(text.into())
    }

    /// A reference to an object that [`Archiver::fill`] supplies later; so cycles are made.
    pub fn reserve(&mut self) -> Item {
        self.add(Item::Bool(false))
    }

    /// Makes the reserved reference an object of a class (its superclasses follow its name, without `NSObject`).
    pub fn fill(&mut self, reserved: &Item, classes: &[&str], mut fields: Vec<(&str, Item)>) {
        fields.push(("$class", self.class(classes)));
        let Item::Uid(index) = reserved else { return };
        if let Some(slot) = self.objects.get_mut(*index as usize) {
            *slot = Item::Dict(fields.into_iter().map(|(name, item)| (name.to_owned(), item)).collect());
        }
    }

    /// Adds an object of a class and returns its reference.
    pub fn object(&mut self, classes: &[&str], fields: Vec<(&str, Item)>) -> Item {
        let reference = self.reserve();
        self.fill(&reference, classes, fields);
        reference
    }

    /// An `NSArray` of these references.
    pub fn array(&mut self, items: Vec<Item>) -> Item {
        self.object(&["NSArray"], vec![("NS.objects", Item::Array(items))])
    }

    /// An `NSSet` of these references.
    pub fn set(&mut self, items: Vec<Item>) -> Item {
        self.object(&["NSSet"], vec![("NS.objects", Item::Array(items))])
    }

    /// An `NSDictionary` with texts as keys and references as values.
    pub fn dictionary(&mut self, entries: Vec<(&str, Item)>) -> Item {
        let (names, objects): (Vec<&str>, Vec<Item>) = entries.into_iter().unzip();
        let keys = names.into_iter().map(|name| self.text(name)).collect();
        self.object(&["NSDictionary"], vec![("NS.keys", Item::Array(keys)), ("NS.objects", Item::Array(objects))])
    }

    /// The archive's bytes.
    pub fn finish(self, root: Item) -> Vec<u8> {
        write(&Item::Dict(vec![
            ("$version".into(), Item::Int(100_000)),
            ("$archiver".into(), "NSKeyedArchiver".into()),
            ("$top".into(), Item::Dict(vec![("root".into(), root)])),
            ("$objects".into(), Item::Array(self.objects)),
        ]))
    }

    fn class(&mut self, classes: &[&str]) -> Item {
        let name = classes.first().copied().unwrap_or("NSObject");
        if let Some(known) = self.classes.get(name) {
            return Item::Uid(*known);
        }
        self.classes.insert(name.to_owned(), self.objects.len() as u64);
        let line = classes.iter().chain(&["NSObject"]).map(|&class| class.into()).collect();
        self.add(Item::Dict(vec![("$classname".into(), name.into()), ("$classes".into(), Item::Array(line))]))
    }
}

/// The objects of a property list, each scalar kept once.
#[derive(Default)]
struct Table {
    nodes: Vec<Node>,
    scalars: HashMap<Vec<u8>, usize>,
}

enum Node {
    Scalar(Vec<u8>),
    /// The marker's upper half, the count, and the objects referred to.
    Container {
        marker: u8,
        count: usize,
        references: Vec<usize>,
    },
}

impl Table {
    fn add(&mut self, item: &Item) -> usize {
        match item {
            Item::Array(items) => self.add_container(0xA0, items.len(), items.iter()),
            Item::Set(items) => self.add_container(0xC0, items.len(), items.iter()),
            Item::Dict(entries) => {
                let keys: Vec<Item> = entries.iter().map(|(name, _)| Item::Text(name.clone())).collect();
                self.add_container(0xD0, entries.len(), keys.iter().chain(entries.iter().map(|(_, item)| item)))
            }
            scalar => self.add_scalar(encode(scalar)),
        }
    }

    fn add_container<'a>(&mut self, marker: u8, count: usize, items: impl Iterator<Item = &'a Item>) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node::Scalar(Vec::new()));
        let references = items.map(|item| self.add(item)).collect();
        self.nodes[index] = Node::Container { marker, count, references };
        index
    }

    fn add_scalar(&mut self, bytes: Vec<u8>) -> usize {
        if let Some(known) = self.scalars.get(&bytes) {
            return *known;
        }
        self.scalars.insert(bytes.clone(), self.nodes.len());
        self.nodes.push(Node::Scalar(bytes));
        self.nodes.len() - 1
    }

    fn finish(self, root: usize) -> Vec<u8> {
        let width = width_of(self.nodes.len());
        let mut out = HEADER.to_vec();
        let mut offsets = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            offsets.push(out.len());
            match node {
                Node::Scalar(bytes) => out.extend_from_slice(bytes),
                Node::Container { marker, count, references } => {
                    push_marker(&mut out, *marker, *count);
                    references.iter().for_each(|&reference| push_number(&mut out, reference, width));
                }
            }
        }
        let table = out.len();
        let offset_width = width_of(table);
        offsets.iter().for_each(|&offset| push_number(&mut out, offset, offset_width));
        out.extend_from_slice(&[0; 6]);
        out.extend_from_slice(&[offset_width as u8, width as u8]);
        for number in [self.nodes.len(), root, table] {
            push_number(&mut out, number, 8);
        }
        out
    }
}

fn encode(scalar: &Item) -> Vec<u8> {
    let mut out = Vec::new();
    match scalar {
        Item::Bool(truth) => out.push(if *truth { 9 } else { 8 }),
        Item::Int(number) => push_int(&mut out, *number),
        Item::Real(number) => {
            out.push(0x23);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Item::Date(seconds) => {
            out.push(0x33);
            out.extend_from_slice(&seconds.to_be_bytes());
        }
        Item::Data(bytes) => {
            push_marker(&mut out, 0x40, bytes.len());
            out.extend_from_slice(bytes);
        }
        Item::Text(text) if text.is_ascii() => {
            push_marker(&mut out, 0x50, text.len());
            out.extend_from_slice(text.as_bytes());
        }
        Item::Text(text) => {
            push_marker(&mut out, 0x60, text.encode_utf16().count());
            text.encode_utf16().for_each(|unit| out.extend_from_slice(&unit.to_be_bytes()));
        }
        Item::Uid(index) => {
            let width = width_of(*index as usize);
            out.push(0x80 | (width as u8 - 1));
            push_number(&mut out, *index as usize, width);
        }
        Item::Array(_) | Item::Set(_) | Item::Dict(_) => unreachable!("containers are nodes of their own"),
    }
    out
}

/// Negative numbers always take eight bytes.
fn push_int(out: &mut Vec<u8>, number: i64) {
    let (power, width) = match number {
        0..=0xFF => (0, 1),
        0x100..=0xFFFF => (1, 2),
        0x1_0000..=0xFFFF_FFFF => (2, 4),
        _ => (3, 8),
    };
    out.push(0x10 | power);
    out.extend_from_slice(&number.to_be_bytes()[8 - width..]);
}

fn push_marker(out: &mut Vec<u8>, marker: u8, count: usize) {
    if count < 15 {
        out.push(marker | count as u8);
    } else {
        out.push(marker | 15);
        push_int(out, count as i64);
    }
}

fn push_number(out: &mut Vec<u8>, number: usize, width: usize) {
    out.extend_from_slice(&(number as u64).to_be_bytes()[8 - width..]);
}

/// How many bytes a number takes: 1, 2, 4 or 8.
fn width_of(number: usize) -> usize {
    match number {
        0..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFFFF_FFFF => 4,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let list = Item::Array(vec![Item::Int(1), "a".into(), Item::Bool(true), "é".into()]);
        let expected = b"bplist00\xA4\x01\x02\x03\x04\x10\x01\x51a\x09\x61\x00\xE9\
            \x08\x0D\x0F\x11\x12\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x15";
        assert_eq!(write(&list), expected);
    }

    #[test]
    fn a_scalar_that_comes_twice_is_written_once() {
        let twice = write(&Item::Array(vec!["same".into(), "same".into()]));
        assert_eq!(twice.windows(4).filter(|window| window == b"same").count(), 1);
    }
}

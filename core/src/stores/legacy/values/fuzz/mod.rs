//! Bytes that nobody meant: each reader of foreign bytes is given valid inputs with something wrong in them, and noise.
//! It may answer what it likes, as long as it answers.
//!
//! The inputs lie in `core/fuzz-corpus/<target>`, and whatever was once found to break a reader stays there. As many
//! cases run as `PROPTEST_CASES` says.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

mod json;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::archive;
use super::bplist::{List, Object};
use crate::testkit::bplist::{Archiver, Item, archive_strings, write};
use crate::testkit::fuzz::{corpus, mutated, mutations};

/// How many objects of a list are looked at: those of one that goes round in circles have no end.
const MOST_OBJECTS: usize = 10_000;

static LISTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let scalars = vec![
        Item::Bool(true),
        Item::Int(-1),
        Item::Int(70_000),
        Item::Real(0.5),
        Item::Date(1.5),
        Item::Data(vec![7; 20]),
        "text".into(),
        "längerer Text 日本".into(),
        Item::Uid(300),
    ];
    let names = ["a", "b", "c"].map(str::to_owned);
    let dict = Item::Dict(names.into_iter().zip(scalars.clone()).collect());
    let many = Item::Array((0..300).map(Item::Int).collect());
    let made = [
        ("scalars", write(&Item::Array(scalars))),
        ("nested", write(&Item::Array(vec![dict.clone(), Item::Set(vec![dict, Item::Array(vec![])])]))),
        ("many", write(&many)),
    ];
    corpus("bplist", &made)
});

static ARCHIVES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut archiver = Archiver::new();
    let relative = archiver.text("https://example.com/");
    let decimal = vec![
        ("NS.exponent", Item::Int(-2)),
        ("NS.length", Item::Int(1)),
        ("NS.negative", Item::Bool(false)),
        ("NS.mantissa", Item::Data(vec![9; 16])),
        ("NS.mantissa.bo", Item::Int(1)),
    ];
    let items = vec![
        archiver.object(&["NSDate"], vec![("NS.time", Item::Real(0.5))]),
        archiver.object(&["NSUUID"], vec![("NS.uuidbytes", Item::Data(vec![3; 16]))]),
        archiver.object(&["NSURL"], vec![("NS.base", Archiver::null()), ("NS.relative", relative)]),
        archiver.object(&["NSDecimalNumber", "NSNumber"], decimal),
        archiver.object(&["NSNull"], vec![]),
        archiver.add(Item::Real(0.25)),
    ];
    let set = archiver.set(items.clone());
    let dictionary = archiver.dictionary(vec![("set", set.clone()), ("first", items[0].clone())]);
    let root = archiver.array(vec![set, dictionary]);
    let made = [
        ("strings", archive_strings(&["gym", "héllo", "日本"])),
        ("empty", archive_strings(&[])),
        ("objects", archiver.finish(root)),
    ];
    corpus("archive", &made)
});

fn walk(bytes: &[u8]) {
    let Ok(list) = List::new(bytes) else { return };
    let mut waiting: Vec<_> = list.top().into_iter().collect();
    let mut seen = 0;
    while let Some(object) = waiting.pop()
        && seen < MOST_OBJECTS
    {
        seen += 1;
        let room = MOST_OBJECTS.saturating_sub(waiting.len());
        match object {
            Object::Text(text) => drop(text.decode()),
            Object::Array(items) => waiting.extend(items.iter().take(room).filter_map(|item| list.get(item).ok())),
            Object::Dict(dict) => {
                let _ = list.find(dict, "a");
                let both = dict.entries().take(room).flat_map(|(key, value)| [key, value]);
                waiting.extend(both.filter_map(|item| list.get(item).ok()));
            }
            _ => {}
        }
    }
}

#[test]
fn the_corpus_is_read() {
    assert!(LISTS.iter().all(|bytes| List::new(bytes).is_ok()));
    assert!(ARCHIVES.iter().all(|bytes| archive::decode(bytes).is_ok()));
}

proptest! {
    #[test]
    fn a_property_list_with_something_wrong_in_it_is_answered(mutations in mutations()) {
        LISTS.iter().for_each(|bytes| walk(&mutated(bytes, &mutations)));
    }

    #[test]
    fn an_archive_with_something_wrong_in_it_is_answered(mutations in mutations()) {
        for bytes in ARCHIVES.iter() {
            let bytes = mutated(bytes, &mutations);
            walk(&bytes);
            if let Err(error) = archive::decode(&bytes) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn noise_is_answered(noise: Vec<u8>, dressed: bool) {
        let dress: &[u8] = if dressed { b"bplist00" } else { b"" };
        let bytes = [dress, &noise].concat();
        walk(&bytes);
        prop_assert!(archive::decode(&bytes).is_err());
    }
}

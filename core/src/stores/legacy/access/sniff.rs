//! What a file that is no SQLite database is, told from its first bytes.

use crate::error::ErrorKind;

type Guess = fn(&[u8]) -> bool;

/// The formats that people take for stores, and what to do about each.
const KNOWN: &[(Guess, &str)] = &[
    (|first| first.get(16..20) == Some(b"T-DB"), "a Realm database; export its objects through Realm's own SDK first"),
    (|first| first.starts_with(b"bplist"), "a property list; the store is another file, often beside it"),
    (
        |first| first.starts_with(b"<?xml"),
        "an XML file; a store of Core Data's XML kind must be migrated to SQLite first",
    ),
    (|first| first.starts_with(b"PK\x03\x04"), "a zip archive; unpack it and name the store that is in it"),
    (|first| first.starts_with(b"\x1f\x8b"), "a gzip archive; unpack it first"),
    (|first| first.starts_with(b"ANDROID BACKUP"), "an Android backup; unpack it and name the database that is in it"),
    (is_wal, "the -wal file of a store; name the store itself and leave its -wal beside it"),
    (|first| first.starts_with(b"\x18\xe2\x2d\x00"), "the -shm file of a store; name the store itself"),
    (is_json, "JSON text; what comes from there needs no store to be read"),
    (is_text, "plain text; name the store file itself"),
];

/// What begins with these bytes.
pub(crate) fn name(first: &[u8]) -> (ErrorKind, &'static str) {
    if let Some((_, what)) = KNOWN.iter().find(|(is, _)| is(first)) {
        return (ErrorKind::NotAStore, what);
    }
    if looks_random(first) {
        return (
            ErrorKind::Encrypted,
            "encrypted, as SQLCipher does it; have the app export a plain copy (sqlcipher_export), then read that",
        );
    }
    if first.starts_with(b"SQLite format 3\0") {
        return (ErrorKind::Damaged, "a SQLite database whose first page is damaged; take it from a backup");
    }
    (ErrorKind::NotAStore, "no database that Rehome knows; stores are SQLite files")
}

fn is_wal(first: &[u8]) -> bool {
    matches!(first, [0x37, 0x7f, 0x06, 0x82 | 0x83, ..])
}

fn is_json(first: &[u8]) -> bool {
    is_text(first) && matches!(first.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn is_text(first: &[u8]) -> bool {
    let text = match std::str::from_utf8(first) {
        Ok(text) => text,
        // The last character may have been cut.
        Err(error) if error.error_len().is_none() => return first.len() > 4,
        Err(_) => return false,
    };
    !text.chars().any(|letter| letter.is_control() && !letter.is_whitespace())
}

/// Whether each byte is about as frequent as every other: so are encrypted bytes, and no format's own.
fn looks_random(first: &[u8]) -> bool {
    if first.len() < 512 {
        return false;
    }
    let mut counts = [0_u32; 256];
    for &byte in first {
        counts[usize::from(byte)] += 1;
    }
    let length = first.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / length)
        .map(|share| -share * share.log2())
        .sum();
    bits > 7.2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: u32) -> Vec<u8> {
        let mut state = 7_u32;
        let step = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..length).map(step).collect()
    }

    #[test]
    fn files_that_are_taken_for_stores_are_named() {
        let realm = [&[0_u8; 16][..], b"T-DB\x09\x09\0\0"].concat();
        for (first, word) in [
            (&realm[..], "Realm"),
            (b"bplist00\xd1", "property list"),
            (b"PK\x03\x04\0\0", "zip"),
            (b" {\"habits\": []}", "JSON"),
            (b"\x37\x7f\x06\x82\0\0", "-wal"),
            (b"hello there", "plain text"),
            (&[0, 1, 2, 3], "no database"),
        ] {
            let (kind, what) = name(first);
            assert_eq!(kind, ErrorKind::NotAStore);
            assert!(what.contains(word), "{what}");
        }
    }

    #[test]
    fn what_looks_like_noise_is_encrypted() {
        assert_eq!(name(&noise(4096)).0, ErrorKind::Encrypted);
        assert_eq!(name(&noise(1024)).0, ErrorKind::Encrypted);
    }
}

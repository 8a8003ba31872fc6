//! SwiftData's JSON with something wrong in it.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::record::Value;
use crate::record::json::parse;
use crate::testkit::fuzz::{corpus, mutated, mutations};

/// A text that is nowhere else: where an error holds it, it gives away what a user wrote.
const SECRET: &str = "geheim";

static BLOBS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let cases = format!(r#"{{"custom":{{"_0":{{"name":"{SECRET}","every":3,"until":779112000.5}}}},"none":{{}}}}"#);
    let made = [
        ("days", b"[1,2,3,4,5]".to_vec()),
        ("reminders", format!(r#"[{{"hour":7,"minute":30,"note":"{SECRET}"}},{{"hour":21,"minute":0}}]"#).into()),
        ("cases", cases.into_bytes()),
        ("numbers", b"[0,-0.0,1e300,9223372036854775807,18446744073709551615,-9223372036854775808,null,true]".to_vec()),
        ("text", r#""日本 \u00e9 \ud83d\ude00 \"quoted\"""#.into()),
    ];
    corpus("json", &made)
});

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn the_corpus_is_read() {
    assert!(BLOBS.iter().all(|bytes| parse(bytes).is_ok()));
}

#[test]
fn json_without_a_bottom_is_refused() {
    for open in ["[", r#"{"a":"#] {
        let bytes = open.repeat(100_000).into_bytes();
        assert!(parse(&bytes).is_err());
    }
}

proptest! {
    #[test]
    fn json_with_something_wrong_in_it_is_answered_and_never_quoted(mutations in mutations()) {
        for bytes in BLOBS.iter() {
            match parse(&mutated(bytes, &mutations)) {
                Ok(value) => prop_assert!(depth(&value) <= 128),
                Err(error) => prop_assert!(!error.to_string().contains(SECRET)),
            }
        }
    }

    #[test]
    fn noise_is_answered(noise: Vec<u8>) {
        let _ = parse(&noise);
    }
}

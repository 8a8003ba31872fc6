use super::*;
use crate::record::Timestamp;
use crate::stores::firestore;

fn limits() -> Limits {
    Limits::new(&firestore::rules())
}

fn count(address: &str, fields: &[(&str, Value)]) -> Counted {
    let limits = limits();
    let mut tally = limits.begin(address)?;
    for (name, value) in fields {
        tally.field(name, value, 0, 0)?;
    }
    tally.end()
}

fn reason_of(value: Value) -> Reason {
    count("a/b", &[("f", value)]).unwrap_err().reason()
}

fn map(fields: &[(&str, Value)]) -> Value {
    Value::Map(fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect())
}

fn nested(depth: usize, inner: Value) -> Value {
    (0..depth).fold(inner, |value, _| map(&[("m", value)]))
}

fn task() -> [(&'static str, Value); 4] {
    let description = "Learn Cloud Firestore".into();
    [("type", "Personal".into()), ("done", false.into()), ("priority", 1.into()), ("description", description)]
}

#[test]
fn the_example_of_firestores_documentation_counts_147_bytes() {
    assert_eq!(count("users/jeff/tasks/my_task_id", &task()).unwrap(), 147);
}

#[test]
fn every_kind_counts_as_firestore_says() {
    let empty = count("a/b", &[]).unwrap();
    assert_eq!(empty, 32 + 16 + 2 + 2);
    let counted = |value| count("a/b", &[("f", value)]).unwrap() - empty - 2;
    assert_eq!(counted(Value::Null), 1);
    assert_eq!(counted(true.into()), 1);
    assert_eq!(counted(1.into()), 8);
    assert_eq!(counted(0.5.into()), 8);
    assert_eq!(counted(Value::Timestamp(Timestamp::from_millis(0))), 8);
    assert_eq!(counted("é".into()), 3);
    assert_eq!(counted(Value::Bytes(vec![0; 5])), 5);
    assert_eq!(counted(Value::Reference("users/u1".to_owned())), 16 + 6 + 3);
    assert_eq!(counted(Value::GeoPoint(GeoPoint { latitude: 90.0, longitude: -180.0 })), 16);
    assert_eq!(counted(Value::Array(vec![1.into(), "a".into()])), 8 + 2);
    assert_eq!(counted(map(&[("ab", 1.into())])), 32 + 3 + 8);
}

#[test]
fn index_entries_are_counted_with_both_addresses() {
    let limits = limits();
    let mut tally = limits.begin("users/jeff/tasks/my_task_id").unwrap();
    tally.field("done", &false.into(), 0, 0).unwrap();
    assert_eq!((tally.share.entries, tally.share.entry_bytes), (2, 2 * (5 + 1)));
    assert_eq!(tally.own, 44);
    assert_eq!(limits.parent_bytes(tally.address), 27);

    let mut tally = limits.begin("a/b").unwrap();
    tally.field("tags", &Value::Array(vec!["x".into(), map(&[("y", 1.into())])]), 0, 0).unwrap();
    assert_eq!(tally.share.entries, 2 + 2, "the whole array twice, and each item");
    let mut tally = limits.begin("a/b").unwrap();
    tally.field("m", &map(&[("x", 1.into()), ("y", Value::Array(vec![1.into()]))]), 0, 0).unwrap();
    assert_eq!(tally.share.entries, 2 + 2 + 3, "the whole map twice, its number twice, and its array with an item");
    let mut tally = limits.begin("a/b").unwrap();
    tally.field("f", &"x".repeat(5000).as_str().into(), 0, 0).unwrap();
    assert_eq!(tally.share.entry_bytes, 2 * (2 + 1500), "a long value is cut");
}

#[test]
fn too_many_index_entries_are_refused_with_their_number() {
    let flags = |count| Value::Array(vec![Value::Null; count]);
    assert!(count("a/b", &[("f", flags(39_998))]).is_ok());
    let fault = count("a/b", &[("f", flags(39_999))]).unwrap_err();
    assert_eq!(fault.reason(), Reason::TooManyIndexEntries);
    assert!(format!("{fault:?}").contains("40001 index entries; at most 40000"), "{fault:?}");
    let long_address = format!("a/{}", "b".repeat(1000));
    let fault = count(&long_address, &[("f", flags(9_000))]).unwrap_err();
    assert_eq!(fault.reason(), Reason::TooManyIndexEntries);
}

#[test]
fn a_value_or_document_that_is_too_large_is_refused_with_both_numbers() {
    let text = |bytes| Value::String("x".repeat(bytes));
    let fault = count("a/b", &[("f", text(1_048_488))]).unwrap_err();
    assert_eq!(fault.reason(), Reason::TooLarge);
    assert!(format!("{fault:?}").contains("1048488 bytes; at most 1048487"), "{fault:?}");
    assert!(count("a/b", &[("f", text(1_048_487))]).is_ok());
    let fault = count("a/b", &[("f", text(1_048_487)), ("g", text(100))]).unwrap_err();
    assert_eq!(fault.reason(), Reason::TooLarge);
    assert!(format!("{fault:?}").contains("at most 1048576"), "{fault:?}");
}

#[test]
fn nesting_ends_at_twenty() {
    assert!(count("a/b", &[("f", nested(20, 1.into()))]).is_ok());
    assert_eq!(reason_of(nested(21, 1.into())), Reason::TooDeep);
    assert_eq!(reason_of(nested(20, Value::Array(vec![]))), Reason::TooDeep);
}

#[test]
fn what_the_target_does_not_hold_is_refused_however_deep_it_lies() {
    let decimal = Value::Decimal("1.5".parse().unwrap());
    let far = Value::Timestamp(Timestamp::new(253_402_300_800, 0).unwrap());
    let nowhere = Value::GeoPoint(GeoPoint { latitude: f64::NAN, longitude: 0.0 });
    for (value, reason) in [
        (decimal, Reason::UnsupportedKind),
        (far, Reason::OutOfRange),
        (nowhere, Reason::OutOfRange),
        (map(&[("__x__", 1.into())]), Reason::BadName),
        (map(&[("", 1.into())]), Reason::BadName),
        (map(&[("n".repeat(1501).as_str(), 1.into())]), Reason::BadName),
        (Value::Array(vec![Value::Array(vec![])]), Reason::NestedArray),
        (Value::Reference("users".to_owned()), Reason::BadId),
    ] {
        assert_eq!(reason_of(value.clone()), reason);
        assert_eq!(reason_of(map(&[("in", Value::Array(vec![map(&[("deep", value)])]))])), reason);
    }
    let array_in_map_in_array = Value::Array(vec![map(&[("a", Value::Array(vec![]))])]);
    assert!(count("a/b", &[("f", array_in_map_in_array)]).is_ok());
}

#[test]
fn an_address_that_firestore_does_not_take_is_refused() {
    let long = format!("a/{}", "b".repeat(1501));
    let longest = ["s".repeat(1500).as_str(); 6].join("/");
    let bad = ["", "a", "a/b/c", "a//b/c", "/a", "a/", "a/.", "a/..", "../a", "a/__x__", "__x__/a", &long, &longest];
    for address in bad {
        assert_eq!(count(address, &[]).unwrap_err().reason(), Reason::BadId, "{address}");
    }
    for address in ["a/b", "a/...", "a/_b_", "a/__", "a/.b", "a/__x", &long[..1502]] {
        assert!(count(address, &[]).is_ok(), "{address}");
    }
}

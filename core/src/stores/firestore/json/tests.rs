use super::*;

const ROOT: &str = "projects/habits/databases/(default)/documents";
const GOLDEN: &str = include_str!("../../../../../tests/golden/firestore_document.json");

fn all_kinds() -> Map {
    let inner = Map::from([("empty".to_owned(), Value::Map(Map::new())), ("list".to_owned(), Value::Array(vec![]))]);
    let entries = [
        ("array", Value::Array(vec![1.into(), Value::Null, Value::Map(Map::from([("a".to_owned(), "b".into())]))])),
        ("bool", true.into()),
        ("bytes", Value::Bytes(vec![0, 255, 7])),
        ("double", 0.1.into()),
        ("double_infinite", f64::NEG_INFINITY.into()),
        ("double_nan", f64::NAN.into()),
        ("double_whole", 3.0.into()),
        ("double_zero", (-0.0).into()),
        ("geopoint", Value::GeoPoint(GeoPoint { latitude: 52.5, longitude: -13.0 })),
        ("int", i64::MAX.into()),
        ("map", Value::Map(inner)),
        ("null", Value::Null),
        ("reference", Value::Reference("users/u1".to_owned())),
        ("string", "“Read” \n 読書 \u{1}".into()),
        ("timestamp", Value::Timestamp(Timestamp::new(1_700_000_000, 123_456_000).unwrap())),
    ];
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn a_document_of_every_kind_is_written_as_in_the_golden_file() {
    let line = write("users/u1/habits/h1", &all_kinds(), Some(ROOT)).unwrap();
    let golden: JsonValue = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(serde_json::from_str::<JsonValue>(&line).unwrap(), golden);
    assert!(!line.contains('\n'), "one line a document");
}

#[test]
fn what_was_written_is_read_back() {
    for root in [None, Some(ROOT)] {
        let line = write("users/u1/habits/h1", &all_kinds(), root).unwrap();
        assert_eq!(read(&line, root).unwrap(), ("users/u1/habits/h1".to_owned(), all_kinds()));
    }
}

#[test]
fn what_servers_leave_out_is_empty() {
    let json = r#"{"name":"a/b","fields":{"a":{"arrayValue":{}},"g":{"geoPointValue":{}},"m":{"mapValue":{}}}}"#;
    let (_, fields) = read(json, None).unwrap();
    assert_eq!(fields["a"], Value::Array(vec![]));
    assert_eq!(fields["g"], Value::GeoPoint(GeoPoint { latitude: 0.0, longitude: 0.0 }));
    assert_eq!(fields["m"], Value::Map(Map::new()));
    assert_eq!(read(r#"{"name":"a/b"}"#, None).unwrap(), ("a/b".to_owned(), Map::new()));
}

#[test]
fn what_is_no_document_is_refused_without_quoting_it() {
    let field = |value: &str| format!(r#"{{"name":"a/b","fields":{{"secret":{value}}}}}"#);
    let deep = field(&format!("{}null{}", r#"{"arrayValue":{"values":["#.repeat(5000), "]}}".repeat(5000)));
    let bad = [
        String::new(),
        "[]".to_owned(),
        r#"{"fields":{}}"#.to_owned(),
        r#"{"name":"a/b","fields":[]}"#.to_owned(),
        field("{}"),
        field("1"),
        field(r#"{"integerValue":1}"#),
        field(r#"{"integerValue":"secret"}"#),
        field(r#"{"doubleValue":"secret"}"#),
        field(r#"{"nullValue":"secret"}"#),
        field(r#"{"timestampValue":"secret"}"#),
        field(r#"{"bytesValue":"?"}"#),
        field(r#"{"stringValue":"a","nullValue":null}"#),
        deep,
    ];
    for json in bad {
        let error = read(&json, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadInput);
        assert!(!format!("{error:?}").contains("secret"));
    }
    assert!(read(r#"{"name":"elsewhere/a/b"}"#, Some(ROOT)).is_err());
}

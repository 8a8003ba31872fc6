use std::collections::HashSet;

use serde_json::Value as Json;

use super::*;
use crate::record::{GeoPoint, Kind, Timestamp};
use crate::stores::firestore;

const GOLDEN: &str = include_str!("../../../../tests/golden/content_hash.json");

#[test]
fn every_document_of_the_golden_file_has_its_hash() {
    let golden: Json = serde_json::from_str(GOLDEN).unwrap();
    let documents = golden["documents"].as_array().unwrap();
    for document in documents {
        let (what, fields) = (&document["what"], read_fields(&document["fields"]));
        if let Some(form) = document["form"].as_str() {
            assert_eq!(hex(&form_of(&fields)), form, "{what}");
        }
        let hash = ContentHash::of(&fields, &[], &firestore::rules());
        assert_eq!(hash.to_string(), document["hash"].as_str().unwrap(), "{what}");
    }
    let values = documents.iter().flat_map(|document| read_fields(&document["fields"]).into_values());
    let kinds: HashSet<Kind> = values.map(|value| value.kind()).collect();
    assert_eq!(kinds.len(), 12, "every kind of value is in it");
}

#[test]
fn what_differs_has_different_forms() {
    let values = [
        Value::Null,
        Value::Bool(false),
        Value::Int(0),
        Value::Double(0.0),
        Value::Decimal("0".parse().unwrap()),
        Value::Timestamp(Timestamp::from_millis(0)),
        "".into(),
        "0".into(),
        Value::Bytes(vec![]),
        Value::Bytes(b"0".to_vec()),
        Value::Reference("0".to_owned()),
        Value::GeoPoint(GeoPoint { latitude: 0.0, longitude: 0.0 }),
        Value::Array(vec![]),
        Value::Array(vec!["".into()]),
        Value::Array(vec!["".into(), "".into()]),
        Value::Array(vec![Value::Array(vec!["".into()])]),
        Value::Map(Map::new()),
        Value::Map(Map::from([("".into(), "".into())])),
        Value::Map(Map::from([("".into(), Value::Map(Map::new()))])),
    ];
    let forms: HashSet<Vec<u8>> = values.iter().map(|it| form_of(&Map::from([("a".into(), it.clone())]))).collect();
    assert_eq!(forms.len(), values.len());
}

#[test]
fn stamps_are_in_no_hash_wherever_they_lie() {
    let hash = |fields: &Map| {
        let way = |names: &[&str]| names.iter().map(|&name| name.into()).collect();
        ContentHash::of(fields, &[way(&["by"]), way(&["meta", "at"]), way(&["meta", "run", "id"])], &firestore::rules())
    };
    let map =
        |entries: &[(&str, Value)]| entries.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    let plain: Map = map(&[("title", 1.into()), ("meta", Value::Map(map(&[("kept", 2.into())])))]);
    let run = Value::Map(map(&[("id", 9.into())]));
    let stamped = map(&[
        ("by", 3.into()),
        ("meta", Value::Map(map(&[("at", 4.into()), ("kept", 2.into()), ("run", run.clone())]))),
        ("title", 1.into()),
    ]);
    assert_eq!(hash(&stamped), hash(&plain));
    let nothing_but_stamps = map(&[("meta", Value::Map(map(&[("at", 4.into()), ("run", run)]))), ("title", 1.into())]);
    assert_eq!(hash(&nothing_but_stamps), hash(&map(&[("title", 1.into())])));
    assert_ne!(hash(&plain), hash(&map(&[("title", 1.into())])));
}

fn form_of(fields: &Map) -> Vec<u8> {
    let mut form = Vec::new();
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
    Canonical::new(&mut form, &firestore::rules()).document(fields, &[]);
    form
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_fields(fields: &Json) -> Map {
    fields.as_object().unwrap().iter().map(|(name, value)| (name.clone(), read(value))).collect()
}

fn read(value: &Json) -> Value {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap();
    match kind.as_str() {
        "null" => Value::Null,
        "bool" => Value::Bool(value.as_bool().unwrap()),
        "int" => Value::Int(text().parse().unwrap()),
        "double" => Value::Double(text().parse().unwrap()),
        "decimal" => Value::Decimal(text().parse().unwrap()),
        "timestamp" => Value::Timestamp(Timestamp::parse(text()).unwrap()),
        "string" => text().into(),
        "bytes" => Value::Bytes(
            text()
                .as_bytes()
                .chunks(2)
                .map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap())
                .collect(),
        ),
        "reference" => Value::Reference(text().to_owned()),
        "geopoint" => {
            let degrees = |at: usize| value[at].as_str().unwrap().parse().unwrap();
            Value::GeoPoint(GeoPoint { latitude: degrees(0), longitude: degrees(1) })
        }
        "array" => Value::Array(value.as_array().unwrap().iter().map(read).collect()),
        "map" => Value::Map(read_fields(value)),
        other => panic!("{other}"),
    }
}

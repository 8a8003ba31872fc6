//! What the suite of the journal puts into it.

use crate::journal::{Carried, Counters, Position, Quarantined, Run, Status};
use crate::plan::{ContentHash, Fingerprint, Outline};
use crate::record::{Key, Map, Reason, RecordId, Rejection, Timestamp, Value};
use crate::store::{Cursor, Version};

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

pub(super) fn id(entity: &str, key: i64) -> RecordId {
    RecordId { entity: entity.into(), key: Key::Int(key) }
}

pub(super) fn carried(source: RecordId, slot: u16, address: &str) -> Carried {
    let (hash, version) = (ContentHash([slot.to_le_bytes()[0]; 32]), Some(Version::new("7.000000001")));
    Carried { source, slot, address: address.to_owned(), hash, version, ours: true }
}

pub(super) fn set_aside(entity: &str, key: Key, detail: &str) -> Quarantined {
    let rejection = Rejection {
        entity: entity.into(),
        key,
        column: Some("title".into()),
        reason: Reason::Refused,
        detail: detail.to_owned(),
    };
    Quarantined { rejection, documents: Vec::new(), at: at(3) }
}

/// One of every kind of key.
pub(super) fn keys() -> Vec<Key> {
    let parts = vec![Key::Text("ann".to_owned()), Key::Int(7), Key::Parts(vec![Key::Bytes(vec![0, 255])])];
    vec![
        Key::Int(i64::MIN),
        Key::Int(7),
        Key::Text("7".to_owned()),
        Key::Text("a\0b".to_owned()),
        Key::Text(String::new()),
        Key::Bytes(b"7".to_vec()),
        Key::Bytes(Vec::new()),
        Key::Parts(parts),
        Key::Parts(Vec::new()),
    ]
}

/// A document with values that are easily lost.
pub(super) fn document() -> Map {
    let values = [
        Value::Null,
        Value::Double(f64::NAN),
        Value::Double(-0.0),
        Value::Int(i64::MIN),
        "0.10".parse().map_or(Value::Null, Value::Decimal),
        Timestamp::new(-1, 999_999_999).map_or(Value::Null, Value::Timestamp),
        Value::from("a\0b"),
        Value::Bytes(vec![0, 255]),
        Value::Reference("users/ann".to_owned()),
        Value::Map(Map::from([("list".to_owned(), Value::Array(vec![Value::Array(Vec::new())]))])),
    ];
    values.into_iter().enumerate().map(|(number, value)| (format!("field{number}"), value)).collect()
}

pub(super) fn run(generation: u32) -> Run {
    Run {
        fingerprint: Fingerprint([7; 32]),
        outline: Outline::from_text("> Habit to habits/{id}\nfield title 01234567\n"),
        store: "default.store".to_owned(),
        target: "projects/habits".to_owned(),
        generation,
        status: Status::Running,
        paused: None,
        started: Timestamp::new(1_700_000_000, 123_456_789).unwrap_or(at(0)),
        heartbeat: at(1),
        finished: None,
        position: Position { history: Some(Cursor::new("h0")), ..Position::default() },
        counters: Counters::default(),
    }
}

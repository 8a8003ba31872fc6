use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::record::{GeoPoint, Map, Timestamp};
use crate::store::{Say, Version};
use crate::stores::firestore::decode;

fn root() -> Root {
    Root::of("habits", "(default)").unwrap()
}

fn decoded(writes: &[Write]) -> wire::CommitRequest {
    let Encoded::Commit(bytes) = commit(&root(), writes).unwrap() else { panic!("a value was not held") };
    wire::CommitRequest::decode(&*bytes).unwrap()
}

fn values() -> impl Strategy<Value = Value> {
    let moments = (-62_135_596_800_i64..253_402_300_800, 0_u32..1_000_000_000);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        Just(Value::Double(f64::NAN)),
        Just(Value::Double(-0.0)),
        moments.prop_map(|(seconds, nanos)| Value::Timestamp(Timestamp::new(seconds, nanos).unwrap())),
        any::<String>().prop_map(Value::String),
        vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
        "[a-z]{1,4}/[a-z]{1,4}".prop_map(Value::Reference),
        (-90.0..=90.0, -180.0..=180.0)
            .prop_map(|(latitude, longitude)| Value::GeoPoint(GeoPoint { latitude, longitude })),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            btree_map(any::<String>(), inner, 0..6).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn googles_own_messages_read_what_is_encoded(fields in btree_map(any::<String>(), values(), 0..8)) {
        let write = Write { address: "a/b".to_owned(), fields: Some(fields.clone().into()), condition: Condition::Always };
        let mut message = decoded(&[write]);
        let Some(wire::write::Operation::Update(mut document)) = message.writes.remove(0).operation else {
            panic!("it is no update")
        };
        document.update_time = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
        let document = decode::document(&root(), document).unwrap();
        prop_assert_eq!(document.address, "a/b");
        prop_assert_eq!(document.fields.unwrap(), fields);
    }
}

#[test]
fn writes_keep_their_order_and_conditions() {
    let version = Version::new("2026-01-02T03:04:05.000006007Z");
    let write = |address: &str, fields: Option<Map>, condition| Write {
        address: address.to_owned(),
        fields: fields.map(Fields::from),
        condition,
    };
    let message = decoded(&[
        write("a/1", Some(Map::new()), Condition::Absent),
        write("a/2", None, Condition::Version(version)),
        write("a/3", None, Condition::Always),
    ]);
    assert_eq!(message.database, "projects/habits/databases/(default)");
    let name = |id: u8| format!("projects/habits/databases/(default)/documents/a/{id}");
    let conditions: Vec<_> = message.writes.iter().map(|write| write.current_document).collect();
    let [first, second, third] = <[wire::Write; 3]>::try_from(message.writes).unwrap();
    let Some(wire::write::Operation::Update(document)) = first.operation else { panic!("it is no update") };
    assert_eq!((document.name, document.fields.len()), (name(1), 0));
    assert_eq!(second.operation, Some(wire::write::Operation::Delete(name(2))));
    assert_eq!(third.operation, Some(wire::write::Operation::Delete(name(3))));

    let condition = |condition_type| Some(wire::Precondition { condition_type: Some(condition_type) });
    let moment = prost_types::Timestamp { seconds: 1_767_323_045, nanos: 6007 };
    let absent = condition(wire::precondition::ConditionType::Exists(false));
    let versioned = condition(wire::precondition::ConditionType::UpdateTime(moment));
    assert_eq!(conditions, [absent, versioned, None]);
}

#[test]
fn a_write_names_what_it_has_a_say_in_unless_nothing_may_be_there() {
    let say = Say::over([["title".into()].into(), ["by".into(), "a.b".into()].into()]);
    let version = Condition::Version(Version::new("2026-01-02T03:04:05.000006007Z"));
    let write = |condition| {
        let fields = Map::from([("title".to_owned(), "Read".into())]);
        Write { address: "a/1".to_owned(), fields: Some(Fields::Among(fields.into(), say.clone())), condition }
    };
    let message = decoded(&[Condition::Always, version, Condition::Absent].map(write));
    let masks: Vec<_> = message.writes.into_iter().map(|write| Some(write.update_mask?.field_paths)).collect();
    let named = Some(vec!["by.`a.b`".to_owned(), "title".to_owned()]);
    assert_eq!(masks, [named.clone(), named, None]);
}

#[test]
fn a_decimal_is_told_by_its_place() {
    let decimal = Value::Array(vec![Value::Decimal("1.5".parse().unwrap())]);
    let fields = [Map::new(), Map::from([("price".to_owned(), decimal)])];
    let writes = fields.map(|fields| Write {
        address: "a/b".to_owned(),
        fields: Some(fields.into()),
        condition: Condition::Always,
    });
    assert!(matches!(commit(&root(), &writes), Ok(Encoded::Unheld(1))));
}

#[test]
fn a_version_of_another_store_is_refused() {
    let condition = Condition::Version(Version::new("42"));
    assert!(commit(&root(), &[Write { address: "a/b".to_owned(), fields: None, condition }]).is_err());
}

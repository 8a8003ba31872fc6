//! Values of every kind, drawn by chance, there and back through a server.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rehome_core::record::{GeoPoint, Map, Timestamp, Value};
use rehome_core::store::{Condition, Outcome, Target, Write};
use rehome_servers::FirestoreServer;

use super::open;

const DOCUMENTS: usize = 300;

/// No array lies directly in an array: Firestore takes none.
fn values() -> impl Strategy<Value = Value> {
    let leaf = leaf().boxed();
    let map = leaf.clone().prop_recursive(4, 40, 6, {
        let leaf = leaf.clone();
        move |inner| {
            let item = prop_oneof![leaf.clone(), names_to(inner.clone())];
            prop_oneof![vec(item, 0..6).prop_map(Value::Array), names_to(inner)]
        }
    });
    // What was drawn as an item of an array is in a map or no array itself.
    prop_oneof![leaf, map.prop_map(without_nested_arrays)]
}

fn without_nested_arrays(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let items = items.into_iter().map(without_nested_arrays);
            Value::Array(items.filter(|item| !matches!(item, Value::Array(_))).collect())
        }
        Value::Map(map) => {
            Value::Map(map.into_iter().map(|(name, item)| (name, without_nested_arrays(item))).collect())
        }
        other => other,
    }
}

fn leaf() -> impl Strategy<Value = Value> {
    let moment = |(seconds, micros): (i64, u32)| Value::Timestamp(Timestamp::new(seconds, micros * 1000).unwrap());
    let point = |(latitude, longitude)| Value::GeoPoint(GeoPoint { latitude, longitude });
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("its bits are not kept", |double| !double.is_nan()).prop_map(Value::Double),
        Just(Value::Double(f64::NAN)),
        Just(Value::Double(-0.0)),
        (-62_135_596_800_i64..253_402_300_800, 0_u32..1_000_000).prop_map(moment),
        any::<String>().prop_map(Value::String),
        vec(any::<u8>(), 0..200).prop_map(Value::Bytes),
        "[a-z]{1,4}/[^/.\u{0}]{1,8}(/x/y)?".prop_map(Value::Reference),
        (-90.0..=90.0, -180.0..=180.0).prop_map(point),
    ]
}

fn names_to(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    maps(values).prop_map(Value::Map)
}

fn maps(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Map> {
    btree_map("[^\u{0}]{1,12}".prop_filter("Firestore's own", |name| !name.starts_with("__")), values, 0..6)
}

pub(crate) async fn every_value_comes_back_as_it_was(server: &FirestoreServer) {
    let store = open(server.project().owner());
    let mut runner = TestRunner::default();
    let drawn: Vec<Map> = (0..DOCUMENTS).map(|_| maps(values()).new_tree(&mut runner).unwrap().current()).collect();
    let addresses: Vec<String> = (0..DOCUMENTS).map(|number| format!("drawn/{number}")).collect();
    let write = |(fields, address): (&Map, &String)| Write {
        address: address.clone(),
        fields: Some(fields.clone().into()),
        condition: Condition::Absent,
    };
    let writes: Vec<Write> = drawn.iter().zip(&addresses).map(write).collect();
    let outcomes = store.write(&writes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_))), "{:?}", outcomes.first());
    let found = store.look(&addresses, None).await.unwrap();
    for (fields, found) in drawn.iter().zip(found) {
        assert_eq!(found.unwrap().fields, *fields);
    }
}

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::plan::{
    Comparison, Condition, Conversion, Deletes, Escape, FieldRule, Fingerprint, Nulls, Outline, Part, Pass, Path, Slot,
    Template,
};
use crate::record::{GeoPoint, Key, Map, Reason, RecordId, Related};
use crate::store::Shape;
use crate::stores::firestore;

fn path(position: usize, name: &str) -> Path {
    Path { relations: vec![], slot: Slot::Field(position, vec![]), name: name.into() }
}

fn through(relation: usize, position: usize, name: &str) -> Path {
    Path { relations: vec![relation], ..path(position, name) }
}

fn take_field(name: &str, position: usize) -> FieldRule {
    rule(name, Rule::Take { from: path(position, name), convert: None, nulls: Nulls::Keep })
}

fn rule(name: &str, rule: Rule) -> FieldRule {
    FieldRule { name: name.into(), rule }
}

fn id(from: Path) -> Part {
    Part::Value { from, convert: None, escape: Escape::Segment }
}

fn text(from: Path) -> Part {
    Part::Value { from, convert: None, escape: Escape::None }
}

fn literal(text: &str) -> Part {
    Part::Literal(text.to_owned())
}

fn habits(fields: Vec<FieldRule>) -> Move {
    Move {
        line: 1,
        document: Template(vec![literal("users/"), Part::Owner, literal("/habits/"), id(path(0, "id"))]),
        filter: vec![],
        fields,
        stamps: vec![],
        revision: None,
        own_id: false,
        deletes: Deletes::Carry,
        unique: vec![],
    }
}

fn plan(moves: Vec<Move>) -> Plan {
    let passes = vec![Pass { shape: Shape::of("Habit", &[]), moves }];
    Plan {
        name: "habits".into(),
        version: 7,
        fingerprint: Fingerprint([0; 32]),
        outline: Outline::default(),
        schema: String::new(),
        passes,
    }
}

fn record(values: Vec<Value>) -> Record {
    Record { id: RecordId { entity: "Habit".into(), key: Key::Int(1) }, values, related: vec![] }
}

fn context() -> Context<'static> {
    Context { owner: "u1", now: Timestamp::new(1_700_000_000, 123_456_789).unwrap() }
}

fn map(moves: Vec<Move>, record: Record) -> Result<Vec<Mapped>, Rejection> {
    Mapper::new(&plan(moves), &firestore::rules(), context()).map(0, record)
}

fn only_document(mapped: Result<Vec<Mapped>, Rejection>) -> Document {
    match mapped.unwrap().remove(0) {
        Mapped::Document(document) => document,
        other => panic!("{other:?}"),
    }
}

fn moment(nanos: u32) -> Value {
    Value::Timestamp(Timestamp::new(1_600_000_000, nanos).unwrap())
}

#[test]
fn a_record_becomes_a_document_at_its_address_with_its_fields_and_stamps() {
    let mut to = habits(vec![take_field("at", 1), take_field("title", 2)]);
    to.stamps = vec![
        rule("meta", Rule::Map(vec![rule("version", Rule::Text(Template(vec![Part::Version])))])),
        rule("migrated", Rule::Text(Template(vec![Part::Now { iso: false }]))),
    ];
    to.revision = Some(path(1, "at"));
    let document = only_document(map(vec![to], record(vec!["h/1".into(), moment(1_999), "Read".into()])));
    assert_eq!(document.address, "users/u1/habits/h%2F1");
    assert_eq!(document.revision, Some(moment(1_000)), "cut to what the target keeps");
    let expected = Map::from([
        ("at".into(), moment(1_000)),
        ("meta".into(), Value::Map(Map::from([("version".into(), Value::Int(7))]))),
        ("migrated".into(), Value::Timestamp(Timestamp::new(1_700_000_000, 123_456_000).unwrap())),
        ("title".into(), "Read".into()),
    ]);
    assert_eq!(document.fields(), expected);
}

#[test]
fn a_document_that_was_read_back_has_the_hash_that_it_was_written_with() {
    let mut to = habits(vec![take_field("at", 1), take_field("meta", 2)]);
    to.stamps = vec![
        rule("by", Rule::Constant("rehome".into())),
        rule("meta", Rule::Map(vec![rule("version", Rule::Text(Template(vec![Part::Version])))])),
    ];
    let ways: [Arc<[Name]>; 2] = [["by".into()].into(), ["meta".into(), "version".into()].into()];
    for meta in [Map::new(), Map::from([("a".to_owned(), Value::Double(-0.0))])] {
        let document = only_document(map(vec![to.clone()], record(vec![1.into(), moment(1_999), Value::Map(meta)])));
        assert_eq!(ContentHash::of(&document.fields(), &ways, &firestore::rules()), document.hash);
        assert_ne!(ContentHash::of(&document.fields(), &[], &firestore::rules()), document.hash);
    }
}

#[test]
fn a_stamp_that_would_overwrite_content_is_refused() {
    let mut to = habits(vec![take_field("meta", 1)]);
    to.stamps = vec![rule("meta", Rule::Map(vec![rule("version", Rule::Constant(1.into()))]))];
    for meta in [Value::Int(1), Value::Null, Value::Map(Map::from([("version".to_owned(), Value::Null)]))] {
        let rejection = map(vec![to.clone()], record(vec![1.into(), meta])).unwrap_err();
        assert_eq!((rejection.reason, rejection.column.as_deref()), (Reason::NotConvertible, Some("meta")));
    }
}

#[test]
fn every_move_has_the_whole_record_although_the_last_takes_its_values_along() {
    let mut other = habits(vec![take_field("again", 1), take_field("title", 1)]);
    other.filter = vec![Condition { of: path(1, "title"), is: Comparison::Exists(true) }];
    other.document = Template(vec![literal("titles/"), id(path(1, "title"))]);
    let mapped = map(vec![habits(vec![take_field("title", 1)]), other], record(vec![1.into(), "Read".into()])).unwrap();
    let documents: Vec<Map> = mapped
        .into_iter()
        .map(|mapped| match mapped {
            Mapped::Document(document) => document.into_fields(),
            other => panic!("{other:?}"),
        })
        .collect();
    let title = |name: &str| (name.to_owned(), Value::from("Read"));
    assert_eq!(documents, [Map::from([title("title")]), Map::from([title("again"), title("title")])]);
}

#[test]
fn a_record_that_one_move_rejects_is_rejected_by_all() {
    let mut bad = habits(vec![]);
    bad.document = Template(vec![literal("titles/"), id(path(1, "title"))]);
    let rejection = map(vec![habits(vec![]), bad], record(vec![1.into(), Value::Null])).unwrap_err();
    assert_eq!((rejection.reason, rejection.column.as_deref()), (Reason::MissingId, Some("title")));
}

#[test]
fn a_filter_leaves_records_out() {
    let mut to = habits(vec![]);
    let cases = [
        (Comparison::OneOf(vec![1.into(), 2.into()]), true),
        (Comparison::NoneOf(vec![1.into()]), true),
        (Comparison::NoneOf(vec![2.into()]), false),
        (Comparison::Exists(false), false),
        (Comparison::AtLeast(2.into()), true),
        (Comparison::AtLeast(3.into()), false),
        (Comparison::AtLeast("2".into()), false),
        (Comparison::Below(3.into()), true),
        (Comparison::Below(2.into()), false),
    ];
    for (is, taken) in cases {
        to.filter = vec![Condition { of: path(1, "n"), is: is.clone() }];
        let mapped = map(vec![to.clone()], record(vec![1.into(), 2.into()])).unwrap();
        assert_eq!(matches!(mapped[..], [Mapped::Document(_)]), taken, "{is:?}");
    }
}

#[test]
fn null_is_kept_left_out_or_filled_in_as_the_plan_says() {
    let nulls =
        |name: &str, nulls| rule(name, Rule::Take { from: path(1, name), convert: Some(Conversion::Int), nulls });
    let fields =
        vec![nulls("default", Nulls::Default(0.into())), nulls("kept", Nulls::Keep), nulls("left", Nulls::LeaveOut)];
    let document = only_document(map(vec![habits(fields)], record(vec![1.into(), Value::Null])));
    let expected = Map::from([("default".into(), Value::Int(0)), ("kept".into(), Value::Null)]);
    assert_eq!(document.fields(), expected);
}

fn with_relations() -> Record {
    let other = |key: i64| {
        Arc::new(Record {
            id: RecordId { entity: "Tag".into(), key: Key::Int(key) },
            ..record(vec![Value::Int(key), Value::Bytes(vec![key as u8; key as usize])])
        })
    };
    let related = vec![Related::One(Some(other(5))), Related::Many(vec![other(6), other(7)]), Related::One(None)];
    Record { related, ..record(vec![1.into()]) }
}

#[test]
fn relations_become_references_maps_and_arrays() {
    let tags = || Template(vec![literal("tags/"), id(path(0, "id"))]);
    let number = || vec![take_field("n", 0)];
    let fields = vec![
        rule("all", Rule::References { relation: vec![1], to: tags() }),
        rule("embedded", Rule::Embed { relation: vec![0], fields: number() }),
        rule("list", Rule::List { relation: vec![1], of: Box::new(take_field("n", 0).rule) }),
        rule("many", Rule::Embed { relation: vec![1], fields: number() }),
        rule("none", Rule::Reference { relation: vec![2], to: tags() }),
        rule("nothing", Rule::Embed { relation: vec![2], fields: number() }),
        rule("one", Rule::Reference { relation: vec![0], to: tags() }),
        rule("through", Rule::Take { from: through(0, 0, "tag.n"), convert: None, nulls: Nulls::Keep }),
        rule("words", Rule::Text(Template(vec![literal("tag "), text(through(0, 0, "tag.n"))]))),
    ];
    let document = only_document(map(vec![habits(fields)], with_relations()));
    let reference = |to: &str| Value::Reference(to.to_owned());
    let n = |n: i64| Value::Map(Map::from([("n".to_owned(), Value::Int(n))]));
    let expected = Map::from([
        ("all".into(), Value::Array(vec![reference("tags/6"), reference("tags/7")])),
        ("embedded".into(), n(5)),
        ("list".into(), Value::Array(vec![6.into(), 7.into()])),
        ("many".into(), Value::Array(vec![n(6), n(7)])),
        ("none".into(), Value::Null),
        ("nothing".into(), Value::Null),
        ("one".into(), reference("tags/5")),
        ("through".into(), Value::Int(5)),
        ("words".into(), "tag 5".into()),
    ]);
    assert_eq!(document.fields(), expected);
}

#[test]
fn a_value_for_the_upload_port_is_replaced_by_its_answer_wherever_it_lies() {
    let photo = || {
        let to = Template(vec![literal("photos/"), id(path(0, "id"))]);
        rule("photo", Rule::Upload { from: path(1, "photo"), to, over: 6, nulls: Nulls::Keep })
    };
    let fields = vec![
        rule("many", Rule::Embed { relation: vec![1], fields: vec![photo()] }),
        rule("meta", Rule::Map(vec![rule("tag", Rule::Embed { relation: vec![0], fields: vec![photo()] })])),
    ];
    let Mapped::Upload(pending) = map(vec![habits(fields)], with_relations()).unwrap().remove(0) else { panic!() };
    let uploads: Vec<_> = pending.uploads().map(|upload| (&*upload.field, &*upload.to, upload.bytes.len())).collect();
    assert_eq!(uploads, [("many", "photos/7", 7)]);
    let without = pending.clone().without_port();
    assert_eq!((without.reason, without.column.as_deref()), (Reason::TooLarge, Some("many")));

    assert_eq!(pending.clone().resume(vec![]).unwrap_err(), without, "an upload without an answer did not happen");
    let document = pending.resume(vec!["gs://photos/7".into()]).unwrap();
    let photo = |value| Value::Map(Map::from([("photo".to_owned(), value)]));
    let expected = Map::from([
        ("many".to_owned(), Value::Array(vec![photo(Value::Bytes(vec![6; 6])), photo("gs://photos/7".into())])),
        ("meta".to_owned(), Value::Map(Map::from([("tag".to_owned(), photo(Value::Bytes(vec![5; 5])))]))),
    ]);
    assert_eq!(document.fields(), expected);
    assert_eq!(ContentHash::of(&expected, &[], &firestore::rules()), document.hash);
}

#[test]
fn where_there_is_nothing_to_upload_null_is_kept_or_left_out_as_for_any_field() {
    let document = |nulls, photo| {
        let to = Template(vec![literal("photos/"), id(path(0, "id"))]);
        let photo_rule = Rule::Upload { from: path(1, "photo"), to, over: 6, nulls };
        only_document(map(vec![habits(vec![rule("photo", photo_rule)])], record(vec!["h1".into(), photo])))
    };
    let photo = |value: Value| Map::from([("photo".to_owned(), value)]);
    assert_eq!(document(Nulls::Keep, Value::Null).fields(), photo(Value::Null));
    assert_eq!(document(Nulls::LeaveOut, Value::Null).fields(), Map::new());
    let short = || Value::Bytes(vec![1; 6]);
    assert_eq!(document(Nulls::LeaveOut, short()).fields(), photo(short()));
}

#[test]
fn an_address_may_be_made_of_the_content_itself() {
    let mut to = habits(vec![take_field("title", 1)]);
    to.document = Template(vec![literal("habits/"), Part::Hash]);
    let document = only_document(map(vec![to], record(vec![1.into(), "Read".into()])));
    assert_eq!(document.address, format!("habits/{}", &document.hash.to_string()[..32]));
}

#[test]
fn a_fault_deep_inside_names_the_way_to_it() {
    let from = through(0, 1, "photo");
    let bad = rule(
        "n",
        Rule::Take { from: Path { relations: vec![], ..from }, convert: Some(Conversion::Int), nulls: Nulls::Keep },
    );
    let fields = vec![rule("tag", Rule::Embed { relation: vec![0], fields: vec![bad] })];
    let rejection = map(vec![habits(fields)], with_relations()).unwrap_err();
    assert_eq!((rejection.reason, rejection.column.as_deref()), (Reason::NotConvertible, Some("tag.n")));
    assert_eq!(rejection.key, Key::Int(1));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Double),
        (-100_000_000_000_i64..300_000_000_000, 0_u32..1_000_000_000)
            .prop_map(|(seconds, nanos)| Value::Timestamp(Timestamp::new(seconds, nanos).unwrap())),
        any::<i64>().prop_map(|digits| Value::Decimal(digits.into())),
        ".{0,8}".prop_map(Value::String),
        any::<Vec<u8>>().prop_map(Value::Bytes),
        "[a-z/]{1,5}".prop_map(Value::Reference),
        (any::<f64>(), -200.0..200.0)
            .prop_map(|(latitude, longitude)| Value::GeoPoint(GeoPoint { latitude, longitude })),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a_]{1,5}", inner, 0..4).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_not_rejected_comes_back_from_the_target_with_its_hash(
        value in any_value(),
        meta in prop::collection::btree_map("[a-c]{1,3}", any_value(), 0..3).prop_map(Value::Map),
    ) {
        let mut to = habits(vec![take_field("meta", 1), take_field("value", 2)]);
        to.stamps = vec![rule("meta", Rule::Map(vec![rule("at", Rule::Text(Template(vec![Part::Now { iso: false }])))]))];
        let way: Arc<[Name]> = ["meta".into(), "at".into()].into();
        if let Ok(mapped) = map(vec![to], record(vec![1.into(), meta, value])) {
            let document = only_document(Ok(mapped));
            let line = firestore::json::write(&document.address, &document.fields(), None).unwrap();
            let (address, read_back) = firestore::json::read(&line, None).unwrap();
            prop_assert_eq!(&address, &document.address);
            prop_assert_eq!(ContentHash::of(&read_back, &[way], &firestore::rules()), document.hash);
        }
    }
}

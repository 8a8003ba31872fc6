use proptest::prelude::*;

use super::*;
use crate::plan::{Conversion, Slot};
use crate::record::{Decimal, Key, RecordId, Timestamp};

fn part(position: usize, escape: Escape) -> Part {
    let from = Path { relations: vec![], slot: Slot::Field(position, vec![]), name: format!("f{position}").into() };
    Part::Value { from, convert: None, escape }
}

fn literal(text: &str) -> Part {
    Part::Literal(text.to_owned())
}

fn record(values: Vec<Value>) -> Record {
    Record { id: RecordId { entity: "E".into(), key: Key::Int(1) }, values, related: vec![] }
}

fn expander() -> Expander<'static> {
    let now = Timestamp::new(1_700_000_000, 0).unwrap();
    Expander { context: Context { owner: "u1", now }, version: 3 }
}

fn address(parts: Vec<Part>, values: Vec<Value>) -> Result<String, Fault> {
    let address = expander().address(&Template(parts), &record(values))?;
    Ok(address.with_hash(&ContentHash([0xab; 32])))
}

fn segment(value: impl Into<Value>) -> Result<String, Fault> {
    address(vec![part(0, Escape::Segment)], vec![value.into()])
}

fn field(parts: Vec<Part>, values: Vec<Value>) -> Value {
    expander().value(&Template(parts), &record(values)).unwrap()
}

#[test]
fn values_of_an_address_stay_within_their_segments() {
    let parts = vec![literal("a/b/"), part(0, Escape::Segment), literal("/c/d-"), part(1, Escape::Segment)];
    assert_eq!(address(parts, vec!["x/../y".into(), "100%".into()]).unwrap(), "a/b/x%2F..%2Fy/c/d-100%25");
}

#[test]
fn a_segment_that_would_mean_something_else_has_its_first_character_escaped() {
    for (value, escaped) in [(".", "%2E"), ("..", "%2E."), ("__x__", "%5F_x__"), ("...", "..."), ("__x", "__x")] {
        assert_eq!(segment(value).unwrap(), escaped);
    }
    let around = vec![literal("a/_"), part(0, Escape::Segment), literal("_/"), Part::Hash];
    let hash = "ab".repeat(16);
    assert_eq!(address(around, vec!["_x_".into()]).unwrap(), format!("a/%5F_x__/{hash}"));
    let with_hash = vec![literal("a/__"), part(0, Escape::Segment), Part::Hash, literal("__")];
    assert_eq!(address(with_hash, vec!["x".into()]).unwrap(), format!("a/%5F_x{hash}__"));
    assert_eq!(address(vec![literal("a/..")], vec![]).unwrap(), "a/..", "what the plan itself says is not escaped");
}

#[test]
fn each_kind_that_may_be_in_an_address_has_one_form() {
    let moment = Timestamp::new(0, 500_000_000).unwrap();
    for (value, text) in [
        (Value::Int(-7), "-7"),
        (Value::Bool(true), "true"),
        (Value::Decimal("1.50".parse::<Decimal>().unwrap()), "1.5"),
        (Value::Timestamp(moment), "1970-01-01T00:00:00.5Z"),
        (Value::Bytes(vec![0, 0xff]), "00ff"),
    ] {
        assert_eq!(segment(value).unwrap(), text);
    }
    assert_eq!(segment(Value::Null).unwrap_err().reason(), Reason::MissingId);
    for value in [Value::Double(1.0), Value::Array(vec![]), Value::Reference("a/b".to_owned())] {
        assert_eq!(segment(value).unwrap_err().reason(), Reason::BadId);
    }
}

#[test]
fn a_value_may_be_converted_on_its_way_into_an_address() {
    let from = Path { relations: vec![], slot: Slot::Field(0, vec![]), name: "f".into() };
    let day = Part::Value { from, convert: Some(Conversion::Date), escape: Escape::Segment };
    let moment = Value::Timestamp(Timestamp::new(86_400, 5).unwrap());
    assert_eq!(address(vec![day.clone()], vec![moment]).unwrap(), "1970-01-02");
    assert_eq!(address(vec![day], vec![1.into()]).unwrap_err().reason(), Reason::NotConvertible);
}

#[test]
fn an_owner_that_would_lead_elsewhere_is_refused() {
    for owner in ["", "u1/habits/h1"] {
        let expander = Expander { context: Context { owner, ..expander().context }, version: 1 };
        let fault = expander.address(&Template(vec![literal("users/"), Part::Owner]), &record(vec![])).unwrap_err();
        assert_eq!(fault.reason(), Reason::BadId);
    }
}

#[test]
fn the_text_of_a_field_is_not_escaped_and_null_where_a_part_is() {
    let parts = || vec![part(0, Escape::None), literal(" of "), Part::Owner, literal(" v"), Part::Version];
    assert_eq!(field(parts(), vec!["a/b".into()]), "a/b of u1 v3".into());
    assert_eq!(field(parts(), vec![1.5.into()]), "1.5 of u1 v3".into());
    assert_eq!(field(parts(), vec![Value::Null]), Value::Null);
}

#[test]
fn the_moment_and_the_version_alone_keep_their_kinds() {
    assert_eq!(field(vec![Part::Now { iso: false }], vec![]), Value::Timestamp(expander().context.now));
    assert_eq!(field(vec![Part::Now { iso: true }], vec![]), "2023-11-14T22:13:20Z".into());
    assert_eq!(field(vec![literal("at "), Part::Now { iso: false }], vec![]), "at 2023-11-14T22:13:20Z".into());
    assert_eq!(field(vec![Part::Version], vec![]), Value::Int(3));
}

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof!["[/%_.25EF]{0,6}", "__[a-z/%_]{0,4}__", ".*"]
}

proptest! {
    #[test]
    fn every_text_comes_back_from_its_segment(text in odd_text()) {
        let escaped = segment(text.as_str()).unwrap();
        prop_assert!(!escaped.contains('/') && !is_reserved_segment(&escaped));
        prop_assert_eq!(unescape(&escaped), Some(text));
    }

    #[test]
    fn two_records_share_no_segment_of_several_keys(left: [u8; 3], right: [u8; 3]) {
        let key = |bytes: [u8; 3]| {
            // Few letters, so that different records come close to one another.
            let texts: Vec<Value> = bytes.iter().map(|byte| ["", "_", "a", "_a", "%5F", "a_"][*byte as usize % 6].into()).collect();
            let joined = (0..3).flat_map(|at| [part(at, Escape::Key), literal("_")]).collect();
            (address(joined, texts.clone()).unwrap(), texts)
        };
        let ((left, left_values), (right, right_values)) = (key(left), key(right));
        prop_assert_eq!(left == right, left_values == right_values);
    }

    #[test]
    fn reading_back_never_fails_but_with_none(text in ".*") {
        let _ = unescape(&text);
    }
}

use proptest::prelude::*;

use super::*;
use crate::record::{GeoPoint, Map};

fn reason(value: impl Into<Value>, conversion: Conversion) -> Reason {
    convert(value.into(), conversion).unwrap_err().reason()
}

fn converted(value: impl Into<Value>, conversion: Conversion) -> Value {
    convert(value.into(), conversion).unwrap()
}

fn decimal_value(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

fn at(seconds: i64, nanos: u32) -> Value {
    Value::Timestamp(Timestamp::new(seconds, nanos).unwrap())
}

const EXACT: Conversion = Conversion::Double { lossy: false };
const LOSSY: Conversion = Conversion::Double { lossy: true };

#[test]
fn text_is_what_a_person_would_write() {
    for (value, text) in [
        (Value::Int(-5), "-5"),
        (Value::Double(0.1), "0.1"),
        (Value::Double(3.0), "3"),
        (decimal_value("19.990"), "19.99"),
        (Value::Bool(true), "true"),
        (at(0, 500_000_000), "1970-01-01T00:00:00.5Z"),
        (Value::Reference("users/u1".to_owned()), "users/u1"),
    ] {
        assert_eq!(converted(value, Conversion::String), text.into());
    }
    for value in [Value::Bytes(vec![1]), Value::Array(vec![]), Value::Map(Map::new()), Value::Double(f64::NAN)] {
        assert_eq!(reason(value, Conversion::String), Reason::NotConvertible);
    }
}

#[test]
fn an_int_is_made_of_what_is_whole_and_fits() {
    for value in [5.into(), Value::from("5"), "5.0".into(), 5.0.into(), decimal_value("5"), "0.5e1".into()] {
        assert_eq!(converted(value, Conversion::Int), Value::Int(5));
    }
    assert_eq!(converted(true, Conversion::Int), Value::Int(1));
    for value in [Value::from("5.5"), 5.5.into(), decimal_value("0.01")] {
        assert_eq!(reason(value, Conversion::Int), Reason::Inexact);
    }
    for value in [Value::from("9223372036854775808"), 1e19.into(), decimal_value("-1e30")] {
        assert_eq!(reason(value, Conversion::Int), Reason::OutOfRange);
    }
    for value in [Value::from("five"), "".into(), " 5".into(), f64::INFINITY.into(), at(5, 0)] {
        assert_eq!(reason(value, Conversion::Int), Reason::NotConvertible);
    }
}

#[test]
fn a_double_that_would_lose_digits_is_refused_unless_the_plan_gives_them_up() {
    assert_eq!(converted(decimal_value("0.1"), EXACT), Value::Double(0.1));
    assert_eq!(converted("19.99", EXACT), Value::Double(19.99));
    assert_eq!(converted(1_i64 << 53, EXACT), Value::Double(9_007_199_254_740_992.0));
    for lost in [decimal_value("0.1000000000000000055"), Value::Int((1 << 53) + 1), Value::Int(i64::MAX)] {
        assert_eq!(reason(lost.clone(), EXACT), Reason::Inexact);
        assert!(convert(lost, LOSSY).is_ok());
    }
    assert_eq!(reason("1e400", LOSSY), Reason::OutOfRange);
    assert_eq!(reason("NaN", LOSSY), Reason::NotConvertible);
}

#[test]
fn a_bool_is_made_of_zero_one_and_the_words() {
    for value in [Value::from("TRUE"), "yes".into(), "1".into(), 1.into(), 1.0.into(), decimal_value("1")] {
        assert_eq!(converted(value, Conversion::Bool), Value::Bool(true));
    }
    for value in [Value::from("no"), "false".into(), 0.into()] {
        assert_eq!(converted(value, Conversion::Bool), Value::Bool(false));
    }
    for value in [Value::from("maybe"), 2.into(), 0.5.into(), at(1, 0)] {
        assert_eq!(reason(value, Conversion::Bool), Reason::NotConvertible);
    }
}

#[test]
fn a_moment_is_made_of_text_and_of_numbers_by_their_unit() {
    let half = at(1_700_000_000, 500_000_000);
    for (value, unit) in [
        (Value::from("2023-11-14T22:13:20.5Z"), TimeUnit::Seconds),
        (1_700_000_000.5.into(), TimeUnit::Seconds),
        (decimal_value("1700000000.5"), TimeUnit::Seconds),
        (1_700_000_000_500_i64.into(), TimeUnit::Millis),
        (1_700_000_000_500.0.into(), TimeUnit::Millis),
        (1_700_000_000_500_000_i64.into(), TimeUnit::Micros),
        (decimal_value("721692800.5"), TimeUnit::Mac),
        (721_692_800.5.into(), TimeUnit::Mac),
    ] {
        assert_eq!(converted(value, Conversion::Timestamp(Some(unit))), half, "{unit:?}");
    }
    assert_eq!(converted(-1, Conversion::Timestamp(Some(TimeUnit::Millis))), at(-1, 999_000_000));
    assert_eq!(converted(-0.25, Conversion::Timestamp(Some(TimeUnit::Millis))), at(-1, 999_750_000));
    assert_eq!(converted(0, Conversion::Timestamp(Some(TimeUnit::Mac))), at(MAC_EPOCH, 0));
    let seconds = Conversion::Timestamp(Some(TimeUnit::Seconds));
    for number in [Value::Int(1), 1.5.into(), decimal_value("1")] {
        assert_eq!(reason(number, Conversion::Timestamp(None)), Reason::NotConvertible);
    }
    assert_eq!(converted("1970-01-01", Conversion::Timestamp(None)), at(0, 0));
    for far in [i64::MIN, i64::MAX] {
        assert_eq!(reason(far, seconds), Reason::OutOfRange);
    }
    assert_eq!(reason(decimal_value("0.0000000001"), seconds), Reason::Inexact);
    for bad in [Value::from("yesterday"), f64::NAN.into(), 1e300.into(), true.into()] {
        assert_eq!(reason(bad, seconds), Reason::NotConvertible);
    }
}

#[test]
fn moments_are_written_as_text_or_as_their_day() {
    assert_eq!(converted(at(1_700_000_000, 1), Conversion::IsoText), "2023-11-14T22:13:20.000000001Z".into());
    assert_eq!(converted(at(1_700_000_000, 1), Conversion::Date), "2023-11-14".into());
    assert_eq!(reason(at(253_402_300_800, 0), Conversion::IsoText), Reason::OutOfRange);
    assert_eq!(reason("2023-11-14", Conversion::Date), Reason::NotConvertible);
}

#[test]
fn json_keeps_ints_and_doubles_apart() {
    let json = r#"{"a":[1,1.0,1e2,-0.0],"b":null,"c":{"d":"é\n"},"e":true,"f":9223372036854775807}"#;
    let Value::Map(fields) = converted(json, Conversion::Json) else { panic!() };
    let numbers = [1.into(), 1.0.into(), 100.0.into(), (-0.0).into()];
    assert_eq!(fields["a"], Value::Array(numbers.to_vec()));
    assert_eq!(converted(Value::Bytes(json.into()), Conversion::Json), Value::Map(fields));
    assert_eq!(converted("18446744073709551616", Conversion::Json), decimal_value("18446744073709551616"));
}

#[test]
fn json_that_cannot_be_read_is_refused_without_quoting_it() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bad = ["", "{", "{\"secret\":1,\"secret\":2}", "[1,]", "1e999", "nul", &deep];
    for bad in bad {
        let fault = convert(bad.into(), Conversion::Json).unwrap_err();
        assert_eq!(fault.reason(), Reason::BadJson);
        assert!(!format!("{fault:?}").contains("secret"));
    }
    assert_eq!(reason(Value::Bytes(vec![b'"', 0xff, b'"']), Conversion::Json), Reason::BadJson);
    assert_eq!(reason(5, Conversion::Json), Reason::NotConvertible);
}

#[test]
fn any_value_has_json_text() {
    let fields = Map::from([
        ("at".to_owned(), at(0, 0)),
        ("bytes".to_owned(), Value::Bytes(b"home".to_vec())),
        ("decimal".to_owned(), decimal_value("0.10")),
        ("double".to_owned(), 1.0.into()),
        ("place".to_owned(), Value::GeoPoint(GeoPoint { latitude: 1.5, longitude: -2.0 })),
        ("text".to_owned(), "\"\u{1}é".into()),
        ("to".to_owned(), Value::Reference("users/u1".to_owned())),
    ]);
    let text = r#"{"at":"1970-01-01T00:00:00Z","bytes":"aG9tZQ==","decimal":0.1,"double":1.0,"place":{"latitude":1.5,"longitude":-2.0},"text":"\"\u0001é","to":"users/u1"}"#;
    assert_eq!(converted(Value::Map(fields), Conversion::JsonText), text.into());
    assert_eq!(reason(f64::NAN, Conversion::JsonText), Reason::NotConvertible);
}

#[test]
fn letters_change_their_case_and_bytes_become_base64() {
    assert_eq!(converted("ÄB-1", Conversion::Lower), "äb-1".into());
    assert_eq!(converted("äb-1", Conversion::Upper), "ÄB-1".into());
    assert_eq!(converted(Value::Bytes(vec![0xff]), Conversion::Base64), "/w==".into());
    assert_eq!(reason("text", Conversion::Base64), Reason::NotConvertible);
}

#[test]
fn null_stays_null_and_details_name_no_values() {
    for conversion in [Conversion::Int, EXACT, Conversion::Json, Conversion::Upper, Conversion::Base64] {
        assert_eq!(converted(Value::Null, conversion), Value::Null);
    }
    for conversion in [Conversion::Int, EXACT, Conversion::Bool, Conversion::Decimal, Conversion::Base64] {
        let fault = convert("secret".into(), conversion).unwrap_err();
        assert!(!format!("{fault:?}").contains("secret"), "{fault:?}");
    }
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        proptest::num::f64::NORMAL.prop_map(Value::Double),
        ".*".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(".*", inner, 0..4).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn what_became_text_comes_back(number: i64, double in proptest::num::f64::NORMAL, nanos in 0_u32..1_000_000_000) {
        for (value, back) in [
            (Value::Int(number), Conversion::Int),
            (Value::Double(double), EXACT),
            (Value::Decimal(Decimal::from_double(double).unwrap()), Conversion::Decimal),
            (Value::Bool(number % 2 == 0), Conversion::Bool),
            (at(number % 60_000_000_000, nanos), Conversion::Timestamp(Some(TimeUnit::Seconds))),
        ] {
            prop_assert_eq!(converted(converted(value.clone(), Conversion::String), back), value);
        }
    }

    #[test]
    fn an_int_that_becomes_a_double_comes_back_or_is_refused(number: i64) {
        if let Ok(double) = convert(Value::Int(number), EXACT) {
            prop_assert_eq!(converted(double, Conversion::Int), Value::Int(number));
        }
    }

    #[test]
    fn a_double_that_becomes_a_decimal_comes_back(double in proptest::num::f64::NORMAL) {
        prop_assert_eq!(converted(converted(double, Conversion::Decimal), EXACT), Value::Double(double));
    }

    #[test]
    fn whole_numbers_of_every_unit_are_moments_and_doubles_agree(number in -(1_i64 << 52)..1_i64 << 52) {
        for unit in [TimeUnit::Seconds, TimeUnit::Millis, TimeUnit::Micros, TimeUnit::Mac] {
            let moment = converted(number, Conversion::Timestamp(Some(unit)));
            prop_assert_eq!(&moment, &converted(number as f64, Conversion::Timestamp(Some(unit))));
        }
    }

    #[test]
    fn what_became_json_comes_back(value in json_values()) {
        let text = converted(Value::Array(vec![value.clone()]), Conversion::JsonText);
        prop_assert_eq!(converted(text, Conversion::Json), Value::Array(vec![value]));
    }
}

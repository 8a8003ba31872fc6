use super::*;
use crate::record::{Map, Value};
use crate::testkit::bplist::{Archiver, Item, archive_strings, write};

fn archived(build: impl FnOnce(&mut Archiver) -> Item) -> Result<Value, ArchiveError> {
    let mut archiver = Archiver::new();
    let root = build(&mut archiver);
    decode(&archiver.finish(root))
}

fn plain(item: Item) -> Result<Value, ArchiveError> {
    archived(|archiver| archiver.add(item))
}

fn decimal(exponent: i64, length: i64, negative: bool, groups: [u16; 8], order: i64) -> Result<Value, ArchiveError> {
    let bytes = groups.iter().flat_map(|group| if order == 1 { group.to_le_bytes() } else { group.to_be_bytes() });
    let fields = vec![
        ("NS.exponent", Item::Int(exponent)),
        ("NS.length", Item::Int(length)),
        ("NS.negative", Item::Bool(negative)),
        ("NS.compact", Item::Bool(true)),
        ("NS.mantissa", Item::Data(bytes.collect())),
        ("NS.mantissa.bo", Item::Int(order)),
    ];
    let classes = ["NSDecimalNumberPlaceholder", "NSDecimalNumber", "NSNumber", "NSValue"];
    archived(|archiver| archiver.object(&classes, fields))
}

#[test]
fn texts_come_back_in_their_order() {
    let texts = ["gym", "", "héllo", "日本 🌧", "gym"];
    let expected = texts.iter().map(|&text| text.into()).collect();
    assert_eq!(decode(&archive_strings(&texts)), Ok(Value::Array(expected)));
}

#[test]
fn numbers_keep_their_kind() {
    assert_eq!(plain(Item::Bool(true)), Ok(Value::Bool(true)));
    assert_eq!(plain(Item::Int(-7)), Ok(Value::Int(-7)));
    assert_eq!(plain(Item::Int(1)), Ok(Value::Int(1)));
    assert_eq!(plain(Item::Real(0.1)), Ok(Value::Double(0.1)));
}

#[test]
fn decimals_are_exact() {
    let expected = |text: &str| Ok(Value::Decimal(text.parse().unwrap()));
    assert_eq!(decimal(-2, 1, false, [1999, 0, 0, 0, 0, 0, 0, 0], 1), expected("19.99"));
    assert_eq!(decimal(-2, 1, true, [1999, 0, 0, 0, 0, 0, 0, 0], 2), expected("-19.99"));
    assert_eq!(decimal(-1, 0, false, [0; 8], 1), expected("0"));
    assert_eq!(decimal(0, 8, false, [0xFFFF; 8], 1), expected("340282366920938463463374607431768211455"));
    assert_eq!(decimal(127, 2, false, [0, 1, 9, 0, 0, 0, 0, 0], 1), expected("65536e127"));
    assert_eq!(decimal(0, 0, true, [0; 8], 1), Err(ArchiveError::BadDecimal));
    assert_eq!(decimal(0, 9, false, [0; 8], 1), Err(ArchiveError::BadDecimal));
    assert_eq!(decimal(300, 1, false, [1; 8], 1), Err(ArchiveError::BadDecimal));
}

#[test]
fn objects_of_foundation_become_values() {
    let bytes = (0..16).map(|byte| byte * 17).collect();
    let value = archived(|archiver| {
        let relative = archiver.text("https://example.com/a?b");
        let items = vec![
            archiver.object(&["NSDate"], vec![("NS.time", Item::Real(0.5))]),
            archiver.object(&["NSUUID"], vec![("NS.uuidbytes", Item::Data(bytes))]),
            archiver.object(&["NSURL"], vec![("NS.base", Archiver::null()), ("NS.relative", relative)]),
            archiver.object(&["NSNull"], vec![]),
            Archiver::null(),
            archiver.object(&["NSMutableData", "NSData"], vec![("NS.data", Item::Data(vec![1, 2]))]),
            archiver.object(&["NSMutableString", "NSString"], vec![("NS.string", "text".into())]),
            archiver.add(Item::Data(vec![3])),
        ];
        archiver.set(items)
    });
    let expected = vec![
        Value::Timestamp(crate::record::Timestamp::from_mac(0.5).unwrap()),
        "00112233-4455-6677-8899-AABBCCDDEEFF".into(),
        "https://example.com/a?b".into(),
        Value::Null,
        Value::Null,
        Value::Bytes(vec![1, 2]),
        "text".into(),
        Value::Bytes(vec![3]),
    ];
    assert_eq!(value, Ok(Value::Array(expected)));
}

#[test]
fn dictionaries_become_maps() {
    let value = archived(|archiver| {
        let (one, tag) = (archiver.add(Item::Int(1)), archiver.text("x"));
        let tags = archiver.array(vec![tag]);
        archiver.dictionary(vec![("count", one), ("tags", tags)])
    });
    let tags = Value::Array(vec!["x".into()]);
    assert_eq!(value, Ok(Value::Map(Map::from([("count".into(), Value::Int(1)), ("tags".into(), tags)]))));
}

#[test]
fn a_dictionary_with_numbers_as_keys_becomes_a_map_of_their_digits() {
    let with_keys = |keys: [Item; 2]| {
        archived(|archiver| {
            let keys = keys.map(|key| archiver.add(key)).to_vec();
            let values = ["a", "b"].map(|text| archiver.text(text)).to_vec();
            let fields = vec![("NS.keys", Item::Array(keys)), ("NS.objects", Item::Array(values))];
            archiver.object(&["NSMutableDictionary", "NSDictionary"], fields)
        })
    };
    let expected = Map::from([("1".into(), "a".into()), ("2".into(), "b".into())]);
    assert_eq!(with_keys([Item::Int(1), Item::Int(2)]), Ok(Value::Map(expected)));
    assert_eq!(with_keys([Item::Int(1), "1".into()]), Err(ArchiveError::DoubleKey));
    assert_eq!(with_keys([Item::Real(1.5), "1".into()]), Err(ArchiveError::BadKey));
}

#[test]
fn an_ordered_set_that_numbers_its_items_keeps_their_order() {
    let value = archived(|archiver| {
        let names: Vec<String> = (0..12).rev().map(|place| format!("NS.object.{place}")).collect();
        let fields = names.iter().map(|name| (name.as_str(), archiver.text(name))).collect();
        archiver.object(&["NSOrderedSet"], fields)
    });
    let expected = (0..12).map(|place| format!("NS.object.{place}").as_str().into()).collect();
    assert_eq!(value, Ok(Value::Array(expected)));
}

#[test]
fn a_class_of_the_app_is_named_in_the_error() {
    let value = archived(|archiver| archiver.object(&["Habits.Color"], vec![]));
    assert_eq!(value, Err(ArchiveError::UnknownClass("Habits.Color".into())));
}

#[test]
fn a_subclass_is_read_as_the_class_it_extends() {
    let value =
        archived(|archiver| archiver.object(&["App.Tags", "NSArray"], vec![("NS.objects", Item::Array(vec![]))]));
    assert_eq!(value, Ok(Value::Array(vec![])));
}

#[test]
fn an_object_that_contains_itself_is_an_error() {
    let value = archived(|archiver| {
        let outer = archiver.reserve();
        let inner = archiver.array(vec![outer.clone()]);
        archiver.fill(&outer, &["NSArray"], vec![("NS.objects", Item::Array(vec![inner]))]);
        outer
    });
    assert_eq!(value, Err(ArchiveError::Circle));
}

#[test]
fn the_same_object_twice_is_no_circle() {
    let value = archived(|archiver| {
        let shared = archiver.array(vec![]);
        archiver.array(vec![shared.clone(), shared])
    });
    assert_eq!(value, Ok(Value::Array(vec![Value::Array(vec![]), Value::Array(vec![])])));
}

#[test]
fn arrays_in_arrays_without_end_are_an_error() {
    let nested = |depth| archived(|archiver| (0..depth).fold(Archiver::null(), |inner, _| archiver.array(vec![inner])));
    assert!(nested(64).is_ok());
    assert_eq!(nested(65), Err(ArchiveError::TooDeep));
    assert_eq!(nested(20_000), Err(ArchiveError::TooDeep));
}

#[test]
fn a_small_archive_that_unfolds_to_billions_of_objects_is_an_error() {
    let value = archived(|archiver| {
        let laugh = archiver.text("ha");
        (0..30).fold(laugh, |inner, _| archiver.array(vec![inner; 10]))
    });
    assert_eq!(value, Err(ArchiveError::TooLarge));
}

#[test]
fn looking_into_huge_objects_again_and_again_is_an_error() {
    let value = archived(|archiver| {
        let mut fields = vec![("x", Item::Int(0)); 50_000];
        fields.push(("NS.time", Item::Real(0.0)));
        let date = archiver.object(&["NSDate"], fields);
        archiver.array(vec![date; 50_000])
    });
    assert_eq!(value, Err(ArchiveError::TooLarge));
}

#[test]
fn what_is_no_archive_is_an_error() {
    assert_eq!(decode(b""), Err(ArchiveError::List(ListError::Header)));
    assert_eq!(decode(&write(&Item::Array(vec![]))), Err(ArchiveError::NotAnArchive));
    assert_eq!(decode(&write(&Item::Dict(vec![("$top".into(), Item::Int(1))]))), Err(ArchiveError::NotAnArchive));
    assert_eq!(archived(|_| Item::Uid(99)), Err(ArchiveError::Reference));
    assert_eq!(plain(Item::Array(vec![])), Err(ArchiveError::NotAnArchive));
    assert_eq!(plain(Item::Dict(vec![])), Err(ArchiveError::Missing("its class")));
}

#[test]
fn an_archive_cut_off_anywhere_is_an_error() {
    let good = archive_strings(&["gym", "outdoor"]);
    assert!((0..good.len()).all(|length| decode(&good[..length]).is_err()));
}

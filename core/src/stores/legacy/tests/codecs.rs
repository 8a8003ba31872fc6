use proptest::prelude::*;
use rusqlite::types::ValueRef;

use super::*;
use crate::record::{Reason, Timestamp, Value};
use crate::stores::legacy::layout::Codec;
use crate::stores::legacy::values::{Decoder, ExternalFiles, Trouble};

/// The codecs that read a lone cell.
const ALL: [Codec; 15] = [
    Codec::Text,
    Codec::Int { bits: 16 },
    Codec::Int { bits: 32 },
    Codec::Int { bits: 64 },
    Codec::Bool,
    Codec::Double,
    Codec::MacDate,
    Codec::Decimal,
    Codec::Uuid,
    Codec::Bytes,
    Codec::External,
    Codec::Archive,
    Codec::Json,
    Codec::Coded,
    Codec::Any,
];

fn decoder(store: &Path) -> Decoder {
    Decoder::new(ExternalFiles::of(store, None))
}

fn read(codec: Codec, cell: ValueRef<'_>) -> Result<Value, Reason> {
    value_of(&mut decoder(Path::new("/nowhere/default.store")), codec, cell).map_err(reason)
}

fn value_of(decoder: &mut Decoder, codec: Codec, cell: ValueRef<'_>) -> Result<Value, Box<Trouble>> {
    let mut values = Vec::new();
    decoder.read(codec, &cell, &mut values)?;
    Ok(values.remove(0))
}

#[allow(clippy::boxed_local, reason = "as the decoder hands it out")]
fn reason(trouble: Box<Trouble>) -> Reason {
    match *trouble {
        Trouble::Cell(reason, _) => reason,
        Trouble::Work(error) => panic!("{error}"),
    }
}

#[test]
fn cells_become_what_their_type_says() {
    let moment = |mac| Value::Timestamp(Timestamp::from_mac(mac).unwrap());
    let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
    for (codec, cell, value) in [
        (Codec::Text, ValueRef::Text("日本".as_bytes()), Value::from("日本")),
        (Codec::Int { bits: 16 }, ValueRef::Integer(-32_768), Value::Int(-32_768)),
        (Codec::Int { bits: 64 }, ValueRef::Integer(i64::MIN), Value::Int(i64::MIN)),
        (Codec::Bool, ValueRef::Integer(1), Value::Bool(true)),
        (Codec::Double, ValueRef::Real(f64::INFINITY), Value::Double(f64::INFINITY)),
        (Codec::Double, ValueRef::Integer(3), Value::Double(3.0)),
        (Codec::MacDate, ValueRef::Real(0.5), moment(0.5)),
        (Codec::MacDate, ValueRef::Integer(63_113_904_000), moment(63_113_904_000.0)),
        (Codec::Decimal, ValueRef::Real(19.99), decimal("19.99")),
        (Codec::Decimal, ValueRef::Integer(i64::MAX), decimal("9223372036854775807")),
        (Codec::Decimal, ValueRef::Text(b"0.10000000000000000001"), decimal("0.10000000000000000001")),
        (Codec::Uuid, ValueRef::Blob(&[0xAB; 16]), Value::from("ABABABAB-ABAB-ABAB-ABAB-ABABABABABAB")),
        (Codec::External, ValueRef::Blob(b"\x01photo"), Value::Bytes(b"photo".to_vec())),
        (Codec::Json, ValueRef::Blob(b"[1, 1.0, null]"), Value::Array(vec![1.into(), 1.0.into(), Value::Null])),
        (Codec::Json, ValueRef::Text(b"18446744073709551615"), decimal("18446744073709551615")),
    ] {
        assert!(read(codec, cell) == Ok(value), "{codec:?}");
    }
}

#[test]
fn a_cell_that_its_type_never_has_is_a_reason_and_no_guess() {
    for (codec, cell, reason) in [
        (Codec::Text, ValueRef::Text(b"caf\xe9"), Reason::BadText),
        (Codec::Text, ValueRef::Blob(b"text"), Reason::WrongType),
        (Codec::Int { bits: 16 }, ValueRef::Integer(32_768), Reason::BadNumber),
        (Codec::Int { bits: 64 }, ValueRef::Text(b"1"), Reason::WrongType),
        (Codec::Bool, ValueRef::Integer(2), Reason::BadNumber),
        (Codec::Double, ValueRef::Integer(i64::MAX), Reason::BadNumber),
        (Codec::MacDate, ValueRef::Real(f64::INFINITY), Reason::BadDate),
        (Codec::MacDate, ValueRef::Real(1e300), Reason::BadDate),
        (Codec::MacDate, ValueRef::Text(b"2026-01-01"), Reason::WrongType),
        (Codec::Decimal, ValueRef::Text(b"a lot"), Reason::BadNumber),
        (Codec::Uuid, ValueRef::Blob(&[0; 15]), Reason::BadUuid),
        (Codec::Archive, ValueRef::Blob(b"{\"not\":\"bplist\"}"), Reason::BadArchive),
        (Codec::Coded, ValueRef::Blob(b"bplist00\xff\xff"), Reason::BadArchive),
        (Codec::Json, ValueRef::Blob(b"{"), Reason::BadJson),
        (Codec::External, ValueRef::Blob(b""), Reason::WrongType),
        (Codec::External, ValueRef::Blob(b"\x02../../../../etc/passwd"), Reason::WrongType),
        (Codec::External, ValueRef::Blob(b"\x02../../../../../../../etc/passwd/../..\0"), Reason::WrongType),
        (Codec::External, ValueRef::Blob(b"\x02F0000000-0000-0000-0000-000000000000\0"), Reason::MissingFile),
    ] {
        assert!(read(codec, cell) == Err(reason), "{codec:?} {reason}");
    }
}

#[test]
fn json_that_is_nested_without_end_is_refused() {
    let deep = "[".repeat(100_000);
    assert!(read(Codec::Json, ValueRef::Blob(deep.as_bytes())) == Err(Reason::BadJson));
}

#[test]
fn json_and_archives_of_many_megabytes_are_not_unfolded() {
    let mut long = vec![b'0'; 9 << 20];
    assert!(read(Codec::Json, ValueRef::Text(&long)) == Err(Reason::TooLarge));
    long[..8].copy_from_slice(b"bplist00");
    assert!(read(Codec::Coded, ValueRef::Blob(&long)) == Err(Reason::TooLarge));
}

#[test]
fn what_json_unfolds_to_counts_as_what_it_takes() {
    let mut decoder = decoder(Path::new("default.store"));
    let json = format!("[{}0]", "0,".repeat(999));
    for read in 1..=2 {
        assert!(value_of(&mut decoder, Codec::Json, ValueRef::Text(json.as_bytes())).is_ok());
        assert!(decoder.bytes > read * 1000 * size_of::<Value>());
    }
}

#[test]
fn a_large_value_is_read_from_the_file_beside_the_store() {
    let folder = TempDir::new().unwrap();
    let files = folder.path().join(".default_SUPPORT/_EXTERNAL_DATA");
    std::fs::create_dir_all(&files).unwrap();
    let name = "F0000000-0000-4000-8000-00000000000F";
    std::fs::write(files.join(name), b"a photo").unwrap();
    let cell = [b"\x02", name.as_bytes(), b"\0"].concat();
    let value = value_of(&mut decoder(&folder.path().join("default.store")), Codec::External, ValueRef::Blob(&cell));
    assert!(value.map_err(reason) == Ok(Value::Bytes(b"a photo".to_vec())));
}

#[test]
fn a_blob_that_comes_again_is_the_same_value_again() {
    let mut decoder = decoder(Path::new("default.store"));
    for number in 0..2000 {
        let json = format!("[{}]", number % 700);
        let value = value_of(&mut decoder, Codec::Json, ValueRef::Blob(json.as_bytes())).map_err(reason);
        assert!(value == Ok(Value::Array(vec![Value::Int(number % 700)])));
        // The same bytes mean something else to another codec.
        let other = value_of(&mut decoder, Codec::Archive, ValueRef::Blob(json.as_bytes())).map_err(reason);
        assert!(other == Err(Reason::BadArchive));
    }
}

proptest! {
    #[test]
    fn whatever_a_cell_holds_is_a_value_or_a_reason(bytes: Vec<u8>, number: i64, real: f64) {
        for codec in ALL {
            let cells = [
                ValueRef::Null,
                ValueRef::Integer(number),
                ValueRef::Real(real),
                ValueRef::Text(&bytes),
                ValueRef::Blob(&bytes),
            ];
            for cell in cells {
                let null = cell == ValueRef::Null;
                let value = read(codec, cell);
                prop_assert!(!null || value == Ok(Value::Null));
            }
        }
    }

    #[test]
    fn a_whole_number_is_kept_exactly_or_refused(number: i64, bits in prop::sample::select(vec![16_u8, 32, 64])) {
        let fits = bits == 64 || (-(1_i64 << (bits - 1))..1 << (bits - 1)).contains(&number);
        let value = read(Codec::Int { bits }, ValueRef::Integer(number));
        let expected = if fits { Ok(Value::Int(number)) } else { Err(Reason::BadNumber) };
        prop_assert!(value == expected);
    }
}

//! The rules of targets that are not on a phone, as far as plans and documents are checked against them.

use crate::record::{Kind, Timestamp};
use crate::rules::{AddressRules, BatchRules, NameRules, Rules, Segments, SizeRules, TimestampRules};

/// A relational database such as PostgreSQL: a table and a key, exact decimals, microseconds, and columns that hold
/// one plain value each. What is nested becomes JSON text.
pub fn relational() -> Rules {
    Rules {
        target: "postgres",
        // A key is indexed, and an entry of the index takes a third of a page.
        address: AddressRules { segments: Segments::Two, max_segment_bytes: 2704, max_bytes: 2768, reserved: false },
        holds: &[
            Kind::Null,
            Kind::Bool,
            Kind::Int,
            Kind::Double,
            Kind::Decimal,
            Kind::Timestamp,
            Kind::String,
            Kind::Bytes,
        ],
        timestamps: TimestampRules {
            first: moment(-210_866_803_200, 0),
            last: moment(9_224_318_015_999, 999_999_000),
            step_nanos: 1000,
        },
        names: NameRules { max_bytes: 63, reserved: false },
        nested_arrays: false,
        max_depth: 0,
        max_value_bytes: (1 << 30) - 1,
        max_document_bytes: (1 << 30) - 1,
        size: SizeRules { document: 24, address: 0, text: 4, bit: 1, number: 8, geopoint: 16, map: 0 },
        index: None,
        batch: BatchRules { max_writes: 1000, max_bytes: 16 << 20 },
    }
}

/// A store of items such as DynamoDB: a table and a key, items of 400 KB, lists in lists, and no moments: a plan
/// writes them as text or numbers.
pub fn items() -> Rules {
    Rules {
        target: "dynamodb",
        address: AddressRules { segments: Segments::Two, max_segment_bytes: 2048, max_bytes: 2304, reserved: false },
        holds: &[
            Kind::Null,
            Kind::Bool,
            Kind::Int,
            Kind::Double,
            Kind::Decimal,
            Kind::String,
            Kind::Bytes,
            Kind::Array,
            Kind::Map,
        ],
        timestamps: TimestampRules { first: moment(0, 0), last: moment(0, 0), step_nanos: 1 },
        names: NameRules { max_bytes: 65_535, reserved: false },
        nested_arrays: true,
        max_depth: 32,
        max_value_bytes: 400 * 1024,
        max_document_bytes: 400 * 1024,
        size: SizeRules { document: 0, address: 0, text: 1, bit: 1, number: 21, geopoint: 42, map: 3 },
        index: None,
        batch: BatchRules { max_writes: 25, max_bytes: 16 << 20 },
    }
}

fn moment(seconds: i64, nanos: u32) -> Timestamp {
    Timestamp::new(seconds, nanos).unwrap_or(Timestamp::from_millis(0))
}

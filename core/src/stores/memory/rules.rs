use crate::record::{Kind, Timestamp};
use crate::rules::{AddressRules, BatchRules, NameRules, Rules, Segments, SizeRules, TimestampRules};

/// The rules of a store of nested documents: collections and ids in turn, every kind of value.
pub fn document_rules(target: &'static str) -> Rules {
    rules(target, Segments::Pairs)
}

/// The rules of a store of rows or items: a table and a key, every kind of value.
pub fn row_rules(target: &'static str) -> Rules {
    rules(target, Segments::Two)
}

/// As large as anybody's; moments as far as the calendar's four digits go.
fn rules(target: &'static str, segments: Segments) -> Rules {
    Rules {
        target,
        address: AddressRules { segments, max_segment_bytes: 1500, max_bytes: 6144, reserved: false },
        holds: &[
            Kind::Null,
            Kind::Bool,
            Kind::Int,
            Kind::Double,
            Kind::Decimal,
            Kind::Timestamp,
            Kind::String,
            Kind::Bytes,
            Kind::Reference,
            Kind::GeoPoint,
            Kind::Array,
            Kind::Map,
        ],
        timestamps: TimestampRules {
            first: moment("0000-01-01T00:00:00Z"),
            last: moment("9999-12-31T23:59:59.999999999Z"),
            step_nanos: 1,
        },
        names: NameRules { max_bytes: 1500, reserved: false },
        nested_arrays: true,
        max_depth: 20,
        max_value_bytes: 1 << 20,
        max_document_bytes: 1 << 20,
        size: SizeRules { document: 0, address: 0, text: 0, bit: 1, number: 8, geopoint: 16, map: 0 },
        index: None,
        batch: BatchRules { max_writes: 500, max_bytes: 10 << 20 },
    }
}

fn moment(text: &str) -> Timestamp {
    // Both texts above are moments.
    Timestamp::parse(text).unwrap_or(Timestamp::from_millis(0))
}

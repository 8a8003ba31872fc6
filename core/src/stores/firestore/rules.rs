//! Firestore's limits, as data.

use crate::record::{Kind, Timestamp};
use crate::rules::{AddressRules, BatchRules, IndexRules, NameRules, Rules, Segments, SizeRules, TimestampRules};

/// 0001-01-01T00:00:00Z, the first moment that a timestamp of a protocol buffer can be.
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

/// What Firestore allows, as its documentation of quotas, storage size and indexes says.
///
/// ```
/// use rehome_core::stores::firestore;
/// assert_eq!(firestore::rules().max_document_bytes, 1_048_576);
/// ```
pub fn rules() -> Rules {
    Rules {
        target: "firestore",
        address: AddressRules {
            segments: Segments::Pairs,
            max_segment_bytes: 1500,
            max_bytes: 6 * 1024,
            reserved: true,
        },
        // No decimals: a plan says what becomes of them.
        holds: &[
            Kind::Null,
            Kind::Bool,
            Kind::Int,
            Kind::Double,
            Kind::Timestamp,
            Kind::String,
            Kind::Bytes,
            Kind::Reference,
            Kind::GeoPoint,
            Kind::Array,
            Kind::Map,
        ],
        timestamps: TimestampRules {
            first: moment(FIRST_SECOND, 0),
            last: moment(LAST_SECOND, 999_999_999),
            step_nanos: 1000,
        },
        names: NameRules { max_bytes: 1500, reserved: true },
        nested_arrays: false,
        max_depth: 20,
        max_value_bytes: 1_048_576 - 89,
        max_document_bytes: 1_048_576,
        size: SizeRules { document: 32, address: 16, text: 1, bit: 1, number: 8, geopoint: 16, map: 32 },
        index: Some(IndexRules { max_entries: 40_000, max_bytes: 8 * 1024 * 1024, max_value_bytes: 1500 }),
        // The servers of today take more; older ones, and a phone's radio, do not.
        batch: BatchRules { max_writes: 500, max_bytes: 7 * 512 * 1024 },
    }
}

fn moment(seconds: i64, nanos: u32) -> Timestamp {
    Timestamp::new(seconds, nanos).unwrap_or(Timestamp::from_millis(0))
}

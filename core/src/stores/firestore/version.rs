//! A document's version is the moment of its last change, to the nanosecond and as Firestore gave it.

use prost_types::Timestamp as WireTimestamp;

use crate::error::{Error, ErrorKind, Result};
use crate::record::Timestamp;
use crate::store::Version;

/// The version that the moment of a change is; none where there is no such moment.
pub(super) fn of(update_time: Option<&WireTimestamp>) -> Option<Version> {
    Some(Version::new(moment_of(update_time?)?.to_string()))
}

/// The moment that a version is.
pub(super) fn moment(version: &Version) -> Result<Timestamp> {
    let foreign = || Error::new(ErrorKind::BadInput, "the version is of another store: Firestore's are moments");
    Timestamp::parse(version.as_str()).ok_or_else(foreign)
}

/// A moment as the wire has it.
pub(super) fn moment_of(wire: &WireTimestamp) -> Option<Timestamp> {
    Timestamp::new(wire.seconds, u32::try_from(wire.nanos).ok()?)
}

//! What Firestore's statuses mean, for stores that speak to it through a client of their own.

use tonic::{Code, Status};

use super::status::{Failure, Told};
use super::target::outcome;
use crate::error::Error;
use crate::store::{Outcome, Write};

/// A call failed as a whole with this status of gRPC's: its code, what it says, and `grpc-status-details-bin`.
///
/// ```
/// use rehome_core::error::ErrorKind;
/// use rehome_core::stores::firestore::call_failed;
///
/// assert_eq!(call_failed(14, "no connection", &[]).kind(), ErrorKind::Unavailable);
/// ```
pub fn call_failed(code: i32, message: &str, details: &[u8]) -> Error {
    let status = Status::with_details(Code::from_i32(code), message, details.to_vec().into());
    Failure::from(status).into()
}

/// A single write failed with this status; none where that is not for the write's sake.
pub fn write_failed(write: &Write, code: i32, message: &str) -> Option<Outcome> {
    outcome(std::slice::from_ref(write), &Told::from(&Status::new(Code::from_i32(code), message)))
}

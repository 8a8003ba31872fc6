//! What Firestore's statuses mean, each in one place.

use std::fmt;
use std::time::Duration;

use googleapis_tonic_google_firestore_v1::google::rpc;
use prost::Message;
use tonic::{Code, Status};

use crate::error::{Error, ErrorKind};

/// More of a server's message than this is no message.
const LONGEST_MESSAGE: usize = 1000;

/// Why a call was not answered.
#[derive(Debug)]
pub(super) enum Failure {
    /// Firestore, or the way to it, says so.
    Status(Box<Told>),
    /// What it tells does not fit what it told before.
    OutOfStep,
    /// We say so.
    Ours(Error),
}

/// What Firestore said in place of an answer.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) code: Code,
    pub(super) message: String,
    /// Google's constant for the reason, where it gives one.
    reason: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(Told::from(&status)))
    }
}

impl From<&Status> for Told {
    fn from(status: &Status) -> Self {
        // Details that cannot be read tell nothing; the code is there all the same.
        let details = rpc::Status::decode(status.details()).unwrap_or_default().details;
        let message = status.message().chars().take(LONGEST_MESSAGE).collect();
        let mut told = Self { code: status.code(), message, reason: None, retry_after: None };
        for detail in &details {
            match detail.type_url.rsplit('/').next() {
                Some("google.rpc.RetryInfo") => told.retry_after = told.retry_after.or(retry_delay(&detail.value)),
                Some("google.rpc.ErrorInfo") => {
                    told.reason = rpc::ErrorInfo::decode(&*detail.value).ok().map(|info| info.reason)
                }
                _ => {}
            }
        }
        told
    }
}

fn retry_delay(retry_info: &[u8]) -> Option<Duration> {
    let delay = rpc::RetryInfo::decode(retry_info).ok()?.retry_delay?;
    Duration::try_from(delay).ok()
}

impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}: {}", self.code, self.message)?;
        self.reason.iter().try_for_each(|reason| write!(out, " ({reason})"))
    }
}

impl std::error::Error for Told {}

/// A call that failed as a whole.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let told = match failure {
            Failure::Ours(error) => return error,
            Failure::OutOfStep => {
                return Error::new(
                    ErrorKind::Unavailable,
                    "what Firestore tells does not fit what it told; ask it anew",
                );
            }
            Failure::Status(told) => told,
        };
        let (kind, sentence) = meaning(told.code);
        let wait = told.retry_after;
        Error::new(kind, sentence).after(wait).because(told)
    }
}

/// What a status asks for where it is about a call as a whole.
fn meaning(code: Code) -> (ErrorKind, &'static str) {
    match code {
        // Google's servers answer INTERNAL when one of their own gave up, and UNKNOWN is what broken connections are.
        Code::Unavailable | Code::Cancelled | Code::Unknown | Code::Internal => {
            (ErrorKind::Unavailable, "Firestore cannot be reached or broke off; the call may be made again")
        }
        Code::DeadlineExceeded => (ErrorKind::Timeout, "Firestore did not answer in time; the call may be made again"),
        Code::Aborted => (ErrorKind::Busy, "somebody else writes the same documents; the call may be made again"),
        Code::ResourceExhausted => {
            (ErrorKind::Exhausted, "Firestore takes no more for now: a rate or a quota is used up; make fewer calls")
        }
        Code::Unauthenticated => {
            (ErrorKind::Unauthenticated, "Firestore does not take the token, nor a fresh one; sign in again")
        }
        Code::PermissionDenied => {
            (ErrorKind::Denied, "Firestore does not allow this; its rules say who may read and write what")
        }
        Code::NotFound => (ErrorKind::NotFound, "there is no such Firestore project or database; check both names"),
        Code::InvalidArgument | Code::OutOfRange => {
            (ErrorKind::BadInput, "Firestore does not take the request as it is; correct what was asked")
        }
        Code::FailedPrecondition => (
            ErrorKind::Unsupported,
            "this database does not do what was asked: it lacks an index, or is of another kind",
        ),
        Code::Unimplemented => (ErrorKind::Unsupported, "the server does not know this call; is it Firestore?"),
        Code::DataLoss => (ErrorKind::Damaged, "Firestore says that data was lost or is damaged"),
        Code::Ok | Code::AlreadyExists => (ErrorKind::Bug, "Firestore's answer does not fit what was asked"),
    }
}

/// An answer that no Firestore gives.
pub(super) fn nonsense() -> Error {
    Error::new(ErrorKind::Damaged, "the server's answer is none that Firestore gives; is it Firestore?")
}

#[cfg(test)]
mod tests;

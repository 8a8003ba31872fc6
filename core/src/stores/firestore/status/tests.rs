use prost_types::Any;
use tonic::Status;

use super::*;
use crate::error::Advice;

fn error(status: Status) -> Error {
    Failure::from(status).into()
}

#[test]
fn each_status_asks_for_what_can_be_done() {
    use Advice::{Correct, Retry, SlowDown, Stop, TryLater};
    let table = [
        (Code::Cancelled, Retry),
        (Code::Unknown, Retry),
        (Code::InvalidArgument, Correct),
        (Code::DeadlineExceeded, Retry),
        (Code::NotFound, Correct),
        (Code::PermissionDenied, Stop),
        (Code::ResourceExhausted, SlowDown),
        (Code::FailedPrecondition, Stop),
        (Code::Aborted, Retry),
        (Code::OutOfRange, Correct),
        (Code::Unimplemented, Stop),
        (Code::Internal, Retry),
        (Code::Unavailable, Retry),
        (Code::DataLoss, Stop),
        (Code::Unauthenticated, TryLater),
    ];
    for (code, advice) in table {
        assert_eq!(error(Status::new(code, "")).advice(), advice, "{code:?}");
    }
}

#[test]
fn what_a_call_may_have_done_is_said_by_the_kind() {
    let kind = |code| error(Status::new(code, "")).kind();
    for code in [Code::Unavailable, Code::Cancelled, Code::Unknown, Code::Internal] {
        assert_eq!(kind(code), ErrorKind::Unavailable, "{code:?}");
    }
    assert_eq!(kind(Code::DeadlineExceeded), ErrorKind::Timeout);
    assert_eq!(kind(Code::Aborted), ErrorKind::Busy);
    assert_eq!(kind(Code::Unauthenticated), ErrorKind::Unauthenticated);
}

fn detail<M: Message>(name: &str, message: &M) -> Any {
    Any { type_url: format!("type.googleapis.com/google.rpc.{name}"), value: message.encode_to_vec() }
}

fn exhausted(details: Vec<Any>) -> Error {
    let status = rpc::Status { code: 8, message: "quota".to_owned(), details };
    error(Status::with_details(Code::ResourceExhausted, "quota", status.encode_to_vec().into()))
}

#[test]
fn the_server_says_how_long_to_wait_and_why() {
    let delay = prost_types::Duration { seconds: 7, nanos: 500_000_000 };
    let retry = rpc::RetryInfo { retry_delay: Some(delay) };
    let info = rpc::ErrorInfo { reason: "RATE_LIMIT_EXCEEDED".to_owned(), ..rpc::ErrorInfo::default() };
    let error = exhausted(vec![detail("ErrorInfo", &info), detail("RetryInfo", &retry)]);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(7500)));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "ResourceExhausted: quota (RATE_LIMIT_EXCEEDED)");
}

#[test]
fn details_that_make_no_sense_are_passed_over() {
    let negative = rpc::RetryInfo { retry_delay: Some(prost_types::Duration { seconds: -1, nanos: 0 }) };
    let broken = Any { type_url: "google.rpc.RetryInfo".to_owned(), value: vec![0xff; 9] };
    let error = exhausted(vec![detail("RetryInfo", &negative), broken, Any::default()]);
    assert_eq!(error.retry_after(), None);
    let error = self::error(Status::with_details(Code::Unavailable, "gone", vec![0xff; 9].into()));
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Unavailable, None));
}

#[test]
fn a_message_without_end_is_cut() {
    let error = error(Status::new(Code::Unavailable, "ä".repeat(100_000)));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.chars().count() < 2000);
}

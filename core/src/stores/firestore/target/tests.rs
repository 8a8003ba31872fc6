use tonic::Status;

use super::*;
use crate::record::Map;
use crate::store::{RefusalCause, Version};

fn write(condition: Condition) -> Write {
    Write { address: "a/b".to_owned(), fields: Some(Map::new().into()), condition }
}

fn of(conditions: &[Condition], code: Code) -> Option<Outcome> {
    let writes: Vec<_> = conditions.iter().cloned().map(write).collect();
    outcome(&writes, &Told::from(&Status::new(code, "")))
}

fn version() -> Condition {
    Condition::Version(Version::new("2026-01-01T00:00:00Z"))
}

#[test]
fn a_condition_that_did_not_hold_is_no_error() {
    for (conditions, code) in [
        (vec![Condition::Always, Condition::Absent], Code::AlreadyExists),
        (vec![version(), Condition::Always], Code::FailedPrecondition),
        (vec![Condition::Absent, version()], Code::NotFound),
    ] {
        assert_eq!(of(&conditions, code), Some(Outcome::Exists), "{code:?}");
    }
}

#[test]
fn without_a_condition_it_is_the_database_that_is_not_there() {
    assert_eq!(of(&[Condition::Always, Condition::Absent], Code::NotFound), None);
    assert_eq!(of(&[Condition::Always], Code::FailedPrecondition), None);
    assert_eq!(of(&[Condition::Always], Code::AlreadyExists), None);
}

#[test]
fn a_refusal_says_who_or_what_is_at_fault() {
    for (code, wanted) in [
        (Code::PermissionDenied, RefusalCause::Denied),
        (Code::InvalidArgument, RefusalCause::Invalid),
        (Code::OutOfRange, RefusalCause::Invalid),
    ] {
        let Some(Outcome::Refused(Refusal { cause, why })) = of(&[Condition::Absent], code) else {
            panic!("{code:?} is no refusal")
        };
        assert_eq!(cause, wanted, "{code:?}");
        assert!(!why.is_empty());
    }
}

#[test]
fn everything_else_is_about_the_call() {
    for code in [
        Code::Unavailable,
        Code::DeadlineExceeded,
        Code::Cancelled,
        Code::Unknown,
        Code::Aborted,
        Code::Internal,
        Code::ResourceExhausted,
        Code::Unauthenticated,
        Code::Unimplemented,
        Code::DataLoss,
    ] {
        assert_eq!(of(&[Condition::Absent, version()], code), None, "{code:?}");
    }
}

#[test]
fn an_answer_that_does_not_fit_says_nothing_of_any_write() {
    let moment = prost_types::Timestamp { seconds: 1, nanos: 2 };
    let result = |update_time| wire::WriteResult { update_time, transform_results: Vec::new() };
    let writes = [write(Condition::Absent), write(Condition::Always)];
    assert_eq!(outcomes(&writes, &[result(Some(moment))]), [Outcome::Unknown, Outcome::Unknown]);
    let outcomes = outcomes(&writes, &[result(Some(moment)), result(None)]);
    assert_eq!(outcomes, [Outcome::Durable(Some(Version::new("1970-01-01T00:00:01.000000002Z"))), Outcome::Unknown]);
}

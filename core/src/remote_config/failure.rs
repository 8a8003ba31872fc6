//! Why a question was not answered, before it is known what follows.

use std::time::Duration;

use super::answer::reason;
use super::http::Answer;
use super::problem::Problem;
use super::throttle::is_trouble;

/// Why a question was not answered, before it is known what follows.
#[derive(Debug)]
pub(super) enum Failure {
    /// The service is in trouble and is to be left alone, for this time where it said so.
    Busy(Option<Duration>),
    /// This, and asking again would not help.
    Problem(Problem),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Failure::Problem(problem)
    }
}

impl Failure {
    /// What a refusal means: by its status, and by the reason that is written for programs.
    pub(super) fn of(answer: &Answer) -> Self {
        let status = answer.head.status;
        if is_trouble(status) || status == 408 {
            return Failure::Busy(answer.head.retry_after);
        }
        match reason(&answer.body) {
            Some(reason) if reason == "SERVICE_DISABLED" => return Problem::Disabled.into(),
            Some(reason) if reason.starts_with("API_KEY_") => return Problem::KeyRefused.into(),
            _ => {}
        }
        match status {
            // A page that is no answer of the service's, as a network gives that wants people to sign in.
            200..=399 => Problem::Garbled.into(),
            _ => Problem::Refused { status }.into(),
        }
    }
}

//! The ways in which a call can go wrong.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// What becomes of one call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing goes wrong.
    Pass,
    /// The server hears of it so much later.
    Delay(Duration),
    /// The server never hears of it, and this is the answer.
    Answer(Status),
    /// The server does it, and this is the answer nevertheless.
    AnswerAfterwards(Status),
    /// The server never hears of it, and this is lost.
    Drop(Lost),
    /// The server does it, and this is lost instead of the answer.
    LoseAnswer(Lost),
    /// The answer ends after so many bytes, without its status.
    CutAnswer(usize),
    /// The server never hears of it, and nobody answers.
    Silence,
    /// The answer stops after so many bytes, and does not end.
    FallSilent(usize),
    /// The answer ends with this status, once somebody says so.
    EndWhen(Arc<Notify>, Status),
}

/// What is lost along with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The call alone.
    Call,
    /// The connection, with every other call that is on it.
    Connection,
}

impl Fault {
    /// The server never hears of it, and this code is the answer.
    pub fn code(code: Code) -> Self {
        Self::Answer(Status::new(code, said_by_the_proxy(code)))
    }

    /// The server does it, and this code is the answer nevertheless.
    pub fn code_afterwards(code: Code) -> Self {
        Self::AnswerAfterwards(Status::new(code, said_by_the_proxy(code)))
    }

    /// The server never hears of it; the answer is this code, and when to try again.
    pub fn retry_after(code: Code, delay: Duration) -> Self {
        let details = ErrorDetails::with_retry_info(Some(delay));
        Self::Answer(Status::with_error_details(code, said_by_the_proxy(code), details))
    }
}

fn said_by_the_proxy(code: Code) -> String {
    format!("the proxy says so: {}", code.description())
}

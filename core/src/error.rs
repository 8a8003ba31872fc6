//! What can go wrong with the work as a whole, and what to do about it.
//!
//! A single record that cannot be moved is no error: it is a [`Rejection`](crate::record::Rejection).

use std::fmt;
use std::time::Duration;

/// The result of this crate's fallible work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in words for people: the file or record by its name, never a user's value.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    retry_after: Option<Duration>,
}

/// The kinds of failure, as far as somebody would act differently on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// What was given cannot be used as it is: a plan, a path, an option.
    BadInput,
    /// Nothing is there.
    NotFound,
    /// The file is no store that can be read: not a database, or of a kind that needs an export first.
    NotAStore,
    /// The file is encrypted.
    Encrypted,
    /// The store, or what it says of itself, is damaged.
    Damaged,
    /// Somebody holds the store's lock.
    Busy,
    /// The system does not give the file out now: the phone is locked.
    Protected,
    /// Not allowed.
    Denied,
    /// Nobody is signed in, or no longer.
    Unauthenticated,
    /// The other side cannot be reached, or broke off. What was asked of it may have happened.
    Unavailable,
    /// The other side did not answer in time. What was asked of it may have happened.
    Timeout,
    /// A rate or a quota is used up. What was asked did not happen.
    Exhausted,
    /// The store changed under the reader, or is another than the one that the cursor was made for.
    Changed,
    /// The store cannot do this at all.
    Unsupported,
    /// Reading or writing failed for a reason outside: disk full, device gone.
    Io,
    /// Somebody asked to stop.
    Cancelled,
    /// Another process has taken over the work: what this one does no longer counts.
    Fenced,
    /// A mistake of ours.
    Bug,
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Correct what was given, then call again.
    Correct,
    /// The same call may succeed in a moment.
    Retry,
    /// The same call may succeed after a while, and those that follow it when there are fewer of them.
    SlowDown,
    /// The same call may succeed when the device's or the app's state has changed.
    TryLater,
    /// Read everything again from the start.
    StartOver,
    /// Nothing to call again: a person must look.
    Stop,
}

impl ErrorKind {
    /// The word for it in files and messages.
    pub fn word(self) -> &'static str {
        match self {
            ErrorKind::BadInput => "bad_input",
            ErrorKind::NotFound => "not_found",
            ErrorKind::NotAStore => "not_a_store",
            ErrorKind::Encrypted => "encrypted",
            ErrorKind::Damaged => "damaged",
            ErrorKind::Busy => "busy",
            ErrorKind::Protected => "protected",
            ErrorKind::Denied => "denied",
            ErrorKind::Unauthenticated => "unauthenticated",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Exhausted => "exhausted",
            ErrorKind::Changed => "changed",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Io => "io",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Fenced => "fenced",
            ErrorKind::Bug => "bug",
        }
    }

    /// The one place that decides what a failure asks for.
    pub fn advice(self) -> Advice {
        match self {
            ErrorKind::BadInput | ErrorKind::NotFound | ErrorKind::NotAStore | ErrorKind::Encrypted => Advice::Correct,
            ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::Timeout => Advice::Retry,
            ErrorKind::Exhausted => Advice::SlowDown,
            ErrorKind::Protected | ErrorKind::Unauthenticated | ErrorKind::Io | ErrorKind::Cancelled => {
                Advice::TryLater
            }
            ErrorKind::Changed => Advice::StartOver,
            ErrorKind::Damaged | ErrorKind::Denied | ErrorKind::Unsupported | ErrorKind::Fenced | ErrorKind::Bug => {
                Advice::Stop
            }
        }
    }
}

impl Error {
    /// A failure of this kind, told in a sentence that says what happened, to what, and what to do now.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None, retry_after: None }
    }

    /// The same with what caused it underneath.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same with how long the other side wants to be left alone.
    #[must_use]
    pub fn after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do about it.
    pub fn advice(&self) -> Advice {
        self.kind.advice()
    }

    /// How long to wait at least before the same call, where the other side said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

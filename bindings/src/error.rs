//! What goes wrong, as far as a screen would act differently on it.

use rehome_core::error::{Error, ErrorKind};

/// Why something was not done. Each says in a sentence what happened and what to do now; no user's value is in it.
#[derive(Debug, uniffi::Error)]
pub enum RehomeError {
    /// Nobody is signed in, or no longer: let them sign in, then call again.
    NotSignedIn {
        /// What happened, and what to do now.
        why: String,
    },
    /// It is not allowed: by the security rules, or because the store is another user's.
    NotAllowed {
        /// What happened, and what to do now.
        why: String,
    },
    /// The same call may succeed later: the network is away, the phone is locked, somebody else is at work.
    Later {
        /// What happened, and what to do now.
        why: String,
    },
    /// The plan, the store or the database is another one than before: a new generation has to begin.
    Changed {
        /// What differs.
        why: String,
    },
    /// What was given cannot be used as it is: a mistake in the app, or in the plan.
    Wrong {
        /// What is wrong, and what would be right.
        why: String,
    },
    /// The store is damaged, or Rehome has made a mistake: a person must look.
    Broken {
        /// What happened, and to what.
        why: String,
    },
}

impl std::fmt::Display for RehomeError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::NotSignedIn { why }
        | Self::NotAllowed { why }
        | Self::Later { why }
        | Self::Changed { why }
        | Self::Wrong { why }
        | Self::Broken { why }) = self;
        out.write_str(why)
    }
}

impl std::error::Error for RehomeError {}

impl From<Error> for RehomeError {
    fn from(error: Error) -> Self {
        let why = error.to_string();
        match error.kind() {
            ErrorKind::Unauthenticated => Self::NotSignedIn { why },
            ErrorKind::Denied => Self::NotAllowed { why },
            ErrorKind::Busy
            | ErrorKind::Unavailable
            | ErrorKind::Timeout
            | ErrorKind::Exhausted
            | ErrorKind::Protected
            | ErrorKind::Io
            | ErrorKind::Cancelled => Self::Later { why },
            ErrorKind::Changed => Self::Changed { why },
            ErrorKind::BadInput
            | ErrorKind::NotFound
            | ErrorKind::NotAStore
            | ErrorKind::Encrypted
            | ErrorKind::Unsupported => Self::Wrong { why },
            ErrorKind::Damaged | ErrorKind::Fenced | ErrorKind::Bug => Self::Broken { why },
        }
    }
}

/// Why the app could not do what it was asked for.
#[derive(Debug, uniffi::Error)]
pub enum AppError {
    /// Nobody is signed in.
    NobodySignedIn {
        /// In the app's words.
        why: String,
    },
    /// It did not work this time.
    Failed {
        /// In the app's words.
        why: String,
    },
}

impl std::fmt::Display for AppError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::NobodySignedIn { why } | Self::Failed { why }) = self;
        out.write_str(why)
    }
}

impl std::error::Error for AppError {}

/// Whatever an app throws ends here, and never in Rust.
impl From<uniffi::UnexpectedUniFFICallbackError> for AppError {
    fn from(thrown: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { why: thrown.reason }
    }
}

//! Why there are no newer values, in the few ways in which somebody would act differently.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::record::Timestamp;

/// Why there are no newer values. Those that were good last stay in force in every case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no network, or nobody answers there.
    Unreachable,
    /// Nobody answered in time.
    TimedOut,
    /// The service wants to be left alone until then.
    Throttled {
        /// When it may be asked again.
        until: Timestamp,
    },
    /// The project has not turned the service on.
    Disabled,
    /// The key is no key of the project, or not for this app.
    KeyRefused,
    /// The service refuses for a reason of its own.
    Refused {
        /// What HTTP calls the reason.
        status: u16,
    },
    /// What came is no answer of this service: a hotel's page, half an answer.
    Garbled,
    /// The service has turned its streams off for now.
    NoStreams,
    /// A newer template was announced, and the service still hands out an older one.
    Stale,
    /// The values came and are in memory, but could not be written down.
    NotKept,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unreachable => out.write_str(
                "Remote Config cannot be reached; the last good flags stay in force until there is a network",
            ),
            Problem::TimedOut => {
                out.write_str("Remote Config did not answer in time; the last good flags stay in force")
            }
            Problem::Throttled { until } => {
                write!(out, "Remote Config is busy and is not asked before {until}; the last good flags stay in force")
            }
            Problem::Disabled => out.write_str(
                "Remote Config is not enabled for this project; enable the Firebase Remote Config API in its console",
            ),
            Problem::KeyRefused => out.write_str(
                "Remote Config refuses the API key; compare the key, and the apps that it is restricted to, with the \
                 project's console",
            ),
            Problem::Refused { status } => write!(
                out,
                "Remote Config refuses to answer ({status}); compare project, app id and API key with the project's \
                 console",
            ),
            Problem::Garbled => out.write_str(
                "what came is no answer of Remote Config's, as behind a network's sign-in page; the last good flags \
                 stay in force",
            ),
            Problem::NoStreams => out.write_str(
                "Remote Config tells nobody of new templates for now; flags are fetched when they have grown old",
            ),
            Problem::Stale => out.write_str(
                "a newer template was announced, and Remote Config still hands out an older one; it is fetched later",
            ),
            Problem::NotKept => out.write_str(
                "flags were fetched but could not be written down; free some space, or they are fetched again at the \
                 next launch",
            ),
        }
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let kind = match problem {
            Problem::Unreachable => ErrorKind::Unavailable,
            Problem::TimedOut => ErrorKind::Timeout,
            Problem::Throttled { .. } | Problem::Stale => ErrorKind::Exhausted,
            Problem::Disabled | Problem::KeyRefused | Problem::Refused { .. } => ErrorKind::Denied,
            Problem::Garbled | Problem::NoStreams => ErrorKind::Unavailable,
            Problem::NotKept => ErrorKind::Io,
        };
        Error::new(kind, problem.to_string())
    }
}

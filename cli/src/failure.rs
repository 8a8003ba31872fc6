use std::error::Error as _;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use rehome_core::error::{Error, ErrorKind};

use crate::terminal;

/// Why a command ends without its result, and with which exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The work failed: a store that cannot be read, a plan with mistakes, a disk that is full.
    Work(String),
    /// The command was used wrongly: it cannot be carried out as it was typed.
    Usage(String),
    /// Somebody pressed Ctrl-C.
    Interrupted,
    /// Another process asked this one to end.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Terminated,
    /// Whoever read our output has had enough, as `head` does. That is no failure of ours.
    NobodyListens,
}

impl Failure {
    /// A file that could not be read or written.
    pub(crate) fn file(verb: &str, path: &Path, error: &io::Error) -> Self {
        let advice = match error.kind() {
            io::ErrorKind::NotFound => "There is nothing at that path: check how it is written",
            io::ErrorKind::PermissionDenied => "Ask its owner for access, or choose another place",
            io::ErrorKind::StorageFull => "Make room on that disk, then run the command again",
            _ => "Look at the path and the disk it is on, then run the command again",
        };
        Failure::Work(format!("{} could not be {verb}: {error}. {advice}", path.display()))
    }

    /// Tells it on standard error; answers how the process is to end.
    pub(crate) fn end(&self) -> ExitCode {
        match self {
            Failure::Work(message) => {
                terminal::tell(message);
                ExitCode::from(1)
            }
            Failure::Usage(message) => {
                terminal::tell(message);
                ExitCode::from(2)
            }
            // As shells have it for a process that a signal ended.
            Failure::Interrupted => ExitCode::from(130),
            Failure::Terminated => ExitCode::from(143),
            Failure::NobodyListens => ExitCode::SUCCESS,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut message = error.to_string();
        // Of the others all is said. SQLite's own words name tables and columns, and never a value.
        let cause = error.source().filter(|_| matches!(error.kind(), ErrorKind::Bug | ErrorKind::Damaged));
        if let Some(cause) = cause.map(ToString::to_string).filter(|cause| !message.contains(cause)) {
            message.push_str(&format!("\nBeneath it: {cause}"));
        }
        Failure::Work(message)
    }
}

/// For writing to standard output; files have [`Failure::file`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::NobodyListens,
            _ => Failure::Work(format!("the result could not be written to standard output: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: ErrorKind) -> String {
        let error = Error::new(kind, "app.db: SQLite refused a query").because("no such column: x");
        match Failure::from(error) {
            Failure::Work(message) => message,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_lies_beneath_a_damage_or_a_mistake_of_ours_is_told_too() {
        for kind in [ErrorKind::Damaged, ErrorKind::Bug] {
            assert_eq!(told(kind), "app.db: SQLite refused a query\nBeneath it: no such column: x");
        }
        assert_eq!(told(ErrorKind::Busy), "app.db: SQLite refused a query");
    }
}

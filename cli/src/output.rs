use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rehome_core::error::{Error, ErrorKind, Result};
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A file of results. It is there when it is complete, and not before: it is written under another name beside its
/// own. What is no ordinary file, such as `/dev/null` or a pipe, is written to as it is.
pub(crate) struct Output {
    path: PathBuf,
    to: BufWriter<Destination>,
}

enum Destination {
    Beside(NamedTempFile),
    Stream(File),
}

impl Output {
    /// Begins the file. None of `inputs` may be overwritten by it, nor anything in those that are
    /// folders.
    pub(crate) fn begin(path: &Path, inputs: &[PathBuf]) -> std::result::Result<Self, Failure> {
        if inputs.iter().any(|input| lies_in(path, input)) {
            let message =
                format!("{} is read by this command and would be overwritten: choose another name", path.display());
            return Err(Failure::Usage(message));
        }
        // A link stays a link: what it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let destination = match fs::metadata(&path) {
            Ok(about) if about.is_dir() => {
                return Err(Failure::Usage(format!("{} is a folder: name a file in it", path.display())));
            }
            Ok(about) if !about.is_file() => File::options().write(true).open(&path).map(Destination::Stream),
            _ => beside(&path)?,
        };
        let destination = destination.map_err(|error| Failure::file("written", &path, &error))?;
        Ok(Self { path, to: BufWriter::with_capacity(1 << 16, destination) })
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: &str) -> Result<()> {
        let written = self.to.write_all(line.as_bytes()).and_then(|()| self.to.write_all(b"\n"));
        written.map_err(|error| {
            let message = format!(
                "{} could not be written: {error}. Make room there, or choose another place",
                self.path.display()
            );
            Error::new(ErrorKind::Io, message).because(error)
        })
    }

    /// Gives the complete file its name.
    pub(crate) fn finish(self) -> std::result::Result<(), Failure> {
        let Self { path, to } = self;
        let destination = to.into_inner().map_err(|error| Failure::file("written", &path, error.error()))?;
        match destination {
            Destination::Stream(_) => Ok(()),
            Destination::Beside(file) => {
                file.persist(&path).map(drop).map_err(|error| Failure::file("written", &path, &error.error))
            }
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Destination::Beside(file) => file.write(bytes),
            Destination::Stream(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Destination::Beside(file) => file.flush(),
            Destination::Stream(file) => file.flush(),
        }
    }
}

fn beside(path: &Path) -> std::result::Result<io::Result<Destination>, Failure> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let message = format!("there is no folder {}: make it first, or choose another place", folder.display());
        return Err(Failure::Usage(message));
    }
    Ok(as_any_new_file().prefix(".rehome-").tempfile_in(folder).map(Destination::Beside))
}

/// Whether both are, or would be, one file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    place(one).is_some_and(|one| Some(one) == place(other))
}

/// Whether it is this file, or one in this folder.
fn lies_in(path: &Path, input: &Path) -> bool {
    place(path).zip(place(input)).is_some_and(|(path, input)| path.starts_with(input))
}

/// Where a file is, or would be.
fn place(path: &Path) -> Option<PathBuf> {
    let known = fs::canonicalize(path).ok();
    known.or_else(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
    })
}

/// A result has the rights that any new file of this person has, not those of a temporary one.
#[cfg(unix)]
fn as_any_new_file<'a>() -> tempfile::Builder<'a, 'a> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn as_any_new_file<'a>() -> tempfile::Builder<'a, 'a> {
    tempfile::Builder::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn an_output_that_is_not_finished_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("documents.ndjson");
        let mut output = Output::begin(&path, &[]).unwrap();
        output.line("{}").unwrap();
        assert!(!path.exists());
        drop(output);
        assert_eq!(names_in(folder.path()), [""; 0]);
    }

    #[test]
    fn a_finished_output_takes_the_place_of_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("documents.ndjson");
        fs::write(&path, "old").unwrap();
        let mut output = Output::begin(&path, &[]).unwrap();
        output.line("{}").unwrap();
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
        assert_eq!(names_in(folder.path()), ["documents.ndjson"]);
    }

    #[test]
    fn an_input_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("default.store");
        fs::write(&store, "store").unwrap();
        let roundabout = folder.path().join(".").join("default.store");
        let refused = Output::begin(&roundabout, &[store]);
        assert!(matches!(refused, Err(Failure::Usage(_))));
    }

    #[test]
    fn nor_is_the_place_taken_of_one_that_may_yet_come() {
        let folder = tempfile::tempdir().unwrap();
        let (wal, other) = (folder.path().join("default.store-wal"), folder.path().join("documents.ndjson"));
        let begin = |inputs: &[PathBuf]| Output::begin(&folder.path().join("default.store-wal"), inputs);
        assert!(matches!(begin(&[wal]), Err(Failure::Usage(_))));
        assert!(begin(&[other]).is_ok());
    }

    #[test]
    fn nor_is_anything_in_a_folder_that_belongs_to_an_input() {
        let folder = tempfile::tempdir().unwrap();
        let support = folder.path().join(".default_SUPPORT");
        fs::create_dir_all(support.join("_EXTERNAL_DATA")).unwrap();
        let begin = |name: &str| Output::begin(&folder.path().join(name), std::slice::from_ref(&support));
        assert!(matches!(begin(".default_SUPPORT/_EXTERNAL_DATA/picture"), Err(Failure::Usage(_))));
        assert!(begin(".default_SUPPORTERS").is_ok());
    }

    #[test]
    fn one_file_has_many_names_before_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("within")).unwrap();
        let (one, other) = (folder.path().join("out"), folder.path().join("within/../out"));
        assert!(is_same_file(&one, &other));
        assert!(!is_same_file(&one, &folder.path().join("within/out")));
    }
}

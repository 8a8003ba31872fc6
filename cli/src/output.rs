use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A file that is there when it is complete, and not before: it is written under another name beside its own.
pub(crate) struct Output {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl Output {
    /// Begins the file. None of `inputs` may be overwritten by it.
    pub(crate) fn begin(path: &Path, inputs: &[&Path]) -> Result<Self, Failure> {
        if inputs.iter().any(|input| is_same_file(path, input)) {
            let message = format!("{} is read by this command and would be overwritten: choose another name", path.display());
            return Err(Failure::Usage(message));
        }
        if path.is_dir() {
            return Err(Failure::Usage(format!("{} is a folder: name a file in it", path.display())));
        }
        let folder = folder_of(path);
        if !folder.is_dir() {
            let message = format!("there is no folder {}: make it first, or choose another place", folder.display());
            return Err(Failure::Usage(message));
        }
        let temporary = as_any_new_file().prefix(".rehome-").tempfile_in(folder);
        let temporary = temporary.map_err(|error| Failure::file("created", path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::with_capacity(1 << 16, temporary) })
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: &impl serde::Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.file, line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(|error| Failure::file("written", &self.path, &error))
    }

    /// Gives the complete file its name.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self { path, file } = self;
        let temporary = file.into_inner().map_err(|error| Failure::file("written", &path, error.error()))?;
        temporary.persist(&path).map_err(|error| Failure::file("written", &path, &error.error))?;
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
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

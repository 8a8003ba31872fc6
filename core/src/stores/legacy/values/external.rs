//! The files beside a store that hold large values.

use std::io::{ErrorKind as Io, Read};
use std::path::{Path, PathBuf};

use super::codec::{LARGEST_VALUE, Trouble};
use crate::error::{Error, ErrorKind};
use crate::record::Reason;
use crate::record::hex::uuid_text;

/// Where the files are: folders of which the first that exists counts.
pub(crate) struct ExternalFiles {
    folders: Vec<PathBuf>,
}

impl ExternalFiles {
    /// Those of the store at this path, or of this folder where one is named.
    pub(crate) fn of(store: &Path, support: Option<&Path>) -> Self {
        let support = match support {
            Some(folder) => vec![folder.to_owned()],
            // `default.store` keeps them in `.default_SUPPORT`; names without a known ending keep their whole name.
            None => [store.file_stem(), store.file_name()]
                .into_iter()
                .flatten()
                .map(|name| {
                    let mut folder = std::ffi::OsString::from(".");
                    folder.push(name);
                    folder.push("_SUPPORT");
                    store.with_file_name(folder)
                })
                .collect(),
        };
        Self { folders: support.into_iter().map(|folder| folder.join("_EXTERNAL_DATA")).collect() }
    }

    /// The bytes of the file that a cell names: 36 letters of a UUID, and a zero.
    pub(crate) fn read(&self, name: &[u8]) -> Result<Vec<u8>, Box<Trouble>> {
        let Some(name) = file_name(name) else {
            return Err(Trouble::cell(Reason::WrongType, "a blob that names no file, as it should"));
        };
        for folder in &self.folders {
            match read_file(&folder.join(&name)) {
                Err(failure) if matches!(failure.kind(), Io::NotFound | Io::NotADirectory) => {}
                Err(failure) if failure.kind() == Io::FileTooLarge => {
                    let found = format!("the file {name} has more bytes than can be read at once");
                    return Err(Trouble::cell(Reason::TooLarge, found));
                }
                Err(failure) => return Err(Box::new(Trouble::Work(protected(folder, failure)))),
                Ok(bytes) => return Ok(bytes),
            }
        }
        Err(Trouble::cell(Reason::MissingFile, format!("the file {name} is not beside the store")))
    }
}

/// A file that is there and cannot be read now says nothing against its record.
fn protected(folder: &Path, failure: std::io::Error) -> Error {
    let what = "a file with a record's bytes cannot be read now; unlock the phone or ask for the right, then try again";
    Error::new(ErrorKind::Protected, format!("{}: {what}", folder.display())).because(failure)
}

fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    // A link could lead to any file of the system, and is none that the app's framework made.
    let about = std::fs::symlink_metadata(path)?;
    if !about.is_file() {
        return Err(Io::NotFound.into());
    }
    if about.len() > LARGEST_VALUE as u64 {
        return Err(Io::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_VALUE as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The name, if it is a UUID: nothing else ever becomes part of a path.
fn file_name(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name.strip_suffix(b"\0").unwrap_or(name)).ok()?;
    let digits: Vec<u8> = text.bytes().filter(|&byte| byte != b'-').collect();
    let mut bytes = [0; 16];
    if digits.len() != 32 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = (high << 4 | low) as u8;
    }
    let name = uuid_text(&bytes);
    name.eq_ignore_ascii_case(text).then(|| text.to_owned())
}

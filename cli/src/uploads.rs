//! Values that are too large for a document, put into files.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rehome_core::error::{Error, ErrorKind, Result};
use rehome_core::record::{RecordId, Value};
use rehome_core::store::{Answer, Upload, UploadPort};
use tempfile::NamedTempFile;

/// Puts each value into a file below a folder, as the plan says where; the document gets that path. The folder is then
/// copied to the file storage that the app reads from.
pub(crate) struct FolderUploads {
    folder: PathBuf,
}

impl FolderUploads {
    pub(crate) fn to(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn put(&self, upload: &Upload, record: &RecordId) -> Result<Value> {
        if upload.to.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            let message =
                format!("{record} would be uploaded to a path that leaves the folder; change the plan's `to`");
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let path = self.folder.join(&upload.to);
        let failed = |error: std::io::Error| {
            let message =
                format!("{} could not be written: {error}. Make room there, or name another folder", path.display());
            Error::new(ErrorKind::Io, message).because(error)
        };
        if is_there(&path, &upload.bytes) {
            return Ok(Value::String(upload.to.clone()));
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(failed)?;
        // Whole or not at all, also when the process is killed.
        let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(&upload.bytes).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(Value::String(upload.to.clone()))
    }
}

/// Whether a file has just this in it.
fn is_there(path: &Path, bytes: &[u8]) -> bool {
    let is_as_long = fs::metadata(path).is_ok_and(|there| there.len() == bytes.len() as u64);
    is_as_long && fs::read(path).is_ok_and(|there| there == bytes)
}

impl UploadPort for FolderUploads {
    fn upload<'a>(&'a self, upload: &'a Upload, record: &'a RecordId) -> Answer<'a, Value> {
        Box::pin(async move { self.put(upload, record) })
    }
}

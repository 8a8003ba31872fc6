//! Whether the file is still where it was made: a backup that was restored and a phone that was cloned have the file
//! of another installation, and may not pass for it.
//!
//! Two things tell: what the app says of the device, and a file in a folder that no backup takes. Inodes do not: app
//! updates and vacuums change them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::JournalOptions;
use super::failure::{Done, Fault};
use crate::error::{Error, ErrorKind};
use crate::journal::Installation;

/// The file's row.
struct Row {
    id: String,
    copied_from: Option<String>,
    device: Option<String>,
    marked: bool,
}

/// Whose file it is from now on.
pub(super) fn settle(connection: &mut Connection, path: Option<&Path>, options: &JournalOptions) -> Done<Installation> {
    let marker = path.and_then(|path| Some(options.no_backup_dir.as_ref()?.join(marker_name(path)?)));
    if let Some(row) = row(connection)?
        && row.fits(options, marker.as_deref())
        && row.is_complete(options, marker.as_deref())
    {
        return Ok(Installation { id: row.id, copied_from: row.copied_from });
    }
    let change = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let row = row(&change)?;
    let installation = match row {
        Some(row) if row.fits(options, marker.as_deref()) => Installation { id: row.id, copied_from: row.copied_from },
        Some(row) => {
            // Who held leases is on another device, or was before the backup.
            change.execute("UPDATE lease SET holder = NULL, doubted = NULL", [])?;
            Installation { id: random(&change)?, copied_from: Some(row.id) }
        }
        None => {
            change.execute("INSERT INTO installation (id, marked, epochs) VALUES ('', 0, 0)", [])?;
            Installation { id: random(&change)?, copied_from: None }
        }
    };
    let update = "UPDATE installation SET id = ?1, copied_from = ?2, device = coalesce(?3, device), marked = \
                  max(marked, ?4)";
    change.execute(update, params![installation.id, installation.copied_from, options.device, marker.is_some()])?;
    // Before the row: killed in between, the file is taken for a copy once more, of the same one.
    if let Some(marker) = marker {
        leave(&marker, &installation.id)?;
    }
    change.commit()?;
    Ok(installation)
}

/// Whose file it is, as it says.
pub(super) fn read(sql: &Connection) -> Done<Installation> {
    let row = row(sql)?.ok_or_else(|| Fault::damaged("the installation"))?;
    Ok(Installation { id: row.id, copied_from: row.copied_from })
}

impl Row {
    /// Whether nothing says that the file was made elsewhere.
    fn fits(&self, options: &JournalOptions, marker: Option<&Path>) -> bool {
        let another_device = matches!((&self.device, &options.device), (Some(then), Some(now)) if then != now);
        let marker_is_another = self.marked && marker.is_some_and(|marker| !says(marker, &self.id));
        !another_device && !marker_is_another
    }

    /// Whether the row knows all that the app says now.
    fn is_complete(&self, options: &JournalOptions, marker: Option<&Path>) -> bool {
        self.device.is_some() >= options.device.is_some() && self.marked >= marker.is_some()
    }
}

fn row(sql: &Connection) -> Done<Option<Row>> {
    let query = "SELECT id, copied_from, device, marked FROM installation";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Row { id: row.get(0)?, copied_from: row.get(1)?, device: row.get(2)?, marked: row.get(3)? })
    };
    Ok(sql.query_row(query, [], read).optional()?)
}

/// 128 bits from the system's source of randomness, by way of SQLite's.
fn random(sql: &Connection) -> Done<String> {
    Ok(sql.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?)
}

/// Two journals of an app may have their markers in one folder.
fn marker_name(path: &Path) -> Option<PathBuf> {
    let mut name = path.file_name()?.to_owned();
    name.push(".installation");
    Some(name.into())
}

fn says(marker: &Path, id: &str) -> bool {
    fs::read(marker).is_ok_and(|text| text == id.as_bytes())
}

fn leave(marker: &Path, id: &str) -> Done<()> {
    let written = marker.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
        let mut file = fs::File::create(marker)?;
        file.write_all(id.as_bytes())?;
        file.sync_all()
    });
    let what = "the installation's id cannot be written to the folder that no backup takes; free some space or give \
                another folder";
    Ok(written.map_err(|failure| Error::new(ErrorKind::Io, what).because(failure))?)
}

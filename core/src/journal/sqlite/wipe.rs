//! Forgetting all of an owner, so that nothing of it can be found in the file either.

use rusqlite::{OptionalExtension, params};

use super::book::{Book, Outlives};
use crate::error::{Error, ErrorKind, Result};

/// The tables whose rows are of a scope.
const TABLES: [&str; 7] = ["ledger", "reading", "mark", "quarantine", "run", "outline", "lease"];

/// Forgets everything of an owner, unless somebody is at work with it.
pub(super) fn wipe(book: &mut Book, owner: &str) -> Result<()> {
    book.write(Outlives::Power, |page| {
        let query =
            "SELECT plan FROM scope JOIN lease ON lease.scope = scope.id WHERE owner = ?1 AND holder IS NOT NULL";
        let held: Option<String> = page.sql.query_row(query, [owner], |row| row.get(0)).optional()?;
        if let Some(plan) = held {
            let what = format!("the plan `{plan}` is being carried out; stop it, then wipe what is kept of it");
            return Err(Error::new(ErrorKind::Busy, what).into());
        }
        for table in TABLES {
            let delete = format!("DELETE FROM {table} WHERE scope IN (SELECT id FROM scope WHERE owner = ?1)");
            page.sql.execute(&delete, [owner])?;
        }
        page.sql.execute("DELETE FROM scope WHERE owner = ?1", params![owner])?;
        page.sql.execute("DELETE FROM memo WHERE owner = ?1", params![owner])?;
        page.sql.execute("DELETE FROM store WHERE owner = ?1", params![owner])?;
        Ok(())
    })?;
    book.on_connection(|sql| {
        // What was deleted is overwritten, but pages keep copies of rows that were moved to others: the file is
        // written anew, and the WAL emptied, which has pages of before.
        sql.execute_batch("VACUUM")?;
        let is_busy: bool = sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if is_busy {
            let what = "all rows are wiped, but another process keeps the file from being cleaned; wipe once more";
            return Err(Error::new(ErrorKind::Busy, what).into());
        }
        Ok(())
    })
}

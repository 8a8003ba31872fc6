//! Forgetting all of an owner, so that nothing of it can be found in any file either.

use rusqlite::{Connection, params};

use super::book::{Book, Memory, Outlives};
use super::failure::Done;
use super::{leases, page_of};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Forget, STUCK_AFTER};
use crate::record::Timestamp;

/// The tables whose rows are of a scope.
const TABLES: [&str; 9] = ["ledger", "place", "parent", "reading", "mark", "quarantine", "run", "outline", "lease"];

/// Forgets everything of an owner, unless somebody is at work with it whom `holder` may not follow.
pub(super) fn wipe(book: &mut Book, owner: &str, forget: Forget, holder: &str, now: Timestamp) -> Result<()> {
    let at_work = book.write(Outlives::Power, |page| {
        // Since when somebody is waited for is kept, so that this is no failure in here.
        let at_work = at_work(page.sql, owner, holder, now)?;
        if at_work.is_none() {
            delete(page.sql, owner, forget)?;
            *page.memory = Memory::default();
        }
        Ok(at_work)
    })?;
    if let Some((plan, by)) = at_work {
        let what = format!("`{by}` carries out the plan `{plan}`; stop it, then wipe what is kept of it");
        return Err(Error::new(ErrorKind::Busy, what));
    }
    book.delete_put_aside()?;
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

/// A plan of the owner's that somebody is at work with, and who.
fn at_work(sql: &Connection, owner: &str, holder: &str, now: Timestamp) -> Done<Option<(String, String)>> {
    let query = "SELECT id, plan FROM scope WHERE owner = ?1 ORDER BY id";
    let scopes = page_of(sql, query, [owner], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    for (scope, plan) in scopes {
        if let Some((by, _)) = leases::held_against(sql, scope, holder, STUCK_AFTER, now)? {
            return Ok(Some((plan, by)));
        }
    }
    Ok(None)
}

fn delete(sql: &Connection, owner: &str, forget: Forget) -> Done<()> {
    const SCOPES: &str = "SELECT id FROM scope WHERE owner = ?1";
    let refused =
        format!("DELETE FROM refused WHERE quarantine IN (SELECT number FROM quarantine WHERE scope IN ({SCOPES}))");
    sql.execute(&refused, [owner])?;
    for table in TABLES {
        sql.execute(&format!("DELETE FROM {table} WHERE scope IN ({SCOPES})"), [owner])?;
    }
    let of_an_owner: &[&str] = match forget {
        Forget::Everything => &["scope", "store", "memo"],
        Forget::AllButTheStore => &["scope", "memo"],
    };
    for table in of_an_owner {
        sql.execute(&format!("DELETE FROM {table} WHERE owner = ?1"), params![owner])?;
    }
    Ok(())
}

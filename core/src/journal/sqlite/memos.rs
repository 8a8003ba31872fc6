//! Small texts under names, of an owner or of everybody.

use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Done;

/// The text that was kept under a name.
pub(super) fn memo(sql: &Connection, owner: Option<&str>, name: &str) -> Done<Option<String>> {
    let query = "SELECT text FROM memo WHERE name = ?1 AND owner IS ?2";
    Ok(sql.query_row(query, params![name, owner], |row| row.get(0)).optional()?)
}

/// Keeps a text under a name in place of the one before.
pub(super) fn keep(sql: &Connection, owner: Option<&str>, name: &str, text: Option<&str>) -> Done<()> {
    // No index keeps everybody's apart: to SQLite two nulls are never the same.
    sql.execute("DELETE FROM memo WHERE name = ?1 AND owner IS ?2", params![name, owner])?;
    if let Some(text) = text {
        sql.execute("INSERT INTO memo (name, owner, text) VALUES (?1, ?2, ?3)", params![name, owner, text])?;
    }
    Ok(())
}

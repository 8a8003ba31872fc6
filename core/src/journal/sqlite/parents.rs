//! Where documents lie. Most of an address is the same for all documents of a collection, and kept once.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::book::Page;
use super::failure::{Done, Fault};

/// So many are remembered at a time: of most stores all, of one with a parent for each document the last ones.
const REMEMBERED: usize = 4096;

/// What was met of a scope's parents.
#[derive(Default)]
pub(super) struct Parents {
    scope: i64,
    /// The number of each; none where it was met once, for which it gets none.
    numbers: HashMap<String, Option<i64>>,
    paths: HashMap<i64, String>,
}

/// An address as the ledger has it: its parent's number and what follows, or the whole of it.
pub(super) fn divided<'a>(page: &mut Page<'_>, scope: i64, address: &'a str) -> Done<(Option<i64>, &'a str)> {
    let Some((path, id)) = address.rsplit_once('/') else { return Ok((None, address)) };
    let met = &mut page.memory.parents;
    if met.scope != scope || met.numbers.len() >= REMEMBERED {
        *met = Parents { scope, ..Parents::default() };
    }
    let number = match met.numbers.get(path) {
        Some(Some(number)) => return Ok((Some(*number), id)),
        Some(None) => Some(number_or_new(page.sql, scope, path)?),
        None => None,
    };
    page.memory.parents.numbers.insert(path.to_owned(), number);
    Ok((number, if number.is_some() { id } else { address }))
}

fn number_or_new(sql: &Connection, scope: i64, path: &str) -> Done<i64> {
    let query = "SELECT number FROM parent WHERE scope = ?1 AND path = ?2";
    if let Some(number) = sql.query_row(query, (scope, path), |row| row.get(0)).optional()? {
        return Ok(number);
    }
    sql.execute("INSERT INTO parent (scope, path) VALUES (?1, ?2)", (scope, path))?;
    Ok(sql.last_insert_rowid())
}

/// The whole of an address.
pub(super) fn joined(page: &mut Page<'_>, parent: Option<i64>, address: String) -> Done<String> {
    let Some(number) = parent else { return Ok(address) };
    let paths = &mut page.memory.parents.paths;
    if let Some(path) = paths.get(&number) {
        return Ok(format!("{path}/{address}"));
    }
    let query = "SELECT path FROM parent WHERE number = ?1";
    let path: Option<String> = page.sql.query_row(query, [number], |row| row.get(0)).optional()?;
    let path = path.ok_or_else(|| Fault::damaged("where a document lies"))?;
    if paths.len() >= REMEMBERED {
        paths.clear();
    }
    let whole = format!("{path}/{address}");
    paths.insert(number, path);
    Ok(whole)
}

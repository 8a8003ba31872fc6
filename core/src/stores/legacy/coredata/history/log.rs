//! The tables of the history, as they are in the file.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};

use super::cursor::Place;
use crate::record::Timestamp;

const INSERT: i64 = 0;
const DELETE: i64 = 2;
/// The author of saves that came from the user's other devices.
const IMPORT: &str = "NSCloudKitMirroringDelegate.import";
/// Core Data's own number for transactions.
const TRANSACTION: i64 = 16_002;

/// What a store's history says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HistoryFacts {
    /// How many saves it has.
    pub transactions: u64,
    /// How many single changes.
    pub changes: u64,
    /// How many of these are deletes.
    pub deletes: u64,
    /// How many saves came from the user's other devices through CloudKit.
    pub imports: u64,
    /// When the first save happened that is still in it.
    pub first: Option<Timestamp>,
    /// When the last one happened.
    pub last: Option<Timestamp>,
}

/// A line of the history: an object, and what was done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) transaction: i64,
    pub(super) change: i64,
    kind: i64,
    pub(super) entity: i64,
    pub(super) key: i64,
    pub(super) at: Option<u64>,
}

impl Entry {
    pub(super) fn is_insert(&self) -> bool {
        self.kind == INSERT
    }
}

pub(super) struct Entries {
    pub(super) entries: Vec<Entry>,
    /// Whether there are more.
    pub(super) more: bool,
}

/// A history that is there.
pub(super) struct Log<'c> {
    connection: &'c Connection,
}

impl<'c> Log<'c> {
    /// The history, where the store has its two tables.
    pub(super) fn find(connection: &'c Connection) -> rusqlite::Result<Option<Self>> {
        let tables: i64 = connection.query_row(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('ACHANGE', 'ATRANSACTION')",
            [],
            |row| row.get(0),
        )?;
        Ok((tables == 2).then_some(Self { connection }))
    }

    pub(super) fn facts(&self) -> rusqlite::Result<HistoryFacts> {
        let (transactions, first, last) = self.connection.query_row(
            "SELECT count(*), min(ZTIMESTAMP), max(ZTIMESTAMP) FROM ATRANSACTION",
            [],
            |row| Ok((count(row, 0)?, time(row, 1)?, time(row, 2)?)),
        )?;
        let (changes, deletes) = self.connection.query_row(
            "SELECT count(*), count(*) FILTER (WHERE ZCHANGETYPE = ?1) FROM ACHANGE",
            [DELETE],
            |row| Ok((count(row, 0)?, count(row, 1)?)),
        )?;
        let moment = |bits: Option<u64>| bits.and_then(|bits| Timestamp::from_mac(f64::from_bits(bits)));
        let (first, last) = (moment(first), moment(last));
        Ok(HistoryFacts { transactions, changes, deletes, imports: self.imports()?, first, last })
    }

    /// Older systems write an author's name into the save itself, newer ones the number of a text.
    fn imports(&self) -> rusqlite::Result<u64> {
        let column = "SELECT count(*) FROM pragma_table_info('ATRANSACTION') WHERE name = ?1";
        let has = |name: &str| self.connection.query_row(column, [name], |row| row.get::<_, bool>(0));
        let texts: bool = self.connection.query_row(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'ATRANSACTIONSTRING'",
            [],
            |row| row.get(0),
        )?;
        let mut ways = Vec::new();
        if has("ZAUTHOR")? {
            ways.push("ZAUTHOR = ?1");
        }
        if texts && has("ZAUTHORTS")? {
            ways.push("ZAUTHORTS IN (SELECT Z_PK FROM ATRANSACTIONSTRING WHERE ZNAME = ?1)");
        }
        if ways.is_empty() {
            return Ok(0);
        }
        let sql = format!("SELECT count(*) FROM ATRANSACTION WHERE {}", ways.join(" OR "));
        self.connection.query_row(&sql, [IMPORT], |row| count(row, 0))
    }

    /// The place after all that is in it.
    pub(super) fn now(&self) -> rusqlite::Result<Place> {
        let last: Option<i64> =
            self.connection.query_row("SELECT max(Z_PK) FROM ATRANSACTION", [], |row| row.get(0))?;
        let transaction = match last {
            Some(last) => last,
            // All of it was purged: the next save takes the number after the last one that was given out.
            None => self.last_given_out()?,
        };
        Ok(Place { transaction, change: i64::MAX, at: self.time_of(transaction)?.flatten(), ..Place::default() })
    }

    fn last_given_out(&self) -> rusqlite::Result<i64> {
        let last = self
            .connection
            .query_row("SELECT Z_MAX FROM Z_PRIMARYKEY WHERE Z_ENT = ?1", [TRANSACTION], |row| int(row, 0))
            .optional()?;
        Ok(last.flatten().unwrap_or(0))
    }

    /// The number of the first save that is still in it.
    pub(super) fn first(&self) -> rusqlite::Result<Option<i64>> {
        self.connection.query_row("SELECT min(Z_PK) FROM ATRANSACTION", [], |row| row.get(0))
    }

    /// When a save happened; the outer `None` where it is not in the history.
    pub(super) fn time_of(&self, transaction: i64) -> rusqlite::Result<Option<Option<u64>>> {
        self.connection
            .query_row("SELECT ZTIMESTAMP FROM ATRANSACTION WHERE Z_PK = ?1", [transaction], |row| time(row, 0))
            .optional()
    }

    /// At most so many entries after the place; `None` where one of them is damaged.
    pub(super) fn after(&self, place: &Place, limit: usize) -> rusqlite::Result<Option<Entries>> {
        let mut statement = self.connection.prepare(
            "SELECT c.ZTRANSACTIONID, c.Z_PK, c.ZCHANGETYPE, c.ZENTITY, c.ZENTITYPK, t.ZTIMESTAMP \
             FROM ACHANGE AS c LEFT JOIN ATRANSACTION AS t ON t.Z_PK = c.ZTRANSACTIONID \
             WHERE (c.ZTRANSACTIONID, c.Z_PK) > (?1, ?2) ORDER BY c.ZTRANSACTIONID, c.Z_PK LIMIT ?3",
        )?;
        let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut rows = statement.query([place.transaction, place.change, one_more])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            if entries.len() == limit {
                return Ok(Some(Entries { entries, more: true }));
            }
            let numbers = (int(row, 0)?, int(row, 1)?, int(row, 2)?, int(row, 3)?, int(row, 4)?);
            let (Some(transaction), Some(change), Some(kind), Some(entity), Some(key)) = numbers else {
                return Ok(None);
            };
            entries.push(Entry { transaction, change, kind, entity, key, at: time(row, 5)? });
        }
        Ok(Some(Entries { entries, more: false }))
    }
}

fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(index).map(i64::unsigned_abs)
}

fn int(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(index)? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    })
}

/// Seconds since 2001 as their bits; whole ones come as integers.
fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<u64>> {
    Ok(match row.get_ref(index)? {
        ValueRef::Integer(seconds) => Some((seconds as f64).to_bits()),
        ValueRef::Real(seconds) => Some(seconds.to_bits()),
        _ => None,
    })
}

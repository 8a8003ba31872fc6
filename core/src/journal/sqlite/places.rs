//! Where the ledger's documents are, so that a row is found by its document's address.
//!
//! An index of places lies scattered over the file, and costs each row more than the row itself. Nearly all addresses
//! that are asked for are in no row: those that a run is about to write when it is resumed. So half of each place that a
//! step gave is kept with the step, and in memory while it is asked, as marks are; only what may be in a row is looked
//! for in the rows.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};

use super::book::{Book, Outlives, Page};
use super::failure::{Done, Fault};
use crate::error::Result;

/// A hash of an address, to find it by (FNV-1a): an index of the addresses themselves would be as large as the ledger.
/// It lies in the file, so that it never changes. Two addresses may have the same.
pub(super) fn place(address: &str) -> i64 {
    let hash = address
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash.cast_signed()
}

/// The places that the rows of a scope have or had, half of each.
pub(super) struct KnownPlaces {
    scope: i64,
    halves: HashSet<u32, RandomState>,
}

impl KnownPlaces {
    fn read(sql: &Connection, scope: i64) -> Done<Self> {
        let mut query = sql.prepare("SELECT halves FROM place WHERE scope = ?1")?;
        let mut rows = query.query([scope])?;
        let mut known = Self { scope, halves: HashSet::default() };
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().map_err(|_| Fault::damaged("a place"))?;
            let (halves, []) = bytes.as_chunks() else { return Err(Fault::damaged("a place")) };
            known.halves.extend(halves.iter().map(|half| u32::from_le_bytes(*half)));
        }
        Ok(known)
    }
}

fn half(place: i64) -> u32 {
    (place >> u32::BITS) as u32
}

/// Keeps the places that a step gave to rows.
pub(super) fn keep(page: &mut Page<'_>, scope: i64, places: &[i64]) -> Done<()> {
    if places.is_empty() {
        return Ok(());
    }
    let halves: Vec<u8> = places.iter().flat_map(|place| half(*place).to_le_bytes()).collect();
    page.sql.execute("INSERT INTO place (scope, halves) VALUES (?1, ?2)", params![scope, halves])?;
    if let Some(known) = page.memory.places.as_mut().filter(|known| known.scope == scope) {
        known.halves.extend(places.iter().map(|place| half(*place)));
    }
    Ok(())
}

/// Whether any of these addresses may be in a row.
pub(super) fn some_are_known(page: &mut Page<'_>, scope: i64, addresses: &[String]) -> Done<bool> {
    let before = page.memory.places.take().filter(|known| known.scope == scope);
    let known = before.map_or_else(|| KnownPlaces::read(page.sql, scope), Ok)?;
    let known = page.memory.places.insert(known);
    Ok(addresses.iter().any(|address| known.halves.contains(&half(place(address)))))
}

/// Has rows found by their addresses from now on.
///
/// An index of places lies scattered over the file, and costs each row more than the row itself. A run that meets
/// nothing in its way never asks by address, so that it is made for the first who does.
pub(super) fn index(book: &mut Book) -> Result<()> {
    let query = "SELECT count(*) FROM sqlite_master WHERE name = 'ledger_place'";
    let is_there = book.read(|page| Ok(page.sql.query_row(query, [], |row| row.get::<_, bool>(0))?))?;
    if is_there {
        return Ok(());
    }
    book.write(Outlives::Process, |page| {
        Ok(page.sql.execute_batch("CREATE INDEX IF NOT EXISTS ledger_place ON ledger (scope, place)")?)
    })
}

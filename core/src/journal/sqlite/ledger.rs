//! The ledger's rows.

use rusqlite::{Connection, OptionalExtension, Row, Statement, ToSql, params};

use super::book::{Memory, Page};
use super::cells::{KeyCell, count, key, limit, number};
use super::failure::{Done, Fault};
use super::parents::{divided, joined};
use super::places::{self, place};
use crate::journal::Carried;
use crate::plan::ContentHash;
use crate::record::{Name, RecordId};
use crate::store::Version;

const COLUMNS: &str = "number, entity, key, slot, parent, address, hash, version, ours";

/// A row, with its number.
fn read(page: &mut Page<'_>, row: &Row<'_>) -> Done<(u64, Carried)> {
    let hash: Vec<u8> = row.get(6)?;
    let hash = ContentHash(hash.try_into().map_err(|_| Fault::damaged("a content's hash"))?);
    let version: Option<String> = row.get(7)?;
    let carried = Carried {
        source: RecordId { entity: page.entity_name(row.get(1)?)?, key: key(row, 2)? },
        slot: row.get(3)?,
        address: joined(page, row.get(4)?, row.get(5)?)?,
        hash,
        version: version.map(Version::new),
        ours: row.get(8)?,
    };
    Ok((count(row.get(0)?), carried))
}

/// The rows that a query finds, each with its number.
fn found(page: &mut Page<'_>, query: &mut Statement<'_>, values: &[&dyn ToSql]) -> Done<Vec<(u64, Carried)>> {
    let mut rows = query.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(page, row)?);
    }
    Ok(found)
}

/// The rows of these records and slots.
pub(super) fn carried(page: &mut Page<'_>, scope: i64, of: &[(RecordId, u16)]) -> Done<Vec<Option<Carried>>> {
    let query = "WHERE scope = ?1 AND entity = ?2 AND key = ?3 AND slot = ?4";
    let mut query = page.sql.prepare(&format!("SELECT {COLUMNS} FROM ledger {query}"))?;
    let row = |(id, slot): &(RecordId, u16)| match page.entity(&id.entity)? {
        Some(entity) => {
            let rows = found(page, &mut query, &[&scope, &entity, &KeyCell(&id.key), slot])?;
            Ok(rows.into_iter().next().map(|(_, row)| row))
        }
        None => Ok(None),
    };
    of.iter().map(row).collect()
}

/// All rows of these records.
pub(super) fn carried_by(page: &mut Page<'_>, scope: i64, records: &[RecordId]) -> Done<Vec<Vec<Carried>>> {
    let query = "WHERE scope = ?1 AND entity = ?2 AND key = ?3 ORDER BY slot";
    let mut query = page.sql.prepare(&format!("SELECT {COLUMNS} FROM ledger {query}"))?;
    let mut all = Vec::with_capacity(records.len());
    for id in records {
        let rows = match page.entity(&id.entity)? {
            Some(entity) => found(page, &mut query, &[&scope, &entity, &KeyCell(&id.key)])?,
            None => Vec::new(),
        };
        all.push(rows.into_iter().map(|(_, row)| row).collect());
    }
    Ok(all)
}

/// The rows of these addresses; where several have one, the one of the record that was carried there last.
pub(super) fn carried_at(page: &mut Page<'_>, scope: i64, addresses: &[String]) -> Done<Vec<Option<Carried>>> {
    let query = "WHERE scope = ?1 AND place = ?2 ORDER BY number";
    let mut query = page.sql.prepare(&format!("SELECT {COLUMNS} FROM ledger {query}"))?;
    let row = |address: &String| {
        let rows = found(page, &mut query, &[&scope, &place(address)])?;
        Ok(rows.into_iter().map(|(_, row)| row).rfind(|row| row.address == *address))
    };
    addresses.iter().map(row).collect()
}

/// A page of all rows.
pub(super) fn rows(page: &mut Page<'_>, scope: i64, after: u64, most: usize) -> Done<Vec<(u64, Carried)>> {
    let query = "WHERE scope = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
    some(page, query, &[&scope, &number(after), &limit(most)])
}

/// How many rows there are of each entity.
pub(super) fn sizes(page: &mut Page<'_>, scope: i64) -> Done<Vec<(Name, u64)>> {
    let mut query = page.sql.prepare("SELECT entity, count(*) FROM ledger WHERE scope = ?1 GROUP BY entity")?;
    let mut rows = query.query([scope])?;
    let mut sizes = Vec::new();
    while let Some(row) = rows.next()? {
        sizes.push((page.entity_name(row.get(0)?)?, count(row.get(1)?)));
    }
    Ok(sizes)
}

/// A page of the rows of an entity whose records were not met in the reading that was begun last.
pub(super) fn unseen(
    page: &mut Page<'_>,
    scope: i64,
    entity: &str,
    after: u64,
    most: usize,
) -> Done<Vec<(u64, Carried)>> {
    let Some(entity) = page.entity(entity)? else { return Ok(Vec::new()) };
    let reading = reading(page.sql, scope, entity)?;
    let query = "WHERE scope = ?1 AND entity = ?2 AND seen <> ?3 AND number > ?4 ORDER BY number LIMIT ?5";
    some(page, query, &[&scope, &entity, &reading, &number(after), &limit(most)])
}

fn some(page: &mut Page<'_>, query: &str, values: &[&dyn ToSql]) -> Done<Vec<(u64, Carried)>> {
    let mut query = page.sql.prepare(&format!("SELECT {COLUMNS} FROM ledger NOT INDEXED {query}"))?;
    found(page, &mut query, values)
}

/// The number of the reading in which an entity's records are met now.
fn reading(sql: &Connection, scope: i64, entity: i64) -> Done<i64> {
    let query = "SELECT number FROM reading WHERE scope = ?1 AND entity = ?2";
    let number = sql.query_row(query, [scope, entity], |row| row.get(0)).optional()?;
    Ok(number.unwrap_or(0))
}

/// Begins another reading of an entity: what was met in those before counts no more.
pub(super) fn unsee(page: &mut Page<'_>, scope: i64, entity: &str) -> Done<()> {
    let entity = page.entity_or_new(&entity.into())?;
    let next = "INSERT INTO reading (scope, entity, number) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET number = \
                number + 1";
    page.sql.execute(next, [scope, entity])?;
    Ok(())
}

/// Keeps rows in place of those of the same record and slot. Their records were met.
pub(super) fn keep(page: &mut Page<'_>, scope: i64, carried: &[Carried]) -> Done<()> {
    let insert = "INSERT INTO ledger (scope, entity, key, slot, parent, address, place, hash, version, ours, seen) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (scope, entity, key, slot) DO \
                  UPDATE SET parent = ?5, address = ?6, place = ?7, hash = ?8, version = ?9, ours = ?10, seen = ?11";
    let mut insert = page.sql.prepare(insert)?;
    let mut readings = Readings::default();
    let mut all = Vec::with_capacity(carried.len());
    for row in carried {
        let place = place(&row.address);
        all.push(place);
        let entity = page.entity_or_new(&row.source.entity)?;
        let reading = readings.of(page.sql, scope, entity)?;
        let version = row.version.as_ref().map(Version::as_str);
        let (parent, address) = divided(page, scope, &row.address)?;
        insert.execute(params![
            scope,
            entity,
            KeyCell(&row.source.key),
            row.slot,
            parent,
            address,
            place,
            row.hash.0,
            version,
            row.ours,
            reading,
        ])?;
    }
    drop(insert);
    places::keep(page, scope, &all)
}

/// Notes that these records were met: a record is there or gone with all its rows, also those of moves that the plan
/// has no more.
pub(super) fn see(page: &mut Page<'_>, scope: i64, seen: &[RecordId]) -> Done<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let update = "UPDATE ledger SET seen = ?4 WHERE scope = ?1 AND entity = ?2 AND key = ?3";
    let mut update = page.sql.prepare(update)?;
    let mut readings = Readings::default();
    for id in seen {
        if let Some(entity) = page.entity(&id.entity)? {
            let reading = readings.of(page.sql, scope, entity)?;
            update.execute(params![scope, entity, KeyCell(&id.key), reading])?;
        }
    }
    Ok(())
}

/// Forgets these rows.
pub(super) fn forget(page: &mut Page<'_>, scope: i64, forgotten: &[(RecordId, u16)]) -> Done<()> {
    if forgotten.is_empty() {
        return Ok(());
    }
    let delete = "DELETE FROM ledger WHERE scope = ?1 AND entity = ?2 AND key = ?3 AND slot = ?4";
    let mut delete = page.sql.prepare(delete)?;
    for (id, slot) in forgotten {
        if let Some(entity) = page.entity(&id.entity)? {
            delete.execute(params![scope, entity, KeyCell(&id.key), slot])?;
        }
    }
    Ok(())
}

/// Forgets all rows, and what records have for themselves alone.
pub(super) fn forget_all(page: &mut Page<'_>, scope: i64) -> Done<()> {
    for table in ["ledger", "place", "parent", "reading", "mark"] {
        page.sql.execute(&format!("DELETE FROM {table} WHERE scope = ?1"), [scope])?;
    }
    *page.memory = Memory::default();
    Ok(())
}

/// Which reading is going on, asked once for each run of rows of one entity.
#[derive(Default)]
struct Readings(Option<(i64, i64)>);

impl Readings {
    fn of(&mut self, sql: &Connection, scope: i64, entity: i64) -> Done<i64> {
        if let Some((of, number)) = self.0
            && of == entity
        {
            return Ok(number);
        }
        let number = reading(sql, scope, entity)?;
        self.0 = Some((entity, number));
        Ok(number)
    }
}

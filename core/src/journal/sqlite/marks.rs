//! What records have for themselves alone.
//!
//! A mark is a hash. A table in the order of hashes is written all over with every step, and costs a record three times
//! what its row of the ledger does. So the marks of a step are one row behind all others, and which marks there are is
//! kept in memory while it is asked: half of each, which says of nearly every new one that nobody has it. Only what
//! may be somebody's is looked for in the rows.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use rusqlite::{Connection, Row, params};

use super::book::Page;
use super::cells::{keys, keys_cell};
use super::failure::{Done, Fault};
use crate::journal::Mark;
use crate::record::{Key, RecordId};

/// The marks of a scope, half of each.
pub(super) struct Known {
    scope: i64,
    /// Another one once another process has written the file.
    version: i64,
    halves: HashSet<u32, RandomState>,
}

impl Known {
    fn read(sql: &Connection, scope: i64, version: i64) -> Done<Self> {
        let mut query = sql.prepare("SELECT marks FROM mark WHERE scope = ?1")?;
        let mut rows = query.query([scope])?;
        let mut halves = HashSet::default();
        while let Some(row) = rows.next()? {
            halves.extend(marks_in(row, 0)?.iter().map(|mark| half(Mark::from_le_bytes(*mark))));
        }
        Ok(Self { scope, version, halves })
    }
}

fn half(mark: Mark) -> u32 {
    (mark >> u32::BITS) as u32
}

/// What is known of a scope's marks, read where it was not, or is no longer all.
fn known<'p>(page: &'p mut Page<'_>, scope: i64) -> Done<&'p Known> {
    let version = page.sql.query_row("PRAGMA data_version", [], |row| row.get(0))?;
    let before = page.known_marks.take().filter(|known| (known.scope, known.version) == (scope, version));
    let known = before.map_or_else(|| Known::read(page.sql, scope, version), Ok)?;
    Ok(page.known_marks.insert(known))
}

/// Notes what records have for themselves alone; of several who are given the same, the last has it.
pub(super) fn mark(page: &mut Page<'_>, scope: i64, marks: &[(Mark, RecordId)]) -> Done<()> {
    for of_entity in marks.chunk_by(|(_, one), (_, other)| one.entity == other.entity) {
        let Some((_, RecordId { entity, .. })) = of_entity.first() else { continue };
        let entity = page.entity_or_new(entity)?;
        let mut sorted: Vec<_> = of_entity.iter().map(|(mark, owner)| (*mark, &owner.key)).collect();
        sorted.sort_by_key(|(mark, _)| *mark);
        let numbers: Vec<u8> = sorted.iter().flat_map(|(mark, _)| mark.to_le_bytes()).collect();
        let keys = keys_cell(sorted.iter().map(|(_, key)| *key))?;
        let insert = "INSERT INTO mark (scope, entity, marks, keys) VALUES (?1, ?2, ?3, ?4)";
        page.sql.execute(insert, params![scope, entity, numbers, keys])?;
    }
    // Where all this is taken back, more is looked for than has to be.
    if let Some(known) = page.known_marks.as_mut().filter(|known| known.scope == scope) {
        known.halves.extend(marks.iter().map(|(mark, _)| half(*mark)));
    }
    Ok(())
}

/// Who has these for itself alone.
pub(super) fn owners(page: &mut Page<'_>, scope: i64, marks: &[Mark]) -> Done<Vec<Option<RecordId>>> {
    let mut owners = vec![None; marks.len()];
    let known = known(page, scope)?;
    let wanted = marks.iter().copied().zip(&mut owners);
    let mut wanted: Vec<_> = wanted.filter(|(mark, _)| known.halves.contains(&half(*mark))).collect();
    let mut query = page.sql.prepare("SELECT number, marks FROM mark WHERE scope = ?1 ORDER BY number DESC")?;
    let mut rows = query.query([scope])?;
    while !wanted.is_empty()
        && let Some(row) = rows.next()?
    {
        let of_step = marks_in(row, 1)?;
        let found: Vec<_> = wanted.extract_if(.., |(mark, _)| place(of_step, *mark).is_some()).collect();
        if found.is_empty() {
            continue;
        }
        let (entity, keys) = owners_of_step(page.sql, row.get(0)?)?;
        let entity = page.entity_name(entity)?;
        for (mark, owner) in found {
            let key = place(of_step, mark).and_then(|place| keys.get(place)).cloned();
            *owner = Some(RecordId { entity: entity.clone(), key: key.ok_or_else(|| Fault::damaged("a mark"))? });
        }
    }
    Ok(owners)
}

/// The entity of those who were given a step's marks, and their keys.
fn owners_of_step(sql: &Connection, number: i64) -> Done<(i64, Vec<Key>)> {
    let mut query = sql.prepare("SELECT entity, keys FROM mark WHERE number = ?1")?;
    let mut rows = query.query([number])?;
    let row = rows.next()?.ok_or_else(|| Fault::damaged("a mark"))?;
    Ok((row.get(0)?, keys(row, 1)?))
}

/// Where a mark is among those of a step, which are sorted: the last of those that are alike.
fn place(marks: &[[u8; size_of::<Mark>()]], mark: Mark) -> Option<usize> {
    let place = marks.partition_point(|one| Mark::from_le_bytes(*one) <= mark).checked_sub(1)?;
    (*marks.get(place)? == mark.to_le_bytes()).then_some(place)
}

fn marks_in<'r>(row: &'r Row<'_>, column: usize) -> Done<&'r [[u8; size_of::<Mark>()]]> {
    let bytes = row.get_ref(column)?.as_blob().map_err(|_| Fault::damaged("a mark"))?;
    match bytes.as_chunks() {
        (marks, []) => Ok(marks),
        _ => Err(Fault::damaged("a mark")),
    }
}

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

/// A mark as it lies in the file.
type Stored = [u8; size_of::<Mark>()];

/// The marks of a scope, half of each.
pub(super) struct KnownMarks {
    scope: i64,
    halves: HashSet<u32, RandomState>,
}

impl KnownMarks {
    fn read(sql: &Connection, scope: i64) -> Done<Self> {
        let mut query = sql.prepare("SELECT marks FROM mark WHERE scope = ?1")?;
        let mut rows = query.query([scope])?;
        let mut halves = HashSet::default();
        while let Some(row) = rows.next()? {
            halves.extend(marks_in(row, 0)?.iter().map(|mark| half(Mark::from_le_bytes(*mark))));
        }
        Ok(Self { scope, halves })
    }
}

fn half(mark: Mark) -> u32 {
    (mark >> u32::BITS) as u32
}

/// What is known of a scope's marks, read where it was not.
fn known<'p>(page: &'p mut Page<'_>, scope: i64) -> Done<&'p KnownMarks> {
    let before = page.memory.marks.take().filter(|known| known.scope == scope);
    let known = before.map_or_else(|| KnownMarks::read(page.sql, scope), Ok)?;
    Ok(page.memory.marks.insert(known))
}

/// Notes what records have for themselves alone; of several who are given the same, the last has it.
pub(super) fn mark(page: &mut Page<'_>, scope: i64, marks: &[(Mark, RecordId)]) -> Done<()> {
    for of_entity in marks.chunk_by(|(_, one), (_, other)| one.entity == other.entity) {
        let Some((_, RecordId { entity, .. })) = of_entity.first() else { continue };
        let entity = page.entity_or_new(entity)?;
        let mut sorted: Vec<_> = of_entity.iter().rev().map(|(mark, owner)| (*mark, &owner.key)).collect();
        sorted.sort_by_key(|(mark, _)| *mark);
        sorted.dedup_by_key(|(mark, _)| *mark);
        let numbers: Vec<u8> = sorted.iter().flat_map(|(mark, _)| mark.to_le_bytes()).collect();
        let keys = keys_cell(sorted.iter().map(|(_, key)| *key))?;
        let insert = "INSERT INTO mark (scope, entity, marks, keys) VALUES (?1, ?2, ?3, ?4)";
        page.sql.execute(insert, params![scope, entity, numbers, keys])?;
    }
    if let Some(known) = page.memory.marks.as_mut().filter(|known| known.scope == scope) {
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
    wanted.sort_unstable_by_key(|(mark, _)| *mark);
    let mut query = page.sql.prepare("SELECT number, marks FROM mark WHERE scope = ?1 ORDER BY number DESC")?;
    let mut rows = query.query([scope])?;
    while !wanted.is_empty()
        && let Some(row) = rows.next()?
    {
        let of_step = marks_in(row, 1)?;
        let found = those_of_step(&mut wanted, of_step);
        if found.is_empty() {
            continue;
        }
        let (entity, keys) = owners_of_step(page.sql, row.get(0)?)?;
        let entity = page.entity_name(entity)?;
        for (mark, owner) in found {
            let place = of_step.binary_search_by_key(&mark, |one| Mark::from_le_bytes(*one));
            let key = place.ok().and_then(|place| keys.get(place)).cloned();
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

/// Takes out those of the wanted marks that are a step's. Both are sorted.
fn those_of_step<T>(wanted: &mut Vec<(Mark, T)>, of_step: &[Stored]) -> Vec<(Mark, T)> {
    let mut rest = of_step.iter().peekable();
    let is_of_step = |(mark, _): &mut (Mark, T)| {
        while rest.next_if(|one| Mark::from_le_bytes(**one) < *mark).is_some() {}
        rest.peek().is_some_and(|one| **one == mark.to_le_bytes())
    };
    wanted.extract_if(.., is_of_step).collect()
}

fn marks_in<'r>(row: &'r Row<'_>, column: usize) -> Done<&'r [Stored]> {
    let bytes = row.get_ref(column)?.as_blob().map_err(|_| Fault::damaged("a mark"))?;
    match bytes.as_chunks() {
        (marks, []) => Ok(marks),
        _ => Err(Fault::damaged("a mark")),
    }
}

//! Finds the rows that some keys lead to, many keys at a time.

use rusqlite::Statement;

use super::batch::{Batch, Context};
use super::cell::Cell;
use super::fields::cells;
use super::scan::Query;
use super::selection::Selection;
use crate::error::Result;
use crate::record::Rejection;
use crate::stores::legacy::failure::lacks_collation;
use crate::stores::legacy::layout::KeyColumns;
use crate::stores::legacy::sql::column;

/// How many keys one query is given; the last key fills up what is over.
const SIZES: [usize; 3] = [200, 20, 1];
/// What a row takes beside its text and blobs, roughly.
const ROW: usize = 256;

/// How far apart row numbers may lie, on average, to be found by a walk.
const CLOSE: u64 = 4;

/// A query by the key of the other side, prepared once for each number of keys.
pub(crate) struct Lookup<'c> {
    select: String,
    keys: Vec<String>,
    order: String,
    /// Where in a row the key is that the row was found by.
    found_by: Vec<usize>,
    statements: [Option<Statement<'c>>; SIZES.len()],
    /// The rows between two numbers, where these are the key and nothing else is asked of them.
    between: Option<Query<'c>>,
}

/// What came of the keys.
#[derive(Default)]
pub(crate) struct Hits {
    pub(crate) batch: Batch,
    /// For each record of the batch the key that it was found by.
    pub(crate) keys: Vec<Cell>,
    /// Keys that led to a row of an entity that does not exist, or from a join table to no row at all.
    pub(crate) misses: Vec<(Cell, Option<Rejection>)>,
}

impl<'c> Lookup<'c> {
    /// A query for rows whose `keys` (as many expressions as a key has parts) are among those given.
    pub(crate) fn new(selection: &mut Selection<'c>, from: &str, keys: &[String], order: &[String]) -> Self {
        let found_by = keys.iter().map(|key| selection.columns.place(key.clone())).collect();
        let select = format!("SELECT {} FROM {from}", selection.columns.list());
        let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {}", order.join(", ")) };
        let between = match (&selection.key, keys) {
            (KeyColumns::Row(name), [key]) if selection.asks_nothing() && *key == column(name) => {
                Some(Query::new(format!("{select} WHERE {key} BETWEEN ?1 AND ?2 ORDER BY {key}")))
            }
            _ => None,
        };
        Self { select, keys: keys.to_vec(), order, found_by, statements: [None, None, None], between }
    }

    /// How many of the keys to ask for at once.
    pub(crate) fn portion(keys: usize) -> usize {
        keys.min(SIZES[0])
    }

    /// What the keys lead to; not more of them than [`Lookup::portion`] says.
    pub(crate) fn find(&mut self, keys: &[Cell], selection: &Selection<'c>, context: &mut Context<'c>) -> Result<Hits> {
        let Some(last) = keys.last() else { return Ok(Hits::default()) };
        context.stop.check()?;
        let size = SIZES.iter().rposition(|&size| size >= keys.len()).unwrap_or(0);
        let statement = match &mut self.statements[size] {
            Some(statement) => statement,
            empty => {
                let query = |keys: &[String]| {
                    let condition = among(keys, SIZES[size]);
                    context.connection.prepare(&format!("{} WHERE {condition}{}", self.select, self.order))
                };
                let prepared = query(&self.keys).or_else(|failure| match lacks_collation(&failure) {
                    // What only the app can compare its own way is the same where its bytes are.
                    true => query(&self.keys.iter().map(|key| format!("{key} COLLATE BINARY")).collect::<Vec<_>>()),
                    false => Err(failure),
                });
                empty.insert(prepared.map_err(|failure| context.failed(failure))?)
            }
        };
        let filled = keys.iter().chain(std::iter::repeat(last)).take(SIZES[size]);
        for (index, part) in filled.flat_map(Cell::parts).enumerate() {
            statement.raw_bind_parameter(index + 1, part).map_err(|failure| context.failed(failure))?;
        }
        let mut hits = Hits::default();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|failure| context.failed(failure))? {
            let found_by = cells(row, &self.found_by);
            let key = selection.key_cell(row);
            context.decoder.bytes += ROW;
            if context.is_full() {
                break;
            }
            if key.has_null() {
                hits.misses.push((found_by, None));
            } else if hits.batch.add(selection, row, &key, &mut context.decoder)? {
                hits.keys.push(found_by);
            } else if let Some(stray) = hits.batch.strays.pop() {
                hits.misses.push((found_by, Some(stray)));
            }
        }
        Ok(hits)
    }

    /// The same where row numbers in their order lie close together and nothing is asked but whether they are there:
    /// one walk from the first to the last costs a fraction of looking for each. None where it does not come by all
    /// of them; why, [`find`](Self::find) says.
    pub(crate) fn find_close(
        &mut self,
        keys: &[Cell],
        selection: &Selection<'c>,
        context: &mut Context<'c>,
    ) -> Result<Option<Hits>> {
        let (Some(between), [Cell::Int(first), .., Cell::Int(last)]) = (&mut self.between, keys) else {
            return Ok(None);
        };
        let apart = last.abs_diff(*first);
        if apart > CLOSE * keys.len() as u64 {
            return Ok(None);
        }
        let mut rows = between.rows(&[Cell::Int(*first), Cell::Int(*last)], context)?;
        let mut hits = Hits::default();
        let mut wanted = keys.iter();
        let mut next = wanted.next();
        // A damaged table can lead in circles.
        for _ in 0..=apart {
            let (Some(key), Ok(Some(row))) = (next, rows.next()) else { break };
            if selection.key_cell(row) != *key {
                continue;
            }
            context.decoder.bytes += ROW;
            if context.is_full() || !hits.batch.add(selection, row, key, &mut context.decoder)? {
                return Ok(None);
            }
            hits.keys.push(key.clone());
            next = wanted.next();
        }
        Ok(next.is_none().then_some(hits))
    }
}

/// That a key is among so many. Keys of several parts are compared one by one: given as a list, SQLite would not use
/// their index.
fn among(keys: &[String], count: usize) -> String {
    match keys {
        [key] => format!("{key} IN ({})", vec!["?"; count].join(", ")),
        keys => {
            let one = format!("({}) = ({})", keys.join(", "), vec!["?"; keys.len()].join(", "));
            vec![one.as_str(); count].join(" OR ")
        }
    }
}

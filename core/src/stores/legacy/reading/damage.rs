//! Finds the way around pages of the database that cannot be read, and says which rows were on them.

use super::batch::Context;
use super::cell::Cell;
use super::fields::cell;
use super::scan::Query;
use super::selection::{Selection, key_names};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Reason, Rejection};
use crate::stores::legacy::failure::loss;
use crate::stores::legacy::layout::KeyColumns;
use crate::stores::legacy::sql::{column, quoted};

/// Queries for keys alone.
pub(crate) struct Around<'c> {
    /// The first row number at or after one; never asked where the key is another.
    from: Query<'c>,
    /// The first key of all.
    first: Query<'c>,
    /// The first key after one.
    after: Query<'c>,
    /// The last row number before one; never asked where the key is another.
    before: Query<'c>,
}

/// What comes before a row.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// The row of this number.
    Row(i64),
    /// Nothing from this number on.
    From(i64),
}

/// How a row comes after another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// There is none between.
    Next,
    /// The other one is not to be found any more; whether there were some between, an index may tell.
    Doubtful,
    /// From behind, another one comes before it.
    Astray,
}

/// What could not be read, and where reading can go on.
pub(crate) struct Gap {
    pub(crate) lost: Vec<Rejection>,
    /// The key after which the next readable row comes; none where nothing more can be read.
    pub(crate) next: Option<Cell>,
    /// Whether the rows of a page may be mixed up: what it shows need not be all that is on it.
    pub(crate) mixed_up: bool,
}

/// What asking for a key brought.
pub(super) enum Probe {
    Key(Cell),
    Nothing,
    Damage,
}

impl<'c> Around<'c> {
    /// `list` are the key's columns, `beyond` what holds of all keys after one.
    pub(crate) fn new(table: &str, list: &str, beyond: &str) -> Self {
        let query = |condition: &str| {
            Query::new(format!("SELECT {list} FROM {table} WHERE {condition} ORDER BY {list} LIMIT 1"))
        };
        let before = Query::new(format!("SELECT {list} FROM {table} WHERE {list} < ?1 ORDER BY {list} DESC LIMIT 1"));
        Self { from: query(&format!("{list} >= ?1")), first: query("1"), after: query(beyond), before }
    }

    /// Whether the row of this number comes next after the one before, if SQLite looks for it from behind: a damaged
    /// page may show a number that belongs far away, and to go on from there would pass over all rows in between.
    pub(crate) fn is_next(&mut self, before: Step, row: i64, context: &Context<'c>) -> Result<bool> {
        if matches!(before, Step::From(place) if row < place) {
            return Ok(false);
        }
        Ok(match (probe(&mut self.before, &[Cell::Int(row)], 1, context)?, before) {
            (Probe::Key(Cell::Int(found)), Step::Row(before)) => found == before,
            (Probe::Key(Cell::Int(found)), Step::From(place)) => found < place,
            (Probe::Nothing | Probe::Damage, Step::From(_)) => true,
            _ => false,
        })
    }

    /// The gap that begins after this key, and why; at most `room` rows of it.
    pub(crate) fn gap(
        &mut self,
        selection: &Selection<'c>,
        after: Option<&Cell>,
        why: &Error,
        room: usize,
        context: &Context<'c>,
    ) -> Result<Gap> {
        let parts = key_names(&selection.key).len();
        let probe = match after {
            None => probe(&mut self.first, &[], parts, context)?,
            Some(after) => probe(&mut self.after, after.parts(), parts, context)?,
        };
        // The key can be read and the rest of its row cannot.
        let one = |key: Cell| {
            let (reason, what) = loss(why);
            let lost = Rejection { reason, ..lost(selection, &key, what.to_owned()) };
            Ok(Gap { lost: vec![lost], next: Some(key), mixed_up: false })
        };
        match (probe, &selection.key) {
            (Probe::Key(key), KeyColumns::Columns(_))
                if are_neighbours(selection, [after, Some(&key)], Side::Behind, context)? =>
            {
                one(key)
            }
            (Probe::Key(Cell::Int(key)), KeyColumns::Row(_))
                if self.is_next(Step::From(begin(after)), key, context)? =>
            {
                match self.follows(after, key, context)? {
                    true => one(Cell::Int(key)),
                    false => self.name_the_lost(selection, [begin(after), key], Some(key), room, context),
                }
            }
            (_, KeyColumns::Row(_)) => self.bisect(selection, begin(after), room, context),
            (_, KeyColumns::Columns(_)) => {
                let what = "the database's pages after this row cannot be read, nor what is on them".to_owned();
                let lost = vec![lost(selection, after.unwrap_or(&Cell::Null), what)];
                Ok(Gap { lost, next: None, mixed_up: false })
            }
        }
    }

    /// Whether there is certainly no row between these two: a page with its rows mixed up may not show them.
    fn follows(&mut self, after: Option<&Cell>, row: i64, context: &Context<'c>) -> Result<bool> {
        if row == begin(after) {
            return Ok(true);
        }
        Ok(match probe(&mut self.before, &[Cell::Int(row)], 1, context)? {
            Probe::Key(found) => Some(&found) == after,
            Probe::Nothing => after.is_none(),
            Probe::Damage => false,
        })
    }

    /// How the first row of a stretch comes after the one that was read last.
    pub(crate) fn arrival(&mut self, after: Option<&Cell>, row: i64, context: &Context<'c>) -> Result<Arrival> {
        let Some(Cell::Int(last)) = after else { return Ok(Arrival::Next) };
        if self.follows(after, row, context)? {
            return Ok(Arrival::Next);
        }
        Ok(match probe(&mut self.from, &[Cell::Int(*last)], 1, context)? {
            Probe::Key(Cell::Int(found)) if found == *last => Arrival::Astray,
            _ => Arrival::Doubtful,
        })
    }

    /// Searches for the first row number from which rows can be read again.
    fn bisect(&mut self, selection: &Selection<'c>, begin: i64, room: usize, context: &Context<'c>) -> Result<Gap> {
        let mut bad = begin;
        let mut step: i64 = 1;
        let mut next = loop {
            let ahead = bad.saturating_add(step);
            match self.sound(ahead, context)? {
                Probe::Damage if ahead == i64::MAX => break None,
                Probe::Damage => bad = ahead,
                Probe::Key(Cell::Int(key)) => break Some((ahead, Some(key))),
                _ => break Some((ahead, None)),
            }
            step = step.saturating_mul(2);
        };
        while let Some((good, _)) = next {
            // The distance of two row numbers may not fit into one.
            let middle = ((i128::from(bad) + i128::from(good)) / 2) as i64;
            if middle <= bad || middle >= good {
                break;
            }
            match self.sound(middle, context)? {
                Probe::Damage => bad = middle,
                Probe::Key(Cell::Int(key)) => next = Some((middle, Some(key))),
                _ => next = Some((middle, None)),
            }
        }
        let last = next.and_then(|(_, key)| key).map(|key| key.saturating_sub(1));
        self.name_the_lost(selection, [begin, last.unwrap_or(i64::MAX)], last, room, context)
    }

    /// The first row number from this one on, if it is that from behind as well.
    fn sound(&mut self, place: i64, context: &Context<'c>) -> Result<Probe> {
        let found = probe(&mut self.from, &[Cell::Int(place)], 1, context)?;
        match found {
            Probe::Key(Cell::Int(key)) if !self.is_next(Step::From(place), key, context)? => Ok(Probe::Damage),
            found => Ok(found),
        }
    }

    /// The rows from `begin` to `last`, by an index that still knows them; else the gap as a whole. Reading goes on
    /// after `next`, where anything more can be read.
    fn name_the_lost(
        &self,
        selection: &Selection<'c>,
        [begin, last]: [i64; 2],
        next: Option<i64>,
        room: usize,
        context: &Context<'c>,
    ) -> Result<Gap> {
        let next = next.map(Cell::Int);
        if let Some(rows) = self.known(selection, [begin, last], room, context)? {
            let full = rows.len() >= room;
            let stop = rows.last().map(|&row| Cell::Int(row)).filter(|_| full);
            let lost = rows.into_iter().map(|row| lost_row(selection, row)).collect();
            return Ok(Gap { lost, next: stop.or(next), mixed_up: true });
        }
        let lost = match next {
            Some(_) => lost_between(selection, begin, last.saturating_add(1)),
            None => {
                let what = "the database's pages under this and all later rows cannot be read";
                lost(selection, &Cell::Int(begin), what.to_owned())
            }
        };
        Ok(Gap { lost: vec![lost], next, mixed_up: true })
    }

    /// The rows that belong among those `seen` from `begin` on and are not, at most `room` of them, as far as an index
    /// knows. Where none can tell, and a page was found `damaged`, it is told that there may be some before the first.
    pub(crate) fn unseen(
        &self,
        selection: &Selection<'c>,
        begin: i64,
        seen: &[i64],
        damaged: bool,
        room: usize,
        context: &Context<'c>,
    ) -> Result<Vec<(i64, Rejection)>> {
        let (Some(&first), Some(&last)) = (seen.first(), seen.last()) else { return Ok(Vec::new()) };
        Ok(match self.known(selection, [begin, last], seen.len() + room, context)? {
            Some(rows) => {
                let unseen = rows.into_iter().filter(|row| seen.binary_search(row).is_err());
                unseen.map(|row| (row, lost_row(selection, row))).collect()
            }
            None if damaged && first > begin => vec![(begin, lost_between(selection, begin, first))],
            None => Vec::new(),
        })
    }

    /// The rows between two numbers that an index knows, at most so many; none where no index can tell.
    fn known(
        &self,
        selection: &Selection<'c>,
        between: [i64; 2],
        room: usize,
        context: &Context<'c>,
    ) -> Result<Option<Vec<i64>>> {
        for index in indexes(selection, context)? {
            if let Some(rows) = keys_in(&index, selection, between, room, context)? {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }
}

fn lost_between(selection: &Selection<'_>, begin: i64, end: i64) -> Rejection {
    let what = format!("the database's pages under the rows from here to before {end} cannot be read");
    lost(selection, &Cell::Int(begin), what)
}

/// A row that an index knows and the table does not show.
fn lost_row(selection: &Selection<'_>, row: i64) -> Rejection {
    lost(selection, &Cell::Int(row), "the database's pages under this row cannot be read".to_owned())
}

/// What holds of all keys between two.
pub(super) struct Bounds {
    /// The key's columns, and how many they are.
    pub(super) list: String,
    pub(super) parts: usize,
    /// What holds, and the cells that it is about.
    pub(super) conditions: String,
    pub(super) cells: Vec<Cell>,
}

impl Bounds {
    pub(super) fn of(selection: &Selection<'_>, between: [Option<&Cell>; 2]) -> Self {
        let names: Vec<String> = key_names(&selection.key).iter().map(|name| column(name)).collect();
        let list = names.join(", ");
        let mut cells: Vec<Cell> = Vec::new();
        let mut conditions = vec!["1".to_owned()];
        for (sign, bound) in [">", "<"].into_iter().zip(between) {
            let Some(bound) = bound else { continue };
            let marks = bound.parts().iter().map(|part| {
                cells.push(part.clone());
                format!("?{}", cells.len())
            });
            let marks = marks.collect::<Vec<_>>().join(", ");
            conditions.push(if names.len() == 1 {
                format!("{list} {sign} {marks}")
            } else {
                format!("({list}) {sign} ({marks})")
            });
        }
        Self { list, parts: names.len(), conditions: conditions.join(" AND "), cells }
    }
}

/// From which end SQLite is to look.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Front,
    Behind,
}

/// The key between these two that comes first from this side.
pub(super) fn first_between<'c>(
    selection: &Selection<'c>,
    between: [Option<&Cell>; 2],
    from: Side,
    context: &Context<'c>,
) -> Result<Probe> {
    let bounds = Bounds::of(selection, between);
    let (table, conditions, order) = (&selection.table, &bounds.conditions, order(selection, from));
    let sql = format!("SELECT {} FROM {table} AS t WHERE {conditions} ORDER BY {order} LIMIT 1", bounds.list);
    probe(&mut Query::new(sql), &bounds.cells, bounds.parts, context)
}

/// Whether there is certainly no row between these two keys, if SQLite looks for one from this side; else a page there
/// cannot be read, or one of the two is not where it belongs.
pub(super) fn are_neighbours<'c>(
    selection: &Selection<'c>,
    between: [Option<&Cell>; 2],
    from: Side,
    context: &Context<'c>,
) -> Result<bool> {
    Ok(matches!(first_between(selection, between, from, context)?, Probe::Nothing))
}

/// The order of the keys, from this side.
pub(super) fn order(selection: &Selection<'_>, from: Side) -> String {
    let direction = match from {
        Side::Front => "ASC",
        Side::Behind => "DESC",
    };
    let names = key_names(&selection.key).iter().map(|name| format!("{} {direction}", column(name)));
    names.collect::<Vec<_>>().join(", ")
}

/// The first row number after this key.
pub(crate) fn begin(after: Option<&Cell>) -> i64 {
    match after {
        Some(Cell::Int(after)) => after.saturating_add(1),
        _ => i64::MIN,
    }
}

pub(super) fn lost(selection: &Selection<'_>, key: &Cell, detail: String) -> Rejection {
    Rejection { entity: selection.name().clone(), key: key.key(), column: None, reason: Reason::Unreadable, detail }
}

pub(super) fn probe<'c>(query: &mut Query<'c>, cells: &[Cell], parts: usize, context: &Context<'c>) -> Result<Probe> {
    let mut rows = query.rows(cells, context)?;
    match rows.next().map_err(|failure| context.failed(failure)) {
        Ok(Some(row)) => Ok(Probe::Key(Cell::join((0..parts).map(|at| Cell::of(cell(row, at))).collect()))),
        Ok(None) => Ok(Probe::Nothing),
        Err(error) if error.kind() == ErrorKind::Damaged => Ok(Probe::Damage),
        Err(error) => Err(error),
    }
}

/// The indexes that have an entry for each row of the table, and are not what cannot be read: that of the keys is the
/// table itself where rows have no numbers.
pub(super) fn indexes(selection: &Selection<'_>, context: &Context<'_>) -> Result<Vec<String>> {
    let sql = format!("PRAGMA index_list({})", selection.table);
    let by_number = matches!(selection.key, KeyColumns::Row(_));
    let list = || -> rusqlite::Result<Vec<String>> {
        let mut statement = context.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut names = Vec::new();
        while let Some(row) = rows.next()? {
            let is_the_table = !by_number && row.get::<_, String>("origin")? == "pk";
            if !row.get::<_, bool>("partial")? && !is_the_table {
                names.push(row.get("name")?);
            }
        }
        Ok(names)
    };
    list().map_err(|failure| context.failed(failure))
}

/// The row numbers between two that an index knows, at most so many; none where it cannot tell.
fn keys_in(
    index: &str,
    selection: &Selection<'_>,
    [first, last]: [i64; 2],
    room: usize,
    context: &Context<'_>,
) -> Result<Option<Vec<i64>>> {
    let Some(key) = key_names(&selection.key).first().map(|name| column(name)) else { return Ok(None) };
    // The plus keeps SQLite from searching the table itself, which is what cannot be read.
    let sql = format!(
        "SELECT {key} FROM {} AS t INDEXED BY {} WHERE +{key} BETWEEN ?1 AND ?2 ORDER BY +{key} LIMIT {room}",
        selection.table,
        quoted(index)
    );
    let list = || -> rusqlite::Result<Vec<i64>> {
        context.connection.prepare(&sql)?.query_map([first, last], |row| row.get(0))?.collect()
    };
    match list().map_err(|failure| context.failed(failure)) {
        Ok(keys) => Ok(Some(keys)),
        Err(error) if error.kind() == ErrorKind::Damaged => Ok(None),
        Err(error) => Err(error),
    }
}

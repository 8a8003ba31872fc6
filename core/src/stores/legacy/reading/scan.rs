//! Walks over the rows of a table in the order of its key, a page at a time, around pages that cannot be read.

use rusqlite::{Row, Statement};

use super::batch::{Batch, Context, Mark};
use super::cell::Cell;
use super::damage::{Around, Arrival, Gap, Side, Step, are_neighbours, begin};
use super::detours::{has_an_index_of_keys, is_known};
use super::fields::cell;
use super::place::Position;
use super::selection::{Selection, key_names};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Rejection;
use crate::stores::legacy::layout::KeyColumns;
use crate::stores::legacy::sql::column;

/// How many rows a page looks at, those of other entities in the same table included.
pub(super) const ROWS: usize = 20_000;
/// A page ends when its text and blobs have this many bytes.
pub(super) const BYTES: usize = 8 << 20;

/// The queries that walk over one selection's table.
pub(crate) struct Scan<'c> {
    first: Query<'c>,
    next: Query<'c>,
    /// Rows whose key is partly null, where the table can have such.
    pub(super) without_key: Option<Query<'c>>,
    pub(super) around: Around<'c>,
}

/// A query that is prepared when it is first used.
pub(crate) struct Query<'c> {
    sql: String,
    statement: Option<Statement<'c>>,
}

/// What one walk brought.
pub(crate) struct Walk {
    pub(crate) batch: Batch,
    pub(crate) rejected: Vec<Rejection>,
    /// Where the next walk begins; none after the last row.
    pub(crate) next: Option<Position>,
}

/// The rows that a stretch came by.
#[derive(Default)]
struct Trail {
    /// Those that are known by their numbers, and what the batch held before each.
    rows: Vec<(i64, Mark)>,
    /// Of others the key of the first, and of the last one but one or that which the stretch began after.
    first: Option<Cell>,
    before_last: Option<Cell>,
}

/// Where a stretch of readable rows ended.
enum End {
    /// At the table's.
    Table,
    /// The page is full.
    Page,
    /// At a row that an index of keys shows in the wrong place: those before it may be no better.
    Disorder,
    /// At a row that SQLite does not give out, as it says why.
    Damage(Error),
}

impl<'c> Query<'c> {
    pub(crate) fn new(sql: String) -> Self {
        Self { sql, statement: None }
    }

    /// Its rows for these parameters.
    pub(crate) fn rows(&mut self, cells: &[Cell], context: &Context<'c>) -> Result<rusqlite::Rows<'_>> {
        let statement = match &mut self.statement {
            Some(statement) => statement,
            empty => empty.insert(context.connection.prepare(&self.sql).map_err(|failure| context.failed(failure))?),
        };
        for (index, cell) in cells.iter().enumerate() {
            statement.raw_bind_parameter(index + 1, cell).map_err(|failure| context.failed(failure))?;
        }
        Ok(statement.raw_query())
    }
}

impl<'c> Scan<'c> {
    /// The queries for this selection. `nullable`: whether parts of the key can be null.
    pub(crate) fn new(selection: &Selection<'c>, nullable: bool) -> Self {
        let names: Vec<String> = key_names(&selection.key).iter().map(|name| column(name)).collect();
        let list = names.join(", ");
        let beyond = match (&selection.key, names.len()) {
            // Not `>`: to search for a row's number itself would touch the row's page, which may be the damaged one.
            (KeyColumns::Row(_), _) => format!("{list} >= ?1 + 1"),
            (KeyColumns::Columns(_), 1) => format!("{list} > ?1"),
            (KeyColumns::Columns(_), many) => format!("({list}) > ({})", numbered_marks(many)),
        };
        // Whether the order has gone on is asked of SQLite where it alone knows the key's collation.
        let gone_on = match &selection.key {
            KeyColumns::Row(_) => String::new(),
            KeyColumns::Columns(_) => format!(", {beyond}"),
        };
        let table = format!("{} AS t", selection.table);
        let columns = selection.columns.list();
        let complete = match nullable {
            true => names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND "),
            false => "1".to_owned(),
        };
        let incomplete = names.iter().map(|name| format!("{name} IS NULL")).collect::<Vec<_>>().join(" OR ");
        let end = format!("ORDER BY {list} LIMIT {ROWS}");
        Self {
            first: Query::new(format!("SELECT {columns} FROM {table} WHERE {complete} {end}")),
            next: Query::new(format!("SELECT {columns}{gone_on} FROM {table} WHERE {beyond} AND {complete} {end}")),
            without_key: nullable.then(|| {
                Query::new(format!(
                    "SELECT t.rowid FROM {table} WHERE ({incomplete}) AND t.rowid > ?1 ORDER BY t.rowid LIMIT {ROWS}"
                ))
            }),
            around: Around::new(&table, &list, &beyond),
        }
    }

    /// Walks on from this place until there are `limit` records and rejected rows.
    pub(crate) fn walk(
        &mut self,
        selection: &Selection<'c>,
        from: Position,
        limit: usize,
        context: &mut Context<'c>,
    ) -> Result<Walk> {
        let mut walk = Walk { batch: Batch::of(limit), rejected: Vec::new(), next: None };
        let mut position = match from {
            Position::WithoutKey(row) => {
                self.walk_without_key(selection, row, limit, &mut walk, context)?;
                return Ok(walk);
            }
            Position::ByNumber { after, row } => {
                self.walk_by_number(selection, after, row, limit, &mut walk, context)?;
                return Ok(walk);
            }
            Position::Backwards { after, before } => {
                return self.walk_backwards(selection, [after, before], limit, context);
            }
            Position::Start => None,
            Position::After(cell) => Some(cell),
        };
        let begin = position.clone();
        let mut damaged = false;
        loop {
            let why = match self.stretch(selection, &mut position, limit, &mut walk, damaged, context)? {
                End::Page => {
                    walk.next = Some(position.map_or(Position::Start, Position::After));
                    return Ok(walk);
                }
                End::Table => break,
                End::Disorder if has_an_index_of_keys(selection, context) => {
                    let next = Some(Position::ByNumber { after: begin, row: i64::MIN });
                    return Ok(Walk { batch: Batch::default(), rejected: Vec::new(), next });
                }
                End::Disorder => return self.walk_before_disorder(selection, begin, walk.count(), context),
                // What an index knows is looked for from there, and not what a damaged page shows.
                End::Damage(_) if is_known(selection, context)? => {
                    let next = Some(Position::Backwards { after: begin, before: None });
                    return Ok(Walk { batch: Batch::default(), rejected: Vec::new(), next });
                }
                End::Damage(why) => why,
            };
            let room = limit.saturating_sub(walk.count()).max(1);
            let Gap { lost, next, mixed_up } = self.around.gap(selection, position.as_ref(), &why, room, context)?;
            if next.is_none() && !lost.is_empty() && matches!(selection.key, KeyColumns::Columns(_)) {
                walk.next = Some(match has_an_index_of_keys(selection, context) {
                    true => Position::ByNumber { after: position, row: i64::MIN },
                    false => Position::Backwards { after: position, before: None },
                });
                return Ok(walk);
            }
            walk.rejected.extend(lost);
            damaged |= mixed_up;
            match next {
                Some(next) => position = Some(next),
                None => break,
            }
        }
        let begin_of_the_last = Position::WithoutKey(i64::MIN);
        walk.next = self.without_key.is_some().then_some(begin_of_the_last);
        Ok(walk)
    }

    /// Reads on until something ends it, and moves the position along. Rows at its end that are not where they belong
    /// came from a damaged page, and are taken back. Where anything around is `damaged`, an index is asked for more.
    fn stretch(
        &mut self,
        selection: &Selection<'c>,
        position: &mut Option<Cell>,
        limit: usize,
        walk: &mut Walk,
        damaged: bool,
        context: &mut Context<'c>,
    ) -> Result<End> {
        let after = position.clone();
        let mut trail = Trail::default();
        let mut end = self.read_on(selection, position, limit, walk, &mut trail, context)?;
        let Trail { rows: mut trail, first, before_last } = trail;
        if let Some(first) = first {
            let ends = [[after.as_ref(), Some(&first)], [before_last.as_ref(), position.as_ref()]];
            for neighbours in ends {
                if !are_neighbours(selection, neighbours, Side::Behind, context)? {
                    end = End::Disorder;
                }
            }
            return Ok(end);
        }
        while let Some(&(row, mark)) = trail.last() {
            let before = match trail.len().checked_sub(2).and_then(|at| trail.get(at)) {
                Some(&(before, _)) => Step::Row(before),
                None => Step::From(begin(after.as_ref())),
            };
            if self.around.is_next(before, row, context)? {
                break;
            }
            trail.pop();
            walk.batch.take_back(mark, selection.relations.len());
            *position = trail.last().map(|&(row, _)| Cell::Int(row)).or_else(|| after.clone());
            end = End::Damage(out_of_order(context));
        }
        let arrival = match trail.first() {
            Some(&(row, _)) => self.around.arrival(after.as_ref(), row, context)?,
            None => Arrival::Next,
        };
        if let (Arrival::Astray, Some(&(_, mark))) = (arrival, trail.first()) {
            walk.batch.take_back(mark, selection.relations.len());
            *position = after;
            return Ok(End::Damage(out_of_order(context)));
        }
        if !damaged && arrival == Arrival::Next && !matches!(end, End::Damage(_)) {
            return Ok(end);
        }
        let seen: Vec<i64> = trail.iter().map(|(row, _)| *row).collect();
        let unseen = self.around.unseen(selection, begin(after.as_ref()), &seen, damaged, limit, context)?;
        match walk.tell(unseen, trail, position, limit, selection.relations.len()) {
            true => Ok(End::Page),
            false => Ok(end),
        }
    }

    /// The same, with a trail of the rows that it came by.
    fn read_on(
        &mut self,
        selection: &Selection<'c>,
        position: &mut Option<Cell>,
        limit: usize,
        walk: &mut Walk,
        trail: &mut Trail,
        context: &mut Context<'c>,
    ) -> Result<End> {
        let after = position.clone();
        let by_number = matches!(selection.key, KeyColumns::Row(_));
        let mut rows = match &after {
            None => self.first.rows(&[], context)?,
            Some(after) => self.next.rows(after.parts(), context)?,
        };
        for _ in 0..ROWS {
            if walk.count() >= limit || context.decoder.bytes > BYTES {
                return Ok(End::Page);
            }
            context.stop.check()?;
            let row = match rows.next().map_err(|failure| context.failed(failure)) {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(End::Table),
                Err(error) if error.kind() == ErrorKind::Damaged => return Ok(End::Damage(error)),
                Err(error) => return Err(error),
            };
            let key = selection.key_cell(row);
            if !goes_on(selection, row, after.is_some(), position.as_ref(), &key) {
                return Ok(if by_number { End::Damage(out_of_order(context)) } else { End::Disorder });
            }
            match &key {
                Cell::Int(row) if by_number => trail.rows.push((*row, walk.batch.mark())),
                key => _ = trail.first.get_or_insert_with(|| key.clone()),
            }
            walk.batch.add(selection, row, &key, &mut context.decoder)?;
            trail.before_last = position.replace(key);
        }
        Ok(End::Page)
    }
}

impl Walk {
    /// Takes up rows of a stretch that were not in its trail. Where that makes the page too full, what comes last is
    /// left to the next one, and the answer is yes.
    fn tell(
        &mut self,
        unseen: Vec<(i64, Rejection)>,
        mut trail: Vec<(i64, Mark)>,
        position: &mut Option<Cell>,
        limit: usize,
        relations: usize,
    ) -> bool {
        let mut told = i64::MIN;
        for (row, rejection) in unseen {
            let next = trail.get(trail.partition_point(|(seen, _)| *seen < row)).map(|(_, mark)| *mark);
            if next.map_or(self.batch.count(), Mark::count) + self.rejected.len() >= limit {
                if let Some(mark) = next {
                    self.batch.take_back(mark, relations);
                }
                *position = Some(Cell::Int(row.saturating_sub(1)));
                return true;
            }
            self.rejected.push(rejection);
            told = row;
        }
        let mut is_full = false;
        while self.count() > limit
            && let Some((_, mark)) = trail.pop()
        {
            self.batch.take_back(mark, relations);
            *position = Some(Cell::Int(trail.last().map_or(told, |(row, _)| told.max(*row))));
            is_full = true;
        }
        is_full
    }

    pub(super) fn count(&self) -> usize {
        self.batch.count() + self.rejected.len()
    }
}

/// A damaged index can lead in circles: every row must come after the page's beginning, and not be the one before it.
fn goes_on(selection: &Selection<'_>, row: &Row<'_>, checked: bool, last: Option<&Cell>, key: &Cell) -> bool {
    match (&selection.key, last, key) {
        (_, None, _) => true,
        (KeyColumns::Row(_), Some(Cell::Int(last)), Cell::Int(key)) => key > last,
        (KeyColumns::Row(_), ..) => false,
        (KeyColumns::Columns(_), Some(last), key) => {
            let after_the_beginning =
                !checked || cell(row, selection.columns.len()) == rusqlite::types::ValueRef::Integer(1);
            after_the_beginning && key != last
        }
    }
}

pub(super) fn out_of_order(context: &Context<'_>) -> Error {
    let what = "the order of the database's rows is damaged, so that reading would never end; take it from a backup";
    Error::new(ErrorKind::Damaged, format!("{}: {what}", context.store.display()))
}

pub(super) fn numbered_marks(count: usize) -> String {
    (1..=count).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ")
}

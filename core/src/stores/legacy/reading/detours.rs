//! Other ways through a table, where the usual one ends: past a damaged index of its keys, from behind up to a damaged
//! page, and to the rows that have no key.

use super::batch::{Batch, Context};
use super::cell::Cell;
use super::damage::{Bounds, Probe, Side, are_neighbours, first_between, indexes, lost, order};
use super::fields::cell;
use super::place::Position;
use super::scan::{BYTES, Query, ROWS, Scan, Walk, numbered_marks, out_of_order};
use super::selection::{Selection, key_names};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Reason, Rejection};
use crate::stores::legacy::failure::loss;
use crate::stores::legacy::layout::KeyColumns;
use crate::stores::legacy::sql::{column, quoted};

/// Where reading from behind ended.
enum End {
    /// At the other bound.
    Bound,
    /// The page is full.
    Page,
    /// At a row that is not where it belongs.
    Disorder,
    /// At a row that SQLite does not give out, as it says why.
    Damage(Error),
}

impl<'c> Scan<'c> {
    /// Goes on past a damaged index: over the table itself, whose rows with a later key are those not read yet.
    pub(super) fn walk_by_number(
        &mut self,
        selection: &Selection<'c>,
        after: Option<Cell>,
        mut last: i64,
        limit: usize,
        walk: &mut Walk,
        context: &mut Context<'c>,
    ) -> Result<()> {
        let mut query = Query::new(self.by_number(selection, after.is_some()));
        let mut cells: Vec<Cell> = after.iter().flat_map(Cell::parts).cloned().collect();
        cells.push(Cell::Int(last));
        let mut rows = query.rows(&cells, context)?;
        for _ in 0..ROWS {
            if walk.count() >= limit || context.decoder.bytes > BYTES {
                break;
            }
            context.stop.check()?;
            let row = match rows.next().map_err(|failure| context.failed(failure)) {
                Ok(Some(row)) => row,
                Ok(None) => {
                    walk.next = self.without_key.is_some().then_some(Position::WithoutKey(i64::MIN));
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Damaged => {
                    walk.rejected.push(Rejection {
                        entity: selection.name().clone(),
                        key: after.as_ref().unwrap_or(&Cell::Null).key(),
                        column: None,
                        reason: Reason::Unreadable,
                        detail: format!("neither the key's index nor the table can be read after row number {last}"),
                    });
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            match cell(row, selection.columns.len()) {
                rusqlite::types::ValueRef::Integer(number) if number > last => last = number,
                _ => return Err(out_of_order(context)),
            }
            walk.batch.add(selection, row, &selection.key_cell(row), &mut context.decoder)?;
        }
        walk.next = Some(Position::ByNumber { after, row: last });
        Ok(())
    }

    fn by_number(&self, selection: &Selection<'_>, bounded: bool) -> String {
        let names: Vec<String> = key_names(&selection.key).iter().map(|name| column(name)).collect();
        let (list, count) = (names.join(", "), names.len());
        let mut conditions: Vec<String> = names.iter().map(|name| format!("{name} IS NOT NULL")).collect();
        match bounded {
            true => conditions
                .extend([format!("({list}) > ({})", numbered_marks(count)), format!("t.rowid > ?{}", count + 1)]),
            false => conditions.push("t.rowid > ?1".to_owned()),
        }
        let (columns, table, conditions) = (selection.columns.list(), &selection.table, conditions.join(" AND "));
        format!(
            "SELECT {columns}, t.rowid FROM {table} AS t NOT INDEXED WHERE {conditions} ORDER BY t.rowid LIMIT {ROWS}"
        )
    }

    /// Rows without a whole key come last, and each of them is a rejection.
    pub(super) fn walk_without_key(
        &mut self,
        selection: &Selection<'c>,
        after: i64,
        limit: usize,
        walk: &mut Walk,
        context: &Context<'c>,
    ) -> Result<()> {
        let Some(query) = &mut self.without_key else { return Ok(()) };
        let mut rows = query.rows(&[Cell::Int(after)], context)?;
        while let Some(row) = rows.next().map_err(|failure| context.failed(failure))? {
            let key = Cell::of(cell(row, 0));
            walk.rejected.push(Rejection {
                entity: selection.name().clone(),
                key: key.key(),
                column: key_names(&selection.key).first().map(|name| name.as_str().into()),
                reason: Reason::MissingRequired,
                detail: "no primary key; the row is named by its row number".to_owned(),
            });
            if let (true, Cell::Int(row)) = (walk.count() >= limit, key) {
                walk.next = Some(Position::WithoutKey(row));
                break;
            }
        }
        Ok(())
    }

    /// Reads what lies between two keys from behind, up to a page that cannot be read, and tells what is on it.
    pub(super) fn walk_backwards(
        &mut self,
        selection: &Selection<'c>,
        [after, mut before]: [Option<Cell>; 2],
        limit: usize,
        context: &mut Context<'c>,
    ) -> Result<Walk> {
        let mut walk = Walk { batch: Batch::of(limit), rejected: Vec::new(), next: None };
        let begin = before.clone();
        let end = self.read_back(selection, after.as_ref(), &mut before, limit, &mut walk, context)?;
        let is_known = !matches!(end, End::Page) && is_known(selection, context)?;
        let is_left = is_known && {
            let keys = known_keys(selection, [after.as_ref(), before.as_ref()], 1, context)?;
            keys.is_some_and(|keys| !keys.is_empty())
        };
        // A damaged page may look like the end.
        let end = if matches!(end, End::Bound) && is_left { End::Disorder } else { end };
        match end {
            End::Bound => {}
            End::Page => walk.next = Some(Position::Backwards { after, before }),
            End::Disorder if is_known || walk.count() <= 1 => {
                return self.read_each(selection, [after, begin], limit, context);
            }
            // What comes after the wrong row is sound: it is looked for with ever shorter pages.
            End::Disorder => {
                context.decoder.bytes = 0;
                return self.walk_backwards(selection, [after, begin], walk.count() / 2, context);
            }
            // A damaged page may show rows that are not there, and not show others; what an index knows is sure.
            End::Damage(_) if is_known => return self.read_each(selection, [after, begin], limit, context),
            End::Damage(why) => {
                match first_between(selection, [after.as_ref(), before.as_ref()], Side::Behind, context)? {
                    Probe::Key(key)
                        if are_neighbours(selection, [Some(&key), before.as_ref()], Side::Front, context)? =>
                    {
                        let (reason, what) = loss(&why);
                        walk.rejected.push(Rejection { reason, ..lost(selection, &key, what.to_owned()) });
                        walk.next = Some(Position::Backwards { after, before: Some(key) });
                    }
                    _ if walk.count() > 0 => walk.next = Some(Position::Backwards { after, before }),
                    _ => return self.read_each(selection, [after, before], limit, context),
                }
            }
        }
        Ok(walk)
    }

    /// Goes on where rows from this place on, so many of them, are not where they belong.
    pub(super) fn walk_before_disorder(
        &mut self,
        selection: &Selection<'c>,
        begin: Option<Cell>,
        count: usize,
        context: &mut Context<'c>,
    ) -> Result<Walk> {
        let elsewhere = |next| Walk { batch: Batch::default(), rejected: Vec::new(), next: Some(next) };
        if has_an_index_of_keys(selection, context) {
            return Ok(elsewhere(Position::ByNumber { after: begin, row: i64::MIN }));
        }
        if count <= 1 || is_known(selection, context)? {
            return Ok(elsewhere(Position::Backwards { after: begin, before: None }));
        }
        // What comes before the wrong row is sound: it is looked for with ever shorter pages.
        context.decoder.bytes = 0;
        self.walk(selection, begin.map_or(Position::Start, Position::After), count / 2, context)
    }

    /// Reads on from behind until something ends it, and moves the bound along.
    fn read_back(
        &mut self,
        selection: &Selection<'c>,
        after: Option<&Cell>,
        before: &mut Option<Cell>,
        limit: usize,
        walk: &mut Walk,
        context: &mut Context<'c>,
    ) -> Result<End> {
        let bounds = Bounds::of(selection, [after, before.as_ref()]);
        let (columns, table, conditions) = (selection.columns.list(), &selection.table, &bounds.conditions);
        let order = order(selection, Side::Behind);
        let sql = format!(
            "SELECT {columns}, {conditions} FROM {table} AS t WHERE {conditions} ORDER BY {order} LIMIT {ROWS}"
        );
        let mut query = Query::new(sql);
        let mut rows = query.rows(&bounds.cells, context)?;
        let begin = before.clone();
        let mut before_last = None;
        let end = loop {
            if walk.count() >= limit || context.decoder.bytes > BYTES {
                break End::Page;
            }
            context.stop.check()?;
            let row = match rows.next().map_err(|failure| context.failed(failure)) {
                Ok(Some(row)) => row,
                Ok(None) => break End::Bound,
                Err(error) if error.kind() == ErrorKind::Damaged => break End::Damage(error),
                Err(error) => return Err(error),
            };
            let key = selection.key_cell(row);
            let is_within = cell(row, selection.columns.len()) == rusqlite::types::ValueRef::Integer(1);
            if !is_within || before.as_ref() == Some(&key) {
                return Ok(End::Disorder);
            }
            walk.batch.add(selection, row, &key, &mut context.decoder)?;
            before_last = before.replace(key);
        };
        let has_read = *before != begin;
        let is_sound = match end {
            // A wrong row may look like the end.
            End::Bound => are_neighbours(selection, [after, before.as_ref()], Side::Front, context)?,
            _ => true,
        };
        let follows =
            !has_read || are_neighbours(selection, [before.as_ref(), before_last.as_ref()], Side::Front, context)?;
        Ok(if is_sound && follows { end } else { End::Disorder })
    }

    /// Looks for each row by itself that an index knows between two keys, and tells of those that cannot be read.
    /// Where no index can tell, neither end being readable from the other, the rows between are told as one gap.
    fn read_each(
        &mut self,
        selection: &Selection<'c>,
        [after, before]: [Option<Cell>; 2],
        limit: usize,
        context: &mut Context<'c>,
    ) -> Result<Walk> {
        let mut walk = Walk { batch: Batch::of(limit), rejected: Vec::new(), next: None };
        let Some(keys) = known_keys(selection, [after.as_ref(), before.as_ref()], limit, context)? else {
            let what = match &before {
                Some(before) => format!("the rows after this one and before {} cannot be read", before.key()),
                None => "the rows after this one cannot be read".to_owned(),
            };
            let what = format!("{what}: the database's pages under them are damaged");
            walk.rejected.push(lost(selection, after.as_ref().unwrap_or(&Cell::Null), what));
            return Ok(walk);
        };
        let names: Vec<String> = key_names(&selection.key).iter().map(|name| format!("{} = ?", column(name))).collect();
        let (columns, table, names) = (selection.columns.list(), &selection.table, names.join(" AND "));
        let mut query = Query::new(format!("SELECT {columns} FROM {table} AS t WHERE {names}"));
        let full = keys.len() >= limit;
        let last = keys.last().cloned();
        for key in keys {
            context.stop.check()?;
            let mut rows = query.rows(key.parts(), context)?;
            match rows.next().map_err(|failure| context.failed(failure)) {
                Ok(Some(row)) => drop(walk.batch.add(selection, row, &key, &mut context.decoder)?),
                Err(error) if error.kind() != ErrorKind::Damaged => return Err(error),
                Ok(None) | Err(_) => {
                    let what = "the database's pages under this row cannot be read".to_owned();
                    walk.rejected.push(lost(selection, &key, what));
                }
            }
        }
        walk.next = last.filter(|_| full).map(|last| Position::Backwards { after: Some(last), before });
        Ok(walk)
    }
}

/// Whether the table's rows have numbers, and its key an index beside it that can be damaged while they are not.
pub(super) fn has_an_index_of_keys(selection: &Selection<'_>, context: &Context<'_>) -> bool {
    let by_key = matches!(selection.key, KeyColumns::Columns(_));
    by_key && context.connection.prepare(&format!("SELECT rowid FROM {}", selection.table)).is_ok()
}

/// Whether the rows have no numbers and an index beside the table knows them.
pub(super) fn is_known(selection: &Selection<'_>, context: &Context<'_>) -> Result<bool> {
    let by_key = matches!(selection.key, KeyColumns::Columns(_));
    Ok(by_key
        && !has_an_index_of_keys(selection, context)
        && known_keys(selection, [None, None], 1, context)?.is_some())
}

/// The keys between two that an index knows, at most so many; none where no index can tell.
fn known_keys(
    selection: &Selection<'_>,
    between: [Option<&Cell>; 2],
    room: usize,
    context: &Context<'_>,
) -> Result<Option<Vec<Cell>>> {
    let Bounds { list, parts, conditions, cells } = Bounds::of(selection, between);
    let (table, order) = (&selection.table, order(selection, Side::Front));
    for index in indexes(selection, context)? {
        let index = quoted(&index);
        let sql = format!(
            "SELECT {list} FROM {table} AS t INDEXED BY {index} WHERE {conditions} ORDER BY {order} LIMIT {room}"
        );
        let list = || -> rusqlite::Result<Vec<Cell>> {
            let mut statement = context.connection.prepare(&sql)?;
            let key = |row: &rusqlite::Row<'_>| Ok(Cell::join((0..parts).map(|at| Cell::of(cell(row, at))).collect()));
            statement.query_map(rusqlite::params_from_iter(&cells), key)?.collect()
        };
        match list().map_err(|failure| context.failed(failure)) {
            Ok(keys) => return Ok(Some(keys)),
            Err(error) if error.kind() == ErrorKind::Damaged => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

//! Reads one store through one connection: shapes are compiled once, every page is a short transaction of its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rusqlite::Connection;

use super::batch::{Batch, Context};
use super::cell::Cell;
use super::fields::cell;
use super::lookup::Lookup;
use super::place::Position;
use super::scan::{Scan, Walk};
use super::selection::{Line, Selection, key_names};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Key, Reason, Record, Rejection};
use crate::schema::Schema;
use crate::store::{Changes, Cursor, Page, Shape};
use crate::stores::legacy::access::AtRest;
use crate::stores::legacy::coredata::Metadata;
use crate::stores::legacy::coredata::cloudkit;
use crate::stores::legacy::coredata::history::{self, Feed};
use crate::stores::legacy::facts::{Counts, Fact, Facts};
use crate::stores::legacy::failure::{lacks_collation, loss};
use crate::stores::legacy::layout::{EntityLayout, KeyColumns, Layout};
use crate::stores::legacy::sql::{column, quoted};
use crate::stores::legacy::values::LARGEST_VALUE;

/// A page is read again with fewer records where what their relations lead to has more bytes than this.
const RELATED_BYTES: usize = 8 << 20;
/// One record whose relations lead to more than the largest value of all is set aside.
const RELATED_BYTES_OF_ONE: usize = LARGEST_VALUE as usize + RELATED_BYTES;

/// How a layout is found in a store.
pub(crate) type Survey = Box<dyn Fn(&Connection) -> Result<Layout> + Send>;

/// What reads a store.
pub(crate) struct Reader<'c> {
    pub(crate) context: Context<'c>,
    pub(crate) layout: Layout,
    schema: Arc<Schema>,
    survey: Survey,
    at_rest: Option<AtRest>,
    compiled: HashMap<Shape, Compiled<'c>>,
    /// What SQLite counts up when the tables change, and when another connection writes.
    tables: i64,
    rows: i64,
}

/// A shape's selection and its queries.
struct Compiled<'c> {
    selection: Selection<'c>,
    scan: Scan<'c>,
    by_key: Lookup<'c>,
    /// How many records of a page have had room together with what their relations lead to.
    records: usize,
}

impl<'c> Reader<'c> {
    /// A reader that knows nothing of its store yet.
    pub(crate) fn new(context: Context<'c>, at_rest: Option<AtRest>, survey: Survey) -> Self {
        let (layout, schema) = (Layout::default(), Arc::default());
        Self { context, layout, schema, survey, at_rest, compiled: HashMap::new(), tables: 0, rows: 0 }
    }

    /// Reads what the store says of itself.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.in_one_view(|reader| {
            // Asked first: from then on nobody's lock is in the way.
            reader.tables = reader.counter("schema_version")?;
            reader.layout = (reader.survey)(reader.context.connection)?;
            reader.schema = Arc::new(reader.layout.schema.clone());
            Ok(())
        })
    }

    /// Does something in one short read transaction, so that all of it sees the same rows.
    fn in_one_view<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.make_sure_of_rest()?;
        let connection = self.context.connection;
        let view = connection.unchecked_transaction().map_err(|failure| self.context.failed(failure))?;
        let answer = work(self);
        // There is nothing to commit: this only ends the view.
        drop(view);
        // Nor do locks keep it whole where there are none; an error may come of that as well.
        self.make_sure_of_rest()?;
        answer
    }

    fn make_sure_of_rest(&self) -> Result<()> {
        self.at_rest.as_ref().map_or(Ok(()), AtRest::is_still)
    }

    fn counter(&self, name: &str) -> Result<i64> {
        let read = self.context.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0));
        read.map_err(|failure| self.context.failed(failure))
    }

    /// The same, the layout being that of the tables as they are now.
    pub(crate) fn in_current_view<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.in_one_view(|reader| {
            reader.notice_changes()?;
            work(reader)
        })
    }

    fn notice_changes(&mut self) -> Result<()> {
        let tables = self.counter("schema_version")?;
        if tables != self.tables {
            self.compiled.clear();
            let layout = (self.survey)(self.context.connection)?;
            if layout.schema.fingerprint != self.layout.schema.fingerprint {
                let what = "the app has given the store another schema meanwhile; open it again and check the plan";
                let store = self.context.store.display();
                return Err(Error::new(ErrorKind::Changed, format!("{store}: {what}")));
            }
            self.schema = Arc::new(layout.schema.clone());
            self.layout = layout;
            self.tables = tables;
        }
        let rows = self.counter("data_version")?;
        if rows != self.rows {
            self.compiled.values_mut().for_each(|compiled| compiled.selection.forget());
            self.rows = rows;
        }
        Ok(())
    }

    /// What the store says of itself. To be called within a view.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.schema.clone()
    }

    /// A page of the shape's records.
    pub(crate) fn page(&mut self, shape: &Shape, after: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.in_current_view(|reader| {
            let from = Position::of(after, reader.layout.store_id.as_deref(), &shape.entity)?;
            reader.compile(shape)?;
            loop {
                if let Some(page) = reader.page_with_room(shape, from.clone(), limit)? {
                    return Ok(page);
                }
            }
        })
    }

    /// A page from here on; none where its relations lead to too much, and then the next try is a shorter one. The
    /// rows are walked over anew for it, so that the page's end is the walk's own.
    fn page_with_room(&mut self, shape: &Shape, from: Position, limit: usize) -> Result<Option<Page>> {
        let Some(compiled) = self.compiled.get_mut(shape) else { return Err(lost(shape)) };
        let Compiled { selection, scan, records, .. } = compiled;
        let limit = limit.min(*records).max(1);
        self.context.decoder.bytes = 0;
        let Walk { mut batch, mut rejected, next } = scan.walk(selection, from, limit, &mut self.context)?;
        // Rows that are nobody's are reported once, and not by every entity of their table.
        if !shape.claims_strays {
            batch.strays.clear();
            if selection.shares_its_table() {
                rejected.clear();
            }
        }
        rejected.append(&mut batch.strays);
        let count = batch.len();
        self.context.decoder.bytes = 0;
        self.context.room = if count > 1 { RELATED_BYTES } else { RELATED_BYTES_OF_ONE };
        let finished = self.finish(shape, batch, &mut rejected);
        let (is_full, bytes) = (self.context.is_full(), self.context.decoder.bytes);
        self.context.room = usize::MAX;
        let found = finished?;
        if let Some(compiled) = self.compiled.get_mut(shape) {
            if is_full && count > 1 {
                compiled.records = count / 2;
                return Ok(None);
            }
            if bytes < RELATED_BYTES / 4 {
                compiled.records = compiled.records.saturating_mul(2);
            }
        }
        let store = self.layout.store_id.as_deref();
        let next = next.map(|position| position.cursor(store, &shape.entity)).transpose()?;
        Ok(Some(Page { records: found, rejected, next }))
    }

    fn finish(&mut self, shape: &Shape, mut batch: Batch, rejected: &mut Vec<Rejection>) -> Result<Vec<Record>> {
        let Some(compiled) = self.compiled.get_mut(shape) else { return Err(lost(shape)) };
        compiled.selection.resolve(&mut batch, &mut self.context)?;
        if self.context.is_full() {
            // What was found is not whole, and must not be remembered either.
            compiled.selection.forget();
            let what = format!("its relations lead to more than {RELATED_BYTES_OF_ONE} bytes");
            batch.set_aside(Reason::TooLarge, &what);
        }
        let (records, mut bad) = batch.sorted();
        rejected.append(&mut bad);
        Ok(records)
    }

    /// Those of these records that are there now, and what could not be read of them, in no order. To be called
    /// within a view.
    fn these(&mut self, shape: &Shape, keys: &[Key]) -> Result<(Vec<Record>, Vec<Rejection>)> {
        self.compile(shape)?;
        let mut found = (Vec::new(), Vec::new());
        let mut keys: &[Cell] = &keys.iter().map(Cell::from).collect::<Vec<_>>();
        while !keys.is_empty() {
            let (portion, rest) = keys.split_at(Lookup::portion(keys.len()));
            match self.add_these(shape, portion, &mut found) {
                // One damaged page must not take the others with it.
                Err(error) if error.kind() == ErrorKind::Damaged => self.add_each(shape, portion, &mut found)?,
                done => done?,
            }
            keys = rest;
        }
        Ok(found)
    }

    /// Adds all of these, or none.
    fn add_these(
        &mut self,
        shape: &Shape,
        keys: &[Cell],
        (records, rejected): &mut (Vec<Record>, Vec<Rejection>),
    ) -> Result<()> {
        let Some(compiled) = self.compiled.get_mut(shape) else { return Err(lost(shape)) };
        let hits = compiled.by_key.find(keys, &compiled.selection, &mut self.context)?;
        records.append(&mut self.finish(shape, hits.batch, rejected)?);
        // A row of no entity is there nonetheless, and nobody may take it for deleted.
        rejected.extend(hits.misses.into_iter().filter_map(|(_, stray)| stray));
        Ok(())
    }

    fn add_each(&mut self, shape: &Shape, keys: &[Cell], found: &mut (Vec<Record>, Vec<Rejection>)) -> Result<()> {
        for key in keys {
            match self.add_these(shape, std::slice::from_ref(key), found) {
                Err(error) if error.kind() == ErrorKind::Damaged => {
                    let (entity, (reason, what)) = (shape.entity.clone(), loss(&error));
                    found.1.push(Rejection { entity, key: key.key(), column: None, reason, detail: what.to_owned() });
                }
                done => done?,
            }
        }
        Ok(())
    }

    /// What changed in records of these shapes since the cursor.
    pub(crate) fn changes(&mut self, shapes: &[Shape], since: Option<&Cursor>, limit: usize) -> Result<Changes> {
        self.in_current_view(|reader| {
            reader.context.decoder.bytes = 0;
            let feed = Feed::of(&reader.layout, reader.context.connection, reader.context.store.clone());
            feed.changes(shapes, since, limit, &mut |shape, keys| reader.these(shape, keys))
        })
    }

    /// What the store keeps beside its rows.
    pub(crate) fn facts(&mut self) -> Result<Facts> {
        self.in_current_view(|reader| {
            let connection = reader.context.connection;
            let is_core_data = reader.layout.entities.iter().any(|entity| entity.number.is_some());
            let framework = match is_core_data {
                true => Metadata::read(connection).map_err(|failure| reader.context.failed(failure))?.framework,
                false => None,
            };
            let history = if is_core_data { history::facts(connection) } else { Ok(None) };
            let history = reader.unless_damaged(history)?.map_or(Fact::Unreadable, Fact::from);
            let cloudkit = cloudkit::facts(connection, &reader.layout);
            let cloudkit = reader.unless_damaged(cloudkit)?.map_or(Fact::Unreadable, Fact::from);
            Ok(Facts { framework, history, cloudkit })
        })
    }

    fn compile(&mut self, shape: &Shape) -> Result<()> {
        if self.compiled.contains_key(shape) {
            return Ok(());
        }
        let mut selection = Selection::compile(&self.layout, shape, Line::Itself)?;
        let keys: Vec<String> = key_names(&selection.key).iter().map(|name| column(name)).collect();
        let from = format!("{} AS t", selection.table);
        let by_key = Lookup::new(&mut selection, &from, &keys, &[]);
        let nullable = self.key_can_be_null(&selection)?;
        let scan = Scan::new(&selection, nullable);
        self.compiled.insert(shape.clone(), Compiled { selection, scan, by_key, records: usize::MAX });
        Ok(())
    }

    /// SQLite lets a primary key be null, unless it is a row number, declared otherwise, or all that there is.
    fn key_can_be_null(&self, selection: &Selection<'_>) -> Result<bool> {
        let KeyColumns::Columns(names) = &selection.key else { return Ok(false) };
        let has_row_numbers =
            self.context.connection.prepare(&format!("SELECT rowid FROM {}", selection.table)).is_ok();
        let columns = || -> rusqlite::Result<Vec<(String, bool)>> {
            let mut statement = self.context.connection.prepare(&format!("PRAGMA table_info({})", selection.table))?;
            statement.query_map([], |row| Ok((row.get("name")?, row.get("notnull")?)))?.collect()
        };
        let columns = columns().map_err(|failure| self.context.failed(failure))?;
        Ok(has_row_numbers && columns.iter().any(|(name, required)| !required && names.contains(name)))
    }

    /// How many rows each entity has, in the schema's order, and how many are of none.
    pub(crate) fn counts(&mut self) -> Result<Counts> {
        self.in_current_view(|reader| {
            let mut shared = HashMap::new();
            let mut counts = Counts::default();
            for entity in &reader.layout.entities {
                let count = match entity.number {
                    Some(number) if reader.shares_its_table(entity) => {
                        let table = match shared.entry(entity.table.as_str()) {
                            Entry::Occupied(known) => known.into_mut(),
                            Entry::Vacant(new) => {
                                let table = new.insert(reader.counts_by_number(&entity.table)?);
                                let strays = table.as_ref().map_or(0, |(_, strays)| *strays);
                                if strays > 0 {
                                    counts.strays.push((entity.table.clone(), strays));
                                }
                                table
                            }
                        };
                        table.as_ref().map(|(table, _)| table.get(&number).copied().unwrap_or(0))
                    }
                    _ => reader.count(&entity.table)?,
                };
                counts.entities.push((entity.name.clone(), count));
            }
            Ok(counts)
        })
    }

    /// How many rows the entity has, where that costs no more than a walk over an index and nothing is damaged.
    pub(crate) fn estimate(&mut self, entity: &str) -> Result<Option<u64>> {
        self.in_current_view(|reader| match reader.layout.entity(entity) {
            Some((_, entity)) if !reader.shares_its_table(entity) => reader.count(&entity.table),
            _ => Ok(None),
        })
    }

    fn shares_its_table(&self, entity: &EntityLayout) -> bool {
        self.layout.entities.iter().filter(|other| other.table == entity.table).count() > 1
    }

    fn count(&self, table: &str) -> Result<Option<u64>> {
        let count = |how: &str| {
            let sql = format!("SELECT count(*) FROM {}{how}", quoted(table));
            self.context.connection.query_row(&sql, [], |row| row.get::<_, i64>(0))
        };
        let count = count("").or_else(|failure| match lacks_collation(&failure) {
            true => count(" NOT INDEXED"),
            false => Err(failure),
        });
        self.unless_damaged(count.map(i64::unsigned_abs))
    }

    /// The rows of a table by the numbers of its entities, and how many bear none of them.
    fn counts_by_number(&self, table: &str) -> Result<Option<(HashMap<i64, u64>, u64)>> {
        let numbers = self.numbers_in(table);
        let sql = format!("SELECT \"Z_ENT\", count(*) FROM {} GROUP BY 1", quoted(table));
        let counts = || -> rusqlite::Result<(HashMap<i64, u64>, u64)> {
            let mut statement = self.context.connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let (mut counts, mut strays) = (HashMap::new(), 0);
            while let Some(row) = rows.next()? {
                let count = row.get::<_, i64>(1)?.unsigned_abs();
                match Cell::of(cell(row, 0)) {
                    Cell::Int(number) if numbers.contains(&number) => drop(counts.insert(number, count)),
                    _ => strays += count,
                }
            }
            Ok((counts, strays))
        };
        self.unless_damaged(counts())
    }

    /// The numbers that rows of this table may bear.
    fn numbers_in(&self, table: &str) -> Vec<i64> {
        let described = self.layout.schema.entities.iter().zip(&self.layout.entities);
        described
            .filter(|(said, entity)| !said.is_abstract && entity.table == table)
            .filter_map(|(_, entity)| entity.number)
            .collect()
    }

    /// The answer, or none where damaged pages keep it from us: the rest of the store is read nonetheless.
    fn unless_damaged<T>(&self, answer: rusqlite::Result<T>) -> Result<Option<T>> {
        match answer.map_err(|failure| self.context.failed(failure)) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind() == ErrorKind::Damaged => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn lost(shape: &Shape) -> Error {
    Error::new(ErrorKind::Bug, format!("the shape of {} was compiled and is not there", shape.entity))
}

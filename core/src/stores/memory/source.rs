//! Records that are read from memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::tables::{Entry, Reader, Row, Tables, table_of};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Key, Kind, Map, Name, Reason, RecordId, Rejection, Timestamp};
use crate::schema::{ENTITY, Entity, Field, KEY, Schema};
use crate::store::{Answer, Change, Changes, Cursor, Operation, Page, Shape, Source};

/// A source in memory. It is relational where its schema lists entities, a document store where its schema is open,
/// and keeps a history of its changes.
///
/// ```
/// use rehome_core::record::{Map, Value};
/// use rehome_core::schema::Schema;
/// use rehome_core::store::{Shape, Source};
/// use rehome_core::stores::memory::MemorySource;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = MemorySource::new(Schema { store: "firestore".into(), open: true, ..Schema::default() });
/// store.put_document("users/ann/journal/2024-01-31", Map::from([("mood".to_owned(), Value::from("calm"))]));
///
/// let shape = Shape::of("users/{userId}/journal/{date}", &["mood"]);
/// let page = store.page(&shape, None, 10).await.unwrap();
/// assert_eq!(page.records[0].id.key.to_string(), "ann,2024-01-31");
/// # });
/// ```
pub struct MemorySource {
    schema: Arc<Schema>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tables: Tables,
    history: Vec<Event>,
    /// How many events were there before those in `history`.
    forgotten: usize,
    acknowledged: usize,
}

struct Event {
    table: String,
    key: Key,
    before: Option<Row>,
    after: Option<Row>,
}

impl MemorySource {
    /// A store with this schema and nothing in it.
    pub fn new(mut schema: Schema) -> Self {
        for entity in &mut schema.entities {
            entity.system = [KEY, ENTITY].map(|name| Field::new(name, Kind::String)).into();
        }
        Self { schema: Arc::new(schema), state: Mutex::default() }
    }

    /// Puts a record there, in place of what was there; the links of one that was there stay.
    pub fn put(&self, entity: &str, key: Key, fields: Map) {
        self.state().change(table_of(entity), key, |row| {
            let links = row.map(|row| row.links).unwrap_or_default();
            Some(Row { fields, links })
        });
    }

    /// Puts a document at an address: collections and ids in turn.
    pub fn put_document(&self, address: &str, fields: Map) {
        let (collections, ids): (Vec<_>, Vec<_>) = address.split('/').enumerate().partition(|(at, _)| at % 2 == 0);
        let table = collections.iter().map(|(_, name)| format!("{name}/{{}}")).collect::<Vec<_>>().join("/");
        let key = Key::Parts(ids.into_iter().map(|(_, id)| Key::Text(id.to_owned())).collect());
        self.put(&table, key, fields);
    }

    /// Lets a relation of a record lead to these, in this order. The relation's inverse follows by itself.
    pub fn link(&self, from: &RecordId, relation: &str, to: &[RecordId]) {
        self.state().change(table_of(&from.entity), from.key.clone(), |row| {
            let mut row = row.unwrap_or_default();
            row.links.insert(relation.into(), to.to_vec());
            Some(row)
        });
    }

    /// Takes a record away.
    pub fn delete(&self, id: &RecordId) {
        self.state().change(table_of(&id.entity), id.key.clone(), |_| None);
    }

    /// Puts a row there that cannot be read, for this reason.
    pub fn put_broken(&self, rejection: Rejection) {
        let mut state = self.state();
        let table = state.tables.entry(table_of(&rejection.entity)).or_default();
        table.insert(rejection.key.clone(), Entry::Broken(rejection));
    }

    /// Forgets all changes so far, as stores do that purge their history.
    pub fn purge_history(&self) {
        let mut state = self.state();
        state.forgotten = state.now();
        state.history.clear();
    }

    /// Up to where somebody said that the changes are safe elsewhere.
    pub fn acknowledged(&self) -> Cursor {
        Cursor::new(self.state().acknowledged.to_string())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half done in here: each change is one insertion or removal.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a shape that asks for what the schema does not have.
    fn check(&self, shape: &Shape) -> Result<()> {
        let Some(entity) = self.schema.entity(&shape.entity) else {
            return if self.schema.open { Ok(()) } else { Err(unknown("entity", &shape.entity)) };
        };
        let has = |name: &Name| entity.open || entity.field(name).is_some();
        if let Some(name) = shape.fields.iter().find(|name| !has(name)) {
            return Err(unknown("field", &format!("{}.{name}", shape.entity)));
        }
        shape.relations.iter().try_for_each(|relation| self.check_relation(entity, relation))
    }

    fn check_relation(&self, entity: &Entity, relation: &crate::store::RelationShape) -> Result<()> {
        if relation.join == crate::store::Join::Known && entity.relation(&relation.name).is_none() {
            return Err(unknown("relation", &format!("{}.{}", entity.name, relation.name)));
        }
        self.check(&relation.shape)
    }

    fn read_page(&self, shape: &Shape, after: Option<&Cursor>, limit: usize) -> Result<Page> {
        self.check(shape)?;
        let after = after.map(key_at).transpose()?;
        let state = self.state();
        let reader = Reader { schema: &self.schema, tables: &state.tables };
        let mut page = Page { records: Vec::new(), rejected: Vec::new(), next: None };

        let empty = BTreeMap::new();
        let entries = state.tables.get(&table_of(&shape.entity)).unwrap_or(&empty);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let is_ours = |entry: &Entry| match entry {
            Entry::Broken(rejection) => shape.claims_strays || rejection.reason != Reason::UnknownEntity,
            Entry::Row(_) => true,
        };
        let mut entries = entries.range((start, Bound::Unbounded)).filter(|(_, entry)| is_ours(entry)).peekable();
        for (key, entry) in entries.by_ref().take(limit.max(1)) {
            match entry {
                Entry::Broken(rejection) => page.rejected.push(rejection.clone()),
                Entry::Row(row) => match reader.record(shape, key, row) {
                    Ok(record) => page.records.push(record),
                    Err(rejection) => page.rejected.push(rejection),
                },
            }
            page.next = Some(cursor_at(key)?);
        }
        if entries.peek().is_none() {
            page.next = None;
        }
        Ok(page)
    }

    fn read_changes(&self, shapes: &[Shape], since: Option<&Cursor>, limit: usize) -> Result<Changes> {
        shapes.iter().try_for_each(|shape| self.check(shape))?;
        let state = self.state();
        let now = state.now();
        let since = since.map_or(Ok(now), |cursor| event_at(cursor, now))?;
        let Some(seen) = since.checked_sub(state.forgotten) else {
            let why = "the store has purged the changes since then".to_owned();
            return Ok(Changes::StartOver { why, next: Cursor::new(now.to_string()) });
        };
        let end = state.history.len().min(seen.saturating_add(limit.max(1)));
        let (mut changes, mut rejected) = (Vec::new(), Vec::new());
        for (index, event) in state.history[seen..end].iter().enumerate() {
            let Some(shape) = shapes.iter().find(|shape| table_of(&shape.entity) == event.table) else { continue };
            match self.change(shape, event, since + index, &state.tables) {
                Ok(change) => changes.push(change),
                Err(rejection) => rejected.push(rejection),
            }
        }
        let next = Cursor::new((state.forgotten + end).to_string());
        Ok(Changes::Some { changes, rejected, next, more: end < state.history.len() })
    }

    fn change(&self, shape: &Shape, event: &Event, number: usize, tables: &Tables) -> Result<Change, Rejection> {
        let reader = Reader { schema: &self.schema, tables };
        let record = |row: &Row| reader.record(shape, &event.key, row);
        Ok(Change {
            id: RecordId { entity: shape.entity.clone(), key: event.key.clone() },
            operation: match (&event.before, &event.after) {
                (None, _) => Operation::Insert,
                (Some(_), Some(_)) => Operation::Update,
                (Some(_), None) => Operation::Delete,
            },
            // What was there may lead to records that are gone by now.
            before: event.before.as_ref().and_then(|row| record(row).ok()),
            after: event.after.as_ref().map(record).transpose()?,
            // Its own clock: a millisecond a change.
            at: i64::try_from(number).ok().map(Timestamp::from_millis),
            event: Some(number.to_string()),
        })
    }
}

impl State {
    fn now(&self) -> usize {
        self.forgotten + self.history.len()
    }

    fn change(&mut self, table: String, key: Key, change: impl FnOnce(Option<Row>) -> Option<Row>) {
        let rows = self.tables.entry(table.clone()).or_default();
        let before = match rows.remove(&key) {
            Some(Entry::Row(row)) => Some(row),
            Some(Entry::Broken(_)) | None => None,
        };
        let after = change(before.clone());
        if let Some(row) = &after {
            rows.insert(key.clone(), Entry::Row(row.clone()));
        }
        if before != after {
            self.history.push(Event { table, key, before, after });
        }
    }
}

impl Source for MemorySource {
    fn schema(&self) -> Answer<'_, Arc<Schema>> {
        Box::pin(async { Ok(self.schema.clone()) })
    }

    fn page<'a>(&'a self, shape: &'a Shape, after: Option<&'a Cursor>, limit: usize) -> Answer<'a, Page> {
        Box::pin(async move { self.read_page(shape, after, limit) })
    }

    fn estimate<'a>(&'a self, entity: &'a str) -> Answer<'a, Option<u64>> {
        Box::pin(async move { Ok(self.state().tables.get(&table_of(entity)).map(|rows| rows.len() as u64)) })
    }

    fn changes<'a>(&'a self, shapes: &'a [Shape], since: Option<&'a Cursor>, limit: usize) -> Answer<'a, Changes> {
        Box::pin(async move { self.read_changes(shapes, since, limit) })
    }

    fn acknowledge<'a>(&'a self, cursor: &'a Cursor) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut state = self.state();
            let upto = event_at(cursor, state.now())?;
            state.acknowledged = state.acknowledged.max(upto);
            Ok(())
        })
    }
}

fn unknown(what: &str, name: &str) -> Error {
    Error::new(ErrorKind::BadInput, format!("the store has no {what} `{name}`; its schema lists what it has"))
}

fn foreign() -> Error {
    Error::new(ErrorKind::Changed, "the cursor was made for another store; read everything again")
}

fn cursor_at(key: &Key) -> Result<Cursor> {
    let text =
        serde_json::to_string(key).map_err(|cause| Error::new(ErrorKind::Bug, "a key has no text").because(cause))?;
    Ok(Cursor::new(text))
}

fn key_at(cursor: &Cursor) -> Result<Key> {
    serde_json::from_str(cursor.as_str()).map_err(|cause| foreign().because(cause))
}

fn event_at(cursor: &Cursor, now: usize) -> Result<usize> {
    cursor.as_str().parse().ok().filter(|event| *event <= now).ok_or_else(foreign)
}

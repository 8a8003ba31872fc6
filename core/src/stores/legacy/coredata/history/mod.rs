//! Core Data's persistent history as a feed of changes: what was inserted, updated and deleted since a cursor.
//!
//! The history names objects and keeps no values, so every object that changed is read again from its row as it is
//! now. What became of it is decided by that row: there is one or there is not. An object that was inserted and
//! deleted again is therefore told as deleted and not passed over, since a page may have shown it in between; to
//! delete what never arrived does no harm.

mod cursor;
mod log;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::Connection;

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Key, Name, Record, RecordId, Rejection, Timestamp};
use crate::store::{Change, Changes, Cursor, Operation, Shape};
use crate::stores::legacy::failure::explain;
use crate::stores::legacy::layout::{EntityLayout, Layout};
use cursor::Place;
use log::{Entry, Log};

pub use log::HistoryFacts;

/// Reads records of a shape again by their keys: those that are there, and what could not be read of them.
pub(crate) type Reread<'a> = dyn FnMut(&Shape, &[Key]) -> Result<(Vec<Record>, Vec<Rejection>)> + 'a;

/// What a store's history says of itself; `None` where the store keeps none.
pub(crate) fn facts(connection: &Connection) -> rusqlite::Result<Option<HistoryFacts>> {
    Log::find(connection)?.map(|log| log.facts()).transpose()
}

/// The history of one store.
pub(crate) struct Feed<'c> {
    connection: &'c Connection,
    /// The store's path, for messages.
    file: PathBuf,
    store: Option<String>,
    fingerprint: String,
    /// The entities' names by their numbers.
    entities: HashMap<i64, Name>,
}

impl<'c> Feed<'c> {
    pub(crate) fn of(layout: &Layout, connection: &'c Connection, file: PathBuf) -> Self {
        let numbered = |entity: &EntityLayout| Some((entity.number?, entity.name.clone()));
        Self {
            connection,
            file,
            store: layout.store_id.clone(),
            fingerprint: layout.schema.fingerprint.clone(),
            entities: layout.entities.iter().filter_map(numbered).collect(),
        }
    }

    /// What changed since the cursor in records of these shapes: at most `limit` entries of the history are read.
    /// To be called within one view, so that the history and the rows are of one moment.
    pub(crate) fn changes(
        &self,
        shapes: &[Shape],
        since: Option<&Cursor>,
        limit: usize,
        reread: &mut Reread<'_>,
    ) -> Result<Changes> {
        let failed = |failure: rusqlite::Error| explain(failure, &self.file);
        let since = since.map(Place::parse).transpose()?;
        let Some(log) = self.log().map_err(failed)? else {
            return match since {
                Some(_) => self.start_over("the store keeps no history any more", Place::default()),
                None => Err(self.keeps_none()),
            };
        };
        let now = log.now().map_err(failed)?;
        let Some(since) = since else {
            let next = self.sealed(now).cursor()?;
            return Ok(Changes::Some { changes: Vec::new(), rejected: Vec::new(), next, more: false });
        };
        if let Some(why) = self.gap(&since, &now, &log).map_err(failed)? {
            return self.start_over(why, now);
        }
        let Some(read) = log.after(&since, limit.max(1)).map_err(failed)? else {
            return self.start_over("an entry of the store's history cannot be read", now);
        };
        let next = match read.entries.last() {
            Some(last) => Place { transaction: last.transaction, change: last.change, at: last.at, ..since },
            None => since,
        };
        let (changes, rejected) = self.look_again(&read.entries, shapes, reread)?;
        Ok(Changes::Some { changes, rejected, next: self.sealed(next).cursor()?, more: read.more })
    }

    /// Only Core Data's stores number their entities, and only those keep such a history.
    fn log(&self) -> rusqlite::Result<Option<Log<'c>>> {
        if self.entities.is_empty() { Ok(None) } else { Log::find(self.connection) }
    }

    fn keeps_none(&self) -> Error {
        let what = "the store keeps no history of its changes; what changed is found by reading everything again";
        Error::new(ErrorKind::Unsupported, format!("{}: {what}", self.file.display()))
    }

    /// Why the history does not tell all that happened since the cursor.
    fn gap(&self, since: &Place, now: &Place, log: &Log<'_>) -> rusqlite::Result<Option<&'static str>> {
        if since.store != self.store {
            return Ok(Some("the store is another one than when the cursor was made"));
        }
        if since.fingerprint != self.fingerprint {
            return Ok(Some(
                "the app has given the store another schema since, and with it other numbers to its entities",
            ));
        }
        if since.transaction > now.transaction {
            return Ok(Some("the store is older than the cursor, as after a backup was restored"));
        }
        if since.transaction == 0 {
            return Ok(log.first()?.filter(|&first| first > 1).map(|_| PURGED));
        }
        Ok(match log.time_of(since.transaction)? {
            // The same number for another save: the store went back to a backup and on from there.
            Some(at) if at != since.at => {
                Some("the store's history went another way since, as after a backup was restored")
            }
            Some(_) => None,
            None => log.first()?.filter(|&first| first > since.transaction + 1).map(|_| PURGED),
        })
    }

    fn start_over(&self, why: &str, now: Place) -> Result<Changes> {
        Ok(Changes::StartOver { why: why.to_owned(), next: self.sealed(now).cursor()? })
    }

    /// The place as one of this store.
    fn sealed(&self, place: Place) -> Place {
        Place { store: self.store.clone(), fingerprint: self.fingerprint.clone(), ..place }
    }

    /// Reads every object that the entries name once, and says what became of it.
    fn look_again(
        &self,
        entries: &[Entry],
        shapes: &[Shape],
        reread: &mut Reread<'_>,
    ) -> Result<(Vec<Change>, Vec<Rejection>)> {
        let mut touched: Vec<(usize, Change)> = Vec::new();
        let mut rejected = Vec::new();
        for shape in shapes {
            let mut objects = self.objects_of(shape, entries);
            if objects.is_empty() {
                continue;
            }
            let keys: Vec<Key> = objects.keys().copied().map(Key::Int).collect();
            let (records, mut bad) = reread(shape, &keys)?;
            for rejection in &bad {
                forget(&mut objects, &rejection.key);
            }
            rejected.append(&mut bad);
            for record in records {
                let Some(object) = forget(&mut objects, &record.id.key) else { continue };
                let operation = if object.inserted { Operation::Insert } else { Operation::Update };
                touched.push((object.last, object.change(entries, record.id.clone(), operation, Some(record))));
            }
            // Neither read nor set aside: their rows are gone.
            for (key, object) in objects {
                let id = RecordId { entity: shape.entity.clone(), key: Key::Int(key) };
                touched.push((object.last, object.change(entries, id, Operation::Delete, None)));
            }
        }
        touched.sort_by_key(|(last, _)| *last);
        Ok((touched.into_iter().map(|(_, change)| change).collect(), rejected))
    }

    /// The objects of the shape's very entity that the entries name, by primary key.
    fn objects_of(&self, shape: &Shape, entries: &[Entry]) -> HashMap<i64, Object> {
        let mut objects: HashMap<i64, Object> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if self.entities.get(&entry.entity) == Some(&shape.entity) {
                let object = objects.entry(entry.key).or_default();
                object.inserted |= entry.is_insert();
                object.last = index;
            }
        }
        objects
    }
}

const PURGED: &str = "the app has removed a part of the store's history that was not read yet";

fn forget(objects: &mut HashMap<i64, Object>, key: &Key) -> Option<Object> {
    match key {
        Key::Int(key) => objects.remove(key),
        _ => None,
    }
}

/// What the entries that were read say of one object.
#[derive(Clone, Copy, Default)]
struct Object {
    inserted: bool,
    /// The position of the last entry that names it.
    last: usize,
}

impl Object {
    fn change(self, entries: &[Entry], id: RecordId, operation: Operation, after: Option<Record>) -> Change {
        let entry = entries.get(self.last);
        Change {
            id,
            operation,
            before: None,
            after,
            at: entry.and_then(|entry| Timestamp::from_mac(f64::from_bits(entry.at?))),
            event: entry.map(|entry| format!("{}.{}", entry.transaction, entry.change)),
        }
    }
}

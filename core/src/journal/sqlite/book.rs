//! The open file, and how something is read from it or written to it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::aside;
use super::failure::{Done, Fault};
use super::marks::KnownMarks;
use super::parents::Parents;
use super::places::KnownPlaces;
use crate::error::Result;
use crate::record::Name;

/// The open file. Everything in it happens on one thread.
pub(super) struct Book {
    connection: Connection,
    /// None where it is in memory.
    path: Option<PathBuf>,
    /// Whether it is only read, beside others who write it.
    is_read_only: bool,
    memory: Memory,
}

/// What outlives what, once a write is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlives {
    /// The end of the process. What is lost with power alone has no meaning after it.
    Process,
    /// The loss of power.
    Power,
}

impl Book {
    pub(super) fn new(connection: Connection, path: Option<PathBuf>) -> Self {
        Self { connection, path, is_read_only: false, memory: Memory::default() }
    }

    /// A file that is only read, beside others who write it.
    pub(super) fn to_read(connection: Connection, path: PathBuf) -> Self {
        Self { is_read_only: true, ..Self::new(connection, Some(path)) }
    }

    /// Reads in one view of the file.
    pub(super) fn read<T>(&mut self, work: impl FnOnce(&mut Page<'_>) -> Done<T>) -> Result<T> {
        self.turn(TransactionBehavior::Deferred, work)
    }

    /// Writes all or nothing.
    pub(super) fn write<T>(&mut self, outlives: Outlives, work: impl FnOnce(&mut Page<'_>) -> Done<T>) -> Result<T> {
        let level = match outlives {
            Outlives::Process => "PRAGMA synchronous = NORMAL",
            Outlives::Power => "PRAGMA synchronous = FULL",
        };
        self.on_connection(|connection| Ok(connection.execute_batch(level)?))?;
        self.turn(TransactionBehavior::Immediate, work)
    }

    /// Does something that no transaction may be around.
    pub(super) fn on_connection<T>(&mut self, work: impl FnOnce(&mut Connection) -> Done<T>) -> Result<T> {
        let done = work(&mut self.connection);
        self.told(done)
    }

    /// Deletes all files that were put aside.
    pub(super) fn delete_put_aside(&self) -> Result<()> {
        self.path.as_deref().map_or(Ok(()), aside::delete)
    }

    fn turn<T>(&mut self, kind: TransactionBehavior, work: impl FnOnce(&mut Page<'_>) -> Done<T>) -> Result<T> {
        let Self { connection, memory, .. } = self;
        let done = Transaction::new(connection, kind).map_err(Fault::from).and_then(|transaction| {
            memory.hold_against(&transaction)?;
            let done = work(&mut Page { sql: &transaction, memory })?;
            transaction.commit()?;
            Ok(done)
        });
        if done.is_err() {
            // Numbers that were given in what did not happen may be given to others.
            self.memory = Memory::default();
        }
        self.told(done)
    }

    fn told<T>(&self, done: Done<T>) -> Result<T> {
        done.map_err(|fault| {
            if let Some(path) = self.path.as_ref().filter(|_| fault.is_damage() && !self.is_read_only) {
                aside::mark(path);
            }
            fault.explain(self.path.as_deref().unwrap_or(Path::new(":memory:")))
        })
    }
}

/// The file within one transaction.
pub(super) struct Page<'b> {
    pub(super) sql: &'b Connection,
    pub(super) memory: &'b mut Memory,
}

/// What is known of the file without reading it again, as long as nobody else writes it.
#[derive(Default)]
pub(super) struct Memory {
    /// Another one after each write of another process.
    version: i64,
    names: Names,
    pub(super) parents: Parents,
    /// Of the scope that was asked for last.
    pub(super) marks: Option<KnownMarks>,
    /// Of the scope that was asked for last.
    pub(super) places: Option<KnownPlaces>,
}

impl Memory {
    fn hold_against(&mut self, sql: &Connection) -> Done<()> {
        let version = sql.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        if version != self.version {
            *self = Self { version, ..Self::default() };
        }
        Ok(())
    }
}

/// The entities' names, which the ledger has as numbers.
#[derive(Default)]
struct Names {
    numbers: HashMap<Name, i64>,
    names: HashMap<i64, Name>,
}

impl Names {
    fn keep(&mut self, number: i64, name: Name) {
        self.numbers.insert(name.clone(), number);
        self.names.insert(number, name);
    }
}

impl Page<'_> {
    /// The number of an entity, where the journal has one.
    pub(super) fn entity(&mut self, name: &str) -> Done<Option<i64>> {
        if let Some(&number) = self.memory.names.numbers.get(name) {
            return Ok(Some(number));
        }
        let query = self.sql.query_row("SELECT id FROM entity WHERE name = ?1", [name], |row| row.get(0));
        let number = query.optional()?;
        if let Some(number) = number {
            self.memory.names.keep(number, name.into());
        }
        Ok(number)
    }

    /// The number of an entity, a new one where there was none.
    pub(super) fn entity_or_new(&mut self, name: &Name) -> Done<i64> {
        if let Some(number) = self.entity(name)? {
            return Ok(number);
        }
        self.sql.execute("INSERT INTO entity (name) VALUES (?1)", [&**name])?;
        let number = self.sql.last_insert_rowid();
        self.memory.names.keep(number, name.clone());
        Ok(number)
    }

    /// The entity of a number.
    pub(super) fn entity_name(&mut self, number: i64) -> Done<Name> {
        if let Some(name) = self.memory.names.names.get(&number) {
            return Ok(name.clone());
        }
        let query = self.sql.query_row("SELECT name FROM entity WHERE id = ?1", [number], |row| row.get(0));
        let name: String = query.optional()?.ok_or_else(|| Fault::damaged("an entity"))?;
        let name: Name = name.into();
        self.memory.names.keep(number, name.clone());
        Ok(name)
    }
}

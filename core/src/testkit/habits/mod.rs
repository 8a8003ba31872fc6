//! Makes the store of a habit app as SwiftData would have written it: for tests, and for who wants to see the tool
//! at work without a phone at hand.
//!
//! ```
//! use rehome_core::testkit::habits::{Options, generate};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let truth = generate(&folder.path().join("default.store"), &Options::default()).unwrap();
//! assert_eq!(truth.rows("Completion"), 1000);
//! ```

mod cell;
mod cloud;
mod completions;
mod damage;
mod history;
mod icon;
mod model;
mod model_cache;
mod people;
mod random;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

pub use damage::Damage;

use crate::error::{Error, ErrorKind, Result};
use crate::record::hex::uuid_text;
use completions::Completions;
use model::ENTITIES;
use people::People;
use random::Random;

/// Noon of the first of September 2026, in seconds since 2001: the store's present, the same whenever it is made.
const NOW: f64 = 809_956_800.0;
const DAY: f64 = 86_400.0;

/// What kind of store to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How many completions; every fourth brings an XP event.
    pub completions: u64,
    /// How many users share the device.
    pub users: u64,
    /// How many habits each of them has.
    pub habits: u64,
    /// What becomes of the damaged completions; with [`Damage::MissingIcon`] some habits lose their icon's file.
    pub damage: Vec<Damage>,
    /// How many of the completions are damaged, from 0 to 1.
    pub damaged_share: f64,
    /// How many of the last completions are in the write-ahead log alone, as while the app runs.
    pub wal_tail: u64,
    /// Whether the store holds its model, as all but old ones do.
    pub model_cache: bool,
    /// How many of the completions, the newest, are in the persistent history, from 0 to 1.
    pub history_share: f64,
    /// How many deletes the history has.
    pub deletes: u64,
    /// Whether CloudKit mirrors the store.
    pub cloudkit: bool,
    /// Another seed gives another store, the same seed the same.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            completions: 1000,
            users: 1,
            habits: 12,
            damage: Vec::new(),
            damaged_share: 0.0,
            wal_tail: 0,
            model_cache: true,
            history_share: 0.0,
            deletes: 0,
            cloudkit: false,
            seed: 1,
        }
    }
}

/// What is really in a store that [`generate`] made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// Rows by entity, the damaged ones included.
    pub counts: Vec<(&'static str, u64)>,
    /// The damaged rows: primary key and what was done to it; [`Damage::entity`] says of which entity.
    pub damaged: Vec<(i64, Damage)>,
    /// What the history says.
    pub history: HistoryTruth,
    /// What CloudKit knows.
    pub cloud: CloudTruth,
}

/// What a store's history says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryTruth {
    /// Saves.
    pub transactions: u64,
    /// Single changes.
    pub changes: u64,
    /// Completions that are new; some of them were updated since.
    pub inserted: u64,
    /// Older completions that were updated.
    pub updated: u64,
    /// Completions that are gone; half of them were inserted within the history.
    pub deleted: u64,
}

/// What CloudKit knows of the completions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudTruth {
    /// Rows with a name there.
    pub known: u64,
    /// Rows that wait for their first upload.
    pub pending: u64,
    /// Names whose row is gone.
    pub orphans: u64,
}

impl Truth {
    /// How many rows an entity has, the damaged ones included.
    pub fn rows(&self, entity: &str) -> u64 {
        self.counts.iter().find(|(name, _)| *name == entity).map_or(0, |(_, rows)| *rows)
    }

    /// How many completions were damaged in this way, or habits.
    pub fn damaged_by(&self, damage: Damage) -> usize {
        self.damaged.iter().filter(|(_, kind)| *kind == damage).count()
    }
}

/// Where Core Data keeps the files of a store whose values are too large for a row.
pub fn external_files(store: &Path) -> PathBuf {
    let name = store.file_stem().unwrap_or_default().to_string_lossy();
    store.with_file_name(format!(".{name}_SUPPORT")).join("_EXTERNAL_DATA")
}

/// Makes a store at a path where there is none yet, with its icons beside it.
pub fn generate(path: &Path, options: &Options) -> Result<Truth> {
    if path.exists() {
        let message = format!("{} is there already: name a file that is not, or remove it", path.display());
        return Err(Error::new(ErrorKind::BadInput, message));
    }
    if options.users == 0 || options.habits == 0 {
        return Err(Error::new(ErrorKind::BadInput, "a store needs a user, and each user a habit"));
    }
    let connection = Connection::open(path).map_err(not_written)?;
    let mut truth = Truth::default();
    create_tables(&connection).map_err(not_written)?;
    let people = People { connection: &connection, files: &external_files(path), options, random: options.random(1) };
    people.write(&mut truth)?;
    fill(&connection, options, &mut truth).map_err(not_written)?;
    connection.close().map_err(|(_, cause)| not_written(cause))?;
    Ok(truth)
}

impl Options {
    /// A sequence of its own for each part of the store, so that one part does not shift the others.
    fn random(&self, part: u64) -> Random {
        let mut seeds = Random::new(self.seed);
        Random::new(seeds.next() ^ part)
    }
}

fn not_written(cause: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Io, "the sample store could not be written").because(cause)
}

/// One big transaction without a journal: until it is whole, the file is nobody's.
fn create_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA page_size=4096; PRAGMA auto_vacuum=2; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN",
    )?;
    for statement in ENTITIES.iter().flat_map(model::Entity::statements) {
        connection.execute_batch(&statement)?;
    }
    connection.execute_batch(model::BUDDIES)?;
    connection.execute_batch(
        "CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
         CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
         CREATE TABLE Z_MODELCACHE (Z_CONTENT BLOB);",
    )?;
    connection.execute_batch(history::TABLES)
}

fn fill(connection: &Connection, options: &Options, truth: &mut Truth) -> rusqlite::Result<()> {
    let all = options.completions as i64;
    let checkpointed = all - (options.wal_tail as i64).clamp(0, all);
    let store_id = uuid_text(&options.random(2).uuid());
    connection.execute("INSERT INTO Z_METADATA VALUES (1, ?1, ?2)", (store_id, model_cache::metadata()))?;
    if options.model_cache {
        connection.execute("INSERT INTO Z_MODELCACHE VALUES (?1)", [model_cache::model_cache()])?;
    }
    let mut completions = Completions::new(options, options.random(3));
    completions.write(connection, 1..=checkpointed)?;

    // From here on as the app itself writes: through the write-ahead log, which may stay behind unread.
    connection.execute_batch("COMMIT; PRAGMA journal_mode=WAL; BEGIN")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, options.wal_tail > 0)?;
    completions.write(connection, checkpointed + 1..=all)?;
    truth.history = history::write(connection, options)?;
    if options.cloudkit {
        truth.cloud = cloud::write(connection, options, options.random(4))?;
    }
    let habits = options.users * options.habits;
    let rows = [options.completions, habits, habits, options.users, completions.events as u64, options.users];
    truth.counts = ENTITIES.iter().map(|entity| entity.name).zip(rows).collect();
    truth.damaged.append(&mut completions.dice.damaged);
    write_last_keys(connection, options, truth)?;
    connection.execute_batch("COMMIT")
}

/// Entity numbers, and the last primary key given out for each.
fn write_last_keys(connection: &Connection, options: &Options, truth: &Truth) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("INSERT INTO Z_PRIMARYKEY VALUES (?1, ?2, 0, ?3)")?;
    for (entity, (name, rows)) in ENTITIES.iter().zip(&truth.counts) {
        let deleted = if *name == "Completion" { options.deletes } else { 0 };
        statement.execute((entity.number, *name, (rows + deleted) as i64))?;
    }
    let history = truth.history;
    let strings = if history.transactions > 0 { 3 } else { 0 };
    for (number, name, last) in [
        (16001, "CHANGE", history.changes),
        (16002, "TRANSACTION", history.transactions),
        (16003, "TRANSACTIONSTRING", strings),
    ] {
        statement.execute((number, name, last as i64))?;
    }
    Ok(())
}

//! The reader on stores made by hand.

mod at_rest;
mod codecs;
mod damaged;
mod entities;
mod feed;
mod opening;
mod relations;
mod rows;
mod untouched;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{LegacyOptions, LegacyStore, Process};
use crate::record::{Key, Record, Rejection};
use crate::store::{Join, Page, RelationShape, Shape, Source};

/// A store in a folder of its own.
struct Bench {
    folder: TempDir,
}

impl Bench {
    /// A store that these statements make.
    fn new(sql: &str) -> Self {
        let bench = Self { folder: TempDir::new().unwrap() };
        let app = bench.connect();
        // Builds of SQLite differ in whether they keep foreign keys unasked; apps break them in any order they like.
        app.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        app.execute_batch(sql).unwrap();
        bench
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    /// A connection that may write, as the app has one.
    fn connect(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn open(&self) -> LegacyStore {
        LegacyStore::open(self.path(), LegacyOptions::default()).unwrap()
    }
}

/// As a tool reads a store.
fn by_a_tool() -> LegacyOptions {
    LegacyOptions { process: Process::Tool, ..LegacyOptions::default() }
}

/// Waits for an answer without a runtime.
fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
}

/// All records and rejections of a shape, so many at a time.
fn read_all(store: &LegacyStore, shape: &Shape, limit: usize) -> (Vec<Record>, Vec<Rejection>) {
    let (mut records, mut rejected) = (Vec::new(), Vec::new());
    let mut cursor = None;
    loop {
        let Page { records: more, rejected: bad, next } = wait(store.page(shape, cursor.as_ref(), limit)).unwrap();
        assert!(more.len() + bad.len() <= limit);
        records.extend(more);
        rejected.extend(bad);
        cursor = next;
        if cursor.is_none() {
            return (records, rejected);
        }
    }
}

/// A relation that the store knows.
fn relation(name: &str, many: bool, shape: Shape) -> RelationShape {
    RelationShape { name: name.into(), join: Join::Known, many, shape }
}

fn with(relation: RelationShape, shape: Shape) -> Shape {
    Shape { relations: vec![relation], ..shape }
}

/// A key that is a row number.
fn number(key: &Key) -> i64 {
    match key {
        Key::Int(number) => *number,
        _ => panic!("row numbers are numbers"),
    }
}

fn numbers(records: &[Record]) -> Vec<i64> {
    records.iter().map(|record| number(&record.id.key)).collect()
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

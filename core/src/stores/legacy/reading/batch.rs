//! One page of rows in the making: from cells to records, or to rejections.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::{Connection, Row};

use super::cell::Cell;
use super::fields::Fault;
use super::selection::{Read, Selection};
use crate::error::{Error, Result};
use crate::record::{Reason, Record, Rejection};
use crate::stores::legacy::access::Stop;
use crate::stores::legacy::failure::explain;
use crate::stores::legacy::values::Decoder;

/// What all reading of one store shares.
pub(crate) struct Context<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) store: PathBuf,
    pub(crate) decoder: Decoder,
    /// How many bytes the decoder may have made before no more records are fetched over relations.
    pub(crate) room: usize,
    /// Whether what is being read is still wanted.
    pub(crate) stop: Stop,
}

impl Context<'_> {
    pub(crate) fn failed(&self, failure: rusqlite::Error) -> Error {
        explain(failure, &self.store)
    }

    /// Whether relations have brought more than there is room for. What they led to is then not all there.
    pub(crate) fn is_full(&self) -> bool {
        self.decoder.bytes > self.room
    }
}

/// For how many records a batch has room from the beginning, at most.
const TYPICAL: usize = 1024;

/// Records that were read and whose relations are still to be resolved.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) records: Vec<Record>,
    /// What is wrong with some of them, by position.
    faults: BTreeMap<usize, Vec<Fault>>,
    /// What each record's relations go by: as many for each record as it has relations.
    pointers: Vec<Pointer>,
    /// Rows of entities that do not exist.
    pub(crate) strays: Vec<Rejection>,
}

/// What a relation goes by in a row of its owner.
pub(crate) struct Pointer {
    pub(crate) key: Cell,
    /// The number of the entity that the key leads to, where the row says so; null where it does not.
    pub(crate) entity: Cell,
}

/// A moment in the filling of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    records: usize,
    strays: usize,
}

impl Mark {
    /// How many records and strays there were.
    pub(crate) fn count(self) -> usize {
        self.records + self.strays
    }
}

impl Batch {
    /// A batch that will have about so many records.
    pub(crate) fn of(records: usize) -> Self {
        Self { records: Vec::with_capacity(records.min(TYPICAL)), ..Self::default() }
    }

    /// Adds the record of a row; false where the row is none.
    pub(crate) fn add(
        &mut self,
        selection: &Selection<'_>,
        row: &Row<'_>,
        key: &Cell,
        decoder: &mut Decoder,
    ) -> Result<bool> {
        match selection.read(row, key, decoder)? {
            Read::Record(record, faults) => {
                if !faults.is_empty() {
                    self.faults.insert(self.records.len(), faults);
                }
                self.records.push(record);
                self.pointers.extend(selection.relations.iter().map(|relation| relation.pointer(row)));
                Ok(true)
            }
            Read::Other => Ok(false),
            Read::Stray(rejection) => {
                self.strays.push(rejection);
                Ok(false)
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// How many records and strays there are.
    pub(crate) fn count(&self) -> usize {
        self.records.len() + self.strays.len()
    }

    /// How much is in it now.
    pub(crate) fn mark(&self) -> Mark {
        Mark { records: self.records.len(), strays: self.strays.len() }
    }

    /// Takes out what came after the mark; each record has so many relations.
    pub(crate) fn take_back(&mut self, mark: Mark, relations: usize) {
        self.records.truncate(mark.records);
        self.pointers.truncate(mark.records * relations);
        self.strays.truncate(mark.strays);
        self.faults.split_off(&mark.records);
    }

    /// What a relation, at this position among so many, of each record goes by.
    pub(crate) fn pointers(&self, relation: usize, relations: usize) -> impl Iterator<Item = &Pointer> {
        self.pointers.iter().skip(relation).step_by(relations)
    }

    /// The entity that a relation of a record leads to, as its row says.
    pub(crate) fn said(&self, record: usize, relation: usize, relations: usize) -> &Cell {
        self.pointers.get(record * relations + relation).map_or(&Cell::Null, |pointer| &pointer.entity)
    }

    pub(crate) fn blame(&mut self, record: usize, fault: Fault) {
        self.faults.entry(record).or_default().push(fault);
    }

    /// Sets all records aside for this, whatever else seems wrong with them.
    pub(crate) fn set_aside(&mut self, reason: Reason, detail: &str) {
        let fault = || Fault::new(None, reason, detail.to_owned());
        self.faults = (0..self.records.len()).map(|record| (record, vec![fault()])).collect();
    }

    /// Each record, or why it is none.
    pub(crate) fn judged(self) -> impl Iterator<Item = Result<Record, Rejection>> {
        let mut faults = self.faults;
        self.records.into_iter().enumerate().map(move |(index, record)| match faults.remove(&index) {
            None => Ok(record),
            Some(faults) => Err(reject(record, faults)),
        })
    }

    /// The good records and the others, apart.
    pub(crate) fn sorted(self) -> (Vec<Record>, Vec<Rejection>) {
        if self.faults.is_empty() {
            return (self.records, Vec::new());
        }
        let mut good = Vec::with_capacity(self.records.len());
        let mut bad = Vec::new();
        for record in self.judged() {
            match record {
                Ok(record) => good.push(record),
                Err(rejection) => bad.push(rejection),
            }
        }
        (good, bad)
    }
}

/// The first fault gives the reason, the others are mentioned.
fn reject(record: Record, faults: Vec<Fault>) -> Rejection {
    let mut faults = faults.into_iter();
    let first = faults.next();
    let mut detail = first.as_ref().map(|fault| fault.detail.to_string()).unwrap_or_default();
    for fault in faults {
        let column = fault.column.as_deref().unwrap_or("the row");
        detail.push_str(&format!("; and {column}: {} ({})", fault.detail, fault.reason));
    }
    let (column, reason) = first.map_or((None, Reason::Unreadable), |fault| (fault.column, fault.reason));
    Rejection { entity: record.id.entity, key: record.id.key, column, reason, detail }
}

//! What the keys of a relation led to.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::cell::Cell;
use crate::record::{Reason, Record};

/// What keys led to, each of them at a place of its own, so that a key is looked up but once for each record.
#[derive(Default)]
pub(crate) struct Finds {
    places: HashMap<Cell, usize, RandomState>,
    found: Vec<Found>,
}

/// What one key led to.
#[derive(Default)]
pub(crate) struct Found {
    first: Option<Arc<Record>>,
    /// There seldom are any.
    others: Vec<Arc<Record>>,
    /// Why it cannot be trusted.
    pub(crate) trouble: Option<(Reason, String)>,
}

impl Finds {
    /// The place of a key; one that was not asked for yet is given its place, and noted.
    pub(crate) fn place(&mut self, key: &Cell, unknown: &mut Vec<Cell>) -> usize {
        if let Some(&place) = self.places.get(key) {
            return place;
        }
        let place = self.found.len();
        self.found.push(Found::default());
        self.places.insert(key.clone(), place);
        unknown.push(key.clone());
        place
    }

    pub(crate) fn at(&self, place: usize) -> Option<&Found> {
        self.found.get(place)
    }

    pub(crate) fn of(&mut self, key: &Cell) -> Option<&mut Found> {
        self.found.get_mut(*self.places.get(key)?)
    }

    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.found.clear();
    }
}

impl Found {
    pub(crate) fn add(&mut self, record: Record) {
        let record = Arc::new(record);
        match self.first {
            None => self.first = Some(record),
            Some(_) => self.others.push(record),
        }
    }

    /// The only record, where there is none or one; else how many there are.
    pub(crate) fn only(&self) -> Result<Option<&Arc<Record>>, usize> {
        if self.others.is_empty() { Ok(self.first.as_ref()) } else { Err(self.others.len() + 1) }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.first.iter().chain(&self.others)
    }
}

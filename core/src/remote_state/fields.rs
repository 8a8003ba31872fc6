//! How a state's parts lie in the fields of a document. What is not known is passed over, so that a document of a newer
//! version can still be read.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::journal::{Counters, Status};
use crate::record::{Map, Timestamp, Value};

/// Each count's name, and where it is kept.
type Count = (&'static str, fn(&mut Counters) -> &mut u64);

const COUNTS: [Count; 15] = [
    ("read", |counters| &mut counters.read),
    ("carried", |counters| &mut counters.carried),
    ("alreadyThere", |counters| &mut counters.already_there),
    ("newerThere", |counters| &mut counters.newer_there),
    ("deletedThere", |counters| &mut counters.deleted_there),
    ("leftOut", |counters| &mut counters.left_out),
    ("quarantined", |counters| &mut counters.quarantined),
    ("created", |counters| &mut counters.created),
    ("replaced", |counters| &mut counters.replaced),
    ("deleted", |counters| &mut counters.deleted),
    ("bytes", |counters| &mut counters.bytes),
    ("billedWrites", |counters| &mut counters.billed_writes),
    ("billedReads", |counters| &mut counters.billed_reads),
    ("billedDeletes", |counters| &mut counters.billed_deletes),
    ("retries", |counters| &mut counters.retries),
];

/// More kinds of error than there are.
const MOST_ERRORS: usize = 64;

/// Two sets of counts as one, count by count.
pub(super) fn combined(one: Counters, other: Counters, combine: fn(u64, u64) -> u64) -> Counters {
    let (mut one, mut other) = (one, other);
    for (_, count) in COUNTS {
        *count(&mut one) = combine(*count(&mut one), *count(&mut other));
    }
    one
}

/// Makes the fields of a document.
#[derive(Default)]
pub(super) struct Writer(Map);

impl Writer {
    pub(super) fn value(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn text(self, name: &str, text: &str) -> Self {
        self.value(name, Value::from(text))
    }

    /// Left out where there is none.
    pub(super) fn maybe(self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.value(name, value),
            None => self,
        }
    }

    pub(super) fn number(self, name: &str, number: u64) -> Self {
        self.value(name, whole(number))
    }

    pub(super) fn moment(self, name: &str, moment: Timestamp) -> Self {
        self.value(name, Value::Timestamp(moment))
    }

    pub(super) fn standing(self, generation: u32, status: Status) -> Self {
        self.number("generation", generation.into()).text("status", status.word())
    }

    pub(super) fn counters(self, mut counters: Counters) -> Self {
        let counts = COUNTS.iter().map(|(name, count)| ((*name).to_owned(), whole(*count(&mut counters))));
        self.value("counts", Value::Map(counts.collect()))
    }

    pub(super) fn errors(self, errors: &BTreeMap<String, u64>) -> Self {
        let errors = errors.iter().map(|(kind, count)| (kind.clone(), whole(*count)));
        self.value("errors", Value::Map(errors.collect()))
    }

    pub(super) fn done(self) -> Map {
        self.0
    }
}

fn whole(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Reads the fields of a document that anybody may have written.
#[derive(Clone, Copy)]
pub(super) struct Reader<'m>(pub(super) &'m Map);

impl<'m> Reader<'m> {
    pub(super) fn text(self, name: &str) -> Option<&'m str> {
        match self.0.get(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn integer(self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn number(self, name: &str) -> Option<u64> {
        u64::try_from(self.integer(name)?).ok()
    }

    pub(super) fn moment(self, name: &str) -> Option<Timestamp> {
        match self.0.get(name)? {
            Value::Timestamp(moment) => Some(*moment),
            _ => None,
        }
    }

    pub(super) fn millis(self, name: &str) -> Option<Duration> {
        self.number(name).map(Duration::from_millis)
    }

    pub(super) fn inner(self, name: &str) -> Option<Reader<'m>> {
        match self.0.get(name)? {
            Value::Map(inner) => Some(Reader(inner)),
            _ => None,
        }
    }

    /// Generation and status; none where this version does not know the status.
    pub(super) fn standing(self) -> Option<(u32, Status)> {
        let generation = u32::try_from(self.integer("generation")?).ok()?;
        Some((generation, Status::from_word(self.text("status")?)?))
    }

    pub(super) fn counters(self) -> Counters {
        let mut counters = Counters::default();
        let Some(counts) = self.inner("counts") else { return counters };
        for (name, count) in COUNTS {
            *count(&mut counters) = counts.number(name).unwrap_or(0);
        }
        counters
    }

    pub(super) fn errors(self) -> BTreeMap<String, u64> {
        let Some(errors) = self.inner("errors") else { return BTreeMap::new() };
        let kinds = errors.0.keys().take(MOST_ERRORS);
        kinds.filter_map(|kind| Some((kind.clone(), errors.number(kind)?))).collect()
    }
}

//! Documents that are written to memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::record::{Map, Name, Value, at};
use crate::rules::{Rules, Segments};
use crate::store::{
    Answer, Batches, Capabilities, Condition, Cursor, Fields, Found, Listing, Outcome, Refusal, Say, Target, Version,
    Write,
};

/// A target in memory that allows what its rules say and promises what its capabilities say: atomic, partly
/// accepting, or without conditions.
pub struct MemoryTarget {
    rules: Rules,
    capabilities: Capabilities,
    identity: Option<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    records: BTreeMap<String, Found>,
    versions: u64,
}

impl MemoryTarget {
    /// An empty target.
    pub fn new(rules: Rules, capabilities: Capabilities) -> Self {
        Self { rules, capabilities, identity: None, state: Mutex::default() }
    }

    /// The same, with something that tells it from others.
    #[must_use]
    pub fn identified(self, identity: impl Into<String>) -> Self {
        Self { identity: Some(identity.into()), ..self }
    }

    /// Everything in it, by address.
    pub fn contents(&self) -> BTreeMap<String, Map> {
        let state = self.state();
        state.records.iter().map(|(address, found)| (address.clone(), found.fields.clone())).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half done in here: a batch is applied in one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self, writes: &[Write]) -> Result<Vec<Outcome>> {
        let most = self.rules.batch.max_writes;
        if writes.len() > most {
            let message = format!("{} writes in one call, and the target takes {most}; send fewer", writes.len());
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let mut state = self.state();
        let mut staged = State { records: state.records.clone(), versions: state.versions };
        let outcomes: Vec<_> = writes.iter().map(|write| self.apply(&mut staged, write)).collect();
        let all_happened = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_)));
        if self.capabilities.batches == Batches::Atomic && !all_happened {
            return Ok(outcomes.into_iter().map(undone).collect());
        }
        *state = staged;
        Ok(outcomes)
    }

    fn apply(&self, state: &mut State, write: &Write) -> Outcome {
        if let Some(why) = refusal(&self.rules, write) {
            return Outcome::Refused(Refusal::invalid(why));
        }
        if self.capabilities.conditional && !holds(&write.condition, state.records.get(&write.address)) {
            return Outcome::Exists;
        }
        let Some(fields) = &write.fields else {
            state.records.remove(&write.address);
            return Outcome::Durable(None);
        };
        state.versions += 1;
        let version = Version::new(state.versions.to_string());
        let ours = fields.content().iter().map(|(name, value)| (name.to_string(), self.canonical(value))).collect();
        let there = state.records.remove(&write.address);
        let is_original = Some(there.is_none());
        let fields = match (fields, there) {
            (Fields::Among(_, say), Some(there)) => among(ours, say, there.fields),
            (Fields::All(_) | Fields::Among(..), _) => ours,
        };
        state.records.insert(write.address.clone(), Found { version: version.clone(), is_original, fields });
        Outcome::Durable(Some(version))
    }

    /// The value as the target keeps it.
    fn canonical(&self, value: &Value) -> Value {
        match value {
            Value::Timestamp(moment) => Value::Timestamp(moment.cut_to(self.rules.timestamps.step_nanos)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.canonical(item)).collect()),
            Value::Map(fields) => {
                Value::Map(fields.iter().map(|(name, value)| (name.clone(), self.canonical(value))).collect())
            }
            other => other.clone(),
        }
    }
}

impl Target for MemoryTarget {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn identity(&self) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(self.identity.clone()) })
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(async move { self.write_all(writes) })
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        Box::pin(async move {
            let state = self.state();
            Ok(addresses.iter().map(|address| Some(masked(state.records.get(address)?, fields))).collect())
        })
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        Box::pin(async move { Ok(self.state().directly_in(collection, "").count() as u64) })
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        Box::pin(async move {
            let after = after.map_or(Ok(""), |cursor| last_met(cursor, collection))?;
            let state = self.state();
            let mut there = state.directly_in(collection, after).peekable();
            let page = there.by_ref().take(limit.max(1));
            let records: Vec<_> = page.map(|(address, found)| (address.clone(), masked(found, fields))).collect();
            let last = records.last().filter(|_| there.peek().is_some());
            let next = last.map(|(address, _)| Cursor::new(address.clone()));
            Ok(Listing { records, next })
        })
    }
}

impl State {
    /// What lies directly in a collection, after an address of it.
    fn directly_in<'a>(
        &'a self,
        collection: &'a str,
        after: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Found)> + use<'a> {
        let first = if after.is_empty() { collection } else { after };
        let is_in = move |address: &str| id_in(collection, address).is_some();
        let there = self.records.range::<str, _>((Bound::Excluded(first), Bound::Unbounded));
        // Addresses that only begin with the same letters may lie between those of the collection.
        there.take_while(move |(address, _)| address.starts_with(collection)).filter(move |(address, _)| is_in(address))
    }
}

/// The last segment of an address that lies directly in the collection.
fn id_in<'a>(collection: &str, address: &'a str) -> Option<&'a str> {
    let id = address.strip_prefix(collection)?.strip_prefix('/')?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

fn last_met<'a>(cursor: &'a Cursor, collection: &str) -> Result<&'a str> {
    let address = cursor.as_str();
    let foreign = || Error::new(ErrorKind::Changed, "the cursor is of another collection; list it from the start");
    id_in(collection, address).map(|_| address).ok_or_else(foreign)
}

fn masked(found: &Found, fields: Option<&[Name]>) -> Found {
    let asked = |name: &str| fields.is_none_or(|names| names.iter().any(|asked| **asked == *name));
    let fields = found.fields.iter().filter(|(name, _)| asked(name));
    let fields = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    Found { version: found.version.clone(), is_original: found.is_original, fields }
}

/// What is there, with our fields in the place of those that we have a say in.
fn among(ours: Map, say: &Say, mut there: Map) -> Map {
    for way in say.ways() {
        put(&mut there, way, at(&ours, way));
    }
    there
}

/// Puts a value there, in maps that are made where they are missing; or takes away what is there.
fn put(fields: &mut Map, way: &[Name], value: Option<&Value>) {
    match (way, value) {
        ([], _) => {}
        ([leaf], None) => drop(fields.remove(&**leaf)),
        ([leaf], Some(value)) => drop(fields.insert(leaf.to_string(), value.clone())),
        ([first, rest @ ..], value) => match fields.get_mut(&**first) {
            Some(Value::Map(inner)) => put(inner, rest, value),
            _ if value.is_none() => {}
            _ => {
                let mut inner = Map::new();
                put(&mut inner, rest, value);
                fields.insert(first.to_string(), Value::Map(inner));
            }
        },
    }
}

/// What an atomic target answers for a write of a batch that did not happen.
fn undone(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Durable(_) => Outcome::Retry,
        at_fault => at_fault,
    }
}

fn holds(condition: &Condition, there: Option<&Found>) -> bool {
    match condition {
        Condition::Always => true,
        Condition::Absent => there.is_none(),
        Condition::Version(version) => there.is_some_and(|found| found.version == *version),
    }
}

/// Why the target will never take this write.
fn refusal(rules: &Rules, write: &Write) -> Option<String> {
    let segments = write.address.split('/').count();
    let counted = match rules.address.segments {
        Segments::Pairs => segments.is_multiple_of(2),
        Segments::Two => segments == 2,
    };
    if !counted || write.address.split('/').any(str::is_empty) {
        return Some("the address has the wrong segments".to_owned());
    }
    let mut brought = write.fields.iter().flat_map(|fields| fields.content().iter());
    let unheld = brought.find_map(|(_, value)| unheld(rules, value))?;
    Some(format!("the target holds no value of kind {unheld}"))
}

/// The kind of a value in here that the target cannot hold.
fn unheld(rules: &Rules, value: &Value) -> Option<&'static str> {
    if !rules.holds.contains(&value.kind()) {
        return Some(value.kind().word());
    }
    match value {
        Value::Array(items) => items.iter().find_map(|item| unheld(rules, item)),
        Value::Map(fields) => fields.values().find_map(|item| unheld(rules, item)),
        _ => None,
    }
}
